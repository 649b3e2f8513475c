"""What real drones and birds sound, flown at a zone and seen by nothing but a plain radar.

Method. Each recording of a folder (CSV: t_s, east_m, north_m and up_m or height_above_takeoff_m) is
turned to an azimuth drawn from the seed and moved so that its fastest run of 20 s ends at a zone of
100 m (a drone, which arrives then), or crosses its middle (a bird). A radar 300 m from the zone sees
it once a second: 8 m, 0.6°, 1.0°, no Doppler, no classes. Its reports are SAPIENT bytes, folded by the
site as any others. Beside them fly straight multirotors of our own from 1.8 km, some after a hover.

Printed for each: seconds before the arrival at which ALERT and WARN began, or for birds how many of
each and per hour of flight.

Run:  .venv/bin/python benchmarks/recorded_flights.py FOLDER [--seeds 3] [--birds "pigeon,stork"]
"""

import argparse
import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marsad.feeds.sapient import edge
from marsad.geo.local import LocalFrame
from marsad.model.effect import Warn
from marsad.model.frame import CONFIGURATION, TICK, Frame
from marsad.model.sensor import SensorKind
from marsad.model.threat import Level
from marsad.model.warning import WarningEventKind
from marsad.simulate.kinds import PHYSIQUES, ObjectKind
from marsad.simulate.playback import radar_frames
from marsad.simulate.sensing import Plot, Radar
from marsad.simulate.sensors import RadarReference, RadarSettings
from marsad.simulate.trajectory import Trajectory
from marsad.simulate.truth import TrueObject, Truth
from marsad.site.fold import SiteFold

Array = NDArray[np.float64]
PLACE = LocalFrame(33.3, 44.4, 40.0)
NODE = "9b05b9b9-2f79-445d-832f-aa990bde02c8"
START_NS = 1_800_000_000 * 10**9
LEAD_IN_S = 3.0
LOWEST_M = 40.0
RUN_S = 20
HALF_ZONE_M = 50.0
SPEEDS_MPS = (5.0, 8.0, 10.0, 12.0, 15.0, 20.0)
BIRDS = "pigeon,stork,gull,jackdaw,bird"


@dataclass(frozen=True)
class Flight:
    """A path (k,4) of time, east, north, up once a second, and when it is at the zone."""

    name: str
    bird: bool
    path: Array
    arrival_s: float


class PlainRadar(Radar):
    """One that measures no Doppler."""

    def look(self, t_s: float) -> list[Plot]:
        """The plots of a look, without range rates."""
        return [plot._replace(range_rate_mps=nan) for plot in super().look(t_s)]


def settings() -> bytes:
    """The site: one zone, one radar."""
    corners = [
        [round(float(value), 7) for value in PLACE.geodetic_from_enu([east, north, 0.0])[:2]]
        for east, north in np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)]) * HALF_ZONE_M
    ]
    return f"""
[site]
id = "recorded"
name_en = "Recorded"
name_ar = "مسجّل"
latitude_deg = {PLACE.latitude_deg}
longitude_deg = {PLACE.longitude_deg}
height_m = {PLACE.height_m}
utc_offset_s = 0
[[site.zone]]
id = "zone"
name_en = "Zone"
name_ar = "منطقة"
corners = {corners}
[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"
[feed.nodes.{NODE}]
name = "Radar"
kind = "radar"
range_min_m = 20.0
range_max_m = 5000.0
elevation_sector_deg = [-5.0, 60.0]
detection_probability = [0.95, 0.8]
clutter_per_scan = 0.5
scan_period_s = 1.0
""".encode()


def radar() -> RadarSettings:
    """The radar as it is: half of its looks find -15 dBsm at 4 km."""
    latitude, longitude, _ = PLACE.geodetic_from_enu([-300.0, 100.0, 0.0])
    return RadarSettings(
        node_id=NODE, latitude_deg=float(latitude), longitude_deg=float(longitude), antenna_m=10.0,
        period_s=1.0, range_min_m=20.0, range_max_m=5000.0, elevation_min_deg=-5.0, elevation_max_deg=60.0,
        range_sigma_m=8.0, azimuth_sigma_deg=0.6, elevation_sigma_deg=1.0, notch_mps=0.0, sees_rotors=True,
        reference=RadarReference(range_m=4000.0, rcs_dbsm=-15.0), false_plots_per_look=0.5,
    )  # fmt: skip


def recordings(folder: Path, birds: tuple[str, ...], rng: np.random.Generator) -> Iterator[Flight]:
    """Every recording below the folder, whole stretches of a minute or more."""
    for file in sorted(folder.rglob("*.csv.gz")):
        table = read(file)
        if table is None:
            continue
        bird = file.name.startswith(birds)
        gaps = np.flatnonzero(np.diff(table[:, 0]) > 3.0) + 1
        for number, part in enumerate(np.split(table, gaps)):
            if part[-1, 0] - part[0, 0] > 60.0:
                yield placed(f"{file.name.split('.')[0]} {number}", bird, every_second(part), rng)


def read(file: Path) -> Array | None:
    """A recording (k,4); None if the file is no such table."""
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(file.read_bytes()).decode())))
    up = next((name for name in ("up_m", "height_above_takeoff_m") if rows and name in rows[0]), None)
    if up is None or "east_m" not in rows[0]:
        return None
    names = ("t_s", "east_m", "north_m", up)
    table = np.array([[float(row[name] or nan) for name in names] for row in rows])
    table = table[np.concatenate([[True], np.diff(table[:, 0]) > 1e-6])]
    if np.isnan(table[:, 3]).all():
        table[:, 3] = 60.0
    return np.asarray(table)


