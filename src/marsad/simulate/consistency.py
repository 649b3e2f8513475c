"""What a scenario's tables say of each other and of its site: names that must fit."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from marsad.errors import ConfigFault
from marsad.simulate.faults import ADSB
from marsad.simulate.layout import Layout
from marsad.simulate.patterns import Departures, Helicopters, Landings, Traffic

if TYPE_CHECKING:
    from marsad.simulate.scenario import ScenarioFile


def inconsistencies(file: "ScenarioFile", layout: Layout, site_path: Path) -> list[ConfigFault]:
    """What the tables cannot see each by itself."""
    return [
        *_sensors(file, layout, site_path),
        *_objects(file),
        *(
            fault
            for number, item in enumerate(file.traffic)
            for fault in _unknown_places(f"traffic.{number}", item, layout)
        ),
        *_expected(file),
    ]


def _sensors(file: "ScenarioFile", layout: Layout, site_path: Path) -> Iterator[ConfigFault]:
    """Sensors that the site does not have, has twice, or that a fault alone speaks of."""
    kinds = (("radar", file.radar, "radar"), ("direction_finder", file.direction_finder, "radio_frequency"))
    for key, sensors, kind in (*kinds, ("camera", file.camera, "camera")):
        for number, sensor in enumerate(sensors):
            node = layout.nodes.get(sensor.node_id)
            if node is None or node.kind not in (None, kind):
                allowed = f"must be a node of kind {kind} in {site_path.name}"
                yield ConfigFault(f"{key}.{number}.node_id", sensor.node_id, allowed)
    used = [sensor.node_id for sensor in (*file.radar, *file.direction_finder, *file.camera)]
    yield from _twice("node_id", used)
    if file.adsb_receiver is not None and layout.adsb_feed is None:
        yield ConfigFault("adsb_receiver", "given", 'needs a feed with standard = "sbs" at the site')
    there = {*used, *((ADSB,) if file.adsb_receiver is not None else ())}
    for number, spell in enumerate(file.fault):
        for name in spell.sensors:
            if name not in there:
                allowed = f"must be of {', '.join(sorted(there)) or 'the sensors, but there are none'}"
                yield ConfigFault(f"fault.{number}.sensors", name, allowed)


def _objects(file: "ScenarioFile") -> Iterator[ConfigFault]:
    """Names given twice, and defenders of what is not there."""
    rounds = [name for salvo in file.salvo for name in salvo.names]
    salvos = [salvo.id for salvo in file.salvo if salvo.count > 1]
    yield from _twice("object.id", [*(item.id for item in (*file.object, *file.traffic)), *rounds, *salvos])
    known = {item.id for item in file.object}
    for number, defender in enumerate(file.defender):
        for name in defender.objects:
            if name not in known:
                yield ConfigFault(f"defender.{number}.objects", name, "must be the id of an object")


def _expected(file: "ScenarioFile") -> Iterator[ConfigFault]:
    """Expectations of what is not there."""
    rounds = {name for salvo in file.salvo for name in salvo.names}
    told, known = file.expected, {item.id for item in file.object} | rounds
    everybody = known | {item.id for item in file.traffic} | {salvo.id for salvo in file.salvo}
    speaking = {item.id for item in file.object if item.transponder is not None}
    named = (
        ("lead_s_min_of", tuple(told.lead_s_min_of), known, "the id of an object"),
        ("alert", told.alert, known, "the id of an object"),
        ("warn_not", told.warn_not, everybody, "the id of an object, a salvo or traffic"),
        ("alert_not", told.alert_not, everybody, "the id of an object, a salvo or traffic"),
        ("squawk_told", tuple(told.squawk_told), speaking, "the id of an object with a transponder"),
    )
    for key, names, there, what in named:
        for name in names:
            if name not in there:
                yield ConfigFault(f"expected.{key}", name, f"must be {what}")
    hostile = {item.id for item in file.object if item.hostile} | rounds
    if set(told.hostile) != hostile:
        allowed = f"must name the hostile objects: {sorted(hostile)}"
        yield ConfigFault("expected.hostile", str(sorted(told.hostile)), allowed)


def _twice(key: str, names: list[str]) -> Iterable[ConfigFault]:
    return [
        ConfigFault(key, name, "is used twice") for name in sorted({n for n in names if names.count(n) > 1})
    ]


def _unknown_places(key: str, item: Traffic, layout: Layout) -> list[ConfigFault]:
    """Runways, routes and landing places that traffic asks for and the site does not have."""
    wanted: list[tuple[str, str, tuple[str, ...]]] = []
    if isinstance(item, Landings | Departures):
        ends = {runway.runway_id: runway.ends for runway in layout.runways}
        wanted = [("runway", item.runway, tuple(ends)), ("end", item.end, ends.get(item.runway, (item.end,)))]
    elif isinstance(item, Helicopters):
        wanted = [("corridor", item.corridor, tuple(layout.corridors))]
        if item.landing_place is not None:
            wanted.append(("landing_place", item.landing_place, tuple(layout.landing_places)))
    return [
        ConfigFault(f"{key}.{name}", value, f"must be of the site: {', '.join(known) or 'it has none'}")
        for name, value, known in wanted
        if value not in known
    ]
