"""The command line: ``marsad COMMAND``; every command says what it did and where."""

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from marsad import __version__
from marsad.errors import MarsadError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Marsad (مرصد): air picture and early warning for a site. It observes, warns and records.",
)
OUT = Console(soft_wrap=True)
ERR = Console(stderr=True, soft_wrap=True)

Language = Literal["ar", "en"]
OutDir = Annotated[Path, typer.Option("--out", help="Where journal, register, reports and summary go.")]
Lang = Annotated[str, typer.Option("--lang", help="Language: ar or en.")]


def main() -> None:
    """Run the command line; a MarsadError is told in one piece and exits with 1."""
    try:
        app(standalone_mode=True)
    except MarsadError as error:
        ERR.print(f"[bold red]{type(error).__name__}[/] ", end="")
        ERR.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


@app.command()
def demo(
    scenario: Annotated[
        str, typer.Option(help="Name of a shipped scenario, or a TOML file.")
    ] = "ain-al-asad-2022-01-04",
    seed: Annotated[int, typer.Option(help="Another seed is another night.")] = 1,
    headless: Annotated[bool, typer.Option("--headless", help="No console, no sockets, then exit.")] = False,
    speed: Annotated[str, typer.Option(help="Times real time, or max (headless only).")] = "",
    out: OutDir = Path("demo-out"),
    lang: Lang = "en",
    port: Annotated[int, typer.Option(help="Port of the console.")] = 8080,
    stay: Annotated[bool, typer.Option("--stay/--exit", help="Keep the console up after the raid.")] = True,
) -> None:
    """Show the system doing its job: a simulated raid, warned of, recorded and reported."""
    from marsad.simulate import load_scenario
    from marsad.station import demo as demonstration

    began_s = time.perf_counter()
    language = _language(lang)
    chosen = load_scenario(scenario)
    _warm_up()
    tell = _teller(chosen.start_t_ns)
    if headless and speed in ("", "max"):
        with _progress() as progress:
            task = progress.add_task(chosen.file.name, total=1.0)
            summary = demonstration.run_at_once(
                chosen, seed, out, tell, language, lambda share: progress.update(task, completed=share)
            )
    else:
        from marsad.server import ServerSettings

        def ready(address: str) -> None:
            OUT.print(f"console: [bold]{address}[/]  ({time.perf_counter() - began_s:.1f} s after the start)")

        summary = asyncio.run(
            demonstration.run_live(
                chosen,
                seed,
                out,
                tell,
                language,
                speed=float(speed or 5),
                server=ServerSettings(port=port),
                ready=ready,
                stay=stay and not headless and sys.stdin.isatty(),
            )
        )
    for language_of, path in sorted(summary["reports"].items()):
        OUT.print(f"report ({language_of}): {path}", highlight=False)
    OUT.print(f"summary: {out / 'summary.json'}   journal: {summary['journal']}", highlight=False)
    OUT.print(f"digest: {summary['digest']}", highlight=False)


@app.command()
def run(
    settings: Annotated[Path, typer.Argument(help="The site's TOML file.")],
    data: Annotated[Path, typer.Option(help="Where journals and the register are kept.")] = Path("data"),
) -> None:
    """Run a site on its real feeds until stopped."""
    from marsad.station.run import run_site

    _warm_up()
    asyncio.run(run_site(settings, data, lambda line: OUT.print(line, highlight=False)))


@app.command()
def check(settings: Annotated[Path, typer.Argument(help="The site's TOML file.")]) -> None:
    """Check a settings file; every fault at once."""
    from marsad.station.run import read_settings

    parsed = read_settings(settings).site
    OUT.print(
        f"{settings}: good: site {parsed.site.id}, {len(parsed.site.zone)} zones, {len(parsed.feed)} feeds"
    )


