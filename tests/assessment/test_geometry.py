"""Miss distance, hit probability and time: circles, polygons, and one as the limit of the other."""

from itertools import pairwise
from math import cos, hypot, inf, isfinite, pi, sin

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.assessment.geometry import Approach, Courses, approach, approach_compiled
from marsad.assessment.shapes import ZoneShapes
from marsad.model.site import Site, Zone

FIELDS = (
    "distance_m",
    "range_rate_mps",
    "closest_s",
    "sigma_m",
    "hit",
    "impact_s",
    "low_s",
    "high_s",
    "earliest_s",
)


def shapes_of(*zones: Zone) -> ZoneShapes:
    return ZoneShapes.of(Site("s", "S", "S", 0, 0, 0, 0, zones))


def circle(radius: float = 150.0, east: float = 0.0, north: float = 0.0, name: str = "c") -> Zone:
    return Zone(name, "", "", (), (east, north), radius)


def polygon(*corners: tuple[float, float], name: str = "p") -> Zone:
    shape = shapely.Polygon(corners)
    centre = shapely.centroid(shapely.minimum_bounding_circle(shape))
    return Zone(name, "", "", corners, (centre.x, centre.y), shapely.minimum_bounding_radius(shape))


def regular(count: int, radius: float = 150.0) -> Zone:
    return polygon(
        *((radius * cos(2 * pi * n / count), radius * sin(2 * pi * n / count)) for n in range(count))
    )


def fly(
    zones: ZoneShapes, *states: tuple[float, float, float, float], margin: float = 50.0, wander: float = 0.07
) -> Approach:
    state = np.array(states, float)
    count = len(state)
    covariance = np.diag([15.0**2, 15.0**2, 1.0, 1.0])
    covariance[0, 2] = covariance[2, 0] = 3.0
    return approach(
        Courses(
            state[:, :2],
            state[:, 2:],
            np.tile(covariance, (count, 1, 1)),
            np.full(count, margin),
            np.full(count, wander),
            np.full(count, 60.0),
        ),
        zones,
        2.0,
    )


def number(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 3))


STATE = st.tuples(number(-4000, 4000), number(-4000, 4000), number(-80, 80), number(-80, 80))
QUAD = ((-300.0, -100.0), (250.0, -180.0), (320.0, 200.0), (-150.0, 260.0))
NOTCHED = ((0.0, 0.0), (400.0, 0.0), (400.0, 400.0), (200.0, 60.0), (0.0, 400.0))


@given(STATE, st.sampled_from([0.0, 50.0, 100.0]))
@settings(max_examples=80, deadline=None)
def test_a_many_cornered_polygon_is_the_circle(state: tuple[float, ...], margin: float) -> None:
    east, north, *_ = state
    many, one = (
        fly(shapes_of(zone), state, margin=margin)  # type: ignore[arg-type]
        for zone in (regular(360), circle())
    )
    speed = max(hypot(*state[2:]), 1e-9)
    miss = abs(east * state[3] - north * state[2]) / speed
    if abs(east * state[2] + north * state[3]) / speed < 1.0:
        return  # abeam: a millimetre decides whether the closest approach lies ahead
    grazing = abs(miss - 150 - margin) < 2  # where a millimetre decides whether it is met
    for name in FIELDS:
        mine, exact = getattr(many, name)[0, 0], getattr(one, name)[0, 0]
        if name == "range_rate_mps" and hypot(east, north) < 150:
            continue  # inside, the direction is to the centre
        if grazing and name not in ("distance_m", "earliest_s"):
            continue
        # a corner lies up to half an edge (1.3 m) beside the point where the circle is nearest
        close = {"s": 1.4 / speed + 1e-3, "m": 1.5}.get(name[-1], 0.05)
        if name == "range_rate_mps":
            close = 0.01 * speed + 1e-6  # the direction of an edge is half a degree off
        assert mine == exact or mine == pytest.approx(exact, abs=close, rel=0.001), name


