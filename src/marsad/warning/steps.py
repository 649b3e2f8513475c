"""When each object came to each step on the way to an alarm: seen, tracked, on alert. Bounded; pickles."""

from collections.abc import Iterable

from marsad.model.announcement import TrackSteps


class StepClock:
    """The first time of each step of each track that lives."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._tracked: dict[int, int] = {}
        self._alerted: dict[int, int] = {}

    def note(self, t_ns: int, seen: Iterable[int], tracked: Iterable[int], alerted: Iterable[int]) -> None:
        """Take in the tracks of one cycle: those that there are, are confirmed, and are dangerous."""
        for known, now in ((self._seen, seen), (self._tracked, tracked), (self._alerted, alerted)):
            for track_id in now:
                known.setdefault(track_id, t_ns)

    def keep(self, alive: set[int]) -> None:
        """Forget all other tracks."""
        for known in (self._seen, self._tracked, self._alerted):
            for track_id in known.keys() - alive:
                del known[track_id]

    def of(self, track_id: int | None) -> TrackSteps:
        """The steps of a track; 0 for those that it did not come to."""
        if track_id is None:
            return TrackSteps()
        return TrackSteps(*(known.get(track_id, 0) for known in (self._seen, self._tracked, self._alerted)))
