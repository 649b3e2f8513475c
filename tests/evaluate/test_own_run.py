import json
from collections.abc import Callable
from itertools import pairwise
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from marsad.cli import app
from marsad.evaluate.courageous import read
from marsad.evaluate.foreign_run import score_log
from marsad.evaluate.own_run import Replay, look_of, score_replay
from marsad.evaluate.paths import SimulatedPaths
from marsad.model.frame import TICK, Frame
from marsad.simulate import load_scenario
from marsad.simulate.truth import truth_of
from marsad.site.recorder import begin

from .conftest import Raid
from .logs import encoded, flight, log
from .test_courageous import as_the_format_wants

SITE = Path(__file__).parents[2] / "src/marsad/simulate/sites/embassy.toml"


def run(*line: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in line], env={"COLUMNS": "250", "NO_COLOR": "1"})


def said(result: Result) -> str:
    """What was told, an error of ours too: it is the exception that `main` puts into words."""
    return " ".join(f"{result.output} {result.exception or ''}".split())


@pytest.fixture(scope="session")
def evaluated(raid: Raid) -> dict[str, Any]:
    """The raid, scored by command, with everything that can be written."""
    names = {
        "--json": "e.json",
        "--html": "e.html",
        "--write-courageous": "log.json",
        "--write-truth": "truth.json",
    }
    files = [word for option, name in names.items() for word in (option, str(raid.folder / name))]
    done = run("evaluate", raid.journal, "--scenario", raid.scenario, *files)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads((raid.folder / "e.json").read_text("utf-8"))
    return found | {"output": done.output}


def measure(found: dict[str, Any], key: str) -> dict[str, Any]:
    (item,) = [item for item in found["measures"] if item["key"] == key]
    return dict(item)


def test_a_run_is_scored_by_command(evaluated: dict[str, Any]) -> None:
    (attacker,) = [item for item in evaluated["objects"] if item["subject"]["name"] == "attacker"]
    marks = attacker["milestones"]
    assert attacker["subject"]["hostile"] and attacker["subject"]["class_name"] == "multirotor"
    assert marks["covered_t_s"] is not None and marks["tracked_t_s"] < 20
    assert marks["covered_t_s"] <= marks["tracked_t_s"] and marks["detected_t_s"] <= marks["tracked_t_s"]
    assert measure(evaluated, "tracked")["value"] == 1.0
    assert measure(evaluated, "completeness")["value"] > 0.7
    assert measure(evaluated, "needless-warn")["count"] == 0
    assert measure(evaluated, "needless-warn")["high"] > 1000  # three quarters of a minute show little
    for said in ("Completeness of the picture", "attacker", "scenario", "Written: "):
        assert said in evaluated["output"]


def test_figures_add_up(evaluated: dict[str, Any]) -> None:
    counts = evaluated["counts"]
    assert 0 < counts["JT"] <= counts["J"] and counts["JT"] <= counts["NA"] <= counts["N"]
    assert measure(evaluated, "completeness")["value"] == pytest.approx(counts["JT"] / counts["J"])
    assert sum(map(sum, evaluated["confusion"]["counts"])) == measure(evaluated, "class-right-looks")["count"]
    assert sum(item["count"] for item in evaluated["class_bins"]) == measure(evaluated, "class-ece")["count"]
    tall = [item for item in evaluated["by_band"] if item["objects"]]
    assert tall and all(0 <= item["siap"]["completeness"] <= 1 for item in tall)


def test_the_page_has_the_tables_and_is_in_both_languages(raid: Raid, evaluated: dict[str, Any]) -> None:
    english = (raid.folder / "e.html").read_text("utf-8")
    assert '<html lang="en" dir="ltr">' in english and english.count("<table>") >= 5 and "<svg" in english
    done = run(
        "evaluate",
        raid.journal,
        "--scenario",
        raid.scenario,
        "--lang",
        "ar",
        "--html",
        raid.folder / "a.html",
    )
    assert done.exit_code == 0 and "اكتمال الصورة" in done.output
    arabic = (raid.folder / "a.html").read_text("utf-8")
    assert '<html lang="ar" dir="rtl">' in arabic and arabic.count("<table>") == english.count("<table>")