@given(STATE, st.sampled_from([QUAD, NOTCHED]), st.sampled_from([0.0, 60.0]))
@settings(max_examples=150, deadline=None)
def test_polygon_time_is_the_first_entry_into_the_widened_polygon(
    state: tuple[float, ...], corners: tuple[tuple[float, float], ...], margin: float
) -> None:
    east, north, *velocity = state
    speed = hypot(*velocity)
    near = fly(shapes_of(polygon(*corners)), state, margin=margin)  # type: ignore[arg-type]
    shape = shapely.Polygon(corners)
    here = shapely.Point(east, north)
    assert near.distance_m[0, 0] == pytest.approx(shapely.distance(shape, here), abs=1e-6)
    if speed < 2.0:
        assert near.hit[0, 0] == 0 and near.impact_s[0, 0] == inf
        return
    along = np.array(velocity) / speed
    end = np.array([east, north]) + 20_000 * along
    course = shapely.LineString([(east, north), tuple(end)])
    gap = shapely.distance(course, shape)
    if abs(gap - margin) < 0.5 or (margin == 0 and gap == 0):
        touched = shapely.intersection(course, shape)
        if shapely.length(touched) < 1.0:
            return  # grazing
    if gap > margin:
        assert not near.meets[0, 0] or near.distance_m[0, 0] <= margin
        return
    if shapely.distance(here, shape) > margin:
        assert near.meets[0, 0]
        reach = near.impact_s[0, 0] * speed
        entry = shapely.Point(*(np.array([east, north]) + reach * along))
        assert shapely.distance(shape, entry) == pytest.approx(margin, abs=1e-5)
        before = np.linspace(0, reach - 1e-3, 2000)
        points = shapely.points(np.array([east, north]) + before[:, None] * along)
        assert (shapely.distance(shape, points) >= margin).all()
    elif near.meets[0, 0]:
        assert near.impact_s[0, 0] == pytest.approx(0, abs=1e-9)


@given(STATE)
@settings(max_examples=100, deadline=None)
def test_hit_probability_of_a_polygon_is_that_of_its_shadow_across_the_course(
    state: tuple[float, ...],
) -> None:
    near = fly(shapes_of(polygon(*QUAD)), state)  # type: ignore[arg-type]
    speed = hypot(*state[2:])
    if not isfinite(near.closest_s[0, 0]):
        assert near.hit[0, 0] == 0
        return
    across = np.array([-state[3], state[2]]) / speed
    side = (np.array(QUAD) - state[:2]) @ across
    draws = np.random.default_rng(1).normal(0, near.sigma_m[0, 0], 20_000)
    expected = ((draws >= side.min() - 50) & (draws <= side.max() + 50)).mean()
    assert near.hit[0, 0] == pytest.approx(expected, abs=0.02)


