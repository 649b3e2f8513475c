"""A crowd at a feed's port: how many descriptors it gets, and whether the honest are served meanwhile."""

import asyncio
import os
import socket

from marsad.links.limits import Limits
from marsad.links.tcp import TcpListener
from marsad.model.frame import FrameKind

from .test_tcp import Inbox

CROWD = 400
STRANGERS_MAX = 32
SPARE = 8  # the one being taken in, who gave way for it, what the loop itself opens


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def dialled(port: int, address: str) -> socket.socket:
    one = socket.socket()
    one.bind((address, 0))
    one.setblocking(False)
    one.connect_ex(("127.0.0.1", port))
    return one


async def test_a_silent_crowd_has_no_more_descriptors_than_places_and_the_honest_are_heard() -> None:
    inbox = Inbox()
    listener = TcpListener(
        "127.0.0.1", 0, inbox.deliver, limits=Limits(strangers_max=STRANGERS_MAX, per_address_max=8)
    )
    port = await listener.start()
    crowd = [dialled(port, f"127.0.0.{2 + index % 40}") for index in range(CROWD)]
    honest = dialled(port, "127.0.0.1")
    honest.send(b"here")
    crowd += [dialled(port, f"127.0.0.{2 + index % 40}") for index in range(CROWD)]
    before, most = descriptors(), 0

    async def all_taken_in() -> None:
        nonlocal most
        while listener.counters["gave-way"] < 2 * CROWD - STRANGERS_MAX:
            most = max(most, descriptors() - before)
            await asyncio.sleep(0)

    try:
        async with asyncio.timeout(30):
            await all_taken_in()
            await inbox.until(FrameKind.DATA)
        assert STRANGERS_MAX - SPARE <= most <= STRANGERS_MAX + SPARE
        assert (FrameKind.DATA, b"here") in [(kind, data) for _, kind, data in inbox.items]
    finally:
        for one in [*crowd, honest]:
            one.close()
        await listener.stop()


async def test_where_whoever_dials_is_known_one_too_many_is_reset_at_once() -> None:
    listener = TcpListener("127.0.0.1", 0, Inbox().deliver, 4)
    port = await listener.start()
    crowd = [dialled(port, "127.0.0.2") for _ in range(60)]
    before, most = descriptors(), 0
    async with asyncio.timeout(30):
        while listener.counters["refused-too-many"] < 56:
            most = max(most, descriptors() - before)
            await asyncio.sleep(0)
    assert most <= 4 + SPARE
    for one in crowd:
        one.close()
    await listener.stop()
