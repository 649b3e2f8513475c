"""Roles of people, and what each may see and do: the one table that server, site and guide go by.

A site that names no supervisor has nobody above its operators: then they do what falls to a supervisor as
well (`STOOD_IN`). So a site of viewers and operators means what it always meant.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a signed-in person is to the site."""

    VIEWER = "viewer"  # sees, and changes nothing
    OPERATOR = "operator"  # is on watch: acknowledges, decides, documents
    SUPERVISOR = "supervisor"  # an operator, who also decides what takes two, and who may speak to the site
    INSTRUCTOR = "instructor"  # runs tests and drills, and decides nothing that is meant
    ADMINISTRATOR = "administrator"  # looks after the system, and decides nothing that is meant


class Permission(StrEnum):
    """One thing that a person may be allowed to see or do."""

    SEE = "see"  # the picture: tracks, alarms, sensors, flights, who has the watch
    RECORD = "record"  # incidents, reports, statements
    CARD = "card"  # the authority card, with its telephone numbers
    WATCH = "watch"  # take the watch, hand it over
    ACKNOWLEDGE = "acknowledge"
    CLASSIFY = "classify"  # say who an object is, ask its owner
    FLIGHTS = "flights"  # declare and cancel flights
    RELEASE = "release"  # release or withhold an alarm that waits for a person; one of two words
    COUNTERSIGN = "countersign"  # the other word where it takes two people, and to withhold such an alarm
    END = "end"  # all clear, retract
    DOCUMENT = "document"  # outcomes, head count, checklist, closing
    ADMIT = "admit"  # which nodes may speak to the site
    DRILL = "drill"  # tests and drills of what tells people
    CONFIRM = "confirm"  # that the authority card is right
    SECURITY = "security"  # the security log, and everybody's sign-ins
    SETTINGS = "settings"  # that the settings file as it is now is in force


_LOOKS = frozenset({Permission.SEE, Permission.RECORD})
_ACTS = _LOOKS | {
    Permission.CARD,
    Permission.WATCH,
    Permission.ACKNOWLEDGE,
    Permission.CLASSIFY,
    Permission.FLIGHTS,
    Permission.RELEASE,
    Permission.END,
    Permission.DOCUMENT,
}
# of operators where the site names no supervisor
STOOD_IN = frozenset(
    {
        Permission.COUNTERSIGN,
        Permission.ADMIT,
        Permission.DRILL,
        Permission.CONFIRM,
        Permission.SECURITY,
        Permission.SETTINGS,
    }
)
GRANTED: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.VIEWER: _LOOKS,
        Role.OPERATOR: _ACTS,
        Role.SUPERVISOR: _ACTS | STOOD_IN,
        Role.INSTRUCTOR: _LOOKS | {Permission.CARD, Permission.DRILL},
        Role.ADMINISTRATOR: _LOOKS
        | {
            Permission.CARD,
            Permission.ADMIT,
            Permission.DRILL,
            Permission.CONFIRM,
            Permission.SECURITY,
            Permission.SETTINGS,
        },
    }
)


def is_supervised_by(roles: Iterable[object]) -> bool:
    """Whether there is a supervisor among the roles of those who may sign in."""
    return any(role == Role.SUPERVISOR for role in roles)


def permissions(role: Role, *, is_supervised: bool) -> frozenset[Permission]:
    """All that a role may.

    is_supervised   whether the site names a supervisor
    """
    stands_in = role is Role.OPERATOR and not is_supervised
    return GRANTED[role] | STOOD_IN if stands_in else GRANTED[role]


def may(role: Role, permission: Permission, *, is_supervised: bool) -> bool:
    """Whether a role may see or do something; is_supervised as in `permissions`."""
    return permission in permissions(role, is_supervised=is_supervised)


def roles_with(permission: Permission, *, is_supervised: bool) -> tuple[Role, ...]:
    """The roles that may see or do something, in the order of `Role`."""
    return tuple(role for role in Role if may(role, permission, is_supervised=is_supervised))
