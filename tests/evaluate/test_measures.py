from math import inf, isnan, nan

import pytest

from marsad.evaluate.measures import (
    TARGETS,
    Group,
    Target,
    Unit,
    Verdict,
    figure,
    pace,
    share,
    share_of_looks,
)
from marsad.report.wording import LANGUAGES, Language, catalogue


def test_verdicts() -> None:
    asked = Target(low=0.9, stretch_low=0.97)
    assert [asked.verdict(value) for value in (0.5, 0.9, 0.98, nan)] == [
        Verdict.MISSED, Verdict.TARGET, Verdict.STRETCH, Verdict.NONE
    ]  # fmt: skip
    assert Target(0.8, 1.3).verdict(1.0) is Verdict.TARGET and Target(high=1.0).verdict(inf) is Verdict.MISSED


def test_few_cases_reach_a_target_and_do_not_show_it() -> None:
    few, many = share(Group.DETECT, "tracked", 10, 10), share(Group.DETECT, "tracked", 60, 60)
    assert few.verdict is many.verdict is Verdict.STRETCH
    assert not few.is_shown and many.is_shown


def test_a_rate_of_nothing_in_an_hour_shows_little() -> None:
    quiet = pace(Group.WARN, "needless-warn", 0, 1 / 168, Unit.PER_WEEK)
    assert quiet.verdict is Verdict.STRETCH and not quiet.is_shown and quiet.high > 100


def test_without_cases_nothing_is_said() -> None:
    for item in (
        share(Group.WARN, "zones-warned", 0, 0),
        share_of_looks(Group.TRACK, "spurious", 0, 0),
        pace(Group.WARN, "needless-warn", 0, 0.0, Unit.PER_WEEK),
    ):
        assert isnan(item.value) and isnan(item.low) and item.verdict is Verdict.NONE and not item.is_shown
    assert figure(Group.TRACK, "rmse", 5.0, Unit.METRES, 3).target is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_target_is_of_a_figure_that_has_words(language: Language) -> None:
    sentences = catalogue(language)
    assert [key for key in TARGETS if f"evaluate.measure.{key}" not in sentences] == []
