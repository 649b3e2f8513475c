"""How incidents follow each other: gaps, counts, repeat sites, hours of the day. No forecast."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import nan

from marsad.model.incident import Incident, Outcome, SeriesFacts

_HOUR_NS = 3_600_000_000_000
_ATTACK = frozenset({Outcome.STOPPED, Outcome.MISSED, Outcome.LANDED})


@dataclass(frozen=True, slots=True)
class IncidentSummary:
    """What the series needs to know of one incident; continues: which other it goes on with, "" for none."""

    incident_id: str
    site_id: str
    opened_t_ns: int
    attack: bool
    exercise: bool
    continues: str = ""


def is_attack(incident: Incident) -> bool:
    """Whether the record shows an attack: something was stopped, missed, or landed.

    An alarm that came to nothing, or an object that left again, is recorded but is no attack; to
    count it among "dozens of attacks" would say more than the record holds.
    """
    return incident.outcome in _ATTACK or any(item.outcome in _ATTACK for item in incident.objects)


def summary_of(incident: Incident) -> IncidentSummary:
    """The summary of one incident."""
    return IncidentSummary(
        incident.incident_id,
        incident.site_id,
        incident.opened_t_ns,
        is_attack(incident),
        incident.exercise,
        incident.continues,
    )


def _each_once(register: Iterable[IncidentSummary]) -> dict[str, IncidentSummary]:
    """Incidents that go on with one another as the first of them, an attack if one of them is; by each id."""
    known = {item.incident_id: item for item in register}
    groups: dict[str, list[IncidentSummary]] = defaultdict(list)
    for item in known.values():
        first, seen = item, {item.incident_id}
        while first.continues in known and first.continues not in seen:
            first = known[first.continues]
            seen.add(first.incident_id)
        groups[first.incident_id].append(item)
    return {
        item.incident_id: replace(known[first_id], attack=any(one.attack for one in members))
        for first_id, members in groups.items()
        for item in members
    }


def series_facts(
    incident: Incident,
    register: Iterable[IncidentSummary],
    utc_offset_s: Callable[[str], int] = lambda site_id: 0,
) -> SeriesFacts:
    """The place of an incident in the register; ``register`` may hold it too, in any version.

    utc_offset_s   local time minus UTC of a site, for the hours of the day

    Exercises are a series of their own: none of them counts a real incident, or is counted by one.
    An incident that goes on with another is one with it: both stand in the series where the first does.
    """
    itself = summary_of(incident)
    once = _each_once([*register, itself])
    own = once[itself.incident_id]
    earlier = sorted(
        (
            item
            for item in {one.incident_id: one for one in once.values()}.values()
            if item.incident_id != own.incident_id
            and item.attack
            and item.exercise == own.exercise
            and (item.opened_t_ns, item.incident_id) < (own.opened_t_ns, own.incident_id)
        ),
        key=lambda item: (item.opened_t_ns, item.incident_id),
    )
    everything = [*earlier, own]
    here = [item for item in everything if item.site_id == own.site_id]
    previous = earlier[-1] if earlier else None

    def within(items: list[IncidentSummary], hours: int) -> int:
        return sum(own.opened_t_ns - item.opened_t_ns < hours * _HOUR_NS for item in items)

    sites = Counter(item.site_id for item in everything)
    hours_local = [0] * 24
    for item in everything:
        local_ns = item.opened_t_ns + utc_offset_s(item.site_id) * 1_000_000_000
        hours_local[local_ns // _HOUR_NS % 24] += 1
    return SeriesFacts(
        counted=itself.attack,
        previous_id="" if previous is None else previous.incident_id,
        previous_site_id="" if previous is None else previous.site_id,
        gap_s=nan if previous is None else (own.opened_t_ns - previous.opened_t_ns) / 1e9,
        within_48_h=within(everything, 48),
        within_30_days=within(everything, 30 * 24),
        site_within_30_days=within(here, 30 * 24),
        total=len(everything),
        site_total=len(here),
        first_t_ns=everything[0].opened_t_ns,
        repeat_sites=tuple(
            sorted(
                ((site, count) for site, count in sites.items() if count > 1), key=lambda it: (-it[1], it[0])
            )
        ),
        hours_local=tuple(hours_local),
    )
