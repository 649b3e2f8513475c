"""Whether the speeds that a sensor states fit how what it sees moves: judged by its own places, plot by plot.

A range rate is far sharper than two ranges, so that a wrong one (always zero, the sign the other way round)
holds a track where no plot of its own or of any other sensor lies, and ends it. So a sensor's rates are used
once they have proven true: between two plots of one confirmed track the change of place must be what the
stated rates say. That is tested in sequence against what would be said by chance: that all speeds are likely,
that the rate is none at all, that its sign is wrong (Wald, "Sequential Analysis", 1947, ch. 3; the likeliest
alternative counts: Willsky, Jones, IEEE TAC 21(1), 1976). Some pairs may err, for their plots were of two
objects; and the past is forgotten where it is more than enough, so that a sensor that begins to err, or no
longer does, is found out soon. Slow objects tell nothing, and move nobody.

What an object says of itself is not judged here: a receiver is no witness of it.
"""

from dataclasses import dataclass, field, replace
from math import exp, inf, log, tau
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Attribution
from marsad.tracking.plots import Plots
from marsad.tracking.store import CONFIRMED, TRACK_ID, Tracks

APART_S_MIN, APART_S_MAX = 0.4, 5.0  # between the plots of a pair
TELLING = 1.0  # a pair is taken when it says so much, as a logarithm of odds: the farther apart, the more …
WAIT_S = 3.0  # … or after so long
ERRING = 0.05  # pairs of which one plot is another object's
ANY_SPEED_MPS = 60.0  # one sigma of what may fly
SWERVE_MPS2 = 2.0  # what a mean of two rates errs by, in a second between them
PROVEN, DOUBTED, UNFIT, SURE = 3.0, 0.0, -4.0, 8.0  # logarithms of odds
ASTRAY_LOOKS = 3  # with plots, of which none is of a track that was seen just before
COMPARED_MAX = 16  # plots of a look
KEPT_MAX = 512  # tracks of a sensor


class Anchor(NamedTuple):
    """The plot of a track that later ones are compared with: its time, and place, rate and their variances
    by axis. pending: what was learned of the track before it was confirmed."""

    t_ns: int
    place: list[float]
    place_var: list[float]
    rate: list[float]
    rate_var: list[float]
    pending: float


@dataclass
class Record:
    """What is known of one sensor's rates.

    score      logarithm of the odds that they are true; used, unfit: what follows from it
    anchors    by track
    seen_t_ns  when it saw a confirmed track last; astray: looks with plots since, that have ended
    look_t_ns  its newest look; look_hit: whether a plot of it is of a confirmed track; look_used: whether the
               rates of all its parts are used
    """

    score: float = 0.0
    used: bool = False
    unfit: bool = False
    anchors: dict[int, Anchor] = field(default_factory=dict)
    seen_t_ns: int = 0
    astray: int = 0
    look_t_ns: int | None = None
    look_hit: bool = False
    look_used: bool = False

    def begin_look(self, t_ns: int) -> None:
        """A part of a look has come; the first part of a newer one ends the look before."""
        if self.look_t_ns is None or t_ns > self.look_t_ns:
            self._end_look()
            self.look_t_ns, self.look_hit, self.look_used = t_ns, False, self.used

    def are_used(self, t_ns: int) -> bool:
        """Whether the rates of a look of this time are used: one answer for all its parts."""
        return self.look_used if t_ns == self.look_t_ns else self.used

    def _end_look(self) -> None:
        """Count a look that hit nothing.

        Who reports, and all at once hits nothing of what it saw just before, may state rates that lead its
        plots astray: they must prove true again.
        """
        if self.look_t_ns is None:
            return
        if self.look_hit:
            self.seen_t_ns, self.astray = self.look_t_ns, 0
            return
        self.astray += 1
        if self.astray >= ASTRAY_LOOKS and self.look_t_ns - self.seen_t_ns < APART_S_MAX * 1e9:
            self.score, self.used, self.astray = min(self.score, DOUBTED), False, 0

    def learn(self, evidence: float) -> None:
        """Take in what a pair says."""
        self.score = min(max(self.score + evidence, -SURE), SURE)
        self.used = self.score >= PROVEN or (self.used and self.score > DOUBTED)
        self.unfit = self.score <= UNFIT or (self.unfit and self.score < DOUBTED)