def every_second(part: Array) -> Array:
    """A stretch at whole seconds, nowhere lower than a radar can see."""
    t_s = np.arange(np.ceil(part[0, 0]), part[-1, 0])
    path = np.column_stack([t_s, *(np.interp(t_s, part[:, 0], part[:, axis]) for axis in (1, 2, 3))])
    path[:, 3] += max(LOWEST_M - path[:, 3].min(), 0.0)
    return path


def placed(name: str, bird: bool, path: Array, rng: np.random.Generator) -> Flight:
    """A flight turned and moved: its fastest run ends at the zone, a bird's has its middle there."""
    run = path[RUN_S:, 1:3] - path[:-RUN_S, 1:3]
    end = int(np.argmax(np.hypot(run[:, 0], run[:, 1]))) + (RUN_S // 2 if bird else RUN_S)
    angle = rng.uniform(0.0, 2 * np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    path = path if bird else path[: end + 1]
    moved = np.column_stack([path[:, 0], (path[:, 1:3] - path[end, 1:3]) @ turn.T, path[:, 3]])
    return Flight(name, bird, moved, float(path[end, 0]))


def straight(rng: np.random.Generator) -> Iterator[Flight]:
    """Multirotors of our own that come straight from 1.8 km, at once or after a hover of 40 s."""
    for speed in SPEEDS_MPS:
        for hover_s in (0.0, 40.0):
            t_s = np.arange(0.0, hover_s + 1800.0 / speed + 1.0)
            left = 1800.0 - np.minimum(np.maximum(t_s - hover_s, 0.0) * speed, 1800.0)
            course = rng.uniform(0.0, 2 * np.pi)
            path = np.column_stack(
                [t_s, left * np.sin(course), left * np.cos(course), np.full(len(t_s), 60.0)]
            )
            yield Flight(f"straight {speed:g} m/s{' after a hover' if hover_s else ''}", False, path, t_s[-1])


def sounded(flight: Flight, seed: int) -> dict[Level, list[float]]:
    """When each level was raised or grew, in seconds of the recording."""
    fold = SiteFold(Frame(CONFIGURATION, START_NS - 10**9, settings()))
    times: dict[Level, list[float]] = {Level.ALERT: [], Level.WARN: []}
    for frame in with_ticks(fold, frames(flight, seed)):
        for effect in fold.fold(frame):
            if isinstance(effect, Warn) and effect.event.kind is not WarningEventKind.PASSED:
                times[effect.event.stage].append(
                    (effect.event.t_ns - START_NS) / 1e9 - LEAD_IN_S + flight.path[0, 0]
                )
    return times


def frames(flight: Flight, seed: int) -> list[Frame]:
    """What the radar sends of a flight."""
    t_s = flight.path[:, 0] - flight.path[0, 0] + LEAD_IN_S
    path = Trajectory(t_s, flight.path[:, 1:], np.gradient(flight.path[:, 1:], t_s, axis=0))
    kind = ObjectKind.LARGE_BIRD if flight.bird else ObjectKind.MULTIROTOR
    item = TrueObject("it", kind, False, path, PHYSIQUES[kind].rcs_dbsm, None, None, None)
    eye = PlainRadar(radar(), Truth(flight.name, seed, START_NS, float(t_s[-1]), (item,)), PLACE, 4 / 3)
    place = eye.settings
    node = edge.EdgeNode(
        NODE, "Radar", SensorKind.RADAR, place.latitude_deg, place.longitude_deg, eye.height_m, 5.0
    )
    return sorted(radar_frames(node, eye, eye.truth, "sensors", 1), key=lambda frame: frame.t_ns)


def with_ticks(fold: SiteFold, arriving: list[Frame]) -> Iterator[Frame]:
    """The frames, and between them the ticks that a live site would have had."""
    for frame in arriving:
        while (deadline_ns := max(fold.deadline_ns, fold.t_ns)) < frame.t_ns:
            yield Frame(TICK, deadline_ns)
        yield frame


def told(flight: Flight, times: dict[Level, list[float]]) -> str:
    """The line of one flight."""
    minutes = (flight.path[-1, 0] - flight.path[0, 0]) / 60
    if flight.bird:
        counts = ", ".join(f"{len(times[level])} {level.name}" for level in times)
        return f"{flight.name:32} bird   {minutes:5.1f} min  {counts}"
    ahead = ", ".join(
        f"{level.name} {f'{flight.arrival_s - times[level][0]:4.0f} s ahead' if times[level] else 'none'}"
        for level in times
    )
    return f"{flight.name:32} drone  {minutes:5.1f} min  {ahead}"


def main() -> None:
    """Play all, print each and the sums."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--birds", default=BIRDS, help="beginnings of file names that are birds'")
    asked = parser.parse_args()
    hours, sums = 0.0, {Level.ALERT: 0, Level.WARN: 0}
    for seed in range(1, asked.seeds + 1):
        rng = np.random.default_rng(seed)
        for flight in (*recordings(asked.folder, tuple(asked.birds.split(",")), rng), *straight(rng)):
            times = sounded(flight, seed)
            print(f"seed {seed}  {told(flight, times)}", flush=True)
            if flight.bird:
                hours += (flight.path[-1, 0] - flight.path[0, 0]) / 3600
                sums = {level: sums[level] + len(times[level]) for level in sums}
    print(f"birds: {sums[Level.ALERT]} ALERT and {sums[Level.WARN]} WARN in {hours:.1f} h near a zone")


if __name__ == "__main__":
    main()
