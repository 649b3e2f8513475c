"""Rows of deliveries: when each announcement came to each step on its output; and how long that takes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import nan

from sqlalchemy import BigInteger, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState
from marsad.model.receipt import arrived_t_ns
from marsad.register.tables import Base

STEPS = (
    DeliveryState.WANTED,
    DeliveryState.SENT,
    DeliveryState.ACCEPTED,
    DeliveryState.ACTUATED,
    DeliveryState.CONFIRMED,
    DeliveryState.TOO_LATE,
)
ARRIVED = "arrived"  # beside the states: by what its output can tell, all had it
_ANEW = "-anew"  # ends the kind of what tells of an alarm that a person raised again: no delay is that
_ANSWERS = ("accepted", "actuated")


class DeliveryStep(Base):
    """One step that one announcement came to; exercise also for tests. None where a time is not known."""

    __tablename__ = "delivery_step"

    announcement_id: Mapped[str] = mapped_column(String(300), primary_key=True)
    output_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    step: Mapped[str] = mapped_column(String(20), primary_key=True)
    site_id: Mapped[str] = mapped_column(String(100))
    exercise: Mapped[bool]
    alarm_id: Mapped[str] = mapped_column(String(300))
    zone_id: Mapped[str] = mapped_column(String(100))
    stage: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    first_plot_t_ns: Mapped[int | None] = mapped_column(BigInteger)
    seen_t_ns: Mapped[int | None] = mapped_column(BigInteger)
    tracked_t_ns: Mapped[int | None] = mapped_column(BigInteger)
    alerted_t_ns: Mapped[int | None] = mapped_column(BigInteger)
    ruled_t_ns: Mapped[int] = mapped_column(BigInteger)
    made_t_ns: Mapped[int] = mapped_column(BigInteger)
    t_ns: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_delivery_step_ruled", "exercise", "ruled_t_ns"),)


@dataclass(frozen=True, slots=True)
class Delay:
    """How long warnings took in one month on one output, or from the first plot to the rule.

    month        as 2026-11, in UTC
    output_id    "" for the time from the first plot until the rule of WARN was fulfilled
    count        warnings that arrived
    p50_s, p95_s   half of them, and 95 of 100, took no longer; NaN where none arrived
    missed       warnings that have not arrived
    """

    month: str
    output_id: str
    count: int
    p50_s: float
    p95_s: float
    missed: int = 0


def note_steps(session: Session, site_id: str, deliveries: Sequence[Delivery]) -> None:
    """Store what is not stored yet of some deliveries."""
    names = [one.announcement_id for one in deliveries]
    known = {
        (row.announcement_id, row.output_id, row.step)
        for row in session.execute(
            select(DeliveryStep.announcement_id, DeliveryStep.output_id, DeliveryStep.step).where(
                DeliveryStep.announcement_id.in_(names)
            )
        )
    }
    for one in deliveries:
        times = {step.name.lower(): one.reached_t_ns[step] for step in STEPS}
        for step, t_ns in {**times, ARRIVED: arrived_t_ns(one)}.items():
            key = (one.announcement_id, one.output_id, step)
            if t_ns and key not in known:
                known.add(key)
                session.add(_row(site_id, one, step, t_ns))


def delays_of(session: Session, *, exercise: bool) -> list[Delay]:
    """How long warnings took by month and output, the newest month first.

    From first plot to rule is a row of its own, without an output, before those of its month. An output on
    which no warning ever arrived has its row too.
    """
    statement = select(DeliveryStep).where(
        DeliveryStep.exercise == exercise, DeliveryStep.kind == AnnouncementKind.WARNING.value
    )
    steps: dict[tuple[str, str], list[DeliveryStep]] = defaultdict(list)
    for row in session.scalars(statement):
        steps[row.announcement_id, row.output_id].append(row)
    spans: dict[tuple[str, str], list[float]] = defaultdict(list)
    missed: Counter[tuple[str, str]] = Counter()
    alarms: dict[str, tuple[str, float]] = {}
    answering = {row.output_id for rows in steps.values() for row in rows if row.step in _ANSWERS}
    for (_, output_id), rows in steps.items():
        month = _month(rows[0].ruled_t_ns)
        if rows[0].first_plot_t_ns:
            alarms[rows[0].alarm_id] = (month, (rows[0].ruled_t_ns - rows[0].first_plot_t_ns) * 1e-9)
        if (there_t_ns := _there(rows, answers=output_id in answering)) is not None:
            spans[month, output_id].append((there_t_ns - rows[0].ruled_t_ns) * 1e-9)
        else:
            missed[month, output_id] += 1
    for month, span_s in alarms.values():
        spans[month, ""].append(span_s)
    found = (Delay(*key, len(spans[key]), *_shares(spans[key]), missed[key]) for key in {**spans, **missed})
    return sorted(found, key=lambda one: (tuple(-int(part) for part in one.month.split("-")), one.output_id))


def _there(rows: Sequence[DeliveryStep], *, answers: bool) -> int | None:
    """When it had arrived; earlier releases did not store that, and its states show it."""
    times = {row.step: row.t_ns for row in rows}
    if ARRIVED in times:
        return times[ARRIVED]
    shown = _ANSWERS if answers else ("sent",)
    return min((times[step] for step in shown if step in times), default=None)


def _shares(values: Iterable[float]) -> tuple[float, float]:
    """Median and 95th percentile: of the values there are, the first that so many do not exceed."""
    ranked = sorted(values)
    if not ranked:
        return nan, nan
    half, most = (ranked[-(-len(ranked) * share // 100) - 1] for share in (50, 95))
    return half, most


def _month(t_ns: int) -> str:
    return datetime.fromtimestamp(t_ns // 10**9, UTC).strftime("%Y-%m")


def _row(site_id: str, one: Delivery, step: str, t_ns: int) -> DeliveryStep:
    steps = one.steps
    return DeliveryStep(
        announcement_id=one.announcement_id,
        output_id=one.output_id,
        step=step,
        site_id=site_id,
        exercise=one.is_drill,
        alarm_id=one.alarm_id,
        zone_id=one.zone_id,
        stage=one.stage.name,
        kind=f"{one.kind.value}{_ANEW if one.is_anew else ''}",
        first_plot_t_ns=one.first_plot_t_ns or None,
        seen_t_ns=steps.seen_t_ns or None,
        tracked_t_ns=steps.tracked_t_ns or None,
        alerted_t_ns=steps.alerted_t_ns or None,
        ruled_t_ns=one.ruled_t_ns,
        made_t_ns=one.made_t_ns,
        t_ns=t_ns,
    )
