"""How long compiling takes yet: by the known cost of each kernel, and what this machine took so far."""

from dataclasses import dataclass, field
from math import inf

from marsad.tracking.warm import CompileJob

LOAD_S = 2.0
_SLACK_S = 0.5  # what rises by less is the same number


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a preparation is.

    share    0 to 1
    left_s   estimated seconds to the end, None where it takes longer than was said
    doing    the kernels under way, "" if none
    """

    share: float
    left_s: float | None
    doing: str = ""


@dataclass(slots=True)
class Forecast:
    """What is left to do, by the known cost of each kernel and the pace of this machine so far.

    What was promised is kept: the share never falls and always moves, and the seconds left never rise;
    where they would, none are named until they are below what was said last.

    done_s       known cost of what is done, the start of a process that compiles included
    took_s       what that took here, by the clock: other work on the machine slows it as it slows the rest
    share        told last
    said_s       seconds left told last
    compiled_s   known cost of the kernels that are done
    start_pace   the pace at the beginning, by which the share of what is under way is told
    """

    workers: int
    waiting: list[CompileJob]
    total_s: float
    done_s: float = 0.0
    took_s: float = 0.0
    share: float = 0.0
    said_s: float = inf
    compiled_s: float = 0.0
    start_pace: float = field(init=False)
    running: dict[CompileJob, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start_pace = self._pace(0.0)  # kept for the share, which would stand still where the pace falls

    def begin(self, job: CompileJob, now_s: float) -> None:
        """A kernel is no longer waiting."""
        self.waiting.remove(job)
        self.running[job] = now_s

    def end(self, job: CompileJob, now_s: float) -> None:
        """A kernel is compiled."""
        self.took_s += now_s - self.running.pop(job)
        self.done_s += job.cost_s
        self.compiled_s += job.cost_s

    def progress(self, now_s: float) -> Progress:
        """How far it is at a time."""
        pace = self._pace(now_s)
        left_s = {
            job: max(job.cost_s - (now_s - began_s) / pace, 0.0) for job, began_s in self.running.items()
        }
        free_s = sorted([*left_s.values(), *[0.0] * (self.workers - len(left_s))])
        for job in self.waiting:  # each goes to whoever is free first, as they will
            free_s = sorted([free_s[0] + job.cost_s, *free_s[1:]])
        doing = ", ".join(sorted({job.name for job in self.running}))
        return Progress(self._moved(now_s), self._promise((free_s[-1] + LOAD_S) * pace), doing)

    def _moved(self, now_s: float) -> float:
        under_way_s = sum(
            job.cost_s * _part_done((now_s - began_s) / self.start_pace / job.cost_s)
            for job, began_s in self.running.items()
        )
        share = (self.compiled_s + under_way_s) / (self.total_s + LOAD_S)
        self.share = max(self.share, min(share, 0.99))
        return self.share

    def _promise(self, left_s: float) -> float | None:
        if left_s > self.said_s + _SLACK_S:
            return None
        self.said_s = min(self.said_s, left_s)
        return self.said_s

    def _pace(self, now_s: float) -> float:
        """Seconds here for a second of known cost: of what is done, and of what takes longer than known."""
        cost_s, took_s = self.done_s, self.took_s
        usual = took_s / cost_s if cost_s > 0 else 1.0
        for job, began_s in self.running.items():
            if now_s - began_s > job.cost_s * usual:
                cost_s += job.cost_s
                took_s += now_s - began_s
        return max(took_s / cost_s, 0.05) if cost_s > 0 else 1.0


def _part_done(elapsed: float) -> float:
    """The part of a kernel that is done, by the time it has taken as a multiple of what is thought.

    Beyond four fifths it only creeps, so that it moves on a machine that is slower than thought.
    """
    late = elapsed - 0.8
    return elapsed if late <= 0 else 1.0 - 0.2 / (1.0 + late / 0.2)
