"""Site time as the fold knows it: what ties it to UTC, and what of that people are told."""

from marsad.model.clock import ClockStep, Tie

_TOLD_NS = 600 * 10**9  # so long a step is shown


class SiteTime:
    """What CLOCK frames have said.

    utc_offset_ns   UTC minus site time
    tie             the newest, None before the first
    steps           how often UTC was another than thought
    """

    def __init__(self) -> None:
        self.utc_offset_ns = 0
        self.tie: Tie | None = None
        self.steps = 0
        self._newest: ClockStep | None = None

    def hear(self, t_ns: int, data: bytes) -> ClockStep | None:
        """Take in what a frame says; returns the step, None where UTC is as before. Raises ValueError."""
        self.tie = Tie.from_bytes(data)
        step_ns = self.tie.utc_offset_ns - self.utc_offset_ns
        if step_ns == 0:
            return None
        self.utc_offset_ns = self.tie.utc_offset_ns
        self.steps += 1
        self._newest = ClockStep(t_ns, step_ns)
        return self._newest

    def told(self, t_ns: int) -> ClockStep | None:
        """The newest step, while it is worth telling."""
        newest = self._newest
        return newest if newest is not None and t_ns - newest.t_ns < _TOLD_NS else None
