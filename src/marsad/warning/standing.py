"""What stands behind an alarm: the objects that fulfil its rule, and those lost with their sensors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from marsad.model.reason import Reason
from marsad.model.threat import ZoneThreat
from marsad.model.warning import Alarm, LostObject, TimeLeft


@dataclass(frozen=True, slots=True)
class Entry:
    """One track that fulfils the rule of a zone and stage now."""

    track_id: int
    zone: ZoneThreat
    reasons: tuple[Reason, ...]
    first_plot_t_ns: int
    plot_t_ns: int
    is_rocket: bool = False

    @property
    def time_left(self) -> TimeLeft:
        """The time to impact, s, with what it is within."""
        return TimeLeft(self.zone.time_to_impact_s, self.zone.time_low_s, self.zone.time_high_s)


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """Of which tracks there is no news since their last plot.

    unwatched  no sensor that saw them has had the chance to see them since
    lost       those of them whose sensors are lost or silent
    plots      the newest plot of those that are in the picture
    """

    unwatched: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()
    plots: Mapping[int, int] = field(default_factory=dict)

    def is_as_last(self, seen: LostObject) -> bool:
        """Whether nothing has shown since that the track turned away, ended or arrived."""
        track_id = seen.track_id
        return track_id in self.unwatched and self.plots.get(track_id, 0) <= seen.last_t_ns


@dataclass(slots=True)
class Standing:
    """An alarm that no person has ended, or of which that can be taken back.

    active_t_ns      when it last had an active track
    announced_t_ns   when it sounded last
    seen             of each active track: for which zone it fulfilled the rule last, as of which plot
    """

    alarm: Alarm
    active_t_ns: int
    announced_t_ns: int
    seen: dict[int, LostObject] = field(default_factory=dict)

    def see(self, entry: Entry) -> None:
        """A track fulfils the rule now."""
        self.seen[entry.track_id] = LostObject(entry.track_id, entry.zone.zone_id, entry.plot_t_ns)

    def follow(self, now: Sequence[Entry], unnoticed: Unnoticed) -> tuple[LostObject, ...]:
        """Forget what no longer fulfils the rule, unless nobody could have seen it; returns what is lost."""
        for entry in now:
            self.see(entry)
        active = {entry.track_id for entry in now}
        self.seen = {
            track_id: seen
            for track_id, seen in self.seen.items()
            if track_id in active or unnoticed.is_as_last(seen)
        }
        lost = unnoticed.lost - active
        return tuple(seen for track_id, seen in self.seen.items() if track_id in lost)
