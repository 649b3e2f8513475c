"""Crossings of bearings that a radar should have seen are mostly ghosts."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import TrackingSettings
from marsad.tracking.bearings.crossed import Radars, unwatched
from marsad.tracking.bearings.crossed_odds import Crossings
from marsad.tracking.existence import SensorModel

SECOND = 1_000_000_000
SETTINGS = TrackingSettings()
MODELS = len(SETTINGS.models)


def crossing(east_m: float) -> Crossings:
    mean = np.tile([east_m, 0.0, 300.0, 10.0, 0.0, 0.0], (1, MODELS, 1))
    cov = np.tile(np.diag([50.0, 50, 50, 20, 20, 5]) ** 2, (1, MODELS, 1, 1))
    none = np.zeros(1, np.int64)
    return Crossings(none, none, mean, cov, np.full((1, MODELS), 1 / MODELS), np.array([0.4]))


def model(kind: SensorKind, looked_t_ns: int | None) -> SensorModel:
    cover = Coverage(range_max_m=5000.0, detection_probability=(0.9, 0.9))
    made = SensorModel.of(Sensor("one", "", kind, "", (0.0, 0.0, 0.0), cover), None, 0, SETTINGS)
    made.last_t_ns = looked_t_ns
    return made


def left(east_m: float, kind: SensorKind, looked_t_ns: int | None) -> float:
    models = [model(kind, looked_t_ns)]
    return float(unwatched(crossing(east_m), Radars.of(models).looked(models), 10 * SECOND)[0])


def test_two_looks_of_a_radar_count_as_missed() -> None:
    missed = 0.1**2
    assert_allclose(left(2000.0, SensorKind.RADAR, 9 * SECOND), 0.4 * missed / (0.6 + 0.4 * missed))


@pytest.mark.parametrize(
    ("east_m", "kind", "looked_t_ns"),
    [
        (2000.0, SensorKind.CAMERA, 9 * SECOND),
        (2000.0, SensorKind.RADAR, 7 * SECOND),
        (2000.0, SensorKind.RADAR, None),
        (8000.0, SensorKind.RADAR, 9 * SECOND),
    ],
)
def test_who_did_not_look_there_says_nothing(
    east_m: float, kind: SensorKind, looked_t_ns: int | None
) -> None:
    assert left(east_m, kind, looked_t_ns) == pytest.approx(0.4)
