"""The own-flights stage: which declared flight each track is, whether it flies as declared, who says so.

What sends the identifier of a flight and flies as declared is taken for a listed friend. What its owner
called his is a friend, held below WARN, for as long as it flies as declared. What is off its plan has
nothing of either. What only could be a flight, by its place, is told and weighs nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from marsad.assessment import authorised
from marsad.assessment.authorised import BY_ANSWER, BY_IDENTIFIER, BY_NOTHING, BY_VOLUME
from marsad.assessment.claims import Standing, name_of
from marsad.assessment.columns import Flags, Floats, Objects, Rows, column
from marsad.geo.local import LocalFrame
from marsad.model.detection import Claim
from marsad.model.flight import AuthorisedFlight, How, TrackFlight
from marsad.model.reason import Reason
from marsad.model.site import Site
from marsad.model.track import TrackTable

_SLACK_NS = int(authorised.TIME_SLACK_S * 1e9)
_CANDIDATES_MAX = 5
_HOW = {BY_VOLUME: How.VOLUME, BY_IDENTIFIER: How.IDENTIFIER, BY_ANSWER: How.ANSWER}


@dataclass
class OwnFlightState:
    """The flight_id of what each track was taken for at the last look, "" for none."""

    flight_id: Objects = column(object, blank="")


@dataclass(frozen=True)
class OwnFlights:
    """Which of f declared flights each of n tracks is taken for.

    flights    those that any of the tracks could be now, in the order of the plan
    departure  (n,f) how far each track is from what each flight declared
    matched    (n,) the flight, by what, and whether it flies as declared
    named      (n,) sends the identifier of a flight, or did when it spoke last
    honest     (n,) says something of itself now that nothing contradicts
    denied     (n,) says something of itself that the sensors contradict
    """

    flights: tuple[AuthorisedFlight, ...]
    plan: authorised.Plan
    departure: authorised.Departure
    matched: authorised.Matched
    named: Flags
    honest: Flags
    denied: Flags

    @cached_property
    def declared(self) -> Flags:
        """(n,) sends the identifier of a flight, flies as declared, and is where it says."""
        return np.asarray((self.matched.how == BY_IDENTIFIER) & self.matched.fits & self.honest)

    @cached_property
    def _placed(self) -> Flags:
        """(n,) is taken for a flight that is declared for a place, and not for anywhere."""
        placed = np.array([*(area is not None for area in self.plan.areas), False], bool)
        return np.asarray(placed[self.matched.flight])

    @cached_property
    def vouched(self) -> Flags:
        """(n,) its owner called it his, and it flies as declared."""
        return np.asarray((self.matched.how == BY_ANSWER) & self.matched.fits)

    @cached_property
    def off_plan(self) -> Flags:
        """(n,) said to be a flight, but does not fly as declared; or a second object that sends the same."""
        found = self.matched
        said = (found.how == BY_ANSWER) | (found.how == BY_IDENTIFIER)
        return np.asarray((said & ~found.fits) | (self.named & (found.how == BY_NOTHING)))

    def standing(self, claims: Standing) -> Standing:
        """What the claims are worth: the identifier of a flight counts as listed, on its plan only."""
        return replace(
            claims,
            listed=(claims.listed | self.declared) & ~self.off_plan,
            authentic=claims.authentic & ~self.off_plan,
            declared=self.declared,
            vouched=self.vouched,
            off_plan=self.off_plan,
            placed=self.declared & self._placed,
        )

    def names(self, said: Objects, rows: Rows) -> list[str]:
        """What people call the tracks of those rows: by their flight, else as they call themselves."""
        names = list(map(name_of, said[rows].tolist()))
        on_plan = (self.matched.how == BY_IDENTIFIER) & self.matched.fits & ~self.denied
        for place in np.flatnonzero((on_plan | (self.matched.how == BY_ANSWER))[rows]).tolist():
            names[place] = self.flights[self.matched.flight[rows[place]]].name
        return names

    def reasons(self, rows: Rows) -> Iterator[tuple[int, Reason]]:
        """By what a track is taken for a flight, and how it departs from the declaration."""
        for place in np.flatnonzero(self.matched.flight[rows] >= 0).tolist():
            for reason in self._told(int(rows[place])):
                yield place, reason

    def of_tracks(self, track_id: Rows, rows: Rows) -> tuple[TrackFlight, ...]:
        """One record for each track of those rows that is taken for a flight or could be one."""
        found = self.matched
        some = (found.flight >= 0) | found.could_be.any(axis=1)
        return tuple(self._of_track(row, int(track_id[row])) for row in rows[some[rows]].tolist())

    def _of_track(self, row: int, track_id: int) -> TrackFlight:
        own = int(self.matched.flight[row])
        likely = sorted(
            np.flatnonzero(self.matched.could_be[row]).tolist(),
            key=lambda number: (number != own, self.departure.outside_m[row, number], number),
        )
        candidates = tuple(self.flights[number].flight_id for number in likely[:_CANDIDATES_MAX])
        if own < 0:
            return TrackFlight(track_id, candidates=candidates)
        return TrackFlight(
            track_id,
            self.flights[own].flight_id,
            _HOW[int(self.matched.how[row])],
            bool(self.matched.fits[row]),
            self._told(row),
            candidates,
        )

    def _told(self, row: int) -> tuple[Reason, ...]:
        own = int(self.matched.flight[row])
        departed = authorised.departure_reasons(self.plan, self.departure, row, own)
        how = _HOW[int(self.matched.how[row])]
        taken = Reason(f"flight.by_{how.value}", (("flight", self.flights[own].name),))
        return (taken, *(departed or (Reason("flight.fits"),)))


class FlightMatcher:
    """Owns the declared flights, and whose owners called which track theirs."""

    def __init__(self, site: Site) -> None:
        self._frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
        self._flights: tuple[AuthorisedFlight, ...] = ()
        self._of_label: dict[str, str] = {}
        self._owned: Mapping[int, str] = {}
        self._planned: tuple[AuthorisedFlight, ...] = ()
        self._plan = authorised.plan_of((), self._frame)

    def expect(self, flights: tuple[AuthorisedFlight, ...], owned: Mapping[int, str]) -> None:
        """From now on these are declared; owned: the flight_id that its owner gave to a track's number."""
        if flights != self._flights:
            self._flights, self._of_label = flights, _labels(flights)
        self._owned = owned

    def matched(
        self, state: OwnFlightState, table: TrackTable, said: Objects, claims: Standing, mix: Floats
    ) -> OwnFlights:
        """Match the tracks of the table, of class mixes (n,c), with the flights, and remember it.

        said  (n,) the latest Claim of each track, or None
        """
        named_by = self._named(said)
        self._choose(table.t_ns, {flight_id for _, flight_id in named_by} | set(self._owned.values()))
        place = {flight.flight_id: number for number, flight in enumerate(self._planned)}
        if not place:
            state.flight_id = np.full(len(table), "", object)
            return OwnFlights((), self._plan, *_nothing(len(table)), *_flags(claims))
        senders = self._senders(table, said, claims.fresh, named_by, place)
        speed_mps = np.hypot(table.mean[:, 3], table.mean[:, 4])
        departure = authorised.departures(self._plan, table.t_ns, table.mean[:, :3], speed_mps, mix)
        before = np.array([place.get(one, -1) for one in state.flight_id.tolist()], np.int64)
        found = authorised.matched(self._plan, departure, senders, before)
        ids = [*place, ""]
        state.flight_id = np.array(ids, object)[found.flight]  # -1 is the last, no flight
        named = np.asarray(senders.named.any(axis=1))
        return OwnFlights(self._planned, self._plan, departure, found, named, claims.honest, claims.disagrees)

    def _senders(
        self,
        table: TrackTable,
        said: Objects,
        fresh: Flags,
        named_by: list[tuple[int, str]],
        place: Mapping[str, int],
    ) -> authorised.Senders:
        """What is said of which track is which flight; place: the column of each flight."""
        named = np.zeros((len(table), len(place)), bool)
        owned = np.zeros_like(named)
        for row, flight_id in named_by:
            named[row, place[flight_id]] = True
        if self._owned:
            for row, track_id in enumerate(table.track_id.tolist()):
                if (number := place.get(self._owned.get(track_id, ""))) is not None:
                    owned[row, number] = True
        says = np.array([one is not None for one in said.tolist()], bool)
        return authorised.Senders(owned, named, fresh, says & ~named.any(axis=1))

    def _named(self, said: Objects) -> list[tuple[int, str]]:
        """(row, flight_id) of every identifier of a flight that a track sends, or sent last."""
        if not self._of_label:
            return []
        return [
            (row, self._of_label[label])
            for row, claim in enumerate(said.tolist())
            if claim is not None
            for label in labels_of(claim)
            if label in self._of_label
        ]

    def _choose(self, t_ns: int, called: set[str]) -> None:
        """The plan of the flights that any track could be now."""
        flights = tuple(one for one in self._flights if one.flight_id in called or _near_its_time(one, t_ns))
        if flights != self._planned:
            self._planned, self._plan = flights, authorised.plan_of(flights, self._frame)


