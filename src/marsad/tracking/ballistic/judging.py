"""Whether the plots of a fast track are of something that falls freely, from which one on, and its state."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from marsad.model.ballistic import GRAVITY_MPS2, SEA_LEVEL_DENSITY_KGPM3, FitVerdict
from marsad.tracking.ballistic.memory import PlotMemory
from marsad.tracking.ballistic.settings import BallisticFitSettings
from marsad.tracking.ballistic.trajectory import AXES, ORIGIN, POLAR, STATES, TIME, UNKNOWNS, VALUES
from marsad.tracking.kernels import kernels
from marsad.tracking.quantile import gate_square

Array = NDArray[np.float64]

FALL = np.array([GRAVITY_MPS2, SEA_LEVEL_DENSITY_KGPM3])
STRAIGHT = np.zeros(2)
SURE = 0.999  # share of true flights that a bound of χ² lets pass
SURE_TO_ENTER = 0.99  # the same before something is first said to fall: one plot more does no harm
SURE_AFTER_BURN = 0.98  # the same of the oldest plots, while some may yet be under thrust…
BURNED_PLOTS = 40  # …which is until there are so many
WEAK = np.array([1e6, 1e6, 1e6, 3e3, 3e3, 3e3])  # sigmas of a state of which nothing is known
WIND_SIGMA_MPS = 1e-3  # the fit is that of still air; by_wind says what a wind would make of it
SPEED_AT_TOP_MPS = 350.0  # of what has the usual mass over drag area, at the top of its flight…
BY_RISE = 0.45  # …by this share slower where it comes straight down, faster where it rises
LEAST_SHARE, MOST_SHARE = 0.5, 2.0
CLIMB_SIGMA_MPS = 250.0  # of what falls, where no sensor measures height
STRAY_MIN = 30.0  # χ² of a single plot from which it may be of something else…
STRAY_PLOTS = 8  # …among at least so many
HEAD_MIN = 3  # the oldest plots that are compared with all later ones
TAIL_MIN = 5
STRAIGHT_PLOTS = 6
THRUST_MPS2 = 5.0  # nothing else gains speed so fast, less what gravity adds
GAIN_SIGMAS = 3.0
ANY_ACCELERATION_MPS2 = 300.0
SLOWEST_MPS = 1e-3  # a course can be told from there on
BEYOND_DOUBT = 50.0  # evidence after which straight flight is compared no more, until plots are cut
HELD_PLOTS = 24  # of those that are cut off, so many tell whether it was held up
HELD_EVIDENCE = 6.0
UNSTEADY_AFTER = 3  # windows that had to be cut in a row


@dataclass(frozen=True)
class Fit:
    """What is known of one flight, at the time of its newest plot; see `BallisticTable`.

    cut     how many times in a row the oldest plots fitted the later ones no more
    burned  it was under thrust when plots were cut, and the first after it may yet be
    held    it was seen to be held up before, as aircraft are: whether it falls now needs more evidence
    """

    t_ns: int
    verdict: FitVerdict
    plots: int
    mean: Array
    covariance: Array
    by_wind: Array
    residual: float = np.nan
    evidence: float = 0.0
    cut: int = 0
    burned: bool = False
    held: bool = False

    @staticmethod
    def none(t_ns: int, plots: int = 0, *, held: bool = False) -> "Fit":
        """Nothing is known yet."""
        unknown = np.full(STATES, np.nan), np.full((STATES, STATES), np.nan), np.full((STATES, 2), np.nan)
        return Fit(t_ns, FitVerdict.TOO_FEW, plots, *unknown, held=held)


@dataclass(frozen=True)
class _Flight:
    """One flight through some plots: state, information with the wind, χ² of each plot and of the prior."""

    mean: Array
    information: Array
    square: Array
    assumed: float
    weight: Array

    @property
    def cost(self) -> float:
        return float(self.square.sum()) + self.assumed

    @property
    def covariance(self) -> Array:
        whole = np.linalg.inv((self.information + self.weight)[:STATES, :STATES])
        return np.asarray(whole + whole.T) / 2


@lru_cache(2048)
def bound(numbers: int, sure: float = SURE) -> float:
    """χ² that so many measured numbers stay below where what is assumed is true."""
    return gate_square(numbers, sure)


class FitJudge:
    """Fits one track's plots; owns nothing but settings."""

    def __init__(self, settings: BallisticFitSettings, compiled: bool) -> None:
        self._settings, self._compiled = settings, compiled
        sigma = np.array([*WEAK, settings.coefficient_sigma, WIND_SIGMA_MPS, WIND_SIGMA_MPS])
        self._weight = np.diag(1 / sigma**2)
        self._prior = np.zeros(UNKNOWNS)

    def fit(self, memory: PlotMemory, before: Fit) -> Fit:
        """The fit of what is remembered; plots of another flight are struck from memory on the way."""
        plots = memory.window()
        newest_ns = int(memory.t_ns[memory.count - 1]) if memory.count else before.t_ns
        held = before.held or before.verdict is FitVerdict.STRAIGHT
        if len(plots) < self._settings.plots_min:
            return Fit.none(newest_ns, len(plots), held=held)
        fall = self._flight(plots, self._guess(plots, before, newest_ns), FALL)
        worst = int(fall.square.argmax())
        if len(plots) >= STRAY_PLOTS and fall.square[worst] > STRAY_MIN and worst < len(plots) - 1:
            without = np.delete(plots, worst, axis=0)
            again = self._flight(without, fall.mean, FALL)
            if fall.cost - again.cost > fall.square[worst] and _fits(again, without):
                memory.strike(worst)
                plots, fall = without, again
        whole, burned = plots, before.burned and len(plots) < BURNED_PLOTS
        plots, fall = self._whole(memory, plots, fall, burned)
        cut = len(plots) < len(whole)
        if cut and len(whole) >= STRAIGHT_PLOTS:
            burned = burned or self._gains(whole, fall.mean)
            held = held or (not burned and self._was_held(whole, len(plots), fall.mean))
        known = replace(before, t_ns=newest_ns, cut=before.cut + 1 if cut else 0, burned=burned, held=held)
        return self._judged(plots, fall, known)

    def _whole(self, memory: PlotMemory, plots: Array, fall: _Flight, burned: bool) -> tuple[Array, _Flight]:
        """The newest plots that are of one free fall; older ones are forgotten."""
        while (head := _head(len(plots))) + TAIL_MIN <= len(plots):
            sure = SURE_AFTER_BURN if burned and len(plots) < BURNED_PLOTS else SURE
            tail = self._flight(plots[head:], fall.mean, FALL)
            if fall.cost - tail.cost <= bound(_numbers(plots[:head]), sure) and _fits(fall, plots):
                break
            memory.forget_before(int(memory.t_ns[head]))
            plots, fall = plots[head:], tail
        return plots, fall

    def _judged(self, plots: Array, fall: _Flight, before: Fit) -> Fit:
        """The verdict on plots of one flight."""
        covariance = fall.covariance
        numbers = _numbers(plots)
        if before.evidence > BEYOND_DOUBT and not before.cut and _fits(fall, plots):
            straight, evidence = fall, before.evidence
        else:
            straight = self._flight(plots, _straight_guess(fall, plots), STRAIGHT)
            evidence = straight.cost - fall.cost + self._unusual(straight)
        fit = Fit(
            before.t_ns,
            FitVerdict.UNDECIDED,
            len(plots),
            fall.mean[:STATES],
            covariance,
            -covariance @ fall.information[:STATES, STATES:],
            float(fall.square.sum()) / max(numbers - 6, 1),
            evidence,
            before.cut,
            before.burned,
            before.held,
        )
        return replace(fit, verdict=self._verdict(fit, before, plots, (fall, straight)))

    def _verdict(self, fit: Fit, before: Fit, plots: Array, flights: tuple[_Flight, _Flight]) -> FitVerdict:
        fall, straight = flights
        limits = self._settings
        was = before.verdict is FitVerdict.BALLISTIC
        newest = fall.square[-4:]
        agree = int((newest <= bound(3)).sum()) >= min(3, len(newest))
        sure = _fits(fall, plots, SURE if was else SURE_TO_ENTER) and (was or not fit.cut)
        least = limits.evidence_held if fit.held else limits.evidence_min
        if sure and agree and fit.evidence >= (0.0 if was else least):
            return FitVerdict.BALLISTIC if self._is_fast(fit, was=was) else FitVerdict.SLOW
        if fit.held and fit.cut and fit.evidence < limits.evidence_min:
            return FitVerdict.STRAIGHT  # so it flew until now, and nothing says that it falls since
        if len(plots) < STRAIGHT_PLOTS:
            return FitVerdict.UNDECIDED
        if fit.burned and fit.plots < BURNED_PLOTS // 4:
            return FitVerdict.BURNING
        if fit.evidence <= -limits.evidence_min and _fits(straight, plots):
            return FitVerdict.STRAIGHT
        return FitVerdict.UNSTEADY if fit.cut >= UNSTEADY_AFTER else FitVerdict.UNDECIDED

    def _is_fast(self, fit: Fit, *, was: bool) -> bool:
        """Whether it is as fast as rockets are, or will be when it has come down to the site: a steep flight
        is slow about its top."""
        limits = self._settings
        square = float((fit.mean[3:6] ** 2).sum())
        if was:
            return fit.plots >= 8 or square >= limits.candidate_speed_mps**2
        return square + 2 * GRAVITY_MPS2 * max(float(fit.mean[2]), 0.0) >= limits.speed_min_mps**2

    def _unusual(self, straight: _Flight) -> float:
        """χ² of a climb or dive, and of a speed, that straight flight does not have, up to a bound.

        Some aircraft climb as steeply as rockets; hardly any dives as steeply.
        """
        limits, mean, covariance = self._settings, straight.mean, straight.covariance
        dives = mean[5] < 0
        usual = limits.sink_usual_mps if dives else limits.climb_usual_mps
        steep = mean[5] ** 2 / (usual**2 + covariance[5, 5])
        speed = float(np.sqrt((mean[3:6] ** 2).sum()))
        along = mean[3:6] / max(speed, 1e-3)
        beyond = max(speed - limits.speed_usual_mps, 0.0) ** 2
        beyond /= limits.climb_usual_mps**2 + float(along @ covariance[3:6, 3:6] @ along)
        return float(min(steep + beyond, limits.unusual_dive_max if dives else limits.unusual_max))

    def _was_held(self, whole: Array, newest: int, guess: Array) -> bool:
        """Whether the plots that were cut off are of an aircraft rather than of another fall."""
        until = len(whole) - newest
        before = whole[max(until - HELD_PLOTS, 0) : until].copy()
        if len(before) < STRAIGHT_PLOTS:
            return False
        before[:, TIME] -= before[-1, TIME]
        begin = self._guess(before, Fit.none(0), 0)
        fall = self._flight(before, begin, FALL)
        straight = self._flight(before, _straight_guess(fall, before), STRAIGHT)
        return _fits(straight, before) and fall.cost - straight.cost > HELD_EVIDENCE

    def _gains(self, plots: Array, guess: Array) -> bool:
        """Whether it gains speed along its course by more than gravity gives, and aircraft do."""
        weight = np.diag(np.append(WEAK, [ANY_ACCELERATION_MPS2] * 3) ** -2.0)
        start, prior = np.append(guess[:6], np.zeros(3)), np.zeros(UNKNOWNS)
        run = kernels(self._compiled).fitted(start, np.ascontiguousarray(plots), STRAIGHT, prior, weight)
        mean, spread = run[0], np.linalg.inv(run[1] + weight)
        along = mean[3:6] / max(float(np.sqrt((mean[3:6] ** 2).sum())), 1e-3)
        falling = max(-float(along[2]), 0.0) * GRAVITY_MPS2
        sigma = np.sqrt(along @ spread[6:, 6:] @ along)
        return bool(along @ mean[6:] - falling - THRUST_MPS2 > GAIN_SIGMAS * sigma)

    def _flight(self, plots: Array, guess: Array, air: Array) -> _Flight:
        prior, weight = self._prior.copy(), self._weight
        prior[6] = self._usual_drag(guess)
        if np.isnan(plots[:, VALUES + 2]).all():
            weight = weight.copy()
            prior[2], weight[2, 2] = self._settings.height_m, self._settings.height_sigma_m**-2
            weight[5, 5] = CLIMB_SIGMA_MPS**-2
        if air is STRAIGHT:
            guess, prior, weight = self._aircraft(guess, prior, weight, -float(plots[0, TIME]))
        plots = np.ascontiguousarray(plots)
        mean, information, square, assumed = kernels(self._compiled).fitted(guess, plots, air, prior, weight)
        return _Flight(mean, information, square, assumed, weight)

    def _usual_drag(self, state: Array) -> float:
        """ln β that is expected of something so fast: what is fired further is faster, heavier and slimmer.

        By the speed that it would have at the site's height without air; air takes from it on the way, so
        that for the same speed β is larger the more steeply it comes down.
        """
        limits = self._settings
        east, north, up = state[3:6]
        square = float(east**2 + north**2 + up**2)
        rise = float(up) / max(np.sqrt(square), 1e-3)
        speed = np.sqrt(square + 2 * GRAVITY_MPS2 * max(float(state[2]), 0.0))
        share = float(speed) / SPEED_AT_TOP_MPS * (1 - BY_RISE * rise)
        return float(np.log(limits.coefficient_kgpm2 * min(max(share, LEAST_SHARE), MOST_SHARE)))

    def _aircraft(
        self, guess: Array, prior: Array, weight: Array, over_s: float
    ) -> tuple[Array, Array, Array]:
        """Where to begin, and what is assumed of flight with an acceleration along, across and upwards."""
        limits = self._settings
        guess, prior, weight = guess.copy(), prior.copy(), weight.copy()
        guess[6:] = prior[6:] = 0.0
        along, level = guess[3:5], float(np.hypot(guess[3], guess[4]))
        # what goes nowhere over ground has no course, and any will do: without axes nothing would be assumed
        east, north = along / level if level > SLOWEST_MPS else (0.0, 1.0)
        lasting = min(1.0, limits.surge_lasts_s / max(over_s, 1e-3))
        axes = np.array([[east, north, 0.0], [-north, east, 0.0], [0.0, 0.0, 1.0]])
        sigma = np.array([limits.surge_mps2 * lasting, limits.turn_mps2, limits.surge_mps2 * lasting])
        weight[6:, 6:] = (axes.T / sigma**2) @ axes
        return guess, prior, weight

    def _guess(self, plots: Array, before: Fit, t_ns: int) -> Array:
        """Where to begin: the fit before, carried on, or a line through the plots."""
        dt_s = (t_ns - before.t_ns) * 1e-9
        if np.isfinite(before.mean[0]) and 0 <= dt_s <= 3.0:
            guess = np.append(before.mean, (0.0, 0.0))
            guess[:3] += dt_s * guess[3:6]
            guess[2] -= GRAVITY_MPS2 * dt_s**2 / 2
            guess[5] -= GRAVITY_MPS2 * dt_s
            return guess
        place = places(plots, self._settings.height_m)
        time = plots[:, TIME] - plots[:, TIME].mean()
        middle, spread = place.mean(axis=0), max(float((time**2).sum()), 1e-9)
        velocity = (time[:, None] * (place - middle)).sum(axis=0) / spread
        guess = self._prior.copy()
        guess[6] = np.log(self._settings.coefficient_kgpm2)
        guess[:3], guess[3:6] = middle - velocity * plots[:, TIME].mean(), velocity
        return guess


