from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marsad.geo.polar import polar_from_enu
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.scenario import Emitter, Scenario
from marsad.simulate.sensing import Camera, DirectionFinder, Plot, Radar, named
from marsad.simulate.sensors import CameraSettings, DirectionFinderSettings, RadarSettings
from marsad.simulate.trajectory import Trajectory
from marsad.simulate.truth import TrueObject, Truth, truth_of

AIR = 4 / 3


def hovering(
    name: str, place: tuple[float, float, float], velocity: tuple[float, float, float]
) -> TrueObject:
    """An object that flies straight on through a place at time 0."""
    t = np.array([0.0, 10_000.0])
    v = np.array(velocity)
    path = Trajectory(t, np.array(place) + t[:, None] * v, np.array([v, v]))
    return TrueObject(name, ObjectKind.ONE_WAY_DRONE, True, path, -5.0, None, None, None)


@pytest.fixture
def standing(build: Callable[..., Scenario]) -> Callable[..., Truth]:
    """A truth of given objects."""
    empty = truth_of(build(object=[], expected={}, duration_s=4_000.0), 1)
    return lambda *objects: replace(empty, objects=objects)


@pytest.fixture
def radar(build: Callable[..., Scenario], tables: dict[str, Any]) -> Callable[..., Radar]:
    frame = build().layout.frame

    def made(truth: Truth, **settings: Any) -> Radar:
        return Radar(RadarSettings(**{**tables["radar"], **settings}), truth, frame, AIR)

    return made


def plots_of(eye: Radar | Camera | DirectionFinder, looks: int, row: int = 0) -> list[Plot]:
    return [plot for look in range(looks) for plot in eye.look(look * 1.0) if plot.row == row]


