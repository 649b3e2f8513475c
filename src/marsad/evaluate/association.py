"""Which track is on which true object: one to one, within a gate, with hysteresis."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Array = NDArray[np.float64]
KEEP = 1.5  # a pair that stands is let go only beyond this many gates
LOYALTY = 0.25  # share of the gate by which another track must be nearer to take over


def distances(truth: Array, tracks: Array) -> Array:
    """Distances (j, n) between points (j, d) and (n, d), over the coordinates that both have."""
    difference = truth[:, None, :] - tracks[None, :, :]
    return np.asarray(np.sqrt(np.nansum(difference**2, axis=-1)))


class Association:
    """Pairs of (object row, track identifier) over time.

    At each time the pairs minimise the sum of distances among those within the gate. A pair that
    stood the time before has its gate widened and its distance shortened, so that noise at the
    gate's edge or two crossing tracks do not read as changes of identity.
    """

    def __init__(self) -> None:
        self.pairs: dict[int, int] = {}  # bounded by the objects in the air

    def step(
        self,
        rows: NDArray[np.int64],
        truth: Array,
        gate_m: Array,
        track_id: NDArray[np.int64],
        tracks: Array,
    ) -> dict[int, int]:
        """The pairs at a time: object rows with positions (j, 3) and gates (j,), tracks (n, 3).

        A coordinate that is NaN, such as the height of a track on the map only, is not compared.
        """
        distance = distances(truth, tracks)
        gate = np.broadcast_to(gate_m[:, None], distance.shape).copy()
        stood = np.zeros(distance.shape, bool)
        for j, row in enumerate(rows.tolist()):
            stood[j] = track_id == self.pairs.get(row, -1)
        allowed = distance <= np.where(stood, KEEP * gate, gate)
        cost = np.where(stood, distance - LOYALTY * gate, distance)
        # forbidden pairs cost more than any set of allowed ones can
        forbidden = 1.0 + 2 * KEEP * float(gate.max(initial=0.0)) * (1 + min(distance.shape))
        left, right = linear_sum_assignment(np.where(allowed, cost, forbidden))
        self.pairs = {
            int(rows[j]): int(track_id[n]) for j, n in zip(left, right, strict=True) if allowed[j, n]
        }
        return self.pairs


class Owners:
    """Which object each track was on, over time."""

    def __init__(self) -> None:
        self._owned: dict[int, list[tuple[float, int]]] = {}  # track -> (since when, object row)

    def note(self, t_s: float, pairs: dict[int, int]) -> None:
        """Take in the pairs (object row, track) of a time."""
        for row, number in sorted(pairs.items()):
            owned = self._owned.setdefault(number, [])
            if not owned or owned[-1][1] != row:
                owned.append((t_s, row))

    def owner(self, track_id: int | None, t_s: float) -> int | None:
        """The row of the object a track was on at a time (or next after it), None for a false track."""
        owned = self._owned.get(track_id or 0, [])
        before = [row for since_s, row in owned if since_s <= t_s]
        return before[-1] if before else (owned[0][1] if owned else None)
