"""Commands about a site of one's own: its settings, running it, its operators."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from marsad.cli.options import Lang, language_of
from marsad.cli.terminal import OUT, settled


def run(
    settings: Annotated[Path, typer.Argument(help="The site's TOML file.")],
    data: Annotated[Path, typer.Option(help="Where journals and the register are kept.")] = Path("data"),
    lang: Lang = "en",
) -> None:
    """Run a site on its real feeds until stopped."""
    language = language_of(lang)
    terminal = settled(language)
    from marsad.station.rig import until_interrupted
    from marsad.station.run import run_site

    asyncio.run(until_interrupted(run_site(settings, data, terminal)))


def prepare(
    dimensions: Annotated[
        list[int] | None, typer.Option(help="For pictures of 2 or 3 dimensions; sites have 3.", min=2, max=3)
    ] = None,
) -> None:
    """Compile the engine, so that no later command has to wait for it.

    It takes half a minute or a few, and only for what has changed since the last time.
    """
    terminal = settled("en")
    from marsad.station.preparation import prepare as prepare_engine
    from marsad.station.rig import until_interrupted

    began_s = time.perf_counter()
    wanted = sorted(set(dimensions or [3]))
    work = prepare_engine(wanted, terminal.prepared_so_far, terminal.say, load=False)
    compiled = asyncio.run(until_interrupted(work))
    terminal.close()
    if compiled is None:
        raise typer.Exit(130)
    took_s = time.perf_counter() - began_s
    terminal.say(f"the engine is ready: {compiled} kernels compiled in {took_s:.1f} s")


def check(settings: Annotated[Path, typer.Argument(help="The site's TOML file.")]) -> None:
    """Check a settings file; every fault at once."""
    from marsad.station.run import read_settings

    parsed = read_settings(settings).site
    OUT.print(
        f"{settings}: good: site {parsed.site.id}, {len(parsed.site.zone)} zones, {len(parsed.feed)} feeds"
    )


def password() -> None:
    """Make the hash of an operator's password for the settings file."""
    from marsad.server import hash_password

    OUT.print(
        hash_password(typer.prompt("password", hide_input=True, confirmation_prompt=True)), highlight=False
    )
