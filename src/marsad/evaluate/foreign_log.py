"""A COURAGEOUS log as what it shows over time: tracks in our frame, directions, detections, alarms.

Heights of the format are above the geoid EGM96, ours above the ellipsoid WGS-84: the geoid's height at the
site is added, one number for all.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import nan, tau

import numpy as np

from marsad.evaluate.courageous import (
    Arc,
    BearingElevation,
    BearingElevationDistance,
    BearingOnly,
    DetectionRecord,
    Log,
    Place,
    Position2d,
    Position3d,
    Quad,
    TrackingRecord,
)
from marsad.evaluate.look import AlarmRaised, Array, Shown
from marsad.evaluate.paths import GAP_MAX_S, Segment, segment_of, state_of
from marsad.geo.local import LocalFrame
from marsad.geo.polar import enu_from_polar
from marsad.model.reason import Reason
from marsad.model.threat import Level

_QUADS = {"North": 0.0, "East": 90.0, "South": 180.0, "West": 270.0}
Record = TrackingRecord | DetectionRecord


@dataclass(frozen=True, slots=True)
class Direction:
    """A sector in which an object was seen from a place; a bearing is one without width.

    eye            (3,) where from
    from_rad       clockwise from true north to its first edge
    width_rad      clockwise from there to its second
    elevation_rad  NaN if not told
    number         of the track that it is of, 0 if of none
    """

    t_s: float
    eye: Array
    from_rad: float
    width_rad: float
    elevation_rad: float
    number: int = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """A detection with a place: (3,) metres, NaN up if it is on the map only."""

    t_s: float
    place: Array


@dataclass(slots=True)
class LoggedTrack:
    """All tracks of one uas_id: the stretches in which it was there, and what was said of it when."""

    number: int
    segments: list[Segment] = field(default_factory=list)
    said: list[tuple[float, Record]] = field(default_factory=list)

    def shown(self, t_s: float) -> Shown:
        """What was said of it last."""
        index = bisect_right(self.said, t_s, key=lambda item: item[0]) - 1
        _, record = self.said[max(index, 0)]
        return Shown(
            record.classification,
            alarmed=record.alarm is not None and record.alarm.active,
            first_t_s=self.said[0][0],
        )


@dataclass(slots=True)
class ForeignLog:
    """What a log shows; seconds count from `start_t_ns`, metres in a frame.

    notes   what of it was not as it should be, or cannot be scored
    """

    start_t_ns: int
    tracks: list[LoggedTrack] = field(default_factory=list)
    directions: list[Direction] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    alarms: list[AlarmRaised] = field(default_factory=list)
    notes: list[Reason] = field(default_factory=list)
    span_s: tuple[float, float] = (nan, nan)

    def at(self, t_s: float) -> tuple[list[LoggedTrack], Array]:
        """The tracks that are there at a time, and their states (n, 6)."""
        found = [
            (track, state) for track in self.tracks if (state := state_of(track.segments, t_s)) is not None
        ]
        return [track for track, _ in found], np.array([state for _, state in found]).reshape(-1, 6)


class LogReader:
    """Turns records into metres and seconds.

    geoid_m    height of EGM96 above the ellipsoid at the site
    offset_s   added to every time, for a log of another clock
    """

    def __init__(self, frame: LocalFrame, start_t_ns: int, geoid_m: float, offset_s: float = 0.0) -> None:
        self._frame = frame
        self._start_t_ns = start_t_ns
        self._geoid_m = geoid_m
        self._offset_s = offset_s

    def seconds(self, record: Record) -> float:
        """When a record was made."""
        return (record.time * 1_000_000 - self._start_t_ns) / 1e9 + self._offset_s

    def place(self, place: Place) -> Array:
        """A place of the format in our frame."""
        return self._frame.enu_from_geodetic(place.lat, place.lon, place.height_amsl + self._geoid_m)

    def state(self, record: Record, eye: Place) -> Array | None:
        """(6,) of a record that tells a position, NaN where it does not tell; None without position."""
        position = self._position(record, eye)
        if position is None:
            return None
        velocity = record.velocity
        told = (nan,) * 3 if velocity is None else (velocity.east, velocity.north, velocity.up)
        return np.array([*position, *told])

    def _position(self, record: Record, eye: Place) -> Array | None:
        where = record.location
        if isinstance(where, Position3d):
            return self.place(where)
        if isinstance(where, Position2d):
            east, north, _ = self._frame.enu_from_geodetic(where.lat, where.lon, self._frame.height_m)
            return np.array([east, north, nan])
        if isinstance(where, BearingElevationDistance):
            angles = np.radians([where.bearing, where.elevation])
            seen = enu_from_polar(np.array([where.distance, *angles]))
            own = self.place(record.cuas_location or eye)
            return np.asarray(own + self._frame.rotation_enu_from_local(own) @ seen)
        return None

    def direction(self, record: Record, eye: Place, number: int = 0) -> Direction | None:
        """A record of a track, or of none, that tells a direction only."""
        where = record.location
        elevation = nan
        if isinstance(where, BearingOnly | BearingElevation):
            begin, width = where.bearing, 0.0
            if isinstance(where, BearingElevation):
                elevation = where.elevation
        elif isinstance(where, Arc):
            begin = where.from_
            width = 360.0 if where.to - begin == 360 else (where.to - begin) % 360
        elif isinstance(where, Quad):
            begin, width = _QUADS[where.quad] - 45.0, 90.0
        else:
            return None
        own = self.place(record.cuas_location or eye)
        edge, wide, up = np.radians([begin, width, elevation])
        return Direction(self.seconds(record), own, float(edge % tau), float(wide), float(up), number)


def read_log(
    log: Log, frame: LocalFrame, start_t_ns: int, geoid_m: float, offset_s: float = 0.0
) -> ForeignLog:
    """What a log shows, in a frame."""
    reader = LogReader(frame, start_t_ns, geoid_m, offset_s)
    found = ForeignLog(start_t_ns)
    counts: Counter[str] = Counter()
    eye = log.document.static_cuas_location
    by_id: dict[int, LoggedTrack] = {}
    times: list[float] = []
    for part in log.document.tracks:
        records = sorted(_aircraft(part.records, counts), key=lambda record: record.time)
        counts["empty"] += not records
        counts["unordered"] += _goes_back(part.records)
        times += [reader.seconds(record) for record in records]
        track = by_id.setdefault(part.uas_id, LoggedTrack(len(by_id) + 1))
        _follow(found, track, records, reader, eye)
        found.alarms += _spells(track.number, records, reader, len(found.alarms))
    found.tracks = [track for track in by_id.values() if track.segments]
    for track in found.tracks:
        track.said.sort(key=lambda item: item[0])
        counts["overlapping"] += _overlaps(track.segments)
    for group in log.document.detection:
        counts["empty"] += not group.records
        for record in _aircraft(group.records, counts):
            times.append(reader.seconds(record))
            _sight(found, record, reader, eye, counts)
    if times:
        found.span_s = (min(times), max(times))
    found.alarms.sort(key=lambda item: item.t_s)
    found.notes = list(_notes(log, found, counts))
    return found


def _follow(
    found: ForeignLog, track: LoggedTrack, records: list[Record], reader: LogReader, eye: Place
) -> None:
    """Put the records of one stretch where they belong."""
    states = [(record, reader.state(record, eye)) for record in records]
    placed = [(record, state) for record, state in states if state is not None]
    for record, state in states:
        if state is None and (direction := reader.direction(record, eye, track.number)) is not None:
            found.directions.append(direction)
    if placed:
        t_s = np.array([reader.seconds(record) for record, _ in placed])
        track.segments.append(segment_of(t_s, np.array([state for _, state in placed])))
        track.said += [(reader.seconds(record), record) for record, _ in placed]


def _aircraft(records: Iterable[Record], counts: Counter[str]) -> Iterable[Record]:
    """The records that are not of the pilot's ground station."""
    for record in records:
        if record.classification == "GCS":
            counts["ground-station"] += 1
        else:
            yield record


