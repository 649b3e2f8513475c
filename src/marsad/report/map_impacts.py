"""Falling objects on the map of a report: where they were predicted to come down, and where they did."""

from collections.abc import Iterable
from math import degrees, log, sqrt

from marsad.model.incident import Incident
from marsad.report.map_labels import Point
from marsad.report.map_view import INK, View

# sigmas of a plane Gaussian that hold half, and nine tenths, of it
_SHARES = (sqrt(-2 * log(0.5)), sqrt(-2 * log(0.1)))
_FALL, _DOWN = "#7a3e9d", "#a3291a"


def fall_points(incident: Incident) -> list[Point]:
    """Places that the map has to show: where things were predicted to come down, and where they did."""
    foreseen = [item.foreseen.place_enu for item in incident.objects if item.foreseen is not None]
    return [(east, north) for east, north, _ in (*foreseen, *(one.place_enu for one in incident.impacts))]


def fall_ellipses(incident: Incident, view: View) -> Iterable[str]:
    """The ellipses of 50 and 90 % of each prediction at its warning."""
    for item in incident.objects:
        if (foreseen := item.foreseen) is None:
            continue
        x, y = view.at(*foreseen.place_enu[:2])
        turn_deg = degrees(foreseen.orientation_rad)
        for sigmas, dash in zip(_SHARES, ("", ' stroke-dasharray="5 3"'), strict=True):
            down, across = (
                sigmas * axis_m * view.scale_px_per_m
                for axis_m in (foreseen.semi_major_m, foreseen.semi_minor_m)
            )
            # the long axis lies to the north and is turned to the east, as on a compass
            yield (
                f'<ellipse class="foreseen" cx="{x}" cy="{y}" rx="{across:.1f}" ry="{down:.1f}" '
                f'transform="rotate({turn_deg:.1f} {x} {y})" fill="{_FALL}" fill-opacity="0.06" '
                f'stroke="{_FALL}" stroke-width="1.2"{dash}/>'
            )


def fallen(incident: Incident, view: View) -> Iterable[str]:
    """Where things came down as people entered it, each with a line from its last prediction."""
    for one in incident.impacts:
        x, y = view.at(*one.place_enu[:2])
        if one.predicted_enu is not None:
            from_x, from_y = view.at(*one.predicted_enu[:2])
            yield f'<path d="M{from_x} {from_y}L{x} {y}" stroke="{INK}" stroke-width="1.2"/>'
            yield f'<circle cx="{from_x}" cy="{from_y}" r="2.5" fill="{INK}"/>'
        yield (
            f'<path class="fallen" d="M{x - 6} {y}H{x + 6}M{x} {y - 6}V{y + 6}'
            f'M{x - 4} {y - 4}L{x + 4} {y + 4}M{x - 4} {y + 4}L{x + 4} {y - 4}" '
            f'stroke="{_DOWN}" stroke-width="2"/>'
        )
