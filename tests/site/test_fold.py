"""The fold: any frames in, nothing raised, everything counted, the same again on replay."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.errors import ConfigError, RecordingError
from marsad.feeds import sbs
from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.effect import Effect, Refuse, Register, Reply
from marsad.model.frame import CONFIGURATION, GAP, OPERATOR, TICK, Frame, FrameKind
from marsad.model.picture import NavigationState
from marsad.model.sensor import SensorHealth, SensorKind
from marsad.site.fold import SiteFold, fold_of

from ..example_site import example_site

SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND
SITE = example_site("127.0.0.1:5020", adsb='"127.0.0.1:30003"').encode()
NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)


def configured() -> SiteFold:
    return SiteFold(Frame(CONFIGURATION, START, SITE))


def hello(fold: SiteFold) -> list[Effect]:
    effects = fold.fold(Frame("sensors", START + SECOND, b"peer", 1, FrameKind.OPENED))
    effects += fold.fold(Frame("sensors", START + SECOND, registration(NODE, START + SECOND), 1))
    ready = status(NODE, START + SECOND, ulid(START + SECOND, 1), first=True)
    effects += fold.fold(Frame("sensors", START + SECOND, ready, 1))
    return effects


def inbound(fold: SiteFold, seconds: int, first: int = 2) -> list[Effect]:
    """A radar sees something come straight from the north at 50 m/s, once a second."""
    effects: list[Effect] = []
    for second in range(first, seconds):
        t_ns = START + second * SECOND
        plot = polar_detection(
            NODE, t_ns, ulid(t_ns, 7), ulid(t_ns, 8), 0.0, 0.005,
            range_m=6_000.0 - 50.0 * second, range_sigma_m=10.0,
            elevation_rad=0.03, elevation_sigma_rad=0.01,
        )  # fmt: skip
        effects += fold.fold(Frame("sensors", t_ns, plot, 1))
        if second % 4 == 0:
            beat = status(NODE, t_ns, ulid(t_ns, 9))
            effects += fold.fold(Frame("sensors", t_ns, beat, 1))
        for tenth in range(1, 10):
            effects += fold.fold(Frame(TICK, t_ns + tenth * SECOND // 10))
    return effects


def test_a_registration_is_acknowledged_as_an_effect() -> None:
    replies = [effect for effect in hello(configured()) if isinstance(effect, Reply)]
    assert [(reply.feed, reply.link) for reply in replies] == [("sensors", 1)]


def test_plots_become_one_track_on_the_picture() -> None:
    fold = configured()
    hello(fold)
    inbound(fold, 15)
    picture = fold.picture()
    assert len(picture.tracks) == len(picture.assessments) == 1
    assert picture.tracks.mean[0, 4] == pytest.approx(-50.0, abs=5.0)
    (sensor,) = [sensor for sensor in picture.sensors if sensor.kind is SensorKind.RADAR]
    assert sensor.health is SensorHealth.OK
    assert dict(picture.counters)["detections"] == 13


def test_the_trail_follows_the_picture_and_puts_the_incident_s_path_right() -> None:
    fold = configured()
    hello(fold)
    inbound(fold, 60)
    picture = fold.picture()
    assert picture.settled is not None
    assert 9 * SECOND <= picture.t_ns - picture.settled.t_ns <= 12 * SECOND
    (row,) = range(len(picture.settled))
    north = 6_000.0 * np.cos(0.03) + 111.0 - 50.0 * (picture.settled.t_ns - START) / SECOND
    assert abs(picture.settled.mean[row, 1] - north) < 20.0
    # the ten seconds before the alarm are in no record but the trail
    assert picture.incident is not None
    before = [t_s for t_s, _, _ in picture.incident.paths_enu[0][1:] if t_s < 0]
    assert len(before) >= 3 and min(before) > -12
    assert pickle.loads(pickle.dumps(fold)).picture().settled.mean.tobytes() == picture.settled.mean.tobytes()


def test_what_a_transponder_says_is_on_the_picture_with_its_track() -> None:
    fold = configured()
    for second in range(2, 20):
        t_ns = START + second * SECOND
        lines = [
            sbs.velocity(t_ns, "728001", 250.0, 180.0, 0.0),
            sbs.identification(t_ns, "728001", "IAW101@@"),
            sbs.position(t_ns, "728001", 33.5 - 0.00116 * second, 44.4, 9000.0),
        ]
        if second == 15:
            lines.insert(0, sbs.surveillance(t_ns, "728001", "7500", alert=True))
        fold.fold(Frame("adsb", t_ns, b"".join(lines), 1))
        for tenth in range(1, 10):
            fold.fold(Frame(TICK, t_ns + tenth * SECOND // 10))
        (claim,) = fold.picture().claims or (None,)
        if second >= 10:
            assert claim is not None and claim.callsign == "IAW101"
            assert claim.state.distress == ("unlawful_interference" if second >= 15 else "")
    again = pickle.loads(pickle.dumps(fold))
    assert again.picture().claims == fold.picture().claims


def test_a_closed_incident_stays_on_the_picture_and_what_is_done_twice_counts_once() -> None:
    fold = configured()
    hello(fold)
    inbound(fold, 60)
    closing = json.dumps(
        {
            "action": "close_incident",
            "by": "Layla",
            "outcome": "unknown",
            "casualties": {"status": "unknown", "killed": 0, "injured": 0},
            "damage": {"status": "unknown", "text": ""},
            "claim": {"status": "unknown", "text": ""},
        }
    ).encode()
    assert fold.incident() is not None
    (registered,) = fold.fold(Frame(OPERATOR, fold.t_ns, closing))
    assert isinstance(registered, Register)
    assert fold.incident() is None
    assert fold.picture().incident == registered.incident
    assert fold.fold(Frame(OPERATOR, fold.t_ns, closing)) == []
    (refusal,) = fold.fold(Frame(OPERATOR, fold.t_ns, closing.replace(b"Layla", b"Omar")))
    assert isinstance(refusal, Refuse) and refusal.reason == "nothing-to-close"


def test_the_same_frames_give_the_same_digest_and_a_snapshot_goes_on_alike() -> None:
    one, two = configured(), configured()
    for fold in (one, two):
        hello(fold)
        inbound(fold, 10)
    assert one.digest() == two.digest()
    thawed = pickle.loads(pickle.dumps(one))
    for fold in (two, thawed):
        for tick in range(40):
            fold.fold(Frame(TICK, START + 10 * SECOND + tick * SECOND // 5))
    assert thawed.digest() == two.digest() != one.digest()


FEEDS = ["sensors", "adsb", OPERATOR, TICK, CONFIGURATION, "nobody"]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(FEEDS),
            st.integers(-10 * SECOND, 60 * SECOND),
            st.binary(max_size=120)
            | st.sampled_from([registration(NODE, START), b'{"action":"all_clear","by":"x"}']),
            st.integers(0, 3),
            st.sampled_from(FrameKind),
        ),
        max_size=30,
    )
)
def test_no_frame_can_stop_the_site(items: list[tuple[str, int, bytes, int, FrameKind]]) -> None:
    fold = configured()
    for feed, offset_ns, data, link, kind in items:
        fold.fold(Frame(feed, START + offset_ns, data, link, kind))
    hello(fold)
    assert fold.counters["frames"] == len(items) + 3


def test_what_cannot_be_used_is_an_effect_and_a_count() -> None:
    fold = configured()
    (unknown,) = [effect for effect in fold.fold(Frame("radar-9", START, b"x")) if isinstance(effect, Refuse)]
    assert unknown.reason == "feed-unknown"
    assert "radar-9" in unknown.detail
    act = json.dumps({"action": "acknowledge", "by": "x", "alarm_id": "none"}).encode()
    assert any(isinstance(effect, Refuse) for effect in fold.fold(Frame(OPERATOR, START, act)))
    assert fold.counters["refused.feed-unknown"] == 1


def test_time_that_goes_back_is_held_and_counted() -> None:
    fold = configured()
    fold.fold(Frame(TICK, START + 5 * SECOND))
    fold.fold(Frame(TICK, START + 3 * SECOND))
    assert fold.t_ns == START + 5 * SECOND
    assert fold.counters["frames.time-back"] == 1


def test_a_gap_in_the_journal_is_remembered() -> None:
    fold = configured()
    fold.fold(Frame(GAP, START + SECOND, b"17"))
    fold.fold(Frame(GAP, START + SECOND, b"many"))
    assert dict(fold.picture().counters)["frames.unrecorded"] == 17


def test_the_same_configuration_is_a_restart() -> None:
    fold = configured()
    assert fold.fold(Frame(CONFIGURATION, START + SECOND, SITE)) == []
    assert fold.counters["restarts"] == 1


def test_a_config_with_five_faults_lists_five() -> None:
    faulty = SITE.decode()
    faulty = faulty.replace("latitude_deg = 33.3", "latitude_deg = 133.3").replace(
        'id = "gate"', 'id = "The Gate"'
    )
    faulty = faulty.replace("radius_m = 150.0", "radius_m = -1").replace(
        'standard = "sbs"', 'standard = "sbz"'
    )
    faulty += "\n[tracking]\nno_such_setting = 1\n"
    with pytest.raises(ConfigError) as caught:
        SiteFold(Frame(CONFIGURATION, START, faulty.encode()))
    told = str(caught.value)
    assert len(caught.value.faults) == 5, told
    assert {fault.key for fault in caught.value.faults} == {
        "site.latitude_deg",
        "site.zone.0.id",
        "site.zone.0.radius_m",
        "feed.1.standard",
        "tracking.no_such_setting",
    }
    assert "133.3" in told


def test_a_journal_must_begin_with_its_configuration() -> None:
    with pytest.raises(RecordingError, match="first frame is of feed 'tick'"):
        fold_of(Frame(TICK, START))


def test_scenario_sites_are_good_settings() -> None:
    import marsad.simulate as simulate

    for path in (Path(simulate.__file__).parent / "sites").glob("*.toml"):
        if "site" in path.read_text("utf-8") and "[site]" in path.read_text("utf-8"):
            assert SiteFold(Frame(CONFIGURATION, START, path.read_bytes())).site.zones


def spoofed(fold: SiteFold, seconds: range, count: int) -> None:
    """Five aircraft heard by ADS-B alone, so many of them put on one circle of 3 km by a jammer."""
    for second in seconds:
        t_ns = START + second * SECOND
        lines = []
        for number in range(5):
            angle, speed_kt = np.radians(3.0 * second + 40.0 * number), 305.0
            north_deg, east_deg, track_deg = 0.05 * number - 0.3, 0.0017 * second - 0.3, 90.0
            if number < count:
                north_deg, east_deg = 0.3 + 0.027 * np.cos(angle), 0.3 + 0.027 * np.sin(angle) / np.cos(0.58)
                track_deg = float(np.degrees(angle)) + 90.0
            icao = f"72800{number}"
            lines += [
                sbs.velocity(t_ns, icao, speed_kt, track_deg, 0.0),
                sbs.identification(t_ns, icao, f"IAW10{number}"),
                sbs.position(t_ns, icao, 33.3 + north_deg, 44.4 + east_deg, 25_000.0),
            ]
        fold.fold(Frame("adsb", t_ns, b"".join(lines), 1))
        fold.fold(Frame(TICK, t_ns + SECOND // 2))


def test_the_health_of_satellite_navigation_is_on_the_picture_and_the_same_on_replay() -> None:
    silent = configured()
    hello(silent)
    inbound(silent, 5)
    assert silent.picture().navigation is None  # no receiver of ADS-B: nobody looks after it
    folds = configured(), configured()
    for fold in folds:
        spoofed(fold, range(2, 60), 0)
    healthy = folds[0].picture().navigation
    assert healthy is not None and healthy.state is NavigationState.GOOD and healthy.aircraft == 5
    halfway = pickle.loads(pickle.dumps(folds[0]))
    for fold in (*folds, halfway):
        spoofed(fold, range(60, 180), 3)
        picture = fold.picture()
        health = picture.navigation
        assert health is not None and health.state is NavigationState.BAD
        names = {
            claim.callsign
            for track_id, claim in zip(picture.tracks.track_id.tolist(), picture.claims, strict=True)
            if claim is not None and track_id in health.spoofed
        }
        assert names == {"IAW100", "IAW101", "IAW102"}
    assert len({fold.digest() for fold in (*folds, halfway)}) == 1
    assert len({repr(fold.picture().navigation) for fold in (*folds, halfway)}) == 1
