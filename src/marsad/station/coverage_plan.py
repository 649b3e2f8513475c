"""What a map of coverage is made of: a site's settings, and sensors as settings or a journal have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import cos, isfinite, radians, sin
from pathlib import Path

import numpy as np
from pydantic import Field

from marsad.coverage.grid import Protected, protected_of
from marsad.coverage.health import CoverageNow, coverage_now
from marsad.coverage.outlook import Asked
from marsad.coverage.sight import Air, sees_silent
from marsad.errors import ConfigError, ConfigFault
from marsad.feeds.settings import NodeSettings
from marsad.geo.local import LocalFrame
from marsad.model.intruder import ThreatKind
from marsad.model.reason import Reason
from marsad.model.sensor import Sensor, SensorHealth, SensorKind
from marsad.model.settings import Settings
from marsad.model.site import Site
from marsad.site.coverage import air_of, ground_of, planned, planned_sensors
from marsad.site.settings import SiteSettings
from marsad.site.toml_tree import record_from_toml
from marsad.station.ground import ground_around
from marsad.station.settings_file import read_bytes, read_settings

ADDED = "added"  # the feed of what is not there yet
_SENSORS_MAX = 50
_DISTANCE_MAX_M = 200_000.0


class MoreSensors(Settings):
    """A file of sensors that might be added, each as a node of a feed is described."""

    sensor: list[NodeSettings] = Field(
        min_length=1, max_length=_SENSORS_MAX, description="Sensors to come, each with its place."
    )


@dataclass(frozen=True)
class CoveragePlan:
    """A site with its sensors, ready to be asked.

    left_out   names of sensors that were left out on purpose
    told       of the ground, for people
    """

    settings: SiteSettings
    site: Site
    frame: LocalFrame
    around: Air
    sensors: tuple[Sensor, ...]
    left_out: tuple[str, ...] = ()
    told: tuple[Reason, ...] = ()

    @property
    def protected(self) -> Protected:
        """What the site protects."""
        return protected_of(self.site)

    @property
    def seeing(self) -> tuple[Sensor, ...]:
        """The sensors that see what does not transmit."""
        return tuple(sensor for sensor in self.sensors if sees_silent(sensor))

    def now(self, asked: Asked) -> CoverageNow:
        """What they see, as they are."""
        wanted_s = self.settings.coverage.warning_s
        return coverage_now(self.sensors, self.protected, asked, self.around, wanted_s)


def read_plan(path: Path, journal: Path | None, without: Sequence[str] = ()) -> CoveragePlan:
    """A site's plan: sensors where its settings place them, or where and how a run of it last had them.

    without   names or identifiers of sensors to be taken for dead

    Raises ConfigError for settings that are wrong, place no sensor, or know none of those to leave out;
    RecordingError for a journal that cannot be read.
    """
    settings = read_settings(path).site
    terrain, told = ground_around(settings)
    around = air_of(settings, ground_of(settings.local_frame(), terrain))
    sensors = planned_sensors(settings, around.ground)
    if journal is not None:
        from marsad.site.recorder import replay

        sensors = replay(journal, from_snapshot=True).fold.sensors()
    if not any(sees_silent(sensor) for sensor in sensors):
        raise ConfigError(str(path), [_nobody_looks(settings, journal)])
    left_out = [_named(name, sensors, path) for name in without]
    gone = {sensor.sensor_id for sensor in left_out}
    alive = tuple(
        replace(sensor, health=SensorHealth.GONE) if sensor.sensor_id in gone else sensor
        for sensor in sensors
    )
    names = tuple(sensor.name for sensor in left_out)
    return CoveragePlan(
        settings, settings.build_site(), settings.local_frame(), around, alive, names, tuple(told)
    )


def _nobody_looks(settings: SiteSettings, journal: Path | None) -> ConfigFault:
    if journal is not None:
        sentence = f"{journal}: no sensor in it sees what does not transmit, or none has said where it stands"
        return ConfigFault("journal", str(journal), "", sentence=sentence)
    sentence = (
        "feed.nodes: no node that sees what does not transmit has a place: give each place = [latitude, "
        "longitude], or name a journal of a run of this site with --journal"
    )
    return ConfigFault("feed.nodes", "", "", sentence=sentence)


def _named(name: str, sensors: Sequence[Sensor], path: Path) -> Sensor:
    found = [sensor for sensor in sensors if name in (sensor.sensor_id, sensor.name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(sorted(sensor.name for sensor in sensors))
    how = "no sensor is called so" if not found else f"{len(found)} sensors are called so: give its node_id"
    sentence = f"--without {name!r}: {how}; sensors: {known}"
    raise ConfigError(str(path), [ConfigFault("without", name, known, sentence=sentence)])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sensor that is not there yet, and at which ranges it sees half of what comes."""

    sensor: Sensor
    half_m: Mapping[ThreatKind, float]


