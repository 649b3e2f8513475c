"""Commands of a running site: running it, its operators."""

import asyncio

import typer

from marsad.cli.options import DATA, DataDir, SettingsArgument
from marsad.cli.terminal import OUT, warm_up_kernels


def run(
    settings: SettingsArgument,
    data: DataDir = DATA,
) -> None:
    """Run a site on its real feeds until stopped."""
    from marsad.station.run import run_site
    from marsad.station.settings_file import read_settings

    read_settings(settings)  # before anything is compiled
    warm_up_kernels()
    asyncio.run(run_site(settings, data, lambda line: OUT.print(line, highlight=False)))


def password() -> None:
    """Make the hash of an operator's password for the settings file."""
    from marsad.server import hash_password

    OUT.print(
        hash_password(typer.prompt("password", hide_input=True, confirmation_prompt=True)), highlight=False
    )
