"""The places of consoles: how many one may open, so that nobody takes the places of those on watch."""

from dataclasses import dataclass

from marsad.model.peer import network_of
from marsad.server.holdings import Holdings
from marsad.server.sessions import Person
from marsad.server.settings import ServerSettings
from marsad.server.turnstile import is_on_watch

_OTHERS = "consoles of others"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of one console.

    by_person, by_address   who holds it, as `Holdings` counts them; "" where that does not count
    is_kept                 whether it is of somebody on watch
    """

    by_person: str
    by_address: str
    is_kept: bool

    @staticmethod
    def of(person: Person, address: str, settings: ServerSettings) -> "Place":
        """The place of whoever opens a console; where nobody signs in, the address alone counts."""
        is_kept = is_on_watch(person, settings)
        by_person = "" if settings.is_open else f"console {person.name}"
        by_address = network_of(address) if settings.is_open or not is_kept else ""
        return Place(by_person, by_address, is_kept)

    @property
    def holders(self) -> list[str]:
        """All that hold it."""
        return [one for one in (self.by_person, self.by_address, "" if self.is_kept else _OTHERS) if one]

    def fault(self, clients: int, holdings: Holdings, settings: ServerSettings) -> str:
        """Why there is no room for it; "" where there is.

        clients   that are open
        """
        if clients >= settings.clients:
            return f"{settings.clients} consoles are connected already"
        for_others = max(settings.clients - settings.clients_reserved, 1)
        if not self.is_kept and holdings.of(_OTHERS) >= for_others:
            return f"{for_others} consoles are connected; the other places are kept for those on watch"
        if self.by_person and holdings.of(self.by_person) >= settings.clients_per_person:
            return f"{settings.clients_per_person} consoles of one person are open (clients_per_person)"
        if self.by_address and holdings.of(self.by_address) >= settings.clients_per_address:
            at_most = settings.clients_per_address
            return f"{at_most} consoles are connected from {self.by_address} (clients_per_address)"
        return ""