class Rates:
    """The records of all sensors that state rates."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def is_unfit(self, sensor_id: str) -> bool:
        """Whether what a sensor says of speeds has been found wrong."""
        return sensor_id in self._records and self._records[sensor_id].unfit

    def forget(self, sensor_id: str) -> None:
        """A sensor has left."""
        self._records.pop(sensor_id, None)

    def trusted(self, plots: Plots) -> Plots:
        """The plots, without their rates where these have not proven true."""
        first = _rate_columns(plots).start
        if np.isnan(plots.values[:, first:]).all():
            return plots
        record = self._records.setdefault(plots.sensor_id, Record())
        record.begin_look(plots.t_ns)
        if record.are_used(plots.t_ns):
            return replace(plots, stated=plots.values)
        values = plots.values.copy()
        values[:, first:] = np.nan
        return replace(plots, values=values, stated=plots.values)

    def learn(self, plots: Plots, found: Attribution, tracks: Tracks) -> None:
        """Compare plots, as they were stated, with earlier ones of their tracks; tracks: as they are now.

        found: which of these plots, by their place among them, are of which tracks.
        """
        if plots.stated is None:
            return
        needed = np.hstack([plots.stated[:, _rate_columns(plots)], plots.values[:, _places(plots)]])
        usable = ~np.isnan(needed[found.plot].sum(1))
        ids, own = found.track_id[usable], found.plot[usable]
        known = np.isin(ids, tracks.book[tracks.book[:, CONFIRMED] > 0, TRACK_ID])
        record = self._records.setdefault(plots.sensor_id, Record())
        record.look_hit |= plots.t_ns == record.look_t_ns and bool(known.any())
        oldest = np.argsort(ids, kind="stable")[:COMPARED_MAX]
        anchors = _anchors(plots, own[oldest])
        for track_id, now, is_known in zip(
            ids[oldest].tolist(), anchors, known[oldest].tolist(), strict=True
        ):
            self._compare(record, now, track_id, is_known)
        if len(record.anchors) > KEPT_MAX:
            oldest_ns = plots.t_ns - round(APART_S_MAX * 1e9)
            kept = [item for item in record.anchors.items() if item[1].t_ns >= oldest_ns]
            record.anchors = dict(kept[-KEPT_MAX:])

    @staticmethod
    def _compare(record: Record, now: Anchor, track_id: int, confirmed: bool) -> None:
        before = record.anchors.get(track_id)
        apart_s = (now.t_ns - before.t_ns) * 1e-9 if before else inf
        if before is None or apart_s > APART_S_MAX:
            record.anchors[track_id] = now
            return
        if apart_s < APART_S_MIN:
            return
        told = _evidence(before, now, apart_s)
        pending = before.pending
        if abs(told) >= TELLING or apart_s >= WAIT_S:
            pending += told
            before = now
        if confirmed:
            record.learn(pending)
            pending = 0.0
        record.anchors[track_id] = before._replace(pending=pending)


def _anchors(plots: Plots, rows: NDArray[np.int64]) -> list[Anchor]:
    places, rates = _places(plots), _rate_columns(plots)
    assert plots.stated is not None
    errors = plots.sigmas[rows] ** 2
    stated = plots.stated[rows, rates]
    if plots.polar and plots.view.velocity.any():
        # ranges are from where the sensor was, and its own way was taken out of the rates
        stated = (
            stated
            - np.nan_to_num(_lines(plots, rows)) @ (plots.view.rotation.T @ plots.view.velocity)[:, None]
        )
    columns = plots.values[rows, places], errors[:, places], stated, errors[:, rates]
    rows_of = zip(*(column.tolist() for column in columns), strict=True)
    return [Anchor(plots.t_ns, place, var, rate, rate_var, 0.0) for place, var, rate, rate_var in rows_of]


def _lines(plots: Plots, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Lines of sight (k, 3), by the sensor's axes."""
    azimuth, elevation = plots.values[rows, 1], np.nan_to_num(plots.values[rows, 2])
    level = np.cos(elevation)
    lines = np.empty((len(rows), 3))
    lines[:, 0], lines[:, 1], lines[:, 2] = (
        level * np.sin(azimuth),
        level * np.cos(azimuth),
        np.sin(elevation),
    )
    return lines


def _rate_columns(plots: Plots) -> slice:
    if plots.polar:
        return slice(3, 4)
    half = plots.values.shape[1] // 2
    return slice(half, half + 2)


def _places(plots: Plots) -> slice:
    return slice(0, 1) if plots.polar else slice(0, 2)


def _evidence(before: Anchor, now: Anchor, apart_s: float) -> float:
    """How much likelier a change of place is if the rates are true, as a logarithm."""
    true = none = turned = any_speed = 0.0
    for axis in range(len(now.place)):
        change = (now.place[axis] - before.place[axis]) / apart_s
        rate = (now.rate[axis] + before.rate[axis]) / 2
        spread = (now.place_var[axis] + before.place_var[axis]) / apart_s**2 + (SWERVE_MPS2 * apart_s) ** 2
        spread += (now.rate_var[axis] + before.rate_var[axis]) / 4
        true += _log_density(change - rate, spread)
        none += _log_density(change, spread)
        turned += _log_density(change + rate, spread)
        any_speed += _log_density(change, spread + ANY_SPEED_MPS**2)
    good, erring = log(1 - ERRING) + true, log(ERRING) + any_speed
    likelier = max(good, erring)
    fits = likelier + log(exp(good - likelier) + exp(erring - likelier))
    return fits - max(none, turned, any_speed)


def _log_density(apart: float, spread: float) -> float:
    return -0.5 * (apart * apart / spread + log(tau * spread))
