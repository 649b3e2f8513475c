"""The nodes of a feed: what is known of each, and what time and faults do to it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

from marsad.errors import ReceivedError
from marsad.feeds.feed import Received, Refusal
from marsad.feeds.position import SiteFrame
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient import reply
from marsad.feeds.sapient.door import Door
from marsad.feeds.sapient.link_faults import LinkFaults
from marsad.feeds.sapient.node_id import is_node_id
from marsad.feeds.sapient.node_id import node_id as derived_node_id
from marsad.feeds.sapient.ownership import (
    is_silent,
    owns,
    returned,
)
from marsad.feeds.sapient.refused import RefusedNodes
from marsad.feeds.sapient.requests import Requests
from marsad.feeds.sapient.session import AUTOMATON, Event, Session, State
from marsad.feeds.sapient.validate import quoted
from marsad.feeds.sapient.wire import NS_PER_S, SapientMessage, sender_of
from marsad.feeds.settings import SapientSettings
from marsad.feeds.shares import Shares
from marsad.geo.local import LocalFrame
from marsad.model.effect import Hangup, Reply, Standing
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
    """What belongs to one chunk: when, on which connection of whom, and what was wrong on it before.

    forgiven  the faults of its latest message that do no harm
    spent     the nodes that may say no more now, by their node_id: what follows of them is not read
    """

    t_ns: int
    link: int
    faults: LinkFaults
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
    """All nodes of one feed, and what is known of each; who may speak as one is in ``rights``."""

    def __init__(self, settings: SapientSettings, frame: LocalFrame, counters: dict[str, int]) -> None:
        self.settings = settings
        self._place = f"{frame.latitude_deg:.6f} {frame.longitude_deg:.6f}"
        self.own_id = self._id_of(settings)
        self.counters = counters
        self._site = SiteFrame.of(frame)
        self.utc_offset_ns = 0
        self.shares = Shares()
        self._sessions: dict[str, Session] = {}
        self._refused = RefusedNodes(settings)
        self._requests = Requests(self.own_id, settings.nodes_max)
        self._standings: dict[int, Standing] = {}
        self.others: tuple[Nodes, ...] = ()
        self.door = Door(settings, is_listed=settings.access == "listed")

    def _id_of(self, settings: SapientSettings) -> str:
        derived = derived_node_id(f"marsad fusion node {settings.name} {self._place}")
        return settings.node_id or derived

    @abstractmethod
    def _check(self, message: SapientMessage) -> tuple[str, ...]:
        """The rules broken that do no harm. Raises InvalidMessage for others of the standard."""

    @abstractmethod
    def _hand_over(self, sender: str, session: Session, t_ns: int, received: Received) -> None:
        """Give a node whose owner has gone or is silent to the connection that waits for it."""

    @abstractmethod
    def _registration(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        """Take a registration in; raises ReceivedError where there is no room."""

    @abstractmethod
    def _status(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        """Take in how a node is; raises ReceivedError where it may not speak like that."""

    def refuse(
        self, fault: ReceivedError, turn: Turn, packet: bytes | None, message: SapientMessage | None = None
    ) -> None:
        """Count a fault; tell it, and answer it with an Error, while the budget lasts."""
        self._count(fault.reason)
        sender = (
            message.node_id if message is not None else sender_of(packet or b"").decode("ascii", "replace")
        )
        session = self._sessions.get(sender.lower())
        if session is not None and not owns(session, turn.link):
            session = None  # what others say in its name is none of its faults
        if session is not None and fault.reason not in UNANSWERED:
            session.refused_t_ns = turn.t_ns
            session.refused_note = fault.detail[:200]
            self._publish(session, turn.t_ns, turn.received)
        registers = message is not None and message.HasField("registration")
        is_new = sender.lower() not in self._sessions and fault.reason not in _NOTED_ELSEWHERE
        if message is not None and registers and is_new:
            self._refused.note(message, turn.link, turn.peer.address, turn.t_ns, fault.detail)
        if not self._may_tell(sender, session, len(packet or b"") // KIBIBYTE, turn):
            self._count("refusals-untold")
            return
        turn.received.refusals.append(
            Refusal(
                *(self.settings.name, turn.t_ns, fault.reason, fault.detail, turn.link),
                self._blamed(sender.lower(), session),
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

    def _may_tell(self, sender: str, session: Session | None, length_kib: int, turn: Turn) -> bool:
        """Count a fault with whoever has made it; whether it may still be told.

        A long faulty message has cost more to examine. Of a node its length was counted as it came.
        """
        if session is not None:
            return session.faults.take(turn.t_ns)
        if is_node_id(sender, strict=False):
            return turn.faults.take_strange(sender.lower(), turn.t_ns, length_kib)
        is_told = turn.faults.nobody.take(turn.t_ns)
        turn.faults.nobody.spent += length_kib
        return is_told

    def _blamed(self, sender: str, session: Session | None) -> str:
        """Whose fault it is, as a sensor; "" where that is not known, be it said in the name of another."""
        if session is not None:
            return session.sensor.sensor_id
        return "" if sender in self._sessions or self._elsewhere(sender) else sender[:64]

    def link_closed(self, turn: Turn) -> None:
        """A connection has gone; its nodes may come back on another, and whoever waited for them is next."""
        self._standings.pop(turn.link, None)
        self.door.link_closed(turn.link)
        for sender, session in list(self._sessions.items()):
            session.claimants.drop(turn.link)
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
            if session.claimants.waiting and is_silent(session, t_ns):
                self._hand_over(sender, session, t_ns, received)
                session = self._sessions[sender]
            if session.state in (State.REGISTERED, State.ACTIVE) and session.is_silent(
                t_ns, self.settings.silent_intervals_max
            ):
                session.state = AUTOMATON[session.state][Event.SILENCE].state
                self._count("node-lost")
                if session.is_link_open and self._is_alone(session):
                    received.hangups.append(Hangup(self.settings.name, session.link, "node-silent"))
            if self.others:
                session.twins = self._twins(sender)
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
        refused = self._refused.sensors(t_ns)
        if self.others:
            refused = tuple(replace(one, sensor_id=self._refused_id(one.sensor_id)) for one in refused)
        return known + refused

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

    # ---------------------------------------------------------------- the other feeds of the site

    def sensor_id(self, sender: str) -> str:
        """What a node is called as a sensor: its node_id, with the feed where another feed has one so called.

        A node of one feed is never one of another: who may speak here says nothing of who may there.
        """
        if any(known.sensor.sensor_id == sender for known in self._elsewhere(sender)):
            return f"{self.settings.name}/{sender}"
        return sender

    def _refused_id(self, sender: str) -> str:
        if any(other.knows(sender) for other in self.others):
            return f"{self.settings.name}/{sender}"
        return sender

    def knows(self, sender: str) -> bool:
        """Whether a node has registered here, or tried to."""
        return sender in self._sessions or self._refused.knows(sender)

    def speaks(self, sender: str) -> bool:
        """Whether a node speaks here now."""
        session = self._sessions.get(sender)
        return (
            session is not None and session.is_link_open and session.state in (State.REGISTERED, State.ACTIVE)
        )

    def _elsewhere(self, sender: str) -> list[Session]:
        return [known for other in self.others if (known := other._sessions.get(sender)) is not None]

    def _twins(self, sender: str) -> tuple[str, ...]:
        return tuple(other.settings.name for other in self.others if other.speaks(sender))

    def _leave_to_certified(self, sender: str, message: SapientMessage, turn: Turn) -> None:
        """Raises ReceivedError where another feed knows the node by its certificate, this one by its word."""
        if self.settings.access == "certified":
            return
        keep_ns = int(self.settings.registration_keep_s * NS_PER_S)
        for other in self.others:
            known = other._sessions.get(sender)
            if known is None or known.peer.certificate is None or turn.t_ns - known.last_t_ns > keep_ns:
                continue
            known.claimants.note(turn.t_ns, turn.peer.address)
            name = other.settings.name
            if (session := self._sessions.get(sender)) is not None and session.state is not State.GONE:
                self._close_out(session, f"known by its certificate on feed {name}", turn.t_ns, turn.received)
            raise ReceivedError(
                RefusalReason.NODE_HELD,
                f"node {quoted(message.node_id)} speaks on feed {name}, where its certificate is known; "
                f"{self.settings.registration_keep_s:.3g} s after its last word there it may speak here",
            )

    def _close_out(self, session: Session, note: str, t_ns: int, received: Received) -> None:
        """End what a node may say; it stays in the picture as refused, with the reason."""
        session.state, session.note, session.is_link_open, session.link = State.GONE, note, False, 0
        session.is_closed_out, session.former = True, None
        session.claimants.clear()
        self._publish(session, t_ns, received)
