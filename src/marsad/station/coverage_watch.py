"""Notices the holes that open when sensors fall silent, and that they close: an observer of pictures."""

from collections.abc import Iterator

from marsad.coverage.grid import protected_of
from marsad.coverage.health import Key, Opening, coverage_now, what_counts
from marsad.coverage.outlook import Resolution
from marsad.coverage.sight import is_awake, sees_silent
from marsad.model.ballistic import Ground
from marsad.model.picture import Picture
from marsad.site.coverage import air_of, asked_of
from marsad.site.settings import SiteSettings

_COARSE = Resolution(
    bearings=360, rings=120
)  # a tenth of a second of one core, and good for bearings in words


class CoverageWatch:
    """What the sensors of a running site see, looked at again only when one of them lives or dies."""

    def __init__(self, settings: SiteSettings) -> None:
        self._protected = protected_of(settings.build_site())
        self._asked = asked_of(settings)
        self._settings = settings
        self._air = air_of(settings)
        self._wanted_s = settings.coverage.warning_s
        self._key: Key = ()
        self._openings: tuple[Opening, ...] = ()
        self._told: frozenset[tuple[object, ...]] = frozenset()
        self._is_whole, self._was_open = True, False

    def use_ground(self, ground: Ground | None) -> None:
        """Look over this ground from now on; the even earth for None."""
        self._air = air_of(self._settings, ground)
        self._key = ()

    def look(self, picture: Picture) -> None:
        """Work out what is seen in a picture, if that can have changed."""
        key = what_counts(picture.sensors)
        if key == self._key:
            return
        self._key = key
        self._is_whole = all(map(is_awake, filter(sees_silent, picture.sensors)))
        found = coverage_now(
            picture.sensors, self._protected, self._asked, self._air, self._wanted_s, _COARSE
        )
        self._openings = found.openings

    def news(self) -> Iterator[Opening | None]:
        """Holes that are open and were not told yet; None once, when all have closed and all sensors look.

        A sensor that came anew may fill the hole of one that is silent still: that is not the coverage that
        was.
        """
        open_now = {_name(opening): opening for opening in self._openings}
        fresh = [opening for name, opening in open_now.items() if name not in self._told]
        self._was_open |= bool(open_now)
        closed = self._was_open and not open_now and self._is_whole
        self._was_open &= not closed
        self._told = frozenset(open_now)
        yield from fresh
        if closed:
            yield None


def _name(opening: Opening) -> tuple[object, ...]:
    """A hole stays the same on the same bearings, up to the same height, for want of the same sensors."""
    hole = opening.hole
    return round(hole.from_deg), round(hole.to_deg), str(hole.height_m), opening.sensor_ids
