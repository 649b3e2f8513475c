"""The command line: ``marsad COMMAND``; every command says what it did and where."""

import io
import os
import sys
from typing import Annotated

import typer

from marsad import __version__
from marsad.cli import coverage, drill, evaluation, records, settings, simulated, site, studies, token
from marsad.cli.terminal import ERR, OUT
from marsad.errors import MarsadError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with: `marsad demo`, then `marsad new site.toml`",
    help="Marsad (مرصد): air picture and early warning for a site. It observes, warns and records.",
)


def version() -> None:
    """Print the version."""
    OUT.print(__version__, highlight=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    pass


for command, example in (
    (simulated.demo, "marsad demo --scenario embassy-quadcopter --lang ar"),
    (site.run, "marsad run site.toml --data data"),
    (site.prepare, "marsad prepare"),
    (drill.drill, "marsad drill site.toml"),
    (site.watch_heartbeat, "marsad watch-heartbeat --listen 192.0.2.7:5030 --key-file key"),
    (
        settings.new,
        "marsad new site.toml --name Dam --zone Gate,33.299,44.399,120",
    ),
    (settings.check, "marsad check site.toml"),
    (settings.schema, "marsad schema > site.schema.json"),
    (records.replay, "marsad replay data/example-20220104T024000Z.mcap --digest"),
    (records.verify, "marsad verify data/example-20220104T024000Z.mcap"),
    (records.inspect, "marsad inspect data/example-20220104T024000Z.mcap"),
    (records.report, "marsad report INCIDENT --lang ar -o report.pdf --data data"),
    (records.delays, "marsad delays --data data"),
    (coverage.coverage, "marsad coverage site.toml -o coverage.png --height 30"),
    (records.security, "marsad security data/example-20220104T024000Z.mcap"),
    (evaluation.evaluate, "marsad evaluate demo-out/journal.mcap --html evaluation.html"),
    (simulated.play, "marsad play opensky-csv recording.csv.gz site.toml --speed 20"),
    (studies.study, "marsad study --raids 200 --seed 7 -o study-7"),
    (site.password, "marsad password"),
    (version, "marsad version"),
):
    app.command(epilog=f"Example: `{example}`")(command)
app.add_typer(token.app, name="token")


def main() -> None:
    """Run the command line; a MarsadError is told in one piece and exits with 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what an encoding lacks is shown by its number
            stream.reconfigure(errors="backslashreplace")
    _refuse_other_encodings()
    try:
        _run()
    finally:
        _finish_output()


def _finish_output() -> None:
    """Write out what waits; drop what cannot be written, on which Python would end with words of its own."""
    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _refuse_other_encodings() -> None:
    for number, argument in enumerate(sys.argv[1:], 1):
        if any("\ud800" <= letter <= "\udfff" for letter in argument):
            shown = argument.encode("utf-8", "backslashreplace").decode()
            ERR.print(
                f"Error: argument {number} is not UTF-8: {shown}; write it in UTF-8",
                markup=False,
                highlight=False,
            )
            sys.exit(2)


def _run() -> None:
    try:
        app(standalone_mode=True)
    except MarsadError as error:
        ERR.print("[bold red]Error:[/] ", end="")
        ERR.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:  # who reads has seen enough
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:  # a disk, a folder or a device that refuses, wherever it is met
        what = f"{error.filename}: " if error.filename else ""
        ERR.print("[bold red]Error:[/] the system refuses: ", end="")
        ERR.print(f"{what}{error.strerror or error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