def test_our_log_is_of_the_format(raid: Raid, evaluated: dict[str, Any]) -> None:
    for name in ("log.json", "truth.json"):
        data = (raid.folder / name).read_bytes()
        found = read(data, name)
        assert (found.unknown, found.repeated) == ((), 0)
        assert as_the_format_wants(json.loads(data))
        assert found.document.vendor_name == "Marsad" and found.document.tracks


def test_the_score_through_the_format_is_that_of_the_journal(raid: Raid, evaluated: dict[str, Any]) -> None:
    system, truth = (read((raid.folder / name).read_bytes(), name) for name in ("log.json", "truth.json"))
    found = {item.key: item for item in score_log(system, truth).measures}
    for key, tolerance in (
        ("completeness", 0.05),
        ("rmse", 4.0),
        ("velocity-error", 0.5),
        ("continuity", 0.05),
    ):
        assert found[key].value == pytest.approx(measure(evaluated, key)["value"], abs=tolerance), key
    assert found["tracked"].value == 1.0


def test_a_journal_is_scored_against_a_log_of_truth_too(raid: Raid, evaluated: dict[str, Any]) -> None:
    out = raid.folder / "against.json"
    done = run("evaluate", raid.journal, "--truth", raid.folder / "truth.json", "--json", out)
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text("utf-8"))
    for key, tolerance in (("completeness", 0.05), ("rmse", 4.0)):
        assert measure(found, key)["value"] == pytest.approx(measure(evaluated, key)["value"], abs=tolerance)
    assert "No geoid height is known: 0 m is taken" in said(done)


def test_heights_go_through_the_geoid_and_back(raid: Raid, evaluated: dict[str, Any]) -> None:
    named = raid.folder / "high.json"
    done = run(
        "evaluate",
        raid.journal,
        "--scenario",
        raid.scenario,
        "--write-courageous",
        named,
        "--geoid-m",
        "-12.5",
    )
    assert done.exit_code == 0 and "−12.5 m above the ellipsoid" in said(done)
    with_geoid, without = (
        read((raid.folder / name).read_bytes(), name).document for name in ("high.json", "log.json")
    )
    assert with_geoid.static_cuas_location.height_amsl == without.static_cuas_location.height_amsl + 12.5


def test_the_replay_is_the_run_and_is_looked_at_every_half_second(raid: Raid) -> None:
    replay = Replay(raid.journal)
    paths = SimulatedPaths(truth_of(load_scenario(raid.scenario), 1), replay.site)
    seen: list[float] = []
    moved: list[float] = []
    scored = score_replay(
        replay, paths, lambda picture: seen.append(look_of(picture, paths).t_s), moved.append
    )
    summary = json.loads(raid.journal.with_name("summary.json").read_text("utf-8"))
    assert scored.digest == summary["digest"] and scored.flaws == ()
    assert min(after - before for before, after in pairwise(seen)) >= 0.5 - 1e-9
    assert moved[0] <= moved[-1] == 1.0 and len(seen) == scored.findings.looks


# ---------------------------------------------------------------- what cannot be done


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "truth.json").write_bytes(encoded(log(flight(1))))
    (tmp_path / "log.json").write_bytes(encoded(log(flight(1, 5, 50))))
    (tmp_path / "file.txt").write_text("neither", "utf-8")
    (tmp_path / "seconds.json").write_bytes(encoded(log({"uas_id": 1, "records": []}, version="9")))
    recorder = begin(tmp_path / "j.mcap", SITE.read_bytes(), 1_641_485_400 * 10**9)
    for second in range(1, 20):
        recorder.take([Frame(TICK, (1_641_485_400 + second) * 10**9)])
    recorder.journal.close()
    return tmp_path


