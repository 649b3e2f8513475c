"""How rounds fly: a point mass with drag in a standard atmosphere, wind, burn, over a round turning earth.

dv/dt = g(h) - ρ(h) |v - w| (v - w) / (2 β) - 2 Ω x v + thrust along v

β = m / (Cd A) kg/m² is constant. While it burns, the thrust is such that the speed along the path rises
evenly from the launcher's to that at burn-out, and gravity turns the path. RK4; all rounds of a call fly at
once, in the site's frame. This is the world, not what the site thinks of it: no code is shared with
the assessment. A round is aimed by trying: the elevation that the gunner needs is searched, not given.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from marsad.simulate.route import RouteError
from marsad.simulate.trajectory import Trajectory, hermite

Array = NDArray[np.float64]
EARTH_RADIUS_M = 6_371_000.0
GEOPOTENTIAL_RADIUS_M = 6_356_766.0
GRAVITY_MPS2 = 9.80665
EARTH_TURNS_RADPS = 7.2921e-5
GAS_JPKGK = 287.053
STEP_S = 0.25
PIECE_STEP_S = 0.05  # light pieces lose their speed at once
BURN_STEP_S = 0.02
LONGEST_S = 1_200.0  # a light piece from on high
LOWEST_DEG, HIGHEST_DEG = 3.0, 86.0
_NEAR_M = 1.0
_TRIES = 12


@dataclass(frozen=True)
class Atmosphere:
    """The air that rounds fly through, above one site.

    site_height_m   of the frame's origin above the sea, as ellipsoidal height here
    latitude_deg    which tells how the earth turns under the frame
    wind_m          (k,) heights above the site at which the wind is known, rising
    wind_enu_mps    (k, 2) where to it blows there: east, north; between them in proportion
    """

    site_height_m: float
    latitude_deg: float
    wind_m: tuple[float, ...] = ()
    wind_enu_mps: tuple[tuple[float, float], ...] = ()

    def wind(self, height_m: Array) -> Array:
        """The wind (n, 3) at heights (n,) above the site."""
        blows = np.zeros((len(height_m), 3))
        if self.wind_m:
            for axis, along in enumerate(np.array(self.wind_enu_mps).T):
                blows[:, axis] = np.interp(height_m, self.wind_m, along)
        return blows


@dataclass(frozen=True)
class Charge:
    """What drives n rounds.

    speed_mps    (n,) at the muzzle, or at burn-out
    beta_kgpm2   (n,)
    burn_s       0 = fired from a barrel
    leaves_mps   speed with which a rocket leaves its rail
    """

    speed_mps: Array
    beta_kgpm2: Array
    burn_s: float = 0.0
    leaves_mps: float = 40.0


@dataclass(frozen=True)
class Flight:
    """n rounds in the air: knots (k,) s from the launch, states (k, n, 6), the end (n,) s of each."""

    t_s: Array
    states: Array
    end_s: Array

    def trajectory(self, row: int, start_s: float) -> Trajectory:
        """One round's path, ending where it comes down."""
        kept = np.flatnonzero(self.t_s < self.end_s[row] - 1e-6)
        end = np.concatenate(self.at(row, self.end_s[row : row + 1]), axis=1)
        states = np.concatenate([self.states[kept, row], end])
        t_s = np.append(self.t_s[kept], self.end_s[row])
        return Trajectory(start_s + t_s, states[:, :3], states[:, 3:])

    def at(self, row: int, t_s: Array) -> tuple[Array, Array]:
        """Places and velocities (m, 3) of one round."""
        path = self.states[:, row]
        cell = np.clip(np.searchsorted(self.t_s, t_s, side="right") - 1, 0, len(self.t_s) - 2)
        knots = (path[cell, :3], path[cell + 1, :3], path[cell, 3:], path[cell + 1, 3:])
        return hermite(t_s, self.t_s[cell], self.t_s[cell + 1], *knots)

    def ends(self) -> Array:
        """Where each comes down, (n, 3)."""
        return np.array([self.at(row, self.end_s[row : row + 1])[0][0] for row in range(len(self.end_s))])


def density_kgpm3(height_m: Array) -> Array:
    """Air density (n,) at heights (n,) above the sea: the ISO 2533 up to 20 km, beyond it thinner so on."""
    geopotential = GEOPOTENTIAL_RADIUS_M * height_m / (GEOPOTENTIAL_RADIUS_M + height_m)
    low = np.clip(geopotential, -500.0, 11_000.0)
    kelvin = 288.15 - 0.0065 * low
    pressure = 101_325.0 * (kelvin / 288.15) ** (GRAVITY_MPS2 / (0.0065 * GAS_JPKGK))
    above = np.maximum(geopotential - 11_000.0, 0.0)
    pressure = pressure * np.exp(-GRAVITY_MPS2 * above / (GAS_JPKGK * kelvin))
    return np.asarray(pressure / (GAS_JPKGK * kelvin))


