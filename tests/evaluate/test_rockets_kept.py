"""What the benchmark of rockets keeps, goes on from, and writes."""

import json
import sys
from math import nan
from pathlib import Path
from types import ModuleType

import pytest

from marsad.evaluate.rocket_range import Shot
from marsad.evaluate.rockets import Foretold, RoundResult, nothing_foretold
from marsad.simulate.kinds import ObjectKind

FORETOLD = {
    3.0: nothing_foretold(33.0),
    5.0: Foretold((30.0, -40.0), (900.0, 10.0, 400.0), 0.5, 0.4, 31.0, 25.0),
}
RESULT = RoundResult(FORETOLD, nan, ("zone-1-1",), ())


@pytest.fixture
def rockets(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import rockets

    monkeypatch.setattr(rockets, "shot_result", lambda shot: RESULT)
    return rockets


def test_a_line_holds_a_round_whole(rockets: ModuleType) -> None:
    shot = Shot(ObjectKind.MEDIUM_ROCKET, "drone", "wind", 7)
    told = json.loads(rockets.line_of(shot, RESULT))
    assert rockets.shot_of(told["shot"]) == shot
    assert repr(rockets.result_of(told["result"])) == repr(RESULT)


def test_it_goes_on_where_it_was_stopped_and_refuses_another_program(
    rockets: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot, path = Shot(ObjectKind.MORTAR_ROUND, "counter-rocket", "plain", 1), tmp_path / "rockets.jsonl"
    line = rockets.line_of(shot, RESULT)
    path.write_text(line + line[:40], "utf-8")
    assert list(dict(rockets._kept(path))) == [shot]
    assert path.read_text("utf-8") == line, "what was cut off is taken away"
    monkeypatch.setattr(sys, "argv", ["rockets", str(tmp_path), "--pages-only"])
    assert rockets.main() == 0
    table = (tmp_path / "rockets.md").read_text("utf-8")
    assert "| plain | counter-rocket | mortar_round | 5 | 1 | 1 | 31 | 50 | 25 | 2.0 |" in table
    assert "| plain | counter-rocket | mortar_round | 3 | 1 | 0 |" in table
    assert "<polyline" in (tmp_path / "rockets.svg").read_text("utf-8")
    monkeypatch.setattr(rockets, "program", lambda: "another")
    with pytest.raises(SystemExit, match="holds rounds of another program"):
        rockets.main()
