"""Whether the fold goes on, as far as the pictures of it tell."""

from dataclasses import dataclass

HEARTBEAT_S = 1.0
_EARLY_S = 0.2  # a picture that is made once a second is not made to the millisecond
DUE_S = 5.0


@dataclass(slots=True)
class Pulse:
    """The site's own time, which no clock that is set moves, and when it last went on.

    A picture that is made anew for a fold that stands still has no later time of the site.
    """

    due_s: float = DUE_S
    _site_t_ms: int = 0
    _moved_s: float | None = None
    _beaten_s: float = -HEARTBEAT_S
    _is_fresh: bool = False

    def look(self, t_ms: int, utc_offset_ms: int, now_s: float) -> None:
        """Take the times of a picture."""
        if t_ms - utc_offset_ms > self._site_t_ms:
            self._site_t_ms, self._moved_s, self._is_fresh = t_ms - utc_offset_ms, now_s, True

    def is_silent(self, now_s: float) -> bool:
        """Whether the fold has not gone on for too long."""
        return self._moved_s is None or now_s - self._moved_s > self.due_s

    def is_beat_due(self, now_s: float) -> bool:
        """Whether it is time for a heartbeat and the fold has gone on since the one before, and just now."""
        return (
            self._is_fresh and now_s - self._beaten_s >= HEARTBEAT_S - _EARLY_S and not self.is_silent(now_s)
        )

    def beat(self, now_s: float) -> None:
        """A heartbeat was sent for what the fold did last."""
        self._beaten_s, self._is_fresh = self._moved_s or now_s, False
