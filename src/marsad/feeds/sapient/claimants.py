"""Connections that speak in the identifier of a node that another connection owns, and who has it next.

A node that was started anew claims itself after its old connection has said its last word. So a claim that
the owner has outlived, by speaking again, is refuted: it came from another. Such a claimant has the node only
after an interval of silence, and after everybody whose claim may be true.
"""

from dataclasses import dataclass, field

from marsad.feeds.sapient.wire import NS_PER_S
from marsad.model.peer import Peer

ELSEWHERE_MAX = 4
PER_ADDRESS_MAX = 2
FIRST_MAX = 256
SHOWN_NS = 30 * NS_PER_S  # so long after a claim the node's row says that there was one


@dataclass(slots=True)
class Claimant:
    """One connection that claims a node.

    registration   its message, to be used when the owner yields; empty if it has sent none
    """

    link: int
    peer: Peer
    first_t_ns: int
    last_t_ns: int
    registration: bytes = b""
    reports: int = 0


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose the node is, by what a claimant is measured.

    last_t_ns  receive time of its last word
    """

    peer: Peer
    home: str
    last_t_ns: int


@dataclass(slots=True)
class Claimants:
    """Who claims one node: bounded, and whoever may be the node itself is never crowded out.

    waiting       by connection
    first_t_ns    when each connection claimed it first, also of those for which there was no room
    claimed_t_ns  when it was claimed last
    claimed_from  and from which address, "" = not known
    """

    waiting: dict[int, Claimant] = field(default_factory=dict)
    first_t_ns: dict[int, int] = field(default_factory=dict)
    claimed_t_ns: int = -SHOWN_NS
    claimed_from: str = ""

    def add(self, claimant: Claimant, owner: Owner) -> bool:
        """Let a connection wait for the node; False: there is no room for it."""
        self.note(claimant.last_t_ns, claimant.peer.address)
        link = claimant.link
        if (known := self.waiting.get(link)) is not None:
            known.last_t_ns, known.reports = claimant.last_t_ns, known.reports + 1
            known.registration = claimant.registration or known.registration
            return True
        if link not in self.first_t_ns and len(self.first_t_ns) >= FIRST_MAX:
            del self.first_t_ns[next(iter(self.first_t_ns))]
        claimant.first_t_ns = self.first_t_ns.setdefault(link, claimant.first_t_ns)
        self.waiting[link] = claimant
        address = claimant.peer.address
        self._thin(
            [one for one in self.waiting.values() if one.peer.address == address], PER_ADDRESS_MAX, owner
        )
        strange = [one for one in self.waiting.values() if _strangeness(one, owner) == _ELSEWHERE]
        self._thin(strange, ELSEWHERE_MAX, owner)
        return link in self.waiting

    def _thin(self, some: list[Claimant], most: int, owner: Owner) -> None:
        for one in sorted(some, key=lambda item: _order(item, owner))[most:]:
            del self.waiting[one.link]

    def note(self, t_ns: int, address: str) -> None:
        """It was claimed, be it by one that may not wait."""
        self.claimed_t_ns, self.claimed_from = t_ns, address

    def is_refuted(self, link: int, owner: Owner) -> bool:
        """Whether the owner has spoken since a connection claimed the node."""
        return link in self.first_t_ns and owner.last_t_ns > self.first_t_ns[link]

    def heir(self, owner: Owner, *, is_silent: bool) -> Claimant | None:
        """Who has the node next of those that have registered; before a silence, none that is refuted."""
        ready = [
            one
            for one in self.waiting.values()
            if one.registration and (is_silent or owner.last_t_ns <= one.first_t_ns)
        ]
        return min(ready, key=lambda one: _order(one, owner), default=None)

    def shown(self, t_ns: int) -> str:
        """The note of a node that was claimed of late; "" for none."""
        if t_ns - self.claimed_t_ns >= SHOWN_NS:
            return ""
        return f"claimed from {self.claimed_from}" if self.claimed_from else "claimed by another connection"

    def drop(self, link: int) -> None:
        """A connection has gone."""
        self.waiting.pop(link, None)
        self.first_t_ns.pop(link, None)

    def clear(self) -> None:
        """The node is another's now, or nobody's."""
        self.waiting.clear()
        self.first_t_ns.clear()
        self.claimed_t_ns = -SHOWN_NS


_ELSEWHERE = 3


def _strangeness(one: Claimant, owner: Owner) -> int:
    """How little speaks for it: the owner's certificate, the node's home, the owner's address, nothing."""
    if one.peer.certificate is not None and one.peer.certificate == owner.peer.certificate:
        return 0
    if one.peer.address == owner.home:
        return 1
    return 2 if one.peer.address == owner.peer.address else _ELSEWHERE


def _order(one: Claimant, owner: Owner) -> tuple[int, bool, int]:
    """Who goes first: of one address its latest, as a node started twice has it; else who came first."""
    strangeness = _strangeness(one, owner)
    first_t_ns = one.first_t_ns if strangeness == _ELSEWHERE else -one.first_t_ns
    return strangeness, owner.last_t_ns > one.first_t_ns, first_t_ns