def labels_of(claim: Claim) -> tuple[str, ...]:
    """Everything a claim calls its object, as labels of flights are written."""
    callsign = "".join(claim.callsign.lower().split())
    return (claim.label, *((f"callsign:{callsign}",) if callsign else ()))


def _labels(flights: Iterable[AuthorisedFlight]) -> dict[str, str]:
    """The flight of each identifier; of two with the same one the later declared."""
    return {label: flight.flight_id for flight in flights for label in flight.labels}


def _near_its_time(flight: AuthorisedFlight, t_ns: int) -> bool:
    return (
        not flight.cancelled
        and flight.from_t_ns - _SLACK_NS <= t_ns < flight.until_t_ns
        and bool(flight.places)
    )


def _flags(claims: Standing) -> tuple[Flags, Flags, Flags]:
    """Where no track is named."""
    return np.zeros(len(claims.fresh), bool), claims.honest, claims.disagrees


def _nothing(count: int) -> tuple[authorised.Departure, authorised.Matched]:
    """Where no flight is declared."""
    empty, none = np.zeros((count, 0)), np.zeros((count, 0), bool)
    departure = authorised.Departure(empty, empty, empty, empty, none, np.zeros(0), np.zeros(0))
    nobody = np.full(count, -1, np.int64), np.full(count, BY_NOTHING, np.int8)
    return departure, authorised.Matched(*nobody, np.zeros(count, bool), none)