@pytest.mark.parametrize("range_m", [6_000.0, 10_000.0, 13_000.0])
def test_detection_follows_swerling_1(
    range_m: float, standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    eye = radar(standing(hovering("a", (0.0, range_m, 200.0), (0.0, 0.001, 0.0))), notch_mps=0.0)
    snr = 10 ** ((13.0 + 40 * np.log10(10_000.0 / range_m)) / 10)
    wanted = 1e-6 ** (1 / (1 + snr))
    looks = 3_000
    found = len(plots_of(eye, looks)) / looks
    assert abs(found - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / looks) + 0.003


def test_noise_has_the_stated_sigma_and_no_bias_of_its_own(
    standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    eye = radar(standing(hovering("a", (3_000.0, 2_000.0, 300.0), (0.0, 0.0, 0.0))), notch_mps=0.0)
    plots = plots_of(eye, 3_000)
    true = polar_from_enu(np.array([3_000.0, 2_000.0, 300.0]) - eye.position_enu)
    errors = np.array(
        [
            (p.range_m - true[0], p.azimuth_rad - true[1], p.elevation_rad - true[2], p.range_rate_mps)
            for p in plots
        ]
    ) / np.array([10.0, np.radians(0.5), np.radians(0.7), 0.4])
    assert len(plots) > 2_800
    assert np.abs(errors.mean(0)).max() < 0.08
    assert np.abs(errors.std(0) - 1).max() < 0.05
    assert np.abs(np.corrcoef(errors.T) - np.eye(4)).max() < 0.08


def test_bias_shifts_what_is_reported(standing: Callable[..., Truth], radar: Callable[..., Radar]) -> None:
    truth = standing(hovering("a", (0.0, 3_000.0, 200.0), (0.0, 10.0, 0.0)))
    straight, skew = (
        radar(truth).look(0.0)[0],
        radar(truth, azimuth_bias_deg=0.5, range_bias_m=30.0).look(0.0)[0],
    )
    turned = (skew.azimuth_rad - straight.azimuth_rad + np.pi) % (2 * np.pi) - np.pi
    assert turned == pytest.approx(np.radians(0.5))
    assert skew.range_m - straight.range_m == pytest.approx(30.0)


def test_false_plots_are_poisson_and_uniform(
    standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    eye = radar(
        standing(), false_plots_per_look=4.0, range_min_m=500.0, elevation_min_deg=0.0, azimuth_width_deg=90.0
    )
    looks = [eye.look(float(look)) for look in range(1_500)]
    count = np.array([len(look) for look in looks])
    assert count.mean() == pytest.approx(4.0, abs=0.2) and count.var() == pytest.approx(4.0, abs=0.5)
    plots = [plot for look in looks for plot in look]
    assert all(plot.row == -1 for plot in plots)
    place = np.array([(p.range_m, np.degrees(p.azimuth_rad), np.degrees(p.elevation_rad)) for p in plots])
    assert place.min(0) == pytest.approx([500, 0, 0], abs=15) and place.max(0) == pytest.approx(
        [15_000, 90, 90], abs=15
    )
    assert place.mean(0) == pytest.approx([7_750, 45, 45], rel=0.03)
    assert min(abs(p.range_rate_mps) for p in plots) >= 1.5


def test_what_crosses_at_no_range_rate_hides_unless_its_rotors_show(
    standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    still = hovering("a", (0.0, 2_000.0, 100.0), (0.0, 0.0, 0.0))
    copter = replace(still, kind=ObjectKind.MULTIROTOR)
    assert plots_of(radar(standing(still)), 100) == []
    assert plots_of(radar(standing(copter)), 100) == []
    assert len(plots_of(radar(standing(copter), sees_rotors=True), 100)) > 80
    assert plots_of(radar(standing(still), sees_rotors=True), 100) == []


@pytest.mark.parametrize(("height_m", "seen"), [(150.0, True), (20.0, True), (-10.0, False)])
def test_the_earth_hides_what_is_low_and_far(
    height_m: float, seen: bool, standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    # antenna 10 m: its horizon is 13.0 km; 14.5 km out something must be 0.2 m high at least
    drop = 14_500.0**2 / (2 * 6_371_000.0)
    truth = standing(hovering("a", (0.0, 14_500.0, height_m - drop), (0.0, 5.0, 0.0)))
    eye = radar(truth, reference={"range_m": 60_000.0, "rcs_dbsm": -5.0}, elevation_min_deg=-10.0)
    assert (len(plots_of(eye, 20)) > 10) is seen


def test_an_obstacle_hides_what_is_low_behind_it_also_across_north(
    standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    hill = [{"from_deg": 350.0, "to_deg": 10.0, "below_deg": 3.0}]
    low = hovering("low", (0.0, 3_000.0, 100.0), (0.0, 5.0, 0.0))
    high = hovering("high", (0.0, 3_000.0, 400.0), (0.0, 5.0, 0.0))
    aside = hovering("aside", (3_000.0, 0.0, 100.0), (5.0, 0.0, 0.0))
    eye = radar(standing(low, high, aside), obstacles=hill)
    assert [len(plots_of(eye, 20, row)) > 10 for row in range(3)] == [False, True, True]


def test_limits_of_range_elevation_and_sector(
    standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    places = [(0.0, 400.0, 50.0), (0.0, 3_000.0, 50.0), (0.0, 1_000.0, 5_000.0), (-3_000.0, 0.0, 50.0)]
    truth = standing(*(hovering(str(k), place, (0.1, 5.0, 0.0)) for k, place in enumerate(places)))
    eye = radar(
        truth, range_min_m=500.0, elevation_max_deg=40.0, azimuth_from_deg=300.0, azimuth_width_deg=120.0
    )
    rows = {plot.row for look in range(20) for plot in eye.look(float(look))}
    assert rows == {1}


def test_two_within_the_resolution_are_one_plot(
    standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    near = [hovering(name, (0.0, 3_000.0 + k * 5, 200.0), (0.0, 10.0, 0.0)) for k, name in enumerate("ab")]
    eye = radar(standing(*near), resolution_m=200.0, resolution_deg=5.0)
    assert max(len(eye.look(float(look))) for look in range(50)) == 1
    sharp = radar(standing(*near), resolution_m=0.0)
    assert max(len(sharp.look(float(look))) for look in range(50)) == 2


def test_a_rotating_radar_reports_when_its_beam_passes(
    standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    east = hovering("east", (3_000.0, 0.0, 200.0), (10.0, 0.0, 0.0))
    eye = radar(standing(east), rotating=True, period_s=2.0)
    plots = [plot for look in range(20) for plot in eye.look(look * 2.0)]
    assert plots and all((plot.t_s % 2.0) == pytest.approx(0.5, abs=0.02) for plot in plots)


def test_adding_an_object_changes_no_others_plots(
    standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    one = hovering("one", (2_000.0, 5_000.0, 200.0), (0.0, -20.0, 0.0))
    two = hovering("two", (-4_000.0, 3_000.0, 200.0), (10.0, 0.0, 0.0))
    alone = plots_of(radar(standing(one), false_plots_per_look=2.0), 50)
    together = plots_of(radar(standing(two, one), false_plots_per_look=2.0), 50, row=1)
    assert [plot._replace(row=0) for plot in together] == alone


def test_a_classifier_is_as_right_as_it_says(
    standing: Callable[..., Truth], radar: Callable[..., Radar]
) -> None:
    eye = radar(
        standing(hovering("a", (0.0, 3_000.0, 200.0), (0.0, 0.0, 0.0))), notch_mps=0.0, classifies=0.7
    )
    plots = plots_of(eye, 1_500)
    said = [dict(plot.classes) for plot in plots]
    assert all(sum(classes.values()) == pytest.approx(1.0, abs=1e-3) for classes in said)
    right = np.mean([classes["owa"] == classes["fixedwing_small"] == 0.35 for classes in said])
    assert right == pytest.approx(0.7, abs=0.05)


def test_the_direction_finder_hears_emitters_only_and_as_far_as_their_power_reaches(
    build: Callable[..., Scenario], standing: Callable[..., Truth], tables: dict[str, Any]
) -> None:
    silent = hovering("silent", (0.0, 3_000.0, 200.0), (0.0, 0.0, 0.0))
    loud = replace(hovering("loud", (3_000.0, 0.0, 200.0), (0.0, 0.0, 0.0)), emitter=Emitter(power_dbm=20.0))
    weak = replace(loud, object_id="weak", emitter=Emitter(power_dbm=5.0))
    burst = replace(loud, object_id="burst", emitter=Emitter(power_dbm=20.0, period_s=10.0, burst_s=2.0))
    settings = DirectionFinderSettings(**tables["finder"])
    eye = DirectionFinder(settings, standing(silent, loud, weak, burst), build().layout.frame, AIR)
    plots = [plot for look in range(400) for plot in eye.look(float(look))]
    heard = [sum(plot.row == row for plot in plots) for row in range(4)]
    # 15 dB less reaches 8 km · 10^(-15/25) = 2 km
    assert heard[0] == 0 and heard[2] == 0
    assert heard[1] == pytest.approx(340, abs=30) and heard[3] == pytest.approx(68, abs=20)
    assert all(np.isnan([plot.range_m, plot.elevation_rad, plot.range_rate_mps]).all() for plot in plots)
    bearing = np.degrees([plot.azimuth_rad for plot in plots if plot.row == 1])
    assert bearing.mean() == pytest.approx(90.0, abs=0.6) and bearing.std() == pytest.approx(3.0, abs=0.4)


def test_a_camera_sees_as_far_as_the_size_fills_its_pixels(
    build: Callable[..., Scenario], standing: Callable[..., Truth], tables: dict[str, Any]
) -> None:
    # 2.5 m at 0.3 mrad and two pixels: 4.17 km
    near = hovering("near", (0.0, 4_000.0, 200.0), (0.0, 0.0, 0.0))
    far = hovering("far", (4_400.0, 0.0, 200.0), (0.0, 0.0, 0.0))
    close = hovering("close", (-900.0, 0.0, 200.0), (0.0, 0.0, 0.0))
    eye = Camera(CameraSettings(**tables["camera"]), standing(near, far, close), build().layout.frame, AIR)
    plots = [plot for look in range(600) for plot in eye.look(float(look))]
    assert [sum(plot.row == row for plot in plots) > 0 for row in range(3)] == [True, False, True]
    assert all(np.isnan(plot.range_m) and not np.isnan(plot.elevation_rad) for plot in plots)
    right = [
        np.mean([dict(p.classes)["owa"] == max(v for _, v in p.classes) for p in plots if p.row == row])
        for row in (0, 2)
    ]
    assert right[0] == pytest.approx(0.4, abs=0.1) and right[1] == pytest.approx(0.9, abs=0.06)


def one_by_one(eye: Radar, t_s: float) -> list[Plot]:
    """The plots of what flies at a look, each by itself in plain numbers, unresolved: the specification."""
    settings, truth, plots = eye.settings, eye.truth, []
    rows = truth.flying(t_s)
    glimpse = eye.glimpse(rows, np.full(len(rows), t_s))
    for k, row in enumerate(glimpse.rows.tolist()):
        item, random = truth.objects[row], eye.stream(row)
        power, noise = random.standard_exponential(), random.standard_normal(4)
        distance, azimuth, elevation = (float(x) for x in glimpse.polar[k])
        point = settings.reference
        decibels = point.snr_db + 40 * np.log10(point.range_m / max(distance, 1.0))
        strength = power * (1 + 10 ** ((decibels + item.rcs_dbsm - point.rcs_dbsm) / 10))
        rate = float(glimpse.range_rate_mps[k])
        hidden = abs(rate) < settings.notch_mps and not (settings.sees_rotors and item.physique.rotors)
        if hidden or strength < -np.log(settings.false_alarm_probability):
            continue
        plots.append(
            Plot(
                float(glimpse.t_s[k]),
                eye.biased(azimuth + np.radians(settings.azimuth_sigma_deg) * noise[1]),
                max(distance + settings.range_bias_m + settings.range_sigma_m * float(noise[0]), 1.0),
                elevation + float(np.radians(settings.elevation_sigma_deg) * noise[2]),
                rate + settings.range_rate_sigma_mps * float(noise[3]),
                named(item, settings.classifies, random) if settings.classifies else (),
                row,
            )
        )
    return plots


def resolved(settings: RadarSettings, plots: list[Plot]) -> list[Plot]:
    """What is left of them: the first of each that are closer than the radar resolves."""
    kept: list[Plot] = []
    for plot in plots:
        turns = [abs((plot.azimuth_rad - one.azimuth_rad + np.pi) % (2 * np.pi) - np.pi) for one in kept]
        if not any(
            abs(plot.range_m - one.range_m) < settings.resolution_m
            and turn < np.radians(settings.resolution_deg)
            for one, turn in zip(kept, turns, strict=True)
        ):
            kept.append(plot)
    return kept


@pytest.mark.parametrize("rotors", [False, True])
def test_plots_made_together_are_to_the_bit_those_made_one_by_one(
    standing: Callable[..., Truth], radar: Callable[..., Radar], rotors: bool
) -> None:
    random = np.random.default_rng(5)
    crowd = [
        replace(
            hovering(
                f"n{k}",
                (float(east), float(north), 150.0),
                (float(speed), 0.0, 0.0) if k % 3 else (0.0, 0.0, 0.0),
            ),
            kind=ObjectKind.MULTIROTOR if k % 2 else ObjectKind.LARGE_BIRD,
            rcs_dbsm=-12.0,
        )
        for k, (east, north, speed) in enumerate(
            random.uniform((-900, 1_000, -30), (900, 4_000, 30), (60, 3))
        )
    ]
    more: dict[str, Any] = {
        "classifies": 0.7,
        "azimuth_bias_deg": 0.5,
        "range_bias_m": 3.0,
        "false_plots_per_look": 0.0,
        "resolution_m": 120.0,
        "resolution_deg": 4.0,
        "notch_mps": 1.0,
        "sees_rotors": rotors,
    }
    together, apart = radar(standing(*crowd), **more), radar(standing(*crowd), **more)
    merged = 0
    for look in range(40):
        single = one_by_one(apart, float(look))
        left = resolved(apart.settings, single)
        merged += len(single) - len(left)
        wanted = sorted(left, key=lambda plot: (plot.t_s, plot.azimuth_rad))
        assert together.look(float(look)) == wanted
    assert merged > 20
