from math import isnan

import pytest

from marsad.evaluate import intervals
from marsad.evaluate.study.rates import rate
from marsad.evaluate.study.summary import (
    HEADLINES,
    missed,
    needless_by_cause,
    out_of_reach,
    seen_of,
)

from .conftest import attacker_result, raid_result


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    found = rate([True] * 29)
    assert (found.share, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 29))
    half = rate([True, False] * 10)
    assert (half.low, half.high) == pytest.approx((0.27196, 0.72804), abs=1e-4)
    nobody = rate([])
    assert (nobody.low, nobody.high) == (0.0, 1.0) and isnan(nobody.share)


def test_poisson_intervals() -> None:
    none, ten = intervals.rate(0, 1.0), intervals.rate(10, 1.0)
    assert (none.low, none.high) == pytest.approx((0.0, 3.68888), abs=1e-4)
    assert (ten.low, ten.high) == pytest.approx((4.79539, 18.39036), abs=1e-4)


def test_each_headline_is_about_those_it_names() -> None:
    late = {"warned": {"compound": 99.0}, "alert_s": 99.0}
    results = [
        raid_result(number=1, attackers=(attacker_result(), attacker_result(lie="adsb", **late))),
        raid_result(number=2, suite="full", attackers=(attacker_result(earliest_s=None, **late),)),
        raid_result(number=3, attackers=(attacker_result(reached={}),)),
        raid_result(
            number=4,
            attackers=(
                attacker_result(kind="jet-drone", approach="final"),
                attacker_result(kind="one-way-drone", approach="final", identities=3),
            ),
        ),
    ]
    seen = seen_of(results)
    assert len(seen) == 5  # one reaches no zone
    found = {
        headline.key: (rate_.successes, rate_.count)
        for headline in HEADLINES
        for rate_ in (headline.of(seen),)
    }
    assert found == {
        "in-time": (3, 4),
        "in-time-all": (3, 5),
        "honest": (3, 3),
        "liars": (0, 1),
        "liars-all": (0, 1),
        "plain-alert": (1, 1),
        "plain-alert-all": (1, 1),
        "plain-warn": (1, 1),
        "plain-warn-all": (1, 1),
        "final-alert": (2, 2),
        "final-warn": (2, 2),
        "one-identity": (4, 5),
    }
    assert [(raid.number, attacker.lie) for raid, attacker in missed(results)] == [(1, "adsb")]
    assert out_of_reach(results) == 1


def test_needless_warnings_are_counted_by_cause_with_all_last() -> None:
    first, everything = needless_by_cause([raid_result(), raid_result(needless=())])
    assert first.cause == "airliner-silent" and (first.alerts, first.warns) == (0, 1)
    assert everything.cause == "all" and everything.warns == 1
    # one in twelve minutes
    assert everything.warns_low_per_h == pytest.approx(0.02532 * 5, abs=1e-3)
