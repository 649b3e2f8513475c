"""Looks of one sensor in quick succession: what they are worth, what misses cost, what is learned of them."""

from collections.abc import Callable
from dataclasses import replace
from math import exp, radians, tanh
from typing import Any

import numpy as np
import pytest

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import Tracker, TrackingSettings, comparing, ties
from marsad.tracking.comparing import learned
from marsad.tracking.existence import SensorModel
from marsad.tracking.registration.settings import RegistrationSettings
from marsad.tracking.store import TrackStore
from marsad.tracking.ties import COMPARED, Tied, Ties, discounted, parted, sight_of

PERIOD_S, SPELL_S, SHARE = 0.1, 5.0, 0.9
SECOND = 1_000_000_000


def of_spells(stays: float, lost: float = 0.0) -> Ties:
    return Ties(0.0, stays, SHARE / ties.CLEAR_HIT, lost, False, np.empty((0, COMPARED)))


def existence_after(looks: list[bool], stays: float, existence: float = 0.999, lost: float = 0.0) -> float:
    """What is left after looks that each saw (and were no false plots) or missed."""
    visible, clear, bond = 1.0, 1.0, of_spells(stays, lost)
    past = TrackStore(1, 6, 1).grow(1)
    for seen in looks:
        past.visibility[:], past.clear[:] = visible, clear
        believed, detect, still, now = sight_of(past, 0, np.array([SHARE]), 0.8, bond)[0]
        if seen:
            existence, visible, clear = 1 - (1 - existence) / 100, 1.0, 1.0
            continue
        charged = believed * detect
        existence *= (1 - charged) / (1 - existence * charged)
        both = believed * (1 - detect) / (1 - charged)
        visible, clear = parted(still, now, detect, 1.0, both)
    return existence


def test_a_spell_of_misses_costs_what_its_beginning_is_rare_and_little_more() -> None:
    stays = exp(-PERIOD_S / SPELL_S)
    first, spell = existence_after([False] * 5, stays), existence_after([False] * 50, stays)
    assert existence_after([False] * 3, 1e-12) < 0.51  # three independent misses end a track in doubt
    odds = 0.999 / 0.001
    cost = (spell / (1 - spell)) / odds
    # the chance that a spell begins in a look, and that it has not ended since
    begins = (1 - SHARE) / SPELL_S * PERIOD_S
    assert cost == pytest.approx(begins * exp(-SHARE * 50 * PERIOD_S / SPELL_S), rel=0.5)
    assert first > spell


def test_looks_far_apart_are_independent() -> None:
    alone = existence_after([False] * 4, 1e-12, 1 - 1e-9)
    odds = alone / (1 - alone) / ((1 - 1e-9) / 1e-9)
    assert odds == pytest.approx((1 - SHARE) ** 4, rel=1e-3)


def test_no_silence_of_one_sensor_makes_sure_that_what_it_saw_is_gone() -> None:
    stays, lost = exp(-PERIOD_S / 1.5), 1 - exp(-PERIOD_S / ties.HIDDEN_S)
    sure = 1 - 1e-6
    assert existence_after([False] * 600, stays, sure) < 1e-6
    assert existence_after([False] * 600, stays, sure, lost) > 0.8


@pytest.mark.parametrize("apart_s", [0.05, 0.5, 5.0])
def test_plots_count_as_what_they_are_worth(apart_s: float) -> None:
    values, sigmas = np.array([[1000.0, 0.1, 0.2, np.nan]]), np.array([[10.0, 0.01, 0.01, np.nan]])
    seen_ns, density = np.array([0.0, -np.inf]), np.array([[0.5, 0.2], [0.5, 0.2]])
    track, plot = np.array([0, 1]), np.array([0, 0])
    rows, dense, more, errors = discounted(
        track, plot, density, values, sigmas, seen_ns, round(apart_s * SECOND), 2.0
    )
    worth = tanh(apart_s / 4.0)
    assert rows.tolist() == [0, 1] and np.array_equal(more[0], values[0], equal_nan=True)
    assert errors[0, :3] == pytest.approx(sigmas[0, :3] / worth**0.5)
    assert errors[1, :3] == pytest.approx(sigmas[0, :3])  # never seen by it: in full
    assert dense[0] == pytest.approx(density[0] ** worth) and dense[1] == pytest.approx(density[1])


def test_what_is_learned_comes_from_pairs_and_is_bounded() -> None:
    tied = Tied.of(1.0, 3.0)
    alike, apart = np.zeros((1, COMPARED)), np.zeros((1, COMPARED))
    alike[0] = 0.95 * 400, 400.0, 0.9 * 400, 0.895 * 400, 400.0, 0.5 * 400
    apart[0] = 0.0, 400.0, 0.9 * 400, 0.81 * 400, 400.0, 0.5 * 400
    lasting, fresh = learned(tied, alike, 1.0, 3.0), learned(tied, apart, 1.0, 3.0)
    assert 4.0 < lasting.error_s < 10.0 and 5.0 < lasting.miss_s < 12.0
    assert fresh.error_s == 0.0 and fresh.miss_s < 0.3
    assert learned(tied, alike, None, None)[:2] == tied[:2]  # the site has said it
    same = alike.copy()
    same[0, 0] = 400.0
    assert learned(tied, same, 1.0, 3.0).error_s == comparing.ERROR_MAX_S


