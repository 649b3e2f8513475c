"""A real TAK server (taky), and the client of somebody else on it."""

import asyncio
import contextlib
import fcntl
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element, XMLPullParser

import pytest
import trustme

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venv-tak" / "bin" / "taky"


@pytest.fixture(scope="session")
def taky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a TAK server; tests that need it are skipped where it cannot be installed."""
    with (tmp_path_factory.getbasetemp().parent / "taky.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(
            [ROOT / "tools" / "tak_server.sh"], capture_output=True, text=True, timeout=300, check=False
        )
    if made.returncode and not PROGRAM.is_file():
        pytest.skip(f"taky cannot be installed: {made.stderr[-300:]}")
    return PROGRAM


@dataclass(frozen=True)
class Certificates:
    """Files of an authority, and of who it vouches for."""

    folder: Path
    authority: trustme.CA = field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        self.authority.cert_pem.write_to_path(str(self.folder / "ca.pem"))

    @property
    def authorities(self) -> str:
        """The file of the authority."""
        return str(self.folder / "ca.pem")

    def of(self, name: str) -> tuple[str, str]:
        """Certificate and key of somebody."""
        own = self.authority.issue_cert(name, common_name=name)
        own.cert_chain_pems[0].write_to_path(str(self.folder / f"{name}.pem"))
        own.private_key_pem.write_to_path(str(self.folder / f"{name}.key"))
        return str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")


@asynccontextmanager
async def tak_server(
    program: Path, folder: Path, port: int, certificates: Certificates | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running server on a port, over TLS where there are certificates."""
    lines = ["[taky]", "hostname = tak.example", "bind_ip = 127.0.0.1", f"root_dir = {folder}"]
    lines += ["[cot_server]", f"port = {port}", "[ssl]"]
    if certificates is None:
        lines += ["enabled = false"]
    else:
        certificate, key = certificates.of("127.0.0.1")
        lines += ["enabled = true", "client_cert_required = true", f"ca = {certificates.authorities}"]
        lines += [f"cert = {certificate}", f"key = {key}", f"cert_db = {folder / 'cert-db.txt'}"]
    settings = folder / "taky.conf"
    settings.write_text("\n".join(lines))
    process = await asyncio.create_subprocess_exec(
        program, "-c", settings, "-l", "debug", stderr=asyncio.subprocess.PIPE, cwd=folder
    )
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(60):
        while f":{port}".encode() not in said:
            line = await process.stderr.readline()
            assert line, said.decode()
            said += line
    swallowing = asyncio.create_task(process.stderr.read())
    for _ in range(500):  # it says that it listens just before it does
        try:
            _, probe = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            probe.transport.abort()
            break
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        swallowing.cancel()
        await asyncio.gather(swallowing, return_exceptions=True)


@dataclass
class Handset:
    """Somebody else's client: what it was sent, in order."""

    events: list[Element] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, uid: str, kind: str) -> Element:
        """The newest event of a uid and type, once it is there."""
        async with asyncio.timeout(30):
            while True:
                for event in reversed(self.events):
                    if (event.get("uid"), event.get("type")) == (uid, kind):
                        return event
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def handset(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Handset]:
    """A client that says who it is, and reads."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=tls, server_hostname="127.0.0.1" if tls else None
    )
    now = datetime.now(UTC)
    begun, stale = (f"{one:%Y-%m-%dT%H:%M:%S}.000Z" for one in (now, now + timedelta(minutes=5)))
    writer.write(
        f'<event version="2.0" uid="gate-1" type="a-f-G-U-C" how="m-g" time="{begun}" start="{begun}" '
        f'stale="{stale}"><point lat="33.8" lon="42.4" hae="0" ce="9999999.0" le="9999999.0"/><detail>'
        '<contact callsign="GATE 1" endpoint="*:-1:stcp"/><__group name="Cyan" role="Team Member"/>'
        '<takv device="d" os="o" platform="p" version="v"/></detail></event>'.encode()
    )
    await writer.drain()
    heard = Handset()

    async def listen() -> None:
        parser: XMLPullParser[Element] = XMLPullParser(["end"])
        parser.feed("<stream>")
        while data := await reader.read(65_536):
            parser.feed(data)
            for item in parser.read_events():
                element = item[-1]
                if isinstance(element, Element) and element.tag == "event":
                    heard.events.append(element)
                    heard.news.set()

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.transport.abort()


def free_port() -> int:
    """A port on which nothing listens."""
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
