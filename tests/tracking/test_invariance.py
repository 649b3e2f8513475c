"""What must not matter does not: where the world lies, when and in which order it is told."""

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.model.track import TrackTable
from marsad.tracking import Tracker, TrackingSettings
from marsad.tracking.plots import Plots

SECOND = 1_000_000_000
START = np.array([[3000.0, 4000, 300, -30, -40, 0], [-5000, 100, 500, 60, 0, 1], [800, -2500, 120, 5, 12, 0]])
RADAR = Coverage(
    range_max_m=15000.0, elevation_min_rad=-0.1, elevation_max_rad=1.4,
    detection_probability=(0.95, 0.6), clutter_per_scan=3.0,
)  # fmt: skip
SECTOR = replace(RADAR, azimuth_from_rad=-2.0, azimuth_width_rad=3.5)


def sensor(name: str, place: Any, kind: SensorKind = SensorKind.RADAR, cover: Coverage = RADAR) -> Sensor:
    position = None if place is None else (float(place[0]), float(place[1]), float(place[2]))
    return Sensor(name, "", kind, "", position, cover)


SENSORS = (
    sensor("one", (0.0, 0.0, 10.0), cover=SECTOR),
    sensor("two", (4000.0, -3000.0, 20.0)),
    sensor("bearing", (-1500.0, 800.0, 15.0), SensorKind.RADIO_FREQUENCY),
    sensor("places", None, SensorKind.ADSB, Coverage(clutter_per_scan=0.01)),
)


def scans_of(sensors: tuple[Sensor, ...], seed: int = 4, seconds: int = 8) -> list[Scan]:
    """Each sensor in turn sees the three objects, and radars a few false plots."""
    rng, scans = np.random.default_rng(seed), []
    for k in range(seconds * len(sensors)):
        source, t_s = sensors[k % len(sensors)], k / len(sensors)
        state = START + t_s * np.concatenate([START[:, 3:], 0 * START[:, 3:]], 1)
        if source.position_enu is None:
            values, sigma = state[:, [0, 1, 2, 3, 4, 5]], np.array([15.0, 15, 20, 2, 2, 2])
        else:
            offset = state[:, :3] - np.array(source.position_enu)
            distance = np.linalg.norm(offset, axis=1)
            values = np.full((3, 6), np.nan)
            values[:, 0], values[:, 1] = distance, np.arctan2(offset[:, 0], offset[:, 1])
            values[:, 2] = np.arcsin(offset[:, 2] / distance)
            values[:, 3] = (offset * state[:, 3:]).sum(1) / distance
            sigma = np.array([8.0, 0.009, 0.014, 0.5, np.nan, np.nan])
        values = values + np.where(np.isnan(sigma), 0.0, sigma) * rng.standard_normal((3, 6))
        if source.kind is SensorKind.RADAR:
            false = np.full((3, 6), np.nan)
            false[:, :4] = rng.uniform([300, -3, 0, -60], [12000, 3, 0.8, 60], (3, 4))
            values = np.concatenate([values, false])
        if source.kind is SensorKind.RADIO_FREQUENCY:
            values[:, [0, 2, 3]] = np.nan
        kind = Measurement.POSITION if source.position_enu is None else Measurement.POLAR
        sigmas = np.where(np.isnan(values), np.nan, sigma)
        labels = ("",) * len(values)
        scans.append(Scan(source.sensor_id, round(t_s * SECOND), kind, values, sigmas, labels, False))
    return scans


def played(sensors: Any, scans: Any, **options: Any) -> Tracker:
    tracker = Tracker(TrackingSettings(**options))
    for source, rotation in sensors:
        tracker.set_sensor(source, rotation)
    for scan in scans:
        tracker.observe(scan)
    return tracker


def upright(sensors: Any) -> Any:
    return [(source, None) for source in sensors]


