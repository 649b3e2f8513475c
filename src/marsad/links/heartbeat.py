"""Heartbeats on their way out: a file on this machine and datagrams to others; nothing unless asked for."""

import asyncio
import contextlib
import ipaddress
import logging
import os
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from marsad.links.address import address_from
from marsad.links.secret import secret_from
from marsad.model.settings import FilePath, Finding, Settings, Words, check

_LOG = logging.getLogger(__name__)


def _an_address(text: str) -> str:
    address_from(text)
    return text


Sent = Annotated[str, AfterValidator(_an_address), Words("an IP address and a port, such as 192.0.2.7:5030")]


class HeartbeatSettings(Settings):
    """Signs of life, one a second while the fold works, for whoever must know when it stops."""

    file: FilePath | None = Field(
        None, description="File that each beat replaces whole; default: none is written."
    )
    send: list[Sent] = Field(
        [], max_length=16, description="Addresses to which each beat goes as a UDP datagram; default: none."
    )
    key_file: FilePath | None = Field(
        None,
        description="File with the secret that signs the beats, 16 bytes or more; needed where a beat leaves "
        "this machine.",
    )

    @check
    def _signed_where_it_leaves(self) -> Iterator[Finding]:
        if self.key_file is not None:
            return
        for number, text in enumerate(self.send):
            if not ipaddress.ip_address(address_from(text)[0]).is_loopback:
                sentence = f"send is {text!r}, another machine, to which anybody can send: set key_file"
                yield Finding(("send", number), sentence)

    @property
    def is_on(self) -> bool:
        """Whether beats go anywhere."""
        return self.file is not None or bool(self.send)


def key_from(path: Path | None) -> bytes | None:
    """The key in a file, without white space around it; None for no file. Raises LinkError."""
    return secret_from(path, "the heartbeat's key")


class HeartbeatSender:
    """Where the beats of a site go. Nothing here stops a site: what cannot be sent is counted.

    counters  ``unsent``: datagrams that the system refused; ``unwritten``: files that the disk refused;
              ``still-writing``: beats that left the file alone, for the one before was not written yet
    """

    def __init__(self, settings: HeartbeatSettings) -> None:
        self.counters: Counter[str] = Counter()
        self._file = None if settings.file is None else Path(settings.file).absolute()
        self._writing: asyncio.Future[None] | None = None
        self._failed: set[str] = set()
        self._to = [address_from(text) for text in settings.send]
        self._sockets: Mapping[int, socket.socket] = {
            family: _datagrams(family) for family in sorted({_family(host) for host, _ in self._to})
        }

    def send(self, data: bytes) -> None:
        """Send a beat everywhere; returns at once."""
        for host, port in self._to:
            try:
                self._sockets[_family(host)].sendto(data, (host, port))
            except OSError as error:  # no route, or nobody there
                self._fail("unsent", f"{host}:{port}", error)
        if self._file is None:
            return
        if self._writing is not None and not self._writing.done():
            self.counters["still-writing"] += 1
            return
        self._writing = asyncio.ensure_future(asyncio.to_thread(self._write, self._file, data))

    def close(self) -> None:
        """Send nothing more."""
        for one in self._sockets.values():
            one.close()

    def _write(self, file: Path, data: bytes) -> None:
        draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
        try:
            draft.write_bytes(data + b"\n")
            draft.replace(file)
        except OSError as error:
            self._fail("unwritten", str(file), error)
            with contextlib.suppress(OSError):
                draft.unlink()

    def _fail(self, how: str, where: str, error: OSError) -> None:
        self.counters[how] += 1
        if where not in self._failed:
            self._failed.add(where)
            _LOG.warning("heartbeats do not reach %s: %s", where, error.strerror or error)


def _family(host: str) -> int:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _datagrams(family: int) -> socket.socket:
    one = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    one.setblocking(False)
    return one