def height_m(place: Array) -> Array:
    """Heights (…,) above the site's level over a round earth, of places (…, 3) in its frame."""
    x, y, z = place[..., 0], place[..., 1], place[..., 2]
    # |place + R up| - R, without taking the difference of two large numbers
    square = x * x + y * y + z * z + 2 * EARTH_RADIUS_M * z
    return np.asarray(square / (EARTH_RADIUS_M + np.sqrt(EARTH_RADIUS_M**2 + square)))


def on_ground(east_m: float, north_m: float) -> Array:
    """The place (3,) on the ground there: the frame is flat, the earth is not."""
    return np.array([east_m, north_m, -(east_m**2 + north_m**2) / (2 * EARTH_RADIUS_M)])


def fired(place: Array, elevation_rad: Array, azimuth_rad: Array, charge: Charge, air: Atmosphere) -> Flight:
    """Rounds fired from places (n, 3) or (3,) so high and in those directions, until all are down."""
    level = np.cos(elevation_rad)
    along = np.stack(
        [level * np.sin(azimuth_rad), level * np.cos(azimuth_rad), np.sin(elevation_rad)], axis=-1
    )
    speed = charge.speed_mps if charge.burn_s <= 0 else np.full(len(along), charge.leaves_mps)
    state = np.concatenate([np.broadcast_to(place, along.shape), speed[:, None] * along], axis=1)
    if charge.burn_s <= 0:
        return falling(state, charge.beta_kgpm2, air)
    steps = max(1, round(charge.burn_s / BURN_STEP_S))
    push = (charge.speed_mps - charge.leaves_mps) / charge.burn_s
    step_s = charge.burn_s / steps
    burnt = [state]
    for _ in range(steps):
        burnt.append(_step(burnt[-1], charge.beta_kgpm2, air, step_s, push))
    rest = falling(burnt[-1], charge.beta_kgpm2, air)
    states = np.concatenate([np.array(burnt[:-1]), rest.states])
    t_s = np.concatenate([step_s * np.arange(steps), charge.burn_s + rest.t_s])
    return Flight(t_s, states, charge.burn_s + rest.end_s)


def falling(state: Array, beta_kgpm2: Array, air: Atmosphere, step_s: float = STEP_S) -> Flight:
    """Objects (n, 6) that nothing drives any more, until all are on the ground."""
    states = [state]
    down = np.zeros(len(state), bool)
    while not down.all() and len(states) * step_s < LONGEST_S:
        states.append(_step(states[-1], beta_kgpm2, air, step_s))
        down |= (height_m(states[-1][:, :3]) < 0) & (states[-1][:, 5] < 0)
    path = np.array(states)
    t_s = np.asarray(step_s * np.arange(len(path)), np.float64)
    return Flight(t_s, path, _ends_s(t_s, path))


def _ends_s(t_s: Array, path: Array) -> Array:
    """When each path (k, n, 6) meets the ground on its way down; its last time if it does not."""
    below = (height_m(path[..., :3]) < 0) & (path[..., 5] < 0)
    rows = np.flatnonzero(below.any(0))
    after = np.maximum(below[:, rows].argmax(0), 1)
    knots = path[after - 1, rows], path[after, rows]
    low, high = t_s[after - 1], t_s[after]
    span = low, high
    for _ in range(30):
        middle = (low + high) / 2
        place, _ = hermite(middle, *span, knots[0][:, :3], knots[1][:, :3], knots[0][:, 3:], knots[1][:, 3:])
        above = height_m(place) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    ends = np.full(path.shape[1], t_s[-1])
    ends[rows] = (low + high) / 2
    return ends


def _step(state: Array, beta: Array, air: Atmosphere, step_s: float, push_mps2: Array | None = None) -> Array:
    """One step of Runge and Kutta."""
    one = _rate(state, beta, air, push_mps2)
    two = _rate(state + step_s / 2 * one, beta, air, push_mps2)
    three = _rate(state + step_s / 2 * two, beta, air, push_mps2)
    four = _rate(state + step_s * three, beta, air, push_mps2)
    return np.asarray(state + step_s / 6 * (one + 2 * two + 2 * three + four))


