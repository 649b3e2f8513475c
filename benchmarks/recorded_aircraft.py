"""What real aircraft sound at a site that they come to, with its procedures fitted and without.

Method. Four recordings of a folder: a rescue helicopter, traffic of an airport, aircraft over a country,
a glider. The site stands where they come lowest: the helicopter's landing place, the middle of the
airport's runways, 3 km before each threshold that an airliner of the country comes down to, the field of
the glider. Its zone is a circle of 150 m there. Every transponder is heard, as the recording has it; with
``--radar`` a plain radar at the zone sees each aircraft, too (8 m, 0.6°, 1.0°, once a second, no Doppler).
Fitted are the procedures that such a site would have: thresholds, landing place, gliding area.

Printed for each: looks, one a second, with an aircraft at ALERT and at WARN; alarms of both.

Run:  .venv/bin/python benchmarks/recorded_aircraft.py FOLDER [--radar] [--cases helicopter,final]
"""

import argparse
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import cos, degrees, isfinite, nan, radians, tan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marsad.feeds import sbs
from marsad.feeds.sapient import edge
from marsad.geo.local import LocalFrame
from marsad.model.effect import Warn
from marsad.model.frame import CONFIGURATION, TICK, Frame, FrameKind
from marsad.model.sensor import SensorKind
from marsad.model.threat import Level
from marsad.model.warning import WarningEventKind
from marsad.simulate.kinds import PHYSIQUES, ObjectKind
from marsad.simulate.playback import opensky_csv, radar_frames, traffic_json
from marsad.simulate.sensing import Plot, Radar
from marsad.simulate.sensors import RadarReference, RadarSettings
from marsad.simulate.trajectory import Trajectory
from marsad.simulate.truth import TrueObject, Truth
from marsad.site.fold import SiteFold

Array = NDArray[np.float64]
NODE = "9b05b9b9-2f79-445d-832f-aa990bde02c8"
NS_PER_S = 1_000_000_000
FOOT_M, KNOT_MPS = 0.3048, 1852 / 3600
ZONE_M, BEFORE_M = 150.0, 3_000.0
NEAR_M = 30_000.0  # of the site: what is farther is left out
# Zurich: thresholds as published, 10/28, 14/32, 16/34
ZURICH = (
    ("10/28", (47.4590, 8.5375), (47.4566, 8.5704)),
    ("14/32", (47.4821, 8.5360), (47.4616, 8.5643)),
    ("16/34", (47.4757, 8.5360), (47.4456, 8.5570)),
)


@dataclass(frozen=True)
class Fix:
    """One place of one aircraft, by its transponder; heights by pressure."""

    t_s: float
    icao: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    speed_mps: float
    track_deg: float


@dataclass(frozen=True)
class Case:
    """One recording at one site.

    frames       of its transponders
    place        latitude, longitude and height of the site
    procedures   that such a site would have, as settings
    """

    name: str
    frames: tuple[Frame, ...]
    place: tuple[float, float, float]
    procedures: str


@dataclass(frozen=True)
class Sounded:
    """Looks of a case, those with an aircraft at each level, and alarms."""

    looks: int
    at: Counter[Level]
    alarms: Counter[Level]


class PlainRadar(Radar):
    """One that measures no Doppler."""

    def look(self, t_s: float) -> list[Plot]:
        """The plots of a look, without range rates."""
        return [plot._replace(range_rate_mps=nan) for plot in super().look(t_s)]


# ---------------------------------------------------------------- what is recorded


def fixes(frames: Iterable[Frame]) -> dict[str, list[Fix]]:
    """The places of each aircraft, in order of time, each time once."""
    moves: dict[str, tuple[float, float]] = {}
    found: dict[str, list[Fix]] = {}
    for frame in frames:
        if frame.kind is not FrameKind.DATA:
            continue
        for line in frame.data.splitlines():
            said = sbs.parsed(line)
            if said is None or said.on_ground:
                continue
            if isfinite(said.ground_speed_kt + said.track_deg):
                moves[said.icao] = (said.ground_speed_kt * KNOT_MPS, said.track_deg)
            if isfinite(said.latitude_deg + said.altitude_ft):
                speed, track = moves.get(said.icao, (nan, nan))
                fix = Fix(
                    frame.t_ns / NS_PER_S, said.icao, said.latitude_deg, said.longitude_deg,
                    said.altitude_ft * FOOT_M, speed, track,
                )  # fmt: skip
                mine = found.setdefault(said.icao, [])
                if not mine or fix.t_s > mine[-1].t_s + 0.5:
                    mine.append(fix)
    return found


