"""The wheel installed, in a place nobody may write to, used from another directory."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INSIDE = """
import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx

import marsad
from marsad.model.incident import Incident, Outcome
from marsad.register.store import RegisterStore
from marsad.report.statement import statement
from marsad.report.document import render_report
from marsad.server import ServerSettings
from marsad.server.app import create_app
from marsad.simulate import load_scenario, scenario_names
from marsad.site.settings import settings_from_toml

here = Path(marsad.__file__)
assert here.is_relative_to(sys.argv[1]), here
assert not (here.parent / "__pycache__").exists(), "it was written to"
for name in scenario_names():
    scenario = load_scenario(name)
    site = settings_from_toml(scenario.site_path.read_bytes(), name).build_site()
assert len(scenario_names()) >= 3
register = RegisterStore("sqlite:///register.sqlite")
incident = Incident("one", site.site_id, 1, scenario.start_t_ns, None, True, outcome=Outcome.STOPPED)
register.save(incident)
assert register.all(exercise=True) == [incident]
series = register.series(incident)
register.close()
for language in ("ar", "en"):
    assert render_report(incident, site, (), series, language, replay_digest="0").startswith(b"%PDF")
    assert statement(incident, site, series, language, "update")
app = create_app(SimpleNamespace(site=site, submit=None), ServerSettings())


async def fetched():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        return await http.get("/")


page = asyncio.run(fetched())
assert page.status_code == 200 and "<script" in page.text, page.text
print("all found")
"""


def run(
    installed: Path, directory: Path, *command: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run Python on the installed package alone, without the right to write into it."""
    python = [sys.executable, "-B", *command]
    if os.geteuid() == 0 and shutil.which("setpriv"):  # whoever is root may write anywhere
        python = ["setpriv", "--bounding-set=-dac_override", *python]
    variables = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(directory), **environment}
    return subprocess.run(
        python, cwd=directory, env=variables, capture_output=True, text=True, check=False, timeout=800
    )


def test_all_that_a_site_needs_is_found_inside(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-c", INSIDE, str(installed))
    assert done.stdout.strip() == "all found", done.stderr


def test_its_command_runs_from_another_directory(installed: Path, tmp_path: Path) -> None:
    command = str(installed / "bin" / "marsad")
    site = installed / "marsad" / "simulate" / "sites" / "embassy.toml"
    done = run(installed, tmp_path, command, "check", str(site))
    assert done.returncode == 0, done.stderr
    assert "embassy" in done.stdout
    assert run(installed, tmp_path, command, "version").stdout.strip()


@pytest.mark.apart
@pytest.mark.timeout(900)
def test_the_demonstration_runs_where_the_package_cannot_be_written(installed: Path, tmp_path: Path) -> None:
    done = run(
        installed, tmp_path, str(installed / "bin" / "marsad"), *("demo", "--headless", "--out", "out")
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.suffix for path in (tmp_path / "out").glob("report-*")) == [".pdf", ".pdf"]
