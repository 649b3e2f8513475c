"""The map of a report as SVG: zones, paths, warnings, north and a scale. North is up.

Drawn from the record alone; there is no base map, so nothing has to be fetched and nothing in the
picture is older than the incident.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from math import hypot, isfinite, log10

import numpy as np

from marsad.model.incident import Incident, Outcome
from marsad.model.site import Site, Zone
from marsad.report.typefaces import FAMILY
from marsad.report.wording import Language, Style, document_style, say

HEIGHT_PX = 320.0
_PAPER, _GRID, _INK = "#f7f9fb", "#dfe5eb", "#22303c"
_ZONE, _ZONE_EDGE, _WARNED, _WARNED_EDGE = "#dbe5ee", "#5b7083", "#f5cfc6", "#a3291a"
_PATHS = ("#0b4f8a", "#7a3e9d", "#00695c", "#9a5b00", "#4a4a4a", "#a01858")

_ARABIC_LETTER = re.compile("[\u0620-\u064a\u066e-\u06d3]")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _View:
    """From metres east and north to pixels."""

    west_m: float
    north_m: float
    scale_px_per_m: float
    width_px: float

    def at(self, east_m: float, north_m: float) -> Point:
        return (
            round((east_m - self.west_m) * self.scale_px_per_m, 1),
            round((self.north_m - north_m) * self.scale_px_per_m, 1),
        )


def map_svgs(incident: Incident, site: Site, language: Language) -> tuple[str, ...]:
    """No map, one, or two: an overview and a close-up where the paths dwarf the site."""
    style = document_style(site, language)
    zone_points = [point for zone in site.zones for point in _outline(zone)]
    path_points = [(east, north) for path in incident.paths_enu for _, east, north in path]
    path_points = [point for point in path_points if isfinite(point[0]) and isfinite(point[1])]
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
                label_px_min=14.0,
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
        _drawn(incident, site, style, zone_points, width_px=490.0, margin=0.35, label_px_min=14.0),
    )


def _outline(zone: Zone) -> list[Point]:
    if zone.corners_enu:
        return list(zone.corners_enu)
    (east, north), radius = zone.centre_enu, zone.radius_m
    return [(east - radius, north - radius), (east + radius, north + radius)]


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
    body = [
        f'<rect width="{width_px:.0f}" height="{HEIGHT_PX:.0f}" fill="{_PAPER}"/>',
        *_grid(view),
        *(_zone(zone, zone.zone_id in warned, view) for zone in site.zones),
        *_paths(incident, view),
        *_warning_points(incident, view),
        *_zone_labels(site, view, style, label_px_min),
        *_scale_bar(view, style),
        *_north(view, style),
        *_object_labels(incident, view, style),  # last, for nothing may hide where an object was first seen
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px:.0f}" height="{HEIGHT_PX:.0f}" '
        f'viewBox="0 0 {width_px:.0f} {HEIGHT_PX:.0f}" font-family="{FAMILY}">'
        + "".join(body)
        + f'<rect x="0.5" y="0.5" width="{width_px - 1:.0f}" height="{HEIGHT_PX - 1:.0f}" fill="none" '
        f'stroke="{_ZONE_EDGE}"/></svg>'
    )


def _fitted(points: list[Point], width_px: float, margin: float) -> _View:
    array = np.array(points)
    low, high = array.min(axis=0), array.max(axis=0)
    size = np.maximum(high - low, 200.0) * (1 + 2 * margin)
    scale = float(min(width_px / size[0], HEIGHT_PX / size[1]))
    centre = (low + high) / 2
    return _View(
        west_m=float(centre[0]) - width_px / scale / 2,
        north_m=float(centre[1]) + HEIGHT_PX / scale / 2,
        scale_px_per_m=scale,
        width_px=width_px,
    )


def _round_length_m(longest_m: float) -> float:
    """The longest of 1, 2, 5 × 10ⁿ metres that is not longer."""
    decade = 10.0 ** np.floor(log10(longest_m))
    return float(max(step * decade for step in (1, 2, 5) if step * decade <= longest_m))


def _grid(view: _View) -> list[str]:
    step_m = _round_length_m(view.width_px / view.scale_px_per_m / 4)
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


def _zone(zone: Zone, warned: bool, view: _View) -> str:
    fill, edge = (_WARNED, _WARNED_EDGE) if warned else (_ZONE, _ZONE_EDGE)
    style = f'fill="{fill}" fill-opacity="0.8" stroke="{edge}" stroke-width="1.5"'
    if zone.corners_enu:
        corners = " ".join(f"{x},{y}" for x, y in (view.at(*corner) for corner in zone.corners_enu))
        return f'<polygon points="{corners}" {style}/>'
    x, y = view.at(*zone.centre_enu)
    return f'<circle cx="{x}" cy="{y}" r="{zone.radius_m * view.scale_px_per_m:.1f}" {style}/>'


def _paths(incident: Incident, view: _View) -> Iterable[str]:
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
        yield _end(item.outcome, points[-1], colour)


def _end(outcome: Outcome, at: Point, colour: str) -> str:
    x, y = at
    if outcome is Outcome.STOPPED:
        return (
            f'<path d="M{x - 5} {y - 5}L{x + 5} {y + 5}M{x - 5} {y + 5}L{x + 5} {y - 5}" '
            f'stroke="{colour}" stroke-width="3" stroke-linecap="round"/>'
        )
    fill = colour if outcome is Outcome.LANDED else "#ffffff"
    return f'<circle cx="{x}" cy="{y}" r="4.5" fill="{fill}" stroke="{colour}" stroke-width="2"/>'


def _warning_points(incident: Incident, view: _View) -> Iterable[str]:
    """Where each object was when a warning was raised for it."""
    for warning in incident.warnings:
        at_s = (warning.t_ns - incident.opened_t_ns) / 1e9
        for item, path in zip(incident.objects, incident.paths_enu, strict=False):
            if warning.track_id not in item.track_ids or not path:
                continue
            times, east, north = (np.array(column) for column in zip(*path, strict=True))
            x, y = view.at(float(np.interp(at_s, times, east)), float(np.interp(at_s, times, north)))
            if isfinite(x) and isfinite(y):
                fill = _WARNED_EDGE if warning.stage == "warn" else "#e0a100"
                yield (
                    f'<path d="M{x} {y - 7}L{x + 6.5} {y + 4.5}L{x - 6.5} {y + 4.5}Z" fill="{fill}" '
                    'stroke="#ffffff" stroke-width="1"/>'
                )


def _zone_labels(site: Site, view: _View, style: Style, radius_px_min: float) -> Iterable[str]:
    for zone in site.zones:
        if zone.radius_m * view.scale_px_per_m < radius_px_min:
            continue
        x, y = view.at(*zone.centre_enu)
        if 0 < x < view.width_px and 0 < y < HEIGHT_PX:
            name = zone.name_ar if style.language == "ar" else zone.name_en
            yield _label(x, y + 4, name, 13, _INK)


def _object_labels(incident: Incident, view: _View, style: Style) -> Iterable[str]:
    """The number of each object at its first position, moved up where another stands there."""
    taken: list[Point] = []
    for number, item in enumerate(incident.objects):
        east, north, _ = item.first_position_enu
        if not (isfinite(east) and isfinite(north)):
            continue
        x, y = view.at(east, north)
        if not (0 <= x <= view.width_px and 0 <= y <= HEIGHT_PX):
            continue
        x, y = min(max(x, 12.0), view.width_px - 12), min(max(y, 12.0), HEIGHT_PX - 12)
        while any(hypot(x - a, y - b) < 20 for a, b in taken) and y > 12:
            y -= 21
        taken.append((x, y))
        colour = _PATHS[number % len(_PATHS)]
        yield f'<circle cx="{x}" cy="{y}" r="10" fill="{colour}" stroke="#ffffff" stroke-width="1.5"/>'
        yield _text(x, y + 4.5, say("map.number", style, count=float(number + 1)), 12, "#ffffff")


def _scale_bar(view: _View, style: Style) -> list[str]:
    length_m = _round_length_m(view.width_px / view.scale_px_per_m / 4)
    length_px = length_m * view.scale_px_per_m
    left, y = 16.0, HEIGHT_PX - 16.0
    name = (
        say("map.km", style, value=length_m / 1000)
        if length_m >= 1000
        else say("unit.m", style, value=length_m)
    )
    return [
        f'<rect x="{left - 8}" y="{y - 24}" width="{length_px + 16:.1f}" height="34" fill="#ffffff" '
        'fill-opacity="0.85"/>',
        f'<path d="M{left} {y - 5}V{y}H{left + length_px:.1f}V{y - 5}" fill="none" stroke="{_INK}" '
        'stroke-width="1.5"/>',
        _text(left + length_px / 2, y - 7, name, 12, _INK),
    ]


def _north(view: _View, style: Style) -> list[str]:
    x, y = view.width_px - 22, 42
    return [
        f'<circle cx="{x}" cy="{y - 6}" r="22" fill="#ffffff" fill-opacity="0.85"/>',
        f'<path d="M{x} {y - 24}L{x + 7} {y - 4}L{x} {y - 9}L{x - 7} {y - 4}Z" fill="{_INK}"/>',
        _text(x, y + 10, say("report.north", style), 12, _INK),
    ]


def _label(x: float, y: float, name: str, size: int, colour: str) -> str:
    """Text with a halo, readable on any ground."""
    shown = escape(_directed(name))
    common = f'x="{x}" y="{y}" text-anchor="middle" font-size="{size}" font-weight="600"'
    return (
        f'<text {common} fill="none" stroke="#ffffff" stroke-width="3" stroke-opacity="0.8">{shown}</text>'
        f'<text {common} fill="{colour}">{shown}</text>'
    )


def _text(x: float, y: float, name: str, size: int, colour: str) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="{size}" font-weight="600" '
        f'fill="{colour}">{escape(_directed(name))}</text>'
    )


def _directed(name: str) -> str:
    """A label with its direction, for a drawing has none: what holds Arabic letters runs right to left."""
    return f"\u2067{name}\u2069" if _ARABIC_LETTER.search(name) else name
