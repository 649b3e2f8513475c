"""Which track an identifier speaks of: what it says of another now, it says no more of the one before."""

from dataclasses import dataclass

_MAX = 20_000  # identifiers remembered
_REPORTS = 2  # one report may have been taken for another track's
_LEFT_NS = 1_000_000_000  # so long after its last one of the track before
_KEPT_NS = 60_000_000_000  # what it spoke of longer ago has lost nothing


@dataclass(slots=True)
class _Spoken:
    """The track it spoke of, and when last; of which other since, and how often in a row."""

    track_id: int
    t_ns: int
    other_id: int = 0
    others: int = 0


class Speakers:
    """Who was spoken for by which identifier. Deterministic, picklable, bounded."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, int], _Spoken] = {}

    def left(self, label: str, bearer: int, track_id: int, t_ns: int) -> int:
        """Take in one report of an identifier's bearer; the track that it has left for this, 0 if none."""
        key = label, bearer
        spoken = self._of.pop(key, None) or _Spoken(track_id, t_ns)
        while len(self._of) >= _MAX:
            del self._of[next(iter(self._of))]
        self._of[key] = spoken
        if track_id == spoken.track_id or t_ns - spoken.t_ns > _KEPT_NS:
            self._of[key] = _Spoken(track_id, t_ns)
            return 0
        spoken.others = spoken.others + 1 if track_id == spoken.other_id else 1
        spoken.other_id = track_id
        if spoken.others < _REPORTS or t_ns - spoken.t_ns < _LEFT_NS:
            return 0
        self._of[key] = _Spoken(track_id, t_ns)
        return spoken.track_id
