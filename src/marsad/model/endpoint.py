"""Hosts with ports, as settings write them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from marsad.model.settings import Words


def _port_within(endpoint: str) -> str:
    port = int(endpoint.rpartition(":")[2])
    if port > 65_535:
        raise ValueError(f"port {port} is out of range; the highest is 65535")
    return endpoint


def _port_given(endpoint: str) -> str:
    if int(endpoint.rpartition(":")[2]) == 0:
        raise ValueError("port 0 cannot be dialled; name the port of the other side")
    return endpoint


_HOST_AND_PORT = Field(pattern=r"^\[?[A-Za-z0-9_.:-]+\]?:[0-9]{1,5}$")
_WORDS = Words('a host and a port, such as "127.0.0.1:5020" or "[::1]:5020"')
Listened = Annotated[str, _HOST_AND_PORT, AfterValidator(_port_within), _WORDS]
Dialled = Annotated[str, _HOST_AND_PORT, AfterValidator(_port_within), AfterValidator(_port_given), _WORDS]
