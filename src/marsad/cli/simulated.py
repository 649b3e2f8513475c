"""Commands that show Marsad what did not just happen here: a simulated raid, a recording."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from marsad.cli.options import Lang, OutDir, language_of
from marsad.cli.terminal import OUT, progress_bar, teller, warm_up_kernels


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
    language = language_of(lang)
    chosen = load_scenario(scenario)
    warm_up_kernels()
    tell = teller(chosen.start_t_ns)
    if headless and speed in ("", "max"):
        with progress_bar() as progress:
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
    for written_in, path in sorted(summary["reports"].items()):
        OUT.print(f"report ({written_in}): {path}", highlight=False)
    OUT.print(f"summary: {out / 'summary.json'}   journal: {summary['journal']}", highlight=False)
    OUT.print(f"digest: {summary['digest']}", highlight=False)


def play(
    kind: Annotated[str, typer.Argument(help="opensky-csv, traffic-json or drone-csv.")],
    recording: Annotated[Path, typer.Argument(help="The recorded file.")],
    settings: Annotated[Path, typer.Argument(help="TOML file of the site that shall hear it.")],
    speed: Annotated[float, typer.Option(help="Times real time.")] = 10.0,
    port: Annotated[int, typer.Option(help="Port of the console.")] = 8080,
) -> None:
    """Run a site and play a real recording at it over real sockets, as its sensors would."""
    from marsad.station.playback import play_recording

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
