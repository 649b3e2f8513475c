"""What coverage is worked out of, as a site's settings have it: what is asked, the ground, new sensors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from marsad.coverage.outlook import Asked
from marsad.coverage.settings import CoverageSettings
from marsad.coverage.sight import Air
from marsad.coverage.threat import THREATS
from marsad.feeds.sapient.node import SIGMAS, with_overrides
from marsad.feeds.settings import NodeSettings, SapientSettings
from marsad.geo.local import LocalFrame
from marsad.geo.sight import STANDARD_K
from marsad.geo.surroundings import surroundings_from_bytes
from marsad.geo.terrain import EvenGround
from marsad.model.ballistic import Ground
from marsad.model.intruder import ThreatKind
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.model.site import Site
from marsad.site.settings import SiteSettings


@dataclass(frozen=True, slots=True)
class CoverageMaterial:
    """What the coverage of a running site is worked out of, by whoever has the time for it.

    sensors   as they are now
    stated    ranges of half the looks by sensor_id and kind of intruder, m
    k         of refraction
    terrain   the ground as its frame carries it, b"" where nothing is known
    """

    site: Site
    sensors: tuple[Sensor, ...]
    settings: CoverageSettings
    confirm: int
    decide_s: float
    stated: dict[str, dict[ThreatKind, float]]
    k: float = STANDARD_K
    terrain: bytes = b""

    def air(self) -> Air:
        """What the air is judged by."""
        frame = LocalFrame(self.site.latitude_deg, self.site.longitude_deg, self.site.height_m)
        return Air(ground_of(frame, self.terrain), self.k, self.stated)

    def asked(self, threat: ThreatKind | None = None) -> Asked:
        """What is asked of the sensors; for the site's own threat unless another is given."""
        kind = self.settings.threat if threat is None else threat
        return Asked(THREATS[kind], tuple(self.settings.heights_m), self.confirm, self.decide_s)


def ground_of(frame: LocalFrame, terrain: bytes) -> Ground:
    """The ground as its frame carries it; the even earth where nothing is known. Raises ReceivedError."""
    return surroundings_from_bytes(terrain, frame).ground() if terrain else EvenGround(frame, frame.height_m)


def material_of(
    settings: SiteSettings, site: Site, sensors: Sequence[Sensor], terrain: bytes
) -> CoverageMaterial:
    """The material of a site with its sensors as a picture has them, and its ground."""
    asked = asked_of(settings)
    figures = asked.confirm, asked.decide_s, _stated(settings), settings.terrain.refraction_k
    return CoverageMaterial(site, tuple(sensors), settings.coverage, *figures, terrain)


def air_of(settings: SiteSettings, ground: Ground | None = None) -> Air:
    """What the air around a site is judged by; without a map of the ground the earth is even."""
    frame = settings.local_frame()
    found = EvenGround(frame, frame.height_m) if ground is None else ground
    return Air(found, settings.terrain.refraction_k, _stated(settings))


def _stated(settings: SiteSettings) -> dict[str, dict[ThreatKind, float]]:
    return {
        node_id: dict(node.sees_m)
        for feed in settings.feed
        if isinstance(feed, SapientSettings)
        for node_id, node in feed.nodes.items()
        if node.sees_m
    }


def asked_of(
    settings: SiteSettings,
    threat: ThreatKind | None = None,
    heights_m: Sequence[float] = (),
    speed_mps: float | None = None,
) -> Asked:
    """What is asked of the sensors: by the site's own rules, for its own threat, unless another is given."""
    kind = settings.coverage.threat if threat is None else threat
    comes = THREATS[kind]
    if speed_mps is not None and comes.speed_mps > 0:
        comes = replace(comes, speed_mps=speed_mps)
    decide_s = settings.cycle.after_look_s + settings.warning.warn_after_s
    heights = tuple(heights_m) or tuple(settings.coverage.heights_m)
    return Asked(comes, heights, settings.tracking.confirm_updates, decide_s)


def planned_sensors(settings: SiteSettings, ground: Ground) -> tuple[Sensor, ...]:
    """The nodes whose settings say where they are to stand, as sensors that live."""
    frame = settings.local_frame()
    return tuple(
        planned(node_id, node, feed.name, frame, ground)
        for feed in settings.feed
        if isinstance(feed, SapientSettings)
        for node_id, node in feed.nodes.items()
        if node.place is not None
    )


def planned(node_id: str, node: NodeSettings, feed: str, frame: LocalFrame, ground: Ground) -> Sensor:
    """A node as a sensor, where and what its settings say; a radar where they do not say what."""
    kind = node.kind or SensorKind.RADAR
    latitude, longitude = node.place or (frame.latitude_deg, frame.longitude_deg)
    east, north, up = frame.enu_from_geodetic(
        latitude, longitude, frame.height_m if node.height_m is None else node.height_m
    ).tolist()
    if node.height_m is None:
        up = float(ground.ground_up_m(np.array([east]), np.array([north]))[0]) + node.antenna_m
    return Sensor(
        *(node_id, node.name or node_id[:8], kind, feed, (east, north, up)),
        coverage=with_overrides(Coverage(), node),
        sigmas=node.sigmas or SIGMAS[kind],
    )
