"""A scenario played through the whole site, judged, and told by the command that plays them all."""

import subprocess
import sys
from pathlib import Path

import pytest

from marsad.evaluate.rehearsal import rehearse
from marsad.simulate import load_scenario

TOOL = Path(__file__).parents[2] / "tools" / "scenarios.py"
QUIET = """\
name = "moment"
title_en = "A moment"
title_ar = "لحظة"
start = 2022-01-04T02:40:00Z
duration_s = 12
site = "embassy"
sensors = "embassy"
[expected]
alarms_announced_max = 0
"""
UNMET = (
    QUIET
    + """\
hostile = ["drone"]
lead_s_min = 5
[[object]]
id = "drone"
kind = "multirotor"
hostile = true
depart_s = 0
waypoints = [
  { azimuth_deg = 20.0, range_m = 60, above_ground_m = 20, speed_mps = 12 },
  { azimuth_deg = 20.0, range_m = 5, above_ground_m = 10, speed_mps = 12 },
]
"""
)


@pytest.fixture
def moment(tmp_path: Path) -> Path:
    path = tmp_path / "moment.toml"
    path.write_text(QUIET, "utf-8")
    return path


@pytest.fixture
def unmet(tmp_path: Path) -> Path:
    path = tmp_path / "unmet.toml"
    path.write_text(UNMET, "utf-8")
    return path


def test_a_moment_of_nothing_is_as_expected(moment: Path) -> None:
    shares: list[float] = []
    rehearsal = rehearse(load_scenario(moment), 1, shares.append)
    assert rehearsal.met and rehearsal.scenario == "moment" and rehearsal.duration_s == 12
    assert shares == sorted(shares) and shares[-1] >= 1.0


def test_what_begins_inside_is_never_warned_of_in_time(unmet: Path) -> None:
    rehearsal = rehearse(load_scenario(unmet), 1)
    assert not rehearsal.met
    assert any("drone: WARN compound" in each.expected for each in rehearsal.findings if not each.met)


def test_the_command_tells_expected_and_seen_and_exits_by_it(
    moment: Path, unmet: Path, tmp_path: Path
) -> None:
    table = tmp_path / "seen.md"
    command = [sys.executable, str(TOOL), str(moment), str(unmet), "--jobs", "1", "--out", str(table)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 1, done.stderr
    assert "1 of 2 scenarios as expected" in done.stdout
    assert "NOT  drone: WARN compound 5 s ahead" in done.stdout
    assert "| moment | 0 alarms announced at most | 0 | yes |" in table.read_text("utf-8")
    short = subprocess.run(
        [*command[:2], str(moment), "--hours-max", "0.001"], capture_output=True, text=True, check=False
    )
    assert short.returncode == 0 and "left out" in short.stdout
