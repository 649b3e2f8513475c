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
from marsad.simulate.kinds import PHYSIQUES, ObjectKind, Physique
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
CEILING_M = 1000.0
NS_PER_S = 1_000_000_000


@dataclass(frozen=True)
class Stop:
    """That a defender stopped an object, and where it says so."""

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
    """

    object_id: str
    kind: ObjectKind
    hostile: bool
    planned: Trajectory
    rcs_dbsm: float
    transponder: Transponder | None
    emitter: Emitter | None
    stop: Stop | None

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
    def _grid(self) -> tuple[Array, Array]:
        """Positions and velocities (k, n, 3) every GRID_S from the scenario's start."""
        t_s = np.arange(int(np.ceil(self.duration_s / GRID_S)) + 2) * GRID_S
        states = [item.planned.state(t_s) for item in self.objects]
        if not states:
            return np.empty((len(t_s), 0, 3)), np.empty((len(t_s), 0, 3))
        return np.stack([p for p, _ in states], axis=1), np.stack([v for _, v in states], axis=1)

    def flying(self, t_s: float) -> NDArray[np.int64]:
        """Rows of ``objects`` that are in the air at a time."""
        return np.flatnonzero((self.start_s <= t_s) & (t_s < self.end_s))

    def states(self, rows: NDArray[np.int64], t_s: ArrayLike) -> tuple[Array, Array]:
        """Positions and velocities (m, 3) of the given rows at one time, or each at its own (m,)."""
        position, velocity = self._grid
        time = np.broadcast_to(np.asarray(t_s, float), rows.shape)
        cell = np.clip((time / GRID_S).astype(np.int64), 0, len(position) - 2)
        return hermite(
            time,
            cell * GRID_S,
            (cell + 1) * GRID_S,
            position[cell, rows],
            position[cell + 1, rows],
            velocity[cell, rows],
            velocity[cell + 1, rows],
        )

    def seconds(self, t_ns: int) -> float:
        """Seconds since the scenario's start."""
        return (t_ns - self.start_t_ns) / NS_PER_S

    def arrivals_s(self, row: int, zones: tuple[Zone, ...]) -> dict[str, float]:
        """When the planned path of an object first meets each zone it meets, in order of time.

        What passes higher than CEILING_M above the site does not meet it.
        """
        path = self.objects[row].planned
        t_s = np.arange(path.start_s, path.end_s, 0.1)
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
            (place,), _ = item.planned.state(np.array([item.end_s - 0.1]))
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
        rcs = item.rcs_dbsm if item.rcs_dbsm is not None else _rcs_dbsm(seed, item.id, physique)
        stop = None
        for defender in file.defender:
            if item.id in defender.objects and stop is None:
                stop = _stop(defender, item.id, path, frame, seed)
        objects.append(
            TrueObject(item.id, item.kind, item.hostile, path, rcs, item.transponder, item.emitter, stop)
        )
    if faults:
        raise ConfigError(file.name, faults)
    for traffic in file.traffic:
        for flyer in generated(traffic, frame, file.duration_s, seed):
            rcs = _rcs_dbsm(seed, flyer.object_id, PHYSIQUES[flyer.kind])
            objects.append(
                TrueObject(
                    flyer.object_id, flyer.kind, False, flyer.trajectory, rcs, flyer.transponder, None, None
                )
            )
    return Truth(file.name, seed, scenario.start_t_ns, file.duration_s, tuple(objects))


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
