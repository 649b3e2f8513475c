"""What flies like what uses a procedure does; what differs in height, speed, size or course does not."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from marsad.assessment.procedure_shapes import prepared
from marsad.assessment.procedures import (
    Flown,
    ProcedureFit,
    Property,
    fit,
    height_at_zone_m,
    off_every_procedure,
)
from marsad.model.procedure import Ground, Path, PathPoint, Procedure, ProcedureUse
from marsad.site.settings import settings_from_toml

Array = NDArray[np.float64]
NOON_NS = 1_704_362_400_000_000_000  # 2024-01-04 10:00 UTC, 13:00 in Baghdad
SITE = settings_from_toml(
    """
[site]
id = "airport"
name_en = "Airport"
name_ar = "المطار"
latitude_deg = 33.26
longitude_deg = 44.23
utc_offset_s = 10800

[[runway]]
runway_id = "main"
name_en = "Runway 15/33"
name_ar = "المدرج"
thresholds = [[33.2760, 44.2200], [33.2470, 44.2440]]

[[corridor]]
corridor_id = "river"
name_en = "River"
name_ar = "النهر"
use = "helicopter route"
points = [[33.35, 44.30], [33.30, 44.30], [33.27, 44.26]]
width_m = 600
height_m = [60, 350]
speed_mps = [20, 85]
hours = ["06:00-18:00"]

[[corridor]]
corridor_id = "west"
name_en = "West"
name_ar = "الغرب"
use = "arrival"
points = [[33.26, 44.05], [33.26, 44.15]]
width_m = 2000
height_m = [300, 3000]
speed_mps = [60, 180]

[[area]]
area_id = "circuit"
name_en = "Circuit"
name_ar = "الدورة"
use = "circuit"
corners = [[33.295, 44.215], [33.235, 44.27], [33.22, 44.245], [33.28, 44.19]]
height_m = [150, 500]
speed_mps = [30, 90]