def _rate(state: Array, beta: Array, air: Atmosphere, push_mps2: Array | None) -> Array:
    place, velocity = state[:, :3], state[:, 3:]
    high = height_m(place)
    centre = place + np.array([0.0, 0.0, EARTH_RADIUS_M])
    gravity = -GRAVITY_MPS2 * EARTH_RADIUS_M**2 / (EARTH_RADIUS_M + high) ** 3
    relative = velocity - air.wind(high) if air.wind_m else velocity
    speed = np.sqrt((relative**2).sum(1))
    drag = density_kgpm3(high + air.site_height_m) * speed / (2 * beta)
    latitude = np.radians(air.latitude_deg)
    north, up = EARTH_TURNS_RADPS * np.cos(latitude), EARTH_TURNS_RADPS * np.sin(latitude)
    x, y, z = velocity.T
    turning = 2 * np.stack([up * y - north * z, -up * x, north * x], axis=1)
    force = gravity[:, None] * centre - drag[:, None] * relative + turning
    if push_mps2 is not None:
        ahead = velocity / np.maximum(np.sqrt((velocity**2).sum(1)), 1e-9)[:, None]
        force = force + (push_mps2 - (force * ahead).sum(1))[:, None] * ahead
    return np.concatenate([velocity, force], axis=1)


# ---------------------------------------------------------------- aiming


@dataclass(frozen=True)
class Laying:
    """How n rounds are laid to hit: elevation and azimuth, (n,) each."""

    elevation_rad: Array
    azimuth_rad: Array


def laid(start: Array, aims: Array, charge: Charge, air: Atmosphere, *, high: bool) -> Laying:
    """The elevations and azimuths with which n rounds from start (3,) hit their aims (n, 3) on the ground.

    high   by the steeper of the two paths

    Raises RouteError if one does not reach so far, or not so near.
    """
    away = (aims - start)[:, :2]
    wanted_m = np.maximum(np.hypot(*away.T), 1.0)
    along = away / wanted_m[:, None]
    elevation = np.array([_first_try(charge, float(each), high) for each in wanted_m])
    azimuth = np.arctan2(away[:, 0], away[:, 1])
    slope = np.full(len(aims), (-1.0 if high else 1.0) * wanted_m)
    before: tuple[Array, Array] | None = None
    for _ in range(_TRIES):
        missed = (fired(start, elevation, azimuth, charge, air).ends() - aims)[:, :2]
        long_m = (missed * along).sum(1)
        aside_m = missed[:, 0] * along[:, 1] - missed[:, 1] * along[:, 0]
        if (np.hypot(long_m, aside_m) < _NEAR_M).all():
            return Laying(elevation, azimuth)
        if before is not None:
            turned, gained = elevation - before[0], long_m - before[1]
            slope = np.where(np.abs(turned) > 1e-9, gained / np.where(turned == 0, 1.0, turned), slope)
        before = (elevation, long_m)
        azimuth = azimuth - aside_m / wanted_m
        by = np.clip(-long_m / np.where(slope == 0, 1e9, slope), -0.05, 0.05)
        elevation = np.clip(elevation + by, *np.radians([LOWEST_DEG, HIGHEST_DEG]))
    blown = " in this wind" if air.wind_m else ""
    raise RouteError(
        f"a round of {charge.speed_mps[0]:.0f} m/s finds no elevation that hits a place "
        f"{wanted_m.max():.0f} m away{blown}"
    )


def _first_try(charge: Charge, wanted_m: float, high: bool) -> float:
    """The elevation that hits at this distance over level ground without wind. Raises RouteError."""
    elevation, reach = _reaches(float(charge.speed_mps[0]), float(charge.beta_kgpm2[0]), charge.burn_s)
    top = int(np.argmax(reach))
    part = slice(top, None) if high else slice(0, top + 1)
    distances, angles = reach[part], elevation[part]
    order = np.argsort(distances)
    if not distances.min() <= wanted_m <= distances.max():
        raise _too_far_or_near(charge, wanted_m, float(distances.min()), float(distances.max()))
    return float(np.interp(wanted_m, distances[order], angles[order]))


def _too_far_or_near(charge: Charge, wanted_m: float, least_m: float, most_m: float) -> RouteError:
    return RouteError(
        f"a round of {charge.speed_mps[0]:.0f} m/s cannot reach a place {wanted_m:.0f} m away: "
        f"its reach is from {least_m:.0f} to {most_m:.0f} m"
    )


@lru_cache(maxsize=256)
def _reaches(speed_mps: float, beta_kgpm2: float, burn_s: float) -> tuple[Array, Array]:
    """Elevations and how far a round goes with each, over level ground at sea level without wind."""
    elevation = np.radians(np.arange(LOWEST_DEG, HIGHEST_DEG + 0.5, 2.0))
    ones = np.ones(len(elevation))
    charge = Charge(speed_mps * ones, beta_kgpm2 * ones, burn_s)
    flight = fired(np.zeros(3), elevation, 0.0 * ones, charge, Atmosphere(0.0, 0.0))
    return elevation, np.hypot(*flight.ends()[:, :2].T)
