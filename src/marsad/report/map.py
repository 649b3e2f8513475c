"""The map of a report as SVG: zones, paths, warnings, north and a scale. North is up.

Drawn from the record alone; there is no base map, so nothing has to be fetched and nothing in the
picture is older than the incident.
"""

from collections.abc import Iterable
from itertools import pairwise
from math import hypot, isfinite

import numpy as np

from marsad.model.incident import Incident, Outcome
from marsad.model.site import Site, Zone
from marsad.report.map_impacts import fall_ellipses, fall_points, fallen
from marsad.report.map_labels import Box, LabelPlaces, Point, corner, text_size
from marsad.report.map_procedures import procedure_lines
from marsad.report.map_view import (
    INK,
    View,
    label,
    north_arrow,
    round_length_m,
    scale_bar,
    scale_length,
    text,
)
from marsad.report.typefaces import FAMILY
from marsad.report.wording import Language, Style, document_style, say

HEIGHT_PX = 320.0
_LABEL_PX = 13
_SITE_LABEL_PX = 14.0
_PAPER, _GRID = "#f7f9fb", "#dfe5eb"
_ZONE, _ZONE_EDGE, _WARNED, _WARNED_EDGE = "#dbe5ee", "#5b7083", "#f5cfc6", "#a3291a"
_PATHS = ("#0b4f8a", "#7a3e9d", "#00695c", "#9a5b00", "#4a4a4a", "#a01858")


def map_svgs(incident: Incident, site: Site, language: Language) -> tuple[str, ...]:
    """No map, one, or two: an overview and a close-up where the paths dwarf the site."""
    style = document_style(site, language)
    zone_points = [point for zone in site.zones for point in _outline(zone)]
    path_points = [(east, north) for path in incident.paths_enu for _, east, north in path]
    path_points = [point for point in path_points if isfinite(point[0]) and isfinite(point[1])]
    zone_points += [point for point in fall_points(incident) if _is_near(point, zone_points)]
    if not path_points:
        return ()
    if not zone_points or _span(zone_points + path_points) < 2.5 * _span(zone_points):
        return (
            _drawn(
                incident,
                site,
                style,
                zone_points + path_points,
                width_px=1000.0,
                margin=0.08,
                label_px_min=_SITE_LABEL_PX,
            ),
        )
    return (
        _drawn(
            incident,
            site,
            style,
            zone_points + path_points,
            width_px=490.0,
            margin=0.08,
            label_px_min=34.0,
        ),
        _drawn(incident, site, style, zone_points, width_px=490.0, margin=0.35, label_px_min=_SITE_LABEL_PX),
    )


def _outline(zone: Zone) -> list[Point]:
    if zone.corners_enu:
        return list(zone.corners_enu)
    (east, north), radius = zone.centre_enu, zone.radius_m
    return [(east - radius, north - radius), (east + radius, north + radius)]


def _is_near(point: Point, zone_points: list[Point]) -> bool:
    """Whether a place is no farther from the zones than they reach: the close-up is of the site."""
    if not zone_points:
        return True
    low, high = np.array(zone_points).min(axis=0), np.array(zone_points).max(axis=0)
    reach = (high - low).max()
    return bool((np.array(point) >= low - reach).all() and (np.array(point) <= high + reach).all())


def _span(points: list[Point]) -> float:
    array = np.array(points)
    return float(np.ptp(array, axis=0).max())


def _drawn(
    incident: Incident,
    site: Site,
    style: Style,
    points: list[Point],
    *,
    width_px: float,
    margin: float,
    label_px_min: float,
) -> str:
    view = _fitted(points, width_px, margin)
    warned = {item.zone_id for item in incident.warnings}
    numbered = _numbered(incident, view)
    places = LabelPlaces(Box(2.0, 2.0, width_px - 2, HEIGHT_PX - 2))
    points = [*_ends(incident, view), *(at for _, at in numbered)]
    ground = [*points, *(view.at(*point) for zone in site.zones for point in _outline(zone))]
    north = corner(places, (44.0, 44.0), ground, 0)
    scale = corner(places, (scale_length(view)[1] + 28, 36.0), ground, 1)
    # numbers first, for nothing may hide where an object was first seen
    numbers = [
        (number, at, places.put(Box.around(at, 0, 0), (24.0, 24.0), needed=True)) for number, at in numbered
    ]
    places.taken += [Box.around(point, 12, 12) for point in points]
    body = [
        f'<rect width="{width_px:.0f}" height="{HEIGHT_PX:.0f}" fill="{_PAPER}"/>',
        *_grid(view),
        *procedure_lines(site.procedures, view, HEIGHT_PX),
        *(_zone(zone, zone.zone_id in warned, view) for zone in site.zones),
        *fall_ellipses(incident, view),
        *_paths(incident, view),
        *fallen(incident, view),
        *_warning_points(incident, view),
        *_zone_labels(_named_zones(site, warned, view, label_px_min), (incident, site), view, style, places),
        *scale_bar(view, style, scale),
        *north_arrow(style, north),
        *_object_labels(numbers, style),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px:.0f}" height="{HEIGHT_PX:.0f}" '
        f'viewBox="0 0 {width_px:.0f} {HEIGHT_PX:.0f}" font-family="{FAMILY}">'
        + "".join(body)
        + f'<rect x="0.5" y="0.5" width="{width_px - 1:.0f}" height="{HEIGHT_PX - 1:.0f}" fill="none" '
        f'stroke="{_ZONE_EDGE}"/></svg>'
    )


