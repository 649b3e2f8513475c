import gzip
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.errors import MarsadError, ReceivedError, RecordingError
from marsad.feeds.sapient.wire import SapientMessage
from marsad.model.frame import Frame, FrameKind
from marsad.simulate.playback import drone_csv, opensky_csv, traffic_json

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
NODE = "44444444-4444-4444-8444-444444444444"
NS = 1_000_000_000
OPENSKY = (
    "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,baroaltitude,lastposupdate\n"
    "1626098410,407a19,53.5,-4.05,100.0,90.0,-5.08,GMDSI   ,False,3048.0,1626098409.76\n"
    "1626098400,3c4591,51.4,-0.44,200.0,10.5,,BOX413  ,False,,1626098398.996\n"
    "1626098420,3c4591,51.5,-0.43,200.0,10.5,0.0,BOX413  ,True,1000.0,1626098418.5\n"
    "1626098430,3c4591,51.5,-0.43,200.0,10.5,0.0,BOX413  ,True,1000.0,1626098418.5\n"
)
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared recordings are not here")


def cells(frames: list[Frame]) -> list[list[str]]:
    return [frame.data.decode("ascii").rstrip("\r\n").split(",") for frame in frames if frame.data]


def written(tmp_path: Path, text: str, name: str = "a.csv.gz") -> Path:
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_opensky_rows_become_lines_in_the_units_of_sbs_at_their_own_times(tmp_path: Path) -> None:
    frames = list(opensky_csv(written(tmp_path, OPENSKY)))
    assert frames[0].kind is FrameKind.OPENED and frames[-1].kind is FrameKind.CLOSED
    assert [frame.t_ns for frame in frames] == sorted(frame.t_ns for frame in frames)
    lines = cells(frames)
    # a position sampled twice is stated once, a callsign when it is new
    assert [(row[1], row[4]) for row in lines] == [
        *[(kind, "3C4591") for kind in "134"],
        *[(kind, "407A19") for kind in "134"],
        *[(kind, "3C4591") for kind in "34"],
    ]
    assert lines[0][6:8] == ["2021/07/12", "13:59:58.996"] and lines[0][10] == "BOX413"
    assert lines[1][11] == "" and lines[4][11] == "10000"
    assert lines[5][12] == "194.4" and lines[5][13] == "90.0" and lines[5][16] == "-1000"
    assert lines[1][21] == "0" and lines[6][21] == "-1"


def test_a_recording_can_be_moved_in_time(tmp_path: Path) -> None:
    start = 1_641_264_000 * NS
    frames = list(opensky_csv(written(tmp_path, OPENSKY), start_t_ns=start))
    assert frames[0].t_ns == start and frames[-1].t_ns - start == round(19.504 * NS)
    assert cells(frames)[0][6] == "2022/01/04"


def test_traffic_times_may_be_milliseconds_or_iso(tmp_path: Path) -> None:
    text = """[
      {"timestamp": 1558732719250, "icao24": "4b43ac", "latitude": 47.3, "longitude": 8.5, "altitude": 1950.0,
       "groundspeed": 51.1, "track": 93.4, "vertical_rate": 768.0, "callsign": "REGA1", "onground": false},
      {"timestamp": "2019-05-24T21:18:40.500Z", "icao24": "4b43ac", "latitude": 47.4, "longitude": 8.5,
       "altitude": null, "groundspeed": null, "track": 93.4, "vertical_rate": null, "callsign": "REGA1"}]"""
    lines = cells(list(traffic_json(written(tmp_path, text))))
    assert [row[1] for row in lines] == ["1", "3", "4", "3"]
    assert lines[1][7] == "21:18:39.250" and lines[3][7] == "21:18:40.500"
    assert lines[1][11] == "1950" and lines[2][16] == "768" and lines[3][11] == ""


HELICOPTER = [
    {"timestamp": 1558732719000, "last_position": 1558732718737, "icao24": "4b43ac", "latitude": 47.3,
     "longitude": 8.5, "groundspeed": 51.0, "track": 93.0},
    # the receiver heard nothing for two seconds; the table says the same place again
    {"timestamp": 1558732720000, "last_position": 1558732718737, "icao24": "4b43ac", "latitude": 47.3,
     "longitude": 8.5, "groundspeed": 51.0, "track": 93.0},
    {"timestamp": 1558732721000, "last_position": 1558732720900, "icao24": "4b43ac", "latitude": 47.31,
     "longitude": 8.5, "groundspeed": 51.0, "track": 93.0},
]  # fmt: skip


def test_a_position_that_a_traffic_table_repeats_is_stated_once_at_its_own_time(tmp_path: Path) -> None:
    lines = cells(list(traffic_json(written(tmp_path, json.dumps(HELICOPTER)))))
    places = [(row[7], row[14]) for row in lines if row[1] == "3"]
    assert [time for time, _ in places] == ["21:18:38.737", "21:18:40.900"]
    untold = [{key: value for key, value in row.items() if key != "last_position"} for row in HELICOPTER]
    lines = cells(list(traffic_json(written(tmp_path, json.dumps(untold)))))
    assert [row[7] for row in lines if row[1] == "3"] == ["21:18:39.000", "21:18:41.000"]
    standing = [{**row, "groundspeed": 0.0} for row in untold]
    lines = cells(list(traffic_json(written(tmp_path, json.dumps(standing)))))
    assert sum(row[1] == "3" for row in lines) == 3