def assert_alike(here: TrackTable, there: TrackTable, turn: Any = None, shift: Any = 0.0) -> None:
    """The same tracks, one picture turned and shifted; in any order."""
    turn = np.eye(3) if turn is None else turn
    both = np.kron(np.eye(2), turn)
    moved = here.mean @ both.T + np.r_[np.zeros(3) + shift, np.zeros(3)]
    assert len(here) == len(there) and here.confirmed.sum() == there.confirmed.sum() > 1
    order = np.linalg.norm(moved[:, None] - there.mean[None], axis=2).argmin(1)
    assert len(set(order.tolist())) == len(order)
    assert_allclose(there.mean[order], moved, rtol=1e-6, atol=1e-4)
    assert_allclose(there.existence[order], here.existence, rtol=1e-6, atol=1e-12)
    assert_allclose(there.covariance[order], both @ here.covariance @ both.T, rtol=1e-5, atol=1e-3)
    assert_allclose(there.modes[order], here.modes, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("dimensions", [2, 3])
@settings(max_examples=6, deadline=None)
@given(st.floats(-np.pi, np.pi), st.floats(-5000, 5000), st.floats(-5000, 5000))
def test_turning_and_shifting_the_world_does_so_to_the_tracks(
    dimensions: int, angle: float, east: float, north: float
) -> None:
    """Radars turn in two ways: one is told by its axes, the other sees other azimuths."""
    sine, cosine = np.sin(angle), np.cos(angle)
    turn = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])  # clockwise
    both, shift = np.kron(np.eye(2), turn), np.array([east, north, 0.0])
    turned, scans = [], scans_of(SENSORS)
    for source in SENSORS:
        place = None if source.position_enu is None else turn @ np.array(source.position_enu) + shift
        axes = turn if source.sensor_id == "one" else None
        turned.append((sensor(source.sensor_id, place, source.kind, source.coverage), axes))
    moved = []
    for scan in scans:
        values = scan.values.copy()
        if scan.measurement is Measurement.POSITION:
            values = values @ both.T + np.r_[shift, np.zeros(3)]
        elif scan.sensor_id != "one":
            values[:, 1] += angle
        moved.append(replace(scan, values=values))
    # sectors of clutter have their borders, in which the turns differ
    even = {"dimensions": dimensions, "clutter_sector_prior": 1e9}
    here = played(upright(SENSORS), scans, **even).table(9 * SECOND)
    there = played(turned, moved, **even).table(9 * SECOND)
    assert_alike(here, there, turn, shift)


@settings(max_examples=6, deadline=None)
@given(st.integers(-(2**61), 2**61))
def test_it_is_the_same_at_any_time_to_the_last_bit(t_ns: int) -> None:
    scans = scans_of(SENSORS)
    scans = [*scans[:20], *scans[22:], scans[20]]  # one is late
    here = played(upright(SENSORS), scans).table(9 * SECOND)
    later = [replace(scan, t_ns=scan.t_ns + t_ns) for scan in scans]
    there = played(upright(SENSORS), later).table(9 * SECOND + t_ns)
    assert here.mean.tobytes() == there.mean.tobytes()
    assert here.covariance.tobytes() == there.covariance.tobytes()
    assert np.array_equal(here.last_t_ns + t_ns, there.last_t_ns)


@settings(max_examples=8, deadline=None)
@given(st.permutations(SENSORS))
def test_the_order_in_which_sensors_are_made_known_does_not_matter(order: list[Sensor]) -> None:
    scans = scans_of(SENSORS)
    here, there = (played(upright(known), scans).table(9 * SECOND) for known in (SENSORS, order))
    assert_alike(here, there)


