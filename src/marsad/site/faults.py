"""From what pydantic and the checks find in a settings tree to faults that a person can mend.

A fault says where it stands (line, column), which setting it is in words, what is written there
and what is allowed. Faults of single fields and faults between fields come together.
"""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from marsad.errors import ConfigFault
from marsad.model.settings import BETWEEN_FIELDS, Part, Settings, findings, placed
from marsad.model.visible import escaped
from marsad.site.allowed import allowed_of, peeled

Path = tuple[str | int, ...]
Places = dict[Path, tuple[int, int]]
_SHOWN_MAX = 60
_NAMES = ("id", "name", "label", "runway_id", "corridor_id", "area_id")
_UNKNOWN = object()
_OTHER_END = {"listen": "connect", "connect": "listen"}  # a feed that is dialled, or that dials


class _Node(NamedTuple):
    """A place in the tree: its path, what it may hold, and the record it is a field of."""

    path: Path
    annotation: Any
    metadata: list[Any]
    owner: type[BaseModel] | None
    field: FieldInfo | None


def tree_faults(
    model: type[BaseModel], tree: dict[str, Any], error: ValidationError, places: Places
) -> list[ConfigFault]:
    """All faults of a tree of values that `model` refused with `error`, in the order of the file.

    places   line and column by path, as far as they are known
    """
    faults, faulty, meant, missing = {}, set(), set(), {}
    for item in error.errors(include_url=False):
        # between fields: found again below, each by itself and with its place; too short: as bad items go
        if item["type"] == BETWEEN_FIELDS or "after validation" in item["msg"]:
            continue
        node = _locate(model, item["loc"], tree)
        faulty.add(node.path)
        if item["type"] == "extra_forbidden":  # what is misspelt is not missing
            meant |= {(*node.path[:-1], near) for near in _near(node)}
        elif item["type"] == "missing":
            missing[node.path] = (node.path, item["msg"])
        faults[node.path, item["msg"]] = _field_fault(node, dict(item), tree, places)
    for path in meant & missing.keys():
        del faults[missing[path]]
    faulty |= meant
    for path, place, sentence in _between(model, [], tree, (), faulty):
        told = f"{_words(path + place[:-1], tree)}{sentence}"
        faults[path + place, sentence] = _fault(path + place, "", sentence, told, places)
    return sorted(faults.values(), key=lambda fault: (fault.line, fault.column))


def model_arm(annotation: Any, metadata: list[Any], value: Any) -> tuple[type[BaseModel] | None, bool]:
    """The record that a value is meant to be, and whether it is one of several kinds.

    None if it is no record, or of a kind that cannot be told.
    """
    annotation, metadata = peeled(annotation, metadata)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    if get_origin(annotation) in (Union, UnionType) and isinstance(value, dict):
        for arm in get_args(annotation):
            if isinstance(arm, type) and issubclass(arm, BaseModel) and _is_kind(arm, value):
                return arm, True
    return None, False


def _is_kind(arm: type[BaseModel], value: dict[str, Any]) -> bool:
    literals = [
        (name, get_args(field.annotation))
        for name, field in arm.model_fields.items()
        if get_origin(field.annotation) is Literal and name in value
    ]
    return bool(literals) and all(value[name] in allowed for name, allowed in literals)


def _locate(model: type[BaseModel], location: tuple[str | int, ...], tree: Any) -> _Node:
    """The node that pydantic's location means; the tags of kinds within it are left out."""
    node, value = _Node((), model, [], None, None), tree
    parts = list(location)
    while parts:
        arm, of_several = model_arm(node.annotation, node.metadata, value)
        if of_several:
            parts.pop(0)
            if not parts:
                break
        node = _below(node, arm, parts.pop(0))
        value = _value_at(value, node.path[-1])
    return node


