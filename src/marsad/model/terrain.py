"""What is known of the ground around a site, for people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TerrainNews:
    """What is known of the ground around a site.

    radius_m      how far around the site it was wanted
    known_share   0..1, of the area within
    sources       names of the elevation tiles it is from
    """

    radius_m: float
    known_share: float
    sources: tuple[str, ...]
