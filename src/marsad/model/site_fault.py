"""Faults of a site, and which is told first: the one that takes most from the air picture and from alarms."""

from collections.abc import Iterable

_WORST_FIRST = (
    # nothing is shown, or what is shown is old
    ("picture.none", "picture.stale", "site.preparing"),
    # people are not told of alarms
    ("output.down", "output.failing"),
    # other consoles may show an old picture, or none
    ("descriptors.none", "console.silent", "console.down", "console.unreachable"),
    # what happens is not recorded, or what was recorded is lost
    ("journal.unwritable", "record.gone", "disk.reserve", "journal.unsafe"),
    ("register.unwritable", "register.renewing"),
    # what may become of it
    ("output.drill-failed", "output.drill-overdue", "disk.low"),
    ("console.port-taken", "settings-refused", "settings-faulty"),
)
_RANK = {code: rank for rank, code in enumerate(code for codes in _WORST_FIRST for code in codes)}


def worst_first(codes: Iterable[str]) -> tuple[str, ...]:
    """Codes of faults, each once, in the order in which people are told of them.

    What follows a colon, such as the name of an output, is no part of the rank; equal ranks keep their order,
    and a code that has none comes behind those that have.
    """
    return tuple(sorted(dict.fromkeys(codes), key=lambda code: _RANK.get(code.partition(":")[0], len(_RANK))))
