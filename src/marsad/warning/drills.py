"""Drills of the outputs: when one is held, and how each output did."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from marsad.model.announcement import Delivery, DeliveryState
from marsad.model.drill import Drill, Drilling, DrillRow, Skipped, Verdict
from marsad.model.receipt import arrived_t_ns
from marsad.warning.drill_schedule import DrillSettings, Schedule
from marsad.warning.outputs import OutputSettings

_S = 1_000_000_000
ABSENT_NS = 600 * _S  # a drill that is due is held so much later at the most


@dataclass(slots=True)
class _Trial:
    """One output in the drill at hand."""

    delivery: Delivery
    verdict: Verdict = Verdict.WAITING


@dataclass(slots=True)
class _Held:
    """The newest drill."""

    drill_id: str
    by: str
    begun_t_ns: int
    until_t_ns: int
    trials: dict[str, _Trial] = field(default_factory=dict)


class Drills:
    """The drills of a site. Deterministic, picklable, bounded by the outputs.

    utc_offset_ns   UTC minus site time; every other time here is site time
    """

    def __init__(self, outputs: Sequence[OutputSettings], settings: DrillSettings, utc_offset_s: int) -> None:
        self.utc_offset_ns = 0
        self._due_utc_ns = -1  # -1: not known yet
        self._scheduled_by = settings, utc_offset_s
        self.adopt(outputs, settings, utc_offset_s)
        self._held: _Held | None = None
        self._skipped = (0, Skipped.ALARM)

    def adopt(self, outputs: Sequence[OutputSettings], settings: DrillSettings, utc_offset_s: int) -> None:
        """From now on these settings hold; the drill at hand goes on, the next is sought anew."""
        if settings.every is None or (settings, utc_offset_s) != self._scheduled_by:
            self._due_utc_ns = -1
        self._outputs = tuple(outputs)
        self._settings, self._scheduled_by = settings, (settings, utc_offset_s)
        self._schedule = Schedule(settings, utc_offset_s)

    # --- what happens ---------------------------------------------------------------------------

    def hear(self, t_ns: int, delivery: Delivery) -> None:
        """An announcement stands as this now."""
        held = self._held
        if held is not None and delivery.output_id in held.trials and delivery.alarm_id == held.drill_id:
            held.trials[delivery.output_id].delivery = delivery
            _judge(t_ns, held, held.trials[delivery.output_id])

    def start(self, t_ns: int, drill_id: str, by: str, deliveries: Sequence[Delivery]) -> None:
        """A drill begins: each of its tests was handed to its output."""
        until_t_ns = t_ns + int(self._settings.within_s * _S)
        self._held = _Held(drill_id, by, t_ns, until_t_ns, {one.output_id: _Trial(one) for one in deliveries})

    def is_due(self, t_ns: int) -> bool:
        """Whether it is time for a drill, or was, and it was neither held nor skipped."""
        return 0 < self._due_utc_ns <= t_ns + self.utc_offset_ns

    def take_turn(self, t_ns: int, *, alarm_stands: bool) -> Skipped | None:
        """One that is due has its turn, the next is awaited; why it is not held, None where it is to be."""
        late_ns = t_ns + self.utc_offset_ns - self._due_utc_ns
        # a clock that is set back repeats none
        self._due_utc_ns = self._schedule.next_after(max(t_ns + self.utc_offset_ns, self._due_utc_ns))
        if not alarm_stands and late_ns <= ABSENT_NS:
            return None
        why = Skipped.ALARM if late_ns <= ABSENT_NS else Skipped.ABSENT
        self._skipped = (t_ns, why)
        return why

    def pass_time(self, t_ns: int) -> None:
        """Judge what has had its time."""
        if self._due_utc_ns < 0:
            self._due_utc_ns = self._schedule.next_after(t_ns + self.utc_offset_ns)
        if self._held is not None:
            for trial in self._held.trials.values():
                _judge(t_ns, self._held, trial)

    # --- what is known ----------------------------------------------------------------------------

    def drilling(self) -> Drilling:
        """The last drill, and the next."""
        next_t_ns = max(self._due_utc_ns, 0)
        next_t_ns -= self.utc_offset_ns if next_t_ns else 0
        return Drilling(self.last(), next_t_ns, *self._skipped)

    def last(self) -> Drill | None:
        """The newest drill; None before the first."""
        held = self._held
        if held is None:
            return None
        rows = tuple(_row(output, held) for output in self._outputs)
        is_over = all(trial.verdict is not Verdict.WAITING for trial in held.trials.values())
        return Drill(held.drill_id, held.by, held.begun_t_ns, held.until_t_ns, is_over, rows)


def _row(output: OutputSettings, held: _Held) -> DrillRow:
    trial = held.trials.get(output.name)
    if trial is None:
        return DrillRow(output.name, output.standard, Verdict.WAITING, for_drills=output.drills)
    confirms = output.nature.confirms
    return DrillRow(output.name, output.standard, trial.verdict, trial.delivery, confirms)


def _judge(t_ns: int, held: _Held, trial: _Trial) -> None:
    if trial.verdict is not Verdict.WAITING:
        return
    if arrived_t_ns(trial.delivery) is not None:
        trial.verdict = Verdict.PASSED
    elif trial.delivery.state is DeliveryState.TOO_LATE or t_ns >= held.until_t_ns:
        trial.verdict = Verdict.FAILED
