from math import isnan

import pytest

from marsad.evaluate.identification import Hits, Identification
from marsad.evaluate.look import Shown, TimeLeftShown
from marsad.model.threat import THREAT_CLASSES, Level

from .scenes import BIRD, DRONE, OWN, look, state, subject


def sure(name: str, probability: float = 1.0) -> tuple[float, ...]:
    rest = (1 - probability) / (len(THREAT_CLASSES) - 1)
    return tuple(probability if other == name else rest for other in THREAT_CLASSES)


def test_confusion_counts_looks_and_the_longest_is_what_an_object_was_shown_as() -> None:
    seen = Identification([DRONE, BIRD])
    for t_s, drone in enumerate(("bird", "owa", "owa")):
        picture = look(
            t_s,
            {0: state(0), 1: state(5000)},
            {1: state(0), 2: state(5000)},
            {1: Shown(drone), 2: Shown("multirotor")},
        )
        seen.see(picture, {0: 1, 1: 2})
    matrix = seen.confusion()
    assert matrix.true_classes == ("bird", "owa") and matrix.shown_classes == ("bird", "multirotor", "owa")
    assert matrix.counts == ((0, 3, 0), (1, 0, 2))
    assert seen.mostly(0) == "owa" and seen.mostly(1) == "multirotor" and seen.mostly(2) is None
    assert seen.right_objects() == Hits(1, 2) and seen.right_looks() == Hits(2, 6)
    assert seen.drones_called_drones() == Hits(1, 1) and seen.birds_called_drones() == Hits(1, 1)


@pytest.mark.parametrize("shown", [Shown(alarmed=True), Shown(suspected=True), Shown(level=Level.ALERT)])
def test_a_friend_once_alarmed_of_is_a_friend_treated_as_threat(shown: Shown) -> None:
    seen = Identification([OWN, BIRD])
    calm = Shown(level=Level.WATCH)
    seen.see(
        look(0, {0: state(0), 1: state(900)}, {1: state(0), 2: state(900)}, {1: shown, 2: calm}), {0: 1, 1: 2}
    )
    seen.see(look(1, {0: state(0)}, {1: state(0)}), {0: 1})
    assert seen.friends_called_threats() == Hits(1, 1)
    assert seen.harmless_called_threats() == Hits(1, 2)
    assert seen.threats_called_friends() == Hits(0, 0)


def test_an_attacker_once_cleared_is_a_threat_treated_as_friend() -> None:
    seen = Identification([DRONE])
    for t_s, cleared in enumerate((True, False, False)):
        seen.see(look(t_s, {0: state(0)}, {1: state(0)}, {1: Shown("owa", cleared=cleared)}), {0: 1})
    assert seen.threats_called_friends() == Hits(1, 1)


def test_calibration_of_class_and_hostility_by_hand() -> None:
    seen = Identification([DRONE, BIRD])
    shown = {1: Shown("owa", sure("owa", 0.79), 0.9), 2: Shown("owa", sure("owa", 0.79), 0.2)}
    seen.see(look(0, {0: state(0), 1: state(900)}, {1: state(0), 2: state(900)}, shown), {0: 1, 1: 2})
    assert seen.class_reliability.expected_error() == pytest.approx(abs(0.79 - 0.5))
    rest = 0.03
    drone = (1 - 0.79) ** 2 + 7 * rest**2
    bird = 0.79**2 + (1 - rest) ** 2 + 6 * rest**2
    assert seen.brier_class() == pytest.approx((drone + bird) / 2)
    assert seen.brier_hostility() == pytest.approx((0.1**2 + 0.2**2) / 2)


def test_time_left_is_judged_for_zones_on_the_way_alone() -> None:
    seen = Identification([subject(DRONE, {"gate": 100.0})])
    for low, high, zone in (
        (80, 95, "gate"),
        (91, 95, "gate"),
        (0, 1, "elsewhere"),
        (0, float("nan"), "gate"),
    ):
        left = Shown("owa", times_left=(TimeLeftShown(zone, 90.0, low, high),))
        seen.see(look(10.0, {0: state(0)}, {1: state(0)}, {1: left}), {0: 1})
    late = Shown("owa", times_left=(TimeLeftShown("gate", 1.0, 0.0, 2.0),))
    seen.see(look(101.0, {0: state(0)}, {1: state(0)}, {1: late}), {0: 1})  # it has arrived
    assert seen.time_left_inside() == Hits(1, 2)


def test_nobody_seen_is_nothing_known() -> None:
    seen = Identification([DRONE])
    assert seen.right_objects() == Hits(0, 0) and isnan(seen.brier_class())
    assert seen.confusion().counts == () and seen.class_reliability.count == 0