def camera(error_s: float | None = None, miss_s: float | None = None) -> Sensor:
    cover = Coverage(
        range_max_m=12e3,
        elevation_min_rad=-0.2,
        elevation_max_rad=1.0,
        detection_probability=(SHARE, SHARE),
        clutter_per_scan=0.1,
        scan_period_s=PERIOD_S,
    )
    sigmas = (np.nan, radians(0.1), radians(0.1), np.nan)
    sensor = Sensor("camera", "", SensorKind.CAMERA, "", (500.0, 0.0, 10.0), cover, sigmas)
    return replace(sensor, error_correlation_s=error_s, miss_correlation_s=miss_s)


def looks(
    world: Any, tracker: Tracker, error_s: float, miss_s: float, lasts_s: float = 60.0, late: int = -1
) -> None:
    """Play a radar and a camera whose errors and misses last so long (0: independent) over two objects.

    late: a look of the camera that comes five later than it should.
    """
    kept: list[Scan] = []
    random, state = world.rng, np.array([[4e3, 3e3, 300, -20.0, 5, 0], [-3e3, 4e3, 250, 10, -15, 0]])
    stays = exp(-PERIOD_S / error_s) if error_s else 0.0
    error, blind = random.standard_normal((2, 2)), np.zeros(2, bool)
    place, turn = np.array([500.0, 0, 10]), radians(0.1)
    for k in range(round(lasts_s / PERIOD_S)):
        t_s = k * PERIOD_S
        now = state + np.hstack([state[:, 3:] * t_s, np.zeros((2, 3))])
        if k % 10 == 0:
            tracker.observe(world.polar_scan(t_s, now, false=3))
        error = stays * error + (1 - stays**2) ** 0.5 * random.standard_normal((2, 2))
        ends = PERIOD_S / miss_s if miss_s else 1.0
        draw = random.random(2)
        begins = ends * (1 - SHARE) / SHARE if miss_s else 1 - SHARE
        blind = np.where(blind & (miss_s > 0), draw > ends, draw < begins)
        offset = now[:, :3] - place
        values = np.full((2, 6), np.nan)
        values[:, 1] = np.arctan2(offset[:, 0], offset[:, 1]) + turn * error[:, 0]
        values[:, 2] = np.arctan2(offset[:, 2], np.hypot(*offset[:, :2].T)) + turn * error[:, 1]
        values = values[~blind]
        t_ns = round((t_s + 0.05) * SECOND)
        sigmas = np.where(np.isnan(values), np.nan, turn)
        scan = Scan("camera", t_ns, Measurement.POLAR, values, sigmas, ("",) * len(values))
        if k == late:
            kept.append(scan)
        else:
            tracker.observe(scan)
        if k == late + 5 and kept:
            tracker.observe(kept.pop())


@pytest.mark.parametrize(("error_s", "miss_s"), [(0.0, 0.0), (3.0, 5.0)])
def test_how_long_errors_and_misses_last_is_learned(
    error_s: float, miss_s: float, world: Any, make_tracker: Callable[..., Tracker]
) -> None:
    tracker = make_tracker(world.radar(), camera())
    looks(world, tracker, error_s, miss_s)
    found_error_s, found_miss_s = tracker.correlation_s("camera")
    assert tracker.correlation_s("radar") == tracker.correlation_s("nobody") == (0.0, 0.0)
    if error_s:
        assert 1.0 < found_error_s < 6.0 and 1.5 < found_miss_s < 15.0
    else:
        assert found_error_s < 0.4 and found_miss_s < 0.6
    table = tracker.table(60 * SECOND)
    assert table.confirmed.sum() == 2


def test_what_the_site_says_stays(world: Any, make_tracker: Callable[..., Tracker]) -> None:
    tracker = make_tracker(world.radar(), camera(2.0, 4.0))
    looks(world, tracker, 0.0, 0.0, 20.0)
    assert tracker.correlation_s("camera") == (2.0, 4.0)
    tracker.set_sensor(camera())
    assert tracker.correlation_s("camera") == (1.0, 3.0)  # said no more: as its kind
    unlearned = make_tracker(world.radar(), camera(), learn_correlation=False)
    looks(world, unlearned, 3.0, 5.0, 20.0)
    assert unlearned.correlation_s("camera") == (1.0, 3.0)


def test_kinds_have_their_times_and_the_site_may_change_one() -> None:
    settings = TrackingSettings(miss_correlation_s={SensorKind.CAMERA: 0.0})
    assert settings.miss_correlation_s[SensorKind.RADIO_FREQUENCY] == 3.0
    tied = SensorModel.of(camera(), None, 0, settings).tied
    assert (tied.error_s, tied.miss_s) == (1.0, 0.0)
    estimates = replace(camera(), decorrelation_s=5.0)
    assert SensorModel.of(estimates, None, 0, settings).tied.error_s == 0.0
    with pytest.raises(ValueError, match=r"error_correlation_s of camera is -1\.0: 0 to 60 seconds"):
        TrackingSettings(error_correlation_s={SensorKind.CAMERA: -1.0})


def test_a_late_look_teaches_what_it_would_have_in_time(
    world: Any, make_tracker: Callable[..., Tracker]
) -> None:
    """Looks go back and forth; what was learned goes with them."""
    in_time, late = (
        make_tracker(world.radar(), camera(), registration=RegistrationSettings(enabled=False))
        for _ in range(2)
    )
    looks(replace(world, rng=np.random.default_rng(4)), in_time, 3.0, 5.0, 20.0)
    looks(replace(world, rng=np.random.default_rng(4)), late, 3.0, 5.0, 20.0, late=150)
    assert late.counters["late_scans"] == 1
    assert in_time.correlation_s("camera") == late.correlation_s("camera") != (1.0, 3.0)
    assert np.array_equal(in_time.table(20 * SECOND).mean, late.table(20 * SECOND).mean)
