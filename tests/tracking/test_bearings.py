"""Bearings alone prove no object: they update one, and confirm none."""

from typing import Any

import numpy as np

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import SensorKind
from marsad.tracking import Tracker, TrackingSettings

SECOND = 1_000_000_000
NAN = float("nan")


def test_a_false_plot_on_another_object_s_bearing_is_never_confirmed(world: Any) -> None:
    tracker = Tracker(TrackingSettings())
    tracker.set_sensor(world.radar(), np.eye(3))
    camera = world.radar("camera", (0.0, 0.0, 20.0), kind=SensorKind.CAMERA)
    tracker.set_sensor(camera, np.eye(3))
    ghost = np.array([3_000.0, 3_000.0, 600.0, 0.0, 0.0, 0.0])
    tracker.observe(world.polar_scan(0.0, ghost))
    bearing, elevation = np.arctan2(3_000.0, 3_000.0), np.arctan2(580.0, np.hypot(3_000.0, 3_000.0))
    for look in range(1, 60):
        values = np.array([[NAN, bearing, elevation, NAN, NAN, NAN]])
        sigmas = np.array([[NAN, 0.001, 0.001, NAN, NAN, NAN]])
        t_ns = look * SECOND // 2
        tracker.observe(Scan("camera", t_ns, Measurement.POLAR, values, sigmas, ("",), partial=True))
        table = tracker.table(t_ns)
        assert not table.confirmed.any()
        assert (table.updates <= 1).all()
