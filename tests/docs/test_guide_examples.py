"""The programs of the guide, run as they stand against a site as `marsad run` runs it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from marsad.tracking import warm_up

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (GUIDE / page).read_text("utf-8"), re.S)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@dataclass(frozen=True)
class Running:
    """A site of the guide's own settings; its ports are free ones in place of the guide's."""

    console: int
    sensors: int

    def adapted(self, program: str) -> str:
        return program.replace("127.0.0.1:8080", f"127.0.0.1:{self.console}").replace(
            '("127.0.0.1", 5020)', f'("127.0.0.1", {self.sensors})'
        )

    @contextmanager
    def start(self, program: str) -> "Iterator[subprocess.Popen[str]]":
        """A program that runs, in an interpreter of its own."""
        command = [sys.executable, "-u", "-W", "error", "-c", self.adapted(program)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, program: str) -> str:
        """The output of a program in an interpreter of its own."""
        command = [sys.executable, "-W", "error", "-c", self.adapted(program)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("guide")
    running = Running(free_port(), free_port())
    settings = blocks("en/own-site.md", "toml")[0].partition("[[feed]]                   # this ADS-B")[0]
    operators = blocks("en/operating.md", "toml")[1]
    settings = settings.replace("127.0.0.1:5020", f"127.0.0.1:{running.sensors}")
    settings += operators.replace("port = 8080", f"port = {running.console}")
    (directory / "site.toml").write_text(settings, "utf-8")
    warm_up(lambda kernel: None)  # however long that takes
    process = subprocess.Popen(
        [sys.executable, "-c", "from marsad.cli import main; main()", "run", "site.toml", "--data", "data"],
        cwd=directory,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_for_its_feed(process)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    assert process.returncode == 0


def _wait_for_its_feed(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.lower().startswith("feed sensors"):
            return
    raise AssertionError("the site ended before its feed was open")


@contextmanager
def signed_in(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{running.console}") as client:
        who = {"name": "Duty officer", "password": "an example, not a secret"}
        client.post("/api/session", json=who).raise_for_status()
        yield client


def test_the_sensor_of_the_guide_is_heard_and_its_object_tracked(site: Running) -> None:
    (program,) = blocks("en/sapient.md", "python")
    # the site is asked while the sensor still speaks: afterwards its connection is closed
    asking = program.replace("time.sleep(1)", "time.sleep(1)\n        if second == 18: print(second)")
    assert asking != program
    with signed_in(site) as client, site.start(asking) as running:
        assert running.stdout is not None
        assert running.stdout.readline().split() == ["registration_ack", "True"]
        assert running.stdout.readline() == "18\n"
        metrics = client.get("/metrics").text
        running.wait(30)
        assert 'health="ok"' in metrics and "degraded" not in metrics  # for longer than three intervals
        metrics = client.get("/metrics").text
    assert 'marsad_site_events_total{name="sensors.detections"} 20.0' in metrics
    assert 'name="refused' not in metrics
    tracks = re.search(r"^marsad_tracks (\d+)", metrics, re.M)
    assert tracks and int(tracks[1]) == 1


def test_the_programs_for_http_do_what_the_page_says(site: Running) -> None:
    programs = blocks("en/http-api.md", "python")
    said = site.run("\n".join(programs)).splitlines()
    assert said[0] == "Example power plant"
    assert said[1].startswith("[")
    assert said[2].startswith("snapshot ")
    assert said[3].startswith("422 ")
    assert "nonsense" in said[3]


def test_the_program_that_declares_flights_does_what_the_page_says(site: Running) -> None:
    (program,) = blocks("en/flights.md", "python")
    said = site.run(program).splitlines()
    assert said[0] == "202 1"
    assert said[1].startswith("422 ") and "2 faults" in said[1]
    assert all(line.startswith("  flights.csv:2:1 ") for line in said[2:])
    with signed_in(site) as client:
        (flight,) = client.get("/api/flights").json()
    assert (flight["name"], flight["labels"], flight["state"]) == (
        "Patrol drone",
        ["remote_id:1596f"],
        "active",
    )


def test_without_signing_in_nothing_is_told(site: Running) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{site.console}") as client:
        assert client.get("/api/site").status_code == 401
        assert client.get("/healthz").status_code == 200
        assert client.get("/api/openapi.json").status_code == 200
