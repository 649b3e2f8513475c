"""State as JSON, there and back: what a checkpoint holds of the parts of a site.

Unlike a pickle it can make nobody do anything: of classes only those of Marsad are made, by setting their
fields, and nothing is called. A field that the class of today has not is refused by name; one that it has and
the text has not gets the default of its record.

One letter tells what is not plain JSON: f a float that is none, b bytes, t a tuple, l a list, d a
table by pairs, s a set, q a queue with its bound, c a counter, e an enumeration, a an array, m settings, o an
object by its class; each is an object of one field.
"""

import base64
import importlib
import itertools
from collections import Counter, deque
from dataclasses import MISSING, fields, is_dataclass
from dis import get_instructions
from enum import Enum
from functools import cache
from math import isfinite
from types import FunctionType
from typing import Any, cast

import numpy as np
from pydantic import BaseModel, ValidationError

from marsad.errors import RecordingError

Json = Any
OURS = "marsad."
# of what is no record: what parts share with each other, and what is made of settings, is put together anew
_LEFT_OUT = frozenset(
    {"others", "shares", "settings", "_settings", "_site", "_frame", "_schedule", "_card", "_rules"}
    | {"_serving", "_drilled", "_outputs", "_levels", "_shown", "_checklist", "_own_id"}
)


def json_from_state(value: Any) -> Json:
    """Plain JSON of any state. Raises TypeError for what no checkpoint may hold, such as a function."""
    match value:
        case None | bool() | str() if type(value) in (type(None), bool, str):
            return value
        case Enum():
            return {"e": [_name_of(type(value)), value.value]}
        case int() if type(value) is int:
            return value
        case float() if type(value) is float:
            return value if isfinite(value) else {"f": repr(value)}
        case np.generic():
            return json_from_state(value.item())
        case np.ndarray():
            return {"a": _from_array(value)}
        case bytes():
            return {"b": base64.b64encode(value).decode()}
    return _from_group(value)


def _from_group(value: Any) -> Json:
    kind = type(value)
    if kind is tuple:
        return {"t": [json_from_state(one) for one in value]}
    if kind is list:
        return [json_from_state(one) for one in value]
    if kind in (set, frozenset):
        return {"s": [kind.__name__, [json_from_state(one) for one in sorted(value, key=repr)]]}
    if kind is deque:
        return {"q": [value.maxlen, [json_from_state(one) for one in value]]}
    if kind in (dict, Counter):
        pairs = [[json_from_state(key), json_from_state(one)] for key, one in value.items()]
        return {"c" if kind is Counter else "d": pairs}
    if isinstance(value, BaseModel):
        return {"m": [_name_of(kind), value.model_dump(mode="json", by_alias=True)]}
    if isinstance(value, tuple) and kind.__module__.startswith(OURS):  # a named tuple
        return {"n": [_name_of(kind), [json_from_state(one) for one in value]]}
    if kind.__module__.startswith(OURS):
        return {"o": [_name_of(kind), fields_of(value)]}
    raise TypeError(f"{kind} has no place in a checkpoint")


def fields_of(value: Any) -> dict[str, Json]:
    """The fields of an object of ours, each as JSON."""
    left_out = frozenset() if is_dataclass(value) else _LEFT_OUT
    return {
        name: json_from_state(getattr(value, name))
        for name in _names(value)
        if name not in left_out and hasattr(value, name)
    }


def state_from_json(value: Json, now: Any = None) -> Any:
    """The state that `json_from_state` wrote. Raises RecordingError for what this program does not know.

    now   what stands in its place in a part that was just made: an object of its class takes the fields
    """
    if not isinstance(value, dict):
        return [state_from_json(one) for one in value] if isinstance(value, list) else value
    ((kind, held),) = value.items()
    if kind == "o":
        return _object(held[0], held[1], now)
    return _READ[kind](held)


def take_fields(into: Any, held: dict[str, Json]) -> None:
    """Give an object the fields that were written of one. Raises RecordingError for one that it has not."""
    for name, value in held.items():
        if name not in _names(into):
            raise RecordingError(f"{_name_of(type(into))} has no field {name!r} in this program")
        object.__setattr__(into, name, state_from_json(value, getattr(into, name, None)))


