"""The vigil over objects that alarms are about: which of them nobody looks at any more.

A track ends because its sensors looked and saw nothing, or because nothing looks where it flies: cut off,
silent or dead sensors do not say that it is gone. Only the first is news of the object.
"""

from collections.abc import Iterable, Mapping

from marsad.model.sensor import Sensor, SensorHealth
from marsad.model.track import TrackTable
from marsad.site.hearing import Hearing

SensorsOf = Mapping[int, tuple[str, ...]]
_REMEMBERED_MAX = 5_000
_SILENT_NS_MIN = 3_000_000_000  # a look that comes a moment late is no silence
_ALIVE = (SensorHealth.OK, SensorHealth.DEGRADED)


class Vigil:
    """When each track was seen last, and whether its sensors have been heard since. Bounded; pickles."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._last_t_ns: dict[int, int] = {}
        self._sensors_of: dict[int, tuple[str, ...]] = {}

    def look(self, table: TrackTable, sensors_of: SensorsOf, kept: Iterable[int]) -> None:
        """Remember who sees the tracks there are; of those that ended only the ones to be kept."""
        seen = dict(zip(table.track_id.tolist(), table.last_t_ns.tolist(), strict=True))
        for track_id in kept:
            if track_id not in seen and track_id in self._last_t_ns and len(seen) < _REMEMBERED_MAX:
                seen[track_id] = self._last_t_ns[track_id]
        self._sensors_of = {one: sensors_of.get(one, self._sensors_of.get(one, ())) for one in seen}
        self._last_t_ns = seen

    def unwatched(self, track_ids: Iterable[int], sensors: Mapping[str, Sensor]) -> frozenset[int]:
        """Those that no sensor which saw them has had the chance to see since."""
        return frozenset(one for one in track_ids if self._is_unwatched(one, sensors))

    def _is_unwatched(self, track_id: int, sensors: Mapping[str, Sensor]) -> bool:
        last_t_ns = self._last_t_ns.get(track_id)
        if last_t_ns is None:
            return False
        known = [sensors[name] for name in self._sensors_of[track_id] if name in sensors]
        return bool(known) and not any(self._has_looked(sensor, last_t_ns) for sensor in known)

    def lost(self, track_ids: Iterable[int], sensors: Mapping[str, Sensor], t_ns: int) -> frozenset[int]:
        """Those of the unwatched whose sensors are all lost or silent, not only between two looks."""
        return frozenset(one for one in track_ids if self._is_lost(one, sensors, t_ns))

    def _is_lost(self, track_id: int, sensors: Mapping[str, Sensor], t_ns: int) -> bool:
        if not self._is_unwatched(track_id, sensors):
            return False
        known = [sensors[name] for name in self._sensors_of[track_id] if name in sensors]
        return all(self._is_silent(sensor, t_ns) for sensor in known)

    def _is_silent(self, sensor: Sensor, t_ns: int) -> bool:
        """Whether a sensor is cut off or dead, or has missed more than one look."""
        if not sensor.linked or sensor.health not in _ALIVE:
            return True
        two_looks_ns = max(int(2 * sensor.coverage.scan_period_s * 1e9), _SILENT_NS_MIN)
        silent_ns = t_ns - self._hearing.heard_t_ns(sensor.sensor_id)
        return silent_ns >= two_looks_ns + self._hearing.late_ns(sensor.sensor_id)

    def _has_looked(self, sensor: Sensor, since_t_ns: int) -> bool:
        """Whether a sensor has been heard so long after a plot that it would have reported the next."""
        next_ns = int(sensor.coverage.scan_period_s * 1e9) + self._hearing.late_ns(sensor.sensor_id)
        heard_t_ns = self._hearing.heard_t_ns(sensor.sensor_id)
        return sensor.linked and sensor.health in _ALIVE and heard_t_ns >= since_t_ns + next_ns
