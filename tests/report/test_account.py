"""The account of a record: facts that every document takes from there."""

from dataclasses import replace

from marsad.model.incident import Incident, IncidentWarning
from marsad.model.site import Site
from marsad.report.account import account_of

NS = 1_000_000_000


def test_a_second_attack_in_one_incident_has_lead_times_and_detections_of_its_own(
    incident: Incident, site: Site
) -> None:
    first, second = incident.objects
    late = replace(second, first_t_ns=first.first_t_ns + 300 * NS)
    warned_t_ns = late.first_t_ns + 20 * NS
    again = IncidentWarning("zone-1", "warn", warned_t_ns, 28.4, late.track_ids[0])
    sounded_anew = IncidentWarning("zone-1", "warn", warned_t_ns + 20 * NS, 8.0, None)
    record = replace(incident, objects=(first, late), warnings=(*incident.warnings, again, sounded_anew))
    account = account_of(record, site)
    shortest = account.shortest_lead
    assert shortest is not None and (shortest.lead_s, shortest.track_id) == (28.0, late.track_ids[0])
    assert account.detected_t_ns(shortest) == late.first_t_ns
    assert account.detected_t_ns(account.warnings[0]) == first.first_t_ns
    assert account.detected_t_ns(sounded_anew) == account.first_detection_t_ns