def cases(folder: Path, wanted: tuple[str, ...]) -> Iterator[Case]:
    """Every case of a folder of recordings."""
    if "helicopter" in wanted:
        frames = tuple(traffic_json(folder / "adsb/helicopter_rega_zh.json.gz"))
        yield at_lowest("helicopter at its landing place", frames, landing_place)
    if "airport" in wanted:
        yield from airport(tuple(traffic_json(folder / "adsb/onground_zurich_airport.json.gz")))
    if "final" in wanted:
        yield from finals(tuple(opensky_csv(folder / "adsb/opensky_uk_2021-07-12.csv.gz")))
    if "glider" in wanted:
        frames = tuple(traffic_json(folder / "glider/luberon.json.gz"))
        yield at_lowest("glider at its field", frames, gliding)


def at_lowest(name: str, frames: tuple[Frame, ...], fitted: type | object) -> Case:
    """A site where an aircraft comes lowest; the procedures that are fitted there."""
    everywhere = [fix for own in fixes(frames).values() for fix in own if fix.height_m > 0]
    low = min(everywhere, key=lambda fix: fix.height_m)
    place = (low.latitude_deg, low.longitude_deg, low.height_m - 5.0)
    return Case(name, frames, place, fitted(place))  # type: ignore[operator]


def landing_place(place: tuple[float, float, float]) -> str:
    """The landing place of a helicopter."""
    return area("place", "landing place", place, 200.0, (0, 400), (0, 75))


def gliding(place: tuple[float, float, float]) -> str:
    """A field from which gliders are towed, and where they circle."""
    return area("field", "gliding", place, 8_000.0, (0, 2500), (0, 60)) + area(
        "landing", "landing place", place, 800.0, (0, 400), (0, 60)
    )


def area(
    name: str, use: str, place: tuple[float, float, float], radius_m: float,
    height_m: tuple[int, int], speed_mps: tuple[int, int],
) -> str:  # fmt: skip
    """An area as settings."""
    return f"""
[[area]]
area_id = "{name}"
name_en = "{name}"
name_ar = "{name}"
use = "{use}"
centre = [{place[0]}, {place[1]}]
radius_m = {radius_m}
height_m = {list(height_m)}
speed_mps = {list(speed_mps)}
"""


def runway(name: str, first: tuple[float, float], second: tuple[float, float], glide_deg: float) -> str:
    """A runway as settings, where light aircraft land, too."""
    return f"""
[[runway]]
runway_id = "{name.replace("/", "-")}"
name_en = "{name}"
name_ar = "{name}"
thresholds = [[{first[0]}, {first[1]}], [{second[0]}, {second[1]}]]
glide_deg = {glide_deg:.2f}
intercept_m = 300.0
"""


def airport(frames: tuple[Frame, ...]) -> Iterator[Case]:
    """Each aircraft of the airport's recordings, at the airport; they are days apart."""
    procedures = "".join(runway(name, first, second, 3.0) for name, first, second in ZURICH)
    for icao, own in fixes(frames).items():
        low = min(own, key=lambda fix: fix.height_m)
        if len(own) < 10 or low.height_m > 1_000.0:
            continue
        mine = tuple(frame for frame in frames if icao.upper().encode() in frame.data.upper())
        # heights are by pressure: the field's as this aircraft has it
        yield Case(f"airport, {icao}", mine, (47.4647, 8.5492, low.height_m - 15.0), procedures)


