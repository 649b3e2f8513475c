"""What a scenario expects of the site: who must be warned of, when, and who must not."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marsad.simulate.patterns import Identifier

_STRICT = ConfigDict(frozen=True, extra="forbid")
Squawk = Annotated[str, Field(pattern=r"^[0-7]{4}$")]


class Expected(BaseModel):
    """What a good run must show; the simulation does not read it, the scoring does."""

    model_config = _STRICT
    hostile: tuple[Identifier, ...] = ()
    stopped: int | None = None
    alarms_announced_max: int | None = None
    warnings_on_harmless_max: int = 0
    alerts_on_harmless_max: int | None = Field(
        default=None, description="Alerts and warnings for tracks on nothing hostile."
    )
    lead_s_min: float | None = Field(
        default=None, description="For every zone each hostile object was heading to."
    )
    lead_s_min_of: dict[Identifier, float] = Field(
        default={}, description="Instead of lead_s_min, for single objects, hostile or not."
    )
    alert: tuple[Identifier, ...] = Field(
        default=(), description="Objects that must at least be alerted of, hostile or not."
    )
    alert_lead_s_min: float = Field(
        default=30.0, ge=0, description="Before they reach, or come nearest to, the first zone."
    )
    warn_not: tuple[Identifier, ...] = Field(
        default=(), description="Objects, or items of traffic, that nobody may be told to take cover from."
    )
    alert_not: tuple[Identifier, ...] = Field(
        default=(), description="Objects, or items of traffic, that there may not even be an alert of."
    )
    squawk_told: dict[Identifier, Squawk] = Field(
        default={}, description="Codes that must be shown on the track of an object."
    )
    squawk_told_s_max: float = Field(default=15.0, gt=0, description="After the code was set.")
    identities_max: int | None = Field(
        default=None, ge=1, description="Tracks that each hostile object may have had."
    )
    incident_closed: bool = False
