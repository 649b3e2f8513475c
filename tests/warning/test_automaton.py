"""The table of an alarm's life."""

import itertools

import pytest

from marsad.model.warning import AlarmState, WarningEventKind
from marsad.warning.automaton import TRANSITIONS, Happening, transition

STATES: tuple[AlarmState | None, ...] = (None, *AlarmState)


def test_only_a_new_alarm_sounds() -> None:
    raising = [key for key, (_, kind) in TRANSITIONS.items() if kind is WarningEventKind.RAISED]
    assert raising == [(None, Happening.ENTERED)]


def test_only_a_person_clears() -> None:
    for (_, happening), (state, _) in TRANSITIONS.items():
        assert (state is AlarmState.CLEARED) == (happening in (Happening.ALL_CLEAR, Happening.RETRACTED))


@pytest.mark.parametrize("happening", list(Happening))
def test_cleared_is_the_end(happening: Happening) -> None:
    assert transition(AlarmState.CLEARED, happening) is None


def test_every_event_kind_has_its_transition() -> None:
    assert {kind for _, kind in TRANSITIONS.values()} == set(WarningEventKind) - {WarningEventKind.REACHED}


def test_no_sequence_leaves_the_table() -> None:
    for sequence in itertools.product(Happening, repeat=5):
        state: AlarmState | None = None
        for happening in sequence:
            moved = transition(state, happening)
            state = moved[0] if moved else state
        assert state in STATES
