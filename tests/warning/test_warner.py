"""Few alarms, latched, growing, acknowledged and cleared by people."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from marsad.errors import ReceivedError
from marsad.model.action import (
    Acknowledge,
    AllClear,
    HeadCount,
    Retract,
    TakeBackAllClear,
    TakeBackRetraction,
)
from marsad.model.site import Site
from marsad.model.threat import Level, ThreatAssessment
from marsad.model.track import TrackTable
from marsad.model.warning import AlarmState, LostObject, StandingAllClear, WarningEvent, WarningEventKind
from marsad.site.actions import action_from_json
from marsad.warning import Warner, WarningSettings

Threat = Callable[..., ThreatAssessment]
Table = Callable[..., TrackTable]
Run = Callable[[float, list[ThreatAssessment]], list[WarningEvent]]
SECOND = 10**9
S = SECOND
START = 1_641_285_600_000_000_000
SETTINGS = WarningSettings()


class Clock:
    """A warner driven by seconds."""

    def __init__(self, site: Site, table: Table, start_ns: int, settings: WarningSettings = SETTINGS) -> None:
        self.warner = Warner(site, settings)
        self._table = table
        self._start_ns = start_ns

    def ns(self, seconds: float) -> int:
        return self._start_ns + int(seconds * SECOND)

    def at(
        self,
        seconds: float,
        *threats: ThreatAssessment,
        plot_s: float | None = None,
        unwatched: frozenset[int] = frozenset(),
        lost: frozenset[int] = frozenset(),
    ) -> list[WarningEvent]:
        t_ns = self.ns(seconds)
        last = None if plot_s is None else self.ns(plot_s)
        ids = [one.track_id for one in threats]
        table = self._table(t_ns, *ids, last_t_ns=last)
        return self.warner.consider(t_ns, threats, table, unwatched | lost, lost)


@pytest.fixture
def clock(site: Site, table: Table, start_ns: int) -> Clock:
    return Clock(site, table, start_ns)


def kinds(events: list[WarningEvent]) -> list[WarningEventKind]:
    return [event.kind for event in events]


def test_warn_is_raised_at_once_for_its_zone_only(clock: Clock, threat: Threat) -> None:
    events = clock.at(0, threat(1, hq=Level.WARN, fuel=Level.ALERT))
    assert [(e.kind, e.zone_id, e.stage) for e in events] == [(WarningEventKind.RAISED, "hq", Level.WARN)]
    assert events[0].time_left.likely_s == 40
    assert events[0].reasons[0].code == "rule.warn_course"


def test_an_alert_that_flickers_is_no_alarm(clock: Clock, threat: Threat) -> None:
    assert clock.at(0, threat(1, hq=Level.ALERT)) == []
    assert clock.at(0.5, threat(1, hq=Level.WATCH)) == []
    assert clock.at(0.9, threat(1, hq=Level.ALERT)) == []
    assert clock.at(1.5, threat(1, hq=Level.ALERT)) == []
    assert kinds(clock.at(2.0, threat(1, hq=Level.ALERT))) == [WarningEventKind.RAISED]


def test_alerts_of_all_zones_are_one_alarm(clock: Clock, threat: Threat) -> None:
    one, two = threat(1, hq=Level.ALERT), threat(2, fuel=Level.ALERT)
    clock.at(0, one, two)
    events = clock.at(1, one, two)
    assert kinds(events) == [WarningEventKind.RAISED, WarningEventKind.GREW]
    (alarm,) = clock.warner.alarms()
    assert (alarm.zone_id, alarm.stage, alarm.track_ids) == ("", Level.ALERT, (1, 2))


def test_alerts_can_be_per_zone(site: Site, table: Table, start_ns: int, threat: Threat) -> None:
    clock = Clock(site, table, start_ns, WarningSettings(group_alerts=False, alert_after_s=0))
    clock.at(0, threat(1, hq=Level.ALERT), threat(2, fuel=Level.ALERT))
    assert sorted(alarm.zone_id for alarm in clock.warner.alarms()) == ["fuel", "hq"]


ONE = frozenset({1})


def test_what_a_new_plot_shows_to_turn_away_is_not_lost_when_its_radar_dies_later(
    clock: Clock, threat: Threat
) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    clock.at(1, threat(1, hq=Level.WATCH), unwatched=ONE)  # of every track that a plot was just made of
    (alarm,) = clock.warner.alarms()
    assert (alarm.active_ids, alarm.lost, alarm.reasons[0].code) == ((), (), "alarm.emptied")
    clock.at(9, lost=ONE)
    assert clock.warner.alarms()[0].lost == ()
    assert kinds(clock.at(40, lost=ONE)) == [WarningEventKind.PASSED]


def test_what_is_not_seen_between_two_looks_stays_and_is_lost_once_its_sensors_are(
    clock: Clock, threat: Threat
) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    (before,) = clock.warner.alarms()
    clock.at(2, threat(1, hq=Level.WATCH), plot_s=0, unwatched=ONE)  # merely coasting out of its rule
    assert clock.warner.alarms() == (before,)
    clock.at(5, threat(1, hq=Level.WATCH), plot_s=0, lost=ONE)
    (alarm,) = clock.warner.alarms()
    assert alarm.active_ids == (1,) and alarm.reasons[0].code == "alarm.unseen"
    assert alarm.lost == (LostObject(1, "hq", clock.ns(0)),)
    assert clock.at(90, lost=ONE) == [] and clock.warner.alarms()[0].last_active_t_ns == clock.ns(0)
    clock.at(91)  # a sensor is back, and sees nothing
    (alarm,) = clock.warner.alarms()
    assert (alarm.active_ids, alarm.lost, alarm.reasons[0].code) == ((), (), "alarm.emptied")


def test_second_drone_grows_the_alarm_without_a_sound(clock: Clock, threat: Threat) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    events = clock.at(1, threat(1, hq=Level.WARN), threat(2, hq=Level.WARN, seconds=20))
    assert kinds(events) == [WarningEventKind.GREW]
    (alarm,) = clock.warner.alarms()
    assert alarm.track_ids == (1, 2)
    assert alarm.time_left.likely_s == 20  # of the nearest


def test_a_track_that_flickers_within_its_alarm_says_nothing(clock: Clock, threat: Threat) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    assert clock.at(1, threat(1, hq=Level.WATCH)) == []
    assert clock.at(2, threat(1, hq=Level.WARN)) == []
    assert clock.warner.alarms()[0].active_ids == (1,)


def test_a_card_does_not_go_on_saying_why_its_last_object_was_dangerous(clock: Clock, threat: Threat) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    assert clock.warner.alarms()[0].reasons[0].code == "rule.warn_course"
    clock.at(1, threat(1, hq=Level.INFO))
    (alarm,) = clock.warner.alarms()
    assert (alarm.state, alarm.active_ids) == (AlarmState.ACTIVE, ())
    assert [reason.code for reason in alarm.reasons] == ["alarm.emptied", "alarm.tracks"]
    clock.at(2, threat(1, hq=Level.WARN))
    assert clock.warner.alarms()[0].reasons[0].code == "rule.warn_course"


def test_zone_stays_warned_until_a_person_clears_it(clock: Clock, threat: Threat) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    assert clock.at(1) == []
    assert kinds(clock.at(31)) == [WarningEventKind.PASSED]
    assert clock.at(500) == []
    (alarm,) = clock.warner.alarms()
    assert alarm.state is AlarmState.PASSED
    assert isnan(alarm.time_left.likely_s)
    events = clock.warner.act(clock.ns(501), AllClear("Lt. A", "hq"))
    assert [(e.kind, e.by) for e in events] == [(WarningEventKind.ALL_CLEAR, "Lt. A")]
    assert clock.warner.alarms() == ()


def test_what_comes_after_an_alarm_has_passed_is_no_new_siren_but_acknowledged_by_nobody(
    clock: Clock, threat: Threat
) -> None:
    first = clock.at(0, threat(1, hq=Level.WARN))
    clock.warner.act(clock.ns(1), Acknowledge("Lt. A", first[0].alarm_id))
    clock.at(40)
    again = clock.at(100, threat(2, hq=Level.WARN))
    assert kinds(again) == [WarningEventKind.GREW]
    assert (again[0].alarm_id, again[0].track_id) == (first[0].alarm_id, 2)
    (alarm,) = clock.warner.alarms()
    assert alarm.state is AlarmState.ACTIVE
    assert (alarm.acknowledged_t_ns, alarm.acknowledged_by) == (None, "")
    done = clock.warner.act(clock.ns(101), Acknowledge("Lt. B", first[0].alarm_id))
    assert [(event.kind, event.by) for event in done] == [(WarningEventKind.ACKNOWLEDGED, "Lt. B")]


def test_after_the_raid_window_a_new_raid_sounds_again(clock: Clock, threat: Threat) -> None:
    first = clock.at(0, threat(1, hq=Level.WARN))
    clock.at(31)
    clock.at(700)
    second = clock.at(800, threat(2, hq=Level.WARN))
    assert kinds(second) == [WarningEventKind.RAISED]
    assert second[0].raid_id != first[0].raid_id
    assert len(clock.warner.alarms()) == 2


def test_after_all_clear_the_next_danger_is_a_new_raid(clock: Clock, threat: Threat) -> None:
    first = clock.at(0, threat(1, hq=Level.WARN))
    clock.at(31)
    clock.warner.act(clock.ns(32), AllClear("A"))
    second = clock.at(40, threat(2, hq=Level.WARN))
    assert kinds(second) == [WarningEventKind.RAISED]
    assert second[0].raid_id != first[0].raid_id
    assert second[0].alarm_id != first[0].alarm_id


def test_all_clear_silences_a_track_that_is_still_there_but_not_for_ever(
    clock: Clock, threat: Threat
) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    clock.warner.act(clock.ns(5), AllClear("A"))
    for second in range(6, 15, 4):
        assert clock.at(second, threat(1, hq=Level.WARN)) == []
    assert clock.warner.counters["excused"] > 0
    # twenty seconds before it arrives is no time to be silent
    assert WarningEventKind.RAISED in kinds(clock.at(16, threat(1, hq=Level.WARN, seconds=20)))


def test_all_clear_of_an_alert_does_not_silence_the_warning(clock: Clock, threat: Threat) -> None:
    clock.at(0, threat(1, hq=Level.ALERT))
    clock.at(1, threat(1, hq=Level.ALERT))
    clock.warner.act(clock.ns(2), AllClear("A"))
    assert kinds(clock.at(3, threat(1, hq=Level.WARN))) == [WarningEventKind.RAISED]


def test_acknowledging_is_logged_once(clock: Clock, threat: Threat) -> None:
    (raised,) = clock.at(0, threat(1, hq=Level.WARN))
    events = clock.warner.act(clock.ns(4), Acknowledge("Sgt. B", raised.alarm_id))
    assert [(e.kind, e.by) for e in events] == [(WarningEventKind.ACKNOWLEDGED, "Sgt. B")]
    assert clock.warner.act(clock.ns(5), Acknowledge("Sgt. C", raised.alarm_id)) == []
    (alarm,) = clock.warner.alarms()
    assert (alarm.acknowledged_by, alarm.acknowledged_t_ns) == ("Sgt. B", clock.ns(4))


def test_unknown_alarm_is_refused_and_the_open_ones_named(clock: Clock, threat: Threat) -> None:
    (raised,) = clock.at(0, threat(1, hq=Level.WARN))
    with pytest.raises(ReceivedError) as error:
        clock.warner.act(clock.ns(1), Acknowledge("B", "nope"))
    assert "'nope'" in error.value.detail and raised.alarm_id in error.value.detail


def test_unknown_zone_is_refused_and_the_zones_named(clock: Clock) -> None:
    with pytest.raises(ReceivedError, match=r"'moon'.*hq"):
        clock.warner.act(clock.ns(1), AllClear("B", "moon"))


def test_actions_of_others_change_nothing(clock: Clock, threat: Threat) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    before = clock.warner.alarms()
    assert clock.warner.act(clock.ns(1), HeadCount("B", True)) == []
    assert clock.warner.alarms() == before


def test_a_track_that_only_coasts_raises_nothing(clock: Clock, threat: Threat) -> None:
    assert clock.at(100, threat(1, hq=Level.WARN), plot_s=80) == []
    assert clock.warner.counters["stale"] == 1


def test_unacknowledged_warning_sounds_again_only_where_asked_for(
    site: Site, table: Table, start_ns: int, threat: Threat, clock: Clock
) -> None:
    loud = Clock(site, table, start_ns, WarningSettings(reannounce_after_s=20))
    for one in (loud, clock):
        (raised,) = one.at(0, threat(1, hq=Level.WARN))
    assert kinds(loud.at(21, threat(1, hq=Level.WARN))) == [WarningEventKind.RAISED]
    assert clock.at(21, threat(1, hq=Level.WARN)) == []
    loud.warner.act(loud.ns(22), Acknowledge("B", loud.warner.alarms()[0].alarm_id))
    assert loud.at(60, threat(1, hq=Level.WARN)) == []
    assert raised.kind is WarningEventKind.RAISED


def test_most_urgent_alarm_comes_first(clock: Clock, threat: Threat) -> None:
    look = (
        threat(1, hq=Level.WARN, seconds=50),
        threat(2, fuel=Level.WARN, seconds=10),
        threat(3, camp=Level.ALERT, seconds=5),
    )
    clock.at(0, *look)
    clock.at(1, *look)
    assert [(alarm.stage, alarm.zone_id) for alarm in clock.warner.alarms()] == [
        (Level.WARN, "fuel"),
        (Level.WARN, "hq"),
        (Level.ALERT, ""),
    ]


def raid(clock: Clock, threat: Threat, drones: int, seconds: int) -> list[WarningEvent]:
    """Drones arriving all the time at random zones, each ALERT for a minute, then WARN, then gone."""
    rng = np.random.default_rng(7)
    arrival = np.sort(rng.uniform(0, seconds - 60, drones))
    zones = rng.choice(["hq", "fuel", "camp", "apron", "gate", "clinic"], drones)
    events: list[WarningEvent] = []
    for second in range(seconds):
        look = []
        for number in range(drones):
            age = second - arrival[number]
            if 0 <= age < 100:
                level = Level.ALERT if age < 40 else Level.WARN
                level = Level.WATCH if rng.random() < 0.1 else level  # a noisy picture
                look.append(threat(number + 1, seconds=100 - age, **{str(zones[number]): level}))
        events += clock.at(second, *look)
    return events


def test_a_raid_of_fifty_drones_in_ten_minutes_announces_at_most_ten_alarms(
    clock: Clock, threat: Threat
) -> None:
    events = raid(clock, threat, 50, 600)
    raised = [event for event in events if event.kind is WarningEventKind.RAISED]
    assert 7 <= len(raised) <= 10  # six zones and one alert
    assert {event.zone_id for event in raised if event.stage is Level.WARN} == {
        "hq", "fuel", "camp", "apron", "gate", "clinic",
    }  # fmt: skip
    listed = {track for alarm in clock.warner.alarms() for track in alarm.track_ids}
    assert listed == set(range(1, 51))
    assert len({event.raid_id for event in events}) == 1


def test_a_snapshot_goes_on_exactly_as_the_original(clock: Clock, threat: Threat) -> None:
    raid(clock, threat, 10, 120)
    original = clock.warner
    twin = pickle.loads(pickle.dumps(original))
    expected = raid(clock, threat, 12, 100)
    clock.warner = twin
    assert raid(clock, threat, 12, 100) == expected
    # NaN is not equal to itself, its text is
    assert repr(twin.alarms()) == repr(original.alarms())
    assert twin.counters == original.counters


def test_open_alarms_are_bounded_and_the_drop_is_counted(
    site: Site, table: Table, start_ns: int, threat: Threat
) -> None:
    clock = Clock(site, table, start_ns, WarningSettings(alarms_max=2, tracks_per_alarm_max=2))
    clock.at(0, threat(1, hq=Level.WARN), threat(2, hq=Level.WARN), threat(3, hq=Level.WARN))
    assert clock.warner.counters["tracks_dropped"] == 1
    clock.at(1, threat(1, hq=Level.WARN, fuel=Level.WARN, camp=Level.WARN))
    assert len(clock.warner.alarms()) == 2
    assert clock.warner.counters["alarms_dropped"] == 1


def test_the_alert_of_the_site_counts_down_to_the_zone_of_its_rule(clock: Clock, threat: Threat) -> None:
    both = threat(1, hq=Level.ALERT, gate=Level.ALERT, seconds=71)
    later = replace(both.zones[1], time_to_impact_s=99.0, time_low_s=90.0, time_high_s=110.0)
    one = replace(both, zones=(both.zones[0], later))
    clock.at(0, one)
    (event,) = clock.at(1, one)
    assert (event.zone_id, event.time_left.likely_s) == ("", 71.0)
    rule, about = event.reasons
    assert rule == one.rule, "why it was raised"
    assert about.code.startswith("alarm.track.") and dict(about.arguments)["track_id"] == 1
    assert dict(rule.arguments)["zone_id"] == dict(about.arguments)["zone_id"] == one.zones[0].zone_id


def test_what_is_reached_stands_behind_what_has_time_left(clock: Clock, threat: Threat) -> None:
    there, near = threat(1, hq=Level.WARN, seconds=0.2), threat(2, hq=Level.WARN, seconds=40)
    far = threat(3, gate=Level.WARN, seconds=90)
    clock.at(0, there, near, far)
    clock.at(1, there, near, far)
    first, second = clock.warner.alarms()
    assert (first.zone_id, first.time_left.likely_s) == ("hq", 40.0)
    assert (
        dict(first.reasons[1 if first.reasons[0].code.startswith("rule.") else 0].arguments)["track_id"] == 2
    )
    assert second.zone_id == "gate"
    clock.at(2, there, far)
    assert [(one.zone_id, one.time_left.likely_s) for one in clock.warner.alarms()] == [
        ("gate", 90.0),
        ("hq", 0.2),
    ]


def test_a_zone_is_not_warned_with_the_rule_of_another(clock: Clock, threat: Threat) -> None:
    events = clock.at(0, threat(1, hq=Level.WARN, gate=Level.WARN))
    rules = {
        event.zone_id: [reason.code for reason in event.reasons if reason.code.startswith("rule.")]
        for event in events
    }
    assert sorted(rules) == ["gate", "hq"]
    assert sorted(map(len, rules.values())) == [0, 1]


def test_how_alarms_ended_is_kept_the_newest_last_and_not_without_end(clock: Clock, threat: Threat) -> None:
    ends = []
    for number in range(70):
        (raised, *_) = clock.at(100 * number, threat(number + 1, hq=Level.WARN))
        if number % 2:
            action: AllClear | Retract = AllClear("Lt. A", "hq")
        else:
            action = Retract("Lt. A", raised.alarm_id, "a bird")
        ends += clock.warner.act(clock.ns(100 * number + 1), action)
    assert kinds(ends)[:2] == [WarningEventKind.RETRACTED, WarningEventKind.ALL_CLEAR]
    assert clock.warner.ended() == tuple(ends[-64:])


# --- one retraction for one object; an all-clear that is taken back ---------------------------------


def test_a_retraction_takes_back_every_alarm_of_the_same_objects(
    site: Site, threat: Threat, table: Table
) -> None:
    warner = Warner(site, WarningSettings(alert_after_s=0))
    both = table(START, 1, 2)
    warner.consider(START, [threat(1, fuel=Level.WARN, hq=Level.WARN), threat(2, camp=Level.WARN)], both)
    named = {(alarm.zone_id, alarm.stage): alarm.alarm_id for alarm in warner.alarms()}
    events = warner.act(START + S, Retract("Lina", named["fuel", Level.WARN], "a bird"))
    assert {event.zone_id for event in events} == {"fuel", "hq"}
    assert {event.kind for event in events} == {WarningEventKind.RETRACTED}
    assert {alarm.zone_id for alarm in warner.alarms()} == {"camp"}, "the other object is still coming"


def test_an_all_clear_can_be_taken_back_and_its_alarms_are_raised_anew(
    site: Site, threat: Threat, table: Table
) -> None:
    warner = Warner(site, WarningSettings(alert_after_s=0))
    warner.consider(START, [threat(1, fuel=Level.WARN)], table(START, 1))
    (before,) = (alarm for alarm in warner.alarms() if alarm.stage is Level.WARN)
    warner.act(START + S, AllClear("Lina"))
    assert warner.alarms() == ()
    with pytest.raises(ReceivedError, match="told why"):
        warner.act(START + 2 * S, TakeBackAllClear("Lina", reason=" "))
    with pytest.raises(ReceivedError, match="not on this site"):
        warner.act(START + 2 * S, TakeBackAllClear("Lina", "nowhere", "one more"))
    events = warner.act(START + 2 * S, TakeBackAllClear("Lina", reason="one more was seen"))
    raised = {(event.zone_id, event.stage) for event in events}
    assert raised == {("fuel", Level.WARN)} and events[0].kind is WarningEventKind.RAISED
    (again,) = warner.alarms()
    assert again.alarm_id != before.alarm_id and again.state is AlarmState.ACTIVE
    assert again.track_ids == (1,) and again.acknowledged_by == "Lina"
    with pytest.raises(ReceivedError, match="no all-clear"):
        warner.act(START + 3 * S, TakeBackAllClear("Lina", reason="again"))
    warner.consider(START + 40 * S, [], table(START + 40 * S))
    assert warner.alarms()[0].state is AlarmState.PASSED, "nothing is seen, and people stay in cover"


def end(clock: Clock, how: str) -> None:
    if how == "all-clear":
        clock.warner.act(clock.ns(80), AllClear("Lina"))
        return
    clock.warner.act(clock.ns(80), Retract("Lina", clock.warner.alarms()[0].alarm_id, "a bird"))


def take_back(clock: Clock, seconds: float, how: str) -> list[WarningEvent]:
    if how == "all-clear":
        return clock.warner.act(clock.ns(seconds), TakeBackAllClear("Lina", reason="one more"))
    name = clock.warner.ended()[-1].alarm_id
    return clock.warner.act(clock.ns(seconds), TakeBackRetraction("Lina", name, "no bird"))


@pytest.mark.parametrize("how", ["all-clear", "retraction"])
def test_what_is_taken_back_gives_the_alarm_back_with_what_was_lost(
    clock: Clock, threat: Threat, how: str
) -> None:
    clock.at(0, threat(1, hq=Level.WARN), threat(2, hq=Level.WARN))
    clock.at(1, threat(1, hq=Level.WARN), threat(2, hq=Level.WATCH))  # one turns away
    clock.at(70, lost=ONE)
    end(clock, how)
    assert clock.warner.watched(clock.ns(90)) == {1}, "it must be known whether a sensor has news of it"
    clock.at(90, lost=ONE)
    assert kinds(take_back(clock, 100, how)) == [WarningEventKind.RAISED]
    for seconds in (100, 101, 500):
        if seconds > 100:
            assert clock.at(seconds, lost=ONE) == [], "what nobody saw pass has not passed"
        (alarm,) = clock.warner.alarms()
        assert alarm.state is AlarmState.ACTIVE and alarm.active_ids == (1,)
        assert alarm.lost == (LostObject(1, "hq", clock.ns(1)),)
        assert alarm.last_active_t_ns == clock.ns(1), "when it was, not when its alarm was ended"
        assert alarm.reasons[0].code == "alarm.unseen"
        assert alarm.reasons[1].code.endswith("taken_back"), "and why it stands again"
    clock.at(501)  # a sensor is back, and sees nothing
    assert kinds(clock.at(540)) == [WarningEventKind.PASSED]


@pytest.mark.parametrize("how", ["all-clear", "retraction"])
def test_what_turned_away_after_its_alarm_was_ended_is_not_lost(
    clock: Clock, threat: Threat, how: str
) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    clock.at(70, lost=ONE)
    end(clock, how)
    clock.at(85, threat(1, hq=Level.WATCH))  # the radar was back for a moment
    clock.at(95, lost=ONE)
    take_back(clock, 100, how)
    clock.at(101, lost=ONE)
    (alarm,) = clock.warner.alarms()
    assert (alarm.active_ids, alarm.lost) == ((), ())
    assert alarm.reasons[0].code.endswith("taken_back")


def test_what_was_lost_is_given_to_the_alarm_that_stands_by_then(clock: Clock, threat: Threat) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    clock.at(70, lost=ONE)
    clock.warner.act(clock.ns(80), AllClear("Lina"))
    clock.at(85, threat(2, hq=Level.WARN), lost=ONE)
    assert take_back(clock, 90, "all-clear") == []
    clock.at(91, threat(2, hq=Level.WARN), lost=ONE)
    (alarm,) = clock.warner.alarms()
    assert set(alarm.active_ids) == {1, 2} and [one.track_id for one in alarm.lost] == [1]


def test_an_all_clear_of_long_ago_is_not_taken_back(site: Site, threat: Threat, table: Table) -> None:
    warner = Warner(site, WarningSettings(raid_window_s=60))
    warner.consider(START, [threat(1, fuel=Level.WARN)], table(START, 1))
    warner.act(START + S, AllClear("Lina"))
    with pytest.raises(ReceivedError, match="60 s"):
        warner.act(START + 62 * S, TakeBackAllClear("Lina", reason="one more"))


def test_a_retraction_can_be_taken_back_and_all_that_it_ended_is_raised_anew(
    site: Site, threat: Threat, table: Table
) -> None:
    warner = Warner(site, WarningSettings(alert_after_s=0, raid_window_s=60))
    warner.consider(START, [threat(1, fuel=Level.WARN, hq=Level.WARN)], table(START, 1))
    name = next(one.alarm_id for one in warner.alarms() if one.zone_id == "fuel")
    other = next(one.alarm_id for one in warner.alarms() if one.zone_id == "hq")
    warner.act(START + S, Retract("Lina", name, "a bird"))
    assert warner.alarms() == ()
    with pytest.raises(ReceivedError, match="why there is one"):
        warner.act(START + 2 * S, TakeBackRetraction("Lina", name, " "))
    with pytest.raises(ReceivedError, match="was not retracted"):
        warner.act(START + 2 * S, TakeBackRetraction("Lina", "another", "no bird"))
    events = warner.act(START + 2 * S, TakeBackRetraction("Omar", other, "no bird"))
    assert {(event.zone_id, event.kind, event.by) for event in events} == {
        (zone_id, WarningEventKind.RAISED, "Omar") for zone_id in ("fuel", "hq")
    }
    assert all(event.reasons[0].code == "alarm.retraction_taken_back" for event in events)
    assert all(one.track_ids == (1,) and one.alarm_id not in (name, other) for one in warner.alarms())
    again = warner.consider(
        START + 3 * S, [threat(1, fuel=Level.WARN, hq=Level.WARN)], table(START + 3 * S, 1)
    )
    assert all(one.active_ids == (1,) for one in warner.alarms()), "nothing excuses its object any more"
    assert WarningEventKind.RAISED not in kinds(again)
    with pytest.raises(ReceivedError, match="was not retracted in the last 60 s"):
        warner.act(START + 4 * S, TakeBackRetraction("Lina", name, "again"))


def test_a_retraction_of_long_ago_is_not_taken_back(site: Site, threat: Threat, table: Table) -> None:
    warner = Warner(site, WarningSettings(raid_window_s=60))
    warner.consider(START, [threat(1, fuel=Level.WARN)], table(START, 1))
    name = warner.alarms()[0].alarm_id
    warner.act(START + S, Retract("Lina", name, "a bird"))
    with pytest.raises(ReceivedError, match="60 s"):
        warner.act(START + 62 * S, TakeBackRetraction("Lina", name, "no bird"))


def test_an_alarm_knows_how_many_it_was_acknowledged_with(site: Site, threat: Threat, table: Table) -> None:
    warner = Warner(site, WarningSettings())
    warner.consider(START, [threat(1, fuel=Level.WARN)], table(START, 1))
    (alarm,) = warner.alarms()
    warner.act(START, Acknowledge("Lina", alarm.alarm_id))
    warner.consider(
        START + S, [threat(1, fuel=Level.WARN), threat(2, fuel=Level.WARN)], table(START + S, 1, 2)
    )
    (alarm,) = warner.alarms()
    assert (alarm.acknowledged_count, len(alarm.track_ids)) == (1, 2)


def test_an_alarm_knows_when_it_was_active_last(site: Site, threat: Threat, table: Table) -> None:
    warner = Warner(site, WarningSettings())
    warner.consider(START, [threat(1, fuel=Level.WARN)], table(START, 1))
    warner.consider(START + 5 * S, [threat(1, fuel=Level.WARN)], table(START + 5 * S, 1))
    for seconds in (6, 20, 40):
        warner.consider(START + seconds * S, [], table(START + seconds * S))
    (alarm,) = warner.alarms()
    assert (alarm.state, alarm.last_active_t_ns) == (AlarmState.PASSED, START + 5 * S)


def test_which_all_clears_can_be_taken_back_and_until_when(site: Site, threat: Threat, table: Table) -> None:
    warner = Warner(site, WarningSettings(raid_window_s=60))
    both = [threat(1, fuel=Level.WARN), threat(2, camp=Level.WARN)]
    warner.consider(START, both, table(START, 1, 2))
    assert warner.all_clears(START) == ()
    warner.act(START + S, AllClear("Lina", "fuel"))
    warner.act(START + 2 * S, AllClear("Lina", "camp"))
    fuel = StandingAllClear("fuel", START + S, START + 61 * S)
    camp = StandingAllClear("camp", START + 2 * S, START + 62 * S)
    assert warner.all_clears(START + 3 * S) == (fuel, camp)
    warner.act(START + 4 * S, TakeBackAllClear("Lina", "camp", "one more"))
    assert warner.all_clears(START + 5 * S) == (fuel,)
    assert warner.all_clears(START + 62 * S) == ()


def test_an_all_clear_does_not_end_what_came_after_the_look_that_it_was_given_on(
    clock: Clock, threat: Threat
) -> None:
    clock.at(0, threat(1, hq=Level.WARN))
    seen = tuple(alarm.alarm_id for alarm in clock.warner.alarms())
    clock.at(1, threat(1, hq=Level.WARN), threat(2, fuel=Level.WARN))
    (new,) = [alarm for alarm in clock.warner.alarms() if alarm.zone_id == "fuel"]
    for before in (seen, ()):
        with pytest.raises(
            ReceivedError, match=f"meanwhile .*{new.alarm_id}.*'fuel'.*no alarm was ended"
        ) as no:
            clock.warner.act(clock.ns(1), AllClear("A", "", before))
        assert no.value.reason == "alarms-meanwhile"
        assert len(clock.warner.alarms()) == 2
    assert len(clock.warner.act(clock.ns(1), AllClear("A", "hq", seen))) == 1, "its zone is not concerned"
    assert len(clock.warner.act(clock.ns(2), AllClear("A", "", (new.alarm_id,)))) == 1
    assert clock.warner.alarms() == ()


def test_an_all_clear_of_before_alarms_were_named_ends_them_all(clock: Clock, threat: Threat) -> None:
    clock.at(0, threat(1, hq=Level.WARN), threat(2, fuel=Level.WARN))
    old = action_from_json(b'{"action":"all_clear","by":"A","zone_id":""}')
    assert len(clock.warner.act(clock.ns(1), old)) == 2
