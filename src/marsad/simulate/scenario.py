"""Scenarios: what happens at a site, as a TOML file that lists all its faults when it is wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from marsad.errors import ConfigError, ConfigFault
from marsad.simulate.faults import ADSB, Fault
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.layout import Layout, checked, load_layout, read
from marsad.simulate.manner import Manner
from marsad.simulate.patterns import Departures, Helicopters, Identifier, Landings, Traffic
from marsad.simulate.sensors import (
    AdsbReceiverSettings,
    CameraSettings,
    DirectionFinderSettings,
    RadarSettings,
)

_STRICT = ConfigDict(frozen=True, extra="forbid")
Squawk = Annotated[str, Field(pattern=r"^[0-7]{4}$")]
METRES_PER_FLIGHT_LEVEL = 30.48
NS_PER_S = 1_000_000_000
_OURS = Path(str(resources.files("marsad.simulate")))


class Waypoint(BaseModel):
    """A place to fly through: latitude and longitude, or azimuth and range from the site."""

    model_config = _STRICT
    latitude_deg: float | None = Field(default=None, ge=-89, le=89)
    longitude_deg: float | None = Field(default=None, ge=-180, le=180)
    azimuth_deg: float | None = Field(default=None, ge=-360, le=360)
    range_m: float | None = Field(default=None, ge=0, le=600_000)
    above_ground_m: float | None = Field(default=None, ge=0, le=20_000)
    flight_level: float | None = Field(default=None, ge=0, le=600)
    speed_mps: float = Field(gt=0.5, le=400)
    hold_s: float = Field(default=0.0, ge=0, le=36_000)

    @model_validator(mode="after")
    def _one_of_each(self) -> "Waypoint":
        geodetic = self.latitude_deg is not None and self.longitude_deg is not None
        polar = self.azimuth_deg is not None and self.range_m is not None
        if geodetic == polar:
            raise ValueError("give either latitude_deg and longitude_deg or azimuth_deg and range_m")
        if (self.above_ground_m is None) == (self.flight_level is None):
            raise ValueError("give either above_ground_m or flight_level")
        return self


class SquawkChange(BaseModel):
    """The pilot, or whoever flies, sets another code."""

    model_config = _STRICT
    at_s: float = Field(ge=0)
    code: Squawk


class Transponder(BaseModel):
    """ADS-B: what an aircraft, or whatever carries a transponder, says of itself."""

    model_config = _STRICT
    icao: str = Field(pattern=r"^[0-9a-f]{6}$")
    callsign: str = Field(max_length=8)
    squawk: Squawk | None = Field(default=None, description="Its code; without it, it sends none.")
    squawk_changes: tuple[SquawkChange, ...] = ()
    from_s: float | None = Field(
        default=None, description="It transmits from this time on; without it, from its start."
    )
    to_s: float | None = Field(default=None, description="It falls silent; without it, never.")
    shift_m: tuple[float, float, float] = Field(
        default=(0.0, 0.0, 0.0), description="What it says is so far east, north and up of where it is."
    )

    def transmits(self, t_s: float) -> bool:
        """Whether it is on at a time."""
        return (self.from_s is None or self.from_s <= t_s) and (self.to_s is None or t_s < self.to_s)

    def squawk_at(self, t_s: float) -> str | None:
        """The code it sends at a time."""
        codes = [self.squawk, *(change.code for change in self.squawk_changes if change.at_s <= t_s)]
        return codes[-1]


class Emitter(BaseModel):
    """A radio that direction finders can hear: a burst every period."""

    model_config = _STRICT
    power_dbm: float = Field(ge=-30, le=60)
    period_s: float = Field(default=1.0, gt=0)
    burst_s: float = Field(default=1.0, gt=0)


class ScenarioObject(BaseModel):
    """One object that flies by waypoints."""

    model_config = _STRICT
    id: Identifier
    kind: ObjectKind
    hostile: bool = False
    depart_s: float = Field(default=0.0, ge=-36_000, le=360_000)
    waypoints: tuple[Waypoint, ...] = Field(min_length=2)
    transponder: Transponder | None = None
    emitter: Emitter | None = None
    rcs_dbsm: float | None = Field(default=None, ge=-60, le=60)
    manner: Manner = Field(
        default=Manner.EXACT, description="How its route is flown: exactly, by an autopilot, or by hand."
    )


class Defender(BaseModel):
    """Somebody who may stop an object. Marsad neither controls nor models how; only that."""

    model_config = _STRICT
    id: Identifier
    by: str = Field(description="As it signs its outcome reports.")
    latitude_deg: float = Field(ge=-89, le=89)
    longitude_deg: float = Field(ge=-180, le=180)
    reach_m: float = Field(gt=0, description="Acts on what has come this near over the ground.")
    delay_s: float = Field(default=5.0, ge=0)
    chance: float = Field(default=1.0, ge=0, le=1)
    objects: tuple[Identifier, ...] = Field(min_length=1)
    report_delay_s: float = Field(default=20.0, ge=0, description="From the outcome to its report.")
    place_sigma_m: float = Field(default=80.0, ge=0, description="How well its report says where.")


class Crew(BaseModel):
    """The duty officer: what a person does, and how long it takes."""

    model_config = _STRICT
    by: str = "duty officer"
    acknowledge_s: float = Field(default=6.0, ge=0)
    head_count_s: float = Field(
        default=60.0, ge=0, description="From the danger's passing to its completion."
    )
    all_clear_s: float = Field(default=20.0, ge=0, description="After the head count.")
    close_s: float = Field(default=20.0, ge=0, description="After the all-clear.")
    patience_s: float = Field(
        default=120.0, ge=0, description="Counts the danger as passed when nothing new came for so long."
    )
    damage: str = Field(default="", description='"" = none found.')


class Expected(BaseModel):
    """What a good run must show; the simulation does not read it, the scoring does."""

    model_config = _STRICT
    hostile: tuple[Identifier, ...] = ()
    stopped: int | None = None
    alarms_announced_max: int | None = None
    warnings_on_harmless_max: int = 0
    alerts_on_harmless_max: int | None = Field(
        default=None, description="Alerts and warnings for tracks on nothing hostile."
    )
    lead_s_min: float | None = Field(
        default=None, description="For every zone each hostile object was heading to."
    )
    lead_s_min_of: dict[Identifier, float] = Field(
        default={}, description="Instead of lead_s_min, for single objects, hostile or not."
    )
    alert: tuple[Identifier, ...] = Field(
        default=(), description="Objects that must at least be alerted of, hostile or not."
    )
    alert_lead_s_min: float = Field(
        default=30.0, ge=0, description="Before they reach, or come nearest to, the first zone."
    )
    warn_not: tuple[Identifier, ...] = Field(
        default=(), description="Objects, or items of traffic, that nobody may be told to take cover from."
    )
    alert_not: tuple[Identifier, ...] = Field(
        default=(), description="Objects, or items of traffic, that there may not even be an alert of."
    )
    squawk_told: dict[Identifier, Squawk] = Field(
        default={}, description="Codes that must be shown on the track of an object."
    )
    squawk_told_s_max: float = Field(default=15.0, gt=0, description="After the code was set.")
    identities_max: int | None = Field(
        default=None, ge=1, description="Tracks that each hostile object may have had."
    )
    incident_closed: bool = False


class Air(BaseModel):
    """The air between."""

    model_config = _STRICT
    refraction: float = Field(
        default=4 / 3, ge=0.5, le=5, description="Effective earth radius over the true one."
    )
    pressure_offset_m: float = Field(
        default=0.0,
        ge=-1000,
        le=1000,
        description="Pressure altitude minus ellipsoidal height, on this day here.",
    )


class SensorsFile(BaseModel):
    """The tables of a site's sensors, as a simulation needs them."""

    model_config = _STRICT
    radar: tuple[RadarSettings, ...] = ()
    direction_finder: tuple[DirectionFinderSettings, ...] = ()
    camera: tuple[CameraSettings, ...] = ()
    adsb_receiver: AdsbReceiverSettings | None = None


