"""Whole flights: what warns, what must not, and what is remembered."""

import pickle
from dataclasses import replace
from math import cos, isnan, sin
from typing import Any

import numpy as np
import pytest

from marsad.assessment import AssessmentSettings, KnownActivity
from marsad.errors import ReceivedError
from marsad.model.action import SetIdentity
from marsad.model.detection import Attribution, Claim
from marsad.model.procedure import Path, PathPoint, Procedure, ProcedureUse
from marsad.model.sensor import SensorHealth
from marsad.model.threat import THREAT_CLASSES, Identity, Level, ThreatAssessment

ICAO = Claim("icao", "4b43ac", "IAW101")


def highest(found: list[ThreatAssessment]) -> Level:
    return max(one.level for one in found)


def bird(seconds: float) -> list[float]:
    """Wanders at 12 m/s near the base."""
    turn = 1.2 * sin(0.35 * seconds) + 0.5 * sin(0.13 * seconds + 1)
    return [
        -500 + 5 * seconds, 100 * sin(0.2 * seconds), 60 + 10 * sin(0.1 * seconds),
        12 * cos(turn), 12 * sin(turn), cos(0.1 * seconds),
    ]  # fmt: skip


def test_one_way_attack_drone_is_recognised_within_ten_seconds_and_warned(air: Any) -> None:
    found = air.fly(air.straight(-5000, 100, 150, 50, 0, 0), 90)
    at_ten = found[10]
    assert at_ten.class_name == "owa" and max(at_ten.class_probability) > 0.8
    first_warn = next(one for one in found if one.level is Level.WARN)
    (zone,) = [zone for zone in first_warn.zones if zone.zone_id == "hq"]
    assert 45 < zone.time_to_impact_s < 62
    assert zone.time_low_s < zone.time_to_impact_s < zone.time_high_s
    assert found[-1].identity is Identity.SUSPECT


def test_without_any_adsb_receiver_it_is_recognised_as_well(air: Any) -> None:
    found = air.fly(air.straight(-5000, 100, 150, 50, 0, 0), 80, sensors={"radar": air.sensors["radar"]})
    assert found[10].class_name == "owa" and max(found[10].class_probability) > 0.8
    assert highest(found) is Level.WARN
    assert not any(part.code == "identity.none" for one in found for part in one.evidence)


def test_radar_without_height_recognises_it_too(air: Any) -> None:
    found = air.fly(air.straight(-5000, 100, 0, 50, 0, 0), 80, sigma_up=(3000.0, 60.0))
    assert found[15].class_name == "owa"
    assert highest(found) is Level.WARN
    assert not any(part.code == "intent.low_fast" for one in found for part in one.evidence)


def test_multirotor_heard_by_radio_is_warned(air: Any) -> None:
    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state), air.detection(seconds, state, "rf")]

    found = air.fly(air.straight(-1500, 20, 60, 15, 0, 0), 95, hear=hear)
    assert found[20].class_name == "multirotor"
    assert highest(found) is Level.WARN


@pytest.mark.parametrize("sensors", ["all", "radar only"])
def test_wandering_bird_near_the_base_neither_warns_nor_alerts(air: Any, sensors: str) -> None:
    found = air.fly(bird, 200, sensors=air.sensors if sensors == "all" else {"radar": air.sensors["radar"]})
    assert highest(found) <= Level.WATCH
    assert found[-1].class_name == "bird"


def test_airliner_without_adsb_does_not_warn(air: Any) -> None:
    found = air.fly(air.straight(-20000, 300, 3500, 140, 0, -5), 160)
    assert highest(found) <= Level.WATCH
    assert found[-1].class_name == "crewed"


FINAL = Procedure(
    "runway:09-27:final:09",
    "Runway",
    "المدرج",
    ProcedureUse.FINAL,
    Path(
        (
            PathPoint(-20_000.0, 100.0, 900.0, 800.0, 1300.0, 1030.0),
            PathPoint(600.0, 100.0, 60.0, -30.0, 60.0, 0.0),
        )
    ),
    55.0,
    95.0,
    "09",
)


def with_adsb(air: Any) -> Any:
    """Heard by radar and by its own transponder."""

    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state), air.detection(seconds, state, "adsb", ICAO)]

    return hear


