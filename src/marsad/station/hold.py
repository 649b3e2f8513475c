"""What a station takes for itself before it writes or compiles anything: its ports and its directory."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marsad.errors import LinkError, RecordingError
from marsad.feeds.settings import FeedSettings
from marsad.links.address import Address
from marsad.links.connections import BACKLOG
from marsad.server.settings import ServerSettings

EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})
LOCK = "marsad.lock"


@dataclass(frozen=True, slots=True)
class Ports:
    """Listening sockets: connections to them are held by the operating system until they are accepted.

    So from here on a sensor that dials gets through, and what it sends waits, in order and bounded by
    TCP itself; nothing is refused or lost while the engine is prepared.
    """

    console: socket.socket
    feeds: Mapping[str, socket.socket]

    def close(self) -> None:
        """Give all back."""
        for taken in (self.console, *self.feeds.values()):
            taken.close()


def take_ports(feeds: Mapping[str, Address], server: ServerSettings) -> Ports:
    """Listen for the console and for each feed: name → (host, port). Raises LinkError, having kept none."""
    with contextlib.ExitStack() as undo:
        mend = "start with another --port, or set port under [server]"
        console = undo.enter_context(_listening("the console", (server.host, server.port), mend))
        taken = {name: undo.enter_context(listening_on(name, address)) for name, address in feeds.items()}
        undo.pop_all()
    return Ports(console, taken)


def listening_on(feed: str, address: Address) -> socket.socket:
    """Listen where a feed does. Raises LinkError."""
    return _listening(f"feed {feed}", address, f"set another port as listen of feed {feed}")


def _listening(what: str, address: Address, mend: str) -> socket.socket:
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise LinkError(
            f"{what} cannot listen on {host}:{port}: {reason}; end what listens there, or {mend}"
        ) from error


def listen_addresses(feeds: Sequence[FeedSettings]) -> dict[str, Address]:
    """Feed → (host, port) for the feeds that listen."""
    return {feed.name: address_of(feed) for feed in feeds if getattr(feed, "listen", None) is not None}


def address_of(feed: FeedSettings) -> Address:
    """Where a feed listens or dials; ("", 0) if it does neither."""
    written = getattr(feed, "listen", None) or getattr(feed, "connect", None) or ""
    host, _, port = str(written).rpartition(":")
    return host.strip("[]"), int(port or 0)


def reachable_host(host: str) -> str:
    """A host that others can open in place of one that stands for every address of this machine."""
    if host not in EVERY_ADDRESS:
        return host
    family, elsewhere = (socket.AF_INET6, "2001:db8::1") if host == "::" else (socket.AF_INET, "192.0.2.1")
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((elsewhere, 9))  # sends nothing: asks the system which of its addresses it would use
        return str(probe.getsockname()[0])
    return socket.gethostname()


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """The directory for this process alone, as long as the context lasts; it is made if it is not there.

    Raises RecordingError if another process has it, and says which, or if it cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RecordingError(
            f"{directory}: nothing can be recorded here: {error.strerror}; name another directory"
        ) from error
    with os.fdopen(file, "r+b", buffering=0) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = lock.read(20).decode("ascii", "replace").strip() or "unknown"
            raise RecordingError(
                f"{directory}: another run records here (process {holder}); end it or name another directory"
            ) from None
        with contextlib.suppress(OSError):  # a full disk: it is held, only not signed
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n".encode())
        yield
