"""The frame of a drawn map: from metres to pixels, scale, north arrow, text."""

import re
from dataclasses import dataclass
from html import escape
from math import log10

import numpy as np

from marsad.report.map_labels import Box, Point
from marsad.report.wording import Style, say

INK = "#22303c"
_ARABIC_LETTER = re.compile("[\u0620-\u064a\u066e-\u06d3]")


@dataclass(frozen=True, slots=True)
class View:
    """From metres east and north to pixels."""

    west_m: float
    north_m: float
    scale_px_per_m: float
    width_px: float

    def at(self, east_m: float, north_m: float) -> Point:
        """Where a place of the site lies on the drawing, pixels."""
        return (
            round((east_m - self.west_m) * self.scale_px_per_m, 1),
            round((self.north_m - north_m) * self.scale_px_per_m, 1),
        )


def round_length_m(longest_m: float) -> float:
    """The longest of 1, 2, 5 × 10ⁿ metres that is not longer."""
    decade = 10.0 ** np.floor(log10(longest_m))
    return float(max(step * decade for step in (1, 2, 5) if step * decade <= longest_m))


def scale_length(view: View) -> tuple[float, float]:
    """The length of the scale in metres and in pixels."""
    length_m = round_length_m(view.width_px / view.scale_px_per_m / 4)
    return length_m, length_m * view.scale_px_per_m


def scale_bar(view: View, style: Style, box: Box) -> list[str]:
    """The scale, at the bottom left of its box."""
    length_m, length_px = scale_length(view)
    left, y = box.left + 14.0, box.bottom - 14.0
    name = (
        say("map.km", style, value=length_m / 1000)
        if length_m >= 1000
        else say("unit.m", style, value=length_m)
    )
    return [
        f'<rect class="scale" x="{left - 8:.1f}" y="{y - 22}" width="{length_px + 16:.1f}" height="32" '
        'fill="#ffffff" fill-opacity="0.85"/>',
        f'<path d="M{left:.1f} {y - 5}V{y}H{left + length_px:.1f}V{y - 5}" fill="none" stroke="{INK}" '
        'stroke-width="1.5"/>',
        text(left + length_px / 2, y - 7, name, 12, INK),
    ]


def north_arrow(style: Style, box: Box) -> list[str]:
    """The arrow to the north, in the middle of its box."""
    x, y = box.centre
    return [
        f'<circle class="north" cx="{x}" cy="{y}" r="21" fill="#ffffff" fill-opacity="0.85"/>',
        f'<path d="M{x} {y - 18}L{x + 7} {y + 2}L{x} {y - 3}L{x - 7} {y + 2}Z" fill="{INK}"/>',
        text(x, y + 16, say("report.north", style), 12, INK),
    ]


def label(x: float, y: float, name: str, size: int, colour: str) -> str:
    """Text with a halo, readable on any ground."""
    shown = escape(_directed(name))
    common = f'x="{x}" y="{y}" text-anchor="middle" font-size="{size}" font-weight="600"'
    return (
        f'<text {common} fill="none" stroke="#ffffff" stroke-width="3" stroke-opacity="0.8">{shown}</text>'
        f'<text class="zone-name" {common} fill="{colour}">{shown}</text>'
    )


def text(x: float, y: float, name: str, size: int, colour: str) -> str:
    """A line of text about a point of its base line."""
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="{size}" font-weight="600" '
        f'fill="{colour}">{escape(_directed(name))}</text>'
    )


def _directed(name: str) -> str:
    """A label with its direction, for a drawing has none: what holds Arabic letters runs right to left."""
    return f"\u2067{name}\u2069" if _ARABIC_LETTER.search(name) else name
