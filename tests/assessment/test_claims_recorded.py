"""Real aircraft say nothing impossible: no finding of flight against them, and navigation is good."""

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import cos, isfinite, nan, radians, sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marsad.assessment.claim_kinds import marks_of
from marsad.assessment.claim_settings import ClaimSettings
from marsad.assessment.claim_state import ClaimReports, Finding, PlausibilityState
from marsad.assessment.columns import blank
from marsad.assessment.navigation_health import NavigationReport, NavigationWatch
from marsad.assessment.navigation_settings import NavigationSettings
from marsad.assessment.plausibility import ClaimRules, hear, mark, verdict
from marsad.assessment.schedule import Schedule
from marsad.feeds import sbs
from marsad.geo.local import LocalFrame
from marsad.model.detection import Claim
from marsad.model.frame import CONFIGURATION, Frame
from marsad.model.picture import NavigationState
from marsad.model.threat import Level
from marsad.site.fold import SiteFold

RECORDINGS = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside the project")
FOOT_M, KNOT_MPS = 0.3048, 1852 / 3600
RULES = ClaimRules.of(ClaimSettings())


@dataclass(frozen=True)
class Row:
    t_ns: int
    icao: str
    callsign: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    speed_mps: float
    track_deg: float
    climb_mps: float


def number(value: Any, unit: float = 1.0) -> float:
    return nan if value in ("", None) else float(value) * unit


