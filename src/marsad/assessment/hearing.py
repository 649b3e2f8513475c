"""What sensors say about tracks: claims compared with plots, class reports, radio evidence."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.classes import ClassModel
from marsad.assessment.memory import Memory
from marsad.assessment.settings import EvidenceLimits
from marsad.model.detection import Claim, Detection, Measurement
from marsad.model.sensor import Sensor, SensorHealth, SensorKind
from marsad.model.site import Friend

Array = NDArray[np.float64]
ADSB, REMOTE_ID, OTHER = 1, 2, 3
_SYSTEMS = {"icao": ADSB, "remote_id": REMOTE_ID}
_LATENCY_S = 0.5  # one sigma of the age of a claimed position, mostly along the course
_DEFAULT_CLAIM_SIGMA_M = 30.0


@dataclass(frozen=True)
class Receivers:
    """The living cooperative receivers: (r,3) of [east_m, north_m, range_m], by kind."""

    adsb: Array
    remote_id: Array

    @staticmethod
    def of(sensors: Mapping[str, Sensor]) -> "Receivers":
        """Those of the site's sensors that would hear an honest object now."""
        found: dict[SensorKind, list[tuple[float, float, float]]] = {
            SensorKind.ADSB: [],
            SensorKind.REMOTE_ID: [],
        }
        for sensor in sensors.values():
            if sensor.kind in found and sensor.health not in (SensorHealth.LOST, SensorHealth.GONE):
                east, north, _ = sensor.position_enu or (0.0, 0.0, 0.0)
                found[sensor.kind].append((east, north, sensor.coverage.range_max_m))
        return Receivers(
            *(np.array(found[kind], float).reshape(-1, 3) for kind in (SensorKind.ADSB, SensorKind.REMOTE_ID))
        )


def covered(position: Array, receivers: Array) -> NDArray[np.bool_]:
    """Which positions (n,2) lie within the range of any receiver (r,3)."""
    away = np.hypot(
        position[:, None, 0] - receivers[None, :, 0], position[:, None, 1] - receivers[None, :, 1]
    )
    return np.asarray((away <= receivers[None, :, 2]).any(axis=1))


def place_of(detection: Detection, sensor: Sensor | None) -> tuple[Array, Array] | None:
    """Horizontal position (2,) and covariance (2,2) of one plot; None if it has no place."""
    first, second, third, *_ = detection.values
    sigma = detection.sigmas
    if detection.measurement is Measurement.POSITION:
        if not np.isfinite(first + second):
            return None
        spread = [s if np.isfinite(s) else _DEFAULT_CLAIM_SIGMA_M for s in sigma[:2]]
        return np.array([first, second]), np.diag(np.square(spread))
    if sensor is None or sensor.position_enu is None or not np.isfinite(first + second):
        return None
    ground = first * (np.cos(third) if np.isfinite(third) else 1.0)
    outward = np.array([np.sin(second), np.cos(second)])
    across = np.array([outward[1], -outward[0]])
    own = [s if np.isfinite(s) else d for s, d in zip(sigma[:2], sensor.sigmas[:2], strict=True)]
    spread_along, spread_across = own[0], own[1] * ground
    covariance = np.outer(outward, outward) * spread_along**2 + np.outer(across, across) * spread_across**2
    return np.asarray(sensor.position_enu[:2]) + ground * outward, covariance


