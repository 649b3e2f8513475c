"""The process of the console's server: ``python -m marsad.server.process CHANNEL LISTENING``.

Both are sockets that it inherits. A site starts it, tells it over the channel what to serve, and starts
another when it ends. It ends when the site does, however that ends: then nothing is left that holds the port.
"""

import asyncio
import contextlib
import ctypes
import dataclasses
import logging
import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from marsad.errors import ConfigError
from marsad.server.app import adopt, app_of
from marsad.server.channel import FROM_SITE_BYTES_MAX, Channel, Kind
from marsad.server.kept_sessions import KeptSession, kept_from_record
from marsad.server.remote_site import RemoteSite
from marsad.server.run import Server, serving
from marsad.server.sessions import Sessions
from marsad.server.settings import Operator, ServerSettings

_END_S = 1.0  # what is still open when the site is gone is cut off after that
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class SiteKeeper:
    """Has the site keep the sessions."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def keep(self, session: KeptSession) -> None:
        """One was opened."""
        self._channel.tell(Kind.KEEP, dataclasses.asdict(session))

    def forget(self, digest: str) -> None:
        """One was closed."""
        self._channel.tell(Kind.FORGET, digest)


async def serve(channel_end: socket.socket, listening: socket.socket) -> None:
    """Serve the console of the site at the other end of the channel until that ends."""
    channel = await Channel.over(channel_end, FROM_SITE_BYTES_MAX)
    hello = await channel.receive()
    if hello is None:
        return
    greeting = hello.record()
    site = RemoteSite(channel, greeting["site"], greeting["starts"])
    try:
        server = _server(site, greeting, channel)
    except ConfigError as error:
        faults = [dataclasses.asdict(fault) for fault in error.faults]
        channel.tell(Kind.UNABLE, {"file": error.file, "faults": faults})
        while await channel.receive() is not None:  # until the site has heard it
            pass
        return
    await _until_the_site_ends(server, site, channel, listening)


def _server(site: RemoteSite, greeting: dict[str, Any], channel: Channel) -> Server:
    settings = ServerSettings.model_validate(greeting["settings"])
    kept = [kept_from_record(record) for record in greeting["sessions"]]
    sessions = Sessions(settings, keeper=SiteKeeper(channel), kept=kept)
    app = app_of(site, settings, sessions)
    site.accounts = partial(_adopt, app)
    server = serving(app, settings)
    server.tell_security = site.note
    return server


def _adopt(app: FastAPI, operators: list[dict[str, Any]]) -> None:
    """What the site refuses to serve never comes here; if it does, those who may sign in stay the same."""
    try:
        adopt(app, [Operator.model_validate(one) for one in operators])
    except (ConfigError, ValueError) as error:
        logging.getLogger(__name__).error("other accounts are not taken: %s", error)


async def _until_the_site_ends(
    server: Server, site: RemoteSite, channel: Channel, listening: socket.socket
) -> None:
    server.listening = lambda: channel.send(Kind.SERVING)
    running = asyncio.create_task(server.serve([listening]))
    following = asyncio.create_task(site.follow())
    await asyncio.wait((running, following), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    if following.done() and following.exception() is None:  # in good order: what is open is finished
        following = asyncio.create_task(site.follow())
        await asyncio.wait((running, following), return_when=asyncio.FIRST_COMPLETED)
    site.give_up()
    await asyncio.wait((running,), timeout=_END_S)
    for task in (running, following):
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            logging.getLogger(__name__).error("the console's server ends: %s", error)


def _end_with_site() -> None:
    """Have the system end this process with the one that started it, even if this one is stuck."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _end_before_site() -> None:
    """Where memory runs out, have the system end this process, which is started again, and not the site."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")


def main() -> None:
    """Run until the site ends: signals of a terminal or a service manager are for the site."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _end_with_site()
    _end_before_site()
    channel_end, listening = (socket.socket(fileno=int(argument)) for argument in sys.argv[1:3])
    asyncio.run(_serve_and_exit(channel_end, listening))


async def _serve_and_exit(channel_end: socket.socket, listening: socket.socket) -> None:
    """Exit at once: nothing here has to be put in order, and a thread may still be setting a page."""
    status = 0
    try:
        await serve(channel_end, listening)
    except Exception:
        logging.getLogger(__name__).exception("the console's server failed")
        status = 1
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
