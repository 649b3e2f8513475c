import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import cos, isnan, nan, radians, sin
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.errors import ReceivedError
from marsad.feeds import sbs
from marsad.feeds.sbs_feed import SbsFeed
from marsad.feeds.settings import SbsSettings
from marsad.geo.local import LocalFrame
from marsad.model.detection import Claim, ClaimedState, ClaimSource, Distress
from marsad.model.frame import Frame, FrameKind
from marsad.model.sensor import SensorHealth, SensorKind

T0 = 1_641_290_400_250_000_000
S = 1_000_000_000
SITE = LocalFrame(33.26, 44.23, 35.0)
Hear = Callable[..., Any]


def feed_with(**changes: Any) -> SbsFeed:
    return SbsFeed(SbsSettings.model_validate({"name": "adsb", "connect": "receiver:30003"} | changes), SITE)


def hear(feed: SbsFeed, *lines: bytes, t_ns: int = T0, link: int = 1) -> Any:
    return feed.receive(Frame("adsb", t_ns, b"".join(lines), link))


def test_lines_have_the_format_of_basestation() -> None:
    line = sbs.position(T0, "4b43ac", 33.123456, 44.5, 12_345.0)
    assert line == (
        b"MSG,3,1,1,4B43AC,1,2022/01/04,10:00:00.250,2022/01/04,10:00:00.250,"
        b",12345,,,33.12346,44.50000,,,0,0,0,0\r\n"
    )
    for other in (sbs.identification(T0, "4b43ac", "IAW101"), sbs.velocity(T0, "4b43ac", 250, 90, None)):
        assert other.count(b",") == sbs.COLUMNS - 1


