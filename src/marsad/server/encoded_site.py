"""A running site in the records of the wire, made from its gateway in the same process."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

import marsad
from marsad import wire
from marsad.model.action import Action
from marsad.model.picture import Picture
from marsad.model.security import SecurityEvent
from marsad.register.deliveries import Delay
from marsad.server.documents import Dossier
from marsad.server.gateway import Gateway
from marsad.server.once import Once
from marsad.server.settings import ServerSettings
from marsad.server.wire_site import Phase, Shown
from marsad.site.security_log import SecurityLine
from marsad.wire.encode import picture_to_wire
from marsad.wire.encode_authority import authority_notices, card_to_wire
from marsad.wire.encode_flights import flight_to_wire
from marsad.wire.encode_incidents import incident_summary, incident_to_wire
from marsad.wire.encode_site import frame_of, site_to_wire
from marsad.wire.encode_tracks import FlightsOfTracks, detail_to_wire, motion_to_wire, track_to_wire

if TYPE_CHECKING:
    from marsad.site.coverage import CoverageMaterial

BASE_MAP = "/tiles/base.pmtiles"


class EncodedSite:
    """Implements `WireSite`; also answers what comes over a channel."""

    def __init__(self, gateway: Gateway, settings: ServerSettings) -> None:
        self.gateway = gateway
        self.starts = 1
        self._settings = settings
        self._frame = frame_of(gateway.site)
        self._once = Once(gateway.submit)
        self._newest: tuple[Picture, wire.Picture] | None = None
        self._heard_s: float | None = None

    def info(self) -> wire.SiteInfo:
        """The site and its zones."""
        base_map = BASE_MAP if self._settings.pmtiles is not None else None
        return site_to_wire(self.gateway.site, base_map, marsad.__version__)

    def phase(self) -> Phase:
        """Where the site is in its life."""
        return self.gateway.phase()

    def silent_s(self) -> float | None:
        """How long ago the newest picture that was shown came; None before the first."""
        return None if self._heard_s is None else time.monotonic() - self._heard_s

    def newest(self) -> wire.Picture | None:
        """The newest picture."""
        picture = self.gateway.picture()
        if picture is None:
            return None
        if self._newest is None or self._newest[0] is not picture:
            self._newest = picture, self.encoded(picture)
        return self._newest[1]

    async def pictures(self) -> AsyncIterator[Shown]:
        """New pictures."""
        async for picture in self.gateway.subscribe():
            shown = await asyncio.to_thread(self._shown, picture)
            self._newest = picture, shown.picture
            self._heard_s = time.monotonic()
            yield shown

    def _shown(self, picture: Picture) -> Shown:
        began_s = time.thread_time()
        return Shown(self.encoded(picture), time.thread_time() - began_s)

    def encoded(self, picture: Picture) -> wire.Picture:
        """A picture as it is sent."""
        settings, site = self._settings, self.gateway.site
        shown = picture_to_wire(
            picture, self._frame, settings.detailed_tracks, settings.zones_per_track, site.mode
        )
        shown["notices"] += authority_notices(site, picture)
        return shown

    async def submit(self, action: Action, key: str = "") -> None:
        """Journal what an operator did, once."""
        await self._once.submit(action, key)

    async def track(self, track_id: int) -> wire.TrackReport | None:
        """One track with all its reasons and zones."""
        picture = self.gateway.picture()
        if picture is None:
            return None
        rows = np.flatnonzero(picture.tracks.track_id == track_id)
        if len(rows) == 0:
            return None
        row = int(rows[0])
        assessment = picture.assessments[row]
        sources = picture.sources[row] if picture.sources else ()
        spoofed = () if picture.navigation is None else picture.navigation.spoofed
        return {
            "t_ms": picture.t_ns // 1_000_000,
            "track": track_to_wire(
                assessment,
                int(picture.tracks.first_t_ns[row]) // 1_000_000,
                detail_to_wire(assessment, sources, len(assessment.zones)),
                FlightsOfTracks(picture.flights),
                picture.claims[row] if picture.claims else None,
                track_id in spoofed,
            ),
            "motion": motion_to_wire(
                picture.tracks.where(rows[:1]),
                self._frame,
                None if picture.above_ground_m is None else picture.above_ground_m[rows[:1]],
            ),
        }

    async def authority(self) -> wire.AuthorityCard:
        """Who decides what."""
        return card_to_wire(self.gateway.site.authority)

    async def flights(self) -> list[wire.Flight]:
        """The declared flights."""
        picture = self.gateway.picture()
        if picture is None:
            return []
        return [flight_to_wire(flight, picture.t_ns) for flight in picture.flights.flights]

    def note(self, event: SecurityEvent) -> None:
        """Have what happened at the door journalled."""
        self.gateway.note_security(event)

    async def security(self, limit: int, before_t_ms: int) -> Sequence[wire.SecurityLine]:
        """The newest lines of the security log."""
        lines = (one for one in self.gateway.security() if one.t_ns < before_t_ms * 1_000_000)
        return [_security_line(one) for one in islice(lines, limit)]

    async def incidents(self, limit: int, before_t_ms: int | None) -> Sequence[wire.IncidentSummary]:
        """The newest incidents, newest first; the register is read off the loop."""
        return await asyncio.to_thread(self._summaries, limit, before_t_ms)

    def _summaries(self, limit: int, before_t_ms: int | None) -> list[wire.IncidentSummary]:
        before_t_ns = None if before_t_ms is None else before_t_ms * 1_000_000
        found = self.gateway.incidents(limit, before_t_ns)
        newest = sorted(found, key=lambda one: one.opened_t_ns, reverse=True)
        return [incident_summary(one, self.gateway.site.mode) for one in newest[:limit]]

    async def delays(self) -> Sequence[wire.WarningDelay]:
        """How long warnings took; the register is read off the loop."""
        found = await asyncio.to_thread(self.gateway.delays)
        return [_warning_delay(one) for one in found]

    async def incident(self, incident_id: str) -> wire.Incident | None:
        """One incident, newest version."""
        found = await self.gateway.incident(incident_id)
        if found is None:
            return None
        return await asyncio.to_thread(incident_to_wire, found, self._frame, self.gateway.site.mode)

    async def coverage(self) -> "CoverageMaterial | None":
        """What the coverage of the sensors is worked out of."""
        return await self.gateway.coverage()

    async def dossier(self, incident_id: str) -> Dossier | None:
        """What an incident's documents are written from."""
        if await self.gateway.incident(incident_id) is None:
            return None
        return await self.gateway.dossier(incident_id)


def _security_line(line: SecurityLine) -> wire.SecurityLine:
    """One line of the security log."""
    event = line.event
    return {
        "t_ms": line.t_ns // 1_000_000,
        "what": event.what.value,
        "by": event.by,
        "of": event.of,
        "address": event.address,
        "count": event.count,
        "was": event.was,
        "became": event.became,
    }


def _warning_delay(delay: Delay) -> wire.WarningDelay:
    """How long warnings took on one output in one month."""
    return {
        "month": delay.month,
        "output_id": delay.output_id,
        "count": delay.count,
        "missed": delay.missed,
        "p50_s": None if isnan(delay.p50_s) else round(delay.p50_s, 3),
        "p95_s": None if isnan(delay.p95_s) else round(delay.p95_s, 3),
    }
