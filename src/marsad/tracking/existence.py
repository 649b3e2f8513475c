"""Whether an object is there at all: what a sensor can see, false plots, objects not yet seen.

Existence is a Bernoulli probability per track beside a Poisson intensity of undetected objects.
Source: Williams, "Marginal multi-Bernoulli filters", IEEE TAES 51(3), 2015, §III and §IV.
"""

from dataclasses import dataclass, field
from functools import cached_property
from math import exp, expm1, inf, isfinite, tau

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Measurement
from marsad.model.sensor import Sensor
from marsad.tracking.compiled import twin_of
from marsad.tracking.hiding import horizon_table, notch_sigma_mps
from marsad.tracking.sectors import sector_counts, sector_geometry
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.ties import CLEAR_HIT, HIDDEN_S, INDEPENDENT, NOTHING_COMPARED, Tied, Ties
from marsad.tracking.view import View

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
# what lives of a sensor; array and dictionary are never written into
Memory = tuple[float, float, int | None, Array, dict[str, int], Tied, View | None]

CLUTTER_FLOOR = 1e-3  # false plots per scan a sensor has at least
SPAN_FLOOR_M, SPAN_FLOOR_RAD = 1.0, 1e-3  # what a sensor covers at least, so that densities are finite
CLEAR_FLOOR = 0.05  # no sensor has clear sight of less of what it covers
VISIBILITY_FLOOR = 0.01  # a sensor that never saw an object may still come to


def detection_probability(position: Array, origin: Array, rotation: Array, limits: Array) -> Array:
    """Probability (n,) that a sensor at `origin` reports an object at position (n, 3).

    limits (8,): range min and max (m), azimuth from and width, elevation min and max (rad),
    probability at range 0 and at range max. Zero outside; one range probability if max is inf.
    """
    range_min, range_max, azimuth_from, width, elevation_min, elevation_max, near, far = limits
    east, north, up = np.moveaxis((position - origin) @ rotation, -1, 0)
    ground = np.hypot(east, north)
    distance = np.hypot(ground, up)
    azimuth = (np.arctan2(east, north) - azimuth_from) % (2 * np.pi)
    elevation = np.arctan2(up, ground)
    inside = (distance >= range_min) & (distance <= range_max)
    inside &= (azimuth <= width) & (elevation >= elevation_min) & (elevation <= elevation_max)
    share = distance / range_max if np.isfinite(range_max) else np.zeros_like(distance)
    return np.where(inside, near + (far - near) * share, 0.0)


@twin_of(detection_probability)
def detection_probability_compiled(position: Array, origin: Array, rotation: Array, limits: Array) -> Array:
    """The twin of `detection_probability`."""
    result = np.zeros(len(position))
    seen = np.empty(3)
    for i in range(len(position)):
        for a in range(3):
            seen[a] = 0.0
            for b in range(3):
                seen[a] += (position[i, b] - origin[b]) * rotation[b, a]
        ground = np.hypot(seen[0], seen[1])
        distance = np.hypot(ground, seen[2])
        if distance < limits[0] or distance > limits[1]:
            continue
        if (np.arctan2(seen[0], seen[1]) - limits[2]) % (2 * np.pi) > limits[3]:
            continue
        elevation = np.arctan2(seen[2], ground)
        if elevation < limits[4] or elevation > limits[5]:
            continue
        share = distance / limits[1] if np.isfinite(limits[1]) else 0.0
        result[i] = limits[6] + (limits[7] - limits[6]) * share
    return result


@dataclass(frozen=True)
class PlotNumbers:
    """What the density of false plots and new objects of a sensor depends on, as numbers for a kernel.

    facts (6,)           reach, azimuth and elevation width, ceiling, scale of low flyers, sensor has a place
    log_spans            of what false plots are spread over: polar (4,), position (d,)
    speeds (M, 3)        one sigma of speed and climb, and share, per motion model
    """

    facts: Array
    polar_log_spans: Array
    position_log_spans: Array
    speeds: Array

    @staticmethod
    def of(sensor: Sensor, settings: TrackingSettings) -> "PlotNumbers":
        """The numbers of this sensor under these settings."""
        cover = sensor.coverage
        reach = cover.range_max_m if isfinite(cover.range_max_m) else settings.range_unknown_m
        width = min(cover.azimuth_width_rad, tau)
        height = max(cover.elevation_max_rad - cover.elevation_min_rad, 1e-3)
        speeds = [
            (speed, climb, share)
            for (speed, climb), share in zip(
                settings.speed_sigmas_mps(), settings.modes_at_birth(), strict=True
            )
        ]
        placed = float(sensor.position_enu is not None)
        return PlotNumbers(
            np.array([reach, width, height, settings.ceiling_m, settings.low_flyer_scale_m, placed]),
            np.log(clutter_spans(sensor, Measurement.POLAR, settings)),
            np.log(clutter_spans(sensor, Measurement.POSITION, settings)),
            np.array(speeds, float),
        )