def with_candidates(plan: CoveragePlan, candidates: Sequence[Candidate]) -> CoveragePlan:
    """The same plan, which knows at which ranges these see; they are not among its sensors."""
    known = {candidate.sensor.sensor_id: candidate.half_m for candidate in candidates if candidate.half_m}
    return replace(plan, around=replace(plan.around, half_m={**plan.around.half_m, **known}))


def added_like(plan: CoveragePlan, specification: str, number: int) -> Candidate:
    """A sensor at a bearing and distance from the site's reference point, like the first of its kind there.

    specification   KIND:BEARING,DISTANCE[,ANTENNA]: degrees from true north, m, m above the ground

    Raises ValueError with what is allowed.
    """
    kind, _, rest = specification.partition(":")
    kinds = [one.value for one in SensorKind if not one.is_cooperative and one != "radio_frequency"]
    if kind not in kinds:
        raise ValueError(f"{specification!r}: {kind!r} sees nothing; kinds: {', '.join(kinds)}")
    try:
        figures = [float(figure) for figure in rest.split(",")]
    except ValueError:
        figures = []
    if len(figures) not in (2, 3) or not all(isfinite(figure) for figure in figures):
        raise ValueError(f"{specification!r}: give KIND:BEARING,DISTANCE, such as radar:045,1500")
    bearing_deg, distance_m, antenna_m = (*figures, 10.0)[:3]
    if not (0 <= bearing_deg <= 360 and 0 <= distance_m <= _DISTANCE_MAX_M and 0 <= antenna_m <= 500):
        raise ValueError(
            f"{specification!r}: bearing is 0 to 360 degrees, distance at most 200 km, antenna at most 500 m"
        )
    like = next((sensor for sensor in plan.seeing if sensor.kind == kind), None)
    if like is None:
        raise ValueError(
            f"{specification!r}: the site has no {kind} that it could be like: describe it in a file, with "
            "--sensors FILE.toml"
        )
    east, north = distance_m * sin(radians(bearing_deg)), distance_m * cos(radians(bearing_deg))
    up = float(plan.around.ground.ground_up_m(np.array([east]), np.array([north]))[0]) + antenna_m
    name = f"{kind} {bearing_deg:03.0f}°, {distance_m:.0f} m"
    # its skyline is that of another place: what the ground hides from here is known, its buildings are not
    coverage = replace(like.coverage, horizon=())
    added = replace(like, sensor_id=f"{ADDED}-{number}", name=name, feed=ADDED, coverage=coverage)
    placed = replace(added, position_enu=(east, north, up), health=SensorHealth.OK, last_t_ns=0, note="")
    return Candidate(placed, plan.around.half_m.get(like.sensor_id, {}))


def added_from(plan: CoveragePlan, path: Path) -> tuple[Candidate, ...]:
    """The sensors of a file. Raises ConfigError with every fault."""
    more = record_from_toml(MoreSensors, read_bytes(path), str(path))
    faults = [
        ConfigFault(f"sensor.{number}.place", "none", "needs place = [latitude, longitude]")
        for number, node in enumerate(more.sensor)
        if node.place is None
    ]
    if faults:
        raise ConfigError(str(path), faults)
    out = []
    for number, node in enumerate(more.sensor, 1):
        sensor_id = f"{ADDED}-{path.stem}-{number}"
        named = node if node.name else node.model_copy(update={"name": f"{path.stem} {number}"})
        sensor = planned(sensor_id, named, ADDED, plan.frame, plan.around.ground)
        out.append(Candidate(sensor, dict(node.sees_m)))
    return tuple(out)
