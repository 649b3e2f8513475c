"""What the page on tracking shows works, and it names every setting."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from marsad.feeds.settings import NodeSettings
from marsad.tracking import MotionModel, TrackingSettings, TrailSettings

PAGE = Path(__file__).parents[2] / "docs/tracking.md"
TEXT = PAGE.read_text("utf-8")


def test_the_example_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    (printed,) = re.findall(r"```text\n(.*?)```", TEXT, re.S)
    names: dict[str, Any] = {}
    exec(compile(example, str(PAGE), "exec"), names)
    assert capsys.readouterr().out == printed
    table = names["table"].where(names["table"].confirmed)
    expected = names["origin"] + 20 * names["speed"]
    assert len(table) == 2
    apart = np.linalg.norm(table.mean[:, None, :3] - expected, axis=2)
    assert sorted(apart.argmin(1).tolist()) == [0, 1] and apart.min(1).max() < 50
    assert set(names["attribution"].track_id.tolist()) == set(table.track_id.tolist())


@pytest.mark.parametrize("settings", [TrackingSettings, MotionModel, TrailSettings])
def test_every_setting_is_named_in_the_chapter_on_choosing(settings: type[BaseModel]) -> None:
    chapter = TEXT[TEXT.index("## Choosing settings") : TEXT.index("## Measured")]
    named = set(re.findall(r"`(\w+)`", chapter))
    assert set(settings.model_fields) - named == set()


def test_the_page_names_no_setting_that_is_gone() -> None:
    owners: tuple[type[BaseModel], ...] = (TrackingSettings, MotionModel, TrailSettings, NodeSettings)
    known = {name for one in owners for name in one.model_fields}
    chapter = TEXT[TEXT.index("## Choosing settings") : TEXT.index("## Measured")]
    first_column = re.findall(r"^\| (`.*?) \|", chapter, re.M)
    assert {name for cell in first_column for name in re.findall(r"`([\w/]+)`", cell)} <= known


def test_what_the_page_points_to_is_there() -> None:
    modules = {
        name
        for cell in re.findall(r"^\| \w+ \| (`.*?) \|", TEXT, re.M)
        for name in re.findall(r"`([\w/]+)`", cell)
    }
    assert {"motion", "association", "birth", "bearings/sight", "registration/pairs"} <= modules
    for name in modules:
        assert (PAGE.parents[1] / "src/marsad/tracking" / f"{name}.py").exists(), name
    for picture in re.findall(r"\]\((pictures/[^)]*)\)", TEXT):
        assert (PAGE.parent / picture).exists(), picture


def test_tracking_needs_nothing_else_of_marsad() -> None:
    code = "import sys, marsad.tracking; print(*sorted(n for n in sys.modules if n.startswith('marsad.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    rooms = {name.split(".")[1] for name in loaded.split()}
    assert rooms == {"model", "tracking", "kernel_files"}  # the last keeps what is compiled