def test_position_velocity_and_callsign_are_joined() -> None:
    feed = feed_with()
    received = hear(
        feed,
        sbs.identification(T0, "4B43AC", "IAW101"),
        sbs.velocity(T0, "4B43AC", 250.0, 120.0, -640.0),
        sbs.position(T0 + S // 2, "4B43AC", 33.4, 44.4, 3000.0),
        t_ns=T0 + S // 2,
    )
    (detection,) = received.detections
    position = SITE.enu_from_geodetic(33.4, 44.4, 3000 * 0.3048)
    speed, track = 250 * 1852 / 3600, radians(120)
    local = np.array([speed * sin(track), speed * cos(track), -640 * 0.3048 / 60])
    velocity = SITE.rotation_enu_from_local(position) @ local
    assert detection.values == pytest.approx((*position, *velocity), abs=1e-6)
    assert detection.sigmas == (50.0, 50.0, 100.0, 3.0, 3.0, 3.0)
    state = ClaimedState(
        "",
        alert=False,
        emergency=False,
        ident=False,
        on_ground=False,
        climb_mps=-640.0 * 0.3048 / 60,
        altitude_m=3000.0 * 0.3048,
    )
    assert detection.claim == Claim("icao", "4b43ac", "IAW101", state=state)
    assert detection.t_ns == T0 + S // 2
    assert (detection.sensor_id, detection.object_id) == ("adsb", "4b43ac")


def test_a_stale_velocity_is_not_joined() -> None:
    feed = feed_with()
    hear(feed, sbs.velocity(T0, "4B43AC", 250.0, 120.0, 0.0))
    later = T0 + 4 * S
    (detection,) = hear(feed, sbs.position(later, "4B43AC", 33.4, 44.4, 3000.0), t_ns=later).detections
    assert [isnan(value) for value in detection.values] == [False] * 3 + [True] * 3


def test_an_unknown_altitude_stays_unknown() -> None:
    (detection,) = hear(feed_with(), sbs.position(T0, "4B43AC", 33.4, 44.4, None)).detections
    assert isnan(detection.values[2])
    assert isnan(detection.sigmas[2])


def test_an_altitude_of_another_line_fills_in_while_fresh() -> None:
    feed = feed_with(pressure_offset_m=20.0)
    surveillance = sbs.position(T0, "4B43AC", 0, 0, 1000.0).replace(b"0.00000,0.00000", b",")
    surveillance = surveillance.replace(b"MSG,3", b"MSG,5")
    assert hear(feed, surveillance).detections == []
    (detection,) = hear(feed, sbs.position(T0, "4B43AC", 33.26, 44.23, None)).detections
    assert detection.values[2] == pytest.approx(1000 * 0.3048 + 20 - 35, abs=0.01)


def test_aircraft_on_the_ground_are_counted_not_shown() -> None:
    feed = feed_with()
    assert hear(feed, sbs.position(T0, "4B43AC", 33.26, 44.23, 100, on_ground=True)).detections == []
    assert feed.counters["on-ground"] == 1
    surface = sbs.position(T0, "AAAAAA", 33.26, 44.23, None).replace(b"MSG,3", b"MSG,2")
    surface = surface.replace(b",0,0,0,0\r", b",,,,\r")
    assert hear(feed, surface).detections == []
    assert feed.counters["on-ground"] == 2


def cells_of(line: bytes, **changes: str) -> bytes:
    """The line with some of its last columns changed."""
    names = {
        "callsign": 10,
        "altitude": 11,
        "squawk": 17,
        "alert": 18,
        "emergency": 19,
        "spi": 20,
        "ground": 21,
    }
    cells = line.decode().strip().split(",")
    for name, cell in changes.items():
        cells[names[name]] = cell
    return ",".join(cells).encode() + b"\r\n"


AIRBORNE = sbs.position(T0, "4B43AC", 33.4, 44.4, 3000.0)


@pytest.mark.parametrize("word", ["0", "false", "False", "FALSE", "F", "f", "0.0", "00", "N", "no", "-0"])
def test_a_ground_flag_that_says_no_means_no(word: str) -> None:
    (detection,) = hear(feed_with(), cells_of(AIRBORNE, ground=word)).detections
    assert detection.claim.state.on_ground is False


@pytest.mark.parametrize("word", ["1", "-1", "true", "True", "T", "Y", "yes", "1.0", "-1.0"])
def test_a_ground_flag_that_says_yes_means_yes(word: str) -> None:
    feed = feed_with()
    assert hear(feed, cells_of(AIRBORNE, ground=word)).detections == []
    assert feed.counters["on-ground"] == 1


@pytest.mark.parametrize("word", ["perhaps", "2", "nan", "0x0", "--1"])
def test_a_ground_flag_that_says_neither_is_refused_by_name(word: str) -> None:
    (refusal,) = hear(feed_with(), cells_of(AIRBORNE, ground=word)).refusals
    assert refusal.reason == "malformed" and repr(word) in refusal.detail


def test_a_place_in_the_air_is_in_the_air_after_one_on_the_ground() -> None:
    feed = feed_with()
    rolling = cells_of(sbs.position(T0, "4B43AC", 33.4, 44.4, None, on_ground=True)).replace(
        b"MSG,3", b"MSG,2"
    )
    assert hear(feed, rolling).detections == []
    assert len(hear(feed, cells_of(AIRBORNE, ground="")).detections) == 1


@pytest.mark.parametrize(
    "evidence",
    [sbs.velocity(T0, "4B43AC", 292.0, 120.0, 0.0), sbs.position(T0, "4B43AC", 33.4, 44.4, 9000.0)],
)
def test_a_ground_flag_against_the_evidence_is_counted_and_not_believed(evidence: bytes) -> None:
    feed = feed_with()
    stray = cells_of(sbs.surveillance(T0, "4B43AC", "", on_ground=True)).replace(b"MSG,6", b"MSG,8")
    hear(feed, evidence, stray)
    assert feed.counters["ground-flag-contradicted"] == 1
    later = sbs.position(T0 + S, "4B43AC", 33.4, 44.4, None).replace(b"0,0,0,0\r", b",,,\r")
    assert len(hear(feed, later, t_ns=T0 + S).detections) == 1


def test_a_landing_is_believed() -> None:
    feed = feed_with()
    hear(
        feed,
        sbs.velocity(T0, "4B43AC", 140.0, 120.0, -700.0),
        sbs.position(T0, "4B43AC", 33.26, 44.23, 150.0),
    )
    touched = sbs.position(T0 + S, "4B43AC", 33.26, 44.23, None, on_ground=True)
    assert hear(feed, touched, t_ns=T0 + S).detections == []
    assert "ground-flag-contradicted" not in feed.counters


@pytest.mark.parametrize("padded", ["ABC123@@@", "ABC123__", "  ABC123 ", "@_ABC123 @"])
def test_padding_is_no_part_of_a_callsign(padded: str) -> None:
    (detection,) = hear(feed_with(), cells_of(AIRBORNE, callsign=padded)).detections
    assert detection.claim.callsign == "ABC123"


@pytest.mark.parametrize(
    ("squawk", "emergency", "distress"),
    [
        ("7500", False, Distress.UNLAWFUL_INTERFERENCE),
        ("7600", False, Distress.RADIO_FAILURE),
        ("7700", True, Distress.EMERGENCY),
        ("2000", False, Distress.NONE),
        ("21", False, Distress.NONE),
        ("", True, Distress.EMERGENCY),
    ],
)
def test_code_and_flags_travel_with_the_next_position(
    squawk: str, emergency: bool, distress: Distress
) -> None:
    feed = feed_with()
    hear(feed, sbs.surveillance(T0, "4B43AC", squawk, emergency=emergency, alert=True, ident=True))
    silent = cells_of(AIRBORNE, alert="", emergency="", spi="")
    state = hear(feed, silent).detections[0].claim.state
    assert (state.squawk, state.emergency) == (squawk.zfill(4) if squawk else "", emergency)
    assert (state.alert, state.ident, state.distress) == (True, True, distress)


@pytest.mark.parametrize("cell", ["7800", "12345", "x", "-1"])
def test_a_code_that_is_none_costs_only_itself(cell: str) -> None:
    feed = feed_with()
    (detection,) = hear(feed, cells_of(AIRBORNE, squawk=cell, spi="maybe")).detections
    assert (detection.claim.state.squawk, detection.claim.state.ident) == ("", None)
    assert (feed.counters["unread-squawk"], feed.counters["unread-ident"]) == (1, 1)


def test_an_altitude_above_the_ellipsoid_is_not_corrected_for_the_pressure() -> None:
    feed = feed_with(pressure_offset_m=500.0)
    line = cells_of(sbs.position(T0, "4B43AC", 33.26, 44.23, 1000.0), altitude="1000H")
    (detection,) = hear(feed, line).detections
    assert detection.values[2] == pytest.approx(1000 * 0.3048 - 35, abs=0.01)
    assert detection.claim.state.geometric is True


def test_what_ground_stations_computed_is_read_and_known_as_such() -> None:
    feed = feed_with()
    computed = (
        b"MLAT,3,1,1,A76E37,1,2022/01/04,10:00:00.250,2022/01/04,10:00:00.250,,28211,497,66,33.8347,44.4883,"
        b"1696,,,,,,4,,72\r\n"
    )
    relayed = AIRBORNE.replace(b"4B43AC", b"~2A3B4C")
    one, other = hear(feed, computed, relayed).detections
    assert (one.claim.state.source, one.sigmas[0]) == (ClaimSource.MULTILATERATION, 150.0)
    assert (other.claim.state.source, other.sigmas[0]) == (ClaimSource.RELAYED, 150.0)
    assert other.claim.label == "icao:~2a3b4c"


@pytest.mark.parametrize("kind", [b"SEL", b"ID", b"AIR", b"STA", b"CLK"])
def test_other_kinds_of_lines_are_passed_over(kind: bytes) -> None:
    feed = feed_with()
    received = hear(feed, kind + b",,496,2286,4CA4E5,27215,2010/02/19,18:06:07.710\r\n\r\n")
    assert (received.detections, received.refusals) == ([], [])


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1",
        b"MSG,9,1,1,4B43AC,1,,,,",
        b"MSG,3,1,1,XYZ,1,,,,,,,",
        b"MSG,3",
        b"\xff\xfe\x00",
        b"MSG,3,1,1,4B43AC,1,,,,,,1000,,,nan,44.2,,,0,0,0,0",
        b"MSG,3,1,1,4B43AC,1,,,,,,1000,,,93.2,44.2,,,0,0,0,0",
        b"MSG,4,1,1,4B43AC,1,,,,,,,1e999,20,,,,,0,0,0,0",
    ],
)
def test_a_bad_line_is_refused_and_quoted_and_the_next_is_read(line: bytes) -> None:
    feed = feed_with()
    received = hear(feed, line + b"\r\n", sbs.position(T0, "4B43AC", 33.4, 44.4, 3000.0))
    (refusal,) = received.refusals
    assert refusal.reason == "malformed"
    assert feed.counters["malformed"] == 1
    assert len(received.detections) == 1


