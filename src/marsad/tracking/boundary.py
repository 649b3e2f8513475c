"""How records pass between Python and compiled code: as plain tuples.

Numba looks up the type of every argument of every call. Of a plain tuple that takes 50 ns a member, of a
named one microseconds, and as much again to give it back; a scan of a hundred tracks has not many
of those. So a kernel with records among its arguments or results is entered by a function that takes and
gives plain tuples, written here from the annotations, and inside that the records are made again, which
costs nothing.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

Convert = Callable[[Any], Any]


class Entry(NamedTuple):
    """The way into a kernel with records.

    source    of the function to be compiled, which calls `_inner`; names: the records it names
    pack      place of each argument that is a record, and what makes it a plain tuple
    unpack    what makes the plain result a record again
    """

    source: str
    names: dict[str, Any]
    pack: tuple[tuple[int, Convert], ...]
    unpack: Convert


def is_record(kind: Any) -> bool:
    """Whether this is a class of named tuples."""
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def entry_of(function: FunctionType) -> Entry | None:
    """The way into a kernel of this function, None if it has no records to pass."""
    hints = get_type_hints(function)
    result = hints.pop("return", None)
    parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
    kinds = [hints.get(name) for name in parameters]
    if not any(map(_holds_records, (*kinds, result))):
        return None
    names: dict[str, Any] = {}
    given = ", ".join(_record(kind, name, names) for kind, name in zip(kinds, parameters, strict=True))
    lines = (
        f"def entry({', '.join(parameters)}):",
        f"    _result = _inner({given})",
        f"    return {_plain(result, '_result')}",
    )
    pack = tuple((k, _packer(kind)) for k, kind in enumerate(kinds) if _holds_records(kind))
    return Entry("\n".join(lines), names, pack, _unpacker(result))


def _members(kind: Any) -> list[Any]:
    """The kinds of the members of a record or of a tuple of given length; nothing of all else."""
    if is_record(kind):
        hints = get_type_hints(kind)
        return [hints[name] for name in kind._fields]
    members = get_args(kind) if get_origin(kind) is tuple else ()
    return [] if Ellipsis in members else list(members)


def _holds_records(kind: Any) -> bool:
    return is_record(kind) or any(map(_holds_records, _members(kind)))


def _record(kind: Any, text: str, names: dict[str, Any]) -> str:
    """What makes a record of the plain tuple called `text`."""
    if not _holds_records(kind):
        return text
    parts = [_record(member, f"{text}[{k}]", names) for k, member in enumerate(_members(kind))]
    if is_record(kind):
        name = f"{kind.__module__}_{kind.__name__}".replace(".", "_")  # records of two modules may share one
        names[name] = kind
        return f"{name}({', '.join(parts)})"
    return f"({', '.join(parts)},)"


def _plain(kind: Any, text: str) -> str:
    """What makes a plain tuple of the record called `text`."""
    if not _holds_records(kind):
        return text
    parts = [_plain(member, f"{text}[{k}]") for k, member in enumerate(_members(kind))]
    return f"({', '.join(parts)},)"


def _packer(kind: Any) -> Convert:
    members = _members(kind)
    if not any(map(_holds_records, members)):
        return tuple
    held = [(k, _packer(member)) for k, member in enumerate(members) if _holds_records(member)]

    def pack(value: Any) -> Any:
        items = list(value)
        for k, inner in held:
            items[k] = inner(items[k])
        return tuple(items)

    return pack


def _unpacker(kind: Any) -> Convert:
    if not _holds_records(kind):
        return lambda value: value
    members = _members(kind)
    make = kind._make if is_record(kind) else tuple
    held = [(k, _unpacker(member)) for k, member in enumerate(members) if _holds_records(member)]
    if not held:
        return make

    def unpack(value: Any) -> Any:
        items = list(value)
        for k, inner in held:
            items[k] = inner(items[k])
        return make(items)

    return unpack
