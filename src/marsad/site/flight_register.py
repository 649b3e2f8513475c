"""The register of authorised flights: what is declared, which track is which, what owners say.

Part of the fold's state: changed by operator actions and by time only, so that a replay gives it again.
"""

from collections.abc import Collection
from dataclasses import replace
from itertools import count

from marsad.assessment import authorised
from marsad.errors import ReceivedError
from marsad.geo.local import LocalFrame
from marsad.model.action import Action, AskOwner, CancelFlight, DeclareFlights, SetIdentity, Why
from marsad.model.flight import (
    FOREVER_NS,
    Answer,
    AuthorisedFlight,
    Decision,
    FlightNews,
    FlightPicture,
    FlightState,
    How,
    Question,
    TrackFlight,
)
from marsad.model.line import Line
from marsad.model.reason import Reason
from marsad.model.site import Friend, Site
from marsad.model.threat import Identity
from marsad.model.utc import moved
from marsad.site.flight_checks import flight_faults

FLIGHTS_MAX = 1_000
_SHOWN_AFTER_NS = 6 * 3_600 * 10**9  # a flight that is over is shown for so long
_NEWS_NS = 300 * 10**9
_NEWS_MAX = 20
_TOLD_MAX = 10_000
_SLACK_NS = int(authorised.TIME_SLACK_S * 1e9)
_BACK = (Identity.PENDING, Identity.UNKNOWN)
FRIENDLY = (Identity.FRIEND, Identity.ASSUMED_FRIEND)


