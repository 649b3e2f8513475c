"""The engine behind the interface of a tracking benchmark: `track(scenario)`, one yield per scan.

The scenario gives sensors as kinds with sigmas, detection probability, clutter box and range;
this turns them into Sensor and Scan records. What physics the scenario states (process noise,
top speed, survival, number of objects) becomes settings; nothing else is looked at.
"""

from collections.abc import Iterator
from math import pi, tau
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.ballistic import BallisticLimits, fitted_impact, impact
from marsad.model.detection import Attribution, Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.model.track import TrackTable
from marsad.tracking import Follower, MotionModel, Tracker, TrackingSettings, warm_up

Array = NDArray[np.float64]

KINDS = {
    "xy": SensorKind.RADAR,
    "radar": SensorKind.RADAR,
    "bearing": SensorKind.RADIO_FREQUENCY,
    "eo": SensorKind.CAMERA,
    "position": SensorKind.ADSB,
}
COLUMNS = {"xy": [0, 1], "radar": [0, 1, 2, 3], "bearing": [1], "eo": [1, 2], "position": [0, 1, 2]}
# a track is shown from the first existence on, and until it falls below the second
SHOW, KEEP = 0.8, 0.3
# process noise over the stated one: young tracks err more than their covariance says
NOISE = 1.25


def coverage(sensor: Any) -> Coverage:
    """The sensor's coverage; of a plane box the circle of the same area, seen everywhere."""
    pd = (float(sensor.pd[0]), float(sensor.pd[-1]))
    if sensor.kind in ("xy", "position"):
        if sensor.low is None:
            return Coverage(detection_probability=pd, clutter_per_scan=1e-3, scan_period_s=sensor.period)
        area = float(np.prod((sensor.high - sensor.low)[:2]))
        return Coverage(
            range_max_m=(area / pi) ** 0.5,
            detection_probability=pd,
            clutter_per_scan=sensor.clutter,
            scan_period_s=sensor.period,
        )
    low, high = sensor.low, sensor.high
    elevation = (
        (float(low[COLUMNS[sensor.kind].index(2)]), float(high[COLUMNS[sensor.kind].index(2)]))
        if 2 in COLUMNS[sensor.kind]
        else (-tau / 4, tau / 4)
    )
    return Coverage(
        range_min_m=float(low[0]) if sensor.kind == "radar" else 0.0,
        range_max_m=float(sensor.max_range),
        elevation_min_rad=elevation[0],
        elevation_max_rad=elevation[1],
        detection_probability=pd,
        clutter_per_scan=sensor.clutter,
        scan_period_s=sensor.period,
    )


def settings(scenario: Any, **options: Any) -> TrackingSettings:
    """Settings from the physics the scenario states."""
    meta, period = scenario.meta, min(s.period for s in scenario.sensors.values())
    if scenario.dim == 2:
        q = NOISE * meta["q"] * (0.75 if meta.get("noise") == "stepwise" else 1.0)
        area = meta["side"] ** 2 * 1e-6
        # the stated noise is that of the liveliest; many an object flies straighter, and keeps to it
        models = (
            MotionModel(name="stated", noise_m2ps3=q, vertical_noise_m2ps3=1.0, sojourn_s=300.0),
            MotionModel(
                name="straight",
                noise_m2ps3=max(q * 0.003, 1e-5),
                vertical_noise_m2ps3=1.0,
                sojourn_s=300.0,
                share=0.2,
            ),
        )
        rate, initial = meta["n"] / 100 / area, meta["n"] / 2 / area
        more = dict(models=models, birth_rate_per_km2_s=rate, initial_density_per_km2=initial)
    else:
        area = (
            pi * max(s.max_range for s in scenario.sensors.values() if np.isfinite(s.max_range)) ** 2 * 1e-6
        )
        doppler = [float(s.high[3] - s.low[3]) / 2 for s in scenario.sensors.values() if s.kind == "radar"]
        more = dict(
            birth_rate_per_km2_s=meta["n"] / 100 / area,
            initial_density_per_km2=meta["n"] / 2 / area,
            clutter_speed_max_mps=max(doppler),
        )
    return TrackingSettings(
        **{
            "dimensions": scenario.dim,
            "speed_max_mps": meta["speed"],
            "lifetime_s": min(200.0, 2 * period / (1 - meta["survival"])),
            "max_plots": 100_000,
            "max_tracks": 200_000,
            "max_edges": 4_000_000,
            **more,
            **options,
        }
    )


