"""ULIDs: 128-bit identifiers that sort by time, as 26 upper-case characters.

Source: github.com/ulid/spec, the form BSI Flex 335 v2.0 demands of report_id, object_id,
task_id, region_id and alert_id.
"""

import re
from functools import lru_cache

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TIME_MS_MAX = 2**48 - 1
ENTROPY_BITS = 80

_LOW_BITS = ENTROPY_BITS // 2
_LOW_MASK = (1 << _LOW_BITS) - 1
_PAIRS = tuple(high + low for high in CROCKFORD for low in CROCKFORD)
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_ULID_ANY_CASE = re.compile(_ULID.pattern, re.IGNORECASE | re.ASCII)


def ulid(t_ns: int, entropy: int) -> str:
    """The ULID of a time (UTC nanoseconds) and 80 bits of entropy (taken modulo 2**80).

    The same arguments give the same identifier; who wants distinct ones counts the entropy up.
    Raises ValueError for a time before 1970 or after the year 10889.
    """
    t_ms = t_ns // 1_000_000
    if not 0 <= t_ms <= TIME_MS_MAX:
        raise ValueError(f"t_ns = {t_ns}: a ULID holds times from 0 to {TIME_MS_MAX} ms")
    low = entropy & _LOW_MASK
    return (
        _characters(t_ms, 10)
        + _characters((entropy >> _LOW_BITS) & _LOW_MASK, 8)
        + _PAIRS[low >> 30]
        + _PAIRS[(low >> 20) & 1023]
        + _PAIRS[(low >> 10) & 1023]
        + _PAIRS[low & 1023]
    )


@lru_cache(maxsize=256)
def _characters(number: int, count: int) -> str:
    """A number as so many characters: who counts the entropy up asks for the same ones again."""
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(5 * count - 10, -1, -10)])


def is_ulid(text: str, *, any_case: bool = False) -> bool:
    """Whether the text is a ULID: upper case, unless the reader is lenient."""
    return (_ULID_ANY_CASE if any_case else _ULID).fullmatch(text) is not None


def ulid_time_ms(text: str) -> int:
    """The time part of a ULID, UTC milliseconds. Raises ValueError if the text is none."""
    if not is_ulid(text, any_case=True):
        raise ValueError(f"{text!r} is not a ULID")
    number = 0
    for character in text[:10].upper():
        number = number * 32 + CROCKFORD.index(character)
    return number