def _below(node: _Node, arm: type[BaseModel] | None, part: str | int) -> _Node:
    path = (*node.path, part)
    if arm is not None:
        for name, field in arm.model_fields.items():
            if part in (name, field.alias):
                return _Node(path, field.annotation, list(field.metadata), arm, field)
        return _Node(path, None, [], arm, None)
    annotation, _ = peeled(node.annotation, node.metadata)
    return _Node(path, _item_type(annotation, part), [], node.owner, node.field)


def _item_type(annotation: Any, part: str | int) -> Any:
    arguments = get_args(annotation)
    if get_origin(annotation) is dict and arguments:
        return arguments[1]
    if get_origin(annotation) is tuple and isinstance(part, int) and Ellipsis not in arguments:
        return arguments[part] if part < len(arguments) else None
    return arguments[0] if arguments else None


def _between(
    annotation: Any, metadata: list[Any], value: Any, path: Path, faulty: set[Path]
) -> Iterator[tuple[Path, Path, str]]:
    """What the checks of all records of a tree find: the record's path, the place below it, what."""
    arm, _ = model_arm(annotation, metadata, value)
    if arm is not None and isinstance(value, dict):
        if issubclass(arm, Settings):
            for place, sentence in findings(arm, _part(arm, value, path, faulty)):
                yield path, place, sentence
        for name, field in arm.model_fields.items():
            key = field.alias or name
            if key in value:
                yield from _between(field.annotation, list(field.metadata), value[key], (*path, key), faulty)
        return
    annotation, _ = peeled(annotation, metadata)
    for part, item in _items(value) if annotation is not None else ():
        yield from _between(_item_type(annotation, part), [], item, (*path, part), faulty)


def _part(arm: type[BaseModel], value: dict[str, Any], path: Path, faulty: set[Path]) -> Part:
    """The good fields of a record as written."""
    good = {}
    for name, field in arm.model_fields.items():
        key = field.alias or name
        if key not in value:
            if not field.is_required() and (*path, key) not in faulty:
                good[name] = field.get_default(call_default_factory=True)
        elif (*path, key) not in faulty:
            known = _known(field.annotation, list(field.metadata), value[key], (*path, key), faulty)
            if known is not _UNKNOWN:
                good[name] = known
    return Part(good)


def _known(annotation: Any, metadata: list[Any], value: Any, path: Path, faulty: set[Path]) -> Any:
    """A value as far as it is good: records in it as Parts; _UNKNOWN if it is not good."""
    arm, _ = model_arm(annotation, metadata, value)
    if arm is not None:
        return _part(arm, value, path, faulty) if isinstance(value, dict) else _UNKNOWN
    annotation, metadata = peeled(annotation, metadata)
    items = list(_items(value))
    holds_records = any(model_arm(_item_type(annotation, part), [], item)[0] for part, item in items)
    if not holds_records:
        if any(bad[: len(path)] == path for bad in faulty):
            return _UNKNOWN
        # where it names a file, that is where it is
        names = isinstance(value, str) and any(getattr(one, "func", None) is placed for one in metadata)
        return placed(value) if names else value
    known = {}
    for part, item in items:
        kind = _item_type(annotation, part)
        if model_arm(kind, [], item)[0] is None:  # of no kind there is
            named = item if isinstance(item, dict) else {}
            known[part] = Part({key: named[key] for key in _NAMES if isinstance(named.get(key), str)})
            continue
        good = _known(kind, [], item, (*path, part), faulty)
        known[part] = Part({}) if good is _UNKNOWN else good
    return known if isinstance(value, dict) else list(known.values())


