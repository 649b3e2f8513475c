"""The tool that makes placeholder recordings: all that are needed, marked, and none over a person's own."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from marsad.outputs.clips import is_placeholder, needed_files, read_clip
from marsad.outputs.settings import SpeakerSettings

from .loudspeaker import write_wav

TOOL = Path(__file__).parents[2] / "tools/placeholder_clips.py"
SITE = """
[site]
id = "example"
[[site.zone]]
id = "fuel"
name_en = "Fuel"
name_ar = "الوقود"
[[output]]
name = "yard"
standard = "rtp"
address = "127.0.0.1:5004"
stages = ["ALERT"]
clips = "{folder}"
"""


def tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), *arguments], capture_output=True, text=True, timeout=300
    )


def test_it_says_what_is_to_be_recorded(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE.format(folder=tmp_path / "clips"))
    done = tool("--list", str(tmp_path / "site.toml"))
    said = dict(line.split("\t") for line in done.stdout.splitlines())
    assert done.returncode == 0 and not (tmp_path / "clips").exists()
    assert said[f"{tmp_path}/clips/ar/zone_fuel.wav"] == "الوقود"
    assert said[f"{tmp_path}/clips/en/be_ready.wav"] == "Be ready."
    (tmp_path / "site.toml").write_text("[site]\nid = 'example'\n")
    assert "has no output with the standard rtp" in tool(str(tmp_path / "site.toml")).stderr


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_it_makes_what_is_missing_and_marks_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    own = [3_000] * 500
    write_wav(folder / "ar/zone_fuel.wav", own)
    (tmp_path / "site.toml").write_text(SITE.format(folder=folder))
    done = tool(str(tmp_path / "site.toml"))
    assert done.returncode == 0, done.stderr
    record = {"name": "yard", "address": "127.0.0.1:5004", "stages": ["ALERT"], "clips": str(folder)}
    names = needed_files(SpeakerSettings.model_validate(record), ["fuel"])
    assert f"{len(names) - 1} files written" in done.stdout
    clips = {name: read_clip(folder / name) for name in names}
    assert clips["ar/zone_fuel.wav"].tolist() == own, "what a person recorded stays"
    assert all(np.abs(clip.astype(int)).max() > 1_000 for clip in clips.values()), "each is heard"
    assert read_clip(folder / "tone.wav").size and is_placeholder(folder)
    assert "0 files written" in tool(str(tmp_path / "site.toml")).stdout
