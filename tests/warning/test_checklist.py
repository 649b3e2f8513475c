"""The checklist leads through the response levels."""

from dataclasses import replace
from math import nan

import pytest

from marsad.model.threat import Level
from marsad.model.warning import Alarm, AlarmState, TimeLeft
from marsad.warning.checklist import CHECKLIST, OWNERS, ResponseLevel, items_of, response_level

ALARM = Alarm("a", "r", "hq", Level.WARN, AlarmState.ACTIVE, 0, 0, (1,), (1,), TimeLeft(nan, nan, nan), ())


def test_items_have_unique_identifiers_and_known_owners() -> None:
    assert len({item.item_id for item in CHECKLIST}) == len(CHECKLIST)
    assert {item.owner for item in CHECKLIST} <= set(OWNERS)


@pytest.mark.parametrize("level", list(ResponseLevel))
def test_every_level_has_actions_most_urgent_first(level: ResponseLevel) -> None:
    due = [item.due_s for item in items_of(level)]
    assert due and due == sorted(due)


def test_all_clear_and_head_count_come_after_the_attack() -> None:
    after = {item.text_key for item in items_of(ResponseLevel.AFTER)}
    assert {"checklist.all_clear", "checklist.head_count", "checklist.report"} <= after


@pytest.mark.parametrize(
    ("alarms", "highest", "expected"),
    [
        ((), Level.INFO, ResponseLevel.NORMAL),
        ((), Level.WATCH, ResponseLevel.SUSPECTED),
        ((), Level.ALERT, ResponseLevel.CONFIRMED),
        ((replace(ALARM, stage=Level.ALERT),), Level.INFO, ResponseLevel.CONFIRMED),
        ((ALARM,), Level.WARN, ResponseLevel.ATTACK),
        ((replace(ALARM, state=AlarmState.PASSED),), Level.INFO, ResponseLevel.AFTER),
        (
            (replace(ALARM, state=AlarmState.PASSED, stage=Level.ALERT),),
            Level.INFO,
            ResponseLevel.SUSPECTED,
        ),
    ],
)
def test_response_level_follows_alarms(
    alarms: tuple[Alarm, ...], highest: Level, expected: ResponseLevel
) -> None:
    assert response_level(alarms, highest) is expected
