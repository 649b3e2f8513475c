"""The settings of a site: one TOML file, read once, every fault listed at once."""

import tomllib
from math import cos, radians
from typing import Annotated, Any, Self, TypeVar

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from marsad.assessment import AssessmentSettings
from marsad.errors import ConfigError, ConfigFault
from marsad.feeds.settings import FeedSettings
from marsad.geo.local import LocalFrame
from marsad.geo.polygon import enclosing_circle
from marsad.model.frame import RESERVED_FEEDS
from marsad.model.site import Friend, Mode, MonthNames, Name, Numerals, Site, Zone
from marsad.register.settings import RegisterSettings
from marsad.site.scans import ScanSettings
from marsad.tracking import TrackingSettings, TrailSettings
from marsad.warning import WarningSettings

T = TypeVar("T")
_ZONE_RADIUS_M_MAX = 100_000.0


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class ZoneSettings(_Strict):
    """A protected zone, by its corners or by centre and radius."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name_en: str
    name_ar: str
    corners: list[tuple[Latitude, Longitude]] = Field(
        [], max_length=200, description="[latitude, longitude] in degrees, in order, not closed"
    )
    centre: tuple[Latitude, Longitude] | None = None
    radius_m: float | None = Field(None, gt=0, le=_ZONE_RADIUS_M_MAX)
    value: float = Field(1.0, gt=0, le=1, description="weight of the zone in the threat score")
    restricted: bool = False

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        circle = self.centre is not None and self.radius_m is not None
        if circle == bool(self.corners) or (self.centre is None) != (self.radius_m is None):
            raise ValueError("give either corners, or centre and radius_m")
        if self.corners:
            if len(self.corners) < 3:
                raise ValueError(f"{len(self.corners)} corners; a polygon has at least 3")
            if not shapely.is_valid(shapely.Polygon(self.corners)):
                raise ValueError("the polygon's edges cross; list the corners in order around it")
        return self


class FriendSettings(_Strict):
    """An authorised object."""

    label: Annotated[str, Field(pattern=r"^[a-z_]+:.+$", description="such as icao:4b43ac")]
    name: str
    authenticated_only: bool = False


class NameSettings(_Strict):
    """What documents call a person, a post, a sensor or another site, in both languages."""

    of: str = Field(
        min_length=1, description="as the record has it: an operator, a sensor's name, another site's id"
    )
    name_en: str = Field(min_length=1)
    name_ar: str = Field(min_length=1)


class PlaceSettings(_Strict):
    """The site itself; its reference point is the origin of the picture."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name_en: str
    name_ar: str
    latitude_deg: Latitude
    longitude_deg: Longitude
    height_m: float = Field(0.0, ge=-500, le=9_000, description="above the WGS-84 ellipsoid")
    utc_offset_s: int = Field(0, ge=-50_400, le=50_400)
    mode: Mode = Field(Mode.TEST, description="live, exercise or test; only live may reach live outputs")
    numerals: Numerals = Field(
        Numerals.ARABIC_INDIC,
        description="digits of Arabic reports and statements: arabic-indic (٠١٢) or latin; "
        "the console and warnings always have Latin ones, as radio and charts do",
    )
    month_names: MonthNames = Field(
        MonthNames.LEVANT,
        description="months in Arabic documents: levant (كانون الثاني), as in Iraq, or gulf (يناير)",
    )
    name: list[NameSettings] = Field(
        [], max_length=1_000, description="names that documents use for people, sensors and other sites"
    )
    zone: list[ZoneSettings] = Field([], max_length=200)
    friend: list[FriendSettings] = Field([], max_length=10_000)

    @field_validator("name")
    @classmethod
    def _names_distinct(cls, names: list[NameSettings]) -> list[NameSettings]:
        return _distinct(names, "of")

    @field_validator("zone")
    @classmethod
    def _zones_distinct(cls, zones: list[ZoneSettings]) -> list[ZoneSettings]:
        return _distinct(zones, "id")

    @model_validator(mode="after")
    def _zones_near(self) -> Self:
        for zone in self.zone:
            for latitude, longitude in zone.corners or [zone.centre or (0.0, 0.0)]:
                north_m = (latitude - self.latitude_deg) * 111_000
                east_m = (longitude - self.longitude_deg) * 111_000 * cos(radians(self.latitude_deg))
                if max(abs(north_m), abs(east_m)) > _ZONE_RADIUS_M_MAX:
                    raise ValueError(
                        f"zone {zone.id} has a corner at {latitude}, {longitude}, more than 100 km from the "
                        f"site at {self.latitude_deg}, {self.longitude_deg}; is it [latitude, longitude]?"
                    )
        return self


