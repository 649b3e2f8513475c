"""The machine's clock: steady whatever is set, tied to UTC, and gone on with after a restart."""

from dataclasses import dataclass

import pytest

from marsad.links.clock import SystemClock, boot, steady_ns
from marsad.model.clock import EARLIEST_NS, LATEST_NS, Tie

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
START = 1_641_264_000 * SECOND
STEPS = [sign * size * SECOND for size in (1, 10, 3_600, 86_400) for sign in (1, -1)]


@dataclass
class Machine:
    """A machine whose clocks a test moves."""

    wall_ns: int = START
    steady_ns: int = 500 * SECOND
    boot: str = "first"

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.wall_ns, lambda: self.steady_ns, lambda: self.boot)

    def passes(self, span_ns: int) -> None:
        self.wall_ns += span_ns
        self.steady_ns += span_ns


def test_it_begins_as_utc_and_begins_again_until_a_journal_goes_on() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall_ns += 3 * HOUR  # set while the engine is prepared
    clock.begin()
    assert clock.now_ns() == clock.utc_ns() == START + 3 * HOUR
    assert clock.tie() == Tie(0, "first", START + 3 * HOUR - 500 * SECOND)
    clock.go_on(clock.now_ns() - 5, None)
    machine.wall_ns += HOUR
    clock.begin()
    assert (clock.now_ns(), clock.tie().utc_offset_ns) == (START + 3 * HOUR, HOUR)


@pytest.mark.parametrize("step_ns", STEPS)
def test_a_step_of_the_wall_clock_is_one_of_the_tie_only(step_ns: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(7 * SECOND)
    assert clock.tie().utc_offset_ns == 0
    machine.wall_ns += step_ns
    machine.passes(SECOND)
    assert clock.now_ns() == START + 8 * SECOND
    assert clock.tie().utc_offset_ns == step_ns
    machine.wall_ns += 40_000_000  # as a time server that slews does in an hour
    assert clock.tie().utc_offset_ns == step_ns


def test_two_readings_far_apart_are_no_step() -> None:
    machine = Machine()
    readings = iter(range(10**6))

    def slow() -> int:
        return machine.steady_ns + next(readings) * 400_000_000

    clock = SystemClock(lambda: machine.wall_ns, slow, lambda: "first")
    before = clock.tie().utc_offset_ns
    assert abs(before) < 3 * SECOND
    assert SystemClock().tie().utc_offset_ns == 0


@pytest.mark.parametrize("step_ns", STEPS)
def test_a_restart_goes_on_by_the_steady_clock_whatever_was_set_meanwhile(step_ns: int) -> None:
    machine = Machine()
    first = machine.clock()
    end_ns, tie = first.now_ns(), first.tie()
    machine.passes(4 * SECOND)
    machine.wall_ns += step_ns
    again = machine.clock()
    again.go_on(end_ns, tie)
    assert again.now_ns() == end_ns + 4 * SECOND
    assert again.tie().utc_offset_ns == step_ns


@pytest.mark.parametrize(
    ("rested_ns", "offset_ns"),
    [(5 * SECOND, 0), (7 * DAY, 0), (-HOUR, -HOUR), (-400 * DAY, -400 * DAY)],
)
def test_after_a_machine_s_restart_utc_tells_how_long_it_was_unless_it_went_back(
    rested_ns: int, offset_ns: int
) -> None:
    first = Machine().clock()
    again = Machine(START + rested_ns, 3 * SECOND, "second").clock()
    again.go_on(first.now_ns(), first.tie())
    assert again.now_ns() == max(START + rested_ns, START)
    assert again.tie().utc_offset_ns == offset_ns


def test_a_journal_of_an_earlier_version_goes_on_by_utc() -> None:
    clock = Machine(START + 9 * SECOND).clock()
    clock.go_on(START, None)
    assert (clock.now_ns(), clock.tie().utc_offset_ns) == (START + 9 * SECOND, 0)


@pytest.mark.parametrize(("wall_ns", "begins_ns"), [(5, EARLIEST_NS), (LATEST_NS + DAY, LATEST_NS)])
def test_a_machine_that_does_not_know_the_year_begins_within_bounds(wall_ns: int, begins_ns: int) -> None:
    machine = Machine(wall_ns)
    clock = machine.clock()
    assert clock.now_ns() == begins_ns
    assert clock.tie().utc_offset_ns == wall_ns - begins_ns
    machine.wall_ns = START  # the time server answers
    assert clock.now_ns() + clock.tie().utc_offset_ns == START


def test_this_machine_has_a_steady_clock_and_names_its_run() -> None:
    assert 0 < steady_ns() <= steady_ns()
    assert boot() == boot()
    assert " " not in boot()
