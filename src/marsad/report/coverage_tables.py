"""Seconds of warning by bearing, as rows of words: for a terminal and for the console's reader."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from marsad.coverage.holes import NEAR_M, bearing
from marsad.coverage.layout import Gain
from marsad.coverage.outlook import Outlook
from marsad.report.wording import Tongue, say

Array = NDArray[np.float64]
SECTORS = 12
Rows = list[list[str]]


def title(found: Outlook, tongue: Tongue) -> str:
    """What the figures are."""
    threat = say(f"coverage.threat.{found.asked.threat.kind.value}", tongue)
    if found.asked.threat.speed_mps <= 0:
        return say("coverage.table.hovering", tongue, threat=threat)
    return say("coverage.table.title", tongue, threat=threat, speed_mps=found.asked.threat.speed_mps)


def heads(found: Outlook, tongue: Tongue) -> list[str]:
    """The heads of the columns: the bearing, then each height."""
    first = say("coverage.table.bearing", tongue)
    if found.asked.threat.falls:
        return [first, say("coverage.table.rocket", tongue)]
    return [first, *(say("coverage.table.height", tongue, height_m=one) for one in found.asked.levels_m)]


def rows(found: Outlook, tongue: Tongue) -> Rows:
    """A row for each twelfth of the circle with the least in it, and two for all of it."""
    figures = _figures(found)
    least = by_sector(figures, np.min)
    out = [[_sector(number), *_worded(found, least[:, number], tongue)] for number in range(SECTORS)]
    out.append([say("coverage.table.all", tongue), *_worded(found, figures.min(axis=1), tongue)])
    out.append([say("coverage.table.middle", tongue), *_worded(found, np.median(figures, axis=1), tongue)])
    return out


def gain_rows(gain: Gain, level: int, tongue: Tongue) -> Rows:
    """The same without and with what is added, at one height, and the median that it gains in each twelfth.

    Before and after are the least there.
    """
    before, after, seconds = gain.before.warning_s, gain.after.warning_s, gain.seconds
    sides = [by_sector(one, np.min)[level] for one in (before, after)]
    won = by_sector(seconds, np.median)[level]
    out = [
        [_sector(number), *(_seconds(float(one[number]), tongue) for one in (*sides, won))]
        for number in range(SECTORS)
    ]
    every = (before[level].min(), after[level].min(), np.median(seconds[level]))
    out.append([say("coverage.table.all", tongue), *(_seconds(float(one), tongue) for one in every)])
    return out


def by_sector(figures: Array, how: Callable[..., Array]) -> Array:
    """Figures (h, b) by twelfth (h, 12); the first is centred on north."""
    width = figures.shape[1] // SECTORS
    turned = np.roll(figures, width // 2, axis=1).reshape(len(figures), SECTORS, width)
    return np.asarray(how(turned, axis=2))


def _figures(found: Outlook) -> Array:
    """Seconds (h, b); of what stands still the share of the ground near the edge that is seen, per cent."""
    if found.asked.threat.speed_mps > 0:
        return found.warning_s
    near = (found.grid.to_go_m >= 0) & (found.grid.to_go_m <= NEAR_M)
    return np.asarray(100.0 * (found.covered & near).sum(-1) / np.maximum(near.sum(-1), 1))


def _worded(found: Outlook, values: Array, tongue: Tongue) -> list[str]:
    if found.asked.threat.speed_mps > 0:
        return [_seconds(value, tongue) for value in values.tolist()]
    return [say("coverage.table.percent", tongue, percent=value) for value in values.tolist()]


def _seconds(value: float, tongue: Tongue) -> str:
    return say("coverage.table.seconds", tongue, warning_s=value)


def _sector(number: int) -> str:
    width = 360 / SECTORS
    return f"{bearing((number - 0.5) * width)}–{bearing((number + 0.5) * width)}"
