"""Assessments made by hand: what the warning stage is fed."""

from collections.abc import Callable
from math import nan

import numpy as np
import pytest

from marsad.model.reason import Reason
from marsad.model.site import Mode, Site, Zone
from marsad.model.threat import THREAT_CLASSES, Identity, Level, ThreatAssessment, ZoneThreat
from marsad.model.track import TrackTable

START_NS = 1_641_285_600_000_000_000
ZONES = ("hq", "fuel", "camp", "apron", "gate", "clinic")


@pytest.fixture
def start_ns() -> int:
    return START_NS


@pytest.fixture
def site() -> Site:
    square = ((400.0, 400.0), (700.0, 400.0), (700.0, 600.0), (400.0, 600.0))
    zones = (
        Zone("hq", "HQ", "المقر", (), (0.0, 0.0), 150.0),
        Zone("fuel", "Fuel & <oil>", "الوقود", square, (550.0, 500.0), 180.0),
        *(
            Zone(name, name.title(), name, (), (1000.0 * n, 0.0), 100.0)
            for n, name in enumerate(ZONES[2:], 1)
        ),
    )
    return Site("asad", "Ain al-Asad", "عين الأسد", 33.8, 42.4, 180.0, 10800, zones, (), Mode.LIVE)


Threat = Callable[..., ThreatAssessment]


@pytest.fixture
def threat() -> Threat:
    """threat(track_id, hq=Level.WARN, fuel=Level.ALERT, seconds=40, class_name="owa")."""

    def make(
        track_id: int, *, seconds: float = 40.0, class_name: str = "owa", hit: float = 0.8, **levels: Level
    ) -> ThreatAssessment:
        zones = tuple(
            ZoneThreat(
                zone, 1000.0, 0.0, hit, seconds, seconds - 5, seconds + 5, seconds, 50.0 + level, level
            )
            for zone, level in sorted(levels.items(), key=lambda item: -item[1])
        )
        mix = tuple(float(name == class_name) for name in THREAT_CLASSES)
        top = max(levels.values(), default=Level.INFO)
        rule = Reason("rule.warn_course", (("zone_id", zones[0].zone_id if zones else ""),))
        return ThreatAssessment(
            track_id, START_NS, top, 50.0, Identity.UNKNOWN, "", mix, 0.9, 10.0, (), rule, None, zones
        )

    return make


@pytest.fixture
def table() -> Callable[..., TrackTable]:
    """table(t_ns, 1, 2, 3, last_t_ns=…): tracks with a plot at t_ns unless said otherwise."""

    def make(t_ns: int, *track_ids: int, last_t_ns: int | None = None) -> TrackTable:
        count = len(track_ids)
        return TrackTable(
            t_ns,
            np.array(track_ids, np.int64),
            np.full((count, 6), nan),
            np.full((count, 6, 6), nan),
            np.ones(count),
            np.ones(count, bool),
            np.full(count, START_NS),
            np.full(count, t_ns if last_t_ns is None else last_t_ns, np.int64),
            np.full(count, 5),
            np.ones((count, 1)),
        )

    return make
