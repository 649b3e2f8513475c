"""How receivers know us, and we them: signatures under a shared secret."""

import hashlib
import hmac
import re

FRESH_S = 300  # what was signed longer ago may be a copy
_SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def signature(secret: bytes, utc_s: int, body: bytes) -> str:
    """``t=<UTC seconds>,v1=<hex>``: the HMAC-SHA-256 under the secret of ``<t>.<body>``."""
    return f"t={utc_s},v1={_code(secret, str(utc_s), body)}"


def is_signed(secret: bytes, utc_s: int, body: bytes, by: str) -> bool:
    """Whether a body was signed with the secret, and lately."""
    parts = _SIGNATURE.fullmatch(by)
    if parts is None or not hmac.compare_digest(_code(secret, parts[1], body), parts[2]):
        return False
    return abs(utc_s - int(parts[1])) <= FRESH_S


def _code(secret: bytes, stamp: str, body: bytes) -> str:
    return hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