@pytest.mark.parametrize("whole_s", [0, 4])
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_a_scan_in_parts_is_the_scan(whole_s: int, data: st.DataObject) -> None:
    """Reports of one look that come apart are one look: none of them says that the others are not there.

    What a look says is taken in when it comes, so that only who learns from it may tell the difference: range
    rates are not stated, or come in parts once they are believed.
    """
    scans, parts = scans_of(SENSORS, seconds=6 + whole_s), []
    if not whole_s:
        for scan in scans:
            scan.values[:, 3:] = np.nan
    first, scans = scans[: whole_s * len(SENSORS)], scans[whole_s * len(SENSORS) :]
    for scan in scans:
        rows = len(scan.values)
        owner = np.array(data.draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows)))
        parts.append([
            replace(scan, values=scan.values[owner == k], sigmas=scan.sigmas[owner == k], partial=k == 2,
                    labels=("",) * int((owner == k).sum()))
            for k in range(3)
        ])  # fmt: skip
    whole, split = played(upright(SENSORS), [*first, *scans]), played(upright(SENSORS), first)
    for number, some in enumerate(parts):
        for part in some[:2]:
            split.observe(part)
        if number:
            split.observe(parts[number - 1][2])  # the last part comes after the next sensor's scan
    split.observe(parts[-1][2])
    assert split.counters["looks_joined"] == 2 * len(scans) and split.counters["late_refused"] == 0
    t_ns = (7 + whole_s) * SECOND
    assert_alike(whole.table(t_ns), split.table(t_ns))


def test_the_parts_of_a_scan_belong_to_the_same_tracks_as_the_scan() -> None:
    scans = scans_of(SENSORS)
    whole, split = (played(upright(SENSORS), scans[:20]) for _ in range(2))
    scan = scans[20]
    assert scan.sensor_id == "one" and len(scan.values) == 6
    given_at_once = whole.observe(scan)
    found: dict[int, int] = {}
    for rows in ([4, 2], [], [5, 0, 3, 1]):
        part = replace(scan, values=scan.values[rows], sigmas=scan.sigmas[rows], labels=("",) * len(rows))
        told = split.observe(part)
        found.update({rows[plot]: track for plot, track in zip(told.plot, told.track_id, strict=True)})
    at_once = dict(zip(given_at_once.plot.tolist(), given_at_once.track_id.tolist(), strict=True))
    assert {plot: found[plot] for plot in range(3)} == {plot: at_once[plot] for plot in range(3)}


def test_names_stay_with_their_plots_when_a_look_is_joined() -> None:
    def part(first: float, labels: tuple[str, ...], objects: tuple[str, ...]) -> Plots:
        values = np.array([[first], [first + 1.0]])
        return Plots("s", 0, True, values, values / 10, labels, np.arange(2), False, 0, objects)

    whole = part(1.0, (), ("p", "q")).joined(part(3.0, ("a", ""), ())).joined(part(5.0, (), ()))
    assert whole.values.ravel().tolist() == [1, 2, 3, 4, 5, 6]
    assert whole.labels == ("", "", "a", "", "", "") and whole.objects == ("p", "q", "", "", "", "")
    assert whole.row.tolist() == [-1, -1, -1, -1, 0, 1]
    assert part(1.0, (), ()).joined(part(3.0, (), ())).labels == ()


def test_a_look_in_endless_parts_is_bounded() -> None:
    tracker, (scan, *_) = played(upright(SENSORS), [], max_plots=20), scans_of(SENSORS)
    for _ in range(10):
        tracker.observe(scan)
    assert tracker.counters["looks_joined"] == 2 and tracker.counters["plots_dropped"] == 7 * 6


