"""How well rockets are foretold: measures over many rounds, and what no estimator can do better than.

The bound is that of Cramér and Rao for seven states (place, velocity, ln β) under the world's own dynamics,
with the plots that the radar really gave after burn-out and nothing known beforehand but β. Pure: no clock,
no file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isnan, log, nan

import numpy as np
from numpy.typing import NDArray

from marsad.geo.polar import polar_from_enu
from marsad.simulate.ballistics import Atmosphere, falling

Array = NDArray[np.float64]
TRACK_S = (3.0, 5.0, 8.0, 10.0, 15.0, 20.0)
CONTAINED = (0.5, 0.9, 0.95)
BETA_SIGMA = 0.3  # of ln β, known before any plot
_STEPS = np.array([1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.01])  # of the differences that make the derivatives
_CONDITION_MAX = 1e14
_RINGS, _RAYS = 64, 64


@dataclass(frozen=True, slots=True)
class Watch:
    """A radar as the bound needs it: where it stands, how its axes lie and how well it measures.

    axes          (3, 3) turns the site's frame into the radar's
    sigmas        of range m, azimuth rad, elevation rad; infinite for what it does not tell
    """

    place_enu: Array
    axes: Array
    sigmas: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Foretold:
    """A prediction of an impact, and what came of it; of NaN where there was none.

    missed_m       [east, north] from where it really came down to where it was foretold
    covariance_m2  of the place, as east-east, east-north, north-north
    late_s         foretold minus true time
    late_sigma_s   as foretold
    left_s         to the true impact, when it was foretold
    bound_m        half of the impacts within it for the best that is possible
    """

    missed_m: tuple[float, float]
    covariance_m2: tuple[float, float, float]
    late_s: float
    late_sigma_s: float
    left_s: float
    bound_m: float = nan

    @property
    def is_there(self) -> bool:
        """Whether anything was foretold."""
        return not isnan(self.missed_m[0])


def nothing_foretold(left_s: float) -> Foretold:
    """That there was no prediction, so long before the impact."""
    return Foretold((nan, nan), (nan, nan, nan), nan, nan, left_s)


@dataclass(frozen=True, slots=True)
class RoundResult:
    """What came of one round.

    foretold   by seconds of track, from the first plot; without those after the impact
    first_s    from the first plot to the first warning to take cover; NaN = none
    hit        zones that it came down in
    warned     zones warned of it, before it came down
    """

    foretold: dict[float, Foretold]
    first_s: float
    hit: tuple[str, ...]
    warned: tuple[str, ...]

    @property
    def hits_warned(self) -> int:
        """Zones hit that had been warned."""
        return len(set(self.hit) & set(self.warned))


@dataclass(frozen=True, slots=True)
class AtTrackTime:
    """Over many rounds, after so many seconds of track.

    rounds         that were still in the air
    foretold       of them, how many had a prediction
    cep50_m        median miss; bound_m its bound, of the same rounds
    contained      share of impacts within the ellipses of CONTAINED
    late_rms_s     of the time; late_sigma_s as foretold
    """

    track_s: float
    rounds: int
    foretold: int
    left_s: float
    cep50_m: float
    bound_m: float
    contained: tuple[float, ...]
    late_rms_s: float
    late_sigma_s: float


@dataclass(frozen=True, slots=True)
class WarningMeasures:
    """Over many rounds, of the people.

    first_s             median from first plot to first warning of those that hit; first_90_s nine in ten
    hits, hits_warned   zones hit; warned before
    warned_per_hit      zones warned for each zone hit, over rounds that hit one
    missed, missed_warned  rounds that hit no zone; that a zone was warned of all the same
    """

    first_s: float
    first_90_s: float
    hits: int
    hits_warned: int
    warned_per_hit: float
    missed: int
    missed_warned: int


# ---------------------------------------------------------------- the bound


def impact_bounds(
    state: Array, beta_kgpm2: float, air: Atmosphere, watch: Watch, plots_s: Array, until_s: Sequence[float]
) -> list[Array]:
    """The least covariance (3, 3) of the impact's east, north and time, from the plots up to each time.

    state     (6,) true, at burn-out or any time after, from which the other times count
    plots_s   (k,) when the radar gave a plot, rising

    NaN where the plots tell no impact yet.
    """
    rows = np.concatenate([np.zeros((1, 7)), np.diag(_STEPS), -np.diag(_STEPS)])
    flight = falling(state + rows[:, :6], beta_kgpm2 * np.exp(rows[:, 6]), air)
    ends = np.column_stack([flight.ends()[:, :2], flight.end_s])
    to_impact = ((ends[1:8] - ends[8:]) / (2 * _STEPS[:, None])).T
    seen = np.array([_polar(watch, flight.at(row, plots_s)[0]) for row in range(len(rows))])
    apart = seen[1:8] - seen[8:]
    apart[..., 1] = (apart[..., 1] + np.pi) % (2 * np.pi) - np.pi
    slopes = apart / (2 * _STEPS[:, None, None] * np.array(watch.sigmas))
    scale = _STEPS  # of numbers alike: places in km and ln β in hundredths would not invert well
    known = np.zeros((7, 7))
    known[6, 6] = (scale[6] / BETA_SIGMA) ** 2
    found = []
    for end_s in until_s:
        part = slopes[:, plots_s <= end_s] * scale[:, None, None]
        information = np.einsum("ikm,jkm->ij", part, part) + known
        if np.linalg.cond(information) > _CONDITION_MAX:
            found.append(np.full((3, 3), nan))
            continue
        covariance = np.linalg.inv(information) * np.outer(scale, scale)
        found.append(to_impact @ covariance @ to_impact.T)
    return found


def _polar(watch: Watch, places: Array) -> Array:
    return polar_from_enu((places - watch.place_enu) @ watch.axes.T)


def circle_of_half(covariance: Array) -> float:
    """The radius about the middle of a normal distribution (2, 2) that holds half of it."""
    if not np.isfinite(covariance).all():
        return nan
    large, small = np.sqrt(np.maximum(np.linalg.eigvalsh(covariance)[::-1], 0.0))
    share = (np.arange(_RINGS) + 0.5) / _RINGS
    angle = (np.arange(_RAYS) + 0.5) * 2 * np.pi / _RAYS
    radius = np.sqrt(-2 * np.log1p(-share))[:, None]
    return float(np.median(np.hypot(large * radius * np.cos(angle), small * radius * np.sin(angle))))


# ---------------------------------------------------------------- measures


def at_track_time(rounds: Sequence[RoundResult], track_s: float) -> AtTrackTime:
    """The measures of predictions after so many seconds of track."""
    flying = [one.foretold[track_s] for one in rounds if track_s in one.foretold]
    told = [one for one in flying if one.is_there]
    miss = [float(np.hypot(*one.missed_m)) for one in told]
    squares = [_squared(one) for one in told]
    within = tuple(
        float(np.mean([square <= -2 * log(1 - share) for square in squares])) if told else nan
        for share in CONTAINED
    )
    return AtTrackTime(
        track_s,
        len(flying),
        len(told),
        _middle([one.left_s for one in flying]),
        _middle(miss),
        _middle([one.bound_m for one in told]),
        within,
        float(np.sqrt(np.mean([one.late_s**2 for one in told]))) if told else nan,
        _middle([one.late_sigma_s for one in told]),
    )


def _squared(one: Foretold) -> float:
    """The miss in units of its own ellipse, squared."""
    a, b, c = one.covariance_m2
    x, y = one.missed_m
    size = a * c - b * b
    return (c * x * x - 2 * b * x * y + a * y * y) / size if size > 0 else inf


def _middle(values: Sequence[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return float(np.median(known)) if known else nan


def warning_measures(rounds: Sequence[RoundResult]) -> WarningMeasures:
    """What the people of the zones had of it."""
    hitting = [one for one in rounds if one.hit]
    missing = [one for one in rounds if not one.hit]
    first = [one.first_s for one in hitting if not isnan(one.first_s)]
    hits = sum(len(one.hit) for one in hitting)
    return WarningMeasures(
        _middle(first),
        float(np.quantile(first, 0.9)) if first else nan,
        hits,
        sum(one.hits_warned for one in hitting),
        sum(len(one.warned) for one in hitting) / hits if hits else nan,
        len(missing),
        sum(bool(one.warned) for one in missing),
    )
