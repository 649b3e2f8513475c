"""Settings of the outputs: how each is reached."""

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from marsad.links.heartbeat import Sent, address_from
from marsad.model.peer import is_loopback
from marsad.model.settings import Finding, Settings, Words, check, skipping_unknown
from marsad.warning.outputs import OutputSettings as Output
from marsad.warning.outputs import Stage

FilePath = Annotated[str, Field(min_length=1, max_length=4096), Words("the path of a file")]


def _a_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError(f"{url[:80]!r} is no http or https address, such as https://gate.example/alarm")
    if parts.username or parts.password:
        raise ValueError("a password in an address is seen by everybody: sign with secret_file instead")
    return url


Url = Annotated[str, AfterValidator(_a_url), Words("an http or https address")]


class WebhookSettings(Output):
    """A web server that is sent each announcement as JSON by HTTP POST."""

    standard: Literal["webhook"] = Field("webhook", description="HTTP POST of JSON.")
    url: Url = Field(description="Where it is posted; https, or http on this machine or with a secret.")
    secret_file: FilePath | None = Field(
        None,
        description="File with the secret, 16 bytes or more, whose HMAC-SHA-256 signs each post; needed "
        "where it leaves this machine.",
    )
    authorities: FilePath | None = Field(
        None,
        description="PEM file of the authorities whose server certificates are good; default: usual ones.",
    )
    client_certificate: FilePath | None = Field(None, description="PEM chain shown to the server.")
    client_key: FilePath | None = Field(None, description="PEM private key of client_certificate.")
    timeout_s: float = Field(3.0, gt=0, le=60, description="An answer that takes longer is none.")

    @check
    def _signed_where_it_leaves(self) -> Iterator[Finding]:
        with skipping_unknown:
            host = urlsplit(self.url).hostname or ""
            if self.secret_file is None and not is_loopback(host):
                sentence = f"url is {self.url!r}, another machine, which cannot know us: set secret_file"
                yield Finding(("url",), sentence)

    @check
    def _certificate_with_key(self) -> Iterator[Finding]:
        if (self.client_certificate is None) != (self.client_key is None):
            yield Finding(("client_certificate",), "client_certificate and client_key must be given together")


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


class MqttSettings(Output):
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
    authorities: FilePath | None = Field(
        None,
        description="PEM file of the authorities whose server certificates are good; default: usual ones.",
    )
    client_certificate: FilePath | None = Field(None, description="PEM chain shown to the broker.")
    client_key: FilePath | None = Field(None, description="PEM private key of client_certificate.")
    home_assistant: TopicLevels | None = Field(
        None,
        description="First levels under which Home Assistant is told of a sensor per zone and stage, such as "
        '"homeassistant"; default: it is not.',
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
        if (self.client_certificate is None) != (self.client_key is None):
            yield Finding(("client_certificate",), "client_certificate and client_key must be given together")
        if self.password_file is not None and self.user is None:
            yield Finding(("password_file",), "password_file belongs to a user: set user")
        with skipping_unknown:
            files = (self.authorities, self.client_certificate)
            if any(one is not None for one in files) and not is_encrypted(self.url):
                yield Finding(("url",), f"url is {self.url!r}, without TLS, where certificates do nothing")


class CoilSettings(Settings):
    """A coil of a relay, and what hangs on it."""

    coil: int = Field(ge=0, le=65_535, description="Its number, from 0.")
    zone: str = Field("", description='Zone for which it is; "": every zone.')
    stage: Stage = Field(description="Stage for which it is.")
    use: Literal["siren", "light", "sign"] = Field(
        description="What hangs on it; nothing else can be switched."
    )


class ModbusSettings(Output):
    """A relay whose coils switch sirens, lights and signs, by Modbus TCP."""

    standard: Literal["modbus"] = Field("modbus", description="Modbus TCP.")
    address: Sent = Field(description="Address and port of the relay.")
    unit: int = Field(1, ge=1, le=255, description="Its unit number.")
    coils: list[CoilSettings] = Field(min_length=1, max_length=64, description="Its coils that are ours.")
    private_network: bool = Field(
        False,
        description="The relay is on a network of its own. Modbus knows no password: who reaches the relay "
        "switches it; needed where it is not on this machine.",
    )
    assert_s: float = Field(
        3.0, gt=0, le=60, description="So often each coil is read, and what is on is set again."
    )
    watchdog_register: int | None = Field(
        None,
        ge=0,
        le=65_535,
        description="Holding register that counts up each second while the site lives, for the relay's own "
        "watchdog; default: none.",
    )
    timeout_s: float = Field(1.0, gt=0, le=60, description="An answer that takes longer is none.")

    @check
    def _private_where_it_leaves(self) -> Iterator[Finding]:
        with skipping_unknown:
            if not self.private_network and not is_loopback(address_from(self.address)[0]):
                sentence = (
                    f"address is {self.address!r}, another machine; Modbus knows no password, and who "
                    "reaches the relay switches it: give it a network of its own and set private_network"
                )
                yield Finding(("address",), sentence)

    @check
    def _coils_distinct(self) -> Iterator[Finding]:
        seen = set[int]()
        with skipping_unknown:
            for number, one in enumerate(self.coils):
                if one.coil in seen:
                    sentence = f"coil {one.coil} stands twice: a coil has one zone, stage and use"
                    yield Finding(("coils", number, "coil"), sentence)
                seen.add(one.coil)

    @check
    def _coils_for_what_is_served(self) -> Iterator[Finding]:
        """What the output is told of has a coil, and each coil is told of something."""
        with skipping_unknown:
            for number, one in enumerate(self.coils):
                if one.stage not in self.stages:
                    sentence = f"coil {one.coil} is for {one.stage}, of which stages has nothing"
                    yield Finding(("coils", number, "stage"), sentence)
                if one.zone and self.zones and one.zone not in self.zones:
                    sentence = f"coil {one.coil} is for zone {one.zone!r}, which zones leaves out"
                    yield Finding(("coils", number, "zone"), sentence)
            for stage in self.stages:
                places = {one.zone for one in self.coils if one.stage == stage}
                for zone in self.zones or [""]:
                    if not places & {zone, ""}:
                        where = f"zone {zone!r}" if zone else "every zone: name those of the coils in zones"
                        sentence = f"stages has {stage}, and no coil of that stage is for {where}"
                        yield Finding(("coils",), sentence)


OutputSettings = Annotated[WebhookSettings | MqttSettings | ModbusSettings, Field(discriminator="standard")]