def test_a_place_beyond_the_horizon_of_any_receiver_is_refused() -> None:
    received = hear(feed_with(), sbs.position(T0, "4B43AC", -33.0, 44.0, 3000.0))
    assert [refusal.reason for refusal in received.refusals] == ["position-implausible"]


def test_an_implausible_generated_time_gives_way_to_the_receive_time() -> None:
    feed = feed_with()
    local_time = T0 + 3 * 3600 * S
    (detection,) = hear(feed, sbs.position(local_time, "4B43AC", 33.4, 44.4, 3000.0)).detections
    assert detection.t_ns == T0
    assert feed.counters["time-implausible"] == 1


def test_an_endless_line_is_refused_once_and_the_stream_goes_on() -> None:
    feed = feed_with()
    reasons = []
    for _ in range(20):
        reasons += [refusal.reason for refusal in hear(feed, b"x" * 400).refusals]
    assert reasons == ["line-too-long"]
    good = sbs.position(T0, "4B43AC", 33.4, 44.4, 3000.0)
    assert len(hear(feed, b"end\n" + good).detections) == 1


def test_the_receiver_is_the_sensor_and_is_lost_when_silent() -> None:
    feed = feed_with()
    (before,) = feed.sensors()
    assert (before.health, before.kind, before.position_enu) == (SensorHealth.LOST, SensorKind.ADSB, None)
    received = hear(feed, sbs.identification(T0, "4B43AC", "IAW101"))
    assert [sensor.health for sensor in received.sensors] == [SensorHealth.OK]
    assert feed.advance(T0 + 60 * S).sensors == []
    lost = feed.advance(T0 + 61 * S).sensors
    assert [sensor.health for sensor in lost] == [SensorHealth.LOST]
    assert lost[0].last_t_ns == T0
    assert feed.advance(T0 + 62 * S).sensors == []


