"""What the stream is made from, wherever it runs: pictures as they are sent, and what limits them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from marsad import wire
from marsad.stream.mailbox import Taken

Send = Callable[[Taken], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A picture with its number; a newer one has a greater number."""

    sequence: int
    picture: wire.Picture


class Pictures(Protocol):
    """The pictures of a site as they come."""

    @property
    def newest(self) -> Numbered | None:
        """The newest; None before the first."""

    async def after(self, sequence: int, timeout_s: float) -> Numbered | None:
        """The newest picture as soon as its number is greater; None after about so long without one."""


class Named(Protocol):
    """A phase in a site's life."""

    @property
    def name(self) -> str:
        """As it is told: preparing, running or over."""


class Site(Protocol):
    """A site that is streamed."""

    def info(self) -> wire.SiteInfo:
        """The site and its zones."""

    def phase(self) -> Named:
        """Where the site is in its life."""


class Limits(Protocol):
    """How many may follow the stream, and how slowly."""

    @property
    def stream_clients(self) -> int:
        """So many at once."""

    @property
    def send_timeout_s(self) -> float:
        """Whoever takes nothing for so long is dropped."""