class Hearing:
    """Writes what is heard into the memory. Owns its settings and the list of friends."""

    def __init__(self, limits: EvidenceLimits, model: ClassModel, friends: tuple[Friend, ...]) -> None:
        self._limits = limits
        self._model = model
        self._listed: tuple[Friend, ...] = ()
        self._friends: dict[str, list[Friend]] = {}
        self.expect(friends)

    def expect(self, friends: tuple[Friend, ...]) -> None:
        """Take over a new list of friends."""
        if friends == self._listed:
            return
        self._listed, self._friends = friends, {}
        for friend in friends:
            self._friends.setdefault(friend.label, []).append(friend)

    def friend_of(self, claim: Claim, t_ns: int) -> Friend | None:
        """The listed friend the claim names and expects now."""
        for friend in self._friends.get(claim.label, ()):
            if friend.from_t_ns <= t_ns <= friend.until_t_ns:
                return friend
        return None

    def hear(self, memory: Memory, row: int, t_ns: int, detection: Detection, sensor: Sensor | None) -> None:
        """One plot of the track in that row."""
        cooperative = sensor is not None and sensor.kind.is_cooperative
        memory.times("heard_t_ns")[row] = t_ns
        if not cooperative:
            memory.times("sensed_t_ns")[row] = t_ns
            if sensor is not None and sensor.kind is SensorKind.RADIO_FREQUENCY:
                memory.times("radio_t_ns")[row] = t_ns
        if detection.claim is not None:
            place = place_of(detection, sensor)
            self._claimed(memory, row, t_ns, detection, detection.claim, place, cooperative)
        elif not cooperative and memory.times("claim_place_t_ns")[row]:
            # only a track that claims a place has one to compare: most plots end before this
            place = place_of(detection, sensor)
            if place is not None:
                memory.times("plot_t_ns")[row] = detection.t_ns
                memory.floats("plot_enu")[row] = place[0]
                memory.floats("plot_covariance")[row] = place[1]
                self._compare(memory, row, t_ns)
        if detection.classes:
            self._reported(memory, row, t_ns, detection)

    def _reported(self, memory: Memory, row: int, t_ns: int, detection: Detection) -> None:
        log = self._model.report(detection.classes)
        if log is not None:
            report = memory.floats("report")
            elapsed_s = max(t_ns - int(memory.times("report_t_ns")[row]), 0) / 1e9
            report[row] = self._model.heard(report[row], log, elapsed_s)
            memory.times("report_t_ns")[row] = t_ns

    def _claimed(
        self,
        memory: Memory,
        row: int,
        t_ns: int,
        detection: Detection,
        claim: Claim,
        place: tuple[Array, Array] | None,
        cooperative: bool,
    ) -> None:
        memory.small("claim_system")[row] = _SYSTEMS.get(claim.system, OTHER)
        memory.times("claim_t_ns")[row] = t_ns
        friend = self.friend_of(claim, t_ns)
        if friend is not None and claim.authenticated:
            memory.times("authentic_t_ns")[row] = t_ns
        if friend is not None and not friend.authenticated_only:
            memory.times("listed_t_ns")[row] = t_ns
        if not cooperative:
            # the sensor itself put the claim on an object it sees: as good as an agreeing plot
            memory.times("agrees_t_ns")[row] = t_ns
            return
        if place is None:
            return
        velocity = (
            np.array(detection.values[3:5])
            if detection.measurement is Measurement.POSITION
            else np.full(2, np.nan)
        )
        if self._impossible(memory, row, detection.t_ns, place[0], velocity):
            self._disagrees(memory, row, t_ns)
        memory.times("claim_place_t_ns")[row] = detection.t_ns
        memory.floats("claim_enu")[row] = place[0]
        memory.floats("claim_velocity")[row] = velocity
        memory.floats("claim_sigma_m")[row] = np.sqrt(np.trace(place[1]) / 2)
        self._compare(memory, row, t_ns)

    def _impossible(self, memory: Memory, row: int, t_ns: int, place: Array, velocity: Array) -> bool:
        """Whether the claim says, or jumps, faster than anything of its kind flies."""
        system = memory.small("claim_system")[row]
        limit = (
            self._limits.remote_id_speed_max_mps if system == REMOTE_ID else self._limits.adsb_speed_max_mps
        )
        if np.hypot(*velocity) > limit:
            return True
        before = memory.times("claim_place_t_ns")[row]
        elapsed = (t_ns - int(before)) / 1e9
        if before == 0 or not 0.5 <= elapsed <= self._limits.claim_fresh_s:
            return False
        slack = self._limits.disagree_sigmas * memory.floats("claim_sigma_m")[row] * 2
        jump = float(np.hypot(*(place - memory.floats("claim_enu")[row])))
        return jump - slack > limit * elapsed and jump > self._limits.disagree_m

    def _compare(self, memory: Memory, row: int, t_ns: int) -> None:
        """The latest claimed place against the latest plot of an independent sensor."""
        plot_t, claim_t = int(memory.times("plot_t_ns")[row]), int(memory.times("claim_place_t_ns")[row])
        between = (plot_t - claim_t) / 1e9
        if not plot_t or not claim_t or abs(between) > self._limits.compare_within_s:
            return
        velocity = memory.floats("claim_velocity")[row]
        if not np.isfinite(velocity).all():
            velocity = memory.floats("velocity_then")[row, :2]
        offset = memory.floats("plot_enu")[row] - memory.floats("claim_enu")[row] - velocity * between
        spread = (
            memory.floats("plot_covariance")[row]
            + np.eye(2) * max(float(memory.floats("claim_sigma_m")[row]), 1.0) ** 2
            + np.outer(velocity, velocity) * _LATENCY_S**2
        )
        away = float(np.hypot(*offset))
        memory.floats("offset_m")[row] = away
        sigmas = float(np.sqrt(offset @ np.linalg.solve(spread, offset)))
        if away > self._limits.disagree_m and sigmas > self._limits.disagree_sigmas:
            self._disagrees(memory, row, t_ns)
        else:
            memory.times("agrees_t_ns")[row] = t_ns
            memory.small("disagrees")[row] = 0

    def _disagrees(self, memory: Memory, row: int, t_ns: int) -> None:
        count = memory.small("disagrees")
        count[row] = min(int(count[row]) + 1, 100)
        if count[row] >= self._limits.disagree_times:
            memory.times("disagrees_t_ns")[row] = t_ns
