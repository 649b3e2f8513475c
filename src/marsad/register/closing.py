"""What became of an incident and its objects: reported, entered, closed, and corrected after closing."""

from dataclasses import replace

from marsad.errors import ReceivedError
from marsad.model.action import AmendOutcome, CloseIncident, RecordImpact, ReportOutcome, TakeBackImpact
from marsad.model.incident import ActualImpact, Amendment, Outcome
from marsad.register.open_incident import OpenIncident
from marsad.register.outcome import (
    actual_impact,
    amended_object,
    check_agreement,
    check_casualties,
    check_texts,
    object_meant,
    worst_outcome,
)


def report_outcome(kept: OpenIncident, t_ns: int, action: ReportOutcome) -> None:
    """Somebody says what became of an object; after closing too.

    The object keeps when it happened, as they say; the timeline when they said it.
    """
    item = object_meant(action, t_ns, kept.objects, kept.site, kept.settings)
    again = item.outcome is action.outcome is Outcome.UNKNOWN or (
        item.outcome is action.outcome
        and item.outcome_by == action.by
        and item.outcome_t_ns is not None
        and abs(item.outcome_t_ns - action.t_ns) <= kept.settings.outcome_slack_s * 1e9
    )
    if again:
        return
    if kept.closed_t_ns is not None and item.outcome is not action.outcome:
        _amended(kept, Amendment(t_ns, action.by, item.track_ids[-1], item.outcome, action.outcome))
    taken_back = action.outcome is Outcome.UNKNOWN  # then nothing is known of it, and nobody says so
    item.outcome, item.outcome_by = action.outcome, "" if taken_back else action.by
    item.outcome_t_ns = None if taken_back else action.t_ns
    code = f"incident.outcome.{action.outcome.value}"
    kept.line(t_ns, code, [("track_id", float(item.track_ids[-1]))], action.by)
    _agree(kept, t_ns, action.by)


def enter_impact(kept: OpenIncident | None, t_ns: int, action: RecordImpact) -> None:
    """Where something came down, beside what was predicted of it; also after closing."""
    if kept is None:
        raise ReceivedError(
            "impact-without-incident",
            "record_impact: no incident is known that it could belong to",
        )
    alarms = {name: alarm.tracks for name, alarm in kept.alarms.items()}
    entered = {one.track_id for one in kept.impacts}
    rounds = sorted(kept.objects, key=lambda item: item.track_ids[-1] in entered)
    found = actual_impact(action, t_ns, rounds, alarms, kept.site, kept.settings)
    if found in kept.impacts or any(_says_same(found, one) for one in kept.impacts):
        return
    if len(kept.impacts) >= kept.settings.object_count_max:
        kept.dropped["objects"] += 1
        return
    kept.impacts.append(found)
    kept.changed = True  # its line may stand there already: it was entered before, and taken back
    about: list[tuple[str, float | str]] = []
    code = "incident.impact"
    if found.track_id is not None:
        about.append(("track_id", float(found.track_id)))
        code = "incident.impact_of"
    if found.predicted_enu is not None:
        about.append(("apart_m", found.apart_m))
        code = "incident.impact_predicted"
    kept.line(found.t_ns, code, about, action.by)


def take_back_impact(kept: OpenIncident | None, t_ns: int, action: TakeBackImpact) -> None:
    """What somebody entered of an impact was wrong: it is no part of the record's figures any more.

    Raises ReceivedError where the reason is missing, or where none was entered so, naming those that were.
    """
    check_texts(action.reason)
    if not action.reason.strip():
        raise ReceivedError("reason-needed", "take_back_impact.reason is empty: the record says why")
    impacts = [] if kept is None else kept.impacts
    meant = [
        one for one in impacts if _ms(one.t_ns) == _ms(action.t_ns) and (one.track_id or 0) == action.track_id
    ]
    if kept is None or not meant:
        entered = ", ".join(f"t_ns {one.t_ns} of track {one.track_id or 0}" for one in impacts[:20]) or "none"
        raise ReceivedError(
            "unknown-impact",
            f"no impact at t_ns {action.t_ns} of track {action.track_id} is entered; these are: {entered}",
        )
    found = meant[-1]
    kept.impacts.remove(found)
    kept.changed = True
    about: list[tuple[str, float | str]] = [("words", action.reason.strip())]
    code = "incident.impact_taken_back"
    if found.track_id is not None:
        about.insert(0, ("track_id", float(found.track_id)))
        code = "incident.impact_of_taken_back"
    kept.line(t_ns, code, about, action.by)


