"""The response checklist: what people do at each response level, as data.

Levels and first actions in our own wording after EASA's drone incident phases and PARAS 0031.
Texts are in the catalogues under the item's text key.
"""

from dataclasses import dataclass
from enum import IntEnum

from marsad.model.threat import Level
from marsad.model.warning import Alarm, AlarmState


class ResponseLevel(IntEnum):
    """How far the response has gone."""

    NORMAL = 0
    SUSPECTED = 1
    CONFIRMED = 2
    ATTACK = 3
    AFTER = 4


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One action of one role.

    item_id   stable identifier, kept in records
    due_s     seconds after the level is entered; 0 = routine without a deadline
    """

    item_id: str
    level: ResponseLevel
    owner: str
    text_key: str
    due_s: float


def _item(level: ResponseLevel, name: str, owner: str, due_s: float) -> ChecklistItem:
    return ChecklistItem(f"{level.value}-{name}", level, owner, f"checklist.{name}", due_s)


OWNERS = ("duty_officer", "operator", "commander", "medic", "fire", "security", "air_traffic", "engineer")

CHECKLIST: tuple[ChecklistItem, ...] = (
    _item(ResponseLevel.NORMAL, "sensor_health", "operator", 0),
    _item(ResponseLevel.NORMAL, "weather", "operator", 0),
    _item(ResponseLevel.NORMAL, "shift_brief", "duty_officer", 0),
    _item(ResponseLevel.NORMAL, "siren_test", "engineer", 0),
    _item(ResponseLevel.SUSPECTED, "cue_camera", "operator", 30),
    _item(ResponseLevel.SUSPECTED, "check_friends", "operator", 60),
    _item(ResponseLevel.SUSPECTED, "ask_air_traffic", "duty_officer", 60),
    _item(ResponseLevel.SUSPECTED, "log_it", "operator", 120),
    _item(ResponseLevel.CONFIRMED, "notify_commander", "duty_officer", 60),
    _item(ResponseLevel.CONFIRMED, "notify_air_traffic", "duty_officer", 60),
    _item(ResponseLevel.CONFIRMED, "notify_police", "duty_officer", 120),
    _item(ResponseLevel.CONFIRMED, "clear_open_areas", "security", 120),
    _item(ResponseLevel.CONFIRMED, "ready_accountability", "commander", 120),
    _item(ResponseLevel.ATTACK, "sound_sirens", "duty_officer", 5),
    _item(ResponseLevel.ATTACK, "take_cover", "security", 15),
    _item(ResponseLevel.ATTACK, "stop_movement", "security", 30),
    _item(ResponseLevel.ATTACK, "air_traffic_hold", "air_traffic", 30),
    _item(ResponseLevel.ATTACK, "medics_standby", "medic", 60),
    _item(ResponseLevel.ATTACK, "fire_standby", "fire", 60),
    _item(ResponseLevel.ATTACK, "no_crowding", "security", 60),
    _item(ResponseLevel.AFTER, "stay_in_shelter", "duty_officer", 600),
    _item(ResponseLevel.AFTER, "head_count", "commander", 900),
    _item(ResponseLevel.AFTER, "treat_casualties", "medic", 900),
    _item(ResponseLevel.AFTER, "debris_keep_out", "security", 900),
    _item(ResponseLevel.AFTER, "clearance_sweep", "security", 3600),
    _item(ResponseLevel.AFTER, "damage_survey", "engineer", 3600),
    _item(ResponseLevel.AFTER, "all_clear", "duty_officer", 3600),
    _item(ResponseLevel.AFTER, "report", "duty_officer", 7200),
)

# what keeps people in cover, and what is done by giving the all-clear: over once that is given
UNTIL_ALL_CLEAR = frozenset(
    {
        "2-clear_open_areas",
        "3-sound_sirens",
        "3-take_cover",
        "3-stop_movement",
        "3-no_crowding",
        "4-stay_in_shelter",
        "4-all_clear",
    }
)


def items_of(level: ResponseLevel) -> tuple[ChecklistItem, ...]:
    """The actions that begin with a response level, most urgent first."""
    return tuple(sorted((item for item in CHECKLIST if item.level is level), key=lambda item: item.due_s))


def response_level(alarms: tuple[Alarm, ...], highest: Level) -> ResponseLevel:
    """The response level that open alarms and the highest track level call for.

    After everything passed it is AFTER until a person gives the all-clear.
    """
    active = [alarm.stage for alarm in alarms if alarm.state is AlarmState.ACTIVE]
    if Level.WARN in active:
        return ResponseLevel.ATTACK
    if active or highest >= Level.ALERT:
        return ResponseLevel.CONFIRMED
    if any(alarm.stage is Level.WARN for alarm in alarms):
        return ResponseLevel.AFTER
    return ResponseLevel.SUSPECTED if alarms or highest is Level.WATCH else ResponseLevel.NORMAL
