"""One identifier, one object or two: by what can be flown between its reports, for every standard."""

import pickle
from dataclasses import replace
from math import cos, nan, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.assessment.claims import ClaimLimits
from marsad.feeds import sbs
from marsad.feeds.sapient.edge import EdgeNode, location_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.detection import Claim, ClaimedState, ClaimSource, Detection, Measurement
from marsad.model.frame import CONFIGURATION, TICK, Frame
from marsad.model.picture import Picture
from marsad.model.sensor import Sensor, SensorKind
from marsad.model.site import Friend
from marsad.report.wording import LANGUAGES, word
from marsad.site.doubles import BEARERS_MAX, IDENTIFIERS_MAX, KEPT_NS, Doubles
from marsad.site.fold import SiteFold

S = 1_000_000_000
T0 = 1_641_264_000 * S
SITE = """
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "البوابة"
centre = [33.3, 44.4]
radius_m = 150.0
[[feed]]
name = "sensors"
standard = "sapient"
[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
""".encode()
LIMITS = ClaimLimits()
AIRCRAFT = Claim("icao", "4b43ac")
DRONE = Claim("remote_id", "mfg1a01")


def report(
    t_s: float, place: tuple[float, float], velocity: tuple[float, float] = (nan, nan),
    claim: Claim = AIRCRAFT, sensor_id: str = "adsb", sigma_m: float = 50.0,
) -> Detection:  # fmt: skip
    return Detection(
        sensor_id,
        T0 + round(t_s * S),
        Measurement.POSITION,
        (*place, 500.0, *velocity, nan),
        (sigma_m, sigma_m, 100.0, 3.0, 3.0, nan),
        claim,
    )


def heard(doubles: Doubles, *detections: Detection) -> list[Claim]:
    told = doubles.told_apart(detections, {})
    assert [one.values for one in told] == [one.values for one in detections]
    return [one.claim for one in told if one.claim is not None]


# ------------------------------------------------------------------ the rule


@pytest.mark.parametrize("claim", [AIRCRAFT, DRONE, Claim("friend_tag", "7")])
def test_two_places_three_kilometres_apart_are_two_objects_and_each_is_told_of_the_other(
    claim: Claim,
) -> None:
    doubles = Doubles(LIMITS)
    here, there = (1000.0, 0.0), (1000.0, 3000.0)
    first = heard(doubles, report(0.0, here, claim=claim), report(0.2, there, claim=claim))
    assert [one.key for one in first] == [claim.label, f"{claim.label}#2"]
    assert [one.elsewhere for one in first] == [None, None]  # one report may be a badly decoded place
    later = heard(doubles, *(report(t, p, claim=claim) for t in (1.0, 2.0) for p in (here, there)))
    assert [one.bearer for one in later] == [1, 2, 1, 2]
    assert [one.elsewhere for one in later[1:]] == [here, there, here]
    assert doubles.counters["identifier-doubled"] == 3


def test_one_wrong_place_among_many_is_no_second_object_that_speaks() -> None:
    doubles = Doubles(LIMITS)
    places = [(70.0 * n, 0.0) for n in range(20)]
    places[9] = (630.0, 11_000.0)
    told = heard(doubles, *(report(n, place, (70.0, 0.0)) for n, place in enumerate(places)))
    assert [one.bearer for one in told] == [1] * 9 + [2] + [1] * 10
    assert all(one.elsewhere is None for one in told)


def test_a_leap_after_which_it_stays_there_is_no_double() -> None:
    doubles = Doubles(LIMITS)
    told = heard(doubles, *(report(n, (0.0 if n < 9 else 9000.0, 0.0)) for n in range(20)))
    assert [one.elsewhere for one in told] == [None] * 20 and told[-1].bearer == 2


