"""Falling objects that break up in the air, and the ground on which their pieces come down.

A round breaks up, by itself or because somebody hits it, where new tracks begin beside the place at which
its own flight would be, and its own plots are no longer those of one fall, or are no more. One new track
beside a round that falls on is another round of the salvo; two that begin within seconds of each other
beside one that has stopped to fall as before are its pieces. Pieces fly apart and are lighter for their
size, so that they fall short of where the round would have: by how much is drawn from what pieces are like.
"""

from collections import deque
from dataclasses import dataclass, field
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.ballistic import BallisticLimits
from marsad.geo.polar import polar_from_enu
from marsad.model.ballistic import GRAVITY_MPS2, BallisticTable, FitVerdict, FlatGround, Ground
from marsad.model.impact import KeepOut
from marsad.model.line import Line
from marsad.model.reason import Reason
from marsad.model.track import TrackTable

Array = NDArray[np.float64]
KEPT_MAX = 16
FALLS_MAX = 256
AFTER_S = (
    6.0  # so long after a round was last seen to fall, tracks that begin beside its flight are its pieces
)
NEAR_M = 120.0  # so near to it, when they begin…
APART_MPS = 60.0  # …and as much further as pieces fly apart since
PIECES_MIN = 2
PLOTS_MIN = 3
PLOTS_FITTED = 6  # of what may fall, before it is known to
RATHER_FALLS = 1.0  # evidence, as in `BallisticTable`
CUT = 0.6  # a fit that explains so few of the plots that it did was cut: it is of another flight
FITS_KEPT = 24
HIT_NS = 600_000_000  # a piece is first seen so long after the burst, at most, where it is seen at once
SILENT_NS = 1_500_000_000
PIECE_KGPM2 = (60.0, 3_000.0)  # mass over drag area, from a sheet of metal to half a warhead
BURST_MPS = 40.0  # one sigma of what the burst adds to each
DRAWN = 256
NINE_IN_TEN = 2.146  # half axes over sigmas, of a normal distribution of two dimensions
MARGIN_M = 50.0
_NS = 1_000_000_000


@dataclass(slots=True)
class _Fall:
    """The newest fits of a round, oldest first; how many plots the best explained; what began beside it.

    pieces   the first plot of each track that did, by its number
    """

    fits: deque[tuple[int, Array]]
    plots: int
    pieces: dict[int, int] = field(default_factory=dict)
    is_broken: bool = False

    def before(self, t_ns: int) -> tuple[int, Array]:
        """The newest fit of before a time by which it may have been hit, or the oldest."""
        earlier = [one for one in self.fits if one[0] <= t_ns - HIT_NS]
        return earlier[-1] if earlier else self.fits[0]


