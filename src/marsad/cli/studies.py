"""The command that says how good the whole site is: hundreds of random raids."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from marsad.cli import coverage
from marsad.cli.coverage import Candidates, Heights, Speed, ThreatName
from marsad.cli.options import Lang, Language, one_of, output_directory, whole_number
from marsad.cli.terminal import ERR, OUT, Terminal, command, say, settled, unfailing
from marsad.errors import RecordingError

if TYPE_CHECKING:
    from marsad.evaluate.study.batch import Study, Workers
    from marsad.evaluate.study.results import RaidResult
    from marsad.evaluate.study.validity import Statistics

BACKENDS = ("loky", "ray", "here")
_RAIDS_MAX = 1_000_000
_PROCESSES_MAX = 100_000
_DAYS_MAX = 10_000


def _process_count(text: str) -> int:
    """How many processes; -1 as many as there are cores. Raises typer.BadParameter."""
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count != -1 and not 1 <= count <= _PROCESSES_MAX:
        raise typer.BadParameter(f"{text!r}: allowed is -1 or a whole number from 1 to {_PROCESSES_MAX}")
    return count


RaidCount = Annotated[
    int,
    typer.Option(parser=whole_number(1, _RAIDS_MAX), metavar="COUNT", help="How many raids."),
]
StudySeed = Annotated[
    int,
    typer.Option(parser=whole_number(0, 2**31 - 1), metavar="SEED", help="Another seed is another study."),
]
StudyDir = Annotated[
    Path,
    typer.Option(
        "-o",
        "--out",
        callback=output_directory,
        help="Where results and page go; what is done there already is not run again.",
    ),
]
OneRaid = Annotated[
    int | None,
    typer.Option(
        parser=whole_number(1, _RAIDS_MAX),
        metavar="NUMBER",
        help="Run this raid alone, and keep its journal and settings.",
    ),
]
QuietDays = Annotated[
    int,
    typer.Option(
        "--quiet-days",
        parser=whole_number(0, _DAYS_MAX),
        metavar="COUNT",
        help="In place of raids so many days of ordinary traffic and birds, spread over three kinds of "
        "site: what sounds is needless. 21 are a week at each.",
    ),
]
Perturbed = Annotated[
    bool,
    typer.Option(
        "--perturbed",
        help="The same raids with measurement errors 1.3 times as large and a detection probability "
        "lower by 30 %; the page shows both, once both were run.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option(parser=_process_count, metavar="COUNT", help="Processes; -1: one for each core."),
]
BackendName = Annotated[
    str,
    typer.Option(
        parser=one_of(*BACKENDS),
        metavar="|".join(BACKENDS),
        autocompletion=lambda: [*BACKENDS],
        help="loky: processes of this machine; ray: a Ray cluster, which needs the extra marsad[ray]; "
        "here: this process alone.",
    ),
]
Distributions = Annotated[
    Path | None,
    typer.Option(metavar="FILE.toml", help="From what raids are drawn, in place of the shipped file."),
]
Recordings = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="Real flights to compare the simulated ones with, in DIR/flights and DIR/drone.",
    ),
]
Layout = Annotated[
    Path | None,
    typer.Option(
        metavar="SITE.toml",
        help="In place of raids: what sensors more would give this site, in seconds of warning by bearing. "
        "Give them by --add or --sensors.",
    ),
]
Added = Annotated[
    list[str] | None,
    typer.Option(
        "--add",
        metavar="KIND:BEARING,METRES",
        help="With --layout: a sensor like the site's first of that kind, so far from its reference point, "
        "such as radar:045,1500; a third number is the height of its antenna. Again for more.",
    ),
]
SensorsFile = Annotated[
    Path | None,
    typer.Option(
        "--sensors", metavar="FILE.toml", help="With --layout: sensors as [[sensor]] tables, each with place."
    ),
]
MoreSeconds = Annotated[
    float,
    typer.Option(
        "--more", min=1.0, max=600.0, metavar="SECONDS", help="With --layout: so many more are worth it."
    ),
]


def study(
    raids: RaidCount = 1000,
    seed: StudySeed = 1,
    out: StudyDir = Path("study-out"),
    raid: OneRaid = None,
    quiet_days: QuietDays = 0,
    perturbed: Perturbed = False,
    jobs: Jobs = -1,
    backend: BackendName = "loky",
    distributions: Distributions = None,
    recordings: Recordings = None,
    layout: Layout = None,
    add: Added = None,
    sensors: SensorsFile = None,
    more: MoreSeconds = 30.0,
    threat: ThreatName = None,
    height: Heights = None,
    speed: Speed = None,
    lang: Lang = "en",
) -> None:
    """Say how good the whole site is: random raids nobody tuned to, judged against truth and physics.

    Or, with --layout, what sensors more would give a site.
    """
    if layout is not None:
        coverage.layout(
            layout, Candidates(tuple(add or ()), sensors, more), (threat, height, speed), out, lang
        )
        return
    if add or sensors or threat or height or speed:
        raise typer.BadParameter("these are for --layout SITE.toml", param_hint="--add, --sensors, --threat")
    from marsad.evaluate.study.batch import Study, Workers, check_kept, require_ray
    from marsad.evaluate.study.distributions import SHIPPED, load_generator

    if backend == "ray":
        require_ray()
    path = SHIPPED if distributions is None else distributions.absolute()
    load_generator(path)  # its faults are told before anything is compiled
    terminal = settled(lang)
    if raid is not None:
        _one_raid(Study(raid, seed, path, perturbed, quiet_days), raid, out, terminal)
        return
    what = Study(raids, seed, path, perturbed, quiet_days)
    check_kept(what, out)
    if not _prepared(terminal):
        return
    results = _run(what, Workers(jobs, backend, _begin_worker), out, lang)  # type: ignore[arg-type]
    if quiet_days:
        _write_quiet_page(what, results, out, lang)
    else:
        _write_page(what, results, out, recordings, lang)


def _begin_worker() -> None:
    """A process that runs raids finds the kernels where this one has them."""
    from marsad.station import kernel_cache

    kernel_cache.settle()


def _prepared(terminal: Terminal) -> bool:
    """Compile what is missing, once, before many processes would; False if interrupted."""
    from marsad.station.preparation import prepare
    from marsad.station.rig import until_interrupted
    from marsad.station.terminal import say_reason
    from marsad.tracking import TrackingSettings

    dimensions = (TrackingSettings().dimensions,)
    preparing = prepare(dimensions, terminal.prepared_so_far, partial(say_reason, terminal))
    return asyncio.run(until_interrupted(preparing)) is not None


def _run(what: "Study", workers: "Workers", out: Path, language: Language) -> "tuple[RaidResult, ...]":
    from marsad.evaluate.study.batch import run_study

    title = "study.progress.harder" if what.perturbed else "study.progress"
    title = "study.progress.quiet" if what.quiet_days else title
    with _counting(title, language) as moved:
        return run_study(what, workers, out, moved)


@contextmanager
def _counting(title: str, language: Language) -> Iterator[Callable[[int, int], None]]:
    """A bar with how many are done and the time left, on standard error."""
    from marsad.report.wording import filled

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=unfailing(ERR),
    )
    task = bar.add_task(filled(title, language, {}), total=None)

    def move(done: int, of: int) -> None:
        if bar.tasks[0].total is None:
            bar.reset(task, total=of, completed=done)  # what was done before says nothing of the pace
            bar.start()
        bar.update(task, completed=done)

    try:
        yield move
    finally:
        bar.stop()


def _write_page(
    what: "Study", results: "tuple[RaidResult, ...]", out: Path, recordings: Path | None, language: Language
) -> None:
    from marsad.evaluate.study.batch import other_results
    from marsad.evaluate.study.distributions import load_generator
    from marsad.evaluate.study.page import PageContent, study_page
    from marsad.evaluate.study.validity import validity
    from marsad.whole_file import write_whole

    generator = load_generator(what.distributions)
    compared: Statistics | None = None
    if recordings is not None:
        compared = validity(recordings, generator, what.seed)
    others = other_results(what, out)
    drawn, harder = (others, results) if what.perturbed else (results, others)
    content = PageContent(generator, drawn or harder, harder if drawn else (), compared)
    path = out / f"study-{language}.html"
    write_whole(path, study_page(content, language).encode())
    say(language, "study.written", path=str(path))


def _write_quiet_page(
    what: "Study", results: "tuple[RaidResult, ...]", out: Path, language: Language
) -> None:
    from marsad.evaluate.study.quiet_page import quiet_page
    from marsad.whole_file import write_whole

    path = out / f"quiet-{language}.html"
    write_whole(path, quiet_page(results, what.runs, language).encode())
    say(language, "study.written", path=str(path))


def _one_raid(what: "Study", number: int, out: Path, terminal: Terminal) -> None:
    """Run one raid, keep its journal, and say what came of it."""
    from marsad.evaluate.study.distributions import load_generator
    from marsad.evaluate.study.running import JOURNAL, run_raid

    if (out / JOURNAL).exists():
        raise RecordingError(f"{out / JOURNAL}: there is a journal already; name another directory")
    generator = load_generator(what.distributions)
    raid = what.drawn(number)
    if not _prepared(terminal):
        return
    result = run_raid(raid, generator, out, perturbed=what.perturbed)
    for sentence in told_of(result, terminal.language):
        OUT.print(sentence, highlight=False, markup=False)
    journal = str(out / JOURNAL)
    say(terminal.language, "study.one.journal", path=journal, command=command(f"replay {journal}"))


def told_of(result: "RaidResult", language: Language) -> list[str]:
    """What came of one raid, as sentences."""
    from math import nan

    from marsad.report.wording import filled

    def name(code: str) -> str:
        return filled(f"study.name.{code}", language, {})

    told = [
        filled(
            "study.one",
            language,
            {
                "number": float(result.number),
                "site": result.site,
                "suite": name(result.suite),
                "weather": name(result.weather),
                "fault": name(result.fault),
            },
        )
    ]
    for attacker in result.attackers:
        values: dict[str, float | None] = {
            "arrival_s": attacker.arrival_s,
            "alert_s": attacker.alert_s,
            "lead_s": attacker.warn_lead_s,
            "left_s": attacker.allowed_s,
        }
        known = {key: nan if value is None else value for key, value in values.items()}
        words = {
            "attacker": attacker.object_id,
            "kind": name(attacker.kind),
            "approach": name(attacker.approach),
        }
        told.append(filled("study.one.attacker", language, {**known, **words}))
    for item in result.needless:
        stage = filled(f"study.stage.{item.stage}", language, {})
        cause = filled(f"study.cause.{item.cause}", language, {})
        told.append(filled("study.one.needless", language, {"stage": stage, "cause": cause, "t_s": item.t_s}))
    return told
