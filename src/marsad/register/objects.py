"""Objects of an incident: where each was first seen, its path, its fate.

A track says where something is now; a report must say where it was first seen, long before
anybody knew that it mattered. So the first position of every live track is remembered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from marsad.geo.polar import polar_from_enu
from marsad.model.impact import ForeseenImpact, ImpactTable
from marsad.model.incident import IncidentObject, Outcome
from marsad.model.threat import Identity, ThreatAssessment
from marsad.model.track import TrackTable
from marsad.register.settings import RegisterSettings

Array = NDArray[np.float64]
Point = tuple[float, float, float]

_BACKWARD_S_MAX = 10.0  # how far a first position is carried back to the first plot
_UPDATES_MIN = 3  # plots before a track's velocity is worth carrying anything back with


class FirstSeen:
    """The first position of every live track, bounded.

    A track enters when the tracker first lists it. That can be a few plots after the first one,
    so where its velocity is known the position is carried back to the time of the first plot.
    """

    def __init__(self, count_max: int) -> None:
        self.count_max = count_max
        self._track_id: NDArray[np.int64] = np.empty(0, np.int64)
        self._position_enu: Array = np.empty((0, 3))
        self._t_ns: NDArray[np.int64] = np.empty(0, np.int64)
        self.forgotten = 0

    def look(self, table: TrackTable) -> None:
        """Remember the tracks not seen before, forget those that are gone."""
        if np.array_equal(np.sort(self._track_id), np.sort(table.track_id)):
            return
        live = np.isin(self._track_id, table.track_id)
        fresh = ~np.isin(table.track_id, self._track_id)
        age_s = np.clip((table.t_ns - table.first_t_ns[fresh]) / 1e9, 0.0, _BACKWARD_S_MAX)
        age_s = np.where(table.updates[fresh] >= _UPDATES_MIN, age_s, 0.0)
        position_enu = table.mean[fresh, :3] - table.mean[fresh, 3:] * age_s[:, None]
        # in the order of entering, so that the first to go are those known longest
        self._track_id = np.concatenate([self._track_id[live], table.track_id[fresh]])
        self._position_enu = np.concatenate([self._position_enu[live], position_enu])
        self._t_ns = np.concatenate([self._t_ns[live], table.first_t_ns[fresh]])
        surplus = len(self._track_id) - self.count_max
        if surplus > 0:
            self.forgotten += surplus
            self._track_id = self._track_id[surplus:]
            self._position_enu = self._position_enu[surplus:]
            self._t_ns = self._t_ns[surplus:]

    def of(self, track_id: int) -> tuple[int, Point] | None:
        """Time and place of the first plot of a live track, or None if it is not known."""
        rows = np.flatnonzero(self._track_id == track_id)
        if not len(rows):
            return None
        return int(self._t_ns[rows[0]]), _point(self._position_enu[rows[0]])


@dataclass(slots=True)
class ObjectRecord:
    """One object while its incident is open; owned and changed by the keeper only."""

    track_ids: list[int]
    first_t_ns: int
    first_position_enu: Point
    last_t_ns: int
    last_position_enu: Point
    velocity_enu: Point
    class_name: str = "unknown"
    sensor_ids: tuple[str, ...] = ()
    live: bool = True
    followed: bool = False
    outcome: Outcome = Outcome.UNKNOWN
    outcome_t_ns: int | None = None
    outcome_by: str = ""
    proposed: Outcome = Outcome.UNKNOWN
    reached_zone_id: str = ""
    reached_over: bool = True
    identity: Identity = Identity.PENDING
    predicted_enu: Point | None = None
    predicted_t_ns: int | None = None
    foreseen: ForeseenImpact | None = None
    path: list[tuple[int, float, float]] = field(default_factory=list)
    path_period_ns: int = 0

    def follow(
        self,
        table: TrackTable,
        row: int,
        assessments: Mapping[int, ThreatAssessment],
        sensor_ids: tuple[str, ...],
        settings: RegisterSettings,
    ) -> bool:
        """Take over the track's newest plot; returns whether there was one.

        A track without plots coasts on into places where the object never was: nothing of that
        is written down.
        """
        plot_t_ns = int(table.last_t_ns[row])
        if plot_t_ns <= self.last_t_ns and self.followed:
            return False
        if self.reached_zone_id and self.followed:  # it goes on: it has not come down
            self.reached_zone_id, self.reached_over, self.proposed = "", True, Outcome.UNKNOWN
        self.followed = True
        self.last_t_ns = max(plot_t_ns, self.last_t_ns)
        self.last_position_enu = _point(table.mean[row, :3])
        self.velocity_enu = _point(table.mean[row, 3:])
        if (assessment := assessments.get(self.track_ids[-1])) is not None:
            # a rocket that breaks up is a rocket still, though its pieces fly like nothing known
            lost = self.class_name == "ballistic" and assessment.class_name == "unknown"
            self.class_name = self.class_name if lost else assessment.class_name
            self.identity = assessment.identity
        self.sensor_ids = tuple(sorted({*self.sensor_ids, *sensor_ids}))
        east, north, _ = self.last_position_enu
        self._lengthen_path((plot_t_ns, east, north), settings)
        return True

    def arrive(self, zone_id: str, *, is_over: bool) -> None:
        """It was last seen over a zone, or heading for it, and is gone: it has presumably come down there."""
        self.reached_zone_id, self.reached_over, self.proposed = zone_id, is_over, Outcome.LANDED

    def predict(self, impacts: ImpactTable) -> None:
        """Keep the newest prediction of where it comes down; that it is predicted no more changes nothing."""
        row = impacts.row_of(self.track_ids[-1])
        if row is not None and impacts.t_ns[row]:
            self.predicted_enu = _point(impacts.place_enu[row])
            self.predicted_t_ns = int(impacts.t_ns[row])

    def warn(self, t_ns: int, impacts: ImpactTable) -> None:
        """People are warned of it: what was predicted of it then is kept, from the first warning on."""
        if self.foreseen is None:
            self.foreseen = impacts.foreseen(t_ns, self.track_ids[-1])

    def smooth(self, points: list[tuple[int, float, float]], settings: RegisterSettings) -> None:
        """Put the newest part of the path right by points that later plots have smoothed.

        The first position stays, and nothing after the last plot is written down.
        """
        told = [point for point in points if self.path[0][0] < point[0] <= self.last_t_ns]
        if told:
            self.path[1:] = [point for point in self.path[1:] if point[0] < told[0][0]]
            for point in told:
                self._lengthen_path(point, settings)

    def _lengthen_path(self, point: tuple[int, float, float], settings: RegisterSettings) -> None:
        if self.path and point[0] - self.path[-1][0] < self.path_period_ns:
            return
        self.path.append(point)
        if len(self.path) > settings.path_point_count_max:
            del self.path[1::2]
            self.path_period_ns *= 2

    def position_at(self, t_ns: int) -> tuple[float, float]:
        """East and north, m, at a time, on straight lines between the points of the path."""
        times = [*(point[0] for point in self.path), self.last_t_ns]
        origin = times[0]
        seconds = np.array([(time - origin) / 1e9 for time in times])
        east = [*(point[1] for point in self.path), self.last_position_enu[0]]
        north = [*(point[2] for point in self.path), self.last_position_enu[1]]
        at = (t_ns - origin) / 1e9
        return float(np.interp(at, seconds, east)), float(np.interp(at, seconds, north))

    def continues_as(self, t_ns: int, position_enu: Point, settings: RegisterSettings) -> float | None:
        """How far a new track begins from this object's straight continuation, or None if too far."""
        gap_s = (t_ns - self.last_t_ns) / 1e9
        if self.live or self.outcome is not Outcome.UNKNOWN or not 0 <= gap_s <= settings.rejoin_gap_s:
            return None
        ahead = np.array(self.last_position_enu) + np.array(self.velocity_enu) * gap_s
        miss_m = float(np.linalg.norm((ahead - np.array(position_enu))[:2]))
        return miss_m if miss_m < settings.rejoin_reach_m else None

    def frozen(self) -> IncidentObject:
        """The record as it stands."""
        range_m, azimuth_rad, _ = polar_from_enu(np.array(self.first_position_enu))
        return IncidentObject(
            track_ids=tuple(self.track_ids),
            class_name=self.class_name,
            first_t_ns=self.first_t_ns,
            first_position_enu=self.first_position_enu,
            first_range_m=round(float(range_m), 1),
            first_azimuth_rad=float(azimuth_rad),
            last_t_ns=self.last_t_ns,
            last_position_enu=self.last_position_enu,
            speed_mps=round(float(np.linalg.norm(self.velocity_enu)), 1),
            sensor_ids=self.sensor_ids,
            outcome=self.outcome,
            outcome_t_ns=self.outcome_t_ns,
            outcome_by=self.outcome_by,
            proposed=self.proposed,
            reached_zone_id=self.reached_zone_id,
            reached_over=self.reached_over,
            identity=self.identity,
            predicted_enu=self.predicted_enu,
            predicted_t_ns=self.predicted_t_ns,
            foreseen=self.foreseen,
        )


