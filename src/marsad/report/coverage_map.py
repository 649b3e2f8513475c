"""The map of a coverage as SVG and as a picture: what is seen how high, holes, seconds by bearing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np
import shapely
import typst
from numpy.typing import NDArray

from marsad.coverage.health import CoverageNow
from marsad.coverage.holes import bearing
from marsad.coverage.outline import (
    SECTORS,
    covered_area,
    hole_area,
    hole_middle,
    ring_m,
    ring_sector,
    sector_warning_s,
)
from marsad.coverage.sight import is_awake
from marsad.errors import RecordingError
from marsad.model.sensor import Sensor
from marsad.model.site import Site, Zone
from marsad.report.map_labels import Box
from marsad.report.map_view import INK, View, label, north_arrow, scale_bar, text
from marsad.report.typefaces import FAMILY, typeface_folder
from marsad.report.wording import Style, number, say

Array = NDArray[np.float64]
SIZE_PX = 1000.0
_LEGEND_PX = 190.0
_PIXELS_PER_INCH = 144.0
# from what is seen near the ground to what is seen high up only
_COVERED = ("#5fa5a9", "#8bbfc0", "#b0d5d4", "#cfe6e4", "#dceeec", "#e6f3f1", "#eef7f6", "#f4faf9")
_HOLE, _ZONE, _ZONE_EDGE, _PAPER = "#c77700", "#dbe5ee", "#5b7083", "#f7f9fb"
# seconds of warning: shares of what is wanted, and what they look like
_SECONDS = ((0.5, "#9a3b00"), (1.0, "#e08a1e"), (2.0, "#a9c23f"), (np.inf, "#3f8f4f"))
_GAINS = ((1.0, "#d7dde2"), (10.0, "#b6d3e8"), (30.0, "#6ea6d1"), (np.inf, "#1f5fa8"))


@dataclass(frozen=True, slots=True)
class Ring:
    """Figures by sector, drawn as a ring: what they are called, their values (s,) and the colours.

    steps   (upper bound, colour), ascending
    """

    title: str
    values: Array
    steps: tuple[tuple[float, str], ...]


def warning_ring(found: CoverageNow, style: Style) -> Ring | None:
    """The seconds of warning at the lowest height; None for what stands still."""
    asked = found.outlook.asked
    if asked.threat.speed_mps <= 0:
        return None
    steps = tuple((share * found.wanted_s, colour) for share, colour in _SECONDS)
    return Ring(
        _title("coverage.map.seconds", asked.threat.falls, asked.levels_m[0], style),
        sector_warning_s(found.outlook, 0),
        steps,
    )


def gain_ring(gain_s: Array, falls: bool, height_m: float, style: Style) -> Ring:
    """Seconds gained by sector (s,)."""
    return Ring(_title("coverage.map.gain", falls, height_m, style), gain_s, _GAINS)


def _title(key: str, falls: bool, height_m: float, style: Style) -> str:
    return say(f"{key}.rocket", style) if falls else say(key, style, height_m=height_m)


def coverage_svg(
    found: CoverageNow,
    site: Site,
    sensors: Sequence[Sensor],
    style: Style,
    ring: Ring | None,
    added: Sequence[str] = (),
) -> str:
    """The map, north up, with a legend under it.

    added   sensor_ids that are not there yet
    """
    low_m, high_m = ring_m(found)
    view = _view(found, 1.12 * high_m)
    body = [
        f'<rect width="{SIZE_PX:.0f}" height="{SIZE_PX + _LEGEND_PX:.0f}" fill="#ffffff"/>',
        f'<svg width="{SIZE_PX:.0f}" height="{SIZE_PX:.0f}" overflow="hidden">',
        f'<rect width="{SIZE_PX:.0f}" height="{SIZE_PX:.0f}" fill="{_PAPER}"/>',
        *_areas(found, view),
        *(_shape(zone, view) for zone in site.zones),
        *_edge(found, view),
        *_holes(found, view),
        *(_ring(ring, found, (low_m, high_m), view, style) if ring is not None else ()),
        *_sensors(sensors, added, view),
        *_hole_names(found, view),
        *scale_bar(view, style, Box(10.0, SIZE_PX - 60, 300.0, SIZE_PX - 10)),
        *north_arrow(style, Box(SIZE_PX - 64, 16.0, SIZE_PX - 16, 64.0)),
        "</svg>",
        *_legend(found, style, ring, sensors, added),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE_PX:.0f}" height="{SIZE_PX + _LEGEND_PX:.0f}" '
        f'viewBox="0 0 {SIZE_PX:.0f} {SIZE_PX + _LEGEND_PX:.0f}" font-family="{FAMILY}">'
        + _HATCH
        + "".join(body)
        + "</svg>"
    )


_HATCH = (
    '<defs><pattern id="hatch" width="9" height="9" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)">'
    f'<rect width="9" height="9" fill="{_HOLE}" fill-opacity="0.16"/>'
    f'<rect width="2.6" height="9" fill="{_HOLE}" fill-opacity="0.85"/></pattern></defs>'
)


def png_of(svg: str) -> bytes:
    """A drawing as PNG, by Typst. Raises RecordingError if it cannot be made."""
    inputs = {
        "drawing": svg,
        "width_pt": f"{SIZE_PX * 0.75:g}",
        "height_pt": f"{(SIZE_PX + _LEGEND_PX) * 0.75:g}",
    }
    try:
        with as_file(files("marsad.report") / "templates") as folder:
            made = typst.compile(
                folder / "drawing.typ",
                root=folder,
                font_paths=[typeface_folder()],
                ignore_system_fonts=True,
                format="png",
                ppi=_PIXELS_PER_INCH,
                sys_inputs=inputs,
            )
    except typst.TypstError as error:
        raise RecordingError(f"the map of the coverage cannot be drawn: {error}") from error
    if not isinstance(made, bytes):
        raise RecordingError(f"Typst made {type(made).__name__} where one picture was expected")
    return made


def _view(found: CoverageNow, reach_m: float) -> View:
    east, north = found.outlook.grid.around.centre_enu
    return View(east - reach_m, north + reach_m, SIZE_PX / (2 * reach_m), SIZE_PX)


def _areas(found: CoverageNow, view: View) -> Iterable[str]:
    """What is seen high up first: what is seen lower lies on it."""
    levels = len(found.outlook.asked.levels_m)
    for level in reversed(range(levels)):
        yield _path(covered_area(found.outlook, level), view, f'fill="{_COVERED[level]}"')


def _holes(found: CoverageNow, view: View) -> Iterable[str]:
    for hole in found.holes:
        area = hole_area(hole, found.outlook, found.wanted_s)
        yield _path(area, view, f'fill="url(#hatch)" stroke="{_HOLE}" stroke-width="1.5"')


def _hole_names(found: CoverageNow, view: View) -> Iterable[str]:
    for hole in found.holes:
        if hole.is_all_round:
            continue
        x, y = view.at(*hole_middle(hole, found.outlook, found.wanted_s))
        yield label(x, y, f"{bearing(hole.from_deg)}–{bearing(hole.to_deg)}", 15, INK)


def _path(area: shapely.Geometry, view: View, style: str) -> str:
    rings = []
    for part in shapely.get_parts(area):
        if part.is_empty or not isinstance(part, shapely.Polygon):
            continue
        for line in (part.exterior, *part.interiors):
            points = " ".join(f"{x},{y}" for x, y in (view.at(*at) for at in shapely.get_coordinates(line)))
            rings.append(f"M{points}Z")
    return f'<path d="{"".join(rings)}" fill-rule="evenodd" {style}/>' if rings else ""


def _shape(zone: Zone, view: View) -> str:
    style = f'fill="{_ZONE}" fill-opacity="0.85" stroke="{_ZONE_EDGE}" stroke-width="1.5"'
    if zone.corners_enu:
        points = " ".join(f"{x},{y}" for x, y in (view.at(*corner) for corner in zone.corners_enu))
        return f'<polygon points="{points}" {style}/>'
    x, y = view.at(*zone.centre_enu)
    return f'<circle cx="{x}" cy="{y}" r="{zone.radius_m * view.scale_px_per_m:.1f}" {style}/>'


def _edge(found: CoverageNow, view: View) -> Iterable[str]:
    corners = found.outlook.grid.around.corners_enu
    if corners:
        points = " ".join(f"{x},{y}" for x, y in (view.at(*corner) for corner in corners))
        line = f'fill="none" stroke="{INK}" stroke-width="1.5" stroke-dasharray="5 4"'
        yield f'<polygon points="{points}" {line}/>'


def _ring(
    ring: Ring, found: CoverageNow, place_m: tuple[float, float], view: View, style: Style
) -> Iterable[str]:
    grid = found.outlook.grid
    for sector, value in enumerate(ring.values.tolist()):
        colour = next(colour for bound, colour in ring.steps if value < bound)
        area = shapely.Polygon(ring_sector(grid, sector, *place_m))
        yield _path(area, view, f'fill="{colour}"')
    every = SECTORS // 12
    for sector in range(0, SECTORS, every):
        turn = 2 * np.pi * sector / SECTORS
        far = 1.06 * place_m[1]
        east, north = grid.around.centre_enu
        x, y = view.at(east + far * float(np.sin(turn)), north + far * float(np.cos(turn)))
        least = float(np.roll(ring.values, every // 2)[sector : sector + every].min())
        yield label(x, y + 5, number(least, ".0f", style), 15, INK)


def _sensors(sensors: Sequence[Sensor], added: Sequence[str], view: View) -> Iterable[str]:
    for sensor in sensors:
        if sensor.position_enu is None:
            continue
        x, y = view.at(*sensor.position_enu[:2])
        yield _mark(x, y, is_awake(sensor), sensor.sensor_id in added)


def _mark(x: float, y: float, awake: bool, added: bool) -> str:
    if not awake:
        cross = f"M{x - 7} {y - 7}L{x + 7} {y + 7}M{x - 7} {y + 7}L{x + 7} {y - 7}"
        return f'<path d="{cross}" stroke="{INK}" stroke-width="3"/>'
    fill = "#1f5fa8" if added else INK
    triangle = f"M{x} {y - 9}L{x + 8} {y + 6}L{x - 8} {y + 6}Z"
    return f'<path d="{triangle}" fill="{fill}" stroke="#ffffff" stroke-width="1.5"/>'


def _legend(
    found: CoverageNow, style: Style, ring: Ring | None, sensors: Sequence[Sensor], added: Sequence[str]
) -> Iterable[str]:
    """Entries in two columns under the map, beginning at the side where reading begins."""
    asked = found.outlook.asked
    threat = say(f"coverage.threat.{asked.threat.kind.value}", style)
    title = say("coverage.map.title", style, threat=threat)
    if asked.threat.speed_mps > 0:
        title += " · " + say("coverage.map.at-speed", style, speed_mps=asked.threat.speed_mps)
    yield _line(0, SIZE_PX + 30, title, style, 20)
    seen: list[tuple[str, str]] = [
        (
            f'fill="{_COVERED[level]}"',
            say("coverage.map.seen.rocket", style)
            if asked.threat.falls
            else say("coverage.map.seen", style, height_m=height),
        )
        for level, height in enumerate(asked.levels_m)
    ]
    seen.append(('fill="url(#hatch)"', say("coverage.map.hole", style, wanted_s=found.wanted_s)))
    for row, (fill, words) in enumerate(seen[:6]):
        yield from _entry(0, SIZE_PX + 58 + 24 * row, fill, words, style)
    row = 0
    if ring is not None:
        yield _line(SIZE_PX / 2, SIZE_PX + 62, ring.title, style, 15)
        yield from _steps(ring, SIZE_PX + 74, style)
        row = 2
    marks = [(say("coverage.map.sensor", style), True, False)]
    if any(not is_awake(sensor) for sensor in sensors):
        marks.append((say("coverage.map.silent", style), False, False))
    if added:
        marks.append((say("coverage.map.added", style), True, True))
    for words, awake, new in marks:
        y = SIZE_PX + 66 + 24 * row
        x = _start(SIZE_PX / 2, style) + (9 if style.language == "en" else -9)
        yield _mark(x, y, awake, new)
        yield _line(SIZE_PX / 2 + 28, y + 5, words, style, 15)
        row += 1


def _steps(ring: Ring, y: float, style: Style) -> Iterable[str]:
    """The colours of a ring in a row, with the bounds between them; figures run left to right everywhere."""
    left = SIZE_PX / 2 + 20 if style.language == "en" else 20.0
    width = (SIZE_PX / 2 - 60) / len(ring.steps)
    for place, (bound, colour) in enumerate(ring.steps):
        x = left + place * width
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="12" fill="{colour}"/>'
        if np.isfinite(bound):
            yield text(x + width, y + 27, number(bound, ".0f", style), 13, INK)


def _entry(indent: float, y: float, fill: str, words: str, style: Style) -> Iterable[str]:
    x = _start(indent, style)
    left = x if style.language == "en" else x - 22
    yield f'<rect x="{left}" y="{y - 4}" width="22" height="14" stroke="{_ZONE_EDGE}" {fill}/>'
    yield _line(indent + 32, y + 9, words, style, 15)


def _start(indent: float, style: Style) -> float:
    return 20 + indent if style.language == "en" else SIZE_PX - 20 - indent


def _line(indent: float, y: float, words: str, style: Style, size: int) -> str:
    anchor = "start" if style.language == "en" else "end"
    shown = text(_start(indent, style), y, words, size, INK)
    return shown.replace('text-anchor="middle"', f'text-anchor="{anchor}"')
