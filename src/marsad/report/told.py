"""When each alarm was decided, and when those who were to be told had it."""

from collections.abc import Iterable
from dataclasses import dataclass

from marsad.model.incident import IncidentTelling


@dataclass(frozen=True, slots=True)
class AlarmTold:
    """One alarm on all outputs on which it was announced.

    decided_t_ns     when it was released, on the first of them
    first_t_ns, last_t_ns   when the first and the last of those that have it had it; None where none shows
    confirmed_t_ns   when a person first said that they have it; None where nobody has
    outputs          all of them
    without          those of which nothing shows that they had it
    """

    alarm_id: str
    zone_id: str
    stage: str
    decided_t_ns: int
    first_t_ns: int | None
    last_t_ns: int | None
    confirmed_t_ns: int | None
    outputs: tuple[str, ...]
    without: tuple[str, ...]

    @property
    def got(self) -> int:
        """How many outputs had it."""
        return len(self.outputs) - len(self.without)


def alarms_told(told: Iterable[IncidentTelling]) -> tuple[AlarmTold, ...]:
    """Of every alarm that was announced, in the order in which they were."""
    found: dict[str, list[IncidentTelling]] = {}
    for one in told:
        found.setdefault(one.alarm_id, []).append(one)
    return tuple(_of_one(rows) for rows in found.values())


def together(alarms: Iterable[AlarmTold], stage: str) -> AlarmTold | None:
    """All alarms of a stage as one, for who tells of them in a sentence; None where there is none.

    An output counts as told where it had each of those that were announced on it.
    """
    those = [one for one in alarms if one.stage == stage]
    if not those:
        return None
    times = [t_ns for one in those for t_ns in (one.first_t_ns, one.last_t_ns) if t_ns is not None]
    confirmed = [one.confirmed_t_ns for one in those if one.confirmed_t_ns is not None]
    return AlarmTold(
        "",
        "",
        stage,
        min(one.decided_t_ns for one in those),
        min(times, default=None),
        max(times, default=None),
        min(confirmed, default=None),
        tuple(dict.fromkeys(name for one in those for name in one.outputs)),
        tuple(dict.fromkeys(name for one in those for name in one.without)),
    )


def _of_one(rows: list[IncidentTelling]) -> AlarmTold:
    times = [row.got_t_ns for row in rows if row.got_t_ns is not None]
    confirmed = [row.confirmed_t_ns for row in rows if row.confirmed_t_ns is not None]
    return AlarmTold(
        rows[0].alarm_id,
        rows[0].zone_id,
        rows[0].stage,
        min(row.made_t_ns for row in rows),
        min(times, default=None),
        max(times, default=None),
        min(confirmed, default=None),
        tuple(row.output_id for row in rows),
        tuple(row.output_id for row in rows if row.got_t_ns is None),
    )
