"""The slowing stage: who was as fast as an aircraft and is now as slow as a helicopter or what landed.

Few drones do both: those with wings that are fast cannot fly slowly, most that hover cannot fly fast; a bird
does neither. Racing drones can, and wind adds to a speed: so it weighs for those only who say what they are
and are seen there, or who use a place as aircraft do.
"""

from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field

from marsad.assessment.columns import Flags, Floats, Times, column
from marsad.assessment.intake import within
from marsad.assessment.kinematics import Flight
from marsad.assessment.reasons import Part
from marsad.model.settings import Settings


class SlowingWeights(Settings):
    """When slowing down counts, and what it weighs."""

    slowed_crewed: float = Field(
        default=5.0, ge=0.0, description="log ratio for a crewed aircraft of what was fast and is now slow"
    )
    slowed_from_mps: float = Field(
        default=40.0, ge=0.0, description="faster than this no drone flies that can also fly slowly…"
    )
    slowed_fast_s: float = Field(default=10.0, ge=0.0, description="…if it lasted so long,")
    slowed_to_mps: float = Field(
        default=28.0, ge=0.0, description="and slower than this none that can also fly fast"
    )
    slowed_known_s: float = Field(default=300.0, ge=0.0, description="so long it is remembered")


@dataclass
class SlowingState:
    """Since when each track flies fast without a break, and when it last had for long; UTC ns, 0 = not."""

    since_t_ns: Times = column(np.int64)
    fast_t_ns: Times = column(np.int64)


@dataclass(frozen=True)
class Slowing:
    """What slowing down tells of n tracks.

    fast     (n,) was fast for long, of late
    crewed   (n,) log ratio for a crewed aircraft
    since_s  (n,) how long ago it was fast
    """

    fast: Flags
    crewed: Floats
    since_s: Floats

    def counted(self, whose: Flags) -> "Slowing":
        """The same, but it weighs only for those (n,)."""
        return replace(self, crewed=self.crewed * whose)

    def part(self) -> Part:
        """That it slowed down; it weighs through the class."""
        nothing = np.zeros(len(self.crewed))
        return Part("character.slowed", nothing, (("duration_s", self.since_s),), self.crewed > 0)


def slowing(state: SlowingState, flight: Flight, t_ns: int, weights: SlowingWeights) -> Slowing:
    """Advance the memory by one look; who slowed down."""
    fast = flight.speed_mps >= weights.slowed_from_mps
    state.since_t_ns = np.where(fast, np.where(state.since_t_ns == 0, t_ns, state.since_t_ns), 0)
    lasting = fast & (t_ns - state.since_t_ns >= round(weights.slowed_fast_s * 1e9))
    state.fast_t_ns = np.where(lasting, t_ns, state.fast_t_ns)
    slow = flight.speed_mps <= weights.slowed_to_mps
    known = within(t_ns, state.fast_t_ns, weights.slowed_known_s)
    return Slowing(known, np.where(slow & known, weights.slowed_crewed, 0.0), (t_ns - state.fast_t_ns) / 1e9)
