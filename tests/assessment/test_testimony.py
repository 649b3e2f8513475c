"""What an object says of itself is tested in the chain: it weighs, it is told, and nobody hides behind it."""

import pickle
from dataclasses import replace
from math import cos, sin
from typing import Any

import numpy as np
import pytest

from marsad.model.action import SetIdentity
from marsad.model.detection import Attribution, Claim, ClaimedState, ClaimSource, Measurement
from marsad.model.picture import NavigationState
from marsad.model.sensor import SensorHealth
from marsad.model.threat import Identity, Level, ThreatAssessment

S = 10**9
PLAIN = Claim("icao", "710abc", "SVA123")
HIGH_M = 38_000 * 0.3048
IMPOSSIBLE = replace(PLAIN, state=ClaimedState(altitude_m=HIGH_M, climb_mps=0.0))


def saying(air: Any, claim: Claim, from_s: float = 0.0, sensor: str = "adsb") -> Any:
    """Heard by radar, and by its own word from a time on."""

    def hear(seconds: float, state: Any) -> list[Any]:
        plots = [air.detection(seconds, state)]
        return plots + ([air.detection(seconds, state, sensor, claim)] if seconds >= from_s else [])

    return hear


def first_s(found: list[ThreatAssessment], level: Level) -> int:
    return next((second for second, one in enumerate(found) if one.level >= level), 10_000)


def codes(one: ThreatAssessment) -> dict[str, float | None]:
    return {part.code: part.decibans for part in one.evidence}


def adds_up(found: list[ThreatAssessment]) -> bool:
    sums = [sum(part.decibans or 0.0 for part in one.evidence) for one in found]
    return all(
        min(max(total, -40), 30) == pytest.approx(one.decibans, abs=1e-9)
        for total, one in zip(sums, found, strict=True)
    )


def test_a_claim_that_cannot_be_true_is_told_and_alerted_of_before_one_that_could(air: Any) -> None:
    path = air.straight(-6000, 0, 150, 26, 0, 0)
    lying = air.fly(path, 220, hear=saying(air, IMPOSSIBLE))
    honest = air.fly(path, 220, hear=saying(air, PLAIN))
    told = codes(lying[30])
    assert {"identity.refuted": 0.0, "claim.speed_low": 8.0}.items() <= told.items()
    assert "identity.consistent" in codes(honest[30]) and "claim.speed_low" not in codes(honest[30])
    (reason,) = [part for part in lying[30].evidence if part.code == "claim.speed_low"]
    assert dict(reason.arguments)["speed_mps"] == pytest.approx(26, abs=0.1)
    assert lying[30].class_name != "crewed" and honest[30].class_name == "crewed"
    assert Identity.NEUTRAL not in {one.identity for one in lying[10:]}
    for level in (Level.ALERT, Level.WARN):
        assert first_s(lying, level) <= first_s(honest, level) < 220
    assert adds_up(lying) and adds_up(honest)


@pytest.mark.parametrize("speed_mps", [26.0, 40.0, 62.0])
def test_nobody_hides_in_a_height_that_only_a_lie_gives(air: Any, speed_mps: float) -> None:
    """A radar without height: what the track knows of its height is the claim's."""
    path = air.straight(-6000, 0, HIGH_M, speed_mps, 0, 0)
    found = air.fly(path, int(5800 / speed_mps), hear=saying(air, IMPOSSIBLE))
    arrival_s = 5850 / speed_mps
    assert first_s(found, Level.ALERT) <= arrival_s - 85
    assert first_s(found, Level.WARN) <= arrival_s - 44
    assert adds_up(found)


def test_what_names_itself_only_near_is_no_longer_taken_for_what_it_says(air: Any) -> None:
    path = air.straight(-9000, 0, 150, 50, 0, 0)
    silent = air.fly(path, 170)
    late = air.fly(path, 170, hear=saying(air, PLAIN, 120.0))
    (reason,) = [part for part in late[123].evidence if part.code == "claim.late"]
    numbers = dict(reason.arguments)
    assert reason.decibans == 6.0
    assert 2500 <= float(numbers["distance_m"]) <= 3000 and float(numbers["silent_s"]) >= 115
    assert first_s(late, Level.WARN) == first_s(silent, Level.WARN) <= 120
    assert all(one.level is Level.WARN for one in late[120:])
    assert late[-1].identity is Identity.SUSPECT
    assert adds_up(late)


def test_who_came_into_reach_just_now_was_not_silent(air: Any) -> None:
    near = replace(air.sensors["rid"], coverage=replace(air.sensors["rid"].coverage, range_max_m=4000.0))
    path = air.straight(-6000, 500, 60, 15, 0, 0)
    found = air.fly(
        path, 180, sensors=air.sensors | {"rid": near},
        hear=saying(air, Claim("remote_id", "stranger"), 136.0, "rid"),
    )  # fmt: skip
    assert not any("claim.late" in codes(one) or "claim.close" in codes(one) for one in found)
    whole = air.fly(path, 180, hear=saying(air, Claim("remote_id", "stranger"), 136.0, "rid"))
    assert "claim.late" in codes(whole[-1])


