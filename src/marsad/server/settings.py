"""Settings of the server."""

import ipaddress
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from marsad.errors import ConfigError, ConfigFault
from marsad.server.passwords import is_password_hash

STATIC_DIRECTORY = Path(__file__).parent / "static"


class Role(StrEnum):
    """What a signed-in person may do."""

    VIEWER = "viewer"  # sees everything, changes nothing
    OPERATOR = "operator"  # also acts: acknowledges, decides identity, reports outcomes, closes


class Operator(BaseModel):
    """One person who may sign in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=80, description="as it appears in the timeline and the report")
    role: Role = Field(Role.VIEWER, description="viewer by default: acting is granted, never assumed")
    password_hash: str = Field(
        repr=False, description="as `marsad.server.hash_password` prints it; the password itself is nowhere"
    )

    @field_validator("password_hash")
    @classmethod
    def _must_be_a_hash(cls, value: str) -> str:
        if not is_password_hash(value):
            raise ValueError("must be a hash made by marsad.server.hash_password (scrypt$…)")
        return value


class ServerSettings(BaseModel):
    """How the console is served."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="address to bind; loopback: nothing is exposed by default")
    port: int = Field(8080, ge=0, le=65535, description="TCP port; 0 lets the system choose")
    operators: tuple[Operator, ...] = Field((), description="who may sign in; none: open on loopback only")
    tls_certificate: Path | None = Field(None, description="PEM chain; with tls_key serves HTTPS itself")
    tls_key: Path | None = Field(None, description="PEM private key of tls_certificate")
    origins: tuple[str, ...] = Field(
        (), description="further origins, such as https://marsad.example behind a reverse proxy"
    )
    metrics_token: str | None = Field(
        None, min_length=16, repr=False, description="bearer token with which a collector may read /metrics"
    )
    session_hours: float = Field(
        13.0, gt=0, le=168, description="a sign-in outlives a watch of 12 h and its handover"
    )
    sign_in_attempts: int = Field(
        5, ge=1, description="per name and per address within the window: stops guessing"
    )
    sign_in_window_s: float = Field(60.0, gt=0, description="window of sign_in_attempts")
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
    clients: int = Field(64, ge=1, description="most consoles at one time: bounds memory and work")
    detailed_tracks: int = Field(
        200,
        ge=1,
        description="most dangerous tracks sent with their reasons; the others are asked for one by one",
    )
    zones_per_track: int = Field(3, ge=1, description="most dangerous zones sent with a detailed track")
    pmtiles: Path | None = Field(None, description="local base map archive (Protomaps basemap, PMTiles v3)")
    static_directory: Path = Field(STATIC_DIRECTORY, description="the built console")

    @model_validator(mode="after")
    def _tls_needs_both(self) -> "ServerSettings":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key must be given together")
        return self

    @property
    def is_open(self) -> bool:
        """Whether nobody has to sign in: no operators are configured."""
        return not self.operators


def is_loopback(host: str) -> bool:
    """Whether an address or name stands for this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_open_network(settings: ServerSettings) -> None:
    """Raise ConfigError if the console would be open to a network, or two operators share a name."""
    faults = []
    if settings.is_open and not is_loopback(settings.host):
        faults.append(
            ConfigFault(
                "server.operators",
                "none",
                f"host {settings.host} is reachable from the network: configure at least one operator, "
                "or bind 127.0.0.1",
            )
        )
    names = [operator.name for operator in settings.operators]
    faults.extend(
        ConfigFault("server.operators.name", name, "each operator needs a name of their own")
        for name in sorted({name for name in names if names.count(name) > 1})
    )
    if faults:
        raise ConfigError("server settings", faults)
