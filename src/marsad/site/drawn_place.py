"""What settings about places on the ground share: coordinates, outlines, and what is wrong with them."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np
import shapely
from pydantic import Field

from marsad.geo.local import LocalFrame
from marsad.model.settings import Finding, Words

AWAY_M_MAX = 100_000.0
RADIUS_M_MAX = 100_000.0

Identifier = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$"),
    Words("1 to 40 small letters a-z, digits and hyphens, the first no hyphen"),
]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Corner = tuple[Latitude, Longitude]


def outline_findings(record: Any) -> Iterator[Finding]:
    """What is wrong with a shape of either `corners`, or `centre` and `radius_m`."""
    circle = record.centre is not None and record.radius_m is not None
    if circle == bool(record.corners) or (record.centre is None) != (record.radius_m is None):
        yield Finding((), "give either corners, or centre and radius_m")


def polygon_findings(record: Any) -> Iterator[Finding]:
    """What is wrong with `corners` as a polygon."""
    if not record.corners:
        return
    if len(record.corners) < 3:
        yield Finding(("corners",), f"{len(record.corners)} corners; a polygon has at least 3")
    elif not shapely.is_valid(shapely.Polygon(record.corners)):
        yield Finding(("corners",), "the polygon's edges cross; list the corners in order around it")


def first_far(corners: Sequence[Corner], frame: LocalFrame) -> Corner | None:
    """The first of some places that is too far from the site to be meant."""
    for latitude, longitude in corners:
        if np.linalg.norm(frame.enu_from_geodetic(latitude, longitude, frame.height_m)) > AWAY_M_MAX:
            return latitude, longitude
    return None
