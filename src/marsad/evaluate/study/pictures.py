"""Pictures of a study, drawn as SVG: bars with intervals, a histogram, maps of the misses."""

from collections.abc import Callable, Sequence
from html import escape
from math import hypot

import numpy as np

from marsad.evaluate.study.ground import Ground
from marsad.evaluate.study.rates import Rate
from marsad.evaluate.study.summary import Seen

BIN_S = 10
LAST_BIN_S = 180
_COLOURS = {
    "one-way-drone": "#b3261e",
    "small-fixed-wing": "#c77700",
    "multirotor": "#1f5fa8",
    "jet-drone": "#7b2d8e",
}


def bar(rate: Rate, goal: float | None) -> str:
    """A share as a bar of 100 units, its interval as a line, its goal as a mark."""
    parts = ['<rect class="ground" width="100" height="10" y="2"/>']
    if rate.count:
        kind = "bar" if goal is None or rate.share >= goal else "bar short"
        parts += [
            f'<rect class="{kind}" width="{100 * rate.share:.2f}" height="10" y="2"/>',
            f'<path class="interval" d="M{100 * rate.low:.2f} 7H{100 * rate.high:.2f}'
            f'M{100 * rate.low:.2f} 4v6M{100 * rate.high:.2f} 4v6"/>',
        ]
    if goal is not None:
        parts.append(f'<path class="goal" d="M{100 * goal:.2f} 0v14"/>')
    return (
        f'<svg class="bar" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def lead_histogram(leads_s: Sequence[float], late: int, labels: tuple[str, str]) -> str:
    """How many were warned of so long ahead; `late` were not at all. labels: of the late, of the axis."""
    edges = np.arange(0, LAST_BIN_S + BIN_S, BIN_S)
    counts, _ = np.histogram(np.clip(leads_s, 0, LAST_BIN_S - 1e-6), edges)
    most = max(int(counts.max(initial=0)), late, 1)
    width, height, left = 26, 150, 70
    parts = [_column(10, late, most, height, 40, "column late")]
    parts.append(f'<text x="30" y="{height + 34}" text-anchor="middle">{escape(labels[0])}</text>')
    for number, count in enumerate(counts.tolist()):
        x = left + number * width
        early = edges[number] >= 30
        parts.append(_column(x, count, most, height, width - 4, "column" if early else "column short"))
        if number % 3 == 0:
            parts.append(f'<text x="{x}" y="{height + 34}" text-anchor="middle">{edges[number]}</text>')
    end = left + len(counts) * width
    parts.append(f'<text x="{end}" y="{height + 34}" text-anchor="middle">{LAST_BIN_S}+</text>')
    parts.append(
        f'<text x="{(left + end) / 2}" y="{height + 54}" text-anchor="middle">{escape(labels[1])}</text>'
    )
    parts.append(f'<path class="axis" d="M0 {height + 18}H{end + 20}"/>')
    return f'<svg class="histogram" viewBox="0 0 {end + 30} {height + 64}" role="img">{"".join(parts)}</svg>'


def _column(x: float, count: int, most: int, height: int, width: int, kind: str) -> str:
    tall = height * count / most
    top = height + 18 - tall
    number = (
        f'<text x="{x + width / 2}" y="{top - 4:.1f}" text-anchor="middle">{count}</text>' if count else ""
    )
    return f'<rect class="{kind}" x="{x}" y="{top:.1f}" width="{width}" height="{tall:.1f}"/>{number}'


def map_of(ground: Ground, seen: Sequence[Seen], caption: Callable[[float], str]) -> str:
    """The ways of some attackers over the zones of a site, north up, rings every kilometre or five.

    caption   what is written below it, from the kilometres between two rings
    """
    reach = 1.15 * max([300.0, *(zone.radius_m + float(np.hypot(*zone.centre_enu)) for zone in ground.zones)])
    starts = [hypot(*attacker.path_m[0]) for _, attacker in seen]
    reach = min(max(reach, *starts, 1_500.0) if starts else reach, 12_000.0)
    ring = 1_000 if reach <= 5_000 else 5_000
    stroke = reach / 250
    parts = [
        f'<circle class="ring" r="{k * ring}" stroke-width="{stroke / 2:.0f}"/>'
        for k in range(1, int(reach // ring) + 1)
    ]
    for zone in ground.zones:
        if zone.corners_enu:
            points = " ".join(f"{east:.0f},{-north:.0f}" for east, north in zone.corners_enu)
            parts.append(f'<polygon class="zone" points="{points}" stroke-width="{stroke:.0f}"/>')
        else:
            east, north = zone.centre_enu
            parts.append(f'<circle class="zone" cx="{east:.0f}" cy="{-north:.0f}" r="{zone.radius_m:.0f}"/>')
    for raid, attacker in seen:
        points = " ".join(f"{east},{-north}" for east, north in attacker.path_m)
        dash = f' stroke-dasharray="{4 * stroke:.0f}"' if attacker.lie != "none" else ""
        parts.append(
            f'<polyline class="way" points="{points}" stroke="{_COLOURS.get(attacker.kind, "#333")}" '
            f'stroke-width="{1.5 * stroke:.0f}"{dash}><title>{raid.number}: {escape(attacker.object_id)}'
            "</title></polyline>"
        )
    box = f"{-reach:.0f} {-reach:.0f} {2 * reach:.0f} {2 * reach:.0f}"
    told = f"<figcaption>{escape(caption(ring / 1000))}</figcaption>"
    return f'<figure><svg class="map" viewBox="{box}" role="img">{"".join(parts)}</svg>{told}</figure>'


def legend_colour(kind: str) -> str:
    """The colour of a kind of attacker on the maps."""
    return _COLOURS.get(kind, "#333")
