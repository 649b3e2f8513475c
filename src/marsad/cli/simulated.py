"""Commands that show Marsad what did not just happen here: a simulated raid, a recording."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from marsad.cli.options import Lang, OutDir, address_of, language_of, speed_of
from marsad.cli.terminal import progress_bar, settled


def demo(
    scenario: Annotated[
        str, typer.Option(help="Name of a shipped scenario, or a TOML file.")
    ] = "ain-al-asad-2022-01-04",
    seed: Annotated[int, typer.Option(help="Another seed is another night.", min=0)] = 1,
    headless: Annotated[bool, typer.Option("--headless", help="No console, no sockets, then exit.")] = False,
    speed: Annotated[str, typer.Option(help="Times real time, or max (headless only).")] = "",
    out: OutDir = Path("demo-out"),
    lang: Lang = "en",
    port: Annotated[int, typer.Option(help="Port of the console.", min=0, max=65535)] = 8080,
    stay: Annotated[
        bool | None,
        typer.Option(
            "--stay/--exit", help="Keep the console up after the raid; on a terminal it stays by default."
        ),
    ] = None,
) -> None:
    """Show the system doing its job: a simulated raid, warned of, recorded and reported."""
    pace = speed_of(speed or ("max" if headless else "5"), at_once_allowed=headless)
    terminal = settled(language_of(lang))
    from marsad.report.wording import word
    from marsad.server import ServerSettings
    from marsad.simulate import load_scenario
    from marsad.station import demo as demonstration
    from marsad.station.rig import until_interrupted

    chosen = load_scenario(scenario)
    terminal.start_t_ns = chosen.start_t_ns

    def concluded(summary: dict[str, Any]) -> None:
        for reason in demonstration.epilogue(summary, out, terminal.language):
            terminal.say(word(reason, terminal.language))

    if pace is None:
        with progress_bar(chosen.file.name) as moved:
            summary = demonstration.run_headless(chosen, seed, out, terminal, moved)
        if summary is not None:
            concluded(summary)
        return
    staying = sys.stdin.isatty() if stay is None else stay
    day = demonstration.run_live(
        chosen,
        seed,
        out,
        terminal,
        speed=pace,
        server=ServerSettings(port=port),
        stay=staying and not headless,
        concluded=concluded,
    )
    asyncio.run(until_interrupted(day))


def play(
    kind: Annotated[str, typer.Argument(help="opensky-csv, traffic-json or drone-csv.")],
    recording: Annotated[Path, typer.Argument(help="The recorded file.")],
    settings: Annotated[Path, typer.Argument(help="TOML file of the site that shall hear it.")],
    speed: Annotated[str, typer.Option(help="Times real time; 10 by default, and always 1 with --to.")] = "",
    port: Annotated[int, typer.Option(help="Port of the console.", min=0, max=65535)] = 8080,
    to: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Play it at a site that runs already, as if it happened now: where the site listens for the "
            "sensor, or where it dials its receiver.",
        ),
    ] = "",
    lang: Lang = "en",
) -> None:
    """Play a real recording at a site over real sockets, as its sensors would: its own, or one that runs."""
    pace = speed_of(speed or ("1" if to else "10"), at_once_allowed=False)
    if to and pace != 1:
        raise typer.BadParameter(f"--speed {speed}: a site that runs keeps real time; only 1 goes with --to")
    terminal = settled(language_of(lang))
    from marsad.station.playback import feed_site, play_recording
    from marsad.station.rig import until_interrupted

    if to:
        work = feed_site(kind, recording, settings, address_of(to), terminal)
    else:
        work = play_recording(kind, recording, settings, pace or 1.0, terminal, port=port)
    played = asyncio.run(until_interrupted(work))
    if played is not None:
        terminal.say(played.sentence())