def _fitted(points: list[Point], width_px: float, margin: float) -> View:
    array = np.array(points)
    low, high = array.min(axis=0), array.max(axis=0)
    size = np.maximum(high - low, 200.0) * (1 + 2 * margin)
    scale = float(min(width_px / size[0], HEIGHT_PX / size[1]))
    centre = (low + high) / 2
    return View(
        west_m=float(centre[0]) - width_px / scale / 2,
        north_m=float(centre[1]) + HEIGHT_PX / scale / 2,
        scale_px_per_m=scale,
        width_px=width_px,
    )


def _grid(view: View) -> list[str]:
    step_m = round_length_m(view.width_px / view.scale_px_per_m / 4)
    lines: list[str] = []
    first = int(np.ceil(view.west_m / step_m))
    for number in range(first, first + int(view.width_px / view.scale_px_per_m / step_m) + 1):
        x, _ = view.at(number * step_m, 0)
        lines.append(f'<path d="M{x} 0V{HEIGHT_PX:.0f}" stroke="{_GRID}"/>')
    first = int(np.floor(view.north_m / step_m))
    for number in range(first, first - int(HEIGHT_PX / view.scale_px_per_m / step_m) - 1, -1):
        _, y = view.at(0, number * step_m)
        lines.append(f'<path d="M0 {y}H{view.width_px:.0f}" stroke="{_GRID}"/>')
    return lines


def _zone(zone: Zone, warned: bool, view: View) -> str:
    fill, edge = (_WARNED, _WARNED_EDGE) if warned else (_ZONE, _ZONE_EDGE)
    style = f'fill="{fill}" fill-opacity="0.8" stroke="{edge}" stroke-width="1.5"'
    if zone.corners_enu:
        corners = " ".join(f"{x},{y}" for x, y in (view.at(*corner) for corner in zone.corners_enu))
        return f'<polygon points="{corners}" {style}/>'
    x, y = view.at(*zone.centre_enu)
    return f'<circle cx="{x}" cy="{y}" r="{zone.radius_m * view.scale_px_per_m:.1f}" {style}/>'


def _paths(incident: Incident, view: View) -> Iterable[str]:
    for number, (item, path) in enumerate(zip(incident.objects, incident.paths_enu, strict=False)):
        points = [view.at(east, north) for _, east, north in path if isfinite(east) and isfinite(north)]
        if not points:
            continue
        east, north, _ = item.last_position_enu
        if isfinite(east) and isfinite(north):
            points.append(view.at(east, north))
        colour = _PATHS[number % len(_PATHS)]
        line = " ".join(f"{x},{y}" for x, y in points)
        yield (
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" '
            'stroke-linejoin="round"/>'
        )
        yield _end(item.presumed, points[-1], colour)


def _along_paths(incident: Incident, view: View) -> Iterable[Point]:
    """Points of the paths as they are drawn, close enough together that no name slips in between."""
    for path in incident.paths_enu:
        points = np.array([view.at(east, north) for _, east, north in path if isfinite(east + north)])
        for start, end in pairwise(points):
            steps = max(2, int(hypot(*(end - start)) / 6) + 1)
            for x, y in start + (end - start) * np.linspace(0, 1, min(steps, 400))[:, None]:
                if _in_view((float(x), float(y)), view):
                    yield float(x), float(y)


def _end(outcome: Outcome, at: Point, colour: str) -> str:
    x, y = at
    if outcome is Outcome.STOPPED:
        return (
            f'<path d="M{x - 5} {y - 5}L{x + 5} {y + 5}M{x - 5} {y + 5}L{x + 5} {y - 5}" '
            f'stroke="{colour}" stroke-width="3" stroke-linecap="round"/>'
        )
    if outcome is Outcome.LANDED:
        return f'<rect x="{x - 5}" y="{y - 5}" width="10" height="10" fill="{colour}" stroke="#ffffff"/>'
    return f'<circle cx="{x}" cy="{y}" r="4.5" fill="#ffffff" stroke="{colour}" stroke-width="2"/>'


def _warned_at(incident: Incident, view: View) -> Iterable[tuple[str, Point]]:
    """Where each object was when a warning was raised for it, with the stage of the warning."""
    for warning in incident.warnings:
        at_s = (warning.t_ns - incident.opened_t_ns) / 1e9
        for item, path in zip(incident.objects, incident.paths_enu, strict=False):
            if warning.track_id not in item.track_ids or not path:
                continue
            times, east, north = (np.array(column) for column in zip(*path, strict=True))
            x, y = view.at(float(np.interp(at_s, times, east)), float(np.interp(at_s, times, north)))
            if isfinite(x) and isfinite(y):
                yield warning.stage, (x, y)


