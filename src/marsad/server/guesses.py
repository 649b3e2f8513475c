"""How often somebody may try to sign in: few times from one address, and for one name from all together.

Whoever guesses at a name must not keep its owner out. So where a name has signed in before, its attempts
from there count by themselves: no guess from elsewhere, and none at another name, is counted with them.
From addresses where it never has, the attempts of all count together, the more of them the less each may.
"""

from collections import deque
from collections.abc import Container

from marsad.model.peer import network_of

STRANGE_FACTOR = 4  # so many addresses may use up their attempts for one name
ADDRESSES_MAX = 10_000
KNOWN_MAX = 1_000
_NOBODY = ""  # all names that there are not count as one


class TooManyAttempts(Exception):
    """Guessing is slowed down; carries the seconds to wait."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"too many attempts; wait {wait_s:.0f} s")


class Guesses:
    """The attempts of late. Bounded.

    names        who can sign in
    attempts     allowed in a window, from one address
    """

    def __init__(self, names: Container[str], attempts: int, window_s: float) -> None:
        self._names, self._attempts, self._window_s = names, attempts, window_s
        self._by_address: dict[str, deque[float]] = {}
        self._by_name: dict[str, deque[float]] = {}
        self._where_known: dict[tuple[str, str], deque[float]] = {}

    def count(self, name: str, address: str, now_s: float) -> None:
        """Count an attempt. Raises TooManyAttempts, and counts nothing, where it is one too many."""
        place = network_of(address)
        if (own := self._where_known.get((name, place))) is not None:
            self._take(own, now_s)
            return
        here = self._by_address.setdefault(place, deque(maxlen=self._attempts))
        self._check(here, now_s)  # who has used up its own uses up none of the others'
        name = name if name in self._names else _NOBODY
        together = self._by_name.setdefault(name, deque(maxlen=STRANGE_FACTOR * self._attempts))
        self._take(together, now_s)
        here.append(now_s)
        while len(self._by_address) > ADDRESSES_MAX:
            del self._by_address[next(iter(self._by_address))]

    def succeeded(self, name: str, address: str) -> None:
        """A name has signed in from an address: what was right was no guess, and does not count."""
        key = name, network_of(address)
        if self._where_known.pop(key, None) is None:
            for counted in (self._by_address.get(key[1]), self._by_name.get(name)):
                if counted:
                    counted.pop()
        self._where_known[key] = deque(maxlen=self._attempts)
        while len(self._where_known) > KNOWN_MAX:
            del self._where_known[next(iter(self._where_known))]

    def _take(self, attempts: deque[float], now_s: float) -> None:
        self._check(attempts, now_s)
        attempts.append(now_s)

    def _check(self, attempts: deque[float], now_s: float) -> None:
        if len(attempts) == attempts.maxlen and now_s - attempts[0] < self._window_s:
            raise TooManyAttempts(self._window_s - (now_s - attempts[0]))
