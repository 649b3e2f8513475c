"""Settings of the authority card: who decides what at a site, and who stands in for them."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from marsad.model.authority import AuthorityCard, CardDuty, CardPerson
from marsad.model.role import Permission
from marsad.model.settings import Finding, Settings, Words, check, skipping_unknown, twice
from marsad.model.visible import name_fault
from marsad.warning.outputs import PersonName, Stage

Phone = Annotated[
    str,
    Field(pattern=r"^\+?[0-9][0-9 ()/.-]{1,28}$"),
    Words('a telephone number, such as "+964 770 123 4567"'),
]
Decides = Literal[
    "acknowledge", "classify", "release", "countersign", "end", "document", "flights", "admit", "drill"
]


class CardPersonSettings(Settings):
    """Somebody on the authority card."""

    name: PersonName = Field(description="As they sign in, where they do; else as people know them.")
    post_en: str = Field("", max_length=80, description="What they are, in English.")
    post_ar: str = Field("", max_length=80, description="What they are, in Arabic.")
    phone: Phone | None = Field(
        None, repr=False, description="Shown on the card to those who act; in no log and no report."
    )

    @check
    def _names_are_seen(self) -> Iterator[Finding]:
        for field in ("name", "post_en", "post_ar"):
            with skipping_unknown:
                value = getattr(self, field)
                if value and (fault := name_fault(value)):
                    yield Finding((field,), f"{field}: {fault}")

    @check
    def _both_languages(self) -> Iterator[Finding]:
        if bool(self.post_en) != bool(self.post_ar):
            lacking = "post_en" if self.post_ar else "post_ar"
            yield Finding(
                (lacking,), f"{lacking} is missing: a post is written in both languages, or in none"
            )


class CardDutySettings(Settings):
    """One decision: who takes it, and who where they cannot."""

    decides: Decides = Field(description="What is decided, as the table of roles calls it.")
    zones: list[str] = Field(
        [], max_length=200, description='Zones that it is about, "" for what concerns every zone; none: all.'
    )
    stages: list[Stage] = Field([], description="Stages that it is about; none: both.")
    people: list[PersonName] = Field(
        min_length=1, max_length=20, description="Who decides: names of the card, in the order to ask them."
    )
    deputies: list[PersonName] = Field(
        [],
        max_length=20,
        description="Who stands in for them; named at the countdown of a release that nobody has decided.",
    )


class AuthoritySettings(Settings):
    """The authority card: who decides what, who stands in, how they are reached."""

    person: list[CardPersonSettings] = Field([], max_length=100, description="People on the card.")
    duty: list[CardDutySettings] = Field(
        [], max_length=100, description="What is decided by whom; of several that fit, the first holds."
    )
    confirmed_on: Annotated[date, Words("a day, such as 2026-11-20")] | None = Field(
        None, description="When somebody last went through the card; after 90 days the console says so."
    )
    confirmed_by: str = Field("", max_length=80, description="Who did.")
    watch_hours: float = Field(
        13.0,
        gt=0,
        le=48,
        description="So many hours after it was taken a watch ends by itself: 12 and the time to hand over.",
    )

    @check
    def _people_distinct(self) -> Iterator[Finding]:
        yield from twice(self.person, "person", "name")

    @check
    def _people_are_on_the_card(self) -> Iterator[Finding]:
        names = {person.name for person in self.person}
        for number, duty in enumerate(self.duty):
            with skipping_unknown:
                for field in ("people", "deputies"):
                    for name in getattr(duty, field):
                        if name not in names:
                            listed = ", ".join(sorted(names)) or "none"
                            sentence = f"{field}: {name!r} is not on the card; people on it: {listed}"
                            yield Finding(("duty", number, field), sentence)

    def card(self) -> AuthorityCard:
        """As it is shown."""
        return AuthorityCard(
            tuple(CardPerson(one.name, one.post_en, one.post_ar, one.phone or "") for one in self.person),
            tuple(
                CardDuty(
                    Permission(duty.decides),
                    tuple(duty.zones),
                    tuple(duty.stages),
                    tuple(duty.people),
                    tuple(duty.deputies),
                )
                for duty in self.duty
            ),
            "" if self.confirmed_on is None else self.confirmed_on.isoformat(),
            self.confirmed_by,
        )
