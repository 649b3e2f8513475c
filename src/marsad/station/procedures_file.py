"""The file of procedures beside a settings file: read once, and joined to what begins the journal.

A journal must hold all that a site was run with. So what such a file says is written behind the settings
as settings would have said it, and nobody who reads the journal needs the file again.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

from marsad.errors import ConfigFault
from marsad.geo.local import LocalFrame
from marsad.links.plain_file import check_plain, plain_bytes
from marsad.model.visible import escaped
from marsad.site.procedure_features import DrawnProcedures, read_features, toml_of
from marsad.site.procedure_settings import RECORDS
from marsad.site.toml_places import toml_places


def drawn_procedures(tree: dict[str, Any], data: bytes, path: Path) -> tuple[bytes, list[ConfigFault]]:
    """What the file of procedures that a settings file names adds to it, and that file's faults.

    tree   the values of the settings file, whose bytes are `data` and which is at `path`
    """
    name = tree.get("procedures")
    if not isinstance(name, str) or not name:
        return b"", []
    try:
        read = plain_bytes(path.parent / name)
        found = read_features(read, _frame_of(tree), _names(tree))
    except (OSError, ValueError) as error:
        reason = no_file(path.parent / name) if isinstance(error, OSError) else str(error)
        found = DrawnProcedures({}, [reason])
    added = f"\n# out of {json.dumps(name)}\n{toml_of(found.records)}".encode()
    sentences = list(found.faults)
    try:
        tomllib.loads((data + added).decode())
    except ValueError:
        sentences.append(
            "cannot be joined to a list in one line: write [[runway]], [[corridor]] and [[area]]"
        )
    line, column = toml_places(data.decode()).get(("procedures",), (1, 1))
    return added, [
        ConfigFault("procedures", escaped(name), "", line, column, escaped(f"{name}: {sentence}"))
        for sentence in sentences
    ]


def no_file(path: Path) -> str:
    """Why a path is no file that can be read."""
    if Path(path).is_dir():
        return f"{str(Path(path).absolute())!r} is a folder; a file is needed"
    try:
        check_plain(path)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        return f"{str(Path(path).absolute())!r}: {getattr(error, 'strerror', None) or error}"
    return f"there is no file {str(Path(path).absolute())!r}"


def _frame_of(tree: dict[str, Any]) -> LocalFrame | None:
    """The site's frame, None if its place is faulty itself."""
    site = tree.get("site")
    if not isinstance(site, dict):
        return None
    latitude, longitude = site.get("latitude_deg"), site.get("longitude_deg")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    return LocalFrame(float(latitude), float(longitude)) if abs(latitude) <= 90 else None


def _names(tree: dict[str, Any]) -> dict[str, set[str]]:
    """By kind the names of the procedures that the settings file itself has."""
    return {
        kind: {str(item.get(f"{kind}_id")) for item in tree.get(kind) or () if isinstance(item, dict)}
        for kind in RECORDS
        if isinstance(tree.get(kind, []), list)
    }