@pytest.mark.parametrize("lag_s", [5.0, 9.0])
def test_one_aircraft_by_two_ways_of_which_one_is_late_is_one(lag_s: float) -> None:
    """Stations that compute its place tell it seconds later, stamped with the time of the telling."""
    doubles, claims = Doubles(LIMITS), []
    surveyed = replace(AIRCRAFT, state=ClaimedState(source=ClaimSource.MULTILATERATION))
    for n in range(30):
        own = report(n, (250.0 * n, 0.0), (250.0, 0.0))
        late = report(n + 0.5, (250.0 * (n + 0.5 - lag_s), 0.0), (250.0, 0.0), surveyed, "mlat", 150.0)
        claims += heard(doubles, own, late)
    assert {(one.bearer, one.elsewhere) for one in claims} == {(1, None)}


def test_the_history_outlives_silence_and_has_an_end() -> None:
    doubles = Doubles(LIMITS)
    near, far = (0.0, 0.0), (0.0, 50_000.0)
    heard(doubles, report(0.0, near), report(0.5, far), report(1.0, near), report(1.5, far))
    doubles = pickle.loads(pickle.dumps(doubles))
    (back,) = heard(doubles, report(110.0, far))
    assert back.bearer == 2 and back.elsewhere is None  # the other was silent for more than a minute
    assert heard(doubles, report(110.5, near))[0].elsewhere is None
    assert [one.elsewhere for one in heard(doubles, report(111.0, far), report(111.5, near))] == [None, far]
    heard(doubles, report(112.0 + KEPT_NS / S, near, claim=DRONE))
    assert len(doubles) == 1
    (anew,) = heard(doubles, report(113.0 + KEPT_NS / S, far))
    assert anew.bearer == 1


def test_memory_is_bounded_by_identifiers_and_by_bearers() -> None:
    doubles = Doubles(LIMITS)
    claims = [Claim("icao", f"{n:06x}") for n in range(IDENTIFIERS_MAX + 10)]
    doubles.told_apart((report(0.0, (0.0, 0.0), claim=one) for one in claims), {})
    assert len(doubles) == IDENTIFIERS_MAX
    many = [report(0.01 * n, (0.0, 10_000.0 * n)) for n in range(BEARERS_MAX + 3)]
    keys = [one.key for one in heard(doubles, *many)]
    assert len(set(keys[:BEARERS_MAX])) == BEARERS_MAX
    assert keys[BEARERS_MAX:] == [""] * 3 and doubles.counters["identifier-overused"] == 3


def test_a_bearing_alone_is_nobody_s_once_there_are_two() -> None:
    doubles = Doubles(LIMITS)
    bearing = Detection("rf", T0, Measurement.POLAR, (nan, 1.0, nan, nan, nan, nan), (nan,) * 6, DRONE)
    assert heard(doubles, bearing)[0].key == DRONE.label
    heard(doubles, report(0.0, (0.0, 0.0), claim=DRONE), report(0.1, (0.0, 5000.0), claim=DRONE))
    assert heard(doubles, bearing)[0].key == ""


def test_a_radar_that_reads_identifiers_is_held_to_the_same_rule() -> None:
    radar = Sensor("radar", "radar", SensorKind.RADAR, "sensors", (1000.0, 0.0, 0.0))
    plot = Detection(
        "radar", T0 + S, Measurement.POLAR, (5000.0, 0.0, 0.0, nan, nan, nan),
        (10.0, 0.01, 0.01, nan, nan, nan), AIRCRAFT,
    )  # fmt: skip
    for place, bearer in (((1000.0, 5000.0), 1), ((1000.0, 0.0), 2)):
        doubles = Doubles(LIMITS)
        doubles.told_apart([report(0.0, place)], {})
        (told,) = doubles.told_apart([plot], {"radar": radar})
        assert told.claim is not None and told.claim.bearer == bearer


def test_who_proves_who_he_is_is_not_told_of_him_who_does_not() -> None:
    doubles, proven = Doubles(LIMITS), replace(AIRCRAFT, authenticated=True)
    reports = [
        report(n + dt, place, claim=claim)
        for n in range(4)
        for dt, place, claim in ((0.0, (0.0, 0.0), proven), (0.5, (0.0, 5000.0), AIRCRAFT))
    ]
    told = heard(doubles, *reports)
    assert told[-2].elsewhere is None and told[-1].elsewhere == (0.0, 0.0)


