"""Every code this stage uses has a sentence in both languages, with equal placeholders."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest

from marsad.model.threat import THREAT_CLASSES
from marsad.warning.checklist import CHECKLIST, OWNERS, ResponseLevel

ROOT = Path(__file__).parents[2] / "src" / "marsad"
CATALOGUES = {
    language: json.loads((ROOT / "report" / "wording" / language / "warning.json").read_text("utf-8"))
    for language in ("ar", "en")
}
CODE = re.compile(r'"((?:alarm|cap|release)\.[a-z_.]+)"')


def codes() -> set[str]:
    text = "".join(path.read_text("utf-8") for path in sorted((ROOT / "warning").glob("*.py")))
    found = set(CODE.findall(text))
    found -= {"cap.message"}
    for threat in ("rocket", "drone"):
        found |= {f"cap.event_{threat}"} | {f"cap.headline_{threat}{end}" for end in ("", "_time", "_alert")}
    found |= {f"alarm.track.{name}" for name in THREAT_CLASSES}
    found |= {"cap.exercise_first", "cap.test_first"}
    for fixed in ("all_clear", "passed", "passed_alert", "retracted", "trial"):
        found |= {f"cap.{part}_{fixed}" for part in ("event", "headline", "instruction")}
    found |= {item.text_key for item in CHECKLIST} | {f"role.{owner}" for owner in OWNERS}
    return found | {f"response.{level.name.lower()}" for level in ResponseLevel}


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
