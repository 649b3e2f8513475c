"""A drone that reaches its zone is said to have; one that is only not looked for, or flies on, is not."""

import pickle
from collections.abc import Callable
from dataclasses import replace

from marsad.model.site import Site
from marsad.model.threat import Level, ThreatAssessment
from marsad.model.track import TrackTable
from marsad.model.warning import AlarmState, WarningEvent, WarningEventKind
from marsad.warning import Warner, WarningSettings

S = 1_000_000_000
START = 1_641_285_600_000_000_000
Threat = Callable[..., ThreatAssessment]
Tables = Callable[..., TrackTable]


def at(
    warner: Warner, t_s: float, table: TrackTable, *threats: ThreatAssessment, **more: object
) -> list[WarningEvent]:
    return warner.consider(START + int(t_s * S), threats, table, **more)  # type: ignore[arg-type]


def over(threat: ThreatAssessment, *inside: str, left_s: float = 0.0) -> ThreatAssessment:
    """The threat, over those zones now."""
    zones = tuple(
        replace(zone, distance_m=0.0, time_to_impact_s=left_s) if zone.zone_id in inside else zone
        for zone in threat.zones
    )
    return replace(threat, zones=zones)


def reached(events: list[WarningEvent]) -> list[tuple[int | None, str]]:
    return [(event.track_id, event.zone_id) for event in events if event.kind is WarningEventKind.REACHED]


def test_what_vanishes_over_a_zone_is_said_once_to_have_come_down_there(
    site: Site, threat: Threat, table: Tables
) -> None:
    warner = Warner(site, WarningSettings())
    coming = threat(1, seconds=9.0, fuel=Level.WARN, hq=Level.WARN)
    at(warner, 0, table(START, 1), coming)
    at(warner, 9, table(START + 9 * S, 1), over(coming, "fuel"))
    events = at(warner, 10, table(START + 10 * S))
    assert reached(events) == [(1, "fuel")]
    warner = pickle.loads(pickle.dumps(warner))
    assert all(not reached(at(warner, t_s, table(START + t_s * S))) for t_s in range(11, 60))


def test_what_vanishes_before_a_zone_was_not_over_it(site: Site, threat: Threat, table: Tables) -> None:
    said = []
    for zones in ((), ("fuel",)):
        warner = Warner(site, WarningSettings())
        coming = threat(1, seconds=9.0, fuel=Level.WARN)
        at(warner, 0, table(START, 1), coming)
        last = over(coming, *zones) if zones else threat(1, seconds=1.0, fuel=Level.WARN)
        at(warner, 9, table(START + 9 * S, 1), last)
        events = at(warner, 10, table(START + 10 * S))
        assert reached(events) == [(1, "fuel")]
        said += [event.reasons[0].code for event in events if event.kind is WarningEventKind.REACHED]
    assert said == ["alarm.reached_ahead", "alarm.reached"]


def test_the_alarm_says_where_instead_of_no_object_at_an_unknown_time(
    site: Site, threat: Threat, table: Tables
) -> None:
    warner = Warner(site, WarningSettings())
    coming = threat(1, seconds=9.0, fuel=Level.WARN)
    at(warner, 0, table(START, 1), coming)
    at(warner, 9, table(START + 9 * S, 1), over(coming, "fuel"))
    for t_s in (10, 20, 30):
        at(warner, t_s, table(START + t_s * S))
        warned = next(alarm for alarm in warner.alarms() if alarm.stage is Level.WARN)
        assert warned.state is AlarmState.ACTIVE and warned.active_ids == ()
        assert warned.reasons[0].code == "alarm.reached"
        assert dict(warned.reasons[0].arguments) == {"track_id": 1, "zone_id": "fuel"}


def test_a_track_that_only_coasts_over_its_zone_has_arrived_after_three_seconds(
    site: Site, threat: Threat, table: Tables
) -> None:
    warner = Warner(site, WarningSettings())
    coming = over(threat(1, fuel=Level.WARN), "fuel")
    at(warner, 0, table(START, 1), coming)
    coasts = {"last_t_ns": START}
    assert reached(at(warner, 2.9, table(START + 2 * S, 1, **coasts), coming)) == []
    assert reached(at(warner, 3.0, table(START + 3 * S, 1, **coasts), coming)) == [(1, "fuel")]
    at(warner, 4, table(START + 4 * S, 1, **coasts), coming)
    assert not any(alarm.active_ids for alarm in warner.alarms()), "it comes no more"
    assert reached(at(warner, 5, table(START + 5 * S, 1), coming)) == []
    assert all(alarm.active_ids == (1,) for alarm in warner.alarms()), (
        "it is seen again: it had not come down"
    )
    assert reached(at(warner, 8, table(START + 8 * S, 1, last_t_ns=START + 5 * S), coming)) == [(1, "fuel")]


def test_what_ends_short_of_every_zone_has_not_arrived(site: Site, threat: Threat, table: Tables) -> None:
    warner = Warner(site, WarningSettings())
    at(warner, 0, table(START, 1), threat(1, seconds=9.0, fuel=Level.WARN))
    events = [event for t_s in range(1, 60) for event in at(warner, t_s, table(START + t_s * S))]
    assert reached(events) == []
    assert warner.alarms()[0].reasons[0].code == "alarm.emptied"


def test_nobody_looking_is_no_arrival(site: Site, threat: Threat, table: Tables) -> None:
    warner = Warner(site, WarningSettings())
    at(warner, 0, table(START, 1), over(threat(1, fuel=Level.WARN), "fuel"))
    unwatched = frozenset({1})
    for t_s in range(1, 30):
        assert reached(at(warner, t_s, table(START + t_s * S), unwatched=unwatched)) == []


def test_of_zones_within_each_other_the_inner_one_is_named(site: Site, threat: Threat, table: Tables) -> None:
    warner = Warner(site, WarningSettings())
    wide, narrow = "hq", "camp"  # 150 m and 100 m around
    coming = over(threat(1, hq=Level.WARN, camp=Level.WARN), wide, narrow)
    at(warner, 0, table(START, 1), coming)
    assert reached(at(warner, 1, table(START + S))) == [(1, narrow)]


def test_one_about_to_be_over_the_inner_zone_is_named_with_it(
    site: Site, threat: Threat, table: Tables
) -> None:
    warner = Warner(site, WarningSettings())
    coming = over(threat(1, seconds=4.0, hq=Level.WARN, camp=Level.WARN), "hq")
    at(warner, 0, table(START, 1), coming)
    assert reached(at(warner, 1, table(START + S))) == [(1, "camp")]


def test_a_track_missed_for_a_while_and_seen_again_below_a_warning_has_not_arrived(
    site: Site, threat: Threat, table: Tables
) -> None:
    warner = Warner(site, WarningSettings())
    above = over(threat(1, fuel=Level.WARN), "fuel")
    at(warner, 0, table(START, 1), above)
    at(warner, 5, table(START + 5 * S, 1, last_t_ns=START), above)
    for t_s in range(6, 40):
        events = at(warner, t_s, table(START + t_s * S, 1), threat(1, fuel=Level.ALERT))
        assert not reached(events)
    standing = {alarm.stage: alarm for alarm in warner.alarms() if alarm.state is AlarmState.ACTIVE}
    assert standing[Level.ALERT].active_ids == (1,)
