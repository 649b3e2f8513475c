"""The health of the outputs: how each is known to work, by its link, its last words and its last drill."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from marsad.errors import ReceivedError
from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState
from marsad.model.drill import (
    DELAY_BOUNDS_S,
    Drill,
    OutputFault,
    OutputHealth,
    OutputLink,
    Reachability,
    Verdict,
)
from marsad.model.receipt import arrived_t_ns
from marsad.warning.outputs import OutputSettings

_S = 1_000_000_000
DOWN_NS = 10 * _S  # a link that is made anew within so long was never missed
_DETAIL_MAX = 300


@dataclass(slots=True)
class _Known:
    """What is known of one output."""

    settings: OutputSettings
    is_needed: bool
    health: OutputHealth
    from_t_ns: int = 0  # when it was looked at first


class HealthOfOutputs:
    """How each output is known to work. Deterministic, picklable, bounded by the outputs.

    needed    outputs that a fault of matters of: alarms or drills go out on them
    late_ns   so long after the last sign that one works its drill is overdue; None: never
    """

    def __init__(
        self, outputs: Sequence[OutputSettings], needed: frozenset[str], late_ns: int | None
    ) -> None:
        self._known: dict[str, _Known] = {}
        self.adopt(outputs, needed, late_ns)

    def adopt(self, outputs: Sequence[OutputSettings], needed: frozenset[str], late_ns: int | None) -> None:
        """From now on these are the outputs; what is known of one that is reached as before stays."""
        before, self._known = self._known, {}
        for one in outputs:
            known = before.get(one.name)
            if known is None or known.settings.standard != one.standard:
                known = _Known(one, one.name in needed, OutputHealth(one.name))
            known.settings, known.is_needed = one, one.name in needed
            self._known[one.name] = known
        self._late_ns = late_ns

    # --- what happens ---------------------------------------------------------------------------

    def begin(self, t_ns: int) -> None:
        """The outputs were started: of no link anything is known."""
        for known in self._known.values():
            known.health = replace(
                known.health, link=Reachability.UNTOLD, since_t_ns=t_ns, detail="", code=""
            )

    def hear_link(self, t_ns: int, said: OutputLink) -> None:
        """An output says whether its peer can be reached. Raises ReceivedError for an unknown one."""
        known = self._known.get(said.output_id)
        if known is None:
            names = ", ".join(self._known) or "none"
            detail = f"output {said.output_id[:40]!r} is not of this site; outputs: {names}"
            raise ReceivedError("output-unknown", detail)
        link = Reachability.UP if said.is_up else Reachability.DOWN
        since_t_ns = known.health.since_t_ns if link is known.health.link else t_ns
        known.health = replace(
            known.health,
            link=link,
            since_t_ns=since_t_ns,
            detail=said.detail[:_DETAIL_MAX],
            code="" if said.is_up else said.code or "unreachable",
        )

    def hear(self, t_ns: int, before: Delivery, after: Delivery, said: DeliveryState) -> None:
        """Something was said of an announcement, which stood as before and stands as after that."""
        known = self._known.get(after.output_id)
        if known is None:
            return
        if said is DeliveryState.NOT_SENT:
            if known.health.failed_t_ns <= known.health.worked_t_ns:  # one outage has one begin
                known.health = replace(known.health, failed_t_ns=t_ns)
        elif arrived_t_ns(after) is not None and said is not DeliveryState.TOO_LATE:
            known.health = replace(known.health, worked_t_ns=t_ns)
            if arrived_t_ns(before) is None:
                _count(known, after)

    def note_drill(self, drill: Drill | None) -> None:
        """How the newest drill stands; an output that it does not try is as the one before left it."""
        for row in () if drill is None else drill.rows:
            known = self._known.get(row.output_id)
            if known is not None and row.delivery is not None and drill is not None:
                known.health = replace(known.health, drilled_t_ns=drill.begun_t_ns, drill_verdict=row.verdict)

    def pass_time(self, t_ns: int) -> None:
        """Judge what each output is worth now."""
        for known in self._known.values():
            known.from_t_ns = known.from_t_ns or t_ns
            fault = self._fault(t_ns, known)
            if fault is not known.health.fault:
                known.health = replace(known.health, fault=fault)

    # --- what is known ----------------------------------------------------------------------------

    def all(self) -> tuple[OutputHealth, ...]:
        """Of each output, in the order of the settings."""
        return tuple(known.health for known in self._known.values())

    def faults(self) -> tuple[str, ...]:
        """Outputs that are known not to work, as codes of faults with their names."""
        found = (one for one in self.all() if one.fault is not OutputFault.NONE)
        return tuple(f"output.{one.fault.value}:{one.output_id}" for one in found)

    def _fault(self, t_ns: int, known: _Known) -> OutputFault:
        health = known.health
        if not known.is_needed:
            return OutputFault.NONE
        if health.link is Reachability.DOWN and t_ns - health.since_t_ns >= DOWN_NS:
            return OutputFault.DOWN
        if health.failed_t_ns > health.worked_t_ns:
            return OutputFault.FAILING
        if health.drill_verdict is Verdict.FAILED and health.worked_t_ns <= health.drilled_t_ns:
            return OutputFault.DRILL_FAILED
        shown_t_ns = health.worked_t_ns or known.from_t_ns
        if self._late_ns is not None and known.settings.drills and t_ns - shown_t_ns > self._late_ns:
            return OutputFault.DRILL_OVERDUE
        return OutputFault.NONE


def _count(known: _Known, delivery: Delivery) -> None:
    """How long a warning took from its rule until it had arrived."""
    there_t_ns = arrived_t_ns(delivery)
    if delivery.kind is not AnnouncementKind.WARNING or delivery.is_anew or there_t_ns is None:
        return
    took_s = max(there_t_ns - delivery.ruled_t_ns, 0) / _S
    delays = list(known.health.delays)
    delays[bisect_left(DELAY_BOUNDS_S, took_s)] += 1
    total_s = round(known.health.delays_s + took_s, 6)
    known.health = replace(known.health, delays=tuple(delays), delays_s=total_s)