def _head(count: int) -> int:
    """How many of the oldest plots are compared with the rest: by turns a few, and many."""
    return max(count // 4, HEAD_MIN) if count % 2 else HEAD_MIN


def _straight_guess(fall: _Flight, plots: Array) -> Array:
    """Straight flight near a fall: through its end, at about its mean velocity."""
    guess = fall.mean.copy()
    guess[5] -= GRAVITY_MPS2 * plots[0, TIME] / 2
    return guess


def _numbers(plots: Array) -> int:
    """How many numbers were measured."""
    return int(np.isfinite(plots[:, VALUES : VALUES + 3]).sum())


def _fits(flight: _Flight, plots: Array, sure: float = SURE) -> bool:
    return bool(flight.square.sum() <= bound(max(_numbers(plots) - 6, 1), sure))


def places(plots: Array, height_m: float) -> Array:
    """Where the plots (k, 20) were, (k, 3); at that height where none was measured."""
    values = plots[:, VALUES : VALUES + 3]
    unknown = np.isnan(values[:, 2])
    distance, azimuth = values[:, 0], values[:, 1]
    rise = np.where(unknown, 0.0, values[:, 2])
    level = distance * np.cos(rise)
    local = np.stack([level * np.sin(azimuth), level * np.cos(azimuth), distance * np.sin(rise)], axis=1)
    polar = plots[:, ORIGIN:AXES] + np.einsum("kab,kb->ka", plots[:, AXES:].reshape(-1, 3, 3), local)
    found = np.where(plots[:, POLAR, None] > 0, polar, values)
    found[unknown, 2] = height_m
    return np.asarray(found)
