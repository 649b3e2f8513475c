"""The rounds of a scenario as they fly: laid, scattered, fired, and some of them broken up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marsad.geo.local import LocalFrame
from marsad.simulate.ballistics import (
    PIECE_STEP_S,
    Atmosphere,
    Charge,
    Laying,
    falling,
    fired,
    height_m,
    laid,
    on_ground,
)
from marsad.simulate.kinds import ROUND_CLASSES, ObjectKind
from marsad.simulate.route import RouteError
from marsad.simulate.salvo import Interception, Place, Salvo, Wind
from marsad.simulate.seeding import generator
from marsad.simulate.trajectory import Trajectory

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BreakUp:
    """That a round broke up: when, by whom, and where a report of it says so, in the site's frame."""

    by: str
    t_s: float
    report_t_s: float
    report_enu: Array


@dataclass(frozen=True)
class FlownRound:
    """One round, or one piece of a round that broke up.

    path       from its launch, or from the break-up, to where it comes down; a round's as if unhindered
    piece_of   the round that it is a piece of, "" for a round
    """

    name: str
    kind: ObjectKind
    path: Trajectory
    broke_up: BreakUp | None = None
    piece_of: str = ""


def atmosphere(frame: LocalFrame, winds: tuple[Wind, ...]) -> Atmosphere:
    """The air above a site with the winds that a scenario gives."""
    rising = sorted(winds, key=lambda wind: wind.above_ground_m)
    towards = [
        -wind.speed_mps * np.array([np.sin(np.radians(wind.from_deg)), np.cos(np.radians(wind.from_deg))])
        for wind in rising
    ]
    return Atmosphere(
        frame.height_m,
        frame.latitude_deg,
        tuple(wind.above_ground_m for wind in rising),
        tuple((float(one[0]), float(one[1])) for one in towards),
    )


def salvo_flown(salvo: Salvo, frame: LocalFrame, air: Atmosphere, seed: int) -> Iterator[FlownRound]:
    """All rounds of a salvo and their pieces. Raises RouteError where the aim cannot be reached."""
    round_class = ROUND_CLASSES[salvo.kind]
    high = round_class.high if salvo.high is None else salvo.high
    start, aim = _place(salvo.start, frame), _place(salvo.aim, frame)
    randoms = [generator(seed, "round", name) for name in salvo.names]
    aims = [on_ground(*(aim[:2] + salvo.spread_m * random.standard_normal(2))) for random in randoms]
    speed = salvo.speed_mps or round_class.usual_mps
    charge = Charge(
        np.full(salvo.count, speed), np.full(salvo.count, round_class.beta_kgpm2), round_class.burn_s
    )
    laying = laid(start, np.array(aims), charge, air, high=high)
    laying, charge = _scattered(salvo, laying, charge, randoms)
    flight = fired(start, laying.elevation_rad, laying.azimuth_rad, charge, air)
    hit = {item.round: item for item in salvo.interception}
    for row, name in enumerate(salvo.names):
        path = flight.trajectory(row, salvo.depart_s + row * salvo.interval_s)
        if row + 1 not in hit:
            yield FlownRound(name, salvo.kind, path)
            continue
        yield from _broken(FlownRound(name, salvo.kind, path), hit[row + 1], air, seed)


def _place(place: Place, frame: LocalFrame) -> Array:
    if place.azimuth_deg is not None and place.range_m is not None:
        azimuth = np.radians(place.azimuth_deg)
        return on_ground(float(place.range_m * np.sin(azimuth)), float(place.range_m * np.cos(azimuth)))
    assert place.latitude_deg is not None and place.longitude_deg is not None  # its validator says so
    enu = frame.enu_from_geodetic(place.latitude_deg, place.longitude_deg, frame.height_m)
    return on_ground(float(enu[0]), float(enu[1]))


def _scattered(
    salvo: Salvo, laying: Laying, charge: Charge, randoms: list[np.random.Generator]
) -> tuple[Laying, Charge]:
    """The rounds as they really leave: beside their laying, each by its own chance."""
    drawn = np.array([random.standard_normal(3) for random in randoms])
    scatter = salvo.dispersion
    elevation = laying.elevation_rad + np.radians(scatter.elevation_sigma_deg) * drawn[:, 0]
    azimuth = laying.azimuth_rad + np.radians(scatter.azimuth_sigma_deg) * drawn[:, 1]
    faster = charge.speed_mps * (1 + scatter.speed_sigma_share * drawn[:, 2])
    return Laying(np.minimum(elevation, np.pi / 2), azimuth), replace(charge, speed_mps=faster)


def _broken(whole: FlownRound, hit: Interception, air: Atmosphere, seed: int) -> Iterator[FlownRound]:
    """A round that is broken up, and its pieces, which fall on with their own mass over drag area."""
    path, random = whole.path, generator(seed, "break-up", whole.name)
    t_s = _breaks_s(whole, hit)
    place, velocity = (part[0] for part in path.state(np.array([t_s])))
    told = place + np.append(hit.place_sigma_m * random.standard_normal(2), 0.0)
    yield replace(whole, broke_up=BreakUp(hit.by, t_s, t_s + hit.report_delay_s, told))
    apart = hit.burst_sigma_mps * random.standard_normal((hit.pieces, 3))
    low, high = np.log(hit.piece_kgpm2)
    beta = np.exp(random.uniform(low, high, hit.pieces))
    state = np.column_stack([np.broadcast_to(place, apart.shape), velocity + apart])
    flight = falling(state, beta, air, PIECE_STEP_S)
    for row in range(hit.pieces):
        name = f"{whole.name}-piece-{row + 1}"
        yield FlownRound(name, ObjectKind.DEBRIS, flight.trajectory(row, t_s), piece_of=whole.name)


def _breaks_s(whole: FlownRound, hit: Interception) -> float:
    """When a round is hit. Raises RouteError if it is down by then, or never so high."""
    path = whole.path
    if hit.after_s is not None:
        t_s = path.start_s + hit.after_s
        if t_s >= path.end_s:
            flown_s = path.end_s - path.start_s
            raise RouteError(
                f"{whole.name} is down after {flown_s:.0f} s, it cannot be hit after {hit.after_s:g} s"
            )
        return t_s
    assert hit.below_m is not None  # its validator says so
    grid = np.arange(path.start_s, path.end_s, 0.05)
    place, velocity = path.state(grid)
    high = height_m(place)
    if high.max() < hit.below_m:
        raise RouteError(
            f"{whole.name} rises to {high.max():.0f} m only, it never comes below {hit.below_m:g} m"
        )
    return float(grid[int(np.argmax((velocity[:, 2] < 0) & (high <= hit.below_m)))])
