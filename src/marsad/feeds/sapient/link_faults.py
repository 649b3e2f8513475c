"""The faults of one connection: those that name nobody, and those of whoever is not a node of it.

A node answers for its own faults. What names nobody is the connection's: one that carries mostly that is
noise. Who names itself and has not registered, or claims what another connection has, is not read any more
for the rest of a second when there was too much of it; the nodes beside it on the connection are.
"""

from dataclasses import dataclass, field

from marsad.feeds.budget import Budget, S

NOISE_FACTOR = 100
"""After so many times the faults that are told in a second a node is not read, nor are all strangers."""
STRANGER_FACTOR = 10  # likewise one stranger
NAMES_MAX = 256


@dataclass(slots=True)
class LinkFaults:
    """What was wrong on one connection in this second.

    per_s_max  faults that are told in a second
    nobody     what names nobody
    strangers  what names somebody who is no node of this connection, all together
    named      how much of that each has said
    """

    per_s_max: int
    nobody: Budget = field(init=False)
    strangers: Budget = field(init=False)
    named: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nobody, self.strangers = Budget(self.per_s_max), Budget(self.per_s_max)

    def bound(self, per_s_max: int) -> None:
        """From now on so many are told in a second."""
        self.per_s_max = self.nobody.per_s_max = self.strangers.per_s_max = per_s_max

    @property
    def is_noise(self) -> bool:
        """Whether the connection carries hardly anything that names anybody."""
        return self.nobody.spent > NOISE_FACTOR * self.per_s_max

    def take_strange(self, name: str, t_ns: int, more: int) -> bool:
        """Count a fault of a stranger, and more for its length; whether it may still be told."""
        if t_ns // S != self.strangers.second:
            self.named.clear()
        is_told = self.strangers.take(t_ns)
        self.strangers.spent += more
        if name in self.named or len(self.named) < NAMES_MAX:
            self.named[name] = self.named.get(name, 0) + 1 + more
        return is_told

    def is_busy(self, t_ns: int) -> bool:
        """Whether there is anybody who may be muted: else nobody need look."""
        return self.strangers.second == t_ns // S and self.strangers.spent > STRANGER_FACTOR * self.per_s_max

    def mutes(self, name: str) -> bool:
        """Whether a stranger is not read any more for the rest of this second."""
        if self.strangers.spent > NOISE_FACTOR * self.per_s_max:
            return True
        return self.named.get(name, 0) > STRANGER_FACTOR * self.per_s_max
