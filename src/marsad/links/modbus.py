"""A connection to a relay by Modbus TCP, as a client: coils written and read back, one register written.

Over pymodbus, whose own reconnecting is off: whoever opened a connection decides whether to try again.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

from marsad.errors import LinkError
from marsad.links.apart import apart

# it logs each attempt; what is worth telling is told by whoever opened the connection
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
_REFUSALS = {
    1: "it knows no such function",
    2: "it has no such coil or register",
    3: "it takes no such value",
    4: "it failed at it",
    6: "it is busy",
}


class RefusedError(LinkError):
    """The relay answered that it will not; the connection is well."""


class Relay:
    """A relay that is connected, until the connection ends. Every method raises LinkError."""

    def __init__(self, client: AsyncModbusTcpClient, unit: int, timeout_s: float) -> None:
        self._client = client
        self._unit = unit
        self._timeout_s = timeout_s

    @property
    def is_open(self) -> bool:
        """Whether the connection is there, as far as is known."""
        return self._client.connected

    async def read(self, coil: int) -> bool:
        """Whether a coil is on."""
        answer = await self._answer(f"coil {coil}", self._client.read_coils(coil, device_id=self._unit))
        if not answer.bits:
            raise RefusedError(f"the relay says nothing of coil {coil}")
        return bool(answer.bits[0])

    async def write(self, coil: int, is_on: bool) -> None:
        """Set a coil."""
        await self._answer(f"coil {coil}", self._client.write_coil(coil, is_on, device_id=self._unit))

    async def count(self, register: int, value: int) -> None:
        """Write a holding register."""
        written = self._client.write_register(register, value & 0xFFFF, device_id=self._unit)
        await self._answer(f"register {register}", written)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    async def _answer(self, what: str, asked: Awaitable[ModbusPDU]) -> ModbusPDU:
        try:
            answer = await apart(asked)
        except (ModbusException, OSError) as error:
            self.close()  # a late answer would be taken for that to the next question
            why = "the connection ended" if not isinstance(error, ModbusException) else _said(error)
            raise LinkError(f"{what}: no answer of the relay within {self._timeout_s:g} s: {why}") from error
        if answer.isError():
            code = getattr(answer, "exception_code", 0)
            raise RefusedError(f"the relay refuses {what}: {_REFUSALS.get(code, f'exception {code}')}")
        return answer


@contextlib.asynccontextmanager
async def connected(address: tuple[str, int], unit: int, timeout_s: float) -> AsyncIterator[Relay]:
    """A connection to a relay. Raises LinkError where there is none."""
    host, port = address
    client = AsyncModbusTcpClient(host, port=port, timeout=timeout_s, retries=0, reconnect_delay=0)
    try:
        if not await apart(client.connect()):
            raise LinkError(f"nobody answers at {host}:{port} within {timeout_s:g} s")
        yield Relay(client, unit, timeout_s)
    finally:
        client.close()


def _said(error: ModbusException) -> str:
    return "it is silent" if "No response" in error.string else error.string