def _goes_back(records: Sequence[Record]) -> bool:
    return any(after.time < before.time for before, after in pairwise(records))


def _overlaps(segments: list[Segment]) -> bool:
    spans = sorted((float(part.t_s[0]), float(part.t_s[-1])) for part in segments)
    return any(after[0] <= before[1] for before, after in pairwise(spans))


def _spells(track_id: int, records: list[Record], reader: LogReader, number: int) -> Iterable[AlarmRaised]:
    """An announcement each time the alarm of a track comes on, also after a gap."""
    on, last_s = False, -np.inf
    for record in records:
        t_s = reader.seconds(record)
        active = record.alarm is not None and record.alarm.active
        if active and (not on or t_s - last_s > GAP_MAX_S):
            number += 1
            yield AlarmRaised(f"alarm-{number}", t_s, "", Level.ALERT, ((t_s, track_id),))
        on, last_s = active, t_s


def _sight(found: ForeignLog, record: Record, reader: LogReader, eye: Place, counts: Counter[str]) -> None:
    state, direction = reader.state(record, eye), reader.direction(record, eye)
    if state is not None:
        found.sightings.append(Sighting(reader.seconds(record), state[:3]))
    elif direction is not None:
        found.directions.append(direction)
    else:
        counts["nowhere"] += 1


def _notes(log: Log, found: ForeignLog, counts: Counter[str]) -> Iterable[Reason]:
    document = log.document
    if not document.tracks and not document.detection:
        yield Reason("evaluate.note.empty-log")
    if log.unknown:
        yield Reason("evaluate.note.unknown-fields", (("fields", ", ".join(log.unknown)),))
    if log.repeated:
        yield Reason("evaluate.note.repeated", (("number", float(log.repeated)),))
    for what in ("empty", "unordered", "overlapping", "ground-station", "nowhere"):
        if counts[what]:
            yield Reason(f"evaluate.note.{what}", (("number", float(counts[what])),))
    if found.directions:
        yield Reason("evaluate.note.directions", (("number", float(len(found.directions))),))
    flat = sum(bool(np.isnan(part.states[:, 2]).any()) for track in found.tracks for part in track.segments)
    if flat:
        yield Reason("evaluate.note.on-map-only", (("number", float(flat)),))
