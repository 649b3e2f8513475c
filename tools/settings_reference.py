"""Write docs/settings.en.md and docs/settings.ar.md from the settings tree.

python tools/settings_reference.py           write them
python tools/settings_reference.py --check   exit with 1 if they are stale or a setting is not described
"""

import json
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from marsad.server.settings import STATIC_DIRECTORY
from marsad.site.allowed import allowed, number_text, peeled
from marsad.station.settings_file import SettingsTree

ROOT = Path(__file__).parents[1]
ARABIC = json.loads((Path(__file__).parent / "settings_ar.json").read_text("utf-8"))
UNITS = {
    "per_km2_s": "1/(km² s)", "per_km2": "1/km²", "per_s": "1/s", "m2ps3": "m²/s³", "radps": "rad/s",
    "mps2": "m/s²", "mps": "m/s", "kgpm2": "kg/m²", "per_m": "1/m", "hours": "h", "deg": "°", "rad": "rad",
    "ns": "ns", "hz": "Hz", "db": "deciban", "m": "m", "s": "s", "bytes": "B",
}  # fmt: skip
SHOWN_MAX = 60


class Section(NamedTuple):
    """One record of the tree: the header it is written under, and its class."""

    header: str
    record: type[BaseModel]


def sections(record: type[BaseModel] = SettingsTree, header: str = "") -> Iterator[Section]:
    """All records that a settings file may hold, parents before children."""
    if header:
        yield Section(header, record)
    for name, field in record.model_fields.items():
        key = field.alias or name
        for inner, listed, keyed in records_of(field.annotation):
            place = f"{header.strip('[]').split(']')[0]}.{key}" if header else key
            place += ".NAME" if keyed else ""
            title = f"[[{place}]]" if listed else f"[{place}]"
            kind = inner.model_fields.get("standard")
            yield from sections(inner, title + (f' standard = "{kind.default}"' if kind else ""))


def records_of(
    annotation: Any, listed: bool = False, keyed: bool = False
) -> Iterator[tuple[type[BaseModel], bool, bool]]:
    """The records a type holds, and whether in a list or by name."""
    annotation, _ = peeled(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, listed, keyed
        return
    origin = get_origin(annotation)
    arguments = get_args(annotation)[1:] if origin is dict else get_args(annotation)
    for argument in arguments:
        yield from records_of(argument, listed or origin in (list, tuple), keyed or origin is dict)


def unit_of(key: str) -> str:
    """The unit that a name ends on, before or after a bound such as "max"; "" for none."""
    bare = key.removesuffix("_max").removesuffix("_min")
    if bare.endswith("_per_s"):
        return "1/s"
    for suffix, unit in UNITS.items():
        if key.endswith(f"_{suffix}") or bare.endswith(f"_{suffix}"):
            return unit
    return ""


def default_of(field: FieldInfo, required: str) -> str:
    """The default as TOML would say it."""
    if field.is_required():
        return required
    value = field.get_default(call_default_factory=True)
    if value == STATIC_DIRECTORY:
        return "–"
    return shown(value)


def shown(value: Any) -> str:
    """A default in one cell; what is long is not shown."""
    if value is None:
        return "–"
    if isinstance(value, BaseModel):
        return "–"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, dict):
        inner = ", ".join(f"{getattr(key, 'value', key)} = {shown(item)}" for key, item in value.items())
        return (
            f"{{ {inner} }}"
            if value and not any(isinstance(item, BaseModel) for item in value.values())
            else "–"
        )
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number_text(value).replace(",", "")
    if isinstance(value, list | tuple):
        if any(isinstance(item, BaseModel) for item in value):
            return "–"
        return f"[{', '.join(shown(item) for item in value)}]"
    return json.dumps(str(value), ensure_ascii=False)