def test_what_ground_stations_or_a_lost_receiver_say_makes_nobody_late(air: Any) -> None:
    path = air.straight(-9000, 0, 150, 50, 0, 0)
    relayed = replace(PLAIN, state=ClaimedState(source=ClaimSource.MULTILATERATION))

    def hear(seconds: float, state: Any) -> list[Any]:
        claim = relayed if seconds < 120 else PLAIN
        return [air.detection(seconds, state), air.detection(seconds, state, "adsb", claim)]

    assert not any("claim.late" in codes(one) for one in air.fly(path, 130, hear=hear))
    assessor = air.assessor()
    lost = air.sensors | {"adsb": replace(air.sensors["adsb"], health=SensorHealth.LOST)}
    air.fly(path, 119, assessor=assessor, sensors=lost)
    found = air.fly(path, 11, assessor=assessor, start_s=119.0, hear=saying(air, PLAIN, 120.0))
    assert not any("claim.late" in codes(one) for one in found)


def test_a_place_off_its_bearing_is_found(air: Any) -> None:
    lines = replace(air.sensors["rf"], sensor_id="rf", position_enu=(0.0, -8000.0, 0.0))

    def hear(seconds: float, state: Any) -> list[Any]:
        beside = [state[0] - 2500, *state[1:]]
        azimuth = np.arctan2(state[0], state[1] + 8000)
        bearing = replace(
            air.detection(seconds, state, "rf"), measurement=Measurement.POLAR,
            values=(np.nan, azimuth, np.nan, np.nan, np.nan, np.nan),
            sigmas=(np.nan, 0.02, np.nan, np.nan, np.nan, np.nan),
        )  # fmt: skip
        return [bearing, air.detection(seconds, beside, "adsb", PLAIN)]

    found = air.fly(
        air.straight(-3000, 4000, 900, 60, 0, 0), 30, hear=hear, sensors=air.sensors | {"rf": lines}
    )
    assert codes(found[-1])["claim.bearing"] == 6.0 and "identity.refuted" in codes(found[-1])


def test_a_call_for_help_against_hijackers_is_told(air: Any) -> None:
    hijacked = replace(PLAIN, state=ClaimedState(squawk="7500"))
    path = air.straight(-20000, 3000, 3000, 140, 0, 0)
    found = air.fly(path, 20, hear=saying(air, hijacked, 10.0))
    told = ["identity.unlawful_interference" in codes(one) for one in found]
    assert not any(told[:10]) and all(told[11:])
    assert codes(found[-1])["identity.unlawful_interference"] == 6.0
    assert adds_up(found)


def test_a_persons_word_stands_before_findings_that_are_still_told(air: Any) -> None:
    assessor = air.assessor()
    path = air.straight(-6000, 0, 150, 26, 0, 0)
    air.fly(path, 30, assessor=assessor, hear=saying(air, IMPOSSIBLE))
    assessor.decide(air.start_ns, SetIdentity("op", 1, Identity.NEUTRAL))
    found = air.fly(path, 60, assessor=assessor, hear=saying(air, IMPOSSIBLE), start_s=30.0)
    assert codes(found[-1])["claim.speed_low"] == 0.0 and "identity.refuted" not in codes(found[-1])
    assert codes(found[-1])["identity.by_hand_neutral"] == -15.0
    assert adds_up(found)


# --- satellite navigation -------------------------------------------------------------------------


def circling(seconds: float, number: int) -> list[float]:
    """Where spoofing puts an aircraft: on one circle of 2 km, far from the zones."""
    angle = 0.05 * seconds + number
    place = [9000 + 2000 * cos(angle), 9000 + 2000 * sin(angle), 3000.0]
    return [*place, -100 * sin(angle), 100 * cos(angle), 0.0]


def crowd(air: Any, assessor: Any, seconds: range, spoofed: int) -> list[tuple[ThreatAssessment, ...]]:
    """Five aircraft known by ADS-B only, so many of them on one circle."""
    found = []
    for second in seconds:
        states = [
            circling(second, number)
            if number < spoofed
            else [-20_000 + 140 * second, 9000 + 4000 * number, 6000, 140, 0, 0]
            for number in range(5)
        ]
        plots = [
            air.detection(second, state, "adsb", Claim("icao", f"71000{number}", f"SVA{number}1"))
            for number, state in enumerate(states)
        ]
        whole = Attribution(np.arange(1, 6), np.arange(5), np.ones(5))
        assessor.hear(air.start_ns + second * S, plots, whole, air.sensors)
        found.append(tuple(assessor.assess(air.table(second, states, updates=second + 1))))
    return found


