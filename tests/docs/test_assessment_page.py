"""What the page on assessment shows works, and its table names what is there."""

import importlib
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from marsad.assessment import AssessmentSettings
from marsad.assessment.state import TrackState

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/assessment.md"
TEXT = PAGE.read_text("utf-8")
ROWS = [
    [re.findall(r"`([\w.]+)`", cell) for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and ".py`" in line
]


def test_the_examples_print_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    examples = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", TEXT, re.S)
    assert len(examples) == TEXT.count("```python")
    for example, printed in examples:
        exec(compile(example, str(PAGE), "exec", dont_inherit=True), names)
        assert capsys.readouterr().out == printed


def test_the_table_names_what_each_stage_defines() -> None:
    for _, modules, remembered, settings, _ in ROWS:
        stage = [importlib.import_module(f"marsad.assessment.{name.removesuffix('.py')}") for name in modules]
        for name in (*remembered, *settings):
            assert name.endswith(".py") or any(hasattr(module, name) for module in stage), name
        assert all((ROOT / "src/marsad/assessment" / name).is_file() for name in modules)
    states = {name for _, _, remembered, _, _ in ROWS for name in remembered}
    assert states == {part.type.__name__ for part in fields(TrackState)}  # type: ignore[union-attr]


def test_every_part_of_a_section_belongs_to_a_stage() -> None:
    named = {name for _, _, _, settings, _ in ROWS for name in settings}
    sections = ("evidence", "limits", "levels", "ballistic", "belief")
    for section in sections:
        kind = AssessmentSettings.model_fields[section].annotation
        assert isinstance(kind, type)
        owners = {
            owner.__name__ for owner in kind.__mro__ if owner.__module__.startswith("marsad.assessment")
        }
        assert owners & named, section