def cell(text: str) -> str:
    """A text as one cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def sentence(text: str) -> str:
    """A description as a sentence: it begins large and ends with a stop."""
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in ".…?" else f"{text}."


def english() -> str:
    """The page in English, whole."""
    lines = [
        "# Settings reference",
        "",
        "Generated from the settings tree by `tools/settings_reference.py`; a test holds it complete. The",
        "unit is the end of a key's name. `marsad check` tells every fault of a file with line and column;",
        "`marsad schema` prints all this as JSON Schema, with which editors complete and check. What is not",
        "given keeps its default.",
    ]  # fmt: skip
    for header, record in sections():
        lines += [
            "",
            f"## `{header}`"
            if " " not in header
            else f"## `{header.split(' ')[0]}` {header.split(' ', 1)[1]}",
        ]
        lines += ["", cell((record.__doc__ or "").split("\n\n")[0]), ""]
        lines += ["| key | unit | allowed | default | what it is for |", "|---|---|---|---|---|"]
        for name, field in record.model_fields.items():
            key = field.alias or name
            row = (
                f"`{key}`",
                unit_of(key),
                allowed(field),
                f"`{default_of(field, 'required')}`",
                sentence(field.description or ""),
            )
            lines.append(
                f"| {' | '.join(cell(part) for part in row)} |".replace("`–`", "–").replace(
                    "`required`", "required"
                )
            )
    return "\n".join(lines) + "\n"


def arabic() -> str:
    """The page in Arabic: what a site file normally holds."""
    lines = ['<div dir="rtl">', "", f"# {ARABIC['title']}", "", ARABIC["intro"]]
    for header, record in sections():
        if record.__name__ not in ARABIC["records"]:
            continue
        lines += ["", f'## <code dir="ltr">{header}</code>', "", ARABIC["records"][record.__name__], ""]
        lines += [f"| {' | '.join(ARABIC['columns'])} |", "|---|---|---|---|---|"]
        for name, field in record.model_fields.items():
            key = field.alias or name
            default = default_of(field, ARABIC["required"])
            default = default if default in ("–", ARABIC["required"]) else f'<code dir="ltr">{default}</code>'
            row = (f"<code dir=\"ltr\">{key}</code>", unit_of(key), arabic_allowed(field), default,
                   arabic_meaning(record, name))  # fmt: skip
            lines.append(f"| {' | '.join(cell(part) for part in row)} |")
    return "\n".join([*lines, "", "</div>"]) + "\n"


def arabic_meaning(record: type[BaseModel], name: str) -> str:
    """The meaning of a field in Arabic, where need be as the record that it is inherited from has it."""
    written = [str(ARABIC["fields"].get(f"{owner.__name__}.{name}", "")) for owner in record.__mro__]
    return next((one for one in written if one), "")


def arabic_allowed(field: FieldInfo) -> str:
    """What a field allows, for the kinds of settings that the Arabic page holds."""
    said, words = allowed(field), ARABIC["words"]
    for start, key in (
        ("a host and", "endpoint"),
        ("what it calls", "label"),
        ("a hash made", "hash"),
        ("1 to 40 small", "identifier"),
        ("a day, such", "day"),
        ("a telephone", "phone"),
    ):
        if said.startswith(start):
            return str(words[key])
    if said.startswith(('"', "one of")):
        return f'<code dir="ltr">{said.removeprefix("one of ")}</code>'
    bounds = {
        name: getattr(item, name)
        for item in field.metadata
        for name in ("gt", "ge", "lt", "le")
        if hasattr(item, name)
    }
    signs = [
        f"{sign} {number_text(bounds[name])}"
        for name, sign in (("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤"))
        if name in bounds
    ]
    paths = ("the path of a file", "the path of a folder")
    kinds = ("true or false", "a whole number", "a number", *paths, "a list", "a table", "text")
    kind = next((words[kind] for kind in kinds if said.startswith(kind)), words["text"])
    return kind + (f' <span dir="ltr">{", ".join(signs)}</span>' if signs else "")


def undescribed() -> list[str]:
    """Settings that nothing is said about, in either language."""
    missing = [
        f"{record.__name__}.{name}"
        for _, record in [*sections(), Section("", SettingsTree)]
        for name, field in record.model_fields.items()
        if not field.description
    ]
    for _, record in sections():
        if record.__name__ in ARABIC["records"]:
            bare = (name for name in record.model_fields if not arabic_meaning(record, name))
            missing += [f"{record.__name__}.{name} (ar)" for name in bare]
    return missing


def main() -> int:
    """Write or check the pages; the exit status."""
    if missing := undescribed():
        sys.stderr.write(f"without a description: {', '.join(sorted(set(missing)))}\n")
        return 1
    pages = {ROOT / "docs/settings.en.md": english(), ROOT / "docs/settings.ar.md": arabic()}
    stale = [path for path, text in pages.items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        if stale:
            names = ", ".join(path.name for path in stale)
            sys.stderr.write(f"stale: {names}; write them anew by python tools/settings_reference.py\n")
        return bool(stale)
    for path in stale:
        path.write_text(pages[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
