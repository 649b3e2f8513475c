"""Reports become looks: by sensor and time, and silence of a sweeping sensor is a look too."""

from dataclasses import replace

import numpy as np
import pytest

from marsad.model.detection import Claim, Detection, Measurement
from marsad.model.sensor import Coverage, Sensor, SensorHealth, SensorKind
from marsad.site.hearing import Hearing
from marsad.site.look import Look
from marsad.site.scans import ScanAssembler, ScanSettings

NAN = float("nan")
SECOND = 1_000_000_000
MS = 1_000_000
RADAR = Sensor("radar", "R", SensorKind.RADAR, "f", (0.0, 0.0, 5.0), Coverage(scan_period_s=1.0))
ADSB = Sensor("adsb", "A", SensorKind.ADSB, "f")
CAMERA = Sensor("camera", "C", SensorKind.CAMERA, "f", (0.0, 0.0, 5.0))
REWIND_NS = 5 * SECOND


def assembler(settings: ScanSettings) -> ScanAssembler:
    return ScanAssembler(settings, Hearing(REWIND_NS))


def plot(t_ns: int, range_m: float = 1_000.0) -> Detection:
    return Detection(
        "radar", t_ns, Measurement.POLAR, (range_m, 0.1, 0.1, NAN, NAN, NAN), (10, 0.01, 0.01, NAN, NAN, NAN)
    )


def claim(t_ns: int, icao: str, east_m: float, speed_mps: float) -> Detection:
    return Detection(
        "adsb",
        t_ns,
        Measurement.POSITION,
        (east_m, 0.0, 3_000.0, speed_mps, 0.0, NAN),
        (50, 50, 100, 5, 5, NAN),
        Claim("icao", icao),
    )


def test_reports_of_one_time_are_one_look_closed_after_settling() -> None:
    scans = assembler(ScanSettings(settling_s=0.02))
    sensors = {"radar": RADAR}
    scans.add(10 * SECOND, [plot(10 * SECOND, 1_000.0)], sensors)
    scans.add(10 * SECOND + 5 * MS, [plot(10 * SECOND, 2_000.0)], sensors)
    assert scans.deadline_ns == 10 * SECOND + 20 * MS
    assert scans.closed(10 * SECOND + 10 * MS, sensors) == []
    (look,) = scans.closed(10 * SECOND + 20 * MS, sensors)
    assert look.scan.values[:, 0].tolist() == [1_000.0, 2_000.0]
    assert look.scan.partial is False
    assert scans.deadline_ns is None


def test_a_later_report_closes_the_look_before_it() -> None:
    scans = assembler(ScanSettings(settling_s=1.0))
    sensors = {"radar": RADAR}
    scans.add(10 * SECOND, [plot(10 * SECOND)], sensors)
    scans.add(11 * SECOND + 1 * MS, [plot(11 * SECOND)], sensors)
    assert [look.scan.t_ns for look in scans.closed(11 * SECOND + 1 * MS, sensors)] == [10 * SECOND]


def test_a_late_report_is_its_own_look() -> None:
    scans = assembler(ScanSettings())
    sensors = {"radar": RADAR}
    scans.add(12 * SECOND, [plot(12 * SECOND), plot(9 * SECOND)], sensors)
    times = [look.scan.t_ns for look in scans.closed(12 * SECOND + 100 * MS, sensors)]
    assert times == [9 * SECOND, 12 * SECOND]


def test_a_silent_sweep_is_a_look_that_saw_nothing() -> None:
    scans = assembler(ScanSettings())
    sensors = {"radar": RADAR, "camera": CAMERA}
    scans.add(10 * SECOND, [plot(10 * SECOND)], sensors)
    assert len(scans.closed(10 * SECOND + 50 * MS, sensors)) == 1
    scans.heard(["radar"], 11 * SECOND)
    assert scans.closed(11 * SECOND + 400 * MS, sensors) == []
    (empty,) = scans.closed(11 * SECOND + 501 * MS, sensors)
    assert (empty.scan.sensor_id, empty.scan.t_ns, len(empty.scan.values)) == ("radar", 11 * SECOND, 0)


def test_a_lost_sensor_testifies_to_nothing() -> None:
    scans = assembler(ScanSettings())
    lost = Sensor("radar", "R", SensorKind.RADAR, "f", (0.0, 0.0, 5.0), health=SensorHealth.LOST)
    for second in range(10, 20):
        assert scans.closed(second * SECOND, {"radar": lost}) == []


