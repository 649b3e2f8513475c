"""The nodes of a feed: what is known of each, whose it is, and who may speak."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

from marsad.errors import ReceivedError
from marsad.feeds.budget import Budget
from marsad.feeds.feed import Received, Refusal
from marsad.feeds.position import SiteFrame
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient import node, reply
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
from marsad.feeds.sapient.refused import RefusedNodes
from marsad.feeds.sapient.requests import Requests
from marsad.feeds.sapient.session import AUTOMATON, Claimant, Event, Session, State
from marsad.feeds.sapient.validate import quoted
from marsad.feeds.sapient.wire import SapientMessage, StatusReport
from marsad.feeds.settings import SapientSettings
from marsad.feeds.shares import Shares
from marsad.geo.local import LocalFrame
from marsad.model.asker import Asker, Asking
from marsad.model.effect import Hangup, Reply, Standing, Vouch
from marsad.model.peer import NOBODY, Peer
from marsad.model.sensor import Sensor

KIBIBYTE = 1024
UNANSWERED = frozenset(
    {RefusalReason.PEER_ERROR, RefusalReason.LOOP, RefusalReason.DUPLICATE, RefusalReason.FRAME_TRUNCATED}
)
"""Refusals no Error goes back for: never an Error for an Error, and no talk with oneself."""

_NOTED_ELSEWHERE = UNANSWERED | {
    RefusalReason.NOT_ADMITTED,
    RefusalReason.NODE_HELD,
    RefusalReason.TURNED_AWAY,
}


class InvalidMessage(ReceivedError):
    """A message breaks rules of the standard; carries each as a text."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__(RefusalReason.INVALID, " | ".join(texts))
        self.texts = texts


@dataclass(slots=True)
class Turn:
    """What belongs to one chunk: when, on which connection of whom, how many faults may still be told.

    forgiven  the faults of its latest message that do no harm
    spent     the nodes that may say no more now, by their node_id: what follows of them is not read
    """

    t_ns: int
    link: int
    faults: Budget
    received: Received
    peer: Peer = NOBODY
    utc_offset_ns: int = 0
    forgiven: tuple[str, ...] = ()
    spent: dict[bytes, Session] = field(default_factory=dict)

    @property
    def utc_ns(self) -> int:
        """The time that answers carry."""
        return self.t_ns + self.utc_offset_ns


class Nodes(ABC):
    """All nodes of one feed: what is known of each, whose it is, and who may speak."""

    def __init__(self, settings: SapientSettings, frame: LocalFrame, counters: dict[str, int]) -> None:
        place = f"{frame.latitude_deg:.6f} {frame.longitude_deg:.6f}"
        self.settings = settings
        self.own_id = settings.node_id or derived_node_id(f"marsad fusion node {settings.name} {place}")
        self.counters = counters
        self._site = SiteFrame.of(frame)
        self.utc_offset_ns = 0
        self.shares = Shares()
        self._sessions: dict[str, Session] = {}
        self._refused = RefusedNodes(settings)
        self._requests = Requests(self.own_id, settings.nodes_max)
        self._standings: dict[int, Standing] = {}
        self.door = Door(settings, is_listed=settings.access == "listed")

    @abstractmethod
    def _check(self, message: SapientMessage) -> tuple[str, ...]:
        """The rules broken that do no harm. Raises InvalidMessage for others of the standard."""

    @abstractmethod
    def _registration(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        """Take a registration in; raises ReceivedError where there is no room."""

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
        registers = message is not None and message.HasField("registration")
        if message is not None and registers and session is None and fault.reason not in _NOTED_ELSEWHERE:
            self._refused.note(message, turn.link, turn.t_ns, fault.detail)
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
        if registers and to and isinstance(fault, InvalidMessage):
            refused = reply.registration_ack(self.own_id, to, turn.utc_ns, is_accepted=False, reasons=texts)
            self._answer(turn, refused)
        self._answer(turn, reply.error(self.own_id, to, turn.utc_ns, packet, texts))

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
        """All nodes as sensors, those that were refused last."""
        known = tuple(self._sensor(session, t_ns) for session in self._sessions.values())
        return known + self._refused.sensors(t_ns)

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
        return replace(
            session.sensor,
            health=health,
            note=note,
            last_t_ns=session.last_t_ns,
            linked=session.is_link_open,
        )

    def _publish(self, session: Session, t_ns: int, received: Received, *, changed: bool = False) -> None:
        """Tell of a sensor whose record, health or note is new."""
        health = session.health(t_ns, self.settings.silent_intervals_max)
        if changed or health != session.published:
            session.published = health
            received.sensors.append(self._sensor(session, t_ns))

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
            data = self._requests.status(session.address, session.node_types, turn.utc_ns)
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
        faults = Budget(self.settings.faults_per_s_max)
        turn = Turn(t_ns, heir.link, faults, received, heir.peer, self.utc_offset_ns)
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
            self.own_id, message.node_id, turn.utc_ns, is_accepted=False, reasons=[reason]
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
            turn = Turn(t_ns, asker.link, faults, received, Peer(asker.address), self.utc_offset_ns)
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


def _kept(message: SapientMessage) -> bytes:
    """A registration to be used later; nothing where it is too long to keep."""
    data: bytes = message.SerializeToString()
    return data if len(data) <= REGISTRATION_BYTES_MAX else b""
