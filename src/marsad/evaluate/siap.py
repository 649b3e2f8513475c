"""SIAP: how complete, clear and lasting an air picture was over a run.

Source: Votruba et al., "Single Integrated Air Picture (SIAP) Metrics Implementation" (2001),
in the discrete form: sums over the times at which the picture was looked at.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.evaluate.association import distances

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Siap:
    """The figures of a run; NaN where there was nothing to measure.

    completeness     share of true objects that have a track, best 1
    ambiguity        tracks per tracked object, best 1
    spurious         share of tracks that are on nothing, best 0
    position_error_m, velocity_error_mps   means over the tracked objects
    changes_per_s    changes of track number per second of tracked life, best 0
    continuity       share of an object's life that its longest-lasting number covers, best 1
    """

    completeness: float
    ambiguity: float
    spurious: float
    position_error_m: float
    velocity_error_mps: float
    changes_per_s: float
    continuity: float


@dataclass(frozen=True, slots=True)
class Followed:
    """How one true object was followed: the terms of R and LS.

    life_s     how long it was there, T_j
    tracked_s  how long a track was on it, TT_j
    numbers    how many track numbers were on it, NU_j
    longest_s  how long the longest-lasting of them was on it, TL_j
    """

    life_s: float
    tracked_s: float
    numbers: int
    longest_s: float


class SiapCount:
    """Sums for SIAP over a run; a velocity that is not known, NaN, is not measured.

    Memory grows with the objects and their track numbers only.
    """

    def __init__(self) -> None:
        self._alive = self._tracked = self._on = self._all = 0
        self._position = self._velocity = 0.0
        self._moving = 0  # pairs whose velocities are known
        self._life_s: dict[int, float] = {}
        self._tracked_s: dict[int, float] = {}
        self._by_number_s: dict[int, dict[int, float]] = {}
        self._last_t_s: float | None = None

    def step(
        self,
        t_s: float,
        rows: NDArray[np.int64],
        truth: Array,
        gate_m: Array,
        track_id: NDArray[np.int64],
        tracks: Array,
        pairs: dict[int, int],
    ) -> None:
        """One look: true states (j, 6), track states (n, 6), and who is on whom."""
        step_s = 0.0 if self._last_t_s is None else max(t_s - self._last_t_s, 0.0)
        self._last_t_s = t_s
        distance = distances(truth[:, :3], tracks[:, :3])
        paired = np.isin(track_id, np.array(sorted(pairs.values()), np.int64))
        near = (distance <= gate_m[:, None]).any(0) if len(rows) else np.zeros(len(track_id), bool)
        self._alive += len(rows)
        self._tracked += len(pairs)
        self._on += int((near | paired).sum())
        self._all += len(track_id)
        index = {int(number): n for n, number in enumerate(track_id)}
        for j, row in enumerate(rows.tolist()):
            self._life_s[row] = self._life_s.get(row, 0.0) + step_s
            number = pairs.get(row)
            if number is None:
                continue
            error = tracks[index[number]] - truth[j]
            self._position += float(np.sqrt(np.nansum(error[:3] ** 2)))
            if np.isfinite(error[3:5]).all():
                self._moving += 1
                self._velocity += float(np.sqrt(np.nansum(error[3:] ** 2)))
            self._tracked_s[row] = self._tracked_s.get(row, 0.0) + step_s
            lasting = self._by_number_s.setdefault(row, {})
            lasting[number] = lasting.get(number, 0.0) + step_s

    def followed(self) -> dict[int, Followed]:
        """Per object row, how it was followed."""
        found = {}
        for row, life_s in sorted(self._life_s.items()):
            lasting = self._by_number_s.get(row, {})
            found[row] = Followed(
                life_s, self._tracked_s.get(row, 0.0), len(lasting), max(lasting.values(), default=0.0)
            )
        return found

    @property
    def counts(self) -> dict[str, int]:
        """The sums behind the shares: J objects, JT with a track, N tracks, NA on an object."""
        return {"J": self._alive, "JT": self._tracked, "N": self._all, "NA": self._on}

    def result(self) -> Siap:
        """The figures so far."""
        changes = sum(len(lasting) - 1 for lasting in self._by_number_s.values())
        longest = sum(max(lasting.values()) for lasting in self._by_number_s.values())
        return Siap(
            completeness=_share(self._tracked, self._alive),
            ambiguity=_share(self._on, self._tracked),
            spurious=_share(self._all - self._on, self._all),
            position_error_m=_share(self._position, self._tracked),
            velocity_error_mps=_share(self._velocity, self._moving),
            changes_per_s=_share(changes, sum(self._tracked_s.values())),
            continuity=_share(longest, sum(self._life_s.values())),
        )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
