"""Settings as the journal holds them: every value that is no secret, and nothing else that the file says.

A journal is copied, handed over and kept for years; so what opens a door stands in none. In the place of each
secret is a mark, made of it with the key of the data directory: another password is seen to be another, and
nobody who has the journal alone can try passwords against the mark. Comments are left out, too.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from marsad.model.settings import Secret
from marsad.site.allowed import peeled
from marsad.site.data_key import keyed_hash
from marsad.site.toml_tree import toml_tree

_EACH = "*"
_MARK_BYTES = 6
Pattern = tuple[str, ...]


def journalled(model: type[BaseModel], data: bytes, key: bytes) -> bytes:
    """The settings of a TOML file as its journal holds them, by the key of the data directory.

    model  what the file may hold, with its secrets marked (`marsad.model.settings.Secret`)
    """
    tree = toml_tree(data.decode(), "settings")
    for pattern in secrets_of(model):
        _mark(tree, pattern, key)
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in tree.items()).encode()


def secrets_of(model: type[BaseModel]) -> tuple[Pattern, ...]:
    """Where secrets may stand in the tree of a model; "*" is any item of a list or a table."""
    return tuple(dict.fromkeys(_secrets(model, ())))


def _secrets(annotation: Any, metadata: Any) -> Iterator[Pattern]:
    annotation, found = peeled(annotation, list(metadata))
    if any(isinstance(item, Secret) for item in found):
        yield ()
        return
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        for arm in inner:
            yield from _secrets(arm, ())
    elif origin is Annotated:
        yield from _secrets(inner[0], inner[1:])
    elif origin is not None:  # a list or a table: what it holds comes last, but for "..."
        for arm in inner:
            yield from ((_EACH, *rest) for rest in _secrets(arm, ()))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            for rest in _secrets(field.annotation, field.metadata):
                yield (field.alias or name, *rest)


def _mark(tree: Any, pattern: Pattern, key: bytes) -> None:
    """Put marks in the place of what stands at a pattern."""
    first, *rest = pattern
    if isinstance(tree, dict):
        places: list[Any] = [*tree] if first == _EACH else [first] if first in tree else []
    elif isinstance(tree, list):
        places = [*range(len(tree))] if first == _EACH else []
    else:
        return
    for place in places:
        if rest:
            _mark(tree[place], tuple(rest), key)
        else:
            mark = keyed_hash(key, "settings", repr(tree[place]).encode())[:_MARK_BYTES]
            tree[place] = f"(secret {mark.hex()})"


def _key(name: str) -> str:
    return _text(name)


def _value(value: Any) -> str:
    """A value of TOML, with every table written in one line (TOML 1.0)."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int():
            return str(value)
        case float():
            return repr(value)  # nan and inf are spelled alike
        case datetime() | date() | time():
            return value.isoformat()
        case dict():
            return "{" + ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"{type(value)} is no value of TOML")


def _text(text: str) -> str:
    """A basic string: quotes, backslashes and control characters escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one.isprintable() or one == " " else _escaped(one) for one in escaped) + '"'


def _escaped(one: str) -> str:
    return f"\\u{ord(one):04X}" if ord(one) < 0x10000 else f"\\U{ord(one):08X}"
