"""What does one assessment cost, stage by stage, and how does it grow with the tracks?

Method. Steady pictures of 100 and 1,000 tracks over a site of five zones, ten cycles a second; each track has
a plot once a second. 70 % are airliners with ADS-B, 20 % birds, 10 % drones. The figures are the best third
of the cycles, CPU of one core; a stage is timed by wrapping its function. Records are made
only where somebody reads them: "alerting records" are those that the warning stage reads, "every record" is
what a console adds that shows all of them.

Run:  .venv/bin/python benchmarks/assessment.py
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

import numpy as np

from marsad.assessment import (
    AssessmentSettings,
    Assessor,
    approach,
    assessor,
    claims,
    classification,
    context,
    hostility,
    identity,
    intake,
    intent,
    own_flights,
    situation,
    testimony,
    tracks,
    usage,
)
from marsad.model.detection import Attribution, Claim, Detection, Measurement
from marsad.model.sensor import Sensor, SensorKind
from marsad.model.site import Mode, Site, Zone
from marsad.model.threat import Level
from marsad.model.track import TrackTable

START_NS = 1_641_285_600_000_000_000
CYCLES_PER_S = 10
SQUARE = np.array([(-150.0, -100.0), (150.0, -100.0), (150.0, 100.0), (-150.0, 100.0)])
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("rows", tracks.TrackMemory, "align"),
    ("intake", intake, "heard"),
    ("claims", claims, "standing"),
    ("kinematics", assessor, "flight"),
    ("testimony", testimony.ClaimExaminer, "testimony"),
    ("character", assessor, "character"),
    ("procedures", usage.ProcedureJudge, "usage"),
    ("class", classification.Classifier, "classes"),
    ("own flights", own_flights.FlightMatcher, "matched"),
    ("identity", identity.IdentityJudge, "identities"),
    ("approach", approach.Aimer, "aim"),
    ("examination", testimony.ClaimExaminer, "examine"),
    ("intent", intent.IntentJudge, "intent"),
    ("context", context.Surroundings, "context"),
    ("hostility", hostility, "weigh"),
    ("score", assessor, "rank"),
    ("situation", situation.Watch, "situation"),
    ("level", assessor, "decide"),
    ("shown", identity, "shown"),
)


def site() -> Site:
    """Five zones, two of them polygons."""
    zones = [Zone(f"round{n}", "Z", "م", (), (-900.0 * n, 300.0 * n), 150.0) for n in range(3)]
    for n in range(2):
        centre = np.array([550.0 + 800 * n, 500.0])
        corners = tuple((float(east), float(north)) for east, north in centre + SQUARE)
        zones.append(Zone(f"square{n}", "Z", "م", corners, (float(centre[0]), 500.0), 180.0))
    return Site("bench", "B", "ق", 33.0, 44.0, 0.0, 10800, tuple(zones), (), Mode.TEST)


class Sky:
    """Tracks in straight flight, and what a radar and an ADS-B receiver say of them."""

    sensors: ClassVar = {
        "radar": Sensor("radar", "R", SensorKind.RADAR, "radar", (0.0, 0.0, 0.0)),
        "adsb": Sensor("adsb", "A", SensorKind.ADSB, "adsb", (0.0, 0.0, 0.0)),
    }

    def __init__(self, count: int) -> None:
        random = np.random.default_rng(1)
        self.count = count
        tenth = random.permutation(count) % 10
        kind = np.where(tenth < 7, 0, np.where(tenth < 9, 1, 2))
        self.airliner = kind == 0

        def draw(*ranges: tuple[float, float]) -> np.ndarray:
            low, high = np.array(ranges).T
            return np.asarray(random.uniform(low[kind], high[kind]))

        away, around, heading = (
            draw((8e3, 6e4), (500, 6e3), (500, 6e3)),
            random.uniform(0, 2 * np.pi, count),
            random.uniform(0, 2 * np.pi, count),
        )
        height = draw((900, 9e3), (30, 150), (30, 150))
        speed = draw((80, 230), (8, 16), (15, 50))
        self.place = np.stack([away * np.sin(around), away * np.cos(around), height], 1)
        self.velocity = np.stack([speed * np.sin(heading), speed * np.cos(heading), 0 * speed], 1)
        self._random = np.random.default_rng(2)
        self._covariance = np.tile(np.diag(np.array([15, 15, 20, 1, 1, 1.5]) ** 2), (count, 1, 1))

    def table(self, cycle: int) -> TrackTable:
        """The tracks at one cycle; every tenth of them has a new plot."""
        time_s, number = cycle / CYCLES_PER_S, np.arange(self.count)
        t_ns = START_NS + cycle * 10**9 // CYCLES_PER_S
        noise = self._random.normal(size=(self.count, 6)) * [3, 3, 5, 0.3, 0.3, 0.2]
        mean = np.concatenate([self.place + self.velocity * time_s, self.velocity], 1) + noise
        since = (cycle - number) % CYCLES_PER_S
        return TrackTable(
            t_ns, number + 1, mean, self._covariance, np.ones(self.count), np.ones(self.count, bool),
            np.full(self.count, START_NS - 30 * 10**9), t_ns - since * 10**9 // CYCLES_PER_S,
            np.full(self.count, 30), np.full((self.count, 4), 0.25),
            ("steady", "cruise", "manoeuvre", "ballistic"),
        )  # fmt: skip

    def plots(self, cycle: int, table: TrackTable) -> tuple[list[Detection], Attribution]:
        """Plots of this cycle's tenth: a radar's, and of airliners their claim."""
        rows = np.flatnonzero((cycle - np.arange(self.count)) % CYCLES_PER_S == 0)
        found, owners = [], []
        for row in rows.tolist():
            east, north, _, east_mps, north_mps, _ = table.mean[row].tolist()
            nan = float("nan")
            sigmas = (15.0, 15.0, nan, nan, nan, nan)
            found.append(
                Detection("radar", table.t_ns, Measurement.POSITION, (east, north, *[nan] * 4), sigmas)
            )
            owners.append(row + 1)
            if self.airliner[row]:
                values = (east, north, nan, east_mps, north_mps, nan)
                claim = Claim("icao", f"{row:06x}", f"ABC{row}")
                found.append(Detection("adsb", table.t_ns, Measurement.POSITION, values, sigmas, claim))
                owners.append(row + 1)
        return found, Attribution(np.array(owners, np.int64), np.arange(len(found)), np.ones(len(found)))


class Stopwatch:
    """CPU by name and cycle."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(list)

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, timed."""

        @wraps(work)
        def timed(*given: Any, **named: Any) -> Any:
            began = time.process_time_ns()
            try:
                return work(*given, **named)
            finally:
                self.spent[name].append((time.process_time_ns() - began) / 1e3)

        return timed

    def typical_us(self, name: str) -> float:
        """Mean of the best third."""
        best = sorted(self.spent[name])
        return float(np.mean(best[: max(len(best) // 3, 1)]))


def measure(count: int, cycles: int, *, by_stage: bool) -> Stopwatch:
    """Fly, hear and assess; the first three seconds are not counted."""
    sky, watch, judge = Sky(count), Stopwatch(), Assessor(site(), AssessmentSettings())
    kept = [(owner, name, getattr(owner, name)) for _, owner, name in STAGES]
    warm = 3 * CYCLES_PER_S
    try:
        for cycle in range(cycles + warm):
            if cycle == warm:
                watch.spent.clear()
                if by_stage:
                    for label, owner, name in STAGES:
                        setattr(owner, name, watch.around(label, getattr(owner, name)))
            table = sky.table(cycle)
            watch.around("hear", judge.hear)(table.t_ns, *sky.plots(cycle, table), sky.sensors)
            found = watch.around("assess", judge.assess)(table)
            watch.around("alerting records", found.read)(found.at_least(Level.ALERT))
            watch.around("every record", tuple)(found)
    finally:
        for owner, name, work in kept:
            setattr(owner, name, work)
    return watch


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=300, help="cycles measured per count")
    options = parser.parse_args()
    counts = (100, 1000)
    whole = {count: measure(count, options.cycles * 100 // count, by_stage=False) for count in counts}
    stages = {count: measure(count, options.cycles * 100 // count, by_stage=True) for count in counts}
    print(f"{'µs of CPU a cycle':24}" + "".join(f"{count:>8} tracks" for count in counts))
    for label, _, _ in STAGES:
        print(f"  {label:22}" + "".join(f"{stages[count].typical_us(label):15.0f}" for count in counts))
    for label in ("assess", "hear", "alerting records", "every record"):
        print(f"{label:24}" + "".join(f"{whole[count].typical_us(label):15.0f}" for count in counts))


if __name__ == "__main__":
    main()
