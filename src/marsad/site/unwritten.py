"""Frames that were folded and that no disk has taken yet: they wait in memory, as far as there is room."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from marsad.model.frame import Frame

WAITING_BYTES_MAX = 64 * 2**20
PART_BYTES = 2**18
_FRAME_BYTES = 200  # what a frame takes in memory beside its data


@dataclass(frozen=True, slots=True)
class Lost:
    """What a site took in and did not record.

    frame_count             how many frames
    first_t_ns, last_t_ns   from when to when they came, site time
    """

    frame_count: int
    first_t_ns: int
    last_t_ns: int


class Unwritten:
    """What waits for a disk, oldest given up first where it grows beyond a size.

    given_up   how many frames are on no disk and do not wait either
    """

    def __init__(self, bytes_max: int = WAITING_BYTES_MAX) -> None:
        self.given_up = 0
        self._frames: deque[Frame] = deque()
        self._bytes, self._bytes_max = 0, bytes_max
        self._first_t_ns = self._last_t_ns = 0

    def __len__(self) -> int:
        """Frames that are on no disk."""
        return len(self._frames) + self.given_up

    @property
    def waits(self) -> bool:
        """Whether there is a frame that can still be written."""
        return bool(self._frames)

    @property
    def lost(self) -> Lost | None:
        """What is lost if nothing more is written from now on; None where all is written."""
        if not len(self):
            return None
        first_t_ns = self._first_t_ns if self.given_up else self._frames[0].t_ns
        return Lost(len(self), first_t_ns, self._last_t_ns)

    def put(self, frames: Iterable[Frame]) -> None:
        """Let frames wait behind those that do; gives up the oldest where there is no room for all."""
        for frame in frames:
            if not len(self):
                self._first_t_ns = frame.t_ns
            self._frames.append(frame)
            self._bytes += _FRAME_BYTES + len(frame.data)
            self._last_t_ns = frame.t_ns
        while self._bytes > self._bytes_max:
            self._bytes -= _FRAME_BYTES + len(self._frames.popleft().data)
            self.given_up += 1

    def give_up(self, count: int, first_t_ns: int, last_t_ns: int) -> None:
        """Count frames that were written, and whose files are gone."""
        if not len(self):
            self._last_t_ns = last_t_ns
        self._first_t_ns = first_t_ns
        self.given_up += count

    def next_t_ns(self, otherwise_ns: int) -> int:
        """When the first of those that wait came."""
        return self._frames[0].t_ns if self._frames else otherwise_ns

    def part(self, bytes_max: int = PART_BYTES) -> list[Frame]:
        """The first of those that wait, not all at once: a disk that is still full has cost little then."""
        found, size = [], 0
        for frame in self._frames:
            found.append(frame)
            size += _FRAME_BYTES + len(frame.data)
            if size > bytes_max:
                break
        return found

    def written(self, part: list[Frame]) -> None:
        """The disk has taken the first of them."""
        for _ in part:
            self._bytes -= _FRAME_BYTES + len(self._frames.popleft().data)
