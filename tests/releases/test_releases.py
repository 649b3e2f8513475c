"""What earlier releases wrote is read: their settings, their journals, their registers.

Digests are those of the version that wrote them. A later engine may round otherwise, so what is held
is what people were told: incident, outcome, alarms; and that a journal is taken without a frame refused.
"""

import gzip
import json
import re
import runpy
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

import marsad
from marsad.cli import app
from marsad.errors import RecordingError
from marsad.model.effect import Effect, Register, Warn
from marsad.model.frame import Frame
from marsad.model.incident import Incident
from marsad.model.warning import WarningEventKind
from marsad.register.seeds import seed_january_2022
from marsad.register.store import RegisterStore
from marsad.server import ServerSettings
from marsad.site.fold import SiteFold, fold_of
from marsad.site.journal import JournalReader
from marsad.site.recorder import begin, replay
from marsad.site.settings import settings_from_toml
from marsad.station.record import open_record, replay_with
from marsad.station.reports import sha256_of_journal
from marsad.station.run import report_from_record

HERE = Path(__file__).parent
RELEASES = sorted(path for path in HERE.iterdir() if (path / "expected.json").is_file())
NS_PER_S = 1_000_000_000
TIME_MAY_DIFFER_S = 3.0


@dataclass(frozen=True)
class Release:
    """One release's record, unpacked as its data directory was."""

    kept: Path
    data: Path
    expected: dict[str, Any]

    @property
    def journal(self) -> Path:
        return self.data / str(self.expected["journal"])


@pytest.fixture(params=RELEASES, ids=lambda path: path.name)
def release(request: pytest.FixtureRequest, tmp_path: Path) -> Release:
    kept: Path = request.param
    expected = json.loads((kept / "expected.json").read_text("utf-8"))
    for name, packed in ((expected["journal"], "journal.mcap.gz"), ("register.sqlite",) * 2):
        source = kept / (packed if packed.endswith(".gz") else f"{packed}.gz")
        (tmp_path / name).write_bytes(gzip.decompress(source.read_bytes()))
    return Release(kept, tmp_path, expected)


def test_there_is_a_record_of_every_release_made_and_of_this_one() -> None:
    changes = (HERE.parents[1] / "CHANGELOG.md").read_text("utf-8")
    made = set(re.findall(r"^## (\d+\.\d+\.\d+)", changes, re.M))
    assert {*made, marsad.__version__} == {path.name for path in RELEASES}


def test_every_setting_is_understood(release: Release) -> None:
    text = (release.kept / "settings.toml").read_text("utf-8")
    settings = settings_from_toml(text.encode(), "settings.toml")
    ServerSettings.model_validate(tomllib.loads(text)["server"])
    assert [zone.zone_id for zone in settings.build_site().zones] == ["gate", "hall"]
    assert [feed.standard for feed in settings.feed] == ["sapient", "sbs"]


def folded(journal: Path) -> tuple[SiteFold, list[Effect]]:
    fold: SiteFold | None = None
    effects: list[Effect] = []
    reader = JournalReader(journal)
    frames: list[Frame] = list(reader.frames())
    assert reader.flaws == []
    for frame in frames:
        if fold is None:
            fold = fold_of(frame)
        else:
            effects += fold.fold(frame)
    assert fold is not None
    return fold, effects


def test_the_journal_is_folded_to_the_same_incident_and_alarms(release: Release) -> None:
    fold, effects = folded(release.journal)
    assert fold.frames == release.expected["frames"]
    assert [name for name in fold.counters if name.startswith("refused")] == []
    raised = {
        (effect.event.zone_id, effect.event.stage.name)
        for effect in effects
        if isinstance(effect, Warn) and effect.event.kind is WarningEventKind.RAISED
    }
    assert sorted(map(list, raised)) == release.expected["alarms"]
    incidents = [effect.incident for effect in effects if isinstance(effect, Register)]
    _same_incident(incidents[-1], release.expected["incident"])


def test_a_replay_of_it_gives_one_digest(release: Release) -> None:
    digest = replay(release.journal).fold.digest()
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert replay(release.journal).fold.digest() == digest


