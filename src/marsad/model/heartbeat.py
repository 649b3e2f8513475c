"""Heartbeats: short signed words of a site that lives, and their bytes.

A beat is sent only when the fold has closed a cycle since the last one. So beats end with the fold, also
where its process goes on: who watches them knows that nobody is warned any more.
"""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

_BYTES_MAX = 4_096
_FAULTS_MAX = 8
_TEXT_MAX = 80
_STATES = ("ok", "overloaded", "faulty")
_KINDS: dict[str, type | tuple[type, ...]] = {
    "site": str, "mode": str, "utc_ms": int, "site_t_ns": int, "sequence": int, "due_s": (int, float),
    "picture_age_s": (int, float), "state": str, "faults": list,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat.

    utc_ms         when it was sent, by the machine's clock
    site_t_ns      the fold's own time, which never goes back, not even when a clock is set or the site starts
                   anew; a beat that is not later by it than one before is a copy
    sequence       of the beats since the start
    due_s          the next comes within so many seconds, or something is wrong
    picture_age_s  how far the picture is behind
    state          ok, overloaded (the site cannot follow all that arrives) or faulty
    faults         what is wrong, as codes
    """

    site: str
    mode: str
    utc_ms: int
    site_t_ns: int
    sequence: int
    due_s: float
    picture_age_s: float
    state: str
    faults: tuple[str, ...] = ()

    def to_bytes(self, key: bytes | None) -> bytes:
        """As JSON, with a SHA-256 HMAC where there is a key."""
        record = {"marsad": "heartbeat", "version": 1, **asdict(self), "faults": self.faults[:_FAULTS_MAX]}
        if key is not None:
            record["mac"] = _mac(key, _plain(record))
        return _plain(record)

    @staticmethod
    def from_bytes(data: bytes, key: bytes | None) -> "Beat":
        """The inverse of `to_bytes`. Raises NoBeat."""
        record = _record(data)
        mac = record.pop("mac", "")
        if key is not None and not hmac.compare_digest(_ascii(mac), _mac(key, _plain(record)).encode()):
            raise NoBeat("unsigned" if mac == "" else "forged")
        beat: dict[str, Any] = {field.name: record.get(field.name) for field in fields(Beat)}
        beat["faults"] = tuple(_shown(str(fault)[:_TEXT_MAX]) for fault in record["faults"][:_FAULTS_MAX])
        beat["site"], beat["mode"] = _shown(beat["site"]), _shown(beat["mode"])
        return Beat(**beat)


class NoBeat(ValueError):
    """What came is no beat that may be believed, and why: ``unreadable``, ``unsigned`` or ``forged``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _record(data: bytes) -> dict[str, Any]:
    try:
        record = json.loads(data) if len(data) <= _BYTES_MAX else None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or record.get("marsad") != "heartbeat" or record.get("version") != 1:
        raise NoBeat("unreadable")
    for name, kind in _KINDS.items():
        value = record.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise NoBeat("unreadable")
        if isinstance(value, str) and len(value) > _TEXT_MAX:
            raise NoBeat("unreadable")
        if isinstance(value, int | float) and not abs(value) < 2**63:
            raise NoBeat("unreadable")
    if record["state"] not in _STATES:
        raise NoBeat("unreadable")
    return record


def _ascii(text: object) -> bytes:
    return str(text).encode("ascii", "replace")


def _shown(text: str) -> str:
    """Text that moves no cursor and rings no bell where it is shown."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _plain(record: dict[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _mac(key: bytes, data: bytes) -> str:
    return hmac.new(key, data, hashlib.sha256).hexdigest()
