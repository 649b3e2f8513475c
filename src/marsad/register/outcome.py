"""What an operator may say of an incident: which object is meant, which outcome and casualties can be."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import hypot, isnan

from marsad.errors import ReceivedError
from marsad.geo.local import LocalFrame
from marsad.model.action import AmendOutcome, RecordImpact, ReportOutcome
from marsad.model.incident import ActualImpact, Casualties, FactStatus, Outcome
from marsad.model.site import Site
from marsad.register.objects import ObjectRecord
from marsad.register.settings import RegisterSettings

TEXT_LENGTH_MAX = 2000
_IMPACT_FAR_M = 50_000.0  # from the site: a digit that is missing puts it farther
_GRAVITY = (
    Outcome.UNKNOWN,
    Outcome.FALSE_ALARM,
    Outcome.LEFT,
    Outcome.STOPPED,
    Outcome.MISSED,
    Outcome.LANDED,
)


def object_meant(
    action: ReportOutcome,
    t_ns: int,
    objects: Sequence[ObjectRecord],
    site: Site,
    settings: RegisterSettings,
) -> ObjectRecord:
    """The object that an outcome is about, by track number or by place and time.

    t_ns   when it is reported; what happened cannot lie after it

    Raises ReceivedError if there is none, quoting what was said and the nearest object.
    """
    if not objects:
        raise ReceivedError(
            "outcome-without-incident",
            f"outcome {action.outcome.value} reported, but no incident with an object is known",
        )
    slack_ns = settings.outcome_slack_s * 1e9
    if action.t_ns > t_ns + slack_ns:
        raise ReceivedError(
            "outcome-in-the-future",
            f"outcome at {_iso(action.t_ns)} reported at {_iso(t_ns)}: it must have happened already",
        )
    if action.track_id:
        for item in objects:
            if action.track_id in item.track_ids:
                if action.t_ns < item.first_t_ns - slack_ns:
                    raise ReceivedError(
                        "outcome-before-detection",
                        f"outcome of track {action.track_id} at {_iso(action.t_ns)}, "
                        f"but it was first detected at {_iso(item.first_t_ns)}",
                    )
                return item
        known = ", ".join(str(track) for item in objects[:20] for track in item.track_ids)
        raise ReceivedError(
            "outcome-unknown-track",
            f"track {action.track_id} is in no object of the incident; its tracks: {known}",
        )
    if isnan(action.latitude_deg) or isnan(action.longitude_deg):
        raise ReceivedError(
            "outcome-of-nothing", "an outcome needs a track_id, or latitude_deg and longitude_deg"
        )
    return _nearest(action, objects, site, settings)


def _nearest(
    action: ReportOutcome, objects: Sequence[ObjectRecord], site: Site, settings: RegisterSettings
) -> ObjectRecord:
    frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    east, north, _ = frame.enu_from_geodetic(action.latitude_deg, action.longitude_deg, site.height_m)
    slack_ns = settings.outcome_slack_s * 1e9
    candidates: list[tuple[bool, float, int]] = []
    nearest_m = float("inf")
    for number, item in enumerate(objects):
        at_east, at_north = item.position_at(action.t_ns)
        distance_m = float(((at_east - east) ** 2 + (at_north - north) ** 2) ** 0.5)
        nearest_m = min(nearest_m, distance_m)
        in_time = item.first_t_ns - slack_ns <= action.t_ns <= item.last_t_ns + slack_ns
        if in_time and distance_m <= settings.outcome_reach_m:
            # one of unknown fate first: two drones stopped side by side are two reports
            candidates.append((item.outcome is not Outcome.UNKNOWN, distance_m, number))
    if not candidates:
        raise ReceivedError(
            "outcome-out-of-reach",
            f"no object within {settings.outcome_reach_m:.0f} m of {action.latitude_deg:.5f}, "
            f"{action.longitude_deg:.5f} at {_iso(action.t_ns)}; the nearest was {nearest_m:.0f} m away "
            f"(an object counts until {settings.outcome_slack_s:.0f} s after its last plot)",
        )
    return objects[min(candidates)[2]]


def actual_impact(
    action: RecordImpact,
    t_ns: int,
    objects: Sequence[ObjectRecord],
    alarms: Mapping[str, Sequence[int]],
    site: Site,
    settings: RegisterSettings,
) -> ActualImpact:
    """Where something came down, with the round that it was and the alarm that told of it, if any.

    t_ns     when it is entered; it cannot have come down after it
    alarms   of the incident, with their tracks

    A round that is not named is that whose last prediction is nearest, within the reach of outcomes in place
    and time; where there is none, the impact is kept of no round. Raises ReceivedError for a time to come
    or before anything was seen, a place that is none or far away, and a track or alarm that is not of the
    incident, naming those that are.
    """
    check_texts(action.note)
    if isnan(action.latitude_deg) or isnan(action.longitude_deg):
        raise ReceivedError("impact-of-nowhere", "record_impact needs latitude_deg and longitude_deg")
    slack_ns = int(settings.outcome_slack_s * 1e9)
    if action.t_ns > t_ns + slack_ns:
        raise ReceivedError(
            "impact-in-the-future",
            f"impact at {_iso(action.t_ns)} entered at {_iso(t_ns)}: it must have come down already",
        )
    if action.alarm_id and action.alarm_id not in alarms:
        names = ", ".join(alarms) or "none"
        raise ReceivedError(
            "unknown-alarm", f"alarm {action.alarm_id[:80]!r} is not of this incident; its alarms: {names}"
        )
    frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    east, north, _ = frame.enu_from_geodetic(action.latitude_deg, action.longitude_deg, site.height_m)
    place = round(float(east), 1), round(float(north), 1), 0.0
    if not hypot(*place[:2]) <= _IMPACT_FAR_M:
        raise ReceivedError(
            "impact-far-away",
            f"impact at {action.latitude_deg:g}, {action.longitude_deg:g}, {hypot(*place[:2]) / 1e3:.0f} km "
            f"from {site.site_id}; at most {_IMPACT_FAR_M / 1e3:.0f} km are allowed",
        )
    item = _fallen(action, place, objects, settings)
    first_t_ns = item.first_t_ns if item else min((one.first_t_ns for one in objects), default=action.t_ns)
    if action.t_ns < first_t_ns - slack_ns:
        raise ReceivedError(
            "impact-before-detection",
            f"impact at {_iso(action.t_ns)}, but what could have come down was first detected at "
            f"{_iso(first_t_ns)}",
        )
    track_id = None if item is None else item.track_ids[-1]
    told = [name for name, tracks in alarms.items() if item is not None and set(tracks) & set(item.track_ids)]
    return ActualImpact(
        action.t_ns,
        place,
        action.note.strip(),
        action.by,
        t_ns,
        action.alarm_id or (told[0] if told else ""),
        track_id,
        None if item is None else item.predicted_enu,
        None if item is None else item.predicted_t_ns,
    )


def _fallen(
    action: RecordImpact,
    place_enu: tuple[float, float, float],
    objects: Sequence[ObjectRecord],
    settings: RegisterSettings,
) -> ObjectRecord | None:
    """The object that came down there: the one that is named, or that whose prediction is nearest."""
    if action.track_id:
        for item in objects:
            if action.track_id in item.track_ids:
                return item
        known = ", ".join(str(track) for item in objects[:20] for track in item.track_ids) or "none"
        raise ReceivedError(
            "outcome-unknown-track",
            f"track {action.track_id} is in no object of the incident; its tracks: {known}",
        )
    slack_ns = settings.outcome_slack_s * 1e9
    near = [
        (hypot(place_enu[0] - item.predicted_enu[0], place_enu[1] - item.predicted_enu[1]), number)
        for number, item in enumerate(objects)
        if item.predicted_enu is not None
        and item.predicted_t_ns is not None
        and abs(item.predicted_t_ns - action.t_ns) <= slack_ns
    ]
    near = [one for one in near if one[0] <= settings.outcome_reach_m]
    return objects[min(near)[1]] if near else None


def amended_object(action: AmendOutcome, objects: Sequence[ObjectRecord]) -> ObjectRecord | None:
    """The object whose outcome is corrected; None where it is that of the incident as a whole.

    Raises ReceivedError for a track that is in no object, naming those that are.
    """
    if not action.track_id:
        return None
    for item in objects:
        if action.track_id in item.track_ids:
            return item
    known = ", ".join(str(track) for item in objects[:20] for track in item.track_ids) or "none"
    raise ReceivedError(
        "outcome-unknown-track",
        f"track {action.track_id} is in no object of the incident; its tracks: {known}",
    )


def worst_outcome(objects: Sequence[ObjectRecord]) -> Outcome:
    """The gravest outcome recorded for any object; UNKNOWN if none is recorded."""
    return max((item.outcome for item in objects), key=_GRAVITY.index, default=Outcome.UNKNOWN)


def check_agreement(outcome: Outcome, objects: Sequence[ObjectRecord]) -> None:
    """Refuse an outcome of the attack that its objects contradict.

    An attack is as grave as its gravest object: one that missed or landed was not all stopped. A
    graver outcome than any recorded needs an object whose fate is unknown. UNKNOWN contradicts nothing.
    """
    worst = worst_outcome(objects)
    if Outcome.UNKNOWN in (outcome, worst) or outcome is worst:
        return
    if _GRAVITY.index(outcome) < _GRAVITY.index(worst):
        track_id = next(item.track_ids[-1] for item in objects if item.outcome is worst)
        raise ReceivedError(
            "outcome-contradicts-objects",
            f"outcome {outcome.value} refused: track {track_id} is recorded as {worst.value}; "
            f"correct that first, or close with {worst.value}",
        )
    if all(item.outcome is not Outcome.UNKNOWN for item in objects):
        raise ReceivedError(
            "outcome-of-no-object",
            f"outcome {outcome.value} refused: no object is recorded as {outcome.value} and none is of "
            f"unknown fate; record it first, or close with {worst.value}",
        )


def check_casualties(casualties: Casualties, accounted: bool) -> None:
    """Refuse casualties that cannot be.

    Negative ones; numbers with a status that means none or nothing known; zeros that are said to be
    casualties, for nobody hurt is "none", and "none" needs the head count.
    """
    quoted = f"{casualties.status.value} (killed {casualties.killed}, injured {casualties.injured})"
    if casualties.killed < 0 or casualties.injured < 0:
        raise ReceivedError("casualties-negative", f"casualties {quoted}: counts start at 0")
    if casualties.status is FactStatus.NONE and (casualties.killed or casualties.injured):
        raise ReceivedError("casualties-contradictory", f"casualties {quoted}: none means 0 and 0")
    if casualties.status is FactStatus.UNKNOWN and (casualties.killed or casualties.injured):
        raise ReceivedError("casualties-contradictory", f"casualties {quoted}: unknown has no numbers")
    counted = casualties.status in (FactStatus.CONFIRMED, FactStatus.UNCONFIRMED)
    if counted and not (casualties.killed or casualties.injured):
        raise ReceivedError(
            "casualties-zero",
            f"casualties {quoted} refused: nobody killed and nobody injured is none, which needs a "
            "complete head count; enter a number, or close with none or unknown",
        )
    if casualties.status is FactStatus.NONE and not accounted:
        raise ReceivedError(
            "casualties-before-head-count",
            f"casualties {quoted} refused: the head count is not complete; "
            "report it complete first, or close with casualties unknown",
        )


def check_texts(*texts: str) -> None:
    """Refuse what is too long for a record that is printed and stored with every version."""
    for text in texts:
        if len(text) > TEXT_LENGTH_MAX:
            raise ReceivedError(
                "text-too-long",
                f"{len(text)} characters beginning {text[:40]!r}; at most {TEXT_LENGTH_MAX} are kept",
            )


def _iso(t_ns: int) -> str:
    seconds = t_ns // 1_000_000_000
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s since 1970"
