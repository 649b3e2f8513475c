"""What a station takes for itself before it writes or compiles anything: its ports and its directory."""

import contextlib
import fcntl
import itertools
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
_OF_A_RECORD = (
    *(".mcap", ".snapshot", ".snapshot-draft", ".checkpoint", ".removed-draft", ".reserve", ".sqlite"),
    *(".sqlite-wal", ".sqlite-shm", ".sqlite-journal"),
    *("marsad.key", "marsad.key-draft", "sessions.key", "sessions.json", "reported.json"),
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Listening sockets: connections to them are held by the operating system until they are accepted.

    So from here on a sensor that dials gets through, and what it sends waits, in order and bounded by
    TCP itself; nothing is refused or lost while the engine is prepared.
    """

    console: socket.socket | None
    feeds: Mapping[str, socket.socket]
    console_fault: str = ""  # why there is none for the console

    def close(self) -> None:
        """Give all back."""
        for taken in (self.console, *self.feeds.values()):
            if taken is not None:
                taken.close()


def take_ports(feeds: Mapping[str, Address], server: ServerSettings, *, needs_console: bool = True) -> Ports:
    """Listen for the console and for each feed: name → (host, port). Raises LinkError, having kept none.

    needs_console   without it the port of the console may be another program's
    """
    console, fault = None, ""
    with contextlib.ExitStack() as undo:
        try:
            console = undo.enter_context(console_port(server))
        except LinkError as error:
            if needs_console:
                raise
            fault = str(error)
        taken = {name: undo.enter_context(listening_on(name, address)) for name, address in feeds.items()}
        undo.pop_all()
    return Ports(console, taken, fault)


def console_port(server: ServerSettings) -> socket.socket:
    """Listen for the console. Raises LinkError."""
    mend = "start with another --port, or set port under [server]"
    return _listening("the console", (server.host, server.port), mend)


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


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a directory that a run has for itself.

    fault      why nothing can be written there, "" if it can
    aside      what stood where a file of a record does, and was none: where it is now
    tightened  what others could read until now
    """

    fault: str = ""
    aside: tuple[Path, ...] = ()
    tightened: tuple[Path, ...] = ()


@contextlib.contextmanager
def locked(directory: Path, *, must_write: bool = True) -> Iterator[Held]:
    """The directory for this process alone, as long as the context lasts; it is made if it is not there.

    must_write   without it, a directory that cannot be written is only told of, and nothing is locked

    Raises RecordingError if another process has it, and says which, or if it cannot be written and must be.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        fault = f"{directory}: nothing can be recorded here: {error.strerror}"
        if must_write:
            raise RecordingError(f"{fault}; name another directory") from error
        yield Held(fault)
        return
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
        aside = tuple(_set_aside(directory))
        yield Held("", aside, tuple(_tightened(directory)))


def _set_aside(directory: Path) -> Iterator[Path]:
    """Rename pipes, sockets and devices named as a file of a record is, and say what they are called now.

    They hold nothing, and who opens one waits for ever.
    """
    try:
        entries = sorted(directory.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith(_OF_A_RECORD) and entry.exists() and not (entry.is_file() or entry.is_dir()):
            free = (entry.with_name(f"{entry.name}.no-file{number or ''}") for number in itertools.count())
            target = next(path for path in free if not os.path.lexists(path))
            with contextlib.suppress(OSError):  # where it cannot be renamed, who opens it will say so
                yield entry.rename(target)


def _tightened(directory: Path) -> Iterator[Path]:
    """Take from others what they could read of a record, and name it.

    The directory itself is left as it is where it holds other things than a record: it is somebody's home.
    """
    try:
        entries = list(directory.iterdir())
    except OSError:
        return
    ours = [entry for entry in entries if _is_ours(entry)]
    if len(ours) == len(entries) and (changed := _private(directory, 0o700)) is not None:
        yield changed
    for entry in ours:
        if (changed := _private(entry, 0o600)) is not None:
            yield changed


def _is_ours(entry: Path) -> bool:
    name = entry.name
    return entry.is_file() and not entry.is_symlink() and (name == LOCK or name.endswith(_OF_A_RECORD))


def _private(path: Path, mode: int) -> Path | None:
    """The path if others could read it until now, and cannot any more."""
    try:
        state = path.stat()
        if not state.st_mode & 0o077 or state.st_uid != os.geteuid():
            return None
        path.chmod(mode)
    except OSError:
        return None
    return path