def test_claims_are_gathered_and_moved_to_one_time() -> None:
    scans = assembler(ScanSettings(cooperative_look_s=0.2))
    sensors = {"adsb": ADSB}
    reports = [
        claim(10 * SECOND, "aaaaaa", 0.0, 100.0),
        claim(10 * SECOND + 100 * MS, "bbbbbb", 5_000.0, -200.0),
        claim(10 * SECOND + 150 * MS, "aaaaaa", 15.5, 100.0),
    ]
    scans.add(10 * SECOND + 150 * MS, reports, sensors)
    (look,) = scans.closed(10 * SECOND + 350 * MS, sensors)
    assert look.scan.labels == ("icao:aaaaaa", "icao:bbbbbb")
    assert look.scan.partial
    np.testing.assert_allclose(look.scan.values[:, 0], [15.5, 4_990.0])


def test_a_flood_within_one_look_is_bounded_and_counted() -> None:
    scans = assembler(ScanSettings(detections_max=10))
    scans.add(10 * SECOND, [plot(10 * SECOND)] * 25, {"radar": RADAR})
    (look,) = scans.closed(11 * SECOND, {"radar": RADAR})
    assert len(look.detections) == 10
    assert scans.overflow == {"radar": 15}


def test_looks_of_many_that_stare_are_bounded_and_one_that_is_slow_is_never_gathered() -> None:
    scans, looks = assembler(ScanSettings()), list[Look]()
    names = [f"c{number}" for number in range(40)]
    sensors = {name: replace(CAMERA, sensor_id=name) for name in (*names, "slow")}
    for k in range(5 * 45):
        t_ns = 10 * SECOND + k * SECOND // 45
        for number, name in enumerate(names):
            scans.add(t_ns + number, [replace(plot(t_ns + number), sensor_id=name)], sensors)
        if k % 9 == 0:
            scans.add(t_ns + 50, [replace(plot(t_ns + 50), sensor_id="slow")], sensors)
        looks += scans.closed(t_ns + 60, sensors)
    looks += scans.closed(20 * SECOND, sensors)
    slow = [look for look in looks if look.scan.sensor_id == "slow"]
    assert len(slow) == 25 and all(len(look.detections) == 1 for look in slow)
    assert sum(len(look.detections) for look in looks) == 5 * 45 * 40 + 25
    assert len(looks) < 5 * 800 and scans.joined > 0


def test_only_a_tracker_s_own_ids_go_with_its_reports() -> None:
    tracker = Sensor("radar", "T", SensorKind.FUSION, "f", decorrelation_s=5.0)
    for sensor, objects in ((tracker, ("17", "18")), (RADAR, ())):
        scans = assembler(ScanSettings())
        reports = [replace(plot(SECOND), object_id=name) for name in ("17", "18")]
        scans.add(SECOND, reports, {"radar": sensor})
        (look,) = scans.closed(2 * SECOND, {"radar": sensor})
        assert look.scan.objects == objects and len(look.scan.values) == 2


class Watchful(ScanAssembler):
    """The specification: looks at everything whenever it is asked."""

    def closed(self, t_ns: int, sensors: dict[str, Sensor]) -> list[Look]:
        self.sensors_changed()
        return super().closed(t_ns, sensors)


@pytest.mark.parametrize("seed", range(20))
def test_not_looking_while_nothing_can_be_over_changes_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    quick, watchful = assembler(ScanSettings()), Watchful(ScanSettings(), Hearing(REWIND_NS))
    sensors = {"radar": RADAR, "camera": CAMERA}
    t_ns, found = 10 * SECOND, 0
    for _ in range(600):
        t_ns += int(random.choice([0, 1, 5, 30, 300, 3_000], p=[0.3, 0.25, 0.25, 0.1, 0.08, 0.02])) * MS
        what = random.random()
        if what < 0.4:
            reports = [plot(t_ns - int(random.integers(0, 400)) * MS) for _ in range(random.integers(1, 4))]
            for scans in (quick, watchful):
                scans.add(t_ns, reports, sensors)
        elif what < 0.45:
            for scans in (quick, watchful):
                scans.heard(["radar"], t_ns)
        elif what < 0.6:
            said = claim(t_ns - int(random.integers(0, 300)) * MS, str(random.integers(3)), 0.0, 1.0)
            for scans in (quick, watchful):
                scans.add(t_ns, [said], sensors)
        elif what < 0.65:
            health = (SensorHealth.OK, SensorHealth.LOST)[int(random.integers(2))]
            sensors["radar"] = replace(RADAR, health=health)
            sensors["adsb"] = ADSB
            quick.sensors_changed()
        looks, wanted = quick.closed(t_ns, sensors), watchful.closed(t_ns, sensors)
        assert [told(look) for look in looks] == [told(look) for look in wanted]
        assert quick.deadline_ns == watchful.deadline_ns
        found += len(looks)
    assert found > 100


def told(look: Look) -> tuple[str, int, tuple[Detection, ...]]:
    return look.scan.sensor_id, look.scan.t_ns, look.detections
