"""The part of a site description that a simulation needs: place, zones, feeds and their nodes."""

from dataclasses import dataclass, field
from math import atan2, degrees
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from marsad.errors import ConfigError, ConfigFault
from marsad.geo.local import LocalFrame
from marsad.geo.polygon import enclosing_circle
from marsad.model.sensor import SensorKind
from marsad.model.site import Friend, Mode, Site, Zone
from marsad.site.faults import tree_faults
from marsad.site.toml_places import toml_places
from marsad.site.toml_tree import toml_text, toml_tree

Model = TypeVar("Model", bound=BaseModel)
_LENIENT = ConfigDict(frozen=True, extra="ignore")  # the site's own settings judge the rest


class SitePart(BaseModel):
    """Who and where the site is."""

    model_config = _LENIENT
    id: str = Field(min_length=1)
    name_en: str
    name_ar: str
    latitude_deg: float = Field(ge=-89, le=89)
    longitude_deg: float = Field(ge=-180, le=180)
    height_m: float = 0.0
    utc_offset_s: int = 0
    zone: tuple["ZonePart", ...] = ()
    friend: tuple["FriendPart", ...] = ()


class ZonePart(BaseModel):
    """A zone: either corners or centre and radius_m."""

    model_config = _LENIENT
    id: str = Field(min_length=1)
    name_en: str
    name_ar: str
    corners: tuple[tuple[float, float], ...] = ()
    centre: tuple[float, float] | None = None
    radius_m: float = 0.0
    value: float = Field(default=1.0, ge=0, le=1)
    restricted: bool = False

    @model_validator(mode="after")
    def _one_shape(self) -> "ZonePart":
        circle = self.centre is not None and self.radius_m > 0
        if circle == (len(self.corners) >= 3):
            raise ValueError("give either corners (three or more [lat, lon]) or centre and radius_m")
        return self


class FriendPart(BaseModel):
    """An authorised object by the label it claims."""

    model_config = _LENIENT
    label: str
    name: str = ""


class NodePart(BaseModel):
    """A SAPIENT node of a feed; both may be left to the node's own word."""

    model_config = _LENIENT
    name: str | None = None
    kind: SensorKind | None = None


class FeedPart(BaseModel):
    """A feed: its name, its standard, its nodes."""

    model_config = _LENIENT
    name: str = Field(min_length=1)
    standard: str
    nodes: dict[str, NodePart] = Field(default_factory=dict)


class RunwayPart(BaseModel):
    """A runway, by its two thresholds."""

    model_config = _LENIENT
    runway_id: str
    thresholds: tuple[tuple[float, float], tuple[float, float]]
    threshold_heights_m: tuple[float, float] = (0.0, 0.0)
    ends: tuple[str, str] | None = None
    glide_deg: float = Field(default=3.0, ge=2, le=8)


class CorridorPart(BaseModel):
    """A way that aircraft fly."""

    model_config = _LENIENT
    corridor_id: str
    points: tuple[tuple[float, float], ...] = Field(min_length=2)
    height_m: tuple[float, float]


class AreaPart(BaseModel):
    """A place where aircraft fly, or land."""

    model_config = _LENIENT
    area_id: str
    use: str
    corners: tuple[tuple[float, float], ...] = ()
    centre: tuple[float, float] | None = None


class SiteDescription(BaseModel):
    """A site's settings as far as a simulation reads them."""

    model_config = _LENIENT
    site: SitePart
    feed: tuple[FeedPart, ...] = ()
    runway: tuple[RunwayPart, ...] = ()
    corridor: tuple[CorridorPart, ...] = ()
    area: tuple[AreaPart, ...] = ()


@dataclass(frozen=True)
class Runway:
    """A runway in the site's frame.

    thresholds_enu   (2, 2) m, east and north
    heights_m        of the thresholds, above the site
    ends             names of the directions flown over each threshold
    """

    runway_id: str
    thresholds_enu: tuple[tuple[float, float], tuple[float, float]]
    heights_m: tuple[float, float]
    ends: tuple[str, str]
    glide_deg: float


@dataclass(frozen=True)
class Corridor:
    """A way in the site's frame: points (k, 2) m, lowest and highest height above the site."""

    points_enu: tuple[tuple[float, float], ...]
    height_m: tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """A site and how its sensors reach it.

    feed_of, link_of   per SAPIENT node_id: the feed and the number of its own connection
    landing_places     middles (east, north) m of the areas that helicopters land in
    """

    site: Site
    frame: LocalFrame
    nodes: dict[str, NodePart]
    feed_of: dict[str, str]
    link_of: dict[str, int]
    adsb_feed: str | None
    runways: tuple[Runway, ...] = ()
    corridors: dict[str, Corridor] = field(default_factory=dict)
    landing_places: dict[str, tuple[float, float]] = field(default_factory=dict)


