"""Late reports: a bounded past that can be returned to and played again with one scan more."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.plots import Plots

Index = NDArray[np.int64]

State = TypeVar("State")


@dataclass
class Entry:
    """One scan of the past.

    birth_plot, birth_id  plots that started a track (ascending) and its id: played again, the same
                          plot starts the same track, so that ids outlive a rewind and none ever
                          means two objects
    """

    plots: Plots
    birth_plot: Index = field(default_factory=lambda: np.empty(0, np.int64))
    birth_id: Index = field(default_factory=lambda: np.empty(0, np.int64))

    def born(self, plots: Index, ids: Index, next_id: int) -> int:
        """Remember which tracks these plots (ascending) started; the next free id."""
        if len(ids) == 0:
            return next_id
        if len(self.birth_plot) == 0:
            self.birth_plot, self.birth_id = plots, ids
            return int(ids[-1]) + 1
        born = dict(zip(self.birth_plot.tolist(), self.birth_id.tolist(), strict=True))
        known = len(born)
        for plot, track_id in zip(plots.tolist(), ids.tolist(), strict=True):
            born.setdefault(plot, track_id)
        if len(born) > known:
            order = sorted(born)
            self.birth_plot = np.array(order, np.int64)
            self.birth_id = np.array([born[plot] for plot in order], np.int64)
        return max(next_id, int(self.birth_id.max()) + 1)


def inserted(again: list[Entry], plots: Plots, look: Entry | None) -> Entry:
    """Put late plots among scans in order of time: into the look whose rest they are, or after their time."""
    if look is not None and any(entry is look for entry in again):
        look.plots = look.plots.joined(plots)
        return look
    late = Entry(plots)
    again.insert(bisect_right([entry.plots.t_ns for entry in again], plots.t_ns), late)
    return late


def _name(plots: Plots) -> tuple[str, int, bool]:
    return plots.sensor_id, plots.sensor_t_ns, plots.polar


@dataclass
class _Stretch(Generic[State]):
    """Scans in order of time, and the state before the first of them."""

    before: State
    entries: list[Entry]
    nbytes: int
    t_ns: int  # of the first


class History(Generic[State]):
    """Scans of the last `rewind_ns`, with a state to restart from before nearly each of them.

    States are kept the more sparsely the larger they are, so that a quarter of the memory holds
    those of the whole span. Bounded by number of scans and bytes; the oldest stretch goes first.
    `dropped` counts scans that went before their time.
    """

    def __init__(self, rewind_ns: int, scans_max: int, bytes_max: int) -> None:
        self.bound(rewind_ns, scans_max, bytes_max)
        self._stretches: list[_Stretch[State]] = []
        self._looks: dict[tuple[str, int, bool], Entry] = {}
        self._complete = True
        self._scans = self._nbytes = 0
        self.dropped = 0

    def __len__(self) -> int:
        return self._scans

    def bound(self, rewind_ns: int, scans_max: int, bytes_max: int) -> None:
        """From now on it is kept so far back and so large."""
        self._rewind_ns, self._scans_max, self._bytes_max = rewind_ns, scans_max, bytes_max

    def wants_state(self, t_ns: int, nbytes: int) -> bool:
        """Whether the scan at this time should bring along the state of nbytes before it."""
        if not self._stretches:
            return True
        apart_ns = min(4 * nbytes / self._bytes_max, 0.1) * self._rewind_ns
        return t_ns - self._stretches[-1].t_ns > apart_ns

    def remember(self, entry: Entry, before: State | None, nbytes: int) -> None:
        """Append the newest scan, with the state before it (of nbytes) if one was wanted."""
        if before is not None:
            self._stretches.append(_Stretch(before, [], nbytes, entry.plots.t_ns))
            self._nbytes += nbytes
        stretch = self._stretches[-1]
        stretch.entries.append(entry)
        if not entry.plots.partial:
            self._looks.setdefault(_name(entry.plots), entry)
        own = entry.plots.nbytes
        stretch.nbytes += own
        self._nbytes += own
        self._scans += 1
        self._forget(entry.plots.t_ns)

    def look(self, plots: Plots) -> Entry | None:
        """The complete scan of the same sensor and time, whose rest these plots are, or None.

        The time is the sensor's own: what its clock is corrected by may have changed between the parts.
        """
        return self._looks.get(_name(plots))

    def scans_since(self, t_ns: int) -> int:
        """How many scans a rewind to this time plays again."""
        place = max(self._place(t_ns), 0)
        return sum(len(stretch.entries) for stretch in self._stretches[place:])

    def _place(self, t_ns: int) -> int:
        return bisect_right(self._stretches, t_ns, key=lambda stretch: stretch.t_ns) - 1

    def rewind(self, plots: Plots, look: Entry | None) -> tuple[State, list[Entry], Entry] | None:
        """Take back everything from a state that is older than the late plots.

        Returns that state, the scans to play again and to `remember` anew, and the one of them that
        holds the late plots: the look they are the rest of, or one of their own after others of its
        time. None if the past does not reach so far back.
        """
        place = self._place(plots.t_ns)
        if place < 0:
            if not (self._complete and self._stretches):
                return None
            place = 0  # nothing was ever forgotten: the first state is older than everything
        again = [entry for stretch in self._stretches[place:] for entry in stretch.entries]
        before = self._stretches[place].before
        self._leave(self._stretches[place:])
        del self._stretches[place:]
        return before, again, inserted(again, plots, look)

    def _forget(self, now_ns: int) -> None:
        while len(self._stretches) > 1:
            oldest, following = self._stretches[:2]
            old = following.t_ns <= now_ns - self._rewind_ns
            over = self._scans > self._scans_max or self._nbytes > self._bytes_max
            if not (old or over):
                return
            if not old:
                self.dropped += len(oldest.entries)
            self._leave(self._stretches[:1])
            del self._stretches[0]
            self._complete = False

    def _leave(self, stretches: list[_Stretch[State]]) -> None:
        for entry in (entry for stretch in stretches for entry in stretch.entries):
            if self._looks.get(_name(entry.plots)) is entry:
                del self._looks[_name(entry.plots)]
        self._scans -= sum(len(stretch.entries) for stretch in stretches)
        self._nbytes -= sum(stretch.nbytes for stretch in stretches)
