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
from marsad.model.line import Line
from marsad.model.reason import Reason
from marsad.model.receipt import arrived_t_ns, is_settled, state_after
from marsad.model.threat import Level
from marsad.warning.outputs import Nature

DELIVERIES_MAX = 2_000
_CONFIRMED_MAX = 100
_DETAIL_MAX = 300
_CODE_MAX = 40
_STATES = len(DeliveryState)
_NO_STEPS = TrackSteps()
_TOLD_KINDS = (AnnouncementKind.WARNING, AnnouncementKind.ALL_CLEAR, AnnouncementKind.RETRACTION)
# why a person raises an alarm anew
RAISED_ANEW = frozenset({"alarm.all_clear_taken_back", "alarm.retraction_taken_back"})
Dispatch = Announce | Actuate
Place = tuple[str, bool, str, Level]


@dataclass(slots=True)
class _Kept:
    delivery: Delivery
    word: Dispatch | None  # None once nothing can make it go out again


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
        word: Dispatch,
        nature: Nature,
        steps: TrackSteps = _NO_STEPS,
    ) -> None:
        """An announcement was handed to its output; steps are those of what raised its alarm."""
        reached = [0] * _STATES
        reached[DeliveryState.WANTED] = t_ns
        delivery = Delivery(
            output_id=announcement.output_id,
            announcement_id=announcement.announcement_id,
            alarm_id=announcement.alarm_id,
            zone_id=announcement.zone_id,
            stage=announcement.stage,
            kind=announcement.kind,
            state=DeliveryState.WANTED,
            ruled_t_ns=announcement.ruled_t_ns,
            made_t_ns=announcement.made_t_ns,
            expires_t_ns=announcement.expires_t_ns,
            reached_t_ns=tuple(reached),
            is_drill=isinstance(announcement, DrillAnnouncement),
            first_plot_t_ns=announcement.first_plot_t_ns,
            steps=steps,
            begins_with=nature.begins_with,
            arrives_with=nature.arrives_with,
            is_anew=any(reason.code in RAISED_ANEW for reason in announcement.reasons),
        )
        self.changes += 1
        self._kept[announcement.announcement_id] = _Kept(delivery, word)
        self.counters["delivery.wanted"] += 1
        if len(self._kept) > DELIVERIES_MAX:
            self._forget_one()

    def hear(self, t_ns: int, said: Delivered) -> tuple[Delivery, Delivery]:
        """An output says what came of an announcement; returns where that stood, and where it stands now.

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
            return before, kept.delivery
        kept.delivery = _after(before, t_ns, said)
        if kept.delivery.state is not before.state:
            self.counters[f"delivery.{kept.delivery.state.name.lower()}"] += 1
            self._tell(kept.delivery, said)
            self._tell_arrival(before, kept.delivery, t_ns)
        if is_settled(kept.delivery):
            kept.word = None
        return before, kept.delivery

    def forsake(self, t_ns: int, output_ids: frozenset[str]) -> None:
        """These are the outputs from now on: what waits for another one will never be there."""
        for kept in list(self._kept.values()):
            delivery = kept.delivery
            if kept.word is not None and delivery.output_id not in output_ids:
                code = "output-gone"
                said = (delivery.output_id, delivery.announcement_id, DeliveryState.TOO_LATE)
                self.hear(t_ns, Delivered(*said, detail="the settings have this output no more", code=code))

    def one(self, announcement_id: str) -> Delivery:
        """Where an announcement stands that was made just now."""
        return self._kept[announcement_id].delivery

    def begin(self, t_ns: int) -> list[Dispatch]:
        """The outputs are there again: what has not arrived goes out once more, unless it has expired."""
        words: list[Dispatch] = []
        for kept in self._kept.values():
            delivery = kept.delivery
            if kept.word is None:
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

    def take_lines(self) -> list[Line]:
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
        arrived = arrived_t_ns(before) is None and arrived_t_ns(after) is not None
        is_answered = after.arrives_with > DeliveryState.SENT  # else nobody says that it is there
        if arrived and is_answered and after.kind in _TOLD_KINDS:
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


def _after(before: Delivery, t_ns: int, said: Delivered) -> Delivery:
    """A delivery after what was said of it: what has arrived cannot be too late."""
    reached = list(before.reached_t_ns)
    reached[said.state] = reached[said.state] or t_ns
    is_late = said.state is DeliveryState.TOO_LATE
    state = state_after(before, said.state)
    is_trouble = is_late or said.state is DeliveryState.NOT_SENT
    if is_trouble and state is not said.state:  # it has arrived: going out again has no trouble
        return before
    confirmed = before.confirmed_by
    if said.state is DeliveryState.CONFIRMED and said.by and said.by not in confirmed:
        confirmed = (*confirmed, said.by)[:_CONFIRMED_MAX]
    detail = said.detail[:_DETAIL_MAX]
    if is_late and before.state is DeliveryState.NOT_SENT and before.detail:
        detail = f"{before.detail}; {detail}"[:_DETAIL_MAX]  # why it could not be sent, too
    code = said.code[:_CODE_MAX] or ("other" if said.detail else "")
    if is_late and before.state is DeliveryState.NOT_SENT:
        code = before.code or code  # that it is too late its state says; the code says why
    tried_again = said.state is DeliveryState.NOT_SENT and before.state is DeliveryState.NOT_SENT
    return replace(
        before,
        state=state,
        reached_t_ns=tuple(reached),
        confirmed_by=confirmed,
        attempts=before.attempts + int(tried_again),
        detail=detail if said.detail or state is not before.state else before.detail,
        code=code if said.detail or state is not before.state else before.code,
    )


def switch_of(announcement: LiveAnnouncement | DrillAnnouncement, *, is_on: bool) -> LiveSwitch | DrillSwitch:
    """What an actuator is to be by an announcement."""
    kind = LiveSwitch if isinstance(announcement, LiveAnnouncement) else DrillSwitch
    return kind(announcement.zone_id, announcement.stage, is_on, announcement.expires_t_ns)
