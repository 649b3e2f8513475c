from math import nan, sqrt

import numpy as np
import pytest

from marsad.evaluate.air_picture import AirPicture

from .scenes import BIRD, DRONE, look, state


def test_counts_are_those_of_siap_and_the_far_does_not_count() -> None:
    picture = AirPicture([DRONE, BIRD])
    for t_s in range(4):
        pairs = picture.see(
            look(
                t_s,
                {0: state(1000), 1: state(30_000)},
                {1: state(1030), 2: state(1060), 3: state(5000), 4: state(30_000), 5: state(40_000)},
            )
        )
        assert pairs == {0: 1, 1: 4}
    assert picture.counts == {"J": 4, "JT": 4, "N": 12, "NA": 8}
    assert picture.siap.ambiguity == 2.0 and picture.siap.spurious == pytest.approx(1 / 3)
    assert picture.scored_s == 3.0 and picture.looks == 4
    assert picture.false_tracks() == 1  # number 3; 2 is a double, 4 and 5 are beyond


def test_gospa_parts_by_hand() -> None:
    picture = AirPicture([DRONE, BIRD])
    picture.see(look(0.0, {0: state(0), 1: state(3000)}, {1: state(30), 2: state(9000)}))
    whole, location, missed, false = picture.gospa_m()
    half = 150.0**2 / 2
    assert (location, missed, false) == pytest.approx((30.0, sqrt(half), sqrt(half)))
    assert whole == pytest.approx(sqrt(900 + 2 * half))


def test_a_track_on_the_map_only_is_compared_on_the_map() -> None:
    picture = AirPicture([DRONE])
    picture.see(look(0.0, {0: state(0, 0, 900)}, {1: (40.0, 0.0, nan, nan, nan, nan)}))
    assert picture.counts["JT"] == 1 and picture.siap.position_error_m == 40.0
    assert np.isnan(picture.siap.velocity_error_mps) and picture.gospa_m()[1] == pytest.approx(40.0)


def test_classes_and_bands_each_have_their_own() -> None:
    picture = AirPicture([DRONE, BIRD])
    for t_s in range(3):
        picture.see(look(t_s, {0: state(500), 1: state(1500)}, {1: state(510), 9: state(1800)}))
    drone, bird = sorted(picture.by_class(), key=lambda item: item.name, reverse=True)
    assert (drone.name, drone.siap.completeness, drone.siap.spurious) == ("owa", 1.0, 0.0)
    assert (bird.name, bird.siap.completeness, bird.accuracy.count) == ("bird", 0.0, 0)
    near, middle = picture.by_band()
    assert (near.name, near.siap.completeness, near.siap.spurious) == ("0-1", 1.0, 0.0)
    assert (middle.name, middle.siap.completeness, middle.siap.spurious) == ("1-2", 0.0, 1.0)


def test_followed_tells_how() -> None:
    picture = AirPicture([DRONE])
    for t_s in range(11):
        number = None if t_s == 5 else 1 if t_s < 5 else 2
        picture.see(look(t_s, {0: state(0)}, {} if number is None else {number: state(10)}))
    followed = picture.followed[0]
    assert (followed.life_s, followed.tracked_s, followed.numbers, followed.longest_s) == (10, 9, 2, 5)


def test_consistency_by_hand() -> None:
    picture = AirPicture([DRONE])
    covariance = np.diag([100.0, 100, 100, 1, 1, 1])[None]
    picture.see(look(0.0, {0: state(0)}, {1: state(10)}, covariance=covariance))
    assert picture.nees_per_dimension() == pytest.approx(1 / 6)
    assert picture.inside_ellipsoid() == (1, 1)
    picture.see(look(1.0, {0: state(0)}, {1: state(60)}, covariance=covariance))
    assert picture.inside_ellipsoid() == (1, 2)


def test_an_empty_sky_and_an_empty_picture() -> None:
    picture = AirPicture([])
    assert picture.see(look(0.0, {}, {})) == {}
    assert all(np.isnan(picture.gospa_m()[k]) or picture.gospa_m()[k] == 0 for k in range(4))
    assert np.isnan(picture.siap.completeness) and list(picture.by_class()) == []
    assert np.isnan(AirPicture([]).gospa_m()[0])


def test_time_that_goes_back_or_stands_still_for_long_is_not_counted() -> None:
    picture = AirPicture([])
    for t_s in (0.0, 10.0, 5.0, 1000.0):
        picture.see(look(t_s, {}, {}))
    assert picture.scored_s == 10.0 + 0.0 + 30.0
