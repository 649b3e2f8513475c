"""Sensor models: what radars, direction finders and cameras make of the truth.

Nothing here tells the site more than the real thing would: noise, misses by Swerling-1
fluctuation, false plots, line of sight over a refracting earth, blind speeds, obstacles.
Each sensor draws from one stream per object, so an added object changes no other's plots.
Refraction bends the measured elevation by less than 0.02° within 15 km and is left out.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.geo.local import LocalFrame
from marsad.geo.polar import polar_from_enu
from marsad.simulate.seeding import generator
from marsad.simulate.sensors import CameraSettings, DirectionFinderSettings, RadarSettings
from marsad.simulate.truth import TrueObject, Truth

Array = NDArray[np.float64]
Classes = tuple[tuple[str, float], ...]
EARTH_RADIUS_M = 6_371_000.0
CLASS_GROUPS: dict[str, Classes] = {
    # the standard's taxonomy does not tell the two apart, so no sensor here does
    "uav_fixed_wing": (("owa", 0.5), ("fixedwing_small", 0.5)),
    "multirotor": (("multirotor", 1.0),),
    "crewed": (("crewed", 1.0),),
    "bird": (("bird", 1.0),),
}
_GROUP_OF = {"owa": "uav_fixed_wing", "fixedwing_small": "uav_fixed_wing"}


class Plot(NamedTuple):
    """One report; NaN where the sensor does not measure. ``row`` is for scoring only: -1 = false."""

    t_s: float
    azimuth_rad: float
    range_m: float = nan
    elevation_rad: float = nan
    range_rate_mps: float = nan
    classes: Classes = ()
    row: int = -1


@dataclass(frozen=True)
class Glimpse:
    """What stands in a sensor's coverage and line of sight at a look: rows and geometry (m,)."""

    rows: NDArray[np.int64]
    t_s: Array
    polar: Array
    range_rate_mps: Array