class ScenarioFile(SensorsFile):
    """A scenario as it is written; the sensors may be its own."""

    name: Identifier
    title_en: str
    title_ar: str
    start: datetime
    duration_s: float = Field(gt=0, le=7 * 86_400)
    site: str = Field(
        description="The site: a file beside the scenario or in sites/ beside its folder, or one that comes "
        "with the package, by its name, such as embassy."
    )
    sensors: str = Field(
        default="", description="The sensors' tables, found like the site; or give them here."
    )
    air: Air = Air()
    object: tuple[ScenarioObject, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    fault: tuple[Fault, ...] = ()
    defender: tuple[Defender, ...] = ()
    crew: Crew | None = None
    expected: Expected = Expected()

    @field_validator("start")
    @classmethod
    def _utc(cls, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError("must carry a time zone, such as 2022-01-04T02:40:00Z")
        return value.astimezone(UTC)


@dataclass(frozen=True)
class Scenario:
    """A scenario with the site it plays at."""

    file: ScenarioFile
    layout: Layout
    site_path: Path

    @property
    def start_t_ns(self) -> int:
        """When it begins, UTC nanoseconds."""
        start = self.file.start
        return int(start.timestamp()) * NS_PER_S + start.microsecond * 1000

    @property
    def end_t_ns(self) -> int:
        """When it ends."""
        return self.start_t_ns + round(self.file.duration_s * NS_PER_S)

    @property
    def expected(self) -> Expected:
        """What a good run must show."""
        return self.file.expected


def scenario_names() -> tuple[str, ...]:
    """The scenarios that come with the package."""
    folder = resources.files("marsad.simulate") / "scenarios"
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    )


def site_names() -> tuple[str, ...]:
    """The sites that come with the package; each has sensors of the same name."""
    names = (entry.name for entry in (resources.files("marsad.simulate") / "sites").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.count(".") == 1))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A scenario of the package by its name, or of a file. Raises ConfigError with every fault."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        if str(name_or_path) not in scenario_names():
            allowed = f"a file ending in .toml, or one of {', '.join(scenario_names())}"
            sentence = f"there is no such scenario; it must be {allowed}"
            raise ConfigError(
                str(name_or_path), [ConfigFault("scenario", str(name_or_path), allowed, sentence=sentence)]
            )
        path = _OURS / "scenarios" / f"{name_or_path}.toml"
    tables = read(path)
    sensors = tables.get("sensors")
    if isinstance(sensors, str) and sensors:
        sensors_path = _file_of(path, "sensors", sensors)
        checked(sensors_path, read(sensors_path), SensorsFile)
        tables = {**read(sensors_path), **tables}
    file = checked(path, tables, ScenarioFile)
    site_path = _file_of(path, "site", file.site)
    scenario = Scenario(file, load_layout(site_path), site_path)
    faults = _inconsistencies(scenario)
    if faults:
        raise ConfigError(str(path), faults)
    return scenario


