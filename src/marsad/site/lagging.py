"""Sensors whose reports come later than the tracker can go back: each is followed in its own past.

A radar that is ten seconds late still sees; thrown away, it would be silence. Its looks make tracks of
their own, at their own times; predicted to now, with all the uncertainty that the prediction has gathered,
these are reported to the site's tracker as another tracker's estimates are, alike in error for as long as
the sensor is late. Absence it cannot testify to: what it did not see then may be there now.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Detection, Measurement, Scan
from marsad.model.sensor import Sensor
from marsad.site.look import Look
from marsad.tracking import Tracker, TrackingSettings

_DECORRELATION_S_MIN = 5.0
_LAGGARDS_MAX = 32


def as_estimates(sensor: Sensor, late_s: float) -> Sensor:
    """The sensor as the site's tracker shall take it while its reports are predictions over late_s."""
    decorrelation_s = max(_DECORRELATION_S_MIN, late_s, sensor.decorrelation_s)
    return replace(sensor, decorrelation_s=decorrelation_s, speeds_proven=True)


class Laggards:
    """The sensors that lag, each with its own tracker. Bounded; deterministic; pickles."""

    def __init__(self, settings: TrackingSettings) -> None:
        self._settings = settings
        self._trackers: dict[str, Tracker] = {}

    def adopt(self, settings: TrackingSettings) -> None:
        """From now on these settings hold."""
        self._settings = settings
        for tracker in self._trackers.values():
            tracker.adopt(settings)

    def __contains__(self, sensor_id: str) -> bool:
        return sensor_id in self._trackers

    def has_room(self, sensor_id: str) -> bool:
        """Whether a sensor is followed, or could be."""
        return sensor_id in self._trackers or len(self._trackers) < _LAGGARDS_MAX

    def follow(self, sensor: Sensor, rotation_enu_from_sensor: NDArray[np.float64] | None) -> None:
        """Begin to follow a sensor that there is room for, or tell that it is another now."""
        tracker = self._trackers.get(sensor.sensor_id)
        if tracker is None:
            tracker = self._trackers[sensor.sensor_id] = Tracker(self._settings)
        tracker.set_sensor(sensor, rotation_enu_from_sensor)

    def leave(self, sensor_id: str) -> None:
        """Its reports are in time again."""
        self._trackers.pop(sensor_id, None)

    def brought_up(self, look: Look, t_ns: int) -> Look | None:
        """What a late look says of now: confirmed tracks that it saw, predicted to t_ns.

        Its detections are those of the look, by which class and claim are known, at the predicted place.
        None where it says nothing.
        """
        tracker = self._trackers[look.scan.sensor_id]
        seen = tracker.observe(look.scan)
        table = tracker.table(max(t_ns, look.scan.t_ns))
        table = table.where(table.confirmed)
        plot_of = dict(zip(seen.track_id.tolist(), seen.plot.tolist(), strict=True))
        rows = np.array([row for row, one in enumerate(table.track_id.tolist()) if one in plot_of], np.int64)
        if len(rows) == 0:
            return None
        table = table.where(rows)
        values = table.mean
        sigmas = np.sqrt(np.maximum(np.diagonal(table.covariance, axis1=1, axis2=2), 1e-6))
        sources = [look.detections[plot_of[one]] for one in table.track_id.tolist()]
        detections = tuple(
            _predicted(source, table.t_ns, values[row], sigmas[row]) for row, source in enumerate(sources)
        )
        scan = Scan(
            *(look.scan.sensor_id, table.t_ns, Measurement.POSITION, values, sigmas),
            tuple(one.claim.label if one.claim is not None else "" for one in sources),
            partial=True,
            objects=tuple(f"late-{one}" for one in table.track_id.tolist()),
        )
        return Look(scan, detections)


def _predicted(
    source: Detection, t_ns: int, values: NDArray[np.float64], sigmas: NDArray[np.float64]
) -> Detection:
    east, north, up, east_mps, north_mps, up_mps = (float(value) for value in values)
    errors = tuple(float(sigma) for sigma in sigmas)
    return replace(
        source,
        t_ns=t_ns,
        measurement=Measurement.POSITION,
        values=(east, north, up, east_mps, north_mps, up_mps),
        sigmas=(errors[0], errors[1], errors[2], errors[3], errors[4], errors[5]),
    )
