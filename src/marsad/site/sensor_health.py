"""What each sensor is worth now, and why: what it says of itself, and what the site has found of it."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from marsad.model.registration import PARAMETERS, RegistrationTable
from marsad.model.sensor import Sensor, SensorHealth
from marsad.site.hearing import Hearing, late_note
from marsad.site.room import NO_ROOM
from marsad.site.scans import ScanAssembler
from marsad.site.whereabouts import Whereabouts
from marsad.tracking import Tracker


class SensorJudge:
    """Finds the sensors that say that they are well and are not: far off, leapt, late, or heard in part.

    And those that the tracker has no room for, and whose speeds do not fit.
    """

    def __init__(
        self, hearing: Hearing, scans: ScanAssembler, whereabouts: Whereabouts, tracker: Tracker
    ) -> None:
        self._tracker = tracker
        self._hearing = hearing
        self._scans = scans
        self._whereabouts = whereabouts

    def judged(
        self, sensors: Iterable[Sensor], registration: RegistrationTable, t_ns: int
    ) -> tuple[Sensor, ...]:
        """The sensors, each with how late it is; degraded where somebody should look after it, and why."""
        rows = np.flatnonzero(registration.large.any(1)).tolist()
        off = {registration.sensor_ids[row]: _far_off(registration, row) for row in rows}
        return tuple(self._judged(sensor, off.get(sensor.sensor_id, ""), t_ns) for sensor in sensors)

    def _judged(self, sensor: Sensor, off: str, t_ns: int) -> Sensor:
        delay = self._hearing.delay(sensor.sensor_id)
        shed = "some reports left out: too many" if sensor.sensor_id in self._scans.incomplete else ""
        leap_m = self._whereabouts.jumped_m(sensor.sensor_id, t_ns)
        leapt = f"place jumped by {leap_m:.0f} m" if leap_m else ""
        late = late_note(delay, self._hearing.is_lagging(sensor.sensor_id))
        health, note = sensor.health, sensor.note
        if health in (SensorHealth.OK, SensorHealth.DEGRADED) and not self._tracker.knows(sensor.sensor_id):
            return replace(sensor, health=SensorHealth.REFUSED, note=NO_ROOM, delay=delay)
        unfit = "range rate does not fit" if self._tracker.is_rate_unfit(sensor.sensor_id) else ""
        notes = [note for note in (off, unfit, leapt, late, shed) if note]
        if notes and health == SensorHealth.OK:
            health, note = SensorHealth.DEGRADED, "; ".join([*notes, note] if note else notes)
        return replace(sensor, health=health, note=note, delay=delay)


def _far_off(table: RegistrationTable, row: int) -> str:
    """The note of a sensor that somebody should look after, such as "far off in azimuth"."""
    names = [PARAMETERS[column].rpartition("_")[0] for column in np.flatnonzero(table.large[row]).tolist()]
    return "; ".join(f"far off in {name}" for name in names)