def test_a_closed_connection_shows_on_the_sensor() -> None:
    feed = feed_with()
    hear(feed, sbs.identification(T0, "4B43AC", "IAW101"), b"MSG,3,half a li")
    received = feed.receive(Frame("adsb", T0, b"", 1, FrameKind.CLOSED))
    assert received.sensors[0].health is SensorHealth.DEGRADED
    assert feed.counters["frame-truncated"] == 1


def test_the_table_of_aircraft_is_bounded_and_forgets() -> None:
    feed = feed_with(aircraft_max=10)
    hear(feed, *[sbs.identification(T0, f"{number:06x}", "A") for number in range(25)])
    assert feed.counters["aircraft-dropped"] == 15
    feed.advance(T0 + 61 * S)
    assert feed.counters["aircraft-expired"] == 10


def test_a_flood_is_told_once_a_second() -> None:
    feed = feed_with(lines_per_s_max=10)
    received = hear(feed, *[sbs.position(T0, "4B43AC", 33.4, 44.4, 3000.0)] * 50)
    assert len(received.detections) == 10
    assert [refusal.reason for refusal in received.refusals] == ["flood"]
    assert feed.counters["flood"] == 40


SPEECH = b"".join(
    [
        sbs.identification(T0, "4B43AC", "IAW101"),
        sbs.velocity(T0, "4B43AC", 250.0, 120.0, 0.0),
        sbs.position(T0, "4B43AC", 33.4, 44.4, 3000.0),
        b"nonsense\r\n",
        b"x" * 600 + b"\n",
        sbs.surveillance(T0, "AAAAAA", "7700", emergency=True, alert=True),
        sbs.position(T0, "AAAAAA", 33.5, 44.4, 3000.0),
    ]
)


@given(st.lists(st.integers(1, 300), max_size=30))
def test_any_chunking_gives_the_same_result(cuts: list[int]) -> None:
    whole, pieces = feed_with(), feed_with()
    expected = hear(whole, SPEECH)
    assert len(expected.detections) == 2
    stream, detections = SPEECH, []
    for cut in [*cuts, len(stream)]:
        detections += hear(pieces, stream[:cut]).detections
        stream = stream[cut:]
    assert repr(detections) == repr(expected.detections)
    assert pieces.counters == whole.counters


@given(
    st.lists(
        st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: text.encode())), max_size=5
    )
)
def test_no_bytes_make_it_raise(chunks: list[bytes]) -> None:
    feed = feed_with()
    for chunk in chunks:
        hear(feed, chunk, b"\n", b"MSG,3,1,1,4B43AC,1," + chunk + b"\n")
    feed.advance(T0 + 10**12)


cells = st.one_of(
    st.sampled_from(["", "7500", "7700", "True", "F", "00", "1000H", "ABC@@", "H", "0", "-1", "nan"]),
    st.sampled_from(["inf", "1e308", "2022/01/04", "10:00:00.1"]),
    st.text(max_size=6),
)


