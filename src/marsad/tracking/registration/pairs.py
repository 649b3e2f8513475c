"""What pairs of plots of one object by two sensors say of the biases of both.

A plot z of the subject sensor A is compared with where a plot of the reference sensor B, carried
on by the track's velocity v, says it should be. With biases b (range, azimuth, elevation) and
clock offsets c, stamps being true time plus c, to first order

    z - h(p_B + v dt) = b_A - H v c_A - H (J_B b_B - v c_B) + noise

with H the slope of h and J_B that of B's place by its own polar numbers; for subjects that report
positions z and h are in site ENU. Differences of plots hold no filter error: a track's state is
pulled by the very plots whose bias is sought (Lin, Kirubarajan, Bar-Shalom, "Exact multisensor
dynamic bias estimation with local tracks", IEEE TAES 40(2), 2004). The unknown place drops out as
in generalised least squares (Zhou, Leung, Blanchette, "Sensor alignment with Earth-centered
Earth-fixed coordinate system", IEEE TAES 35(2), 1999); time offsets enter along the velocity
(Li, Leung, Zhou, "Space-time registration of radar and ESM using unscented Kalman filter", IEEE
TAES 40(3), 2004).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

NEAREST_M = 1.0
WIDE = 0.1  # beyond this ratio of error to distance angles are not linear in position
SLOW = 5.0  # speeds below so many sigmas tell nothing of clocks
UNUSABLE, USED, REFUSED = 0, 1, 2


class Subject(NamedTuple):
    """The sensor whose plots are compared: row among the registered, polar or not, its place.

    claims           they are places that objects state of themselves: in place of elevation these are off
                     in height, all alike, as heights by pressure are
    correction (4,)  of its biases that the plots have had, in units of their expected size
    """

    row: int
    polar: bool
    claims: bool
    origin: Array
    rotation: Array
    correction: Array


class Pairs(NamedTuple):
    """E pairs; values, sigmas (E, 3) of the subject: range, azimuth, elevation or east, north, up.

    reference (E,)   row of the reference sensor
    place (E, 3), place_cov (E, 3, 3), lever (E, 3, 3)  its plot in site ENU; slope of it by its
                     range, azimuth, elevation
    velocity (E, 3), velocity_cov (E, 3, 3), dt (E,), drift (E,)  the bridge in time: variance per
                     axis that acceleration adds
    crowd (E,)       pairs in which the same plot takes part: their errors are not independent, and
                     the sum of their covariances times this bounds what they are
    correction (E, 4)  that the reference plots have had
    """

    values: Array
    sigmas: Array
    reference: Index
    place: Array
    place_cov: Array
    lever: Array
    velocity: Array
    velocity_cov: Array
    dt: Array
    drift: Array
    crowd: Array
    correction: Array


class Belief(NamedTuple):
    """Biases of S sensors in units of their expected size: mean (4S,), cov (4S, 4S), scale (S, 4)."""

    mean: Array
    cov: Array
    scale: Array


def polar_frame(position: Array, origin: Array, rotation: Array) -> tuple[Array, Array, Array]:
    """Range, azimuth, elevation (E, 3) of places in site ENU and both slopes (E, 3, 3).

    The first by position, rows range, azimuth, elevation; the second of the position by these.
    """
    seen = (position - origin) @ rotation
    east, north, up = np.moveaxis(seen, -1, 0)
    ground = np.maximum(np.hypot(east, north), NEAREST_M)
    distance = np.hypot(ground, up)
    zero = np.zeros_like(east)
    line = seen / distance[:, None]
    across = np.stack([north, -east, zero], -1)
    upward = np.stack([-east * up / ground, -north * up / ground, ground], -1)
    lever = rotation @ np.stack([line, across, upward], -1)
    slope = np.swapaxes(lever, -1, -2).copy()
    slope[:, 1] /= ground[:, None] ** 2
    slope[:, 2] /= distance[:, None] ** 2
    return np.stack([distance, np.arctan2(east, north), np.arctan2(up, ground)], -1), slope, lever


def lever_of(place: Array, subject: Subject) -> Array:
    """Slope (E, 3, 3) of places in site ENU by the first three biases of a sensor that reports places."""
    _, _, lever = polar_frame(place, subject.origin, subject.rotation)
    if subject.claims:
        lever[:, :, 2] = [0.0, 0.0, 1.0]
    return lever


def place_of(polar: Array, origin: Array, rotation: Array) -> Array:
    """Site ENU (E, 3) of range, azimuth, elevation (E, 3)."""
    distance, azimuth, elevation = np.moveaxis(polar, -1, 0)
    ground = distance * np.cos(elevation)
    seen = np.stack([ground * np.sin(azimuth), ground * np.cos(azimuth), distance * np.sin(elevation)], -1)
    return np.asarray(origin + seen @ rotation.T)


def pair_information(
    subject: Subject, pairs: Pairs, belief: Belief, gates: Array, soft: Array
) -> tuple[Array, Array, Index]:
    """Information matrix (E, 8, 8) and vector (E, 8) of each pair, and what became of it (E,).

    Columns are the biases of the subject, then of the reference.
    gates, soft (4,)  squared distance, by how many numbers are compared, beyond which a pair is
    refused, and beyond which its covariance is inflated so that it counts for less.
    """
    count = len(pairs.reference)
    apart, design, scatter, measured, linear = _compared(subject, pairs, belief.scale)
    # what was taken out of the plots, so that the rest is small and linear, is put back here
    taken = np.concatenate([np.tile(subject.correction, (count, 1)), pairs.correction], 1)
    apart = apart + np.einsum("ekb,eb->ek", design, taken)
    at = np.concatenate([np.full((count, 1), 4 * subject.row), 4 * pairs.reference[:, None]], 1)
    at = (at[:, :, None] + np.arange(4)).reshape(count, 8)
    surprise = apart - np.einsum("ekb,eb->ek", design, belief.mean[at])
    expected = scatter + design @ belief.cov[at[:, :, None], at[:, None, :]] @ np.swapaxes(design, -1, -2)
    square = (surprise * np.linalg.solve(expected, surprise[..., None])[..., 0]).sum(-1)
    numbers = measured.sum(-1)
    usable = linear & (numbers > 0)
    used = usable & (square <= gates[numbers])
    weight = np.minimum(1.0, soft[numbers] / np.maximum(square, 1e-12)) * used
    weighted = np.swapaxes(design, -1, -2) @ np.linalg.inv(scatter) * weight[:, None, None]
    matrix, vector = weighted @ design, np.einsum("ebk,ek->eb", weighted, apart)
    return matrix, vector, np.where(used, USED, np.where(usable, REFUSED, UNUSABLE)).astype(np.int64)


def _compared(
    subject: Subject, pairs: Pairs, scale: Array
) -> tuple[Array, Array, Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """Difference (E, 3), its design by both sensors' scaled biases (E, 3, 8), its covariance
    (E, 3, 3), what is measured (E, 3), and whether all is linear enough (E,).
    """
    count, unit = len(pairs.reference), np.eye(3)
    own, other = scale[subject.row], scale[pairs.reference]
    place = pairs.place + pairs.velocity * pairs.dt[:, None]
    bridge = pairs.velocity_cov * pairs.dt[:, None, None] ** 2 + pairs.drift[:, None, None] * unit
    motion = pairs.velocity[:, :, None] * pairs.velocity[:, None, :]
    spread = np.trace(pairs.velocity_cov, axis1=1, axis2=2)
    slow = np.trace(motion, axis1=1, axis2=2) < SLOW**2 * spread
    blur = (motion + pairs.velocity_cov) * (own[3] ** 2 + other[:, 3] ** 2)[:, None, None]
    bridge = bridge + np.where(slow[:, None, None], blur, 0.0)
    cov = pairs.place_cov + bridge
    linear = np.ones(count, np.bool_)
    if subject.polar:
        expected, slope, _ = polar_frame(place, subject.origin, subject.rotation)
        lever = np.tile(unit, (count, 1, 1))
        line = slope[:, 0]
        total = np.trace(cov, axis1=1, axis2=2)
        # a wide error across the line of sight lengthens the mean range
        expected[:, 0] += (total - np.einsum("ei,eij,ej->e", line, cov, line)) / (2 * expected[:, 0])
        linear = total < (WIDE * expected[:, 0] * np.cos(expected[:, 2])) ** 2
    else:
        expected, slope = place, np.tile(unit, (count, 1, 1))
        lever = lever_of(place, subject)
    measured = ~np.isnan(pairs.values)
    apart = pairs.values - expected
    if subject.polar:
        apart[:, 1:] = (apart[:, 1:] + np.pi) % (2 * np.pi) - np.pi
    along = np.einsum("eij,ej->ei", slope, np.where(slow[:, None], 0.0, pairs.velocity))[..., None]
    design = np.concatenate(
        [
            lever * own[:3],
            -along * own[3],
            -slope @ pairs.lever * other[:, None, :3],
            along * other[:, 3:, None],
        ],
        -1,
    )
    noise = np.where(measured, pairs.sigmas, 1.0) ** 2 * np.where(measured, pairs.crowd[:, None], 1.0)
    scatter = slope @ (pairs.place_cov * pairs.crowd[:, None, None] + bridge) @ np.swapaxes(slope, -1, -2)
    both = measured[:, :, None] & measured[:, None, :]
    scatter = np.where(both, scatter, 0.0) + noise[:, :, None] * unit
    return (
        np.where(measured, apart, 0.0),
        np.where(measured[..., None], design, 0.0),
        scatter,
        measured,
        linear,
    )
