"""A study: its raids, or hours of quiet days, on all cores or many machines, each result kept at once."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from joblib import Parallel, delayed, effective_n_jobs, parallel_config

from marsad.errors import RecordingError
from marsad.evaluate.study.distributions import load_generator
from marsad.evaluate.study.drawing import drawn_raid
from marsad.evaluate.study.draws import Draws
from marsad.evaluate.study.quiet import HOURS_A_DAY, drawn_hour, quiet_figures
from marsad.evaluate.study.raid import Raid
from marsad.evaluate.study.results import RaidResult, generator_sha256, program_sha256, result_of
from marsad.evaluate.study.running import run_raid

Backend = Literal["loky", "ray", "here"]
RAIDS_AT_ONCE = 4  # for each process of a cluster
RESULTS = {False: "results.jsonl", True: "results-perturbed.jsonl"}
QUIET = {False: "quiet.jsonl", True: "quiet-perturbed.jsonl"}


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Study:
    """What is studied.

    distributions   the file that raids are drawn from
    perturbed       noise 1.3 times as large, detections 0.7 times as likely
    quiet_days      so many days without attackers, hour by hour, in place of raids; 0 = raids
    """

    raids: int
    seed: int
    distributions: Path
    perturbed: bool = False
    quiet_days: int = 0

    @property
    def runs(self) -> int:
        """How many raids or hours there are."""
        return HOURS_A_DAY * self.quiet_days or self.raids

    @property
    def results(self) -> str:
        """The name of the file of its results."""
        return (QUIET if self.quiet_days else RESULTS)[self.perturbed]

    @property
    def generator(self) -> str:
        """SHA-256 of what it is drawn from and of the code that draws."""
        read = quiet_figures if self.quiet_days else load_generator
        return generator_sha256(read(self.distributions).sha256)

    def drawn(self, number: int) -> Raid:
        """A raid, or an hour as a raid without attackers, by its number from 1."""
        if self.quiet_days:
            return drawn_hour(quiet_figures(self.distributions), self.seed, number)
        return drawn_raid(load_generator(self.distributions).distributions, self.seed, number)

    def order(self) -> list[int]:
        """All numbers as they are run: hours in no order, so that those done so far stand for all."""
        numbers = list(range(1, self.runs + 1))
        if self.quiet_days:
            Draws(self.seed, 0).stream("order of hours").shuffle(numbers)
        return numbers


@dataclass(frozen=True)
class Workers:
    """Who runs the raids.

    jobs      processes; -1 = as many as there are cores
    backend   "loky": processes here; "ray": those of a Ray cluster; "here": this process alone
    begin     called before each raid in the process that runs it; must be cheap the second time
    """

    jobs: int = -1
    backend: Backend = "loky"
    begin: Callable[[], object] = _nothing


def run_study(
    study: Study, workers: Workers, folder: Path, done: Callable[[int, int], None]
) -> tuple[RaidResult, ...]:
    """Run what of a study is not done yet; all its results, in order of their numbers.

    done   called with how many raids are done and how many there are

    Raises RecordingError if the folder holds results of another generator, program or seed, ConfigError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / study.results
    results = {result.number: result for result in kept_results(path, study)}
    missing = [number for number in study.order() if number not in results]
    done(study.runs - len(missing), study.runs)
    for number, result in enumerate(_results(study, workers, missing), study.runs - len(missing) + 1):
        _keep(path, result)
        results[result.number] = result
        done(number, study.runs)
    return tuple(results[number] for number in sorted(results) if number <= study.runs)


def kept_results(path: Path, study: Study) -> list[RaidResult]:
    """The results of earlier runs; a last line that was cut off is taken away.

    Raises RecordingError if they are of another generator, program or seed, or no results.
    """
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):  # written whole or not at all, but for a machine that stopped meanwhile
        with path.open("r+b") as file:
            file.truncate(whole)
    results = [result_of(line) for line in data[:whole].decode("utf-8", "replace").splitlines()]
    generator = study.generator
    for result in results:
        _refuse_other(path, "generator", result.generator, generator)
        _refuse_other(path, "program", result.program, program_sha256())
        _refuse_other(path, "seed", str(result.study_seed), str(study.seed))
    return results


def check_kept(study: Study, folder: Path) -> None:
    """Raise RecordingError if the folder holds results of another study, drawn or perturbed."""
    for name in (QUIET if study.quiet_days else RESULTS).values():
        kept_results(folder / name, study)


def other_results(study: Study, folder: Path) -> tuple[RaidResult, ...]:
    """The results of the same raids perturbed, or if those are studied, as drawn; () = not run."""
    kept = {item.number: item for item in kept_results(folder / RESULTS[not study.perturbed], study)}
    return tuple(kept[number] for number in sorted(kept) if number <= study.raids)


def _refuse_other(path: Path, what: str, kept: str, ours: str) -> None:
    if kept != ours:
        raise RecordingError(
            f"{path}: holds results of another {what} ({kept[:12]}, not {ours[:12]}), and one study is "
            f"of one {what}; name another directory, or move these results away"
        )


def _keep(path: Path, result: RaidResult) -> None:
    """Write a result as one line, whole, to the disk."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, result.line().encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written: {error}") from error


def _results(study: Study, workers: Workers, numbers: Sequence[int]) -> Iterator[RaidResult]:
    if workers.backend == "here":
        yield from (_one(study, number, workers.begin) for number in numbers)
        return
    runs = [delayed(_one)(study, number, workers.begin) for number in numbers]
    with _backend(workers):
        if workers.backend == "loky":
            yield from Parallel(return_as="generator_unordered", pre_dispatch="2*n_jobs")(runs)
            return
        # Ray's backend returns whole lists only: some raids for each process, kept before the next
        size = RAIDS_AT_ONCE * effective_n_jobs(workers.jobs)
        for first in range(0, len(runs), size):
            yield from Parallel()(runs[first : first + size])


@contextmanager
def _backend(workers: Workers) -> Iterator[None]:
    if workers.backend == "ray":
        require_ray()
        from ray.util.joblib import register_ray

        register_ray()
    with parallel_config(backend=workers.backend, n_jobs=workers.jobs):
        yield


def require_ray() -> None:
    """Raise RecordingError if Ray is not installed."""
    if find_spec("ray") is None:
        raise RecordingError(
            "Ray is not installed here: it comes with the extra, `pip install 'marsad[ray]'`; "
            "without it, --backend loky runs the study on all cores of this machine"
        )


def _one(study: Study, number: int, begin: Callable[[], object]) -> RaidResult:
    begin()
    result = run_raid(study.drawn(number), load_generator(study.distributions), perturbed=study.perturbed)
    return replace(result, generator=study.generator)  # of quiet days that is more than the file of raids
