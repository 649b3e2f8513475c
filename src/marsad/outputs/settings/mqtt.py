"""Settings of an MQTT broker."""

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from marsad.model.peer import is_loopback
from marsad.model.settings import FilePath, Finding, Words, check, skipping_unknown
from marsad.outputs.settings.reach import CertifiedSettings
from marsad.stream.records import KINDS, Kind


def _a_broker(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("mqtt", "mqtts") and bool(parts.hostname) and parts.port != 0
        known = known and parts.path in ("", "/") and not parts.query and not parts.fragment
    except ValueError:
        known = False
    if not known:
        raise ValueError(f"{url[:80]!r} is no broker, such as mqtts://broker.example:8883")
    if parts.username or parts.password:
        raise ValueError("a password in an address is seen by everybody: set user and password_file instead")
    return url


def broker_of(url: str) -> tuple[str, int]:
    """Host and port of a broker's address."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (8883 if is_encrypted(url) else 1883)


def is_encrypted(url: str) -> bool:
    """Whether a broker's address means TLS."""
    return urlsplit(url).scheme == "mqtts"


BrokerUrl = Annotated[
    str, AfterValidator(_a_broker), Words("an mqtt or mqtts address, such as mqtts://broker.example:8883")
]
TopicLevels = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,7}$", max_length=100),
    Words("letters, digits, hyphens and underscores, levels parted by /"),
]


class MqttSettings(CertifiedSettings):
    """A broker to which each announcement is published, MQTT 5."""

    standard: Literal["mqtt"] = Field("mqtt", description="MQTT 5, JSON.")
    url: BrokerUrl = Field(
        description="The broker: mqtts for TLS, or mqtt on this machine or with a secret; ports 8883, 1883."
    )
    prefix: TopicLevels = Field("marsad", description="First levels of every topic.")
    secret_file: FilePath | None = Field(
        None,
        description="File with the secret, 16 bytes or more, whose HMAC-SHA-256 signs each announcement and "
        "each confirmation; needed where it leaves this machine, and without it nobody can confirm.",
    )
    user: str | None = Field(None, min_length=1, max_length=200, description="Name at the broker.")
    password_file: FilePath | None = Field(None, description="File with the password of user.")
    home_assistant: TopicLevels | None = Field(
        None,
        description="First levels under which Home Assistant is told of a sensor per zone and stage, such as "
        '"homeassistant"; default: it is not.',
    )
    stream: list[Kind] = Field(
        ["alarm", "delivery"],
        max_length=len(KINDS),
        description="Kinds of records that are published below stream/v1, each change at most once a second: "
        "track, threat, alarm, delivery. Tracks show everybody at the broker what is seen.",
    )
    timeout_s: float = Field(3.0, gt=0, le=60, description="A broker that takes longer is gone.")
    again_s: float = Field(
        5.0, gt=0, le=60, description="A broker that is gone is tried again at least so often."
    )

    @check
    def _safe_where_it_leaves(self) -> Iterator[Finding]:
        with skipping_unknown:
            if is_loopback(broker_of(self.url)[0]):
                return
            if self.secret_file is None:
                sentence = f"url is {self.url!r}, another machine, where others publish too: set secret_file"
                yield Finding(("url",), sentence)
            if self.password_file is not None and not is_encrypted(self.url):
                yield Finding(
                    ("url",), f"url is {self.url!r}: the password could be read on the way: use mqtts"
                )

    @check
    def _belonging_together(self) -> Iterator[Finding]:
        if self.password_file is not None and self.user is None:
            yield Finding(("password_file",), "password_file belongs to a user: set user")
        with skipping_unknown:
            files = (self.authorities, self.client_certificate)
            if any(one is not None for one in files) and not is_encrypted(self.url):
                yield Finding(("url",), f"url is {self.url!r}, without TLS, where certificates do nothing")
