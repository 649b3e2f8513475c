"""How many times as long a scan takes as the Kalman filters in it: the price of not knowing whose is whose.

    python kalman_ratio.py BENCH-FOLDER [SCENARIO-JSON ...]

The bare filter predicts every track under every motion model and updates it with every pair of its
gate, in place and one after the other, knowing what belongs to what: compiled, batched, lengths of
loops known, nothing else. The scan is `Tracker.observe` with all it does. Both are timed in turn on the
same tracks and pairs; of both the median over the scans.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np

sys.path.append(str(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))

DEFAULT = ('{"name": "A", "n": 100}', '{"name": "A", "n": 1000}', '{"name": "B"}')
compiled = numba.njit(nogil=True, error_model="numpy")
inlined = numba.njit(nogil=True, error_model="numpy", forceinline=True)


@compiled
def predict(states: Any, spreads: Any, dt: float, noises: Any, models: int, axes: Any) -> None:
    """x' = F x, P' = F P F' + Q of straight flight, every row in place."""
    k = len(axes)
    d = 2 * k
    for r in range(len(states)):
        m = r % models
        for a in range(k):
            states[r, a] += dt * states[r, k + a]
        for a in range(k):
            for b in range(k):
                motion = spreads[r, (k + a) * d + k + b]
                mixture = spreads[r, a * d + k + b] + dt * motion
                place = spreads[r, a * d + b] + dt * (spreads[r, (k + a) * d + b] + mixture)
                spreads[r, a * d + b] = place + noises[m, a * d + b]
                spreads[r, a * d + k + b] = mixture + noises[m, a * d + k + b]
                spreads[r, (k + a) * d + k + b] = motion + noises[m, (k + a) * d + k + b]
        for a in range(k):
            for b in range(k):
                spreads[r, (k + a) * d + b] = spreads[r, b * d + k + a]


@inlined
def linear(states: Any, r: int, place: Any, axes: Any, expected: Any, slope: Any) -> None:
    """Expected position; its slope is constant and set before."""
    for a in range(len(axes)):
        expected[a] = states[r, a]


@inlined
def polar(states: Any, r: int, place: Any, axes: Any, expected: Any, slope: Any) -> None:
    """Expected range, azimuth, elevation, range rate, and their slope."""
    x, y, z = states[r, 0] - place[0], states[r, 1] - place[1], states[r, 2] - place[2]
    u, v, w = states[r, 3], states[r, 4], states[r, 5]
    ground = np.sqrt(x * x + y * y)
    distance = np.sqrt(ground * ground + z * z)
    rate = (x * u + y * v + z * w) / distance
    expected[0], expected[1], expected[2], expected[3] = (
        distance,
        np.arctan2(x, y),
        np.arctan2(z, ground),
        rate,
    )
    slope[0], slope[1], slope[2] = x / distance, y / distance, z / distance
    slope[6], slope[7] = y / ground**2, -x / ground**2
    slope[12], slope[13] = -x * z / ground / distance**2, -y * z / ground / distance**2
    slope[14] = ground / distance**2
    for a in range(3):
        slope[18 + a] = (states[r, 3 + a] - rate * slope[a]) / distance
        slope[21 + a] = slope[a]


@inlined
def correct(
    states: Any, spreads: Any, r: int, plot: Any, errors: Any, j: int, expected: Any, slope: Any,
    scratch: Any, axes: Any, size: Any,
) -> None:  # fmt: skip
    """x + K (z - h), P - K S K' by S = L D L'."""
    d, used = 2 * len(axes), len(size)
    cross = 64  # of the scratch: rows of P H', before it S and the innovation
    for s in range(d):
        for a in range(used):
            value = 0.0
            for b in range(d):
                value += spreads[r, s * d + b] * slope[a * d + b]
            scratch[cross + s * 8 + a] = value
    for a in range(used):
        for b in range(a + 1):
            value = errors[j, a] ** 2 if a == b else 0.0
            for s in range(d):
                value += slope[b * d + s] * scratch[cross + s * 8 + a]
            scratch[8 * a + b] = value
        scratch[48 + a] = plot[j, a] - expected[a]
    for a in range(used):
        for b in range(a):
            for c in range(b):
                scratch[8 * a + b] -= scratch[8 * a + c] * scratch[8 * b + c]
        for b in range(a):
            value = scratch[8 * a + b] * scratch[9 * b]
            scratch[9 * a] -= value * scratch[8 * a + b]
            scratch[48 + a] -= value * scratch[48 + b]
            scratch[8 * a + b] = value
        scratch[9 * a] = 1 / scratch[9 * a]
    for s in range(d):
        for a in range(used):
            for c in range(a):
                scratch[cross + s * 8 + a] -= scratch[8 * a + c] * scratch[cross + s * 8 + c]
            scratch[cross + s * 8 + 4 + a] = scratch[cross + s * 8 + a] * scratch[9 * a]
            states[r, s] += scratch[cross + s * 8 + 4 + a] * scratch[48 + a]
    for s in range(d):
        for q in range(s, d):
            value = spreads[r, s * d + q]
            for a in range(used):
                value -= scratch[cross + s * 8 + 4 + a] * scratch[cross + q * 8 + a]
            spreads[r, s * d + q] = value
            spreads[r, q * d + s] = value


