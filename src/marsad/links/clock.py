"""Clocks: the only readers of the time that frames are stamped with, and of what ties it to UTC."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from marsad.model.clock import EARLIEST_NS, LATEST_NS, Tie

_TIE_AGAIN_NS = 50_000_000  # what two clocks differ by at two readings is more than this after a step only
_READ_TOGETHER_NS = 5_000_000
_READINGS = 3


class Clock(Protocol):
    """Where the rim takes its time from."""

    def begin(self) -> None:
        """What it times begins now: a simulated day at its first moment, whenever that is on the wall."""

    def go_on(self, t_ns: int, tie: Tie | None) -> None:
        """Site time goes on from where a journal left it: its last time, and how that was tied to UTC."""

    def now_ns(self) -> int:
        """Site time now, nanoseconds; steady, never goes back."""

    def tie(self) -> Tie | None:
        """How site time is tied to UTC now; None where the two are one."""

    def utc_ns(self) -> int:
        """UTC nanoseconds now."""

    async def sleep_until(self, t_ns: int) -> None:
        """Return when the clock has reached t_ns."""

    def wall_s(self, span_ns: int) -> float:
        """How many seconds on the wall a span of this clock takes."""


def steady_ns() -> int:
    """The machine's steady clock, which nobody sets; it runs on while the machine sleeps, where it can."""
    return time.monotonic_ns() if _BOOT_TIME is None else time.clock_gettime_ns(_BOOT_TIME)


def boot() -> str:
    """Names this run of the machine: its steady clock means the same as long as the name does."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:64]
    except (OSError, ValueError):
        return ""


def _boot_time() -> int | None:
    number: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    if number is not None:
        try:
            time.clock_gettime_ns(number)
        except OSError:
            return None
    return number


_BOOT_TIME = _boot_time()


class SystemClock:
    """Site time by the machine: UTC as its journal began, and steady from then on.

    A journal that is gone on with keeps its time: where the machine was not started anew since, by the
    steady clock, and else by UTC, unless that has gone back behind the journal's end.

    wall_ns, steady_ns   the machine's clocks: UTC, and one that nobody sets
    boot                 names the run of the machine that the steady one belongs to
    """

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        steady_ns: Callable[[], int] = steady_ns,
        boot: Callable[[], str] = boot,
    ) -> None:
        self._wall_ns, self._steady_ns = wall_ns, steady_ns
        self._boot = boot()
        self._utc_offset_ns = 0
        self._goes_on = False
        self._begin()

    def begin(self) -> None:
        """Site time is UTC now, unless it goes on already."""
        if not self._goes_on:
            self._begin()

    def _begin(self) -> None:
        wall_ns, steady_ns, _ = self._together()
        # a machine whose battery is empty starts in 1970, and no journal shall hold such times
        self._base_ns = min(max(wall_ns, EARLIEST_NS), LATEST_NS) - steady_ns

    def go_on(self, t_ns: int, tie: Tie | None) -> None:
        """Site time goes on from where a journal left it."""
        self._goes_on = True
        if tie is not None:
            self._utc_offset_ns = tie.utc_offset_ns
        wall_ns, steady_ns, _ = self._together()
        same_run = (
            tie is not None and tie.boot == self._boot != "" and tie.steady_offset_ns + steady_ns >= t_ns
        )
        if tie is not None and same_run:
            self._base_ns = tie.steady_offset_ns
        else:
            self._base_ns = max(min(wall_ns - self._utc_offset_ns, LATEST_NS), t_ns) - steady_ns

    def now_ns(self) -> int:
        """Site time now, nanoseconds; steady, never goes back."""
        return self._steady_ns() + self._base_ns

    def tie(self) -> Tie:
        """How site time is tied to UTC now: the same as before while the machine's clock is not set."""
        wall_ns, steady_ns, took_ns = self._together()
        utc_offset_ns = wall_ns - steady_ns - self._base_ns
        if abs(utc_offset_ns - self._utc_offset_ns) > _TIE_AGAIN_NS + took_ns:
            self._utc_offset_ns = utc_offset_ns
        return Tie(self._utc_offset_ns, self._boot, self._base_ns)

    def utc_ns(self) -> int:
        """UTC nanoseconds now."""
        return self._wall_ns()

    async def sleep_until(self, t_ns: int) -> None:
        """Return when the clock has reached t_ns."""
        await asyncio.sleep(max(t_ns - self.now_ns(), 0) * 1e-9)

    def wall_s(self, span_ns: int) -> float:
        """How many seconds on the wall a span of this clock takes."""
        return span_ns * 1e-9

    def _together(self) -> tuple[int, int, int]:
        """UTC and the steady clock at one moment, and how long the reading took, all in nanoseconds.

        On a busy machine much time can pass between two readings.
        """
        for _ in range(_READINGS):
            before_ns = self._steady_ns()
            wall_ns = self._wall_ns()
            took_ns = self._steady_ns() - before_ns
            if took_ns < _READ_TOGETHER_NS:
                break
        return wall_ns, before_ns + took_ns // 2, took_ns


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

    def go_on(self, t_ns: int, tie: Tie | None) -> None:
        """Nothing: the simulated day has times of its own."""

    def tie(self) -> None:
        """None: the time of a simulated day is its UTC."""

    def utc_ns(self) -> int:
        """UTC nanoseconds of the simulated day."""
        return self.now_ns()

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
