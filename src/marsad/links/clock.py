"""Clocks: the only readers of the time that frames are stamped with."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Where the rim takes its time from."""

    def begin(self) -> None:
        """What it times begins now: a simulated day at its first moment, whenever that is on the wall."""

    def now_ns(self) -> int:
        """UTC nanoseconds now; never goes back."""

    async def sleep_until(self, t_ns: int) -> None:
        """Return when the clock has reached t_ns."""

    def wall_s(self, span_ns: int) -> float:
        """How many seconds on the wall a span of this clock takes."""


class SystemClock:
    """The machine's UTC, held from going back when the machine is set back."""

    def __init__(self) -> None:
        self._last_ns = 0

    def begin(self) -> None:
        """Nothing: its time is everybody's."""

    def now_ns(self) -> int:
        """UTC nanoseconds now; never goes back."""
        self._last_ns = max(self._last_ns, time.time_ns())
        return self._last_ns

    async def sleep_until(self, t_ns: int) -> None:
        """Return when the clock has reached t_ns."""
        await asyncio.sleep(max(t_ns - self.now_ns(), 0) * 1e-9)

    def wall_s(self, span_ns: int) -> float:
        """How many seconds on the wall a span of this clock takes."""
        return span_ns * 1e-9


class SimulatedClock:
    """A clock that begins at a given time and runs `speed` times as fast as the wall's.

    Where the machine cannot keep up, the simulated day waits for it: between two readings the clock
    moves by `STEP_NS_MAX` at most, so that no sensor seems silent because a laptop was busy.

    end_t_ns   when the day is over; the clock stands still then, so that nothing ages after it
    """

    STEP_NS_MAX = 1_500_000_000

    def __init__(self, start_t_ns: int, speed: float, end_t_ns: int = 2**63 - 1) -> None:
        if not speed > 0:
            raise ValueError(f"speed is {speed}; it must be above 0")
        self._start_t_ns = self._t_ns = start_t_ns
        self._speed = speed
        self._end_t_ns = end_t_ns
        self._read_ns = time.monotonic_ns()

    def begin(self) -> None:
        """Begin the day, again too: whoever waited for it to begin has used some of it up."""
        self._t_ns, self._read_ns = self._start_t_ns, time.monotonic_ns()

    def now_ns(self) -> int:
        """UTC nanoseconds of the simulated day; never goes back."""
        wall_ns = time.monotonic_ns()
        step_ns = min(int((wall_ns - self._read_ns) * self._speed), self.STEP_NS_MAX)
        self._t_ns = min(self._t_ns + step_ns, self._end_t_ns)
        self._read_ns = wall_ns
        return self._t_ns

    async def sleep_until(self, t_ns: int) -> None:
        """Return when the clock has reached t_ns."""
        await asyncio.sleep(self.wall_s(max(t_ns - self.now_ns(), 0)))

    def wall_s(self, span_ns: int) -> float:
        """How many seconds on the wall a span of this clock takes."""
        return span_ns * 1e-9 / self._speed