def _ms(t_ns: int) -> int:
    return t_ns // 1_000_000


def close(kept: OpenIncident | None, t_ns: int, action: CloseIncident) -> None:
    """A person closes the incident. Raises ReceivedError where there is none, or it cannot be so."""
    if kept is not None and kept.closing == action:
        return
    if kept is None or kept.closed_t_ns is not None:
        raise ReceivedError("nothing-to-close", "no incident is open")
    check_texts(action.damage.text, action.claim.text)
    check_casualties(action.casualties, kept.accounted)
    check_agreement(action.outcome, kept.objects)
    kept.closing = action
    kept.outcome = action.outcome
    kept.casualties = action.casualties
    kept.damage, kept.claim = action.damage, action.claim
    kept.closed_t_ns, kept.closed_by = t_ns, action.by
    kept.line(t_ns, f"incident.closed.{action.outcome.value}", [], action.by)


def amend(kept: OpenIncident | None, t_ns: int, action: AmendOutcome) -> None:
    """Correct an outcome of the incident that was closed last; what stood before stays told."""
    if kept is None or kept.closed_t_ns is None or kept.incident_id != action.incident_id:
        closed = "none" if kept is None or kept.closed_t_ns is None else kept.incident_id
        raise ReceivedError(
            "nothing-to-amend",
            f"incident {action.incident_id[:80]!r} cannot be corrected: only the one closed last can, "
            f"until the next begins; that is {closed}",
        )
    check_texts(action.reason)
    if not action.reason.strip():
        raise ReceivedError("reason-needed", "amend_outcome.reason is empty: the record says why")
    item = amended_object(action, kept.objects)
    before = kept.outcome if item is None else item.outcome
    if before is action.outcome:
        return
    if item is None:
        check_agreement(action.outcome, kept.objects)
        kept.outcome = action.outcome
    else:
        item.outcome, item.outcome_by, item.outcome_t_ns = action.outcome, action.by, t_ns
        if action.outcome is Outcome.UNKNOWN:
            item.outcome_t_ns, item.outcome_by = None, ""
    track_id = None if item is None else item.track_ids[-1]
    _amended(kept, Amendment(t_ns, action.by, track_id, before, action.outcome, action.reason.strip()))
    about: list[tuple[str, float | str]] = [] if track_id is None else [("track_id", float(track_id))]
    about += [
        (name, f"report.outcome.{one.value}") for name, one in (("before", before), ("after", action.outcome))
    ]
    code = "incident.amended" if item is None else "incident.amended_object"
    kept.line(t_ns, code, [*about, ("words", action.reason.strip())], action.by)
    if item is not None:
        _agree(kept, t_ns, action.by)


def _agree(kept: OpenIncident, t_ns: int, by: str) -> None:
    """After closing, what is learned of an object may belie the outcome of the attack: it follows."""
    try:
        check_agreement(kept.outcome, kept.objects)
    except ReceivedError:
        before, kept.outcome = kept.outcome, worst_outcome(kept.objects)
        _amended(kept, Amendment(t_ns, by, None, before, kept.outcome))
        kept.line(t_ns, f"incident.revised.{kept.outcome.value}", [], by)


def _amended(kept: OpenIncident, amendment: Amendment) -> None:
    if kept.closed_t_ns is None:
        return
    if len(kept.amendments) >= kept.settings.timeline_count_max:
        kept.dropped["lines"] += 1
        return
    kept.amendments.append(amendment)


def _says_same(one: ActualImpact, other: ActualImpact) -> bool:
    """Whether the same person has entered the same before."""
    return replace(one, entered_t_ns=other.entered_t_ns) == other
