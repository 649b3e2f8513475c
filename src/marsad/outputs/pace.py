"""So much in a time, and no more: whoever pays by the message, or shuts out who asks too often."""

import asyncio
from collections import deque


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