def object_from_track(track_id: int, first: tuple[int, Point], settings: RegisterSettings) -> ObjectRecord:
    """A new object as first seen; ``follow`` brings it up to now."""
    first_t_ns, position_enu = first
    record = ObjectRecord(
        track_ids=[track_id],
        first_t_ns=first_t_ns,
        first_position_enu=position_enu,
        last_t_ns=first_t_ns,
        last_position_enu=position_enu,
        velocity_enu=(0.0, 0.0, 0.0),
        path_period_ns=round(settings.path_period_s * 1e9),
    )
    record.path.append((first_t_ns, position_enu[0], position_enu[1]))
    return record


def follow_all(
    records: list[ObjectRecord],
    table: TrackTable,
    assessments: Mapping[int, ThreatAssessment],
    sensors_of: Mapping[int, tuple[str, ...]],
    settings: RegisterSettings,
) -> tuple[bool, list[ObjectRecord]]:
    """Bring every object up to now; returns whether any moved, and those whose track has ended."""
    order = np.argsort(table.track_id, kind="stable")
    ordered = table.track_id[order]
    moved = False
    ended: list[ObjectRecord] = []
    for record in records:
        if not record.live:
            continue
        track_id = record.track_ids[-1]
        at = int(np.searchsorted(ordered, track_id))
        if at == len(ordered) or ordered[at] != track_id:
            record.live = False
            ended.append(record)
            continue
        moved |= record.follow(table, int(order[at]), assessments, sensors_of.get(track_id, ()), settings)
    return moved, ended


def smooth_all(
    records: list[ObjectRecord], smoothed: Sequence[TrackTable], settings: RegisterSettings
) -> None:
    """Put the paths right by pictures of the past, oldest first, that later plots have smoothed."""
    number_of = {track_id: number for number, record in enumerate(records) for track_id in record.track_ids}
    wanted = np.array(list(number_of), np.int64)
    points: list[list[tuple[int, float, float]]] = [[] for _ in records]
    for table in smoothed:
        for row in np.flatnonzero(np.isin(table.track_id, wanted)).tolist():
            east, north, _ = _point(table.mean[row, :3])
            points[number_of[int(table.track_id[row])]].append((table.t_ns, east, north))
    for record, told in zip(records, points, strict=True):
        record.smooth(told, settings)


def _point(values: Array) -> Point:
    """Three coordinates rounded to a decimetre: no sensor here knows more, and the record stays short."""
    east, north, up = (round(float(value), 1) for value in values)
    return east, north, up