def at_final(air: Any) -> Any:
    """An assessor of the same site, with a final over its zone."""
    return air.assessor(site=replace(air.site, procedures=(FINAL,)))


def test_airliner_on_the_sites_final_with_adsb_is_neutral_and_silent(air: Any) -> None:
    path = air.straight(-9000, 100, 480, 70, 0, -3.5)
    found = air.fly(path, 125, hear=with_adsb(air), assessor=at_final(air))
    assert highest(found) is Level.INFO
    assert found[-1].identity is Identity.NEUTRAL
    assert found[-1].name == "IAW101"
    codes = {part.code for part in found[-10].evidence}
    assert {"identity.consistent", "procedure.flown", "context.procedure"} <= codes


def test_an_airliner_that_has_landed_and_fallen_silent_stays_what_it_was_until_it_is_seen_again(
    air: Any,
) -> None:
    assessor, path = at_final(air), air.straight(-9000, 100, 480, 70, 0, -3.5)
    air.fly(path, 125, hear=with_adsb(air), assessor=assessor)
    landed = [-250.0, 100.0, 40.0, 0.0, 0.0, 0.0]
    found = [assessor.assess(air.table(125 + n, [landed], plot_s=124))[0] for n in range(60)]
    assert {one.identity for one in found} == {Identity.NEUTRAL}
    assert {one.level for one in found} == {Level.INFO}
    seen = air.fly(lambda _: landed, 20, assessor=assessor, start_s=185.0)
    assert seen[-1].identity is not Identity.NEUTRAL


def test_airliner_on_the_sites_final_that_says_nothing_is_no_alarm(air: Any) -> None:
    found = air.fly(air.straight(-9000, 100, 480, 70, 0, -3.5), 125, assessor=at_final(air))
    assert highest(found) <= Level.WATCH


@pytest.mark.parametrize(
    ("path", "final"),
    [
        ((-9000, 100, 73, 65, 0, 0), True),  # too low for the final
        ((-9000, 100, 480, 45, 0, -2.2), True),  # too slow for it
        ((-9000, 0, 73, 65, 0, 0), False),  # no final at all
        ((-9000, 0, 480, 65, 0, -3.3), False),
    ],
)
def test_an_attacker_with_a_transponder_is_warned_of(air: Any, path: Any, final: bool) -> None:
    assessor = at_final(air) if final else None
    found = air.fly(air.straight(*path), 190, hear=with_adsb(air), assessor=assessor)
    # to the edge of the zone and the margin of its class
    arrival_s = (9000 - 150) / path[3]

    def first_s(level: Level) -> float:
        return next(number for number, one in enumerate(found) if one.level >= level)

    assert arrival_s - first_s(Level.ALERT) >= 75
    assert arrival_s - first_s(Level.WARN) >= 35
    assert "rule.warn_claimed" in {one.rule.code for one in found}


def test_what_a_person_has_cleared_is_not_warned_of(air: Any) -> None:
    assessor = air.assessor()
    path = air.straight(-9000, 0, 73, 65, 0, 0)
    air.fly(path, 40, hear=with_adsb(air), assessor=assessor)
    assessor.decide(air.start_ns + 40_000_000_000, SetIdentity("op", 1, Identity.NEUTRAL))
    found = air.fly(path, 85, hear=with_adsb(air), assessor=assessor, start_s=40.0)
    assert highest(found) <= Level.WATCH


def test_what_only_claims_to_be_there_sounds_nothing_but_is_alerted_of(air: Any) -> None:
    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state, "adsb", ICAO)]

    found = air.fly(air.straight(-9000, 0, 73, 65, 0, 0), 125, hear=hear)
    assert highest(found) is Level.ALERT


def test_aircraft_known_by_adsb_only_counts_for_less(air: Any) -> None:
    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state, "adsb", ICAO)]

    found = air.fly(air.straight(-9000, 3000, 900, 90, 0, 0), 60, hear=hear)
    (part,) = [part for part in found[-1].evidence if part.code.startswith("identity.")]
    assert (part.code, part.decibans) == ("identity.unconfirmed", -8.0)
    assert highest(found) is Level.INFO