[[area]]
area_id = "pad"
name_en = "Pad"
name_ar = "المهبط"
use = "own drones"
centre = [33.20, 44.20]
radius_m = 400
height_m = [0, 120]
speed_mps = [0, 25]
""".encode(),
    "site.toml",
).build_site()
SHAPES = prepared(SITE.procedures, SITE.utc_offset_s)
IDS = [one.procedure_id for one in SITE.procedures]
FINAL = IDS.index("runway:main:final:15")  # its name comes from the true direction, 145 degrees
RADAR = (40.0, 40.0, 40.0, 3.0, 3.0, 2.0)  # one sigma of a track of a plain radar: m, m/s


def final_points() -> tuple[PathPoint, ...]:
    shape = SITE.procedures[FINAL].shape
    assert isinstance(shape, Path)
    return shape.points


def unit(direction: Array) -> Array:
    found: Array = direction / np.hypot(*direction)
    return found


THRESHOLD = np.array([final_points()[-2].east_m, final_points()[-2].north_m])
INBOUND = unit(THRESHOLD - np.array([final_points()[0].east_m, final_points()[0].north_m]))


def flown(places: Array, heights: Array, velocity: Array, sigmas: tuple[float, ...] = RADAR) -> Flown:
    """Tracks at places (n,2), heights (n,) above the site along the curved Earth, with a velocity (n,3)."""
    count = len(places)
    up = heights - (places**2).sum(axis=1) / (2 * 6_371_000)
    covariance = np.zeros((count, 6, 6))
    covariance[:, range(6), range(6)] = np.array(sigmas) ** 2
    return Flown(
        np.column_stack([places, up]),
        np.broadcast_to(velocity, (count, 3)),
        covariance,
        np.zeros(count),
        np.full(count, np.nan),
        np.full(count, np.inf),
    )


def on_final(
    away: Array, heights: Array, speed: float, climb: float, sigmas: tuple[float, ...] = RADAR
) -> Flown:
    places = THRESHOLD - away[:, None] * INBOUND
    return flown(places, heights, np.array([*(INBOUND * speed), climb]), sigmas)


def glide(away: Array, level_m: float = 1e9) -> Array:
    return np.asarray(np.minimum(15 + np.tan(np.radians(3)) * np.maximum(away, 0), level_m))


def noisy(track: Flown, seed: int) -> Flown:
    """The same tracks as a tracker has them, wrong by what their covariances say."""
    sigma = np.sqrt(np.diagonal(track.covariance, axis1=1, axis2=2))
    error = np.random.default_rng(seed).normal(0, sigma)
    return replace(track, position=track.position + error[:, :3], velocity=track.velocity + error[:, 3:])


def at_noon(track: Flown) -> ProcedureFit:
    return fit(track, SHAPES, NOON_NS)


AWAY = np.arange(0.0, 18_001.0, 100.0)


@dataclass(frozen=True)
class Approach:
    speed: float
    level_m: float


@pytest.mark.parametrize("approach", [Approach(75, 1e9), Approach(65, 700), Approach(90, 900)], ids=str)
def test_a_perfect_approach_fits_from_18_km_to_the_threshold(approach: Approach) -> None:
    climb = np.where(glide(AWAY) < approach.level_m, -np.tan(np.radians(3)) * approach.speed, 0.0)
    track = on_final(AWAY, glide(AWAY, approach.level_m), approach.speed, 0.0)
    track = replace(track, velocity=np.column_stack([track.velocity[:, :2], climb]))
    found = at_noon(track)
    far = AWAY > 800  # nearer in, a height known to 40 m cannot tell, and is said not to be known
    assert found.fits[far].all()
    assert (found.index[far] == FINAL).all()
    assert not found.differs.any()
    assert (found.fits[~far] | (found.unknown[~far] & Property.HEIGHT > 0)).all()
    close = replace(track, covariance=track.covariance / 9)
    assert at_noon(close).fits.all()
    assert (close.position[:, 2] > -50).all()


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32), speed=st.floats(60, 85))
def test_with_the_noise_of_a_plain_radar_an_approach_nearly_always_fits(seed: int, speed: float) -> None:
    track = on_final(AWAY, glide(AWAY), speed, -np.tan(np.radians(3)) * speed)
    found = at_noon(noisy(track, seed))
    known = (found.unknown & Property.HEIGHT) == 0
    assert found.fits[known & (AWAY > 1_500)].mean() > 0.93
    assert (found.differs[AWAY > 1_500] > 0).mean() < 0.05
    assert not off_every_procedure(found)[AWAY > 1_500].mean() > 0.05


@settings(deadline=None, max_examples=60)
@given(height=st.floats(20, 100), speed=st.floats(50, 70), seed=st.integers(0, 2**32))
def test_a_one_way_drone_low_on_the_final_never_fits(height: float, speed: float, seed: int) -> None:
    away = np.arange(3_500.0, 18_000.0, 100.0)
    sharp = (30.0, 30.0, 20.0, 2.0, 2.0, 1.0)
    found = at_noon(noisy(on_final(away, np.full(len(away), height), speed, 0.0, sharp), seed))
    assert found.fits.mean() < 0.02  # a plot in a thousand is three sigmas off
    assert not found.fits[away > 6_000].any()
    assert off_every_procedure(found)[away > 6_000].all()
    assert ((found.differs & Property.HEIGHT) > 0)[away > 6_000].all()


def test_its_height_below_the_glide_path_is_told() -> None:
    found = at_noon(on_final(np.array([8_000.0]), np.array([100.0]), 60, 0, (20, 20, 20, 1, 1, 1)))
    assert found.index[0] == FINAL
    assert found.nominal_off_m[0] == pytest.approx(100 - 15 - 8_000 * np.tan(np.radians(3)), abs=1)
    assert found.to_go_m[0] == pytest.approx(8_300, abs=1)
    assert found.height_off_m[0] < -150 and found.offset_m[0] == 0


@settings(deadline=None, max_examples=30)
@given(speed=st.floats(15, 41), away=st.floats(500, 18_000))
def test_a_slow_drone_on_the_glide_path_does_not_fit(speed: float, away: float) -> None:
    place = np.array([away])
    found = at_noon(on_final(place, glide(place), speed, -0.05 * speed, (20, 20, 15, 1.5, 1.5, 1)))
    assert not found.fits[0] and off_every_procedure(found)[0]
    assert found.index[0] < 0 or found.differs[0] & (Property.SPEED | Property.HEIGHT)


def test_what_flies_level_through_the_glide_path_does_not_fit() -> None:
    away = np.arange(3_500.0, 8_000.0, 100.0)
    level = on_final(away, np.full(len(away), 300.0), 60, 0.0, (20, 20, 15, 1, 1, 0.5))
    assert not at_noon(level).fits.any()


def test_what_is_small_does_not_fit_however_it_flies() -> None:
    track = on_final(AWAY, glide(AWAY), 75, -3.9, (20, 20, 10, 1, 1, 1))
    assert at_noon(track).fits.all()
    assert (at_noon(track).unknown & Property.SIZE > 0).all()
    small = at_noon(replace(track, small=np.full(len(AWAY), 0.9)))
    assert not small.fits.any() and (small.differs & Property.SIZE > 0).all()
    assert at_noon(replace(track, small=np.full(len(AWAY), 0.05))).fits.all()


def test_a_base_leg_fits_once_it_is_turned_into_the_final() -> None:
    """A standard-rate turn of 90 degrees that ends on the final 8 km out."""
    turn = np.radians(np.arange(0.0, 91.0, 3.0))
    speed, rate = 75.0, np.radians(3)
    right = np.array([INBOUND[1], -INBOUND[0]])
    begin = THRESHOLD - 8_000 * INBOUND - (speed / rate) * (INBOUND + right)
    ahead = np.outer(np.sin(turn), INBOUND) + np.outer(np.cos(turn), right)
    places = begin + (speed / rate) * (np.outer(np.sin(turn), right) + np.outer(1 - np.cos(turn), INBOUND))
    away = (THRESHOLD - places) @ INBOUND
    velocity = np.column_stack([speed * ahead, np.full(len(turn), -3.9)])
    found = at_noon(flown(places, glide(away), velocity, (20, 20, 15, 1, 1, 1)))
    degrees = np.degrees(turn)
    assert not found.fits[degrees < 65].any()
    assert found.fits[degrees > 75].all() and found.index[-1] == FINAL


def test_the_same_line_flown_outwards_is_no_approach() -> None:
    away = np.arange(1_000.0, 10_000.0, 500.0)
    places = THRESHOLD - away[:, None] * INBOUND
    low = flown(places, glide(away), np.array([*(-INBOUND * 75), 0.0]))
    assert not (at_noon(low).index == FINAL).any()


def test_a_departure_fits_from_lifting_off() -> None:
    other = IDS.index("runway:main:departure-climb:33")
    shape = SITE.procedures[other].shape
    assert isinstance(shape, Path)
    lift = np.array([shape.points[1].east_m, shape.points[1].north_m])
    away = np.arange(0.0, 11_000.0, 200.0)
    places = lift - away[:, None] * INBOUND
    climb = flown(places, 60 + 0.1 * away, np.array([*(-INBOUND * 80), 8.0]), (20, 20, 15, 1, 1, 1))
    found = at_noon(climb)
    assert found.fits.all() and (found.index == other).all()


def test_who_is_on_a_runway_is_so_whoever_else_flies_and_only_low_down() -> None:
    middle = THRESHOLD + 600 * INBOUND
    across = np.array([-INBOUND[1] * 30, INBOUND[0] * 30, 0.0])
    alone = flown(middle[None], np.array([40.0]), across)
    landing = on_final(np.array([3000.0]), glide(np.array([3000.0])), 70.0, -3.7)
    both = Flown(
        *(np.concatenate(pair) for pair in zip(vars(alone).values(), vars(landing).values(), strict=True))
    )
    assert at_noon(alone).on_runway.tolist() == [True]
    assert at_noon(both).on_runway.tolist() == [True, False]
    assert at_noon(flown(middle[None], np.array([300.0]), across)).on_runway.tolist() == [False]


def along(procedure: str, spacing_m: float) -> tuple[Array, Array]:
    """Places along a path, and the unit vectors flown there."""
    shape = SITE.procedures[IDS.index(procedure)].shape
    assert isinstance(shape, Path)
    places, courses = [], []
    points = np.array([(point.east_m, point.north_m) for point in shape.points])
    for one, other in pairwise(points):
        steps = np.arange(0.0, np.hypot(*(other - one)), spacing_m)
        places.append(one + steps[:, None] * unit(other - one))
        courses.append(np.tile(unit(other - one), (len(steps), 1)))
    return np.vstack(places), np.vstack(courses)


@pytest.mark.parametrize("way", [1, -1])
def test_a_helicopter_on_its_route_fits_both_ways(way: int) -> None:
    places, courses = along("corridor:river", 250)
    velocity = np.column_stack([way * 55 * courses, np.zeros(len(places))])
    found = at_noon(flown(places, np.full(len(places), 150.0), velocity))
    assert found.fits.all() and (found.index == IDS.index("corridor:river")).all()


def test_a_route_is_no_corridor_of_immunity() -> None:
    places, courses = along("corridor:river", 250)
    velocity = np.column_stack([55 * courses, np.zeros(len(places))])
    sharp = (20.0, 20.0, 10.0, 1.0, 1.0, 1.0)
    heights = np.full(len(places), 150.0)
    crossing = np.column_stack([-velocity[:, 1], velocity[:, 0], velocity[:, 2]])
    for differing in (
        flown(places, np.full(len(places), 15.0), velocity, sharp),
        flown(places, np.full(len(places), 450.0), velocity, sharp),
        flown(places, heights, 3 * velocity, sharp),
        flown(places, heights, velocity / 5, sharp),
        flown(places, heights, crossing, sharp),
        replace(flown(places, heights, velocity, sharp), small=np.full(len(places), 0.95)),
    ):
        found = at_noon(differing)
        assert not found.fits.any() and off_every_procedure(found).all()
    beside = flown(places + 900 * courses @ np.array([[0, 1], [-1, 0]]), heights, velocity, sharp)
    assert at_noon(beside).fits.mean() < 0.1  # but where the route turns towards it


def test_hours_are_those_of_the_site() -> None:
    places, courses = along("corridor:river", 250)
    track = flown(places, np.full(len(places), 150.0), np.column_stack([55 * courses, np.zeros(len(places))]))
    hour = 3_600_000_000_000
    for hours, used in ((-7.01, False), (-6.99, True), (4.99, True), (5.01, False)):  # 13:00 local is hour 0
        assert fit(track, SHAPES, NOON_NS + int(hours * hour)).fits.any() == used


def test_an_arrival_is_flown_one_way() -> None:
    places, courses = along("corridor:west", 500)
    for way, fits in ((1, True), (-1, False)):
        velocity = np.column_stack([way * 120 * courses, np.zeros(len(places))])
        assert (at_noon(flown(places, np.full(len(places), 900.0), velocity)).fits == fits).all()


def test_a_circuit_fits_on_any_course_within_its_heights_and_speeds() -> None:
    shape = SITE.procedures[IDS.index("area:circuit")].shape
    assert isinstance(shape, Ground)
    middle = np.mean(shape.corners_enu, axis=0)
    turn = np.radians(np.arange(0, 360, 15))
    velocity = np.column_stack([45 * np.sin(turn), 45 * np.cos(turn), np.zeros(len(turn))])
    places = np.tile(middle + np.array([-900.0, -650.0]), (len(turn), 1))
    found = at_noon(flown(places, np.full(len(turn), 300.0), velocity))
    assert found.fits.all() and (found.index == IDS.index("area:circuit")).all()
    assert not at_noon(flown(places, np.full(len(turn), 30.0), velocity)).fits.any()
    assert not at_noon(flown(places, np.full(len(turn), 300.0), velocity / 3)).fits.any()
    assert not at_noon(flown(places + 8_000, np.full(len(turn), 300.0), velocity)).fits.any()


def test_own_drones_are_small() -> None:
    shape = SITE.procedures[IDS.index("area:pad")].shape
    assert isinstance(shape, Ground)
    hover = flown(np.mean(shape.corners_enu, axis=0)[None, :], np.array([50.0]), np.array([2.0, 0.0, 0.0]))
    assert at_noon(replace(hover, small=np.array([1.0]))).fits[0]


# ---------------------------------------------------------------- what is not known

SOMEWHERE = st.tuples(st.floats(-25_000, 25_000), st.floats(-25_000, 25_000))
ERRORS = st.floats(0.1, 5_000)


@settings(deadline=None, max_examples=300)
@given(SOMEWHERE, st.floats(-50, 3_000), st.floats(-150, 150), st.floats(-150, 150), st.floats(-20, 20),
       ERRORS, ERRORS, st.floats(0.1, 100))  # fmt: skip
def test_no_uncertainty_makes_a_fit(
    place: tuple[float, float], height: float, east: float, north: float, climb: float,
    sigma_m: float, height_sigma_m: float, sigma_mps: float,
) -> None:  # fmt: skip
    """What does not fit as well as known does not fit when less is known of it; descents only ever lower."""
    gliding = np.array([east, north, -np.tan(np.radians(3)) * np.hypot(east, north)])
    places, heights = np.array([place]), np.array([height])
    exact = at_noon(flown(places, heights, gliding, (1, 1, 1, 0.1, 0.1, 0.1)))
    sigmas = (sigma_m, sigma_m, height_sigma_m, sigma_mps, sigma_mps, sigma_mps)
    found = at_noon(flown(places, heights, np.array([east, north, climb]), sigmas))
    assert 0.0 <= found.degree[0] <= 1.0
    assert exact.degree[0] >= 0.45 or not found.fits[0]


def test_a_height_that_is_not_known_never_fits_and_is_told() -> None:
    track = on_final(AWAY, glide(AWAY), 75, -3.9)
    nameless = replace(track, position=np.column_stack([track.position[:, :2], np.full(len(AWAY), np.nan)]))
    doubtful = replace(track, height_doubt_m=np.full(len(AWAY), 2_000.0))
    for unknown in (nameless, doubtful):
        found = at_noon(unknown)
        assert not found.fits.any() and not off_every_procedure(found).any()
        assert ((found.unknown & Property.HEIGHT) > 0).all()
        assert (found.degree[AWAY < 15_000] > 0.4).all()


def test_a_pressure_height_is_believed_far_out_where_it_can_be() -> None:
    track = replace(on_final(AWAY, glide(AWAY), 75, -3.9), height_doubt_m=np.full(len(AWAY), 70.0))
    assert at_noon(track).fits[AWAY > 6_000].all()


def test_without_procedures_or_tracks_nothing_is_found() -> None:
    none = fit(on_final(AWAY, glide(AWAY), 75, -3.9), prepared(()), NOON_NS)
    assert (none.index == -1).all() and not none.fits.any() and off_every_procedure(none).all()
    assert len(at_noon(on_final(np.empty(0), np.empty(0), 75, -3.9)).index) == 0


def test_a_site_with_ground_alone_and_one_with_paths_alone() -> None:
    for use in (Ground, Path):
        some: tuple[Procedure, ...] = tuple(one for one in SITE.procedures if isinstance(one.shape, use))
        found = fit(on_final(AWAY, glide(AWAY), 75, -3.9), prepared(some, 10_800), NOON_NS)
        assert found.fits.any() == (ProcedureUse.FINAL in {one.use for one in some})


# ---------------------------------------------------------------- the height at a zone


def test_the_height_at_a_zone_is_what_a_descent_leaves() -> None:
    heights = height_at_zone_m(
        np.array([300.0, 300.0, 300.0, np.nan]),
        np.array([-5.0, 4.0, -10.0, -1.0]),
        np.array([[20.0, np.inf], [20.0, 0.0], [40.0, 10.0], [1.0, 1.0]]),
    )
    assert heights[0].tolist() == [200.0, np.inf]
    assert heights[1].tolist() == [300.0, 300.0]  # a climb is not counted on
    assert heights[2].tolist() == [-100.0, 200.0]
    assert np.isnan(heights[3]).all()
