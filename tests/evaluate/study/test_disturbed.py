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
    (radar,) = (node.eye for node in source.simulation.nodes if isinstance(node.eye, Radar))
    return radar, [plot for second in range(5, 50) for plot in radar.look(float(second))]


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
    sound, _ = looks(tiny_raid(), tmp_path)
    turned, _ = looks(tiny_raid(fault=SensorFault("azimuth-bias", 0.3, -2.5)), tmp_path)
    assert (sound.settings.azimuth_bias_deg, turned.settings.azimuth_bias_deg) == (0.0, -2.5)
    off, _ = looks(tiny_raid(fault=SensorFault("clock-offset", 0.3, 1.5)), tmp_path)
    assert off.settings.clock_offset_s == 1.5
    weaker, plots = looks(tiny_raid(fault=SensorFault("low-detection", 0.3, 0.6)), tmp_path)
    _, all_plots = looks(tiny_raid(), tmp_path)
    assert 0.35 < sum(p.row == 0 for p in plots) / sum(p.row == 0 for p in all_plots) < 0.85
    dead = reports(heard(tiny_raid(fault=SensorFault("outage", 0.3, 20.0, 20.0)), tmp_path))
    start = staged(tiny_raid(), FIGURES, tmp_path).scenario.start_t_ns
    times = [message.timestamp.ToNanoseconds() for message in dead]
    assert not any(start + 20 * NS <= t_ns < start + 40 * NS for t_ns in times)
    assert any(t_ns >= start + 42 * NS for t_ns in times)


def test_a_dropped_link_is_closed_and_comes_back(tmp_path: Path) -> None:
    raid = tiny_raid(fault=SensorFault("dropped-link", 0.3, 15.0, 20.0))
    frames = heard(raid, tmp_path)
    start = staged(raid, FIGURES, tmp_path).scenario.start_t_ns
    closed = [frame.t_ns for frame in frames if frame.kind is FrameKind.CLOSED]
    assert closed and abs(closed[0] - (start + 20 * NS)) < NS
    data = [f.t_ns for f in frames if f.feed == "sensors" and f.kind is FrameKind.DATA]
    assert not any(start + 21 * NS < t_ns < start + 29 * NS for t_ns in data)
    assert any(t_ns > start + 46 * NS for t_ns in data)


def test_rain_brings_false_plots_and_takes_signal(tmp_path: Path) -> None:
    clear, _ = looks(tiny_raid(), tmp_path)
    rain, _ = looks(tiny_raid(weather="rain"), tmp_path)
    assert rain.settings.false_plots_per_look == 4 * clear.settings.false_plots_per_look
    assert rain.settings.reference.snr_db == clear.settings.reference.snr_db - 4.0
