"""Commands that show Marsad what did not just happen here: a simulated raid, a recording."""

import asyncio
import sys
import time
from math import inf
from pathlib import Path
from typing import Annotated

import typer

from marsad.cli.options import (
    Kind,
    Lang,
    OutDir,
    Port,
    SettingsArgument,
    finite_speed_of,
    speed_of,
    whole_number,
)
from marsad.cli.terminal import OUT, progress_bar, teller, warm_up_kernels


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
        OUT.print(f"{name:24} {load_scenario(name).file.title_en}", highlight=False)
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
    stay: Annotated[bool, typer.Option("--stay/--exit", help="Keep the console up after the raid.")] = True,
    listed: Annotated[
        bool, typer.Option("--list", is_eager=True, callback=list_scenarios, help="List the scenarios.")
    ] = False,
) -> None:
    """Show the system doing its job: a simulated raid, warned of, recorded and reported."""
    from marsad.simulate import load_scenario
    from marsad.station import demo as demonstration

    began_s = time.perf_counter()
    if speed == inf and not headless:
        raise typer.BadParameter("max needs --headless", param_hint="'--speed'")
    chosen = load_scenario(scenario)
    warm_up_kernels()
    tell = teller(chosen.start_t_ns)
    if headless and speed in (None, inf):
        with progress_bar() as progress:
            task = progress.add_task(chosen.file.name, total=1.0)
            summary = demonstration.run_at_once(
                chosen, seed, out, tell, lang, lambda share: progress.update(task, completed=share)
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
                lang,
                speed=speed or 5.0,
                server=ServerSettings(port=port),
                ready=ready,
                stay=stay and not headless and sys.stdin.isatty(),
            )
        )
    for written_in, path in sorted(summary["reports"].items()):
        OUT.print(f"report ({written_in}): {path}", highlight=False)
    OUT.print(f"summary: {out / 'summary.json'}   journal: {summary['journal']}", highlight=False)
    OUT.print(f"digest: {summary['digest']}", highlight=False)


def play(
    kind: Kind,
    recording: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The recorded file.")
    ],
    settings: SettingsArgument,
    speed: Annotated[
        float, typer.Option(parser=finite_speed_of, metavar="TIMES", help="Times real time.")
    ] = 10.0,
    port: Port = 8080,
) -> None:
    """Run a site and play a real recording at it over real sockets, as its sensors would."""
    from marsad.station.playback import Recording, open_recording, play_recording
    from marsad.station.settings_file import read_settings

    Recording(open_recording(kind, recording, read_settings(settings).site))  # before anything is compiled
    warm_up_kernels()
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
