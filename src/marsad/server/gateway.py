"""What the server needs of a running site, and nothing more."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from marsad.model.action import Action
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.model.site import Site

Language = Literal["ar", "en"]
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


class Gateway(Protocol):
    """A running site as its console sees it."""

    site: Site

    def phase(self) -> Phase:
        """Where the site is in its life; before it runs there are no pictures and no incidents."""

    def picture(self) -> Picture | None:
        """The newest picture, or None before the first."""

    def subscribe(self) -> AsyncIterator[Picture]:
        """New pictures, about 2 to 10 a second; a slow subscriber skips to the newest."""

    async def submit(self, action: Action) -> None:
        """Journal what an operator did, as a frame. Raises ReceivedError if the site cannot use it.

        Raises UnrecordedError where it took effect, but the journal could not be written.
        """

    def incidents(self) -> Sequence[Incident]:
        """The newest version of every incident of the site's own kind, in any order.

        Real ones where the site is live, exercises and tests where it is not: never both.
        """

    def incident(self, incident_id: str) -> Incident | None:
        """The newest version of one incident, or None if there is none of that name."""

    async def report_pdf(self, incident_id: str, language: Language) -> bytes:
        """The incident report as PDF."""

    async def statement(self, incident_id: str, language: Language) -> str:
        """The draft of the public statement, as text."""