@given(
    st.sampled_from(["MSG", "MLAT"]), st.sampled_from("12345678"), st.lists(cells, min_size=16, max_size=20)
)
def test_no_columns_make_it_raise(first: str, kind: str, columns: list[str]) -> None:
    line = ",".join([first, kind, "1", "1", "4B43AC", *columns]).replace("\n", " ")
    received = hear(feed_with(), line.encode("utf-8", "replace") + b"\n")
    for detection in received.detections:
        for value, sigma in zip(detection.values, detection.sigmas, strict=True):
            assert (value != value) == (sigma != sigma)


@given(
    st.floats(-80, 80),
    st.floats(-179, 179),
    st.floats(-1000, 60_000),
    st.floats(0, 2000),
    st.floats(0, 359.9),
)
def test_lines_are_read_as_they_were_written(
    latitude: float, longitude: float, altitude: float, speed: float, track: float
) -> None:
    place = sbs.parsed(sbs.position(T0, "4b43ac", latitude, longitude, altitude).strip())
    assert place is not None
    assert place.generated_t_ns == T0
    assert (place.latitude_deg, place.longitude_deg) == pytest.approx((latitude, longitude), abs=6e-6)
    assert place.altitude_ft == pytest.approx(altitude, abs=0.5)
    assert place.on_ground is False
    move = sbs.parsed(sbs.velocity(T0, "4b43ac", speed, track, nan if speed > 1000 else 64.0).strip())
    assert move is not None
    assert move.ground_speed_kt == pytest.approx(speed, abs=0.051)
    assert (move.track_deg - track + 180) % 360 - 180 == pytest.approx(0, abs=0.051)


@given(st.from_regex(r"[0-7]{4}", fullmatch=True), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_codes_and_flags_are_read_as_they_were_written(
    squawk: str, alert: bool, emergency: bool, ident: bool, on_ground: bool
) -> None:
    flags = {"alert": alert, "emergency": emergency, "ident": ident, "on_ground": on_ground}
    line = sbs.parsed(sbs.surveillance(T0, "4b43ac", squawk, **flags).strip())
    assert line is not None
    assert (line.squawk, line.alert, line.emergency, line.ident, line.on_ground, line.unread) == (
        squawk, alert, emergency, ident, on_ground, (),
    )  # fmt: skip


@given(st.text(max_size=8))
def test_a_flag_is_yes_no_or_unread_and_never_a_guess(cell: str) -> None:
    meaning = sbs.flag_of(cell)
    assert meaning in (True, False, None)
    assert (meaning is None) or cell.strip().lower()[:1] in set("tfyn01-+.")


def test_what_is_no_line_raises_with_the_datum() -> None:
    with pytest.raises(ReceivedError, match="'12345Z'"):
        sbs.parsed(b"MSG,1,1,1,12345Z,1,,,,,X")


def test_a_snapshot_goes_on_as_if_nothing_had_happened() -> None:
    feed = feed_with()
    hear(feed, SPEECH[:200])
    twin = pickle.loads(pickle.dumps(feed))
    assert repr(hear(feed, SPEECH[200:])) == repr(hear(twin, SPEECH[200:]))
    assert feed.counters == twin.counters


@pytest.mark.parametrize("date", ["2022/01/04", " 2022/1/4 ", "2022/02/29", "2024/02/29", "", "0022/01/04"])
@pytest.mark.parametrize(
    "time",
    [
        *("10:00:00.250", "23:59:59.999", "24:00:00.000", "1:2:3.4", "10:00:00", "10:00:60.000", ""),
        *(" 10:00:00.250 ", "10:00:00.123456", "١٠:00:00.250", "10:00:00.250x", "10:61:00.000"),
    ],
)
def test_the_usual_form_of_a_time_is_read_as_any_other(date: str, time: str) -> None:
    try:
        moment = datetime.strptime(f"{date.strip()} {time.strip()} +0000", "%Y/%m/%d %H:%M:%S.%f %z")
        wanted = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    except ValueError:
        wanted = None
    line = sbs.position(T0, "4b43ac", 33.0, 44.0, 1_000.0).decode().split(",")
    line[6], line[7] = date, time
    if "١" in time:  # a line is ASCII: what is not is replaced before it is read
        wanted = None
    found = sbs.parsed(",".join(line).encode())
    assert found is not None and found.generated_t_ns == wanted
