"""Who is signed in and may do what, what happened at the door, and what is refused."""

from typing import Literal

from typing_extensions import TypedDict

HappeningName = Literal[
    "signed-in",
    "sign-in-failed",
    "sign-in-slowed",
    "signed-out",
    "session-ended",
    "session-expired",
    "token-wrong",
    "refused",
    "report-read",
    "account",
    "crowd",
    "record-damaged",
    "started",
    "settings",
]


class SecurityLine(TypedDict):
    """What happened at the door; "" where nobody or nothing is known.

    of      of an account its name, of a refusal the permission, of a sign-in the role
    count   so many like it since the line before it that says the same
    was     of an account, its role before; "" where there was none, and of all other lines
    became  its role from now on, the same where its password changed; "" where it was taken away
    """

    t_ms: int
    what: HappeningName
    by: str
    of: str
    address: str
    count: int
    was: str
    became: str


class OpenSession(TypedDict):
    """A sign-in that holds; its name opens nothing.

    is_this  whether it is that of whoever asks
    """

    session_id: str
    name: str
    address: str
    opened_t_ms: int
    used_t_ms: int
    until_t_ms: int
    is_this: bool


RoleName = Literal["viewer", "operator", "supervisor", "instructor", "administrator"]
PermissionName = Literal[
    "see",
    "record",
    "card",
    "watch",
    "acknowledge",
    "classify",
    "flights",
    "release",
    "countersign",
    "end",
    "document",
    "admit",
    "drill",
    "confirm",
    "security",
    "settings",
]


class Session(TypedDict):
    """Who is signed in, what they may, and whose each permission is; open: nobody has to.

    watchers: who may take the watch, by the names by which they sign in; for those alone who may as well.
    """

    name: str | None
    role: RoleName | None
    open: bool
    may: list[PermissionName]
    whose: dict[PermissionName, list[RoleName]]
    watchers: list[str]


class ErrorReport(TypedDict):
    """What was refused: a stable code and a sentence that quotes the datum."""

    reason: str
    detail: str


class Refusal(TypedDict):
    """Body of every answer of status 4xx or 5xx."""

    error: ErrorReport
