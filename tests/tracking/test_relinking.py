"""Plots of several scans dealt out anew: the chains, the search, the names, and the tracker with it."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import MotionModel, Tracker, TrackingSettings
from marsad.tracking.compiled import compiled
from marsad.tracking.relinking.chains import Physics, advance, begin, joined, recede, smoothed
from marsad.tracking.relinking.contending import contending
from marsad.tracking.relinking.exchanges import Chains, Followed, follow, search, with_plot, with_tail
from marsad.tracking.relinking.gathering import empty_chains
from marsad.tracking.relinking.relink import deal_out_ids
from marsad.tracking.store import UPDATES, TrackStore
from marsad.tracking.weighing import claimants

PHYSICS = Physics(
    np.array([[0.1, 0.1], [3e-4, 3e-4]]),
    np.full((2, 2), 266.0),
    np.array([0.8, 0.2]),
    float(np.log(0.9) - np.log(2e-6)),
    float(np.log(0.1)),
    -4.0,
)
SIGMA, SPEED, LANE, SECOND = 10.0, 20.0, 30.0, 10**9
WIDTH = 10


def lanes(count: int, seed: int = 0) -> Any:
    """Places (count, WIDTH, 2) of so many objects side by side."""
    rng, t = np.random.default_rng(seed), np.arange(WIDTH)
    truth = np.stack(np.broadcast_arrays(LANE * np.arange(count)[:, None], SPEED * t), 2)
    return truth + SIGMA * rng.standard_normal(truth.shape)


def chains_of(place: Any, ids: Any) -> Chains:
    chains = empty_chains(len(place), WIDTH, 2, 2, np.ones(WIDTH))
    chains.ids[:], chains.place[:], chains.variance[:] = ids, place, SIGMA**2
    return chains


def room_for(chains: Chains) -> Followed:
    n = len(chains.ids)
    states = (n, WIDTH + 1, *chains.head.shape[1:])
    return Followed(np.zeros(states), np.zeros(states), np.zeros((n, WIDTH + 1), np.bool_), np.zeros(n))


def followed(chains: Chains) -> Followed:
    way = room_for(chains)
    for i in range(len(chains.ids)):
        follow(chains, way, i, PHYSICS)
    return way


def plain(step: Any) -> Any:
    return step


def test_twins_of_the_steps_agree() -> None:
    for k in (2, 3):
        rng, states = np.random.default_rng(k), []
        physics = PHYSICS._replace(noise=rng.uniform(0.01, 1, (2, k)), speeds=rng.uniform(10, 300, (2, k)))
        plots = 10 * rng.standard_normal((4, k))
        plots[2] = np.nan
        for run in (plain, compiled):
            head, tail, at = np.zeros((2, 5 * k + 1)), np.zeros((2, 5 * k + 1)), np.empty(k)
            run(begin)(head, plots[0], np.full(k, 100.0), physics)
            for place in plots[1:]:
                run(advance)(head, 1.5, place, np.full(k, 50.0), physics)
                run(recede)(tail, 0.5, place, np.full(k, 70.0), physics)
            run(smoothed)(head, tail, at)
            states.append((head, tail, at, run(joined)(head, tail, physics.share)))
        for one, other in zip(*states, strict=True):
            assert_allclose(one, other, rtol=1e-10, atol=1e-10)


def test_a_chain_is_worth_the_same_wherever_it_is_cut() -> None:
    place = lanes(1)
    place[0, 4] = np.nan
    way = followed(chains_of(place, [1]))
    for t in range(1, WIDTH + 1):
        assert joined(way.ahead[0, t], way.after[0, t], PHYSICS.share) == pytest.approx(way.value[0])


def test_an_exchange_is_worth_what_the_filter_says() -> None:
    rng, place = np.random.default_rng(1), lanes(2)
    place[rng.random((2, WIDTH)) < 0.3] = np.nan
    chains = chains_of(place, [1, 2])
    way, state = followed(chains), np.empty((2, 11))
    for t in range(WIDTH):
        for end, worth in ((WIDTH, with_tail), (t + 1, with_plot)):
            mixed = chains_of(place[:1], [1])
            mixed.place[0, t:end] = place[1, t:end]
            wanted = followed(mixed).value[0]
            assert worth(chains, way, 0, 1, t, state, PHYSICS) == pytest.approx(wanted)
            assert compiled(worth)(chains, way, 0, 1, t, state, PHYSICS) == pytest.approx(wanted)


@pytest.mark.parametrize("run", [search, compiled(search)])
def test_search_puts_right_tracks_that_changed_lanes_and_finds_plots_no_track_has(run: Any) -> None:
    truth = lanes(2)
    place = np.concatenate([truth, np.full((1, WIDTH, 2), np.nan)])
    place[:2, 2:] = truth[::-1, 2:]  # both took the neighbour's third plot, and stayed with it
    place[2, 6], place[0, 6] = place[0, 6], np.nan
    chains = chains_of(place, [1, 2, 0])
    assert run(chains, room_for(chains), np.array([True, True, False]), 80.0, PHYSICS).all()
    first = int(chains.place[0, 0, 0] == truth[1, 0, 0])
    assert_array_equal(chains.place[:2], truth[[first, 1 - first]])


@pytest.mark.parametrize("run", [deal_out_ids, compiled(deal_out_ids)])
def test_names_stay_with_what_was_shown(run: Any) -> None:
    for held, wanted in ((0.0, [2, 1]), (20.0, [1, 2])):
        chains = chains_of(lanes(2), [1, 2])
        way = followed(chains)
        chains.shown[:, 3:], chains.held[:] = True, held
        chains.seen[:] = chains.place[::-1]  # each name was shown on the other's lane
        run(chains, way, np.arange(2), 5 * SIGMA)
        assert chains.ids.tolist() == wanted


@pytest.mark.parametrize("run", [claimants, compiled(claimants)])
def test_the_likeliest_pairs_come_first(run: Any) -> None:
    track, plot = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 1, 2])
    probability = np.array([0.9, 0.1, 0.08, 0.45, 0.4, 0.02])
    assert run(track, plot, probability, 3, 3).tolist() == [0, 1, -1]


@pytest.mark.parametrize("run", [contending, compiled(contending)])
def test_young_tracks_contend_that_fly_side_by_side_and_not_those_that_met(run: Any) -> None:
    places = [(0.0, 0.0), (30.0, 0.0), (0.0, 500.0), (30.0, 500.0), (70.0, 0.0), (0.0, 900.0)]
    speeds = [(20.0, 0.0), (21.0, 1.0), (20.0, 0.0), (-20.0, 0.0), (0.0, 20.0), (20.0, 0.0)]
    store = TrackStore(2, 4, 1)
    tracks = store.grow(len(places))
    tracks.mean[:] = np.hstack([places, speeds])[:, None]
    tracks.cov[:] = np.diag([50.0, 50.0, 4.0, 4.0])
    tracks.modes[:], tracks.existence[:], tracks.book[:] = 0.5, 0.99, 0
    tracks.book[:, UPDATES] = [5, 5, 5, 5, 99, 5]
    values = np.full((3, 4), np.nan)
    values[:, :2] = 0.0
    sigmas = np.where(np.isnan(values), np.nan, SIGMA)
    found = run(values, sigmas, False, tracks, (0, 1))
    assert found.placed and found.sigma_m == pytest.approx(SIGMA)
    # the third and fourth fly apart; the fifth is old and crosses, but near
    assert found.rows.tolist() == [0, 1, 4]
    assert found.young.tolist() == [True, True, False]
    for wide in (1e4, 4.0):  # what is not yet known of a velocity cannot tell them apart
        tracks.cov[:, :, 2:, 2:] = np.diag([wide, wide])
        rows = run(values, sigmas, False, tracks, (0, 1)).rows
        assert (3 in rows) == (wide > 4.0)


def tracker(compiled_kernels: bool = True) -> Tracker:
    models = (
        MotionModel(name="stated", noise_m2ps3=0.125, vertical_noise_m2ps3=1.0, sojourn_s=300.0),
        MotionModel(name="straight", noise_m2ps3=4e-4, vertical_noise_m2ps3=1.0, sojourn_s=300.0, share=0.2),
    )
    made = Tracker(
        TrackingSettings(
            dimensions=2,
            compiled=compiled_kernels,
            models=models,
            speed_max_mps=40.0,
            birth_rate_per_km2_s=0.02,
            initial_density_per_km2=1.0,
            clutter_sector_prior=1e9,  # sectors have their borders, in which turned worlds differ
        )
    )
    cover = Coverage(range_max_m=3000.0, detection_probability=(0.9, 0.9), clutter_per_scan=50.0)
    made.set_sensor(Sensor("r", "r", SensorKind.RADAR, "", None, cover))
    return made


def looks(count: int, scans: int, seed: int) -> list[Scan]:
    rng, made = np.random.default_rng(seed), []
    for k in range(scans):
        truth = np.stack([LANE * np.arange(count), np.full(count, SPEED * k)], 1)[rng.random(count) < 0.9]
        places = np.concatenate(
            [truth + SIGMA * rng.standard_normal(truth.shape), rng.uniform(-99, 99, (1, 2))]
        )
        values = np.full((len(places), 6), np.nan)
        values[:, :2] = places
        sigmas = np.where(np.isnan(values), np.nan, SIGMA)
        made.append(Scan("r", k * SECOND, Measurement.POSITION, values, sigmas, ("",) * len(values)))
    return made


def played(scans: list[Scan], compiled_kernels: bool = True) -> Tracker:
    made = tracker(compiled_kernels)
    for scan in scans:
        made.observe(scan)
    return made


def test_both_sets_of_kernels_keep_the_same_tracks() -> None:
    one, other = (played(looks(4, 16, 3), run) for run in (True, False))
    assert one.counters["relinked"] == other.counters["relinked"] > 0
    here, there = one.table(16 * SECOND), other.table(16 * SECOND)
    assert_array_equal(here.track_id, there.track_id)
    assert_allclose(here.mean, there.mean, atol=1e-6)
    assert_allclose(here.existence, there.existence, atol=1e-9)


@pytest.mark.parametrize("seed", [3, 5])
def test_a_late_look_one_in_parts_and_a_restored_tracker_change_nothing(seed: int) -> None:
    scans = looks(4, 18, seed)
    wanted = played(scans)
    late = played([scans[k] for k in (*range(11), 12, 13, 11, *range(14, 18))])
    some = [replace(scan, values=scan.values[:2], sigmas=scan.sigmas[:2], labels=("",) * 2) for scan in scans]
    rest = [
        replace(scan, values=scan.values[2:], sigmas=scan.sigmas[2:], labels=("",) * (len(scan.values) - 2))
        for scan in scans
    ]
    parts = played([part for pair in zip(some, rest, strict=True) for part in pair])
    restored = played(scans[:9])
    restored = pickle.loads(pickle.dumps(restored))
    for scan in scans[9:]:
        restored.observe(scan)
    assert wanted.counters["relinked"] > 0
    for other in (late, parts, restored):
        here, there = wanted.table(18 * SECOND), other.table(18 * SECOND)
        assert_array_equal(here.mean, there.mean)
        assert_array_equal(here.existence, there.existence)
    assert_array_equal(here.track_id, there.track_id)  # of the restored one; a late plot has a later id


@pytest.mark.parametrize("seed", [3, 5])
def test_where_the_world_lies_and_in_which_order_it_is_told_does_not_matter(seed: int) -> None:
    scans, rng, angle, shift = looks(4, 18, seed), np.random.default_rng(seed), 0.7, np.array([900.0, -400.0])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = []
    for scan in scans:
        values = scan.values[rng.permutation(len(scan.values))]
        values[:, :2] = values[:, :2] @ turn.T + shift
        moved.append(replace(scan, values=values, t_ns=scan.t_ns + 2**61))
    one, other = played(scans), played(moved)
    assert one.counters["relinked"] == other.counters["relinked"] > 0
    here, there = one.table(18 * SECOND, 0.5), other.table(18 * SECOND + 2**61, 0.5)
    places = here.mean[:, :2] @ turn.T + shift
    order = np.linalg.norm(places[:, None] - there.mean[None, :, :2], axis=2).argmin(1)
    assert sorted(order.tolist()) == list(range(len(there))) and len(there) >= 4
    assert_allclose(there.mean[order, :2], places, atol=1e-4)
    assert_allclose(there.existence[order], here.existence, rtol=1e-6)


def test_looks_of_a_second_sensor_end_the_window() -> None:
    made = played(looks(4, 6, 7))
    assert made._recent is not None and made._recent.chains is not None and made._recent.nbytes > 0
    made.set_sensor(Sensor("q", "q", SensorKind.RADAR, "", None, Coverage(range_max_m=3000.0)))
    made.observe(replace(looks(4, 7, 7)[-1], sensor_id="q"))
    assert made._recent is not None and made._recent.sensor_id == "q"
    assert sum(map(len, made._recent.claimed[:-1])) == 0