def _warning_points(incident: Incident, view: View) -> Iterable[str]:
    """A triangle wherever a warning was raised."""
    for stage, (x, y) in _warned_at(incident, view):
        fill = _WARNED_EDGE if stage == "warn" else "#e0a100"
        yield (
            f'<path d="M{x} {y - 7}L{x + 6.5} {y + 4.5}L{x - 6.5} {y + 4.5}Z" fill="{fill}" '
            'stroke="#ffffff" stroke-width="1"/>'
        )


def _named_zones(site: Site, warned: set[str], view: View, radius_px_min: float) -> list[tuple[Zone, bool]]:
    """The zones to name, small ones first, and whether each must be named.

    On a map of the site all are named where there is room, and warned ones in any case; an overview
    names what is large enough on it.
    """
    overview = radius_px_min > _SITE_LABEL_PX
    shown = [zone for zone in site.zones if _in_view(view.at(*zone.centre_enu), view)]
    large = [zone for zone in shown if zone.radius_m * view.scale_px_per_m >= radius_px_min]
    chosen = large if overview else shown
    ordered = sorted(chosen, key=lambda zone: (zone.radius_m, zone.zone_id not in warned))
    return [(zone, zone.zone_id in warned and not overview) for zone in ordered]


def _in_view(at: Point, view: View) -> bool:
    return 0 <= at[0] <= view.width_px and 0 <= at[1] <= HEIGHT_PX


def _box_of(zone: Zone, view: View) -> Box:
    corners = np.array([view.at(*point) for point in _outline(zone)])
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return Box(float(left), float(top), float(right), float(bottom))


def _zone_labels(
    zones: list[tuple[Zone, bool]],
    drawn: tuple[Incident, Site],
    view: View,
    style: Style,
    places: LabelPlaces,
) -> Iterable[str]:
    """The names of zones, each with a line to its zone where it does not stand on it."""
    incident, others = drawn[0], drawn[1].zones
    lines = [Box.around(at, 8, 8) for at in _along_paths(incident, view)]
    for zone, needed in zones:
        name = zone.name_ar if style.language == "ar" else zone.name_en
        outline = _box_of(zone, view)
        # a name that touches another zone than those around its own would be taken for that one's
        boxes = [_box_of(other, view) for other in others if other is not zone]
        beside = [box.grown(7) for box in boxes if not outline.within(box)]
        box = places.put(outline, text_size(name, _LABEL_PX), needed=needed, avoid=[*beside, *lines])
        if box is None:
            continue
        x, y = box.centre
        if not box.meets(outline.grown(8)):
            end_x, end_y = outline.centre
            near_x = min(max(end_x, box.left), box.right)
            near_y = box.bottom if end_y > y else box.top
            yield (
                f'<path d="M{near_x:.1f} {near_y:.1f}L{end_x:.1f} {end_y:.1f}" stroke="{INK}" '
                'stroke-width="0.8" stroke-dasharray="2 2"/>'
            )
        yield label(x, y + 0.35 * _LABEL_PX, name, _LABEL_PX, INK)


def _numbered(incident: Incident, view: View) -> list[tuple[int, Point]]:
    """Objects that are first seen on the drawing: their place in the record and on it."""
    found: list[tuple[int, Point]] = []
    for number, item in enumerate(incident.objects):
        east, north, _ = item.first_position_enu
        if isfinite(east) and isfinite(north) and _in_view(at := view.at(east, north), view):
            found.append((number, at))
    return found


def _ends(incident: Incident, view: View) -> list[Point]:
    """Where paths end and warnings were raised: what no label may cover."""
    found: list[Point] = []
    for item in incident.objects:
        east, north, _ = item.last_position_enu
        if isfinite(east) and isfinite(north):
            found.append(view.at(east, north))
    found += [at for _, at in _warned_at(incident, view)]
    return [at for at in found if _in_view(at, view)]


def _object_labels(numbers: list[tuple[int, Point, Box | None]], style: Style) -> Iterable[str]:
    """The number of each object at its first position, or beside it with a line to it."""
    for number, (at_x, at_y), box in numbers:
        if box is None:
            continue
        x, y = box.centre
        colour = _PATHS[number % len(_PATHS)]
        if hypot(x - at_x, y - at_y) > 1:
            yield f'<path d="M{x:.1f} {y:.1f}L{at_x} {at_y}" stroke="{colour}" stroke-width="1.5"/>'
            yield f'<circle cx="{at_x}" cy="{at_y}" r="3" fill="{colour}"/>'
        yield (
            f'<circle class="number" cx="{x:.1f}" cy="{y:.1f}" r="10" fill="{colour}" '
            'stroke="#ffffff" stroke-width="1.5"/>'
        )
        yield text(x, y + 4.5, say("map.number", style, count=float(number + 1)), 12, "#ffffff")