def test_claim_that_disagrees_with_the_sensors_speaks_against_it(air: Any) -> None:
    def hear(seconds: float, state: Any) -> list[Any]:
        elsewhere = [state[0] + 700, state[1] + 700, *state[2:]]
        return [air.detection(seconds, state), air.detection(seconds, elsewhere, "adsb", ICAO)]

    found = air.fly(air.straight(-6000, 100, 150, 50, 0, 0), 110, hear=hear)
    (part,) = [part for part in found[20].evidence if part.code.startswith("identity.")]
    assert (part.code, part.decibans) == ("identity.disagrees", 6.0)
    assert dict(part.arguments)["offset_m"] == pytest.approx(990, abs=60)
    assert highest(found) is Level.WARN


def test_claim_that_jumps_impossibly_is_no_proof(air: Any) -> None:
    def hear(seconds: float, state: Any) -> list[Any]:
        jump = 3000 if int(seconds) % 2 else 0
        claim = Claim("remote_id", "x1")
        return [air.detection(seconds, [state[0] + jump, *state[1:]], "rid", claim)]

    found = air.fly(air.straight(-3000, 100, 100, 10, 0, 0), 30, hear=hear)
    assert "identity.disagrees" in {part.code for part in found[-1].evidence}


@pytest.mark.parametrize(
    ("claim", "identity", "code"),
    [
        (Claim("remote_id", "own1", authenticated=True), Identity.FRIEND, "identity.authenticated"),
        (Claim("friend_tag", "own2", authenticated=True), Identity.FRIEND, "identity.authenticated"),
    ],
)
def test_own_drone_is_no_danger(air: Any, claim: Claim, identity: Identity, code: str) -> None:
    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state), air.detection(seconds, state, "rid", claim)]

    found = air.fly(air.straight(-900, 0, 50, 12, 0, 0), 60, hear=hear)
    assert highest(found) <= Level.WATCH
    assert found[-1].identity is identity
    assert code in {part.code for part in found[-1].evidence}


OWN = Claim("remote_id", "own1")


def saying_own(air: Any, until_s: float = 1e9) -> Any:
    """Seen by radar, and by its open label until a time."""

    def hear(seconds: float, state: Any) -> list[Any]:
        plots = [air.detection(seconds, state)]
        return plots + ([air.detection(seconds, state, "rid", OWN)] if seconds <= until_s else [])

    return hear


def test_an_open_label_straight_at_a_zone_is_asked_for_and_warned_of_unless_a_person_knows_it(
    air: Any,
) -> None:
    assessor, path = air.assessor(), air.straight(-1500, 0, 50, 12, 0, 0)
    found = air.fly(path, 60, hear=saying_own(air), assessor=assessor)
    assert highest(found) is Level.ALERT
    assert found[-1].identity is Identity.ASSUMED_FRIEND
    assert found[-1].rule.code == "rule.alert_listed"
    again = pickle.loads(pickle.dumps(assessor))
    warned = air.fly(path, 30, hear=saying_own(air), assessor=again, start_s=60.0)
    assert "rule.warn_listed" in {one.rule.code for one in warned}
    assessor.decide(air.start_ns + 60 * 10**9, SetIdentity("op", 1, Identity.FRIEND))
    known = air.fly(path, 60, hear=saying_own(air), assessor=assessor, start_s=60.0)
    assert highest(known[11:]) < Level.ALERT and highest(known) < Level.WARN


def test_an_own_drone_that_goes_round_the_site_or_past_it_is_no_danger(air: Any) -> None:
    found = air.fly(air.straight(-900, 700, 50, 9, 0, 0), 150, hear=saying_own(air))
    assert highest(found) <= Level.WATCH
    assert "identity.listed" in {part.code for part in found[-1].evidence}


@pytest.mark.parametrize("until_s", [1e9, 40.0])
def test_an_own_drone_that_took_off_here_sounds_nothing_even_if_its_label_fails(
    air: Any, until_s: float
) -> None:
    def path(seconds: float) -> list[float]:
        # straight from one zone at the other
        return [6.0 * seconds, 5.0 * seconds, 50, 6, 5, 0]

    found = air.fly(path, 75, hear=saying_own(air, until_s))
    assert highest(found) < Level.WARN
    silent = air.fly(path, 75, hear=saying_own(air, -1.0))
    assert highest(silent) is Level.WARN