def finals(frames: tuple[Frame, ...]) -> Iterator[Case]:
    """A site 3 km before each threshold that somebody comes down to."""
    for icao, own in fixes(frames).items():
        found = final_of(own)
        if found is None:
            continue
        (threshold, other, height_m, glide_deg), until_s = found
        frame = LocalFrame(*threshold, height_m)
        back = np.array(frame.enu_from_geodetic(*other, height_m)[:2])
        under = -BEFORE_M * back / np.hypot(*back)
        latitude, longitude, _ = frame.geodetic_from_enu([*under, 0.0])
        near = tuple(
            one for one in frames if until_s - 400 <= one.t_ns / NS_PER_S <= until_s + 60
        )  # fmt: skip
        procedures = runway("fitted", threshold, other, glide_deg)
        yield Case(f"final of {icao}", near, (float(latitude), float(longitude), height_m), procedures)


Fitted = tuple[tuple[float, float], tuple[float, float], float, float]


def final_of(own: list[Fix]) -> tuple[Fitted, float] | None:
    """The threshold that an aircraft comes down to, by its own straight descent; None for others.

    Both thresholds of a runway of 2.5 km, its height, the glide path in degrees; and when it is there.
    """
    low = min(range(len(own)), key=lambda k: own[k].height_m)
    last = own[low]
    way = [fix for fix in own[: low + 1] if last.t_s - fix.t_s <= 150 and isfinite(fix.track_deg)]
    if len(way) < 8 or last.height_m > 130 or last.speed_mps < 45:
        return None
    frame = LocalFrame(last.latitude_deg, last.longitude_deg, last.height_m)
    turn = [abs((fix.track_deg - last.track_deg + 180) % 360 - 180) for fix in way]
    away = np.array([np.hypot(*frame.enu_from_geodetic(f.latitude_deg, f.longitude_deg, 0)[:2]) for f in way])
    slope, _ = np.polyfit(away, [fix.height_m for fix in way], 1)
    glide_deg = degrees(np.arctan(slope))
    if max(turn) > 6 or not 2.3 <= glide_deg <= 4.0 or away.max() < 5_000:
        return None
    course = radians(last.track_deg)
    per_degree = 111_320.0
    other = (
        last.latitude_deg + 2_500 * cos(course) / per_degree,
        last.longitude_deg + 2_500 * np.sin(course) / per_degree / cos(radians(last.latitude_deg)),
    )
    ahead_m = 0.0  # at the lowest fix it is over the threshold, as far as the recording tells
    height_m = last.height_m - 15.0 - ahead_m * tan(radians(3))
    return ((last.latitude_deg, last.longitude_deg), (float(other[0]), float(other[1])), height_m,
            glide_deg), last.t_s  # fmt: skip


# ---------------------------------------------------------------- the site


def settings(case: Case, *, fitted: bool, radar: bool) -> bytes:
    """The site of a case."""
    latitude, longitude, height_m = case.place
    sensors = f"""
[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"
[feed.nodes.{NODE}]
name = "Radar"
kind = "radar"
range_min_m = 50.0
range_max_m = 10000.0
elevation_sector_deg = [-5.0, 60.0]
detection_probability = [0.95, 0.8]
clutter_per_scan = 0.5
scan_period_s = 1.0
"""
    return f"""
[site]
id = "recorded"
name_en = "Recorded"
name_ar = "مسجّل"
latitude_deg = {latitude}
longitude_deg = {longitude}
height_m = {height_m}
[[site.zone]]
id = "zone"
name_en = "Zone"
name_ar = "منطقة"
centre = [{latitude}, {longitude}]
radius_m = {ZONE_M}
[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
{sensors if radar else ""}
{case.procedures if fitted else ""}
""".encode()


