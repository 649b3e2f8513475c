"""The unit for systemd: accepted by systemd's own checker, hardened, and true to the command line."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marsad.cli import app

UNIT = Path(__file__).parents[2] / "packaging" / "marsad.service"
SETTINGS = dict(re.findall(r"^([A-Z]\w+)=(.*)$", UNIT.read_text("utf-8"), re.M))
EXPOSURE_MAX = 2.0  # of 10, as systemd counts it

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is on this machine, since the checker looks for it."""
    path = tmp_path / "marsad.service"
    program = SETTINGS["ExecStart"].split()[0]
    path.write_text(UNIT.read_text("utf-8").replace(program, "/bin/true"), "utf-8")
    return path


@needs_systemd
def test_systemd_finds_no_fault(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if "marsad" in line]
    assert (done.returncode, told) == (0, [])


@needs_systemd
def test_little_is_exposed(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd cannot judge a unit that is not loaded")
    found = re.search(r"exposure level for marsad\.service: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= EXPOSURE_MAX


def test_it_notifies_is_watched_and_comes_again() -> None:
    assert SETTINGS["Type"] == "notify"
    assert int(SETTINGS["WatchdogSec"]) >= 10
    assert SETTINGS["Restart"] == "always"
    assert SETTINGS["StartLimitIntervalSec"] == "0"


def test_machine_code_may_be_made_at_run_time() -> None:
    assert SETTINGS.get("MemoryDenyWriteExecute", "no") == "no"


def test_it_writes_only_where_systemd_lets_it() -> None:
    assert SETTINGS["ProtectSystem"] == "strict"
    words = SETTINGS["ExecStart"].split()
    assert words[words.index("--data") + 1] == f"/var/lib/{SETTINGS['StateDirectory']}"
    for variable in SETTINGS["Environment"].split():
        name, _, value = variable.partition("=")
        if value.startswith("/"):
            assert value.startswith(f"/var/cache/{SETTINGS['CacheDirectory']}"), name


def test_its_command_is_one_that_exists() -> None:
    command, *rest = SETTINGS["ExecStart"].split()[1:]
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert shown.exit_code == 0
    for option in (word for word in rest if word.startswith("--")):
        assert option in shown.output
