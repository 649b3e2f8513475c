import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from marsad.errors import RecordingError
from marsad.evaluate.study.batch import RESULTS, Study, Workers, kept_results, other_results, run_study
from marsad.evaluate.study.distributions import load_generator
from marsad.evaluate.study.results import RaidResult, generator_sha256, program_sha256

from .conftest import raid_result, small_distributions

HERE = Workers(1, "here")


@dataclass(frozen=True)
class Alone:
    """A study that one process has run: where its results are, what they are and what was told of it."""

    study: Study
    folder: Path
    results: tuple[RaidResult, ...]
    told: list[tuple[int, int]]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    folder, told = tmp_path_factory.mktemp("study"), list[tuple[int, int]]()
    study = Study(2, 9, small_distributions(folder))
    results = run_study(study, HERE, folder / "out", lambda done, of: told.append((done, of)))
    return Alone(study, folder / "out", results, told)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(2, 9, small_distributions(tmp_path))


def untimed(results: Iterable[RaidResult]) -> list[RaidResult]:
    """What does not depend on the machine."""
    return [replace(each, wall_s=0.0, cpu_s=0.0) for each in results]


def ours(study: Study, number: int) -> RaidResult:
    generator = generator_sha256(load_generator(study.distributions).sha256)
    return raid_result(number=number, study_seed=study.seed, generator=generator, program=program_sha256())


def test_a_study_goes_on_where_it_was_left(alone: Alone, tmp_path: Path) -> None:
    assert alone.told == [(0, 2), (1, 2), (2, 2)]
    assert [result.number for result in alone.results] == [1, 2]
    folder, told = tmp_path / "out", list[tuple[int, int]]()
    shutil.copytree(alone.folder, folder)
    path = folder / RESULTS[False]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:50])  # the machine stopped while the second was written
    second = run_study(alone.study, HERE, folder, lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]
    assert untimed(second) == untimed(alone.results)
    assert len(path.read_bytes().splitlines()) == 2
    told.clear()
    fewer = replace(alone.study, raids=1)
    assert run_study(fewer, HERE, folder, lambda done, of: told.append((done, of)))
    assert told == [(1, 1)]


def test_processes_give_what_one_gives(alone: Alone, tmp_path: Path) -> None:
    many = run_study(alone.study, Workers(2), tmp_path / "two", lambda done, of: None)
    assert untimed(many) == untimed(alone.results)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"generator": "0" * 64}, "generator"),
        ({"program": "0" * 64}, "program"),
        ({"study_seed": 10}, "seed"),
    ],
)
def test_results_of_another_study_are_refused(
    study: Study, tmp_path: Path, change: dict[str, object], what: str
) -> None:
    path = tmp_path / RESULTS[False]
    path.write_text(ours(study, 1).line() + replace(ours(study, 2), **change).line())  # type: ignore[arg-type]
    with pytest.raises(RecordingError, match=f"holds results of another {what} .*name another directory"):
        run_study(study, HERE, tmp_path, lambda done, of: None)


def test_another_file_of_distributions_is_another_generator(study: Study, tmp_path: Path) -> None:
    path = tmp_path / RESULTS[False]
    path.write_text(ours(study, 1).line())
    assert len(kept_results(path, study)) == 1
    other = tmp_path / "other.toml"
    other.write_bytes(study.distributions.read_bytes() + b"\n# one word more\n")
    with pytest.raises(RecordingError, match="another generator"):
        kept_results(path, replace(study, distributions=other))


def test_what_is_no_result_is_told_and_kept(study: Study, tmp_path: Path) -> None:
    path = tmp_path / RESULTS[False]
    path.write_text("my notes\n")
    with pytest.raises(RecordingError, match="'my notes' is no result"):
        kept_results(path, study)
    assert path.read_text() == "my notes\n"


def test_drawn_and_perturbed_raids_stand_beside_each_other(study: Study, tmp_path: Path) -> None:
    (tmp_path / RESULTS[True]).write_text(ours(study, 2).line() + ours(study, 1).line())
    assert [each.number for each in other_results(study, tmp_path)] == [1, 2]
    assert other_results(replace(study, perturbed=True), tmp_path) == ()


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed here")
def test_without_ray_its_absence_is_told(study: Study, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"marsad\[ray\].*--backend loky"):
        run_study(study, Workers(2, "ray"), tmp_path, lambda done, of: None)
