"""Where each announcement stands on its way to people. Bounded; pickles."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from marsad.errors import ReceivedError
from marsad.model.announcement import (
    AnnouncementKind,
    Delivered,
    Delivery,
    DeliveryState,
    DrillAnnouncement,
    DrillSwitch,
    LiveAnnouncement,
    LiveSwitch,
    TrackSteps,
)
from marsad.model.effect import Actuate, Announce
from marsad.model.reason import Reason
from marsad.model.threat import Level

DELIVERIES_MAX = 2_000
_CONFIRMED_MAX = 100
_DETAIL_MAX = 300
_CODE_MAX = 40
_STATES = len(DeliveryState)
_NO_STEPS = TrackSteps()
_TOLD_KINDS = (AnnouncementKind.WARNING, AnnouncementKind.ALL_CLEAR, AnnouncementKind.RETRACTION)
Word = Announce | Actuate
Place = tuple[str, bool, str, Level]


@dataclass(frozen=True, slots=True)
class Line:
    """A line for the timeline of an incident."""

    what: Reason
    by: str = ""


@dataclass(slots=True)
class _Kept:
    delivery: Delivery
    word: Word | None  # None once nothing can make it go out again


class Deliveries:
    """The announcements of a site, newest last.

    counters  delivery.<state>: how many came so far; delivery.dropped: forgotten before they were accepted
    """

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self.counters: Counter[str] = Counter()
        self.changes = 0  # grows with whatever is learned of any
        self._lines: list[Line] = []

    def want(
        self,
        t_ns: int,
        announcement: LiveAnnouncement | DrillAnnouncement,
        word: Word,
        steps: TrackSteps = _NO_STEPS,
    ) -> None:
        """An announcement was handed to its output; steps are those of what raised its alarm."""
        reached = [0] * _STATES
        reached[DeliveryState.WANTED] = t_ns
        delivery = Delivery(
            announcement.output_id,
            announcement.announcement_id,
            announcement.alarm_id,
            announcement.zone_id,
            announcement.stage,
            announcement.kind,
            DeliveryState.WANTED,
            announcement.ruled_t_ns,
            announcement.made_t_ns,
            announcement.expires_t_ns,
            tuple(reached),
            isinstance(announcement, DrillAnnouncement),
            first_plot_t_ns=announcement.first_plot_t_ns,
            steps=steps,
        )
        self.changes += 1
        self._kept[announcement.announcement_id] = _Kept(delivery, word)
        self.counters["delivery.wanted"] += 1
        if len(self._kept) > DELIVERIES_MAX:
            self._forget_one()

    def hear(self, t_ns: int, said: Delivered) -> Delivery:
        """An output says what came of an announcement; returns where that stands now.

        Raises ReceivedError for one that is not known.
        """
        kept = self._kept.get(said.announcement_id)
        if kept is None or kept.delivery.output_id != said.output_id:
            raise ReceivedError(
                "announcement-unknown",
                f"output {said.output_id[:40]!r} speaks of announcement {said.announcement_id[:80]!r}, "
                "which it was not given",
            )
        self.changes += 1
        before = kept.delivery
        if said.unproved:
            kept.delivery = self._heard_unproved(before, said)
            return kept.delivery
        kept.delivery = _after(before, t_ns, said)
        if kept.delivery.state is not before.state:
            self.counters[f"delivery.{kept.delivery.state.name.lower()}"] += 1
            self._tell(kept.delivery, said)
            self._tell_arrival(before, kept.delivery, t_ns)
        if kept.delivery.state >= DeliveryState.ACCEPTED:
            kept.word = None
        return kept.delivery

    def one(self, announcement_id: str) -> Delivery:
        """Where an announcement stands that was made just now."""
        return self._kept[announcement_id].delivery

    def begin(self, t_ns: int, answering: frozenset[str]) -> list[Word]:
        """The outputs are there again: what was not accepted goes out once more, unless it has expired.

        answering   outputs whose peers say that they have a message; of others what was sent is done
        """
        words: list[Word] = []
        for kept in self._kept.values():
            delivery = kept.delivery
            done = DeliveryState.ACCEPTED if delivery.output_id in answering else DeliveryState.SENT
            if kept.word is None or delivery.state >= done:
                continue
            if t_ns > delivery.expires_t_ns:
                late = Delivered(delivery.output_id, delivery.announcement_id, DeliveryState.TOO_LATE)
                self.hear(t_ns, late)
            else:
                kept.delivery = replace(delivery, attempts=delivery.attempts + 1)
                words.append(kept.word)
        return words

    def of(self, alarm_id: str, output_id: str) -> Iterator[Delivery]:
        """The announcements about an alarm on an output, oldest first."""
        for kept in self._kept.values():
            if (kept.delivery.alarm_id, kept.delivery.output_id) == (alarm_id, output_id):
                yield kept.delivery

    def left_on(
        self, output_ids: frozenset[str], since_t_ns: int, t_ns: int, until_t_ns: int
    ) -> list[Actuate]:
        """Switches off, until a time, what the newest word about it let end by itself since a time."""
        found: dict[Place, Actuate] = {}
        for kept in self._kept.values():
            delivery = kept.delivery
            if delivery.output_id not in output_ids:
                continue
            kind = DrillSwitch if delivery.is_drill else LiveSwitch
            switch = kind(delivery.zone_id, delivery.stage, False, until_t_ns)
            word = Actuate(delivery.output_id, delivery.announcement_id, switch)
            found.pop(place_of(word), None)
            is_end = delivery.kind in (AnnouncementKind.ALL_CLEAR, AnnouncementKind.RETRACTION)
            if not is_end and since_t_ns < delivery.expires_t_ns <= t_ns:
                found[place_of(word)] = word
        return list(found.values())

    def all(self) -> tuple[Delivery, ...]:
        """All that are remembered, newest first."""
        return tuple(kept.delivery for kept in reversed(self._kept.values()))

    def lines(self) -> list[Line]:
        """What is worth a line in the record since it was asked last."""
        told, self._lines = self._lines, []
        return told

    def _tell(self, delivery: Delivery, said: Delivered) -> None:
        codes = {
            DeliveryState.NOT_SENT: "delivery.not_sent",
            DeliveryState.TOO_LATE: "delivery.too_late",
            DeliveryState.CONFIRMED: "delivery.confirmed",
        }
        if (code := codes.get(delivery.state)) is not None:
            about = (("output", delivery.output_id), ("zone_id", delivery.zone_id))
            self._lines.append(Line(Reason(code, about), said.by))

    def _heard_unproved(self, before: Delivery, said: Delivered) -> Delivery:
        """Somebody confirmed who may be anybody: noted as that, and it came no further by it."""
        if said.by in before.said_to_be or len(before.said_to_be) >= _CONFIRMED_MAX:
            return before
        about = (("output", before.output_id), ("zone_id", before.zone_id))
        named = Reason("delivery.said_to_be", (*about, ("name", said.by)))
        self._lines.append(Line(named if said.by else Reason("delivery.said_by_somebody", about)))
        return replace(before, said_to_be=(*before.said_to_be, said.by))

    def _tell_arrival(self, before: Delivery, after: Delivery, t_ns: int) -> None:
        """That a first word, or an end, has come to its output, and how long after what it tells of."""
        there = before.state < DeliveryState.ACCEPTED <= after.state < DeliveryState.TOO_LATE
        if there and after.kind in _TOLD_KINDS:
            about = (("output", after.output_id), ("zone_id", after.zone_id))
            took_s = max(t_ns - after.ruled_t_ns, 0) * 1e-9
            self._lines.append(
                Line(Reason(f"delivery.there.{after.kind.value}", (*about, ("took_s", took_s))))
            )

    def _forget_one(self) -> None:
        settled = (name for name, kept in self._kept.items() if kept.word is None)
        name = next(settled, next(iter(self._kept)))
        if self._kept.pop(name).word is not None:
            self.counters["delivery.dropped"] += 1


def place_of(word: Actuate) -> Place:
    """What a switch is about: of several, the newest holds."""
    switch = word.switch
    return word.output_id, isinstance(switch, DrillSwitch), switch.zone_id, switch.stage


def not_ended(deliveries: tuple[Delivery, ...], answering: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Outputs and alarms of which somebody got the alarm and not its end, though that was said.

    answering  as in `Deliveries.begin`
    """
    got, said, ended = set[tuple[str, str]](), dict[tuple[str, str], None](), set[tuple[str, str]]()
    for delivery in deliveries:
        key = (delivery.output_id, delivery.alarm_id)
        reached = delivery.state if delivery.state is not DeliveryState.TOO_LATE else DeliveryState.WANTED
        if delivery.kind is AnnouncementKind.TEST:
            continue
        if not delivery.kind.ends and reached >= DeliveryState.SENT:
            got.add(key)
        elif delivery.kind.ends:
            said[key] = None
            done = DeliveryState.ACCEPTED if delivery.output_id in answering else DeliveryState.SENT
            if reached >= done:
                ended.add(key)
    return tuple(key for key in said if key in got and key not in ended)


