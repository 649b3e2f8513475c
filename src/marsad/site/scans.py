"""From single reports to scans: what one sensor saw in one look.

A sensor reports each object by itself, so a look is over when a report of a later time comes, or
when nothing came for the settling time. A radar that saw nothing sends nothing at all; that too
is a look, and it is added here, for "looked and saw nothing" is what lets a track end. But silence has
three causes, and only one of them is an empty look: it counts once its reports would have been here, with
the latency learned of this sensor, and once the sensor has been heard since, by any message; who is cut
off or dead has seen nothing and says nothing of the sky.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from marsad.feeds.budget import Budget
from marsad.model.detection import Detection, Measurement, Scan
from marsad.model.sensor import Sensor, SensorHealth
from marsad.model.settings import Settings
from marsad.site.hearing import Hearing
from marsad.site.look import Look

# Only sensors that sweep all they cover on their own can testify to absence.
_ALIVE = frozenset({SensorHealth.OK, SensorHealth.DEGRADED})
_NEVER_NS = 2**63 - 1
_CLAIMS_MOVED_NS = 500_000_000
_HASTY_NS = 50_000_000
_LOOKS_PER_S_MIN = 20
_CROWDED_NS = 200_000_000  # reports of a sensor that stares are gathered so long …
_LOOKS_PER_S_ALL = 400  # … once all sensors together have opened so many looks in a second …
_LOOKS_PER_S_OWN = 10  # … and it so many itself
_APART_NS = 1_000  # two looks of one sensor never have one time: that would be one look
_EMPTY_AT_ONCE_MAX = 5  # sweeps that are heard of together: more would outweigh what others see meanwhile
_WHOLE_FROM = 0.4  # of a scan period between two looks that both swept all
_UNHEARD_MAX = 2  # sweeps before a look that were empty, for all we know: it lived shortly before


class ScanSettings(Settings):
    """How reports are gathered into looks."""

    settling_s: float = Field(
        0.02, ge=0, le=2, description="wait for more reports of the same look; adds to the warning's delay"
    )
    same_look_s: float = Field(0.001, ge=0, le=1, description="reports this close in time are one look")
    cooperative_look_s: float = Field(
        0.2, ge=0, le=1, description="claims (ADS-B) are gathered over this and moved to one time"
    )
    detections_max: int = Field(20_000, ge=1, description="per look; what is more is refused and counted")
    looks_per_s_max: int = Field(
        60,
        ge=1,
        description="per sensor; reports at more distinct times join an open look, up to 0.05 s apart",
    )
    replayed_per_s_max: int = Field(
        3_000,
        ge=100,
        description="scans played again each second for late reports; beyond, the sensor that reaches back "
        "farthest loses its late looks and is named",
    )
    sensors_max: int = Field(1_000, ge=1, description="open looks at the same time")


@dataclass(slots=True)
class _Open:
    t_ns: int
    closes_t_ns: int
    measurement: Measurement
    detections: list[Detection] = field(default_factory=list)


class ScanAssembler:
    """Gathers detections by sensor and time; closes looks as time goes on."""

    def __init__(self, settings: ScanSettings, hearing: Hearing) -> None:
        self._hearing = hearing
        self._budgets: dict[str, Budget] = {}
        self.adopt(settings)
        self._open: dict[str, list[_Open]] = {}
        self._swept_t_ns: dict[str, int] = {}
        self._whole_t_ns: dict[str, int] = {}  # of the last look that swept all there is
        self._newest_t_ns = 0  # of all looks that are over
        self._next_t_ns = 0  # nothing is over before
        self._deadline_ns: int | None = None
        self._hears_of_ns: dict[str, int] = {}  # the end of the first sweep that was not heard of
        self._all = Budget(_LOOKS_PER_S_ALL)
        self.overflow: Counter[str] = Counter()  # reports refused for want of room, of each sensor
        self.incomplete: frozenset[str] = frozenset()  # sensors of whose reports some are left out
        self.joined = 0  # reports that joined a look of another time: their sensor has too many
        self.part = 1.0  # how much of its looks who sends too much may open while the site is behind
        self.look_cost = 1  # of a look, in looks at a sky that is nearly empty
        self.superseded = 0  # reports of what spoke again within a look

    def adopt(self, settings: ScanSettings) -> None:
        """From now on these settings hold; a look that is open closes as it would have."""
        self._settings = settings
        self._windows_ns = int(settings.same_look_s * 1e9), int(settings.cooperative_look_s * 1e9)
        self._budgets.clear()  # each begins with its second

    def sensors_changed(self) -> None:
        """Say that a sensor is new or another than before."""
        self._next_t_ns = 0

    def heard(self, sensor_ids: Sequence[str], t_ns: int) -> None:
        """Sensors have said something: what their sweeps did not report was not there."""
        for sensor_id in sensor_ids:
            self._hearing.heard(sensor_id, t_ns)
            if self._hears_of_ns.get(sensor_id, _NEVER_NS) <= t_ns:
                self._next_t_ns = 0

    def add(self, t_ns: int, detections: Sequence[Detection], sensors: dict[str, Sensor]) -> None:
        """Take detections received at t_ns; those of unknown sensors count as of kind OTHER."""
        for detection in detections:
            sensor = sensors.get(detection.sensor_id)
            stares = sensor is None or not sensor.kind.sweeps
            crowded = stares and self._is_crowded(detection.sensor_id, t_ns)
            self._place(t_ns, detection, self._window_ns(sensor), _CROWDED_NS if crowded else _HASTY_NS)

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
                    look = _look(sensor_id, item, sensor, min(self._newest_t_ns, t_ns))
                    looks.append(self._as_swept(look, sensor))
                    self.superseded += len(item.detections) - len(looks[-1].detections)
                else:
                    still_open.append(item)
            if still_open:
                self._open[sensor_id] = still_open
            else:
                del self._open[sensor_id]
        newest_t_ns = max([look.scan.t_ns for look in looks], default=self._newest_t_ns)
        newest_t_ns = max(newest_t_ns, self._newest_t_ns)
        empty: list[Look] = []
        for look in looks:
            empty += self._before(look, sensors.get(look.scan.sensor_id), newest_t_ns)
            self._swept_t_ns[look.scan.sensor_id] = max(
                look.scan.t_ns, self._swept_t_ns.get(look.scan.sensor_id, 0)
            )
        looks += [*empty, *self._empty_sweeps(t_ns, sensors, newest_t_ns)]
        looks.sort(key=lambda look: (look.scan.t_ns, look.scan.sensor_id))
        if looks:
            self._newest_t_ns = max(looks[-1].scan.t_ns, self._newest_t_ns)
        self._next_t_ns = self._next_ns(sensors)
        return looks

    @property
    def newest_t_ns(self) -> int:
        """The time of the newest look of any sensor that is over."""
        return self._newest_t_ns

    @property
    def deadline_ns(self) -> int | None:
        """When the next open look is over at the latest."""
        return self._deadline_ns

    def _next_ns(self, sensors: dict[str, Sensor]) -> int:
        """When something is over next, if no report comes and no sensor changes before."""
        closing = [item.closes_t_ns for waiting in self._open.values() for item in waiting]
        self._deadline_ns = min(closing, default=None)
        self._hears_of_ns = {}
        sweeping = []
        for sensor_id, last_t_ns in self._swept_t_ns.items():
            sensor = sensors.get(sensor_id)
            if sensor is None or not _sweeps(sensor) or sensor_id in self._open:
                continue
            over_ns = last_t_ns + _period_ns(sensor)
            here_ns = over_ns + _period_ns(sensor) // 2 + self._hearing.late_ns(sensor_id) + 1
            if self._hearing.heard_t_ns(sensor_id) >= over_ns:
                sweeping.append(here_ns)
            else:
                self._hears_of_ns[sensor_id] = over_ns
        return min([*closing, *sweeping], default=_NEVER_NS)

    def _window_ns(self, sensor: Sensor | None) -> int:
        return self._windows_ns[sensor is not None and sensor.kind.is_cooperative]

    def _place(self, t_ns: int, detection: Detection, window_ns: int, hasty_ns: int) -> None:
        waiting = self._open.setdefault(detection.sensor_id, [])
        settling_ns = max(int(self._settings.settling_s * 1e9), window_ns)
        crowded = hasty_ns == _CROWDED_NS
        if waiting and (crowded or self._is_hasty(detection.sensor_id, t_ns)):
            window_ns = settling_ns = max(window_ns, hasty_ns)
        for item in waiting:
            if abs(item.t_ns - detection.t_ns) <= window_ns and item.measurement is detection.measurement:
                if len(item.detections) >= self._settings.detections_max:
                    self.overflow[detection.sensor_id] += 1
                else:
                    item.detections.append(detection)
                    self.joined += window_ns == hasty_ns
                return
        if len(self._open) > self._settings.sensors_max or len(waiting) > self._settings.sensors_max:
            self.overflow[detection.sensor_id] += 1
            return
        budget = self._budgets.setdefault(detection.sensor_id, Budget(self._settings.looks_per_s_max))
        part = self.part if detection.sensor_id in self.incomplete else 1.0
        budget.per_s_max = max(_LOOKS_PER_S_MIN, round(part * self._settings.looks_per_s_max))
        within = budget.take(t_ns) and not crowded
        self._all.take(t_ns, self.look_cost)
        closes_t_ns = t_ns + (settling_ns if within else max(settling_ns, hasty_ns))
        waiting.append(_Open(detection.t_ns, closes_t_ns, detection.measurement, [detection]))
        # it may be newer than a look that is open, which is over then
        self._next_t_ns = 0 if len(waiting) > 1 else min(closes_t_ns, self._next_t_ns)
        self._deadline_ns = min(closes_t_ns, self._deadline_ns or closes_t_ns)

    def _is_crowded(self, sensor_id: str, t_ns: int) -> bool:
        """Whether there are too many looks in this second, and a sensor has had its own of them."""
        budget = self._budgets.get(sensor_id)
        own = max(_LOOKS_PER_S_OWN // self.look_cost, 1)
        return self._all.is_spent(t_ns) and budget is not None and budget.spent >= own

    def _is_hasty(self, sensor_id: str, t_ns: int) -> bool:
        """Whether a sensor has opened all the looks it may open in this second."""
        budget = self._budgets.get(sensor_id)
        return budget is not None and budget.is_spent(t_ns)

    def _as_swept(self, look: Look, sensor: Sensor | None) -> Look:
        """The look; said to be a part of a sweep where it comes too soon after the last whole one.

        So it is where some of what its sensor reports is left out: what is not there may have been reported.
        Who reports each object at a time of its own would else say with each that all others are gone.
        """
        scan = look.scan
        if scan.partial or sensor is None:
            return look
        if scan.sensor_id in self.incomplete:
            return replace(look, scan=replace(scan, partial=True))
        since_ns = abs(scan.t_ns - self._whole_t_ns.get(scan.sensor_id, 0))
        if 0 < since_ns < _WHOLE_FROM * _period_ns(sensor):
            return replace(look, scan=replace(scan, partial=True))
        self._whole_t_ns[scan.sensor_id] = scan.t_ns
        return look

    def _empty_sweeps(self, t_ns: int, sensors: dict[str, Sensor], newest_t_ns: int) -> list[Look]:
        """The sweeps that saw nothing, of all sensors that were heard since and report no later than so."""
        looks: list[Look] = []
        for sensor in sensors.values():
            sensor_id = sensor.sensor_id
            if not _sweeps(sensor) or sensor_id in self.incomplete:
                self._swept_t_ns.pop(sensor_id, None)
                continue
            last_t_ns = self._swept_t_ns.setdefault(sensor_id, t_ns)
            if sensor_id in self._open:
                continue
            period_ns = _period_ns(sensor)
            here_ns = t_ns - period_ns // 2 - self._hearing.late_ns(sensor_id) - 1
            count = (min(here_ns, self._hearing.heard_t_ns(sensor_id)) - last_t_ns) // period_ns
            if count <= 0:
                continue
            self._swept_t_ns[sensor_id] = last_t_ns + count * period_ns
            first = max(count - _EMPTY_AT_ONCE_MAX, 0)
            times = [last_t_ns + (number + 1) * period_ns for number in range(first, count)]
            looks += self._empty(sensor_id, times, newest_t_ns)
        return looks

    def _before(self, look: Look, sensor: Sensor | None, newest_t_ns: int) -> list[Look]:
        """The empty sweeps between a sensor's last look and this one."""
        last_t_ns = self._swept_t_ns.get(look.scan.sensor_id)
        if sensor is None or last_t_ns is None or not _sweeps(sensor):
            return []
        if sensor.sensor_id in self.incomplete:
            return []
        period_ns = _period_ns(sensor)
        count = (look.scan.t_ns - last_t_ns + period_ns // 2) // period_ns - 1
        first = max(count - _UNHEARD_MAX, 0)
        times = [last_t_ns + (number + 1) * period_ns for number in range(first, count)]
        return self._empty(sensor.sensor_id, times, newest_t_ns)

    def _empty(self, sensor_id: str, times_ns: list[int], newest_t_ns: int) -> list[Look]:
        """Empty looks, none before what others saw meanwhile: for nothing seen nobody goes back in time.

        A sensor that lags has its own past, and keeps its times.
        """
        if not self._hearing.is_lagging(sensor_id):
            times_ns = [
                max(t_ns, newest_t_ns + (place + 1) * _APART_NS) for place, t_ns in enumerate(times_ns)
            ]
        return [Look(_empty(sensor_id, t_ns), ()) for t_ns in times_ns]


def _sweeps(sensor: Sensor) -> bool:
    return (
        sensor.linked and sensor.kind.sweeps and sensor.health in _ALIVE and sensor.position_enu is not None
    )


def _period_ns(sensor: Sensor) -> int:
    return max(int(sensor.coverage.scan_period_s * 1e9), 50_000_000)


def _empty(sensor_id: str, t_ns: int) -> Scan:
    return Scan(sensor_id, t_ns, Measurement.POLAR, np.empty((0, 6)), np.empty((0, 6)), ())


def _look(sensor_id: str, item: _Open, sensor: Sensor | None, newest_t_ns: int) -> Look:
    """The look as a scan; newest_t_ns: time of the newest look of any sensor that is over."""
    detections = item.detections
    sweeping = sensor is not None and sensor.kind.sweeps
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
