"""The requests Marsad makes of nodes by itself: to say again who they are, or how they are.

They are tasks on the wire, so none ever goes to an effector: whoever has registered as one, be it once and
be it refused, is remembered as such.
"""

from collections.abc import Iterable

from marsad.feeds.sapient import task
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import NS_PER_S

ASK_AGAIN_NS = 10 * NS_PER_S
EFFECTORS_MAX = 4096


class Requests:
    """What one feed asks of its nodes, each not too often."""

    def __init__(self, own_id: str, nodes_max: int) -> None:
        self._own_id = own_id
        self._nodes_max = nodes_max
        self._asked_t_ns: dict[str, int] = {}
        self._effectors: set[str] = set()
        self._issued = 0

    def learn(self, node_id: str, node_types: Iterable[int]) -> None:
        """What a node has registered as; once an effector, always an effector."""
        if task.is_effector(node_types) and len(self._effectors) < EFFECTORS_MAX:
            self._effectors.add(node_id.lower())

    def registration(self, address: str, node_types: tuple[int, ...], t_ns: int, utc_ns: int) -> bytes | None:
        """Ask a node to register, at most once in ten seconds; None: it is not asked."""
        asked = self._asked_t_ns.get(address)
        if self._is_spared(address, node_types) or (asked is not None and t_ns - asked < ASK_AGAIN_NS):
            return None
        if asked is None and len(self._asked_t_ns) >= self._nodes_max:
            del self._asked_t_ns[next(iter(self._asked_t_ns))]
        self._asked_t_ns[address] = t_ns
        to = task.Recipient(address, node_types)
        return task.request(self._own_id, to, utc_ns, self._next_ulid(utc_ns), "Registration")

    def status(self, address: str, node_types: tuple[int, ...], utc_ns: int) -> bytes | None:
        """Ask a node how it is; None: it is not asked."""
        if self._is_spared(address, node_types):
            return None
        to = task.Recipient(address, node_types)
        return task.request(self._own_id, to, utc_ns, self._next_ulid(utc_ns), "Status")

    def _is_spared(self, address: str, node_types: tuple[int, ...]) -> bool:
        """Whether a node is an effector, or may be one that there was no room to remember."""
        if address.lower() in self._effectors or task.is_effector(node_types):
            return True
        return not node_types and len(self._effectors) >= EFFECTORS_MAX

    def _next_ulid(self, t_ns: int) -> str:
        self._issued += 1
        return ulid(t_ns, self._issued)