def seen(case: Case) -> Iterator[Frame]:
    """What a plain radar at the zone sends of the aircraft that come near."""
    latitude, longitude, height_m = case.place
    frame = LocalFrame(latitude, longitude, height_m)
    start_ns = case.frames[0].t_ns
    objects = []
    for icao, own in fixes(case.frames).items():
        rows = np.array(
            [(f.t_s, f.latitude_deg, f.longitude_deg, f.height_m) for f in own if f.height_m > height_m - 50]
        )
        if len(rows) < 4:
            continue
        t_s = rows[:, 0] - start_ns / NS_PER_S
        enu = frame.enu_from_geodetic(rows[:, 1], rows[:, 2], rows[:, 3])
        for part in np.split(np.arange(len(t_s)), np.flatnonzero(np.diff(t_s) > 30.0) + 1):
            if len(part) < 4 or np.hypot(*enu[part, :2].T).min() > NEAR_M:
                continue
            even_s = np.arange(t_s[part[0]], t_s[part[-1]], 1.0)
            path = np.column_stack([np.interp(even_s, t_s[part], enu[part, axis]) for axis in range(3)])
            path[:, 2] = np.maximum(path[:, 2], 5.0)
            kind = ObjectKind.LIGHT_AIRCRAFT
            flown = Trajectory(even_s, path, np.gradient(path, even_s, axis=0))
            objects.append(TrueObject(icao, kind, False, flown, PHYSIQUES[kind].rcs_dbsm, None, None, None))
    if not objects:
        return
    end_s = max(float(one.planned.t_s[-1]) for one in objects)
    radar = RadarSettings(
        node_id=NODE, latitude_deg=latitude, longitude_deg=longitude, antenna_m=10.0, period_s=1.0,
        range_min_m=50.0, range_max_m=10_000.0, elevation_min_deg=-5.0, elevation_max_deg=60.0,
        range_sigma_m=8.0, azimuth_sigma_deg=0.6, elevation_sigma_deg=1.0, notch_mps=0.0, sees_rotors=True,
        reference=RadarReference(range_m=4000.0, rcs_dbsm=-15.0), false_plots_per_look=0.5,
    )  # fmt: skip
    eye = PlainRadar(radar, Truth("recorded", 1, start_ns, end_s, tuple(objects)), frame, 4 / 3)
    node = edge.EdgeNode(NODE, "Radar", SensorKind.RADAR, latitude, longitude, eye.height_m, 5.0)
    yield from radar_frames(node, eye, eye.truth, "sensors", 1)


def sounded(case: Case, *, fitted: bool, radar: bool) -> Sounded:
    """What a case sounds."""
    frames: Iterable[Frame] = case.frames
    if radar:
        frames = heapq.merge(frames, sorted(seen(case), key=when), key=when)
    begin_ns = case.frames[0].t_ns - NS_PER_S
    fold = SiteFold(Frame(CONFIGURATION, begin_ns, settings(case, fitted=fitted, radar=radar)))
    looks, next_ns = 0, begin_ns
    at, alarms = Counter[Level](), Counter[Level]()
    for frame in with_ticks(fold, frames):
        for effect in fold.fold(frame):
            if isinstance(effect, Warn) and effect.event.kind in (
                WarningEventKind.RAISED,
                WarningEventKind.GREW,
            ):
                alarms[effect.event.stage] += 1
        if frame.t_ns >= next_ns:
            next_ns = frame.t_ns + NS_PER_S
            levels = {one.level for one in fold.picture().assessments}
            looks += bool(levels)
            at.update(levels)
    return Sounded(looks, at, alarms)


def when(frame: Frame) -> int:
    """The time of a frame."""
    return frame.t_ns


def with_ticks(fold: SiteFold, arriving: Iterable[Frame]) -> Iterator[Frame]:
    """The frames, and between them the ticks that a live site would have had; none in long gaps."""
    for frame in arriving:
        if frame.t_ns - fold.t_ns < 60 * NS_PER_S:
            while (deadline_ns := max(fold.deadline_ns, fold.t_ns)) < frame.t_ns:
                yield Frame(TICK, deadline_ns)
        yield frame


def main() -> None:
    """Play all, print each and the sums."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--radar", action="store_true")
    parser.add_argument("--cases", default="helicopter,airport,final,glider")
    asked = parser.parse_args()
    for case in cases(asked.folder, tuple(asked.cases.split(","))):
        for fitted in (True, False):
            found = sounded(case, fitted=fitted, radar=asked.radar)
            told = ", ".join(
                f"{level.name} in {found.at[level]} looks ({found.alarms[level]} alarms)"
                for level in (Level.ALERT, Level.WARN)
            )
            where = "fitted  " if fitted else "without "
            print(f"{case.name:32} {where} {found.looks:5} looks: {told}", flush=True)


if __name__ == "__main__":
    main()
