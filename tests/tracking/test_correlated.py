"""Reports of another tracker are not counted twice."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import MotionModel, Tracker, TrackingSettings
from marsad.tracking.correlated import decorrelated
from marsad.tracking.plots import Plots

SECOND = 1_000_000_000
SIGMA_M = 20.0
STEADY = (MotionModel(name="steady", noise_m2ps3=0.1, vertical_noise_m2ps3=0.1, sojourn_s=30.0),)
START = np.array([2000.0, -1000, 400, 20, 30, 0])


def sensor(decorrelation_s: float) -> Sensor:
    cover = Coverage(detection_probability=(0.95, 0.95), clutter_per_scan=0.01)
    return Sensor(
        "c2",
        "",
        SensorKind.FUSION,
        "",
        None,
        cover,
        (SIGMA_M, 0.1, 0.1, 1.0),
        decorrelation_s=decorrelation_s,
    )


def report(t_s: float, places: Any, names: tuple[str, ...]) -> Scan:
    values = np.full((len(places), 6), np.nan)
    values[:, :3] = places
    sigmas = np.where(np.isnan(values), np.nan, SIGMA_M)
    return Scan(
        *("c2", round(t_s * SECOND), Measurement.POSITION, values, sigmas, ("",) * len(values)),
        objects=names,
    )


def squares(decorrelation_s: float, tau_s: float, period_s: float, runs: int = 40) -> Any:
    """Normalised squared position errors per dimension after half a minute of reports."""
    rng, found = np.random.default_rng(3), []
    for _ in range(runs):
        tracker = Tracker(TrackingSettings(models=STEADY, speed_max_mps=80.0))
        tracker.set_sensor(sensor(decorrelation_s))
        error, keep = SIGMA_M * rng.standard_normal(3), np.exp(-period_s / tau_s)
        for t_s in np.arange(0, 30, period_s):
            place = START[:3] + t_s * START[3:]
            tracker.observe(report(t_s, [place + error], ("a",)))
            error = keep * error + np.sqrt(1 - keep**2) * SIGMA_M * rng.standard_normal(3)
        table = tracker.table(round(t_s * SECOND))
        row = int(np.argmax(table.existence))
        apart = table.mean[row, :3] - place
        found.append(apart @ np.linalg.solve(table.covariance[row, :3, :3], apart) / 3)
    return np.array(found)


@pytest.mark.parametrize("period_s", [0.5, 1.0, 4.0])
def test_a_track_fed_by_a_tracker_is_as_sure_as_it_may_be(period_s: float) -> None:
    honest = squares(5.0, 5.0, period_s)
    assert 0.5 < honest.mean() < 1.5
    if period_s < 4:
        assert squares(0.0, 5.0, period_s).mean() > 2.5, "taken for plots it would be too sure"


def plots(t_ns: int, names: tuple[str, ...]) -> Plots:
    values = np.zeros((len(names), 6))
    return Plots("c2", t_ns, False, values, values + 10.0, (), np.arange(len(names)), False, t_ns, names)


def test_each_object_has_its_own_time() -> None:
    first, heard = decorrelated(plots(0, ("a", "b")), {}, 5.0)
    assert_allclose(first.sigmas, 10.0, rtol=1e-4)
    second, heard = decorrelated(plots(SECOND, ("a",)), heard, 5.0)
    third, heard = decorrelated(plots(10 * SECOND, ("a", "b", "c")), heard, 5.0)
    worth = np.tanh(np.array([9.0, 10.0]) / 10)
    assert_allclose(second.sigmas, 10 / np.sqrt(np.tanh(0.1)))
    assert_allclose(third.sigmas[:2, 0], 10 / np.sqrt(worth))
    assert_allclose(third.sigmas[2], 10.0, rtol=1e-4)
    _, heard = decorrelated(plots(1000 * SECOND, ("d",)), heard, 5.0)
    assert set(heard) == {"d"}, "what was long ago is forgotten"


def test_a_repeated_report_adds_almost_nothing() -> None:
    tracker = Tracker(TrackingSettings(models=STEADY))
    tracker.set_sensor(sensor(5.0))
    for t_s in range(10):
        tracker.observe(report(t_s, [START[:3] + t_s * START[3:]], ("a",)))
    before = tracker.table(9 * SECOND)
    for _ in range(5):
        tracker.observe(report(9.0, [START[:3] + 9 * START[3:]], ("a",)))
    after = tracker.table(9 * SECOND)
    assert_allclose(after.covariance[0, :3, :3], before.covariance[0, :3, :3], rtol=0.02, atol=1e-6)


def test_late_reports_end_in_the_same_state() -> None:
    rng = np.random.default_rng(1)
    scans = [
        report(t_s, [START[:3] + t_s * START[3:] + SIGMA_M * rng.standard_normal(3)], ("a",))
        for t_s in range(15)
    ]
    tables = []
    for order in (scans, [*scans[:8], *scans[9:11], scans[8], *scans[11:]]):
        tracker = Tracker(TrackingSettings())
        tracker.set_sensor(sensor(5.0))
        for scan in order:
            tracker.observe(scan)
        tables.append(tracker.table(15 * SECOND))
    assert_allclose(tables[1].mean, tables[0].mean, rtol=1e-9)
    assert_allclose(tables[1].covariance, tables[0].covariance, rtol=1e-7, atol=1e-7)


def test_plots_of_a_sensor_are_taken_as_they_are() -> None:
    tables = []
    for scan in (report(0.0, [START[:3]], ("a",)), replace(report(0.0, [START[:3]], ()), objects=())):
        tracker = Tracker(TrackingSettings())
        tracker.set_sensor(sensor(0.0))
        for t_s in range(3):
            tracker.observe(replace(scan, t_ns=t_s * SECOND))
        tables.append(tracker.table(2 * SECOND))
    assert np.array_equal(tables[0].covariance, tables[1].covariance)
