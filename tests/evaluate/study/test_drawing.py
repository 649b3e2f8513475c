from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from marsad.evaluate.study.distributions import load_generator
from marsad.evaluate.study.drawing import drawn_raid
from marsad.evaluate.study.draws import BLOCK
from marsad.evaluate.study.raid import Lie, Raid
from marsad.evaluate.study.staging import staged
from marsad.simulate.truth import truth_of
from marsad.site.settings import settings_from_toml

from ...conftest import THOROUGH

FIGURES = load_generator().distributions
SEED = 5


@cache
def raids(count: int = 2000) -> tuple[Raid, ...]:
    return tuple(drawn_raid(FIGURES, SEED, number) for number in range(1, count + 1))


def test_a_number_and_a_seed_give_the_same_raid_alone_and_others_another() -> None:
    assert drawn_raid(FIGURES, SEED, 777) == raids()[776]
    assert drawn_raid(FIGURES, SEED + 1, 777) != raids()[776]
    assert len({raid.attackers for raid in raids()}) == len(raids())


def test_the_shares_that_are_promised_are_held() -> None:
    found = raids()
    assert sum(raid.fault is not None for raid in found) >= 0.2 * len(found)
    assert sum(raid.smallest for raid in found) >= 0.2 * len(found)
    for first in (0, 1000):
        liars = [a for raid in found[first : first + 1000] for a in raid.attackers if a.lie is not Lie.NONE]
        assert len(liars) >= 200
        assert {a.lie for a in liars} == {Lie.ADSB, Lie.RADAR}
    assert sum(raid.lied_to for raid in found) == pytest.approx(FIGURES.shares.liar * len(found))


@pytest.mark.parametrize("what", ["site", "suite", "weather"])
def test_each_block_of_raids_has_every_part_of_it(what: str) -> None:
    weights = getattr(FIGURES, {"weather": "weather_share"}.get(what, what))
    total = sum(weights.values())
    for first in range(0, 400, BLOCK):
        counted = Counter(getattr(raid, what) for raid in raids()[first : first + BLOCK])
        for name, weight in weights.items():
            assert abs(counted[name] - BLOCK * weight / total) <= 1, (first, name)


def test_everything_that_can_be_drawn_is_drawn() -> None:
    found = [attacker for raid in raids() for attacker in raid.attackers]
    assert {a.kind for a in found} == set(FIGURES.attacker)
    assert {a.approach for a in found} == {
        name for draw in FIGURES.attacker.values() for name in draw.approaches
    }
    assert {raid.fault.kind for raid in raids() if raid.fault} == set(FIGURES.fault_kind)
    assert max(len(raid.attackers) for raid in raids()) == FIGURES.approach.swarm.count[1]
    assert any(flight.object_id == "own-drone" for raid in raids() for flight in raid.harmless)
    airliners = [f for raid in raids() for f in raid.harmless if f.kind == "airliner"]
    assert 0.02 < sum(not f.icao for f in airliners) / len(airliners) < 0.04


def test_raids_last_four_to_eight_minutes() -> None:
    assert {raid.duration_s for raid in raids()} <= set(map(float, range(240, 481)))


def test_every_raid_can_be_flown_and_every_attacker_reaches_a_zone(tmp_path: Path) -> None:
    for raid in raids()[: 60 if THOROUGH else 20]:
        stage = staged(raid, FIGURES, tmp_path)
        settings_from_toml(stage.configuration, "site.toml")
        truth = truth_of(stage.scenario, raid.seed)
        for row in range(len(raid.attackers)):
            arrivals = truth.arrivals_s(row, stage.scenario.layout.site.zones)
            assert min(arrivals.values()) < raid.duration_s, raid.number


def test_the_fixed_features_of_approaches() -> None:
    for raid in raids()[:800]:
        kinds = [attacker.approach for attacker in raid.attackers]
        if "two-bearings" in kinds:
            assert len(kinds) >= 2
        assert len(raid.masks) == kinds.count("low")
        for attacker in raid.attackers:
            first = attacker.flight.points[0]
            if attacker.approach == "dive":
                assert first.above_ground_m >= FIGURES.approach.dive.above_ground_m[0]
            if attacker.approach == "hover-dash":
                assert attacker.kind == "multirotor" and attacker.flight.points[1].hold_s >= 20
            if raid.smallest:
                assert attacker.flight.rcs_dbsm is not None
                assert attacker.flight.rcs_dbsm <= FIGURES.attacker[attacker.kind].smallest_rcs_dbsm[1]