def scenario_of(tables: dict[str, Any], site_path: Path) -> Scenario:
    """A scenario from tables already parsed. Raises ConfigError with every fault."""
    file = checked(Path("scenario"), tables, ScenarioFile)
    scenario = Scenario(file, load_layout(site_path), site_path)
    faults = _inconsistencies(scenario)
    if faults:
        raise ConfigError(file.name, faults)
    return scenario


def _file_of(scenario_path: Path, key: Literal["site", "sensors"], name: str) -> Path:
    """The file that a scenario names: beside it, in sites/ beside its folder, or of the package."""
    inner = name if name.endswith(".toml") else f"{name}{'.sensors' if key == 'sensors' else ''}.toml"
    folders = (scenario_path.parent, scenario_path.parent.parent / "sites", _OURS / "sites")
    for path in (folder / inner for folder in folders):
        if path.is_file():
            return path
    ours = ", ".join(site_names())
    where = " and ".join(str(folder / inner) for folder in folders[:2])
    sentence = f"{key} is {name!r}; it must be a file (looked for {where}), or of the package: {ours}"
    raise ConfigError(str(scenario_path), [ConfigFault(key, name, "must be a file", sentence=sentence)])


def _inconsistencies(scenario: Scenario) -> list[ConfigFault]:
    """What pydantic cannot see: names that do not fit each other."""
    file, layout = scenario.file, scenario.layout
    faults = []
    kinds = (("radar", file.radar, "radar"), ("direction_finder", file.direction_finder, "radio_frequency"))
    for key, sensors, kind in (*kinds, ("camera", file.camera, "camera")):
        for number, sensor in enumerate(sensors):
            node = layout.nodes.get(sensor.node_id)
            if node is None or node.kind not in (None, kind):
                allowed = f"must be a node of kind {kind} in {scenario.site_path.name}"
                faults.append(ConfigFault(f"{key}.{number}.node_id", sensor.node_id, allowed))
    used = [sensor.node_id for sensor in (*file.radar, *file.direction_finder, *file.camera)]
    faults += [
        ConfigFault("node_id", node, "is used twice")
        for node in sorted({n for n in used if used.count(n) > 1})
    ]
    if file.adsb_receiver is not None and layout.adsb_feed is None:
        faults.append(ConfigFault("adsb_receiver", "given", 'needs a feed with standard = "sbs" at the site'))
    there = {*used, *((ADSB,) if file.adsb_receiver is not None else ())}
    faults += [
        ConfigFault(f"fault.{number}.sensors", name, f"must be of {', '.join(sorted(there))}")
        for number, spell in enumerate(file.fault)
        for name in spell.sensors
        if name not in there
    ]
    ids = [item.id for item in (*file.object, *file.traffic)]
    faults += [
        ConfigFault("object.id", name, "is used twice")
        for name in sorted({n for n in ids if ids.count(n) > 1})
    ]
    known = {item.id for item in file.object}
    for number, defender in enumerate(file.defender):
        faults += [
            ConfigFault(f"defender.{number}.objects", name, "must be the id of an object")
            for name in defender.objects
            if name not in known
        ]
    for number, item in enumerate(file.traffic):
        faults += _unknown_places(f"traffic.{number}", item, layout)
    everybody = known | {item.id for item in file.traffic}
    told = file.expected
    named = (
        ("lead_s_min_of", tuple(told.lead_s_min_of), known),
        ("alert", told.alert, known),
        ("warn_not", told.warn_not, everybody),
        ("alert_not", told.alert_not, everybody),
        ("squawk_told", tuple(told.squawk_told), known),
    )
    faults += [
        ConfigFault(f"expected.{key}", name, "must be the id of an object")
        for key, names, there in named
        for name in names
        if name not in there
    ]
    hostile = {item.id for item in file.object if item.hostile}
    if set(file.expected.hostile) != hostile:
        allowed = f"must name the hostile objects: {sorted(hostile)}"
        faults.append(ConfigFault("expected.hostile", str(sorted(file.expected.hostile)), allowed))
    return faults


def _unknown_places(key: str, item: Traffic, layout: Layout) -> list[ConfigFault]:
    """Runways, routes and landing places that traffic asks for and the site does not have."""
    wanted: list[tuple[str, str, tuple[str, ...]]] = []
    if isinstance(item, Landings | Departures):
        ends = {runway.runway_id: runway.ends for runway in layout.runways}
        wanted = [("runway", item.runway, tuple(ends)), ("end", item.end, ends.get(item.runway, (item.end,)))]
    elif isinstance(item, Helicopters):
        wanted = [("corridor", item.corridor, tuple(layout.corridors))]
        if item.landing_place is not None:
            wanted.append(("landing_place", item.landing_place, tuple(layout.landing_places)))
    return [
        ConfigFault(f"{key}.{name}", value, f"must be of the site: {', '.join(known) or 'it has none'}")
        for name, value, known in wanted
        if value not in known
    ]
