"""Settings of the server."""

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from marsad.errors import ConfigError, ConfigFault
from marsad.model.peer import is_loopback
from marsad.model.role import Permission, Role, is_supervised_by, may
from marsad.model.settings import (
    Finding,
    Network,
    Secret,
    Settings,
    Words,
    check,
    placed,
    skipping_unknown,
    twice,
)
from marsad.model.visible import same_name
from marsad.server.passwords import is_password_hash

STATIC_DIRECTORY = Path(__file__).parent / "static"

# beside the settings file, unless it is absolute
SettingPath = Annotated[Path, AfterValidator(placed)]


def _a_name(value: str) -> str:
    if not re.fullmatch(r"(\*\.)?[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,20}", value):
        raise ValueError(f"{value[:80]!r} is no name of a host, such as marsad.site.example")
    return value


HostName = Annotated[str, AfterValidator(_a_name), Words("a name of a host, such as marsad.site.example")]


def _a_hash(value: str) -> str:
    if not is_password_hash(value):
        raise ValueError("must be a hash made by `marsad password` (scrypt$…)")
    return value


class Operator(Settings):
    """One person who may sign in."""

    name: str = Field(min_length=1, max_length=80, description="as it appears in the timeline and the report")
    role: Role = Field(
        Role.VIEWER,
        description="what they may see and do, by the table of roles; acting is granted, never assumed",
    )
    password_hash: Annotated[
        str,
        AfterValidator(_a_hash),
        Words("a hash made by `marsad password` (scrypt$…)"),
        Secret(),
    ] = Field(repr=False, description="as `marsad password` prints it; the password itself is nowhere")


class ServerSettings(Settings):
    """How the console is served."""

    host: str = Field("127.0.0.1", description="address to bind; loopback: nothing is exposed by default")
    port: int = Field(8080, ge=0, le=65535, description="TCP port; 0 lets the system choose")
    operators: tuple[Operator, ...] = Field((), description="who may sign in; none: open on loopback only")
    tls_certificate: SettingPath | None = Field(
        None, description="PEM chain; with tls_key serves HTTPS itself"
    )
    tls_key: SettingPath | None = Field(None, description="PEM private key of tls_certificate")
    plain_network: bool = Field(
        False,
        description="true: serve the network without TLS and without a proxy that ends it; passwords and "
        "pictures cross it in the clear, and whoever is on it can read and change them",
    )
    hosts: tuple[HostName, ...] = Field(
        (),
        description="names by which the console may be asked for, such as marsad.site.example or "
        "*.site.example; default: those of origins and of this machine, and with TLS or a proxy any",
    )
    origins: tuple[str, ...] = Field(
        (), description="further origins, such as https://marsad.example behind a reverse proxy"
    )
    proxies: tuple[Network, ...] = Field(
        (),
        description="addresses or networks of reverse proxies that end TLS: what they say of a client in "
        "X-Forwarded-For is believed, of nobody else; off loopback without TLS only they may connect",
    )
    metrics_token: Annotated[str, Secret()] | None = Field(
        None, min_length=16, repr=False, description="bearer token with which a collector may read /metrics"
    )
    session_hours: float = Field(
        13.0, gt=0, le=168, description="a sign-in outlives a watch of 12 h and its handover"
    )
    session_idle_minutes: float = Field(
        60.0,
        gt=0,
        le=10_080,
        description="a sign-in that nothing used for so long is over; a console that is open uses its own",
    )
    sign_in_attempts: int = Field(
        5, ge=1, description="per address within the window, four times as many per name: stops guessing"
    )
    sign_in_window_s: float = Field(60.0, gt=0, description="window of sign_in_attempts")
    tokens_file: SettingPath | None = Field(
        None,
        description="file in which `marsad token` keeps the hashes of service tokens; default: beside the "
        "settings, with their name and .tokens.json",
    )
    stream_clients: int = Field(
        16, ge=1, le=1000, description="most programs that follow the stream at one time"
    )
    stream_per_token: int = Field(
        4, ge=1, le=1000, description="most connections to the stream of one token, or of one who signed in"
    )
    picture_rate_hz: float = Field(
        4.0,
        gt=0,
        le=20,
        description="most pictures a second to a client; the console moves tracks in between",
    )
    heartbeat_s: float = Field(
        1.0, gt=0, le=10, description="silence after which the server says it is alive"
    )
    send_timeout_s: float = Field(5.0, gt=0, description="a client that takes nothing for so long is dropped")
    requests_per_s: float = Field(
        50.0,
        gt=0,
        le=10_000,
        description="most requests of one person or address, four seconds of them at once",
    )
    requests_at_once: int = Field(
        16,
        ge=1,
        le=1000,
        description="most of them under way at one time; four times as many of all but those on watch",
    )
    documents_at_once: int = Field(
        2, ge=1, le=16, description="most reports that are written at one time for one person"
    )
    body_timeout_s: float = Field(
        10.0, gt=0, le=300, description="a request whose body takes longer is refused"
    )
    clients_per_person: int = Field(8, ge=1, description="most consoles of one who signed in")
    clients_reserved: int = Field(
        16, ge=0, description="so many of clients only people who may acknowledge alarms can take"
    )
    clients: int = Field(64, ge=1, description="most consoles at one time: bounds memory and work")
    clients_per_address: int = Field(16, ge=1, description="most of them from one address")
    detailed_tracks: int = Field(
        200,
        ge=1,
        description="most dangerous tracks sent with their reasons; the others are asked for one by one",
    )
    zones_per_track: int = Field(3, ge=1, description="most dangerous zones sent with a detailed track")
    pmtiles: SettingPath | None = Field(
        None, description="local base map archive (Protomaps basemap, PMTiles v3)"
    )
    static_directory: SettingPath = Field(STATIC_DIRECTORY, description="the built console")

    @check
    def _tls_needs_both(self) -> Iterator[Finding]:
        if (self.tls_certificate is None) != (self.tls_key is None):
            yield Finding((), "tls_certificate and tls_key must be given together")

    @property
    def is_plain(self) -> bool:
        """Whether the settings take the risk of a network without TLS."""
        return self.plain_network and not is_loopback(self.host) and self.tls_certificate is None

    @property
    def serves_proxies_only(self) -> bool:
        """Whether only a reverse proxy may connect: passwords would cross a network in the clear."""
        return _in_the_clear(self)

    def is_proxy(self, address: str) -> bool:
        """Whether a client's address is one of the reverse proxies."""
        try:
            peer = ipaddress.ip_address(address)
        except ValueError:
            return False
        peer = getattr(peer, "ipv4_mapped", None) or peer
        networks = (ipaddress.ip_network(one, strict=False) for one in self.proxies)
        return any(peer.version == network.version and peer in network for network in networks)

    @property
    def is_supervised(self) -> bool:
        """Whether a supervisor is named."""
        return is_supervised_by(one.role for one in self.operators)

    @property
    def watchers(self) -> tuple[str, ...]:
        """Who may take the watch, by the names by which they sign in."""
        supervised = self.is_supervised
        return tuple(
            one.name for one in self.operators if may(one.role, Permission.WATCH, is_supervised=supervised)
        )

    @property
    def is_open(self) -> bool:
        """Whether nobody has to sign in: no operators are configured."""
        return not self.operators


