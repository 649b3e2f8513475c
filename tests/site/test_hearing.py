"""How late sensors report is learned from their reports; a clock that is off is told from it by a prior."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.site.hearing import Hearing, late_note

MS = 1_000_000
SECOND = 1_000 * MS


def heard(delays_ms: list[int], *, claims: bool = False) -> Hearing:
    hearing = Hearing(5 * SECOND)
    for delay_ms in delays_ms:
        hearing.learn("s", delay_ms * MS, claims=claims)
    return hearing


def test_nothing_is_known_of_who_has_not_reported() -> None:
    hearing = Hearing(5 * SECOND)
    assert hearing.delay("s") is None and hearing.late_ns("s") == hearing.shift_ns("s") == 0
    assert not hearing.is_lagging("s") and late_note(None, False) == ""


@given(st.lists(st.integers(0, 900), min_size=1, max_size=200))
def test_a_sensor_s_delay_is_latency_and_never_an_offset(delays_ms: list[int]) -> None:
    hearing = heard(delays_ms)
    window = sorted(delays_ms[-64:])
    delay = hearing.delay("s")
    assert delay is not None and delay.shift_s == 0
    assert window[0] <= delay.latency_s * 1e3 <= delay.late_s * 1e3 + 1e-6 <= window[-1] + 1e-3
    within = sum(one <= hearing.late_ns("s") / MS for one in window)
    assert within >= 0.9 * len(window)


@given(st.integers(-40_000, 40_000), st.lists(st.integers(0, 300), min_size=5, max_size=80))
def test_a_receiver_s_delay_is_an_offset_but_for_a_fraction_of_a_second(
    offset_ms: int, jitter_ms: list[int]
) -> None:
    hearing = heard([offset_ms + jitter for jitter in jitter_ms], claims=True)
    left_ms = hearing.late_ns("s") / MS
    assert left_ms <= 1_001
    if abs(offset_ms) > 1_000:
        assert hearing.shift_ns("s") / MS == pytest.approx(offset_ms, abs=300)


@given(st.integers(1, 100_000), st.integers(1, 80))
def test_nothing_comes_before_it_was_measured(ahead_ms: int, looks: int) -> None:
    hearing = heard([-ahead_ms] * looks)
    assert hearing.shift_ns("s") == -ahead_ms * MS and hearing.late_ns("s") == 0


def test_who_lags_is_said_with_hysteresis() -> None:
    hearing = heard([3_500] * 10)
    assert not hearing.is_lagging("s")
    for _ in range(10):
        hearing.learn("s", 4_500 * MS, claims=False)
    assert hearing.is_lagging("s")
    assert late_note(hearing.delay("s"), True) == "reports come 4.5 s late"
    for _ in range(60):
        hearing.learn("s", 3_500 * MS, claims=False)
    assert hearing.is_lagging("s"), "not by every breath"
    for _ in range(60):
        hearing.learn("s", 500 * MS, claims=False)
    assert not hearing.is_lagging("s")


def test_a_jump_is_counted_and_what_was_before_forgotten() -> None:
    hearing = heard([200] * 40, claims=True)
    for _ in range(5):
        hearing.learn("s", 12_200 * MS, claims=True)
    assert hearing.counters["delay-jumped"] == 1
    assert hearing.shift_ns("s") == 12 * SECOND
    assert late_note(hearing.delay("s"), False) == "clock behind by 12.0 s"


def test_one_stray_stamp_changes_nothing() -> None:
    hearing = heard([100] * 40)
    hearing.learn("s", -3_600 * SECOND, claims=False)
    assert hearing.shift_ns("s") == 0


@given(st.lists(st.integers(-3_000, 3_000), min_size=1, max_size=150), st.booleans())
def test_what_is_told_of_a_sensor_is_that_of_its_newest_look(delays_ms: list[int], claims: bool) -> None:
    hearing = Hearing(5 * SECOND)
    for delay_ms in delays_ms:
        hearing.learn("s", delay_ms * MS, claims=claims)
        delay = hearing.delay("s")
        assert delay is not None
        assert (delay.late_s, delay.shift_s) == (hearing.late_ns("s") * 1e-9, hearing.shift_ns("s") * 1e-9)
    assert hearing.delay("other") is None and hearing.late_ns("other") == 0


@given(st.lists(st.integers(0, 300), min_size=2, max_size=60), st.integers(3_000, 10**7), st.data())
def test_a_stamp_that_slips_says_nothing_of_the_clock(
    delays_ms: list[int], ahead_ms: int, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(delays_ms)))
    hearing = heard([*delays_ms[:place], -ahead_ms, *delays_ms[place:]])
    assert hearing.shift_ns("s") == 0 and late_note(hearing.delay("s"), False) == ""


@given(st.integers(2_000, 10**6), st.lists(st.integers(0, 500), min_size=3, max_size=60))
def test_a_clock_ahead_is_told_from_a_slip_by_the_most_of_its_looks(
    ahead_ms: int, jitter_ms: list[int]
) -> None:
    hearing = heard([jitter - ahead_ms for jitter in jitter_ms])
    assert -ahead_ms * MS <= hearing.shift_ns("s") <= (500 - ahead_ms) * MS
