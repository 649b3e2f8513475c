"""Drone or bird by flight alone: what is straight, what stood still, what says nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from marsad.assessment.columns import blank
from marsad.assessment.flight_character import (
    Character,
    CharacterLimits,
    CharacterState,
    Seen,
    character,
    legs,
)

Array = NDArray[np.float64]
LIMITS = CharacterLimits()
SIGMA_M = 7.0


def smoothed(path: Array, seed: int = 1) -> Array:
    """A path (k,2) as a tracker shows it through a radar: with errors that last some seconds."""
    noise = np.random.default_rng(seed).standard_normal((len(path) + 20, 2)) * SIGMA_M
    kernel = np.exp(-np.arange(12) / 2.5)
    lasting = np.stack([np.convolve(noise[:, axis], kernel, "full")[20:] for axis in (0, 1)], axis=1)
    return np.asarray(path + lasting[: len(path)] * (0.65 * SIGMA_M / lasting.std()))


def play(
    path: Array, height_m: float = 60.0, state: CharacterState | None = None, begin_s: int = 0
) -> list[Character]:
    """What a flight tells at each second of its path."""
    state = blank(CharacterState, 1, 0) if state is None else state
    velocity = np.gradient(path, axis=0)
    return [
        character(
            state,
            seen(place[None], velocity[second][None], height_m, (1000 + begin_s + second) * 10**9),
            LIMITS,
        )
        for second, place in enumerate(path)
    ]


def seen(place: Array, velocity: Array, height_m: float, t_ns: int, sigma_m: float = SIGMA_M) -> Seen:
    count = len(place)
    covariance = np.repeat(np.eye(2)[None] * sigma_m**2, count, axis=0)
    height, moment = np.full(count, height_m), np.full(count, t_ns)
    return Seen(place, velocity, covariance, np.full(count, 2 * 1.8**2), height, moment, np.ones(count, bool))


def straight(speed_mps: float, seconds: int, course_rad: float = 0.7) -> Array:
    along = speed_mps * np.arange(seconds)[:, None]
    return np.asarray(along * (np.sin(course_rad), np.cos(course_rad)))


def wandering(speed_mps: float, seconds: int, turn_degps: float, seed: int) -> Array:
    """A path whose turn rate is a slow random process, as a bird under way has it."""
    rng, rate, course, place = np.random.default_rng(seed), 0.0, 0.0, np.zeros(2)
    path = []
    for _ in range(seconds):
        rate = 0.7 * rate + turn_degps * 0.71 * rng.standard_normal()
        course += np.radians(rate)
        place = place + speed_mps * np.array([np.sin(course), np.cos(course)])
        path.append(place)
    return np.array(path)


@pytest.mark.parametrize("speed_mps", [8.0, 12.0, 15.0, 20.0])
def test_a_long_steady_leg_speaks_against_a_bird(speed_mps: float) -> None:
    told = play(smoothed(straight(speed_mps, 60)))
    assert told[40].against_bird_db[0] >= 6.0
    assert told[59].against_bird_db[0] >= 9.0
    assert told[59].straight_s[0] > 30.0
    assert not told[59].hovered[0]


def test_what_turns_as_birds_do_is_next_to_silent() -> None:
    flights = [play(smoothed(wandering(14.0, 180, 12.0, seed), seed)) for seed in range(12)]
    against = np.array([[one.against_bird_db[0] for one in told] for told in flights])
    assert np.median(against) < 0.0
    assert (against > 6.0).mean() < 0.06
    assert not any(one.hovered[0] for told in flights for one in told)


def test_nothing_ever_speaks_for_a_bird_by_more_than_a_factor_of_two() -> None:
    told = play(smoothed(wandering(12.0, 300, 40.0, 3)))
    assert min(one.against_bird_db[0] for one in told) >= LIMITS.against_db_min >= -3.0


def test_a_hover_is_remembered_for_life() -> None:
    still, state = np.zeros((40, 2)), blank(CharacterState, 1, 0)
    hovering = play(smoothed(still), state=state)
    assert hovering[-1].hovered[0]
    left = play(smoothed(wandering(15.0, 600, 15.0, 5), 6), state=state, begin_s=40)
    assert left[-1].hovered[0]
    assert left[-1].against_bird_db[0] >= LIMITS.hovered_db


def test_what_seems_to_stand_for_a_moment_only_has_not_hovered() -> None:
    """Plots of one bird of a flock after another keep together for a while, and then they do not."""
    still = np.zeros((23, 2)) + np.random.default_rng(2).normal(0, 2.0, (23, 2))
    away = np.cumsum(np.random.default_rng(3).normal(0, 6.0, (40, 2)), axis=0)
    brief, long = play(np.vstack([still, away])), play(np.zeros((45, 2)))
    assert not brief[-1].hovered[0]
    assert long[-1].hovered[0]


def test_what_stands_on_the_ground_and_never_flew_does_not_hover() -> None:
    told = play(smoothed(np.zeros((120, 2))), height_m=-1.0)
    assert not any(one.hovered[0] for one in told)
    assert told[-1].against_bird_db[0] <= 0.0


def test_what_flew_hovers_even_where_no_height_is_known() -> None:
    path = np.concatenate([straight(12.0, 40), np.repeat(straight(12.0, 40)[-1:], 60, axis=0)])
    told = play(smoothed(path), height_m=np.nan)
    assert told[-1].hovered[0]


def test_the_first_seconds_of_a_track_tell_nothing() -> None:
    for path in (straight(15.0, 10), np.zeros((18, 2))):
        assert all(one.against_bird_db[0] == 0.0 for one in play(smoothed(path))[:10])
        assert not any(one.hovered[0] for one in play(smoothed(path)))


def stay_began(places: Array, weight: Array) -> int:
    """The row of the place with which the latest stay began."""
    began = 0
    for row in range(1, len(places)):
        mean = weight[began:row] @ places[began:row] / weight[began:row].sum()
        if np.hypot(*(places[row] - mean)) > LIMITS.stay_m:
            began = row
    return began


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.3, 3.0), st.floats(-40, 40), st.floats(-40, 40)), min_size=12, max_size=40
    ),
    st.floats(-30_000, 30_000),
)
def test_moments_are_the_weighed_least_squares_they_stand_for(
    steps: list[tuple[float, float, float]], away_m: float
) -> None:
    """The same line, wander and spread as from all places kept and weighed at the end."""
    t_ns, place, past = 10**18, np.array([away_m, -away_m]), []
    state = blank(CharacterState, 1, 0)
    for elapsed_s, east_m, north_m in steps:
        t_ns += round(elapsed_s * 1e9)
        place = place + np.array([east_m, north_m])
        past.append((t_ns, *place))
        character(state, seen(place[None], np.zeros((1, 2)), 50.0, t_ns, 1.0), LIMITS)
    time = (np.array([one[0] for one in past]) - t_ns) / 1e9
    places = np.array([one[1:] for one in past]) - place
    gaps = np.concatenate([[1.0], np.minimum(np.diff(time), LIMITS.gap_s)])
    found = legs(state, np.eye(2)[None])
    weight = gaps * np.exp(time / LIMITS.leg_s)
    design = np.stack([np.ones_like(time), time], axis=1) * np.sqrt(weight)[:, None]
    line, *_ = np.linalg.lstsq(design, places * np.sqrt(weight)[:, None], rcond=None)
    speed = np.hypot(*line[1])
    assert found.speed_mps[0] == pytest.approx(speed, rel=1e-5, abs=1e-4)
    if speed > 0.1:
        rest = places - np.stack([np.ones_like(time), time], axis=1) @ line
        across = rest @ (line[1][::-1] * (1, -1) / speed)
        assert found.wander_m[0] == pytest.approx(
            np.sqrt((weight @ across**2) / weight.sum()), rel=1e-4, abs=1e-3
        )
    began = stay_began(places, gaps * np.exp(time / LIMITS.stay_s))
    weight = (gaps * np.exp(time / LIMITS.stay_s))[began:]
    places = places[began:]
    about = places - (weight @ places) / weight.sum()
    assert found.spread_m[0] == pytest.approx(
        np.sqrt((weight @ (about**2).sum(axis=1)) / weight.sum()), rel=1e-5, abs=1e-3
    )


def test_a_flight_tells_the_same_in_any_direction_and_place() -> None:
    path = smoothed(wandering(12.0, 90, 6.0, 2))
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    here, there = play(path), play(path @ turn.T + (12_000.0, -7_000.0))
    for one, other in zip(here, there, strict=True):
        assert one.against_bird_db[0] == pytest.approx(other.against_bird_db[0], abs=1e-6)
        assert one.straight_s[0] == other.straight_s[0]


def test_a_track_without_a_new_plot_keeps_what_it_told() -> None:
    state = blank(CharacterState, 2, 0)
    paths = np.stack([smoothed(straight(12.0, 60)), smoothed(straight(12.0, 60))], axis=1)
    told = None
    for second, places in enumerate(paths):
        now = seen(places, np.full((2, 2), 8.0), 60.0, 10**12)
        t_ns = np.array([second, min(second, 39)]) * 10**9 + 10**12
        told = character(state, replace(now, t_ns=t_ns, updated=np.array([True, second < 40])), LIMITS)
    assert told is not None
    alone = play(paths[:40, 1])[-1]
    assert told.against_bird_db[1] == pytest.approx(alone.against_bird_db[0])
    assert told.against_bird_db[0] > told.against_bird_db[1]
