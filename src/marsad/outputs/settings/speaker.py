"""Settings of loudspeakers on a network."""

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from marsad.links.address import address_from
from marsad.model.language import Language
from marsad.model.peer import is_address, is_loopback
from marsad.model.settings import Finding, FolderPath, Words, check, skipping_unknown
from marsad.warning.outputs import OutputSettings


def _an_end(text: str) -> str:
    host, _ = address_from(text)
    if ipaddress.ip_address(host).version != 4:
        raise ValueError(f"{text[:60]!r} is no IPv4 address and port, such as 239.192.0.1:5004")
    return text


def _an_interface(text: str) -> str:
    if not is_address(text) or ipaddress.ip_address(text).version != 4:
        raise ValueError(f"{text[:60]!r} is no IPv4 address of this machine, such as 192.0.2.7")
    return text


SpeakerAddress = Annotated[
    str, AfterValidator(_an_end), Words("an IPv4 address and port, such as 239.192.0.1:5004")
]
Interface = Annotated[str, AfterValidator(_an_interface), Words("an IPv4 address of this machine")]


class SpeakerSettings(OutputSettings):
    """Loudspeakers on a network, by RTP: sentences of recordings. Nobody knows whether it sounded."""

    standard: Literal["rtp"] = Field("rtp", description="Speech by RTP, G.711.")
    address: SpeakerAddress = Field(
        description="Group of the loudspeakers, or the address of one, and the port: 239.192.0.1:5004."
    )
    encoding: Literal["pcmu", "pcma"] = Field(
        "pcma", description="G.711 by the A-law (pcma) or µ-law (pcmu)."
    )
    clips: FolderPath = Field(
        description="Folder with the recordings, below it en and ar; 8000 samples a second, one channel, 16 "
        "bits."
    )
    languages: list[Language] = Field(
        ["ar", "en"], min_length=1, max_length=2, description="Languages, in the order in which they sound."
    )
    repeats: int = Field(
        5,
        ge=1,
        le=100,
        description="So often each sentence is said, unless its time ends or a newer one comes.",
    )
    pause_s: float = Field(10.0, ge=0, le=600, description="Pause between one time and the next.")
    lead_in_s: float = Field(
        0.4, ge=0, le=5, description="Silence before each sentence, in which amplifiers switch on."
    )
    interface: Interface | None = Field(
        None,
        description="Address of this machine from whose network a group is sent to; default: the system's.",
    )
    hops: int = Field(1, ge=0, le=32, description="How many networks away a group is reached (TTL).")
    dscp: int = Field(46, ge=0, le=63, description="Class of service on the network; 46: speech goes first.")
    private_network: bool = Field(
        False,
        description="The loudspeakers are on a network of their own. RTP knows no password: who reaches them "
        "speaks; needed where they are not on this machine.",
    )

    @check
    def _private_where_it_leaves(self) -> Iterator[Finding]:
        with skipping_unknown:
            host = address_from(self.address)[0]
            stays = is_loopback(host)
            if ipaddress.ip_address(host).is_multicast and self.interface is not None:
                stays = is_loopback(self.interface)
            if not stays and not self.private_network:
                sentence = (
                    f"address is {self.address!r}, outside this machine; RTP knows no password, and who "
                    "reaches loudspeakers speaks: give them a network of their own and set private_network"
                )
                yield Finding(("address",), sentence)

    @check
    def _languages_once(self) -> Iterator[Finding]:
        with skipping_unknown:
            if len(set(self.languages)) < len(self.languages):
                yield Finding(("languages",), f"languages: {self.languages[0]} stands twice")
