"""The UTC stamps of one sensor as site time.

Site time is UTC less an offset, and the offset changes when our own clock is set. The sensor's clock may be
set with ours (one time server, one machine) or not (a receiver of its own): its stamps tell, for they come
as late as they came before by the one offset only.
"""


class Stamps:
    """Keeps to the offset by which a sensor's stamps are steady.

    past_max_s, future_max_s   how late and how early a stamp may be to be believed
    """

    __slots__ = ("_early_ns", "_late_max_ns", "_late_ns", "_utc_offset_ns")

    def __init__(self, past_max_s: float, future_max_s: float) -> None:
        self.bound(past_max_s, future_max_s)
        self._utc_offset_ns: int | None = None
        self._late_ns = 0

    def bound(self, past_max_s: float, future_max_s: float) -> None:
        """From now on a stamp may be so late, or so early, to be believed."""
        self._late_max_ns, self._early_ns = int(past_max_s * 1e9), -int(future_max_s * 1e9)

    def site_t_ns(self, stamp_ns: int, receive_t_ns: int, utc_offset_ns: int) -> int:
        """The site time of a stamp.

        receive_t_ns    when it came, site time
        utc_offset_ns   UTC minus site time, by our clock as it is now
        """
        if self._utc_offset_ns is None:
            self._utc_offset_ns = utc_offset_ns
        elif utc_offset_ns != self._utc_offset_ns:
            kept_ns = receive_t_ns - stamp_ns + self._utc_offset_ns
            if self._moved_with_ours(kept_ns, kept_ns - self._utc_offset_ns + utc_offset_ns):
                self._utc_offset_ns = utc_offset_ns
        t_ns = stamp_ns - self._utc_offset_ns
        self._late_ns = receive_t_ns - t_ns
        return t_ns

    def read_t_ns(self, stamp_ns: int, utc_offset_ns: int) -> int:
        """The site time of a stamp by the offset kept to, of which nothing is learned."""
        return stamp_ns - (utc_offset_ns if self._utc_offset_ns is None else self._utc_offset_ns)

    def _moved_with_ours(self, kept_ns: int, anew_ns: int) -> bool:
        """Whether a stamp fits our clock as it is now rather than as the sensor's stamps have fitted it."""
        if not self._early_ns <= anew_ns <= self._late_max_ns:
            return False
        if not self._early_ns <= kept_ns <= self._late_max_ns:
            return True
        return abs(anew_ns - self._late_ns) < abs(kept_ns - self._late_ns)