def test_the_register_opens_and_its_records_are_as_they_were_signed(release: Release) -> None:
    register = RegisterStore(f"sqlite:///{release.data / 'register.sqlite'}")
    incident_id = release.expected["incident"]["id"]
    versions = register.versions(incident_id)  # each is held against its SHA-256 when it is read
    assert [one.version for one in versions] == list(range(1, len(versions) + 1))
    latest = register.latest(incident_id)
    assert latest is not None
    _same_incident(latest, release.expected["incident"], 0.0)
    assert register.series(latest).total >= 2
    register.close()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_report_is_made_of_the_old_record(release: Release, language: Any) -> None:
    path = release.data / f"report-{language}.pdf"
    report_from_record(release.data, release.expected["incident"]["id"], language, path)
    assert path.read_bytes().startswith(b"%PDF")


def test_a_report_is_made_of_the_journal_that_the_incident_happened_in(
    release: Release, tmp_path: Path
) -> None:
    """A site that went on in a new journal since still reports of what is in the old one."""
    data = Path(shutil.copytree(release.data, tmp_path / "data"))
    register = RegisterStore(f"sqlite:///{data / 'register.sqlite'}")
    incident = register.latest(release.expected["incident"]["id"])
    (seed, *_) = seed_january_2022()
    register.close()
    assert incident is not None
    configuration = next(iter(JournalReader(release.journal).frames())).data
    later_t_ns = int(release.expected["incident"]["closed_t_ns"]) + 3_600 * NS_PER_S
    begin(data / "embassy-20990101T000000Z.mcap", configuration, later_t_ns).journal.close()
    (data / "zz.mcap").write_bytes(b"a film of the raid")
    journal, replayed = replay_with(data, incident)
    assert journal.name == release.journal.name
    told = CliRunner().invoke(
        app, ["report", incident.incident_id, "--data", str(data), "-o", str(tmp_path / "told.pdf")]
    )
    assert told.exit_code == 0 and "Passed by, as no journal: zz.mcap" in told.output
    path = tmp_path / "report.pdf"
    report_from_record(data, incident.incident_id, "en", path)
    text = "".join(page.extract_text() for page in PdfReader(path).pages)
    assert replayed.fold.digest() in re.sub(r"\s", "", text)
    assert sha256_of_journal(journal) in re.sub(r"\s", "", text)  # it is closed, and proved
    with pytest.raises(RecordingError, match=r"no journal here holds the incident.*passed by.*zz\.mcap"):
        replay_with(data, seed.incident)


def test_a_run_goes_on_from_the_old_journal(release: Release) -> None:
    first = next(iter(JournalReader(release.journal).frames()))
    t_ns = int(release.expected["incident"]["closed_t_ns"]) + 3_600 * NS_PER_S
    record = open_record(release.data, "embassy", first.data, t_ns)
    assert record.recorder.journal.path == release.journal  # no new one was begun
    assert record.recorder.fold.counters["restarts"] == 1
    kept = record.register.versions(str(release.expected["incident"]["id"]))
    record.recorder.journal.close()
    record.register.close()
    _same_incident(kept[-1], release.expected["incident"])
    again = open_record(release.data, "embassy", first.data, t_ns + NS_PER_S)
    assert again.register.versions(kept[-1].incident_id) == kept
    again.close()


def test_this_version_is_recorded() -> None:
    """A new version number comes with its record: tools/release_fixture.py makes it."""
    assert (HERE / marsad.__version__).is_dir()


def test_the_tool_makes_a_record_that_replays_to_its_own_digest(tmp_path: Path) -> None:
    tool = runpy.run_path(str(HERE.parents[1] / "tools" / "release_fixture.py"))
    assert tool["main"](tmp_path) == 0
    made = tmp_path / marsad.__version__
    expected = json.loads((made / "expected.json").read_text("utf-8"))
    journal = tmp_path / expected["journal"]
    journal.write_bytes(gzip.decompress((made / "journal.mcap.gz").read_bytes()))
    assert replay(journal).fold.digest() == expected["digest"]
    assert expected["incident"]["outcome"] == "stopped"
    settings_from_toml((made / "settings.toml").read_bytes(), "settings.toml")
    assert tool["main"](tmp_path) == 1  # never replaced


def _same_incident(found: Incident, expected: dict[str, Any], slack_s: float = TIME_MAY_DIFFER_S) -> None:
    assert found.incident_id.rpartition("-")[0].startswith("embassy-")
    assert (found.outcome.value, found.stopped) == (expected["outcome"], expected["stopped"])
    assert len(found.objects) == expected["objects"]
    assert found.casualties.status.value == expected["casualties"]
    assert abs(found.opened_t_ns - expected["opened_t_ns"]) <= slack_s * NS_PER_S
    assert found.closed_t_ns is not None
    assert abs(found.closed_t_ns - expected["closed_t_ns"]) <= slack_s * NS_PER_S
