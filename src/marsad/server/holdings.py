"""How many connections somebody holds at one time: so that one cannot take the room of all."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Holdings:
    """The connections that are open, by who holds them: a token, an address."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def of(self, holder: str) -> int:
        """How many somebody has."""
        return self._open[holder]

    @contextmanager
    def one_more(self, holder: str) -> Iterator[None]:
        """One is open while this lasts."""
        self._open[holder] += 1
        try:
            yield
        finally:
            self._open[holder] -= 1
            if not self._open[holder]:
                del self._open[holder]
