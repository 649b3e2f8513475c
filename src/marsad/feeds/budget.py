"""Budgets: so many of something a second and no more, by the time of the frames."""

from dataclasses import dataclass, field

S = 1_000_000_000


@dataclass(slots=True)
class Budget:
    """So many in each second of the clock."""

    per_s_max: int
    second: int = -1
    spent: int = 0

    def take(self, t_ns: int, cost: int = 1) -> bool:
        """Take some; False when this second has not that many left."""
        second = t_ns // S
        if second != self.second:
            self.second, self.spent = second, 0
        self.spent += cost
        return self.spent <= self.per_s_max

    def is_beyond(self, t_ns: int, times: int) -> bool:
        """Whether so many times as much as there is was asked for in this second."""
        return t_ns // S == self.second and self.spent > times * self.per_s_max

    def is_spent(self, t_ns: int) -> bool:
        """Whether nothing is left of this second."""
        return t_ns // S == self.second and self.spent >= self.per_s_max


@dataclass(slots=True)
class Bucket:
    """So many a second, and at once what was not taken for some seconds: a token bucket in whole numbers.

    Of who asks for too much, evenly, as much is taken in each part of a second as in the next.

    per_s_max      what comes in each second
    depth_s        seconds' worth that it holds; it begins with what one second brings
    just_exceeded  whether the last take failed as the first for a second, so that it is told now and then
    """

    per_s_max: int
    depth_s: int = 1
    just_exceeded: bool = False
    _left: int = field(init=False)  # thousand-millionths, so that no time brings a part of one
    _t_ns: int = -1
    _told_t_ns: int = -S

    def __post_init__(self) -> None:
        self._left = self.per_s_max * S

    def bound(self, per_s_max: int) -> None:
        """From now on so many come in each second; what is left is at most what it holds then."""
        self._left = per_s_max * S if self._t_ns < 0 else min(self._left, self.depth_s * per_s_max * S)
        self.per_s_max = per_s_max

    def take(self, t_ns: int, cost: int = 1) -> bool:
        """Take some; False, and nothing is taken, where there are not that many."""
        come = max(t_ns - self._t_ns, 0) * self.per_s_max if self._t_ns >= 0 else 0
        self._left = min(self._left + come, self.depth_s * self.per_s_max * S)
        self._t_ns = max(t_ns, self._t_ns)
        if is_enough := self._left >= cost * S:
            self._left -= cost * S
        self.just_exceeded = not is_enough and t_ns - self._told_t_ns >= S
        if self.just_exceeded:
            self._told_t_ns = t_ns
        return is_enough
