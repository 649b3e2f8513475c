"""Expected and seen, from announcements that are known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marsad.evaluate.expectation import Finding, findings
from marsad.evaluate.witness import Told, Witness
from marsad.model.threat import Level
from marsad.simulate.scenario import Scenario, scenario_of
from marsad.simulate.truth import truth_of

SITE = """
[site]
id = "small"
name_en = "Small"
name_ar = "صغير"
latitude_deg = 33.0
longitude_deg = 44.0
height_m = 50.0
[[site.zone]]
id = "yard"
name_en = "Yard"
name_ar = "ساحة"
centre = [33.0, 44.0]
radius_m = 300.0
"""
WAY = [
    {"azimuth_deg": 45.0, "range_m": 8_000.0, "above_ground_m": 150.0, "speed_mps": 50.0},
    {"azimuth_deg": 45.0, "range_m": 10.0, "above_ground_m": 50.0, "speed_mps": 50.0},
]
DRONE = {"id": "drone", "kind": "one_way_drone", "hostile": True, "waypoints": WAY}
FRIEND = {
    "id": "friend",
    "kind": "multirotor",
    "waypoints": [{**point, "azimuth_deg": 225.0} for point in WAY],
}
ARRIVES_S = (8_000 - 300) / 50
Play = Callable[..., list[Finding]]


@pytest.fixture
def judged(tmp_path: Path) -> Play:
    """The findings on a run with these announcements: (time, level, object's row or None)."""
    path = tmp_path / "small.toml"
    path.write_text(SITE, encoding="utf-8")

    def judge(expected: dict[str, Any], *told: tuple[float, Level, int | None, bool]) -> list[Finding]:
        tables = {
            "name": "small",
            "title_en": "S",
            "title_ar": "ص",
            "start": "2022-01-04T02:40:00Z",
            "duration_s": 200.0,
            "site": "small.toml",
            "object": [DRONE, FRIEND],
            "expected": {"hostile": ["drone"], **expected},
        }
        scenario: Scenario = scenario_of(tables, path)
        witness = Witness(truth_of(scenario, 1))
        for number, (t_s, level, row, near) in enumerate(told, 1):
            witness.told.append(Told(t_s, level, "yard", number, near))
            if row is not None:
                witness._owned[number] = [(0.0, row)]
        return findings(scenario, witness)

    return judge


def only(found: list[Finding], part: str) -> Finding:
    (finding,) = [each for each in found if part in each.expected]
    return finding


@pytest.mark.parametrize(("warned_s", "met"), [(ARRIVES_S - 46, True), (ARRIVES_S - 44, False)])
def test_a_warning_must_be_early_enough(judged: Play, warned_s: float, met: bool) -> None:
    found = only(judged({"lead_s_min": 45.0}, (warned_s, Level.WARN, 0, False)), "WARN yard")
    assert found.met is met


def test_an_alert_is_no_warning(judged: Play) -> None:
    told = (10.0, Level.ALERT, 0, False)
    found = judged({"lead_s_min": 45.0, "alert": ["drone"]}, told)
    assert not only(found, "WARN yard").met and only(found, "WARN yard").seen == "no warning"
    assert only(found, "ALERT").met


def test_who_needs_no_alert_until_it_is_near_is_given_its_own_lead(judged: Play) -> None:
    found = judged(
        {"lead_s_min": 45.0, "lead_s_min_of": {"drone": 10.0}}, (ARRIVES_S - 20, Level.WARN, 0, False)
    )
    assert only(found, "WARN yard").met


@pytest.mark.parametrize(
    ("row", "near", "needless"),
    [(1, False, 1), (None, False, 1), (None, True, 0), (0, False, 0)],
)
def test_needless_is_what_is_about_nothing_hostile(
    judged: Play, row: int | None, near: bool, needless: int
) -> None:
    found = judged({}, (50.0, Level.WARN, row, near))
    assert only(found, "needless WARN").met is (needless == 0)
    assert only(found, "needless WARN").seen.startswith(str(needless))


def test_an_alert_is_needless_only_where_that_is_asked(judged: Play) -> None:
    told = (50.0, Level.ALERT, 1, False)
    assert all(each.met for each in judged({}, told))
    assert not only(judged({"alerts_on_harmless_max": 0}, told), "needless ALERT").met
    assert not only(judged({"alert_not": ["friend"]}, told), "friend: no ALERT").met
    assert only(judged({"warn_not": ["friend"]}, told), "friend: no WARN").met


def test_what_never_happened_is_not_met(judged: Play) -> None:
    wanted = {"alert": ["drone"], "stopped": 1, "incident_closed": True, "alarms_announced_max": 0}
    found = judged(wanted)
    assert {each.expected for each in found if not each.met} == {
        "drone: ALERT 30 s ahead",
        "1 stopped",
        "incident closed",
    }
