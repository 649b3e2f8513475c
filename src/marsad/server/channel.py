"""The channel between a site and the process of its console's server: framed messages over a pair of sockets.

A message is a head of 13 bytes — length of its body (4), kind (1), number (8), big-endian — and a body,
which is JSON or nothing. The pair is made by the site and inherited by the server, so nobody else can open
it; whoever ends lets the other read its end.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from pydantic_core import from_json, to_json

from marsad.errors import LinkError

_HEAD = struct.Struct(">IBQ")
FROM_SERVER_BYTES_MAX = 8 * 2**20  # a declaration of a thousand flights has one
_UNREAD_BYTES_MAX = 65_536  # with more the other end does not read, and hears no signs of life
FROM_SITE_BYTES_MAX = 256 * 2**20  # a picture of 100,000 tracks has 60


class Kind(IntEnum):
    """What a message is."""

    # from the site
    HELLO = 1  # settings, site, sessions: the first
    PULSE = 2  # phase, number of pictures so far
    PICTURE = 3  # the one that was wanted; its number: microseconds of processor that it took
    ANSWER = 4  # to the question or action of that number; an empty body: there is none
    REFUSAL = 5  # likewise
    END = 6  # finish what is open, then end
    ACCOUNTS = 7  # who may sign in from now on
    # from the server
    SERVING = 11  # it can be reached
    UNABLE = 12  # the settings cannot be served
    WANT = 13  # the next picture
    ALIVE = 14
    ASK = 15
    ACT = 16
    KEEP = 17  # a session
    FORGET = 18
    NOTE = 19  # a line of the security log


@dataclass(frozen=True, slots=True)
class Message:
    """One message; number ties an answer to what it answers."""

    kind: Kind
    number: int
    body: bytes

    def record(self) -> Any:
        """The body as JSON. Raises LinkError if it is not."""
        try:
            return from_json(self.body)
        except ValueError as error:
            raise LinkError(f"channel: {self.kind.name} with a body that is not JSON: {error}") from error


class Channel:
    """One end of the channel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most_bytes: int) -> None:
        self._reader = reader
        self._writer = writer
        self._most_bytes = most_bytes

    @staticmethod
    async def over(end: socket.socket, most_bytes: int) -> "Channel":
        """The channel over one end of a pair of sockets, which it closes; bodies have most_bytes at most."""
        reader, writer = await asyncio.open_unix_connection(sock=end)
        return Channel(reader, writer, most_bytes)

    def send(self, kind: Kind, body: bytes = b"", number: int = 0) -> None:
        """Send a message; returns at once. What the other end does not read waits here: look at `is_read`."""
        if not self._writer.is_closing():
            self._writer.write(_HEAD.pack(len(body), kind, number))
            if body:
                self._writer.write(body)

    def tell(self, kind: Kind, record: Any, number: int = 0) -> None:
        """Send a record as JSON."""
        self.send(kind, to_json(record, inf_nan_mode="null"), number)

    @property
    def waiting(self) -> int:
        """Bytes that the other end has not taken yet, beyond what the system holds for it."""
        return self._writer.transport.get_write_buffer_size()

    @property
    def is_read(self) -> bool:
        """Whether the other end takes what is sent, all but a little beyond what the system holds for it."""
        return self.waiting < _UNREAD_BYTES_MAX

    async def read_up(self) -> None:
        """Return when the other end has taken what waits for it, all but a little."""
        with contextlib.suppress(OSError):
            await self._writer.drain()

    async def receive(self) -> Message | None:
        """The next message; None once the other end is gone. Raises LinkError for what is none."""
        try:
            length, kind, number = _HEAD.unpack(await self._reader.readexactly(_HEAD.size))
            if length > self._most_bytes:
                raise LinkError(f"channel: a message of {length} bytes; allowed are {self._most_bytes}")
            body = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError):
            return None
        try:
            return Message(Kind(kind), number, body)
        except ValueError as error:
            raise LinkError(f"channel: a message of kind {kind}, which is none") from error

    def close(self) -> None:
        """Drop it, and what waits in it."""
        self._writer.transport.abort()
