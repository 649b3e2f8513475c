"""What outputs are tested with: a site, an announcement, and ears for what came of it."""

import asyncio
import time
from dataclasses import dataclass, field

import pytest

from marsad.model.announcement import (
    AnnouncementKind,
    Delivered,
    DeliveryState,
    DrillAnnouncement,
    LiveAnnouncement,
)
from marsad.model.site import Mode, Site, Zone
from marsad.model.threat import Level
from marsad.model.warning import TimeLeft
from marsad.outputs.transmitter import Surroundings

from .tak import taky

__all__ = ["taky"]

S = 1_000_000_000


@dataclass
class Ears:
    """What outputs said."""

    heard: list[Delivered] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, said: Delivered) -> None:
        """Take it."""
        self.heard.append(said)
        self.news.set()

    async def until(self, count: int) -> list[Delivered]:
        """What was said, once it is so much."""
        async with asyncio.timeout(20):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()
        return self.heard

    async def until_state(self, announcement_id: str, state: DeliveryState) -> Delivered:
        """What was said of an announcement, once it is so far."""
        async with asyncio.timeout(20):
            while True:
                for one in self.heard:
                    if (one.announcement_id, one.state) == (announcement_id, state):
                        return one
                self.news.clear()
                await self.news.wait()


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def site() -> Site:
    zones = (
        Zone("fuel", "Fuel", "الوقود", (), (500.0, 500.0), 100.0),
        Zone("hq", "HQ", "المقر", (), (0.0, 0.0), 100.0),
    )
    return Site("asad", "Ain al-Asad", "عين الأسد", 33.8, 42.4, 180.0, 10800, zones, (), Mode.LIVE)


@pytest.fixture
def surroundings(site: Site, ears: Ears) -> Surroundings:
    return Surroundings(site, ears.tell, time.time_ns, lambda span_ns: span_ns * 1e-9)


def announced(
    number: int = 1,
    kind: AnnouncementKind = AnnouncementKind.WARNING,
    *,
    output_id: str = "gate",
    alarm_id: str = "raid-1-warn-fuel-1",
    lasts_s: float = 600.0,
) -> LiveAnnouncement:
    """An announcement of now."""
    now_ns = time.time_ns()
    return LiveAnnouncement(
        *(f"{alarm_id}-{kind.value}-{number}", output_id, kind, alarm_id, "raid-1", "fuel", Level.WARN),
        *(now_ns, now_ns, now_ns + int(lasts_s * S), TimeLeft(42.0, 35.0, 50.0), 2),
        kind is AnnouncementKind.WARNING,
    )


def drilled(number: int = 1, *, output_id: str = "gate") -> DrillAnnouncement:
    """The same as an exercise."""
    one = announced(number, output_id=output_id)
    return DrillAnnouncement(**{name: getattr(one, name) for name in LiveAnnouncement.__dataclass_fields__})