@given(st.lists(STATE, min_size=1, max_size=6), number(0, 2 * pi))
@settings(max_examples=60, deadline=None)
def test_turning_the_scene_changes_nothing(states: list[tuple[float, ...]], angle: float) -> None:
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])

    def turned(corners: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        return tuple((float(e), float(n)) for e, n in np.array(corners) @ turn.T)

    one = fly(shapes_of(circle(150, 500, 0), polygon(*QUAD)), *states)  # type: ignore[arg-type]
    (place,) = turned(((500.0, 0.0),))
    spun = [(*(turn @ state[:2]), *(turn @ state[2:])) for state in states]
    covariance = np.diag([15.0**2, 15.0**2, 1.0, 1.0])
    covariance[0, 2] = covariance[2, 0] = 3.0
    both = np.kron(np.eye(2), turn)
    state = np.array(spun)
    count = len(spun)
    two = approach(
        Courses(
            state[:, :2],
            state[:, 2:],
            np.tile(both @ covariance @ both.T, (count, 1, 1)),
            np.full(count, 50.0),
            np.full(count, 0.07),
            np.full(count, 60.0),
        ),
        shapes_of(circle(150, *place), polygon(*turned(QUAD))),
        2.0,
    )
    for name in ("distance_m", "earliest_s", "range_rate_mps"):
        assert getattr(two, name) == pytest.approx(getattr(one, name), abs=1e-4)
    steady = np.isfinite(one.closest_s) & (np.abs(one.closest_s) > 1e-6)
    assert two.hit[steady] == pytest.approx(one.hit[steady], abs=1e-5)
    assert two.sigma_m[steady] == pytest.approx(one.sigma_m[steady], rel=1e-3)


def test_zones_of_both_kinds_keep_the_order_of_the_site() -> None:
    mixed = shapes_of(polygon(*QUAD, name="a"), circle(100, 2000, 0, "b"), regular(5), circle(50, name="d"))
    alone = [shapes_of(zone) for zone in (polygon(*QUAD), circle(100, 2000, 0), regular(5), circle(50))]
    near = fly(mixed, (-1000, 30, 40, 1))
    for column, single in enumerate(alone):
        one = fly(single, (-1000, 30, 40, 1))
        for name in FIELDS:
            assert getattr(near, name)[0, column] == pytest.approx(getattr(one, name)[0, 0], nan_ok=True)


def test_time_interval_holds_nine_tenths_of_true_arrivals() -> None:
    near = fly(shapes_of(circle()), (-3000, 0, 50, 0), wander=0.0)
    covariance = np.diag([15.0**2, 15.0**2, 1.0, 1.0])
    covariance[0, 2] = covariance[2, 0] = 3.0
    draws = np.random.default_rng(2).multivariate_normal([-3000, 0, 50, 0], covariance, 20_000)
    arrival = (-200 - draws[:, 0]) / draws[:, 2]
    inside = ((arrival >= near.low_s[0, 0]) & (arrival <= near.high_s[0, 0])).mean()
    assert inside == pytest.approx(0.9, abs=0.01)


def test_outbound_and_hovering_objects_have_no_time_to_impact() -> None:
    near = fly(shapes_of(circle()), (500, 0, 40, 0), (500, 0, 0.5, 0))
    assert np.isinf(near.impact_s).all() and np.isnan(near.miss_m).all() and not near.hit.any()
    assert near.earliest_s[:, 0] == pytest.approx([350 / 60, 350 / 60])


def test_getting_nearer_never_lowers_the_chance_to_hit() -> None:
    states = [(-4000.0 + 100 * n, 40.0, 50.0, 0.0) for n in range(38)]
    hits = fly(shapes_of(circle()), *states).hit[:, 0]
    assert all(later >= earlier for earlier, later in pairwise(hits))


@given(st.lists(STATE, min_size=1, max_size=4), st.sampled_from([0.0, 50.0, 100.0]), st.integers(0, 100))
@settings(max_examples=200, deadline=None)
def test_the_compiled_twin_gives_what_the_specification_says(
    states: list[tuple[float, float, float, float]], margin: float, seed: int
) -> None:
    zones = shapes_of(circle(), polygon(*QUAD), circle(0.0, 900, -200, "d"), polygon(*NOTCHED, name="n"))
    root = np.random.default_rng(seed).normal(size=(len(states), 6, 6)) * [15, 15, 20, 1, 1, 1]
    covariance = np.einsum("nki,nkj->nij", root, root)
    state, own = np.array(states), np.tile([margin, 0.07, 60.0], (len(states), 1))
    mean = np.zeros((len(states), 6))
    mean[:, [0, 1, 3, 4]] = state
    plane = covariance[:, [[0], [1], [3], [4]], [0, 1, 3, 4]]
    expected = approach(Courses(state[:, :2], state[:, 2:], plane, *own.T), zones, 2.0)
    found = approach_compiled(mean, covariance, own, zones, 2.0)
    for name in Approach.__dataclass_fields__:
        np.testing.assert_allclose(
            getattr(found, name), getattr(expected, name), rtol=1e-7, atol=1e-6, err_msg=name
        )
