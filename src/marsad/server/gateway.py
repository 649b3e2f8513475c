"""What the server needs of a running site, and nothing more."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Protocol

from marsad.model.action import Action
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.model.security import SecurityEvent
from marsad.model.site import Site
from marsad.server.documents import Dossier
from marsad.server.wire_site import Phase
from marsad.site.security_log import SecurityLine

if TYPE_CHECKING:
    from marsad.register.deliveries import Delay
    from marsad.site.coverage import CoverageMaterial


class Gateway(Protocol):
    """A running site as its console sees it."""

    site: Site

    def phase(self) -> Phase:
        """Where the site is in its life; before it runs there are no pictures and no incidents."""

    def picture(self) -> Picture | None:
        """The newest picture, or None before the first."""

    def subscribe(self) -> AsyncIterator[Picture]:
        """New pictures, about 2 to 10 a second; a slow subscriber skips to the newest."""

    async def submit(self, action: Action, key: str = "") -> None:
        """Journal what an operator did, as a frame; nothing if that was done under the same key before.

        Raises ReceivedError if the site cannot use it.

        Raises UnrecordedError where it took effect, but the journal could not be written.
        """

    def incidents(self, limit: int, before_t_ns: int | None) -> Sequence[Incident]:
        """The newest incidents of the site's own kind, each in its newest version; called from any thread.

        Real ones where the site is live, exercises and tests where it is not: never both.

        limit        at most so many
        before_t_ns  opened before that; None: up to now
        """

    def note_security(self, event: SecurityEvent) -> None:
        """Journal what happened at the door; returns at once."""

    def security(self) -> Sequence[SecurityLine]:
        """The newest lines of the security log, newest first, by UTC."""

    def delays(self) -> "Sequence[Delay]":
        """How long warnings took, by month and output, of the site's own kind; called from any thread."""

    async def incident(self, incident_id: str) -> Incident | None:
        """The newest version of one incident, or None if there is none of that name."""

    async def coverage(self) -> "CoverageMaterial | None":
        """What the coverage of the sensors is worked out of; None before the first picture."""

    async def dossier(self, incident_id: str) -> Dossier:
        """What the documents of an incident are written from. Raises RecordingError if there is none."""