def _in_the_clear(settings: ServerSettings) -> bool:
    """Whether passwords would cross a network unencrypted; reads fields alone, also of a part of a record."""
    is_plain = not is_loopback(settings.host) and settings.tls_certificate is None
    return is_plain and not settings.plain_network


def open_network(settings: ServerSettings) -> Iterator[Finding]:
    """Why a console may not be served so.

    Open to a network without sign-in, or with passwords in the clear, or two operators of one name.
    """
    if not settings.operators and not is_loopback(settings.host):
        sentence = (
            f"operators: there are none, and host {settings.host} is reachable from the network: "
            "configure at least one operator, or bind 127.0.0.1"
        )
        yield Finding(("operators",), sentence)
    if _in_the_clear(settings) and not settings.proxies:
        sentence = (
            f"host: {settings.host} is reachable from the network, and passwords would cross it "
            "in the clear: give tls_certificate and tls_key, or name in proxies the reverse proxy "
            "that ends TLS, or bind 127.0.0.1; plain_network = true takes the risk"
        )
        yield Finding(("host",), sentence)
    yield from twice(settings.operators, "operators", "name")
    for number, one in enumerate(settings.operators):
        with skipping_unknown:
            for earlier, other in enumerate(settings.operators[:number]):
                if one.name != other.name and same_name(one.name, other.name):
                    sentence = (
                        f"name: {one.name!r} reads like operator {earlier + 1} ({other.name!r}): two people "
                        "who decide together must be told apart"
                    )
                    yield Finding(("operators", number, "name"), sentence)


def refuse_open_network(settings: ServerSettings) -> None:
    """Raise ConfigError if the console would be open to a network, or two operators share a name."""
    faults = [
        ConfigFault(".".join(["server", *map(str, place)]), "", sentence, sentence=f"server: {sentence}")
        for place, sentence in open_network(settings)
    ]
    if faults:
        raise ConfigError("server settings", faults)
