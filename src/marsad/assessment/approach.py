"""The approach stage: where tracks are going, by course, or by predicted impact if they fall freely."""

from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field

from marsad.assessment import ballistic, geometry
from marsad.assessment.ballistic import BallisticLimits
from marsad.assessment.classes import likeliest
from marsad.assessment.classification import BALLISTIC, BIRD, Classes
from marsad.assessment.columns import ZONES, Flags, Floats, Rows, Small, Times, column
from marsad.assessment.free_fall import Fits
from marsad.assessment.geometry import Approach
from marsad.assessment.profiles import ClassWeights
from marsad.assessment.shapes import ZoneShapes
from marsad.model.ballistic import BallisticTable, Ground
from marsad.model.impact import Doubt, ImpactTable
from marsad.model.settings import Settings
from marsad.model.threat import THREAT_CLASSES
from marsad.model.track import TrackTable

SHRINKS_OVER_S = 2.0
_LIKELIEST = 0.7  # a zone with so much of the likeliest one's probability is among the likeliest
HEIGHT_KNOWN_M = 400.0  # of a falling object no sensor has measured the height if it is less sure


class AimLimits(Settings):
    """Whose course is taken for whose."""

    aims_uncrewed: float = Field(
        default=0.05, ge=0, le=1, description="a bird that is a drone with this probability aims as a drone"
    )
    steadier_s: float = Field(
        default=60.0,
        gt=0,
        description="flight so long straight strays from its course by a third of its class",
    )
    steadier_min: float = Field(
        default=0.35, gt=0, le=1, description="however long it was straight, it strays by this share"
    )


@dataclass
class AimState:
    """What falls freely, and its predicted impact: made once per plot and kept until the next.

    ballistic            1 where a track falls freely
    made_t_ns, plot_t_ns   when the prediction was made, and from the plot of which time
    time_s ± time_sigma_s  until the impact, from made_t_ns; NaN if it does not come down
    sigma_m              long half axis of the one-sigma ellipse
    hit, offset_m        probability of an impact in each zone; distance of the mean impact from it
    place_enu, covariance_m2   the mean impact, on the ground, and the spread of east and north about it
    shrinks              by which share the ellipse shrank each second of late; 1 before that is known
    before_m, before_t_ns   its long half axis a while before, and when
    fitted, high         1 where it is by a fit to its plots, and where a sensor measures its height
    """

    ballistic: Small = column(np.int8)
    made_t_ns: Times = column(np.int64)
    plot_t_ns: Times = column(np.int64)
    time_s: Floats = column(np.float64)
    time_sigma_s: Floats = column(np.float64)
    sigma_m: Floats = column(np.float64)
    hit: Floats = column(np.float64, ZONES)
    offset_m: Floats = column(np.float64, ZONES)
    place_enu: Floats = column(np.float64, 3)
    covariance_m2: Floats = column(np.float64, 2, 2)
    shrinks: Floats = column(np.float64, blank=1.0)
    before_m: Floats = column(np.float64)
    before_t_ns: Times = column(np.int64)
    fitted: Small = column(np.int8)
    high: Small = column(np.int8)


def impacts_of(state: AimState, table: TrackTable, rows: Rows, limits: BallisticLimits) -> ImpactTable:
    """The predicted impacts of those of the given rows that fall, in ascending order of their numbers."""
    falls = rows[state.ballistic[rows] > 0]
    falls = falls[np.argsort(table.track_id[falls], kind="stable")]
    comes = np.isfinite(state.time_s[falls])
    after_ns = (np.where(comes, state.time_s[falls], 0.0) * 1e9).astype(np.int64)
    return ImpactTable(
        table.track_id[falls],
        np.where(comes, state.made_t_ns[falls] + after_ns, np.int64(0)),
        state.time_sigma_s[falls],
        state.place_enu[falls],
        state.covariance_m2[falls],
        tuple(_doubts(state, row, limits) for row in falls.tolist()),
    )


def _doubts(state: AimState, row: int, limits: BallisticLimits) -> tuple[Doubt, ...]:
    doubts = (
        (Doubt.WIND, limits.wind_mps is None),
        (Doubt.HEIGHT, not state.high[row]),
        (Doubt.PLOTS, not state.fitted[row]),
        (Doubt.FLIGHT, bool(state.sigma_m[row] >= limits.unconverged_sigma_m)),
    )
    return tuple(doubt for doubt, holds in doubts if holds)


