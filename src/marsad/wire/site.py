"""The site itself: zones, procedures, friends, names, and how far its start is."""

from typing import Literal

from typing_extensions import TypedDict

from marsad.wire.names import ModeName, ProcedureUseName


class ZoneShape(TypedDict):
    """A zone; ring is its closed outline as [longitude_deg, latitude_deg] pairs, circles as 72 corners."""

    zone_id: str
    name_en: str
    name_ar: str
    ring: list[list[float]]
    centre: list[float]
    radius_m: float
    value: float
    restricted: bool


class ProcedureShape(TypedDict):
    """A way or place where aircraft are used to fly; ring is its closed outline in degrees, longitude first.

    name_en, name_ar   what people call it, a final by its end of the runway
    label              where its name stands, [longitude_deg, latitude_deg]
    """

    procedure_id: str
    name_en: str
    name_ar: str
    use: ProcedureUseName
    ring: list[list[float]]
    label: list[float]


class Friend(TypedDict):
    """An authorised object."""

    label: str
    name: str


class Name(TypedDict):
    """What the console calls a person, a post, a sensor or another site; of: as records have it."""

    of: str
    name_en: str
    name_ar: str


class SiteInfo(TypedDict):
    """The site; base_map is the address of a local PMTiles archive, None without one."""

    site_id: str
    name_en: str
    name_ar: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    utc_offset_s: int
    mode: ModeName
    zones: list[ZoneShape]
    procedures: list[ProcedureShape]
    friends: list[Friend]
    names: list[Name]
    base_map: str | None
    software_version: str


class Phase(TypedDict):
    """Where a site is in its life; share of the preparation done, 0 to 1, and seconds until it runs."""

    name: Literal["preparing", "running", "over"]
    share: float
    left_s: float | None