@app.command()
def replay(
    journal: Annotated[Path, typer.Argument(help="A journal, NAME.mcap.")],
    digest: Annotated[bool, typer.Option("--digest", help="Print the digest alone.")] = False,
) -> None:
    """Fold a journal again, without carrying anything out."""
    from marsad.site.recorder import replay as replay_journal

    replayed = replay_journal(journal)
    for sentence in replayed.torn:
        ERR.print(sentence, highlight=False)
    if digest:
        OUT.print(replayed.fold.digest(), highlight=False)
        return
    OUT.print(f"{replayed.position.frames} frames, digest {replayed.fold.digest()}", highlight=False)
    for incident in replayed.incidents:
        OUT.print(f"incident {incident.incident_id}: {incident.outcome.value}, {incident.stopped} stopped")


@app.command()
def inspect(journal: Annotated[Path, typer.Argument(help="A journal, NAME.mcap.")]) -> None:
    """Say what a journal holds: frames by feed, times, what was refused and why."""
    from marsad.station.inspect import inspect_journal

    inspect_journal(journal, OUT)


@app.command()
def report(
    incident: Annotated[str, typer.Argument(help="The incident's identifier.")],
    lang: Lang = "en",
    output: Annotated[Path, typer.Option("-o", "--output", help="The PDF to write.")] = Path("report.pdf"),
    data: Annotated[Path, typer.Option(help="Directory of the journals and the register.")] = Path(
        "demo-out"
    ),
) -> None:
    """Write the report of an incident as PDF."""
    from marsad.station.run import report_from_record

    report_from_record(data, incident, _language(lang), output)
    OUT.print(str(output), highlight=False)


@app.command()
def play(
    kind: Annotated[str, typer.Argument(help="opensky-csv, traffic-json or drone-csv.")],
    recording: Annotated[Path, typer.Argument(help="The recorded file.")],
    settings: Annotated[Path, typer.Argument(help="TOML file of the site that shall hear it.")],
    speed: Annotated[float, typer.Option(help="Times real time.")] = 10.0,
    port: Annotated[int, typer.Option(help="Port of the console.")] = 8080,
) -> None:
    """Run a site and play a real recording at it over real sockets, as its sensors would."""
    from marsad.station.playback import play_recording

    _warm_up()
    played = asyncio.run(
        play_recording(
            kind,
            recording,
            settings,
            speed,
            port=port,
            ready=lambda address: OUT.print(f"console: {address}"),
        )
    )
    longest_s = max(played.held_s.values(), default=0.0)
    OUT.print(
        f"played {played.frames_sent} frames, {played.bytes_sent} bytes: {len(played.held_s)} tracks, "
        f"at most {played.tracks_most} at a time, longest {longest_s:.0f} s, "
        f"longest gap {played.gaps_s:.0f} s, "
        f"{played.alerts} alerts, {played.warnings} warnings",
        highlight=False,
    )


@app.command()
def password() -> None:
    """Make the hash of an operator's password for the settings file."""
    from marsad.server import hash_password

    OUT.print(
        hash_password(typer.prompt("password", hide_input=True, confirmation_prompt=True)), highlight=False
    )


@app.command()
def version() -> None:
    """Print the version."""
    OUT.print(__version__, highlight=False)


def _language(text: str) -> Language:
    if text not in ("ar", "en"):
        raise typer.BadParameter(f"{text!r}: allowed are ar and en")
    return "ar" if text == "ar" else "en"


def _warm_up() -> None:
    from marsad.tracking import warm_up

    began_s = time.perf_counter()
    with OUT.status("compiling kernels…") as status:
        warm_up(lambda kernel: status.update(f"compiling kernels: {kernel}"))
    OUT.print(f"kernels ready in {time.perf_counter() - began_s:.1f} s")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        console=ERR,
    )


def _teller(start_t_ns: int) -> Callable[[int, str], None]:
    def tell(t_ns: int, sentence: str) -> None:
        clock = datetime.fromtimestamp(t_ns * 1e-9, UTC).strftime("%H:%M:%S")
        OUT.print(f"{clock}Z +{(t_ns - start_t_ns) * 1e-9:5.0f} s  {sentence}", highlight=False, markup=False)

    return tell
