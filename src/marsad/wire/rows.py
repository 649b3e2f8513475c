"""A record of the model in its wire form, by one rule: the fields that the wire's own record names.

A time ``x_t_ns`` becomes ``x_t_ms``, and null where the wire says that it may be and it is 0; an enumeration
becomes its value, a tuple a list. A field that the model calls or builds otherwise is given.
"""

from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_type_hints

NS_PER_MS = 1_000_000
_TIME = "t_ms"
Row = TypeVar("Row")


def row_of(record: object, kind: type[Row], **given: object) -> Row:
    """A record as this kind of the wire's records."""
    names = _fields(cast(Any, kind))
    found = {name: given[name] if name in given else _value(record, name, none) for name, none in names}
    return cast(Row, found)


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, bool], ...]:
    """The fields of one of the wire's records, and whether each may be null."""
    return tuple((name, type(None) in get_args(hint)) for name, hint in get_type_hints(kind).items())


def _value(record: object, name: str, may_be_null: bool) -> object:
    if not name.endswith(_TIME):
        return _plain(getattr(record, name))
    t_ns: int = getattr(record, f"{name.removesuffix(_TIME)}t_ns")
    return t_ns // NS_PER_MS if t_ns or not may_be_null else None


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return list(map(_plain, value)) if isinstance(value, tuple) else value
