"""Heartbeats of a site as another machine hears them: whether they may be believed, and that they stopped."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from marsad.errors import LinkError
from marsad.model.heartbeat import Beat, NoBeat

_LOOK_S = 0.25  # so often a file is looked at


@dataclass(frozen=True, slots=True)
class Watched:
    """What is expected of the beats.

    silent_s   without a beat for so long, or for as long as the beat itself says, they have stopped
    age_s      a picture older than this is as bad as none
    clock_s    how far the clocks of the two machines may differ
    site       whose beats they must be, "" for those of the site that is heard first
    """

    silent_s: float = 5.0
    age_s: float = 5.0
    clock_s: float = 30.0
    site: str = ""


class Pulse:
    """What the beats so far have come to. Knows no socket and no clock.

    refused  how many were not believed, by why: ``unreadable``, ``unsigned``, ``forged``, ``other-site``,
             ``copy`` (not later than one before), ``clock`` (sent at another time than now)
    beat     the newest that was believed
    """

    def __init__(self, watched: Watched, key: bytes | None, now_s: float) -> None:
        self._watched, self._key = watched, key
        self._heard_s = now_s
        self.refused: Counter[str] = Counter()
        self.beat: Beat | None = None

    def take(self, data: bytes, now_s: float, utc_s: float) -> str:
        """Take one in; "" if it is believed, else why not."""
        try:
            beat = Beat.from_bytes(data, self._key)
        except NoBeat as fault:
            why = fault.why
        else:
            why = self._doubt(beat, utc_s)
            if not why:
                self.beat, self._heard_s = beat, now_s
                return ""
        self.refused[why] += 1
        return why

    def _doubt(self, beat: Beat, utc_s: float) -> str:
        watched = self._watched.site or (beat.site if self.beat is None else self.beat.site)
        if beat.site != watched:
            return "other-site"
        if self.beat is not None and beat.site_t_ns <= self.beat.site_t_ns:
            return "copy"
        return "clock" if abs(beat.utc_ms / 1000 - utc_s) > self._watched.clock_s else ""

    def silent_s(self, now_s: float) -> float:
        """How long ago the newest came; since the watch began where none came."""
        return now_s - self._heard_s

    def trouble(self, now_s: float) -> str:
        """What is to be shouted: ``silent``, ``behind`` for a picture too old, "" for nothing."""
        allowed_s = self._watched.silent_s
        if self.beat is not None:
            allowed_s = max(allowed_s, min(self.beat.due_s, 60.0))
        if self.silent_s(now_s) > allowed_s:
            return "silent"
        return "behind" if self.beat is not None and self.beat.picture_age_s > self._watched.age_s else ""


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._take(data)


async def hear_datagrams(host: str, port: int, take: Callable[[bytes], None]) -> asyncio.DatagramTransport:
    """Hand on every datagram that comes in; returns what is closed to end that. Raises LinkError."""
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(take), local_addr=(host, port))
    except OSError as error:
        raise LinkError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    return transport


async def look_at_file(path: Path, take: Callable[[bytes], None]) -> None:
    """Hand on what a file holds whenever that is new; goes on for ever."""
    seen = b""
    while True:
        try:
            data = (await asyncio.to_thread(path.read_bytes)).strip()
        except OSError:
            data = b""
        if data and data != seen:
            take(data)
        seen = data
        await asyncio.sleep(_LOOK_S)