@pytest.mark.parametrize(
    "claim", [Claim("friend_tag", "own2"), Claim("remote_id", "stranger"), Claim("remote_id", "x", "", True)]
)
def test_a_claim_that_proves_nothing_does_not_stop_the_warning(air: Any, claim: Claim) -> None:
    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state), air.detection(seconds, state, "rid", claim)]

    found = air.fly(air.straight(-1200, 0, 50, 15, 0, 0), 75, hear=hear)
    assert highest(found) is Level.WARN
    assert "identity.claimed" in {part.code for part in found[-1].evidence}


def friendly_until(air: Any, silent_s: float) -> Any:
    """An authenticated friend that says nothing any more after some seconds."""
    friend = Claim("remote_id", "own1", authenticated=True)

    def hear(seconds: float, state: Any) -> list[Any]:
        plots = [air.detection(seconds, state)]
        return plots + ([air.detection(seconds, state, "rid", friend)] if seconds <= silent_s else [])

    return hear


def test_authenticated_hold_expires_five_seconds_after_the_last_good_message(air: Any) -> None:
    found = air.fly(air.straight(-1200, 0, 50, 15, 0, 0), 75, hear=friendly_until(air, 5))
    assert highest(found[:10]) <= Level.WATCH
    assert found[10].identity is Identity.FRIEND
    assert found[11].identity is not Identity.FRIEND
    assert highest(found[17:]) is Level.WARN


def test_a_friend_long_known_that_falls_silent_sounds_nothing_while_its_track_goes_on(air: Any) -> None:
    found = air.fly(air.straight(-1200, 0, 50, 15, 0, 0), 75, hear=friendly_until(air, 40))
    assert highest(found) < Level.WARN
    assert found[46].identity is not Identity.FRIEND
    assert "identity.friend_silent" in {part.code for part in found[-1].evidence}


def test_a_friend_is_only_a_friend_in_its_time(air: Any) -> None:
    early = replace(air.site.friends[0], until_t_ns=air.start_ns - 1)
    assessor = air.assessor(site=replace(air.site, friends=(early,)))
    claim = Claim("remote_id", "own1", authenticated=True)

    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state), air.detection(seconds, state, "rid", claim)]

    found = air.fly(air.straight(-900, 0, 50, 12, 0, 0), 30, hear=hear, assessor=assessor)
    assert Identity.FRIEND not in {one.identity for one in found}


def test_missing_identity_counts_only_where_a_living_receiver_covers(air: Any) -> None:
    path = air.straight(-3000, 100, 100, 10, 0, 0)
    lost = {name: replace(one, health=SensorHealth.LOST) for name, one in air.sensors.items()}
    near = replace(air.sensors["adsb"], coverage=replace(air.sensors["adsb"].coverage, range_max_m=500.0))
    for sensors, expected in ((air.sensors, True), (lost, False), ({"adsb": near}, False)):
        codes = {part.code for part in air.fly(path, 10, sensors=sensors)[-1].evidence}
        assert ("identity.none" in codes) is expected


def test_removing_sensors_never_makes_a_friend(air: Any) -> None:
    path = air.straight(-3000, 100, 100, 20, 0, 0)
    for sensors in (air.sensors, {"radar": air.sensors["radar"]}, {}):
        identities = {one.identity for one in air.fly(path, 40, sensors=sensors)}
        assert not identities & {Identity.FRIEND, Identity.ASSUMED_FRIEND, Identity.NEUTRAL}


def test_hovering_near_the_zone_becomes_evidence_after_thirty_seconds(air: Any) -> None:
    found = air.fly(air.straight(-400, 0, 60, 0, 0, 0), 45)
    loiter = ["intent.loiter" in {part.code for part in one.evidence} for one in found]
    assert not any(loiter[:30]) and all(loiter[32:])
    assert isnan(found[-1].zones[0].time_to_impact_s)


