"""Settings of a relay: what hangs on its coils, and nothing but sirens, lights and signs can."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from marsad.links.address import address_from
from marsad.links.heartbeat import Sent
from marsad.model.peer import is_loopback
from marsad.model.settings import Finding, Settings, check, skipping_unknown
from marsad.warning.outputs import OutputSettings as Output
from marsad.warning.outputs import Stage


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
