"""Whose state is kept in which row: the state of tracks, aligned with the table they come from."""

from dataclasses import fields

from marsad.assessment.columns import take
from marsad.assessment.state import TrackState
from marsad.model.track import TrackTable

_HEARD_KEPT_S = 5.0  # state of a track that was heard but is not yet in the table


class Tracks:
    """The state of tracks, its rows in the order of track_id.

    rows  row of each track, by its number
    """

    def __init__(self, zones: int) -> None:
        self._zones = zones
        self.track_id: list[int] = []
        self.rows: dict[int, int] = {}
        self.state = TrackState.blank(0, zones)

    def __len__(self) -> int:
        return len(self.track_id)

    def align(self, ids: list[int], source: "Tracks | None" = None) -> None:
        """Make the rows exactly those tracks, in that order.

        A track that is new here takes its row from the source, or else starts blank.
        """
        if ids == self.track_id:
            return
        state = TrackState.blank(len(ids), self._zones)
        kept = [place for place, one in enumerate(ids) if one in self.rows]
        _copy(state, kept, self.state, [self.rows[ids[place]] for place in kept])
        if source is not None and len(source):
            came = [place for place, one in enumerate(ids) if one not in self.rows and one in source.rows]
            _copy(state, came, source.state, [source.rows[ids[place]] for place in came])
        self.state, self.track_id = state, ids
        self.rows = {one: row for row, one in enumerate(ids)}


def _copy(into: TrackState, rows: list[int], source: TrackState, source_rows: list[int]) -> None:
    if rows:
        for part in fields(TrackState):
            take(getattr(into, part.name), rows, getattr(source, part.name), source_rows)


class TrackMemory:
    """The state of the tracks of the table, and of those heard of lately that are not in it yet.

    refused  plots heard of tracks beyond the limit
    """

    def __init__(self, zones: int, tracks_max: int) -> None:
        self.known = Tracks(zones)
        self.refused = 0
        self._waiting = Tracks(zones)
        self._tracks_max = tracks_max

    def holder(self, track_id: int) -> Tracks | None:
        """Where the state of a track is kept; None if there is no room for it."""
        if track_id in self.known.rows:
            return self.known
        if track_id not in self._waiting.rows:
            if len(self.known) + len(self._waiting) >= self._tracks_max:
                self.refused += 1
                return None
            self._waiting.align([*self._waiting.track_id, track_id])
        return self._waiting

    def align(self, table: TrackTable) -> None:
        """State of exactly the tracks of the table; of others only what was heard just now."""
        waiting = self._waiting
        self.known.align(table.track_id.tolist(), waiting)
        if len(waiting):
            recent = table.t_ns - waiting.state.intake.heard_t_ns < int(_HEARD_KEPT_S * 1e9)
            held = zip(waiting.track_id, recent.tolist(), strict=True)
            waiting.align([one for one, new in held if new and one not in self.known.rows])
