"""A loudspeaker: takes RTP from a real socket, in the order of its numbers, and tells what it heard."""

import asyncio
import json
import socket
import struct
import wave
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np

from marsad.outputs.clips import MANIFEST

_TIMESTAMPNS = 35  # SO_TIMESTAMPNS: the kernel's own time of arrival, however late this program reads
_RECVTTL = 12
SILENCE = 0xD5


def alaw_decoded(code: int) -> int:
    """A sample of 16 bits, by the tables of ITU-T G.711."""
    code ^= 0x55
    segment, step = code >> 4 & 7, code & 15
    size = (2 * step + 1) << 3 if segment == 0 else (2 * step + 33) << (segment + 2)
    return size if code & 0x80 else -size


def ulaw_decoded(code: int) -> int:
    """A sample of 16 bits, by the tables of ITU-T G.711."""
    code = ~code & 0xFF
    segment, step = code >> 4 & 7, code & 15
    size = (((2 * step + 33) << segment) - 33) << 2
    return -size if code & 0x80 else size


@dataclass(frozen=True)
class Packet:
    """One packet, and when it came."""

    sequence: int
    timestamp: int
    source: int
    payload_type: int
    is_marked: bool
    payload: bytes
    arrived_s: float


def packet_of(data: bytes, arrived_s: float) -> Packet:
    """A packet by RFC 3550, 5.1; nothing but version 2 without extras."""
    first, second, sequence, timestamp, source = struct.unpack("!BBHII", data[:12])
    assert first == 0x80, "version 2, no padding, no extension, no further sources"
    return Packet(sequence, timestamp, source, second & 0x7F, bool(second & 0x80), data[12:], arrived_s)


@dataclass
class Loudspeaker:
    """What was heard."""

    names: dict[int, str]
    packets: list[Packet] = field(default_factory=list)
    tos: set[int] = field(default_factory=set)
    ttl: set[int] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    @property
    def ordered(self) -> list[Packet]:
        """By sequence number from the first, which wraps."""
        first = self.packets[0].sequence
        return sorted(self.packets, key=lambda one: (one.sequence - first) & 0xFFFF)

    @property
    def heard(self) -> list[str]:
        """The clips one after the other, "|" for a new part of speech."""
        said: list[str] = []
        for one in self.ordered if self.packets else []:
            (code, *others) = set(one.payload) - {SILENCE} or {SILENCE}  # a clip ends within a packet
            assert not others, "each clip has one sample of its own"
            if one.is_marked:
                said.append("|")
            if code != SILENCE:
                said.append(self.names[code])
        return [name for name, _ in groupby(said)]

    async def until(self, *wanted: str) -> list[str]:
        """What was heard, once all of it was."""
        async with asyncio.timeout(30):
            while not set(wanted) <= set(self.heard):
                self.news.clear()
                await self.news.wait()
        return self.heard

    async def until_count(self, word: str, count: int) -> list[str]:
        """What was heard, once a word was so often."""
        async with asyncio.timeout(30):
            while self.heard.count(word) < count:
                self.news.clear()
                await self.news.wait()
        return self.heard


@asynccontextmanager
async def loudspeaker(
    names: dict[int, str], group: str | None = None, port: int = 0
) -> AsyncIterator[Loudspeaker]:
    """Listen on a port of loopback, a free one for 0; to a group where one is named."""
    one = Loudspeaker(names)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        ear.setsockopt(socket.IPPROTO_IP, _RECVTTL, 1)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        ear.bind((group or "127.0.0.1", port))
        if group is not None:
            both = socket.inet_aton(group) + socket.inet_aton("127.0.0.1")
            ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, both)
        ear.setblocking(False)
        one.port = ear.getsockname()[1]

        def listen() -> None:
            data, extra, _, _ = ear.recvmsg(2_000, 200)
            arrived_s = 0.0
            for level, kind, value in extra:
                if (level, kind) == (socket.SOL_SOCKET, _TIMESTAMPNS):
                    seconds, nanoseconds = struct.unpack("ll", value)
                    arrived_s = seconds + nanoseconds * 1e-9
                elif (level, kind) == (socket.IPPROTO_IP, socket.IP_TOS):
                    one.tos.add(value[0])
                elif (level, kind) == (socket.IPPROTO_IP, socket.IP_TTL):
                    one.ttl.add(struct.unpack("i", value)[0])
            one.packets.append(packet_of(data, arrived_s))
            one.news.set()

        loop.add_reader(ear, listen)
        try:
            yield one
        finally:
            loop.remove_reader(ear)


def write_wav(path: Path, samples: Iterable[int], rate_hz: int = 8_000, channels: int = 1) -> None:
    """A recording."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.asarray(list(samples), "<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(data.tobytes())


def record(folder: Path, names: Iterable[str], *, placeholder: bool = False) -> dict[int, str]:
    """Recordings of which each has one sample of its own; returns which is which by its byte of the A-law."""
    codes = (code for code in range(256) if code not in (SILENCE, SILENCE ^ 0x80))
    found = {}
    for name, code in zip(names, codes, strict=False):
        write_wav(folder / name, [alaw_decoded(code)] * 400)
        found[code] = name.removesuffix(".wav")
    (folder / MANIFEST).write_text(json.dumps({"placeholder": placeholder}))
    return found
