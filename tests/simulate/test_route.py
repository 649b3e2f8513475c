import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.geo.local import LocalFrame
from marsad.simulate.route import RouteError, Turning, fly, profile
from marsad.simulate.seeding import generator
from marsad.simulate.wander import Haunt, flock

FRAME = LocalFrame(33.0, 44.0, 50.0)
TURN = np.radians(6.0)


def square(speed: float = 50.0) -> list[Turning]:
    corners = [(0, 0), (5000, 0), (5000, 5000), (0, 5000)]
    return [Turning(float(e), float(n), 200.0 + k * 50, speed) for k, (e, n) in enumerate(corners)]


@settings(max_examples=30, deadline=None)
@given(
    heading=st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=5),
    speed=st.floats(5.0, 80.0),
    climb=st.floats(-100.0, 100.0),
)
def test_velocity_is_the_derivative_and_turns_keep_the_limit(
    heading: list[float], speed: float, climb: float
) -> None:
    points, place, course = [Turning(0.0, 0.0, 500.0, speed)], np.zeros(2), 0.0
    for turn in heading:
        course += turn
        place = place + 4000 * np.array([np.sin(course), np.cos(course)])
        points.append(Turning(float(place[0]), float(place[1]), 500.0 + climb, speed))
    path = fly(points, FRAME, TURN, 2.0)
    t = np.linspace(path.start_s + 0.1, path.end_s - 0.1, 400)
    before, _ = path.state(t - 0.01)
    after, _ = path.state(t + 0.01)
    _, velocity = path.state(t)
    assert np.abs((after - before) / 0.02 - velocity).max() < 0.05 + 1e-4 * speed
    ground = np.hypot(velocity[:, 0], velocity[:, 1])
    assert np.allclose(ground, speed, rtol=2e-3)
    course_then = np.unwrap(np.arctan2(velocity[:, 0], velocity[:, 1]))
    assert np.abs(np.diff(course_then) / np.diff(t)).max() <= TURN * 1.02


def test_route_begins_and_ends_at_its_ends_and_cuts_corners_by_little() -> None:
    path = fly(square(), FRAME, TURN, 2.0, depart_s=30.0)
    assert path.start_s == 30.0
    assert np.allclose(path.state(path.start_s)[0][:2], (0, 0), atol=1e-6)
    assert np.allclose(path.state(path.end_s)[0][:2], (0, 5000), atol=1e-6)
    t = np.linspace(path.start_s, path.end_s, 5000)
    nearest = np.hypot(*(path.state(t)[0][:, :2] - (5000, 0)).T).min()
    radius = 50.0 / TURN
    assert nearest == pytest.approx(radius * (np.sqrt(2) - 1), rel=0.01)


def test_holding_stands_still_for_the_time_asked() -> None:
    points = [Turning(0, 0, 100, 10), Turning(0, 500, 120, 10, hold_s=30), Turning(400, 500, 120, 10)]
    path = fly(points, FRAME, np.radians(45), 2.0)
    t = np.arange(path.start_s, path.end_s, 0.1)
    speed = np.hypot(*path.state(t)[1][:, :2].T)
    still = t[speed < 1e-6]
    assert still[-1] - still[0] == pytest.approx(30.0, abs=0.3)
    assert speed.max() <= 10.0 + 1e-6
    assert np.abs(np.diff(speed) / 0.1).max() < 2.5


def test_height_is_above_the_ellipsoid_however_far_out() -> None:
    points = [Turning(-150_000.0, 20_000.0, 10_000.0, 230.0), Turning(150_000.0, 20_000.0, 10_000.0, 230.0)]
    path = fly(points, FRAME, np.radians(1.5), 0.7)
    t = np.linspace(path.start_s, path.end_s, 300)
    position, velocity = path.state(t)
    assert np.abs(FRAME.geodetic_from_enu(position)[2] - 10_000.0).max() < 0.01
    assert position[0, 2] < 8_500  # the earth has dropped away below the plane
    assert velocity[0, 2] > 4.0 and velocity[-1, 2] < -4.0


def test_a_turn_too_tight_says_where_and_by_how_much() -> None:
    points = [Turning(0, 0, 100, 50), Turning(0, 300, 100, 50), Turning(300, 300, 100, 50)]
    with pytest.raises(RouteError, match=r"waypoint 2: turning by 90° at 50 m/s needs 477 m .* 300 m"):
        fly(points, FRAME, TURN, 2.0)


def test_turning_straight_back_is_refused() -> None:
    points = [Turning(0, 0, 100, 50), Turning(0, 9000, 100, 50), Turning(0, 0, 100, 50)]
    with pytest.raises(RouteError, match="waypoint 2"):
        fly(points, FRAME, TURN, 2.0)


@pytest.mark.parametrize("points", [[Turning(0, 0, 1, 5)], [Turning(0, 0, 1, 5), Turning(0, 0.5, 1, 5)]])
def test_routes_without_length_are_refused(points: list[Turning]) -> None:
    with pytest.raises(RouteError):
        fly(points, FRAME, TURN, 2.0)


def test_birds_wander_about_their_haunt_at_their_speed() -> None:
    haunt = Haunt(1000.0, -500.0, 600.0, 70.0, 200.0, 14.0, float(np.radians(6)))
    members = [generator(1, "bird", str(k)) for k in range(3)]
    paths = flock(haunt, FRAME, 10.0, 1810.0, members, generator(1, "leader"))
    t = np.linspace(10.0, 1800.0, 4000)
    states = [path.state(t) for path in paths]
    for position, velocity in states:
        away = np.hypot(position[:, 0] - 1000.0, position[:, 1] + 500.0)
        assert away.max() < 1500.0
        assert position[:, 2].min() > 0.0
        speed = np.hypot(velocity[:, 0], velocity[:, 1])
        assert abs(speed.mean() - 14.0) < 1.0 and speed.min() > 5.0 and speed.max() < 23.0
    late, early = paths[0].state(t[:-1] + 0.005)[0], paths[0].state(t[:-1])[0]
    middle = paths[0].state(t[:-1] + 0.0025)[1]
    assert np.abs((late - early) / 0.005 - middle).max() < 0.01
    spread = np.linalg.norm(states[0][0] - states[1][0], axis=1)
    assert 1.0 < np.median(spread) < 80.0


@given(heights=st.lists(st.floats(-500.0, 5_000.0), min_size=2, max_size=6), data=st.data())
def test_heights_pass_the_waypoints_and_overshoot_none(heights: list[float], data: st.DataObject) -> None:
    legs = data.draw(st.lists(st.floats(10.0, 9_000.0), min_size=len(heights) - 1, max_size=len(heights) - 1))
    stations, wanted = np.concatenate([[0.0], np.cumsum(legs)]), np.array(heights)
    assert np.allclose(profile(stations, wanted, stations)[0], wanted, atol=1e-6)
    for k in range(len(legs)):
        along = np.linspace(stations[k], stations[k + 1], 50)
        height, slope = profile(stations, wanted, along)
        low, high = sorted(wanted[k : k + 2])
        assert height.min() >= low - 1e-6 and height.max() <= high + 1e-6
        assert np.allclose(
            np.gradient(height, along)[1:-1], slope[1:-1], atol=0.02 * (1e-6 + np.ptp(slope)) + 1e-6
        )
