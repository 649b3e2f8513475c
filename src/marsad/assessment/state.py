"""All that is remembered of tracks between assessments: one record for each stage that remembers."""

from dataclasses import dataclass, fields

from marsad.assessment.approach import AimState
from marsad.assessment.claim_state import PlausibilityState
from marsad.assessment.claims import ClaimState
from marsad.assessment.classification import ClassState
from marsad.assessment.columns import blank
from marsad.assessment.destination import DestinationState
from marsad.assessment.flight_character import CharacterState
from marsad.assessment.identity import IdentityState
from marsad.assessment.intake import IntakeState
from marsad.assessment.intent import IntentState
from marsad.assessment.kinematics import FlightState
from marsad.assessment.level import LevelState
from marsad.assessment.own_flights import OwnFlightState
from marsad.assessment.procedure_history import ProcedureHistory
from marsad.assessment.slowing import SlowingState


@dataclass
class TrackState:
    """A stage that is to remember something of each track adds its record here, and nowhere else."""

    intake: IntakeState
    claims: ClaimState
    plausibility: PlausibilityState
    flight: FlightState
    character: CharacterState
    destination: DestinationState
    slowing: SlowingState
    procedures: ProcedureHistory
    classes: ClassState
    own_flights: OwnFlightState
    identity: IdentityState
    aim: AimState
    intent: IntentState
    level: LevelState

    @staticmethod
    def blank(count: int, zones: int) -> "TrackState":
        """Rows of tracks nobody has seen before."""
        return TrackState(*(blank(part.type, count, zones) for part in fields(TrackState)))  # type: ignore[arg-type]