def _note_shrinking(state: AimState, rows: Rows, t_ns: Times) -> None:
    """By how much the ellipses of the rows shrink, from one time to the next a while later."""
    seconds = (t_ns - state.before_t_ns[rows]) / 1e9
    begins, over = state.before_t_ns[rows] == 0, seconds >= SHRINKS_OVER_S
    known = rows[over & ~begins]
    ratio = np.maximum(state.sigma_m[known], 1.0) / np.maximum(state.before_m[known], 1.0)
    state.shrinks[known] = -np.log(ratio) / seconds[over & ~begins]
    fresh = rows[over | begins]
    state.before_m[fresh], state.before_t_ns[fresh] = state.sigma_m[fresh], t_ns[over | begins]


def _is_silent(table: TrackTable, rows: Rows, plots: float) -> Flags:
    """Which of the rows have had no plot for longer than so many of theirs take: nothing new comes soon."""
    first, last = table.first_t_ns[rows], table.last_t_ns[rows]
    each_s = (last - first) / 1e9 / np.maximum(table.updates[rows] - 1, 1)
    return np.asarray((table.t_ns - last) / 1e9 > plots * np.maximum(each_s, 1.0))


@dataclass(frozen=True)
class Aim:
    """Where n tracks are going.

    near          how they approach each zone
    margin_m      (n,) how near counts as a hit, by class
    ballistic     (n,) which fall freely
    impact_limit  (n,) probability of impact from which a falling object warns
    whole_site    (n,z) zones that are warned of what falls where nobody can say yet
    """

    near: Approach
    margin_m: Floats
    ballistic: Flags
    impact_limit: Floats
    whole_site: Flags


@dataclass(frozen=True)
class Course:
    """What of n tracks decides how they aim, beside their class.

    hostile_by_hand (n,)  a person calls them hostile
    straight_s (n,)       for how long they have flown straight
    fits                  of free fall to their plots
    """

    hostile_by_hand: Flags
    straight_s: Floats
    fits: Fits


@dataclass(frozen=True)
class Falling:
    """How falls are predicted: the limits, and the ground they end on."""

    limits: BallisticLimits
    ground: Ground