@dataclass
class SensorModel:
    """A sensor as the tracker sees it: geometry fixed by `set_sensor`, and what lives.

    column      its column in the tracks' visibility
    undetected  objects per m² that this sensor could have seen and has not
    clutter     false plots per scan, estimated
    sectors     how dense they are in each sector: see `sectors`, with its geometry
    tied        how its looks hang together: see `ties`; assumed: for how long before anything is learned
    heard       when its own tracker reported each object last: see `correlated`
    horizon, notch  what hides objects from it: see `hiding`
    last_t_ns   time of its newest scan, None before the first; last_view: where that was seen from
    """

    sensor: Sensor
    column: int
    origin: Array
    rotation: Array
    limits: Array
    visibility: float
    undetected: float
    clutter: float
    numbers: PlotNumbers
    last_t_ns: int | None = None
    geometry: Array = field(default_factory=lambda: np.zeros(7))
    sectors: Array = field(default_factory=lambda: np.zeros(0))
    heard: dict[str, int] = field(default_factory=dict)
    tied: Tied = field(default_factory=lambda: Tied.of(0.0, 0.0))
    assumed: tuple[float, float] = (0.0, 0.0)
    horizon: Array = field(default_factory=lambda: np.empty((2, 0)))
    notch: float = 0.0
    last_view: View | None = None

    @staticmethod
    def of(sensor: Sensor, rotation: Array | None, column: int, settings: TrackingSettings) -> "SensorModel":
        """The model of a sensor; limits without end are kept for seeing, replaced for densities."""
        cover = sensor.coverage
        width, assumed = cover.azimuth_width_rad, ties_assumed(sensor, settings)
        limits = np.array(
            [
                cover.range_min_m,
                max(cover.range_max_m, SPAN_FLOOR_M),
                cover.azimuth_from_rad,
                inf if width >= tau else width,
                cover.elevation_min_rad,
                cover.elevation_max_rad,
                *np.clip(cover.detection_probability, 1e-3, 1 - 1e-6),
            ]
        )
        return SensorModel(
            sensor,
            column,
            np.array(sensor.position_enu if sensor.position_enu is not None else (0.0, 0.0, 0.0), float),
            np.eye(3) if rotation is None else np.array(rotation, float),
            limits,
            settings.visibility[sensor.kind],
            settings.initial_density_per_km2 * 1e-6,
            max(cover.clutter_per_scan, CLUTTER_FLOOR),
            numbers=PlotNumbers.of(sensor, settings),
            geometry=sector_geometry(sensor, settings),
            sectors=sector_counts(sensor),
            horizon=horizon_table(cover),
            notch=notch_sigma_mps(cover),
            tied=Tied.of(*assumed),
            assumed=assumed,
        )

    @property
    def memory(self) -> "Memory":
        """The numbers that live, for snapshots."""
        return (
            self.undetected,
            self.clutter,
            self.last_t_ns,
            self.sectors,
            self.heard,
            self.tied,
            self.last_view,
        )

    def recall(self, memory: "Memory") -> None:
        """Return to an earlier `memory`."""
        self.undetected, self.clutter, self.last_t_ns, self.sectors, self.heard, self.tied, self.last_view = (
            memory
        )

    @cached_property
    def view(self) -> View:
        """What it sees from where it is said to be."""
        placed = self.sensor.position_enu is not None
        sight = self.limits, self.horizon, self.notch
        return View(self.geometry, self.origin, self.rotation, placed, *sight, np.zeros(3))

    @property
    def radar(self) -> Array:
        """Place (3,), axes (9,), limits (8,), visibility and notch, as `crossed` wants them of radars.

        Place and axes are those of its newest scan.
        """
        if self.last_view is None or self.last_view is self.view:
            return self._radar_at_rest
        return self._radar_from(self.last_view)

    @cached_property
    def _radar_at_rest(self) -> Array:
        return self._radar_from(self.view)

    def _radar_from(self, view: View) -> Array:
        return np.concatenate(
            [view.origin, view.rotation.ravel(), self.limits, [self.visibility, self.notch]]
        )

    def arrive(self, t_ns: int, view: View, settings: TrackingSettings) -> None:
        """Let undetected objects arrive and leave up to the time of a scan, which is seen from there."""
        if self.last_t_ns is None or t_ns >= self.last_t_ns:
            self.last_view = view
        if self.last_t_ns is not None and t_ns > self.last_t_ns:
            dt = (t_ns - self.last_t_ns) * 1e-9
            rate = settings.birth_rate_per_km2_s * 1e-6
            stay = exp(-dt / settings.lifetime_s)
            self.undetected = self.undetected * stay + rate * settings.lifetime_s * (1 - stay)
        self.last_t_ns = t_ns if self.last_t_ns is None else max(t_ns, self.last_t_ns)

    def ties(self, t_ns: int, settings: TrackingSettings) -> Ties:
        """How a look at this time, before `arrive`, hangs together with those before."""
        if not self.is_tied:
            return INDEPENDENT
        tied, stays, clear, lost = self.tied, 0.0, 1.0, 0.0
        if tied.miss_s > 0:
            apart_s = max(t_ns - self.last_t_ns, 0) * 1e-9 if self.last_t_ns is not None else inf
            stays, lost = max(exp(-apart_s / tied.miss_s), 1e-12), -expm1(-apart_s / HIDDEN_S)
            clear = min(max(float(max(self.limits[6:8])) / CLEAR_HIT, CLEAR_FLOOR), 1.0)
        learns = settings.learn_correlation
        compared = tied.compared if learns else NOTHING_COMPARED
        return Ties(tied.error_s, stays, clear, lost, learns, compared)

    @cached_property
    def is_tied(self) -> bool:
        """Whether its looks may hang together: those of a radar never do, unless the site says so."""
        return max(self.assumed) > 0

    @cached_property
    def to_learn(self) -> tuple[float | None, float | None]:
        """How long errors and misses were taken to last; None of what never does or what the site says."""
        sensor, (error_s, miss_s) = self.sensor, self.assumed
        return (
            error_s if sensor.error_correlation_s is None and error_s > 0 else None,
            miss_s if sensor.miss_correlation_s is None and miss_s > 0 else None,
        )

    def share_of_look(self, t_ns: int, partial: bool, ranged: bool) -> float:
        """How much of what the sensor covers a scan at this time, before `arrive`, looked at.

        A partial scan of a sensor that sweeps is as much of a sweep as the time since the last one; one that
        stares looks at all it has in view, and sends what it has seen. ranged: a plot says how far.
        """
        if not partial:
            return 1.0
        if not self.sensor.kind.sweeps:
            # what an object says of itself is no false plot, and bearings start no track that could tell
            return 1.0 if ranged and not self.sensor.kind.is_cooperative else 0.0
        if self.last_t_ns is None:
            return 1.0
        return min(max((t_ns - self.last_t_ns) * 1e-9 / self.sensor.coverage.scan_period_s, 1e-3), 1.0)

    def looked(
        self, false_plots: float, share: float, partial: bool, only_false: bool, settings: TrackingSettings
    ) -> None:
        """Account for one scan of so much of what the sensor covers: who was there has been seen; false plots
        are counted.

        only_false: no confirmed track explains a plot of it. A partial scan of a sensor that stares would not
        have come without them then, so that it is held against the mean of those that came.
        """
        stares = partial and not self.sensor.kind.sweeps
        if not stares:
            seen = self.visibility * float(self.limits[6] + self.limits[7]) / 2
            self.undetected *= 1 - seen * share
        if settings.learn_clutter and share > 0:
            expected = self.clutter * share
            if stares and only_false:
                expected /= -expm1(-expected)
            self.clutter += (false_plots - expected) / settings.clutter_memory_scans
            self.clutter = max(self.clutter, CLUTTER_FLOOR)


