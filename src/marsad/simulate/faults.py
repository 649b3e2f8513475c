"""Faults of sensors and the weather they look through, as tables of a scenario."""

from math import inf
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_STRICT = ConfigDict(frozen=True, extra="forbid")
ADSB = "adsb"


class _Spell(BaseModel):
    """A span of time and the sensors it concerns."""

    model_config = _STRICT
    sensors: tuple[str, ...] = Field(
        default=(), description='The node_id of each sensor concerned, "adsb" for the receiver; none = all.'
    )
    from_s: float = Field(default=0.0, ge=0, description="When it begins, from the scenario's start.")
    to_s: float = Field(default=inf, gt=0, description="When it ends; without it, it lasts.")

    @model_validator(mode="after")
    def _rising(self) -> "_Spell":
        if self.from_s >= self.to_s:
            raise ValueError(f"from_s = {self.from_s:g} must be below to_s = {self.to_s:g}")
        return self

    def concerns(self, sensor: str) -> bool:
        """Whether it is about this sensor."""
        return not self.sensors or sensor in self.sensors

    def holds(self, t_s: float) -> bool:
        """Whether it is on at a time."""
        return self.from_s <= t_s < self.to_s


class Outage(_Spell):
    """Dead: no report and no status; a node connects anew when it is back."""

    kind: Literal["outage"]
    closes_link: bool = Field(
        default=False, description="Its connection is closed as it begins; else the sensor just falls silent."
    )


class ClockOffset(_Spell):
    """The sensor's clock steps: everything it stamps is off by so much."""

    kind: Literal["clock_offset"]
    offset_s: float = Field(ge=-3600, le=3600, description="Its clock minus the true time.")


class Latency(_Spell):
    """Reports arrive later than they should, stamped rightly."""

    kind: Literal["latency"]
    latency_s: float = Field(gt=0, le=120, description="On top of the sensor's own delay.")


class Bias(_Spell):
    """The sensor is turned or mistuned: every plot is shifted alike."""

    kind: Literal["bias"]
    azimuth_deg: float = Field(default=0.0, ge=-30, le=30)
    elevation_deg: float = Field(default=0.0, ge=-30, le=30)
    range_m: float = Field(default=0.0, ge=-2000, le=2000)


class Misses(_Spell):
    """It sees worse than it should: of what it would have reported, a part is missing."""

    kind: Literal["misses"]
    share_seen: float = Field(gt=0, lt=1, description="Of its true plots.")


class Noise(_Spell):
    """It measures worse than it states."""

    kind: Literal["noise"]
    factor: float = Field(gt=1, le=10, description="Its errors are so many times as large as it states.")


class Dust(_Spell):
    """Dust, fog or rain between sensor and object: cameras lose sight, radars some of their echo."""

    kind: Literal["dust"]
    visibility_m: float = Field(
        gt=10, le=100_000, description="Meteorological visibility; cameras see no further than this."
    )
    radar_loss_db_per_km: float = Field(
        default=0.05, ge=0, le=20, description="One way; dust at X band a few hundredths, heavy rain 1."
    )


Fault = Annotated[Outage | ClockOffset | Latency | Bias | Misses | Noise | Dust, Field(discriminator="kind")]
