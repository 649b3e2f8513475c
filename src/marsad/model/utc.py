"""Records at another time: from site time to UTC on their way out, and from UTC to site time on their way in.

Every field called ``t_ns`` or ``…_t_ns`` is moved, in records, in tuples of them and in arrays. What is no
time stays: 0 (never), None, and `FOREVER_NS`; so do the assessments of a picture, whose time is its own.
"""

from dataclasses import fields, is_dataclass, replace
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from marsad.model.flight import FOREVER_NS

Record = TypeVar("Record")


def moved(record: Record, span_ns: int) -> Record:
    """The record with all its times later by a span; the record itself where the span is 0."""
    return _moved(record, span_ns) if span_ns else record


def _moved(record: Any, span_ns: int) -> Any:
    if record is None:
        return None
    if isinstance(record, tuple):
        return tuple(_moved(item, span_ns) for item in record)
    kind: Any = type(record)
    plan = _plan(kind)
    if not plan:
        return record
    changes = {name: getattr(record, name) for name in plan}
    for name, value in changes.items():
        changes[name] = _time(value, span_ns) if _is_time(name) else _moved(value, span_ns)
    return replace(record, **changes)


def _time(value: Any, span_ns: int) -> Any:
    if value is None:
        return None
    if isinstance(value, tuple):
        return tuple(_time(item, span_ns) for item in value)
    if isinstance(value, np.ndarray):
        return np.where((value == 0) | (value == FOREVER_NS), value, value + span_ns)
    if value in (0, FOREVER_NS):
        return value
    return min(max(value + span_ns, 1), FOREVER_NS - 1)


def _is_time(name: str) -> bool:
    return name == "t_ns" or name.endswith("_t_ns")


@cache
def _plan(kind: type) -> tuple[str, ...]:
    """The fields of a record that are a time, or that hold records with one."""
    if not is_dataclass(kind):
        return ()
    hints = get_type_hints(kind)
    return tuple(
        field.name
        for field in fields(kind)
        if field.init and (_is_time(field.name) or any(map(_plan, _records(hints[field.name]))))
    )


def _records(hint: Any) -> list[type]:
    """The records that a type speaks of, alone, or none, or in a tuple."""
    if isinstance(hint, type) and is_dataclass(hint):
        return [hint]
    if get_origin(hint) in (tuple, Union, UnionType):
        return [kind for part in get_args(hint) for kind in _records(part)]
    return []
