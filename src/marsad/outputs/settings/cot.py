"""Settings of Cursor on Target, as TAK servers and TAK handsets speak it."""

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from marsad.model.language import Language
from marsad.model.peer import is_address, is_loopback
from marsad.model.settings import Finding, Words, check, skipping_unknown
from marsad.outputs.settings.reach import CertifiedSettings
from marsad.warning.outputs import Stage


def _a_tak_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        known = (
            parts.scheme in ("tcp", "tls", "udp")
            and bool(parts.hostname)
            and bool(parts.port)
            and not (parts.username or parts.password or parts.path or parts.query)
        )
    except ValueError:
        known = False
    if not known:
        raise ValueError(
            f"{text[:80]!r} is no address such as tls://tak.example:8089, tcp://127.0.0.1:8087 or "
            "udp://239.2.3.1:6969"
        )
    host = parts.hostname or ""
    if parts.scheme == "udp" and not (is_address(host) and ipaddress.ip_address(host).version == 4):
        raise ValueError(f"{text[:80]!r}: udp is sent to an IPv4 address, such as udp://239.2.3.1:6969")
    return text


TakAddress = Annotated[
    str, AfterValidator(_a_tak_address), Words("an address such as tls://tak.example:8089, tcp:// or udp://")
]


def _an_ipv4_address(text: str) -> str:
    if not is_address(text) or ipaddress.ip_address(text).version != 4:
        raise ValueError(f"{text[:60]!r} is no IPv4 address of this machine, such as 127.0.0.1")
    return text


class CotSettings(CertifiedSettings):
    """Alarms and their zones as Cursor on Target, for a TAK server or for the handsets of a network.

    A TAK server says nothing of what it got: what is sent here is never known to be accepted.
    """

    standard: Literal["cot"] = Field("cot", description="Cursor on Target.")
    address: TakAddress = Field(
        description="Of a TAK server (tls:// or tcp://) or of a network's handsets (udp://, such as "
        "udp://239.2.3.1:6969)."
    )
    server_name: str | None = Field(
        None, min_length=1, description="Name in the server's certificate; default: that of its address."
    )
    version: Literal[0, 1] = Field(
        0,
        description="0: XML; 1: protobuf of the TAK protocol, over udp:// alone.",
    )
    interface: Annotated[
        str | None,
        AfterValidator(lambda text: None if text is None else _an_ipv4_address(text)),
        Words("an IPv4 address of this machine"),
    ] = Field(
        None,
        description="Address of this machine from whose network a group is sent to; default: the system's.",
    )
    hops: int = Field(1, ge=0, le=32, description="How many networks away a group is reached.")
    unprotected: bool = Field(
        False,
        description="It may be sent over a network by udp://, where anybody can read it and send the like.",
    )
    callsign: str = Field(
        "", max_length=60, description="What the site is called on maps; default: its English name."
    )
    language: Language = Field("en", description="Language of titles; the text has both.")
    emergencies: list[Stage] = Field(
        ["WARN"],
        description="Stages that sound as emergencies on every handset; others are markers on the map.",
    )
    chat: bool = Field(True, description="Each announcement is a line in the chat room of everybody, too.")
    tracks: bool = Field(
        False, description="Once a second what is seen is shown, too: the 100 most dangerous tracks."
    )
    repeat_s: float = Field(
        15.0,
        ge=1,
        le=600,
        description="So often the site shows that it is there, and sends open alarms again for who comes "
        "late.",
    )
    timeout_s: float = Field(3.0, gt=0, le=60, description="A server that takes nothing for so long is gone.")

    @check
    def _protected_where_it_leaves(self) -> Iterator[Finding]:
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        if parts.scheme == "tcp" and not is_loopback(host):
            sentence = f"address is {self.address!r}, another machine, in the clear: use tls://"
            yield Finding(("address",), sentence)
        if parts.scheme == "udp":
            stays = is_loopback(host)
            if not stays and ipaddress.ip_address(host).is_multicast and self.interface is not None:
                stays = is_loopback(self.interface)
            if not stays and not self.unprotected:
                sentence = (
                    f"address is {self.address!r}: anybody on that network can read it and send the like; "
                    "use tls:// to a server, or set unprotected = true where the network is your own"
                )
                yield Finding(("address",), sentence)

    @check
    def _protobuf_in_datagrams(self) -> Iterator[Finding]:
        if self.version == 1 and urlsplit(self.address).scheme != "udp":
            sentence = (
                "version is 1: a TAK server speaks XML until it is sent a message of the types t-x-takp-…, "
                "and this never sends any type of a task; use version 0, or udp://"
            )
            yield Finding(("version",), sentence)

    @check
    def _certificates_for_tls(self) -> Iterator[Finding]:
        with skipping_unknown:
            names = ("authorities", "client_certificate", "server_name")
            for name in names:
                if getattr(self, name) is not None and urlsplit(self.address).scheme != "tls":
                    yield Finding((name,), f"{name} is for tls://, and address is {self.address!r}")
