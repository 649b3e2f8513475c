"""The morning of 4 January 2022, simulated: warned in time, nobody warned of in vain, recorded, reported."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from marsad.report.wording import word
from marsad.simulate import load_scenario
from marsad.site.fold import SiteFold, fold_of
from marsad.site.journal import JournalReader
from marsad.site.recorder import replay
from marsad.station.demo import run_at_once
from marsad.station.demonstration import epilogue

from ..terminals import Heard

LEAD_S_MIN = 45.0
pytestmark = pytest.mark.timeout(1800)  # twelve minutes of a raid, the first test plays it


@dataclass(frozen=True)
class Raid:
    directory: Path
    summary: dict[str, Any]
    told: list[str]

    def drones(self) -> list[dict[str, Any]]:
        return [item for item in self.summary["simulated_objects"] if item["hostile"]]


@pytest.fixture(scope="module")
def raid(tmp_path_factory: pytest.TempPathFactory) -> Raid:
    directory = tmp_path_factory.mktemp("raid")
    heard = Heard()
    summary = run_at_once(load_scenario("ain-al-asad-2022-01-04"), 1, directory, heard, lambda share: None)
    assert summary is not None
    return Raid(directory, summary, heard.told)


def test_each_drone_is_one_track_from_first_confirmation_to_the_end(raid: Raid) -> None:
    assert [len(drone["track_ids"]) for drone in raid.drones()] == [1, 1]


def test_the_right_zones_are_warned_in_time(raid: Raid) -> None:
    targets = ("operations", "accommodation")
    for drone, target in zip(raid.drones(), targets, strict=True):
        leads = {warning["zone"]: warning["lead_to_planned_arrival_s"] for warning in drone["warnings"]}
        assert leads["perimeter"] >= LEAD_S_MIN
        assert leads[target] >= LEAD_S_MIN


def test_nobody_is_warned_of_aircraft_or_birds(raid: Raid) -> None:
    assert raid.summary["warnings_on_harmless"] == 0
    assert all(not item["warnings"] for item in raid.summary["simulated_objects"] if not item["hostile"])


def test_alarms_do_not_flood_the_officer(raid: Raid) -> None:
    assert raid.summary["alarms_announced"] <= 10


def test_the_incident_is_closed_with_its_outcome_and_its_place_in_the_series(raid: Raid) -> None:
    incident = raid.summary["incident"]
    assert incident["outcome"] == "stopped"
    assert incident["stopped"] == 2
    assert incident["casualties"] == "none"
    assert incident["series"]["within_48_h"] == 2


@pytest.mark.parametrize("language", ["ar", "en"])
def test_both_reports_are_there_to_read(raid: Raid, language: str) -> None:
    pages = PdfReader(raid.summary["reports"][language]).pages
    text = "".join(page.extract_text() for page in pages)
    assert len(pages) >= 2
    assert raid.summary["incident"]["id"] in text.replace("\n", "")


def test_every_document_is_told_and_is_there(raid: Raid) -> None:
    told = [word(reason, "en") for reason in epilogue(raid.summary, raid.directory)]
    documents = sorted(path for path in raid.directory.iterdir() if path.suffix in (".pdf", ".txt"))
    assert [path.suffix for path in documents] == [".pdf", ".pdf", ".txt", ".txt"]
    assert all(any(str(path) in sentence for sentence in told) for path in documents)


def test_the_summary_on_disk_is_the_summary(raid: Raid) -> None:
    assert json.loads((raid.directory / "summary.json").read_text("utf-8")) == raid.summary


def test_the_terminal_tells_detection_warning_and_outcome(raid: Raid) -> None:
    story = "\n".join(raid.told)
    for part in ("First detection", "ALERT", "WARN", " left (", "Stopped", "closed"):
        assert part in story
    assert "narrator." not in story
    assert "report." not in story


def test_a_replay_and_the_run_itself_agree_to_the_last_bit(raid: Raid) -> None:
    """That two replays agree, too, is held over a shorter night in tests/releases."""
    assert replay(raid.directory / "journal.mcap").fold.digest() == raid.summary["digest"]


def test_true_sensors_are_corrected_in_nothing_and_called_well(raid: Raid) -> None:
    """Two cameras, two radars that are true, and aircraft whose heights are by another pressure."""
    (journal,) = raid.directory.glob("*.mcap")
    fold: SiteFold | None = None
    pairs = 0
    for number, frame in enumerate(JournalReader(journal).frames()):
        if fold is None:
            fold = fold_of(frame)
            continue
        fold.fold(frame)
        table = fold.picture().registration if number % 50 == 0 else None
        if table is not None:
            assert not table.applied.any() and not table.large.any()
            pairs = int(table.pairs.min())
    assert pairs > 1000