def ties_assumed(sensor: Sensor, settings: TrackingSettings) -> tuple[float, float]:
    """How long errors and misses of a sensor are taken to last before anything is learned, s."""
    error_s, miss_s = sensor.error_correlation_s, sensor.miss_correlation_s
    if sensor.decorrelation_s > 0:
        return 0.0, miss_s or 0.0  # its errors are those of a tracker: see `correlated`
    return (
        settings.error_correlation_s[sensor.kind] if error_s is None else error_s,
        settings.miss_correlation_s[sensor.kind] if miss_s is None else miss_s,
    )


def clutter_spans(sensor: Sensor, kind: Measurement, settings: TrackingSettings) -> Array:
    """Extent (K,) of what false plots are spread over, in units of what is measured."""
    cover = sensor.coverage
    reach = cover.range_max_m if isfinite(cover.range_max_m) else settings.range_unknown_m
    doppler = 2 * settings.clutter_speed_max_mps
    width = min(max(cover.azimuth_width_rad, SPAN_FLOOR_RAD), tau)
    height = max(cover.elevation_max_rad - cover.elevation_min_rad, SPAN_FLOOR_RAD)
    if kind == Measurement.POLAR:
        return np.array([max(reach - cover.range_min_m, SPAN_FLOOR_M), width, height, doppler])
    side = np.sqrt(width / 2 * (reach**2 - min(cover.range_min_m, 0.99 * reach) ** 2))
    side = max(float(side), SPAN_FLOOR_M)
    spans = np.array([side, side, settings.ceiling_m, doppler, doppler, doppler])
    return spans[[0, 1, 3, 4]] if settings.dimensions == 2 else spans
