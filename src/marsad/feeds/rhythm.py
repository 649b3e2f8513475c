"""The rhythm of a stream: how long it is usually quiet, and whether it is quiet for longer now."""

from dataclasses import dataclass

_LEAST_NS = 10_000_000_000
_TIMES = 10  # so many usual silences are unusual
_FADING = 0.98  # of the longest silence lately, per piece that arrives


@dataclass(slots=True)
class Rhythm:
    """The pieces of one stream by their receive times, and when its connection is worth a new one.

    silent_max_ns  silence that ends any connection, however quiet it usually is
    link, is_open  the connection it comes on
    """

    silent_max_ns: int
    link: int = 0
    is_open: bool = False
    _last_t_ns: int = 0
    _usual_ns: float = 0.0
    _vain: int = 0

    def begins(self, t_ns: int) -> None:
        """The connection was opened or closed: silence counts from now."""
        self._last_t_ns = t_ns

    def heard(self, t_ns: int, link: int) -> None:
        """A piece has come."""
        self.link, self.is_open, self._vain = link, True, 0
        if self._last_t_ns:
            self._usual_ns = max(self._usual_ns * _FADING, float(t_ns - self._last_t_ns))
        self._last_t_ns = t_ns

    def is_broken(self, t_ns: int) -> bool:
        """Whether the connection should be given up now."""
        if not self.is_open:
            return False
        usual_ns = max(_LEAST_NS, _TIMES * self._usual_ns) if self._usual_ns else self.silent_max_ns
        patience_ns = min(usual_ns, self.silent_max_ns) * 2 ** min(self._vain, 6)
        return bool(t_ns - self._last_t_ns > patience_ns)

    def give_up(self) -> None:
        """The connection is given up; each in vain doubles the patience with the next."""
        self.is_open = False
        self._vain += 1