def test_closing_and_opening_need_an_unbroken_streak(air: Any) -> None:
    def path(seconds: float) -> list[float]:
        inbound = seconds < 20
        east = -3000 + 30 * min(seconds, 40 - seconds)
        return [east, 0, 300, 30 if inbound else -30, 0, 0]

    found = air.fly(path, 40)
    codes = [{part.code for part in one.evidence} for one in found]
    assert "intent.closing" not in codes[9] and "intent.closing" in codes[12]
    assert "intent.closing" not in codes[21]
    assert "intent.opening" not in codes[23] and "intent.opening" in codes[27]


def test_three_converging_drones_are_a_group_and_two_are_not(air: Any) -> None:
    for count, expected in ((2, False), (3, True)):
        assessor = air.assessor()
        found: tuple[Any, ...] = ()
        for second in range(15):
            states = [[-4000 + 50 * second, 200 * n, 150, 50, -2.5 * n, 0] for n in range(count)]
            found = assessor.assess(air.table(second, states))
        groups = [
            dict(part.arguments) for one in found for part in one.evidence if part.code == "context.grouped"
        ]
        assert bool(groups) is expected
        assert all(group == {"count": 3} for group in groups)


def test_known_activity_and_restricted_area_are_context(air: Any) -> None:
    settings = AssessmentSettings(known_activities=(KnownActivity(centre_enu=(-2000, 0), radius_m=300),))
    found = air.fly(air.straight(-4000, 0, 100, 40, 0, 0), 60, assessor=air.assessor(settings))
    codes = [{part.code for part in one.evidence} for one in found]
    assert ["context.known_activity" in one for one in (codes[20], codes[50])] == [False, True]
    assert ["context.restricted" in one for one in (codes[15], codes[50])] == [False, True]


def test_a_zone_without_value_is_never_warned_but_may_be_restricted(air: Any) -> None:
    ring = replace(air.site.zones[0], zone_id="ring", radius_m=4000.0, value=0.0, restricted=True)
    assessor = air.assessor(site=replace(air.site, zones=(*air.site.zones, ring)))
    found = air.fly(air.straight(-4500, 0, 100, 40, 0, 0), 30, assessor=assessor)
    zones = {zone.zone_id: zone for zone in found[-1].zones}
    assert zones["ring"].level is Level.INFO and zones["ring"].score == 0
    assert "context.restricted" in {part.code for part in found[20].evidence}


def test_a_person_can_raise_any_track(air: Any) -> None:
    assessor = air.assessor()
    path = air.straight(-1500, 0, 60, 12, 0, 0)
    hear_bird = [("bird", 0.97)]

    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state, classes=tuple(hear_bird))]

    before = air.fly(path, 70, assessor=assessor, hear=hear)
    assert highest(before) <= Level.WATCH
    assessor.decide(air.start_ns, SetIdentity("A", 1, Identity.HOSTILE))
    after = air.fly(path, 10, assessor=assessor, hear=hear, start_s=70.0)
    assert after[0].identity is Identity.HOSTILE
    assert highest(after) is Level.WARN


def test_a_person_can_hold_a_track_and_give_the_decision_back(air: Any) -> None:
    assessor = air.assessor()
    path = air.straight(-5000, 0, 150, 50, 0, 0)
    assert air.fly(path, 20, assessor=assessor)[-1].identity is Identity.SUSPECT
    assessor.decide(air.start_ns, SetIdentity("A", 1, Identity.FRIEND))
    held = air.fly(path, 40, assessor=assessor, start_s=20.0)
    assert highest(held[12:]) <= Level.WATCH and held[-1].identity is Identity.FRIEND
    assessor.decide(air.start_ns, SetIdentity("A", 1, Identity.UNKNOWN))
    assert highest(air.fly(path, 20, assessor=assessor, start_s=60.0)) is Level.WARN


def test_deciding_about_an_unknown_track_is_refused(air: Any) -> None:
    assessor = air.assessor()
    air.fly(air.straight(-900, 0, 50, 12, 0, 0), 2, assessor=assessor)
    with pytest.raises(ReceivedError, match=r"track 99 .* known tracks: 1"):
        assessor.decide(air.start_ns, SetIdentity("A", 99, Identity.HOSTILE))


