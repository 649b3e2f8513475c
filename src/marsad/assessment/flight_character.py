"""What the flight itself tells of drone or bird: how straight it is, whether it ever stood still.

A plain track can support "drone", by a long steady leg or by a hover; it can never safely support
"bird", for a drone flown by hand wanders like one. So the evidence of this module speaks against the
bird, or is next to silent. The statistics are of smoothed tracks of real birds and drones seen
through a radar of 8 m and 0.6° at 1 and 2.5 km.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pydantic import Field

from marsad.assessment.columns import Flags, Floats, Small, Times, blank, column
from marsad.assessment.kinematics import Flight
from marsad.assessment.reasons import Part
from marsad.model.settings import Settings
from marsad.model.track import TrackTable

Spread = tuple[float, float]
"""(median, sigma of the natural logarithm) of a distance in metres that a flight of a kind shows."""
Mixture = tuple[tuple[float, Spread], ...]
"""(share, spread) of each part."""

STRAIGHT_TOLD_S = 15.0  # a shorter leg is nothing to speak of


class CharacterLimits(Settings):
    """How birds and drones wander and stay, and how much it counts.

    The spreads are of 16 real flights of storks and pigeons and 6 of multirotors; see the page on
    drones and birds for what was measured and what is assumed.
    """

    leg_s: float = Field(default=10.0, gt=0, description="age at which a place counts a third for the leg")
    stay_s: float = Field(default=15.0, gt=0, description="the same for the stay")
    gap_s: float = Field(default=4.0, gt=0, description="a plot after a longer gap counts as much")
    known_s: float = Field(default=12.0, gt=0, description="flight seen before a word on its legs")
    stay_known_s: float = Field(default=22.0, gt=0, description="flight seen before a word on a hover")
    look_s: float = Field(default=15.0, gt=0, description="flight that counts as one look of its own")
    forget_s: float = Field(default=60.0, gt=0, description="time constant with which straightness fades")
    moving_mps: float = Field(default=4.0, gt=0, description="slower has no leg; faster is no stay")
    stay_m: float = Field(default=40.0, gt=0, description="what has gone further does not stay")
    clear_m: float = Field(default=8.0, description="what hovers is higher above the site, or moved before")
    moved_mps: float = Field(default=6.0, gt=0, description="what was so fast has flown")
    noise_share: float = Field(default=0.65, gt=0, description="of a track's stated error in its wander")
    steady_m: Spread = Field((3.0, 0.5), description="wander of a drone on its automatic way")
    by_hand_m: Spread = Field((10.0, 0.6), description="wander of a drone flown by hand")
    by_hand: float = Field(default=0.4, ge=0, le=1, description="share of drones flown by hand")
    bird_m: Spread = Field((18.0, 0.6), description="wander of a bird")
    bird_steady: float = Field(default=0.07, ge=0, le=1, description="share of birds that fly like a drone")
    hover_m: Spread = Field((5.0, 0.6), description="spread of the places of a drone that hovers")
    roam_m: Spread = Field((20.0, 0.6), description="spread of the places of a drone that stays otherwise")
    hovering: float = Field(default=0.7, ge=0, le=1, description="share of drones that stay by a hover")
    bird_stay_m: Spread = Field((24.0, 0.4), description="spread of the places of a bird that stays")
    bird_hovering: float = Field(default=0.05, ge=0, le=1, description="share of birds that do")
    against_db_min: float = Field(default=-3.0, le=0, description="most that a flight can say for a bird")
    steady_db_max: float = Field(default=16.0, ge=0, description="most that straightness says against it")
    hover_db_max: float = Field(default=12.0, ge=0, description="most that a hover says against it")
    hovered_db: float = Field(default=6.0, ge=0, description="from here it is told as a hover")
    hover_lasts_s: float = Field(
        default=6.0,
        gt=0,
        description="time over which what a stay says is averaged: what flutters about a place for long "
        "seems to stand for a moment",
    )


@dataclass
class CharacterState:
    """Moments of each track's last positions, weighed by their age; origin: its latest position and time.

    leg_*    over ``leg_s``: weight (n,), time (n,), time squared (n,), place (n,2), time by place (n,2),
             place by place (n,3) as east east, north north, east north
    stay_*   over ``stay_s``, since the stay began: weight, place, place squared, speed squared (n,)
    position_enu (n,2), t_ns (n,)   the origin; 0 = never
    flown (n,)    has been fast or high enough to be in the air
    steady_db     (n,) what the straightness of its legs has come to
    hovering_db   (n,) what the stay has said of late
    hover_db      (n,) the most that this has ever come to: what hovered is no bird for life
    straight_t_ns (n,) since when it flies straight, 0 = it does not
    """

    leg_weight: Floats = column(np.float64)
    leg_time: Floats = column(np.float64)
    leg_time_squared: Floats = column(np.float64)
    leg_place: Floats = column(np.float64, 2)
    leg_time_place: Floats = column(np.float64, 2)
    leg_place_squared: Floats = column(np.float64, 3)
    stay_weight: Floats = column(np.float64)
    stay_place: Floats = column(np.float64, 2)
    stay_place_squared: Floats = column(np.float64, 2)
    stay_speed_squared: Floats = column(np.float64)
    position_enu: Floats = column(np.float64, 2)
    t_ns: Times = column(np.int64)
    flown: Small = column(np.int8)
    steady_db: Floats = column(np.float64)
    hovering_db: Floats = column(np.float64)
    hover_db: Floats = column(np.float64)
    straight_t_ns: Times = column(np.int64)


@dataclass(frozen=True)
class Seen:
    """Where n tracks are seen.

    position_enu (n,2), velocity_enu (n,2)  in the plane
    covariance   (n,2,2) of the position
    velocity_variance  (n,) of both components together
    height_m     (n,) above the site, NaN where it is not known
    t_ns         (n,) of the newest plot
    updated      (n,) which have one that is new
    """

    position_enu: Floats
    velocity_enu: Floats
    covariance: Floats
    velocity_variance: Floats
    height_m: Floats
    t_ns: Times
    updated: Flags


@dataclass(frozen=True)
class Character:
    """What n flights tell.

    against_bird_db  how much less likely a bird is, decibans, from ``bird_db_min`` up
    hovered          has stood still in the air
    straight_s       for how long it has flown straight, 0 = it does not
    wander_m         root mean square distance from the straight line through its last seconds
    spread_m         root mean square distance from the mean of its last places
    """

    against_bird_db: Floats
    hovered: Flags
    straight_s: Floats
    wander_m: Floats
    spread_m: Floats

    def reasons(self) -> list[Part]:
        """What is told of it; it weighs through the class."""
        nothing = np.zeros(len(self.hovered))
        return [
            Part("character.hovered", nothing, told=self.hovered),
            Part(
                "character.straight",
                nothing,
                (("duration_s", self.straight_s),),
                self.straight_s >= STRAIGHT_TOLD_S,
            ),
        ]


def remember(state: CharacterState, seen: Seen, limits: CharacterLimits) -> Floats:
    """Move the moments on to new places, where a plot came; returns the seconds since the last (n,).

    With the origin at the newest place and time, a new place adds to the weight alone.
    """
    position, t_ns, updated, first = seen.position_enu, seen.t_ns, seen.updated, state.t_ns == 0
    elapsed = np.where(first | ~updated, 0.0, np.maximum(t_ns - state.t_ns, 0) / 1e9)
    moved = np.where((first | ~updated)[:, None], 0.0, position - state.position_enu)
    weight = np.where(updated, np.where(first, 1.0, np.minimum(elapsed, limits.gap_s)), 0.0)
    total = state.leg_weight
    keep = np.exp(-elapsed / limits.leg_s)
    east_north = moved[:, [0, 1, 0]] * moved[:, [0, 1, 1]]
    crossed = moved[:, [0, 1, 0]] * state.leg_place[:, [0, 1, 1]]
    crossed = crossed + state.leg_place[:, [0, 1, 0]] * moved[:, [0, 1, 1]]
    squared = state.leg_place_squared - crossed + east_north * total[:, None]
    place = state.leg_place - moved * total[:, None]
    by_time = state.leg_time_place - moved * state.leg_time[:, None] - elapsed[:, None] * place
    time_squared = state.leg_time_squared - 2 * elapsed * state.leg_time + elapsed**2 * total
    state.leg_place_squared = keep[:, None] * squared
    state.leg_time_place = keep[:, None] * by_time
    state.leg_place = keep[:, None] * place
    state.leg_time_squared = keep * time_squared
    state.leg_time = keep * (state.leg_time - elapsed * total)
    state.leg_weight = keep * total + weight
    # the speed of what stands still is noise: what the track states of it is taken off
    squared = (seen.velocity_enu**2).sum(axis=1) - limits.noise_share * seen.velocity_variance
    _stay(state, moved, elapsed, (weight, squared), limits)
    state.position_enu = np.where(updated[:, None], position, state.position_enu)
    state.t_ns = np.where(updated, t_ns, state.t_ns)
    return np.asarray(elapsed)


def _stay(
    state: CharacterState,
    moved: Floats,
    elapsed_s: Floats,
    gained: tuple[Floats, Floats],
    limits: CharacterLimits,
) -> None:
    """Move the moments of the stay on; a place too far from those before begins a new stay.

    gained  weight (n,) of the new places, and the square of the speed (n,) of the tracks there
    """
    weight, speed_squared = gained
    before = state.stay_weight
    mean = state.stay_place / np.maximum(before, 1e-9)[:, None] - moved
    gone = (before > 0) & (np.hypot(mean[:, 0], mean[:, 1]) > limits.stay_m)
    keep = np.where(gone, 0.0, np.exp(-elapsed_s / limits.stay_s))
    squared = state.stay_place_squared - 2 * moved * state.stay_place + moved**2 * before[:, None]
    state.stay_place_squared = keep[:, None] * squared
    state.stay_place = keep[:, None] * (state.stay_place - moved * before[:, None])
    state.stay_weight = keep * before + weight
    state.stay_speed_squared = keep * state.stay_speed_squared + weight * speed_squared


@dataclass(frozen=True)
class Legs:
    """The straight line through each track's last places, and how far it keeps to it.

    speed_mps  (n,) along the line
    wander_m   (n,) root mean square distance across it
    sigma_m    (n,) stated error of the track across it
    spread_m   (n,) root mean square distance from the mean of the last places
    """

    speed_mps: Floats
    wander_m: Floats
    sigma_m: Floats
    spread_m: Floats


def legs(state: CharacterState, covariance: Floats) -> Legs:
    """Least squares over the remembered moments; covariance (n,2,2) of the places."""
    weight = np.maximum(state.leg_weight, 1e-9)
    time, place = state.leg_time / weight, state.leg_place / weight[:, None]
    spread_s2 = np.maximum(state.leg_time_squared / weight - time**2, 1e-6)
    together = state.leg_time_place / weight[:, None] - time[:, None] * place
    velocity = together / spread_s2[:, None]
    second = state.leg_place_squared / weight[:, None] - place[:, [0, 1, 0]] * place[:, [0, 1, 1]]
    second = second - together[:, [0, 1, 0]] * together[:, [0, 1, 1]] / spread_s2[:, None]
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    across = velocity[:, ::-1] * (1.0, -1.0) / np.maximum(speed, 1e-3)[:, None]

    def along_across(east2: Floats, north2: Floats, both: Floats) -> Floats:
        square = across[:, 0] ** 2 * east2 + across[:, 1] ** 2 * north2 + 2 * across.prod(axis=1) * both
        return np.asarray(np.sqrt(np.maximum(square, 0.0)))

    stay = np.maximum(state.stay_weight, 1e-9)[:, None]
    spread = (state.stay_place_squared / stay - (state.stay_place / stay) ** 2).sum(axis=1)
    return Legs(
        speed,
        along_across(second[:, 0], second[:, 1], second[:, 2]),
        along_across(covariance[:, 0, 0], covariance[:, 1, 1], covariance[:, 0, 1]),
        np.sqrt(np.maximum(spread, 0.0)),
    )


def _density(log_m: Floats, noise_m: Floats, kind: Spread) -> Floats:
    """Of the logarithm of a distance that a kind shows when noise is added, up to one factor for all."""
    median, sigma = kind
    square = median**2 + noise_m**2
    width = np.sqrt(0.22**2 + (sigma * median**2 / square) ** 2)
    return np.asarray(np.exp(-0.5 * ((log_m - 0.5 * np.log(square)) / width) ** 2) / width)


def _against_bird(
    distance_m: Floats,
    noise_m: Floats,
    drone: Mixture,
    bird: Mixture,
) -> Floats:
    """Decibans by which a distance speaks for a drone and against a bird; both are mixtures.

    A distance below the least that a drone shows is taken for that: noise can be less than stated.
    """
    least_m = np.hypot(drone[0][1][0], noise_m)
    log_m = np.log(np.maximum(distance_m, least_m))
    for_drone, for_bird = (
        sum((share * _density(log_m, noise_m, kind) for share, kind in mixture), np.zeros_like(log_m))
        for mixture in (drone, bird)
    )
    return np.asarray(10.0 * np.log10(np.maximum(for_drone, 1e-12) / np.maximum(for_bird, 1e-12)))


def weigh(
    state: CharacterState, found: Legs, height_m: Floats, elapsed_s: Floats, limits: CharacterLimits
) -> None:
    """Take the latest look into the lasting evidence; elapsed_s (n,) since the last, 0 = no new plot.

    height_m  (n,) above the site, NaN where it is not known
    """
    known = state.leg_weight >= _settled(limits.known_s, limits.leg_s)
    moving = known & (found.speed_mps > limits.moving_mps)
    steady = _against_bird(
        found.wander_m,
        limits.noise_share * found.sigma_m,
        *_wandering(limits),
    )
    steady = np.clip(steady, limits.against_db_min, 8.0)
    gained = state.steady_db + np.where(moving, np.minimum(elapsed_s / limits.look_s, 1.0) * steady, 0.0)
    gained = gained * np.exp(-elapsed_s / limits.forget_s)
    state.steady_db = np.clip(gained, limits.against_db_min, limits.steady_db_max)
    state.flown |= ((height_m > limits.clear_m) | (moving & (found.speed_mps > limits.moved_mps))).astype(
        np.int8
    )
    stayed = (state.stay_weight >= _settled(limits.stay_known_s, limits.stay_s)) & (state.flown > 0)
    hover = _against_bird(
        found.spread_m,
        limits.noise_share * np.sqrt(2.0) * found.sigma_m,
        *_staying(limits),
    )
    slow = state.stay_speed_squared < limits.moving_mps**2 * state.stay_weight  # what circles is fast
    hover = np.clip(np.where(stayed & slow, hover, 0.0), 0.0, limits.hover_db_max)
    share = 1.0 - np.exp(-elapsed_s / limits.hover_lasts_s)
    state.hovering_db = state.hovering_db + share * (hover - state.hovering_db)
    state.hover_db = np.maximum(state.hover_db, state.hovering_db)


def _wandering(limits: CharacterLimits) -> tuple[Mixture, Mixture]:
    """How drones, and how birds, wander about a straight line."""
    return (
        ((1 - limits.by_hand, limits.steady_m), (limits.by_hand, limits.by_hand_m)),
        ((1 - limits.bird_steady, limits.bird_m), (limits.bird_steady, (limits.steady_m[0] + 1, 0.5))),
    )


def _staying(limits: CharacterLimits) -> tuple[Mixture, Mixture]:
    """How far the places of drones, and of birds, are spread that stay."""
    return (
        ((limits.hovering, limits.hover_m), (1 - limits.hovering, limits.roam_m)),
        ((1 - limits.bird_hovering, limits.bird_stay_m), (limits.bird_hovering, (10.0, 0.6))),
    )


def _settled(seconds: float, constant_s: float) -> float:
    """The weight of so many seconds of plots under forgetting with that time constant."""
    return float(constant_s * (1.0 - np.exp(-seconds / constant_s)))


def seen_of(table: TrackTable, flight: Flight) -> Seen:
    """Where the tracks of the table are seen."""
    return Seen(
        table.mean[:, :2],
        table.mean[:, 3:5],
        table.covariance[:, :2, :2],
        table.covariance[:, 3, 3] + table.covariance[:, 4, 4],
        flight.height_m,
        table.last_t_ns,
        flight.updated,
    )


def character(state: CharacterState, seen: Seen, limits: CharacterLimits) -> Character:
    """What each flight tells after its newest plots: `character_specified`, by its compiled twin."""
    from marsad.assessment.character_kernel import characters  # brings Numba

    moments = np.column_stack([getattr(state, name) for name in _MOMENTS])
    last = np.column_stack([state.position_enu, state.steady_db, state.hover_db, state.hovering_db])
    times, flown = np.column_stack([state.t_ns, state.straight_t_ns]), state.flown.copy()
    place = np.column_stack([seen.position_enu, seen.velocity_enu, seen.velocity_variance, seen.height_m])
    covariance = np.ascontiguousarray(seen.covariance)
    found = characters(
        *(place, covariance, seen.t_ns, seen.updated, moments, last, times, flown), *_packed(limits)
    )
    at = 0
    for name in _MOMENTS:
        before: Floats = getattr(state, name)
        width = 1 if before.ndim == 1 else before.shape[1]
        setattr(state, name, moments[:, at] if before.ndim == 1 else moments[:, at : at + width])
        at += width
    state.position_enu, state.steady_db = last[:, :2], last[:, 2]
    state.hover_db, state.hovering_db = last[:, 3], last[:, 4]
    state.t_ns, state.straight_t_ns, state.flown = times[:, 0], times[:, 1], flown
    return Character(found[0], found[1] > 0, found[2], found[3], found[4])


_MOMENTS = (
    "leg_weight",
    "leg_time",
    "leg_time_squared",
    "leg_place",
    "leg_time_place",
    "leg_place_squared",
    "stay_weight",
    "stay_place",
    "stay_place_squared",
    "stay_speed_squared",
)


@lru_cache(maxsize=16)
def _packed(limits: CharacterLimits) -> tuple[Floats, Floats]:
    """The limits, and the spreads of drones and birds, as the compiled arithmetic wants them."""
    numbers = (
        *(limits.leg_s, limits.stay_s, limits.gap_s),
        *(_settled(limits.known_s, limits.leg_s), _settled(limits.stay_known_s, limits.stay_s)),
        *(limits.look_s, limits.forget_s, limits.moving_mps, limits.stay_m, limits.clear_m),
        *(limits.moved_mps, limits.noise_share, limits.against_db_min, limits.steady_db_max),
        *(limits.hover_db_max, limits.hovered_db, limits.hover_lasts_s),
    )
    mixtures = [
        [[(share, *spread) for share, spread in mixture] for mixture in of_kind]
        for of_kind in (_wandering(limits), _staying(limits))
    ]
    return np.array(numbers, float), np.array(mixtures, float)


def prepare() -> None:
    """Compile the kernel, or load it from its cache, before the first track."""
    one, none = np.zeros((1, 2)), np.zeros(1)
    seen = Seen(one, one, np.zeros((1, 2, 2)), none, none, none.astype(np.int64), none > 0)
    character(blank(CharacterState, 1, 0), seen, CharacterLimits())


def character_specified(state: CharacterState, seen: Seen, limits: CharacterLimits) -> Character:
    """What each flight tells after its newest plots; the specification of `character`."""
    elapsed_s = remember(state, seen, limits)
    found = legs(state, seen.covariance)
    weigh(state, found, seen.height_m, elapsed_s, limits)
    straight = state.steady_db > 0
    since = np.where(state.straight_t_ns == 0, seen.t_ns, state.straight_t_ns)
    state.straight_t_ns = np.where(straight, since, 0)
    straight_s = np.where(straight, (seen.t_ns - state.straight_t_ns) / 1e9, 0.0)
    against = np.maximum(state.steady_db, 0.0) + state.hover_db
    against = np.where(against > 0, against, state.steady_db)
    hovered = state.hover_db >= limits.hovered_db
    return Character(against, hovered, straight_s, found.wander_m, found.spread_m)
