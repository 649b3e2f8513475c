"""The hub without sockets: a slow client skips, the site's end is survived."""

import asyncio
import json
from typing import Any

from marsad.server.encoded_site import EncodedSite
from marsad.server.hub import Ending, PictureHub
from marsad.server.settings import ServerSettings
from marsad.server.wire_site import Shown


def hub_of(gateway: Any, settings: ServerSettings) -> PictureHub:
    return PictureHub(EncodedSite(gateway, settings), settings)


def shown(gateway: Any, second: int = 0) -> Shown:
    site = EncodedSite(gateway, ServerSettings())
    return Shown(site.encoded(gateway.picture_at(gateway.started_ns + second * 10**9)), 0.0)


async def test_a_slow_client_skips_to_the_newest_picture(gateway: Any) -> None:
    hub = hub_of(gateway, ServerSettings(heartbeat_s=0.05))
    first, gate = asyncio.Event(), asyncio.Event()
    got: list[Any] = []

    async def send(text: str) -> None:
        got.append(json.loads(text))
        first.set()
        await gate.wait()

    hub.publish(shown(gateway))
    feeding = asyncio.create_task(hub.feed(send, asyncio.Event(), lambda: len(got) < 2))
    await first.wait()
    for second in range(1, 6):
        hub.publish(shown(gateway, second))
    gate.set()
    assert await feeding is Ending.SIGNED_OUT
    assert [message["sequence"] for message in got] == [1, 6]
    assert got[1]["from_sequence"] == 1
    assert hub.counts.pictures_skipped == 4


async def test_two_clients_at_the_same_place_share_one_encoding(gateway: Any) -> None:
    hub = hub_of(gateway, ServerSettings())
    hub.publish(shown(gateway))
    old = hub.newest
    hub.publish(shown(gateway, 1))
    assert old is not None and hub.newest is not None
    assert hub.message(old, hub.newest) is hub.message(old, hub.newest)
    for _ in range(40):
        hub.publish(shown(gateway))
        hub.message(None, hub.newest)
    assert len(hub._messages) <= 16


async def test_a_client_that_takes_nothing_is_dropped(gateway: Any) -> None:
    hub = hub_of(gateway, ServerSettings(send_timeout_s=0.01))

    async def send(_: str) -> None:
        await asyncio.Event().wait()

    hub.publish(shown(gateway))
    assert await hub.feed(send, asyncio.Event(), lambda: True) is Ending.NOT_READING
    assert hub.counts.clients_dropped == 1
