"""Quiet days: hours without attackers, drawn by committed distributions, told as rates per week."""

from collections import Counter
from pathlib import Path

import pytest

from marsad.errors import ConfigError
from marsad.evaluate.study.batch import QUIET, Study, Workers, run_study
from marsad.evaluate.study.distributions import SHIPPED
from marsad.evaluate.study.draws import Draws
from marsad.evaluate.study.quiet import HOUR_S, HOURS_A_DAY, drawn_hour, quiet_figures
from marsad.evaluate.study.quiet_page import quiet_page
from marsad.evaluate.study.raid import Raid
from marsad.evaluate.study.results import NeedlessResult, program_sha256
from marsad.evaluate.study.staging import staged
from marsad.report.wording import LANGUAGES, Language
from marsad.simulate.truth import Truth

from .conftest import raid_result
from .test_page import Balanced

SEED = 4
FIGURES = quiet_figures(SHIPPED)
WEEKS = 7 * HOURS_A_DAY * len(FIGURES.traffic)


def hours(*numbers: int) -> list[Raid]:
    return [drawn_hour(FIGURES, SEED, number) for number in numbers]


def truth_of_hour(number: int, folder: Path) -> Truth:
    return staged(drawn_hour(FIGURES, SEED, number), FIGURES.raids, folder).simulation().simulation.truth


def test_twenty_one_days_are_a_week_at_each_site_with_one_weather_a_day() -> None:
    drawn = hours(*range(1, WEEKS + 1))
    assert set(Counter(hour.site for hour in drawn).values()) == {7 * HOURS_A_DAY}
    for first in range(0, WEEKS, HOURS_A_DAY):
        day = drawn[first : first + HOURS_A_DAY]
        assert len({(hour.site, hour.suite, hour.weather, hour.pressure_offset_m) for hour in day}) == 1
        begins = [hour.start.timestamp() + hour.lead_in_s for hour in day]
        assert begins == [begins[0] + HOUR_S * number for number in range(HOURS_A_DAY)]
    assert len({hour.suite for hour in drawn}) > 2 and len({hour.weather for hour in drawn}) > 2
    assert not any(hour.attackers or hour.fault for hour in drawn)


def test_a_day_begins_at_local_midnight() -> None:
    (first,) = hours(1)
    assert (first.start.timestamp() + first.lead_in_s + 3 * 3600) % 86_400 == 0


def test_all_runways_are_used_one_way_in_a_day_and_not_in_the_same_in_all() -> None:
    ends = set()
    for day in range(0, WEEKS, HOURS_A_DAY):
        drawn = [
            hour for hour in hours(*range(day + 1, day + 1 + HOURS_A_DAY)) if hour.site == "baghdad-airport"
        ]
        used = {item["end"][:2] for hour in drawn for item in hour.traffic if "end" in item}
        assert len(used) == bool(drawn)
        ends |= used
    assert len(ends) == 2


def test_airports_have_landings_every_ninety_seconds_of_which_three_in_a_hundred_say_nothing(
    tmp_path: Path,
) -> None:
    landings: list[bool] = []
    airport = [hour for hour in range(1, 73) if drawn_hour(FIGURES, SEED, hour).site == "baghdad-airport"]
    for number in airport[:8]:
        truth = truth_of_hour(number, tmp_path)
        rows = [item for item in truth.objects if item.object_id.startswith("landing")]
        ends = [item.end_s for item in rows if 0 < item.end_s <= HOUR_S]
        assert 36 <= len(ends) <= 44
        landings += [item.transponder is None for item in rows]
    assert 0.005 < sum(landings) / len(landings) < 0.08


def test_birds_keep_their_hours_and_nobody_is_hostile(tmp_path: Path) -> None:
    birds = Counter[int]()
    for day in (1, 2, 3):
        for hour in (2, 12, 17):
            truth = truth_of_hour(HOURS_A_DAY * (day - 1) + hour + 1, tmp_path)
            birds[hour] += sum(item.physique.threat_class == "bird" for item in truth.objects)
            assert not any(item.hostile for item in truth.objects)
    assert birds[2] < 0.2 * birds[12] and birds[2] < 0.2 * birds[17]


def test_hours_are_run_in_no_order_kept_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marsad.evaluate.study.quiet.HOUR_S", 20.0)  # hours of twenty seconds
    study = Study(1, SEED, SHIPPED, quiet_days=1)
    order = study.order()
    assert sorted(order) == list(range(1, HOURS_A_DAY + 1)) != order
    assert order == Study(1, SEED, SHIPPED, quiet_days=1).order()
    ours = {"study_seed": SEED, "generator": study.generator, "program": program_sha256()}
    lines = [raid_result(number=number, attackers=(), **ours).line() for number in order[:22]]
    path, told = tmp_path / QUIET[False], list[tuple[int, int]]()
    path.write_text("".join(lines))
    found = run_study(study, Workers(1, "here"), tmp_path, lambda done, of: told.append((done, of)))
    assert told == [(22, 24), (23, 24), (24, 24)]
    assert [hour.number for hour in found] == sorted(order)
    played = [found[number - 1] for number in order[22:]]
    assert {hour.generator for hour in played} == {study.generator} != {Study(1, SEED, SHIPPED).generator}
    assert [hour.duration_s for hour in played] == [20.0, 20.0]
    assert all(hour.flown["airliner"] > 0 for hour in played)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_sounds_in_a_week_and_by_which_rule(language: Language) -> None:
    heard = (
        NeedlessResult("WARN", "helicopter-silent", "helicopter-2", 900.0, 1, "rule.warn_course"),
        NeedlessResult("ALERT", "helicopter-silent", "helicopter-2", 890.0, 1, "rule.alert_maybe"),
        NeedlessResult("ALERT", "false-track", "track-9", 20.0, 1),
    )
    flown = {"helicopter-silent": 2, "airliner": 41}
    found = [
        raid_result(number=n, duration_s=HOUR_S, attackers=(), needless=heard if n == 1 else (), flown=flown)
        for n in range(1, 25)
    ]
    page = quiet_page(found, 48, language)
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert "study." not in page and "nan" not in page.lower()
    assert (
        page.count("<td>14.0 ") == 2 and "<td>7.0 " in page
    )  # two alerts, one warning in a seventh of a week
    assert "<td>48.0</td>" in page and "<td>984.0</td>" in page


def test_a_file_with_an_unknown_scenario_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "quiet.toml"
    path.write_text(
        'version = 1\n[scenario]\nembassy = "no-such-day"\n'
        "[day]\nfirst = 2026-01-01\npressure_offset_m = [0.0, 1.0]\nlead_in_s = 60.0\n"
    )
    with pytest.raises(ConfigError, match="there is no such scenario"):
        quiet_figures(SHIPPED, path)


def test_the_order_of_hours_is_that_of_the_seed() -> None:
    first, second = (Draws(seed, 0).stream("order of hours").random() for seed in (1, 2))
    assert first != second
