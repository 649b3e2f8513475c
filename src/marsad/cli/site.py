"""Commands about a site of one's own: its settings, running it, its operators."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from marsad.cli.terminal import OUT, warm_up_kernels


def run(
    settings: Annotated[Path, typer.Argument(help="The site's TOML file.")],
    data: Annotated[Path, typer.Option(help="Where journals and the register are kept.")] = Path("data"),
) -> None:
    """Run a site on its real feeds until stopped."""
    from marsad.station.run import run_site

    warm_up_kernels()
    asyncio.run(run_site(settings, data, lambda line: OUT.print(line, highlight=False)))


def check(settings: Annotated[Path, typer.Argument(help="The site's TOML file.")]) -> None:
    """Check a settings file; every fault at once."""
    from marsad.station.settings_file import read_settings

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
