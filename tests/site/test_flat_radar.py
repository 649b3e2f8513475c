"""A radar that measures no heights, as most do, alone at a site."""

import math

import numpy as np
import pytest

from marsad.feeds.sapient import edge
from marsad.feeds.sapient.ulid import ulid
from marsad.model.effect import Warn
from marsad.model.frame import CONFIGURATION, TICK, Frame
from marsad.model.sensor import SensorKind
from marsad.model.threat import Level
from marsad.site.fold import SiteFold

T0 = 1_700_000_000 * 10**9
RADAR = edge.EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.3, 44.4, 0.0)
RADIUS_M = 200.0
SITE = f"""
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "hq"
name_en = "HQ"
name_ar = "المقر"
centre = [33.3, 44.4]
radius_m = {RADIUS_M}
[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"
"""


def flown(
    begin_m: float, speed_mps: float, height_m: float, period_s: float
) -> tuple[dict[Level, float], int]:
    """Seconds before the zone's edge at which each stage was raised, and how many tracks were shown.

    Something flies level from the north-east over the radar at the middle of the zone.
    """
    noise, site = np.random.default_rng(1), SiteFold(Frame(CONFIGURATION, T0, SITE.encode()))
    hello = edge.registration(RADAR, T0) + edge.status(RADAR, T0, ulid(T0, 1), first=True)
    site.fold(Frame("sensors", T0 + 10**6, hello, 1))
    raised: dict[Level, float] = {}
    shown: set[int] = set()
    for look in range(round(begin_m / speed_mps / period_s)):
        ground_m = begin_m - look * period_s * speed_mps
        t_ns = T0 + round((1 + look * period_s) * 1e9)
        range_m = math.hypot(ground_m, height_m) + 15.0 * noise.standard_normal()
        plot = edge.polar_detection(
            *(RADAR, t_ns, ulid(t_ns, 2), ulid(T0, 7), 1.0 + 0.005 * noise.standard_normal(), 0.005),
            range_m=range_m,
            range_sigma_m=15.0,
        )
        for frame in (Frame("sensors", t_ns + 5 * 10**7, plot, 1), Frame(TICK, t_ns + 9 * 10**8)):
            for effect in site.fold(frame):
                if isinstance(effect, Warn):
                    raised.setdefault(effect.event.stage, (ground_m - RADIUS_M) / speed_mps)
        shown |= set(site.picture().tracks.track_id.tolist())
    return raised, len(shown)


@pytest.mark.parametrize(
    ("begin_m", "speed_mps", "height_m"), [(6000, 60, 150), (4000, 30, 100), (2500, 15, 60), (3000, 45, 80)]
)
def test_what_comes_low_is_warned_of_as_one_track(begin_m: float, speed_mps: float, height_m: float) -> None:
    raised, tracks = flown(begin_m, speed_mps, height_m, 1.0)
    assert raised[Level.ALERT] >= 45 and raised[Level.WARN] >= 30
    assert tracks == 1


@pytest.mark.parametrize(("begin_m", "speed_mps", "height_m"), [(8000, 80, 3000), (40_000, 230, 10_000)])
def test_what_passes_high_is_not_warned_of(begin_m: float, speed_mps: float, height_m: float) -> None:
    raised, _ = flown(begin_m, speed_mps, height_m, 2.0)
    assert Level.WARN not in raised
