"""The command that says how good a run or a log was against the truth."""

import json
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marsad.cli.options import Lang, Language, output_file, whole_number
from marsad.cli.records import fail_if_damaged, tell_flaws
from marsad.cli.terminal import OUT, progress_bar, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marsad.evaluate.courageous import Document
    from marsad.evaluate.evaluation import Findings
    from marsad.evaluate.own_run import Replay
    from marsad.evaluate.sources import Geoid, TruthFound
    from marsad.model.reason import Reason
    from marsad.model.site import Site

_GEOID_MAX_M = 120.0
_OFFSET_MAX_S = 400_000.0
_WIDTH_MAX = 250


def _output(path: Path | None) -> Path | None:
    return None if path is None else output_file(path)


def _finite(value: float | None) -> float | None:
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value}: a number is needed")
    return value


Source = Annotated[
    Path,
    typer.Argument(
        exists=True,
        dir_okay=False,
        readable=True,
        metavar="JOURNAL.mcap|LOG.json",
        help="A journal of ours, or anybody's log in the COURAGEOUS format 0.4.1.",
    ),
]
TruthLog = Annotated[
    Path | None,
    typer.Option(
        exists=True, dir_okay=False, readable=True, help="What was true, as a COURAGEOUS log of tracks."
    ),
]
ScenarioName = Annotated[
    str | None,
    typer.Option(help="What was true, by scenario; default: as the summary beside the journal says."),
]
ScenarioSeed = Annotated[
    int | None,
    typer.Option(parser=whole_number(0, 2**63 - 1), metavar="SEED", help="Of the scenario; default 1."),
]
SiteFile = Annotated[
    Path | None,
    typer.Option(metavar="SITE.toml", help="Zones and origin for a LOG.json; without it there are none."),
]
GeoidHeight = Annotated[
    float | None,
    typer.Option(
        "--geoid-m",
        min=-_GEOID_MAX_M,
        max=_GEOID_MAX_M,
        callback=_finite,
        help="Height of the geoid EGM96 above the ellipsoid at the site; default: of a feed, else 0.",
    ),
]
LogOffset = Annotated[
    float | None,
    typer.Option(
        "--log-offset-s",
        min=-_OFFSET_MAX_S,
        max=_OFFSET_MAX_S,
        callback=_finite,
        help="Added to the times of a LOG.json: -10800 for one written in Baghdad's time.",
    ),
]
JsonFile = Annotated[Path | None, typer.Option("--json", callback=_output, help="Write all of it as JSON.")]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", callback=_output, help="Write it as one page with pictures.")
]
OurLog = Annotated[
    Path | None, typer.Option(callback=_output, help="Write a journal's tracks as a COURAGEOUS log.")
]
OurTruth = Annotated[
    Path | None, typer.Option(callback=_output, help="Write a scenario's truth as a COURAGEOUS log.")
]


@dataclass(frozen=True, slots=True)
class _Files:
    """Where what comes out goes, None for nowhere."""

    json: Path | None
    html: Path | None
    log: Path | None
    truth: Path | None

    @property
    def only_log(self) -> bool:
        """Whether nothing is wanted but a log of our tracks, for which nobody needs a truth."""
        return self.log is not None and (self.json, self.html, self.truth) == (None, None, None)


@dataclass(frozen=True, slots=True)
class _TruthAsked:
    """What a journal is scored against: a log, else a scenario, else what the summary beside it names."""

    file: Path | None
    scenario: str | None
    seed: int | None

    @property
    def is_given(self) -> bool:
        """Whether anybody named a truth."""
        return self.file is not None or self.scenario is not None

    def found(self, replay: "Replay", source: Path, geoid_m: float) -> "tuple[TruthFound, list[Reason]]":
        """The truth, and what of it could not be used. Raises ConfigError, RecordingError."""
        from marsad.evaluate.sources import truth_of_file, truth_of_scenario, truth_of_summary

        if self.file is not None:
            return truth_of_file(replay, self.file, geoid_m)
        if self.scenario is not None:
            return truth_of_scenario(replay, self.scenario, 1 if self.seed is None else self.seed), []
        return truth_of_summary(replay, source), []


def evaluate(
    source: Source,
    truth: TruthLog = None,
    scenario: ScenarioName = None,
    seed: ScenarioSeed = None,
    site: SiteFile = None,
    geoid_m: GeoidHeight = None,
    log_offset_s: LogOffset = None,
    json_file: JsonFile = None,
    html: HtmlFile = None,
    write_courageous: OurLog = None,
    write_truth: OurTruth = None,
    lang: Lang = "en",
) -> None:
    """Say how good a run was against the truth: air picture, times, identities, warnings, calibration.

    Scores a journal of ours, with status 1 where it is damaged, or anybody's log.
    """
    from marsad.evaluate.sources import is_log

    files = _Files(json_file, html, write_courageous, write_truth)
    of_scenario = {"scenario": scenario, "seed": seed, "write-truth": write_truth}
    if is_log(source):
        of_journals = of_scenario | {"write-courageous": write_courageous}
        _refuse(of_journals, "a log needs --truth; this is for journals")
        if truth is None:
            raise typer.BadParameter(
                "a log is scored against a log of ground truth: give --truth", param_hint="--truth"
            )
        _score_log(source, truth, site, geoid_m, log_offset_s or 0.0, files, lang)
        return
    _refuse({"site": site, "log-offset-s": log_offset_s}, "a journal has its own; this is for logs")
    if truth is not None:
        _refuse(of_scenario, "with --truth there is no scenario")
    if scenario is None:
        _refuse({"seed": seed}, "is of a scenario: give --scenario too")
    _score_journal(source, _TruthAsked(truth, scenario, seed), geoid_m, files, lang)


