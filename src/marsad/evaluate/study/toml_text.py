"""Tables as TOML text: settings of a site that a raid makes up."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def toml_of(tables: Mapping[str, Any]) -> str:
    """Tables of texts, numbers, truth values, lists and tables, each top one as a section of its own."""
    sections = []
    for name, value in tables.items():
        if isinstance(value, Mapping):
            sections.append(f"[{name}]\n{_lines(value)}")
        elif isinstance(value, Sequence) and value and all(isinstance(item, Mapping) for item in value):
            sections += [f"[[{name}]]\n{_lines(item)}" for item in value]
        else:
            sections.insert(0, f"{_key(name)} = {_value(value)}\n")
    return "\n".join(sections)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in table.items())


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
