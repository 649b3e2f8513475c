"""The commands about coverage: what a site's sensors see, and what more of them would give."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marsad.cli.options import Lang, Language, SettingsArgument, one_of, output_file
from marsad.cli.terminal import OUT, say, warn

if TYPE_CHECKING:
    from rich.table import Table

    from marsad.coverage.health import CoverageNow
    from marsad.coverage.layout import Gain
    from marsad.coverage.outlook import Asked
    from marsad.model.sensor import Sensor
    from marsad.report.coverage_map import Ring
    from marsad.station.coverage_plan import Candidate, CoveragePlan

THREATS = ("multirotor", "fixed_wing", "one_way", "hovering", "rocket")
SUFFIXES = (".png", ".svg", ".geojson")


def _map_file(path: Path | None) -> Path | None:
    if path is None:
        return None
    if path.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"{str(path)!r}: allowed endings are {', '.join(SUFFIXES)}")
    return output_file(path)


def _heights(values: list[float] | None) -> list[float] | None:
    for value in values or ():
        if not (isfinite(value) and 0 < value <= 20_000):
            raise typer.BadParameter(f"{value:g}: allowed is a number above 0, at most 20000")
    return values


MapFile = Annotated[
    Path | None,
    typer.Option("-o", "--out", callback=_map_file, metavar="FILE", help="A map: .png, .svg or .geojson."),
]
Heights = Annotated[
    list[float] | None,
    typer.Option(
        "--height",
        callback=_heights,
        metavar="METRES",
        help="Height above the ground; again for more. Default: those of the settings.",
    ),
]
ThreatName = Annotated[
    str | None,
    typer.Option(
        "--threat",
        parser=one_of(*THREATS),
        metavar="|".join(THREATS),
        autocompletion=lambda: [*THREATS],
        help="What comes, without a transmission. Default: that of the settings.",
    ),
]
Speed = Annotated[
    float | None,
    typer.Option(
        "--speed", min=1.0, max=1_000.0, metavar="M/S", help="How fast it comes, m/s; not of rockets."
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without", metavar="SENSOR", help="Take a sensor for dead, by name or identifier; again for more."
    ),
]
JournalFile = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        exists=True,
        dir_okay=False,
        readable=True,
        metavar="NAME.mcap",
        help="Take the sensors as a run last had them, and compare where its tracks were first shown.",
    ),
]


def coverage(
    site: SettingsArgument,
    out: MapFile = None,
    height: Heights = None,
    threat: ThreatName = None,
    speed: Speed = None,
    without: Without = None,
    journal: JournalFile = None,
    lang: Lang = "en",
) -> None:
    """Say what a site's sensors see, and how long before an intruder is at the zones, by bearing."""
    from marsad.coverage.holes import told
    from marsad.report.wording import word
    from marsad.station.coverage_plan import read_plan

    plan = read_plan(site, journal, without or ())
    asked = _asked(plan, threat, height, speed)
    found = plan.now(asked)
    _tell_sensors(plan, lang)
    OUT.print(_table(found, lang))
    for hole in found.holes:
        OUT.print(word(told(hole), lang), highlight=False, markup=False)
    if not found.holes:
        say(lang, "coverage.none", wanted_s=found.wanted_s)
    if asked.threat.speed_mps > 0 and not asked.threat.falls:
        say(lang, "coverage.seconds-of-rule", rule_s=plan.settings.assessment.levels.warn_time_s)
    if journal is not None:
        _compare(plan, journal, lang)
    if out is not None:
        _write(out, plan, found, lang)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What might be added to a site: specifications, a file of sensors, and how many seconds are worth it."""

    specifications: tuple[str, ...]
    file: Path | None
    more_s: float


def layout(
    site: Path,
    wanted: Candidates,
    asked_for: "tuple[str | None, list[float] | None, float | None]",
    out: Path,
    lang: Language,
) -> None:
    """Say what sensors more would give a site: seconds by bearing without and with them, and draw it.

    asked_for   threat, heights, speed; None for those of the settings
    out         a folder for the map
    """
    from marsad.coverage.layout import gains
    from marsad.station.coverage_plan import added_from, added_like, read_plan, with_candidates

    plan = read_plan(site, None)
    candidates: list[Candidate] = []
    try:
        candidates += [added_like(plan, one, number) for number, one in enumerate(wanted.specifications, 1)]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--add") from None
    if wanted.file is not None:
        candidates += added_from(plan, wanted.file)
    if not candidates:
        raise typer.BadParameter(
            "what is to be added? give --add KIND:BEARING,DISTANCE or --sensors FILE.toml"
        )
    plan = with_candidates(plan, candidates)
    asked = _asked(plan, *asked_for)
    if asked.threat.speed_mps <= 0:
        raise typer.BadParameter(
            "hovering: what stands still has no seconds; see marsad coverage", param_hint="--threat"
        )
    _tell_sensors(plan, lang)
    found = gains(plan.seeing, [one.sensor for one in candidates], plan.protected, asked, plan.around)
    for gain in found:
        _tell_gain(gain, wanted.more_s, lang)
    out.mkdir(parents=True, exist_ok=True)
    _write_gain(out / f"layout-{lang}.png", plan, found[-1], lang)


def _asked(
    plan: "CoveragePlan", threat: str | None, heights: list[float] | None, speed: float | None
) -> "Asked":
    from marsad.model.intruder import ThreatKind
    from marsad.site.coverage import asked_of

    kind = None if threat is None else ThreatKind(threat)
    return asked_of(plan.settings, kind, sorted(set(heights or ())), speed)


def _tell_sensors(plan: "CoveragePlan", lang: Language) -> None:
    from marsad.coverage.sight import is_awake
    from marsad.report.wording import comma

    for reason in plan.told:
        warn(lang, reason)
    awake = [sensor.name for sensor in plan.seeing if is_awake(sensor)]
    say(lang, "coverage.sensors", sensor_count=float(len(awake)), names=comma(lang).join(awake))
    if plan.left_out:
        say(lang, "coverage.left-out", names=comma(lang).join(plan.left_out))


def _table(found: "CoverageNow", lang: Language) -> "Table":
    from rich.table import Table

    from marsad.report.coverage_tables import heads, rows, title

    table = Table(title=title(found.outlook, lang), title_justify="left")
    for number, head in enumerate(heads(found.outlook, lang)):
        table.add_column(head, justify="right" if number else "left", no_wrap=True)
    told = rows(found.outlook, lang)
    for number, row in enumerate(told):
        table.add_row(*row, end_section=number == len(told) - 3)
    return table


def _tell_gain(gain: "Gain", more_s: float, lang: Language) -> None:
    import numpy as np
    from rich.table import Table

    from marsad.report.coverage_tables import gain_rows, heads, title
    from marsad.report.wording import comma, filled

    names = comma(lang).join(sensor.name for sensor in gain.added)
    asked = gain.before.asked
    for level, head in enumerate(heads(gain.before, lang)[1:]):
        table = Table(title=f"{title(gain.before, lang)}, {head}", title_justify="left")
        columns = [
            filled(f"coverage.table.{one}", lang, {}) for one in ("bearing", "before", "after", "gain")
        ]
        for number, column in enumerate(columns):
            table.add_column(column, justify="right" if number else "left", no_wrap=True)
        told = gain_rows(gain, level, lang)
        for number, row in enumerate(told):
            table.add_row(*row, end_section=number == len(told) - 2)
        OUT.print(table)
        share = gain.share_of(more_s, level)
        figures: dict[str, float | str] = {
            "names": names,
            "before_s": float(gain.before.warning_s[level].min()),
            "after_s": float(gain.after.warning_s[level].min()),
            "share": 100 * share,
            "wanted_s": more_s,
            "median_s": float(np.median(gain.seconds[level])),
            "height_m": float("nan") if asked.threat.falls else asked.levels_m[level],
        }
        say(lang, "coverage.layout.gain", **figures)
        verdict = "enough" if share > 0 else "not-enough"
        say(lang, f"coverage.layout.{verdict}" + (".rocket" if asked.threat.falls else ""), **figures)


def _compare(plan: "CoveragePlan", journal: Path, lang: Language) -> None:
    from rich.table import Table

    from marsad.evaluate.first_seen import agreement
    from marsad.evaluate.first_shown import first_shown, foretold_for
    from marsad.report.wording import filled

    words = partial(filled, tongue=lang)
    shown = first_shown(journal)
    told = foretold_for(shown, plan.sensors, plan.protected, plan.settings, plan.around)
    if not shown:
        say(lang, "coverage.compared.none")
        return
    table = Table(title=words("coverage.compared.title", arguments={}), title_justify="left")
    for code in ("compared.track", "table.bearing", "compared.height", "compared.foretold", "compared.true"):
        table.add_column(words(f"coverage.{code}", arguments={}), justify="right", no_wrap=True)
    for one, foretold_m in zip(shown, told, strict=True):
        metres = [
            words("coverage.compared.metres", arguments={"value_m": value})
            for value in (one.height_m, foretold_m, one.away_m)
        ]
        table.add_row(str(one.track_id), f"{one.bearing_deg:03.0f}°", *metres)
    OUT.print(table)
    agreed = agreement(told, [one.away_m for one in shown])
    say(
        lang,
        "coverage.compared.told",
        error_m=agreed.error_m,
        track_count=float(agreed.count),
        unseen=float(agreed.unseen),
    )


def _write(path: Path, plan: "CoveragePlan", found: "CoverageNow", lang: Language) -> None:
    from marsad.report.coverage_map import warning_ring
    from marsad.report.wording import Style

    _write_map(path, plan, found, warning_ring(found, Style(lang)), (), lang)


def _write_gain(path: Path, plan: "CoveragePlan", gain: "Gain", lang: Language) -> None:
    from marsad.coverage.health import CoverageNow
    from marsad.coverage.holes import holes
    from marsad.coverage.outline import sector_middle
    from marsad.report.coverage_map import gain_ring
    from marsad.report.wording import Style

    wanted_s = plan.settings.coverage.warning_s
    after = CoverageNow(gain.after, wanted_s, holes(gain.after, wanted_s), ())
    asked = gain.after.asked
    ring = gain_ring(sector_middle(gain.seconds[0]), asked.threat.falls, asked.levels_m[0], Style(lang))
    _write_map(path, plan, after, ring, gain.added, lang)


def _write_map(
    path: Path,
    plan: "CoveragePlan",
    found: "CoverageNow",
    ring: "Ring | None",
    added: "Sequence[Sensor]",
    lang: Language,
) -> None:
    import json

    from marsad.coverage.holes import told
    from marsad.coverage.outline import geojson
    from marsad.report.coverage_map import coverage_svg, png_of
    from marsad.report.wording import Style, word
    from marsad.whole_file import write_whole

    sensors = [*plan.seeing, *added]
    if path.suffix.lower() == ".geojson":
        named = {hole: told(hole) for hole in found.holes}
        features = geojson(found, plan.frame, sensors, partial(word, tongue=lang), named)
        data = json.dumps(features, ensure_ascii=False).encode()
    else:
        ids = [sensor.sensor_id for sensor in added]
        svg = coverage_svg(found, plan.site, sensors, Style(lang), ring, ids)
        data = svg.encode() if path.suffix.lower() == ".svg" else png_of(svg)
    write_whole(path, data)
    say(lang, "coverage.written", path=str(path))
