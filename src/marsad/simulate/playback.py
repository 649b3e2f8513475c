"""Recordings played back: real flights as the frames a live feed would have brought.

Pure generators; the rim paces them. Frames are in order of receive time, which is the time of
the recording unless ``start_t_ns`` moves it.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import hypot, isfinite
from pathlib import Path
from typing import Any, cast

import numpy as np

from marsad.errors import ReceivedError, RecordingError
from marsad.feeds import sbs
from marsad.feeds.sapient import edge
from marsad.feeds.sapient.ulid import ulid
from marsad.geo.local import LocalFrame
from marsad.model.frame import Frame, FrameKind
from marsad.model.sensor import SensorKind
from marsad.simulate.kinds import PHYSIQUES, ObjectKind
from marsad.simulate.node import polar_report
from marsad.simulate.route import raised
from marsad.simulate.seeding import generator
from marsad.simulate.sensing import Radar
from marsad.simulate.sensors import RadarReference, RadarSettings
from marsad.simulate.trajectory import Trajectory
from marsad.simulate.truth import TrueObject, Truth

NS_PER_S = 1_000_000_000
FEET_PER_M = 1 / 0.3048
KNOTS_PER_MPS = 3600 / 1852
FEET_PER_MINUTE_PER_MPS = FEET_PER_M * 60
REPORT_DELAY_S = 0.2
STATUS_S = 5.0
STANDS_KT = 2.0  # slower than this, the same position again is no old one


@dataclass(frozen=True, slots=True)
class _State:
    """One row of an ADS-B recording, in the units of SBS; NaN and "" where it is silent."""

    t_ns: int
    icao: str
    callsign: str
    latitude_deg: float
    longitude_deg: float
    altitude_ft: float
    speed_kt: float
    track_deg: float
    climb_fpm: float
    on_ground: bool


def opensky_csv(path: Path, feed: str = "adsb", start_t_ns: int | None = None) -> Iterator[Frame]:
    """An OpenSky state-vector table (SI units, ``time`` in epoch seconds) as SBS lines.

    Each row is stated at its ``lastposupdate``, not at the ten-second grid it was sampled on.
    Raises RecordingError for a file that is no such table, ReceivedError for a row that is not.
    """
    rows = csv.DictReader(io.StringIO(_text(path)))
    needed = {"time", "icao24", "lat", "lon", "velocity", "heading", "vertrate", "callsign", "baroaltitude"}
    if rows.fieldnames is None or not needed <= set(rows.fieldnames):
        raise RecordingError(f"{path.name}: must be a CSV table with the columns {', '.join(sorted(needed))}")
    states = []
    for number, row in enumerate(rows, 2):
        time_s = _number(row.get("lastposupdate") or row["time"])
        if not isfinite(time_s):
            raise ReceivedError(
                "no-time", f"{path.name}, line {number}: time = {row['time']!r}; epoch seconds needed"
            )
        states.append(
            _State(
                t_ns=round(time_s * 1000) * 1_000_000,
                icao=row["icao24"].strip().lower(),
                callsign=row["callsign"].strip(),
                latitude_deg=_number(row["lat"]),
                longitude_deg=_number(row["lon"]),
                altitude_ft=_number(row["baroaltitude"]) * FEET_PER_M,
                speed_kt=_number(row["velocity"]) * KNOTS_PER_MPS,
                track_deg=_number(row["heading"]),
                climb_fpm=_number(row["vertrate"]) * FEET_PER_MINUTE_PER_MPS,
                on_ground=row.get("onground", "").strip().lower() == "true",
            )
        )
    return _sbs_frames(states, feed, start_t_ns)


def traffic_json(path: Path, feed: str = "adsb", start_t_ns: int | None = None) -> Iterator[Frame]:
    """A table of the ``traffic`` library (feet, knots, ft/min) as SBS lines.

    A list of records, or columns as pandas writes them (orient columns, list, split or table). Times
    are epoch milliseconds or ISO 8601 in UTC. Such tables repeat a position every second until the
    next one is received: it is stated once, at its ``last_position`` where they tell it. Raises
    RecordingError for a file that is no such table, ReceivedError for a record without time or address.
    """
    try:
        table = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise RecordingError(f"{path.name}: must be JSON: {error}") from error
    states = [
        _traffic_state(record, number, path.name) for number, record in enumerate(_records(table, path.name))
    ]
    return _sbs_frames(_each_position_once(states), feed, start_t_ns)


def _records(table: Any, file: str) -> list[dict[str, Any]]:
    """The rows of a table, however pandas wrote it."""
    if isinstance(table, dict) and isinstance(table.get("data"), list):
        names, rows = cast(list[str], table.get("columns")), table["data"]
        table = [dict(zip(names, row, strict=True)) for row in rows] if _fits(names, rows) else rows
    elif isinstance(table, dict) and table and all(isinstance(column, dict) for column in table.values()):
        rows = list(next(iter(table.values())))
        table = [{name: column.get(row) for name, column in table.items()} for row in rows]
    elif isinstance(table, dict) and table and _equally_long(list(table.values())):
        table = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    if not isinstance(table, list) or not all(isinstance(record, dict) for record in table):
        raise RecordingError(f"{file}: must be a JSON list of records, or a table of columns of equal length")
    return table


def _equally_long(columns: list[Any]) -> bool:
    return all(isinstance(column, list) for column in columns) and len({len(each) for each in columns}) == 1


def _fits(names: Any, rows: list[Any]) -> bool:
    return isinstance(names, list) and all(isinstance(row, list) and len(row) == len(names) for row in rows)


def _each_position_once(states: list[_State]) -> list[_State]:
    """Without the positions that an aircraft in motion repeats, and none where it never moved on."""
    latest: dict[str, _State] = {}
    kept = []
    for state in sorted(states, key=lambda state: (state.icao, state.t_ns)):
        known = latest.get(state.icao)
        where = (state.latitude_deg, state.longitude_deg)
        again = known is not None and where == (known.latitude_deg, known.longitude_deg)
        moves = not isfinite(state.speed_kt) or state.speed_kt >= STANDS_KT
        if again and moves:
            continue
        latest[state.icao] = state
        kept.append(state)
    return kept


def drone_csv(
    path: Path,
    latitude_deg: float,
    longitude_deg: float,
    height_m: float,
    start_t_ns: int,
    *,
    node_id: str,
    radar: RadarSettings | None = None,
    seed: int = 0,
    feed: str = "sensors",
    link: int = 1,
) -> Iterator[Frame]:
    """A recorded drone flight, as a simulated radar sees it: SAPIENT frames.

    The recording gives metres east and north of its take-off and above it; that point is put at
    latitude_deg, longitude_deg, height_m (ellipsoidal). Without ``radar`` a compact X-band one
    stands 600 m to the west of it. The node registers, states its status and reports without waiting
    for an answer: whoever plays to a live site holds the frames after the first two until the ack.
    """
    frame = LocalFrame(latitude_deg, longitude_deg, height_m)
    path_enu = _flight(path, frame)
    drone = TrueObject(
        "recorded-drone",
        ObjectKind.MULTIROTOR,
        False,
        path_enu,
        PHYSIQUES[ObjectKind.MULTIROTOR].rcs_dbsm,
        None,
        None,
        None,
    )
    truth = Truth(path.name, seed, start_t_ns, path_enu.end_s, (drone,))
    eye = Radar(radar or _compact_radar(frame, node_id), truth, frame, 4 / 3)
    place = eye.settings
    node = edge.EdgeNode(
        place.node_id,
        "Playback radar",
        SensorKind.RADAR,
        place.latitude_deg,
        place.longitude_deg,
        eye.height_m,
        STATUS_S,
    )
    return radar_frames(node, eye, truth, feed, link)


def radar_frames(node: edge.EdgeNode, eye: Radar, truth: Truth, feed: str, link: int) -> Iterator[Frame]:
    """Opening, Registration and first status, then the looks, with a status every few seconds."""
    start = truth.start_t_ns
    entropy = int.from_bytes(generator(truth.seed, "identifiers", node.node_id).bytes(10), "big")
    yield Frame(feed, start, node.name.encode(), link, FrameKind.OPENED)
    yield Frame(feed, start, edge.registration(node, start), link)
    period_s = eye.settings.period_s
    statuses = 0
    for look in range(int(truth.duration_s / period_s) + 1):
        t_s = eye.settings.offset_s + look * period_s
        if t_s >= statuses * STATUS_S:
            status_t_ns = start + round(t_s * NS_PER_S)
            entropy += 1
            said = edge.status(node, status_t_ns, ulid(status_t_ns, entropy), first=statuses == 0)
            yield Frame(feed, status_t_ns, said, link)
            statuses += 1
        for plot in eye.look(t_s):
            t_ns = start + round(plot.t_s * 1000) * 1_000_000
            entropy += 2
            said = polar_report(node, eye, t_ns, ulid(t_ns, entropy), ulid(t_ns, entropy + 1), plot)
            delay_s = min(REPORT_DELAY_S, period_s / 2)  # later, and frames of two looks would cross
            yield Frame(feed, t_ns + round(delay_s * NS_PER_S), said, link)
    yield Frame(
        feed, start + round((truth.duration_s + 2 * period_s) * NS_PER_S), b"", link, FrameKind.CLOSED
    )


def _compact_radar(frame: LocalFrame, node_id: str) -> RadarSettings:
    latitude, longitude, _ = frame.geodetic_from_enu([-600.0, 0.0, 0.0])
    return RadarSettings(
        node_id=node_id,
        latitude_deg=float(latitude),
        longitude_deg=float(longitude),
        antenna_m=5.0,
        period_s=1.0,
        range_min_m=20.0,
        range_max_m=5_000.0,
        elevation_min_deg=-5.0,
        elevation_max_deg=60.0,
        range_sigma_m=8.0,
        azimuth_sigma_deg=0.6,
        elevation_sigma_deg=1.0,
        range_rate_sigma_mps=0.3,
        reference=RadarReference(range_m=2_500.0, rcs_dbsm=-15.0),
        notch_mps=0.3,
        sees_rotors=True,
        false_plots_per_look=0.5,
    )


def _flight(path: Path, frame: LocalFrame) -> Trajectory:
    """The recorded path in the frame of its take-off, knots thinned to one a second.

    The recording rounds positions to centimetres: at its own 5 Hz the curve would shake.
    """
    rows = csv.DictReader(io.StringIO(_text(path)))
    needed = ("t_s", "east_m", "north_m", "height_above_takeoff_m")
    if rows.fieldnames is None or not set(needed) <= set(rows.fieldnames):
        raise RecordingError(f"{path.name}: must be a CSV table with the columns {', '.join(needed)}")
    table = np.array([[_number(row[name]) for name in needed] for row in rows]).reshape(-1, 4)
    table = table[np.isfinite(table).all(1)]
    if len(table) < 10 or np.any(np.diff(table[:, 0]) <= 0):
        raise RecordingError(f"{path.name}: needs ten rows at least, t_s rising")
    knots = np.arange(table[0, 0], table[-1, 0], 1.0)
    place = np.column_stack([np.interp(knots, table[:, 0], table[:, column]) for column in (1, 2, 3)])
    velocity = np.gradient(place, knots, axis=0)
    height = frame.height_m + place[:, 2]
    return raised(frame, knots, place[:, :2], velocity[:, :2], height, velocity[:, 2])


def _sbs_frames(states: list[_State], feed: str, start_t_ns: int | None) -> Iterator[Frame]:
    """Position and velocity lines for each state, the callsign whenever it is new."""
    states = sorted((state for state in states if state.icao), key=lambda state: (state.t_ns, state.icao))
    if not states:
        return
    shift_ns = 0 if start_t_ns is None else start_t_ns - states[0].t_ns
    callsigns: dict[str, str] = {}
    latest: dict[str, int] = {}
    yield Frame(feed, states[0].t_ns + shift_ns, b"", 1, FrameKind.OPENED)
    for original in states:
        if latest.get(original.icao) == original.t_ns:
            continue  # the same position sampled again
        latest[original.icao] = original.t_ns
        state = replace(original, t_ns=original.t_ns + shift_ns)
        for line in _lines(state, callsigns):
            yield Frame(feed, state.t_ns, line, 1)
    yield Frame(feed, states[-1].t_ns + shift_ns, b"", 1, FrameKind.CLOSED)


def _lines(state: _State, callsigns: dict[str, str]) -> Iterator[bytes]:
    if state.callsign and callsigns.get(state.icao) != state.callsign:
        callsigns[state.icao] = state.callsign
        yield sbs.identification(state.t_ns, state.icao, state.callsign)
    if isfinite(hypot(state.latitude_deg, state.longitude_deg)):
        altitude = state.altitude_ft if isfinite(state.altitude_ft) else None
        yield sbs.position(
            state.t_ns, state.icao, state.latitude_deg, state.longitude_deg, altitude, state.on_ground
        )
    if isfinite(state.speed_kt) and isfinite(state.track_deg):
        climb = state.climb_fpm if isfinite(state.climb_fpm) else None
        yield sbs.velocity(state.t_ns, state.icao, state.speed_kt, state.track_deg, climb)


def _traffic_state(record: dict[str, Any], number: int, file: str) -> _State:
    stamp, icao = record.get("last_position") or record.get("timestamp"), record.get("icao24")
    if isinstance(stamp, int | float) and not isinstance(stamp, bool):
        t_ns = round(stamp) * 1_000_000
    elif isinstance(stamp, str):
        try:
            moment = datetime.fromisoformat(stamp)
        except ValueError:
            raise _no_time(file, number, stamp) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        t_ns = round(moment.timestamp() * 1000) * 1_000_000
    else:
        raise _no_time(file, number, stamp)
    if not isinstance(icao, str):
        raise ReceivedError(
            "no-address", f"{file}, record {number}: icao24 = {icao!r}; six hexadecimal digits needed"
        )
    return _State(
        t_ns=t_ns,
        icao=icao.strip().lower(),
        callsign=str(record.get("callsign") or "").strip(),
        latitude_deg=_number(record.get("latitude")),
        longitude_deg=_number(record.get("longitude")),
        altitude_ft=_number(record.get("altitude")),
        speed_kt=_number(record.get("groundspeed")),
        track_deg=_number(record.get("track")),
        climb_fpm=_number(record.get("vertical_rate")),
        on_ground=record.get("onground") is True,
    )


def _no_time(file: str, number: int, stamp: object) -> ReceivedError:
    detail = f"{file}, record {number}: timestamp = {stamp!r}; epoch milliseconds or ISO 8601 needed"
    return ReceivedError("no-time", detail)


def _number(value: object) -> float:
    """A number, or NaN for what is none."""
    try:
        return float(str(value)) if value is not None else float("nan")
    except ValueError:
        return float("nan")


def _text(path: Path) -> str:
    """The text of a file, unpacked if its name ends in .gz."""
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except EOFError as error:
        raise RecordingError(
            f"{path.name}: is cut off: its end is missing; nothing of it was played"
        ) from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise RecordingError(f"{path.name}: its compression is damaged; nothing was played") from error
    except UnicodeDecodeError as error:
        raise RecordingError(
            f"{path.name}: byte {error.start} is no UTF-8 text; nothing was played"
        ) from error
    except OSError as error:
        raise RecordingError(f"{path.name}: cannot be read: {error.strerror or error}") from error
