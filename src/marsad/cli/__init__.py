"""The command line: ``marsad COMMAND``; every command says what it did and where."""

import sys

import typer

from marsad import __version__
from marsad.cli import records, simulated, site
from marsad.cli.terminal import ERR, OUT
from marsad.errors import MarsadError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Marsad (مرصد): air picture and early warning for a site. It observes, warns and records.",
)


def version() -> None:
    """Print the version."""
    OUT.print(__version__, highlight=False)


for command in (
    simulated.demo,
    site.run,
    site.prepare,
    site.check,
    records.replay,
    records.inspect,
    records.report,
    simulated.play,
    site.password,
    version,
):
    app.command()(command)


def main() -> None:
    """Run the command line; a MarsadError is told in one piece and exits with 1."""
    try:
        app(standalone_mode=True)
    except MarsadError as error:
        ERR.print(f"[bold red]{type(error).__name__}[/] ", end="")
        ERR.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
