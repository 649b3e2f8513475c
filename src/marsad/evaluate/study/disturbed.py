"""Disturbances: what weather, faults and a perturbation do to sensors, honestly, at the sensors.

What a radar's settings can say is said there. The rest changes the plots of a look, before the node words
them, or cuts the node's link: the site sees bytes and silence, nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan, pi, sqrt
from typing import TypeVar

import numpy as np

from marsad.evaluate.study.distributions import WeatherEffect
from marsad.evaluate.study.raid import Mask, Raid, SensorFault
from marsad.evaluate.study.sensor_suites import PLAIN, SensorSuite
from marsad.feeds.sapient import edge
from marsad.model.detection import Claim
from marsad.model.effect import Effect, Hangup
from marsad.model.frame import Frame
from marsad.model.picture import Picture
from marsad.simulate.node import Node, polar_report
from marsad.simulate.seeding import generator
from marsad.simulate.sensing import Camera, DirectionFinder, Plot, Radar
from marsad.simulate.sensors import CameraSettings, DirectionFinderSettings, Obstacle, RadarSettings
from marsad.simulate.simulation import Simulation

NOISE = 1.3
DETECTION = 0.7
_CLAIMED_CLASS = (("crewed", 0.9), ("owa", 0.1))
_RADIANS = pi / 180
AnySettings = RadarSettings | DirectionFinderSettings | CameraSettings
Settings = TypeVar("Settings", RadarSettings, DirectionFinderSettings, CameraSettings)


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to the true plots of one sensor.

    detection       share of them that is kept
    noise           times the sensor's stated errors
    has_doppler     False: no range rate is told
    """

    detection: float = 1.0
    noise: float = 1.0
    has_doppler: bool = True


@dataclass(frozen=True, slots=True)
class Drop:
    """A link that is cut from a time to another, seconds from the start."""

    node_id: str
    from_s: float
    to_s: float


@dataclass(frozen=True)
class Disturbance:
    """All that is changed in a raid, by node_id."""

    changes: dict[str, Change]
    drop: Drop | None


def disturbance(raid: Raid, suite: SensorSuite, low_detection: float, *, perturbed: bool) -> Disturbance:
    """What cannot be said in a sensor's settings."""
    faulty, drop = faulty_node(raid, suite), None
    changes = {}
    for sensor in suite.placed:
        detection, noise = (DETECTION, NOISE) if perturbed else (1.0, 1.0)
        if raid.fault is not None and sensor.node_id == faulty and raid.fault.kind == "low-detection":
            detection *= low_detection
        changes[sensor.node_id] = Change(detection, noise, raid.suite not in PLAIN)
    if raid.fault is not None and faulty is not None and raid.fault.kind == "dropped-link":
        drop = Drop(faulty, raid.fault.begins_s, raid.fault.begins_s + raid.fault.size)
    return Disturbance(changes, drop)


def faulty_node(raid: Raid, suite: SensorSuite) -> str | None:
    """Which sensor the raid's fault befalls: one of the radars, on which the most hangs."""
    if raid.fault is None:
        return None
    radars = suite.sensors.radar
    return radars[int(raid.fault.which * len(radars))].node_id


def disturbed_suite(raid: Raid, suite: SensorSuite, weather: WeatherEffect) -> SensorSuite:
    """The sensors under the raid's weather, terrain and fault, as far as settings can say it."""
    faulty = faulty_node(raid, suite)

    def changed(sensor: Settings) -> Settings:
        update = _weathered(sensor, weather) | _masked(sensor, raid.masks)
        if raid.fault is not None and sensor.node_id == faulty:
            update |= _faulty(sensor, raid.fault)
        return sensor.model_copy(update=update)

    sensors = suite.sensors.model_copy(
        update={
            "radar": tuple(changed(item) for item in suite.sensors.radar),
            "direction_finder": tuple(changed(item) for item in suite.sensors.direction_finder),
            "camera": tuple(changed(item) for item in suite.sensors.camera),
        }
    )
    return replace(suite, sensors=sensors)


def _weathered(sensor: AnySettings, weather: WeatherEffect) -> dict[str, object]:
    if isinstance(sensor, RadarSettings):
        weaker = sensor.reference.model_copy(update={"snr_db": sensor.reference.snr_db - weather.snr_loss_db})
        return {
            "reference": weaker,
            "false_plots_per_look": round(sensor.false_plots_per_look * weather.false_plots, 3),
        }
    if isinstance(sensor, CameraSettings):
        return {"range_max_m": sensor.range_max_m * weather.camera_range}
    return {}


def _masked(sensor: AnySettings, masks: Sequence[Mask]) -> dict[str, object]:
    standing = tuple(Obstacle(from_deg=m.from_deg, to_deg=m.to_deg, below_deg=m.below_deg) for m in masks)
    return {"obstacles": (*sensor.obstacles, *standing)} if standing else {}


def _faulty(sensor: AnySettings, fault: SensorFault) -> dict[str, object]:
    if fault.kind == "outage":
        return {"outages_s": ((fault.begins_s, fault.begins_s + fault.size),)}
    if fault.kind == "azimuth-bias":
        return {"azimuth_bias_deg": fault.size}
    if fault.kind == "clock-offset":
        return {"clock_offset_s": fault.size}
    if fault.kind == "latency":
        return {"delay_s": sensor.delay_s + fault.size}
    return {}


