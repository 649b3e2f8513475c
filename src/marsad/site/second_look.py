"""What lowers a warning must be explained: checked before it is journalled, so that every replay agrees."""

from collections.abc import Sequence

from marsad.errors import ReceivedError
from marsad.model.action import Action, SetIdentity, Why
from marsad.model.threat import Identity, Level, ThreatAssessment
from marsad.model.threat_table import ThreatTable

LOWERING = (Identity.FRIEND, Identity.ASSUMED_FRIEND, Identity.NEUTRAL)


def check_explained(action: Action, assessments: Sequence[ThreatAssessment]) -> None:
    """Refuse a lowering of a warning without a reason.

    Raises ReceivedError (``reason-needed``) where a track at ALERT or above is called friend, assumed
    friend or neutral, and nobody says why.
    """
    if not isinstance(action, SetIdentity) or action.identity not in LOWERING:
        return
    threats = ThreatTable.of(assessments)
    level = Level(max(threats.level[threats.track_id == action.track_id].tolist(), default=Level.INFO))
    if level < Level.ALERT:
        return
    words = action.reason.strip()
    if (action.why is Why.UNSAID and not words) or (action.why is Why.OTHER and not words):
        allowed = ", ".join(why.value for why in Why if why is not Why.UNSAID)
        raise ReceivedError(
            "reason-needed",
            f"track {action.track_id} is at {level.name}: to call it {action.identity.value} lowers a "
            f"warning and needs a reason: why = one of {allowed}; with other, reason says it in words",
        )
