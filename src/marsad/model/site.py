"""The site: its place, its zones, its friends, its procedures."""

from dataclasses import dataclass, field
from enum import StrEnum

from marsad.model.authority import AuthorityCard
from marsad.model.procedure import Procedure

EVERY_ZONE = ""  # where the name of a zone is expected: what concerns all of them


class Mode(StrEnum):
    """Whether the picture is the real world. Only LIVE may ever reach a live output."""

    LIVE = "live"
    EXERCISE = "exercise"
    TEST = "test"


class Numerals(StrEnum):
    """Which digits Arabic documents are written with; what is live has Latin digits everywhere."""

    LATIN = "latin"  # 0 1 2
    ARABIC_INDIC = "arabic-indic"  # ٠ ١ ٢


class MonthNames(StrEnum):
    """Which names of the months Arabic documents use."""

    LEVANT = "levant"  # كانون الثاني, in Iraq and the Levant
    GULF = "gulf"  # يناير, in the Gulf and Egypt


@dataclass(frozen=True, slots=True)
class Name:
    """What documents call a person, a post, a sensor or another site.

    of   as the record has it: who acted, a sensor's own name, a site_id
    """

    of: str
    name_en: str
    name_ar: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A protected zone: a polygon (simple, not closed, ≥ 3 corners) or a circle.

    corners_enu  ((east_m, north_m), …); empty for a circle
    centre_enu   of the circle, or of the polygon's smallest enclosing circle
    radius_m     likewise
    value        0..1, weight of the zone in the threat score
    name_en, name_ar   what people call it
    """

    zone_id: str
    name_en: str
    name_ar: str
    corners_enu: tuple[tuple[float, float], ...]
    centre_enu: tuple[float, float]
    radius_m: float
    value: float = 1.0
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Friend:
    """An authorised object: own drone, notified flight.

    label        the claim's label (``icao:4b43ac``) it will show
    from_t_ns, until_t_ns   when it is expected
    authenticated_only      the claim counts only when authenticated
    """

    label: str
    name: str
    from_t_ns: int = 0
    until_t_ns: int = 2**63 - 1
    authenticated_only: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """One protected site. The origin of the ENU frame is its reference point.

    utc_offset_s   local time minus UTC, for wording only
    numerals, month_names   how Arabic documents are written
    names          what documents call those whom the record has by one name only
    procedures     where and how aircraft are used to fly there
    authority      who decides what
    """

    site_id: str
    name_en: str
    name_ar: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    utc_offset_s: int
    zones: tuple[Zone, ...]
    friends: tuple[Friend, ...] = ()
    mode: Mode = Mode.TEST
    numerals: Numerals = Numerals.ARABIC_INDIC
    month_names: MonthNames = MonthNames.LEVANT
    names: tuple[Name, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    authority: AuthorityCard = field(default_factory=AuthorityCard)

    def zone(self, zone_id: str) -> Zone:
        """The zone of that identifier. Raises KeyError if the site has none."""
        for zone in self.zones:
            if zone.zone_id == zone_id:
                return zone
        raise KeyError(zone_id)
