"""Whose state is kept in which row: the state of tracks, aligned with the table they come from."""

from collections.abc import Collection, Sequence
from dataclasses import fields

from marsad.assessment.columns import forget, take, with_zones
from marsad.assessment.state import TrackState
from marsad.model.track import TrackTable

_HEARD_KEPT_S = 5.0  # state of a track that was heard but is not yet in the table
_ROOM = 32  # rows for such tracks at the least
_PARTS = tuple(part.name for part in fields(TrackState))


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

    def adopt(self, came_from: Sequence[int]) -> None:
        """Remember by other zones; came_from as in `columns.with_zones`."""
        self._zones = len(came_from)
        parts = (with_zones(getattr(self.state, part), came_from) for part in _PARTS)
        self.state = TrackState(*parts)

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
        for part in _PARTS:
            take(getattr(into, part), rows, getattr(source, part), source_rows)


class _Waiting(Tracks):
    """The state of tracks that may never come into the table: most are false plots.

    Its rows are in no order, and there are more of them than tracks: one more track moves no other.
    """

    def __init__(self, zones: int) -> None:
        super().__init__(zones)
        self._free: list[int] = []  # blank rows
        self._left: list[int] = []  # rows of tracks that are gone

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, track_id: int) -> None:
        """One more track, of which nothing is known."""
        if not self._free:
            self._make_room()
        self.rows[track_id] = self._free.pop()

    def keep(self, wanted: Collection[int]) -> None:
        """Forget all other tracks."""
        for track_id in [one for one in self.rows if one not in wanted]:
            self._left.append(self.rows.pop(track_id))

    def _make_room(self) -> None:
        if not self._left:
            had, held = len(self.rows), [*self.rows.values()]
            state = TrackState.blank(max(2 * had, _ROOM), self._zones)
            _copy(state, held, self.state, held)
            self.state, self._free = state, list(range(had, max(2 * had, _ROOM)))
            return
        for part in _PARTS:
            forget(getattr(self.state, part), self._left)
        self._free, self._left = self._left, []


class TrackMemory:
    """The state of the tracks of the table, and of those heard of lately that are not in it yet.

    refused  plots heard of tracks beyond the limit
    """

    def __init__(self, zones: int, tracks_max: int) -> None:
        self.known = Tracks(zones)
        self.refused = 0
        self._waiting = _Waiting(zones)
        self._tracks_max = tracks_max

    def adopt(self, came_from: Sequence[int], tracks_max: int) -> None:
        """From now on these are the zones; came_from as in `columns.with_zones`."""
        self._tracks_max = tracks_max
        for tracks in (self.known, self._waiting):
            tracks.adopt(came_from)

    def fall_anew(self) -> None:
        """Where the tracks come down is to be found anew: there are other zones now."""
        for tracks in (self.known, self._waiting):
            tracks.state.aim.plot_t_ns[:] = 0

    def forget_procedures(self) -> None:
        """Which procedures the tracks have flown is not known any more: there are others now."""
        for tracks in (self.known, self._waiting):
            part = tracks.state.procedures
            forget(part, range(len(part.flown)))

    def holder(self, track_id: int) -> Tracks | None:
        """Where the state of a track is kept; None if there is no room for it."""
        if track_id in self.known.rows:
            return self.known
        if track_id not in self._waiting.rows:
            if len(self.known) + len(self._waiting) >= self._tracks_max:
                self.refused += 1
                return None
            self._waiting.add(track_id)
        return self._waiting

    def align(self, table: TrackTable) -> None:
        """State of exactly the tracks of the table; of others only what was heard just now."""
        waiting = self._waiting
        self.known.align(table.track_id.tolist(), waiting)
        if len(waiting):
            since_t_ns, known = table.t_ns - int(_HEARD_KEPT_S * 1e9), self.known.rows
            heard = waiting.state.intake.heard_t_ns.tolist()
            waiting.keep(
                {one for one, row in waiting.rows.items() if heard[row] > since_t_ns and one not in known}
            )
