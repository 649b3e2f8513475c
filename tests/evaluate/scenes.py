"""Subjects and looks for tests, in a few words."""

from collections.abc import Mapping
from math import inf

import numpy as np

from marsad.evaluate.look import Array, Look, Shown, Subject

DRONE = Subject("drone", "owa", frozenset({"owa"}), True, False, 150.0)
BIRD = Subject("bird", "bird", frozenset({"bird"}), False, False, 150.0)
OWN = Subject("own", "multirotor", frozenset({"multirotor"}), False, True, 150.0)


def subject(like: Subject, arrivals_s: Mapping[str, float] | None = None, end_s: float = inf) -> Subject:
    """A subject with a way that leads into zones."""
    return Subject(
        like.name,
        like.class_name,
        like.right,
        like.hostile,
        like.friend,
        like.gate_m,
        arrivals_s or {},
        end_s,
    )


def state(east_m: float, north_m: float = 0.0, up_m: float = 0.0) -> tuple[float, ...]:
    """A state at rest."""
    return (east_m, north_m, up_m, 0.0, 0.0, 0.0)


def look(
    t_s: float,
    truth: Mapping[int, tuple[float, ...]],
    tracks: Mapping[int, tuple[float, ...]],
    shown: Mapping[int, Shown] | None = None,
    covered: bool = True,
    covariance: Array | None = None,
) -> Look:
    """A look at subjects by row and tracks by number."""
    rows = np.array(sorted(truth), np.int64)
    numbers = np.array(sorted(tracks), np.int64)
    return Look(
        t_s,
        rows,
        np.array([truth[row] for row in rows.tolist()], float).reshape(-1, 6),
        np.full(len(rows), covered),
        numbers,
        np.array([tracks[number] for number in numbers.tolist()], float).reshape(-1, 6),
        covariance,
        tuple((shown or {}).get(number, Shown()) for number in numbers.tolist()),
    )
