"""Settings of what is asked of the sensors."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from marsad.model.intruder import ThreatKind
from marsad.model.settings import Finding, Settings, check

Height = Annotated[float, Field(gt=0, le=20_000)]


class CoverageSettings(Settings):
    """What the sensors are to see, and how long before."""

    heights_m: list[Height] = Field(
        [30.0, 100.0, 300.0, 1_000.0],
        min_length=1,
        max_length=8,
        description="Heights above the ground that coverage is worked out at, ascending.",
    )
    warning_s: float = Field(
        30.0,
        gt=0,
        le=600,
        description="Where an intruder is noticed less long before it is at the edge of the zones, there is "
        "a hole.",
    )
    threat: ThreatKind = Field(
        ThreatKind.MULTIROTOR, description="The intruder whose holes are told when a sensor falls silent."
    )

    @check
    def _ascending(self) -> Iterator[Finding]:
        if sorted(set(self.heights_m)) != self.heights_m:
            yield Finding(("heights_m",), "heights_m must ascend, each once")