def scan_of(scan: Any, sensor: Any, dim: int) -> Scan:
    """The scenario's scan as the engine's; a report that comes after its scan is partial."""
    values = np.full((len(scan.z), 6), np.nan)
    columns = COLUMNS[sensor.kind]
    values[:, columns] = scan.z
    sigmas = np.full(6, np.nan)
    sigmas[columns] = sensor.sigma
    polar = sensor.kind in ("radar", "bearing", "eo")
    labels = [""] * len(scan.z)
    if scan.label is not None:
        labels = [f"icao:{label:06x}" if label >= 0 else "" for label in scan.label]
    return Scan(
        str(sensor.id),
        round(scan.time * 1e9),
        Measurement.POLAR if polar else Measurement.POSITION,
        values,
        np.where(np.isnan(values), np.nan, sigmas),
        tuple(labels),
        partial=scan.arrival > scan.time,
    )


def tracker_of(scenario: Any, **options: Any) -> Tracker:
    """A tracker that knows the scenario's sensors and physics."""
    tracker = Tracker(settings(scenario, **options))
    for sensor in scenario.sensors.values():
        plane = sensor.kind in ("xy", "position")
        place = None if plane else (float(sensor.pos[0]), float(sensor.pos[1]), float(sensor.pos[2]))
        tracker.set_sensor(
            Sensor(str(sensor.id), sensor.kind, KINDS[sensor.kind], "bench", place, coverage(sensor))
        )
    return tracker


def track(scenario: Any, show: float = SHOW, keep: float = KEEP, **options: Any) -> Iterator[Any]:
    """Yields None while preparing, then (ids, positions, velocities, time) once per scan.

    Where the scenario flies rockets, the impacts (n, 2) that the fits of free fall foretell come with them.
    """
    warm_up(lambda name: None, (scenario.dim,))
    # the engine must know from when on somebody has seen an id
    tracker = tracker_of(scenario, **{"confirm_existence": show, **options})
    scans = [scan_of(scan, scenario.sensors[scan.sensor], scenario.dim) for scan in scenario.scans]
    newest, dim = 0, scenario.dim
    falls = Falls(tracker, scenario, options) if getattr(scenario, "rockets", None) else None
    before = np.empty(0, np.int64)
    yield None
    for scan in scans:
        begun = perf_counter()
        attribution = tracker.observe(scan)
        newest = max(newest, scan.t_ns)
        table = tracker.table(newest, keep)
        # ids ascend, so a search tells which of the likely tracks were shown before
        ids, shown = table.track_id, table.existence > show
        if len(before):
            place = before.searchsorted(ids)
            place[place == len(before)] = 0
            shown |= before[place] == ids
        before, mean = ids[shown], table.mean[shown]
        told = before, mean[:, :dim], mean[:, 3 : 3 + dim], newest * 1e-9
        if falls is None:
            yield told
        else:
            seconds = perf_counter() - begun  # of the tracker alone: the fits are beside it
            yield *told, seconds, falls.impacts(scan, attribution, newest, table.where(shown))


class Falls:
    """The fits of free fall to the plots of a tracker's fast tracks, and their impacts on flat ground."""

    def __init__(self, tracker: Tracker, scenario: Any, options: dict[str, Any]) -> None:
        self._tracker = tracker
        self._follower = Follower(settings(scenario, **options), "ballistic")
        self._limits = BallisticLimits(wind_mps=(0.0, 0.0), wind_error_mps=0.1)
        self._sensors = {
            str(one.id): Sensor(
                str(one.id),
                one.kind,
                KINDS[one.kind],
                "bench",
                (float(one.pos[0]), float(one.pos[1]), float(one.pos[2])),
                coverage(one),
            )
            for one in scenario.sensors.values()
        }

    def impacts(self, scan: Scan, attribution: Attribution, t_ns: int, table: TrackTable) -> Array:
        """The impacts (n, 2) of the tracks of a table, by their fits, or by their states without one."""
        self._follower.hear(scan, attribution, self._sensors, lambda sensor: np.eye(3))
        fits = self._follower.table(self._tracker.table(t_ns, 0.0))
        if not len(table):
            return np.empty((0, 2))
        found = impact(table.mean, table.covariance, self._limits)
        rows = fits.rows_of(table.track_id)
        own = np.flatnonzero((rows >= 0) & np.isfinite(fits.mean[rows, 0] if len(fits) else np.nan))
        if len(own):
            at = rows[own]
            by_fit = fitted_impact(fits.mean[at], fits.covariance[at], fits.by_wind[at], self._limits)
            found = found.replaced(own, by_fit)
        return found.place_enu
