"""Budgets: so many of something a second and no more, by the time of the frames."""

from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """So many a second and no more."""

    per_s_max: int
    second: int = -1
    spent: int = 0

    def take(self, t_ns: int) -> bool:
        """Take one; False when this second has none left."""
        second = t_ns // 1_000_000_000
        if second != self.second:
            self.second, self.spent = second, 0
        self.spent += 1
        return self.spent <= self.per_s_max

    @property
    def just_exceeded(self) -> bool:
        """Whether the last take was the first that failed in its second."""
        return self.spent == self.per_s_max + 1
