"""The ground in the fold: from a frame of its own, for what falls and for how low tracks may be."""

import json
import pickle
import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.geo.local import LocalFrame
from marsad.geo.polar import polar_from_enu
from marsad.geo.surroundings import _MAGIC, HeightGrid, surroundings
from marsad.geo.terrain import EvenGround
from marsad.model.effect import Refuse
from marsad.model.frame import CONFIGURATION, TERRAIN, TICK, Frame, FrameKind
from marsad.model.sensor import SensorKind
from marsad.site.fold import SiteFold
from marsad.site.ground import TRACKS_UNDER_GROUND, UnderGround
from marsad.site.journal import JournalReader
from marsad.site.recorder import begin, replay, resume

from ..example_site import example_site

Array = NDArray[np.float64]
SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND
FRAME = LocalFrame(33.3, 44.4, 1_500.0)
SITE = (
    example_site("127.0.0.1:5020", adsb='"127.0.0.1:30003"')
    .replace("longitude_deg = 44.4\n", "longitude_deg = 44.4\nheight_m = 1500\n")
    .encode()
)
NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.3, 44.4, 1_520.0)
SIGMAS = np.array([10.0, np.radians(0.11), np.radians(0.11)])


def valley() -> bytes:
    """As high as the site, with a valley 600 m deep from 3 to 6 km in the east; not known in the north."""
    nodes = np.arange(-10_000.0, 10_001.0, 100.0)
    east, north = np.meshgrid(nodes, nodes)
    up = EvenGround(FRAME, FRAME.height_m).ground_up_m(east.ravel(), north.ravel()).reshape(east.shape)
    up[(east > 3_000) & (east < 6_000)] -= 600.0
    up[north > 8_000] = np.nan
    grid = HeightGrid(-10_000.0, -10_000.0, 100.0, up)
    return surroundings(FRAME, 10_000.0, 0.9, ["made-up.hgt"], [grid]).data


VALLEY = valley()


def fold_of_site(terrain: bytes = b"") -> SiteFold:
    fold = SiteFold(Frame(CONFIGURATION, START, SITE))
    if terrain:
        assert fold.fold(Frame(TERRAIN, START, terrain)) == []
    return fold