def test_the_machine_never_says_hostile_or_friend_without_proof(air: Any) -> None:
    identities = {one.identity for one in air.fly(air.straight(-5000, 0, 150, 60, 0, 0), 90)}
    assert Identity.HOSTILE not in identities and Identity.FRIEND not in identities
    assert Identity.PENDING in identities


def test_raising_takes_two_agreeing_plots(air: Any) -> None:
    assessor = air.assessor()
    air.fly(air.straight(-5500, 0, 150, 50, 0, 0), 30, assessor=assessor)
    nearer = [-1500.0, 0.0, 150.0, 50.0, 0.0, 0.0]
    looks = [assessor.assess(air.table(30 + n / 10, [nearer], plot_s=30))[0] for n in range(5)]
    assert all(one.level < Level.WARN for one in looks)  # five looks at one plot are one plot
    assert all(one.level is Level.ALERT and one.rule.code.startswith("rule.alert") for one in looks)
    assert all(one.counterfactual is not None for one in looks)
    (agreed,) = assessor.assess(air.table(31, [nearer], plot_s=31))
    assert agreed.level is Level.WARN


def test_a_level_is_kept_for_ten_seconds(air: Any) -> None:
    assessor = air.assessor()
    air.fly(air.straight(-5000, 0, 150, 50, 0, 0), 70, assessor=assessor)
    away = air.straight(-8500, 0, 150, -50, 0, 0)
    (kept,) = assessor.assess(air.table(71, [away(71)], plot_s=71))
    assert kept.level is Level.WARN and kept.rule.code == "rule.kept.warn"
    assert dict(kept.rule.arguments)["zone_id"] == kept.zones[0].zone_id
    (kept,) = assessor.assess(air.table(80, [away(80)], plot_s=80))
    assert kept.level is Level.WARN
    (lower,) = assessor.assess(air.table(82, [away(82)], plot_s=82))
    assert lower.level < Level.WARN


def test_class_reports_of_sensors_decide_between_bird_and_drone(air: Any) -> None:
    path = air.straight(-1500, 50, 50, 12, 0, 0)
    for name in ("bird", "multirotor"):

        def hear(seconds: float, state: Any, name: str = name) -> list[Any]:
            return [air.detection(seconds, state, classes=((name, 0.9),))]

        found = air.fly(path, 90, hear=hear)
        assert found[5].class_name == name
        assert (highest(found) is Level.WARN) == (name == "multirotor")


def test_nonsense_class_reports_change_nothing(air: Any) -> None:
    path = air.straight(-1500, 50, 50, 12, 0, 0)
    nan = float("nan")

    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state, classes=(("dragon", 1.0), ("bird", nan)))]

    assert repr(air.fly(path, 20, hear=hear)) == repr(air.fly(path, 20))  # NaN is not itself


def test_only_confirmed_tracks_are_assessed_in_their_order(air: Any) -> None:
    assessor = air.assessor()
    states = [[-3000.0, 0, 100, 40, 0, 0]] * 3
    table = air.table(0, states, track_id=(9, 2, 5))
    table.confirmed[1] = False
    assert [one.track_id for one in assessor.assess(table)] == [9, 5]
    assert tuple(assessor.assess(air.table(1, []))) == ()


def test_track_order_is_irrelevant(air: Any) -> None:
    states = [[-3000.0 + 900 * n, 300.0 * n, 60.0 + 30 * n, 45.0 - 9 * n, 3.0 * n, 0.0] for n in range(5)]
    forward, backward = air.assessor(), air.assessor()
    for second in range(6):
        one = forward.assess(air.table(second, states, track_id=(1, 2, 3, 4, 5)))
        two = backward.assess(air.table(second, states[::-1], track_id=(5, 4, 3, 2, 1)))
        # up to rounding: vector units take the rows of an array in groups
        for item, twin in zip(one, sorted(two, key=lambda twin: twin.track_id), strict=True):
            assert (item.track_id, item.level, item.identity, item.rule.code) == (
                *(twin.track_id, twin.level, twin.identity, twin.rule.code),
            )
            assert item.score == pytest.approx(twin.score, rel=1e-9)
            assert item.class_probability == pytest.approx(twin.class_probability, abs=1e-12)


