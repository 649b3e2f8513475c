from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from marsad.evaluate.study.distributions import load_generator
from marsad.evaluate.study.raid import Lie, Raid, SensorFault
from marsad.evaluate.study.staging import staged
from marsad.feeds.sapient.framing import Deframer
from marsad.feeds.sapient.wire import SapientMessage
from marsad.model.frame import Frame, FrameKind
from marsad.simulate.sensing import Plot, Radar

from .conftest import point, tiny_raid

FIGURES = load_generator().distributions
NS = 1_000_000_000


def heard(raid: Raid, folder: Path, *, perturbed: bool = False) -> list[Frame]:
    """Every frame of a raid whose nodes are all admitted at once."""
    stage = staged(raid, FIGURES, folder, perturbed=perturbed)
    source = stage.simulation()
    found: list[Frame] = []
    for t_ns in range(source.start_t_ns, source.end_t_ns + 1, NS // 10):
        found += source.frames(t_ns)
        for node in source.simulation.nodes:
            node.admit(t_ns)
    return found


def reports(frames: list[Frame]) -> list[SapientMessage]:
    found = []
    for frame in frames:
        if frame.kind is not FrameKind.DATA or frame.feed != "sensors":
            continue
        bodies, fault = Deframer(1 << 20).messages(frame.data)
        assert fault is None
        for body in bodies:
            message = SapientMessage()
            message.ParseFromString(body)
            if message.WhichOneof("content") == "detection_report":
                found.append(message)
    return found


def told(message: SapientMessage) -> dict[str, str]:
    return {entry.type: entry.value for entry in message.detection_report.object_info}


def looks(raid: Raid, folder: Path, *, perturbed: bool = False) -> tuple[Radar, list[Plot]]:
    source = staged(raid, FIGURES, folder, perturbed=perturbed).simulation()
    (node,) = source.simulation.nodes
    radar = node.eye
    assert isinstance(radar, Radar)
    seconds = map(float, range(5, 50))
    return radar, [plot for t_s in seconds for plot in node.faults.altered(radar, radar.look(t_s))]


def test_a_plain_radar_names_no_class_and_no_range_rate_and_another_does(tmp_path: Path) -> None:
    plain = reports(heard(tiny_raid(), tmp_path))
    assert len(plain) > 30
    assert not any(told(message) or message.detection_report.classification for message in plain)
    rich = reports(heard(tiny_raid(suite="classifying"), tmp_path))
    assert all("range_rate" in told(message) for message in rich)
    assert all(message.detection_report.classification for message in rich)


def test_a_liar_is_heard_by_the_radar_or_by_adsb(tmp_path: Path) -> None:
    raid = tiny_raid()
    (attacker,) = raid.attackers
    flight = replace(attacker.flight, icao="70abcd", callsign="UAE77")
    lying = {
        lie: heard(replace(raid, attackers=(replace(attacker, flight=flight, lie=lie),)), tmp_path)
        for lie in (Lie.RADAR, Lie.ADSB)
    }
    claims = [told(message) for message in reports(lying[Lie.RADAR])]
    assert {"icao": "70abcd", "callsign": "UAE77"} in claims
    assert not any(frame.feed == "adsb" and b"70ABCD" in frame.data.upper() for frame in lying[Lie.RADAR])
    assert any(frame.feed == "adsb" and b"70ABCD" in frame.data.upper() for frame in lying[Lie.ADSB])
    assert not any("icao" in told(message) for message in reports(lying[Lie.ADSB]))


def test_perturbed_sensors_miss_more_and_err_more_and_state_the_same(tmp_path: Path) -> None:
    raid = tiny_raid(duration_s=50.0)
    (attacker,) = raid.attackers
    still = replace(attacker.flight, points=(point(0, 1500, speed_mps=1.0), point(0, 1400, speed_mps=1.0)))
    raid = replace(raid, attackers=(replace(attacker, flight=still),))
    counts, spreads, stated = [], [], []
    for perturbed in (False, True):
        ranges: list[float] = []
        for number in range(1, 9):
            radar, plots = looks(replace(raid, number=number), tmp_path, perturbed=perturbed)
            truth = radar.truth
            for plot in plots:
                if plot.row == 0:
                    (place,), _ = truth.states(np.array([0]), plot.t_s)
                    ranges.append(plot.range_m - float(np.linalg.norm(place - radar.position_enu)))
        counts.append(len(ranges))
        spreads.append(float(np.std(ranges)))
        stated.append(radar.settings.range_sigma_m)
    assert counts[1] / counts[0] == pytest.approx(0.7, abs=0.08)
    assert spreads[1] / spreads[0] == pytest.approx(1.3, abs=0.15)
    assert stated[0] == stated[1]


def test_faults_are_what_they_say(tmp_path: Path) -> None:
    start = staged(tiny_raid(), FIGURES, tmp_path).scenario.start_t_ns

    def reported(kind: str, size: float, begins_s: float = 0.0) -> list[SapientMessage]:
        fault = SensorFault(kind, 0.3, size, begins_s)  # type: ignore[arg-type]
        return reports(heard(tiny_raid(fault=fault), tmp_path))

    def true_azimuths(messages: list[SapientMessage]) -> list[float]:
        """Of what comes from the north, as the attacker does."""
        return [
            azimuth
            for message in messages
            for azimuth in (message.detection_report.range_bearing.azimuth,)
            if min(azimuth, 360 - azimuth) < 8
        ]

    sound = reports(heard(tiny_raid(), tmp_path))
    turned = true_azimuths(reported("azimuth-bias", 2.5))
    assert np.median([(a + 180) % 360 - 180 for a in turned]) - np.median(
        [(a + 180) % 360 - 180 for a in true_azimuths(sound)]
    ) == pytest.approx(2.5, abs=0.4)
    stamps = [message.timestamp.ToNanoseconds() for message in sound]
    off = [message.timestamp.ToNanoseconds() for message in reported("clock-offset", 1.5)]
    assert np.median(np.array(off) - np.array(stamps)) == 1.5 * NS
    fewer = true_azimuths(reported("low-detection", 0.6))
    assert 0.4 < len(fewer) / len(true_azimuths(sound)) < 0.8
    times = [message.timestamp.ToNanoseconds() for message in reported("outage", 20.0, 20.0)]
    assert not any(start + 20 * NS <= t_ns < start + 40 * NS for t_ns in times)
    assert any(t_ns >= start + 42 * NS for t_ns in times)


def test_a_late_sensor_stamps_rightly_and_arrives_late(tmp_path: Path) -> None:
    prompt = heard(tiny_raid(), tmp_path)
    late = heard(tiny_raid(fault=SensorFault("latency", 0.3, 3.0)), tmp_path)
    delays = []
    for frames in (prompt, late):
        found = [
            (frame.t_ns - message.timestamp.ToNanoseconds()) / NS
            for frame in frames
            for message in reports([frame])
        ]
        delays.append(float(np.median(found)))
    assert delays[1] - delays[0] == pytest.approx(3.0, abs=0.1)


def test_a_dropped_link_is_closed_and_comes_back(tmp_path: Path) -> None:
    raid = tiny_raid(fault=SensorFault("dropped-link", 0.3, 15.0, 20.0))
    frames = heard(raid, tmp_path)
    start = staged(raid, FIGURES, tmp_path).scenario.start_t_ns
    closed = [frame.t_ns for frame in frames if frame.kind is FrameKind.CLOSED]
    assert closed and abs(closed[0] - (start + 20 * NS)) < NS
    data = [f.t_ns for f in frames if f.feed == "sensors" and f.kind is FrameKind.DATA]
    assert not any(start + 21 * NS < t_ns < start + 29 * NS for t_ns in data)
    assert any(t_ns > start + 46 * NS for t_ns in data)


def test_rain_brings_false_plots_and_dims(tmp_path: Path) -> None:
    clear, _ = looks(tiny_raid(), tmp_path)
    rain, _ = looks(tiny_raid(weather="rain"), tmp_path)
    assert rain.settings.false_plots_per_look == 4 * clear.settings.false_plots_per_look
    (spell,) = staged(tiny_raid(weather="rain"), FIGURES, tmp_path).scenario.file.fault
    assert spell.kind == "dust" and spell.radar_loss_db_per_km == 1.0
