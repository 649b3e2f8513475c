"""How routes are flown: wobbling by manner, arriving all the same; and what does not exist is not seen."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from marsad.simulate.kinds import ObjectKind
from marsad.simulate.manner import Manner, flown_so
from marsad.simulate.scenario import Scenario
from marsad.simulate.sensing import Camera, Radar
from marsad.simulate.truth import Truth, truth_of

Build = Callable[..., Scenario]


def flown(build: Build, drone: dict[str, Any], **tables: Any) -> Truth:
    return truth_of(build(object=[{**drone, **tables}]), 1)


def test_exactly_is_as_drawn(build: Build, tables: dict[str, Any]) -> None:
    plain, exact = (flown(build, tables["drone"], **kind) for kind in ({}, {"manner": "exact"}))
    assert np.array_equal(plain.objects[0].planned.position_enu, exact.objects[0].planned.position_enu)


@pytest.mark.parametrize(("manner", "aside"), [(Manner.AUTOMATIC, (1.0, 8.0)), (Manner.MANUAL, (4.0, 25.0))])
def test_it_wobbles_and_arrives(
    build: Build, tables: dict[str, Any], manner: Manner, aside: tuple[float, float]
) -> None:
    plain = flown(build, tables["drone"]).objects[0].planned
    path = flown(build, tables["drone"], manner=manner).objects[0].planned
    t_s = np.arange(0.0, plain.end_s, 0.5)
    apart = path.state(t_s)[0] - plain.state(t_s)[0]
    across = apart @ np.array([np.cos(np.pi / 4), -np.sin(np.pi / 4), 0.0])  # the drone comes from 45 degrees
    assert aside[0] < float(across.std()) < aside[1]
    assert float(np.linalg.norm(apart[-1])) < 5.0 and path.end_s == plain.end_s


def test_its_velocity_is_the_derivative_of_its_path(build: Build, tables: dict[str, Any]) -> None:
    path = flown(build, tables["drone"], manner="manual").objects[0].planned
    t_s = np.arange(10.0, 100.0, 0.25)
    later, _ = path.state(t_s + 1e-4)
    now, velocity = path.state(t_s)
    assert np.abs((later - now) / 1e-4 - velocity).max() < 0.1
    acceleration = np.diff(velocity, axis=0) / 0.25
    assert float(np.linalg.norm(acceleration, axis=1).max()) < 25.0  # by hand, at 50 m/s


def test_what_hovers_stays_about_its_place(build: Build, tables: dict[str, Any]) -> None:
    points = tables["drone"]["waypoints"]
    stop = {**points[0], "range_m": 4_000.0, "speed_mps": 12.0, "hold_s": 60.0}
    way = [{**points[0], "speed_mps": 12.0}, stop, {**points[1], "speed_mps": 12.0}]
    truth = flown(build, tables["drone"], kind="multirotor", waypoints=way, manner="manual")
    path = truth.objects[0].planned
    still = np.hypot(*path.velocity_enu[:, :2].T) < 2.0
    place = path.position_enu[still][:, :2]
    assert still.sum() * 0.5 > 50.0
    assert float(np.abs(place - np.median(place, axis=0)).max()) < 25.0


def test_a_wobble_is_drawn_from_its_own_stream(build: Build, tables: dict[str, Any]) -> None:
    plain = flown(build, tables["drone"]).objects[0].planned
    one, other = (
        flown_so(plain, ObjectKind.MULTIROTOR, Manner.MANUAL, np.random.default_rng(seed)) for seed in (1, 2)
    )
    assert not np.array_equal(one.position_enu, other.position_enu)


def test_nobody_sees_a_phantom(build: Build, tables: dict[str, Any]) -> None:
    phantom = {**tables["drone"], "kind": "phantom", "hostile": False, "rcs_dbsm": None}
    scenario = build(object=[phantom], camera=[tables["camera"]], expected={})
    truth, air = truth_of(scenario, 1), (scenario.layout.frame, 4 / 3)
    for eye in (Radar(scenario.file.radar[0], truth, *air), Camera(scenario.file.camera[0], truth, *air)):
        assert not [plot for t_s in np.arange(0.0, 155.0, 0.5) for plot in eye.look(float(t_s))]
