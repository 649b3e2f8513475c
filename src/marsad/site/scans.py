"""From single reports to scans: what one sensor saw in one look.

A sensor reports each object by itself, so a look is over when a report of a later time comes, or
when nothing came for the settling time. A radar that saw nothing sends nothing at all; that too
is a look, and it is added here once the sensor's period has passed, for "looked and saw nothing" is
what lets a track end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from marsad.model.detection import Detection, Measurement, Scan
from marsad.model.sensor import Sensor, SensorHealth, SensorKind

# Only sensors that sweep all they cover on their own can testify to absence.
_SWEEPING = frozenset({SensorKind.RADAR, SensorKind.ACOUSTIC})
_NEVER_NS = 2**63 - 1
_CLAIMS_MOVED_NS = 500_000_000


class ScanSettings(BaseModel):
    """How reports are gathered into looks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settling_s: float = Field(
        0.02, ge=0, le=2, description="wait for more reports of the same look; adds to the warning's delay"
    )
    same_look_s: float = Field(0.001, ge=0, le=1, description="reports this close in time are one look")
    cooperative_look_s: float = Field(
        0.2, ge=0, le=1, description="claims (ADS-B) are gathered over this and moved to one time"
    )
    detections_max: int = Field(20_000, ge=1, description="per look; what is more is refused and counted")
    sensors_max: int = Field(1_000, ge=1, description="open looks at the same time")


@dataclass(frozen=True, slots=True)
class Look:
    """A finished scan with the detections its rows come from."""

    scan: Scan
    detections: tuple[Detection, ...]


@dataclass(slots=True)
class _Open:
    t_ns: int
    closes_t_ns: int
    measurement: Measurement
    detections: list[Detection] = field(default_factory=list)


class ScanAssembler:
    """Gathers detections by sensor and time; closes looks as time goes on."""

    def __init__(self, settings: ScanSettings) -> None:
        self._settings = settings
        self._open: dict[str, list[_Open]] = {}
        self._swept_t_ns: dict[str, int] = {}
        self._windows_ns = int(settings.same_look_s * 1e9), int(settings.cooperative_look_s * 1e9)
        self._newest_t_ns = 0  # of all looks that are over
        self._next_t_ns = 0  # nothing is over before
        self._deadline_ns: int | None = None
        self.overflow = 0
        self.superseded = 0  # reports of what spoke again within a look

    def sensors_changed(self) -> None:
        """Say that a sensor is new or another than before."""
        self._next_t_ns = 0

    def add(self, t_ns: int, detections: Sequence[Detection], sensors: dict[str, Sensor]) -> None:
        """Take detections received at t_ns; those of unknown sensors count as of kind OTHER."""
        for detection in detections:
            self._place(t_ns, detection, self._window_ns(sensors.get(detection.sensor_id)))

    def closed(self, t_ns: int, sensors: dict[str, Sensor]) -> list[Look]:
        """The looks that are over at t_ns, oldest first, sweeps that saw nothing among them.

        `sensors` are the same as before unless `sensors_changed` was called.
        """
        if t_ns < self._next_t_ns:
            return []
        looks: list[Look] = []
        for sensor_id in list(self._open):
            sensor = sensors.get(sensor_id)
            window_ns = self._window_ns(sensor)
            newest_t_ns = max(item.t_ns for item in self._open[sensor_id])
            still_open = []
            for item in self._open[sensor_id]:
                if t_ns >= item.closes_t_ns or newest_t_ns > item.t_ns + window_ns:
                    # a look of a sensor whose clock is ahead takes nobody along into the future
                    looks.append(_look(sensor_id, item, sensor, min(self._newest_t_ns, t_ns)))
                    self.superseded += len(item.detections) - len(looks[-1].detections)
                else:
                    still_open.append(item)
            if still_open:
                self._open[sensor_id] = still_open
            else:
                del self._open[sensor_id]
        for look in looks:
            self._swept_t_ns[look.scan.sensor_id] = max(
                look.scan.t_ns, self._swept_t_ns.get(look.scan.sensor_id, 0)
            )
        looks += self._empty_sweeps(t_ns, sensors)
        looks.sort(key=lambda look: (look.scan.t_ns, look.scan.sensor_id))
        if looks:
            self._newest_t_ns = max(looks[-1].scan.t_ns, self._newest_t_ns)
        self._next_t_ns = self._next_ns(sensors)
        return looks

    @property
    def deadline_ns(self) -> int | None:
        """When the next open look is over at the latest."""
        return self._deadline_ns

    def _next_ns(self, sensors: dict[str, Sensor]) -> int:
        """When something is over next, if no report comes and no sensor changes before."""
        closing = [item.closes_t_ns for waiting in self._open.values() for item in waiting]
        self._deadline_ns = min(closing, default=None)
        sweeping = [
            last_t_ns + _silence_ns(sensors[sensor_id]) + 1
            for sensor_id, last_t_ns in self._swept_t_ns.items()
            if sensor_id not in self._open and sensor_id in sensors and _sweeps(sensors[sensor_id])
        ]
        return min([*closing, *sweeping], default=_NEVER_NS)

    def _window_ns(self, sensor: Sensor | None) -> int:
        return self._windows_ns[sensor is not None and sensor.kind.is_cooperative]

    def _place(self, t_ns: int, detection: Detection, window_ns: int) -> None:
        waiting = self._open.setdefault(detection.sensor_id, [])
        for item in waiting:
            if abs(item.t_ns - detection.t_ns) <= window_ns and item.measurement is detection.measurement:
                if len(item.detections) >= self._settings.detections_max:
                    self.overflow += 1
                else:
                    item.detections.append(detection)
                return
        if len(self._open) > self._settings.sensors_max or len(waiting) > self._settings.sensors_max:
            self.overflow += 1
            return
        closes_t_ns = t_ns + max(int(self._settings.settling_s * 1e9), window_ns)
        waiting.append(_Open(detection.t_ns, closes_t_ns, detection.measurement, [detection]))
        # it may be newer than a look that is open, which is over then
        self._next_t_ns = 0 if len(waiting) > 1 else min(closes_t_ns, self._next_t_ns)
        self._deadline_ns = min(closes_t_ns, self._deadline_ns or closes_t_ns)

    def _empty_sweeps(self, t_ns: int, sensors: dict[str, Sensor]) -> list[Look]:
        looks = []
        for sensor in sensors.values():
            if not _sweeps(sensor):
                self._swept_t_ns.pop(sensor.sensor_id, None)
                continue
            last_t_ns = self._swept_t_ns.setdefault(sensor.sensor_id, t_ns)
            if t_ns - last_t_ns > _silence_ns(sensor) and sensor.sensor_id not in self._open:
                next_t_ns = last_t_ns + _period_ns(sensor)
                self._swept_t_ns[sensor.sensor_id] = next_t_ns
                looks.append(Look(_empty(sensor.sensor_id, next_t_ns), ()))
        return looks


