"""The cue stage: which camera to turn to look at a track, and whereto."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from marsad.assessment.columns import Flags, Floats, Rows
from marsad.model.reason import Reason
from marsad.model.sensor import Sensor, SensorHealth, SensorKind

_TAU = 2 * np.pi


@dataclass(frozen=True)
class Cameras:
    """The living cameras of the site, k of them: name, place (k,3) and reach (k,)."""

    names: tuple[str, ...]
    position_enu: Floats
    range_max_m: Floats

    @staticmethod
    def of(sensors: Mapping[str, Sensor]) -> "Cameras":
        """Those of the site's sensors that could be turned now."""
        found = [
            (sensor.name, sensor.position_enu, sensor.coverage.range_max_m)
            for sensor in sensors.values()
            if sensor.kind is SensorKind.CAMERA
            and sensor.position_enu is not None
            and sensor.health not in (SensorHealth.LOST, SensorHealth.GONE)
        ]
        return Cameras(
            tuple(name for name, _, _ in found),
            np.array([place for _, place, _ in found], float).reshape(-1, 3),
            np.array([reach for _, _, reach in found], float),
        )


@dataclass(frozen=True)
class Cue:
    """What would tell of n tracks: told (n,) for which it is said, and where they are."""

    cameras: Cameras
    position: Floats
    told: Flags

    def reasons(self, rows: Rows) -> Iterator[tuple[int, Reason]]:
        """The places, among the rows, of those it is said for, and the camera to turn whereto."""
        for place in np.flatnonzero(self.told[rows]).tolist():
            yield place, self._reason(self.position[rows[place]])

    def _reason(self, position: Floats) -> Reason:
        away = position - self.cameras.position_enu
        distance = np.linalg.norm(away, axis=1)
        near = np.where(distance <= self.cameras.range_max_m, distance, np.inf)
        if not np.isfinite(near).any():
            return Reason("cue.eyes", ())
        best = int(near.argmin())
        azimuth_deg = float(np.degrees(np.arctan2(away[best, 0], away[best, 1]) % _TAU))
        elevation_deg = float(np.degrees(np.arcsin(np.clip(away[best, 2] / max(distance[best], 1.0), -1, 1))))
        return Reason(
            "cue.camera",
            (
                ("sensor", self.cameras.names[best]),
                ("azimuth_deg", azimuth_deg),
                ("elevation_deg", elevation_deg),
                ("distance_m", float(distance[best])),
            ),
        )
