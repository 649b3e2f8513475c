"""Where and when a ballistic object comes down, and how likely in which zone.

Point mass with quadratic drag in an exponential atmosphere, no thrust:
dv/dt = g - ρ(h) |u| u / (2 β), u = v - w(h), ρ = 1.225 exp(-h / 9300 m). The spread comes from sigma points
over position, velocity, ln β and the wind at the ground, which grows with height (unscented transform,
Julier & Uhlmann 2004, with κ = 3 - n replaced by equal weights on 2n points: no negative weights).

Where tracking has fitted the flight, the state and its covariance are those of the fit, and a wind that was
not known moved the fit too, which is counted with the wind that drives it from there on. Else they are those
of the tracker's mixture of motions, with what is assumed of β.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from marsad.assessment.shapes import ZoneShapes
from marsad.geo import polygon
from marsad.model.ballistic import FlatGround, Ground
from marsad.model.settings import Settings

Array = NDArray[np.float64]
_SAMPLES = 512
_GROUND_TURNS = 4  # a fall is steeper than most slopes: each turn is several times nearer
_GROUND_ENOUGH_M = 1.0


class BallisticLimits(Settings):
    """Impact prediction and the rule for rockets and mortars."""

    confirm_probability: float = Field(
        0.5, description="from this probability of the ballistic class a track is a rocket"
    )
    drop_probability: float = Field(default=0.2, description="a rocket does not become a bird at its apex")
    confirm_updates: int = Field(default=3, description="three plots before anybody takes cover")
    warn_impact: float = Field(default=0.02, description="one missed warning costs fifty needless ones")
    warn_impact_wide: float = Field(0.01, description="the same while the impact ellipse is wide")
    wide_sigma_m: float = Field(default=400.0, description="beyond it the ellipse is wide")
    warn_impact_vague: float = Field(
        default=0.035,
        description="the same while no zone can be told from another and time is left for more plots",
    )
    buffer_m: float = Field(125.0, description="an impact this near to a zone counts as in it: fragments fly")
    unconverged_sigma_m: float = Field(
        1000.0, description="beyond it no zone can be told from another: all within two sigmas are warned"
    )
    cover_s: float = Field(default=10.0, description="time people need to reach cover")
    decide_before_s: float = Field(default=8.0, description="before the last useful moment")
    whole_site_sigmas: float = Field(
        2.0, description="…as many as this: those further from the likeliest impact are not warned so"
    )
    coefficient_kgpm2: float = Field(default=6000.0, description="middle of mortar to large rocket")
    coefficient_sigma: float = Field(default=0.5, description="of its natural logarithm")
    ground_up_m: float = Field(
        0.0, description="height of the ground at the impact above the site's reference point"
    )
    wind_mps: tuple[float, float] | None = Field(
        default=None,
        description="wind at the ground that blows to the east and to the north; left out: it is not known",
    )
    wind_sigma_mps: float = Field(
        default=6.0,
        ge=0,
        description="one-sigma wind along each axis where it is not known; grows with height",
    )
    wind_error_mps: float = Field(
        default=1.5, ge=0, description="one-sigma error along each axis of a wind that is known"
    )
    step_s: float = Field(default=0.25, gt=0, description="step of the computed fall")
    horizon_s: float = Field(default=150.0, gt=0, description="the fall is computed for so long")


@dataclass(frozen=True)
class Impact:
    """Of m tracks: where (m,2) ± covariance (m,2,2), after time_s (m,) ± time_sigma_s (m,).

    time_s is NaN where the object does not come down within the horizon.
    """

    place_enu: Array
    covariance: Array
    time_s: Array
    time_sigma_s: Array

    @property
    def sigma_major_m(self) -> Array:
        """Long half axis (m,) of the one-sigma ellipse."""
        return np.asarray(np.sqrt(np.maximum(np.linalg.eigvalsh(self.covariance)[:, -1], 0.0)))

    def replaced(self, rows: NDArray[np.int64], others: "Impact") -> "Impact":
        """The same with some rows of others in place of its own."""
        mixed = [np.array(getattr(self, one.name)) for one in fields(Impact)]
        for column, one in zip(mixed, fields(Impact), strict=True):
            column[rows] = getattr(others, one.name)
        return Impact(*mixed)


def prepare() -> None:
    """Compile the kernel, or load it from its cache, before the first rocket needs it."""
    from marsad.assessment.falling import falls  # brings Numba, which whoever only reads settings can spare

    falls(np.zeros((1, 6)), np.ones(1), np.zeros((1, 2)), np.zeros(1), 1.0, 2.0)


def impact(mean: Array, covariance: Array, limits: BallisticLimits, ground: Ground | None = None) -> Impact:
    """Impacts of ballistic tracks, mean (m,6) and covariance (m,6,6) in site ENU, of which none has a fit."""
    count = len(mean)
    centre, full = np.empty((count, 7)), np.zeros((count, 7, 7))
    centre[:, :6], centre[:, 6] = mean, np.log(limits.coefficient_kgpm2)
    full[:, :6, :6], full[:, 6, 6] = covariance, limits.coefficient_sigma**2
    return fitted_impact(centre, full, np.zeros((count, 7, 2)), limits, ground)


def fitted_impact(
    mean: Array, covariance: Array, by_wind: Array, limits: BallisticLimits, ground: Ground | None = None
) -> Impact:
    """Impacts of fits, as `BallisticTable` has them: mean (m,7), covariance (m,7,7), by_wind (m,7,2)."""
    count, size = len(mean), 9
    known = limits.wind_mps is not None
    wind = np.array(limits.wind_mps or (0.0, 0.0))
    full = np.zeros((count, size, size))
    full[:, :7, :7] = _root(covariance)
    across = limits.wind_error_mps if known else limits.wind_sigma_mps
    full[:, 7:, 7:] = across * np.eye(2)
    full[:, :7, 7:] = across * by_wind
    centre = np.concatenate([mean + by_wind @ wind, np.tile(wind, (count, 1))], axis=1)
    root = full * np.sqrt(size)
    spread = np.concatenate([root, -root], axis=2).transpose(0, 2, 1)
    points = np.concatenate([centre, (centre[:, None, :] + spread).reshape(-1, size)])
    falls_at = _landed(points, limits, FlatGround(limits.ground_up_m) if ground is None else ground)
    likely, around = falls_at[:count], falls_at[count:].reshape(count, 2 * size, 3)
    around = np.where(np.isfinite(around), around, likely[:, None, :])
    middle = around.mean(axis=1)
    apart = around - middle[:, None, :]
    scatter = np.einsum("mpi,mpj->mij", apart, apart) / (2 * size)
    return Impact(middle[:, :2], scatter[:, :2, :2], middle[:, 2], np.sqrt(scatter[:, 2, 2]))


def _landed(points: Array, limits: BallisticLimits, ground: Ground) -> Array:
    """Where and when (p,3) points (p,9) of state, ln β and wind come down to the ground under them."""
    from marsad.assessment.falling import falls

    state, beta, wind = np.ascontiguousarray(points[:, :6]), np.exp(points[:, 6]), points[:, 7:].copy()
    up = ground.ground_up_m(state[:, 0], state[:, 1])
    for _ in range(_GROUND_TURNS):
        found = falls(state, beta, wind, up, limits.step_s, limits.horizon_s)
        comes = np.isfinite(found[:, 2])
        under = np.where(comes, ground.ground_up_m(found[:, 0], found[:, 1]), up)
        if np.abs(under - up).max(initial=0.0) < _GROUND_ENOUGH_M:
            break
        up = under
    return np.asarray(found)


def _root(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])


def _lattice(count: int) -> Array:
    """Points (count,2) spread like a standard normal: equal-probability rings, golden angle."""
    index = np.arange(count)
    radius = np.sqrt(-2.0 * np.log1p(-(index + 0.5) / count))
    angle = index * np.pi * (3.0 - np.sqrt(5.0))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


_POINTS = _lattice(_SAMPLES)


def zone_probability(place: Impact, shapes: ZoneShapes, buffer_m: float) -> Array:
    """P(impact within the buffer of the zone), (m,z); 0 for tracks that do not come down."""
    spots = place.place_enu[:, None, :] + np.einsum("mij,sj->msi", _root(place.covariance), _POINTS)
    out = np.zeros((len(spots), len(shapes)))
    flat = spots.reshape(-1, 2)
    for row in shapes.circles:
        near = np.hypot(*(flat - shapes.centre[row]).T) <= shapes.radius[row] + buffer_m
        out[:, row] = near.reshape(len(spots), -1).mean(axis=1)
    for place_in, row in enumerate(shapes.polygons):
        within = polygon.distance(shapes.corners[place_in], flat) <= buffer_m
        out[:, row] = within.reshape(len(spots), -1).mean(axis=1)
    out[~np.isfinite(place.time_s)] = 0.0
    return out


def zone_offset(place: Impact, shapes: ZoneShapes) -> Array:
    """Distance (m,z) from the mean impact to each zone, 0 inside."""
    out = np.empty((len(place.time_s), len(shapes)))
    for row in shapes.circles:
        away = np.hypot(*(place.place_enu - shapes.centre[row]).T)
        out[:, row] = np.maximum(away - shapes.radius[row], 0.0)
    for place_in, row in enumerate(shapes.polygons):
        out[:, row] = polygon.distance(shapes.corners[place_in], place.place_enu)
    return out
