"""A snapshot and its deltas give back exactly the pictures that were shown."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json, to_json

from marsad import wire
from marsad.geo.local import LocalFrame
from marsad.model.asker import Asker, Asking
from marsad.model.clock import ClockStep
from marsad.model.detection import Claim, ClaimedState
from marsad.model.picture import NavigationHealth, NavigationState, Picture
from marsad.model.reason import Reason
from marsad.model.sensor import Sensor, SensorHealth, SensorKind
from marsad.model.site import Mode
from marsad.model.threat import THREAT_CLASSES, Identity, Level, ThreatAssessment, ZoneThreat
from marsad.model.track import TrackTable
from marsad.model.warning import Alarm, AlarmState, TimeLeft, WarningEvent, WarningEventKind
from marsad.server.delta import applied, delta
from marsad.wire.encode import picture_to_wire

FRAME = LocalFrame(33.8, 42.4, 190.0)
finite = st.floats(-20_000, 20_000)
left = st.one_of(st.just(float("nan")), st.floats(0, 400))


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    ids = draw(st.lists(st.integers(1, 12), unique=True, max_size=8))
    count = len(ids)
    mean = np.array([[draw(finite) for _ in range(6)] for _ in ids]).reshape(count, 6)
    t_ns = draw(st.integers(1_700_000_000, 1_700_000_100)) * 10**9
    table = TrackTable(
        t_ns, np.array(ids, np.int64), mean, np.tile(np.eye(6) * 30, (count, 1, 1)),
        np.ones(count), np.ones(count, bool), np.full(count, t_ns), np.full(count, t_ns), np.full(count, 3),
        np.ones((count, 2)),
    )  # fmt: skip
    alarm_ids = draw(st.lists(st.sampled_from("abcd"), unique=True))
    return Picture(
        t_ns,
        table,
        tuple(draw(assessments(track_id, t_ns)) for track_id in ids),
        tuple(draw(alarms(alarm_id, t_ns)) for alarm_id in alarm_ids),
        tuple(
            Sensor(sensor_id, sensor_id, SensorKind.RADAR, "f", health=draw(st.sampled_from(SensorHealth)))
            for sensor_id in draw(st.lists(st.sampled_from("xyz"), unique=True))
        ),
        None,
        (("frames", draw(st.integers(0, 3))),),
        tuple(draw(st.lists(st.sampled_from(["journal.unwritable", "overload"]), unique=True))),
        settled=draw(st.sampled_from([None, replace(table, t_ns=t_ns - 10**10)])),
        notices=draw(st.sampled_from([(), ("simulation-over",)])),
        claims=tuple(draw(claims) for _ in ids),
        navigation=draw(
            st.sampled_from(
                [None, NavigationHealth(NavigationState.BAD, 4, (1, 2), (Reason("navigation.x"),))]
            )
        ),
        clock=draw(st.sampled_from([None, ClockStep(t_ns, -3_600 * 10**9)])),
        utc_offset_ns=draw(st.sampled_from([0, -3_600 * 10**9])),
        askers=draw(st.sampled_from([(), (ASKER,)])),
        ended=draw(st.sampled_from([(), (ended("a", WarningEventKind.ALL_CLEAR, t_ns),), ENDED])),
    )


def ended(alarm_id: str, kind: WarningEventKind, t_ns: int = 1, words: str = "") -> WarningEvent:
    reasons = (Reason("alarm.retracted", (("words", words),)),) if words else ()
    return WarningEvent(
        *(t_ns, kind, alarm_id, "r", "z", Level.WARN, None, TimeLeft(1.0, 1.0, 2.0)), reasons=reasons, by="x"
    )


ENDED = (ended("e", WarningEventKind.RETRACTED, 10**18, "a bird"),)
ASKER = Asker("f", "x", "Radar", SensorKind.RADAR, "10.0.0.1", Asking.ASKS, 1, 2, 3)
claims = st.none() | st.builds(
    Claim,
    st.just("icao"),
    st.sampled_from(["4b43ac", "~00aa11"]),
    state=st.builds(ClaimedState, st.sampled_from(["", "7700", "2000"]), on_ground=st.booleans()),
)


@st.composite
def assessments(draw: st.DrawFn, track_id: int, t_ns: int) -> ThreatAssessment:
    level = draw(st.sampled_from(Level))
    zone = ZoneThreat("z", 10.0, float("nan"), 0.5, draw(left), 1.0, 2.0, 3.0, 4.0, level)
    return ThreatAssessment(
        track_id, t_ns, level, draw(st.floats(0, 100)), draw(st.sampled_from(Identity)), "",
        (1 / 8,) * 8, 0.5, 3.0,
        (Reason("intent.closing", (("duration_s", draw(left)),), 2.0),), Reason("rule.info"), None, (zone,),
    )  # fmt: skip


@st.composite
def alarms(draw: st.DrawFn, alarm_id: str, t_ns: int) -> Alarm:
    return Alarm(
        alarm_id, "r", "z", Level.WARN, draw(st.sampled_from(AlarmState)), t_ns, t_ns, (1,), (1,),
        TimeLeft(draw(left), 1.0, 2.0), (),
    )  # fmt: skip


def by_key(picture: wire.Picture) -> dict[str, Any]:
    """The picture without the order of tracks and sensors, which means nothing."""
    columns = dict(picture["motion"])
    rows = zip(*(list(columns[name]) for name in sorted(columns)), strict=True)  # type: ignore[call-overload]
    return {
        **picture,
        "motion": sorted(rows, key=str),
        "tracks": {track["track_id"]: track for track in picture["tracks"]},
        "sensors": {sensor["sensor_id"]: sensor for sensor in picture["sensors"]},
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(pictures(), min_size=2, max_size=4), st.integers(1, 4))
def test_deltas_applied_to_a_snapshot_rebuild_every_picture(shown: list[Picture], detailed: int) -> None:
    wires = [picture_to_wire(picture, FRAME, detailed, 2, Mode.EXERCISE) for picture in shown]
    held: wire.Picture = from_json(to_json(wires[0]))
    for number, (old, new) in enumerate(itertools.pairwise(wires), 1):
        message = from_json(to_json(delta(old, new, number, number + 1, 0), inf_nan_mode="null"))
        wire.MESSAGE.validate_python(message, strict=True)
        held = applied(held, message)
        assert by_key(held) == by_key(from_json(to_json(new)))


@settings(max_examples=30, deadline=None)
@given(pictures())
def test_a_picture_that_did_not_change_gives_an_empty_delta(picture: Picture) -> None:
    encoded = picture_to_wire(picture, FRAME, 3, 2, Mode.EXERCISE)
    message = delta(encoded, encoded, 1, 2, 0)
    assert message["tracks"] == [] and message["alarms"] == [] and message["sensors"] == []
    assert message["motion"]["track_id"] == []
    assert (
        "trail" not in message
        and "incident" not in message
        and "counters" not in message
        and "faults" not in message
        and "notices" not in message
        and "navigation" not in message
        and "clock" not in message
        and "utc_offset_ms" not in message
        and "askers" not in message
    )


@settings(max_examples=30, deadline=None)
@given(pictures())
def test_every_picture_fits_the_published_schema(picture: Picture) -> None:
    wire.PICTURE.validate_json(
        to_json(picture_to_wire(picture, FRAME, 3, 2, Mode.EXERCISE), inf_nan_mode="constants"), strict=True
    )


def test_moving_one_track_sends_one_row() -> None:
    t_ns = 10**18
    mean = np.zeros((2, 6))
    table = TrackTable(
        t_ns, np.array([1, 2]), mean, np.tile(np.eye(6), (2, 1, 1)), np.ones(2), np.ones(2, bool),
        np.full(2, t_ns), np.full(2, t_ns), np.full(2, 3), np.ones((2, 2)),
    )  # fmt: skip
    picture = Picture(t_ns, table, (), (), (), None, ())
    moved = replace(picture, tracks=replace(table, mean=mean + np.array([[0.0] * 6, [50.0] + [0.0] * 5])))
    old, new = (picture_to_wire(one, FRAME, 1, 1, Mode.EXERCISE) for one in (picture, moved))
    message = delta(old, new, 1, 2, 0)
    assert message["motion"]["track_id"] == [2]
    assert message["motion"]["east_m"] == [50.0]


def test_classes_on_the_wire_are_those_of_the_model() -> None:
    assert set(wire.ClassName.__args__) == set(THREAT_CLASSES)  # type: ignore[attr-defined]
    assert set(wire.IdentityName.__args__) == set(Identity)  # type: ignore[attr-defined]
