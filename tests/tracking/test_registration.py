"""Sensors that are off: found, with an honest uncertainty, corrected when sure, never otherwise."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import SensorKind
from marsad.tracking.kernels import COMPILED
from marsad.tracking.registration import estimator
from marsad.tracking.registration import lesson as lessons
from marsad.tracking.registration import pairs as geometry
from marsad.tracking.registration.judgement import student
from marsad.tracking.registration.search import PATIENCE, searched
from marsad.tracking.registration.state import TURN_FOUND, renewed
from marsad.tracking.registration.witnesses import ROW, Evidence, gathered

SECOND = 1_000_000_000
OFF = (0.0, np.radians(0.5), 0.0, 0.3)


def watched(
    biased: Any,
    looks: Any,
    seed: Any = 1,
    until_s: Any = 60.0,
    count: Any = 12,
    speed: Any = (30.0, 90.0),
    **own: Any,
) -> Any:
    rng = np.random.default_rng(seed)
    tracker = biased.tracker_of(looks, registration=own)
    for scan in biased.scans(rng, looks, biased.flights(rng, count, speed), 4, until_s):
        tracker.observe(scan)
    return tracker


def row(table: Any, name: Any) -> Any:
    return table.sensor_ids.index(name)


def test_a_turned_radar_with_a_wrong_clock_is_found_and_corrected(biased: Any) -> None:
    table = watched(biased, [*biased.pair_of_radars(OFF), biased.receiver()]).registration()
    south, north, adsb = row(table, "south"), row(table, "north"), row(table, "adsb")
    assert abs(table.estimate[south, 1] - OFF[1]) < 4 * table.sigma[south, 1] < np.radians(0.25)
    assert abs(table.estimate[south, 3] - OFF[3]) < 3 * table.sigma[south, 3] < 0.4
    assert table.applied[south].tolist() == [False, True, False, True]
    assert not table.applied[north].any() and not table.applied[adsb].any()
    assert np.isnan(table.estimate[adsb, :3]).all() and not table.large.any()
    assert table.pairs[south] > 300


def in_parts(scans: Any) -> Any:
    """The scans, of every other one two plots only after four more scans, as the rest of the look."""
    waiting: list[Any] = []
    for number, scan in enumerate(scans):
        if waiting and waiting[0][0] == number:
            yield waiting.pop(0)[1]
        if number % 2 or len(scan.values) < 4:
            yield scan
            continue
        first, rest = np.arange(len(scan.values)) >= 2, np.arange(len(scan.values)) < 2
        for rows, partial in ((first, False), (rest, True)):
            labels = tuple(np.array(scan.labels)[rows])
            part = replace(
                scan, values=scan.values[rows], sigmas=scan.sigmas[rows], labels=labels, partial=partial
            )
            if partial:
                waiting.append((number + 4, part))
            else:
                yield part


def test_looks_that_come_in_parts_teach_as_much(biased: Any) -> None:
    looks, rng = [*biased.pair_of_radars(OFF), biased.receiver()], np.random.default_rng(1)
    tracker = biased.tracker_of(looks)
    parts = list(in_parts(biased.scans(rng, looks, biased.flights(rng, 12), 4, 60.0)))
    for scan in parts:
        tracker.observe(scan)
    # although what the clock is corrected by changes between the parts
    assert tracker.counters["looks_joined"] == sum(scan.partial for scan in parts) > 30
    table = tracker.registration()
    south = row(table, "south")
    assert table.applied[south].tolist() == [False, True, False, True] and table.pairs[south] > 300
    assert abs(table.estimate[south, 1] - OFF[1]) < 4 * table.sigma[south, 1] < np.radians(0.25)


def nees(biased: Any, looks: Any, seed: Any) -> Any:
    tracker = watched(biased, looks, seed, clock_sigma_s=0.25)
    state = renewed(tracker._registration.state, 60 * SECOND, tracker._registration._settings)
    bias = {look.sensor.sensor_id: look.bias for look in looks}
    scale, truth = state.scale.ravel(), np.concatenate([bias[name] for name in state.names])
    free = scale > 0
    apart = state.mean[free] - truth[free] / scale[free]
    return apart @ np.linalg.solve(state.cov[np.ix_(free, free)], apart) / free.sum()


@pytest.mark.parametrize("reference", [True, False])
def test_biases_err_as_much_as_they_say(biased: Any, reference: Any) -> None:
    values = []
    for seed in range(12):
        rng = np.random.default_rng([seed, 5])
        looks = biased.pair_of_radars() + (
            [biased.receiver(0.1 * rng.standard_normal())] if reference else []
        )
        for look in looks[:2]:
            look.bias = rng.standard_normal(4) * [8.0, 0.009, 0.014, 0.25]
        values.append(nees(biased, looks, seed))
    # crowded plots and doubtful pairs count for less than they know, so below one, but not by much
    assert 0.35 < np.mean(values) < 1.25


@pytest.mark.parametrize("seed", range(6))
def test_where_nothing_is_off_nothing_is_corrected(biased: Any, seed: Any) -> None:
    for looks in (biased.pair_of_radars(), [*biased.pair_of_radars(), biased.receiver()]):
        tracker = watched(biased, looks, seed)
        plain = watched(biased, looks, seed, enabled=False)
        assert not tracker.registration().applied.any() and not tracker.registration().large.any()
        assert_allclose(tracker.table(60 * SECOND).mean, plain.table(60 * SECOND).mean, rtol=0, atol=0)


def test_one_sensor_alone_learns_and_costs_nothing(biased: Any) -> None:
    tracker = watched(biased, biased.pair_of_radars(OFF)[1:])
    table = tracker.registration()
    assert table.sensor_ids == ("south",) and table.pairs.tolist() == [0]
    assert_allclose(table.estimate, 0.0) and not table.applied.any()
    assert_allclose(table.sigma, [[8.0, 0.009, 0.014, 0.5]])
    assert len(tracker._registration.state.memory.keys) == 0


def test_what_cannot_be_seen_stays_uncertain(biased: Any) -> None:
    slow = watched(biased, biased.pair_of_radars(), speed=(1.0, 4.0)).registration()
    fast = watched(biased, biased.pair_of_radars(), speed=(60.0, 120.0)).registration()
    # hovering drones do not show a clock: each knows as little of its own as before
    assert_allclose(slow.sigma[:, 3], 0.5, rtol=0.02)
    # of fast ones the difference is known, the sum is not: half of the variance is left
    assert_allclose(fast.sigma[:, 3], 0.5 / np.sqrt(2), rtol=0.05)
    bearing = biased.Station(
        biased.radar("ears", (500.0, 0.0, 5.0), SensorKind.RADIO_FREQUENCY), 1.0, 0.2, columns=(1,)
    )
    heard = watched(biased, [biased.pair_of_radars()[0], bearing]).registration()
    assert np.isnan(heard.estimate[row(heard, "ears")]).tolist() == [True, False, True, False]
    assert heard.sigma[row(heard, "ears"), 1] < 0.009


def test_without_a_reference_equal_sensors_share_the_blame(biased: Any) -> None:
    off = (0.0, 0.0, 0.0, 0.6)
    table = watched(biased, biased.pair_of_radars(off), speed=(60.0, 120.0)).registration()
    south, north = row(table, "south"), row(table, "north")
    assert_allclose(table.estimate[[south, north], 3], [0.3, -0.3], atol=0.08)
    assert table.applied[[south, north], 3].all()
    held = watched(
        biased, biased.pair_of_radars(off), speed=(60.0, 120.0), references=("north",)
    ).registration()
    assert_allclose(held.estimate[[row(held, "south"), row(held, "north")], 3], [0.6, 0.0], atol=0.12)
    assert held.sigma[row(held, "north")].tolist() == [0.0] * 4


def test_a_large_bias_is_told_and_a_small_one_not(biased: Any) -> None:
    table = watched(
        biased, [*biased.pair_of_radars((0.0, np.radians(1.8), 0.0, 1.5)), biased.receiver()]
    ).registration()
    assert table.large[row(table, "south")].tolist() == [False, True, False, True]
    assert not table.large[row(table, "north")].any()


def test_estimates_alone_change_no_plot(biased: Any) -> None:
    looks = [*biased.pair_of_radars(OFF), biased.receiver()]
    shown, plain = watched(biased, looks, correct=False), watched(biased, looks, enabled=False)
    assert shown.registration().pairs.sum() > 0
    assert_allclose(shown.table(60 * SECOND).mean, plain.table(60 * SECOND).mean, rtol=0, atol=0)


def test_late_scans_teach_nearly_what_scans_in_order_do_and_nothing_twice(biased: Any) -> None:
    rng = np.random.default_rng(4)
    looks = [*biased.pair_of_radars(OFF), biased.receiver()]
    ordered = sorted(biased.scans(rng, looks, biased.flights(rng, 8), 4, 40.0), key=lambda scan: scan.t_ns)
    mixed = list(ordered)
    for k in (20, 45, 80):
        mixed.insert(k + 5, mixed.pop(k))
    one, other = (biased.tracker_of(looks, registration={"correct": False}) for _ in range(2))
    for first, second in zip(ordered, mixed, strict=True):
        one.observe(first), other.observe(second)
    assert other.counters["late_scans"] == 3
    ordered_table, mixed_table = one.registration(), other.registration()
    off = np.abs(mixed_table.estimate - ordered_table.estimate) / ordered_table.sigma
    assert np.nanmax(off) < 0.3
    # how much was learned; what is shown has the scatter of witnesses in it besides
    learned = [np.sqrt(np.diag(tracker._registration.state.cov)) for tracker in (one, other)]
    assert_allclose(learned[0], learned[1], rtol=0.03)
    # what was compared in its place already is not compared with a late plot again
    assert (mixed_table.pairs <= ordered_table.pairs).all()
    assert (mixed_table.pairs > 0.95 * ordered_table.pairs).all()


def test_a_pickle_goes_on_the_same(biased: Any) -> None:
    rng = np.random.default_rng(6)
    looks = [*biased.pair_of_radars(OFF), biased.receiver()]
    tracker, all_scans = biased.tracker_of(looks), biased.scans(rng, looks, biased.flights(rng, 8), 4, 60.0)
    for scan in all_scans[:120]:
        tracker.observe(scan)
    again = pickle.loads(pickle.dumps(tracker))
    for scan in all_scans[120:]:
        tracker.observe(scan), again.observe(scan)
    assert tracker.registration().applied.any()
    assert pickle.dumps(again.registration()) == pickle.dumps(tracker.registration())
    assert again.table(60 * SECOND).mean.tobytes() == tracker.table(60 * SECOND).mean.tobytes()


def test_a_sensor_that_moves_or_is_knocked_is_learned_anew(biased: Any) -> None:
    rng = np.random.default_rng(7)
    looks = [*biased.pair_of_radars(OFF), biased.receiver()]
    tracker, state = biased.tracker_of(looks), biased.flights(rng, 12)
    for scan in biased.scans(rng, looks, state, 4, 60.0):
        tracker.observe(scan)
    before = tracker.registration()
    assert before.applied[row(before, "south"), 1]
    moved = replace(looks[1].sensor, position_enu=(4000.0, -2900.0, 20.0))
    tracker.set_sensor(moved)
    knocked = [looks[0], biased.Station(moved, 1.0, 0.37), looks[2]]
    for scan in biased.scans(rng, knocked, state, 4, 120.0):
        if scan.t_ns > 60 * SECOND:
            tracker.observe(scan)
    after = tracker.registration()
    assert not after.applied[row(after, "south")].any()
    assert after.sigma[row(after, "south"), 1] < np.radians(0.1)


def test_a_corrected_picture_is_as_good_as_one_of_true_sensors(biased: Any) -> None:
    looks = [*biased.pair_of_radars(OFF), biased.receiver()]

    def error(looks: Any, **own: Any) -> Any:
        """Mean distance of objects from their tracks, over the last half minute."""
        rng = np.random.default_rng(3)
        tracker, state, apart = biased.tracker_of(looks, registration=own), biased.flights(rng, 12), []
        for k, scan in enumerate(biased.scans(rng, looks, state, 4, 90.0)):
            tracker.observe(scan)
            if k % 3 == 0 and k > 180:
                t_s = k / 3
                table = tracker.table(round(t_s * SECOND))
                place = state[:, :3] + t_s * state[:, 3:]
                table = table.where(table.confirmed)
                apart.append(np.linalg.norm(table.mean[:, None, :3] - place, axis=2).min(0).mean())
        return np.mean(apart)

    true, off, corrected = error(biased.without_bias(looks)), error(looks, enabled=False), error(looks)
    assert off > 1.2 * true
    assert corrected < 1.05 * true


@pytest.mark.parametrize("turn_deg", [5.0, -12.0, 90.0])
def test_a_radar_turned_so_far_that_all_is_seen_twice_is_found(biased: Any, turn_deg: Any) -> None:
    looks = [*biased.pair_of_radars((0.0, np.radians(turn_deg), 0.0, 0.0)), biased.receiver()]
    table = watched(biased, looks, until_s=50.0).registration()
    south = row(table, "south")
    assert table.applied[south].tolist() == [False, True, False, False]
    assert table.large[south].tolist() == [False, True, False, False]
    assert abs(np.degrees(table.estimate[south, 1]) - turn_deg) < 0.4
    assert not table.applied[row(table, "north")].any()


@pytest.mark.parametrize("seed", range(4))
def test_radars_that_see_different_objects_are_not_turned(biased: Any, seed: Any) -> None:
    rng = np.random.default_rng([seed, 9])
    looks = biased.pair_of_radars()
    tracker = biased.tracker_of(looks)
    seen = [scan for look in looks for scan in biased.scans(rng, [look], biased.flights(rng, 10), 0, 50.0)]
    for scan in sorted(seen, key=lambda scan: scan.t_ns):
        tracker.observe(scan)
    assert tracker.table(50 * SECOND).confirmed.sum() >= 18
    assert not tracker.registration().applied.any()


def test_a_turn_that_helps_nobody_is_dropped(biased: Any) -> None:
    tracker = watched(biased, biased.pair_of_radars(), until_s=4.0)
    state, origin, own = tracker._registration.state, np.zeros(3), tracker._registration._settings
    turns, applied = state.turns.copy(), state.applied.copy()
    turns[0, :2], applied[0, 1] = (0.5, TURN_FOUND), True
    memory = state.memory._replace(pairs=np.zeros(2, np.int64))
    state = replace(state, turns=turns, applied=applied, memory=memory)
    for search in range(PATIENCE + 1):
        assert state.applied[0, 1]
        state = searched(state, 0, search * SECOND, origin, np.eye(3), own)
    assert not state.applied.any() and state.turns[0, 1] == 0


def test_memory_is_bounded(biased: Any) -> None:
    tracker = watched(
        biased,
        [*biased.pair_of_radars(), biased.receiver()],
        count=40,
        plots_max=50,
        compared_max=30,
        sensors_max=2,
    )
    state = tracker._registration.state
    assert len(state.names) == 2 and len(state.memory.keys) <= 50


# ---------------------------------------------------------------- what is no bias


class Lasting:
    """Errors of one sensor that stay alike for last_s: a Gauss-Markov process per object and number."""

    def __init__(self, rng: Any, count: int, last_s: float) -> None:
        self.rng, self.last_s, self.t_s = rng, last_s, 0.0
        self.now = rng.standard_normal((count, 3))

    def at(self, t_s: float) -> Any:
        stay = np.exp(-(t_s - self.t_s) / self.last_s)
        fresh = self.rng.standard_normal(self.now.shape)
        self.now, self.t_s = stay * self.now + np.sqrt(1 - stay**2) * fresh, t_s
        return self.now


def lasting_scans(biased: Any, seed: int, last_s: float, state: Any, until_s: float, bias: Any) -> Any:
    """Scans of both radars, with errors that last; the southern one is off by `bias`."""
    rng = np.random.default_rng([seed, 77])
    looks = biased.pair_of_radars(bias)
    errors = [Lasting(rng, len(state), last_s) for _ in looks]
    scans = []
    for step in range(int(until_s)):
        for look, error in zip(looks, errors, strict=True):
            t_s = step + look.offset_s
            now = state[:, :3] + t_s * state[:, 3:]
            polar, _, _ = geometry.polar_frame(now, np.array(look.sensor.position_enu), np.eye(3))
            values = np.full((len(state), 6), np.nan)
            values[:, :3] = polar + look.bias[:3] + error.at(t_s) * [8.0, 0.009, 0.014]
            sigmas = np.full_like(values, np.nan)
            sigmas[:, :3] = [8.0, 0.009, 0.014]
            t_ns = round((t_s + look.bias[3]) * SECOND)
            labels = ("",) * len(values)
            scans.append(Scan(look.sensor.sensor_id, t_ns, Measurement.POLAR, values, sigmas, labels))
    return looks, scans


@pytest.mark.parametrize("last_s", [3.0, 10.0, 30.0])
@pytest.mark.parametrize("seed", range(4))
def test_errors_that_last_are_no_bias(biased: Any, seed: Any, last_s: Any) -> None:
    state = biased.flights(np.random.default_rng(seed), 5, (5.0, 12.0))
    looks, scans = lasting_scans(biased, seed, last_s, state, 90.0, (0.0,) * 4)
    tracker = biased.tracker_of(looks)
    for scan in scans:
        tracker.observe(scan)
        assert not tracker.registration().applied.any() and not tracker.registration().large.any()
    assert tracker.registration().pairs.min() > 300 and tracker.counters["late_scans"] == 0


def test_a_bias_is_found_beneath_errors_that_last(biased: Any) -> None:
    state = biased.flights(np.random.default_rng(2), 16)
    off = (0.0, np.radians(0.8), 0.0, 0.0)
    looks, scans = lasting_scans(biased, 2, 5.0, state, 120.0, off)
    tracker = biased.tracker_of(looks)
    for scan in scans:
        tracker.observe(scan)
    table = tracker.registration()
    assert table.applied[row(table, "south"), 1]
    assert abs(table.estimate[row(table, "south"), 1] - off[1]) < 4 * table.sigma[row(table, "south"), 1]


def test_heights_that_are_all_off_tilt_nobody(biased: Any) -> None:
    """Aircraft that state heights by another pressure, at all distances, and two radars that are true."""
    rng = np.random.default_rng(3)
    looks = [*biased.pair_of_radars(), biased.receiver()]
    tracker, state = biased.tracker_of(looks), biased.flights(rng, 12)
    for scan in biased.scans(rng, looks, state, 12, 90.0):
        if scan.sensor_id == "adsb":
            scan.values[:, 2] += 70.0
        tracker.observe(scan)
        assert not tracker.registration().applied.any()


def test_one_object_makes_no_bias_however_long_it_is_seen(biased: Any) -> None:
    rng = np.random.default_rng(5)
    looks = biased.pair_of_radars((0.0, np.radians(0.8), 0.0, 0.0))
    tracker = biased.tracker_of(looks)
    for scan in biased.scans(rng, looks, biased.flights(rng, 1, (20.0, 30.0)), 0, 100.0):
        tracker.observe(scan)
    assert tracker.registration().pairs.min() > 60 and not tracker.registration().applied.any()


@pytest.mark.parametrize("ahead_s", [0.4, 1.2])
def test_a_clock_that_is_put_right_makes_no_scan_late(biased: Any, ahead_s: Any) -> None:
    """Put back to when it was made, every scan of this radar would have all others played again."""
    rng = np.random.default_rng(6)
    looks = [*biased.pair_of_radars((0.0, 0.0, 0.0, ahead_s)), biased.receiver()]
    sent = biased.scans(rng, looks, biased.flights(rng, 14, (60.0, 90.0)), 14, 120.0)
    # those of the south come as long after they were made as its clock is ahead: by their stamps, in time
    arrival = [scan.t_ns - (scan.sensor_id == "south") for scan in sent]
    sent = [sent[k] for k in np.argsort(arrival, kind="stable")]
    late = []
    for correct in (False, True):
        tracker = biased.tracker_of(looks, registration={"correct": correct})
        for scan in sent:
            tracker.observe(scan)
        late.append(tracker.counters["late_scans"])
        table = tracker.registration()
    assert table.applied[row(table, "south"), 3] and late == [0, 0]


def test_evidence_is_bounded_and_wears_off() -> None:
    rng = np.random.default_rng(8)
    numbers = rng.random((500, ROW))
    both = gathered(Evidence(np.arange(500), numbers), Evidence(np.arange(250, 750), numbers), 100)
    assert len(both.key) == 100 and (np.diff(both.key) > 0).all()
    assert_allclose(gathered(Evidence(np.arange(500), numbers), Evidence.none(), 500).numbers, numbers)


@pytest.mark.parametrize(("degrees", "exact"), [(4, 17.4), (10, 6.38), (30, 4.64), (200, 4.08)])
def test_students_t_is_nearly_that_of_the_tables_and_never_less(degrees: Any, exact: Any) -> None:
    assert 0.99 * exact < student(4.0, degrees) < 1.12 * exact


# ---------------------------------------------------------------- mathematics

place = st.tuples(*[st.floats(-9000, 9000)] * 2, st.floats(-100, 3000)).map(np.array)


@given(place, place, st.floats(-3, 3))
@settings(max_examples=50, deadline=None)
def test_slopes_are_those_of_polar_coordinates(here: Any, origin: Any, turn: Any) -> None:
    away = here - origin
    if np.hypot(*away[:2]) < 50:
        return
    rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
    polar, slope, lever = geometry.polar_frame(here[None], origin, rotation)
    assert_allclose(geometry.place_of(polar, origin, rotation)[0], here, atol=1e-6)
    assert_allclose(slope[0] @ lever[0], np.eye(3), atol=1e-9)
    step = np.diag([1e-2, 1e-6, 1e-6])
    above = geometry.place_of(polar + step, origin, rotation)
    below = geometry.place_of(polar - step, origin, rotation)
    assert_allclose(((above - below) / 2 / np.diag(step)[:, None]).T, lever[0], rtol=1e-4, atol=1e-2)


def members(specified: Any, compiled: Any) -> Any:
    """Names and both values of all members of a memory."""
    for name, one, other in zip(lessons.Memory._fields, specified, compiled, strict=True):
        if hasattr(one, "_fields"):
            yield from zip(one._fields, one, other, strict=True)
        else:
            yield name, one, other


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_compiled_lesson_equals_its_specification(biased: Any, dimensions: Any, monkeypatch: Any) -> None:
    taken: list[Any] = []
    lesson = COMPILED.lesson

    def noted(*inputs: Any) -> Any:
        taken.append(inputs)
        return lesson(*inputs)

    monkeypatch.setattr(estimator, "kernels", lambda compiled: replace(COMPILED, lesson=noted))
    ears = biased.Station(
        biased.radar("ears", (500.0, 0.0, 5.0), SensorKind.RADIO_FREQUENCY), 1.0, 0.2, columns=(1,)
    )
    flat = biased.Station(biased.radar("flat", (-800.0, 900.0, 5.0)), 1.0, 0.6, columns=(0, 1))
    looks = [*biased.pair_of_radars(OFF), biased.receiver(), ears, flat]
    rng = np.random.default_rng(2)
    tracker = biased.tracker_of(looks, dimensions=dimensions)
    for scan in biased.scans(rng, looks, biased.flights(rng, 8), 4, 25.0):
        tracker.observe(scan)
    assert len(taken) > 80 and taken[-1][4].pairs.min() > 10
    for inputs in taken[::3]:
        specified, compiled = lessons.lesson(*inputs), lesson(*inputs)
        for name, one, other in members(specified, compiled):
            scale = np.abs(one).max(initial=1.0)
            assert_allclose(other, one, rtol=1e-8, atol=1e-9 * scale, err_msg=name)
