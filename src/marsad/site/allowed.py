"""What a setting allows, in words, from its type and bounds."""

from datetime import datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from marsad.model.settings import Words

_BOUNDS = ("gt", "ge", "lt", "le", "min_length", "max_length")


def allowed(field: FieldInfo) -> str:
    """The words of a field, such as "a number above 0, at most 100,000"."""
    return allowed_of(field.annotation, field.metadata)


def allowed_of(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:
    """The words of a type with the bounds in its metadata."""
    annotation, metadata = peeled(annotation, metadata)
    for item in metadata:
        if isinstance(item, Words):
            return item.allowed
    bounds = _bounds(metadata)
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        arms = [arm for arm in get_args(annotation) if arm is not NoneType]
        return " or ".join(dict.fromkeys(allowed_of(arm) for arm in arms))
    if origin is Literal:
        return _one_of(get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _one_of([member.value for member in annotation])
    if origin in (list, tuple, set, frozenset):
        return _listed(origin, get_args(annotation), bounds)
    if origin is dict or annotation is dict:
        return "a table"
    return _plain(annotation, bounds)


def peeled(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> tuple[Any, list[Any]]:
    """A type without ``Annotated`` and ``| None``, and all the metadata that was about it."""
    found = list(metadata)
    while True:
        if get_origin(annotation) is Annotated:
            inner, *more = get_args(annotation)
            for item in more:
                found += item.metadata if isinstance(item, FieldInfo) else [item]
            annotation = inner
            continue
        if get_origin(annotation) in (Union, UnionType):
            arms = [arm for arm in get_args(annotation) if arm is not NoneType]
            if len(arms) == 1:
                annotation = arms[0]
                continue
        return annotation, found


def number_text(value: Any) -> str:
    """A bound as a person writes it: thousands apart, no needless digits."""
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) >= 1e6 or (value and abs(value) < 1e-3):
        return f"{value:g}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _plain(annotation: Any, bounds: dict[str, Any]) -> str:
    if annotation is bool:
        return "true or false"
    if annotation in (int, float):
        return ("a whole number" if annotation is int else "a number") + _span(bounds)
    if annotation is str:
        return f"text{_size(bounds)}"
    if isinstance(annotation, type) and issubclass(annotation, Path):
        return "the path of a file"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a table"
    if annotation is datetime:
        return "a date and time with its zone, such as 2022-01-04T02:40:00Z"
    return "a value of another kind"


def _size(bounds: dict[str, Any]) -> str:
    least, most = bounds.get("min_length", 0), bounds.get("max_length")
    parts = [f"at least {least} letters"] if least > 1 else ["not empty"] if least else []
    if most:
        parts.append(f"at most {most} letters")
    return f", {', '.join(parts)}" if parts else ""


def _listed(origin: Any, arguments: tuple[Any, ...], bounds: dict[str, Any]) -> str:
    most = f", at most {bounds['max_length']:,}" if "max_length" in bounds else ""
    least = f", at least {bounds['min_length']:,}" if bounds.get("min_length") else ""
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        parts = [allowed_of(argument) for argument in arguments]
        if len(set(parts)) == 1:
            return f"a list of {len(parts)}, each {parts[0]}"
        return f"a list of {len(parts)}: {'; '.join(parts)}"
    return f"a list, each {allowed_of(arguments[0])}{least}{most}" if arguments else f"a list{least}{most}"


def _span(bounds: dict[str, Any]) -> str:
    if "ge" in bounds and "le" in bounds:
        return f" from {number_text(bounds['ge'])} to {number_text(bounds['le'])}"
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    parts = [f"{word} {number_text(bounds[key])}" for key, word in words.items() if key in bounds]
    return f" {', '.join(parts)}" if parts else ""


def _bounds(metadata: list[Any]) -> dict[str, Any]:
    return {
        name: getattr(item, name)
        for item in metadata
        for name in _BOUNDS
        if getattr(item, name, None) is not None
    }


def _one_of(values: Any) -> str:
    words = [f'"{value}"' if isinstance(value, str) else str(value) for value in values]
    return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
