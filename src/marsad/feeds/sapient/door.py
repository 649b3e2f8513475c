"""Who may speak on a feed: everybody, the nodes of a list, or each node by its certificate.

What is known of a connection (`Peer`) came in with the frame that opened it, and who is admitted with the
actions of operators: so every replay decides alike. A connection of which nothing is known was made by no
rim (a rehearsal, a recording, a study): there everybody may speak.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

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
    """A node that asks to join on one connection, or that was turned away.

    link          where it asked, 0 once that is closed
    registration  its message, to be used when it is admitted; empty where it is too long to keep
    status        its latest status report, likewise
    by            who turned it away, "" = nobody, or not known
    """

    node_id: str
    name: str
    kind: SensorKind
    address: str
    link: int
    first_t_ns: int
    last_t_ns: int
    registration: bytes = b""
    status: bytes = b""
    reports: int = 0
    by: str = ""


@dataclass(slots=True)
class Door:
    """The list of one feed, and who stands before it.

    admitted      node_id → the address it may speak from, "" = from everywhere
    turned_away   nodes that an operator refused, each with the address it is about, "" = all
    waiting       who asks to join, oldest first: two that use one node_id are two
    """

    settings: SapientSettings
    is_listed: bool
    admitted: dict[str, str] = field(default_factory=dict)
    turned_away: dict[tuple[str, str], Waiting] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)

    def admits(self, node_id: str, peer: Peer) -> bool:
        """Whether a node may speak on a connection; False: it may ask to join.

        Raises ReceivedError where it may not even ask.
        """
        for key in ((node_id, ""), (node_id, peer.address)):
            if key in self.turned_away:
                self.turned_away[key].reports += 1
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

    def asks(self, asker: Waiting) -> Waiting | None:
        """Remember who asks to join; returns whoever gave way for it, be it itself.

        One whose connection has closed may ask again on another. Where there is no more room, the address
        that most of them come from loses its latest.
        """
        known = self.asking(asker.node_id, asker.link) or next(
            (one for one in self._of(asker.node_id) if one.address == asker.address and not one.link), None
        )
        if known is not None:
            known.name, known.kind, known.link = asker.name, asker.kind, asker.link
            known.last_t_ns, known.registration = asker.last_t_ns, asker.registration
            return None
        self.waiting.append(asker)
        if len(self.waiting) <= self.settings.askers_max:
            return None
        counts = Counter(item.address for item in self.waiting)
        busiest = max(counts, key=lambda address: (counts[address], address))
        last = [place for place, item in enumerate(self.waiting) if item.address == busiest][-1]
        return self.waiting.pop(last)

    def asking(self, node_id: str, link: int) -> Waiting | None:
        """Who asks to join on a connection as a node; None: nobody."""
        return next((one for one in self._of(node_id) if one.link == link), None)

    def _of(self, node_id: str) -> list[Waiting]:
        return [one for one in self.waiting if one.node_id == node_id]

    def admit(self, node_id: str, address: str) -> Waiting | None:
        """Put a node on the list; returns what was said by who asked first of those that may speak now."""
        self.admitted[node_id] = address
        refused = [
            key for key in self.turned_away if key[0] == node_id and (not address or key[1] in ("", address))
        ]
        before = [known for key in refused if (known := self.turned_away.pop(key)).registration]
        may = [one for one in self._of(node_id) if not address or is_within(one.address, address)]
        self.waiting = [one for one in self.waiting if one not in may]
        may += [one for one in before if not address or is_within(one.address, address)]
        return next((one for one in may if one.link), may[0] if may else None)

    def turn_away(self, node_id: str, address: str = "", by: str = "") -> list[Waiting]:
        """Take a node off the list, or only stop what an address says in its name; returns who asked so."""
        if not address or self.admitted.get(node_id) == address:
            self.admitted.pop(node_id, None)
        gone = [one for one in self._of(node_id) if address in ("", one.address)]
        self.waiting = [one for one in self.waiting if one not in gone]
        while len(self.turned_away) >= TURNED_AWAY_MAX:
            del self.turned_away[next(iter(self.turned_away))]
        unheard = Waiting(node_id, node_id[:8], SensorKind.OTHER, address, 0, 0, 0)
        self.turned_away[node_id, address] = first = gone[0] if gone else unheard
        first.by = by
        return gone

    def link_closed(self, link: int) -> None:
        """Whoever asked there may ask again elsewhere."""
        for asker in self.waiting:
            if asker.link == link:
                asker.link = 0

    def advance(self, t_ns: int) -> None:
        """Forget whoever has asked and gone."""
        if any(t_ns - item.last_t_ns > ASKER_KEPT_NS for item in self.waiting):
            self.waiting = [item for item in self.waiting if t_ns - item.last_t_ns <= ASKER_KEPT_NS]

    def askers(self) -> list[Asker]:
        """Everybody that asks or was turned away."""
        shown: dict[tuple[str, str], Asker] = {}
        for item in self.waiting:
            key = item.node_id, item.address
            one = self._asker(item.node_id, item, Asking.ASKS)
            shown[key] = joined(shown[key], one) if key in shown else one
        return [*shown.values()] + [
            self._asker(node_id, item, Asking.REFUSED) for (node_id, _), item in self.turned_away.items()
        ]

    def _asker(self, node_id: str, item: Waiting, asking: Asking) -> Asker:
        times = (item.first_t_ns, item.last_t_ns)
        return Asker(
            self.settings.name,
            node_id,
            item.name,
            item.kind,
            item.address,
            asking,
            *times,
            item.reports,
            item.by,
        )

    def _check_address(self, node_id: str, named: NodeSettings | None, peer: Peer) -> None:
        wanted = (named.address if named is not None else None) or self.admitted.get(node_id, "")
        if wanted and not is_within(peer.address, wanted):
            raise ReceivedError(
                RefusalReason.ADDRESS_OTHER,
                f"node {node_id} speaks from {peer.address!r}; it may from {wanted} only",
            )


def joined(one: Asker, other: Asker) -> Asker:
    """Two connections from one address on which the same is asked, as people are shown them: once."""
    return replace(
        one,
        first_t_ns=min(one.first_t_ns, other.first_t_ns),
        last_t_ns=max(one.last_t_ns, other.last_t_ns),
        reports=one.reports + other.reports,
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
