"""What late reports may cost: gathered, counted before, and the dearest sensor pays first."""

from dataclasses import replace

import numpy as np

from marsad.model.detection import Detection, Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.site.hearing import Hearing
from marsad.site.late_looks import LateLooks
from marsad.site.look import Look
from marsad.site.scans import ScanAssembler, ScanSettings
from marsad.tracking import Tracker, TrackingSettings

SECOND = 1_000_000_000
NAN = float("nan")
RADAR = Sensor("radar", "R", SensorKind.RADAR, "f", (0.0, 0.0, 5.0), Coverage(scan_period_s=1.0))


def detection(t_ns: int, name: str = "radar") -> Detection:
    return Detection(
        name, t_ns, Measurement.POLAR, (1_000.0, 0.1, 0.1, NAN, NAN, NAN), (10, 0.01, 0.01, NAN, NAN, NAN)
    )


def look(t_ns: int, name: str, plots: int = 1) -> Look:
    values, sigmas = np.zeros((plots, 6)), np.ones((plots, 6))
    scan = Scan(name, t_ns, Measurement.POLAR, values, sigmas, ("",) * plots)
    return Look(scan, tuple(detection(t_ns, name) for _ in range(plots)))


def busy() -> Tracker:
    tracker = Tracker(TrackingSettings())
    for name in ("radar", "bad", "good"):
        tracker.set_sensor(replace(RADAR, sensor_id=name))
    for number in range(400):
        tracker.observe(look(number * SECOND // 100, "radar").scan)
    return tracker


def test_the_sensor_that_reaches_back_farthest_pays_first_and_is_named() -> None:
    tracker, late = busy(), LateLooks(150)
    for t_ns, name in ((SECOND // 2, "bad"), (3 * SECOND, "good"), (SECOND, "bad")):
        assert not late.add(look(t_ns, name))
    taken = late.taken(4 * SECOND, tracker)
    assert [one.scan.sensor_id for one in taken] == ["good"] and not late.waiting
    assert late.counters["looks-shed"] == 2
    assert late.shed() == {"bad": 2}
    assert late.shed() == {}, "told once"


def test_the_budget_is_of_each_second() -> None:
    tracker, late = busy(), LateLooks(150)
    for t_ns, expected in ((4 * SECOND, 1), (4 * SECOND + 5, 0), (5 * SECOND, 1)):
        late.add(look(3 * SECOND, "good"))
        assert len(late.taken(t_ns, tracker)) == expected


def test_parts_of_one_look_are_taken_as_one() -> None:
    tracker, late = busy(), LateLooks(1_000)
    for plots in (2, 3):
        late.add(look(3 * SECOND, "good", plots))
    (one,) = late.taken(4 * SECOND, tracker)
    assert len(one.scan.values) == len(one.detections) == len(one.scan.labels) == 5


def test_a_sensor_with_too_many_times_has_fewer_looks_and_loses_no_report() -> None:
    scans = ScanAssembler(ScanSettings(looks_per_s_max=40), Hearing(5 * SECOND))
    sensors = {"radar": RADAR}
    looks: list[Look] = []
    for number in range(400):
        t_ns = 10 * SECOND + number * SECOND // 400
        scans.add(t_ns, [detection(t_ns)], sensors)
        looks += scans.closed(t_ns, sensors)
    looks += scans.closed(12 * SECOND, sensors)
    seen = [one for one in looks if one.detections]
    assert sum(len(one.detections) for one in seen) == 400
    assert len(seen) <= 65
