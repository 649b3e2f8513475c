"""The air picture against the truth: SIAP, GOSPA, accuracy and consistency, by class and range band."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from marsad.evaluate.accuracy import Accuracy, accuracy
from marsad.evaluate.association import Association, Owners, distances
from marsad.evaluate.calibration import nees_per_dimension
from marsad.evaluate.gospa import gospa
from marsad.evaluate.look import Array, Look, Subject
from marsad.evaluate.siap import Followed, Siap, SiapCount

GOSPA_CUTOFF_M = 150.0
SCORED_RANGE_M = 20_000.0
BANDS_M = (0.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, SCORED_RANGE_M)
ACCURACY_RANGE_M = 5_000.0  # within it position is asked to be good
_DIMENSIONS = 6
_ELLIPSOID = float(chi2.ppf(0.95, _DIMENSIONS))
LOOK_MAX_S = 30.0  # longer between two looks counts as no longer


@dataclass(slots=True)
class _Tally:
    """What is counted of one class, one band, or of all."""

    siap: SiapCount = field(default_factory=SiapCount)
    truth: list[Array] = field(default_factory=list)
    tracks: list[Array] = field(default_factory=list)
    nees: list[Array] = field(default_factory=list)

    def accuracy(self) -> Accuracy:
        """Of all pairs so far."""
        if not self.truth:
            return accuracy(np.empty((0, 6)), np.empty((0, 6)))
        return accuracy(np.concatenate(self.truth), np.concatenate(self.tracks))

    def nees_per_dimension(self) -> Array:
        """Of all pairs that have one."""
        values = np.concatenate([*self.nees, np.empty(0)])
        return np.asarray(values[np.isfinite(values)])


@dataclass(frozen=True, slots=True)
class Slice:
    """The air picture of one class or one band of range.

    objects   how many true objects were there
    nees      mean per dimension; NaN where the system tells no covariances
    """

    name: str
    objects: int
    siap: Siap
    accuracy: Accuracy
    nees: float


class AirPicture:
    """Watches looks. Beyond `scored_range_m` from the origin nothing counts for it."""

    def __init__(self, subjects: Sequence[Subject], scored_range_m: float = SCORED_RANGE_M) -> None:
        self._subjects = subjects
        self._range_m = scored_range_m
        self._association = Association()
        self._all = _Tally()
        self._by_class: dict[str, _Tally] = {}
        self._by_band: dict[tuple[float, float], _Tally] = {}
        self._gospa_squared = np.zeros(3)
        self.looks = 0
        self.scored_s = 0.0
        self._last_t_s: float | None = None
        self.owners = Owners()
        self.track_ids: set[int] = set()
        self.near_ids: set[int] = set()

    def see(self, look: Look) -> dict[int, int]:
        """Take in a look; returns who is on whom, object row to track, at any range."""
        gate = np.array([self._subjects[row].gate_m for row in look.rows.tolist()])
        pairs = self._association.step(look.rows, look.truth[:, :3], gate, look.track_id, look.tracks[:, :3])
        self.owners.note(look.t_s, pairs)
        if self._last_t_s is not None:
            self.scored_s += min(max(look.t_s - self._last_t_s, 0.0), LOOK_MAX_S)
        self._last_t_s = look.t_s
        far = np.hypot(look.truth[:, 0], look.truth[:, 1])
        my_far = np.hypot(look.tracks[:, 0], look.tracks[:, 1])
        paired = np.isin(look.track_id, list(pairs.values()))
        scored = far <= self._range_m
        loose = ~paired & (my_far <= self._range_m)
        near = distances(look.truth[:, :3], look.tracks[:, :3]) <= gate[:, None]
        self.track_ids.update(look.track_id[paired | loose].tolist())
        self.near_ids.update(look.track_id[paired | near.any(0)].tolist())
        self._count(self._all, look, gate, pairs, scored, loose)
        for name in sorted({self._subjects[row].class_name for row in look.rows.tolist()}):
            of_class = np.array([self._subjects[row].class_name == name for row in look.rows.tolist()])
            tally = self._by_class.setdefault(name, _Tally())
            self._count(tally, look, gate, pairs, scored & of_class, loose & near[of_class].any(0))
        for low, high in pairwise(BANDS_M):
            tally = self._by_band.setdefault((low, high), _Tally())
            in_band, mine = (far >= low) & (far < high), loose & (my_far >= low) & (my_far < high)
            self._count(tally, look, gate, pairs, in_band & scored, mine)
        return pairs

    def _count(
        self,
        tally: _Tally,
        look: Look,
        gate: Array,
        pairs: dict[int, int],
        rows: NDArray[np.bool_],
        loose: NDArray[np.bool_],
    ) -> None:
        """Count the chosen objects with the tracks on them, and the chosen tracks that are on nothing."""
        chosen = {row: pairs[row] for row in look.rows[rows].tolist() if row in pairs}
        mine = loose | np.isin(look.track_id, list(chosen.values()))
        truth, tracks = look.truth[rows], look.tracks[mine]
        tally.siap.step(look.t_s, look.rows[rows], truth, gate[rows], look.track_id[mine], tracks, chosen)
        place = {number: index for index, number in enumerate(look.track_id.tolist())}
        on = np.array([row in chosen for row in look.rows.tolist()], bool)
        index = np.array([place[chosen[row]] for row in look.rows[on].tolist()], np.int64)
        if len(index):
            tally.truth.append(look.truth[on])
            tally.tracks.append(look.tracks[index])
        if look.covariance is not None and len(index):
            error = look.tracks[index] - look.truth[on]
            tally.nees.append(nees_per_dimension(error, look.covariance[index]))
        if tally is not self._all:
            return
        flat = 3 if np.isfinite(tracks[:, 2]).all() else 2
        parts = gospa(truth[:, :flat], tracks[:, :flat], GOSPA_CUTOFF_M)
        self._gospa_squared += (parts.location, parts.missed, parts.false)
        self.looks += 1

    # ---------------------------------------------------------------- what came out

    @property
    def siap(self) -> Siap:
        """Of all classes and ranges together."""
        return self._all.siap.result()

    @property
    def counts(self) -> dict[str, int]:
        """The sums behind it."""
        return self._all.siap.counts

    @property
    def followed(self) -> dict[int, Followed]:
        """Per object, how it was followed."""
        return self._all.siap.followed()

    @property
    def accuracy(self) -> Accuracy:
        """Of all pairs in range."""
        return self._all.accuracy()

    def accuracy_near(self) -> Accuracy:
        """Of pairs whose object was within 5 km, where position is asked to be good."""
        if not self._all.truth:
            return self._all.accuracy()
        truth, tracks = np.concatenate(self._all.truth), np.concatenate(self._all.tracks)
        near = np.hypot(truth[:, 0], truth[:, 1]) <= ACCURACY_RANGE_M
        return accuracy(truth[near], tracks[near])

    def nees_per_dimension(self) -> float:
        """Mean over all pairs; 1 where the tracks know their own errors."""
        return _mean(self._all.nees_per_dimension())

    def inside_ellipsoid(self) -> tuple[int, int]:
        """Pairs whose truth lay within the track's own 95 % ellipsoid, of all."""
        values = self._all.nees_per_dimension()
        return int((values * _DIMENSIONS <= _ELLIPSOID).sum()), len(values)

    def gospa_m(self) -> tuple[float, float, float, float]:
        """Root mean square GOSPA and its parts by location, missed and false, m."""
        if not self.looks:
            return (float("nan"),) * 4
        location, missed, false = self._gospa_squared / self.looks
        total = location + missed + false
        return float(total**0.5), float(location**0.5), float(missed**0.5), float(false**0.5)

    def false_tracks(self) -> int:
        """How many track numbers were never near any object."""
        return len(self.track_ids - self.near_ids)

    def by_class(self) -> Iterator[Slice]:
        """A slice per true class."""
        for name, tally in sorted(self._by_class.items()):
            yield _slice(name, tally)

    def by_band(self) -> Iterator[Slice]:
        """A slice per band of range from the origin, in which something was."""
        for (low, high), tally in sorted(self._by_band.items()):
            if tally.siap.counts["J"] or tally.siap.counts["N"]:
                yield _slice(f"{low / 1000:g}-{high / 1000:g}", tally)


def _slice(name: str, tally: _Tally) -> Slice:
    return Slice(
        name,
        len(tally.siap.followed()),
        tally.siap.result(),
        tally.accuracy(),
        _mean(tally.nees_per_dimension()),
    )


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else float("nan")
