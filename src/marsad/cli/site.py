"""Commands of a running site: running it, its engine, its operators."""

import asyncio
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from marsad.cli.options import DATA, Lang, RecordDir, SettingsArgument, SitePort
from marsad.cli.terminal import OUT, settled


def run(
    settings: SettingsArgument,
    data: RecordDir = DATA,
    port: SitePort = None,
    lang: Lang = "en",
) -> None:
    """Run a site on its real feeds until stopped."""
    terminal = settled(lang)
    from marsad.station.rig import pass_over_hang_ups, until_interrupted

    pass_over_hang_ups()
    from marsad.station.run import run_site

    asyncio.run(until_interrupted(run_site(settings, data, terminal, port)))


def prepare(
    dimensions: Annotated[
        list[int] | None, typer.Option(help="For pictures of 2 or 3 dimensions; sites have 3.", min=2, max=3)
    ] = None,
    lang: Lang = "en",
) -> None:
    """Compile the engine, so that no later command has to wait for it.

    Only what has changed since the last time is compiled.
    """
    terminal = settled(lang)
    from marsad.station.preparation import prepare as prepare_engine
    from marsad.station.rig import until_interrupted
    from marsad.station.terminal import prepared, say, say_reason

    began_s = time.perf_counter()
    wanted = sorted(set(dimensions or [3]))
    work = prepare_engine(wanted, terminal.prepared_so_far, partial(say_reason, terminal), load=False)
    compiled = asyncio.run(until_interrupted(work))
    terminal.close()
    if compiled is None:
        raise typer.Exit(130)
    if compiled:
        prepared(terminal, compiled, time.perf_counter() - began_s)
    else:
        say(terminal, "station.nothing-to-prepare")


def password() -> None:
    """Make the hash of an operator's password for the settings file; asks for it, or reads one line."""
    from marsad.server import hash_password

    if sys.stdin.isatty():
        text = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    else:
        text = sys.stdin.readline().rstrip("\r\n")
        if not text:
            raise typer.BadParameter("nobody can be asked here and no line came in: give the password on one")
    try:
        OUT.print(hash_password(text), highlight=False)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def watch_heartbeat(
    listen: Annotated[
        str, typer.Option(help="IP address and port where the site's beats come in.", metavar="HOST:PORT")
    ] = "127.0.0.1:5030",
    file: Annotated[
        Path | None, typer.Option(help="Watch the file that the site writes, in place of datagrams.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the secret of the site's setting heartbeat.key_file.")
    ] = None,
    site: Annotated[
        str,
        typer.Option(
            help="Identifier of the site, that which is heard first unless given; others do not count."
        ),
    ] = "",
    silent: Annotated[
        float, typer.Option(help="Seconds without a beat until it has stopped.", min=1.5, max=3600)
    ] = 5.0,
    age: Annotated[
        float, typer.Option(help="Seconds that the site's picture may be behind.", min=0.5, max=3600)
    ] = 5.0,
    clock: Annotated[
        float, typer.Option(help="Seconds that the clocks of the two machines may differ.", min=1)
    ] = 30.0,
    end: Annotated[bool, typer.Option("--exit", help="End with exit code 1 when the beat stops.")] = False,
    lang: Lang = "en",
) -> None:
    """Watch on a second machine that a site works; say so loudly, with a bell, when it stops."""
    from marsad.cli.terminal import Terminal
    from marsad.model.peer import is_loopback
    from marsad.station.heartbeat_watch import Watched, address_from
    from marsad.station.heartbeat_watch import watch_heartbeat as watch
    from marsad.station.rig import until_interrupted

    try:
        source: Path | tuple[str, int] = file or address_from(listen)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--listen") from None
    if isinstance(source, tuple) and key_file is None and not is_loopback(source[0]):
        why = f"{listen} can be reached by others, and any of them could sign for a site that is dead"
        raise typer.BadParameter(f"{why}: give --key-file, or listen on 127.0.0.1", param_hint="--listen")
    watched = Watched(silent, age, clock, site)
    work = watch(Terminal(lang), source, watched, key_file, ends=end, bell=lambda: OUT.bell())
    asyncio.run(until_interrupted(work))