class CycleSettings(_Strict):
    """How often the picture is assessed."""

    after_look_s: float = Field(
        0.1, ge=0.005, le=5, description="at the soonest after the last, on new looks"
    )
    idle_s: float = Field(1.0, ge=0.1, le=10, description="at the latest, so that times left count down")


class JournalSettings(_Strict):
    """How the journal is kept."""

    sync_s: float = Field(1.0, gt=0, le=60, description="longest time a power cut can take from it")
    snapshot_s: float = Field(60.0, gt=1, le=3_600, description="bounds the time to restart")


class SiteSettings(_Strict):
    """The whole tree of a site's settings."""

    site: PlaceSettings
    feed: list[FeedSettings] = Field([], max_length=100)
    scan: ScanSettings = ScanSettings()
    cycle: CycleSettings = CycleSettings()
    tracking: TrackingSettings = TrackingSettings()
    trail: TrailSettings = TrailSettings()
    assessment: AssessmentSettings = AssessmentSettings()
    warning: WarningSettings = WarningSettings()
    register_: RegisterSettings = Field(RegisterSettings(), alias="register")
    journal: JournalSettings = JournalSettings()
    server: dict[str, Any] = Field({}, description="checked by the server, which owns it")

    @field_validator("feed")
    @classmethod
    def _feeds_distinct(cls, feeds: list[FeedSettings]) -> list[FeedSettings]:
        for feed in feeds:
            if feed.name in RESERVED_FEEDS:
                raise ValueError(f"a feed may not be called {feed.name!r}: that name is the site's own")
        return _distinct(feeds, "name")

    def build_site(self) -> Site:
        """The site in its own frame."""
        place = self.site
        frame = self.local_frame()
        return Site(
            place.id,
            place.name_en,
            place.name_ar,
            place.latitude_deg,
            place.longitude_deg,
            place.height_m,
            place.utc_offset_s,
            tuple(_zone(zone, frame) for zone in place.zone),
            tuple(
                Friend(friend.label.lower(), friend.name, authenticated_only=friend.authenticated_only)
                for friend in place.friend
            ),
            place.mode,
            place.numerals,
            place.month_names,
            tuple(Name(item.of, item.name_en, item.name_ar) for item in place.name),
        )

    def local_frame(self) -> LocalFrame:
        """The ENU frame with the site's reference point as its origin."""
        return LocalFrame(self.site.latitude_deg, self.site.longitude_deg, self.site.height_m)


def settings_from_toml(data: bytes, file: str) -> SiteSettings:
    """The settings that TOML bytes describe; `file` names them in messages.

    Raises ConfigError with every fault found.
    """
    try:
        tree = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(file, [ConfigFault("(file)", "not TOML", str(error))]) from error
    try:
        return SiteSettings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(file, faults_of(error)) from error


def faults_of(error: ValidationError) -> list[ConfigFault]:
    """Pydantic's findings in our own form: key, value, what is allowed."""
    faults = []
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"]) or "(file)"
        shown = "missing" if item["type"] == "missing" else repr(item["input"])
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "no such setting; look for a misspelling"
        faults.append(ConfigFault(key, shown if len(shown) <= 80 else shown[:77] + "…", message))
    return faults


def _zone(zone: ZoneSettings, frame: LocalFrame) -> Zone:
    corners = zone.corners or [zone.centre or (0.0, 0.0)]
    latitude, longitude = np.array(corners).T
    enu = frame.enu_from_geodetic(latitude, longitude, frame.height_m)[:, :2]
    if zone.radius_m is not None:
        centre, radius_m = (float(enu[0, 0]), float(enu[0, 1])), zone.radius_m
        corners_enu: tuple[tuple[float, float], ...] = ()
    else:
        centre, radius_m = enclosing_circle(enu)
        corners_enu = tuple((float(east), float(north)) for east, north in enu)
    return Zone(
        zone.id, zone.name_en, zone.name_ar, corners_enu, centre, radius_m, zone.value, zone.restricted
    )


def _distinct(items: list[T], key: str) -> list[T]:
    seen: set[str] = set()
    for item in items:
        name = str(getattr(item, key))
        if name in seen:
            raise ValueError(f"{key} {name!r} is given twice")
        seen.add(name)
    return items