class BreakUps:
    """Watches falling tracks for their breaking up. Deterministic, picklable, bounded.

    keep_outs   proposed so far, the newest last; those of late, at most `KEPT_MAX`
    """

    def __init__(self, limits: BallisticLimits, ground: Ground | None = None) -> None:
        self._surveyed = ground
        self.adopt(limits)
        self._falls: dict[int, _Fall] = {}
        self._known: frozenset[int] = frozenset()
        self.keep_outs: tuple[KeepOut, ...] = ()

    def adopt(self, limits: BallisticLimits) -> None:
        """From now on these settings hold."""
        self._limits = limits
        self._ground = self._surveyed or FlatGround(limits.ground_up_m)

    def set_ground(self, ground: Ground) -> None:
        """Pieces come down to this from now on."""
        self._surveyed = self._ground = ground

    def look(self, table: TrackTable, fits: BallisticTable) -> list[Line]:
        """Take in the newest table, tentative tracks too, with its fits; what broke up, as lines."""
        now_ns = table.t_ns
        solid = table.updates >= PLOTS_MIN
        shown = frozenset(table.track_id[solid].tolist())
        fresh = np.flatnonzero(solid & np.isin(table.track_id, list(shown - self._known)))
        self._known = shown
        if not self._falls and not len(fits):
            return []
        for row in fresh.tolist():
            self._begin(int(table.track_id[row]), int(table.first_t_ns[row]), table.mean[row], now_ns)
        falling = self._remember(fits)
        lines = [
            self._broken(now_ns, track_id, one)
            for track_id, one in self._falls.items()
            if not one.is_broken
            and len(one.pieces) >= PIECES_MIN
            and (track_id not in falling or now_ns - one.fits[-1][0] > SILENT_NS)
        ]
        self._falls = {
            key: one for key, one in self._falls.items() if now_ns - one.fits[-1][0] <= AFTER_S * _NS
        }
        return lines

    def _remember(self, fits: BallisticTable) -> set[int]:
        """Take in the newest fit of each round; which of them fall on as before."""
        rather = (fits.verdict == FitVerdict.UNDECIDED) & (fits.evidence > RATHER_FALLS)
        falls = (fits.verdict == FitVerdict.BALLISTIC) | (rather & (fits.plots >= PLOTS_FITTED))
        falling: set[int] = set()
        for row in np.flatnonzero(falls).tolist():
            track_id, t_ns, plots = int(fits.track_id[row]), int(fits.t_ns[row]), int(fits.plots[row])
            one = self._falls.get(track_id)
            if one is None:
                if len(self._falls) >= FALLS_MAX:
                    continue
                one = self._falls[track_id] = _Fall(deque(maxlen=FITS_KEPT), plots)
            if not one.fits or t_ns > one.fits[-1][0]:
                one.fits.append((t_ns, fits.mean[row].copy()))
            if plots >= CUT * one.plots:  # its oldest plots still fit the newest
                falling.add(track_id)
            one.plots = max(one.plots, plots)
        return falling

    def _begin(self, track_id: int, first_t_ns: int, mean: Array, now_ns: int) -> None:
        """A track is new: it is a piece of the round beside whose flight it began, if of any."""
        began = mean[:3] - mean[3:6] * max((now_ns - first_t_ns) / _NS, 0.0)
        nearest: tuple[float, _Fall] | None = None
        for other, one in self._falls.items():
            t_ns, state = one.before(first_t_ns)
            after_s = (first_t_ns - t_ns) / _NS
            if other == track_id or not 0.0 <= after_s <= AFTER_S:
                continue
            away_m = float(np.linalg.norm(_carried(state, after_s)[:3] - began))
            if away_m <= NEAR_M + APART_MPS * after_s and (nearest is None or away_m < nearest[0]):
                nearest = away_m, one
        if nearest is not None and len(nearest[1].pieces) < FALLS_MAX:
            nearest[1].pieces[track_id] = first_t_ns

    def _broken(self, now_ns: int, track_id: int, one: _Fall) -> Line:
        one.is_broken = True
        hit_ns, state = one.before(min(one.pieces.values()))
        place, spread, longest_s = self._ground_of_pieces(state)
        values, vectors = np.linalg.eigh(spread)
        minor, major = (NINE_IN_TEN * np.sqrt(np.maximum(values, 0.0)) + MARGIN_M).tolist()
        along = vectors[:, 1]
        range_m, azimuth, _ = polar_from_enu(np.array([place[0], place[1], 0.0]))
        what = Reason(
            "incident.broke_up",
            (
                ("track_id", float(track_id)),
                ("pieces", float(len(one.pieces))),
                ("length_m", 2.0 * round(major, -1)),
                ("width_m", 2.0 * round(minor, -1)),
                ("range_m", round(float(range_m), -1)),
                ("bearing_deg", float(round(np.degrees(azimuth) % 360))),
            ),
        )
        area = KeepOut(
            (track_id, *one.pieces),
            now_ns,
            (float(place[0]), float(place[1]), float(place[2])),
            major,
            minor,
            float(np.arctan2(along[0], along[1]) % np.pi),
            hit_ns + int(longest_s * _NS),
            what,
        )
        self.keep_outs = (*self.keep_outs, area)[-KEPT_MAX:]
        return Line(what)

    def _ground_of_pieces(self, mean: Array) -> tuple[Array, Array, float]:
        """Where pieces come down, mean (3,) and covariance (2, 2), and when the lightest does, s."""
        from marsad.assessment.falling import falls  # brings Numba

        beta, burst = _drawn()
        state = np.column_stack([np.broadcast_to(mean[:3], burst.shape), mean[3:6] + burst])
        up = self._ground.ground_up_m(mean[:1], mean[1:2])
        wind = np.tile(np.array(self._limits.wind_mps or (0.0, 0.0)), (len(beta), 1))
        found = falls(np.ascontiguousarray(state), beta, wind, np.full(len(beta), up[0]), 0.05, 600.0)
        down = found[np.isfinite(found[:, 2])]
        middle = down[:, :2].mean(axis=0)
        known = 0.0 if self._limits.wind_mps is not None else self._limits.wind_sigma_mps
        # light pieces drift with a wind that nobody knows for as long as they fall
        drift_m2 = (known * float(np.median(down[:, 2]))) ** 2 * np.eye(2)
        spread = np.cov(down[:, :2].T) + drift_m2
        under = self._ground.ground_up_m(middle[:1], middle[1:2])
        return np.append(middle, under), spread, float(down[:, 2].max())


@cache
def _drawn() -> tuple[Array, Array]:
    """Mass over drag area (n,) and velocity (n, 3) from the burst of pieces: the same ones every time.

    Spread evenly over their distributions by Halton's sequence (Halton 1960, bases 2, 3, 5, 7).
    """
    shares = np.array([[_halton(number, base) for base in (2, 3, 5, 7)] for number in range(1, DRAWN + 1)])
    low, high = np.log(PIECE_KGPM2)
    normal = NormalDist()
    burst = np.array([[normal.inv_cdf(share) for share in row[1:]] for row in shares.tolist()])
    return np.exp(low + (high - low) * shares[:, 0]), BURST_MPS * burst


def _halton(number: int, base: int) -> float:
    share, part = 0.0, 1.0
    while number:
        part /= base
        number, digit = divmod(number, base)
        share += part * digit
    return share


def _carried(mean: Array, seconds: float) -> Array:
    """A falling state some seconds on, without drag: good for what lasts no longer than `AFTER_S`."""
    at = mean[:6].copy()
    at[:3] += seconds * mean[3:6]
    at[2] -= GRAVITY_MPS2 * seconds**2 / 2
    at[5] -= GRAVITY_MPS2 * seconds
    return at
