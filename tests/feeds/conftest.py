"""A site in western Iraq, and nodes around it."""

from collections.abc import Callable

import pytest

from marsad.feeds.feed import Received
from marsad.feeds.sapient import edge
from marsad.feeds.sapient.feed import SapientFeed
from marsad.feeds.sapient.framing import Deframer
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import SapientMessage
from marsad.feeds.settings import SapientSettings
from marsad.geo.local import LocalFrame
from marsad.model.frame import Frame
from marsad.model.sensor import SensorKind

T0 = 1_641_290_400_000_000_000


class Talk:
    """A SAPIENT feed and the bytes said to it; time stands still unless moved."""

    def __init__(self, site: LocalFrame, node: edge.EdgeNode, settings: SapientSettings) -> None:
        self.site = site
        self.node = node
        self.feed = SapientFeed(settings, site)
        self.t_ns = T0
        self.issued = 0

    def ulid(self) -> str:
        self.issued += 1
        return ulid(self.t_ns, self.issued)

    def say(self, *messages: bytes, link: int = 1) -> Received:
        return self.feed.receive(Frame(self.feed.name, self.t_ns, b"".join(messages), link))

    def say_message(self, message: SapientMessage, link: int = 1) -> Received:
        body = message.SerializeToString()
        return self.say(len(body).to_bytes(4, "little") + body, link=link)

    def greet(self, node: edge.EdgeNode | None = None, link: int = 1) -> Received:
        node = node or self.node
        return self.say(
            edge.registration(node, self.t_ns),
            edge.status(node, self.t_ns, self.ulid(), first=True),
            link=link,
        )

    def polar(self, node: edge.EdgeNode | None = None, *, azimuth_rad: float = 1.0) -> bytes:
        return edge.polar_detection(
            node or self.node, self.t_ns, self.ulid(), ulid(T0, 7), azimuth_rad, 0.01, range_m=1000.0
        )

    def wait(self, seconds: float) -> Received:
        self.t_ns += int(seconds * 1e9)
        return self.feed.advance(self.t_ns)


def answers(received: Received) -> list[SapientMessage]:
    """The messages among the replies, parsed."""
    messages = []
    for reply in received.replies:
        bodies, fault = Deframer(1 << 20).messages(reply.data)
        assert fault is None
        messages += [SapientMessage.FromString(body) for body in bodies]
    return messages


@pytest.fixture
def site() -> LocalFrame:
    return LocalFrame(33.8, 42.44, 180.0)


@pytest.fixture
def radar() -> edge.EdgeNode:
    return edge.EdgeNode(node_id("radar"), "Radar North", SensorKind.RADAR, 33.82, 42.45, 190.0)


@pytest.fixture
def camera() -> edge.EdgeNode:
    return edge.EdgeNode(node_id("camera"), "Camera", SensorKind.CAMERA, 33.79, 42.43, 185.0, polar=False)


@pytest.fixture
def settings() -> SapientSettings:
    return SapientSettings(name="sapient", listen="0.0.0.0:5020")


@pytest.fixture
def talk(site: LocalFrame, radar: edge.EdgeNode, settings: SapientSettings) -> Talk:
    return Talk(site, radar, settings)


@pytest.fixture
def talk_with(site: LocalFrame, radar: edge.EdgeNode) -> Callable[..., Talk]:
    """Makes a talk with some settings of the feed changed."""

    def make(**changes: object) -> Talk:
        values: dict[str, object] = {"name": "sapient", "listen": "0.0.0.0:5020"} | changes
        return Talk(site, radar, SapientSettings.model_validate(values))

    return make


@pytest.fixture
def parsed_answers() -> Callable[[Received], list[SapientMessage]]:
    return answers
