"""The command that runs studies, as a person types it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from marsad.site.recorder import replay

from ..evaluate.study.conftest import raid_result, small_distributions

COMMAND = (sys.executable, "-W", "error", "-c", "from marsad.cli import main; main()", "study")


def run(*line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *line], capture_output=True, text=True, cwd=folder, env={**os.environ, "COLUMNS": "200"}
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--raids", "0"], "a whole number from 1"),
        (["--raids", "many"], "a whole number from 1"),
        (["--seed", "-1"], "a whole number from 0"),
        (["--raid", "0"], "a whole number from 1"),
        (["--jobs", "0"], "allowed is -1 or a whole number from 1"),
        (["--backend", "dask"], "allowed are loky, ray, here"),
        (["--lang", "fr"], "allowed are ar, en"),
        (["--recordings", "nowhere"], "does not exist"),
        (["--distributions", "nowhere.toml"], "there is no such file"),
        (["--distributions", "bad.toml"], "version is missing"),
        (["-o", "bad.toml"], "is a file; a folder is needed"),
        (["-o", "other"], "holds results of another"),
        (["-o", "strange"], "is no result of a raid"),
    ],
)
def test_a_wrong_line_is_told_in_one_piece_and_leaves_nothing(
    tmp_path: Path, line: list[str], said: str
) -> None:
    (tmp_path / "bad.toml").write_text("x = 1\n")
    for name, text in (("other", raid_result().line()), ("strange", "notes\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.jsonl").write_text(text)
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run(*line, folder=tmp_path)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode in (1, 2), told
    assert said in told and "Traceback" not in told
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_study_is_run_told_of_and_shown_raid_by_raid(tmp_path: Path) -> None:
    common = ("--seed", "9", "--distributions", str(small_distributions(tmp_path)), "--backend", "here")
    first = run("--raids", "2", "-o", "out", *common, folder=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "Study page: out/study-en.html" in first.stdout
    results = (tmp_path / "out/results.jsonl").read_bytes()
    assert results.count(b"\n") == 2
    again = run("--raids", "2", "-o", "out", "--lang", "ar", *common, folder=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "out/results.jsonl").read_bytes() == results
    assert 'dir="rtl"' in (tmp_path / "out/study-ar.html").read_text("utf-8")
    one = run("--raid", "2", "-o", "raid-2", *common, folder=tmp_path)
    assert one.returncode == 0, one.stderr
    assert "Raid 2: " in one.stdout and "attacker-1: " in one.stdout
    assert replay(tmp_path / "raid-2/journal.mcap").is_whole
    twice = run("--raid", "2", "-o", "raid-2", *common, folder=tmp_path)
    assert twice.returncode == 1 and "there is a journal already" in twice.stderr
