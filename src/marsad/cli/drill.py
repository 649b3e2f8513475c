"""The drill of the outputs: a test over each that is marked for drills, and a table of what came of it."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from marsad.cli.options import Lang, Language, SettingsArgument, SitePort
from marsad.cli.terminal import OUT, say

if TYPE_CHECKING:
    from rich.table import Table

    from marsad.station.drill_call import Door

_STEPS = ("sent", "accepted", "actuated", "confirmed")
_SAID = ("sent", "not_sent", "accepted", "actuated", "confirmed", "too_late")


def drill(
    settings: SettingsArgument,
    output: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this output; may be given again. Default: all for drills."),
    ] = None,
    port: SitePort = None,
    url: Annotated[
        str, typer.Option(help="Address of the console, in place of that of the settings.", metavar="URL")
    ] = "",
    name: Annotated[str, typer.Option(help="Who signs in, where the console asks for that.")] = "",
    password_file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="File with that person's password; else it is asked."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the drill as JSON, and nothing else.")
    ] = False,
    lang: Lang = "en",
) -> None:
    """Try the outputs of a running site: a marked test over each, and the table of what came of it.

    Exit status 0: every output that was tried works; 1: one does not, or nothing could be tried.
    """
    from marsad.station.drill_call import drill as hold

    door = _door(settings, port, url, name, password_file)
    progress = _Progress(lang, quiet=as_json)
    held = asyncio.run(hold(door, tuple(output or ()), progress.tell))
    if as_json:
        OUT.print(json.dumps(held, ensure_ascii=False, indent=2), highlight=False, markup=False)
    else:
        OUT.print(table_of(held, lang))
        _conclude(held, lang)
    if any(row["verdict"] == "failed" for row in held["rows"]):
        raise typer.Exit(1)


def _door(settings: Path, port: int | None, url: str, name: str, password_file: Path | None) -> "Door":
    """Where the site is, and who asks. Raises typer.BadParameter, LinkError."""
    from marsad.station.drill_call import Door, url_of
    from marsad.station.settings_file import read_settings

    server = read_settings(settings).server
    if server.operators and not name:
        names = ", ".join(one.name for one in server.operators)
        raise typer.BadParameter(f"this console asks who one is: give one of {names}", param_hint="--name")
    password = ""
    if name and password_file is not None:
        password = password_file.read_text("utf-8").splitlines()[0] if password_file.stat().st_size else ""
    elif name:
        password = typer.prompt("password", hide_input=True)
    authority = "" if server.tls_certificate is None else str(server.tls_certificate)
    return Door(url.rstrip("/") or url_of(server, port), name, password, authority)


class _Progress:
    """What is told while a drill goes on: each step of each output once."""

    def __init__(self, language: Language, *, quiet: bool) -> None:
        self._language: Language = language
        self._quiet = quiet
        self._told: set[tuple[str, str]] = set()

    def tell(self, held: dict[str, Any]) -> None:
        """Take the drill as it stands."""
        fresh = [
            (at_ms, row["output_id"], step)
            for row in held["rows"]
            if row["delivery"] is not None
            for step, at_ms in row["delivery"]["reached_t_ms"].items()
            if step in _SAID and (row["output_id"], step) not in self._told
        ]
        for at_ms, output_id, step in sorted(fresh):
            self._told.add((output_id, step))
            if not self._quiet:
                after_s = max(at_ms - held["begun_t_ms"], 0) / 1000
                say(self._language, f"drill.step.{step}", output=output_id, after_s=after_s)


def table_of(held: dict[str, Any], language: Language) -> "Table":
    """A drill as a table: a row for each output, with seconds from the drill's begin to each step."""
    from rich.table import Table

    from marsad.report.wording import filled

    def words(code: str, **arguments: float | str) -> str:
        return filled(f"drill.{code}", language, arguments)

    table = Table(caption=words("caption"), caption_justify="left")
    for code in ("output", "standard", "verdict"):
        table.add_column(words(f"column.{code}"), no_wrap=True)
    for step in _STEPS:
        table.add_column(words(f"column.{step}"), justify="right", no_wrap=True)
    for row in held["rows"]:
        delivery = row["delivery"]
        if delivery is None:
            cells = [words("not-tried"), *("" for _ in _STEPS)]
        else:
            times = (delivery["reached_t_ms"].get(step) for step in _STEPS)
            spans = (None if t_ms is None else max(t_ms - held["begun_t_ms"], 0) / 1000 for t_ms in times)
            cells = [words(row["verdict"]), *("–" if s is None else f"{s:.2f}" for s in spans)]
        table.add_row(row["output_id"], row["standard"], *cells)
    return table


def _conclude(held: dict[str, Any], language: Language) -> None:
    from marsad.report.wording import filled

    tried = [row for row in held["rows"] if row["delivery"] is not None]
    failed = [row["output_id"] for row in tried if row["verdict"] == "failed"]
    for row in tried:
        delivery = row["delivery"]
        if row["verdict"] == "failed" and delivery["detail"]:
            say(language, "drill.why", output=row["output_id"], detail=delivery["detail"])
        if delivery["confirmed_by"]:
            names = ", ".join(delivery["confirmed_by"])
            say(language, "drill.confirmed-by", output=row["output_id"], names=names)
        if delivery["said_to_be"]:
            somebody = filled("drill.somebody", language, {})
            names = ", ".join(name or somebody for name in delivery["said_to_be"])
            say(language, "drill.said-to-be", output=row["output_id"], names=names)
    left = [row["output_id"] for row in held["rows"] if not row["for_drills"]]
    if left:
        say(language, "drill.left-out", outputs=", ".join(left))
    if failed:
        say(language, "drill.has-failed", outputs=", ".join(failed))
    else:
        say(language, "drill.has-passed", output_count=float(len(tried)))