def test_a_spoofed_circle_makes_navigation_bad_and_claims_weigh_less(air: Any) -> None:
    assessor = air.assessor()
    found = crowd(air, assessor, range(120), 3)
    health = assessor.navigation
    assert health is not None and health.state is NavigationState.BAD and health.aircraft == 5
    assert set(health.spoofed) == {1, 2, 3}
    assert {"navigation.circle"} == {reason.code for reason in health.reasons}
    before, after = codes(found[20][4]), codes(found[-1][4])  # of one that is not spoofed itself
    assert before["identity.unconfirmed"] == after["identity.unconfirmed"] == -8.0
    assert "identity.navigation_disturbed" not in before
    assert after["identity.navigation_disturbed"] == 6.0
    assert found[-1][4].decibans > found[20][4].decibans
    assert all(adds_up(list(one)) for one in found)
    assert max(one.level for now in found for one in now) <= Level.WATCH


def test_navigation_is_good_where_aircraft_fly_as_they_say(air: Any) -> None:
    assessor = air.assessor()
    assert assessor.navigation is None  # nobody listens
    found = crowd(air, assessor, range(120), 0)
    assert assessor.navigation is not None and assessor.navigation.state is NavigationState.GOOD
    assert not any(code.startswith("claim.") for now in found for one in now for code in codes(one))


def test_a_snapshot_in_between_changes_nothing(air: Any) -> None:
    whole, halves = air.assessor(), air.assessor()
    crowd(air, halves, range(70), 3)
    halves = pickle.loads(pickle.dumps(halves))
    found = crowd(air, whole, range(110), 3)[70:]
    assert repr(crowd(air, halves, range(70, 110), 3)) == repr(found)
    assert halves.navigation == whole.navigation


def test_what_was_said_then_is_explained_as_it_was_then(air: Any) -> None:
    assessor = air.assessor()
    kept, told = [], []
    for second in range(30):
        state = [-6000.0 + 26 * second, 0.0, 150.0, 26.0, 0.0, 0.0]
        plots = [air.detection(second, state), air.detection(second, state, "adsb", IMPOSSIBLE)]
        both = Attribution(np.ones(2, np.int64), np.arange(2), np.ones(2))
        assessor.hear(air.start_ns + second * S, plots, both, air.sensors)
        kept.append(assessor.assess(air.table(second, [state], updates=second + 1)))
        told.append(repr(pickle.loads(pickle.dumps(kept[-1]))[0]))
    assert [repr(one[0]) for one in kept] == told


def test_whom_people_take_cover_from_is_suspect_and_whom_they_look_at_is_not_neutral(air: Any) -> None:
    """Though every word of it is true: where it is, how fast, how high."""
    found = air.fly(air.straight(-12000, 0, 120, 60, 0, 0), 200, hear=saying(air, PLAIN))
    by_level = {level: {one.identity for one in found[20:] if one.level == level} for level in Level}
    assert by_level[Level.WARN] == {Identity.SUSPECT}
    assert by_level[Level.ALERT] and Identity.NEUTRAL not in by_level[Level.ALERT]
    assert Identity.NEUTRAL in by_level[Level.INFO] | by_level[Level.WATCH]


def test_a_doubled_identifier_counts_against_the_claim_and_makes_no_friend(air: Any) -> None:
    """Whoever borrows the name of an airliner or a friend gains nothing by it; he who proves his own does."""
    elsewhere = (4000.0, -3000.0)
    path = air.straight(-6000, 0, 150, 40, 0, 0)
    plain, doubled = (
        air.fly(path, 30, hear=saying(air, claim))[-1]
        for claim in (PLAIN, replace(PLAIN, elsewhere=elsewhere))
    )
    assert "claim.doubled" not in codes(plain) and codes(doubled)["claim.doubled"] == 6.0
    assert doubled.hostility > plain.hostility and plain.identity is Identity.NEUTRAL
    assert doubled.identity is not Identity.NEUTRAL
    (reason,) = [part for part in doubled.evidence if part.code == "claim.doubled"]
    numbers = dict(reason.arguments)
    assert numbers["there_m"] == pytest.approx(5000.0) and numbers["there_deg"] == pytest.approx(
        126.87, abs=0.01
    )
    assert numbers["here_deg"] == pytest.approx(270.0, abs=1.0)
    own = Claim("remote_id", "own1")
    for claim, expected in (
        (own, Identity.ASSUMED_FRIEND),
        (replace(own, elsewhere=elsewhere), Identity.UNKNOWN),
        (replace(own, authenticated=True), Identity.FRIEND),
    ):
        slow = air.straight(-3000, 0, 60, 12, 0, 0)
        assert air.fly(slow, 30, hear=saying(air, claim, sensor="rid"))[-1].identity is expected


def test_a_double_that_falls_silent_is_told_for_two_minutes_more(air: Any) -> None:
    doubled = replace(PLAIN, elsewhere=(4000.0, 0.0))

    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state, "adsb", doubled if seconds < 20 else PLAIN)]

    found = air.fly(air.straight(-20_000, 3000, 2000, 80, 0, 0), 160, hear=hear)
    told = ["claim.doubled" in codes(one) for one in found]
    assert told[1:135] == [True] * 134 and not any(told[142:])
