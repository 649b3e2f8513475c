"""Truth: what really flies, as arrays over a common time grid."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from marsad.errors import ConfigError, ConfigFault
from marsad.geo.local import LocalFrame
from marsad.geo.polygon import contains
from marsad.model.incident import Outcome
from marsad.model.site import Zone
from marsad.simulate.day import Flyer, day_of
from marsad.simulate.kinds import FALLING, PHYSIQUES, ObjectKind, Physique
from marsad.simulate.manner import flown_so
from marsad.simulate.movements import rolling_s
from marsad.simulate.rounds import FlownRound, atmosphere, salvo_flown
from marsad.simulate.route import RouteError, Turning, fly
from marsad.simulate.scenario import (
    METRES_PER_FLIGHT_LEVEL,
    Defender,
    Emitter,
    Scenario,
    Transponder,
    Waypoint,
)
from marsad.simulate.seeding import generator
from marsad.simulate.traffic import generated
from marsad.simulate.trajectory import Trajectory, hermite

Array = NDArray[np.float64]
GRID_S = 0.5
_BEYOND_S = 60.0  # a rotating sensor may ask for what has ended since its look began
CEILING_M = 1000.0
NS_PER_S = 1_000_000_000


@dataclass(frozen=True)
class Stop:
    """That a defender stopped an object, and where it says so; a round falls on, in pieces."""

    by: str
    t_s: float
    report_t_s: float
    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True)
class TrueObject:
    """One object as it really is.

    planned    the path it would have flown, unstopped
    stop       when it was stopped, or None
    rcs_dbsm   its own mean radar cross-section
    on_ground_s   spans of time in which its wheels are on the ground
    piece_of   the round that it is a piece of, "" for whatever is none
    """

    object_id: str
    kind: ObjectKind
    hostile: bool
    planned: Trajectory
    rcs_dbsm: float
    transponder: Transponder | None
    emitter: Emitter | None
    stop: Stop | None
    on_ground_s: tuple[tuple[float, float], ...] = ()
    piece_of: str = ""

    @property
    def falls(self) -> bool:
        """Whether it is a round or a piece of one: it harms where it comes down, not where it passes."""
        return self.kind in FALLING

    @property
    def physique(self) -> Physique:
        """The constants of its kind."""
        return PHYSIQUES[self.kind]

    @property
    def start_s(self) -> float:
        """When it appears, seconds from the scenario's start."""
        return self.planned.start_s

    @property
    def end_s(self) -> float:
        """When it ends: stopped, or arrived."""
        return self.planned.end_s if self.stop is None else self.stop.t_s

    def on_ground(self, t_s: float) -> bool:
        """Whether its wheels are on the ground at a time."""
        return any(begin <= t_s < end for begin, end in self.on_ground_s)

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        return Outcome.UNKNOWN if self.stop is None else Outcome.STOPPED


@dataclass(frozen=True, slots=True)
class Impact:
    """Where and when something came down, as people on the ground see it."""

    t_ns: int
    east_m: float
    north_m: float
    outcome: Outcome


