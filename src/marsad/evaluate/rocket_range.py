"""One round over square zones under one radar, through the whole site: what was foretold, and when."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import nan
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.ballistic import BallisticLimits, Impact, fitted_impact, impact
from marsad.evaluate.rockets import (
    TRACK_S,
    Foretold,
    RoundResult,
    Watch,
    circle_of_half,
    impact_bounds,
    nothing_foretold,
)
from marsad.geo.local import LocalFrame
from marsad.model.effect import Effect, Warn
from marsad.model.picture import Picture
from marsad.model.threat import Level
from marsad.model.warning import WarningEvent, WarningEventKind
from marsad.simulate import Simulation
from marsad.simulate.kinds import ROUND_CLASSES, ObjectKind
from marsad.simulate.radar_types import RadarType, radar_of
from marsad.simulate.rounds import atmosphere
from marsad.simulate.scenario import Scenario, scenario_of
from marsad.simulate.seeding import generator
from marsad.simulate.sensing import Radar
from marsad.simulate.truth import Truth
from marsad.site.offline import run_offline
from marsad.site.recorder import begin

Array = NDArray[np.float64]
Condition = Literal["plain", "bias-0.1", "bias-0.3", "no-elevation", "wind"]
CONDITIONS: tuple[Condition, ...] = ("plain", "bias-0.1", "bias-0.3", "no-elevation", "wind")
BIAS_DEG = {"bias-0.1": 0.1, "bias-0.3": 0.3}
DISTANCE_M: dict[ObjectKind, tuple[float, float]] = {
    ObjectKind.MORTAR_ROUND: (1_500.0, 3_200.0),
    ObjectKind.SHORT_ROCKET: (3_500.0, 7_500.0),
    ObjectKind.MEDIUM_ROCKET: (8_000.0, 19_000.0),
    ObjectKind.LONG_ROCKET: (15_000.0, 36_000.0),
}
AIM_M = 2_500.0  # aims are uniform over so large a circle: some four in ten come down beside all zones
ZONES_A_SIDE, ZONE_M = 6, 500.0
DEPART_S, AFTER_S = 8.0, 3.0
GATE_M = 1_000.0  # a track further from it is not on it
LATITUDE_DEG, LONGITUDE_DEG, HEIGHT_M = 33.0, 44.0, 50.0
RADAR_ID = "7d3c1a52-94be-4f60-8a17-2e5b90c4d6f3"
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Shot:
    """Which round: the same fields give the same round and the same plots."""

    kind: ObjectKind
    radar_type: RadarType
    condition: Condition
    seed: int


def shot_result(shot: Shot) -> RoundResult:
    """Fire it, and tell what the site foretold. Raises ConfigError, RecordingError."""
    with tempfile.TemporaryDirectory(prefix="marsad-round-") as folder:
        site_path = Path(folder) / "range.toml"
        site_path.write_text(site_text(shot), "utf-8")
        scenario = scenario_of(tables_of(shot), site_path)
        simulation = Simulation(scenario, shot.seed)
        end_s = simulation.truth.objects[0].end_s + AFTER_S
        simulation.end_t_ns = simulation.start_t_ns + round(end_s * NS_PER_S)
        follower = _Follower(simulation.truth, _plots_s(scenario, simulation.truth))
        recorder = begin(Path(folder) / "journal.mcap", site_path.read_bytes(), simulation.start_t_ns)
        try:
            run_offline(simulation, recorder, follower.watch)
        finally:
            recorder.journal.close()
    return follower.result(scenario, shot)


def tables_of(shot: Shot) -> dict[str, Any]:
    """The scenario of a shot: a round from somewhere at somewhere about the site."""
    random = generator(shot.seed, "shot", shot.kind)
    aim = AIM_M * np.sqrt(random.random()) * _unit(random.uniform(0, 2 * np.pi))
    start = aim + random.uniform(*DISTANCE_M[shot.kind]) * _unit(random.uniform(0, 2 * np.pi))
    side = 1 if random.random() < 0.5 else -1
    winds: list[dict[str, float]] = []
    if shot.condition == "wind":
        from_deg, strength = float(random.uniform(0, 360)), float(random.uniform(3, 10))
        winds = [
            {"above_ground_m": 0.0, "from_deg": from_deg, "speed_mps": strength},
            {"above_ground_m": 4_000.0, "from_deg": (from_deg + 30.0) % 360, "speed_mps": 2.5 * strength},
        ]
    radar = radar_of(
        shot.radar_type,
        RADAR_ID,
        LATITUDE_DEG,
        LONGITUDE_DEG,
        azimuth_bias_deg=side * BIAS_DEG.get(shot.condition, 0.0),
        tells_elevation=shot.condition != "no-elevation",
    )
    salvo = {
        "id": "round",
        "kind": shot.kind,
        "depart_s": DEPART_S,
        "start": _polar(start),
        "aim": _polar(aim),
    }
    return {
        "name": "round",
        "title_en": "One round",
        "title_ar": "قذيفة واحدة",
        "start": "2022-01-04T02:40:00Z",
        "duration_s": DEPART_S + 200.0,
        "site": "range.toml",
        "radar": [radar.model_dump()],
        "air": {"wind": winds},
        "salvo": [salvo],
        "expected": {"hostile": ["round"]},
    }


def _unit(angle: float) -> Array:
    return np.array([np.sin(angle), np.cos(angle)])


def _polar(place: Array) -> dict[str, float]:
    azimuth = float(np.degrees(np.arctan2(*place)) % 360)
    return {"azimuth_deg": azimuth, "range_m": float(np.hypot(*place))}


@cache
def _zones_text() -> str:
    frame = LocalFrame(LATITUDE_DEG, LONGITUDE_DEG, HEIGHT_M)
    edge = ZONE_M * ZONES_A_SIDE / 2
    parts = []
    for row in range(ZONES_A_SIDE):
        for column in range(ZONES_A_SIDE):
            west, south = ZONE_M * column - edge, ZONE_M * row - edge
            ring = [
                (west, south),
                (west + ZONE_M, south),
                (west + ZONE_M, south + ZONE_M),
                (west, south + ZONE_M),
            ]
            corners = [frame.geodetic_from_enu(np.array([east, north, 0.0]))[:2] for east, north in ring]
            told = ", ".join(f"[{float(lat):.7f}, {float(lon):.7f}]" for lat, lon in corners)
            name = f"zone-{column + 1}-{row + 1}"
            parts.append(
                f'[[site.zone]]\nid = "{name}"\nname_en = "{name}"\nname_ar = "{name}"\ncorners = [{told}]\n'
            )
    return "\n".join(parts)


def site_text(shot: Shot) -> str:
    """The settings of a site of square zones side by side about one radar."""
    radar = radar_of(shot.radar_type, RADAR_ID, LATITUDE_DEG, LONGITUDE_DEG)
    return f"""[site]
