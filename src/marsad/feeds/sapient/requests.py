"""The requests Marsad makes of nodes by itself: to say again who they are, or how they are.

They are tasks on the wire, so none ever goes to an effector: whoever has registered as one, be it once and
be it refused, is remembered as such. What is refused is remembered of the address it came from, so that
nobody makes an effector of a node that speaks elsewhere.
"""

from collections.abc import Iterable

from marsad.feeds.sapient import task
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import NS_PER_S

ASK_AGAIN_NS = 10 * NS_PER_S
EFFECTORS_MAX = 4096
PER_ADDRESS_MAX = 64


class Requests:
    """What one feed asks of its nodes, each not too often."""

    def __init__(self, own_id: str, nodes_max: int) -> None:
        self.adopt(own_id, nodes_max)
        self._asked_t_ns: dict[tuple[str, str], int] = {}
        self._effectors: set[str] = set()
        self._said_at: dict[str, set[str]] = {}
        self._issued = 0

    def adopt(self, own_id: str, nodes_max: int) -> None:
        """From now on we ask under this identifier, and remember so many."""
        self._own_id = own_id
        self._nodes_max = nodes_max

    def learn(self, node_id: str, node_types: Iterable[int]) -> None:
        """What a node has registered as; once an effector, always an effector."""
        if task.is_effector(node_types) and len(self._effectors) < EFFECTORS_MAX:
            self._effectors.add(node_id.lower())

    def suspect(self, node_id: str, node_types: Iterable[int], source: str) -> None:
        """What was said at an address, before anybody knows whether it is true."""
        if not task.is_effector(node_types):
            return
        if source not in self._said_at and len(self._said_at) >= EFFECTORS_MAX:
            return
        said = self._said_at.setdefault(source, set())
        if len(said) < PER_ADDRESS_MAX:
            said.add(node_id.lower())

    def registration(self, to: task.Recipient, source: str, t_ns: int, utc_ns: int) -> bytes | None:
        """Ask a node that speaks from an address to register, once in ten seconds; None: it is not asked."""
        key = to.node_id, source
        asked = self._asked_t_ns.get(key)
        if self._is_spared(to, source) or (asked is not None and t_ns - asked < ASK_AGAIN_NS):
            return None
        if asked is None and len(self._asked_t_ns) >= self._nodes_max:
            del self._asked_t_ns[next(iter(self._asked_t_ns))]
        self._asked_t_ns[key] = t_ns
        return task.request(self._own_id, to, utc_ns, self._next_ulid(utc_ns), "Registration")

    def status(self, to: task.Recipient, source: str, utc_ns: int) -> bytes | None:
        """Ask a node that speaks from an address how it is; None: it is not asked."""
        if self._is_spared(to, source):
            return None
        return task.request(self._own_id, to, utc_ns, self._next_ulid(utc_ns), "Status")

    def _is_spared(self, to: task.Recipient, source: str) -> bool:
        """Whether a node is an effector, or may be one that there was no room to remember."""
        node_id = to.node_id.lower()
        if node_id in self._effectors or task.is_effector(to.node_types):
            return True
        said = self._said_at.get(source, set())
        if node_id in said:
            return True
        no_room = len(self._effectors) >= EFFECTORS_MAX or len(said) >= PER_ADDRESS_MAX
        return not to.node_types and (no_room or (not said and len(self._said_at) >= EFFECTORS_MAX))

    def _next_ulid(self, t_ns: int) -> str:
        self._issued += 1
        return ulid(t_ns, self._issued)
