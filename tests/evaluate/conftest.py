"""A short raid, simulated once for all tests of a file: its journal, its summary, its scenario."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marsad.cli import app
from marsad.tracking import warm_up

RAID = """
name = "short-raid"
title_en = "A short raid"
title_ar = "غارة قصيرة"
start = 2022-01-06T16:10:00Z
duration_s = 45
site = "embassy.toml"
sensors = "embassy.sensors.toml"

[[object]]
id = "attacker"
kind = "multirotor"
hostile = true
emitter = { power_dbm = 20.0 }
waypoints = [
  { azimuth_deg = 35.0, range_m = 700, above_ground_m = 100, speed_mps = 16 },
  { azimuth_deg = 85.0, range_m = 20, above_ground_m = 15, speed_mps = 16 },
]

[[object]]
id = "helicopter"
kind = "helicopter"
transponder = { icao = "76b011", callsign = "POLICE3" }
waypoints = [
  { azimuth_deg = 200.0, range_m = 5000, above_ground_m = 250, speed_mps = 45 },
  { azimuth_deg = 250.0, range_m = 5000, above_ground_m = 250, speed_mps = 45 },
]

[expected]
hostile = ["attacker"]
"""


@dataclass(frozen=True)
class Raid:
    """Where a raid's files are."""

    folder: Path

    @property
    def journal(self) -> Path:
        return self.folder / "out" / "journal.mcap"

    @property
    def scenario(self) -> Path:
        return self.folder / "raid.toml"


@pytest.fixture(scope="session")
def raid(tmp_path_factory: pytest.TempPathFactory) -> Raid:
    """The raid, played by the command that people play raids with."""
    warm_up(lambda kernel: None)
    made = Raid(tmp_path_factory.mktemp("raid"))
    made.scenario.write_text(RAID, "utf-8")
    line = ["demo", "--headless", "--scenario", str(made.scenario), "--out", str(made.folder / "out")]
    done = CliRunner().invoke(app, line)
    assert done.exit_code == 0, done.output
    return made
