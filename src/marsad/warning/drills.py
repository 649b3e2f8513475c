"""Drills of the outputs: when one is held, how each output did, and which outputs are known not to work."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from marsad.errors import ReceivedError
from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState
from marsad.model.drill import (
    DELAY_BOUNDS_S,
    Drill,
    Drilling,
    DrillRow,
    Link,
    OutputFault,
    OutputHealth,
    OutputLink,
    Skipped,
    Verdict,
)
from marsad.model.receipt import arrived_t_ns
from marsad.warning.drill_schedule import DrillSettings, Schedule
from marsad.warning.outputs import OutputSettings

_S = 1_000_000_000
DOWN_NS = 10 * _S  # a link that is made anew within so long was never missed
ABSENT_NS = 600 * _S  # a drill that is due is held so much later at the most
_DETAIL_MAX = 300


@dataclass(slots=True)
class _Known:
    """What is known of one output."""

    settings: OutputSettings
    is_needed: bool
    health: OutputHealth
    from_t_ns: int = 0  # when it was looked at first


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
    """The drills of a site, and the health of its outputs. Deterministic, picklable, bounded by the outputs.

    needed          outputs that a fault of matters of: alarms or drills go out on them
    utc_offset_ns   UTC minus site time; every other time here is site time
    """

    def __init__(
        self,
        outputs: Sequence[OutputSettings],
        needed: frozenset[str],
        settings: DrillSettings,
        utc_offset_s: int,
    ) -> None:
        self.utc_offset_ns = 0
        self._settings = settings
        self._schedule = Schedule(settings, utc_offset_s)
        self._known = {one.name: _Known(one, one.name in needed, OutputHealth(one.name)) for one in outputs}
        self._held: _Held | None = None
        self._due_utc_ns = -1  # -1: not known yet
        self._skipped = (0, Skipped.ALARM)

    # --- what happens ---------------------------------------------------------------------------

    def begin(self, t_ns: int) -> None:
        """The outputs were started: of no link anything is known."""
        for known in self._known.values():
            known.health = replace(known.health, link=Link.UNTOLD, since_t_ns=t_ns, detail="")

    def link(self, t_ns: int, said: OutputLink) -> None:
        """An output says whether its peer can be reached. Raises ReceivedError for an unknown one."""
        known = self._known.get(said.output_id)
        if known is None:
            names = ", ".join(self._known) or "none"
            detail = f"output {said.output_id[:40]!r} is not of this site; outputs: {names}"
            raise ReceivedError("output-unknown", detail)
        link = Link.UP if said.is_up else Link.DOWN
        since_t_ns = known.health.since_t_ns if link is known.health.link else t_ns
        known.health = replace(
            known.health, link=link, since_t_ns=since_t_ns, detail=said.detail[:_DETAIL_MAX]
        )

    def hear(self, t_ns: int, before: Delivery, delivery: Delivery, said: DeliveryState) -> None:
        """Something became of an announcement, which stood as before and stands as delivery after that."""
        known = self._known.get(delivery.output_id)
        if known is None:
            return
        if said is DeliveryState.NOT_SENT:
            known.health = replace(known.health, failed_t_ns=t_ns)
        elif arrived_t_ns(delivery) is not None and said is not DeliveryState.TOO_LATE:
            known.health = replace(known.health, worked_t_ns=t_ns)
            if arrived_t_ns(before) is None:
                _count(known, delivery)
        held = self._held
        if held is not None and delivery.output_id in held.trials and delivery.alarm_id == held.drill_id:
            held.trials[delivery.output_id].delivery = delivery
            self._judge(t_ns, held.trials[delivery.output_id])

    def start(self, t_ns: int, drill_id: str, by: str, deliveries: Sequence[Delivery]) -> None:
        """A drill begins: each of its tests was handed to its output."""
        until_t_ns = t_ns + int(self._settings.within_s * _S)
        self._held = _Held(drill_id, by, t_ns, until_t_ns)
        for one in deliveries:
            self._held.trials[one.output_id] = _Trial(one)
            known = self._known[one.output_id]
            known.health = replace(known.health, drilled_t_ns=t_ns, drill_verdict=Verdict.WAITING)

    def is_due(self, t_ns: int) -> bool:
        """Whether it is time for a drill, or was, and it was neither held nor skipped."""
        return 0 < self._due_utc_ns <= t_ns + self.utc_offset_ns

    def take_turn(self, t_ns: int, *, alarm_stands: bool) -> Skipped | None:
        """One that is due has its turn, and the next is awaited; why it is not to be held, None where it is."""
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
        for trial in self._held.trials.values() if self._held is not None else ():
            self._judge(t_ns, trial)
        for known in self._known.values():
            known.from_t_ns = known.from_t_ns or t_ns
            fault = self._fault(t_ns, known)
            if fault is not known.health.fault:
                known.health = replace(known.health, fault=fault)

    # --- what is known ----------------------------------------------------------------------------

    def health(self) -> tuple[OutputHealth, ...]:
        """Of each output, in the order of the settings."""
        return tuple(known.health for known in self._known.values())

    def drilling(self) -> Drilling:
        """The last drill, and the next."""
        next_t_ns = max(self._due_utc_ns, 0)
        next_t_ns -= self.utc_offset_ns if next_t_ns else 0
        return Drilling(self._last(), next_t_ns, *self._skipped)

    def _last(self) -> Drill | None:
        held = self._held
        if held is None:
            return None
        rows = tuple(self._row(known.settings, held) for known in self._known.values())
        is_over = all(trial.verdict is not Verdict.WAITING for trial in held.trials.values())
        return Drill(held.drill_id, held.by, held.begun_t_ns, held.until_t_ns, is_over, rows)

    def _row(self, output: OutputSettings, held: _Held) -> DrillRow:
        trial = held.trials.get(output.name)
        if trial is None:
            return DrillRow(output.name, output.standard, Verdict.WAITING, for_drills=output.drills)
        confirms = output.nature.confirms
        return DrillRow(output.name, output.standard, trial.verdict, trial.delivery, confirms)

    def _judge(self, t_ns: int, trial: _Trial) -> None:
        if trial.verdict is not Verdict.WAITING or self._held is None:
            return
        if arrived_t_ns(trial.delivery) is not None:
            trial.verdict = Verdict.PASSED
        elif trial.delivery.state is DeliveryState.TOO_LATE or t_ns >= self._held.until_t_ns:
            trial.verdict = Verdict.FAILED
        known = self._known[trial.delivery.output_id]
        known.health = replace(known.health, drill_verdict=trial.verdict)

    def _fault(self, t_ns: int, known: _Known) -> OutputFault:
        health = known.health
        if not known.is_needed:
            return OutputFault.NONE
        if health.link is Link.DOWN and t_ns - health.since_t_ns >= DOWN_NS:
            return OutputFault.DOWN
        if health.failed_t_ns > health.worked_t_ns:
            return OutputFault.FAILING
        if health.drill_verdict is Verdict.FAILED and health.worked_t_ns <= health.drilled_t_ns:
            return OutputFault.DRILL_FAILED
        late_ns, shown_t_ns = self._settings.late_ns, health.worked_t_ns or known.from_t_ns
        if late_ns is not None and known.settings.drills and t_ns - shown_t_ns > late_ns:
            return OutputFault.DRILL_OVERDUE
        return OutputFault.NONE


def _count(known: _Known, delivery: Delivery) -> None:
    """How long a warning took from its rule until it had arrived."""
    there_t_ns = arrived_t_ns(delivery)
    if delivery.kind is not AnnouncementKind.WARNING or there_t_ns is None:
        return
    took_s = max(there_t_ns - delivery.ruled_t_ns, 0) / _S
    delays = list(known.health.delays)
    delays[bisect_left(DELAY_BOUNDS_S, took_s)] += 1
    total_s = round(known.health.delays_s + took_s, 6)
    known.health = replace(known.health, delays=tuple(delays), delays_s=total_s)
