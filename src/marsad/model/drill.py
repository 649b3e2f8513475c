"""Drills of the outputs, and how each output is known to work: by its link, its last words, its drills."""

from dataclasses import dataclass
from enum import StrEnum

from marsad.model.announcement import Delivery


class Reachability(StrEnum):
    """Whether the peer of an output can be reached."""

    UNTOLD = "untold"  # it has no connection that is kept up, or nothing was said of it since the start
    UP = "up"
    DOWN = "down"


class Verdict(StrEnum):
    """How an output did in a drill."""

    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"


class Skipped(StrEnum):
    """Why a drill that was due was not held."""

    ALARM = "alarm"  # an alarm stood
    ABSENT = "absent"  # the site did not run


class OutputFault(StrEnum):
    """What is wrong with an output, the worst first."""

    DOWN = "down"  # its peer cannot be reached
    FAILING = "failing"  # the last that it was given did not get through
    DRILL_FAILED = "drill-failed"  # nothing has got through since
    DRILL_OVERDUE = "drill-overdue"  # nothing has shown that it works for longer than its drills allow
    NONE = ""


@dataclass(frozen=True, slots=True)
class OutputLink:
    """Whether the peer of an output can be reached, as the way out tells the site.

    detail   what is wrong, "" for nothing; in English, for whoever mends it
    code     which of the failures that readers are told of that is; as in `Delivered`
    """

    output_id: str
    is_up: bool
    detail: str = ""
    code: str = ""


DELAY_BOUNDS_S = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 8.0, 15.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class OutputHealth:
    """How an output is known to work; times are 0 for never.

    since_t_ns      since when its link is as it is
    worked_t_ns     when something got through on it last
    failed_t_ns     when something did not, for the first time since something did
    drilled_t_ns    when its last drill began
    drill_verdict   how that went; WAITING also where there was none
    delays          how many warnings came through on it within each of `DELAY_BOUNDS_S` from their rule,
                    and no more than the bound before; the last counts those beyond
    delays_s        all of them together
    """

    output_id: str
    link: Reachability = Reachability.UNTOLD
    since_t_ns: int = 0
    detail: str = ""
    code: str = ""
    worked_t_ns: int = 0
    failed_t_ns: int = 0
    drilled_t_ns: int = 0
    drill_verdict: Verdict = Verdict.WAITING
    fault: OutputFault = OutputFault.NONE
    delays: tuple[int, ...] = (0,) * (len(DELAY_BOUNDS_S) + 1)
    delays_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DrillRow:
    """An output in a drill.

    delivery   what became of its test, None where it was not tried
    for_drills    whether it is marked for drills: others are never tried
    can_confirm   whether people can say on it that they have it
    """

    output_id: str
    standard: str
    verdict: Verdict
    delivery: Delivery | None = None
    can_confirm: bool = False
    for_drills: bool = True


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill of the chain.

    by          who began it, "" for the schedule
    until_t_ns  what has not got through by then has failed
    is_over     every output has passed or failed
    """

    drill_id: str
    by: str
    begun_t_ns: int
    until_t_ns: int
    is_over: bool
    rows: tuple[DrillRow, ...]


@dataclass(frozen=True, slots=True)
class Drilling:
    """All that is known of drills.

    last           the newest, None before the first
    next_t_ns      when the next is due, 0 where none is
    skipped_t_ns   when one that was due was not held, 0 for never
    """

    last: Drill | None = None
    next_t_ns: int = 0
    skipped_t_ns: int = 0
    skipped: Skipped = Skipped.ALARM