class FlightRegister:
    """The flights of one site; deterministic, picklable, bounded."""

    def __init__(self, site: Site, frame: LocalFrame) -> None:
        self._frame = frame
        self._flights: dict[str, AuthorisedFlight] = {}
        self.adopt(site, 0)
        self._questions: dict[int, Question] = {}
        self._decisions: dict[int, Decision] = {}
        self._tracks: tuple[TrackFlight, ...] = ()
        self._news: list[FlightNews] = []
        self._told: set[tuple[str, str]] = set()
        self._lines: list[Line] = []

    def adopt(self, site: Site, utc_offset_ns: int) -> None:
        """From now on these are the friends of the settings. What people declared, asked and decided stays.

        A friend that is listed as before keeps the name of its flight, and stays cancelled if it was.

        utc_offset_ns   UTC minus site time now
        """
        self._strict = moved(
            tuple(friend for friend in site.friends if friend.authenticated_only), -utc_offset_ns
        )
        before = {one.labels: one for one in self._flights.values() if _is_friend(one)}
        others = {name: one for name, one in self._flights.items() if not _is_friend(one)}
        listed = [friend for friend in site.friends if not friend.authenticated_only]
        kept = {before[(one.label,)].flight_id for one in listed if (one.label,) in before}
        free = (name for number in count(1) if (name := f"friend-{number}") not in kept)
        friends: dict[str, AuthorisedFlight] = {}
        for one in listed:
            known = before.pop((one.label,), None)
            flight = moved(_of_friend(next(free) if known is None else known.flight_id, one), -utc_offset_ns)
            is_same = known is not None and replace(known, cancelled=False) == flight
            friends[flight.flight_id] = known if is_same and known is not None else flight
        self._flights = friends | others

    # ---------------------------------------------------------------- what people do

    def act(self, t_ns: int, action: Action, tracks: Collection[int]) -> list[SetIdentity]:
        """Take an operator's action; returns the identities that follow from an owner's answer.

        tracks   those on the picture
        Raises ReceivedError for what cannot be: a faulty flight, one that is not known, no such track.
        """
        match action:
            case DeclareFlights():
                self._declare(t_ns, action)
            case CancelFlight():
                self._cancel(action)
            case AskOwner():
                return self._note_answer(t_ns, action, tracks)
            case SetIdentity():
                self._decide(t_ns, action)
        return []

    def set_clock(self, step_ns: int) -> None:
        """UTC is later by a step than thought: what is declared for a time of the day comes so much sooner.

        When people said and decided what they did stays as it was.
        """
        self._strict = moved(self._strict, -step_ns)
        self._flights = {one: moved(flight, -step_ns) for one, flight in self._flights.items()}
        for track, one in self._decisions.items():
            if (flight := self._flights.get(one.flight_id)) is not None:
                self._decisions[track] = replace(one, until_t_ns=flight.until_t_ns)

    def take_lines(self) -> list[Line]:
        """What the incident's timeline should hold since the last call."""
        lines, self._lines = self._lines, []
        return lines

    def _declare(self, t_ns: int, action: DeclareFlights) -> None:
        faults = [
            f"flight {number} ({flight.flight_id[:40]}), {field}: {sentence}"
            for number, flight in enumerate(action.flights, 1)
            for field, sentence in flight_faults(flight, self._frame)
        ]
        if not action.flights:
            faults = ["no flight is named"]
        if faults:
            raise ReceivedError("flight-faulty", "; ".join(faults))
        after = {one: flight for one, flight in self._flights.items() if not _long_over(flight, t_ns)}
        after.update({flight.flight_id: flight for flight in action.flights})
        if len(after) > FLIGHTS_MAX:
            raise ReceivedError(
                "flights-too-many", f"{len(after)} flights; at most {FLIGHTS_MAX} can be declared at a time"
            )
        self._flights = after

    def _cancel(self, action: CancelFlight) -> None:
        flight = self._known(action.flight_id)
        if not flight.cancelled:
            self._flights[flight.flight_id] = replace(flight, cancelled=True)

    def _known(self, flight_id: str) -> AuthorisedFlight:
        flight = self._flights.get(flight_id)
        if flight is None:
            raise ReceivedError("unknown-flight", f"no flight is called {flight_id[:80]!r}")
        return flight

    def _decide(self, t_ns: int, action: SetIdentity) -> None:
        self._decisions.pop(action.track_id, None)
        if action.why is not Why.UNSAID:
            note = (("track_id", float(action.track_id)), ("note", action.reason))
            self._lines.append(Line(Reason(f"incident.reason.{action.why.value}", note), action.by))
        if action.identity not in _BACK:
            self._decisions[action.track_id] = Decision(
                action.track_id, action.identity, action.by, t_ns, action.why.value, action.reason
            )

    def _note_answer(self, t_ns: int, action: AskOwner, tracks: Collection[int]) -> list[SetIdentity]:
        if action.track_id not in tracks:
            raise ReceivedError("unknown-track", f"track {action.track_id} is not on the picture")
        flight = self._known(action.flight_id) if action.flight_id else None
        if flight is None and not action.note.strip():
            raise ReceivedError("owner-unnamed", "name the flight, or write in the note who was asked")
        track = action.track_id
        question = Question(track, action.flight_id, action.answer, action.by, t_ns, action.note)
        self._questions[track] = question
        called = flight.name if flight is not None else action.note
        arguments = (("track_id", float(track)), ("flight", called), ("note", action.note if flight else ""))
        self._lines.append(Line(Reason(f"incident.owner.{action.answer.value}", arguments), action.by))
        return self._consequence(t_ns, question, flight)

    def _consequence(
        self, t_ns: int, question: Question, flight: AuthorisedFlight | None
    ) -> list[SetIdentity]:
        """Who a track is by its owner's answer; a person's own word on it stays."""
        own = self._decisions.get(question.track_id)
        if own is not None and own.why != Why.OWNER_CONFIRMED and question.answer is not Answer.OURS:
            return []
        if question.answer is Answer.OURS:
            fits = any(
                one.track_id == question.track_id and one.flight_id == question.flight_id and one.fits
                for one in self._tracks
            )
            identity = Identity.FRIEND if fits else Identity.ASSUMED_FRIEND
        elif question.answer is Answer.NOT_OURS:
            identity = Identity.SUSPECT
        else:
            return []
        decision = Decision(
            question.track_id,
            identity,
            question.by,
            t_ns,
            Why.OWNER_CONFIRMED.value if question.answer is Answer.OURS else "",
            question.note,
            question.flight_id,
            FOREVER_NS if flight is None else flight.until_t_ns,
        )
        self._decisions[question.track_id] = decision
        if identity is Identity.FRIEND:
            # for as long as it flies as declared, which the assessment sees; not by decree
            identity = Identity.PENDING
        return [SetIdentity(question.by, question.track_id, identity, question.note)]

    # ---------------------------------------------------------------- what time brings

    def expire(self, t_ns: int, tracks: Collection[int]) -> list[SetIdentity]:
        """Forget what was said of tracks that ended; give back decisions whose flight is over."""
        self._questions = {one: kept for one, kept in self._questions.items() if one in tracks}
        self._decisions = {one: kept for one, kept in self._decisions.items() if one in tracks}
        back: list[SetIdentity] = []
        for decision in list(self._decisions.values()):
            flight = self._flights.get(decision.flight_id)
            if flight is None or flight.state(t_ns) not in (FlightState.ENDED, FlightState.CANCELLED):
                continue
            if decision.identity in FRIENDLY:
                del self._decisions[decision.track_id]
                self._over(t_ns, flight, decision.track_id)
                back.append(SetIdentity(decision.by, decision.track_id, Identity.PENDING))
        self._news = [one for one in self._news if t_ns - one.t_ns < _NEWS_NS][-_NEWS_MAX:]
        return back

    def friends(self, t_ns: int) -> tuple[Friend, ...]:
        """What may be taken for a friend by its identifier now, if it flies as declared."""
        return self._strict + tuple(
            Friend(label, flight.name, max(flight.from_t_ns - _SLACK_NS, 0), flight.until_t_ns)
            for flight in self._flights.values()
            if not flight.cancelled and t_ns < flight.until_t_ns
            for label in flight.labels
        )

    def owned(self) -> dict[int, str]:
        """The flight_id of each track that the owner of that flight called his."""
        return {
            one.track_id: one.flight_id
            for one in self._decisions.values()
            if one.flight_id and one.identity in FRIENDLY
        }

    def declared(self) -> tuple[AuthorisedFlight, ...]:
        """All flights, in the order they were declared."""
        return tuple(self._flights.values())

    def look(self, t_ns: int, tracks: tuple[TrackFlight, ...]) -> None:
        """Take over which track is taken for which flight now, and tell what everybody should know of it."""
        self._tracks = tracks
        for track in tracks:
            self._tell(t_ns, track)

    def picture(self, t_ns: int) -> FlightPicture:
        """All that a console shows of flights."""
        return FlightPicture(
            tuple(flight for flight in self._flights.values() if not _long_over(flight, t_ns)),
            self._tracks,
            tuple(self._questions.values()),
            tuple(one for one in self._decisions.values() if self._holds(one)),
            tuple(self._news),
        )

    def _holds(self, decision: Decision) -> bool:
        """Whether a decision is in force: an owner's word makes a friend only while it flies as declared."""
        if not decision.flight_id or decision.identity is not Identity.FRIEND:
            return True
        return not any(one.track_id == decision.track_id and not one.fits for one in self._tracks)

    @property
    def matches(self) -> tuple[TrackFlight, ...]:
        """What the last look found, for the digest."""
        return self._tracks

    def _tell(self, t_ns: int, track: TrackFlight) -> None:
        """Say once what everybody should know of a flight that a track is."""
        if not track.flight_id or track.how is How.VOLUME or track.flight_id not in self._flights:
            return
        flight, named = self._flights[track.flight_id], track.how is How.IDENTIFIER
        if flight.state(t_ns) in (FlightState.ENDED, FlightState.CANCELLED):
            self._over(t_ns, flight, track.track_id)
        elif track.fits and named:
            self._once(t_ns, flight, "seen", track.track_id)
        elif not track.fits and named:
            self._once(t_ns, flight, "off_plan", track.track_id)
        elif not track.fits and self._decisions[track.track_id].identity is Identity.FRIEND:
            self._once(t_ns, flight, "left_plan", track.track_id)

    def _over(self, t_ns: int, flight: AuthorisedFlight, track_id: int) -> None:
        self._once(t_ns, flight, "cancelled" if flight.cancelled else "expired", track_id)

    def _once(self, t_ns: int, flight: AuthorisedFlight, what: str, track_id: int) -> None:
        key = (flight.flight_id, f"{what} {track_id if what in ('off_plan', 'left_plan', 'seen') else ''}")
        if key in self._told or len(self._told) >= _TOLD_MAX:
            return
        self._told.add(key)
        arguments = (("track_id", float(track_id)), ("flight", flight.name))
        self._news.append(FlightNews(t_ns, Reason(f"flight.news.{what}", arguments)))
        self._lines.append(Line(Reason(f"incident.flight.{what}", arguments)))


def _is_friend(flight: AuthorisedFlight) -> bool:
    return flight.source == "settings" and flight.flight_id.startswith("friend-")


def _of_friend(flight_id: str, friend: Friend) -> AuthorisedFlight:
    return AuthorisedFlight(
        flight_id,
        friend.name,
        labels=(friend.label,),
        from_t_ns=friend.from_t_ns,
        until_t_ns=friend.until_t_ns,
        source="settings",
    )


def _long_over(flight: AuthorisedFlight, t_ns: int) -> bool:
    return flight.source != "settings" and t_ns - _SHOWN_AFTER_NS > flight.until_t_ns
