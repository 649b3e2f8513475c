"""How alarms end in the record: by an all-clear, by a retraction; and that either was a mistake."""

from collections.abc import Iterable, Sequence
from copy import deepcopy

from marsad.model.action import Retract
from marsad.model.incident import Outcome
from marsad.model.warning import WarningEvent
from marsad.register.open_incident import OpenIncident


def clear(kept: OpenIncident, t_ns: int, zone_id: str, by: str, events: Sequence[WarningEvent] = ()) -> None:
    """The danger is over for a zone, or for every one; events are what ended by that."""
    known = zone_id == "" or any(zone.zone_id == zone_id for zone in kept.site.zones)
    if not known or zone_id in kept.cleared or "" in kept.cleared:
        return
    kept.cleared.append(zone_id)
    if zone_id:
        kept.line(t_ns, "incident.all_clear", [("zone_id", zone_id)], by)
    else:
        kept.line(t_ns, "incident.all_clear_everywhere", [], by)
    ended = [event.alarm_id for event in events]
    known_of = [kept.alarms.get(name) for name in ended]
    active = sum(alarm is None or not alarm.has_passed for alarm in known_of)
    unseen = sum(alarm is None or not alarm.is_acknowledged for alarm in known_of)
    if active or unseen:
        about = [("active", float(active)), ("unacknowledged", float(unseen))]
        kept.line(t_ns, "incident.all_clear_over", about, by)


def retract(kept: OpenIncident, t_ns: int, action: Retract, alarm_ids: Sequence[str]) -> None:
    """One line, however many alarms were of the same objects; which are then taken for no danger."""
    for name in alarm_ids or (action.alarm_id,):
        if (alarm := kept.alarms.get(name)) is not None and alarm.retracted_t_ns is None:
            alarm.retracted_t_ns = t_ns
    meant = kept.alarms.get(action.alarm_id)
    about: list[tuple[str, float | str]] = [
        ("zone_id", "" if meant is None else meant.zone_id),
        ("alarm_id", action.alarm_id),
    ]
    code = "incident.retracted"
    if len(alarm_ids) > 1:
        code = "incident.retracted_all"
        about.append(("count", float(len(alarm_ids) - 1)))
    kept.line(t_ns, code, [*about, ("words", action.reason)], action.by)
    _take_for_no_danger(kept)


def _take_for_no_danger(kept: OpenIncident) -> None:
    """Objects of retracted alarms that no other alarm has."""
    standing: set[int] = set()
    retracted: set[int] = set()
    for alarm in kept.alarms.values():
        (standing if alarm.retracted_t_ns is None else retracted).update(alarm.tracks)
    for item in kept.objects:
        tracks = set(item.track_ids)
        if tracks & retracted and not tracks & standing:
            item.proposed = Outcome.FALSE_ALARM


def retracted_with(kept: OpenIncident, alarm_id: str) -> list[str]:
    """The alarms that one word retracted together with an alarm, itself included; none where none did."""
    meant = kept.alarms.get(alarm_id)
    if meant is None or meant.retracted_t_ns is None:
        return []
    return [name for name, one in kept.alarms.items() if one.retracted_t_ns == meant.retracted_t_ns]


def take_for_danger(kept: OpenIncident, alarm_ids: Sequence[str]) -> None:
    """A retraction was a mistake: what is known of its objects holds again."""
    for name in alarm_ids:
        kept.alarms[name].retracted_t_ns = None
    tracks = {track for name in alarm_ids for track in kept.alarms[name].tracks}
    for item in kept.objects:
        if item.proposed is Outcome.FALSE_ALARM and tracks & set(item.track_ids):
            item.proposed = Outcome.LANDED if item.reached_zone_id else Outcome.UNKNOWN


def raise_anew(
    kept: OpenIncident, before: OpenIncident, ended: Iterable[str], events: Sequence[WarningEvent]
) -> None:
    """Alarms that a person raised again have the objects of those of their zone that were ended.

    before   the incident in which these ended: the one at hand, or a closed one that it continues
    """
    tracks: dict[str, list[int]] = {event.zone_id: [] for event in events}
    for name in ended:
        if (alarm := before.alarms.get(name)) is not None:
            tracks.setdefault(alarm.zone_id, []).extend(alarm.tracks)
            alarm.tracks = []
    for event in events:
        kept.keep_alarm(event)
        if (alarm := kept.alarms.get(event.alarm_id)) is not None:
            alarm.tracks, alarm.is_acknowledged = sorted({*tracks[event.zone_id]}), True
    if kept is not before:
        meant = {track for event in events for track in tracks[event.zone_id]}
        kept.objects = [deepcopy(item) for item in before.objects if meant & set(item.track_ids)]
        for event in events:
            kept.warned(event)
