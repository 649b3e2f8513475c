"""Who may speak on a feed: everybody, the nodes of a list, or each node by its certificate.

What is known of a connection (`Peer`) came in with the frame that opened it, and who is admitted with the
actions of operators: so every replay decides alike. A connection of which nothing is known was made by no
rim (a rehearsal, a recording, a study): there everybody may speak.
"""

from collections import Counter
from dataclasses import dataclass, field

from marsad.errors import ReceivedError
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient.wire import NS_PER_S
from marsad.feeds.settings import NodeSettings, SapientSettings
from marsad.model.asker import Asker, Asking
from marsad.model.peer import NOBODY, Peer, is_within
from marsad.model.sensor import SensorKind

ASKER_KEPT_NS = 600 * NS_PER_S  # a node that asked and went is shown so long
TURNED_AWAY_MAX = 1024
REGISTRATION_BYTES_MAX = 65_536


@dataclass(slots=True)
class Waiting:
    """A node that asks to join, or that was turned away.

    link          where it asked, 0 once that is closed
    registration  its message, to be used when it is admitted; empty where it is too long to keep
    """

    name: str
    kind: SensorKind
    address: str
    link: int
    first_t_ns: int
    last_t_ns: int
    registration: bytes = b""
    reports: int = 0


@dataclass(slots=True)
class Door:
    """The list of one feed, and who stands before it.

    admitted      node_id → the address it may speak from, "" = from everywhere
    turned_away   nodes that an operator refused
    waiting       nodes that ask to join, oldest first
    """

    settings: SapientSettings
    is_listed: bool
    admitted: dict[str, str] = field(default_factory=dict)
    turned_away: dict[str, Waiting | None] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)

    def admits(self, node_id: str, peer: Peer) -> bool:
        """Whether a node may speak on a connection; False: it may ask to join.

        Raises ReceivedError where it may not even ask.
        """
        if node_id in self.turned_away:
            if (asker := self.turned_away[node_id]) is not None:
                asker.reports += 1
            raise ReceivedError(RefusalReason.TURNED_AWAY, f"an operator has refused the node {node_id}")
        if peer == NOBODY:
            return True
        named = self.settings.nodes.get(node_id)
        self._check_address(node_id, named, peer)
        if self.settings.access == "certified":
            _check_certificate(node_id, named, peer)
            return True
        return not self.is_listed or named is not None or node_id in self.admitted

    def is_kept(self, node_id: str) -> bool:
        """Whether room is kept for a node: it is named in the settings, or was admitted."""
        return node_id in self.settings.nodes or node_id in self.admitted

    def asks(self, node_id: str, asker: Waiting) -> Waiting | None:
        """Remember who asks to join; returns whoever gave way for it, be it itself.

        Where there is no more room, the address that most of them come from loses its latest.
        """
        known = self.waiting.get(node_id)
        if known is not None:
            asker.first_t_ns, asker.reports = known.first_t_ns, known.reports
        self.waiting[node_id] = asker
        if len(self.waiting) <= self.settings.askers_max:
            return None
        counts = Counter(item.address for item in self.waiting.values())
        busiest = max(counts, key=lambda address: (counts[address], address))
        last = [key for key, item in self.waiting.items() if item.address == busiest][-1]
        return self.waiting.pop(last)

    def heard(self, node_id: str, t_ns: int) -> None:
        """One that waits has spoken again."""
        if (asker := self.waiting.get(node_id)) is not None:
            asker.last_t_ns, asker.reports = t_ns, asker.reports + 1

    def admit(self, node_id: str, address: str) -> Waiting | None:
        """Put a node on the list; returns what it said when it asked."""
        self.admitted[node_id] = address
        before = self.turned_away.pop(node_id, None)
        return self.waiting.pop(node_id, None) or before

    def turn_away(self, node_id: str) -> Waiting | None:
        """Take a node off the list; returns what it said when it asked."""
        self.admitted.pop(node_id, None)
        asker = self.waiting.pop(node_id, None)
        while len(self.turned_away) >= TURNED_AWAY_MAX:
            del self.turned_away[next(iter(self.turned_away))]
        self.turned_away[node_id] = asker
        return asker

    def link_closed(self, link: int) -> None:
        """Whoever asked there may ask again elsewhere."""
        for asker in self.waiting.values():
            if asker.link == link:
                asker.link = 0

    def advance(self, t_ns: int) -> None:
        """Forget whoever has asked and gone."""
        gone = [key for key, item in self.waiting.items() if t_ns - item.last_t_ns > ASKER_KEPT_NS]
        for key in gone:
            del self.waiting[key]

    def askers(self) -> list[Asker]:
        """Everybody that asks or was turned away."""
        asks = [self._asker(key, item, Asking.ASKS) for key, item in self.waiting.items()]
        return asks + [
            self._asker(key, item or Waiting(key[:8], SensorKind.OTHER, "", 0, 0, 0), Asking.REFUSED)
            for key, item in self.turned_away.items()
        ]

    def _asker(self, node_id: str, item: Waiting, asking: Asking) -> Asker:
        times = (item.first_t_ns, item.last_t_ns)
        return Asker(
            self.settings.name, node_id, item.name, item.kind, item.address, asking, *times, item.reports
        )

    def _check_address(self, node_id: str, named: NodeSettings | None, peer: Peer) -> None:
        wanted = (named.address if named is not None else None) or self.admitted.get(node_id, "")
        if wanted and not is_within(peer.address, wanted):
            raise ReceivedError(
                RefusalReason.ADDRESS_OTHER,
                f"node {node_id} speaks from {peer.address!r}; it may from {wanted} only",
            )


def _check_certificate(node_id: str, named: NodeSettings | None, peer: Peer) -> None:
    """Raises ReceivedError unless the connection's certificate is the node's."""
    certificate = peer.certificate
    if certificate is None:
        raise ReceivedError(RefusalReason.CERTIFICATE_OTHER, f"node {node_id} showed no certificate")
    wanted = named.certificate if named is not None else None
    if certificate.names_it(wanted) if wanted else certificate.is_of_node(node_id):
        return
    said = ", ".join(certificate.names[:3]) or "nobody"
    raise ReceivedError(
        RefusalReason.CERTIFICATE_OTHER,
        f"node {node_id} showed a certificate of {said} with fingerprint {certificate.fingerprint[:16]}…; "
        f"its own names {wanted or f'urn:uuid:{node_id}'}",
    )
