"""Which permission each action needs, whether a person must answer for it, and the refusal of who may not."""

from typing import assert_never

from marsad.errors import ReceivedError
from marsad.model.action import (
    Acknowledge,
    Action,
    AdmitNode,
    AllClear,
    AmendOutcome,
    ApplySettings,
    AskOwner,
    CancelFlight,
    CheckOff,
    CloseIncident,
    ConfirmCard,
    DeclareFlights,
    HandOver,
    HeadCount,
    ListNodes,
    RecordImpact,
    RefuseNode,
    Release,
    ReportOutcome,
    Retract,
    SetIdentity,
    TakeBackAllClear,
    TakeBackImpact,
    TakeBackRetraction,
    TakeWatch,
    TryOutputs,
    Withhold,
)
from marsad.model.role import Permission, may, roles_with


def permission_of(action: Action) -> Permission:
    """What whoever does it must be allowed to do."""
    match action:
        case Acknowledge():
            return Permission.ACKNOWLEDGE
        case AllClear() | TakeBackAllClear() | Retract() | TakeBackRetraction():
            return Permission.END
        case Release() | Withhold():
            return Permission.RELEASE
        case SetIdentity() | AskOwner():
            return Permission.CLASSIFY
        case DeclareFlights() | CancelFlight():
            return Permission.FLIGHTS
        case ReportOutcome() | RecordImpact() | TakeBackImpact() | HeadCount() | CheckOff():
            return Permission.DOCUMENT
        case CloseIncident() | AmendOutcome():
            return Permission.DOCUMENT
        case AdmitNode() | RefuseNode() | ListNodes():
            return Permission.ADMIT
        case TryOutputs():
            return Permission.DRILL
        case TakeWatch() | HandOver():
            return Permission.WATCH
        case ConfirmCard():
            return Permission.CONFIRM
        case ApplySettings():
            return Permission.SETTINGS
    assert_never(action)


def needs_person(action: Action) -> bool:
    """Whether a person must answer for an action, so that no program may do it, whatever its role.

    So it is for all that can lower, end or contradict a warning, or silence a sensor; and to acknowledge says
    that somebody has seen it.
    """
    match action:
        case (
            Release()
            | Withhold()
            | Retract()
            | AllClear()
            | TakeBackAllClear()
            | TakeBackRetraction()
            | SetIdentity()
            | CloseIncident()
            | AmendOutcome()
            | HeadCount()
            | AskOwner()
            | DeclareFlights()
            | CancelFlight()
            | ReportOutcome()
            | RecordImpact()
            | TakeBackImpact()
            | TakeWatch()
            | HandOver()
            | ConfirmCard()
            | AdmitNode()
            | RefuseNode()
            | ListNodes()
            | Acknowledge()
            | ApplySettings()
        ):
            return True
        case CheckOff() | TryOutputs():
            return False
    assert_never(action)


def check_permitted(action: Action, *, is_supervised: bool) -> None:
    """Refuse what the role of whoever acts does not allow.

    is_supervised   whether the site names a supervisor

    Raises ReceivedError (``role``), which names the roles that may.
    """
    permission = permission_of(action)
    if action.role is not None and not may(action.role, permission, is_supervised=is_supervised):
        raise ReceivedError(
            "role", refusal(action.by, action.role.value, permission, is_supervised=is_supervised)
        )


def refusal(name: str, role: str, permission: Permission, *, is_supervised: bool) -> str:
    """The sentence for somebody whose role does not allow something."""
    allowed = ", ".join(one.value for one in roles_with(permission, is_supervised=is_supervised))
    return f"{name[:80]} is {role}: {permission.value} is for {allowed}"
