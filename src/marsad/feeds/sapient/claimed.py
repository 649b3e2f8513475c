"""What an object says of itself beside its identity, as entries of object_info: both ways."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from marsad.feeds.sbs import flag_of, squawk_of
from marsad.model.detection import ClaimedState

_INTEGRITY_MAX = 11
_CATEGORIES = frozenset(f"{letter}{digit}" for letter in "ABCD" for digit in range(8))


def _flag(value: str) -> bool:
    meaning = flag_of(value)
    if meaning is None:
        raise ValueError(value)
    return meaning


def _squawk(value: str) -> str:
    squawk = squawk_of(value)
    if not squawk:
        raise ValueError(value)
    return squawk


def _category(value: str) -> str:
    category = value.strip().upper()
    if category not in _CATEGORIES:
        raise ValueError(value)
    return category


def _integrity(value: str) -> int:
    number = int(value)
    if not 0 <= number <= _INTEGRITY_MAX:
        raise ValueError(value)
    return number


_FIELDS: dict[str, tuple[str, Callable[[str], object]]] = {
    "squawk": ("squawk", _squawk),
    "alert": ("alert", _flag),
    "emergency": ("emergency", _flag),
    "spi": ("ident", _flag),
    "on_ground": ("on_ground", _flag),
    "emitter_category": ("category", _category),
    "nic": ("navigation_integrity", _integrity),
    "nac_p": ("navigation_accuracy", _integrity),
}
CLAIMED_NAMES = tuple(_FIELDS)


def with_entry(state: ClaimedState, name: str, value: str) -> ClaimedState:
    """The state with one entry read. Raises ValueError for a value that nobody understands."""
    field, read = _FIELDS[name]
    changes: dict[str, object] = {field: read(value)}
    return replace(state, **changes)  # type: ignore[arg-type]


def entries(state: ClaimedState) -> Iterator[tuple[str, str]]:
    """Name and value of everything that was said."""
    for name, (field, _) in _FIELDS.items():
        value = getattr(state, field)
        if isinstance(value, bool):
            yield name, "true" if value else "false"
        elif value not in (None, ""):
            yield name, str(value)