def _object(name: str, held: dict[str, Json], now: Any) -> Any:
    kind = _class_of(name)
    if type(now) is kind and not is_dataclass(kind):
        take_fields(now, held)
        return now
    made: Any = object.__new__(kind)
    if is_dataclass(kind):
        for field in fields(kind):
            if field.name in held:
                continue
            if field.default is not MISSING:
                object.__setattr__(made, field.name, field.default)
            elif field.default_factory is not MISSING:
                object.__setattr__(made, field.name, field.default_factory())
            else:
                raise RecordingError(f"nothing is known of field {field.name!r} of {name}")
    else:
        begun, known = _fields_set(kind)
        if missing := sorted(begun - held.keys() - _LEFT_OUT):
            raise RecordingError(f"nothing is known of field {missing[0]!r} of {name}")
    allowed = {one.name for one in fields(kind)} if is_dataclass(kind) else known
    for field_name, value in held.items():
        if field_name not in allowed:
            raise RecordingError(f"{name} has no field {field_name!r} in this program")
        object.__setattr__(made, field_name, state_from_json(value))
    return made


@cache
def _fields_set(kind: type) -> tuple[frozenset[str], frozenset[str]]:
    """The fields of a class that is no record: those that its making sets, and those that any method sets."""
    begun: set[str] = set()
    known: set[str] = set()
    for one in kind.__mro__:
        for name, method in vars(one).items():
            if isinstance(method, FunctionType):
                stored = {each.argval for each in get_instructions(method) if each.opname == "STORE_ATTR"}
                known |= stored
                if name == "__init__":
                    begun |= stored
    return frozenset(begun), frozenset(known)


def _names(value: Any) -> tuple[str, ...]:
    if is_dataclass(value):
        return tuple(field.name for field in fields(value))
    slots = itertools.chain.from_iterable(getattr(kind, "__slots__", ()) for kind in type(value).__mro__)
    return (*getattr(value, "__dict__", ()), *slots)


def _name_of(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


@cache
def _class_of(name: str) -> type:
    """A class of ours by its name. Raises RecordingError for any other."""
    module, _, path = name.partition(":")
    if not module.startswith(OURS):
        raise RecordingError(f"{name!r} is no class of Marsad")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise RecordingError(f"this program has no {name!r}") from error
    if not isinstance(found, type) or found.__module__ != module:
        raise RecordingError(f"{name!r} is no class of Marsad")
    return found


def _settings(held: Json) -> Any:
    kind = _class_of(held[0])
    if not issubclass(kind, BaseModel):
        raise RecordingError(f"{held[0]!r} is no record of settings")
    try:
        return kind.model_validate(held[1])
    except ValidationError as error:
        raise RecordingError(f"{held[0]}: {error}") from error


def _named_tuple(held: Json) -> Any:
    kind = _class_of(held[0])
    if not issubclass(kind, tuple) or len(held[1]) != len(getattr(kind, "_fields", ())):
        raise RecordingError(f"{held[0]} has other fields in this program")
    return tuple.__new__(kind, [state_from_json(one) for one in held[1]])


def _enumeration(held: Json) -> Any:
    kind = _class_of(held[0])
    try:
        return cast(Any, kind)(held[1]) if issubclass(kind, Enum) else None
    except ValueError as error:
        raise RecordingError(str(error)) from error


def _from_array(array: np.ndarray[Any, Any]) -> Json:
    if array.dtype == object:
        return ["object", list(array.shape), [json_from_state(one) for one in array.ravel().tolist()]]
    return [array.dtype.str, list(array.shape), base64.b64encode(array.tobytes()).decode()]


def _array(held: Json) -> Any:
    kind, shape, data = held
    if kind == "object":
        array = np.empty(len(data), object)
        array[:] = [state_from_json(one) for one in data]
        return array.reshape(shape)
    return np.frombuffer(base64.b64decode(data), np.dtype(kind)).reshape(shape).copy()


def _pairs(held: Json) -> dict[Any, Any]:
    return {state_from_json(key): state_from_json(one) for key, one in held}


_READ: dict[str, Any] = {
    "f": float,
    "b": base64.b64decode,
    "t": lambda held: tuple(state_from_json(one) for one in held),
    "s": lambda held: {"set": set, "frozenset": frozenset}[held[0]](state_from_json(one) for one in held[1]),
    "q": lambda held: deque((state_from_json(one) for one in held[1]), maxlen=held[0]),
    "d": _pairs,
    "c": lambda held: Counter(_pairs(held)),
    "e": _enumeration,
    "a": _array,
    "m": _settings,
    "n": _named_tuple,
}
