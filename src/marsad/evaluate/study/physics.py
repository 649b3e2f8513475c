"""Where physics allows: the earliest time at which the sensors could have told of an object.

It sees the truth and the sensors' geometry only, never what the site made of it: who is in coverage and
line of sight, with which probability each look gives a plot by the radar equation, what faults take away.
Once PLOTS_NEEDED plots are to be expected within WINDOW_S, a track could stand: of radars, or of the weaker
of two bearing sensors at different places, for one bearing alone has no range. What stands in the air tells
of no attack: the time counts from when it last stood still. Radars that merge two objects into one plot
are not taken into account, nor is what a transponder says of itself.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from marsad.simulate.faults import Dust, Misses, Outage
from marsad.simulate.impairment import SensorFaults
from marsad.simulate.sensing import Camera, DirectionFinder, Radar
from marsad.simulate.truth import TrueObject, Truth

Array = NDArray[np.float64]
Sensor = Radar | DirectionFinder | Camera
WINDOW_S = 5.0
PLOTS_NEEDED = 3.0
STILL_MPS = 1.0
APART_M = 100.0
GRID_S = 0.5


def earliest_s(
    truth: Truth, row: int, sensors: Sequence[Sensor], faults: Sequence[SensorFaults]
) -> float | None:
    """When the sensors could first have told of an object, seconds from the start; None = never.

    faults   what is wrong with each sensor
    """
    item = truth.objects[row]
    begin, end = max(item.start_s, 0.0), min(item.end_s, truth.duration_s)
    grid = np.arange(begin, end, GRID_S)
    if not len(grid):
        return None
    radar_plots = np.zeros(len(grid))
    bearings: list[tuple[Array, Array]] = []
    for sensor, wrong in zip(sensors, faults, strict=True):
        t_s = look_times_s(sensor, begin, end)
        expected = _in_window(grid, t_s, plot_probability(sensor, wrong, row, t_s) * _kept(wrong, t_s))
        delay_s = sensor.settings.delay_s + np.array([wrong.latency_s(each) for each in grid.tolist()])
        delayed = np.interp(grid - delay_s, grid, expected, left=0.0)
        if isinstance(sensor, Radar):
            radar_plots += delayed
        else:
            bearings.append((sensor.position_enu, delayed))
    enough = (radar_plots + _crossed(bearings, len(grid)) >= PLOTS_NEEDED) & (grid >= _moving_s(item, grid))
    return round(float(grid[int(np.argmax(enough))]), 1) if enough.any() else None


def look_times_s(sensor: Sensor, begin_s: float, end_s: float) -> Array:
    """When a sensor looks."""
    settings = sensor.settings
    first = int(np.ceil((begin_s - settings.offset_s) / settings.period_s))
    last = int(np.ceil((end_s - settings.offset_s) / settings.period_s))
    return np.asarray(settings.offset_s + settings.period_s * np.arange(max(first, 0), last), np.float64)


def plot_probability(sensor: Sensor, wrong: SensorFaults, row: int, t_s: Array) -> Array:
    """The probability (n,) that looks at times t_s (n,) see an object through the air there is."""
    glimpse = sensor.glimpse(np.full(len(t_s), row), t_s)
    seen = np.searchsorted(t_s, glimpse.t_s)
    item, chance = sensor.truth.objects[row], np.zeros(len(t_s))
    distance = glimpse.polar[:, 0]
    if isinstance(sensor, Radar):
        loss_db = 2e-3 * distance * sum(dust.radar_loss_db_per_km for dust in _dust(wrong))
        chance[seen] = radar_probability(sensor, item, distance, glimpse.range_rate_mps, loss_db)
    elif isinstance(sensor, Camera):
        camera = sensor.settings
        pixels = item.physique.size_m / (np.maximum(distance, 1.0) * camera.instantaneous_view_mrad * 1e-3)
        sight_m = min((dust.visibility_m for dust in _dust(wrong)), default=np.inf)
        told = (pixels >= camera.pixels_to_detect) & (distance <= sight_m)
        chance[seen] = np.where(told, camera.detection_probability, 0.0)
    elif item.emitter is not None:
        finder, emitter = sensor.settings, item.emitter
        louder_db = emitter.power_dbm - finder.reference_power_dbm
        heard_m = finder.range_max_m * 10 ** (louder_db / (10 * finder.path_loss_exponent))
        on_air = min(emitter.burst_s / emitter.period_s, 1.0)
        chance[seen] = np.where(distance <= heard_m, finder.detection_probability * on_air, 0.0)
    return chance


def _dust(wrong: SensorFaults) -> list[Dust]:
    """The air between; in a study it is the same from first to last."""
    return [spell for spell in wrong.spells if isinstance(spell, Dust)]


def _kept(wrong: SensorFaults, t_s: Array) -> Array:
    """The share (n,) of what is seen at times (n,) that reaches the site: none in an outage."""
    share = np.ones(len(t_s))
    for spell in wrong.spells:
        on = (t_s >= spell.from_s) & (t_s < spell.to_s)
        if isinstance(spell, Outage):
            share[on] = 0.0
        elif isinstance(spell, Misses):
            share[on] *= spell.share_seen
    return share


def radar_probability(
    radar: Radar, item: TrueObject, range_m: Array, range_rate_mps: Array, loss_db: Array
) -> Array:
    """Of a plot (n,) by the radar equation, Swerling 1: Pfa to the power of 1 / (1 + SNR).

    range_m, range_rate_mps   (n,) from the radar
    loss_db                   (n,) what the air takes, there and back
    """
    settings = radar.settings
    signal = radar.signal_to_noise(range_m, np.asarray(item.rcs_dbsm)) * 10 ** (-loss_db / 10)
    chance = settings.false_alarm_probability ** (1 / (1 + signal))
    turns = settings.sees_rotors and item.physique.rotors
    hidden = (np.abs(range_rate_mps) < settings.notch_mps) & (not turns)
    return np.asarray(np.where(hidden, 0.0, chance))


def _in_window(grid: Array, t_s: Array, chance: Array) -> Array:
    """Expected plots (n,) within the window that ends at each time of the grid."""
    total = np.concatenate([[0.0], np.cumsum(chance)])
    until = np.searchsorted(t_s, grid, side="right")
    since = np.searchsorted(t_s, grid - WINDOW_S, side="right")
    return np.asarray(total[until] - total[since])


def _crossed(bearings: Sequence[tuple[Array, Array]], count: int) -> Array:
    """Plots that two bearing sensors at different places both give: the best pair at each time."""
    best = np.zeros(count)
    for number, (place, expected) in enumerate(bearings):
        for other_place, other in bearings[number + 1 :]:
            if np.hypot(*(place - other_place)[:2]) >= APART_M:
                best = np.maximum(best, np.minimum(expected, other))
    return best


def _moving_s(item: TrueObject, grid: Array) -> float:
    """When an object last stood still; its first time if it never does."""
    _, velocity = item.planned.state(grid)
    still = np.hypot(velocity[:, 0], velocity[:, 1]) < STILL_MPS
    return float(grid[np.flatnonzero(still)[-1]]) if still.any() else float(grid[0])