def test_a_traffic_table_may_be_written_by_columns(tmp_path: Path) -> None:
    names = list(HELICOPTER[0])
    columns = {name: {str(k): row[name] for k, row in enumerate(HELICOPTER)} for name in names}
    lists = {name: [row[name] for row in HELICOPTER] for name in names}
    split = {"columns": names, "index": [0, 1, 2], "data": [list(row.values()) for row in HELICOPTER]}
    table = {"schema": {"fields": []}, "data": HELICOPTER}
    expected = list(traffic_json(written(tmp_path, json.dumps(HELICOPTER))))
    for form in (columns, lists, split, table):
        assert list(traffic_json(written(tmp_path, json.dumps(form)))) == expected


@pytest.mark.parametrize(
    ("text", "error", "word"),
    [
        ("a,b\n1,2\n", RecordingError, "baroaltitude"),
        (OPENSKY.replace("1626098409.76", "noon"), ReceivedError, "line 2"),
        ("", RecordingError, "columns"),
    ],
)
def test_what_is_no_opensky_table_says_so(
    tmp_path: Path, text: str, error: type[Exception], word: str
) -> None:
    with pytest.raises(error, match=word):
        list(opensky_csv(written(tmp_path, text)))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", RecordingError),
        ("{}", RecordingError),
        ("[1]", RecordingError),
        ('{"timestamp": [1, 2], "icao24": ["4b43ac"]}', RecordingError),
        ('{"columns": ["icao24"], "data": [[1, 2]]}', RecordingError),
        ('[{"icao24": "4b43ac"}]', ReceivedError),
        ('[{"icao24": "4b43ac", "timestamp": "noon"}]', ReceivedError),
        ('[{"timestamp": 1558732719250}]', ReceivedError),
    ],
)
def test_what_is_no_traffic_table_says_so(tmp_path: Path, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        list(traffic_json(written(tmp_path, text)))


def test_a_missing_or_broken_file_is_a_recording_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"absent\.csv"):
        list(opensky_csv(tmp_path / "absent.csv"))
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(OPENSKY.encode())[:-20])
    with pytest.raises(RecordingError, match=r"cut\.csv\.gz"):
        list(opensky_csv(tmp_path / "cut.csv.gz"))


@given(data=st.binary(max_size=200))
def test_garbage_raises_only_our_own_errors(data: bytes, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.json.gz"
    for content in (data, gzip.compress(data)):
        path.write_bytes(content)
        for play in (opensky_csv, traffic_json):
            with suppress(MarsadError):
                list(play(path))


def flight(tmp_path: Path, speed_mps: float = 6.0) -> Path:
    rows = ["t_s,east_m,north_m,height_above_takeoff_m"]
    rows += [f"{k / 5:.1f},{speed_mps * k / 5:.2f},0.00,60.00" for k in range(300)]
    return written(tmp_path, "\n".join(rows) + "\n")


def play(path: Path, **settings: Any) -> list[Frame]:
    return list(drone_csv(path, 33.0, 44.0, 50.0, 1_641_264_000 * NS, node_id=NODE, **settings))


def test_a_recorded_flight_is_seen_by_a_radar(tmp_path: Path) -> None:
    frames = play(flight(tmp_path))
    assert [frame.t_ns for frame in frames] == sorted(frame.t_ns for frame in frames)
    assert frames[0].kind is FrameKind.OPENED and frames[-1].kind is FrameKind.CLOSED
    messages = []
    for frame in frames[1:-1]:
        message = SapientMessage()
        message.ParseFromString(frame.data[4:])
        messages.append(message)
    kinds = [message.WhichOneof("content") for message in messages]
    assert kinds[:2] == ["registration", "status_report"] and kinds.count("status_report") == 12
    near = []
    for message in messages:
        seen = message.detection_report.range_bearing
        t_s = message.timestamp.seconds - 1_641_264_000
        # the radar stands 600 m west of the take-off
        near.append(
            message.HasField("detection_report") and abs(seen.range - np.hypot(600 + 6 * t_s, 55)) < 40
        )
    assert sum(near) > 40


def test_the_same_seed_plays_the_same_bytes(tmp_path: Path) -> None:
    path = flight(tmp_path)
    assert play(path) == play(path) != play(path, seed=1)


def test_too_short_a_flight_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "t_s,east_m,north_m,height_above_takeoff_m\n0,0,0,0\n")
    with pytest.raises(RecordingError, match="ten rows"):
        play(path)


@needs_data
def test_the_real_recordings_play_through() -> None:
    england = list(opensky_csv(DATA / "adsb" / "opensky_uk_2021-07-12.csv.gz"))
    assert len({row[4] for row in cells(england)}) == 84
    helicopter = list(traffic_json(DATA / "adsb" / "helicopter_rega_zh.json.gz"))
    assert {row[4] for row in cells(helicopter)} == {"4B43AC"} and len(helicopter) > 600
    mini = play(DATA / "drone" / "dji_mini2_enu_5hz.csv.gz")
    assert (mini[-1].t_ns - mini[0].t_ns) / NS == pytest.approx(1255, abs=3) and len(mini) > 1_500
    for frames in (england, helicopter, mini):
        assert [frame.t_ns for frame in frames] == sorted(frame.t_ns for frame in frames)


PACKED = gzip.compress(bytes(range(256)) * 40, mtime=0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(PACKED[:-20], "is cut off: its end is missing", id="cut"),
        pytest.param(PACKED[:12] + b"\xff" * 40 + PACKED[52:], "its compression is damaged", id="damaged"),
        pytest.param(b"no gzip at all", "its compression is damaged", id="foreign"),
        pytest.param(gzip.compress(b"time\xff", mtime=0), "byte 4 is no UTF-8 text", id="binary"),
    ],
)
def test_a_damaged_recording_is_told_in_our_words(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "recording.csv.gz"
    path.write_bytes(data)
    with pytest.raises(RecordingError, match=rf"recording\.csv\.gz: {said}"):
        list(opensky_csv(path))