class Aimer:
    """Owns the zones and the weights of the classes; what it predicts is in the state."""

    def __init__(
        self,
        shapes: ZoneShapes,
        weights: dict[str, ClassWeights],
        falling: Falling,
        limits: AimLimits,
        moving_mps: float,
    ) -> None:
        def each(name: str) -> Floats:
            return np.array([getattr(weights[one], name) for one in THREAT_CLASSES], float)

        self._shapes = shapes
        self._limits, self._ground = falling.limits, falling.ground
        self._course = limits
        self._moving_mps = moving_mps
        tan_wander = np.tan(np.radians(each("wander_deg")))
        self._by_class = np.stack([each("margin_m"), tan_wander, each("dash_mps")], axis=1)

    def set_ground(self, ground: Ground) -> None:
        """What falls comes down to this from now on."""
        self._ground = ground

    def aim(self, state: AimState, table: TrackTable, classes: Classes, course: Course) -> Aim:
        """Where the tracks of the table are going."""
        # whom a person calls hostile flies like a weapon, whatever it looks like; and what may be a drone
        # is one when it comes to where it would hit
        may = (classes.mix.argmax(axis=1) == BIRD) & (classes.uncrewed >= self._course.aims_uncrewed)
        top = likeliest(classes.mix, course.hostile_by_hand | may)
        own = self._by_class[top]
        own[:, 1] *= np.maximum(
            np.exp(-course.straight_s / self._course.steadier_s), self._course.steadier_min
        )
        margin_m = own[:, 0]
        near = geometry.approach_compiled(table.mean, table.covariance, own, self._shapes, self._moving_mps)
        falling = self._falling(state, table, classes, course.fits)
        nowhere = np.zeros((len(table), len(self._shapes)), bool)
        aim = Aim(near, margin_m, falling, np.full(len(table), self._limits.warn_impact), nowhere)
        rows = np.flatnonzero(falling)
        if not len(rows):
            return aim
        self._predict(state, table, rows, course.fits)
        return self._impacts(aim, state, rows, table)

    def _falling(self, state: AimState, table: TrackTable, classes: Classes, fits: Fits) -> Flags:
        """Which tracks fall freely: entered at one probability, left at a lower one.

        Where tracking fits their plots it is the fit that says so first, and that ends it.
        """
        limits = self._limits
        limit = np.where(state.ballistic > 0, limits.drop_probability, limits.confirm_probability)
        found = (classes.mix[:, BALLISTIC] >= limit) & (table.updates >= limits.confirm_updates)
        if len(fits.rows):
            found &= ~fits.known | fits.falls | ((state.ballistic > 0) & ~fits.rejected)
        state.ballistic = found.astype(np.int8)
        return np.asarray(found)

    def _predict(self, state: AimState, table: TrackTable, rows: Rows, fits: Fits) -> None:
        """Predict the impact of the given tracks that have a new plot."""
        stale = rows[state.plot_t_ns[rows] != table.last_t_ns[rows]]
        if not len(stale):
            return
        fitted = fits.falling(stale)
        place, made_t_ns = self._impact(table, fits.table, stale, fitted)
        state.hit[stale] = ballistic.zone_probability(place, self._shapes, self._limits.buffer_m)
        state.offset_m[stale] = ballistic.zone_offset(place, self._shapes)
        state.sigma_m[stale] = place.sigma_major_m
        _note_shrinking(state, stale, table.last_t_ns[stale])
        state.time_s[stale], state.time_sigma_s[stale] = place.time_s, place.time_sigma_s
        state.made_t_ns[stale], state.plot_t_ns[stale] = made_t_ns, table.last_t_ns[stale]
        up_m = self._ground.ground_up_m(place.place_enu[:, 0], place.place_enu[:, 1])
        state.place_enu[stale] = np.column_stack([place.place_enu, up_m])
        state.covariance_m2[stale], state.fitted[stale] = place.covariance, fitted >= 0
        up_sigma_m = np.sqrt(table.covariance[stale, 2, 2])
        up_sigma_m[fitted >= 0] = np.sqrt(fits.table.covariance[fitted[fitted >= 0], 2, 2])
        state.high[stale] = up_sigma_m < HEIGHT_KNOWN_M

    def _impact(
        self, table: TrackTable, fits: BallisticTable, rows: Rows, fitted: Rows
    ) -> tuple[ballistic.Impact, Times]:
        """The impact of each track by its fit, or by the tracker's state; and from when its time counts."""
        limits, ground = self._limits, self._ground
        by_state = ballistic.impact(table.mean[rows], table.covariance[rows], limits, ground)
        made = np.full(len(rows), table.t_ns)
        with_fit = np.flatnonzero(fitted >= 0)
        if not len(with_fit):
            return by_state, made
        own = fitted[with_fit]
        by_fit = ballistic.fitted_impact(
            fits.mean[own], fits.covariance[own], fits.by_wind[own], limits, ground
        )
        made[with_fit] = fits.t_ns[own]
        return by_state.replaced(with_fit, by_fit), made

    def _impacts(self, aim: Aim, state: AimState, rows: Rows, table: TrackTable) -> Aim:
        """Impact instead of course for the rows that fall."""
        limits, near = self._limits, aim.near
        gone_s = (table.t_ns - state.made_t_ns[rows]) / 1e9
        time_s = np.maximum(state.time_s[rows] - gone_s, 0.0)[:, None]
        wide_s = geometry.NINETY_PERCENT * state.time_sigma_s[rows][:, None]
        sigma, offset = state.sigma_m[rows], state.offset_m[rows]
        urgent = time_s[:, 0] <= limits.cover_s + limits.decide_before_s
        vague = sigma >= limits.unconverged_sigma_m
        settled = np.where(sigma <= limits.wide_sigma_m, limits.warn_impact, limits.warn_impact_wide)
        # the time is known badly as long as the place is, and both soon better: one sigma, not the interval
        soonest_s = time_s[:, 0] - state.time_sigma_s[rows]
        waits = soonest_s > limits.cover_s + limits.settle_before_s
        waits &= ~_is_silent(table, rows, limits.silent_plots)
        likeliest_of_all = _LIKELIEST * state.hit[rows].max(axis=1, initial=0.0)
        slow = np.maximum(limits.warn_impact_slow, likeliest_of_all)
        early = np.where(
            state.shrinks[rows] < limits.slowly_per_s,
            np.minimum(slow, limits.warn_impact_early),
            limits.warn_impact_early,
        )
        aim.impact_limit[rows] = np.where(waits, np.maximum(early, settled), settled)
        near_enough = offset <= limits.whole_site_sigmas * sigma[:, None]
        aim.whole_site[rows] = (urgent & vague)[:, None] & near_enough
        comes = np.isfinite(time_s)

        def put(into: Floats, values: Floats) -> Floats:
            out = into.copy()
            out[rows] = np.broadcast_to(values, offset.shape)
            return out

        falling = replace(
            near,
            hit=put(near.hit, state.hit[rows]),
            miss_m=put(near.miss_m, np.where(comes, offset, np.nan)),
            impact_s=put(near.impact_s, np.where(comes, time_s, np.inf)),
            low_s=put(near.low_s, np.where(comes, np.maximum(time_s - wide_s, 0.0), np.inf)),
            high_s=put(near.high_s, np.where(comes, time_s + wide_s, np.inf)),
        )
        return replace(aim, near=falling)
