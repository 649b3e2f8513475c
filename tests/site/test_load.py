"""How far a site is behind: by those who wait for others, and not by those who wait for themselves."""

from dataclasses import dataclass

from marsad.model.frame import LOAD, FrameKind
from marsad.model.overload import Lateness
from marsad.site.inbox import Waiting
from marsad.site.load import Load

S = 1_000_000_000


@dataclass
class Hand:
    """A clock that a test sets."""

    t_ns: int = 0

    def now_ns(self) -> int:
        return self.t_ns

    def wall_s(self, span_ns: int) -> float:
        return span_ns / S


def waited(clock: Hand, s: float, *, crowded: bool = False) -> Waiting:
    return Waiting(clock.t_ns - round(s * S), "sensors", 1, FrameKind.DATA, b"", crowded=crowded)


def told(load: Load, clock: Hand, *batch: Waiting) -> list[Lateness]:
    frames = load.news(batch, clock.t_ns)
    assert all((frame.feed, frame.t_ns) == (LOAD, clock.t_ns) for frame in frames)
    return [Lateness.from_bytes(frame.data) for frame in frames]


def test_who_waits_behind_its_own_words_makes_nobody_late() -> None:
    clock = Hand(10 * S)
    load = Load(clock)
    clock.t_ns += S // 2
    assert told(load, clock, waited(clock, 3.0, crowded=True), waited(clock, 0.1)) == []
    assert told(load, clock, waited(clock, 3.0, crowded=True), waited(clock, 0.6)) == [Lateness(0.6, 0.0)]
    assert told(load, clock, waited(clock, 0.7)) == [], "so often and no more"
    clock.t_ns += S // 4
    assert told(load, clock) == [Lateness(0.7, 0.0)]


def test_a_fold_without_time_left_is_told_where_somebody_sends_more_than_is_taken() -> None:
    clock = Hand(10 * S)
    load = Load(clock)

    def busy(share: float, *, crowded: bool) -> list[Lateness]:
        """A second in which the fold is at work for so much of each tenth."""
        found = []
        for _ in range(10):
            began_ns = clock.t_ns
            clock.t_ns += round(share * S / 10)
            load.folded(began_ns)
            clock.t_ns = began_ns + S // 10
            found += told(load, clock, waited(clock, 0.0, crowded=crowded))
        return found

    assert busy(0.97, crowded=False) == [], "busy, and everybody is heard"
    assert busy(0.5, crowded=True) == []
    assert busy(0.97, crowded=True) == [Lateness(0.0, 0.097, 0.97)]
    assert busy(0.5, crowded=True) == []
