"""Reasons: they add up, they quote their numbers, and both catalogues can say them."""

import ast
import json
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from marsad.assessment.classification import CLASS_CODES
from marsad.assessment.identity import IDENTITY_CODES
from marsad.assessment.rules import RULES
from marsad.model.reason import Reason
from marsad.model.threat import Level, ThreatAssessment
from marsad.report.wording import filled

ROOT = Path(__file__).parents[2] / "src" / "marsad"
CATALOGUES: dict[str, dict[str, str]] = {
    language: json.loads((ROOT / "report" / "wording" / language / "assessment.json").read_text("utf-8"))
    for language in ("ar", "en")
}
CODE = re.compile(r"(character|class|cue|identity|intent|context|cap|rule|counter)\.[a-z_]+")


def codes() -> set[str]:
    """Every code that the source of this stage can put into a Reason."""
    found = set(CLASS_CODES) | set(IDENTITY_CODES.values()) | {rule.reason.code for rule in RULES}
    for path in sorted((ROOT / "assessment").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                found.add(node.value)
    for level in ("watch", "alert", "warn"):
        found |= {f"rule.waiting.{level}", f"rule.kept.{level}"}
    return found


def placeholders(sentence: str) -> set[tuple[str, str]]:
    return {(name, form or "") for _, name, form, _ in Formatter().parse(sentence) if name is not None}


def test_catalogues_have_exactly_the_codes_that_are_used() -> None:
    assert set(CATALOGUES["en"]) == codes()
    assert set(CATALOGUES["ar"]) == codes()


@pytest.mark.parametrize("code", sorted(CATALOGUES["en"]))
def test_both_languages_quote_the_same_numbers(code: str) -> None:
    english, arabic = CATALOGUES["en"][code], CATALOGUES["ar"][code]
    assert placeholders(english) == placeholders(arabic)
    assert all(re.fullmatch(r"|\.\df|m:ss", form) for _, form in placeholders(english))
    assert re.search("[\u0600-\u06ff]", arabic) and not re.search("[\u0600-\u06ff]", english)


def said(reason: Reason) -> list[str]:
    return [filled(reason.code, language, dict(reason.arguments)) for language in ("ar", "en")]


def fly_all(air: Any) -> list[ThreatAssessment]:
    """Attack, hover, passage, dash away and overhead: most rules fire in one of them."""
    found: list[ThreatAssessment] = air.fly(air.straight(-4500, 60, 140, 50, 0, -0.5), 110)
    found += air.fly(air.straight(-420, 0, 60, 0, 0, 0), 50)
    found += air.fly(air.straight(-3000, 2500, 140, 50, 0, 0), 80)
    found += air.fly(air.straight(500, 0, 100, 40, 0, 0), 40)
    found += air.fly(air.straight(-15000, 100, 3000, 130, 0, 0), 40)
    return found


def test_every_reason_can_be_said_and_the_parts_add_up(air: Any) -> None:
    rules = set()
    for one in fly_all(air):
        total = sum(part.decibans or 0.0 for part in one.evidence)
        assert min(max(total, -40), 30) == pytest.approx(one.decibans, abs=1e-9)
        assert 1 / (1 + 10 ** (-one.decibans / 10)) == pytest.approx(one.hostility)
        for reason in (*one.evidence, one.rule, *((one.counterfactual,) if one.counterfactual else ())):
            assert all(said(reason))
        (mix,) = [part for part in one.evidence if part.code.startswith("class.mix.")]
        assert ("version", "phk-3") in mix.arguments
        rules.add(one.rule.code)
        assert (one.counterfactual is None) == (one.level is Level.INFO)
        assert one.level == max(zone.level for zone in one.zones)
        assert one.score == max(zone.score for zone in one.zones)
        first, *others = one.zones
        same = [zone.time_to_impact_s for zone in others if zone.level == first.level >= Level.ALERT]
        left = [time_s for time_s in same if time_s >= 0.5]
        assert all(0.5 <= first.time_to_impact_s <= time_s for time_s in left)
    assert {
        "rule.info",
        "rule.warn_course",
        "rule.warn_overhead",
        "rule.kept.warn",
        "rule.alert_score",
    } <= rules
    assert len(rules) >= 8


def test_every_warning_says_its_rule_its_numbers_and_what_would_have_prevented_it(air: Any) -> None:
    found = [one for one in fly_all(air) if one.rule.code == "rule.warn_course"]
    assert found
    for one in found:
        numbers = dict(one.rule.arguments)
        assert float(numbers["hit_percent"]) >= float(numbers["limit_percent"])
        assert float(numbers["time_s"]) <= float(numbers["limit_s"])
        assert float(numbers["hostility_percent"]) >= 50
        (zone,) = [zone for zone in one.zones if zone.zone_id == numbers["zone_id"]]
        assert numbers["time_s"] == zone.time_to_impact_s
        assert one.counterfactual is not None and one.counterfactual.code == "counter.time"
        assert one.counterfactual.arguments[1] == ("limit_s", numbers["limit_s"])
        english = said(one.counterfactual)[1]
        assert re.search(r"over (1:00|0:30)", english)
