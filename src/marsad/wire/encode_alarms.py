"""Alarms and their ends → the wire."""

from marsad import wire
from marsad.model import warning as model_warning
from marsad.wire.encode_reasons import reason_to_wire
from marsad.wire.values import NS_PER_MS, known, level_number, time_ms


def alarm_to_wire(alarm: model_warning.Alarm) -> wire.Alarm:
    """An alarm."""
    return {
        "alarm_id": alarm.alarm_id,
        "raid_id": alarm.raid_id,
        "zone_id": alarm.zone_id,
        "stage": level_number(alarm.stage),
        "state": alarm.state.value,
        "opened_t_ms": alarm.opened_t_ns // NS_PER_MS,
        "updated_t_ms": alarm.updated_t_ns // NS_PER_MS,
        "track_ids": list(alarm.track_ids),
        "active_ids": list(alarm.active_ids),
        "time_left": {
            "likely_s": known(alarm.time_left.likely_s, 1),
            "low_s": known(alarm.time_left.low_s, 1),
            "high_s": known(alarm.time_left.high_s, 1),
        },
        "reasons": [reason_to_wire(reason) for reason in alarm.reasons],
        "acknowledged_t_ms": time_ms(alarm.acknowledged_t_ns),
        "acknowledged_by": alarm.acknowledged_by,
        "acknowledged_count": alarm.acknowledged_count,
        "last_active_t_ms": alarm.last_active_t_ns // NS_PER_MS if alarm.last_active_t_ns else None,
        "lie_down": alarm.must_lie_down,
        "impact_t_ms": time_ms(alarm.impact_t_ns or None),
        "all_clear_from_t_ms": time_ms(alarm.all_clear_from_t_ns or None),
        "lost": [_lost_to_wire(one) for one in alarm.lost],
    }


def _lost_to_wire(one: model_warning.LostObject) -> wire.LostObject:
    return {"track_id": one.track_id, "zone_id": one.zone_id, "last_t_ms": one.last_t_ns // NS_PER_MS}


def alarm_end_to_wire(event: model_warning.WarningEvent) -> wire.AlarmEnd:
    """How an alarm ended."""
    words = (dict(reason.arguments).get("words", "") for reason in event.reasons)
    return {
        "alarm_id": event.alarm_id,
        "raid_id": event.raid_id,
        "zone_id": event.zone_id,
        "stage": level_number(event.stage),
        "how": "retracted" if event.kind is model_warning.WarningEventKind.RETRACTED else "all_clear",
        "t_ms": event.t_ns // NS_PER_MS,
        "words": str(next(words, "")),
    }


def all_clear_to_wire(one: model_warning.StandingAllClear) -> wire.StandingAllClear:
    """An all-clear that can still be taken back."""
    return {
        "zone_id": one.zone_id,
        "t_ms": one.t_ns // NS_PER_MS,
        "until_t_ms": one.until_t_ns // NS_PER_MS,
    }
