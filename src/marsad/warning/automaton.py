"""The life of an alarm as a table.

An alarm stands for one raid, one zone and one stage. Its theory in four sentences:

- It is announced once, when its first track enters the rule; later tracks make it grow
  silently, so a raid of fifty drones is one siren and not fifty.
- It latches: tracks leaving, dying or being lost never clear it. After a while without an
  active track the machine says PASSED, which is information; the zone stays warned.
- A passed alarm that gets a track again is active again, without a second siren: the people are still in
  shelter, nobody told them otherwise. But it is acknowledged by nobody: what was acknowledged was the
  danger before, so whoever is on watch hears of this one.
- Only a person ends it, from any state, because the danger is over (all clear) or because there was none
  (retracted), and it never comes back: the next danger is a new alarm, with a new sound.

    state   | ENTERED        | QUIET          | ACKNOWLEDGED         | ALL_CLEAR          | RETRACTED
    --------+----------------+----------------+----------------------+--------------------+-------------------
    (none)  | ACTIVE  raised | -              | -                    | -                  | -
    ACTIVE  | ACTIVE  grew   | PASSED  passed | ACTIVE  acknowledged | CLEARED  all clear | CLEARED  retracted
    PASSED  | ACTIVE  grew   | -              | PASSED  acknowledged | CLEARED  all clear | CLEARED  retracted
    CLEARED | -              | -              | -                    | -                  | -

That a track has arrived (REACHED) changes no state: it is told of the alarm that names its zone.

A second acknowledgement changes nothing and is not logged.
"""

from enum import StrEnum

from marsad.model.warning import AlarmState, WarningEventKind


class Happening(StrEnum):
    """What can happen to an alarm."""

    ENTERED = "entered"  # a track that was not active in it fulfils its rule
    QUIET = "quiet"  # no active track for long enough
    ACKNOWLEDGED = "acknowledged"
    ALL_CLEAR = "all_clear"
    RETRACTED = "retracted"


TRANSITIONS: dict[tuple[AlarmState | None, Happening], tuple[AlarmState, WarningEventKind]] = {
    (None, Happening.ENTERED): (AlarmState.ACTIVE, WarningEventKind.RAISED),
    (AlarmState.ACTIVE, Happening.ENTERED): (AlarmState.ACTIVE, WarningEventKind.GREW),
    (AlarmState.ACTIVE, Happening.QUIET): (AlarmState.PASSED, WarningEventKind.PASSED),
    (AlarmState.ACTIVE, Happening.ACKNOWLEDGED): (AlarmState.ACTIVE, WarningEventKind.ACKNOWLEDGED),
    (AlarmState.ACTIVE, Happening.ALL_CLEAR): (AlarmState.CLEARED, WarningEventKind.ALL_CLEAR),
    (AlarmState.ACTIVE, Happening.RETRACTED): (AlarmState.CLEARED, WarningEventKind.RETRACTED),
    (AlarmState.PASSED, Happening.ENTERED): (AlarmState.ACTIVE, WarningEventKind.GREW),
    (AlarmState.PASSED, Happening.ACKNOWLEDGED): (AlarmState.PASSED, WarningEventKind.ACKNOWLEDGED),
    (AlarmState.PASSED, Happening.ALL_CLEAR): (AlarmState.CLEARED, WarningEventKind.ALL_CLEAR),
    (AlarmState.PASSED, Happening.RETRACTED): (AlarmState.CLEARED, WarningEventKind.RETRACTED),
}


def transition(state: AlarmState | None, happening: Happening) -> tuple[AlarmState, WarningEventKind] | None:
    """The next state and the event to log; None where nothing changes."""
    return TRANSITIONS.get((state, happening))
