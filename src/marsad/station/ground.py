"""The ground around a site, read once as it starts, and what is told of it."""

from pathlib import Path

from marsad.errors import ReceivedError
from marsad.model.reason import Reason
from marsad.site.settings import SiteSettings

_REFUSED_MAX = 10


def ground_around(settings: SiteSettings) -> tuple[bytes, list[Reason]]:
    """The surroundings as their frame carries them, b"" if nothing is known, and what people should know."""
    terrain = settings.terrain
    if terrain.folder is None:
        return b"", []
    from marsad.terrain.folder import Datums, square_name
    from marsad.terrain.survey import Wanted, survey

    datums = Datums(terrain.hgt_heights, terrain.geotiff_heights)
    try:
        made = survey(Wanted(Path(terrain.folder), terrain.radius_m, datums), settings.local_frame())
    except ReceivedError as error:
        return b"", [Reason("station.terrain.folder", (("detail", error.detail),))]
    told = [
        Reason("station.terrain.refused", (("detail", one.detail),)) for one in made.refused[:_REFUSED_MAX]
    ]
    if len(made.refused) > _REFUSED_MAX:
        more = float(len(made.refused) - _REFUSED_MAX)
        told.append(Reason("station.terrain.refused.more", (("tile_count", more),)))
    if made.missing:
        squares = ", ".join(square_name(one) for one in made.missing)
        told.append(Reason("station.terrain.missing", (("squares", squares),)))
    radius = ("radius_km", terrain.radius_m / 1_000)
    if made.found is None:
        return b"", [*told, Reason("station.terrain.none", (("folder", terrain.folder), radius))]
    # what is not known at all is not to look known: 99.97 % is not 100 %
    percent = int(1_000 * made.found.known_share) / 10
    known = (("percent", percent), radius, ("tile_count", float(len(made.found.sources))))
    return made.found.data, [Reason("station.terrain.known", known), *told]