@dataclass
class Changer:
    """Changes the plots of a sensor's looks; false plots keep their errors and are all kept."""

    change: Change
    luck: np.random.Generator

    def changed(self, plots: list[Plot], settings: AnySettings) -> list[Plot]:
        """The plots that are left, as they are then."""
        return [self._plot(plot, settings) for plot in plots if plot.row < 0 or self._is_kept()]

    def _is_kept(self) -> bool:
        return bool(self.luck.random() < self.change.detection)

    def _plot(self, plot: Plot, settings: AnySettings) -> Plot:
        if not self.change.has_doppler:
            plot = replace(plot, range_rate_mps=nan)
        if plot.row < 0 or self.change.noise == 1.0:
            return plot
        # on top of the error it has, so that the whole is so many times as large
        more = (sqrt(self.change.noise**2 - 1) * self.luck.standard_normal(4)).tolist()
        azimuth = (plot.azimuth_rad + settings.azimuth_sigma_deg * _RADIANS * more[0]) % (2 * pi)
        elevation = plot.elevation_rad + getattr(settings, "elevation_sigma_deg", 0.0) * _RADIANS * more[1]
        plot = replace(plot, azimuth_rad=azimuth, elevation_rad=elevation)
        if not isinstance(settings, RadarSettings):
            return plot
        return replace(
            plot,
            range_m=max(plot.range_m + settings.range_sigma_m * more[2], 1.0),
            range_rate_mps=plot.range_rate_mps + settings.range_rate_sigma_mps * more[3],
        )


class ChangedRadar(Radar):
    """A radar whose plots are changed."""

    changer: Changer

    def look(self, t_s: float) -> list[Plot]:
        """The plots of the look that begins at a time."""
        return self.changer.changed(super().look(t_s), self.settings)


class ChangedDirectionFinder(DirectionFinder):
    """A direction finder whose bearings are changed."""

    changer: Changer

    def look(self, t_s: float) -> list[Plot]:
        """The bearings of the look at a time."""
        return self.changer.changed(super().look(t_s), self.settings)


class ChangedCamera(Camera):
    """A camera whose blobs are changed."""

    changer: Changer

    def look(self, t_s: float) -> list[Plot]:
        """The blobs of the image at a time."""
        return self.changer.changed(super().look(t_s), self.settings)


def _changed(eye: Radar | DirectionFinder | Camera, change: Change) -> Radar | DirectionFinder | Camera:
    air = (eye.truth, eye.frame, eye.refraction)
    made: ChangedRadar | ChangedDirectionFinder | ChangedCamera
    if isinstance(eye, Radar):
        made = ChangedRadar(eye.settings, *air)
    elif isinstance(eye, Camera):
        made = ChangedCamera(eye.settings, *air)
    else:
        made = ChangedDirectionFinder(eye.settings, *air)
    made.changer = Changer(change, generator(eye.truth.seed, "change", eye.settings.node_id))
    return made


class ClaimedNode(Node):
    """A radar node whose interrogator hears what some objects call themselves."""

    claims: dict[int, Claim]

    def _report(self, t_ns: int, plot: Plot) -> bytes:
        claim = self.claims.get(plot.row)
        ids = (self._ulid(t_ns), self._ulid(t_ns))
        if claim is None or not isinstance(self.eye, Radar):
            return polar_report(self.edge, self.eye, self._clock(t_ns), *ids, plot)
        radar = self.eye.settings
        return edge.polar_detection(
            self.edge,
            self._clock(t_ns),
            *ids,
            plot.azimuth_rad,
            radar.azimuth_sigma_deg * _RADIANS,
            range_m=plot.range_m,
            range_sigma_m=radar.range_sigma_m,
            elevation_rad=plot.elevation_rad,
            elevation_sigma_rad=radar.elevation_sigma_deg * _RADIANS,
            range_rate_mps=plot.range_rate_mps,
            range_rate_sigma_mps=radar.range_rate_sigma_mps,
            classes=_CLAIMED_CLASS,
            claim=claim,
        )


class DisturbedSimulation:
    """A simulation whose nodes are disturbed: a source of frames like it."""

    def __init__(self, simulation: Simulation, disturbed: Disturbance, claims: dict[int, Claim]) -> None:
        self.simulation = simulation
        self.start_t_ns, self.end_t_ns = simulation.start_t_ns, simulation.end_t_ns
        self._drop, self._claims = disturbed.drop, claims
        self._changes = disturbed.changes
        simulation.refit(self._refitted)
        self._links = {node.edge.node_id: (node.feed, node.link) for node in simulation.nodes}

    def frames(self, until_t_ns: int) -> list[Frame]:
        """Everything that enters since the last call, in time order."""
        drop = self._drop
        if drop is not None and drop.from_s <= self.simulation.truth.seconds(until_t_ns) < drop.to_s:
            self.simulation.notice([Hangup(*self._links[drop.node_id], "dropped")])
        return self.simulation.frames(until_t_ns)

    def notice(self, effects: Sequence[Effect], picture: Picture | None = None) -> None:
        """What the site did since the last call."""
        self.simulation.notice(effects, picture)

    def _refitted(self, node: Node) -> Node:
        eye = _changed(node.eye, self._changes[node.edge.node_id])
        made = ClaimedNode(node.feed, node.link, node.edge, eye, node.truth, node.connect_t_ns)
        made.claims = self._claims
        return made