WRONG: list[tuple[list[str], str]] = [
    (["log.json"], "give --truth"),
    (["log.json", "--truth", "seconds.json"], "$.version is \"9\""),
    (["log.json", "--truth", "j.mcap"], "no JSON text"),
    (["log.json", "--truth", "truth.json", "--scenario", "quiet-night"], "this is for journals"),
    (["log.json", "--truth", "truth.json", "--write-truth", "x.json"], "this is for journals"),
    (["log.json", "--truth", "truth.json", "--geoid-m", "nan"], "--geoid-m"),
    (["log.json", "--truth", "truth.json", "--geoid-m", "500"], "120"),
    (["log.json", "--truth", "truth.json", "--site", "nofile.toml"], "there is no such file"),
    (["log.json", "--truth", "truth.json", "--log-offset-s", "86400"], "never at one time"),
    (["log.json", "--truth", "truth.json", "--json", "nowhere/x.json"], "there is no folder"),
    (["j.mcap"], "there is no summary.json beside it"),
    (["j.mcap", "--seed", "3"], "give --scenario too"),
    (["j.mcap", "--scenario", "quiet-night"], "is of site 'embassy', the scenario of 'ain-al-asad'"),
    (["j.mcap", "--scenario", "nope"], "there is no such scenario"),
    (["j.mcap", "--truth", "truth.json", "--scenario", "embassy-quadcopter"], "there is no scenario"),
    (["j.mcap", "--scenario", "embassy-quadcopter", "--log-offset-s", "5"], "a journal has its own"),
    (["truth.txt"], "does not exist"),
    (["file.txt"], "not a journal"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_mistake_is_told(folder: Path, line: list[str], why: str) -> None:
    before = sorted(folder.iterdir())
    done = run("evaluate", *line)
    assert done.exit_code != 0 and why in said(done), said(done)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("summary", "why"),
    [("{", "is no summary"), ("[]", "is no summary"), ('{"scenario": 5, "seed": 1}', "is no text")],
)
def test_a_summary_that_is_none_is_told(folder: Path, summary: str, why: str) -> None:
    (folder / "summary.json").write_text(summary, "utf-8")
    assert why in said(run("evaluate", "j.mcap"))


def test_a_run_of_another_program_is_told(folder: Path) -> None:
    (folder / "summary.json").write_text(
        json.dumps({"scenario": "embassy-quadcopter", "seed": 2, "digest": "0123456789abcdef"}), "utf-8"
    )
    done = run("evaluate", "j.mcap")
    assert done.exit_code == 0 and "seed 2, as the summary beside the journal says" in said(done)
    assert "do not agree (digest 0123456789ab then" in said(done)


def test_a_run_that_saw_nothing_is_scored(folder: Path) -> None:
    done = run("evaluate", "j.mcap", "--scenario", "embassy-quadcopter", "--json", "e.json")
    assert done.exit_code == 0, said(done)
    found = json.loads((folder / "e.json").read_text("utf-8"))
    assert measure(found, "completeness")["value"] == 0.0 and measure(found, "nees")["value"] is None


def test_a_real_site_writes_its_log_without_a_truth(folder: Path) -> None:
    done = run("evaluate", "j.mcap", "--write-courageous", "ours.json", "--geoid-m", "3")
    assert done.exit_code == 0 and "Written: ours.json" in said(done) and "3.0 m above" in said(done)
    assert as_the_format_wants(json.loads((folder / "ours.json").read_bytes()))
    assert "Figures" not in done.output


def test_a_log_is_scored_by_command(folder: Path) -> None:
    done = run("evaluate", "log.json", "--truth", "truth.json", "--site", str(SITE), "--json", "e.json")
    assert done.exit_code == 0 and "Elsewhere GmbH, Watcher" in said(done), said(done)
    assert "No geoid height is known" in said(done)
    alone = run("evaluate", "log.json", "--truth", "truth.json")
    assert "its own height makes no difference" in said(alone)
    assert measure(json.loads((folder / "e.json").read_text("utf-8")), "completeness")["value"] > 0.7


def test_a_damaged_journal_is_scored_as_far_as_it_goes(folder: Path) -> None:
    data = bytearray((folder / "j.mcap").read_bytes())
    place = len(data) // 2  # among the frames, far behind the configuration
    data[place : place + 40] = b"\xff" * 40
    (folder / "j.mcap").write_bytes(data)
    done = run("evaluate", "j.mcap", "--scenario", "embassy-quadcopter")
    assert done.exit_code == 1 and "Figures" in done.output and "damaged" in said(done)


def test_no_number_is_told_that_is_none(evaluated: dict[str, Any]) -> None:
    def walk(value: Any, check: Callable[[float], bool]) -> bool:
        if isinstance(value, dict):
            return all(walk(item, check) for item in value.values())
        if isinstance(value, list):
            return all(walk(item, check) for item in value)
        return not isinstance(value, float) or check(value)

    assert walk(evaluated, lambda value: not isnan(value))
