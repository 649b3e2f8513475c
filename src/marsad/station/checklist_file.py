"""The file of a site's own checklist: read once, and joined to what begins the journal.

A journal must hold all that a site was run with; nobody who reads it needs the file again.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

from marsad.errors import ConfigError, ConfigFault
from marsad.links.plain_file import plain_bytes
from marsad.model.visible import escaped
from marsad.site.toml_places import toml_places
from marsad.site.toml_tree import record_from_toml
from marsad.station.procedures_file import no_file
from marsad.warning.checklist import ChecklistFile


def own_checklist(tree: dict[str, Any], data: bytes, path: Path) -> tuple[bytes, list[ConfigFault]]:
    """What the file of a checklist that a settings file names adds to it, and that file's faults.

    tree   the values of the settings file, whose bytes are `data` and which is at `path`
    """
    section = tree.get("checklist")
    name = section.get("file") if isinstance(section, dict) else None
    if not isinstance(name, str) or not name:
        return b"", []
    file, added, sentences = path.parent / name, b"", list[str]()
    try:
        added = f"\n# out of {json.dumps(name)}\n{_settings_of(plain_bytes(file), name)}".encode()
    except (OSError, ValueError):
        sentences.append(no_file(file))
    except ConfigError as error:
        sentences += [f"line {fault.line}, {fault}" for fault in error.faults]
    try:
        tomllib.loads((data + added).decode())
    except ValueError:
        added = b""
        sentences.append(
            "cannot be joined to items of the settings file: have the items in one of the two, and write "
            "[checklist] as a table of its own"
        )
    line, column = toml_places(data.decode()).get(("checklist", "file"), (1, 1))
    return added, [
        ConfigFault("checklist.file", escaped(name), "", line, column, escaped(f"{name}: {sentence}"))
        for sentence in sentences
    ]


def _settings_of(data: bytes, name: str) -> str:
    """What the file says as settings would have said it. Raises ConfigError with every fault."""
    found = record_from_toml(ChecklistFile, data, name)
    tables = [("owner", one.model_dump()) for one in found.owner]
    tables += [("item", one.model_dump()) for one in found.item]
    return "\n".join(
        f"[[checklist.{kind}]]\n"
        + "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in record.items())
        for kind, record in tables
    )
