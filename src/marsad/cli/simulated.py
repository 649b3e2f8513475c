"""Commands that show Marsad what did not just happen here: a simulated raid, a recording."""

import asyncio
import sys
from math import inf
from pathlib import Path
from typing import Annotated

import typer

from marsad.cli.options import (
    Endpoint,
    Kind,
    Lang,
    OutDir,
    Port,
    SettingsArgument,
    SitePort,
    endpoint_of,
    finite_speed_of,
    speed_of,
    whole_number,
)
from marsad.cli.terminal import OUT, command, progress_bar, settled


def scenario_names() -> list[str]:
    """The shipped scenarios, for completion."""
    from marsad.simulate import scenario_names as shipped

    return list(shipped())


def list_scenarios(wanted: bool) -> None:
    """Print the shipped scenarios with their titles, and exit."""
    if not wanted:
        return
    from marsad.simulate import load_scenario

    for name in scenario_names():
        OUT.print(f"{name:28} {load_scenario(name).file.title_en}", highlight=False)
    raise typer.Exit


def demo(
    scenario: Annotated[
        str,
        typer.Option(autocompletion=scenario_names, help="Name of a shipped scenario, or a TOML file."),
    ] = "ain-al-asad-2022-01-04",
    seed: Annotated[
        int,
        typer.Option(
            parser=whole_number(0, 2**63 - 1), metavar="SEED", help="Another seed is another night."
        ),
    ] = 1,
    headless: Annotated[bool, typer.Option("--headless", help="No console, no sockets, then exit.")] = False,
    speed: Annotated[
        float | None,
        typer.Option(
            parser=speed_of,
            metavar="TIMES|max",
            help="Times real time, default 5; max needs --headless and is its default.",
        ),
    ] = None,
    out: OutDir = Path("demo-out"),
    lang: Lang = "en",
    port: Port = 8080,
    stay: Annotated[
        bool | None,
        typer.Option(
            "--stay/--exit", help="Keep the console up after the raid; on a terminal it stays by default."
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", is_eager=True, callback=list_scenarios, help="List the scenarios.")
    ] = False,
) -> None:
    """Show the system doing its job: a simulated raid, warned of, recorded and reported."""
    if speed == inf and not headless:
        raise typer.BadParameter("max needs --headless", param_hint="'--speed'")
    terminal = settled(lang)
    from marsad.server import ServerSettings
    from marsad.simulate.scenario import load_scenario
    from marsad.station.demonstration import Demonstration

    chosen = load_scenario(scenario)
    terminal.start_t_ns = chosen.start_t_ns
    shown = Demonstration(chosen, seed, out, terminal, command)
    if headless and speed in (None, inf):
        with progress_bar(chosen.file.name) as moved:
            shown.at_once(moved)
    else:
        staying = sys.stdin.isatty() if stay is None else stay
        shown.live(speed or 5.0, ServerSettings(port=port), stay=staying and not headless)


def play(
    kind: Kind,
    recording: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The recorded file.")
    ],
    settings: SettingsArgument,
    speed: Annotated[
        float | None,
        typer.Option(
            parser=finite_speed_of,
            metavar="TIMES",
            help="Times real time, default 10; a site that runs keeps real time, so only 1 goes with --to.",
        ),
    ] = None,
    port: SitePort = None,
    to: Annotated[
        Endpoint | None,
        typer.Option(
            parser=endpoint_of,
            metavar="HOST:PORT",
            help="Play it at a site that runs already, as if it happened now: where the site listens for the "
            "sensor, or where it dials its receiver.",
        ),
    ] = None,
    lang: Lang = "en",
) -> None:
    """Play a real recording at a site over real sockets, as its sensors would: its own, or one that runs."""
    if to is not None and speed not in (None, 1.0):
        raise typer.BadParameter("with --to only 1: a site that runs keeps real time", param_hint="'--speed'")
    terminal = settled(lang)
    from marsad.station.playback import feed_site, play_recording
    from marsad.station.rig import until_interrupted
    from marsad.station.terminal import say_reason

    if to is not None:
        work = feed_site(kind, recording, settings, (to.host, to.port), terminal)
    else:
        work = play_recording(kind, recording, settings, speed or 10.0, terminal, port=port)
    played = asyncio.run(until_interrupted(work))
    if played is not None:
        say_reason(terminal, played.reason())
