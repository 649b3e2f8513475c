"""Budgets: so many of something a second and no more, by the time of the frames."""

from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """So many a second and no more."""

    per_s_max: int
    second: int = -1
    spent: int = 0
    last_cost: int = 0

    def take(self, t_ns: int, cost: int = 1) -> bool:
        """Take some; False when this second has not that many left."""
        second = t_ns // 1_000_000_000
        if second != self.second:
            self.second, self.spent = second, 0
        self.spent += cost
        self.last_cost = cost
        return self.spent <= self.per_s_max

    @property
    def just_exceeded(self) -> bool:
        """Whether the last take was the first that failed in its second."""
        return self.spent > self.per_s_max >= self.spent - self.last_cost

    def is_spent(self, t_ns: int) -> bool:
        """Whether nothing is left of this second."""
        return t_ns // 1_000_000_000 == self.second and self.spent >= self.per_s_max
