"""Who attacks in a raid, how, and who of them lies."""

from dataclasses import dataclass, replace

import numpy as np

from marsad.evaluate.study.approaches import Array, Way, waypoints
from marsad.evaluate.study.distributions import Approach, AttackerDraw, AttackerKind, Distributions
from marsad.evaluate.study.draws import Draws, chosen, count_within, within
from marsad.evaluate.study.ground import FinalPath, Ground
from marsad.evaluate.study.raid import Attacker, Flight, Lie, Mask, Point
from marsad.simulate.day import AIRLINES, ICAO_FIRST
from marsad.simulate.manner import Manner

SLOWEST = 0.5  # a headwind takes no more than this share of a speed


@dataclass(frozen=True)
class Attack:
    """What is common to the attackers of one raid."""

    distributions: Distributions
    draws: Draws
    ground: Ground
    wind_enu_mps: tuple[float, float]
    smallest: bool
    lied_to: bool


def attackers(attack: Attack) -> tuple[tuple[Attacker, ...], tuple[Mask, ...]]:
    """The attackers of a raid, and what stands in the sensors' way."""
    figures, draws = attack.distributions, attack.draws
    random = draws.stream("attack")
    weights = {name: draw.weight for name, draw in figures.attacker.items()}
    kind: AttackerKind = chosen(weights, draws.held("attacker"))
    approach: Approach = chosen(_possible(attack, kind), draws.held("approach"))
    bearing = float(random.uniform(0, 2 * np.pi))
    if approach == "swarm":
        count = count_within(random, figures.approach.swarm.count)
    else:
        count = count_within(random, figures.attackers.count)
    if approach == "two-bearings":
        count = max(count, 2)
    found = []
    for number in range(count):
        if number and approach not in ("swarm", "two-bearings"):  # each on its own
            kind = chosen(weights, random.random())
            single = {k: v for k, v in _possible(attack, kind).items() if k not in ("swarm", "two-bearings")}
            approach = chosen(single, random.random())
            bearing = float(random.uniform(0, 2 * np.pi))
        elif number and approach == "two-bearings":
            apart = np.radians(within(random, figures.approach.two_bearings.apart_deg))
            bearing += float(apart) * (1 if random.random() < 0.5 else -1)
        spread = np.radians(figures.approach.swarm.spread_deg) if approach == "swarm" else 0.0
        found.append(_attacker(attack, number, kind, approach, bearing + float(random.normal() * spread)))
    return tuple(found), _masks(attack, found)


def _possible(attack: Attack, kind: AttackerKind) -> dict[Approach, float]:
    weights = dict(attack.distributions.attacker[kind].approaches)
    if not attack.ground.finals:
        weights.pop("final", None)
    return weights


def _attacker(
    attack: Attack, number: int, kind: AttackerKind, approach: Approach, bearing_rad: float
) -> Attacker:
    name = f"attacker-{number + 1}"
    random = attack.draws.stream(name)
    figures, draw = attack.distributions, attack.distributions.attacker[kind]
    zones = attack.ground.zones
    zone = zones[int(random.integers(len(zones)))]
    height = draw.above_ground_m if approach != "low" else figures.approach.low.above_ground_m
    final = None
    if approach == "final":
        final = attack.ground.finals[int(random.integers(len(attack.ground.finals)))]
        zone = zones[_least_turn(attack.ground, final, figures.approach.final.leaves_m)]
    aim = np.array(zone.centre_enu)
    out = np.array([np.sin(bearing_rad), np.cos(bearing_rad)])
    airspeed = within(random, draw.speed_mps)
    speed = max(airspeed - float(out @ np.array(attack.wind_enu_mps)), SLOWEST * airspeed)
    first_m = attack.ground.outermost_m(aim, bearing_rad)
    way = Way(
        attack.ground,
        draw.kind,
        aim,
        bearing_rad,
        first_m,
        within(random, draw.flight_s),
        round(speed, 2),
        within(random, height),
    )
    points = waypoints(way, approach, figures.approach, final, random)
    times = figures.time
    depart = within(attack.draws.stream("quiet"), times.quiet_s) + random.uniform(0, times.together_s)
    lie = _lie(attack, number, random)
    by_hand = attack.draws.stream(name, "manner").random() < figures.by_hand[kind]
    manner = Manner.MANUAL if by_hand else Manner.AUTOMATIC
    flight = Flight(name, draw.kind, float(depart), points, manner=manner)
    flight = replace(
        flight, rcs_dbsm=_rcs_dbsm(attack, draw, random), radio=bool(random.random() < draw.radio)
    )
    if lie is not Lie.NONE:
        icao = f"{ICAO_FIRST + int(random.integers(0, 0x60000)):06x}"
        airline = AIRLINES[int(random.integers(len(AIRLINES)))]
        flight = replace(flight, icao=icao, callsign=f"{airline}{int(random.integers(10, 2000))}")
    return Attacker(flight, kind, approach, zone.zone_id, lie)


def _least_turn(ground: Ground, final: FinalPath, leaves_m: float) -> int:
    """The zone that an attacker on the final reaches with the least turn."""

    def turn(number: int) -> float:
        way = np.array(ground.zones[number].centre_enu) - final.before(leaves_m)
        return float(np.arccos(np.clip(way @ final.along / max(float(np.hypot(*way)), 1.0), -1, 1)))

    return min(range(len(ground.zones)), key=turn)


def _lie(attack: Attack, number: int, random: np.random.Generator) -> Lie:
    shares = attack.distributions.shares
    lies, by_radar = random.random() < shares.liar_others, random.random() < shares.claim_by_radar
    if not attack.lied_to or (number and not lies):
        return Lie.NONE
    return Lie.RADAR if by_radar else Lie.ADSB


def _rcs_dbsm(attack: Attack, draw: AttackerDraw, random: np.random.Generator) -> float:
    median, spread = draw.rcs_dbsm
    usual = float(median + spread * random.standard_normal())
    least = within(random, draw.smallest_rcs_dbsm)
    return round(least if attack.smallest else max(usual, draw.smallest_rcs_dbsm[0]), 2)


def _masks(attack: Attack, found: list[Attacker]) -> tuple[Mask, ...]:
    """What hides those that come low: on their side, as high as drawn."""
    masks = []
    for attacker in found:
        if attacker.approach != "low":
            continue
        random = attack.draws.stream("mask", attacker.flight.object_id)
        low = attack.distributions.approach.low
        half = within(random, low.mask_width_deg) / 2
        first = attacker.flight.points[0]
        middle = float(np.degrees(np.arctan2(first.east_m, first.north_m)))
        below = round(within(random, low.mask_deg), 2)
        masks.append(Mask(round((middle - half) % 360, 1), round((middle + half) % 360, 1), below))
    return tuple(masks)


def arrival_s(flight: Flight) -> float:
    """About when a flight reaches its last point."""
    places: Array = np.array([(point.east_m, point.north_m) for point in flight.points])
    way = float(np.hypot(*np.diff(places, axis=0).T).sum())
    return flight.depart_s + way / flight.points[0].speed_mps + sum(_hold(point) for point in flight.points)


def _hold(point: Point) -> float:
    return point.hold_s + (point.speed_mps / 2 if point.hold_s else 0.0)  # slowing down and speeding up
