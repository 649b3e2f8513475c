from dataclasses import replace

import pytest

from marsad.errors import RecordingError
from marsad.evaluate.study.results import generator_sha256, program_sha256, result_of

from .conftest import attacker_result, raid_result


def test_a_line_holds_the_whole_result() -> None:
    result = raid_result()
    assert result_of(result.line()) == result
    assert result.line().count("\n") == 1
    never = raid_result(attackers=(attacker_result(alert_s=None, warned={}, earliest_s=None),))
    assert result_of(never.line()) == never


@pytest.mark.parametrize(
    "line", ["", "{}", "[1]", '{"attackers": 3}', '"x"', '{"attackers": [], "needless": []}']
)
def test_what_is_no_result_is_told(line: str) -> None:
    with pytest.raises(RecordingError, match="is no result of a raid"):
        result_of(line)


def test_leads_are_from_what_was_told_to_the_arrival() -> None:
    found = attacker_result()
    assert found.arrival_s == 100.0
    assert found.alert_lead_s == 50.0
    assert found.warn_lead_s == 40.0
    assert attacker_result(warned={"compound": 95.0, "chancery": 80.0}).warn_lead_s == 40.0
    assert attacker_result(warned={}).warn_lead_s is None
    assert found.allowed_s == 100.0
    assert attacker_result(earliest_s=None).allowed_s is None
    assert attacker_result(earliest_s=120.0).allowed_s is None


@pytest.mark.parametrize(
    ("earliest_s", "warned_s", "plain", "by_physics"),
    [
        (20.0, 70.0, True, True),  # 30 s ahead
        (20.0, 70.1, False, False),
        (60.0, 80.0, False, True),  # physics left 40 s, half of them
        (60.0, 81.0, False, False),
        (96.0, 98.0, False, True),
        (None, 80.0, False, False),
        (102.0, 99.0, False, True),  # sooner than physics would have it
        (102.0, 101.0, False, False),  # after the arrival
    ],
)
def test_in_time_is_thirty_seconds_or_half_of_what_physics_left(
    earliest_s: float | None, warned_s: float, plain: bool, by_physics: bool
) -> None:
    found = attacker_result(reached={"compound": 100.0}, warned={"compound": warned_s}, earliest_s=earliest_s)
    assert found.is_warned() is plain
    assert found.is_warned(by_physics=True) is by_physics
    alerted = replace(found, alert_s=warned_s, warned={})
    assert alerted.is_alerted() is plain
    assert alerted.is_alerted(by_physics=True) is by_physics


def test_hashes_are_of_distributions_and_code() -> None:
    assert generator_sha256("a") == generator_sha256("a") != generator_sha256("b")
    assert len(program_sha256()) == 64
