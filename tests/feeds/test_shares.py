"""Shares: the dearest pay, the small ones do not, and it passes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from marsad.feeds.budget import Bucket
from marsad.feeds.shares import LEVEL_MIN, SUM_MIN, S, Shares, water_level


def second(shares: Shares, number: int, asked: dict[str, int]) -> dict[str, int]:
    """What each sensor may use of what it asks for, evenly over a second."""
    used = dict.fromkeys(asked, 0)
    steps = max(asked.values())
    for step in range(steps):
        t_ns = number * S + step * S // steps
        for name, count in asked.items():
            if step * count // steps != (step + 1) * count // steps:
                used[name] += shares.take(name, t_ns)
    return used


def test_nothing_is_left_out_while_nobody_waits() -> None:
    assert second(Shares(), 5, {"big": 5_000, "small": 3}) == {"big": 5_000, "small": 3}


def test_the_dearest_pay_and_the_small_lose_nothing() -> None:
    shares, asked = Shares(), {"big": 2_000, "middle": 400, "small": 20}
    second(shares, 1, asked)
    for number in (2, 3, 4):
        shares.lower(number * S)
        used = second(shares, number, asked)
        assert used["small"] == 20
        assert used["big"] <= 2_000 >> (number - 1)
    assert 150 < used["big"] <= 250 and 200 <= used["middle"] <= 250
    for number in range(5, 60):
        shares.lower(number * S)
    assert LEVEL_MIN < second(shares, 60, asked)["big"] <= 4 * 2_000 / 16, "what was saved in silence"
    used = second(shares, 61, asked)
    assert LEVEL_MIN < used["big"] <= 2_000 / 16 and used["small"] == 20


def test_the_level_rises_when_nobody_has_waited_for_some_seconds() -> None:
    shares, asked = Shares(), {"big": 1_000}
    second(shares, 1, asked)
    shares.lower(2 * S)
    assert second(shares, 2, asked)["big"] <= 500
    taken = [second(shares, number, asked)["big"] for number in range(3, 14)]
    assert all(later >= 0.95 * earlier for earlier, later in pairwise(taken))
    assert taken[-1] == 1_000 and shares.part == 1.0
    shares.lower(20 * S)
    for number in range(21, 40):
        shares.pass_time(number * S)
    assert shares.part == 1.0, "also where nobody reports"


def behind(shares: Shares, asked: dict[str, int], seconds: int) -> dict[str, int]:
    """What each may use in a second when the site has been behind for so many."""
    second(shares, 1, asked)
    for number in range(2, 2 + seconds):
        shares.lower(number * S)
        used = second(shares, number, asked)
    return used


def test_many_have_no_more_than_the_sum_together_and_who_asks_for_little_loses_nothing() -> None:
    crowd = {f"node {number}": 40 for number in range(120)}
    used = behind(Shares(), {**crowd, "radar": 2}, 12)
    assert used["radar"] == 2, "also who came last"
    assert sum(used.values()) <= 1.05 * SUM_MIN
    assert max(used[f"node {number}"] for number in range(20, 120)) <= 12, "all that came later alike"


def test_who_was_here_before_a_crowd_goes_first_at_whatever_it_reports() -> None:
    shares = Shares()
    second(shares, 0, {"radar": 48, "camera": 30})
    used = behind(shares, {**{f"node {number}": 40 for number in range(120)}, "radar": 48, "camera": 30}, 12)
    assert (used["radar"], used["camera"]) == (48, 30)


def test_one_that_is_silent_for_an_hour_has_lost_its_place() -> None:
    shares = Shares()
    second(shares, 0, {"old": 40})
    for minute in range(61):
        second(shares, 1 + 60 * minute, {"other": 1})
    crowd = {f"node {number}": 40 for number in range(120)}
    second(shares, 3_700, crowd)
    for number in range(3_701, 3_712):
        shares.lower(number * S)
        used = second(shares, number, {**crowd, "old": 40})
    assert used["node 0"] == 40 and used["old"] <= 10


@given(st.lists(st.floats(0.1, 50), max_size=200), st.floats(1, 1_000))
def test_the_level_at_which_all_together_have_the_sum(wishes: list[float], total: float) -> None:
    level = water_level(wishes, total)
    had = sum(min(wish, level) for wish in wishes)
    assert had <= total * (1 + 1e-9)
    assert level == LEVEL_MIN or had >= total * (1 - 1e-9), "nothing is left over while somebody wants more"


def test_what_is_left_out_is_spread_and_is_not_always_the_same() -> None:
    shares = Shares()
    second(shares, 1, {"big": 1_000})
    shares.lower(2 * S)
    kept = [
        [shares.take("big", number * S + step * S // 1_000) for step in range(1_000)] for number in (2, 3)
    ]
    assert kept[0] != kept[1]
    assert all(150 < sum(row[half : half + 500]) < 350 for row in kept for half in (0, 500))


def test_a_radar_that_reports_a_whole_turn_at_once_is_held_to_its_mean() -> None:
    """200 plots each four seconds are 50 a second: it loses nothing to the level of 50."""
    shares = Shares()
    for number in range(1, 40):
        for step in range(800):
            shares.take("flood", number * S + step * S // 800)
        shares.lower(number * S + S // 2)
        if number % 4 == 0:
            used = sum(shares.take("turns", number * S + S * 3 // 4 + plot * 100_000) for plot in range(200))
            assert used == 200, number


def test_what_is_left_out_of_a_whole_turn_is_spread_over_it() -> None:
    shares = Shares()
    for number in range(1, 40):
        for step in range(800):
            shares.take("flood", number * S + step * S // 800)
        shares.lower(number * S + S // 2)
        if number % 4 == 0:
            used = [shares.take("turns", number * S + S * 3 // 4 + plot * 100_000) for plot in range(800)]
    assert 150 <= sum(used) <= 200
    assert all(20 < sum(used[part : part + 200]) < 80 for part in (0, 200, 400, 600))


def test_a_budget_that_saves_takes_what_was_read_late_at_once() -> None:
    plain, saving = Bucket(100), Bucket(100, depth_s=4)
    for budget, expected in ((plain, 100), (saving, 400)):
        assert budget.take(10 * S)
        assert sum(budget.take(19 * S + step) for step in range(1_000)) == expected
    assert sum(saving.take(20 * S + step) for step in range(1_000)) == 100, "what is spent is spent"


def test_of_who_asks_for_twice_as_much_half_is_taken_in_each_part_of_a_second() -> None:
    bucket = Bucket(1_000)
    asked = [bucket.take(10 * S + step * S // 2_000) for step in range(10_000)]
    settled = asked[4_000:]
    assert all(48 <= sum(settled[at : at + 100]) <= 52 for at in range(0, len(settled), 100))
    assert sum(asked) in (5_999, 6_000), "a second's worth at once, and what comes"


@given(st.lists(st.tuples(st.integers(0, 2 * S), st.integers(1, 30)), max_size=80), st.integers(1, 50))
def test_a_bucket_gives_no_more_than_its_depth_and_what_has_come(
    asks: list[tuple[int, int]], per_s_max: int
) -> None:
    bucket, t_ns, taken = Bucket(per_s_max, depth_s=2), 5 * S, []
    told: list[int] = []
    for pause_ns, cost in asks:
        t_ns += pause_ns
        if bucket.take(t_ns, cost):
            taken.append((t_ns, cost))
        elif bucket.just_exceeded:
            told.append(t_ns)
    for first, (begin_ns, _) in enumerate(taken):
        for last in range(first, len(taken)):
            span_ns = taken[last][0] - begin_ns
            assert sum(cost for _, cost in taken[first : last + 1]) * S <= per_s_max * (2 * S + span_ns)
    assert all(later - earlier >= S for earlier, later in pairwise(told))
