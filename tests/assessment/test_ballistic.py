"""Impact prediction: against closed forms and against the dice."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marsad.assessment import AssessmentSettings, falling
from marsad.assessment.ballistic import BallisticLimits, Impact, impact, zone_offset, zone_probability
from marsad.assessment.falling import falls
from marsad.assessment.shapes import ZoneShapes
from marsad.model.ballistic import GRAVITY_MPS2
from marsad.model.threat import Level

LIMITS = BallisticLimits()
STILL = np.zeros((1000, 2)), np.zeros(1000)


def flight(state: list[float], coefficient: float, step_s: float = 0.01) -> np.ndarray:
    """A true flight in small steps, (t,6), until it is on the ground."""
    now = np.array(state, float)
    out: list[np.ndarray] = []
    while now[2] >= 0 or len(out) < 10:
        out.append(now.copy())
        pull = np.empty(3)
        falling._pull.py_func(now[2], now[3:], np.zeros(2), coefficient, pull)
        now[:3] += step_s * now[3:] + 0.5 * step_s**2 * pull
        now[3:] += step_s * pull
    return np.array(out)


def test_without_air_it_is_a_parabola() -> None:
    ((east, north, time_s),) = falls(
        np.array([[0.0, 10, 0, 100, 0, 200]]), np.array([1e12]), np.zeros((1, 2)), np.zeros(1), 0.25, 150.0
    )
    assert time_s == pytest.approx(2 * 200 / GRAVITY_MPS2, abs=0.01)
    assert east == pytest.approx(100 * time_s, abs=1) and north == 10


def test_compiled_and_plain_kernel_are_equal() -> None:
    states = np.random.default_rng(3).normal([0, 0, 1000, 150, 50, 100], 30, (8, 6))
    beta = np.linspace(3000, 10000, 8)
    # fused multiply-add may move the last digits
    wind, ground = np.linspace(-9, 9, 16).reshape(8, 2), np.linspace(-50, 80, 8)
    assert falls(states, beta, wind, ground, 0.25, 150.0) == pytest.approx(
        falls.py_func(states, beta, wind, ground, 0.25, 150.0), rel=1e-9
    )


def test_what_does_not_come_down_within_the_horizon_has_no_impact() -> None:
    place = impact(np.array([[0.0, 0, 0, 0, 0, 900]]), np.eye(6)[None], replace_limits(horizon_s=20))
    assert np.isnan(place.time_s).all()
    shapes = ZoneShapes(
        ("z",), np.zeros((1, 2)), np.array([1e6]), np.ones(1), np.zeros(1, bool),
        np.array([0]), np.empty(0, np.int64), np.empty((0, 3, 2)),
    )  # fmt: skip
    assert zone_probability(place, shapes, 100.0)[0, 0] == 0


def replace_limits(**values: float) -> BallisticLimits:
    return LIMITS.model_copy(update=values)


def test_predicted_spread_is_the_spread_of_true_impacts() -> None:
    truth = flight([-6000, 0, 0, 220, 10, 230], 6000.0)
    state = truth[1000]
    covariance = np.diag([10.0, 10, 10, 2, 2, 2]) ** 2
    calm = replace_limits(coefficient_sigma=0.2, wind_sigma_mps=0.0)
    place = impact(state[None], covariance[None], calm)
    dice = np.random.default_rng(4)
    draws = dice.multivariate_normal(state, covariance, 1000)
    real = falls(draws, np.exp(dice.normal(np.log(6000), 0.2, 1000)), *STILL, 0.05, 150.0)
    assert place.place_enu[0] == pytest.approx(real[:, :2].mean(axis=0), abs=20)
    spread = np.sqrt(np.diag(np.cov(real[:, :2].T)))
    assert np.sqrt(np.diag(place.covariance[0])) == pytest.approx(spread, rel=0.15)
    assert place.time_sigma_s[0] == pytest.approx(real[:, 2].std(), rel=0.2)


def test_zone_probability_of_circles_and_polygons(air: Any) -> None:
    shapes = ZoneShapes.of(air.site)
    place = Impact(
        np.array([[60.0, 0.0]]), np.diag([100.0**2, 60.0**2])[None], np.array([20.0]), np.array([1.0])
    )
    draws = np.random.default_rng(6).multivariate_normal([60, 0], np.diag([100.0**2, 60.0**2]), 40_000)
    found = zone_probability(place, shapes, 100.0)[0]
    assert found[0] == pytest.approx((np.hypot(*draws.T) <= 250).mean(), abs=0.01)
    box = np.maximum(np.maximum([400, 400] - draws, draws - [700, 600]), 0)
    assert found[1] == pytest.approx((np.hypot(*box.T) <= 100).mean(), abs=0.005)
    assert zone_offset(place, shapes)[0] == pytest.approx([0.0, np.hypot(340, 400)])


@pytest.mark.parametrize("coefficient", [3500.0, 6000.0, 10000.0])
def test_rocket_is_told_of_within_five_seconds_and_the_right_zone_warned_with_time_for_cover(
    air: Any, coefficient: float
) -> None:
    aim = flight([0, 0, 0, 200, 0, 240], coefficient)[-1]
    truth = flight([-aim[0], 0, 0, 200, 0, 240], coefficient)  # comes down on the first zone
    far = replace(air.site.zones[1], zone_id="far", corners_enu=(), centre_enu=(0.0, 6000.0), radius_m=150.0)
    assessor = air.assessor(site=replace(air.site, zones=(air.site.zones[0], far)))
    found = air.fly(
        lambda seconds: truth[200 + round(seconds * 100)],
        24,
        step_s=0.25,
        assessor=assessor,
        sigma=(8.0, 2.0),
        sigma_up=(8.0, 2.0),
        hear=lambda seconds, state: [air.detection(seconds, state)],
    )
    told, warned = (
        next(number for number, one in enumerate(found) if one.level >= level) / 4
        for level in (Level.ALERT, Level.WARN)
    )
    assert told <= 5.0 and len(truth) / 100 - 2 - warned >= 20.0
    last = found[-1]
    assert last.class_name == "ballistic" and last.rule.code == "rule.warn_impact"
    zones = {zone.zone_id: zone for zone in last.zones}
    assert zones["hq"].level is Level.WARN and zones["far"].level is not Level.WARN
    left = len(truth) / 100 - 2 - 23.75
    assert zones["hq"].time_low_s - 2 <= left <= zones["hq"].time_high_s + 2


def test_rocket_that_falls_elsewhere_is_an_alert_without_warning(air: Any) -> None:
    truth = flight([-6000, 4000, 0, -200, 0, 240], 6000.0)
    found = air.fly(
        lambda seconds: truth[200 + round(seconds * 100)],
        12, step_s=0.25, sigma=(8.0, 2.0), sigma_up=(8.0, 2.0),
    )  # fmt: skip
    assert found[-1].level is Level.ALERT and found[-1].rule.code == "rule.alert_ballistic"


def test_the_whole_site_is_warned_when_time_runs_out_before_the_place_is_known(air: Any) -> None:
    limits = AssessmentSettings().ballistic.model_copy(
        update={"unconverged_sigma_m": 150.0, "warn_impact": 1.0, "warn_impact_wide": 1.0}
    )
    assessor = air.assessor(AssessmentSettings(ballistic=limits))
    aim = flight([0, 0, 0, 200, 0, 150], 6000.0)[-1]
    truth = flight([200 - aim[0], 0, 0, 200, 0, 150], 6000.0)
    steps = (len(truth) // 100 - 4) * 4
    found = air.fly(
        lambda seconds: truth[100 + round(seconds * 100)],
        steps / 4, step_s=0.25, assessor=assessor, sigma=(60.0, 8.0), sigma_up=(60.0, 8.0),
    )  # fmt: skip
    rules = {one.rule.code for one in found if one.level is Level.WARN}
    assert "rule.warn_whole_site" in rules