@dataclass
class Eye:
    """A sensor's place and coverage, and its random streams."""

    settings: RadarSettings | DirectionFinderSettings | CameraSettings
    truth: Truth
    frame: LocalFrame
    refraction: float
    position_enu: Array = field(init=False)
    _streams: dict[int, np.random.Generator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        place = self.settings
        self.height_m = self.frame.height_m + place.antenna_m
        self.position_enu = self.frame.enu_from_geodetic(
            place.latitude_deg, place.longitude_deg, self.height_m
        )
        self._local_from_enu = self.frame.rotation_enu_from_local(self.position_enu).T
        self._false = generator(self.truth.seed, "false plots", place.node_id)

    def stream(self, row: int) -> np.random.Generator:
        """The stream of one object as seen by this sensor."""
        if row not in self._streams:
            name = self.truth.objects[row].object_id
            self._streams[row] = generator(self.truth.seed, "plots", self.settings.node_id, name)
        return self._streams[row]

    def glimpse(self, rows: NDArray[np.int64], t_s: Array) -> Glimpse:
        """Who of the rows, each at its own time, is within coverage and line of sight."""
        if not len(rows):
            return Glimpse(rows, t_s, np.empty((0, 3)), np.empty(0))
        position, velocity = self.truth.states(rows, t_s)
        local = (position - self.position_enu) @ self._local_from_enu.T
        polar = polar_from_enu(local)
        rate = ((velocity @ self._local_from_enu.T) * local).sum(-1) / np.maximum(polar[:, 0], 1e-3)
        seen = self._covered(polar) & self._above_horizon(position, polar)
        return Glimpse(rows[seen], t_s[seen], polar[seen], rate[seen])

    def _covered(self, polar: Array) -> NDArray[np.bool_]:
        limits = self.settings
        azimuth, elevation = np.degrees(polar[:, 1]), np.degrees(polar[:, 2])
        seen = (polar[:, 0] >= limits.range_min_m) & (polar[:, 0] <= limits.range_max_m)
        seen &= (elevation >= limits.elevation_min_deg) & (elevation <= limits.elevation_max_deg)
        seen &= (azimuth - limits.azimuth_from_deg) % 360 <= limits.azimuth_width_deg
        for hill in limits.obstacles:
            behind = (azimuth - hill.from_deg) % 360 <= (hill.to_deg - hill.from_deg) % 360
            seen &= ~(behind & (elevation < hill.below_deg))
        return np.asarray(seen)

    def _above_horizon(self, position: Array, polar: Array) -> NDArray[np.bool_]:
        """Line of sight over a smooth earth whose radius refraction enlarges."""
        radius = self.refraction * EARTH_RADIUS_M
        from_origin = (position[:, :2] ** 2).sum(-1)
        height = np.maximum(position[:, 2] + from_origin / (2 * EARTH_RADIUS_M), 0.0)
        horizon = np.sqrt(2 * radius * self.settings.antenna_m) + np.sqrt(2 * radius * height)
        return np.asarray(polar[:, 0] * np.cos(polar[:, 2]) <= horizon)

    def false_azimuths(self) -> tuple[np.random.Generator, Array]:
        """The bearings of this look's false plots, uniform in the sector; Poisson in number."""
        limits = self.settings
        count = int(self._false.poisson(limits.false_plots_per_look))
        degrees = limits.azimuth_from_deg + limits.azimuth_width_deg * self._false.random(count)
        return self._false, np.radians(degrees) % (2 * np.pi)

    def false_elevation(self, random: np.random.Generator) -> float:
        """An elevation uniform in the coverage."""
        limits = self.settings
        return float(np.radians(random.uniform(limits.elevation_min_deg, limits.elevation_max_deg)))

    def biased(self, azimuth_rad: float) -> float:
        """An azimuth as the misaligned sensor states it, in [0, 2π)."""
        return float((azimuth_rad + np.radians(self.settings.azimuth_bias_deg)) % (2 * np.pi))

    def _bearings(self, azimuth_rad: Array) -> Array:
        """The same of many."""
        return np.asarray((azimuth_rad + np.radians(self.settings.azimuth_bias_deg)) % (2 * np.pi))


def named(item: TrueObject, chance: float, random: np.random.Generator) -> Classes:
    """A classifier's verdict: right with this chance, and honest about how sure it is."""
    truth, wrong = _group(item.physique.threat_class)
    pick, draw = int(random.integers(len(wrong))), random.random()
    return verdict(truth if draw < chance and truth in CLASS_GROUPS else wrong[pick], chance)


def named_rocket(chance: float, random: np.random.Generator) -> Classes:
    """Of a classifier that knows rockets: that it is one, with this chance, or nothing at all."""
    return (("ballistic", chance), ("unknown", round(1 - chance, 4))) if random.random() < chance else ()


@lru_cache(maxsize=64)
def _group(threat_class: str) -> tuple[str, tuple[str, ...]]:
    """The group of a class, and the others."""
    truth = _GROUP_OF.get(threat_class, threat_class)
    return truth, tuple(group for group in CLASS_GROUPS if group != truth)


@lru_cache(maxsize=256)
def verdict(group: str, chance: float) -> Classes:
    """Probabilities over the classes when a classifier of this quality says this group."""
    rest = (1 - chance) / (len(CLASS_GROUPS) - 1)
    return tuple(
        (name, round(share * (chance if other == group else rest), 4))
        for other, members in CLASS_GROUPS.items()
        for name, share in members
    )


class Radar(Eye):
    """Range, azimuth, elevation and range rate by the radar equation."""

    settings: RadarSettings

    def look(self, t_s: float) -> list[Plot]:
        """The plots of the look that begins at a time."""
        radar = self.settings
        rows = self.truth.flying(t_s)
        times = np.full(len(rows), t_s)
        if radar.rotating and len(rows):
            position, _ = self.truth.states(rows, times)
            bearing = polar_from_enu((position - self.position_enu) @ self._local_from_enu.T)[:, 1]
            times = t_s + radar.period_s * bearing / (2 * np.pi)
        plots = self._plots(self.glimpse(rows, times))
        plots = self._resolved(plots) + self._false_plots(t_s)
        return sorted(plots, key=lambda plot: (plot.t_s, plot.azimuth_rad))

    def signal_to_noise(self, range_m: Array, rcs_dbsm: Array) -> Array:
        """Mean power ratio: the radar equation through the reference point."""
        reference = self.settings.reference
        decibels = reference.snr_db + 40 * np.log10(reference.range_m / np.maximum(range_m, 1.0))
        return np.asarray(10 ** ((decibels + rcs_dbsm - reference.rcs_dbsm) / 10))

    def _plots(self, glimpse: Glimpse) -> list[Plot]:
        """What comes back from what is in view; each object draws from its own stream, seen or not."""
        radar, truth, rows = self.settings, self.truth, glimpse.rows
        if not len(rows):
            return []
        streams = [self.stream(row) for row in rows.tolist()]
        drawn = [(random.standard_exponential(), random.standard_normal(4)) for random in streams]
        power, noise = np.array([one for one, _ in drawn]), np.array([four for _, four in drawn])
        distance, azimuth, elevation = glimpse.polar.T
        # Swerling 1: the power of signal and noise is exponential with mean 1 + SNR; above the
        # threshold -ln(Pfa) it is a plot, which gives Pd = Pfa^(1/(1+SNR))
        strength = power * (1 + self.signal_to_noise(distance, truth.rcs_dbsm[rows]))
        rate = glimpse.range_rate_mps
        hidden = np.abs(rate) < radar.notch_mps
        if radar.sees_rotors:
            hidden &= ~truth.rotors[rows]
        seen = np.flatnonzero(~hidden & (strength >= -np.log(radar.false_alarm_probability)))
        values = (
            glimpse.t_s,
            self._bearings(azimuth + np.radians(radar.azimuth_sigma_deg) * noise[:, 1]),
            np.maximum(distance + radar.range_bias_m + radar.range_sigma_m * noise[:, 0], 1.0),
            elevation + np.radians(radar.elevation_sigma_deg) * noise[:, 2],
            rate + radar.range_rate_sigma_mps * noise[:, 3],
        )
        columns = [column[seen].tolist() for column in values]
        plots = []
        for k, row, t_s, bearing, range_m, height, speed in zip(
            seen.tolist(), rows[seen].tolist(), *columns, strict=True
        ):
            said = self._named(truth.objects[row], streams[k])
            plots.append(Plot(t_s, bearing, range_m, self._told(height), speed, said, row))
        return plots

    def _named(self, item: TrueObject, random: np.random.Generator) -> Classes:
        """What its classifier says of an object."""
        radar = self.settings
        if item.falls:
            return named_rocket(radar.classifies_rockets, random) if radar.classifies_rockets else ()
        return named(item, radar.classifies, random) if radar.classifies else ()

    def _told(self, elevation_rad: float) -> float:
        return elevation_rad if self.settings.tells_elevation else nan

    def _resolved(self, plots: list[Plot]) -> list[Plot]:
        """What is closer together than the radar resolves is one plot: the first of them."""
        radar = self.settings
        if len(plots) < 2:
            return plots
        distance = np.array([plot.range_m for plot in plots])
        azimuth = np.array([plot.azimuth_rad for plot in plots])
        turn = azimuth[:, None] - azimuth
        close = np.abs(distance[:, None] - distance) < radar.resolution_m
        close &= np.abs(np.remainder(turn + np.pi, 2 * np.pi) - np.pi) < np.radians(radar.resolution_deg)
        kept = np.ones(len(plots), bool)
        for k in np.flatnonzero(np.tril(close, -1).any(1)).tolist():
            kept[k] = not (close[k, :k] & kept[:k]).any()
        return [plot for plot, is_kept in zip(plots, kept.tolist(), strict=True) if is_kept]

    def _false_plots(self, t_s: float) -> list[Plot]:
        """False plots fall into cells of range, azimuth and elevation alike."""
        radar = self.settings
        random, bearings = self.false_azimuths()
        plots = []
        for azimuth in bearings:
            distance = float(random.uniform(radar.range_min_m, radar.range_max_m))
            elevation = self.false_elevation(random)
            rate = float(random.choice((-1, 1)) * random.uniform(radar.notch_mps, 60.0))
            groups = list(CLASS_GROUPS)
            said = groups[int(random.integers(len(groups)))]
            classes = verdict(said, radar.classifies) if radar.classifies else ()
            turned = radar.period_s * float(azimuth) / (2 * np.pi) if radar.rotating else 0.0
            plots.append(Plot(t_s + turned, float(azimuth), distance, self._told(elevation), rate, classes))
        return plots


class DirectionFinder(Eye):
    """Bearings of radios."""

    settings: DirectionFinderSettings

    def look(self, t_s: float) -> list[Plot]:
        """The bearings of the look at a time."""
        finder = self.settings
        flying = set(self.truth.flying(t_s).tolist()) if self.truth.emitters else set()
        on_air = [row for row in self.truth.emitters if row in flying and self._emits(row, t_s)]
        rows = np.array(on_air, np.int64)
        glimpse = self.glimpse(rows, np.full(len(rows), t_s))
        plots = []
        for k, row in enumerate(glimpse.rows.tolist()):
            random, emitter = self.stream(row), self.truth.objects[row].emitter
            draw, noise = random.random(), random.standard_normal()
            assert emitter is not None  # those that emit only
            louder_db = emitter.power_dbm - finder.reference_power_dbm
            heard_m = finder.range_max_m * 10 ** (louder_db / (10 * finder.path_loss_exponent))
            if glimpse.polar[k, 0] <= heard_m and draw < finder.detection_probability:
                bearing = float(glimpse.polar[k, 1] + np.radians(finder.azimuth_sigma_deg) * noise)
                plots.append(Plot(t_s, self.biased(bearing), row=row))
        plots += [Plot(t_s, float(azimuth)) for azimuth in self.false_azimuths()[1]]
        return plots

    def _emits(self, row: int, t_s: float) -> bool:
        emitter = self.truth.objects[row].emitter
        return (
            emitter is not None
            and (t_s - self.truth.objects[row].start_s) % emitter.period_s < emitter.burst_s
        )


class Camera(Eye):
    """Azimuth and elevation of what covers enough pixels; the more, the surer its class."""

    settings: CameraSettings

    def look(self, t_s: float) -> list[Plot]:
        """The blobs of the image at a time."""
        camera = self.settings
        rows = self.truth.flying(t_s)
        glimpse = self.glimpse(rows, np.full(len(rows), t_s))
        plots = []
        across = np.maximum(glimpse.polar[:, 0], 1.0) * camera.instantaneous_view_mrad * 1e-3
        pixels_of = self.truth.size_m[glimpse.rows] / across
        for k in np.flatnonzero(pixels_of >= camera.pixels_to_detect).tolist():
            row, pixels = int(glimpse.rows[k]), float(pixels_of[k])
            item = self.truth.objects[row]
            _, azimuth, elevation = glimpse.polar[k].tolist()
            random = self.stream(row)
            draw, noise = random.random(), random.standard_normal(2)
            if draw < camera.detection_probability:
                classes = () if item.falls else named(item, self._sureness(pixels), random)
                bearing = self.biased(azimuth + np.radians(camera.azimuth_sigma_deg) * noise[0])
                height = elevation + float(np.radians(camera.elevation_sigma_deg) * noise[1])
                plots.append(Plot(t_s, bearing, elevation_rad=height, classes=classes, row=row))
        random, bearings = self.false_azimuths()
        for azimuth in bearings:
            said = list(CLASS_GROUPS)[int(random.integers(len(CLASS_GROUPS)))]
            classes = verdict(said, self._sureness(camera.pixels_to_detect))
            plots.append(
                Plot(t_s, float(azimuth), elevation_rad=self.false_elevation(random), classes=classes)
            )
        return plots

    def _sureness(self, pixels: float) -> float:
        """Chance of the right class: 0.4 where it is just seen, 0.9 where it can be recognised."""
        camera = self.settings
        span = max(camera.pixels_to_classify - camera.pixels_to_detect, 1e-6)
        return round(0.4 + 0.5 * min(max((pixels - camera.pixels_to_detect) / span, 0.0), 1.0), 2)