@dataclass(frozen=True)
class Truth:
    """All objects of one run.

    name, seed       of the scenario run
    start_t_ns       the scenario's start; all times in seconds count from it
    """

    name: str
    seed: int
    start_t_ns: int
    duration_s: float
    objects: tuple[TrueObject, ...]

    @cached_property
    def start_s(self) -> Array:
        """(n,) when each object appears."""
        return np.array([item.start_s for item in self.objects])

    @cached_property
    def end_s(self) -> Array:
        """(n,) when each object ends."""
        return np.array([item.end_s for item in self.objects])

    @cached_property
    def rcs_dbsm(self) -> Array:
        """(n,) mean radar cross-section of each object."""
        return np.array([item.rcs_dbsm for item in self.objects], float)

    @cached_property
    def size_m(self) -> Array:
        """(n,) largest visible dimension of each object."""
        return np.array([item.physique.size_m for item in self.objects], float)

    @cached_property
    def rotors(self) -> NDArray[np.bool_]:
        """(n,) whether each object has blades that a radar can see turning."""
        return np.array([item.physique.rotors for item in self.objects], bool)

    @cached_property
    def emitters(self) -> tuple[int, ...]:
        """Rows of the objects that carry a radio."""
        return tuple(row for row, item in enumerate(self.objects) if item.emitter is not None)

    @cached_property
    def _grid(self) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Positions and velocities (k, 3) every GRID_S of each object's own time, one after the other.

        With it (n,) where each object's part begins, its first cell counted from the scenario's start,
        and its last cell of the part. A day holds a thousand short flights: a common grid would not fit.
        """
        last = int(np.ceil(self.duration_s / GRID_S))
        first = np.clip((self.start_s / GRID_S).astype(np.int64), 0, last)
        until = np.clip(np.ceil((self.end_s + _BEYOND_S) / GRID_S).astype(np.int64), first, last) + 1
        counts = until - first + 1
        begin = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(counts) else counts
        position, velocity = np.empty((int(counts.sum()), 3)), np.empty((int(counts.sum()), 3))
        for row, item in enumerate(self.objects):
            part = slice(int(begin[row]), int(begin[row] + counts[row]))
            t_s = np.arange(first[row], until[row] + 1) * GRID_S
            position[part], velocity[part] = item.planned.state(t_s)
        return position, velocity, begin, first, until - first - 1

    def flying(self, t_s: float) -> NDArray[np.int64]:
        """Rows of ``objects`` that are in the air at a time."""
        return np.flatnonzero((self.start_s <= t_s) & (t_s < self.end_s))

    def states(self, rows: NDArray[np.int64], t_s: ArrayLike) -> tuple[Array, Array]:
        """Positions and velocities (m, 3) of the given rows at one time, or each at its own (m,)."""
        position, velocity, begin, first, last = self._grid
        time = np.broadcast_to(np.asarray(t_s, float), rows.shape)
        cell = np.clip((time / GRID_S).astype(np.int64) - first[rows], 0, last[rows])
        knot = begin[rows] + cell
        since = (first[rows] + cell) * GRID_S
        return hermite(
            time,
            since,
            since + GRID_S,
            position[knot],
            position[knot + 1],
            velocity[knot],
            velocity[knot + 1],
        )

    def seconds(self, t_ns: int) -> float:
        """Seconds since the scenario's start."""
        return (t_ns - self.start_t_ns) / NS_PER_S

    def arrivals_s(self, row: int, zones: tuple[Zone, ...]) -> dict[str, float]:
        """When the planned path of an object first meets each zone it meets, in order of time.

        What passes higher than CEILING_M above the site does not meet it; a round meets where it comes down.
        """
        path = self.objects[row].planned
        t_s = np.arange(path.start_s, path.end_s, 0.1)
        if self.objects[row].falls:
            t_s = np.array([path.end_s])
        position, _ = path.state(t_s)
        low = position[:, 2] <= CEILING_M
        found = {}
        for zone in zones:
            inside = _inside(zone, position[:, :2]) & low
            if inside.any():
                found[zone.zone_id] = round(float(t_s[int(np.argmax(inside))]), 1)
        return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))

    def impacts(self, zones: tuple[Zone, ...]) -> tuple[Impact, ...]:
        """Where hostile objects that nobody stopped came down, within a zone or elsewhere."""
        found = []
        for item in self.objects:
            if not item.hostile or item.stop is not None or item.end_s > self.duration_s:
                continue
            before_s = 0.0 if item.falls else 0.1
            (place,), _ = item.planned.state(np.array([item.end_s - before_s]))
            inside = any(bool(_inside(zone, place[None, :2])[0]) for zone in zones)
            t_ns = self.start_t_ns + round(item.end_s * 1e9)
            outcome = Outcome.LANDED if inside else Outcome.MISSED
            found.append(Impact(t_ns, float(place[0]), float(place[1]), outcome))
        return tuple(found)


def _inside(zone: Zone, points: Array) -> NDArray[np.bool_]:
    """Which of the points (n, 2) lie within a zone."""
    if zone.corners_enu:
        return contains(zone.corners_enu, points)
    return np.asarray(np.hypot(*(points - zone.centre_enu).T) <= zone.radius_m)


def truth_of(scenario: Scenario, seed: int) -> Truth:
    """Everything that flies in a scenario under a seed. Raises ConfigError for unflyable routes."""
    file, frame = scenario.file, scenario.layout.frame
    objects, faults = [], []
    for number, item in enumerate(file.object):
        physique = PHYSIQUES[item.kind]
        points = [_turning(waypoint, frame) for waypoint in item.waypoints]
        try:
            path = fly(points, frame, physique.turn_rate_radps, physique.acceleration_mps2, item.depart_s)
        except RouteError as error:
            faults.append(ConfigFault(f"object.{number}.waypoints", item.id, str(error)))
            continue
        path = flown_so(path, item.kind, item.manner, generator(seed, "manner", item.id))
        rcs = item.rcs_dbsm if item.rcs_dbsm is not None else _rcs_dbsm(seed, item.id, physique)
        stop = None
        for defender in file.defender:
            if item.id in defender.objects and stop is None:
                stop = _stop(defender, item.id, path, frame, seed)
        told, down_s = (item.transponder, item.emitter, stop), rolling_s(path, item.kind)
        objects.append(TrueObject(item.id, item.kind, item.hostile, path, rcs, *told, down_s))
    air = atmosphere(frame, file.air.wind)
    for number, salvo in enumerate(file.salvo):
        try:
            flown = list(salvo_flown(salvo, frame, air, seed))
        except RouteError as error:
            faults.append(ConfigFault(f"salvo.{number}.aim", salvo.id, str(error)))
            continue
        objects += [_round(one, salvo.rcs_dbsm, frame, seed) for one in flown]
    if faults:
        raise ConfigError(file.name, faults)
    day = day_of(scenario, seed)
    for number, traffic in enumerate(file.traffic):
        try:
            flyers = list(generated(traffic, day))
        except RouteError as error:
            raise ConfigError(
                file.name, [ConfigFault(f"traffic.{number}", traffic.id, str(error))]
            ) from error
        objects += [_passing(flyer, seed) for flyer in flyers if _within(flyer, file.duration_s)]
    return Truth(file.name, seed, scenario.start_t_ns, file.duration_s, tuple(objects))


