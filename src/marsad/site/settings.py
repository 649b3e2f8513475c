"""The settings of a site: one TOML file, read once, every fault listed at once."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from marsad.assessment import AssessmentSettings
from marsad.coverage.settings import CoverageSettings
from marsad.feeds.settings import FeedSettings
from marsad.geo.geoid import above_ellipsoid_m
from marsad.geo.local import LocalFrame
from marsad.geo.polygon import enclosing_circle
from marsad.model.flight import FOREVER_NS
from marsad.model.frame import RESERVED_FEEDS
from marsad.model.role import is_supervised_by
from marsad.model.settings import FilePath, Finding, Settings, Words, check, known, skipping_unknown, twice
from marsad.model.site import EVERY_ZONE, Friend, Mode, MonthNames, Name, Numerals, Site, Zone
from marsad.register.settings import RegisterSettings
from marsad.site.drawn_place import (
    RADIUS_M_MAX,
    Identifier,
    Latitude,
    Longitude,
    first_far,
    outline_findings,
    polygon_findings,
)
from marsad.site.procedure_settings import RECORDS as PROCEDURE_RECORDS
from marsad.site.procedure_settings import AreaSettings, CorridorSettings, RunwaySettings, far_off
from marsad.site.procedures import site_procedures
from marsad.site.scans import ScanSettings
from marsad.site.terrain_settings import TerrainSettings
from marsad.site.toml_tree import record_from_toml
from marsad.tracking import TrackingSettings, TrailSettings
from marsad.warning import WarningSettings
from marsad.warning.authority import AuthoritySettings
from marsad.warning.checklist import ChecklistSettings
from marsad.warning.drill_schedule import DrillSettings
from marsad.warning.outputs import PlainOutputSettings, ReleaseSettings


class ZoneSettings(Settings):
    """A protected zone, by its corners or by centre and radius."""

    id: Identifier = Field(description="Short name, used in files and messages of machines.")
    name_en: str = Field(description="Name as people know it, in English.")
    name_ar: str = Field(description="Name as people know it, in Arabic.")
    corners: list[tuple[Latitude, Longitude]] = Field(
        [], max_length=200, description="[latitude, longitude] in degrees, in order around it, not closed."
    )
    centre: tuple[Latitude, Longitude] | None = Field(
        None, description="[latitude, longitude] in degrees of a round zone's centre."
    )
    radius_m: float | None = Field(None, gt=0, le=RADIUS_M_MAX, description="Radius of a round zone.")
    value: float = Field(1.0, gt=0, le=1, description="Weight of the zone in the threat score.")
    restricted: bool = Field(
        False, description="Nobody may fly within 3 km of it unasked: who does is the more suspect."
    )

    @check
    def _one_shape(self) -> Iterator[Finding]:
        yield from outline_findings(self)

    @check
    def _polygon(self) -> Iterator[Finding]:
        yield from polygon_findings(self)


class FriendSettings(Settings):
    """An authorised object."""

    label: Annotated[
        str,
        Field(pattern=r"^[a-z_]+:.+$"),
        Words('what it calls itself, kind first, such as "icao:4b43ac" or "remote_id:1596F"'),
    ] = Field(description="What it calls itself; a claim is evidence, never proof.")
    name: str = Field(description="Name shown to the people on watch.")
    authenticated_only: bool = Field(
        False,
        description="Counts only when the claim was authenticated; no feed can do that: true is refused.",
    )
    expected_from: datetime | None = Field(None, description="It is a friend from then on; default: always.")
    expires: datetime | None = Field(None, description="It is a friend until then; default: never ends.")

    @check
    def _times_have_zones(self) -> Iterator[Finding]:
        for name in ("expected_from", "expires"):
            with skipping_unknown:
                moment = getattr(self, name)
                if moment is not None and moment.tzinfo is None:
                    yield Finding((name,), f"{name}: a time needs its zone, such as 2026-01-04T02:40:00Z")

    @check
    def _in_order(self) -> Iterator[Finding]:
        begin, end = self.expected_from, self.expires
        zoned = begin is not None and end is not None and begin.tzinfo and end.tzinfo
        if zoned and begin is not None and end is not None and end <= begin:
            yield Finding(("expires",), "expires: is not after expected_from")


class NameSettings(Settings):
    """What documents call a person, a post, a sensor or another site, in both languages."""

    of: str = Field(
        min_length=1, description="As the record has it: an operator, a sensor's name, another site's id."
    )
    name_en: str = Field(min_length=1, description="What English documents and the console call it.")
    name_ar: str = Field(min_length=1, description="What Arabic documents and the console call it.")


def ellipsoidal_height_m(
    latitude_deg: float, longitude_deg: float, height_m: float, above_sea_m: float | None
) -> float:
    """Height of a place above the ellipsoid, whichever way it was given."""
    if above_sea_m is None:
        return height_m
    # what is a tenth of the error of the geoid here says nothing, and is the same on every machine
    return round(float(above_ellipsoid_m(latitude_deg, longitude_deg, above_sea_m)), 2)


class PlaceSettings(Settings):
    """The site itself; its reference point is the origin of the picture."""

    id: Identifier = Field(description="Short name, used in the names of files.")
    name_en: str = Field(description="Name as people know it, in English.")
    name_ar: str = Field(description="Name as people know it, in Arabic.")
    latitude_deg: Latitude = Field(description="Reference point, WGS-84, north positive.")
    longitude_deg: Longitude = Field(description="Reference point, WGS-84, east positive.")
    height_m: float = Field(
        0.0,
        ge=-500,
        le=9_000,
        description="Height of the ground above the WGS-84 ellipsoid, which a GPS receiver shows as such.",
    )
    height_above_sea_m: float | None = Field(
        None,
        ge=-500,
        le=9_000,
        description="The same above mean sea level, as maps show it, in place of height_m.",
    )
    utc_offset_s: Annotated[int, Words("seconds, a multiple of 900 from -50,400 to 50,400")] = Field(
        0,
        ge=-50_400,
        le=50_400,
        multiple_of=900,
        description="Local time minus UTC, for reports: 10800 in Baghdad.",
    )
    mode: Mode = Field(Mode.TEST, description="Only live may ever reach live outputs.")
    numerals: Numerals = Field(
        Numerals.ARABIC_INDIC,
        description="Digits of Arabic reports and statements: arabic-indic (٠١٢) or latin; "
        "the console and warnings always have Latin ones, as radio and charts do.",
    )
    month_names: MonthNames = Field(
        MonthNames.LEVANT,
        description="Months in Arabic documents: levant (كانون الثاني), as in Iraq, or gulf (يناير).",
    )
    name: list[NameSettings] = Field(
        [], max_length=1_000, description="What documents call people, sensors and other sites."
    )
    zone: list[ZoneSettings] = Field([], max_length=200, description="Protected zones.")
    friend: list[FriendSettings] = Field([], max_length=10_000, description="Authorised objects.")
    flights: FilePath | None = Field(
        None, description="CSV or JSON file of authorised flights, declared whenever the site starts."
    )

    @check
    def _one_height(self) -> Iterator[Finding]:
        if self.height_above_sea_m is not None and self.height_m != 0:
            sentence = "height_above_sea_m: height_m is given as well; leave one of them out"
            yield Finding(("height_above_sea_m",), sentence)

    @property
    def ellipsoidal_height_m(self) -> float:
        """Height of the reference point above the ellipsoid, whichever way it was given."""
        return ellipsoidal_height_m(
            self.latitude_deg, self.longitude_deg, self.height_m, self.height_above_sea_m
        )

    @check
    def _names_distinct(self) -> Iterator[Finding]:
        yield from twice(self.name, "name", "of")

    @check
    def _zones_distinct(self) -> Iterator[Finding]:
        yield from twice(self.zone, "zone", "id")

    @check
    def _zones_near(self) -> Iterator[Finding]:
        for number, zone in enumerate(self.zone):
            with skipping_unknown:
                yield from _far_corners(zone, number, self)


def _far_corners(zone: ZoneSettings, number: int, place: PlaceSettings) -> Iterator[Finding]:
    """The first corner or centre of a zone that is too far from the site to be meant.

    Where one coordinate of the site is not known, it is taken to be the zone's own: no zone is nearer.
    """
    for latitude, longitude in zone.corners or ([zone.centre] if zone.centre else []):
        frame = LocalFrame(known(place, "latitude_deg", latitude), known(place, "longitude_deg", longitude))
        if first_far([(latitude, longitude)], frame) is not None:
            yield Finding(
                ("zone", number, "corners" if zone.corners else "centre"),
                f"{latitude}, {longitude} is more than 100 km from the site at {frame.latitude_deg}, "
                f"{frame.longitude_deg}; is it [latitude, longitude]?",
            )
            return


class CycleSettings(Settings):
    """How often the picture is assessed."""

    after_look_s: float = Field(
        0.2, ge=0.005, le=5, description="at the soonest after the last, on new looks"
    )
    after_claims_s: float = Field(
        0.5, ge=0.005, le=5, description="the same on looks that only bring claims (ADS-B, Remote ID)"
    )
    idle_s: float = Field(1.0, ge=0.1, le=10, description="at the latest, so that times left count down")


class JournalSettings(Settings):
    """How the journal is kept."""

    sync_s: float = Field(1.0, gt=0, le=60, description="longest time a power cut can take from it")
    snapshot_s: float = Field(60.0, gt=1, le=3_600, description="bounds the time to restart")


class RetentionSettings(Settings):
    """How long journals are kept, and what of the disk is held back.

    Nothing is ever removed of an incident that is open or not reported yet, nor of a day around it.
    """

    days: float | None = Field(365.0, ge=1, le=36_500, description="older frames are removed")
    size_gb: float | None = Field(
        None, gt=0, le=1_000_000, description="of all journals together; half of the disk if left out"
    )
    low_disk_gb: float = Field(
        2.0, gt=0, le=10_000, description="less free than this is told as a fault, or a twentieth of the disk"
    )
    reserve_mb: float = Field(
        256.0, ge=0, le=100_000, description="held back, and used once the disk is full; 0 for none"
    )


def _unknown_zones(zone: Sequence[Any], items: Sequence[Any], *place: str) -> Iterator[Finding]:
    """A Finding for each zone that an item names and the site has not."""
    zones = {one.id for one in zone} | {EVERY_ZONE}
    for number, item in enumerate(items):
        with skipping_unknown:
            for zone_id in item.zones:
                if zone_id not in zones:
                    known_ids = ", ".join(sorted(zones - {EVERY_ZONE})) or "none"
                    sentence = f"zones: this site has no zone {zone_id!r}; zones: {known_ids}"
                    yield Finding((*place, number, "zones"), sentence)


class SiteSettings(Settings):
    """The whole tree of a site's settings."""

    site: PlaceSettings = Field(description="The site: where it is, what it protects, who may fly there.")
    procedures: str | None = Field(
        None,
        min_length=1,
        description="GeoJSON file beside this one, with more runways, corridors and areas: features whose "
        "properties are the settings of those.",
    )
    runway: list[RunwaySettings] = Field([], max_length=20, description="Runways that aircraft use.")
    corridor: list[CorridorSettings] = Field([], max_length=100, description="Ways that aircraft fly.")
    area: list[AreaSettings] = Field([], max_length=100, description="Places where aircraft fly.")
    feed: list[FeedSettings] = Field([], max_length=100, description="What the site hears.")
    terrain: TerrainSettings = Field(
        TerrainSettings(), description="The ground around the site, from elevation tiles."
    )
    scan: ScanSettings = Field(ScanSettings(), description="How reports are gathered into looks.")
    cycle: CycleSettings = Field(CycleSettings(), description="How often the picture is assessed.")
    tracking: TrackingSettings = Field(TrackingSettings(), description="How tracks are kept.")
    trail: TrailSettings = Field(TrailSettings(), description="How the past of tracks is smoothed.")
    assessment: AssessmentSettings = Field(
        AssessmentSettings(), description="How dangerous objects are told from others."
    )
    coverage: CoverageSettings = Field(
        CoverageSettings(), description="What the sensors are to see, and how long before."
    )
    warning: WarningSettings = Field(WarningSettings(), description="When alarms are raised, grow and pass.")
    output: list[PlainOutputSettings] = Field([], max_length=50, description="Ways by which people are told.")
    release: list[ReleaseSettings] = Field(
        [], max_length=100, description="Who decides what goes out; the first rule that fits holds."
    )
    authority: AuthoritySettings = Field(
        AuthoritySettings(), description="Who decides what at the site, and who stands in for them."
    )
    checklist: ChecklistSettings = Field(
        ChecklistSettings(), description="What people do at each level of the response; by default, as known."
    )
    drill: DrillSettings = Field(DrillSettings(), description="When the outputs are tried by themselves.")
    register_: RegisterSettings = Field(
        RegisterSettings(), alias="register", description="How much an incident keeps."
    )
    journal: JournalSettings = Field(JournalSettings(), description="How the journal is kept.")
    retention: RetentionSettings = Field(
        RetentionSettings(), description="How long journals are kept, and what is held back of the disk."
    )
    server: dict[str, Any] = Field({}, description="How the console is served; checked by the server.")
    heartbeat: dict[str, Any] = Field({}, description="Where signs of life go; checked by the rim.")

    @check
    def _feeds_distinct(self) -> Iterator[Finding]:
        yield from twice(self.feed, "feed", "name")

    @check
    def _feeds_not_reserved(self) -> Iterator[Finding]:
        for number, feed in enumerate(self.feed):
            with skipping_unknown:
                if feed.name in RESERVED_FEEDS:
                    sentence = f"a feed may not be called {feed.name!r}: that name is the site's own"
                    yield Finding(("feed", number, "name"), sentence)

    @check
    def _outputs_distinct(self) -> Iterator[Finding]:
        yield from twice(self.output, "output", "name")

    @check
    def _told_zones_are_there(self) -> Iterator[Finding]:
        for kind in ("output", "release"):
            yield from _unknown_zones(self.site.zone, getattr(self, kind), kind)

    @check
    def _released_outputs_are_there(self) -> Iterator[Finding]:
        names = {output.name for output in self.output}
        for number, rule in enumerate(self.release):
            with skipping_unknown:
                for name in rule.outputs:
                    if name not in names:
                        known_names = ", ".join(sorted(names)) or "none"
                        sentence = f"outputs: there is no output {name!r}; outputs: {known_names}"
                        yield Finding(("release", number, "outputs"), sentence)

    @check
    def _zones_of_duties_are_there(self) -> Iterator[Finding]:
        yield from _unknown_zones(self.site.zone, self.authority.duty, "authority", "duty")

    @property
    def is_supervised(self) -> bool:
        """Whether a supervisor is named among those who may sign in."""
        people = self.server.get("operators", ()) if isinstance(self.server, dict) else ()
        return is_supervised_by(one.get("role") for one in people if isinstance(one, dict))

    @check
    def _drills_reach_somebody(self) -> Iterator[Finding]:
        with skipping_unknown:
            if self.drill.every is not None and not any(output.drills for output in self.output):
                sentence = "every: no output is marked for drills: set drills = true at those that are"
                yield Finding(("drill", "every"), sentence)

    @check
    def _procedures_distinct(self) -> Iterator[Finding]:
        for kind in PROCEDURE_RECORDS:
            with skipping_unknown:
                yield from twice(getattr(self, kind), kind, f"{kind}_id")

    @check
    def _procedures_near(self) -> Iterator[Finding]:
        frame = LocalFrame(self.site.latitude_deg, self.site.longitude_deg)
        for kind in PROCEDURE_RECORDS:
            with skipping_unknown:
                for number, record in enumerate(getattr(self, kind)):
                    with skipping_unknown:
                        if (finding := far_off(kind, record, frame)) is not None:
                            yield Finding((kind, number, *finding.place), finding.sentence)

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
            place.ellipsoidal_height_m,
            place.utc_offset_s,
            tuple(_zone(zone, frame) for zone in place.zone),
            tuple(_friend(friend) for friend in place.friend),
            place.mode,
            place.numerals,
            place.month_names,
            (
                *(Name(item.of, item.name_en, item.name_ar) for item in place.name),
                *self.checklist.names(),
            ),
            site_procedures(self.runway, self.corridor, self.area, frame),
            self.authority.card(),
        )

    def local_frame(self) -> LocalFrame:
        """The ENU frame with the site's reference point as its origin."""
        return LocalFrame(self.site.latitude_deg, self.site.longitude_deg, self.site.ellipsoidal_height_m)


def settings_from_toml(data: bytes, file: str) -> SiteSettings:
    """The settings that TOML bytes describe; `file` names them in messages.

    Raises ConfigError with every fault found.
    """
    return record_from_toml(SiteSettings, data, file)


def _friend(friend: FriendSettings) -> Friend:
    begin = 0 if friend.expected_from is None else _ns(friend.expected_from)
    end = FOREVER_NS if friend.expires is None else _ns(friend.expires)
    return Friend(friend.label.lower(), friend.name, begin, end, friend.authenticated_only)


def _ns(moment: datetime) -> int:
    return round(moment.timestamp() * 1000) * 1_000_000


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
