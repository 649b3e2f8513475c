"""`marsad security` prints what the door of a site noted in its journal."""

import json
from pathlib import Path

import pytest
from tests.example_site import example_site
from typer.testing import CliRunner

from marsad.cli import app, terminal
from marsad.model.frame import CONFIGURATION, SECURITY, TICK, Frame
from marsad.model.security import Happening, SecurityEvent, json_from_event
from marsad.site.fold import fold_of
from marsad.site.journal import Journal, JournalReader

S = 1_000_000_000
SETTINGS = example_site().encode()
T_NS = 1_800_000_000 * S
EVENTS = (
    SecurityEvent(Happening.SIGNED_IN, "Layla", "operator", "10.0.0.5"),
    SecurityEvent(Happening.FAILED, "", "", "10.0.0.66", 599),
    SecurityEvent(Happening.READ, "Layla", "asad-20220104-024000", "10.0.0.5"),
    SecurityEvent(Happening.REFUSED, "Layla", "drill", "10.0.0.5"),
    SecurityEvent(Happening.ACCOUNT, "", "Layla", "", 1, "operator", "supervisor"),
    SecurityEvent(Happening.ACCOUNT, "", "Omar", "", 1, "", "viewer"),
    SecurityEvent(Happening.ACCOUNT, "", "Sara: taken away"),  # as earlier releases wrote it
)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "asad.mcap"
    noted = [Frame(SECURITY, T_NS + at * S, json_from_event(event)) for at, event in enumerate(EVENTS, 1)]
    with Journal(path) as writer:
        writer.append([Frame(CONFIGURATION, T_NS, SETTINGS), *noted])
        writer.append(
            [Frame(SECURITY, T_NS + 9 * S, b"no event"), Frame(CONFIGURATION, T_NS + 10 * S, SETTINGS)]
        )
    return path


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.OUT, "_width", 140)


def test_every_line_stands_there_with_its_time(journal: Path) -> None:
    shown = CliRunner().invoke(app, ["security", str(journal)], env={"COLUMNS": "140"})
    assert shown.exit_code == 0, shown.output
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.output.splitlines()]
    assert [row for row in rows if row] == [
        ["2027-01-15 08:00:01Z", "signed in", "Layla", "operator", "10.0.0.5", "1"],
        ["2027-01-15 08:00:02Z", "wrong name or password", "", "", "10.0.0.66", "599"],
        ["2027-01-15 08:00:03Z", "report read", "Layla", "asad-20220104-024000", "10.0.0.5", "1"],
        ["2027-01-15 08:00:04Z", "refused by role", "Layla", "Tests and drills", "10.0.0.5", "1"],
        ["2027-01-15 08:00:05Z", "account", "", "Layla: from operator to supervisor", "", "1"],
        ["2027-01-15 08:00:06Z", "account", "", "Omar: viewer, new", "", "1"],
        ["2027-01-15 08:00:07Z", "account", "", "Sara: taken away", "", "1"],
        ["2027-01-15 08:00:10Z", "site started again", "", "", "", "1"],
    ]


def test_it_is_read_by_programs_and_in_arabic(journal: Path) -> None:
    shown = CliRunner().invoke(app, ["security", str(journal), "--json"])
    records = [json.loads(line) for line in shown.output.splitlines()]
    assert [one["what"] for one in records] == [*(event.what for event in EVENTS), "started"]
    assert records[1]["count"] == 599 and records[1]["address"] == "10.0.0.66"
    arabic = CliRunner().invoke(app, ["security", str(journal), "--lang", "ar"], env={"COLUMNS": "140"})
    assert "قراءة تقرير" in arabic.output
    assert "operator" not in arabic.output and "drill" not in arabic.output, "words, not codes"


def test_the_fold_remembers_the_same_and_its_picture_is_none_of_it(journal: Path) -> None:
    frames = list(JournalReader(journal).frames())
    fold, without = fold_of(frames[0]), fold_of(frames[0])
    effects = [effect for frame in frames[1:] for effect in fold.fold(frame)]
    for frame in frames[1:]:
        without.fold(Frame(TICK, frame.t_ns) if frame.feed == SECURITY else frame)
    assert [line.event for line in reversed(fold.security())][: len(EVENTS)] == list(EVENTS)
    assert fold.security()[0].event.what is Happening.STARTED
    assert [type(one).__name__ for one in effects] == ["Refuse"] and fold.digest() == without.digest()
