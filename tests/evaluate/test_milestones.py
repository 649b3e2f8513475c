from math import isnan

import pytest

from marsad.evaluate.look import Shown
from marsad.evaluate.milestones import Chronicle, delivery_s
from marsad.model.threat import Level

from .scenes import DRONE, look, state, subject


def chronicle(*, end_s: float = 1e9) -> Chronicle:
    return Chronicle(
        [subject(DRONE, {"outer": 100.0, "inner": 120.0}, end_s)], {"outer": 2000.0, "inner": 0.0}
    )


def test_each_time_is_the_first() -> None:
    seen = chronicle()
    seen.see(look(1, {0: state(9000)}, {}, covered=False), {})
    seen.see(look(2, {0: state(8000)}, {}), {})
    wrong, right = Shown("bird", first_t_s=2.5), Shown("owa", first_t_s=2.5)
    for t_s, shown in ((4, wrong), (5, right), (6, wrong), (7, right), (8, right), (10, right), (11, right)):
        seen.see(look(t_s, {0: state(3000)}, {1: state(3000)}, {1: shown}), {0: 1})
    seen.alarmed(0, 12.0)
    seen.alarmed(0, 11.5)
    seen.warned(0, "inner", 30.0)
    seen.warned(0, "inner", 40.0)
    marks = seen.milestones(0)
    assert (marks.covered_t_s, marks.detected_t_s, marks.tracked_t_s) == (2, 2.5, 4)
    assert marks.classified_t_s == 7  # right from 7 on, for the 3 s that make it stable at 10
    assert (marks.alarmed_t_s, marks.warned_t_s, marks.arrival_t_s) == (11.5, 30, 100)
    assert marks.tracked_range_m == 3000


def test_a_class_that_is_right_with_a_gap_in_the_track_is_not_stable() -> None:
    seen = chronicle()
    right = {1: Shown("owa")}
    for t_s in (0, 2, 4, 6):
        on = t_s != 4
        seen.see(look(t_s, {0: state(0)}, {1: state(0)} if on else {}, right), {0: 1} if on else {})
    assert isnan(seen.milestones(0).classified_t_s)


def test_what_never_was_is_not_a_number() -> None:
    marks = chronicle().milestones(0)
    assert all(isnan(value) for value in (marks.covered_t_s, marks.tracked_t_s, marks.alarmed_t_s))
    assert marks.arrival_t_s == 100


def test_usable_lead_is_what_is_left_once_it_is_heard() -> None:
    assert delivery_s(2000.0) == pytest.approx(1 + 2 + 5.8)
    seen = chronicle()
    seen.warned(0, "outer", 40.0)
    seen.warned(0, "inner", 130.0)  # too late
    outer, inner = seen.leads(0)
    assert (outer.zone_id, outer.warned_t_s) == ("outer", 40.0)
    assert outer.usable_s == pytest.approx(60 - 8.8)
    assert isnan(inner.warned_t_s) and isnan(inner.usable_s)


def test_who_is_stopped_well_before_a_zone_needed_no_warning_there() -> None:
    assert [lead.zone_id for lead in chronicle(end_s=80.0).leads(0)] == ["outer"]
    assert chronicle(end_s=60.0).leads(0) == []


def test_levels_ahead_of_the_arrival() -> None:
    seen = chronicle()
    for t_s in range(30, 100):
        level = Level.WARN if t_s >= 65 else Level.ALERT if t_s >= 50 else Level.INFO
        seen.see(look(t_s, {0: state(0)}, {1: state(0)}, {1: Shown("owa", level=level)}), {0: 1})
    assert seen.levels_right(60.0, Level.ALERT) == (0, 1)
    assert seen.levels_right(45.0, Level.ALERT) == (1, 1)
    assert seen.levels_right(30.0, Level.WARN) == (1, 1)
    assert seen.levels_right(200.0, Level.WARN) == (0, 0)  # it did not fly yet


def test_a_level_of_long_ago_does_not_count() -> None:
    seen = chronicle()
    seen.see(look(50.0, {0: state(0)}, {1: state(0)}, {1: Shown(level=Level.WARN)}), {0: 1})
    assert seen.levels_right(48.0, Level.WARN) == (1, 1) and seen.levels_right(40.0, Level.WARN) == (0, 1)


def test_a_system_without_levels_is_not_judged_by_them() -> None:
    seen = chronicle()
    seen.see(look(50.0, {0: state(0)}, {1: state(0)}), {0: 1})
    assert seen.levels_right(50.0, Level.WARN) == (0, 0)
