"""The generator: from a number and a seed to a raid."""

import numpy as np

from marsad.evaluate.study.attacking import Attack, arrival_s, attackers
from marsad.evaluate.study.distributions import Distributions, FaultSizes
from marsad.evaluate.study.draws import Draws, chosen, within
from marsad.evaluate.study.ground import ground_of
from marsad.evaluate.study.harmless import harmless_flights, traffic
from marsad.evaluate.study.raid import Raid, SensorFault


def drawn_raid(figures: Distributions, study_seed: int, number: int) -> Raid:
    """One raid of a study; the same number and seed give the same raid, alone or among others."""
    draws = Draws(study_seed, number)
    ground = ground_of(chosen(figures.site, draws.held("site")))
    weather = chosen(figures.weather_share, draws.held("weather"))
    random = draws.stream("wind")
    strength, towards = within(random, figures.weather[weather].wind_mps), random.uniform(0, 2 * np.pi)
    wind = (round(float(strength * np.sin(towards)), 2), round(float(strength * np.cos(towards)), 2))
    smallest = draws.held("smallest") < figures.shares.smallest
    lied_to = draws.held("liar") < figures.shares.liar
    found, masks = attackers(Attack(figures, draws, ground, wind, smallest, lied_to))
    last_s = max(arrival_s(attacker.flight) for attacker in found) + figures.time.after_s
    duration_s = float(np.clip(round(last_s), *figures.time.duration_s))
    return Raid(
        number=number,
        study_seed=study_seed,
        site=ground.name,
        suite=chosen(figures.suite, draws.held("suite")),
        weather=weather,
        wind_enu_mps=wind,
        fault=_fault(figures, draws, duration_s),
        smallest=smallest,
        duration_s=duration_s,
        attackers=found,
        harmless=harmless_flights(figures, draws, duration_s),
        traffic=traffic(figures, draws, ground),
        masks=masks,
    )


def _fault(figures: Distributions, draws: Draws, duration_s: float) -> SensorFault | None:
    if draws.held("fault") >= figures.shares.fault:
        return None
    random, sizes = draws.stream("fault"), figures.fault
    kind = chosen(figures.fault_kind, draws.held("fault kind"))
    side = 1 if random.random() < 0.5 else -1
    begins_s = within(random, sizes.begins) * duration_s
    if kind not in ("outage", "dropped-link") and random.random() < 0.5:
        begins_s = 0.0
    span = _span(sizes, kind)
    size = within(random, span) * (side if kind in ("azimuth-bias", "clock-offset") else 1)
    return SensorFault(kind, float(random.random()), round(size, 2), round(begins_s, 1))


def _span(sizes: FaultSizes, kind: str) -> tuple[float, float]:
    return {
        "outage": sizes.outage_s,
        "azimuth-bias": sizes.azimuth_bias_deg,
        "clock-offset": sizes.clock_offset_s,
        "latency": sizes.latency_s,
        "low-detection": (sizes.detection, sizes.detection),
        "dropped-link": sizes.dropped_s,
    }[kind]
