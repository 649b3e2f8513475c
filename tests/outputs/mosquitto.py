"""A real broker, started and killed as a test wants, and a client that hears what it has."""

import asyncio
import contextlib
import json
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed: tools/services.sh")
OPEN = "allow_anonymous true\n"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def broker(directory: Path, port: int, more: str = OPEN) -> AsyncIterator[asyncio.subprocess.Process]:
    """A broker, killed at the end: it says good-bye to nobody."""
    assert PROGRAM is not None
    file = directory / f"mosquitto-{port}.conf"
    text = f"listener {port} 127.0.0.1\npersistence false\nlog_dest stderr\nuser root\n{more}"
    file.write_text(text, "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(PROGRAM, "-v", "-c", str(file)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(20):
        while b"running" not in (line := await process.stderr.readline()):
            assert line, said.decode()
            said += line
    drain = asyncio.create_task(process.stderr.read())
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await drain


@dataclass
class Message:
    """One message as it came."""

    topic: str
    data: bytes
    retained: bool
    expires_s: int | None
    properties: dict[str, str]

    @property
    def record(self) -> dict[str, Any]:
        """Its JSON."""
        return dict(json.loads(self.data))


@dataclass
class Listener:
    """What came, in order."""

    client: aiomqtt.Client
    came: list[Message] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, topic: str) -> list[Message]:
        """What came on a topic."""
        return [one for one in self.came if one.topic == topic]

    async def until(self, topic: str, count: int = 1) -> list[Message]:
        """What came on a topic, once it is so much."""
        async with asyncio.timeout(20):
            while len(self.of(topic)) < count:
                self.news.clear()
                await self.news.wait()
        return self.of(topic)

    async def until_last(self, topic: str, data: bytes) -> None:
        """Return once the last on a topic is this."""
        async with asyncio.timeout(20):
            while not self.of(topic) or self.of(topic)[-1].data != data:
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def listener(port: int, topics: str = "#", **more: Any) -> AsyncIterator[Listener]:
    """A client that hears everything."""
    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5, **more) as client:
        heard = Listener(client)
        await client.subscribe(topics, qos=1)

        async def hear() -> None:
            with contextlib.suppress(aiomqtt.MqttError):
                async for message in client.messages:
                    properties = message.properties
                    heard.came.append(
                        Message(
                            message.topic.value,
                            bytes(message.payload),
                            message.retain,
                            getattr(properties, "MessageExpiryInterval", None),
                            dict(getattr(properties, "UserProperty", ())),
                        )
                    )
                    heard.news.set()

        task = asyncio.create_task(hear())
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
