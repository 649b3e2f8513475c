"""Which of the objects that people were told to take cover from have presumably arrived, and where."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from marsad.model.site import Site, Zone
from marsad.model.threat import Level, ZoneThreat

# So long without a plot: with a look a second or two, that is no single miss.
UNSEEN_S = 3.0
# So near, by the time left, it is over a zone when nobody sees it any more; nearer where it is over none yet,
# for what is stopped is stopped before the edge.
_NEAR_S, _AT_THE_EDGE_S = 5.0, 2.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A track that was last seen over a zone, or just about to be.

    is_over   whether it was over it; else it was heading for it
    """

    track_id: int
    zone_id: str
    last_t_ns: int
    is_over: bool = True


class Arrivals:
    """Remembers of each warned track how near it was when it was last seen. Pickles; bounded by the tracks.

    A track that is seen again has not arrived: what was presumed of it is forgotten.
    """

    def __init__(self, site: Site) -> None:
        self.adopt(site)
        # per track: its last plot, the zone it was over or about to be, and which of the two
        self._last: dict[int, tuple[int, str, bool]] = {}
        self._over: dict[int, Arrival] = {}

    def adopt(self, site: Site) -> None:
        """From now on these are the zones."""
        self._area_m2 = {zone.zone_id: _area_m2(zone) for zone in site.zones}

    def note(self, track_id: int, plot_t_ns: int, zones: Sequence[ZoneThreat]) -> None:
        """How near a track is to the zones, as of a plot of it."""
        if (known := self._last.get(track_id)) is not None and plot_t_ns <= known[0]:
            return
        self._last[track_id] = (plot_t_ns, *self._zone_over(zones))
        self._over.pop(track_id, None)

    def see(self, plots: Mapping[int, int]) -> None:
        """The newest plot of every track in the picture: what is seen again has not arrived."""
        for track_id, (known_t_ns, _, _) in list(self._last.items()):
            if plots.get(track_id, known_t_ns) > known_t_ns:
                self.note(track_id, plots[track_id], ())

    def settle(
        self, t_ns: int, warned: Collection[int], present: Collection[int], unwatched: Collection[int]
    ) -> list[Arrival]:
        """Those of the warned tracks that have arrived since it was asked last.

        warned     people take cover from them
        present    still in the picture: what was dropped from it over a zone has arrived, too
        unwatched  no sensor looks for them
        """
        found: list[Arrival] = []
        for track_id, (plot_t_ns, zone_id, is_over) in list(self._last.items()):
            if track_id in self._over:
                continue
            gone = track_id not in present
            unseen = gone or t_ns - plot_t_ns >= UNSEEN_S * 1e9
            if unseen and zone_id and track_id in warned and track_id not in unwatched:
                self._over[track_id] = Arrival(track_id, zone_id, plot_t_ns, is_over)
                found.append(self._over[track_id])
            elif gone or (unseen and track_id not in warned):
                del self._last[track_id]
        return found

    def of(self, track_id: int) -> Arrival | None:
        """Where a track has presumably arrived; None while it has not."""
        return self._over.get(track_id)

    def keep(self, track_ids: Collection[int]) -> None:
        """Forget the arrivals of all other tracks: no alarm speaks of them any more."""
        for track_id in [one for one in self._over if one not in track_ids]:
            del self._over[track_id]
            self._last.pop(track_id, None)

    def _zone_over(self, zones: Sequence[ZoneThreat]) -> tuple[str, bool]:
        """The smallest zone that a track is over, or nearly, "" for none; and whether it is over it."""
        inside = any(zone.distance_m <= 0 for zone in zones)
        near_s = _NEAR_S if inside else _AT_THE_EDGE_S
        over = [
            zone.zone_id
            for zone in zones
            if zone.level >= Level.WARN and (zone.distance_m <= 0 or zone.time_to_impact_s <= near_s)
        ]
        nearest = min(over, key=lambda zone_id: (self._area_m2.get(zone_id, 0.0), zone_id), default="")
        return nearest, any(zone.zone_id == nearest and zone.distance_m <= 0 for zone in zones)


def _area_m2(zone: Zone) -> float:
    if not zone.corners_enu:
        return 3.14159 * zone.radius_m**2
    corners = zone.corners_enu
    following = (*corners[1:], corners[0])
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, following, strict=True))
    return abs(twice) / 2
