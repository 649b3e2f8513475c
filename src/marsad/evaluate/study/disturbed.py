"""Sensors that a scenario's settings cannot describe: without Doppler, noisier than stated, with claims.

The plots of a look are changed before the node words them: the site sees bytes, nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import isnan, nan, pi, sqrt

import numpy as np

from marsad.feeds.sapient import edge
from marsad.model.detection import Claim
from marsad.model.effect import Effect
from marsad.model.frame import Frame
from marsad.model.picture import Picture
from marsad.simulate.node import Node, polar_report
from marsad.simulate.seeding import generator
from marsad.simulate.sensing import Camera, DirectionFinder, Plot, Radar
from marsad.simulate.sensors import CameraSettings, DirectionFinderSettings, RadarSettings
from marsad.simulate.simulation import Simulation

NOISE = 1.3  # of a perturbed sensor, times what it states
_CLAIMED_CLASS = (("crewed", 0.9), ("owa", 0.1))
_RADIANS = pi / 180
AnySettings = RadarSettings | DirectionFinderSettings | CameraSettings


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to the plots of the sensors.

    noise         times the sensors' stated errors
    has_doppler   False: no range rate is told
    """

    noise: float = 1.0
    has_doppler: bool = True


@dataclass
class Changer:
    """Changes the plots of a sensor's looks; false plots keep their places."""

    change: Change
    luck: np.random.Generator

    def changed(self, plots: list[Plot], settings: AnySettings) -> list[Plot]:
        """The plots as they are then."""
        return [self._plot(plot, settings) for plot in plots]

    def _plot(self, plot: Plot, settings: AnySettings) -> Plot:
        rate = plot.range_rate_mps if self.change.has_doppler else nan
        if plot.row < 0 or self.change.noise == 1.0:
            more = [0.0] * 4
        else:  # on top of the error it has, so that the whole is so many times as large
            more = (sqrt(self.change.noise**2 - 1) * self.luck.standard_normal(4)).tolist()
        elevation_sigma_deg = getattr(settings, "elevation_sigma_deg", 0.0)
        range_sigma_m, rate_sigma_mps = 0.0, 0.0
        if isinstance(settings, RadarSettings):
            range_sigma_m, rate_sigma_mps = settings.range_sigma_m, settings.range_rate_sigma_mps
        return Plot(
            t_s=plot.t_s,
            azimuth_rad=(plot.azimuth_rad + settings.azimuth_sigma_deg * _RADIANS * more[0]) % (2 * pi),
            range_m=max(plot.range_m + range_sigma_m * more[2], 1.0),
            elevation_rad=plot.elevation_rad + elevation_sigma_deg * _RADIANS * more[1],
            range_rate_mps=rate + rate_sigma_mps * more[3],
            classes=plot.classes,
            row=plot.row,
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
            range_rate_mps=None if isnan(plot.range_rate_mps) else plot.range_rate_mps,
            range_rate_sigma_mps=radar.range_rate_sigma_mps,
            classes=_CLAIMED_CLASS,
            claim=claim,
        )


class DisturbedSimulation:
    """A simulation whose sensors are changed: a source of frames like it.

    claims   what objects call themselves to the radars' interrogators, by row
    """

    def __init__(self, simulation: Simulation, change: Change, claims: dict[int, Claim]) -> None:
        self.simulation = simulation
        self.start_t_ns, self.end_t_ns = simulation.start_t_ns, simulation.end_t_ns
        self._change, self._claims = change, claims
        simulation.refit(self._refitted)

    def frames(self, until_t_ns: int) -> list[Frame]:
        """Everything that enters since the last call, in time order."""
        return self.simulation.frames(until_t_ns)

    def notice(self, effects: Sequence[Effect], picture: Picture | None = None) -> None:
        """What the site did since the last call."""
        self.simulation.notice(effects, picture)

    def _refitted(self, node: Node) -> Node:
        made = ClaimedNode(**{each.name: getattr(node, each.name) for each in fields(node) if each.init})
        made.eye, made.claims = _changed(node.eye, self._change), self._claims
        return made
