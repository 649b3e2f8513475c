"""A radar that is set up askew: the site corrects it, shows it and calls it degraded."""

from dataclasses import replace

import numpy as np

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.geo.local import LocalFrame
from marsad.geo.polar import polar_from_enu
from marsad.model.frame import CONFIGURATION, TICK, Frame, FrameKind
from marsad.model.sensor import SensorHealth, SensorKind
from marsad.model.site import Mode
from marsad.report.sensor_note import note_text
from marsad.site.fold import SiteFold
from marsad.wire.encode import picture_to_wire

SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND
TRUE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Old", SensorKind.RADAR, 33.30, 44.40, 40.0)
ASKEW = EdgeNode("0b8f2c5e-1c51-4c56-9a3f-3c3a4d0a1b11", "New", SensorKind.RADAR, 33.32, 44.43, 40.0)
SITE = f"""
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "البوابة"
centre = [33.3, 44.4]
radius_m = 150.0
[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"
[tracking.registration]
references = ["{TRUE.node_id}"]
""".encode()
FRAME = LocalFrame(33.3, 44.4, 0.0)
SIGMA = np.array([8.0, 0.006, 0.01])


def watched(askew_rad: float) -> SiteFold:
    """Forty seconds of six drones, seen by both radars once a second."""
    rng = np.random.default_rng(1)
    fold = SiteFold(Frame(CONFIGURATION, START, SITE))
    angle = np.linspace(0, 2 * np.pi, 6, endpoint=False)
    place = np.stack([5000 * np.sin(angle), 5000 * np.cos(angle), np.full(6, 600.0)], 1)
    velocity = np.stack([60 * np.cos(angle), -60 * np.sin(angle), np.zeros(6)], 1)
    for link, node in enumerate((TRUE, ASKEW), 1):
        fold.fold(Frame("sensors", START, b"peer", link, FrameKind.OPENED))
        fold.fold(Frame("sensors", START, registration(node, START), link))
        fold.fold(Frame("sensors", START, status(node, START, ulid(START, link), first=True), link))
    for step in range(80):
        link, node = ((1, TRUE), (2, ASKEW))[step % 2]
        t_ns = START + SECOND + step * SECOND // 2
        eye = FRAME.enu_from_geodetic(node.latitude_deg, node.longitude_deg, node.height_m)
        turn = FRAME.rotation_enu_from_local(np.array(eye))
        seen = (place + velocity * (step / 2) - eye) @ turn
        for number, polar in enumerate(polar_from_enu(seen) + SIGMA * rng.standard_normal((6, 3))):
            plot = polar_detection(
                node, t_ns, ulid(t_ns, number), ulid(START, number + 10 * link),
                float(polar[1]) + (askew_rad if node is ASKEW else 0.0), SIGMA[1],
                range_m=float(polar[0]), range_sigma_m=SIGMA[0],
                elevation_rad=float(polar[2]), elevation_sigma_rad=SIGMA[2],
            )  # fmt: skip
            fold.fold(Frame("sensors", t_ns, plot, link))
        if step % 8 < 2:
            fold.fold(Frame("sensors", t_ns, status(node, t_ns, ulid(t_ns, 99)), link))
        for part in range(1, 5):
            fold.fold(Frame(TICK, t_ns + part * SECOND // 10))
    return fold


def test_a_radar_askew_is_degraded_corrected_and_shown() -> None:
    fold = watched(0.021)
    health = {sensor.name: sensor.health for sensor in fold.sensors()}
    assert health == {"Old": SensorHealth.OK, "New": SensorHealth.DEGRADED}
    notes = {sensor.name: note_text(sensor, "en") for sensor in fold.sensors()}
    assert notes == {"Old": "", "New": "far off in azimuth"}
    picture = picture_to_wire(fold.picture(), FRAME, 5, 2, Mode.LIVE)
    shown = {
        sensor["name"]: {bias["quantity"]: bias for bias in sensor["biases"]} for sensor in picture["sensors"]
    }
    azimuth = shown["New"]["azimuth"]
    assert azimuth["applied"] and azimuth["large"] and abs(azimuth["value"] - np.degrees(0.021)) < 0.3
    assert 0 < azimuth["sigma"] < 0.2
    assert not any(bias["applied"] or bias["large"] for bias in shown["Old"].values())
    assert len(picture["tracks"]) == 6


def test_true_radars_are_well() -> None:
    fold = watched(0.0)
    assert {sensor.health for sensor in fold.sensors()} == {SensorHealth.OK}
    biases = [
        bias
        for sensor in picture_to_wire(fold.picture(), FRAME, 5, 2, Mode.LIVE)["sensors"]
        for bias in sensor["biases"]
    ]
    assert len(biases) == 8 and not any(bias["applied"] or bias["large"] for bias in biases)


def test_a_picture_without_registration_has_no_biases() -> None:
    picture = replace(watched(0.0).picture(), registration=None)
    assert all(
        sensor["biases"] == [] for sensor in picture_to_wire(picture, FRAME, 5, 2, Mode.LIVE)["sensors"]
    )
