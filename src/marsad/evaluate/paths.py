"""Where true objects really were: of a simulation, or of a log of ground truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marsad.evaluate.look import Array, Rows, Subject
from marsad.geo.polygon import contains
from marsad.model.site import Site, Zone
from marsad.simulate.truth import CEILING_M, TrueObject, Truth

EDGE_S = 0.5
GAP_MAX_S = 10.0  # longer without a record, nobody knows where it was


class Paths(Protocol):
    """A truth: times count in seconds from `start_t_ns`."""

    start_t_ns: int
    subjects: tuple[Subject, ...]

    def at(self, t_s: float) -> tuple[Rows, Array]:
        """Which subjects are there at a time, ascending, and their states (j, 6)."""


class SimulatedPaths:
    """The truth of a simulation at a site."""

    def __init__(self, truth: Truth, site: Site) -> None:
        self._truth = truth
        self.start_t_ns = truth.start_t_ns
        friends = {friend.label for friend in site.friends}
        self.subjects = tuple(_subject(truth, row, site, friends) for row in range(len(truth.objects)))

    def at(self, t_s: float) -> tuple[Rows, Array]:
        """See `Paths`."""
        rows = self._truth.flying(t_s)
        return rows, np.column_stack(self._truth.states(rows, t_s))


def _subject(truth: Truth, row: int, site: Site, friends: set[str]) -> Subject:
    item: TrueObject = truth.objects[row]
    name = item.physique.threat_class
    label = "" if item.transponder is None else f"icao:{item.transponder.icao}"
    arrivals = truth.arrivals_s(row, site.zones) if item.hostile else {}
    return Subject(
        item.object_id,
        name,
        frozenset({name}),
        item.hostile,
        label in friends and not item.hostile,
        item.physique.gate_m,
        arrivals,
        item.end_s,
    )


@dataclass(frozen=True, slots=True)
class Segment:
    """An unbroken stretch of a path: times (k,) ascending, states (k, 6); NaN where not known."""

    t_s: Array
    states: Array

    def at(self, t_s: float) -> Array | None:
        """The state (6,) at a time, straight between neighbours; None in gaps, and beyond the ends."""
        after = int(np.searchsorted(self.t_s, t_s, side="left"))
        if after == len(self.t_s):
            return self._beyond(-1, t_s)
        if self.t_s[after] == t_s:
            return np.asarray(self.states[after])
        if after == 0:
            return self._beyond(0, t_s)
        begin, end = self.t_s[after - 1], self.t_s[after]
        if end - begin > GAP_MAX_S:
            return None
        share = (t_s - begin) / (end - begin)
        state = (1 - share) * self.states[after - 1] + share * self.states[after]
        return np.asarray(state)

    def _beyond(self, end: int, t_s: float) -> Array | None:
        """Straight on from an end, a moment only: a record is of its look, not of an instant."""
        if not len(self.t_s) or abs(t_s - self.t_s[end]) > EDGE_S:
            return None
        state = self.states[end].copy()
        state[:3] += np.nan_to_num(state[3:]) * (t_s - self.t_s[end])
        return np.asarray(state)


def segment_of(t_s: Array, states: Array) -> Segment:
    """A segment in time order, one state per time; velocities that nobody tells are those of the places."""
    order = np.argsort(t_s, kind="stable")
    t_s, states = t_s[order], states[order].copy()
    last = np.append(np.diff(t_s) > 0, True)
    t_s, states = t_s[last], states[last]
    untold = np.isnan(states[:, 3:]).all(1)
    if untold.any() and len(t_s) > 1:
        moved = np.column_stack([np.gradient(states[:, axis], t_s) for axis in range(3)])
        states[untold, 3:] = moved[untold]
    return Segment(t_s, states)


class LoggedPaths:
    """Paths of named objects by segments, as a log tells them."""

    def __init__(
        self, start_t_ns: int, subjects: tuple[Subject, ...], segments: Sequence[Sequence[Segment]]
    ) -> None:
        self.start_t_ns = start_t_ns
        self.subjects = subjects
        self.segments = segments

    def at(self, t_s: float) -> tuple[Rows, Array]:
        """See `Paths`."""
        found = [
            (row, state)
            for row, some in enumerate(self.segments)
            if (state := state_of(some, t_s)) is not None
        ]
        rows = np.array([row for row, _ in found], np.int64)
        return rows, np.array([state for _, state in found]).reshape(-1, 6)

    @property
    def span_s(self) -> tuple[float, float]:
        """From the first to the last record; (inf, -inf) without any."""
        ends = [(part.t_s[0], part.t_s[-1]) for some in self.segments for part in some if len(part.t_s)]
        return min((a for a, _ in ends), default=inf), max((b for _, b in ends), default=-inf)


def state_of(segments: Sequence[Segment], t_s: float) -> Array | None:
    """The state in the segment that began last among those that hold a time."""
    for segment in sorted(
        segments, key=lambda part: float(part.t_s[0]) if len(part.t_s) else inf, reverse=True
    ):
        if (state := segment.at(t_s)) is not None:
            return state
    return None


def arrivals_s(segments: Sequence[Segment], zones: Sequence[Zone]) -> dict[str, float]:
    """When a recorded path first met each zone it met, below the ceiling, in order of time."""
    found: dict[str, float] = {}
    if not zones:
        return found
    for segment in sorted(segments, key=lambda part: float(part.t_s[0]) if len(part.t_s) else inf):
        t_s = np.arange(segment.t_s[0], segment.t_s[-1] + 1e-9, 0.1) if len(segment.t_s) else np.empty(0)
        points = np.column_stack([np.interp(t_s, segment.t_s, segment.states[:, axis]) for axis in range(3)])
        low = ~(points[:, 2] > CEILING_M)
        for zone in zones:
            inside = _inside(zone, points[:, :2]) & low
            if inside.any():
                found.setdefault(zone.zone_id, round(float(t_s[int(np.argmax(inside))]), 1))
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def _inside(zone: Zone, points: Array) -> NDArray[np.bool_]:
    if zone.corners_enu:
        return contains(zone.corners_enu, points)
    return np.asarray(np.hypot(*(points - zone.centre_enu).T) <= zone.radius_m)
