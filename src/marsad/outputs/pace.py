"""So much in a time, and no more: whoever pays by the message, or shuts out who asks too often."""

import asyncio
from collections import OrderedDict, deque


class Pace:
    """At most so many in any span of so long."""

    def __init__(self, count_max: int, span_s: float) -> None:
        self._count_max, self._span_s = count_max, span_s
        self._taken_s: deque[float] = deque()

    def wait_s(self) -> float:
        """How long it takes until one more may go; 0 where it may now."""
        now_s = asyncio.get_running_loop().time()
        while self._taken_s and self._taken_s[0] <= now_s - self._span_s:
            self._taken_s.popleft()
        if len(self._taken_s) < self._count_max:
            return 0.0
        return self._taken_s[0] + self._span_s - now_s

    def take(self) -> None:
        """One goes now, whether it may or not."""
        self._taken_s.append(asyncio.get_running_loop().time())
        while len(self._taken_s) > self._count_max:
            self._taken_s.popleft()


class Allowance:
    """So many at once, and so many a second from then on, by any clock that never goes back."""

    def __init__(self, per_s: float, at_once_max: float) -> None:
        self._per_s, self._at_once_max = per_s, at_once_max
        self._room = at_once_max
        self._counted_s: float | None = None

    def has_room(self, now_s: float) -> bool:
        """Whether one more may be; then it is counted."""
        since_s = 0.0 if self._counted_s is None else now_s - self._counted_s
        self._counted_s = now_s
        self._room = min(self._room + since_s * self._per_s, self._at_once_max)
        if self._room < 1.0:
            return False
        self._room -= 1.0
        return True


class Allowances:
    """An allowance for each of many; who was not heard of for longest is forgotten first."""

    def __init__(self, per_s: float, at_once_max: float, remembered_max: int) -> None:
        self._per_s, self._at_once_max = per_s, at_once_max
        self._remembered_max = remembered_max
        self._each: OrderedDict[str, Allowance] = OrderedDict()

    def has_room(self, who: str, now_s: float) -> bool:
        """Whether one more of theirs may be; then it is counted."""
        one = self._each.pop(who, None) or Allowance(self._per_s, self._at_once_max)
        self._each[who] = one
        if len(self._each) > self._remembered_max:
            self._each.popitem(last=False)
        return one.has_room(now_s)
