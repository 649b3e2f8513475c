"""What a record says, put into words that the report and the statement share."""

from collections.abc import Mapping, Sequence
from math import isfinite

from marsad.model.incident import Casualties, Fact, FactStatus, Incident, IncidentObject, Outcome
from marsad.model.site import Site
from marsad.model.threat import THREAT_CLASSES
from marsad.report.wording import Language, catalogue, counted, filled, isolated, joined, say

NOUNS = {
    "owa": "fixed_wing",
    "fixedwing_small": "fixed_wing",
    "multirotor": "multirotor",
    "ballistic": "rocket",
    "unknown": "object",
    "crewed": "aircraft",
    "balloon": "balloon",
    "bird": "bird",
}


def site_name(site: Site, language: Language) -> str:
    """What people call the site; its identifier where it has no name in that language."""
    name = site.name_ar if language == "ar" else site.name_en
    return isolated(name or site.site_id, language)


def zone_names(site: Site, language: Language) -> Mapping[str, str]:
    """What people call each zone, by identifier; an alarm of no one zone is the whole site's."""
    names = {
        zone.zone_id: (zone.name_ar if language == "ar" else zone.name_en) or zone.zone_id
        for zone in site.zones
    }
    return {"": (site.name_ar if language == "ar" else site.name_en) or site.site_id, **names}


def class_label(class_name: str, language: Language) -> str:
    """What a class is called in a table; its name as it is, if it is a new one."""
    return catalogue(language).get(f"report.class.{class_name}", class_name)


def objects_counted(objects: Sequence[IncidentObject], language: Language, *, oblique: bool = False) -> str:
    """How many of what: "two fixed-wing drones and one rocket". Empty for no objects."""
    counts: dict[str, int] = {}
    for class_name in THREAT_CLASSES:
        number = sum(item.class_name == class_name for item in objects)
        if number:
            noun = NOUNS[class_name]
            counts[noun] = counts.get(noun, 0) + number
    strange = sum(item.class_name not in THREAT_CLASSES for item in objects)
    if strange:
        counts["thing"] = strange
    return joined(
        [counted(noun, number, language, oblique=oblique) for noun, number in counts.items()], language
    )


def by_outcome(incident: Incident) -> list[tuple[Outcome, list[IncidentObject]]]:
    """The objects grouped by what became of them, in the order of the outcomes, none empty."""
    order = (Outcome.STOPPED, Outcome.MISSED, Outcome.LANDED, Outcome.LEFT, Outcome.UNKNOWN)
    groups = [(outcome, [item for item in incident.objects if item.outcome is outcome]) for outcome in order]
    return [(outcome, items) for outcome, items in groups if items]


def casualties_text(casualties: Casualties, accounted: bool, language: Language) -> str:
    """Casualties for the record. "None" stands only where everybody is accounted for."""
    status = casualties.status.value
    if casualties.status is FactStatus.NONE and not accounted:
        status = "none_uncounted"
    numbers = {"killed": float(casualties.killed), "injured": float(casualties.injured)}
    return filled(f"report.casualties.{status}", language, numbers)


def fact_text(fact: Fact, language: Language) -> str:
    """A fact with its status, and the words a person gave it."""
    status = say(f"report.fact.{fact.status.value}", language)
    if not fact.text.strip():
        return status
    return say("report.fact.with_text", language, status=status, text=isolated(fact.text.strip(), language))


def outcome_text(outcome: Outcome, language: Language) -> str:
    """What became of it, in one or two words."""
    return say(f"report.outcome.{outcome.value}", language)


def first_detection_t_ns(incident: Incident) -> int:
    """When the first object was first detected; the opening where no object is recorded."""
    return min((item.first_t_ns for item in incident.objects), default=incident.opened_t_ns)


def hour_is_known(incident: Incident) -> bool:
    """Whether the time of opening was measured, or only the day and its part stated by somebody else."""
    return bool(incident.warnings) or any(isfinite(item.first_range_m) for item in incident.objects)


def last_known_t_ns(incident: Incident) -> int:
    """The latest time the record speaks of: it stands for "now" in everything printed from it."""
    times = [incident.opened_t_ns, *(entry.t_ns for entry in incident.timeline)]
    times += [item.last_t_ns for item in incident.objects]
    if incident.closed_t_ns is not None:
        times.append(incident.closed_t_ns)
    return max(times)


def shortest_lead(incident: Incident) -> tuple[float, str] | None:
    """The shortest warning to take cover, s, and its zone; None where no lead time is known.

    Per zone the first warning to take cover counts, for that is when people were told.
    """
    first: dict[str, float] = {}
    for item in sorted(incident.warnings, key=lambda warning: warning.t_ns):
        if item.stage == "warn" and isfinite(item.lead_s):
            first.setdefault(item.zone_id, item.lead_s)
    if not first:
        return None
    zone_id = min(first, key=lambda zone: (first[zone], zone))
    return first[zone_id], zone_id


def unknowns(incident: Incident, language: Language) -> list[str]:
    """Everything the record leaves open, each in a sentence: it is said, never left out."""
    found: list[str] = []

    def note(key: str, **arguments: float) -> None:
        found.append(filled(f"report.unknown.{key}", language, arguments))

    open_fates = sum(item.outcome is Outcome.UNKNOWN for item in incident.objects)
    if open_fates:
        note("objects", count=float(open_fates), total=float(len(incident.objects)))
    if incident.outcome is Outcome.UNKNOWN:
        note("outcome")
    if not incident.accounted:
        note("accounted")
    for name, status in (
        ("casualties", incident.casualties.status),
        ("damage", incident.damage.status),
        ("claim", incident.claim.status),
    ):
        if status is FactStatus.UNKNOWN:
            note(name)
        elif status is FactStatus.UNCONFIRMED:
            note(f"{name}_unconfirmed")
    untimed = sum(not isfinite(item.lead_s) for item in incident.warnings)
    if untimed:
        note("lead", count=float(untimed), total=float(len(incident.warnings)))
    return found