def _items(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _field_fault(node: _Node, item: dict[str, Any], tree: Any, places: Places) -> ConfigFault:
    name = f"{_words(node.path[:-1], tree)}{_leaf(node.path)}"
    if item["type"] == "extra_forbidden":
        said = f"no such setting{_remedy(node)}"
        return _fault(node.path, "", said, f"{name}: {said}", places)
    if item["type"] in ("value_error", "assertion_error"):
        said = item["msg"].removeprefix("Value error, ")
        return _fault(node.path, "", said, f"{name}: {said}", places)
    shown, allowed = _shown(item["input"], node.field), ""
    if item["type"].startswith("union_tag"):
        key = item["ctx"]["discriminator"].strip("'")
        shown = "missing" if key not in item["input"] else _shown(item["input"][key], None)
        node = node._replace(path=(*node.path, key))
        name = f"{_words(node.path[:-1], tree)}{key}"
        allowed = f"one of {', '.join(_tags(node, key))}"
    elif item["type"] in ("list_type", "tuple_type") and isinstance(item["input"], dict):
        allowed = f"a list of tables: write [[{'.'.join(map(str, node.path))}]] above each"
    elif node.annotation is not None:
        allowed = allowed_of(node.annotation, node.metadata)
    shown = "missing" if item["type"] == "missing" else shown
    return _fault(node.path, shown, f"must be {allowed}", f"{name} is {shown}; it must be {allowed}", places)


def _tags(node: _Node, key: str) -> list[str]:
    """The kinds of record that may stand at a node, as written in TOML."""
    annotation, _ = peeled(node.annotation, node.metadata)
    return [allowed_of(arm.model_fields[key].annotation) for arm in get_args(annotation)]


def _near(node: _Node) -> list[str]:
    """The setting that is meant by one that there is not, if any is like it."""
    known = [field.alias or key for key, field in node.owner.model_fields.items()] if node.owner else []
    other_end = _OTHER_END.get(str(node.path[-1]))
    return [other_end] if other_end in known else get_close_matches(str(node.path[-1]), known, 1)


def _remedy(node: _Node) -> str:
    if node.owner is None:
        return ""
    known = [field.alias or key for key, field in node.owner.model_fields.items()]
    for near in _near(node):
        dialled = " Marsad dials this kind of feed" if near == "connect" and node.path[-1] == "listen" else ""
        return f"; is {near} meant?{dialled}"
    return f"; there are {', '.join(known[:12])}{', …' if len(known) > 12 else ''}"


def _fault(path: Path, value: str, allowed: str, sentence: str, places: Places) -> ConfigFault:
    line, column = next(
        (places[path[:length]] for length in range(len(path), 0, -1) if path[:length] in places), (1, 1)
    )
    key = escaped(".".join(str(part) for part in path) or "(file)")
    place = (line, column) if places else (0, 0)
    return ConfigFault(key, escaped(value), escaped(allowed), *place, escaped(sentence))


def _words(path: Path, tree: Any) -> str:
    """A path in words, such as "zone 3 (gate): "; what stands under [site] needs no "site"."""
    words: list[str] = []
    value = tree
    for part in path:
        value = _value_at(value, part)
        if isinstance(part, str):
            words.append(part)
            continue
        called = _called(value)
        words[-1] = f"{words[-1]} {part + 1}" + (f" ({called})" if called else "")
    if len(words) > 1 and words[0] == "site":
        del words[0]
    return f"{', '.join(words)}: " if words else ""


def _called(value: Any) -> str:
    """What an item of a list calls itself."""
    keys = [key for key in _NAMES if isinstance(value, dict) and key in value]
    return str(value[keys[0]]) if keys else ""


def _leaf(path: Path) -> str:
    part = path[-1] if path else "the file"
    return f"number {part + 1}" if isinstance(part, int) else part


def _value_at(value: Any, part: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _shown(value: Any, field: FieldInfo | None) -> str:
    if field is not None and field.repr is False:
        return "(not shown)"  # a secret
    if isinstance(value, dict):
        return "a table"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = _by_kind(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 1]}…"


def _by_kind(value: Any) -> str:
    """What JSON cannot hold: a date as it is written, a number too long to write out, a list too deep."""
    if isinstance(value, int):
        return f"a whole number of {value.bit_length():,} bits"
    if isinstance(value, list | tuple):
        return "a list that cannot be written in one line"
    return str(value)
