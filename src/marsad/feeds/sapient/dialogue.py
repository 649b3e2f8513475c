"""The talk with the nodes: one message in; detections, answers and refusals out."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from marsad.errors import ReceivedError
from marsad.feeds.budget import Budget
from marsad.feeds.feed import Received, Refusal
from marsad.feeds.position import SiteFrame
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient import node, reply
from marsad.feeds.sapient.decode import check_time, detection_of
from marsad.feeds.sapient.door import REGISTRATION_BYTES_MAX, Door, Waiting
from marsad.feeds.sapient.node_id import is_node_id
from marsad.feeds.sapient.node_id import node_id as derived_node_id
from marsad.feeds.sapient.ownership import (
    Outcome,
    claim,
    is_silent,
    next_owner,
    outcome,
    owns,
    returned,
    taken,
    yielded,
    yields_after_s,
)
from marsad.feeds.sapient.quick import is_plain
from marsad.feeds.sapient.requests import Requests
from marsad.feeds.sapient.room import make_room
from marsad.feeds.sapient.session import AUTOMATON, Claimant, Event, Session, State, Step
from marsad.feeds.sapient.units import ZONE_MAX, geodetic, position_enu, seconds, units_of
from marsad.feeds.sapient.validate import is_unused, quoted, violations
from marsad.feeds.sapient.wire import NS_PER_S, DecodeError, SapientMessage, StatusReport, t_ns_of
from marsad.feeds.settings import NodeSettings, SapientSettings
from marsad.geo.local import LocalFrame
from marsad.model.asker import Asker, Asking
from marsad.model.effect import Hangup, Reply, Standing, Vouch
from marsad.model.peer import NOBODY, Peer
from marsad.model.sensor import Sensor

MOVED_M = 0.001
KIBIBYTE = 1024
UNANSWERED = frozenset(
    {RefusalReason.PEER_ERROR, RefusalReason.LOOP, RefusalReason.DUPLICATE, RefusalReason.FRAME_TRUNCATED}
)
"""Refusals no Error goes back for: never an Error for an Error, and no talk with oneself."""


class InvalidMessage(ReceivedError):
    """A message breaks rules of the standard; carries each as a text."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__(RefusalReason.INVALID, " | ".join(texts))
        self.texts = texts


@dataclass(slots=True)
class Turn:
    """What belongs to one chunk: when, on which connection of whom, how many faults may still be told."""

    t_ns: int
    link: int
    faults: Budget
    received: Received
    peer: Peer = NOBODY


