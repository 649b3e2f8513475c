"""Who slows down to a landing place, straight, may land there; what comes too fast or goes by does not."""

import numpy as np
import pytest

from marsad.assessment.procedure_shapes import prepared
from marsad.assessment.procedure_transfers import transfers
from marsad.site.settings import settings_from_toml

SHAPES = prepared(
    settings_from_toml(
        """
[site]
id = "hospital"
name_en = "Hospital"
name_ar = "المستشفى"
latitude_deg = 33.3
longitude_deg = 44.4

[[area]]
area_id = "roof"
name_en = "Roof"
name_ar = "السطح"
use = "landing place"
centre = [33.3, 44.4]
radius_m = 100
height_m = [0, 300]
speed_mps = [0, 60]

[[area]]
area_id = "wait"
name_en = "Holding"
name_ar = "انتظار"
use = "holding"
centre = [33.3, 44.5]
radius_m = 2000
height_m = [300, 900]
speed_mps = [0, 60]
""".encode(),
        "site.toml",
    )
    .build_site()
    .procedures
)


@pytest.mark.parametrize(
    ("place", "velocity", "comes", "goes"),
    [
        ((-1000, 0), (40, 0), True, False),  # a helicopter, braking at 1 m/s²
        ((-1000, 0), (60, 0), False, False),  # a one-way drone
        ((-300, 0), (45, 0), False, False),  # one that would not stop any more
        ((-300, 0), (25, 0), True, False),
        ((-1000, 600), (40, 0), False, False),  # past it
        ((-2500, 0), (40, 0), False, False),  # not there yet
        ((500, 0), (30, 0), False, True),
        ((500, 0), (60, 0), False, False),
        ((9300, 0), (-20, 0), False, False),  # at another kind of place
    ],
)
def test_who_is_on_the_way(
    place: tuple[float, float], velocity: tuple[float, float], comes: bool, goes: bool
) -> None:
    found = transfers(np.array([place], float), np.array([velocity], float), SHAPES)
    assert (found.comes[0], found.goes[0]) == (comes, goes)


def test_without_landing_places_nobody_is() -> None:
    found = transfers(np.zeros((2, 2)), np.ones((2, 2)), prepared(()))
    assert not found.comes.any() and not found.goes.any()


WITH_ROUTE = prepared(
    settings_from_toml(
        """
[site]
id = "hospital"
name_en = "Hospital"
name_ar = "المستشفى"
latitude_deg = 33.3
longitude_deg = 44.4

[[area]]
area_id = "roof"
name_en = "Roof"
name_ar = "السطح"
use = "landing place"
centre = [33.3, 44.4]
radius_m = 100
height_m = [0, 300]
speed_mps = [0, 60]

[[corridor]]
corridor_id = "river"
name_en = "River"
name_ar = "النهر"
use = "helicopter route"
points = [[33.4, 44.375], [33.2, 44.375]]
width_m = 800
height_m = [60, 350]
speed_mps = [20, 85]
""".encode(),
        "site.toml",
    )
    .build_site()
    .procedures
)


@pytest.mark.parametrize(
    ("place", "velocity", "from_far", "turns"),
    [
        ((-2300, 0), (25, 0), True, True),  # the route leads past 2,330 m away
        ((-2300, 0), (0, 25), False, True),  # turning off it
        ((-2300, 0), (45, 0), False, False),  # not slowed down: a drone that came along it
        ((-3500, 0), (25, 0), False, False),  # further off than the route
    ],
)
def test_a_landing_place_is_come_to_from_as_far_as_the_route_past_it(
    place: tuple[float, float], velocity: tuple[float, float], from_far: bool, turns: bool
) -> None:
    found = transfers(np.array([place], float), np.array([velocity], float), WITH_ROUTE)
    assert (found.from_far[0], found.turns[0]) == (from_far, turns)


def test_without_a_route_nobody_comes_from_far() -> None:
    found = transfers(np.array([[-2300.0, 0.0]]), np.array([[25.0, 0.0]]), SHAPES)
    assert not found.from_far[0] and not found.turns[0]
