"""What the console's application needs of a running site: its records as they are sent, not the engine.

Two things are such a site: `EncodedSite`, which makes the records from a `Gateway` in the same process, and
`RemoteSite`, which asks for them over a channel.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from marsad import wire

if TYPE_CHECKING:
    from marsad.model.action import Action
    from marsad.model.security import SecurityEvent
    from marsad.server.documents import Dossier
    from marsad.site.coverage import CoverageMaterial

PhaseName = Literal["preparing", "running", "over"]


@dataclass(frozen=True, slots=True)
class Phase:
    """Where a site is in its life: preparing its engine, running, or over, as a simulated day is.

    share    of the preparation that is done, 0 to 1
    left_s   estimated seconds until it runs, None if not known
    """

    name: PhaseName
    share: float = 1.0
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as it is sent, and the seconds of processor that it took to make it so."""

    picture: wire.Picture
    encode_s: float


class WireSite(Protocol):
    """A running site in the records of the wire.

    starts   how many servers this site has had, the one that asks included

    What asks the site raises LinkError where it gives no answer, and RecordingError where its record cannot
    be read.
    """

    starts: int

    def info(self) -> wire.SiteInfo:
        """The site and its zones."""

    def phase(self) -> Phase:
        """Where the site is in its life; before it runs there are no pictures and no incidents."""

    def silent_s(self) -> float | None:
        """How long the fold has shown no sign of life; None where that is not known yet."""

    def newest(self) -> wire.Picture | None:
        """The newest picture, or None before the first."""

    def pictures(self) -> AsyncIterator[Shown]:
        """New pictures; the next is made only when it is asked for: a slow reader skips to the newest."""

    async def submit(self, action: "Action", key: str = "") -> None:
        """Journal what an operator did. Raises ReceivedError, UnrecordedError as the site does.

        key   what whoever sends it calls it; what is sent again under the same name is not done again, and
              has the same answer
        """

    async def track(self, track_id: int) -> wire.TrackReport | None:
        """One track of the newest picture with all its reasons, or None if it is not in it."""

    async def authority(self) -> wire.AuthorityCard:
        """Who decides what at the site, with telephone numbers."""

    async def flights(self) -> list[wire.Flight]:
        """The declared flights, in the order they were declared."""

    async def incidents(self, limit: int, before_t_ms: int | None) -> Sequence[wire.IncidentSummary]:
        """The newest incidents of the site's own kind that were opened before a time, newest first."""

    def note(self, event: "SecurityEvent") -> None:
        """Have what happened at the door journalled; returns at once."""

    async def security(self, limit: int, before_t_ms: int) -> Sequence[wire.SecurityLine]:
        """The newest lines of the security log before a time, newest first."""

    async def delays(self) -> Sequence[wire.WarningDelay]:
        """How long warnings took, by month and output, the newest month first; of the site's own kind."""

    async def incident(self, incident_id: str) -> wire.Incident | None:
        """The newest version of one incident, or None if there is none of that name."""

    async def coverage(self) -> "CoverageMaterial | None":
        """What the coverage of the sensors is worked out of; None before the first picture."""

    async def dossier(self, incident_id: str) -> "Dossier | None":
        """What the documents of an incident are written from, or None. Raises RecordingError."""
