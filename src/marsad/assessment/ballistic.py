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
_REACH = 5.0  # sigmas along each axis: beyond is less than one impact in a million
_LEAST_SIGMA_M = 1.0
_NODES, _NODE_WEIGHTS = (
    (1 + np.polynomial.legendre.leggauss(16)[0]) / 2,
    np.polynomial.legendre.leggauss(16)[1] / 2,
)
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
    warn_impact_early: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="the same while waiting costs nobody the time to reach cover: a zone that is likelier "
        "hit than not is told at once, any other when it is, or when waiting begins to cost",
    )
    warn_impact_slow: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="the least for the likeliest zones once the ellipse shrinks slowly: waiting gains little",
    )
    slowly_per_s: float = Field(
        default=0.05, gt=0, description="an ellipse that shrinks by less than this share each second is slow"
    )
    settle_before_s: float = Field(
        default=3.0,
        ge=0,
        description="waiting costs from so long before the last useful moment: it takes to be told, too",
    )
    silent_plots: float = Field(
        default=2.5,
        gt=1,
        description="waiting brings nothing once so many plots of the object in a row are missing",
    )
    buffer_m: float = Field(100.0, description="an impact this near to a zone counts as in it: fragments fly")
    unconverged_sigma_m: float = Field(
        1000.0, description="beyond it no zone can be told from another: all within two sigmas are warned"
    )
    cover_s: float = Field(default=10.0, description="time people need to reach cover")
    decide_before_s: float = Field(
        default=8.0,
        description="before the last useful moment all that may be hit is warned of what is not converged",
    )
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


def zone_probability(place: Impact, shapes: ZoneShapes, buffer_m: float) -> Array:
    """P(impact within the buffer of the zone), (m,z); 0 for tracks that do not come down.

    See `normal_within`; errs by less than 0.001 where arcs are polygons and less than that elsewhere.
    """
    out = np.zeros((len(place.time_s), len(shapes)))
    away = np.linalg.norm(place.place_enu[:, None, :] - shapes.centre, axis=2) - shapes.radius - buffer_m
    near = (away <= _REACH * place.sigma_major_m[:, None]) & np.isfinite(place.time_s)[:, None]
    row, zone = np.nonzero(near)
    if len(row):
        rings = shapes.grown(buffer_m)[zone]
        out[row, zone] = normal_within(rings - place.place_enu[row][:, None, :], place.covariance[row])
    return out


def normal_within(rings: Array, covariance: Array) -> Array:
    """The share (p,) of normal distributions about the origin, covariance (p,2,2), within rings (p,k,2).

    Rings are closed, counterclockwise, and need not be convex. With x and y in sigmas along the axes of the
    ellipse the share is ∮ Φ(x) φ(y) dy (Green's theorem). Of each edge the part beyond `_REACH` adds nothing,
    or a difference of Φ(y); the rest is summed by Gauss and Legendre.
    """
    from scipy.special import ndtr  # half a second that whoever only reads settings can spare

    values, vectors = np.linalg.eigh(covariance)
    sigma = np.sqrt(np.maximum(values, _LEAST_SIGMA_M**2))
    corners = np.einsum("pkj,pji->pki", rings, vectors) / sigma[:, None, :]
    turned = np.linalg.det(vectors)  # a mirrored ring runs clockwise
    begin, step = corners[:, :-1], np.diff(corners, axis=1)
    # where, of 0 to 1 along each edge, it comes within reach in y, and passes that in x
    low, high = _within(begin[..., 1], step[..., 1])
    left, right = _within(begin[..., 0], step[..., 0])
    from_, until = np.clip(left, low, high), np.clip(right, low, high)
    part = from_[..., None] + (until - from_)[..., None] * _NODES
    x, y = (begin[..., axis, None] + part * step[..., axis, None] for axis in (0, 1))
    inner = (ndtr(x) * np.exp(-(y**2) / 2) * _NODE_WEIGHTS).sum(axis=-1) / np.sqrt(2 * np.pi)
    inner *= (until - from_) * step[..., 1]
    outer = np.zeros_like(inner)
    for first, last in ((low, from_), (until, high)):
        beyond = begin[..., 0] + (first + last) / 2 * step[..., 0] > 0
        ends = ndtr(begin[..., 1] + last * step[..., 1]) - ndtr(begin[..., 1] + first * step[..., 1])
        outer += np.where(beyond & (last > first), ends, 0.0)
    return np.asarray(np.clip(turned * (inner + outer).sum(axis=1), 0.0, 1.0))


def _within(begin: Array, step: Array) -> tuple[Array, Array]:
    """The part of 0 to 1 in which begin + part · step is within `_REACH` of 0; empty where never."""
    safe = np.where(np.abs(step) < 1e-12, 1e-12, step)
    one, other = (-_REACH - begin) / safe, (_REACH - begin) / safe
    low = np.clip(np.minimum(one, other), 0.0, 1.0)
    return low, np.maximum(np.clip(np.maximum(one, other), 0.0, 1.0), low)


def zone_offset(place: Impact, shapes: ZoneShapes) -> Array:
    """Distance (m,z) from the mean impact to each zone, 0 inside."""
    out = np.empty((len(place.time_s), len(shapes)))
    for row in shapes.circles:
        away = np.hypot(*(place.place_enu - shapes.centre[row]).T)
        out[:, row] = np.maximum(away - shapes.radius[row], 0.0)
    for place_in, row in enumerate(shapes.polygons):
        out[:, row] = polygon.distance(shapes.corners[place_in], place.place_enu)
    return out
