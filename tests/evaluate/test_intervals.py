from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from marsad.evaluate.intervals import exposure_without_event, proportion, rate, runs_without_miss


def test_known_values_of_a_share() -> None:
    # Clopper & Pearson's own example table, and the closed forms at the ends
    none, all_of = proportion(0, 10), proportion(10, 10)
    assert (none.value, none.low) == (0.0, 0.0) and none.high == pytest.approx(1 - 0.025**0.1)
    assert (all_of.value, all_of.high) == (1.0, 1.0) and all_of.low == pytest.approx(0.025**0.1)
    some = proportion(8, 10)
    assert (some.low, some.high) == pytest.approx((0.4439, 0.9748), abs=1e-4)


def test_known_values_of_a_rate() -> None:
    nothing = rate(0, 6.2)
    assert nothing.low == 0.0 and nothing.high == pytest.approx(3.6889 / 6.2, rel=1e-4)
    ten = rate(10, 1.0)
    assert (ten.low, ten.high) == pytest.approx((4.7954, 18.3904), abs=1e-4)


def test_how_much_shows_a_figure() -> None:
    assert [runs_without_miss(share) for share in (0.9, 0.95, 0.99)] == [29, 59, 299]
    assert exposure_without_event(1 / 24) == pytest.approx(71.9, abs=0.1)  # hours


def test_nothing_counted_is_everything_possible() -> None:
    share, pace = proportion(0, 0), rate(0, 0.0)
    assert isnan(share.value) and (share.low, share.high) == (0.0, 1.0)
    assert isnan(pace.value) and (pace.low, pace.high) == (0.0, inf)


@given(cases=st.integers(1, 400), data=st.data())
def test_the_ends_of_a_share_leave_a_tail_each(cases: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, cases))
    found = proportion(hits, cases)
    assert 0 <= found.low <= found.value <= found.high <= 1
    if hits:
        assert binom.sf(hits - 1, cases, found.low) == pytest.approx(0.025, rel=1e-6)
    if hits < cases:
        assert binom.cdf(hits, cases, found.high) == pytest.approx(0.025, rel=1e-6)


@given(events=st.integers(0, 300), exposure=st.floats(1e-3, 1e4))
def test_the_ends_of_a_rate_leave_a_tail_each(events: int, exposure: float) -> None:
    found = rate(events, exposure)
    assert found.low <= found.value <= found.high
    assert poisson.cdf(events, found.high * exposure) == pytest.approx(0.025, rel=1e-6)
    if events:
        assert poisson.sf(events - 1, found.low * exposure) == pytest.approx(0.025, rel=1e-6)


@given(cases=st.integers(1, 60), share=st.floats(0.01, 0.99))
def test_a_share_is_held_at_least_as_often_as_said(cases: int, share: float) -> None:
    held = sum(
        float(binom.pmf(hits, cases, share))
        for hits in range(cases + 1)
        if proportion(hits, cases).low <= share <= proportion(hits, cases).high
    )
    assert held >= 0.95 - 1e-9


@pytest.mark.parametrize(("hits", "cases"), [(-1, 3), (4, 3), (0, -1)])
def test_what_cannot_be_counted_is_refused(hits: int, cases: int) -> None:
    with pytest.raises(ValueError, match="hits"):
        proportion(hits, cases)


def test_impossible_rates_and_confidences_are_refused() -> None:
    for events, exposure in ((-1, 1.0), (1, -1.0), (1, inf), (1, float("nan"))):
        with pytest.raises(ValueError, match="events in"):
            rate(events, exposure)
    for wrong in (0.0, 1.0):
        with pytest.raises(ValueError, match="confidence"):
            proportion(1, 2, wrong)
        with pytest.raises(ValueError, match="share"):
            runs_without_miss(wrong)
    with pytest.raises(ValueError, match="rate"):
        exposure_without_event(0.0)
