"""Settings of the ground around a site."""

from pydantic import Field

from marsad.geo.geoid import Datum
from marsad.model.settings import FolderPath, Settings

RADIUS_M_MIN, RADIUS_M_MAX = 1_000.0, 100_000.0


class TerrainSettings(Settings):
    """The ground around the site, from elevation tiles; without a folder it is as high as the site."""

    folder: FolderPath | None = Field(
        None,
        description="Folder with elevation tiles: HGT (SRTM), also zipped, and GeoTIFF (Copernicus GLO-30, "
        "GLO-90).",
    )
    radius_m: float = Field(
        40_000.0,
        ge=RADIUS_M_MIN,
        le=RADIUS_M_MAX,
        description="How far around the site the ground is wanted.",
    )
    hgt_heights: Datum = Field(
        Datum.EGM96, description="What heights of HGT tiles are above: egm96, egm2008 or ellipsoid."
    )
    geotiff_heights: Datum = Field(
        Datum.EGM2008, description="The same of GeoTIFF tiles that do not say so themselves."
    )
    refraction_k: float = Field(
        4 / 3,
        ge=0.5,
        le=10,
        description="How many times larger the earth is to radar rays that air bends: 4/3 on most days.",
    )
