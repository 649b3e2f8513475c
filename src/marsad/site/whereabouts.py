"""Where sensors that move were when they looked.

A ship tells its place about once a second, and its camera's reports come when they come. So places are kept
for as long as reports may be late, and a look is seen from where the sensor was then: between the two places
around its time, or carried on for a few seconds where the next is not yet known. A sensor that stands is
where it says; that satellite positioning wanders by metres moves nobody. One that falls silent about its
place, for longer than it ever did while it moved, has come to stand: many say a place only when it is new.
"""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import dist

import numpy as np
from numpy.typing import NDArray

from marsad.geo.local import LocalFrame
from marsad.model.detection import Pose
from marsad.model.sensor import Sensor
from marsad.site.look import Look

Array = NDArray[np.float64]
Place = tuple[float, float, float]

_KEPT_MAX = 256  # places of one leg
_LEGS_MAX = 4
_DOUBT_MAX_M = 1_000.0
_KEPT_NS = 120_000_000_000
_STANDS_M = 15.0  # who stays within this stands
_BASE_NS = 3_000_000_000  # over so long a velocity is taken: one step of positioning does not make it
_AHEAD_NS = 5_000_000_000  # so long a sensor is taken to go on as it did
_STOOD_NS = 15_000_000_000  # who has said no place for so long, and for twice as long as before, stands
_GAPS = 8  # of the newest places, from which it is known how often a sensor says its place
_ACCELERATION_MPS2 = 0.5  # of what carries sensors
_PLACE_SIGMA_M = 3.0  # of satellite positioning
_SPEED_MAX_MPS = 150.0  # nothing that carries a sensor is faster
_TOLD_NS = 60_000_000_000


@dataclass(slots=True)
class _Leg:
    """Places of one sensor without a jump: times, and (east, north, up) in metres."""

    t_ns: list[int]
    place: list[Place]

    def pose(self, t_ns: int) -> tuple[Array, Array, float]:
        """Place and velocity (3,) at a time, and one sigma of the place."""
        if t_ns - self.t_ns[-1] > self._stood_ns():
            return np.array(self.place[-1]), np.zeros(3), _PLACE_SIGMA_M
        times, places = np.array(self.t_ns), np.array(self.place)
        velocity = _velocity(times, places, t_ns)
        near = int(np.searchsorted(times, t_ns, "right"))
        if 0 < near < len(times):
            gap_ns = int(times[near] - times[near - 1])
            share = (t_ns - int(times[near - 1])) / gap_ns
            place = places[near - 1] + share * (places[near] - places[near - 1])
            doubt_m = _ACCELERATION_MPS2 * (gap_ns * 1e-9) ** 2 / 8
        else:
            end = min(near, len(times) - 1)
            away_ns = t_ns - int(times[end])
            place = places[end] + velocity * min(max(away_ns, -_AHEAD_NS), _AHEAD_NS) * 1e-9
            doubt_m = _ACCELERATION_MPS2 * (away_ns * 1e-9) ** 2 / 2
        return place, velocity, float(np.hypot(_PLACE_SIGMA_M, min(doubt_m, _DOUBT_MAX_M)))

    def _stood_ns(self) -> int:
        """How long without a place means that it has not changed."""
        newest = self.t_ns[-_GAPS:]
        gaps = [later - earlier for earlier, later in pairwise(newest)]
        return max(_STOOD_NS, 2 * max(gaps, default=0))


