"""The page on evaluation: its log is one, its figures and fields are those of the program."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from marsad.evaluate.courageous import Location, read
from marsad.evaluate.foreign_run import score_log
from marsad.evaluate.telling import MARKS, SYMBOLS

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


def page(language: str) -> str:
    return (GUIDE / language / "evaluation.md").read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_log_of_the_guide_is_read_whole_and_scored(language: str) -> None:
    (text,) = re.findall(r"```json\n(.*?)```", page(language), re.S)
    log = read(text.encode(), "guide")
    assert log.unknown == () and log.repeated == 0
    findings = score_log(log, log)
    (found,) = findings.objects
    assert (found.subject.class_name, found.subject.hostile) == ("multirotor", True)
    assert found.subject.name == json.loads(text)["tracks"][0]["name"] and findings.counts["J"] > 0


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_kind_of_location_and_every_symbol_is_explained(language: str) -> None:
    text = page(language)
    kinds = {kind.model_fields["type_"].default for kind in get_args(get_args(Location)[0])}
    assert len(kinds) == 7 and [kind for kind in kinds if f"`{kind}`" not in text] == []
    (row,) = [line for line in text.splitlines() if "SIAP" in line]
    assert [symbol for symbol in SYMBOLS.values() if symbol not in row and symbol != "VA"] == []
    assert [mark for mark in MARKS if mark not in text] == []
