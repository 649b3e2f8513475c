"""How often something happened, so that what happens without end fills no log."""

from collections import Counter

_EACH = 5  # of a kind; from then on every thousandth
_THEN_EACH = 1000


class Seldom:
    """Counts by kind."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def counted(self, kind: str) -> int:
        """How often this happened by now, 0 where that is too often to be logged again."""
        self._counts[kind] += 1
        count = self._counts[kind]
        return count if count <= _EACH or count % _THEN_EACH == 0 else 0
