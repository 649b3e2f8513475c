"""What a station tells goes on, or is lost, but never ends it."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

TELL = """
from marsad.cli.terminal import Terminal
from marsad.station.preparation import Progress
terminal = Terminal("ar")
terminal.say("\u0645\u0631\u0635\u062f")
terminal.tell(0, "x" * 20_000)
for share in (0.1, 0.5, 1.0):
    terminal.prepared_so_far(Progress(share, 1.0, "fold"))
terminal.close()
import sys
print("went on", file=sys.stderr)
from marsad.cli import _finish_output
_finish_output()
"""


def told_to(out: int, encoding: str = "utf-8") -> str:
    """What is on standard error after a terminal told its all to a file of the operating system."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-c", TELL], env=environment, stdout=out, stderr=subprocess.PIPE, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "went on" in done.stderr and "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_full_disk_under_what_is_told_is_logged_once() -> None:
    with open("/dev/full", "wb") as full:
        assert told_to(full.fileno()).count("No space left") == 1


def test_a_closed_pipe_ends_nothing() -> None:
    read, write = os.pipe()
    os.close(read)
    assert told_to(write).count("Broken pipe") == 1
    os.close(write)


def test_a_terminal_that_hung_up_ends_nothing() -> None:
    """With a screen a bar is drawn, from a thread of its own."""
    screen, terminal = pty.openpty()
    os.close(screen)
    told_to(terminal)
    os.close(terminal)


def test_letters_that_the_encoding_lacks_are_shown_by_number(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        told_to(log.fileno(), "ascii")
    assert "\\u0645\\u0631" in (tmp_path / "log").read_text("ascii")


def marsad(*line: str, out: int, encoding: str = "utf-8") -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-c", "from marsad.cli import main; main()", *line]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(program, env=environment, stdout=out, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_command_that_cannot_tell_its_result_says_so_once() -> None:
    with open("/dev/full", "wb") as full:
        done = marsad("version", out=full.fileno())
    assert done.returncode == 1
    assert "No space left" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_command_in_arabic_needs_no_arabic_encoding(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        done = marsad("report", "--lang", "ar", "nothing.mcap", out=log.fileno(), encoding="ascii")
    assert "Traceback" not in done.stderr
