"""State follows its tracks: through reordering, arrival, departure, and a pickle."""

import pickle
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.assessment.columns import ZONES, Floats, Small, blank, column, take
from marsad.assessment.state import TrackState
from marsad.assessment.tracks import TrackMemory, Tracks

IDS = st.lists(st.integers(1, 30), unique=True, max_size=12)


def marked(tracks: Tracks) -> dict[int, tuple[float, ...]]:
    """What each track carries, in one column of every shape."""
    state = tracks.state
    return {
        one: (state.claims.offset_m[row], *state.flight.velocity[row], *state.level.level[row])
        for one, row in tracks.rows.items()
    }


def mark(tracks: Tracks) -> None:
    for one, row in tracks.rows.items():
        tracks.state.claims.offset_m[row] = one
        tracks.state.flight.velocity[row] = one
        tracks.state.level.level[row] = one


@given(IDS, IDS, IDS)
@settings(max_examples=100, deadline=None)
def test_rows_go_with_their_tracks_and_newcomers_bring_theirs_or_start_blank(
    before: list[int], after: list[int], elsewhere: list[int]
) -> None:
    tracks, source = Tracks(2), Tracks(2)
    tracks.align(before)
    source.align([one for one in elsewhere if one not in before])
    mark(tracks)
    mark(source)
    tracks.align(after, source)
    known = {*before, *source.rows}
    assert tracks.track_id == after and list(tracks.rows) == after
    assert marked(tracks) == {one: (one if one in known else 0,) * 6 for one in after}
    decided = tracks.state.identity.decided
    assert decided.tolist() == [-1] * len(after)


def test_a_record_is_made_and_moved_by_what_its_columns_say() -> None:
    @dataclass
    class Remembered:
        best: Small = column(np.int8, blank=7)
        per_zone: Floats = column(np.float64, ZONES, 2)

    one, two = blank(Remembered, 3, zones=4), blank(Remembered, 2, zones=4)
    assert one.best.tolist() == [7, 7, 7] and one.best.dtype == np.int8 and one.per_zone.shape == (3, 4, 2)
    two.best[:], two.per_zone[:] = [1, 2], 5.0
    take(one, [2, 0], two, [0, 1])
    assert one.best.tolist() == [2, 7, 1] and one.per_zone[:, 0, 0].tolist() == [5, 0, 5]


def test_every_stage_state_has_as_many_rows_as_there_are_tracks_and_pickles(air: Any) -> None:
    memory = TrackMemory(2, 100)
    memory.align(air.table(0.0, [[0.0] * 6] * 3))
    copied = pickle.loads(pickle.dumps(memory))
    for part in fields(TrackState):
        for one in (memory, copied):
            record = getattr(one.known.state, part.name)
            assert {len(getattr(record, name.name)) for name in fields(record)} == {3}


def test_what_was_heard_of_a_track_waits_for_the_table_and_is_forgotten_after_seconds(air: Any) -> None:
    memory = TrackMemory(2, 3)
    for track_id in (5, 6):
        held = memory.holder(track_id)
        assert held is not None
        held.state.intake.heard_t_ns[held.rows[track_id]] = air.start_ns
    memory.align(air.table(1.0, [[0.0] * 6], track_id=[6]))
    assert memory.known.state.intake.heard_t_ns.tolist() == [air.start_ns]
    assert memory.holder(6) is memory.known and memory.holder(5) is not memory.known
    assert memory.holder(7) is not None and memory.holder(8) is None and memory.refused == 1
    memory.align(air.table(6.0, [[0.0] * 6], track_id=[6]))
    again = memory.holder(5)
    assert again is not None and again.state.intake.heard_t_ns[again.rows[5]] == 0