def load_layout(path: Path) -> Layout:
    """Read a site description. Raises ConfigError with every fault."""
    return layout_of(checked(path, read(path), SiteDescription))


def layout_of(description: SiteDescription) -> Layout:
    """The layout a description describes."""
    part = description.site
    frame = LocalFrame(part.latitude_deg, part.longitude_deg, part.height_m)
    site = Site(
        site_id=part.id,
        name_en=part.name_en,
        name_ar=part.name_ar,
        latitude_deg=part.latitude_deg,
        longitude_deg=part.longitude_deg,
        height_m=part.height_m,
        utc_offset_s=part.utc_offset_s,
        zones=tuple(_zone(zone, frame) for zone in part.zone),
        friends=tuple(Friend(friend.label, friend.name) for friend in part.friend),
        mode=Mode.TEST,
    )
    nodes: dict[str, NodePart] = {}
    feed_of: dict[str, str] = {}
    link_of: dict[str, int] = {}
    for feed in description.feed:
        for number, (node_id, node) in enumerate(feed.nodes.items(), 1):
            nodes[node_id], feed_of[node_id], link_of[node_id] = node, feed.name, number
    adsb = next((feed.name for feed in description.feed if feed.standard == "sbs"), None)
    return Layout(
        site,
        frame,
        nodes,
        feed_of,
        link_of,
        adsb,
        tuple(_runway(runway, frame) for runway in description.runway),
        {
            corridor.corridor_id: Corridor(
                tuple(_plane(point, frame) for point in corridor.points), corridor.height_m
            )
            for corridor in description.corridor
        },
        {area.area_id: _middle(area, frame) for area in description.area if area.use == "landing place"},
    )


def _plane(point: tuple[float, float], frame: LocalFrame) -> tuple[float, float]:
    east, north, _ = frame.enu_from_geodetic(*point, frame.height_m)
    return float(east), float(north)


def _middle(area: AreaPart, frame: LocalFrame) -> tuple[float, float]:
    if area.centre is not None:
        return _plane(area.centre, frame)
    return enclosing_circle(tuple(_plane(corner, frame) for corner in area.corners))[0]


def _runway(part: RunwayPart, frame: LocalFrame) -> Runway:
    one, other = (_plane(threshold, frame) for threshold in part.thresholds)
    course_deg = degrees(atan2(other[0] - one[0], other[1] - one[1])) % 360
    number = round(course_deg / 10) % 36 or 36
    ends = part.ends or (f"{number:02d}", f"{(number + 17) % 36 + 1:02d}")
    return Runway(part.runway_id, (one, other), part.threshold_heights_m, ends, part.glide_deg)


def _zone(part: ZonePart, frame: LocalFrame) -> Zone:
    corners: tuple[tuple[float, float], ...] = ()
    if part.centre is not None:
        east, north, _ = frame.enu_from_geodetic(*part.centre, frame.height_m)
        centre, radius_m = (float(east), float(north)), part.radius_m
    else:
        points = [frame.enu_from_geodetic(lat, lon, frame.height_m) for lat, lon in part.corners]
        corners = tuple((float(point[0]), float(point[1])) for point in points)
        centre, radius_m = enclosing_circle(corners)
    return Zone(part.id, part.name_en, part.name_ar, corners, centre, radius_m, part.value, part.restricted)


def read(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises ConfigError if it cannot be read or is not TOML."""
    return toml_tree(_text(path), str(path))


def checked(path: Path, tables: dict[str, Any], model: type[Model]) -> Model:
    """The tables of a file as a model. Raises ConfigError with every fault and its place in the file."""
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        places = toml_places(_text(path)) if path.is_file() else {}
        raise ConfigError(str(path), tree_faults(model, tables, error, places)) from error


def _text(path: Path) -> str:
    try:
        return toml_text(path.read_bytes(), str(path))
    except IsADirectoryError:
        sentence = "this is a folder; a TOML file is needed"
    except FileNotFoundError:
        sentence = "there is no such file"
    except (OSError, ValueError) as error:
        sentence = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    raise ConfigError(str(path), [ConfigFault("(file)", str(path), sentence, sentence=sentence)])
