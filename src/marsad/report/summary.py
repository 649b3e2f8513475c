"""An incident as plain data, for a file that machines read, with the meaning of every key."""

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any

from marsad.model.incident import SeriesFacts
from marsad.report.account import Account

ABOUT_SUMMARY: Mapping[str, str] = MappingProxyType(
    {
        "id": "identifier of the incident",
        "version": "of its record; it grows with every change",
        "site": "identifier of the site",
        "mode": "live, exercise or test: only what is live has happened",
        "opened_t_ns": "first alarm; this and all t_ns: UTC in nanoseconds since 1970",
        "closed_t_ns": "when a person closed it, None while it is open",
        "first_detection_t_ns": "first plot of the first object's track",
        "outcome": "what its objects agree on, None where they differ",
        "closed_as": "the outcome that a person closed it with, None while it is open",
        "outcomes": "outcome → number of objects",
        "outcome_times_t_ns": "when what became of objects happened, as people said; of one corrected after "
        "closing, when it was corrected; earliest first",
        "report_times_t_ns": "when people reported, or corrected, what became of objects, earliest first",
        "objects": "number of objects",
        "stopped": "how many of them were stopped",
        "zones_entered": "per object the zones that it was tracked into, up to its outcome",
        "zones_warned": 'zones alerted or warned, earliest first; "" is the whole site',
        "warnings": "every warning that was raised, earliest first",
        "warnings[].zone": 'identifier of the zone, "" for the whole site',
        "warnings[].stage": "alert, or warn: take cover",
        "warnings[].t_ns": "when it was raised",
        "warnings[].lead_s": "as predicted at t_ns: until the object that it was raised for would reach the "
        "zone, whole seconds; None where no time could be given",
        "warnings[].track_id": "track of that object",
        "shortest_lead_s": "least lead_s of the first warning to take cover per zone and object",
        "casualties": "none, unknown, unconfirmed or confirmed; none only with a complete head count",
        "damage": "none, unknown, unconfirmed or confirmed",
        "claim": "of responsibility, likewise",
        "head_count_complete": "whether everybody is accounted for",
        "record_sha256": "SHA-256 of this version of the record as JSON",
        "series": "attacks by their records up to this one, this one included; exercises are counted apart",
        "series.counted": "whether this is an attack by its record: an object stopped, missed or landed",
        "series.previous_id": "the attack before it, at any site",
        "series.previous_site_id": "the site of that one",
        "series.gap_s": "from its opening to this one's",
        "series.within_48_h": "attacks in the 48 hours up to this one, at any site",
        "series.within_30_days": "likewise in 30 days",
        "series.site_within_30_days": "likewise at this site",
        "series.total": "in the whole register",
        "series.site_total": "likewise at this site",
        "series.first_t_ns": "opening of the earliest of them",
        "series.repeat_sites": "site and number for each site attacked more than once",
        "series.hours_local": "how many in each hour of the local day",
    }
)


def summary_of(account: Account, series: SeriesFacts, record_sha256: str = "") -> dict[str, Any]:
    """The account as plain data, for a file that machines read; what is not known is None.

    What each key means is in ABOUT_SUMMARY.
    """
    incident, shortest = account.incident, account.shortest_lead
    return {
        "id": incident.incident_id,
        "version": incident.version,
        "site": account.site.site_id,
        "mode": account.mark.value,
        "opened_t_ns": incident.opened_t_ns,
        "closed_t_ns": incident.closed_t_ns,
        "first_detection_t_ns": account.first_detection_t_ns,
        "outcome": account.outcome and account.outcome.value,
        "closed_as": None if incident.closed_t_ns is None else incident.outcome.value,
        "outcomes": {outcome.value: len(items) for outcome, items in account.groups},
        "outcome_times_t_ns": list(account.outcome_times_t_ns),
        "report_times_t_ns": list(account.report_times_t_ns),
        "objects": len(incident.objects),
        "stopped": incident.stopped,
        "zones_entered": [list(zones) for zones in account.entered],
        "zones_warned": list(dict.fromkeys(warning.zone_id for warning in account.warnings)),
        "warnings": [
            {
                "zone": item.zone_id,
                "stage": item.stage,
                "t_ns": item.t_ns,
                "lead_s": item.lead_s if isfinite(item.lead_s) else None,
                "track_id": item.track_id,
            }
            for item in account.warnings
        ],
        "shortest_lead_s": None if shortest is None else shortest.lead_s,
        "casualties": account.casualties.value,
        "damage": incident.damage.status.value,
        "claim": incident.claim.status.value,
        "head_count_complete": incident.accounted,
        "record_sha256": record_sha256 or None,
        "series": {
            "counted": series.counted,
            "previous_id": series.previous_id or None,
            "previous_site_id": series.previous_site_id or None,
            "gap_s": series.gap_s if isfinite(series.gap_s) else None,
            "within_48_h": series.within_48_h,
            "within_30_days": series.within_30_days,
            "site_within_30_days": series.site_within_30_days,
            "total": series.total,
            "site_total": series.site_total,
            "first_t_ns": series.first_t_ns,
            "repeat_sites": [list(pair) for pair in series.repeat_sites],
            "hours_local": list(series.hours_local),
        },
    }
