"""What of several outputs and the site can be known before a start: zones they name, whom they would meet."""

from collections.abc import Iterator, Sequence
from typing import Any

from marsad.links.address import address_from
from marsad.model.settings import skipping_unknown
from marsad.outputs.settings import OutputSettings
from marsad.outputs.settings.mqtt import broker_of

Place = tuple[str | int, ...]
Found = Iterator[tuple[Place, str]]


def output_findings(outputs: Sequence[OutputSettings], zones: Sequence[str] | None) -> Found:
    """What is wrong with the outputs, each with the number and the key where it stands.

    zones   those of the site, None where they are not known
    """
    met: dict[tuple[object, ...], str] = {}
    for number, output in enumerate(outputs):
        for place, sentence in _zones(output, zones):
            yield (number, *place), sentence
        with skipping_unknown:
            if (where := _where(output)) is None:
                continue
            if where[1:] in met:
                key = str(where[0])
                yield (number, key), f"{key}: output {met[where[1:]]} has the same; it must be its own"
            met.setdefault(where[1:], output.name)


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
