"""A console's application at the other end of a channel from a site, and servers of one in real processes."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from marsad.server import Gateway, ServerSettings
from marsad.server.app import app_of
from marsad.server.channel import FROM_SERVER_BYTES_MAX, FROM_SITE_BYTES_MAX, Channel
from marsad.server.encoded_site import EncodedSite
from marsad.server.kept_sessions import KeptSession, KeptSessions
from marsad.server.remote_site import RemoteSite
from marsad.server.sessions import Sessions
from marsad.server.site_end import SiteEnd


@asynccontextmanager
async def ends(
    gateway: Gateway, settings: ServerSettings, kept: KeptSessions | None = None
) -> AsyncIterator[tuple[SiteEnd, Channel]]:
    """The site's end of a channel, served, and the bare other end."""
    own, its = socket.socketpair()
    site = EncodedSite(gateway, settings)
    end = SiteEnd(site, await Channel.over(own, FROM_SERVER_BYTES_MAX), kept or KeptSessions())
    end.greet(settings, 1)
    serving = asyncio.create_task(end.run())
    channel = await Channel.over(its, FROM_SITE_BYTES_MAX)
    try:
        yield end, channel
    finally:
        channel.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def app_apart(
    gateway: Gateway, settings: ServerSettings, kept: KeptSessions | None = None
) -> AsyncIterator[tuple[FastAPI, RemoteSite]]:
    """The application as the process of the server makes it, in this process."""
    async with ends(gateway, settings, kept) as (_, channel):
        hello = await channel.receive()
        assert hello is not None
        greeting = hello.record()
        site = RemoteSite(channel, greeting["site"], greeting["starts"])
        given = ServerSettings.model_validate(greeting["settings"])
        sessions = Sessions(given, kept=[KeptSession(**one) for one in greeting["sessions"]])
        following = asyncio.create_task(site.follow())
        try:
            yield app_of(site, given, sessions), site
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
