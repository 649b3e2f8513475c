"""Faults of sensors: what they lose, delay, shift and misstamp, and that they change nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from marsad.errors import ConfigError
from marsad.feeds.sapient.wire import SapientMessage
from marsad.model.frame import Frame, FrameKind
from marsad.simulate import Simulation
from marsad.simulate.impairment import faults_of
from marsad.simulate.scenario import Scenario, ScenarioFile
from marsad.simulate.sensing import Camera, Radar
from marsad.simulate.truth import truth_of

from .conftest import RADAR_ID
from .test_simulation import NS, kinds, messages, run

Build = Callable[..., Scenario]


def reports(frames: list[Frame]) -> list[tuple[Frame, SapientMessage]]:
    return [item for item in messages(frames) if item[1].WhichOneof("content") == "detection_report"]


def stamp_s(message: SapientMessage, start_t_ns: int) -> float:
    return float((message.timestamp.seconds * NS + message.timestamp.nanos - start_t_ns) / NS)


def played(scenario: Scenario, seconds: float = 60.0) -> list[Frame]:
    return run(Simulation(scenario, 1), seconds)


def test_an_outage_is_silence_and_then_a_new_connection(build: Build) -> None:
    scenario = build(fault=[{"kind": "outage", "sensors": [RADAR_ID], "from_s": 20, "to_s": 40}])
    frames = played(scenario)
    times = [(frame.t_ns - scenario.start_t_ns) / NS for frame, _ in reports(frames)]
    assert not any(20.2 < t < 40 for t in times)
    assert any(t < 20 for t in times) and any(t > 42 for t in times)
    assert kinds(frames).count("registration") == 2
    closed = [(frame.t_ns - scenario.start_t_ns) / NS for frame in frames if frame.kind is FrameKind.CLOSED]
    assert closed == [40.0]


def test_an_outage_may_close_the_link_as_it_begins(build: Build) -> None:
    scenario = build(fault=[{"kind": "outage", "from_s": 20, "to_s": 40, "closes_link": True}])
    frames = played(scenario)
    closed = [(frame.t_ns - scenario.start_t_ns) / NS for frame in frames if frame.kind is FrameKind.CLOSED]
    assert closed == [20.0]
    assert kinds(frames).count("registration") == 2


def test_an_outage_without_end_lasts(build: Build) -> None:
    scenario = build(fault=[{"kind": "outage", "from_s": 20, "closes_link": True}])
    assert max(frame.t_ns for frame in played(scenario)) <= scenario.start_t_ns + 21 * NS


def test_a_clock_that_steps_changes_the_stamps_and_nothing_else(build: Build) -> None:
    plain = build()
    wrong = build(fault=[{"kind": "clock_offset", "from_s": 30, "to_s": 50, "offset_s": -3.0}])
    for (frame, right), (same, stamped) in zip(reports(played(plain)), reports(played(wrong)), strict=True):
        t_s = stamp_s(right, plain.start_t_ns)
        assert frame.t_ns == same.t_ns
        off_s = stamp_s(stamped, plain.start_t_ns) - t_s
        assert off_s == pytest.approx(-3.0 if 30 <= t_s < 50 else 0.0, abs=1e-6)
        assert right.detection_report.range_bearing == stamped.detection_report.range_bearing


def test_latency_delays_arrival_and_keeps_the_order_of_a_connection(build: Build) -> None:
    plain = build()
    late = build(fault=[{"kind": "latency", "from_s": 20, "to_s": 40, "latency_s": 4.0}])
    delays = []
    for frame, message in reports(played(late)):
        delays.append((stamp_s(message, plain.start_t_ns), (frame.t_ns - plain.start_t_ns) / NS))
    stamps, arrivals = np.array(delays).T
    assert np.all(np.diff(arrivals) >= 0)
    within = (stamps >= 20) & (stamps < 40)
    assert arrivals[within] - stamps[within] == pytest.approx(4.15)
    assert arrivals[stamps > 45] - stamps[stamps > 45] == pytest.approx(0.15)
    assert np.all(np.diff(stamps) >= 0)


def test_a_bias_shifts_every_plot_alike(build: Build) -> None:
    plain = build()
    turned = build(fault=[{"kind": "bias", "azimuth_deg": 2.0, "range_m": 50.0}])
    for (_, right), (_, shifted) in zip(reports(played(plain)), reports(played(turned)), strict=True):
        a, b = right.detection_report.range_bearing, shifted.detection_report.range_bearing
        assert np.remainder(b.azimuth - a.azimuth, 360) == pytest.approx(2.0, abs=1e-3)
        assert b.range - a.range == pytest.approx(50.0, abs=0.1)


@pytest.mark.parametrize(("loss", "low", "high"), [(0.0, 1.0, 1.0), (0.5, 0.3, 0.85), (5.0, 0.0, 0.02)])
def test_dust_takes_the_share_of_plots_that_the_radar_equation_says(
    build: Build, loss: float, low: float, high: float
) -> None:
    """A drone at 8 km is seen with 13 + 4 dB; dust that costs 8 dB leaves half of it."""
    dust = {"kind": "dust", "visibility_m": 500.0, "radar_loss_db_per_km": loss}
    scenario = build(fault=[dust])
    eye = Radar(scenario.file.radar[0], truth_of(scenario, 1), scenario.layout.frame, 4 / 3)
    faults = faults_of(scenario.file.fault, RADAR_ID)
    clear = dim = 0
    for t_s in np.arange(0.0, 40.0, 0.1):
        plots = [plot for plot in eye.look(float(t_s)) if plot.row >= 0]
        clear += len(plots)
        dim += len(faults.altered(eye, plots))
    assert clear > 200
    assert low <= dim / clear <= high


def test_a_noisier_sensor_errs_so_many_times_as_much_as_it_states(build: Build) -> None:
    scenario = build(fault=[{"kind": "noise", "factor": 2.0}])
    eye = Radar(scenario.file.radar[0], truth_of(scenario, 1), scenario.layout.frame, 4 / 3)
    faults = faults_of(scenario.file.fault, RADAR_ID)
    added = []
    for t_s in np.arange(0.0, 40.0, 0.1):
        plots = eye.look(float(t_s))
        for plot, noisier in zip(plots, faults.altered(eye, plots), strict=True):
            if plot.row < 0:
                assert noisier == plot
            else:
                added.append(noisier.range_m - plot.range_m)
    assert len(added) > 200
    assert np.std(added) == pytest.approx(np.sqrt(2.0**2 - 1) * eye.settings.range_sigma_m, rel=0.15)


@pytest.mark.parametrize("share", [0.25, 0.6])
def test_a_tired_sensor_sees_its_share(build: Build, share: float) -> None:
    plain, tired = build(), build(fault=[{"kind": "misses", "share_seen": share}])
    first, fewer = (reports(played(scenario, 150.0)) for scenario in (plain, tired))
    assert len(fewer) / len(first) == pytest.approx(share, abs=0.12)
    bearings = {m.detection_report.range_bearing.azimuth for _, m in first}
    assert {m.detection_report.range_bearing.azimuth for _, m in fewer} <= bearings


def test_in_dust_a_camera_sees_as_far_as_one_can_see(build: Build, tables: dict[str, Any]) -> None:
    near = {**tables["drone"], "id": "near"}
    near["waypoints"] = [
        {"azimuth_deg": 45.0, "range_m": far, "above_ground_m": 100.0, "speed_mps": 30.0}
        for far in (2_500.0, 200.0)
    ]
    dust = {"kind": "dust", "visibility_m": 1_500.0}
    scenario = build(camera=[tables["camera"]], object=[near], fault=[dust], expected={"hostile": ["near"]})
    eye = Camera(scenario.file.camera[0], truth_of(scenario, 1), scenario.layout.frame, 4 / 3)
    faults = faults_of(scenario.file.fault, tables["camera"]["node_id"])
    seen = {float(t): bool(faults.altered(eye, eye.look(float(t)))) for t in np.arange(0.0, 70.0, 0.5)}
    first_s = min(t for t, there in seen.items() if there)
    assert 33.0 <= first_s <= 37.0  # a kilometre at 30 m/s


def test_the_receiver_of_transponders_has_faults_too(build: Build, tables: dict[str, Any]) -> None:
    drone = {**tables["drone"], "transponder": {"icao": "76b0aa", "callsign": "X"}}
    receiver = {"latitude_deg": 33.0, "longitude_deg": 44.0, "reception_probability": 1.0}
    faults = [
        {"kind": "outage", "sensors": ["adsb"], "from_s": 10, "to_s": 20, "closes_link": True},
        {"kind": "clock_offset", "sensors": ["adsb"], "from_s": 30, "offset_s": -7},
    ]
    scenario = build(object=[drone], adsb_receiver=receiver, fault=faults)
    frames = [f for f in played(scenario) if f.feed == "adsb"]
    start_t_ns = scenario.start_t_ns
    at_s = [(f.t_ns - start_t_ns) / NS for f in frames if f.kind is FrameKind.DATA]
    assert not any(10.3 < t < 20 for t in at_s) and sum(t < 10 for t in at_s) > 10
    assert [f.kind for f in frames if f.kind is not FrameKind.DATA] == [
        FrameKind.OPENED,
        FrameKind.CLOSED,
        FrameKind.OPENED,
    ]
    last = next(f.data for f in reversed(frames) if f.data.startswith(b"MSG,3"))
    second = float(last.split(b",")[7].split(b":")[2])
    assert (frames[-1].t_ns - start_t_ns) / NS - 0.25 - second == pytest.approx(7.0, abs=1.1)


@pytest.mark.parametrize(
    ("fault", "part"),
    [
        ({"kind": "outage", "from_s": 5, "to_s": 5}, "must be below"),
        ({"kind": "latency", "latency_s": 0}, "must be a number above 0"),
        ({"kind": "outage", "sensors": ["radar-9"]}, "radar-9"),
        ({"kind": "tired"}, "tired"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(build: Build, fault: dict[str, Any], part: str) -> None:
    with pytest.raises(ConfigError) as raised:
        build(fault=[fault])
    assert part in str(raised.value)


def test_a_scenario_without_faults_has_none() -> None:
    assert ScenarioFile.model_fields["fault"].default == ()