def _after(before: Delivery, t_ns: int, said: Delivered) -> Delivery:
    """A delivery after what was said of it: states only grow, and what was accepted cannot be too late."""
    reached = list(before.reached_t_ns)
    reached[said.state] = reached[said.state] or t_ns
    is_late = said.state is DeliveryState.TOO_LATE
    if before.state >= DeliveryState.ACCEPTED and is_late:
        return before
    confirmed = before.confirmed_by
    if said.state is DeliveryState.CONFIRMED and said.by and said.by not in confirmed:
        confirmed = (*confirmed, said.by)[:_CONFIRMED_MAX]
    state = before.state if before.state is DeliveryState.TOO_LATE else max(before.state, said.state)
    detail = said.detail[:_DETAIL_MAX]
    if is_late and before.state is DeliveryState.NOT_SENT and before.detail:
        detail = f"{before.detail}; {detail}"[:_DETAIL_MAX]  # why it could not be sent, too
    tried_again = said.state is DeliveryState.NOT_SENT and before.state is DeliveryState.NOT_SENT
    return replace(
        before,
        state=state,
        reached_t_ns=tuple(reached),
        confirmed_by=confirmed,
        attempts=before.attempts + int(tried_again),
        detail=detail if said.detail or state is not before.state else before.detail,
        code=said.code[:_CODE_MAX] if said.detail or state is not before.state else before.code,
    )


def switch_of(announcement: LiveAnnouncement | DrillAnnouncement, *, is_on: bool) -> LiveSwitch | DrillSwitch:
    """What an actuator is to be by an announcement."""
    kind = LiveSwitch if isinstance(announcement, LiveAnnouncement) else DrillSwitch
    return kind(announcement.zone_id, announcement.stage, is_on, announcement.expires_t_ns)
