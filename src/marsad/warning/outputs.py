"""What the warning stage knows of each output, and who decides what goes out on it.

How an output is reached is known to the rim alone; here is whom it serves, how rarely it wants to be told,
and what a word on it can come to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from marsad.model.announcement import DeliveryState, Undecided
from marsad.model.settings import Settings, ShortName
from marsad.model.site import EVERY_ZONE
from marsad.model.threat import Level

OutputName = ShortName
Stage = Literal["ALERT", "WARN"]
PersonName = Annotated[str, Field(min_length=1, max_length=80)]


@dataclass(frozen=True, slots=True)
class Nature:
    """What a kind of output is.

    carries_levels  it is set to what it should be, and set again after a start; else it gets messages
    answers         the peer says that it has a message; else nothing is known of it once it is sent
    one_by_one      it tells a list of people; that a message is sent means that some of them have it
    knows_doubles   who gets a message twice can tell by its name
    confirms        people can say on it that they have a message
    shows           what it shows ends with the process: after a start it gets what still holds, whether it
                    had that before or not
    """

    carries_levels: bool = False
    answers: bool = True
    knows_doubles: bool = True
    confirms: bool = False
    one_by_one: bool = False
    shows: bool = False

    @property
    def arrives_with(self) -> DeliveryState:
        """The least state that shows that all whom it tells have a message."""
        if self.carries_levels:
            return DeliveryState.ACTUATED
        return DeliveryState.ACCEPTED if self.answers else DeliveryState.SENT

    @property
    def begins_with(self) -> DeliveryState:
        """The least state that shows that somebody has it."""
        return DeliveryState.SENT if self.one_by_one else self.arrives_with


NATURES: dict[str, Nature] = {
    "page": Nature(confirms=True, shows=True),
    "cap": Nature(),  # of a file it is known that it stands in its folder
    "cot": Nature(answers=False, shows=True),
    "webhook": Nature(),
    "mqtt": Nature(),
    "modbus": Nature(carries_levels=True),
    "smtp": Nature(knows_doubles=False, one_by_one=True),
    "sms": Nature(knows_doubles=False, one_by_one=True),
    "rtp": Nature(answers=False, knows_doubles=False),
}


class OutputSettings(Settings):
    """One way by which people are told."""

    name: OutputName = Field(description="Name in the console and the record.")
    standard: str = Field(description="What is spoken on it.")
    zones: list[str] = Field(
        [],
        max_length=200,
        description="Zones that it serves; none: all of them, and what concerns everybody.",
    )
    stages: list[Stage] = Field(["ALERT", "WARN"], min_length=1, description="Stages that it is told of.")
    live: bool = Field(
        True, description="It is told of what is meant: a site in live mode with warning.live_warning."
    )
    drills: bool = Field(
        False,
        description="It is told of exercises and tests, each with that word first; nothing else ever "
        "brings one to it.",
    )
    updates_s: float = Field(
        120.0,
        ge=0,
        le=86_400,
        description="An alarm that grows is told again when the output has been quiet for so long; 0: at "
        "once. What ends an alarm is never held back.",
    )
    delivery_s: float = Field(
        2.0, ge=0, le=600, description="How long it takes, from the release until people know."
    )

    test_s: float = Field(
        5.0, gt=0, le=60, description="So long a test lasts on an output that sounds or shines."
    )

    @property
    def nature(self) -> Nature:
        """What a kind of output it is."""
        return NATURES[self.standard]

    def serves(self, zone_id: str, stage: Level) -> bool:
        """Whether it is told of an alarm of a zone and stage; what concerns everybody concerns each zone."""
        return stage.name in self.stages and (
            not self.zones or zone_id == EVERY_ZONE or zone_id in self.zones
        )


class PlainOutputSettings(OutputSettings):
    """An output as the site reads it from the settings, which hold more for the rim."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ReleaseSettings(Settings):
    """Who decides whether an alarm goes out. Of several rules that fit, the first holds.

    Where the time left is no more than what deciding and telling take, nobody is asked: the alarm goes out,
    and says so.
    """

    zones: list[str] = Field(
        [], max_length=200, description='Zones of the rule, "" for what concerns every zone; none: all.'
    )
    stages: list[Stage] = Field([], description="Stages of the rule; none: both.")
    outputs: list[OutputName] = Field([], max_length=100, description="Outputs of the rule; none: all.")
    people: Literal[0, 1, 2] = Field(
        0, description="How many different people have to release it; 0: it goes out by itself."
    )
    decide_within_s: float = Field(
        20.0, gt=0, le=3_600, description="So long the duty officer has; then the deputy is asked as well."
    )
    deputy_within_s: float = Field(
        20.0, ge=0, le=3_600, description="So long they have together from then on; then it is undecided."
    )
    deciders: list[PersonName] = Field(
        [],
        max_length=20,
        description="Whose word counts, by the names by which they sign in; none: whoever may release. "
        "Deputies count as well.",
    )
    deputies: list[PersonName] = Field(
        [],
        max_length=20,
        description="Who is asked as well once the duty officer has had their time; none: the deputies of "
        "the authority card.",
    )
    undecided: Undecided = Field(
        Undecided.RELEASE, description="What happens then: release, or withhold until somebody decides."
    )

    def fits(self, zone_id: str, stage: Level, output_id: str) -> bool:
        """Whether it is about a zone, stage and output."""
        return (
            (not self.zones or zone_id in self.zones)
            and (not self.stages or stage.name in self.stages)
            and (not self.outputs or output_id in self.outputs)
        )


AUTOMATIC = ReleaseSettings()
# An alarm of every zone at once empties the whole site: somebody looks first, and not for long.
WIDEST = ReleaseSettings(zones=[EVERY_ZONE], people=1)


def rule_for(
    rules: Sequence[ReleaseSettings], zone_id: str, stage: Level, output: OutputSettings
) -> ReleaseSettings:
    """The rule by which an alarm goes out on an output; by itself where none fits."""
    fitting: Iterator[ReleaseSettings] = (rule for rule in rules if rule.fits(zone_id, stage, output.name))
    return next(fitting, AUTOMATIC)