number = st.floats(allow_nan=True, width=64)
likely = st.floats(-2e4, 2e4)
error = st.one_of(number, st.floats(1e-9, 1e4))
row = st.tuples(*[st.one_of(likely, st.just(float("nan")), number)] * 6)
covers = st.builds(
    Coverage,
    range_min_m=st.sampled_from([0.0, 200.0, 1e9]),
    range_max_m=st.sampled_from([0.0, 1e-3, 15000.0, 1e9, np.inf]),
    azimuth_from_rad=st.floats(-10, 10),
    azimuth_width_rad=st.sampled_from([0.0, 1.0, 2 * np.pi, 9.0]),
    elevation_min_rad=st.sampled_from([-1.5, 0.0, 1.0]),
    elevation_max_rad=st.sampled_from([-1.0, 0.0, 1.5]),
    detection_probability=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    clutter_per_scan=st.sampled_from([0.0, 1e-12, 3.0, 1e7]),
)
looks = st.tuples(
    st.integers(0, 2), st.booleans(), st.lists(st.tuples(row, st.tuples(*[error] * 6)), max_size=4),
    st.floats(-6, 60), st.booleans(), st.sampled_from(["", "icao:a", "icao:b", "remote_id:c"]),
)  # fmt: skip


@pytest.mark.parametrize("dimensions", [2, 3])
@settings(max_examples=40, deadline=None)
@given(st.lists(covers, min_size=3, max_size=3), st.lists(looks, max_size=6))
def test_nothing_measured_can_break_the_picture(dimensions: int, cover: Any, told: Any) -> None:
    places = ((0.0, 0.0, 0.0), (1e5, -3.0, 1e4), None)
    tracker = Tracker(TrackingSettings(dimensions=dimensions))
    for k, place in enumerate(places):
        tracker.set_sensor(
            sensor(str(k), place, (SensorKind.RADAR, SensorKind.CAMERA, SensorKind.ADSB)[k], cover[k])
        )
    t_ns = 0
    for source, polar, plots, wait_s, partial, label in told:
        t_ns += round(wait_s * SECOND)
        values = np.array([values for values, _ in plots], float).reshape(-1, 6)
        sigmas = np.array([sigmas for _, sigmas in plots], float).reshape(-1, 6)
        kind = Measurement.POLAR if polar else Measurement.POSITION
        found = tracker.observe(Scan(str(source), t_ns, kind, values, sigmas, (label,) * len(plots), partial))
        assert ((found.plot >= 0) & (found.plot < len(plots))).all()
        for ahead_s in (0, 30):
            is_sound(tracker.table(t_ns + ahead_s * SECOND))


def is_sound(table: TrackTable) -> None:
    assert np.isfinite(table.mean).all() and np.isfinite(table.covariance).all()
    assert (table.covariance == np.swapaxes(table.covariance, 1, 2)).all()
    scale = np.sqrt(np.einsum("nii->ni", table.covariance))
    assert np.linalg.eigvalsh(table.covariance / scale[:, :, None] / scale[:, None, :]).min(initial=1.0) > 0
    assert ((table.existence >= 0) & (table.existence <= 1)).all()
    assert_allclose(table.modes.sum(1), 1)


def test_a_hundred_thousand_plots_in_a_scan_stay_within_bounds() -> None:
    rng, (radar, *_) = np.random.default_rng(1), SENSORS
    tracker = played(upright([radar]), [], history_bytes_max=64 * 2**20)
    limits = tracker.settings
    values, sigmas = np.full((100_000, 6), np.nan), np.full((100_000, 6), np.nan)
    sigmas[:, :4] = [8.0, 0.009, 0.014, 0.5]
    tracemalloc.start()
    try:
        for k in range(4):
            values[:, :4] = rng.uniform([200, -3, 0, -60], [15000, 3, 0.8, 60], (100_000, 4))
            labels = ("",) * len(values)
            tracker.observe(Scan("one", k * SECOND, Measurement.POLAR, values, sigmas, labels))
            assert len(tracker.table(k * SECOND)) <= limits.max_tracks
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert tracker.counters["plots_dropped"] == 4 * (100_000 - limits.max_plots)
    assert tracker.counters["tracks_dropped"] > 0
    per_track = tracker._store.nbytes / len(tracker._store)
    assert per_track < 2500 and tracker._history._nbytes <= 64 * 2**20
    assert held < 128 * 2**20 and peak < 512 * 2**20
