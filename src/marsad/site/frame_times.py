"""Whether the times of a journal's frames can be right, frame by frame.

Every frame's time stands in its record twice. One flipped bit makes the two differ, and the frames around
tell which is right. A time that cannot be right and stands there twice costs its frame, not the site's time:
it would be thrown ahead for years by it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from marsad.model.clock import EARLIEST_NS, LATEST_NS
from marsad.model.frame import CLOCK, CONFIGURATION, Frame

_AHEAD_MAX_NS = 86_400 * 10**9
_RUN_BEGINS = frozenset({CONFIGURATION, CLOCK})  # however long nobody watched before


class Read(NamedTuple):
    """A frame as read, its time as written the second time, and the byte behind it."""

    frame: Frame
    again_t_ns: int
    end: int


class Judged(NamedTuple):
    """What has become of it."""

    read: Read
    verdict: Literal["good", "mended", "absurd"]


def judged(frames: Iterator[Read]) -> Iterator[Judged]:
    """Each frame of one file with a time that can be right, or told as absurd.

    Reads one frame ahead: a leap is one only if what follows does not stand behind it, too.
    """
    last_ns: int | None = None
    waiting: Read | None = None  # it leaps ahead of all before it
    for read in frames:
        if waiting is not None:
            leaps = (
                read.frame.t_ns < waiting.frame.t_ns - _AHEAD_MAX_NS and read.frame.t_ns == read.again_t_ns
            )
            yield Judged(waiting, "absurd" if leaps else "good")
            last_ns = last_ns if leaps else waiting.frame.t_ns
            waiting = None
        t_ns = read.frame.t_ns
        if t_ns != read.again_t_ns:
            found = _mended(t_ns, read.again_t_ns, last_ns)
            verdict: Literal["mended", "absurd"] = "absurd" if found is None else "mended"
            yield Judged(read if found is None else _at(read, found), verdict)
            last_ns = last_ns if found is None else found
        elif t_ns > LATEST_NS or (t_ns < EARLIEST_NS and last_ns is not None and last_ns >= EARLIEST_NS):
            yield Judged(read, "absurd")
        elif last_ns is not None and t_ns > last_ns + _AHEAD_MAX_NS and read.frame.feed not in _RUN_BEGINS:
            waiting = read
        else:
            yield Judged(read, "good")
            last_ns = t_ns if last_ns is None else max(t_ns, last_ns)
    if waiting is not None:
        yield Judged(waiting, "absurd")


def _mended(one_ns: int, other_ns: int, last_ns: int | None) -> int | None:
    """The right one of two times, None if neither can be."""
    possible = [t_ns for t_ns in (one_ns, other_ns) if EARLIEST_NS <= t_ns <= LATEST_NS]
    if last_ns is None:
        return min(possible, default=None)
    ahead = [t_ns for t_ns in possible if last_ns <= t_ns <= last_ns + _AHEAD_MAX_NS]
    return min(ahead, default=None)


def _at(read: Read, t_ns: int) -> Read:
    return read._replace(frame=replace(read.frame, t_ns=t_ns))