class Dialogue:
    """All nodes of one feed."""

    def __init__(self, settings: SapientSettings, frame: LocalFrame, counters: dict[str, int]) -> None:
        place = f"{frame.latitude_deg:.6f} {frame.longitude_deg:.6f}"
        self.settings = settings
        self.own_id = settings.node_id or derived_node_id(f"marsad fusion node {settings.name} {place}")
        self.counters = counters
        self._site = SiteFrame.of(frame)
        self._sessions: dict[str, Session] = {}
        self._requests = Requests(self.own_id, settings.nodes_max)
        self._standings: dict[int, Standing] = {}
        self.door = Door(settings, is_listed=settings.access == "listed")

    def message(self, body: bytes, turn: Turn) -> None:
        """Take one message. Never raises for what is in it."""
        self._count("messages")
        message: SapientMessage | None = None
        try:
            message = SapientMessage.FromString(body)
            self._handle(message, 1 + len(body) // KIBIBYTE, turn)
        except ReceivedError as fault:
            self.refuse(fault, turn, body, message)
        except (DecodeError, RecursionError) as fault:
            detail = f"not a SapientMessage: {body[:16].hex(' ')} … ({len(body)} bytes): {fault}"
            self.refuse(ReceivedError(RefusalReason.MALFORMED, detail), turn, body)

    def refuse(
        self, fault: ReceivedError, turn: Turn, packet: bytes | None, message: SapientMessage | None = None
    ) -> None:
        """Count a fault; tell it, and answer it with an Error, while the budget lasts."""
        self._count(fault.reason)
        sender = message.node_id if message is not None else ""
        session = self._sessions.get(sender.lower())
        if session is not None and not owns(session, turn.link):
            session = None  # what others say in its name is none of its faults
        if session is not None and fault.reason not in UNANSWERED:
            session.refused_t_ns = turn.t_ns
            session.refused_note = fault.detail[:200]
            self._publish(session, turn.t_ns, turn.received)
        is_told = turn.faults.take(turn.t_ns)
        # a long faulty message has cost more to examine, and its connection is given up the sooner
        turn.faults.spent += len(packet or b"") // KIBIBYTE
        if not is_told:
            self._count("refusals-untold")
            return
        turn.received.refusals.append(
            Refusal(
                *(self.settings.name, turn.t_ns, fault.reason, fault.detail, turn.link),
                sender[:64].lower() if session is not None or sender.lower() not in self._sessions else "",
            )
        )
        if packet is None or fault.reason in UNANSWERED:
            return
        texts = fault.texts if isinstance(fault, InvalidMessage) else [f"{fault.reason}: {fault.detail}"]
        to = sender if is_node_id(sender, strict=False) else ""
        self._answer(turn, reply.error(self.own_id, to, turn.t_ns, packet, texts))

    def link_closed(self, turn: Turn) -> None:
        """A connection has gone; its nodes may come back on another, and whoever waited for them is next."""
        self._standings.pop(turn.link, None)
        self.door.link_closed(turn.link)
        for sender, session in list(self._sessions.items()):
            session.claimants.pop(turn.link, None)
            if session.former is not None and session.former.link == turn.link:
                session.former = None
            if not owns(session, turn.link):
                continue
            if session.former is not None:
                self._sessions[sender] = former = returned(session)
                self._publish(former, turn.t_ns, turn.received, changed=True)
                continue
            session.is_link_open = False
            self._publish(session, turn.t_ns, turn.received)
            self._hand_over(sender, session, turn.t_ns, turn.received)

    def advance(self, t_ns: int, received: Received) -> None:
        """Lose the nodes that are silent; close the connection of a node that has its own."""
        self.door.advance(t_ns)
        for sender, session in list(self._sessions.items()):
            if session.claimants and is_silent(session, t_ns):
                self._hand_over(sender, session, t_ns, received)
                session = self._sessions[sender]
            if session.state in (State.REGISTERED, State.ACTIVE) and session.is_silent(
                t_ns, self.settings.silent_intervals_max
            ):
                session.state = AUTOMATON[session.state][Event.SILENCE].state
                self._count("node-lost")
                if session.is_link_open and self._is_alone(session):
                    received.hangups.append(Hangup(self.settings.name, session.link, "node-silent"))
            self._publish(session, t_ns, received)

    def standing(self, link: int) -> Standing:
        """What stands behind a connection."""
        return self._standings.get(link, Standing.STRANGER)

    def active_links(self) -> frozenset[int]:
        """The connections on which a node has said more than that it is there."""
        return frozenset(
            session.link
            for session in self._sessions.values()
            if session.is_link_open and session.state is State.ACTIVE
        )

    def sensors(self, t_ns: int) -> tuple[Sensor, ...]:
        """All nodes as sensors."""
        return tuple(self._sensor(session, t_ns) for session in self._sessions.values())

    def _is_alone(self, session: Session) -> bool:
        """Whether no other node, alive or not, uses the connection: else it is a middleware's.

        To close a middleware's connection would help no node and lose what is on its way.
        """
        return not any(
            other.link == session.link and other.is_link_open and other is not session
            for other in self._sessions.values()
        )

    def _count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1

    def _answer(self, turn: Turn, data: bytes) -> None:
        turn.received.replies.append(Reply(self.settings.name, turn.link, data))

    def _sensor(self, session: Session, t_ns: int) -> Sensor:
        health, note = session.health(t_ns, self.settings.silent_intervals_max)
        return replace(session.sensor, health=health, note=note, last_t_ns=session.last_t_ns)

    def _publish(self, session: Session, t_ns: int, received: Received, *, changed: bool = False) -> None:
        """Tell of a sensor whose record, health or note is new."""
        health = session.health(t_ns, self.settings.silent_intervals_max)
        if changed or health != session.published:
            session.published = health
            received.sensors.append(self._sensor(session, t_ns))

    def _handle(self, message: SapientMessage, cost: int, turn: Turn) -> None:
        content = message.WhichOneof("content")
        sender = message.node_id.lower()
        if sender == self.own_id:
            raise ReceivedError(RefusalReason.LOOP, "our own message came back")
        if content == "registration":  # faulty or refused, what it says of itself is remembered
            definitions = message.registration.node_definition
            self._requests.learn(sender, (definition.node_type for definition in definitions))
        session = self._sessions.get(sender)
        if session is None:
            self._stop_at_door(sender, message, turn)
        elif not owns(session, turn.link):
            session = self._contest(sender, session, message, turn)
        if session is not None and not self._heard(session, content, cost, turn):
            return
        if content == "detection_report":
            self._detection(message, session, turn)
            return
        self._check(message)
        assert content is not None, "a message without content breaks a rule"
        _HANDLERS[content](self, message, session, turn)

    # ---------------------------------------------------------------- who may speak

    def _stop_at_door(self, sender: str, message: SapientMessage, turn: Turn) -> None:
        """Let pass who may speak. Raises ReceivedError for whoever asks to join, and whoever may not."""
        if self.door.admits(sender, turn.peer):
            return
        if message.HasField("registration"):
            self._check(message)
            self._let_wait(sender, message, turn)
        elif sender in self.door.waiting:
            self.door.heard(sender, turn.t_ns)
        else:
            return  # it is asked to register, like any other that has not
        raise ReceivedError(
            RefusalReason.NOT_ADMITTED,
            f"node {quoted(message.node_id)} is not on the list of this feed; an operator must admit it",
        )

    def _let_wait(self, sender: str, message: SapientMessage, turn: Turn) -> None:
        record = message.registration
        sensor = node.sensor_of(record, sender, self.settings)
        times = (turn.t_ns, turn.t_ns)
        said = _kept(message)
        gone = self.door.asks(
            sender, Waiting(sensor.name, sensor.kind, turn.peer.address, turn.link, *times, said)
        )
        self._vouch(turn.link, Standing.ASKING, turn.received)
        if gone is not None and gone.link and self.standing(gone.link) is Standing.ASKING:
            del self._standings[gone.link]
            turn.received.vouched.append(Vouch(self.settings.name, gone.link, Standing.STRANGER))
        self._count("asked-to-join")
        self._refuse_registration(
            message, turn, "not on the list of this site: an operator must admit this node first"
        )

    def _contest(self, sender: str, session: Session, message: SapientMessage, turn: Turn) -> Session:
        """Another connection than the owner's speaks for a node: the record of the node, if it may.

        Raises ReceivedError if it may not, and does nothing to the node then.
        """
        self._stop_at_door(sender, message, turn)
        self._check(message)
        registers = message.HasField("registration")
        is_goodbye = message.status_report.system == StatusReport.SYSTEM_GOODBYE
        what = outcome(session, turn.link, turn.peer, turn.t_ns, registers=registers)
        if what is Outcome.WAITS or (is_goodbye and what is not Outcome.RETURNS):
            self._let_claim(session, message, turn)
        if what is Outcome.RETURNS:
            self._count("owner-returned")
            session = returned(session)
        elif what is Outcome.YIELDED:
            self._count("owner-yielded")
            session = yielded(session, turn.link, turn.peer, self.settings.messages_per_s_max)
        else:
            if session.is_link_open and session.state is not State.GONE and self._is_alone(session):
                hangup = Hangup(self.settings.name, session.link, "node-moved")
                turn.received.hangups.append(hangup)
            session = taken(session, turn.link, turn.peer)
        self._sessions[sender] = session
        self._vouch(turn.link, Standing.KNOWN, turn.received)
        self._publish(session, turn.t_ns, turn.received, changed=what is Outcome.RETURNS)
        return session

    def _let_claim(self, session: Session, message: SapientMessage, turn: Turn) -> None:
        """Let a connection wait for a node that another owns, and ask the owner for a word."""
        said = _kept(message) if message.HasField("registration") else b""
        claim(session, Claimant(turn.link, turn.peer, turn.t_ns, turn.t_ns, said, 1))
        if turn.link in session.claimants:
            self._vouch(turn.link, Standing.ASKING, turn.received)
        if turn.t_ns - session.challenged_t_ns > session.interval_ns and session.is_link_open:
            session.challenged_t_ns = turn.t_ns
            data = self._requests.status(session.address, session.node_types, turn.t_ns)
            if data is not None:
                turn.received.replies.append(Reply(self.settings.name, session.link, data))
        after = f"until that is silent for {yields_after_s(session):.3g} s, or closes"
        if message.HasField("registration"):
            self._refuse_registration(message, turn, f"another connection speaks for this node, {after}")
        raise ReceivedError(
            RefusalReason.NODE_HELD,
            f"another connection speaks for node {quoted(message.node_id)}, {after}",
        )

    def _hand_over(self, sender: str, session: Session, t_ns: int, received: Received) -> None:
        """Give a node whose owner has gone or is silent to the connection that waits for it."""
        if (heir := next_owner(session)) is None:
            return
        turn = Turn(t_ns, heir.link, Budget(self.settings.faults_per_s_max), received, heir.peer)
        message = SapientMessage.FromString(heir.registration)
        try:
            self._stop_at_door(sender, message, turn)
        except ReceivedError as fault:
            del session.claimants[heir.link]
            self.refuse(fault, turn, None)
            return
        if session.is_link_open:
            self._count("owner-yielded")
            session = yielded(session, heir.link, heir.peer, self.settings.messages_per_s_max)
        else:
            session = taken(session, heir.link, heir.peer)
        session.last_t_ns = t_ns
        self._sessions[sender] = session
        self._registration(message, session, turn)

    def _refuse_registration(self, message: SapientMessage, turn: Turn, reason: str) -> None:
        ack = reply.registration_ack(
            self.own_id, message.node_id, turn.t_ns, is_accepted=False, reasons=[reason]
        )
        self._answer(turn, ack)

    def _vouch(self, link: int, standing: Standing, received: Received) -> None:
        """Tell the rim that a connection is worth more than it knew."""
        if standing > self.standing(link):
            self._standings[link] = standing
            received.vouched.append(Vouch(self.settings.name, link, standing))

    def admit(self, t_ns: int, node_id: str, address: str) -> Received:
        """Let a node speak; one that waits is registered at once."""
        received = Received()
        asker = self.door.admit(node_id, address)
        if asker is not None and asker.link and asker.registration and node_id not in self._sessions:
            faults = Budget(self.settings.faults_per_s_max)
            turn = Turn(t_ns, asker.link, faults, received, Peer(asker.address))
            try:
                self._registration(SapientMessage.FromString(asker.registration), None, turn)
            except ReceivedError as fault:
                self.refuse(fault, turn, None)
        return received

    def turn_away(self, t_ns: int, node_id: str) -> Received:
        """Let a node speak no more."""
        received = Received()
        asker = self.door.turn_away(node_id)
        link = asker.link if asker is not None else 0
        if asker is not None:
            asker.link = 0
        if (session := self._sessions.get(node_id)) is not None:
            link = session.link if session.is_link_open and self._is_alone(session) else 0
            self._close_out(session, "refused by an operator", t_ns, received)
            known = Waiting(session.sensor.name, session.sensor.kind, session.peer.address, 0, t_ns, t_ns)
            self.door.turned_away[node_id] = known
        if link and not any(owns(other, link) for other in self._sessions.values()):
            received.hangups.append(Hangup(self.settings.name, link, "turned-away"))
        return received

    def list_nodes(self, t_ns: int, node_ids: tuple[str, ...]) -> Received:
        """From now on only these may speak, beside those of the settings and those admitted."""
        received = Received()
        self.door.is_listed = True
        for node_id in node_ids:
            self.door.admitted.setdefault(node_id, "")
        for node_id, session in self._sessions.items():
            if not self.door.is_kept(node_id):
                self._close_out(session, "not on the list of its feed", t_ns, received)
        return received

    def _close_out(self, session: Session, note: str, t_ns: int, received: Received) -> None:
        """End what a node may say; it stays in the picture as gone."""
        session.state, session.note, session.is_link_open, session.link = State.GONE, note, False, 0
        session.former = None
        session.claimants.clear()
        self._publish(session, t_ns, received)

    def node_ids(self) -> tuple[str, ...]:
        """Who is on the list; where there is none, who has registered."""
        if self.door.is_listed:
            return tuple(self.door.admitted)
        return tuple(self._sessions)

    def askers(self) -> tuple[Asker, ...]:
        """Who asks to join, who was refused, and what claims to be a node that another connection has."""
        claims = [
            Asker(
                *(self.settings.name, sender, session.sensor.name, session.sensor.kind),
                *(claimant.peer.address, Asking.CLAIMS, claimant.first_t_ns, claimant.last_t_ns),
                claimant.reports,
            )
            for sender, session in self._sessions.items()
            for claimant in session.claimants.values()
        ]
        return (*self.door.askers(), *claims)

    # ---------------------------------------------------------------- what is said

    def _check(self, message: SapientMessage) -> None:
        broken = violations(message, strict=self.settings.strict)
        if broken and self.settings.forgive_registration and message.HasField("registration"):
            forgiven = [violation for violation in broken if is_unused(violation)]
            if forgiven:
                self._count("registration-forgiven")
                broken = [violation for violation in broken if violation not in forgiven]
        if broken:
            texts = [str(violation) for violation in broken]
            if message.HasField("registration") and all(map(is_unused, broken)):
                texts.append("the setting forgive_registration would overlook this")
            raise InvalidMessage(texts)

    def _heard(self, session: Session, content: str | None, cost: int, turn: Turn) -> bool:
        """A known node has spoken on its own connection: it lives. False: it has used up this second."""
        away_ns = turn.t_ns - session.last_t_ns
        session.last_t_ns = turn.t_ns
        if not session.budget.take(turn.t_ns, cost):
            if session.budget.just_exceeded:
                raise ReceivedError(
                    RefusalReason.FLOOD,
                    f"more than {session.budget.per_s_max} messages in a second "
                    "(setting messages_per_s_max); the rest of this second is refused",
                )
            self._count(RefusalReason.FLOOD)
            return False
        if away_ns > self.settings.registration_keep_s * NS_PER_S and content != "registration":
            # its units may have changed; what it says is still worth more than silence
            self._count("registration-stale")
            self._ask_registration(session.address, session.node_types, turn)
        return True

    def _ask_registration(self, address: str, node_types: tuple[int, ...], turn: Turn) -> None:
        if (data := self._requests.registration(address, node_types, turn.t_ns)) is not None:
            self._answer(turn, data)

    def _step(self, message: SapientMessage, session: Session | None, event: Event, turn: Turn) -> Step:
        """Move the node's state. Raises ReceivedError where the node may not speak like that."""
        state = session.state if session is not None else State.UNREGISTERED
        step = AUTOMATON[state][event]
        if step.refusal:
            if is_node_id(message.node_id, strict=False):
                self._ask_registration(
                    message.node_id, session.node_types if session is not None else (), turn
                )
            raise ReceivedError(
                step.refusal, f"{event} from node {quoted(message.node_id)}, which is {state}; register first"
            )
        if step.oddity:
            self._count(step.oddity)
        if session is not None and session.state is not step.state:
            session.state = step.state
        return step

    def _detection(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        report = message.detection_report
        strict = self.settings.strict
        is_known = session is not None and message.node_id == session.address
        if not (is_known and is_plain(message, strict=strict)):
            self._check(message)
        step = self._step(message, session, Event.DETECTION, turn)
        assert session is not None, "an unregistered node is refused by its step"
        for source in report.associated_detection:
            if source.node_id.lower() == self.own_id:
                raise ReceivedError(RefusalReason.LOOP, "the report was made from one of ours")
        t_ns = t_ns_of(message.timestamp)
        check_time(t_ns, turn.t_ns, self.settings)
        if session.is_copy((report.report_id, report.object_id, t_ns)):
            raise ReceivedError(
                RefusalReason.DUPLICATE, f"report {report.report_id} came before, with the same time"
            )
        detection, unreadable = detection_of(report, t_ns, session, self._site, self.settings)
        if unreadable:
            self._count("extra-value-unreadable")
        if t_ns < session.detection_t_ns:
            self._count("time-backwards")
        else:
            session.detection_t_ns = t_ns
        self._count("detections")
        turn.received.detections.append(detection)
        if step.oddity:
            self._publish(session, turn.t_ns, turn.received)

    def _registration(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        sender = message.node_id.lower()
        record = message.registration
        if session is None and (full := self._full(sender, turn)):
            self._refuse_registration(message, turn, f"no room: {full}")
            raise ReceivedError(RefusalReason.TOO_MANY_NODES, full)
        sensor = node.sensor_of(record, sender, self.settings)
        settings = self.settings.nodes.get(sender, NodeSettings())
        if session is None:
            budget = Budget(self.settings.messages_per_s_max)
            session = Session(message.node_id, settings, budget, sensor, units_of(record), link=turn.link)
            session.last_t_ns = turn.t_ns
            self._sessions[sender] = taken(session, turn.link, turn.peer)
        else:
            session.address, session.units = message.node_id, units_of(record)
            session.sensor = replace(sensor, position_enu=session.sensor.position_enu)
            session.corrections.clear()
            session.has_told_news = False
        interval_s = seconds(record.status_definition.status_interval, self.settings.status_interval_max_s)
        session.interval_ns = int(interval_s * NS_PER_S)
        session.node_types = tuple(definition.node_type for definition in record.node_definition[:16])
        session.status_t_ns = turn.t_ns
        session.state = AUTOMATON[session.state][Event.REGISTRATION].state
        self._count("registrations")
        self._vouch(turn.link, Standing.KNOWN, turn.received)
        self._answer(turn, reply.registration_ack(self.own_id, message.node_id, turn.t_ns, is_accepted=True))
        self._publish(session, turn.t_ns, turn.received, changed=True)

    def _full(self, sender: str, turn: Turn) -> str:
        """Why one more node may not come, "" if it may; another may have to give way."""
        victim, full = make_room(self._sessions, sender, turn.link, turn.t_ns, self.door)
        if victim:
            session = self._sessions.pop(victim)
            self._count("node-forgotten")
            session.state, session.note = State.GONE, "forgotten to make room"
            turn.received.sensors.append(self._sensor(session, turn.t_ns))
        return full

    def _status(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        report = message.status_report
        is_goodbye = report.system == StatusReport.SYSTEM_GOODBYE
        self._step(message, session, Event.GOODBYE if is_goodbye else Event.STATUS, turn)
        assert session is not None, "an unregistered node is refused by its step"
        session.status_t_ns = turn.t_ns
        session.is_ill = report.system in (StatusReport.SYSTEM_WARNING, StatusReport.SYSTEM_ERROR)
        session.note = node.note_of(report)
        if report.info == StatusReport.INFO_UNCHANGED and not session.has_told_news:
            self._count("unchanged-before-new")
        session.has_told_news = True
        if report.HasField("node_location"):
            self._locate(report, session)
        try:
            session.sensor = node.with_coverage(session, report, self.settings)
        except ReceivedError:
            # a cone about an unknown north costs the cone, not the node
            self._count("coverage-unreadable")
        self._publish(session, turn.t_ns, turn.received, changed=True)

    def _locate(self, report: StatusReport, session: Session) -> None:
        """Where the node stands. Raises ReceivedError for a place that cannot be."""
        location = report.node_location
        zone = session.units.node_zone
        place = geodetic(location, zone, session.settings, self.settings)
        height = place.height_m if session.settings.height_m is None else session.settings.height_m
        if height != height:
            self._count("node-height-unknown")
            height = self._site.height_m
        position = position_enu(place, height, self._site, self.settings)
        old = session.sensor.position_enu
        if old is None or max(abs(a - b) for a, b in zip(old, position, strict=True)) > MOVED_M:
            session.corrections.clear()
            session.sensor = replace(session.sensor, position_enu=position)
        session.place, session.place_zone = place, location.utm_zone[:ZONE_MAX] or zone

    def _alert(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        self._step(message, session, Event.ALERT, turn)
        self._count("alerts")
        alert_id = message.alert.alert_id
        self._answer(turn, reply.alert_ack(self.own_id, message.node_id, turn.t_ns, alert_id))

    def _task(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        text = "Marsad observes and takes no tasks"
        task_id = message.task.task_id
        self._answer(turn, reply.task_rejected(self.own_id, message.node_id, turn.t_ns, task_id, text))
        self._count("task-refused")

    def _peer_error(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        texts = "; ".join(quoted(text) for text in message.error.error_message[:3])
        raise ReceivedError(RefusalReason.PEER_ERROR, f"the peer says: {texts}")

    def _acknowledged(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        self._count("acknowledgements")


def _kept(message: SapientMessage) -> bytes:
    """A registration to be used later; nothing where it is too long to keep."""
    data: bytes = message.SerializeToString()
    return data if len(data) <= REGISTRATION_BYTES_MAX else b""


_Handler = Callable[[Dialogue, SapientMessage, Session | None, Turn], None]
_HANDLERS: dict[str, _Handler] = {
    "registration": Dialogue._registration,
    "status_report": Dialogue._status,
    "alert": Dialogue._alert,
    "task": Dialogue._task,
    "error": Dialogue._peer_error,
    "registration_ack": Dialogue._acknowledged,
    "alert_ack": Dialogue._acknowledged,
    "task_ack": Dialogue._acknowledged,
}
