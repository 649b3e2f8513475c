"""What the door of a site notes for whoever looks after it: who came in, who did not, what was read.

What a stranger typed is in none of it: people type a password where a name belongs. A name stands there only
where somebody of that name may sign in; an address, because it is what an administrator can act on.
"""

import json
from dataclasses import dataclass
from enum import StrEnum

from marsad.errors import ReceivedError
from marsad.model.visible import on_one_line

TEXT_MAX = 80
COUNT_MAX = 10**9


class Happening(StrEnum):
    """What happened."""

    SIGNED_IN = "signed-in"
    FAILED = "sign-in-failed"  # a wrong name or password
    SLOWED = "sign-in-slowed"  # not even looked at: too many attempts
    SIGNED_OUT = "signed-out"
    ENDED = "session-ended"  # by whoever it belongs to, elsewhere, or by an administrator
    EXPIRED = "session-expired"  # its time was over, or nobody used it
    WRONG_TOKEN = "token-wrong"
    REFUSED = "refused"  # somebody known, whose role does not allow it
    READ = "report-read"  # an incident's report or statement
    ACCOUNT = "account"  # made, changed or taken away; a new role
    CROWD = "crowd"  # many connections turned away at a port
    DAMAGED = "record-damaged"  # found at a start: frames of the journal that cannot be read
    STARTED = "started"
    SETTINGS = "settings"  # are others from now on


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One line of the security log.

    by       who did it, by the name of an account; "" where nobody is known
    of       what or whom it was done to: an incident, a permission, an account, a file
    address  where it came from; "" where from the site itself
    count    so many like it since the line before it that says the same
    was      of an account, its role before; "" where there was none, and of all other lines
    became   its role from now on, the same as before where the password changed; "" where it was taken away
    """

    what: Happening
    by: str = ""
    of: str = ""
    address: str = ""
    count: int = 1
    was: str = ""
    became: str = ""


def json_from_event(event: SecurityEvent) -> bytes:
    """The event as it is journalled."""
    record = {
        "what": event.what.value,
        "by": event.by[:TEXT_MAX],
        "of": event.of[:TEXT_MAX],
        "address": event.address[:TEXT_MAX],
        "count": event.count,
    }
    if event.was or event.became:
        record |= {"was": event.was[:TEXT_MAX], "became": event.became[:TEXT_MAX]}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def event_from_json(data: bytes) -> SecurityEvent:
    """The inverse. Raises ReceivedError (``security-unreadable``)."""
    try:
        record = json.loads(data)
        what, count = Happening(record["what"]), int(record["count"])
        texts = [record[key] for key in ("by", "of", "address")]
        texts += [record.get(key, "") for key in ("was", "became")]
        by, of, address, was, became = (on_one_line(str(text))[:TEXT_MAX] for text in texts)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ReceivedError("security-unreadable", f"{data[:80]!r} is no security event: {error}") from error
    return SecurityEvent(what, by, of, address, min(max(count, 1), COUNT_MAX), was, became)
