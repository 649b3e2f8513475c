"""Where the sensors see too little, by name: on which bearings, up to which height, how late."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.coverage.outlook import Outlook
from marsad.model.reason import Reason

Flags = NDArray[np.bool_]
Array = NDArray[np.float64]
NARROW_DEG = 3.0  # narrower than that, a hole is told with its neighbour, and what is none between two as one
NEAR_M = 1_000.0  # of the edge: what hovers there is to be seen


@dataclass(frozen=True, slots=True)
class Hole:
    """Bearings on which intruders at a height and below are warned of too late.

    from_deg, to_deg  from the middle of what is protected, clockwise from true north; 0 and 360: all round
    height_m          the greatest height of those asked about; NaN where height says nothing
    warning_s         the least in it; 0 where nothing sees it; NaN for what stands still
    """

    from_deg: float
    to_deg: float
    height_m: float
    warning_s: float

    @property
    def is_all_round(self) -> bool:
        """Whether it has no end."""
        return self.to_deg - self.from_deg >= 360.0


def missing(found: Outlook, wanted_s: float) -> Flags:
    """Per height and bearing (h, b), whether the warning is shorter than wanted.

    Of what stands still: whether less than half of the ground within a kilometre of the edge is covered.
    """
    if found.asked.threat.speed_mps > 0:
        return np.asarray(found.warning_s < wanted_s)
    near = (found.grid.to_go_m >= 0) & (found.grid.to_go_m <= NEAR_M)
    seen = (found.covered & near).sum(-1)
    return np.asarray(seen < 0.5 * np.maximum(near.sum(-1), 1))


def up_to(flags: Flags) -> NDArray[np.int64]:
    """Per bearing (b,) how many heights from the lowest up are missing (h, b) without a break."""
    return np.asarray(np.cumprod(flags, axis=0).sum(axis=0), np.int64)


def holes(found: Outlook, wanted_s: float) -> tuple[Hole, ...]:
    """The holes, clockwise from north."""
    return holes_of(found, up_to(missing(found, wanted_s)))


def opened(now: Outlook, whole: Outlook, wanted_s: float) -> tuple[Hole, ...]:
    """What is missing now and would not be, were all sensors alive; both on one grid."""
    before, after = up_to(missing(whole, wanted_s)), up_to(missing(now, wanted_s))
    return holes_of(now, np.where(after > before, after, 0))


def holes_of(found: Outlook, count: NDArray[np.int64]) -> tuple[Hole, ...]:
    """Holes by how many heights from the lowest up are missing (b,), 0 for none."""
    width_deg = 360.0 / len(count)
    narrow = max(1, round(NARROW_DEG / width_deg))
    smooth = _smoothed(count, narrow)
    heights = found.asked.levels_m
    out = []
    for first, length, level in runs(smooth):
        if level == 0:
            continue
        rows = (first + np.arange(length)) % len(count)
        height = float("nan") if found.asked.threat.falls else heights[level - 1]
        worst = found.warning_s[:level, rows]
        seconds = float(np.nanmin(worst)) if np.isfinite(worst).any() else float("nan")
        start = 0.0 if length == len(count) else (first - 0.5) * width_deg % 360.0
        out.append(Hole(start, start + length * width_deg, height, seconds))
    return tuple(sorted(out, key=lambda hole: hole.from_deg))


def runs(values: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Runs of equal values round a circle: where each begins, how long it is, its value."""
    change = np.flatnonzero(values != np.roll(values, 1))
    if not len(change):
        return [(0, len(values), int(values[0]))]
    length = np.diff(np.append(change, change[0] + len(values)))
    return [(int(at), int(long), int(values[at])) for at, long in zip(change, length, strict=True)]


def _smoothed(values: NDArray[np.int64], narrow: int) -> NDArray[np.int64]:
    """Runs shorter than `narrow` take the value of the longer neighbour; a hole that stands alone is kept."""
    values = values.copy()
    for _ in range(len(values)):
        found = runs(values)
        short = [
            number
            for number, (_, length, value) in enumerate(found)
            if length < narrow and (value == 0 or _beside(found, number)[0][2] + _beside(found, number)[1][2])
        ]
        if len(found) < 2 or not short:
            break
        number = min(short, key=lambda one: found[one][1])
        first, length, _ = found[number]
        taken = max(_beside(found, number), key=lambda run: run[1])[2]
        values[(first + np.arange(length)) % len(values)] = taken
    return values


def _beside(found: list[tuple[int, int, int]], number: int) -> tuple[tuple[int, int, int], ...]:
    return found[number - 1], found[(number + 1) % len(found)]


def told(hole: Hole) -> Reason:
    """A hole as a sentence of the catalogues."""
    blind = not hole.warning_s > 0
    code = "coverage.hole." + ("blind" if blind else "late")
    return Reason(code + _which(hole), _figures(hole))


def told_opened(hole: Hole, since: str, sensors: Sequence[str]) -> Reason:
    """A hole that opened because sensors fell silent, as a sentence."""
    blind = not hole.warning_s > 0
    code = f"coverage.{'opened' if since else 'unheard'}.{'blind' if blind else 'late'}"
    return Reason(code + _which(hole), (("at", since), ("sensor", ", ".join(sensors)), *_figures(hole)))


def bearing(angle_deg: float) -> str:
    """A bearing as it is said and written: 040°."""
    return f"{round(angle_deg) % 360:03d}°"


def _which(hole: Hole) -> str:
    return (".rocket" if np.isnan(hole.height_m) else "") + (".round" if hole.is_all_round else "")


def _figures(hole: Hole) -> tuple[tuple[str, float | str], ...]:
    return (
        ("from_bearing", bearing(hole.from_deg)),
        ("to_bearing", bearing(hole.to_deg)),
        ("height_m", hole.height_m),
        ("warning_s", hole.warning_s),
    )