def fly(fold: SiteFold, path: Array) -> None:
    """A radar at the site sees a drone at places (t, 3), once a second."""
    t_ns = START + SECOND
    fold.fold(Frame("sensors", t_ns, b"peer", 1, FrameKind.OPENED))
    fold.fold(Frame("sensors", t_ns, registration(NODE, t_ns), 1))
    fold.fold(Frame("sensors", t_ns, status(NODE, t_ns, ulid(t_ns, 1), first=True), 1))
    for look, place in enumerate(path):
        t_ns = START + (2 + look) * SECOND
        seen = polar_from_enu(place - np.array(fold.sensors()[0].position_enu))
        plot = polar_detection(
            NODE, t_ns, ulid(t_ns, 10 + look), ulid(t_ns, 1), seen[1], SIGMAS[1],
            range_m=seen[0], range_sigma_m=SIGMAS[0], elevation_rad=seen[2], elevation_sigma_rad=SIGMAS[2],
        )  # fmt: skip
        fold.fold(Frame("sensors", t_ns, plot, 1))
        for part in range(1, 5):
            fold.fold(Frame(TICK, t_ns + part * SECOND // 4))


def flight(east_m: float, up_m: float) -> Array:
    return np.array([[east_m, 20.0 * look, up_m] for look in range(12)])


@pytest.mark.parametrize("terrain", [b"", VALLEY], ids=["unknown", "known"])
def test_a_drone_in_a_valley_below_the_site_is_shown(terrain: bytes) -> None:
    """The site at 1,500 m, the drone at 1,150 m over a valley floor at 900 m."""
    fold = fold_of_site(terrain)
    fly(fold, flight(4_500.0, -350.0))
    picture = fold.picture()
    assert len(picture.tracks) == 1
    if terrain:
        assert picture.above_ground_m == pytest.approx([250.0], abs=60.0)
    else:
        assert picture.above_ground_m is None and picture.terrain is None


def test_what_is_under_the_known_ground_is_no_object_and_is_counted() -> None:
    """A ghost 350 m under a plain, which would be an aircraft over a valley."""
    fold = fold_of_site(VALLEY)
    fly(fold, flight(8_000.0, -350.0))
    picture = fold.picture()
    assert len(picture.tracks) == 0
    assert dict(picture.counters)["tracking.tracks_under_ground"] > 0


def test_an_aircraft_far_below_the_site_at_100_km_is_shown() -> None:
    """At 1,500 ft above the sea, 1,043 m under the site, and 785 m more under its plane."""
    fold = fold_of_site()
    fold.fold(Frame("adsb", START, b"", 1, FrameKind.OPENED))
    for look in range(10):
        fields = ["MSG", "3", "1", "1", "4B43AC", "1", "2022/01/04", f"02:40:{look:02}.000"]
        fields += ["2022/01/04", f"02:40:{look:02}.000", "", "1500", "", "", f"{34.199 - look * 7e-4:.5f}"]
        fields += ["44.40000", "", "", "0", "0", "0", "0"]
        t_ns = START + (1 + look) * SECOND
        fold.fold(Frame("adsb", t_ns, (",".join(fields) + "\r\n").encode(), 1))
        fold.fold(Frame(TICK, t_ns + SECOND // 2))
    picture = fold.picture()
    assert len(picture.tracks) == 1
    assert picture.tracks.mean[0, 2] < -1_500


ELSEWHERE = surroundings(
    LocalFrame(33.3, 44.4, 1_499.0), 9e3, 0.5, [], [HeightGrid(0, 0, 9, np.zeros((2, 2)))]
).data


def endless() -> bytes:
    """Surroundings of a radius that no number of the machine holds."""
    head = {"site": asdict(FRAME), "radius_m": 10**400, "known_share": 1.0, "sources": [], "grids": []}
    body = json.dumps(head).encode() + b"\n" + zlib.compress(b"")
    return VALLEY[: len(_MAGIC)] + zlib.crc32(body).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (VALLEY[:-9], "checksum"),
        (b"", "begin with b''"),
        (ELSEWHERE, "of a site at"),
        (endless(), "a number below 1e+09 is allowed"),
    ],
)
def test_a_frame_that_cannot_be_read_is_refused_and_the_known_ground_kept(data: bytes, said: str) -> None:
    fold = fold_of_site(VALLEY)
    (refusal,) = fold.fold(Frame(TERRAIN, START + SECOND, data))
    assert isinstance(refusal, Refuse) and refusal.reason == "terrain-unreadable" and said in refusal.detail
    assert fold.ground.data == VALLEY
    assert dict(fold.picture().counters)["refused.terrain-unreadable"] == 1


def test_a_snapshot_carries_the_ground_as_its_bytes() -> None:
    fold = fold_of_site(VALLEY)
    thawed = pickle.loads(pickle.dumps(fold))
    for one in (fold, thawed):
        fly(one, flight(4_500.0, -350.0))
    assert thawed.digest() == fold.digest() and thawed.ground.data == VALLEY
    assert len(pickle.dumps(fold.ground)) < len(VALLEY) + 1_000


def test_a_journal_replays_with_its_ground_and_a_changed_one_is_written_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.mcap"
    recorder = begin(path, SITE, START, VALLEY)
    recorder.take([Frame(TICK, START + SECOND)])
    recorder.journal.close()
    assert replay(path).fold.ground.data == VALLEY
    for terrain in (VALLEY, b""):  # the same, and a folder that cannot be read now
        recorder, _ = resume(path, START + 2 * SECOND, terrain=terrain)
        recorder.journal.close()
        replayed = replay(path)
        told = [frame for frame in JournalReader(path).frames() if frame.feed == TERRAIN]
        assert replayed.fold.ground.data == VALLEY and len(told) == 1
    other = surroundings(FRAME, 9e3, 0.5, [], [HeightGrid(0, 0, 9, np.zeros((2, 2)))]).data
    recorder, _ = resume(path, START + 3 * SECOND, terrain=other)
    recorder.journal.close()
    replayed = replay(path)
    assert replayed.fold.ground.data == other and replayed.fold.digest() == recorder.fold.digest()


def test_what_falls_comes_down_to_the_ground_there() -> None:
    known, unknown = fold_of_site(VALLEY), fold_of_site()
    for fold in (known, unknown):
        ground = fold._assessor._aimer._ground
        up = ground.ground_up_m(np.array([0.0, 4_500.0]), np.zeros(2))
        assert up == pytest.approx([0.0, -601.6 if fold is known else 0.0], abs=0.5)


def test_many_tracks_under_ground_are_news_for_a_minute() -> None:
    counted = UnderGround()
    counted.note(START, 19)
    assert counted.notices() == ()
    counted.note(START + SECOND, 40)
    assert counted.notices() == (TRACKS_UNDER_GROUND,)
    counted.note(START + 62 * SECOND, 40)
    assert counted.notices() == ()
