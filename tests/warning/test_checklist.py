"""The checklist leads through the response levels."""

import re
from dataclasses import replace
from math import nan

import pytest
from pydantic import ValidationError

from marsad.model.threat import Level
from marsad.model.warning import Alarm, AlarmState, TimeLeft
from marsad.warning.checklist import (
    CHECKLIST,
    OWNERS,
    ChecklistFile,
    OwnChecklistSettings,
    ResponseLevel,
    items_of,
    response_level,
)

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


OWN: dict[str, list[dict[str, object]]] = {
    "owner": [{"id": "harbour", "name_en": "Harbour master", "name_ar": "ربّان الميناء"}],
    "item": [
        {"id": "sound_sirens", "level": "attack", "owner": "harbour", "text_en": "Horn", "text_ar": "بوق"},
        {"id": "b", "level": "after", "owner": "medic", "text_en": "B", "text_ar": "ب", "due_s": 9},
    ],
}


def test_a_list_of_its_own_takes_the_place_of_the_known_one() -> None:
    own = OwnChecklistSettings.model_validate(OWN)
    items = own.items()
    assert [(item.item_id, item.owner, item.due_s) for item in items] == [
        ("3-own-sound_sirens", "own.harbour", 0),
        ("4-own-b", "medic", 9),
    ]
    assert not {item.text_key for item in items} & {item.text_key for item in CHECKLIST}
    assert {name.of for name in own.names()} == {*(item.text_key for item in items), "role.own.harbour"}
    assert items_of(ResponseLevel.AFTER, items) == (items[1],)
    assert OwnChecklistSettings().items() == CHECKLIST


@pytest.mark.parametrize(
    ("place", "key", "value", "told"),
    [
        ("item", "owner", "harbor", "nobody is called 'harbor'; there are duty_officer"),
        ("item", "id", "b", "item 1 has it already"),
        ("owner", "id", "medic", "is known at every site"),
        ("item", "text_en", "a\u202eb", "which is not seen"),
        ("item", "text_ar", "", "at least 1 character"),
        ("item", "level", "normal", "'suspected', 'confirmed', 'attack' or 'after'"),
    ],
)
def test_a_faulty_list_is_refused_with_what_is_wrong(place: str, key: str, value: str, told: str) -> None:
    wrong = {kind: [dict(record) for record in records] for kind, records in OWN.items()}
    wrong[place][0][key] = value
    with pytest.raises(ValidationError, match=re.escape(told)):
        OwnChecklistSettings.model_validate(wrong)


def test_a_file_without_an_item_is_no_list() -> None:
    with pytest.raises(ValidationError, match="item"):
        ChecklistFile.model_validate({})


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
