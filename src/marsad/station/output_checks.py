"""What of the outputs can be known before a start: their files, the zones they name, whom they would meet."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from marsad.errors import LinkError
from marsad.links.heartbeat import address_from
from marsad.links.secret import secret_from
from marsad.model.settings import skipping_unknown
from marsad.outputs.settings import OutputSettings, broker_of
from marsad.outputs.signing import client_tls
from marsad.station.procedures_file import no_file

Place = tuple[str | int, ...]
Found = Iterator[tuple[Place, str]]
_FILES = ("authorities", "client_certificate", "client_key")


def output_findings(outputs: Sequence[OutputSettings], zones: Sequence[str] | None) -> Found:
    """What is wrong with the outputs, each with the number and the key where it stands.

    zones   those of the site, None where they are not known
    """
    met: dict[tuple[object, ...], str] = {}
    for number, output in enumerate(outputs):
        for place, sentence in (*_secrets(output), *_certificates(output), *_zones(output, zones)):
            yield (number, *place), sentence
        with skipping_unknown:
            if (where := _where(output)) is None:
                continue
            if where[1:] in met:
                key = str(where[0])
                yield (number, key), f"{key}: output {met[where[1:]]} has the same; it must be its own"
            met.setdefault(where[1:], output.name)


def _secrets(output: OutputSettings) -> Found:
    for name, called, bytes_min in (("secret_file", "the secret", 16), ("password_file", "the password", 1)):
        with skipping_unknown:
            path = getattr(output, name, None)
            try:
                secret_from(None if path is None else Path(path), called, bytes_min)
            except LinkError as error:
                yield (name,), f"{name}: {error}"


def _certificates(output: OutputSettings) -> Found:
    with skipping_unknown:
        paths = [getattr(output, name, None) for name in _FILES]
        missing = False
        for name, path in zip(_FILES, paths, strict=True):
            if path is not None and not Path(path).is_file():
                missing = True
                yield (name,), f"{name}: {no_file(path)}"
        if missing or not any(paths) or (paths[1] is None) != (paths[2] is None):
            return
        try:
            client_tls(*paths)
        except LinkError as error:
            yield (_FILES[0] if paths[1] is None else _FILES[1],), str(error)


def _zones(output: OutputSettings, zones: Sequence[str] | None) -> Found:
    with skipping_unknown:
        for number, one in enumerate(getattr(output, "coils", None) or ()):
            if zones is None:
                return
            if one.zone and one.zone not in zones:
                known = ", ".join(sorted(zones)) or "none"
                yield ("coils", number, "zone"), f"zone: this site has no zone {one.zone!r}; zones: {known}"


def _where(output: OutputSettings) -> tuple[object, ...] | None:
    """What no two outputs may share: the key by which that is told, and what it is."""
    one: Any = output  # maybe with a part that is faulty itself
    match one.standard:
        case "mqtt":
            return "prefix", "mqtt", *broker_of(one.url), one.prefix
        case "modbus":
            return "address", "modbus", *address_from(one.address), one.unit
    return None
