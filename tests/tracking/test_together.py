"""Late scans taken in together: the same picture as one after the other, the past played again once."""

from itertools import islice

import numpy as np
import pytest

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import Tracker, TrackingSettings

SECOND = 1_000_000_000


def tracker() -> Tracker:
    made = Tracker(TrackingSettings())
    for name in ("a", "b", "c"):
        made.set_sensor(
            Sensor(name, name, SensorKind.RADAR, "f", (0.0, 0.0, 5.0), Coverage(range_max_m=8_000.0))
        )
    return made


def scans(rng: np.random.Generator, seconds: int = 25) -> list[Scan]:
    """Three radars see two objects, each sweep with an occasional false plot."""
    found = []
    for number in range(3 * seconds):
        t_s = number / 3
        objects = np.array([[3_000.0 - 40.0 * t_s, 1_000.0, 150.0], [-2_000.0, 4_000.0 - 55.0 * t_s, 90.0]])
        objects = objects[rng.random(2) < 0.9]
        if rng.random() < 0.3:
            objects = np.vstack([objects, [*rng.uniform(-5_000, 5_000, 2), 100.0]])
        values = np.full((len(objects), 6), np.nan)
        values[:, :3] = objects + rng.normal(0.0, 10.0, objects.shape)
        sigmas = np.full_like(values, np.nan)
        sigmas[:, :3] = 10.0
        name = "abc"[number % 3]
        found.append(
            Scan(name, int(t_s * SECOND), Measurement.POSITION, values, sigmas, ("",) * len(objects))
        )
    return found


@pytest.mark.parametrize("seed", range(4))
def test_together_is_the_same_as_one_after_the_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = scans(rng)
    delay = {"a": 0.05, "b": 0.6, "c": 2.4}
    arriving = sorted(made, key=lambda scan: scan.t_ns + delay[scan.sensor_id] * SECOND)
    alone, together = tracker(), tracker()
    rest, attributed = iter(arriving), 0
    for scan in arriving:
        alone.observe(scan)
    while batch := list(islice(rest, int(rng.integers(1, 7)))):
        found = together.observe_together(batch)
        assert len(found) == len(batch)
        for scan, attribution in zip(batch, found, strict=True):
            assert (attribution.plot < len(scan.values)).all()
            attributed += len(attribution.plot)
    one, other = alone.table(26 * SECOND), together.table(26 * SECOND)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(one.existence, other.existence, rtol=1e-9)
    assert one.confirmed.sum() == 2 and attributed > 100
    assert together.counters["scans_replayed"] < 0.8 * alone.counters["scans_replayed"]
    assert together.counters["late_refused"] == alone.counters["late_refused"] == 0


def test_what_going_back_would_cost_is_known_before() -> None:
    made = tracker()
    for scan in scans(np.random.default_rng(1)):
        made.observe(scan)
    assert made.replayed_from(24 * SECOND) < made.replayed_from(21 * SECOND) <= 3 * 6
    before = made.counters["scans_replayed"]
    cost = made.replayed_from(22 * SECOND)
    made.observe(Scan("a", 22 * SECOND + 1, Measurement.POSITION, np.empty((0, 6)), np.empty((0, 6)), ()))
    assert made.counters["scans_replayed"] - before == cost + 1
