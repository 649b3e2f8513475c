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


@dataclass(frozen=True, slots=True)
class FirstWord:
    """The first alarm of a stage on each output, as one, for who tells of it in a sentence.

    word          that alarm
    later         how often alarms of the stage were announced on them after it: once for each output
    later_got     how many of these had arrived
    later_alarms, later_outputs   how many alarms these were, and on how many outputs
    """

    word: AlarmTold
    later: int
    later_got: int
    later_alarms: int = 0
    later_outputs: int = 0


def first_word(told: Iterable[IncidentTelling], stage: str) -> FirstWord | None:
    """How a stage was first told on each output; None where it was told on none."""
    first: dict[str, IncidentTelling] = {}
    later: list[IncidentTelling] = []
    for one in sorted(told, key=lambda one: one.made_t_ns):
        if one.stage != stage:
            continue
        if first.setdefault(one.output_id, one) is not one:
            later.append(one)
    if not first:
        return None
    got = sum(one.got_t_ns is not None for one in later)
    alarms, outputs = ({one.alarm_id for one in later}, {one.output_id for one in later})
    return FirstWord(_of_one(list(first.values())), len(later), got, len(alarms), len(outputs))


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