class Flown:
    """Something that flies as it likes, at less than a speed and a load."""

    def __init__(self, place: tuple[float, float], speed_mps: float, heading: float) -> None:
        self.place, self.speed, self.heading = np.array(place), speed_mps, heading

    def fly(self, seconds: float, turn_radps: float) -> None:
        for _ in range(10):
            self.heading += turn_radps * seconds / 10
            self.place = self.place + self.velocity() * seconds / 10

    def velocity(self) -> np.ndarray:
        return self.speed * np.array([sin(self.heading), cos(self.heading)])


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.05, 0.5, 1.0, 4.0, 10.0, 40.0]),  # until the next report
        st.floats(-0.1, 0.1),  # how it turns
        st.floats(-2.5, 2.5),  # errors of place, in sigmas
        st.floats(-2.5, 2.5),
        st.booleans(),  # whether it tells its speed
    ),
    min_size=2,
    max_size=20,
)


@given(speed=st.floats(0, 330), heading=st.floats(0, 6.28), steps=STEPS)
def test_whatever_one_object_flies_its_identifier_has_one_bearer(
    speed: float, heading: float, steps: list[tuple[float, float, float, float, bool]]
) -> None:
    doubles, one, t_s = Doubles(LIMITS), Flown((0.0, 0.0), speed, heading), 0.0
    for after_s, turn, east, north, tells in steps:
        one.fly(after_s, turn)
        t_s += after_s
        place = one.place + 50.0 * np.array([east, north]) / 1.5
        velocity = one.velocity() if tells else np.full(2, nan)
        (claim,) = heard(doubles, report(t_s, tuple(place.tolist()), tuple(velocity.tolist())))
        assert claim.bearer == 1 and claim.elsewhere is None


@given(
    apart_m=st.floats(3000, 200_000), direction=st.floats(0, 6.28), speed=st.floats(0, 120),
    tells=st.booleans(), steps=st.lists(st.floats(0.05, 1.5), min_size=6, max_size=20),
)  # fmt: skip
def test_two_that_fly_side_by_side_are_two_and_both_are_told(
    apart_m: float, direction: float, speed: float, tells: bool, steps: list[float]
) -> None:
    doubles, t_s, claims = Doubles(LIMITS), 0.0, []
    apart = apart_m * np.array([sin(direction), cos(direction)])
    for n, after_s in enumerate(steps):
        t_s += after_s
        place = np.array([speed * t_s, 0.0]) + apart * (n % 2)
        velocity = (speed, 0.0) if tells else (nan, nan)
        claims += heard(doubles, report(t_s, (float(place[0]), float(place[1])), velocity))
    assert [one.bearer for one in claims] == [1 + n % 2 for n in range(len(steps))]
    assert all(one.elsewhere is None for one in claims[:3])
    assert all(one.elsewhere is not None for one in claims[3:])


@given(st.permutations(range(12)))
def test_in_whatever_order_reports_come_none_is_lost_or_changed_but_by_its_bearer(order: list[int]) -> None:
    reports = [report(0.3 * n, (3000.0 * (n % 3), 60.0 * n)) for n in range(12)]
    told = Doubles(LIMITS).told_apart([reports[n] for n in order], {})
    for n, one in zip(order, told, strict=True):
        assert one.claim is not None
        assert replace(one, claim=replace(one.claim, bearer=1, elsewhere=None)) == reports[n]


# ------------------------------------------------------------------ on the picture

NODE = EdgeNode(
    "05e9175f-8eb1-45ba-9be6-6ea8ab496563", "Remote ID", SensorKind.REMOTE_ID, 33.301, 44.401, 40.0
)
LATITUDE_M = 1 / 111_000.0


def site_with(*friends: Friend) -> SiteFold:
    return SiteFold(Frame(CONFIGURATION, T0, SITE))