id = "range"
name_en = "Range"
name_ar = "ميدان"
latitude_deg = {LATITUDE_DEG}
longitude_deg = {LONGITUDE_DEG}
height_m = {HEIGHT_M}

{_zones_text()}
[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"

[feed.nodes.{RADAR_ID}]
name = "Radar"
kind = "radar"
range_min_m = {radar.range_min_m}
range_max_m = {radar.range_max_m}
elevation_sector_deg = [{radar.elevation_min_deg}, {radar.elevation_max_deg}]
detection_probability = [0.97, 0.1]
clutter_per_scan = {radar.false_plots_per_look}
scan_period_s = {radar.period_s}
"""


def _plots_s(scenario: Scenario, truth: Truth) -> Array:
    """When the radar gave a plot of the round: its double, which draws from the same streams."""
    eye = _eye(scenario, truth)
    settings, item = eye.settings, truth.objects[0]
    looks = np.arange(settings.offset_s, item.end_s, settings.period_s)
    return np.array([plot.t_s for t_s in looks for plot in eye.look(float(t_s)) if plot.row == 0])


def _eye(scenario: Scenario, truth: Truth) -> Radar:
    return Radar(scenario.file.radar[0], truth, scenario.layout.frame, scenario.file.air.refraction)


def predicted_impact(picture: Picture, row: int) -> Impact:
    """Where the site takes a track for coming down, and in how long from the picture's time on."""
    tracks, fits = picture.tracks, picture.falls
    at = -1 if fits is None else int(fits.rows_of(tracks.track_id[row : row + 1])[0])
    if fits is None or at < 0 or not np.isfinite(fits.mean[at]).all():
        return impact(tracks.mean[row : row + 1], tracks.covariance[row : row + 1], BallisticLimits())
    one = slice(at, at + 1)
    place = fitted_impact(fits.mean[one], fits.covariance[one], fits.by_wind[one], BallisticLimits())
    return replace(place, time_s=place.time_s - (picture.t_ns - fits.t_ns[one]) * 1e-9)


class _Follower:
    """Keeps what the site said of the round: predictions at their times, zones warned."""

    def __init__(self, truth: Truth, plots_s: Array) -> None:
        self.truth = truth
        self.plots_s = plots_s
        first_s = float(plots_s[0]) if len(plots_s) else nan
        end_s = truth.objects[0].end_s
        self.first_s = first_s
        self.due = [(first_s + track_s, track_s) for track_s in TRACK_S if first_s + track_s < end_s]
        self.told: dict[float, Foretold] = {}
        self.warned: dict[str, float] = {}

    def watch(self, t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
        """One step of a run."""
        t_s = self.truth.seconds(t_ns)
        for effect in effects:
            if isinstance(effect, Warn):
                self._warned(effect.event)
        while self.due and t_s >= self.due[0][0]:
            _, track_s = self.due.pop(0)
            self.told[track_s] = self._foretold(track_s, picture)

    def _warned(self, event: WarningEvent) -> None:
        joined = event.kind in (WarningEventKind.RAISED, WarningEventKind.GREW)
        if joined and event.stage >= Level.WARN:
            self.warned.setdefault(event.zone_id, self.truth.seconds(event.t_ns))

    def _foretold(self, track_s: float, picture: Picture) -> Foretold:
        """What the site now foretells of the track on the round, if it takes it for one."""
        path = self.truth.objects[0].planned
        end, left_s = path.position_enu[-1], path.end_s - self.first_s - track_s
        picture_s, row = self.truth.seconds(picture.t_ns), self._track_on(picture)
        if row is None or picture.assessments[row].class_name != "ballistic":
            return nothing_foretold(left_s)
        place = predicted_impact(picture, row)
        if not np.isfinite(place.time_s[0]):
            return nothing_foretold(left_s)
        east_m, north_m = (place.place_enu[0] - end[:2]).tolist()
        (a, b), (_, c) = place.covariance[0].tolist()
        late_s = picture_s + float(place.time_s[0]) - path.end_s
        return Foretold((east_m, north_m), (a, b, c), late_s, float(place.time_sigma_s[0]), left_s)

    def _track_on(self, picture: Picture) -> int | None:
        """The row of the track nearest to the round, if any is near."""
        place, _ = self.truth.objects[0].planned.state(self.truth.seconds(picture.t_ns))
        away = np.linalg.norm(picture.tracks.mean[:, :3] - place, axis=1)
        row = int(np.argmin(away)) if len(away) else 0
        return row if len(away) and away[row] <= GATE_M else None

    def result(self, scenario: Scenario, shot: Shot) -> RoundResult:
        """What came of it."""
        item = self.truth.objects[0]
        bounds = self._bounds(scenario, shot)
        foretold = {track_s: replace(told, bound_m=bounds[track_s]) for track_s, told in self.told.items()}
        in_time = {zone: t_s for zone, t_s in self.warned.items() if t_s < item.end_s}
        first_s = min(in_time.values(), default=nan) - self.first_s
        hit = tuple(self.truth.arrivals_s(0, scenario.layout.site.zones))
        return RoundResult(foretold, first_s, hit, tuple(sorted(in_time)))

    def _bounds(self, scenario: Scenario, shot: Shot) -> dict[float, float]:
        """By seconds of track, half of the impacts within it for the best that is possible."""
        item, round_class = self.truth.objects[0], ROUND_CLASSES[shot.kind]
        after = self.plots_s[self.plots_s >= item.start_s + round_class.burn_s]
        if not len(after) or not self.told:
            return dict.fromkeys(self.told, nan)
        state = np.concatenate(item.planned.state(after[0]))
        eye, radar = _eye(scenario, self.truth), scenario.file.radar[0]
        angle = np.radians(radar.azimuth_sigma_deg), np.radians(radar.elevation_sigma_deg)
        sigmas = radar.range_sigma_m, float(angle[0]), float(angle[1] if radar.tells_elevation else np.inf)
        axes = scenario.layout.frame.rotation_enu_from_local(eye.position_enu).T
        air = atmosphere(scenario.layout.frame, scenario.file.air.wind)
        until = [self.first_s + track_s - after[0] for track_s in self.told]
        watch = Watch(eye.position_enu, axes, sigmas)
        found = impact_bounds(state, round_class.beta_kgpm2, air, watch, after - after[0], until)
        return {track_s: circle_of_half(one[:2, :2]) for track_s, one in zip(self.told, found, strict=True)}
