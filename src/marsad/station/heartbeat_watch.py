"""The watch over a site's heartbeats, on a second machine: it says loudly that they have stopped."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from marsad.errors import MarsadError
from marsad.links.address import Address, address_from
from marsad.links.heartbeat import key_from
from marsad.links.heartbeat_watch import Pulse, Watched, hear_datagrams, look_at_file
from marsad.station.terminal import Terminal, say

__all__ = ["HeartbeatStoppedError", "Watched", "address_from", "watch_heartbeat"]
_TURN_S = 0.1
_AGAIN_S = 10.0


class HeartbeatStoppedError(MarsadError):
    """The beats have stopped, and whoever watched them wants the watch to end with them."""


async def watch_heartbeat(
    terminal: Terminal,
    source: Address | Path,
    watched: Watched,
    key_file: Path | None = None,
    *,
    ends: bool = False,
    bell: Callable[[], None] = lambda: None,
) -> None:
    """Watch until cancelled, or, where it `ends`, until the beats have stopped.

    source   the address where datagrams come in, or the file that the site writes
    bell     rung when they have stopped, and again while that lasts

    Raises LinkError where nothing can be heard; HeartbeatStoppedError where it ends.
    """
    key = await asyncio.to_thread(key_from, key_file)
    pulse = Pulse(watched, key, time.monotonic())

    def take(data: bytes) -> None:
        why = pulse.take(data, time.monotonic(), time.time())
        if why and pulse.refused[why] == 1:
            say(terminal, f"heartbeat.refused.{why}", clock_s=watched.clock_s)

    async with contextlib.AsyncExitStack() as stack:
        if isinstance(source, Path):
            looking = asyncio.create_task(look_at_file(source, take))
            stack.callback(looking.cancel)
        else:
            transport = await hear_datagrams(*source, take)
            stack.callback(transport.close)
        say(terminal, "heartbeat.waits", place=_place(source), silent_s=watched.silent_s)
        await _follow(terminal, pulse, ends=ends, bell=bell)


async def _follow(terminal: Terminal, pulse: Pulse, *, ends: bool, bell: Callable[[], None]) -> None:
    told, shouted_s = "waits", 0.0
    while True:
        await asyncio.sleep(_TURN_S)
        now_s = time.monotonic()
        trouble = pulse.trouble(now_s)
        state = trouble or ("waits" if pulse.beat is None else pulse.beat.state)
        again = bool(trouble) and now_s - shouted_s >= _AGAIN_S
        if state == told and not again:
            continue
        told = state
        _tell(terminal, pulse, state, now_s)
        if trouble:
            shouted_s = now_s
            bell()
            if ends:
                raise HeartbeatStoppedError("the heartbeat has stopped")


def _tell(terminal: Terminal, pulse: Pulse, state: str, now_s: float) -> None:
    beat = pulse.beat
    site = "–" if beat is None else beat.site
    age_s = 0.0 if beat is None else beat.picture_age_s
    faults = "" if beat is None else ", ".join(beat.faults)
    silent = "heartbeat.never" if beat is None and state == "silent" else f"heartbeat.{state}"
    say(terminal, silent, site=site, silent_s=pulse.silent_s(now_s), age_s=age_s, faults=faults)


def _place(source: Address | Path) -> str:
    return str(source) if isinstance(source, Path) else f"{source[0]}:{source[1]}"