def by_adsb(fold: SiteFold, t_ns: int, n: int, north_m: float) -> None:
    rows = [
        sbs.velocity(t_ns, "4b43ac", 140.0, 90.0, 0.0),
        sbs.position(t_ns, "4b43ac", 33.4 + north_m * LATITUDE_M, 44.3 + 0.00078 * n, 5000.0),
    ]
    fold.fold(Frame("adsb", t_ns, b"".join(rows), 1))


def by_sapient(fold: SiteFold, t_ns: int, n: int, north_m: float) -> None:
    plot = location_detection(
        NODE, t_ns, ulid(t_ns, n), ulid(t_ns, 1000 + n + round(north_m)),
        33.31 + north_m * LATITUDE_M, 44.4 + 0.0001 * n, 150.0, 10.0, claim=DRONE,
    )  # fmt: skip
    fold.fold(Frame("sensors", t_ns, plot, 1))


def watched(by: object, seconds: int, places: tuple[tuple[float, float], ...]) -> list[Picture]:
    """The pictures, once a second, of one identifier heard at (offset_s, north_m) each second."""
    fold, pictures = site_with(), []
    if by is by_sapient:
        fold.fold(Frame("sensors", T0, registration(NODE, T0), 1))
        fold.fold(Frame("sensors", T0, status(NODE, T0, ulid(T0, 1), first=True), 1))
    for n in range(1, seconds):
        for offset_s, north_m in places:
            by(fold, T0 + n * S + round(offset_s * S), n, north_m)  # type: ignore[operator]
        for tenth in range(7, 10):
            fold.fold(Frame(TICK, T0 + n * S + tenth * S // 10))
        pictures.append(fold.picture())
    return pictures


@pytest.mark.parametrize("by", [by_adsb, by_sapient])
@pytest.mark.parametrize("offset_s", [0.0, 0.15, 0.5])
def test_d1_one_identifier_at_two_places_is_two_objects_both_shown_both_told(
    by: object, offset_s: float
) -> None:
    pictures = watched(by, 15, ((0.0, 0.0), (offset_s, 3000.0)))
    last = pictures[-1]
    assert last.tracks.track_id.tolist() == pictures[4].tracks.track_id.tolist() and len(last.tracks) == 2
    assert abs(last.tracks.mean[0, 1] - last.tracks.mean[1, 1]) == pytest.approx(3000.0, abs=150.0)
    ranges = []
    for one in last.assessments:
        (reason,) = [reason for reason in one.evidence if reason.code == "claim.doubled"]
        told = dict(reason.arguments)
        ranges.append((told["here_m"], told["there_m"]))
        assert reason.decibans is not None and reason.decibans > 0
        for language in LANGUAGES:
            assert f"{float(told['there_m']):.0f}" in word(reason, language)
    (here, there), (other_here, other_there) = ranges
    assert here == pytest.approx(other_there, abs=200) and there == pytest.approx(other_here, abs=200)
    counters = dict(last.counters)
    assert counters["detections.identifier-doubled"] >= 20
    assert counters["tracking.labels_broken"] == 0 and "scans.superseded" not in counters


@pytest.mark.parametrize("by", [by_adsb, by_sapient])
def test_d2_an_identifier_that_alternates_is_flagged_and_its_label_not_bound_and_broken_each_time(
    by: object,
) -> None:
    fold_pictures = watched(by, 2, ((0.0, 0.0),))
    assert len(fold_pictures[-1].tracks) == 1
    pictures = watched(by, 20, ((0.0, 0.0), (0.5, 6000.0)))
    counters = dict(pictures[-1].counters)
    assert counters["tracking.labels_broken"] == 0 and counters["tracking.labels_bound"] == 2
    assert {len(one.tracks) for one in pictures[3:]} == {2}
    assert all(
        "claim.doubled" in [reason.code for reason in one.evidence] for one in pictures[-1].assessments
    )


def test_of_what_says_a_position_twice_within_a_look_the_last_word_counts_and_the_first_is_counted() -> None:
    pictures = watched(by_adsb, 6, ((0.0, 0.0), (0.1, 14.0)))
    assert len(pictures[-1].tracks) == 1
    assert dict(pictures[-1].counters)["scans.superseded"] == 5
