"""What every output can do: hand one word to its receivers, and say how far that came."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from marsad.links.crowd import nobody_is_told
from marsad.model.announcement import (
    Delivered,
    DeliveryState,
    DrillAnnouncement,
    DrillSwitch,
    LiveAnnouncement,
    LiveSwitch,
)
from marsad.model.drill import OutputLink
from marsad.model.heartbeat import Beat
from marsad.model.picture import Picture
from marsad.model.security import SecurityEvent
from marsad.model.site import Site
from marsad.warning.outputs import OutputSettings
from marsad.warning.settings import WarningSettings

Word = LiveAnnouncement | DrillAnnouncement | LiveSwitch | DrillSwitch
Tell = Callable[[Delivered], Awaitable[None]]


def told_nobody(link: OutputLink) -> None:
    """Whoever tries an output alone."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an output is told of the site as it is set up.

    tell     takes what came of a word, also later: a coil read back, a person who confirmed
    utc_ns   UTC, as the words that are handed out now have it
    wall_s   how many seconds on the wall a span of that clock takes
    warning  as whom it warns
    picture  the newest picture that the output may show; None where there is none, or it may not
    tell_link   takes whether the peer of the output can be reached, whenever that changes; returns at once
    tell_security   takes what happened at the output's own port; returns at once
    utc_offset_ns   UTC minus site time, which nobody sets: by it words are kept (`marsad.outputs.kept`)
    """

    site: Site
    tell: Tell
    utc_ns: Callable[[], int]
    wall_s: Callable[[int], float]
    warning: WarningSettings = field(default_factory=WarningSettings)
    picture: Callable[[], Picture | None] = lambda: None
    tell_link: Callable[[OutputLink], None] = told_nobody
    tell_security: Callable[[SecurityEvent], None] = nobody_is_told
    utc_offset_ns: Callable[[], int] = lambda: 0


class Transmitter(Protocol):
    """One output."""

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Hand a word to the receivers; returns SENT, ACCEPTED or ACTUATED.

        Raises LinkError, with a sentence that says what was wrong, where that failed; it is tried again,
        after a while of the peer's for a BusyError, and never for a RefusedError.
        """

    async def run(self) -> None:
        """Whatever goes on beside, such as keeping a connection up; cancelled before `close`."""

    async def close(self) -> None:
        """Let go of everything."""


@runtime_checkable
class Linked(Protocol):
    """A transmitter that keeps a link up: what failed while it was down need not wait for its next turn."""

    def when_linked(self, call: Callable[[], None]) -> None:
        """Call this whenever the link is there again."""


@runtime_checkable
class Beating(Protocol):
    """A transmitter whose receivers can tell when the site has stopped."""

    def beat(self, word: Beat) -> None:
        """Take a beat of the site; returns at once."""


@runtime_checkable
class Foreseeing(Protocol):
    """A transmitter that takes long over a word, and breaks it off for what makes it needless."""

    def foresee(self, word: Word) -> None:
        """A word was offered, and comes by `transmit` in its turn; returns at once."""


@runtime_checkable
class Succeeded(Protocol):
    """A transmitter that leaves something behind, which nobody would take away where other settings hold."""

    def give_way_to(self, settings: OutputSettings | None) -> None:
        """Before its end: the settings of its name from now on, None for none; returns at once."""