def _within(flyer: Flyer, duration_s: float) -> bool:
    """Whether a flight has any part in the scenario."""
    return flyer.trajectory.start_s < duration_s and flyer.trajectory.end_s > 0


def _passing(flyer: Flyer, seed: int) -> TrueObject:
    """Traffic as an object: harmless, unhindered."""
    return TrueObject(
        object_id=flyer.object_id,
        kind=flyer.kind,
        hostile=False,
        planned=flyer.trajectory,
        rcs_dbsm=_rcs_dbsm(seed, flyer.object_id, PHYSIQUES[flyer.kind]),
        transponder=flyer.transponder,
        emitter=None,
        stop=None,
        on_ground_s=flyer.on_ground_s,
    )


def _round(one: FlownRound, rcs_dbsm: float | None, frame: LocalFrame, seed: int) -> TrueObject:
    """A round, or a piece of one, as an object; a scenario's cross-section is of the rounds."""
    drawn = _rcs_dbsm(seed, one.name, PHYSIQUES[one.kind])
    rcs = drawn if rcs_dbsm is None or one.piece_of else rcs_dbsm
    stop = None
    if one.broke_up is not None:
        latitude, longitude, _ = frame.geodetic_from_enu(one.broke_up.report_enu)
        place = round(float(latitude), 6), round(float(longitude), 6)
        stop = Stop(one.broke_up.by, one.broke_up.t_s, one.broke_up.report_t_s, *place)
    none = (None, None, stop)
    return TrueObject(one.name, one.kind, True, one.path, rcs, *none, piece_of=one.piece_of)


def _rcs_dbsm(seed: int, name: str, physique: Physique) -> float:
    """An individual's mean cross-section."""
    random = generator(seed, "rcs", name)
    return float(physique.rcs_dbsm + physique.rcs_spread_db * random.standard_normal())


def _turning(waypoint: Waypoint, frame: LocalFrame) -> Turning:
    if waypoint.above_ground_m is not None:
        height = frame.height_m + waypoint.above_ground_m
    else:
        assert waypoint.flight_level is not None  # its validator says so
        height = waypoint.flight_level * METRES_PER_FLIGHT_LEVEL
    if waypoint.azimuth_deg is not None and waypoint.range_m is not None:
        azimuth = np.radians(waypoint.azimuth_deg)
        east, north = waypoint.range_m * np.sin(azimuth), waypoint.range_m * np.cos(azimuth)
    else:
        assert waypoint.latitude_deg is not None and waypoint.longitude_deg is not None
        east, north, _ = frame.enu_from_geodetic(waypoint.latitude_deg, waypoint.longitude_deg, height)
    return Turning(float(east), float(north), float(height), waypoint.speed_mps, waypoint.hold_s)


def _stop(defender: Defender, name: str, path: Trajectory, frame: LocalFrame, seed: int) -> Stop | None:
    """When this defender stops this object: once it is within reach, after its delay, by chance."""
    random = generator(seed, "defender", defender.id, name)
    succeeds, error = random.random() < defender.chance, random.standard_normal(2)
    place = frame.enu_from_geodetic(defender.latitude_deg, defender.longitude_deg, frame.height_m)
    t_s = np.arange(path.start_s, path.end_s, 0.1)
    near = np.hypot(*(path.state(t_s)[0] - place)[:, :2].T) <= defender.reach_m
    if not succeeds or not near.any():
        return None
    t = float(t_s[int(np.argmax(near))]) + defender.delay_s
    if t >= path.end_s:
        return None
    where = path.state(t)[0] + np.append(defender.place_sigma_m * error, 0.0)
    latitude, longitude, _ = frame.geodetic_from_enu(where)
    report_t_s = t + defender.report_delay_s
    return Stop(defender.by, t, report_t_s, round(float(latitude), 6), round(float(longitude), 6))