@compiled
def bare(
    states: Any, spreads: Any, dt: float, noises: Any, models: int, track: Any, plot: Any, values: Any,
    sigmas: Any, place: Any, seen_polar: bool, axes: Any, size: Any,
) -> None:  # fmt: skip
    """All of it."""
    predict(states, spreads, dt, noises, models, axes)
    expected, slope, scratch = np.empty(4), np.zeros(24), np.empty(128)
    for a in range(len(axes)):
        slope[a * 2 * len(axes) + a] = 1.0
    for e in range(len(track)):
        for r in range(track[e] * models, (track[e] + 1) * models):
            if len(size) == 4:
                polar(states, r, place, axes, expected, slope)
            else:
                linear(states, r, place, axes, expected, slope)
            correct(states, spreads, r, values, sigmas, plot[e], expected, slope, scratch, axes, size)


def run(text: str) -> None:
    """Play a scenario; print the medians of both and their ratio."""
    import scenarios

    from bench_adapter import scan_of, tracker_of
    from marsad.tracking import pairing, warm_up
    from marsad.tracking.compiled import compiled as twin
    from marsad.tracking.kernels import COMPILED
    from marsad.tracking.labels import unclaimed
    from marsad.tracking.plots import prepare
    from marsad.tracking.store import TRACK_ID

    scenario = scenarios.make(**json.loads(text))
    axes = tuple(range(scenario.dim))
    warm_up(lambda name: None, (scenario.dim,))
    tracker = tracker_of(scenario)
    scans = [scan_of(scan, scenario.sensors[scan.sensor], scenario.dim) for scan in scenario.scans]
    times: list[tuple[float, float]] = []
    for scan in scans:
        # the tracks and pairs of this scan, as the tracker will find them
        model = tracker._sensors[scan.sensor_id]
        plots = prepare(scan, model, tracker.settings, COMPILED, lambda name, number: None)
        ties = model.ties(plots.t_ns, tracker.settings)
        now, look = tracker._moment(plots.t_ns), tracker._look(plots, model, 1.0, ties)
        before = tracker._store.tracks
        mean, cov = before.mean.copy(), before.cov.copy()
        block = tracker._store.room(len(plots))
        found = twin(pairing.associate)(
            now,
            block,
            look,
            unclaimed(len(plots)),
            tracker._motion,
            tracker._unknown,
            tracker._rules,
            tracker._axes,
        )
        # pairs name the tracks that are left when those that nothing follows have gone
        track = np.flatnonzero(~np.isin(before.book[:, TRACK_ID], found.lost_id))[found.track]
        count, d = mean.shape[1], mean.shape[2]
        states, spreads = mean.reshape(-1, d), cov.reshape(-1, d * d)
        dt = max((plots.t_ns - now.t_ns) * 1e-9, 1e-3)
        noises = COMPILED.step(tracker._motion, tracker._axes, dt)[2].reshape(count, d * d)
        size = (0,) * (4 if plots.polar else scenario.dim)
        arguments = (states, spreads, dt, noises, count, track, found.plot, plots.values, plots.sigmas)
        tic = time.perf_counter()
        bare(*arguments, model.origin, plots.polar, axes, size)
        toc = time.perf_counter()
        tracker.observe(scan)
        times.append((time.perf_counter() - toc, toc - tic))
    scan_s, bare_s = np.median(np.array(times[10:]), axis=0)
    print(f"{text}: scan {scan_s * 1e6:.0f} us, bare {bare_s * 1e6:.0f} us, ratio {scan_s / bare_s:.2f}")


if __name__ == "__main__":
    for scenario in sys.argv[2:] or DEFAULT:
        run(scenario)
