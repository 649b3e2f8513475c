"""SAPIENT as a feed: connections in and out; the talk with the nodes is in ``dialogue``."""

from collections.abc import Iterable
from dataclasses import dataclass

from marsad.errors import ReceivedError
from marsad.feeds.feed import Received
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient.dialogue import Dialogue
from marsad.feeds.sapient.framing import Deframer
from marsad.feeds.sapient.link_faults import LinkFaults
from marsad.feeds.sapient.nodes import Turn
from marsad.feeds.sapient.wire import NS_PER_S
from marsad.feeds.settings import SapientSettings
from marsad.feeds.shares import Shares
from marsad.geo.local import LocalFrame
from marsad.model.asker import Asker
from marsad.model.effect import Hangup
from marsad.model.frame import Frame, FrameKind
from marsad.model.peer import NOBODY, Peer, peer_from_bytes
from marsad.model.sensor import Sensor

LINKS_FACTOR = 4


@dataclass(slots=True)
class Link:
    """One connection: its unfinished message, its faults, who is there, whether it is given up."""

    deframer: Deframer
    faults: LinkFaults
    last_t_ns: int
    peer: Peer = NOBODY
    is_given_up: bool = False


class SapientFeed:
    """Fusion node towards SAPIENT edge nodes, or towards a middleware (BSI Flex 335 v2.0)."""

    def __init__(self, settings: SapientSettings, frame: LocalFrame) -> None:
        self.name = settings.name
        self.settings = settings
        self.counters: dict[str, int] = {}
        self._dialogue = Dialogue(settings, frame, self.counters)
        self._links: dict[int, Link] = {}
        self._t_ns = 0

    @property
    def utc_offset_ns(self) -> int:
        """UTC minus site time: stamps of sensors and of answers are UTC."""
        return self._dialogue.utc_offset_ns

    @utc_offset_ns.setter
    def utc_offset_ns(self, utc_offset_ns: int) -> None:
        self._dialogue.utc_offset_ns = utc_offset_ns

    @property
    def shares(self) -> Shares:
        """What each node may report while the site is behind."""
        return self._dialogue.shares

    @shares.setter
    def shares(self, shares: Shares) -> None:
        self._dialogue.shares = shares

    def adopt(self, t_ns: int, settings: SapientSettings) -> Received:
        """From now on these settings hold; nodes, connections, and who was admitted or refused, stay."""
        self._t_ns = max(self._t_ns, t_ns)
        self.settings = settings
        for link in self._links.values():
            link.deframer.message_bytes_max = settings.message_bytes_max
            link.faults.bound(settings.faults_per_s_max)
        received = Received()
        self._dialogue.adopt(settings, t_ns, received)
        return received

    @property
    def node_id(self) -> str:
        """Our own identifier, which answers carry."""
        return self._dialogue.own_id

    def receive(self, frame: Frame) -> Received:
        """Take one frame: a chunk of a byte stream, or the opening or closing of a connection."""
        self._t_ns = max(self._t_ns, frame.t_ns)
        received = Received()
        if frame.kind is FrameKind.CLOSED:
            self._close(frame, received)
            return received
        link = self._opened(frame, received)
        if link is not None and frame.kind is FrameKind.DATA:
            self._data(frame, link, received)
        return received

    def advance(self, t_ns: int) -> Received:
        """Let time pass: silent nodes are lost, idle connections are closed."""
        self._t_ns = max(self._t_ns, t_ns)
        received = Received()
        self._dialogue.advance(t_ns, received)
        if self.settings.listen is not None:
            idle_ns = int(self.settings.link_idle_max_s * NS_PER_S)
            for number, link in self._links.items():
                if t_ns - link.last_t_ns > idle_ns and not link.is_given_up:
                    link.is_given_up = True
                    self._count("link-idle")
                    received.hangups.append(Hangup(self.name, number, "link-idle"))
        return received

    def sensors(self) -> tuple[Sensor, ...]:
        """All nodes, in the order of their registration."""
        return self._dialogue.sensors(self._t_ns)

    def stand_beside(self, feeds: "Iterable[SapientFeed]") -> None:
        """Other feeds of the same site: a node of one is not a node of another, whatever its identifier."""
        self._dialogue.others = tuple(feed._dialogue for feed in feeds if feed is not self)

    # ---------------------------------------------------------------- who may speak

    @property
    def is_listed(self) -> bool:
        """Whether only nodes on its list may speak."""
        return self._dialogue.door.is_listed

    def admit(self, t_ns: int, node_id: str, address: str = "", by: str = "") -> Received:
        """Let a node speak from now on; from this address only, if one is given."""
        return self._dialogue.admit(t_ns, node_id.lower(), address, by)

    def turn_away(self, t_ns: int, node_id: str, address: str = "", by: str = "") -> Received:
        """Let a node speak no more, until it is admitted; not from this address, if one is given."""
        return self._dialogue.turn_away(t_ns, node_id.lower(), address, by)

    def list_nodes(self, t_ns: int, node_ids: tuple[str, ...], by: str = "") -> Received:
        """From now on only these nodes may speak, beside those of the settings and those admitted."""
        return self._dialogue.list_nodes(t_ns, tuple(node_id.lower() for node_id in node_ids), by)

    def node_ids(self) -> tuple[str, ...]:
        """Who is on the list; on a feed without one, who has registered."""
        return self._dialogue.node_ids()

    def bound(self) -> tuple[tuple[str, str], ...]:
        """Who was admitted from one address only, with that address."""
        return tuple(
            (node_id, address) for node_id, address in self._dialogue.door.admitted.items() if address
        )

    def refused(self) -> tuple[tuple[str, str], ...]:
        """Whom an operator refused, each with the address it is about, "" = all."""
        return tuple(self._dialogue.door.turned_away)

    def askers(self) -> tuple[Asker, ...]:
        """Who wants to speak and may not."""
        return self._dialogue.askers()

    # ---------------------------------------------------------------- connections

    def _count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1

    def _opened(self, frame: Frame, received: Received) -> Link | None:
        """The connection of a frame; OPENED begins it anew, data without OPENED begins it, too."""
        link = self._links.get(frame.link)
        if link is not None and frame.kind is not FrameKind.OPENED:
            return link
        if link is None and not self._has_room(received):
            self._count("too-many-links")
            received.hangups.append(Hangup(self.name, frame.link, "too-many-links"))
            return None
        link = Link(
            Deframer(self.settings.message_bytes_max),
            LinkFaults(self.settings.faults_per_s_max),
            frame.t_ns,
            peer_from_bytes(frame.data) if frame.kind is FrameKind.OPENED and frame.data else NOBODY,
        )
        self._links[frame.link] = link
        return link

    def _has_room(self, received: Received) -> bool:
        """Whether one more connection may come; one on which no node says how it is or sees gives way."""
        if len(self._links) < self.settings.links_max:
            return True
        here = [number for number, link in self._links.items() if not link.is_given_up]
        if len(here) < self.settings.links_max:
            if len(self._links) >= LINKS_FACTOR * self.settings.links_max:  # never closed by any rim
                del self._links[next(number for number, link in self._links.items() if link.is_given_up)]
            return True
        active = self._dialogue.active_links()
        weakest = min(here, key=lambda number: (number in active, self._dialogue.standing(number)))
        if weakest in active:
            return False
        self._links[weakest].is_given_up = True
        self._count("link-gave-way")
        received.hangups.append(Hangup(self.name, weakest, "link-gave-way"))
        return True

    def _data(self, frame: Frame, link: Link, received: Received) -> None:
        if link.is_given_up:
            self._count("chunk-after-hangup")
            return
        link.last_t_ns = frame.t_ns
        bodies, fault = link.deframer.messages(frame.data)
        turn = self._turn(frame, link, received)
        for body in bodies:
            self._dialogue.message(body, turn)
            if link.faults.is_noise:
                link.is_given_up = True
                self._count("too-many-faults")
                received.hangups.append(Hangup(self.name, frame.link, "too-many-faults"))
                return
        if fault is not None:
            # where the next message begins cannot be known any more
            link.is_given_up = True
            self._dialogue.refuse(fault, turn, frame.data[:64])
            received.hangups.append(Hangup(self.name, frame.link, fault.reason))

    def _turn(self, frame: Frame, link: Link, received: Received) -> Turn:
        return Turn(frame.t_ns, frame.link, link.faults, received, link.peer, self.utc_offset_ns)

    def _close(self, frame: Frame, received: Received) -> None:
        link = self._links.pop(frame.link, None)
        if link is None:
            return
        turn = self._turn(frame, link, received)
        if link.deframer.pending_bytes and not link.is_given_up:
            fault = ReceivedError(
                RefusalReason.FRAME_TRUNCATED,
                f"the connection closed {link.deframer.pending_bytes} bytes into a message",
            )
            self._dialogue.refuse(fault, turn, None)
        self._dialogue.link_closed(turn)
