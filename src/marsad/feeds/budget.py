"""Budgets: so many of something a second and no more, by the time of the frames."""

from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """So many a second and no more.

    saved_s   so many seconds' worth that were not spent may be spent later: where what comes is read late,
              much comes at once that was not sent at once
    """

    per_s_max: int
    second: int = -1
    spent: int = 0
    last_cost: int = 0
    saved_s: int = 0

    def take(self, t_ns: int, cost: int = 1) -> bool:
        """Take some; False when this second has not that many left."""
        second = t_ns // 1_000_000_000
        if second != self.second:
            self._begin(second)
        self.spent += cost
        self.last_cost = cost
        return self.spent <= self.per_s_max

    def _begin(self, second: int) -> None:
        """A new second begins: what of the past was not spent is spent first."""
        saved = 0
        if self.saved_s and self.second >= 0:
            unspent = max(self.per_s_max - self.spent, 0) + (second - self.second - 1) * self.per_s_max
            saved = min(max(unspent, 0), self.saved_s * self.per_s_max)
        self.second, self.spent = second, -saved

    @property
    def just_exceeded(self) -> bool:
        """Whether the last take was the first that failed in its second."""
        return self.spent > self.per_s_max >= self.spent - self.last_cost

    def is_spent(self, t_ns: int) -> bool:
        """Whether nothing is left of this second."""
        return t_ns // 1_000_000_000 == self.second and self.spent >= self.per_s_max