def _refuse(given: "Mapping[str, object]", why: str) -> None:
    for name, value in given.items():
        if value is not None:
            raise typer.BadParameter(why, param_hint=f"--{name}")


def _score_log(
    source: Path,
    truth: Path,
    site_file: Path | None,
    geoid_m: float | None,
    offset_s: float,
    files: _Files,
    lang: Language,
) -> None:
    from marsad.evaluate.foreign_run import score_log
    from marsad.evaluate.sources import geoid_for, log_from
    from marsad.model.reason import Reason
    from marsad.station.settings_file import read_settings

    site = None if site_file is None else read_settings(site_file).site.build_site()
    geoid = geoid_for(geoid_m, None)
    findings = score_log(
        log_from(source),
        log_from(truth),
        geoid_m=geoid.height_m,
        log_offset_s=offset_s,
        site=site,
        name=str(source),
    )
    heights = geoid.told if site is not None or geoid_m is not None else Reason("evaluate.geoid.same")
    told = [Reason("evaluate.truth.file", (("file", str(truth)),)), heights]
    _tell(findings, told, site, files, lang)


def _score_journal(
    source: Path, truth: _TruthAsked, geoid_m: float | None, files: _Files, lang: Language
) -> None:
    from marsad.evaluate.own_log import LogWriter, truth_document
    from marsad.evaluate.own_run import Replay, score_replay
    from marsad.evaluate.sources import geoid_for, has_summary

    replay = Replay(source)
    geoid = geoid_for(geoid_m, replay)
    if not truth.is_given and files.only_log and not has_summary(source):
        _write_only(replay, geoid, source.name, files, lang)
        return
    found, notes = truth.found(replay, source, geoid.height_m)
    writer = LogWriter(replay.site, geoid.height_m)
    with progress_bar(source.name) as moved:
        run = score_replay(
            replay,
            found.paths,
            writer.see if files.log is not None else lambda picture: None,
            moved,
            (*_ours(found), *notes),
        )
    findings = _compared(run.findings, found, run.digest)
    heights = (
        [geoid.told] if truth.file is not None or files.log is not None or files.truth is not None else []
    )
    _tell(findings, [found.told, *heights], replay.site, files, lang)
    if files.log is not None:
        _write_log(files.log, writer.document(), lang)
    if files.truth is not None:
        document = truth_document(found.paths, replay.site, geoid.height_m, found.duration_s)
        _write_log(files.truth, document, lang)
    tell_flaws(run.flaws, lang)
    fail_if_damaged(run.flaws, lang)


def _write_only(replay: "Replay", geoid: "Geoid", name: str, files: _Files, lang: Language) -> None:
    """Write what a real site showed, as a log for others to score."""
    from marsad.evaluate.own_log import LogWriter
    from marsad.report.wording import word

    assert files.log is not None  # that is what is wanted
    writer = LogWriter(replay.site, geoid.height_m)
    with progress_bar(name) as moved:
        for glance in replay.glances(moved):
            if glance.picture is not None:
                writer.see(glance.picture)
    OUT.print(word(geoid.told, lang), highlight=False, markup=False)
    _write_log(files.log, writer.document(), lang)
    tell_flaws(replay.flaws, lang)
    fail_if_damaged(replay.flaws, lang)


def _ours(found: "TruthFound") -> "list[Reason]":
    """What is to be known of every score of a journal."""
    from marsad.model.reason import Reason

    notes = [Reason("evaluate.note.coverage"), Reason("evaluate.note.first-plot")]
    return [*notes, Reason("evaluate.note.planned")] if isfinite(found.duration_s) else notes


def _compared(findings: "Findings", found: "TruthFound", digest: str) -> "Findings":
    """With a note where the summary tells of another digest than the journal gives now."""
    from dataclasses import replace

    from marsad.model.reason import Reason

    if not found.digest or found.digest == digest:
        return findings
    arguments = (("then", found.digest[:12]), ("now", digest[:12]))
    return replace(findings, notes=(Reason("evaluate.note.other-digest", arguments), *findings.notes))


def _write_log(path: Path, document: "Document", lang: Language) -> None:
    from marsad.evaluate.courageous import write
    from marsad.whole_file import write_whole

    write_whole(path, write(document))
    say(lang, "evaluate.written", file=str(path))


def _tell(
    findings: "Findings", told: "Sequence[Reason]", site: "Site | None", files: _Files, lang: Language
) -> None:
    """Print it, and write what is wanted."""
    from rich.console import Console
    from rich.table import Table

    from marsad.evaluate.page import page
    from marsad.evaluate.telling import Teller, tree_of
    from marsad.report.wording import word
    from marsad.whole_file import write_whole

    teller = Teller(lang, site)
    before = [word(reason, lang) for reason in told]
    title, *preface = teller.preface(findings)
    for line in (title, *before, *preface, *(f"- {note}" for note in teller.notes(findings))):
        OUT.print(line, highlight=False, markup=False)
    # in a file or a pipe nothing is too wide
    wide = OUT if OUT.is_terminal else Console(file=OUT.file, width=_WIDTH_MAX)
    for section in teller.sections(findings):
        OUT.print()
        table = Table(*section.heads, title=section.title, title_justify="left")
        for row in section.rows:
            table.add_row(*row)
        wide.print(table, markup=False)
    if files.json is not None:
        tree = tree_of(findings) | {"told": [word(reason, "en") for reason in told]}
        text = json.dumps(tree, ensure_ascii=False, indent=2, allow_nan=False)
        write_whole(files.json, f"{text}\n".encode())
        say(lang, "evaluate.written", file=str(files.json))
    if files.html is not None:
        write_whole(files.html, page(findings, teller, before).encode())
        say(lang, "evaluate.written", file=str(files.html))