def _sweeps(sensor: Sensor) -> bool:
    alive = sensor.health in (SensorHealth.OK, SensorHealth.DEGRADED)
    return alive and sensor.kind in _SWEEPING and sensor.position_enu is not None


def _period_ns(sensor: Sensor) -> int:
    return max(int(sensor.coverage.scan_period_s * 1e9), 50_000_000)


def _silence_ns(sensor: Sensor) -> int:
    """How long a sweep may take: half a period of grace for reports on their way."""
    period_ns = _period_ns(sensor)
    return period_ns + period_ns // 2


def _empty(sensor_id: str, t_ns: int) -> Scan:
    return Scan(sensor_id, t_ns, Measurement.POLAR, np.empty((0, 6)), np.empty((0, 6)), ())


def _look(sensor_id: str, item: _Open, sensor: Sensor | None, newest_t_ns: int) -> Look:
    """The look as a scan; newest_t_ns: time of the newest look of any sensor that is over."""
    detections = item.detections
    sweeping = sensor is not None and sensor.kind in _SWEEPING
    if sensor is not None and sensor.kind.is_cooperative:
        # one aircraft may have reported twice within the look: its last word counts
        detections = list({d.claim.key or n if d.claim else n: d for n, d in enumerate(detections)}.values())
    t_ns = max(detection.t_ns for detection in detections)
    values = np.array([detection.values for detection in detections])
    if sensor is not None and sensor.kind.is_cooperative and item.measurement is Measurement.POSITION:
        t_ns = _brought_up(t_ns, newest_t_ns, values)
    if item.measurement is Measurement.POSITION:
        values = _moved(values, detections, t_ns)
    sigmas = np.array([detection.sigmas for detection in detections])
    labels = tuple(d.claim.key if d.claim is not None else "" for d in detections)
    filtered = sensor is not None and sensor.decorrelation_s > 0
    objects = tuple(d.object_id for d in detections) if filtered else ()
    scan = Scan(sensor_id, t_ns, item.measurement, values, sigmas, labels, not sweeping, objects)
    return Look(scan, tuple(detections))


def _brought_up(t_ns: int, newest_t_ns: int, values: NDArray[np.float64]) -> int:
    """The time for a look of claims: that of the newest look, where claims can be moved there.

    They were gathered while others looked; as late ones they would have all of these played again. Over so
    short a time a straight continuation is off by less than a metre.
    """
    moves = newest_t_ns > t_ns and newest_t_ns - t_ns <= _CLAIMS_MOVED_NS
    return newest_t_ns if moves and np.isfinite(values[:, 3:5]).all() else t_ns


def _moved(values: NDArray[np.float64], detections: list[Detection], t_ns: int) -> NDArray[np.float64]:
    """Positions moved to one time by their own velocities, where these are known."""
    ages_s = np.array([(t_ns - detection.t_ns) * 1e-9 for detection in detections])
    velocity = np.where(np.isnan(values[:, 3:6]), 0.0, values[:, 3:6])
    moved = values.copy()
    moved[:, 0:3] += velocity * ages_s[:, None]
    return moved
