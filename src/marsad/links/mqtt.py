"""A connection to an MQTT 5 broker that ends when it ends: whoever opened it decides whether to try again.

Over aiomqtt, which leaves four things to us: what a broker answers to a message (it may refuse one, and
say so), connections that were not completed, waiting no longer than is useful, and a broker that sends
more than it was told is taken.
"""

import asyncio
import contextlib
import math
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import aiomqtt
from paho.mqtt.client import MQTT_ERR_SUCCESS, Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from marsad.errors import LinkError
from marsad.links.apart import apart

PACKET_BYTES_MAX = 16_384  # of what the broker may send us
_WAITING_MAX = 100
_NOBODY_LISTENS = 0x10
_KEEPALIVE_S = 10


@dataclass(frozen=True, slots=True)
class Access:
    """How a broker is reached.

    will   topic of what the broker says for us, retained, once we are gone, and what that is
    """

    host: str
    port: int
    client_id: str
    user: str | None
    password: str | None
    tls: ssl.SSLContext | None
    will: tuple[str, bytes]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Came:
    """A message from the broker, and its user properties."""

    topic: str
    data: bytes
    properties: dict[str, str]


class Broker:
    """A broker that has accepted us, until the connection ends."""

    def __init__(self, client: "_Client", timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s

    async def publish(
        self,
        topic: str,
        data: bytes,
        *,
        expires_s: float | None = None,
        properties: dict[str, str] | None = None,
        retain: bool = False,
    ) -> bool:
        """Publish once at least, and return when the broker has it: whether anybody is there to get it.

        Raises LinkError where it refused it or did not answer.
        """
        answer = await self._client.hand_on(
            topic, data, _properties(expires_s, properties or {}), retain, self._timeout_s
        )
        if answer.is_failure:
            raise LinkError(f"the broker refused it: {answer}", "refused")
        return answer.value != _NOBODY_LISTENS

    async def tell_once(self, topic: str, data: bytes, expires_s: float, signed: dict[str, str]) -> None:
        """Publish and forget. Raises LinkError where the connection has ended."""
        with _linked():
            await apart(self._client.publish(topic, data, 0, False, _properties(expires_s, signed)))

    async def subscribe(self, topic: str) -> None:
        """Be told of a topic. Raises LinkError."""
        with _linked():
            asked = self._client.subscribe(topic, options=SubscribeOptions(qos=1, noLocal=True))
            (answer,) = await apart(asked)
        if isinstance(answer, ReasonCode) and answer.is_failure:
            raise LinkError(f"the broker refuses {topic}: {answer}")

    async def messages(self) -> AsyncIterator[Came]:
        """What comes. Raises LinkError when the connection has ended."""
        with _linked():
            async for message in self._client.messages:
                data = message.payload
                pairs = getattr(message.properties, "UserProperty", ())
                yield Came(str(message.topic), data if isinstance(data, bytes) else b"", dict(pairs))


@contextlib.asynccontextmanager
async def connected(access: Access) -> AsyncIterator[Broker]:
    """A connection to a broker, closed in good order at the end. Raises LinkError."""
    client = _Client(access)
    opening = asyncio.ensure_future(client.__aenter__())
    try:
        with _linked():
            await asyncio.shield(opening)
    except asyncio.CancelledError:  # a thread goes on connecting: its socket must not be left behind
        await asyncio.wait({opening}, timeout=2 * access.timeout_s)
        if opening.done() and not opening.cancelled():
            opening.exception()
        client.drop()
        raise
    except LinkError:
        client.drop()
        raise
    try:
        yield Broker(client, access.timeout_s)
    finally:
        with contextlib.suppress(aiomqtt.MqttError, OSError):
            await apart(client.__aexit__(None, None, None))
        client.drop()


class _Closing(ssl.SSLSocket):
    """A socket that is not left open by whoever fails to greet over it."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


class _Client(aiomqtt.Client):
    """A client that knows what the broker answered."""

    def __init__(self, access: Access) -> None:
        topic, data = access.will
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = PACKET_BYTES_MAX
        if access.tls is not None:
            access.tls.sslsocket_class = _Closing
        super().__init__(
            access.host,
            access.port,
            username=access.user,
            password=access.password,
            identifier=access.client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=aiomqtt.Will(topic, data, 1, True),
            timeout=access.timeout_s,
            keepalive=_KEEPALIVE_S,
            clean_start=True,
            max_queued_incoming_messages=_WAITING_MAX,
            max_queued_outgoing_messages=_WAITING_MAX,
            properties=properties,
            tls_context=access.tls,
        )
        self._client.connect_timeout = access.timeout_s
        self._client._sock_recv = _bounded(self._client._sock_recv)  # type: ignore[assignment, method-assign]
        self.pending_calls_threshold = _WAITING_MAX
        self._answers: dict[int, asyncio.Future[ReasonCode]] = {}

    async def hand_on(
        self, topic: str, data: bytes, properties: Properties, retain: bool, timeout_s: float
    ) -> ReasonCode:
        """Publish, and wait for the broker's answer. Raises LinkError where there is none."""
        info = self._client.publish(topic, data, 1, retain, properties)
        if info.rc != MQTT_ERR_SUCCESS:
            raise LinkError(f"not handed to the broker: {aiomqtt.MqttCodeError(info.rc)}")
        answer: asyncio.Future[ReasonCode] = self._loop.create_future()
        self._answers[info.mid] = answer
        try:
            ends: set[asyncio.Future[Any]] = {answer, self._disconnected}
            await asyncio.wait(ends, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
        finally:
            del self._answers[info.mid]
            answer.cancel()
        if self._disconnected.done():
            raise LinkError("the connection to the broker ended before it answered")
        raise UnansweredError(f"no answer of the broker within {timeout_s:g} s")

    def _on_publish(
        self, client: Client, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        answer = self._answers.get(mid)
        if answer is not None and not answer.done():
            answer.set_result(reason_code)
        super()._on_publish(client, userdata, mid, reason_code, properties)

    def _on_socket_register_write(self, client: Client, userdata: Any, sock: Any) -> None:
        # the library's own way asks for a number that may be another socket's by then
        self._loop.call_soon_threadsafe(self._begin_writing, client, sock)

    def _begin_writing(self, client: Client, sock: Any) -> None:
        number = sock.fileno()
        if number >= 0 and client.socket() is sock:
            self._loop.add_writer(number, self._write, client)

    def _write(self, client: Client) -> None:
        try:
            client.loop_write()
        except Exception as error:  # as the library has it: the connection has ended
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    def drop(self) -> None:
        """Close the socket, whatever state the connection is in."""
        if self._client.socket() is not None:
            self._client.disconnect()
        left: Any = self._client.socket()
        if left is not None:  # it could not even be told
            self._loop.remove_reader(left.fileno())
            self._loop.remove_writer(left.fileno())
            left.close()
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()  # nobody asks any more


def _bounded(receive: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """How bytes are received, of a packet no longer than the broker was told at most.

    paho declares the length that we take and collects whatever comes, up to 256 MiB (MQTT 5.0, 2.1.4). It
    asks for all that a packet lacks at once, so that its length is known before anything of it is kept.
    """

    def received(count: int) -> bytes:
        if count > PACKET_BYTES_MAX:
            raise aiomqtt.MqttError(
                f"the broker sends a packet of {count} bytes, at most {PACKET_BYTES_MAX} are taken"
            )
        return receive(count)

    return received


class UnansweredError(LinkError):
    """The broker is silent: the connection is worth nothing."""


@contextlib.contextmanager
def _linked() -> Iterator[None]:
    try:
        yield
    except (aiomqtt.MqttError, OSError, ValueError) as error:
        raise LinkError(said_of(error)) from error


def said_of(error: BaseException) -> str:
    """What went wrong with a broker, in a few words."""
    said = str(error).strip() or type(error).__name__
    cause = error.__cause__
    return said if cause is None or str(cause) in said else f"{said}: {cause}"


def _properties(expires_s: float | None, named: dict[str, str]) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.PayloadFormatIndicator = 1
    if expires_s is not None:
        properties.MessageExpiryInterval = max(math.ceil(expires_s), 1)
    if named:
        properties.UserProperty = list(named.items())
    return properties
