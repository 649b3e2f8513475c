"""Which track may be which declared flight: pure functions over arrays.

A track that sends a flight's own identifier is taken for it wherever it flies; how it departs from the
declaration is said with numbers; so is one that its owner called his. A track that sends nothing is only
ever *like* a flight: by place, height, time, kind and speed. A flight has at most one track, a track at
most one flight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from marsad.geo.local import LocalFrame
from marsad.model.flight import AuthorisedFlight, Shape
from marsad.model.reason import Reason
from marsad.model.threat import THREAT_CLASSES

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]

BY_NOTHING, BY_VOLUME, BY_IDENTIFIER, BY_ANSWER = 0, 1, 2, 3
OUTSIDE_SLACK_M = 100.0  # GNSS, radar and a pilot's care together
HEIGHT_SLACK_M = 30.0
TIME_SLACK_S = 120.0
KIND_LEAST = 0.1  # probability of the declared class below which a track is another kind of thing
_KEPT_OUTSIDE_M = 1_000.0  # a flight taken for a track by its place is lost sight of beyond this
_SPEED_MAX_MPS = {"multirotor": 30.0, "fixedwing_small": 70.0, "crewed": 350.0, "balloon": 40.0}
_UNLIKELY = 1e9


@dataclass(frozen=True)
class Plan:
    """The declared flights as arrays, one entry per flight (f,).

    areas      shapely geometries in the site frame, m; None where a flight may be anywhere
    kind       index into THREAT_CLASSES, -1 where not said
    low_m, high_m   heights above the site, infinite where not said
    from_t_ns, until_t_ns   int64
    cancelled  flags
    sends      the flight was declared with an identifier
    """

    areas: tuple[shapely.Geometry | None, ...]
    kind: Rows
    speed_max_mps: Array
    low_m: Array
    high_m: Array
    from_t_ns: Rows
    until_t_ns: Rows
    cancelled: Flags
    sends: Flags

    def __len__(self) -> int:
        return len(self.areas)


@dataclass(frozen=True)
class Departure:
    """How far each track is from what each flight declared (n,f); 0 where it fits. Times are (f,)."""

    outside_m: Array
    below_m: Array
    above_m: Array
    too_fast_mps: Array
    other_kind: Flags
    early_s: Array
    late_s: Array


@dataclass(frozen=True)
class Senders:
    """What is said of which track is which flight, by itself or by people.

    owned    (n,f) the owner of the flight called the track his
    named    (n,f) the track sends an identifier of the flight
    fresh    (n,)  the track sends it now, and not only a while ago
    foreign  (n,)  the track sends an identifier that no flight has: it is nobody's silent flight
    """

    owned: Flags
    named: Flags
    fresh: Flags
    foreign: Flags


@dataclass(frozen=True)
class Matched:
    """Per track (n,): the flight it is taken for, -1 none; by what; whether it flies as declared.

    could_be  (n,f) every flight it may be, for whoever asks
    """

    flight: Rows
    how: NDArray[np.int8]
    fits: Flags
    could_be: Flags


def plan_of(flights: Sequence[AuthorisedFlight], frame: LocalFrame) -> Plan:
    """Declared flights as arrays, in their order."""
    kinds = [THREAT_CLASSES.index(one.kind) if one.kind in THREAT_CLASSES else -1 for one in flights]
    return Plan(
        tuple(_area(one, frame) for one in flights),
        np.array(kinds, np.int64),
        np.array([_SPEED_MAX_MPS.get(one.kind, np.inf) for one in flights], float),
        np.array([-np.inf if one.low_m is None else one.low_m for one in flights], float),
        np.array([np.inf if one.high_m is None else one.high_m for one in flights], float),
        np.array([one.from_t_ns for one in flights], np.int64),
        np.array([one.until_t_ns for one in flights], np.int64),
        np.array([one.cancelled for one in flights], bool),
        np.array([bool(one.labels) for one in flights], bool),
    )


def departures(plan: Plan, t_ns: int, position: Array, speed_mps: Array, mix: Array) -> Departure:
    """How far tracks at positions (n,3), m, with class mixes (n,c), depart from every flight."""
    count = len(position)
    points = shapely.points(position[:, :2])
    outside = np.zeros((count, len(plan)))
    for column, area in enumerate(plan.areas):
        if area is not None:
            outside[:, column] = shapely.distance(area, points)
    height = position[:, 2:3]
    # the declared class's own probability; a small craft of any make is told from another one badly
    declared = np.where(plan.kind >= 0, mix[:, np.maximum(plan.kind, 0)], 1.0)
    return Departure(
        outside,
        np.maximum(plan.low_m - height, 0.0),
        np.maximum(height - plan.high_m, 0.0),
        np.maximum(speed_mps[:, None] - plan.speed_max_mps, 0.0),
        declared < KIND_LEAST,
        _seconds(plan.from_t_ns, t_ns),
        np.where(
            plan.until_t_ns == np.iinfo(np.int64).max, 0.0, -_seconds_signed(plan.until_t_ns, t_ns)
        ).clip(0.0),
    )


def matched(plan: Plan, departure: Departure, senders: Senders, before: Rows) -> Matched:
    """Which track is taken for which flight.

    before   (n,)  the flight of each track a moment ago, -1 none: what was matched stays so
    """
    owned, named = senders.owned, senders.named
    count, flights = named.shape
    in_time = (departure.early_s <= TIME_SLACK_S) & (departure.late_s <= 0.0) & ~plan.cancelled
    far = departure.outside_m
    heights = np.maximum(departure.below_m, departure.above_m)
    within = (far <= OUTSIDE_SLACK_M) & (heights <= HEIGHT_SLACK_M)
    alike = ~departure.other_kind & (departure.too_fast_mps <= 0.0)
    placed = np.array([area is not None for area in plan.areas], bool)
    kept = np.arange(flights) == before[:, None]
    silent = ~named.any(axis=1) & ~owned.any(axis=1) & ~senders.foreign
    by_volume = silent[:, None] & placed & in_time & alike & (within | (kept & (far <= _KEPT_OUTSIDE_M)))
    flight, how = np.full(count, -1, np.int64), np.zeros(count, np.int8)
    now = named & senders.fresh[:, None]
    for allowed, kind in (
        (owned, BY_ANSWER),
        (now, BY_IDENTIFIER),
        (named, BY_IDENTIFIER),
        (by_volume, BY_VOLUME),
    ):
        if not allowed.any():
            continue
        # what a track was a moment ago it stays; then the nearest, then the oldest track
        cost = np.where(allowed, far + heights - np.where(kept, 1e6, 0.0), _UNLIKELY)
        for row, column in _pairs(cost):
            if flight[row] < 0 and column not in flight:
                flight[row], how[row] = column, kind
    own = np.maximum(flight, 0)
    rows = np.arange(count)
    fits = (flight >= 0) & (within & alike & in_time)[rows, own] if flights else np.zeros(count, bool)
    could_be = (
        owned | named | (silent[:, None] & ~plan.cancelled & in_time & placed & (far <= _KEPT_OUTSIDE_M))
    )
    return Matched(flight, how, np.asarray(fits, bool), could_be)


def departure_reasons(plan: Plan, departure: Departure, row: int, flight: int) -> tuple[Reason, ...]:
    """How one track departs from one flight, with numbers; none where it flies as declared."""
    found: list[Reason] = []

    def add(code: str, value: float, limit: float, name: str) -> None:
        if value > limit:
            found.append(Reason(f"flight.{code}", ((name, float(value)),)))

    if plan.cancelled[flight]:
        found.append(Reason("flight.cancelled"))
    add("outside", departure.outside_m[row, flight], OUTSIDE_SLACK_M, "outside_m")
    add("below", departure.below_m[row, flight], HEIGHT_SLACK_M, "below_m")
    add("above", departure.above_m[row, flight], HEIGHT_SLACK_M, "above_m")
    add("early", departure.early_s[flight], TIME_SLACK_S, "early_s")
    add("late", departure.late_s[flight], 0.0, "late_s")
    add("fast", departure.too_fast_mps[row, flight], 0.0, "too_fast_mps")
    if departure.other_kind[row, flight]:
        kind = THREAT_CLASSES[int(plan.kind[flight])]
        found.append(Reason("flight.other_kind", (("class_name", kind),)))
    return tuple(found)


def _pairs(cost: Array) -> list[tuple[int, int]]:
    """Every allowed pair of track and flight, cheapest first; equals in the order of their rows."""
    order = np.argsort(cost, axis=None, kind="stable")
    order = order[cost.ravel()[order] < _UNLIKELY]
    rows, columns = np.unravel_index(order, cost.shape)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _seconds_signed(times_ns: Rows, t_ns: int) -> Array:
    # whole seconds first: the difference of far times would not fit
    return np.asarray(times_ns // 10**9 - t_ns // 10**9, float)


def _seconds(times_ns: Rows, t_ns: int) -> Array:
    return np.asarray(_seconds_signed(times_ns, t_ns).clip(0.0))


def _area(flight: AuthorisedFlight, frame: LocalFrame) -> shapely.Geometry | None:
    if flight.shape is Shape.ANYWHERE:
        return None
    latitude, longitude = np.array(flight.places, float).T
    enu = frame.enu_from_geodetic(latitude, longitude, frame.height_m)[:, :2]
    if flight.shape is Shape.POLYGON:
        return shapely.Polygon(enu)
    if flight.shape is Shape.CIRCLE:
        return shapely.buffer(shapely.Point(enu[0]), flight.extent_m, quad_segs=32)
    return shapely.buffer(shapely.LineString(enu), flight.extent_m / 2)
