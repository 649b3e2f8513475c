"""The map of a report: every warned zone has its name, and nothing lies on anything else."""

import re
from dataclasses import replace
from functools import lru_cache
from html import unescape
from itertools import combinations
from xml.etree import ElementTree

import pytest
import typst

from marsad.model.incident import Incident, IncidentWarning
from marsad.model.site import Site, Zone
from marsad.report.map import map_svgs
from marsad.report.map_labels import Box, LabelPlaces, corner, text_size
from marsad.report.typefaces import FAMILY, typeface_folder
from marsad.report.wording import LANGUAGES, Language

from .test_documents_agree import NIGHTS, night_of

LABEL_PX = 13


@lru_cache(maxsize=200)
def measured_px(name: str, size_px: float) -> float:
    """How wide a name is in the typeface of the report, measured by the typesetter."""
    source = (
        f'#set page(width: auto, height: auto, margin: 0pt)\n#set text(font: "{FAMILY}", weight: 600, '
        f"size: {size_px}pt)\n#box[{name}]"
    )
    # its types want input and typefaces to be of one type
    made = typst.compile(  # type: ignore[call-overload]
        source.encode(), font_paths=[typeface_folder()], ignore_system_fonts=True, format="svg"
    )
    assert isinstance(made, bytes)
    return float(ElementTree.fromstring(made).attrib["viewBox"].split()[2])


def drawn(svg: str) -> dict[str, list[tuple[str, Box]]]:
    """Names, numbers, scale and arrow of a drawing, with the boxes that they fill."""
    found: dict[str, list[tuple[str, Box]]] = {"zone-name": [], "number": [], "scale": [], "north": []}
    for part in ElementTree.fromstring(svg).iter():
        kind, has = part.attrib.get("class", ""), part.attrib
        if kind == "zone-name":
            name = re.sub("[\u2066-\u2069]", "", unescape(part.text or ""))
            at = (float(has["x"]), float(has["y"]) - 0.35 * LABEL_PX)
            found[kind].append((name, Box.around(at, measured_px(name, LABEL_PX), 0.9 * LABEL_PX)))
        elif kind == "scale":
            x, y = float(has["x"]), float(has["y"])
            found[kind].append(("", Box(x, y, x + float(has["width"]), y + float(has["height"]))))
        elif kind:
            size = 2 * float(has["r"])
            found[kind].append(("", Box.around((float(has["cx"]), float(has["cy"])), size, size)))
    return found


def check(svg: str) -> list[str]:
    """The names on a drawing, after a look at whether anything lies on anything else."""
    found = drawn(svg)
    assert len(found["scale"]) == len(found["north"]) == 1
    everything = [(kind, *item) for kind, items in found.items() for item in items]
    for one, other in combinations(everything, 2):
        assert not one[2].meets(other[2]), (one, other)
    return [name for name, _ in found["zone-name"]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NIGHTS)
def test_every_warned_zone_of_a_recorded_night_has_its_name(name: str, language: Language) -> None:
    night = night_of(name, "closed or last")
    warned = {item.zone_id for item in night.incident.warnings} - {""}
    named = [set(check(svg)) for svg in map_svgs(night.incident, night.site, language)]
    expected = {
        zone.name_ar if language == "ar" else zone.name_en
        for zone in night.site.zones
        if zone.zone_id in warned
    }
    assert expected and expected <= named[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_and_numbers_find_room_on_a_crowded_map(
    incident: Incident, site: Site, language: Language
) -> None:
    """Eight small zones close together, and four objects that are first seen in the same corner."""
    zones = tuple(
        Zone(f"z{n}", f"Fuel store {n}", f"مستودع الوقود {n}", (), (60.0 * (n % 4), 500.0 * (n // 4)), 40.0)
        for n in range(8)
    )
    corners = [(4000.0, 3000.0), (4000.0, 2990.0), (3990.0, 3000.0), (-4000.0, -3000.0)]
    objects = tuple(
        replace(
            incident.objects[0], track_ids=(n,), first_position_enu=(*at, 100.0), last_position_enu=(0, 0, 0)
        )
        for n, at in enumerate(corners)
    )
    paths = tuple(((0.0, *at), (60.0, 100.0, 100.0)) for at in corners)
    warnings = tuple(
        IncidentWarning(zone.zone_id, "warn", incident.opened_t_ns, 60.0, 0) for zone in zones[::2]
    )
    crowded = replace(incident, objects=objects, paths_enu=paths, warnings=warnings)
    overview, close_up = map_svgs(crowded, replace(site, zones=zones), language)
    assert len(drawn(overview)["number"]) == 4
    check(overview)
    named = check(close_up)
    assert {zone.name_ar if language == "ar" else zone.name_en for zone in zones[::2]} <= set(named)


@pytest.mark.parametrize(
    "name", ["Accommodation", "North runway", "MMMM WWWW", "منطقة السكن", "المدرج الشمالي", "illicit"]
)
def test_a_name_is_never_wider_than_it_is_taken_to_be(name: str) -> None:
    assert measured_px(name, LABEL_PX) <= text_size(name, LABEL_PX)[0]


def test_scale_and_arrow_go_where_nothing_is() -> None:
    places = LabelPlaces(Box(0, 0, 400, 300))
    assert corner(places, (40, 40), [(390.0, 10.0)], 0) == Box(0, 260, 40, 300)
    assert corner(places, (40, 40), [], 0) == Box(360, 0, 400, 40)


def test_a_label_that_is_not_needed_gives_way() -> None:
    places = LabelPlaces(Box(0, 0, 60, 20), [Box(0, 0, 60, 20)])
    assert places.put(Box(10, 5, 50, 15), (30, 10), needed=False) is None
    assert places.put(Box(10, 5, 50, 15), (30, 10), needed=True) is not None
