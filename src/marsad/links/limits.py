"""What a connection may take of the site before anything is journalled: room, time and bytes.

A connection is worth what the site has said of it (`Standing`). Strangers share little, by address, and give
way to each other; a connection on which a known node speaks has its own. Nothing that was read is dropped:
who sends more than it may is read more slowly, so that the rest waits at its end.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from marsad.model.effect import Standing

STRANGER_BYTES_PER_S = 65_536
ADDRESS_BYTES_PER_S = 262_144
OPENING_BYTES = 4_096  # what it costs to let one more connection be heard
STRANGER_CHUNKS_PER_S = 50
KNOWN_CHUNKS_PER_S = 1_000
ADDRESSES_MAX = 4_096


class Turned(StrEnum):
    """Why a connection was held back or closed at the rim; each has a sentence in both languages."""

    GAVE_WAY = "gave-way"  # others needed its room, and no known node spoke on it
    NO_GREETING = "no-greeting"  # no known node spoke on it in time
    HANDSHAKE = "handshake"  # it showed no certificate that the authorities signed
    HELD_BACK = "held-back"  # a known node sent more than it may, and was read more slowly
    NOT_READING = "not-reading"  # it took nothing of what was sent


@dataclass(frozen=True, slots=True)
class Limits:
    """What one listening feed allows.

    strangers_max     connections on which no known node speaks, all together
    per_address_max   of these from one address
    bytes_per_s_max   read from a connection on which a known node speaks
    greeting_max_s    until a known node must have spoken; infinite: for ever
    """

    strangers_max: int = 256
    per_address_max: int = 64
    bytes_per_s_max: float = 4 << 20
    greeting_max_s: float = 10.0


@dataclass(slots=True)
class Bucket:
    """So much a second, and a second's worth at once."""

    per_s_max: float
    left: float = field(init=False)
    t_s: float = -1.0

    def __post_init__(self) -> None:
        self.left = self.per_s_max

    def take(self, now_s: float, cost: float) -> float:
        """Take some, also what is not there yet; returns the seconds to wait until it is."""
        self.left = min(self.per_s_max, self.left + max(now_s - self.t_s, 0.0) * self.per_s_max)
        self.t_s = now_s
        self.left -= cost
        return max(-self.left, 0.0) / self.per_s_max


@dataclass(slots=True)
class Guest:
    """One connection as the rim sees it."""

    link: int
    address: str
    standing: Standing = Standing.STRANGER
    has_spoken: bool = False
    bytes_: Bucket = field(default_factory=lambda: Bucket(STRANGER_BYTES_PER_S))
    chunks: Bucket = field(default_factory=lambda: Bucket(STRANGER_CHUNKS_PER_S))


class Lobby:
    """All connections of a listening feed and what each may take. Knows no socket and no clock."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._guests: dict[int, Guest] = {}
        self._addresses: dict[str, Bucket] = {}

    def __len__(self) -> int:
        return len(self._guests)

    def enter(self, link: int, address: str) -> int | None:
        """One more connection; returns the one that gives way for it, if any must.

        That is one of its own address where that has its share, else one of the address that has most:
        before those on which a node waits those of strangers, the silent first, the oldest first.
        """
        strangers = [guest for guest in self._guests.values() if guest.standing is not Standing.KNOWN]
        here = [guest for guest in strangers if guest.address == address]
        self._guests[link] = Guest(link, address)
        if len(here) >= self.limits.per_address_max:
            return self._gives_way(here)
        if len(strangers) >= self.limits.strangers_max:
            counts = Counter([address, *(guest.address for guest in strangers)])
            busiest = max(counts, key=lambda name: (counts[name], name))
            return self._gives_way([item for item in strangers if item.address == busiest] or strangers)
        return None

    def vouch(self, link: int, standing: Standing) -> None:
        """The site has said what a connection is worth."""
        if (guest := self._guests.get(link)) is None:
            return
        guest.standing = standing
        if standing is Standing.KNOWN:
            guest.bytes_ = Bucket(self.limits.bytes_per_s_max)
            guest.chunks = Bucket(KNOWN_CHUNKS_PER_S)

    def is_stranger(self, link: int) -> bool:
        """Whether nobody stands behind a connection that is here."""
        guest = self._guests.get(link)
        return guest is not None and guest.standing is Standing.STRANGER

    def is_known(self, link: int) -> bool:
        """Whether a known node speaks on a connection that is here."""
        guest = self._guests.get(link)
        return guest is not None and guest.standing is Standing.KNOWN

    def speaks(self, link: int, now_s: float) -> float:
        """A connection has said its first word; returns the seconds until it may be heard."""
        if (guest := self._guests.get(link)) is None:  # it has given way
            return 0.0
        guest.has_spoken = True
        return self._shared(guest.address).take(now_s, OPENING_BYTES)

    def read(self, link: int, byte_count: int, now_s: float) -> float:
        """So many bytes were read in one go; returns the seconds until the next may be."""
        if (guest := self._guests.get(link)) is None:
            return 0.0
        waits = [guest.bytes_.take(now_s, byte_count), guest.chunks.take(now_s, 1)]
        if guest.standing is not Standing.KNOWN:
            waits.append(self._shared(guest.address).take(now_s, byte_count))
        return max(waits)

    def leave(self, link: int) -> None:
        """A connection has gone."""
        self._guests.pop(link, None)

    def _shared(self, address: str) -> Bucket:
        """What the strangers of one address share; of the addresses that are gone the oldest is forgotten."""
        if (bucket := self._addresses.pop(address, None)) is None:
            bucket = Bucket(ADDRESS_BYTES_PER_S)
            if len(self._addresses) >= ADDRESSES_MAX:
                del self._addresses[next(iter(self._addresses))]
        self._addresses[address] = bucket
        return bucket

    def _gives_way(self, guests: list[Guest]) -> int:
        loser = min(guests, key=lambda guest: (guest.standing, guest.has_spoken, guest.link))
        del self._guests[loser.link]  # others may come before it has gone
        return loser.link
