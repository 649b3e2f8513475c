"""No command line, however wrong, ends in a traceback or leaves anything behind."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import typer
from typer.testing import CliRunner

from marsad.cli import app
from marsad.cli.options import KINDS, LANGUAGES, Language, RecordingKind
from marsad.cli.terminal import command
from marsad.model.frame import TICK, Frame
from marsad.site.recorder import begin
from marsad.station import playback

SITE = Path(__file__).parents[2] / "src/marsad/simulate/sites/embassy.toml"
NUMBERS = ["", "x", "-1", "1e999", "nan", "99999999999999999999999", "0x10", "٣x"]
WRONG_DIRECTORIES = ["file.txt", "file.txt/below", "/dev/null/x"]
WRONG = [
    *(["demo", "--speed", value] for value in [*NUMBERS, "fast", "max", "0", "-1", "1e9"]),
    *(["demo", "--seed", value] for value in [*NUMBERS, "1.5"]),
    *(["demo", "--port", value] for value in [*NUMBERS, "99999", "65536", "1.5"]),
    *(["demo", "--lang", value] for value in ["", "fr", "EN", "ar,en"]),
    *(["demo", "--out", value] for value in WRONG_DIRECTORIES),
    *(["demo", "--scenario", value] for value in ["", "nope", "nope.toml", ".", "folder.toml", "bad.toml"]),
    ["demo", "--colour"],
    ["demo", "surplus"],
    ["demo", "--headless=yes"],
    *(["watch-heartbeat", "--listen", value] for value in ["", "x", "192.0.2.7:5030", "[::]:1"]),
    ["nosuch"],
    ["--nosuch"],
    ["run"],
    ["run", "nofile.toml"],
    ["run", "folder.toml"],
    ["run", "bad.toml"],
    ["run", "empty.toml"],
    ["run", "a.toml", "b.toml"],
    *(["run", str(SITE), "--data", value] for value in WRONG_DIRECTORIES),
    ["check"],
    *(["check", value] for value in ["", "nofile.toml", "folder.toml", "bad.toml", "empty.toml", "x" * 5000]),
    ["check", "/dev/null/x"],
    *([command] for command in ("replay", "inspect", "report", "play")),
    *([command, value] for command in ("replay", "inspect") for value in ["", "nofile.mcap", "folder.toml"]),
    *([command, value] for command in ("replay", "inspect") for value in ["file.txt", "x" * 5000]),
    ["replay", "empty.toml"],
    ["replay", "file.txt", "--digest=1"],
    ["report", "NOBODY"],
    ["report", ""],
    *(["report", "NOBODY", "--data", value] for value in ["nowhere", "file.txt", "folder.toml"]),
    ["report", "NOBODY", "--data", "badregister"],
    *(["report", "NOBODY", "-o", value] for value in ["nowhere/x.pdf", "folder.toml", "/dev/null/x.pdf", ""]),
    ["report", "NOBODY", "--lang", "klingon"],
    ["play", "mp3", "file.txt", str(SITE)],
    *(["play", kind, "file.txt", str(SITE)] for kind in KINDS),
    *(["play", kind, "empty.toml", str(SITE)] for kind in KINDS),
    *(["play", KINDS[0], value, str(SITE)] for value in ["nofile.csv", "folder.toml", ""]),
    *(["play", KINDS[0], "file.txt", value] for value in ["nofile.toml", "folder.toml", "bad.toml"]),
    *(["play", KINDS[0], "file.txt", str(SITE), "--speed", value] for value in [*NUMBERS, "max", "0"]),
    *(["play", KINDS[0], "file.txt", str(SITE), "--port", value] for value in [*NUMBERS, "65536"]),
    ["new"],
    *(["new", value, "--name", "x"] for value in ["bad.toml", "folder.toml", "nowhere/x.toml", ""]),
    *(["new", "x.toml", "--name", "x", "--latitude", value] for value in [*NUMBERS, "91"]),
    *(["new", "x.toml", "--zone", "a,1,2,3", "--name", "x", option, value]
      for option in ("--height", "--utc-offset", "--longitude")
      for value in [*NUMBERS, "1e5"] if value != "-1"),
    *(["new", "x.toml", "--zones-from", "file.txt", "--radius", value] for value in [*NUMBERS, "0"]),
    *(["new", "x.toml", "--zone", value] for value in ["", "a", "a,1,2", "a,b,c,d"]),
    *(["new", "x.toml", "--zones-from", value] for value in ["nofile", "file.txt", "folder.toml"]),
    ["new", "x.toml", "--name", "x", "--zone", "a,1,2,0"],
    ["new", "x.toml", "--name", "x", "--zone", "a,1,2,nan"],
    ["new", "x.toml", "--name", "x", "--zone", "a,1,2,3", "--sbs", "there:0"],
    ["new", "x.toml", "--name", "x", "--zone", "a,1,2,3", "--port", "5020"],
    ["schema", "x"],
    ["password", "mine"],
    ["version", "1"],
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "file.txt").write_text("no journal, no site\n", "utf-8")
    (tmp_path / "bad.toml").write_text("[site]\nid = 5\n[[feed]]\n", "utf-8")
    (tmp_path / "empty.toml").write_text("", "utf-8")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "badregister").mkdir()
    (tmp_path / "badregister/register.sqlite").write_text("no register", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tree(folder: Path) -> list[tuple[str, bytes]]:
    return sorted(
        (str(path.relative_to(folder)), path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    )


def in_one_process(lines: list[list[str]]) -> list[tuple[int, str]]:
    """Exit code and output of each command line, run one after the other as `marsad` would."""
    code = (
        "import sys, contextlib, io, json, traceback\n"
        "import marsad.cli.terminal as terminal, marsad.cli\n"
        "def no_kernels(): raise SystemExit('compiled before the line was judged')\n"
        "import marsad.cli.simulated as simulated, marsad.cli.site as site\n"
        "for module in (simulated, site):\n"
        "    if hasattr(module, 'warm_up_kernels'): module.warm_up_kernels = no_kernels\n"
        "told = []\n"
        "for line in json.loads(sys.stdin.read()):\n"
        "    out = io.StringIO()\n"
        "    terminal.OUT.file = terminal.ERR.file = out\n"
        "    sys.argv = ['marsad', *line]\n"
        "    status = 0\n"
        "    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):\n"
        "        try: marsad.cli.main()\n"
        "        except SystemExit as error:\n"
        "            status = error.code if isinstance(error.code, int) else 99\n"
        "            if status == 99: out.write(str(error.code))\n"
        "        except BaseException: status = 98; traceback.print_exc(file=out)\n"
        "    told.append((status, out.getvalue()))\n"
        "print(json.dumps(told))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(lines), capture_output=True, text=True, check=True
    )
    return [(status, said) for status, said in json.loads(done.stdout)]


def test_no_wrong_command_line_ends_in_a_traceback_or_leaves_anything(folder: Path) -> None:
    before = tree(folder)
    for line, (status, said) in zip(WRONG, in_one_process(WRONG), strict=True):
        assert "Traceback" not in said, (line, said)
        assert status in (1, 2), (line, status, said)
        assert said.strip(), line
    assert tree(folder) == before


ALLOWED = [
    (["demo", "--speed", "fast"], "a number above 0, at most 1000, or max"),
    (["demo", "--speed", "max"], "max needs --headless"),
    (["demo", "--port", "99999"], "a whole number from 0 to 65535"),
    (["demo", "--lang", "fr"], "allowed are ar, en"),
    (["demo", "--scenario", "nope"], "embassy-quadcopter"),
    (["demo", "--out", "file.txt"], "is a file; a folder is needed"),
    (["report", "X", "-o", "nowhere/x.pdf"], "there is no folder"),
    (["play", "mp3", "file.txt", "site.toml"], "allowed are opensky-csv, traffic-json, drone-csv"),
    (["run", "nofile.toml"], "there is no such file"),
]


def test_what_is_allowed_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = in_one_process([line for line, _ in ALLOWED])
    for (line, named), (status, said) in zip(ALLOWED, told, strict=True):
        assert status in (1, 2), (line, said)
        assert named in " ".join(said.split()), (line, said)
        assert "kernels" not in said


def test_what_is_allowed_is_named_by_the_real_command(folder: Path) -> None:
    line, named = ALLOWED[0]
    done = subprocess.run(
        [sys.executable, "-c", "from marsad.cli import main; main()", *line],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode in (1, 2)
    assert named in " ".join((done.stderr + done.stdout).split()), done.stderr
    assert "kernels" not in done.stdout + done.stderr


def commands() -> dict[str, typer.models.CommandInfo]:
    return {
        str(info.name or getattr(info.callback, "__name__", "")).replace("_", "-"): info
        for info in app.registered_commands
    }


@pytest.mark.parametrize("name", commands())
def test_every_help_shows_an_example_that_can_be_typed(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert shown.exit_code == 0
    (example,) = [line.strip() for line in shown.output.splitlines() if line.strip().startswith("Example: ")]
    words = example.removeprefix("Example: ").split(" > ")[0].split()
    assert words[:2] == ["marsad", name]
    command = typer.main.get_command(app)
    group = command.make_context("marsad", [], resilient_parsing=True)
    own = command.get_command(group, name)  # type: ignore[attr-defined]
    context = own.make_context(name, [], resilient_parsing=True)
    values, rest, _ = own.make_parser(context).parse_args(list(words[2:]))
    assert not rest, f"{example}: {rest} is understood by nobody"
    assert values.keys() <= {parameter.name for parameter in own.params}


def test_check_says_what_is_good_and_what_is_not(folder: Path) -> None:
    good = CliRunner().invoke(app, ["check", str(SITE)], env={"COLUMNS": "300"})
    assert (
        good.exit_code == 0
        and "site embassy with 3 zones and two feeds; console on 127.0.0.1:" in good.output
    )
    ((status, said),) = in_one_process([["check", "bad.toml"]])
    assert status == 1
    for part in (
        "bad.toml: 6 faults",
        "bad.toml:2:1 site: id is 5; it must be 1 to 40 small letters",
        "bad.toml:1:1 site: latitude_deg is missing; it must be a number from -90 to 90",
        'bad.toml:3:1 feed 1: standard is missing; it must be one of "sapient", "sbs"',
    ):
        assert part in said, said


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("", 2, "no line came in"),
        ("short\n", 2, "a password of 5 characters; at least 8 are needed"),
        ("long enough\n", 0, "scrypt$"),
    ],
)
def test_a_password_may_come_on_a_line_and_a_bad_one_is_told(line: str, status: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from marsad.cli import main; main()", "password"],
        input=line, capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert done.returncode == status
    assert said in done.stdout + done.stderr and "Traceback" not in done.stderr
    assert "Warning" not in done.stderr


def test_errors_are_told_without_the_names_of_their_classes(folder: Path) -> None:
    lines = [["check", "bad.toml"], ["report", "NOBODY", "--data", "badregister"], ["replay", "file.txt"]]
    for _, said in in_one_process(lines):
        assert said.startswith("Error: ") and not re.search(r"[A-Z][a-z]+Error", said), said


def test_a_damaged_journal_is_told_in_our_words_and_is_a_failure(folder: Path) -> None:
    recorder = begin(folder / "j.mcap", SITE.read_bytes(), 1_641_264_000 * 10**9)
    ends = []
    for second in range(1, 30):
        recorder.take([Frame(TICK, (1_641_264_000 + second) * 10**9)])
        ends.append(recorder.journal.position[1])
    whole = [["replay", "j.mcap"], ["replay", "j.mcap", "--digest"], ["inspect", "j.mcap"]]
    for status, said in in_one_process(whole):
        assert status == 0 and ("not closed, as after a crash" in said), said
    with (folder / "j.mcap").open("r+b") as file:
        file.seek(ends[9] + 1)
        file.write(b"\xff" * 8)
    for status, said in in_one_process([*whole, ["replay", "j.mcap", "--lang", "ar"]]):
        assert status == 1 and str(ends[9]) in said and "j.mcap" in said, said
        assert not re.search("Error|mcap_|RecordLength|EndOfFile", said)
        assert "11" in said  # frames that were read


def test_a_command_to_try_next_can_be_typed_where_the_program_is_not_on_the_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = folder / "bin" / "marsad"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", "/usr/bin")
    assert command("demo") == "bin/marsad demo"
    monkeypatch.setenv("PATH", str(program.parent))
    assert command("demo") == "marsad demo"


def test_version_is_told_in_both_ways() -> None:
    said = [CliRunner().invoke(app, [line]).output for line in ("--version", "version")]
    assert said[0] == said[1] and said[0].strip()


def test_the_data_folder_of_run_and_report_is_the_same() -> None:
    group = typer.main.get_command(app)
    defaults = {
        name: [p.default for p in group.commands[name].params if p.name == "data"]  # type: ignore[attr-defined]
        for name in ("run", "report")
    }
    assert defaults["run"] == defaults["report"] == [Path("data")]


def test_the_words_of_the_options_are_those_of_the_rooms_behind() -> None:
    assert playback.KINDS == KINDS == get_args(RecordingKind)
    assert get_args(Language) == LANGUAGES


def test_scenarios_are_listed_with_their_titles() -> None:
    said = CliRunner().invoke(app, ["demo", "--list"], env={"COLUMNS": "200"})
    assert (
        said.exit_code == 0 and "quiet-night" in said.output and "A quadcopter at the embassy" in said.output
    )


def test_shells_complete_commands_and_values() -> None:
    environment = {
        **os.environ,
        "_MARSAD_COMPLETE": "complete_bash",
        "COMP_WORDS": "marsad demo --scenario ",
        "COMP_CWORD": "3",
    }
    code = "import sys; sys.argv[0] = 'marsad'; from marsad.cli import app; app(prog_name='marsad')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert "embassy-quadcopter" in done.stdout.split(), done.stderr
