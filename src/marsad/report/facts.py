"""What a record says, put into words that the report and the statement share."""

from collections.abc import Mapping, Sequence
from math import isfinite

from marsad.model.incident import Fact, FactStatus, Incident, IncidentObject, Outcome
from marsad.model.procedure import Procedure
from marsad.model.site import Site
from marsad.model.threat import HARMLESS_CLASSES, THREAT_CLASSES
from marsad.report.account import Account
from marsad.report.wording import (
    BETWEEN,
    Case,
    Tongue,
    catalogue,
    comma,
    counted,
    filled,
    isolated,
    joined,
    language_of,
    say,
)

# posts that records name in English, whoever holds them, and the person of a console without sign-in
_POSTS = {
    "duty officer": "report.by.duty_officer",
    "local operator": "report.by.local_operator",
    "public statement": "report.by.public_statement",
}
NOUNS = {
    "owa": "fixed_wing",
    "fixedwing_small": "fixed_wing",
    "multirotor": "multirotor",
    "ballistic": "rocket",
    "unknown": "object",
    "crewed": "aircraft",
    "balloon": "balloon",
    "bird": "bird",
    "crewed_unproved": "fast_object",
    "balloon_unproved": "slow_object",
    "bird_unproved": "small_object",
}


def site_name(site: Site, tongue: Tongue) -> str:
    """What people call the site; its identifier where it has no name in that language."""
    name = site.name_ar if language_of(tongue) == "ar" else site.name_en
    return isolated(name or site.site_id, tongue)


def called(text: str, site: Site, tongue: Tongue) -> str:
    """What documents call a person, a post or a sensor; as the record has it where nothing is set."""
    for name in site.names:
        if name.of == text:
            return isolated(name.name_ar if language_of(tongue) == "ar" else name.name_en, tongue)
    if BETWEEN in text:  # who released an alarm together
        return comma(language_of(tongue)).join(called(one, site, tongue) for one in text.split(BETWEEN))
    post = _POSTS.get(text)
    return isolated(say(post, tongue) if post else text, tongue)


def place_called(site_id: str, site: Site, tongue: Tongue) -> str:
    """What another site is called; "" where nobody has named it: an identifier is no name."""
    known = site_id == site.site_id or any(name.of == site_id for name in site.names)
    if not known:
        return ""
    return site_name(site, tongue) if site_id == site.site_id else called(site_id, site, tongue)


def zone_names(site: Site, tongue: Tongue) -> Mapping[str, str]:
    """What people call each zone, by identifier; an alarm of no one zone is the whole site's."""
    arabic = language_of(tongue) == "ar"
    names = {zone.zone_id: (zone.name_ar if arabic else zone.name_en) or zone.zone_id for zone in site.zones}
    return {"": (site.name_ar if arabic else site.name_en) or site.site_id, **names}


def procedure_name(procedure: Procedure, tongue: Tongue) -> str:
    """What people call a procedure: a final or a departure by its end of the runway."""
    key = f"procedure.name.{procedure.use.value.replace(' ', '_')}"
    if procedure.end and key in catalogue(language_of(tongue)):
        return say(key, tongue, end=procedure.end)
    arabic = language_of(tongue) == "ar"
    return (procedure.name_ar if arabic else procedure.name_en) or procedure.procedure_id


def place_names(site: Site, tongue: Tongue) -> Mapping[str, str]:
    """What people call each zone, each procedure, and whoever or whatever the site has named."""
    arabic = language_of(tongue) == "ar"
    named = {one.of: one.name_ar if arabic else one.name_en for one in site.names}
    procedures = {one.procedure_id: procedure_name(one, tongue) for one in site.procedures}
    return {**named, **procedures, **zone_names(site, tongue)}


def class_label(class_name: str, tongue: Tongue) -> str:
    """What a class is called in a table; its name as it is, if it is a new one."""
    return catalogue(language_of(tongue)).get(f"report.class.{class_name}", class_name)


def objects_counted(objects: Sequence[IncidentObject], tongue: Tongue, *, case: Case = "nominative") -> str:
    """How many of what: "two fixed-wing drones and one rocket". Empty for no objects."""
    counts: dict[str, int] = {}
    for class_name in (*THREAT_CLASSES, *(f"{name}_unproved" for name in HARMLESS_CLASSES)):
        number = sum(item.told_class == class_name for item in objects)
        if number:
            noun = NOUNS[class_name]
            counts[noun] = counts.get(noun, 0) + number
    strange = sum(item.class_name not in THREAT_CLASSES for item in objects)
    if strange:
        counts["thing"] = strange
    return joined([counted(noun, number, tongue, case=case) for noun, number in counts.items()], tongue)


def casualties_text(account: Account, tongue: Tongue, document: str = "report") -> str:
    """Casualties as a document ("report" or "statement") words them; the same fact in each."""
    status = account.casualties.value
    if account.casualties is FactStatus.UNKNOWN:
        # an unknown is not a report of casualties, but it is not their absence either
        status = "open_counted" if account.incident.accounted else "open"
    casualties = account.incident.casualties
    numbers = {"killed": float(casualties.killed), "injured": float(casualties.injured)}
    return filled(f"{document}.casualties.{status}", tongue, numbers)


def fact_text(fact: Fact, tongue: Tongue) -> str:
    """A fact with its status, and the words a person gave it."""
    status = say(f"report.fact.{fact.status.value}", tongue)
    if not fact.text.strip():
        return status
    return say("report.fact.with_text", tongue, status=status, text=isolated(fact.text.strip(), tongue))


def outcome_text(outcome: Outcome, tongue: Tongue) -> str:
    """What became of it, in one or two words."""
    return say(f"report.outcome.{outcome.value}", tongue)


def outcomes_text(account: Account, tongue: Tongue) -> str:
    """What became of all: one outcome, or each with its count; and what it was closed with, if otherwise."""
    if account.outcome is not None:
        text = outcome_text(account.outcome, tongue)
    else:
        parts = [
            say(
                "report.outcome_count",
                tongue,
                outcome=outcome_text(outcome, tongue),
                count=float(len(items)),
            )
            for outcome, items in account.groups
        ]
        text = comma(tongue).join(parts)
    if account.closed_otherwise:
        closed = outcome_text(account.incident.outcome, tongue)
        if not account.incident.closed_by:
            return say("report.outcome_closed_as", tongue, outcomes=text, closed=closed)
        by = called(account.incident.closed_by, account.site, tongue)
        text = say("report.outcome_closed_by", tongue, outcomes=text, closed=closed, by=by)
    return text


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


def unknowns(account: Account, tongue: Tongue) -> list[str]:
    """Everything the record leaves open, each in a sentence: it is said, never left out."""
    incident = account.incident
    found: list[str] = []

    def note(key: str, **arguments: float) -> None:
        found.append(filled(f"report.unknown.{key}", tongue, arguments))

    open_fates = sum(item.outcome is Outcome.UNKNOWN for item in incident.objects)
    if open_fates:
        note("objects", count=float(open_fates), total=float(len(incident.objects)))
    if account.outcome is Outcome.UNKNOWN:
        note("outcome")
    if not incident.accounted:
        note("accounted")
    for name, status in (
        ("casualties", account.casualties),
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