def opensky() -> Iterator[Row]:
    with gzip.open(RECORDINGS / "adsb/opensky_uk_2021-07-12.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if row["onground"] != "True" and row["lat"] and row["velocity"]:
                yield Row(
                    round(float(row["lastposupdate"]) * 1e3) * 10**6, row["icao24"], row["callsign"].strip(),
                    float(row["lat"]), float(row["lon"]), number(row["baroaltitude"]),
                    number(row["velocity"]), number(row["heading"]), number(row["vertrate"]),
                )  # fmt: skip


def traffic(name: str) -> Iterator[Row]:
    for row in json.loads(gzip.decompress((RECORDINGS / name).read_bytes())):
        if row.get("onground") or row.get("latitude") is None:
            continue
        stamp = row["timestamp"]
        if isinstance(stamp, str):
            moment = datetime.fromisoformat(stamp)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            stamp = moment.timestamp() * 1e3
        yield Row(
            round(stamp) * 10**6, row["icao24"], (row.get("callsign") or "").strip(), row["latitude"],
            row["longitude"], number(row.get("altitude"), FOOT_M), number(row.get("groundspeed"), KNOT_MPS),
            number(row.get("track")), number(row.get("vertical_rate"), FOOT_M / 60),
        )  # fmt: skip


def recording(name: str) -> list[Row]:
    rows = opensky() if name.endswith(".csv.gz") else traffic(name)
    return sorted(rows, key=lambda row: (row.t_ns, row.icao))


@pytest.mark.parametrize(
    ("name", "aircraft_min"),
    [
        ("adsb/opensky_uk_2021-07-12.csv.gz", 60),
        ("adsb/helicopter_rega_zh.json.gz", 1),
        ("adsb/onground_zurich_airport.json.gz", 8),
        ("glider/luberon.json.gz", 1),
    ],
)
def test_no_finding_against_honest_aircraft(name: str, aircraft_min: int) -> None:
    rows = recording(name)
    frame = LocalFrame(
        float(np.median([row.latitude_deg for row in rows])),
        float(np.median([row.longitude_deg for row in rows])),
        0.0,
    )
    number_of = {icao: place for place, icao in enumerate(sorted({row.icao for row in rows}))}
    assert len(number_of) >= aircraft_min
    state, watch = blank(PlausibilityState, len(number_of), 0), NavigationWatch(NavigationSettings())
    seen: dict[str, int] = {}
    against: dict[str, set[str]] = defaultdict(set)
    worst = NavigationState.UNKNOWN
    for row in rows:
        if row.t_ns <= seen.get(row.icao, 0):
            continue
        seen[row.icao] = row.t_ns
        one = number_of[row.icao]
        east, north, _ = frame.enu_from_geodetic(row.latitude_deg, row.longitude_deg, 0.0)
        course = radians(row.track_deg)
        velocity = (row.speed_mps * sin(course), row.speed_mps * cos(course))
        mark(state, one, row.t_ns, marks_of(Claim("icao", row.icao, row.callsign), Schedule(), row.t_ns))
        hear(
            state, np.array([one]),
            ClaimReports(
                np.array([row.t_ns]), np.array([[east, north]]), np.array([velocity]),
                np.array([row.climb_mps]), np.array([row.height_m]), np.ones(1), np.ones(1, bool),
                np.array([50_000.0]), np.array([np.inf]), np.array([1000.0]),
            ),
            RULES,
        )  # fmt: skip
        if isfinite(row.speed_mps + row.track_deg):
            watch.hear(NavigationReport(row.t_ns, row.icao, one, (float(east), float(north)), velocity))
        health = watch.health(row.t_ns)
        if health.state in (NavigationState.DOUBTFUL, NavigationState.BAD):
            worst = health.state
            against["navigation"].update(f"{reason.code} {reason.arguments}" for reason in health.reasons)
        found = verdict(state, row.t_ns, RULES)
        for finding in np.flatnonzero(found.found[one]).tolist():
            against[row.icao].add(f"{Finding(finding).name} {found.value[one, finding]:.0f}")
    weak = {Finding.UNASSIGNED.name, Finding.OPERATOR.name}
    serious = {icao: names for icao, names in against.items() if {one.split()[0] for one in names} - weak}
    assert serious == {}
    assert worst in (NavigationState.UNKNOWN, NavigationState.GOOD)


SITE = """
[site]
id = "recorded"
name_en = "Recorded"
name_ar = "مسجل"
latitude_deg = {latitude}
longitude_deg = {longitude}
height_m = {height}
[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "البوابة"
centre = [{latitude}, {longitude}]
radius_m = 150.0
[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
"""


def lines_of(row: Row) -> bytes:
    lines = [
        sbs.identification(row.t_ns, row.icao, row.callsign),
        sbs.position(row.t_ns, row.icao, row.latitude_deg, row.longitude_deg, row.height_m / FOOT_M),
    ]
    if isfinite(row.speed_mps + row.track_deg):
        climb_fpm = row.climb_mps / FOOT_M * 60
        lines.insert(0, sbs.velocity(row.t_ns, row.icao, row.speed_mps / KNOT_MPS, row.track_deg, climb_fpm))
    return b"".join(lines)


def judged(
    rows: list[Row], more: str
) -> tuple[list[tuple[Level, ...]], set[str], set[NavigationState | None]]:
    """The levels second by second, every code told, and every state of satellite navigation."""
    lowest = min(rows, key=lambda row: row.height_m if row.height_m > 0 else np.inf)
    site = SITE.format(
        latitude=lowest.latitude_deg, longitude=lowest.longitude_deg, height=lowest.height_m - 30
    )
    fold = SiteFold(Frame(CONFIGURATION, rows[0].t_ns - 10**9, (site + more).encode()))
    seen: dict[str, int] = {}
    looked, levels, told, states = 0, [], set(), set()
    for row in rows:
        if row.t_ns <= seen.get(row.icao, 0):
            continue
        seen[row.icao] = row.t_ns
        fold.fold(Frame("adsb", row.t_ns, lines_of(row), 1))
        if row.t_ns - looked < 10**9:
            continue
        looked = row.t_ns
        picture = fold.picture()
        states.add(picture.navigation.state if picture.navigation is not None else None)
        levels.append(tuple(one.level for one in picture.assessments))
        told |= {part.code for one in picture.assessments for part in one.evidence}
    return levels, told, states


WEIGHTLESS = """
[assessment.claims]
refuted_db = 1000.0
doubted_db = 1000.0
[assessment.claims.weights]
cap_db = [0.0, 0.0]
"""


@pytest.mark.parametrize("name", ["adsb/opensky_uk_2021-07-12.csv.gz", "adsb/helicopter_rega_zh.json.gz"])
def test_no_finding_raises_a_level_at_a_site_where_they_fly_lowest(name: str) -> None:
    rows = recording(name)
    rows = [row for row in rows if row.t_ns - rows[0].t_ns < 600 * 10**9]
    levels, told, states = judged(rows, "")
    assert levels == judged(rows, WEIGHTLESS)[0]
    assert any(levels)
    assert not told & {"identity.refuted", "claim.late", "identity.navigation_disturbed"}
    # a helicopter that hovers low is heard only near: that alone doubts nothing
    assert {code for code in told if code.startswith("claim.")} <= {"claim.close"}
    assert states <= {None, NavigationState.UNKNOWN, NavigationState.GOOD}
