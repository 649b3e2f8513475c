"""A small site and tracks that fly as told."""

from collections.abc import Callable, Mapping, Sequence
from math import nan

import numpy as np
import pytest

from marsad.assessment import AssessmentSettings, Assessor
from marsad.model.detection import Attribution, Claim, Detection, Measurement
from marsad.model.sensor import Sensor, SensorKind
from marsad.model.site import Friend, Mode, Site, Zone
from marsad.model.threat import ThreatAssessment
from marsad.model.track import TrackTable

START_NS = 1_641_285_600_000_000_000
State = Sequence[float]
Path = Callable[[float], State]
FUEL = ((400.0, 400.0), (700.0, 400.0), (700.0, 600.0), (400.0, 600.0))
ZONES = (
    Zone("hq", "HQ", "المقر", (), (0.0, 0.0), 150.0),
    Zone("fuel", "Fuel", "الوقود", FUEL, (550.0, 500.0), 180.0),
)
FRIENDS = (
    Friend("remote_id:own1", "own drone"),
    Friend("friend_tag:own2", "patrol drone", authenticated_only=True),
)
SITE = Site("s", "S", "س", 33.0, 44.0, 0.0, 10800, ZONES, FRIENDS, Mode.TEST)
SENSORS = {
    "radar": Sensor("radar", "Radar", SensorKind.RADAR, "radar", (0.0, 0.0, 0.0)),
    "adsb": Sensor("adsb", "ADS-B", SensorKind.ADSB, "adsb", (0.0, 0.0, 0.0)),
    "rid": Sensor("rid", "Remote ID", SensorKind.REMOTE_ID, "rid", (0.0, 0.0, 0.0)),
    "rf": Sensor("rf", "RF", SensorKind.RADIO_FREQUENCY, "rf", (0.0, 0.0, 0.0)),
}


def table_of(
    seconds: float,
    states: Sequence[State],
    *,
    track_id: Sequence[int] = (),
    plot_s: float | None = None,
    updates: int = 10,
    confirmed: bool = True,
    sigma: tuple[float, float] = (15.0, 1.0),
    sigma_up: tuple[float, float] = (20.0, 1.5),
) -> TrackTable:
    """Tracks with the given states at START_NS + seconds."""
    count = len(states)
    spread = np.array([sigma[0], sigma[0], sigma_up[0], sigma[1], sigma[1], sigma_up[1]])
    covariance = np.tile(np.diag(spread**2), (count, 1, 1))
    t_ns = START_NS + round(seconds * 1e9)
    last = t_ns if plot_s is None else START_NS + round(plot_s * 1e9)
    return TrackTable(
        t_ns,
        np.array(track_id or range(1, count + 1), np.int64),
        np.array(states, float).reshape(count, 6),
        covariance,
        np.ones(count),
        np.full(count, confirmed),
        np.full(count, START_NS, np.int64),
        np.full(count, last, np.int64),
        np.full(count, updates, np.int64),
        np.ones((count, 1)),
    )


def detection_of(
    seconds: float,
    state: State,
    sensor_id: str = "radar",
    claim: Claim | None = None,
    classes: tuple[tuple[str, float], ...] = (),
) -> Detection:
    """A plot of that state by a sensor that measures the horizontal position."""
    values = (*state[:2], nan, *(state[3:5] if claim else (nan, nan)), nan)
    sigmas = (15.0, 15.0, nan, *((1.0, 1.0) if claim else (nan, nan)), nan)
    t_ns = START_NS + round(seconds * 1e9)
    return Detection(sensor_id, t_ns, Measurement.POSITION, values, sigmas, claim, classes)  # type: ignore[arg-type]


def fly(
    path: Path,
    seconds: float,
    *,
    assessor: Assessor | None = None,
    hear: Callable[[float, State], Sequence[Detection]] = lambda seconds, state: [
        detection_of(seconds, state)
    ],
    sensors: Mapping[str, Sensor] = SENSORS,
    step_s: float = 1.0,
    start_s: float = 0.0,
    **table: object,
) -> list[ThreatAssessment]:
    """Assess one track along a path, one plot per step; white noise like a tracker's on top."""
    assessor = assessor or Assessor(SITE, AssessmentSettings())
    noise = np.random.default_rng(5)
    found: list[ThreatAssessment] = []
    for number in range(round(seconds / step_s)):
        now = start_s + number * step_s
        state = np.array(path(now)) + noise.normal(size=6) * [5, 5, 8, 0.5, 0.5, 0.5]
        plots = list(hear(now, path(now)))
        whole = Attribution(np.ones(len(plots), np.int64), np.arange(len(plots)), np.ones(len(plots)))
        assessor.hear(START_NS + round(now * 1e9), plots, whole, sensors)
        found += assessor.assess(table_of(now, [list(state)], updates=number + 1, **table))  # type: ignore[arg-type]
    return found


class Air:
    """What the tests of this room share."""

    site = SITE
    sensors = SENSORS
    start_ns = START_NS
    table = staticmethod(table_of)
    detection = staticmethod(detection_of)
    fly = staticmethod(fly)

    @staticmethod
    def straight(*state: float) -> Path:
        """Constant velocity from [E N U vE vN vU]."""
        start, velocity = np.array(state[:3]), np.array(state[3:])
        return lambda seconds: [*(start + seconds * velocity), *velocity]

    @staticmethod
    def assessor(settings: AssessmentSettings | None = None, site: Site = SITE) -> Assessor:
        return Assessor(site, settings or AssessmentSettings())


@pytest.fixture
def air() -> Air:
    return Air()