def test_state_of_tracks_that_left_is_forgotten(air: Any) -> None:
    assessor = air.assessor()
    for second in range(20):
        states = [[-3000.0, 0, 100, 40, 0, 0]] * 50
        ids = tuple(range(1 + 50 * second, 51 + 50 * second))
        heard = [air.detection(second, states[0], "adsb", ICAO) for _ in ids]
        whole = Attribution(np.array(ids), np.arange(50), np.ones(50))
        assessor.hear(air.start_ns + second * 10**9, heard, whole, air.sensors)
        assessor.assess(air.table(second, states, track_id=ids))
    assert len(pickle.dumps(assessor)) < 300_000


def test_more_tracks_than_the_limit_are_counted(air: Any) -> None:
    assessor = air.assessor(AssessmentSettings(tracks_max=3))
    state = [-3000.0, 0, 100, 40, 0, 0]
    whole = Attribution(np.arange(1, 6), np.arange(5), np.ones(5))
    assessor.hear(air.start_ns, [air.detection(0, state)] * 5, whole, air.sensors)
    assert assessor.counters == {"tracks_refused": 2, "aircraft_dropped": 0}


def test_a_snapshot_goes_on_exactly_as_the_original(air: Any) -> None:
    assessor = air.assessor()
    path = air.straight(-5000, 0, 150, 50, 0, 0)
    air.fly(path, 30, assessor=assessor)
    twin = pickle.loads(pickle.dumps(assessor))
    one = air.fly(path, 30, assessor=assessor, start_s=30.0)
    two = air.fly(path, 30, assessor=twin, start_s=30.0)
    assert repr(one) == repr(two)


def test_a_site_without_zones_still_says_who_is_there(air: Any) -> None:
    assessor = air.assessor(site=replace(air.site, zones=()))
    (one,) = air.fly(air.straight(-5000, 0, 150, 50, 0, 0), 12, assessor=assessor)[-1:]
    assert one.zones == () and one.level is Level.INFO
    assert one.class_name == "owa"


def test_records_are_the_same_as_built_field_by_field(air: Any) -> None:
    for one in air.fly(air.straight(-3000, 100, 100, 50, 0, 0), 5):
        plain = replace(one, zones=tuple(replace(zone) for zone in one.zones))
        assert repr(plain) == repr(one) and pickle.loads(pickle.dumps(one)).track_id == 1
        assert type(one.level) is Level and type(one.score) is float and type(one.track_id) is int


def test_probabilities_are_probabilities(air: Any) -> None:
    for one in air.fly(bird, 30):
        assert len(one.class_probability) == len(THREAT_CLASSES)
        assert sum(one.class_probability) == pytest.approx(1)
        assert 0 <= one.hostility <= 1 and -40 <= one.decibans <= 30
        assert all(0 <= zone.hit_probability <= 1 for zone in one.zones)


def falling_share(air: Any, weight: float, names: tuple[str, ...], share: float) -> float:
    """Probability of the ballistic class where a model of motion of that share falls freely."""
    belief = {"ballistic_model_weight": weight, "ballistic_mode": 1}
    assessor = air.assessor(AssessmentSettings.model_validate({"belief": belief}))
    table = replace(
        air.table(0, [[-3000.0, 0, 900, 200, 0, -30]]),
        modes=np.array([[1 - share, share]]),
        mode_names=names,
    )
    (one,) = assessor.assess(table)
    return float(one.class_probability[THREAT_CLASSES.index("ballistic")])


def test_the_falling_model_is_found_by_its_name_and_counts_by_its_weight(air: Any) -> None:
    names = ("cruise", "ballistic")
    ignored = falling_share(air, 0.0, names, 0.95)
    assert falling_share(air, 0.0, names, 0.05) == ignored
    assert falling_share(air, 1.0, ("cruise", "steady"), 0.95) == ignored
    assert falling_share(air, 1.0, (), 0.95) == ignored
    assert falling_share(air, 1.0, names, 0.95) > falling_share(air, 0.5, names, 0.95) > ignored
    assert falling_share(air, 1.0, names, 0.05) < ignored
