"""Scenarios: what happens at a site, as a TOML file that lists all its faults when it is wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from marsad.errors import ConfigError, ConfigFault
from marsad.simulate.consistency import inconsistencies
from marsad.simulate.expected import Expected, Squawk
from marsad.simulate.faults import Fault
from marsad.simulate.kinds import FALLING, ObjectKind
from marsad.simulate.layout import Layout, checked, load_layout, read
from marsad.simulate.manner import Manner
from marsad.simulate.patterns import Identifier, Traffic
from marsad.simulate.salvo import Salvo, Wind
from marsad.simulate.sensors import (
    AdsbReceiverSettings,
    CameraSettings,
    DirectionFinderSettings,
    RadarSettings,
)

_STRICT = ConfigDict(frozen=True, extra="forbid")
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

    @field_validator("kind")
    @classmethod
    def _flies(cls, value: ObjectKind) -> ObjectKind:
        if value in FALLING:
            raise ValueError("flies by no waypoints: rounds are written as [[salvo]]")
        return value


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
    wind: tuple[Wind, ...] = Field(default=(), description="By height; rounds alone drift with it.")


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
    salvo: tuple[Salvo, ...] = ()
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
    faults = inconsistencies(file, scenario.layout, site_path)
    if faults:
        raise ConfigError(str(path), faults)
    return scenario


def scenario_of(tables: dict[str, Any], site_path: Path) -> Scenario:
    """A scenario from tables already parsed. Raises ConfigError with every fault."""
    file = checked(Path("scenario"), tables, ScenarioFile)
    scenario = Scenario(file, load_layout(site_path), site_path)
    faults = inconsistencies(file, scenario.layout, site_path)
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
