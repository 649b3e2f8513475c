"""The response checklist: what people do at each response level, as data.

Levels and first actions in our own wording after EASA's drone incident phases and PARAS 0031.
Texts are in the catalogues under the item's text key. A site may have a list of its own, which takes the
place of this one; its texts are names of the site, under the same keys.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import Field

from marsad.model.settings import Finding, Settings, ShortName, Words, check, skipping_unknown, twice
from marsad.model.site import Name
from marsad.model.threat import Level
from marsad.model.visible import name_fault
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
    until_all_clear   keeps people in cover, or is done by giving the all-clear: over once that is given
    """

    item_id: str
    level: ResponseLevel
    owner: str
    text_key: str
    due_s: float
    until_all_clear: bool = False


def _item(
    level: ResponseLevel, name: str, owner: str, due_s: float, *, until_all_clear: bool = False
) -> ChecklistItem:
    item_id = f"{level.value}-{name}"
    return ChecklistItem(item_id, level, owner, f"checklist.{name}", due_s, until_all_clear)


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
    _item(ResponseLevel.CONFIRMED, "clear_open_areas", "security", 120, until_all_clear=True),
    _item(ResponseLevel.CONFIRMED, "ready_accountability", "commander", 120),
    _item(ResponseLevel.ATTACK, "sound_sirens", "duty_officer", 5, until_all_clear=True),
    _item(ResponseLevel.ATTACK, "take_cover", "security", 15, until_all_clear=True),
    _item(ResponseLevel.ATTACK, "stop_movement", "security", 30, until_all_clear=True),
    _item(ResponseLevel.ATTACK, "air_traffic_hold", "air_traffic", 30),
    _item(ResponseLevel.ATTACK, "medics_standby", "medic", 60),
    _item(ResponseLevel.ATTACK, "fire_standby", "fire", 60),
    _item(ResponseLevel.ATTACK, "no_crowding", "security", 60, until_all_clear=True),
    _item(ResponseLevel.AFTER, "stay_in_shelter", "duty_officer", 600, until_all_clear=True),
    _item(ResponseLevel.AFTER, "head_count", "commander", 900),
    _item(ResponseLevel.AFTER, "treat_casualties", "medic", 900),
    _item(ResponseLevel.AFTER, "debris_keep_out", "security", 900),
    _item(ResponseLevel.AFTER, "clearance_sweep", "security", 3600),
    _item(ResponseLevel.AFTER, "damage_survey", "engineer", 3600),
    _item(ResponseLevel.AFTER, "all_clear", "duty_officer", 3600, until_all_clear=True),
    _item(ResponseLevel.AFTER, "report", "duty_officer", 7200),
)


def items_of(
    level: ResponseLevel, checklist: Sequence[ChecklistItem] = CHECKLIST
) -> tuple[ChecklistItem, ...]:
    """The actions of a checklist that begin with a response level, most urgent first."""
    return tuple(sorted((item for item in checklist if item.level is level), key=lambda item: item.due_s))


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


# --- a site's own list ------------------------------------------------------------------------

_OWN = "own"  # between the kind of a key and the site's own name: no key of the catalogues has it
OwnName = ShortName
Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Seen(Settings):
    """A record whose texts people are shown."""

    @check
    def _texts_are_seen(self) -> Iterator[Finding]:
        for name in ("name_en", "name_ar", "text_en", "text_ar"):
            with skipping_unknown:
                if fault := name_fault(getattr(self, name, "-")):
                    yield Finding((name,), f"{name}: {fault}")


class OwnerSettings(_Seen):
    """Somebody of the site who has duties, beside those whom every site has."""

    id: OwnName = Field(description="Short name, used by the items.")
    name_en: Text = Field(description="What English pages call them.")
    name_ar: Text = Field(description="What Arabic pages call them.")


class ItemSettings(_Seen):
    """One thing to do."""

    id: OwnName = Field(description="Short name, kept in records.")
    level: Literal["suspected", "confirmed", "attack", "after"] = Field(
        description="How far the response has gone when it is to be done."
    )
    owner: str = Field(description="Who does it: one of those whom every site has, or of the list's own.")
    text_en: Text = Field(description="What is to be done, in English.")
    text_ar: Text = Field(description="What is to be done, in Arabic.")
    due_s: float = Field(
        0.0, ge=0, le=86_400, description="So long after the level is reached it is due; 0: no hurry."
    )


class OwnChecklistSettings(Settings):
    """A site's own checklist, which takes the place of the one that comes with Marsad."""

    owner: list[OwnerSettings] = Field([], max_length=50, description="Who has duties beside the known.")
    item: list[ItemSettings] = Field([], max_length=200, description="What is to be done.")

    @check
    def _distinct(self) -> Iterator[Finding]:
        yield from twice(self.owner, "owner", "id")
        yield from twice(self.item, "item", "id")

    @check
    def _owners_are_new(self) -> Iterator[Finding]:
        for number, owner in enumerate(self.owner):
            with skipping_unknown:
                if owner.id in OWNERS:
                    sentence = f"id: {owner.id!r} is known at every site; leave it out or choose another"
                    yield Finding(("owner", number, "id"), sentence)

    @check
    def _owners_are_known(self) -> Iterator[Finding]:
        own = [owner.id for owner in self.owner]
        for number, item in enumerate(self.item):
            with skipping_unknown:
                if item.owner not in (*OWNERS, *own):
                    known = ", ".join((*OWNERS, *own))
                    sentence = f"owner: nobody is called {item.owner!r}; there are {known}"
                    yield Finding(("item", number, "owner"), sentence)

    def items(self) -> tuple[ChecklistItem, ...]:
        """By what people work: the site's own list, or where it has none that which comes with Marsad."""
        if not self.item:
            return CHECKLIST
        own = {owner.id for owner in self.owner}
        return tuple(
            ChecklistItem(
                f"{ResponseLevel[item.level.upper()].value}-{_OWN}-{item.id}",
                ResponseLevel[item.level.upper()],
                f"{_OWN}.{item.owner}" if item.owner in own else item.owner,
                f"checklist.{_OWN}.{item.id}",
                item.due_s,
            )
            for item in self.item
        )

    def names(self) -> tuple[Name, ...]:
        """What items and owners are called, by their keys."""
        return (
            *(Name(f"checklist.{_OWN}.{item.id}", item.text_en, item.text_ar) for item in self.item),
            *(Name(f"role.{_OWN}.{owner.id}", owner.name_en, owner.name_ar) for owner in self.owner),
        )


class ChecklistFile(OwnChecklistSettings):
    """The file of a site's own checklist."""

    item: list[ItemSettings] = Field(min_length=1, max_length=200, description="What is to be done.")


class ChecklistSettings(OwnChecklistSettings):
    """What people do at each level of the response, where it is not what comes with Marsad."""

    file: Annotated[str, Words("the path of a file")] | None = Field(
        None,
        min_length=1,
        description="TOML file beside this one with the site's own checklist: [[item]] and [[owner]].",
    )

    @check
    def _items_for_owners(self) -> Iterator[Finding]:
        if self.owner and not self.item and self.file is None:
            yield Finding(("owner",), "owner: nobody has a duty: add [[checklist.item]], or leave it out")