@dataclass(slots=True)
class _Path:
    """Where one sensor was: legs between jumps, oldest first; whether it moves; its last jump."""

    legs: list[_Leg] = field(default_factory=list)
    moves: bool = False
    jump_m: float = 0.0
    jump_t_ns: int = 0

    def note(self, t_ns: int, here: Place) -> bool:
        """Take in a place that is newer than all before; whether it could not be reached from the last."""
        if not self.legs:
            self.legs.append(_Leg([t_ns], [here]))
            return False
        leg = self.legs[-1]
        apart_m, gap_s = dist(leg.place[-1], here), (t_ns - leg.t_ns[-1]) * 1e-9
        jumped = apart_m > _STANDS_M + _SPEED_MAX_MPS * gap_s
        if jumped:
            self.jump_m, self.jump_t_ns = apart_m, t_ns
            self.legs = [*self.legs[1 - _LEGS_MAX :], _Leg([t_ns], [here])]
        elif not self.moves and dist(leg.place[0], here) < _STANDS_M:
            # the first place stays, so that who creeps away is found out, and the last
            leg.t_ns[1:], leg.place[1:] = [t_ns], [here]
        else:
            leg.t_ns.append(t_ns)
            leg.place.append(here)
        self.moves = self.moves or jumped or dist(leg.place[0], here) >= _STANDS_M
        self._forget(t_ns, here)
        return jumped

    def _forget(self, t_ns: int, here: Place) -> None:
        if not self.moves:
            return
        oldest_ns = t_ns - _KEPT_NS
        self.legs = [leg for leg in self.legs if leg.t_ns[-1] >= oldest_ns]
        leg = self.legs[0]
        kept = max(bisect_right(leg.t_ns, oldest_ns) - 1, len(leg.t_ns) - _KEPT_MAX, 0)
        del leg.t_ns[:kept], leg.place[:kept]
        still = all(dist(place, here) < _STANDS_M for place in leg.place)
        if len(self.legs) == 1 and still and t_ns - leg.t_ns[0] > _KEPT_NS // 2:
            self.moves = False

    def leg(self, t_ns: int) -> _Leg:
        """That of a time."""
        begun = [leg for leg in self.legs if leg.t_ns[0] <= t_ns]
        return begun[-1] if begun else self.legs[0]


class Whereabouts:
    """The places of all sensors, by time. Bounded by the sensors known; deterministic; pickles.

    counters  ``sensor-jumped``: how often a sensor said that it is where it cannot have come to
    """

    def __init__(self, frame: LocalFrame) -> None:
        self._frame = frame
        self._paths: dict[str, _Path] = {}
        self._newest_ns: dict[str, int] = {}
        self.counters: Counter[str] = Counter()

    def note(self, sensor: Sensor, t_ns: int) -> None:
        """Take in where a sensor says it is, at t_ns."""
        sensor_id, here = sensor.sensor_id, sensor.position_enu
        if here is None or t_ns <= self._newest_ns.get(sensor_id, -1):
            return
        self._newest_ns[sensor_id] = t_ns
        self.counters["sensor-jumped"] += self._paths.setdefault(sensor_id, _Path()).note(t_ns, here)

    def jumped_m(self, sensor_id: str, t_ns: int) -> float:
        """How far a sensor jumped lately, 0 if it did not."""
        path = self._paths.get(sensor_id)
        if path is None or not path.jump_m or t_ns - path.jump_t_ns > _TOLD_NS:
            return 0.0
        return path.jump_m

    def placed(self, look: Look) -> Look:
        """The look, seen from where its sensor was at its time if it moves."""
        path = self._paths.get(look.scan.sensor_id)
        if path is None or not path.moves:
            return look
        place, velocity, sigma_m = path.leg(look.scan.t_ns).pose(look.scan.t_ns)
        rotation = self._frame.rotation_enu_from_local(place)
        pose = Pose(place, velocity, rotation, np.eye(3) * sigma_m**2, np.zeros((3, 3)))
        return Look(replace(look.scan, pose=pose), look.detections)


def as_seen(sensors: dict[str, Sensor], look: Look) -> dict[str, Sensor]:
    """The sensors, that of the look where it was then."""
    pose, sensor = look.scan.pose, sensors.get(look.scan.sensor_id)
    if pose is None or sensor is None:
        return sensors
    east, north, up = pose.position_enu.tolist()
    return {**sensors, sensor.sensor_id: replace(sensor, position_enu=(east, north, up))}


def _velocity(times: NDArray[np.int64], places: Array, t_ns: int) -> Array:
    """Mean velocity (3,) over some seconds about a time."""
    t_ns = min(max(t_ns, int(times[0])), int(times[-1]))
    first = max(int(np.searchsorted(times, t_ns - _BASE_NS, "right")) - 1, 0)
    last = min(int(np.searchsorted(times, t_ns + _BASE_NS // 2)), len(times) - 1)
    if first == last:
        return np.zeros(3)
    return np.asarray((places[last] - places[first]) / (int(times[last] - times[first]) * 1e-9))
