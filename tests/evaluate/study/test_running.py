from dataclasses import replace
from pathlib import Path

from marsad.evaluate.study.distributions import Generator
from marsad.evaluate.study.raid import Flight
from marsad.evaluate.study.running import JOURNAL, cause_of, run_raid
from marsad.evaluate.study.staging import SITE_FILE, staged
from marsad.simulate.truth import truth_of
from marsad.site.recorder import replay

from .conftest import point, tiny_raid


def test_a_raid_is_run_recorded_and_judged(generator: Generator, tmp_path: Path) -> None:
    raid = tiny_raid()
    found = run_raid(raid, generator, tmp_path / "kept")
    assert replace(run_raid(raid, generator), wall_s=0.0, cpu_s=0.0) == replace(found, wall_s=0.0, cpu_s=0.0)
    (attacker,) = found.attackers
    assert attacker.kind == "small-fixed-wing" and attacker.identities == 1
    assert list(attacker.reached) == ["compound", "chancery"]
    assert attacker.earliest_s is not None and attacker.earliest_s < 12.0
    assert attacker.arrival_s is not None and 40.0 < attacker.arrival_s < 50.0
    # what the site did with it is not for this test to want; what is told must be of this raid
    for zone, t_s in attacker.warned.items():
        assert zone in attacker.reached and 5.0 < t_s < 60.0
    replayed = replay(tmp_path / "kept" / JOURNAL)
    assert replayed.is_whole and replayed.fold.site.site_id == "embassy"
    assert (tmp_path / "kept" / SITE_FILE).read_bytes() == replayed.fold.configuration
    assert found.alarms == 0 or attacker.alert_s is not None or attacker.warned or found.needless


def test_an_attacker_that_is_seen_is_warned_of(generator: Generator) -> None:
    """A one-way drone straight at the embassy under a classifying radar."""
    raid = tiny_raid(suite="classifying", duration_s=90.0)
    (attacker,) = raid.attackers
    flight = replace(
        attacker.flight, kind="one_way_drone", points=(point(0, 3000, 100, 45), point(0, 0, 5, 45))
    )
    found = run_raid(replace(raid, attackers=(replace(attacker, flight=flight),)), generator)
    (result,) = found.attackers
    assert result.warn_lead_s is not None and result.warn_lead_s > 10
    assert result.alert_s is not None and result.alert_s <= min(result.warned.values())
    assert found.alarms >= 1


def test_causes_are_named_by_what_they_are(generator: Generator, tmp_path: Path) -> None:
    flights = (
        Flight(
            "airliner-1",
            "airliner",
            0.0,
            (point(0, 9000, 9000, 230), point(9000, 0, 9000, 230)),
            "700001",
            "X1",
        ),
        Flight("airliner-2", "airliner", 0.0, (point(0, 9000, 9000, 230), point(9000, 0, 9000, 230))),
        Flight("own-drone", "multirotor", 0.0, (point(0, 300), point(300, 0)), "76a0d1", "PATROL1"),
    )
    raid = tiny_raid(harmless=flights)
    truth = truth_of(staged(raid, generator.distributions, tmp_path).scenario, raid.seed)
    names = {item.object_id: cause_of(item) for item in truth.objects}
    assert names["airliner-1"] == "airliner"
    assert names["airliner-2"] == "airliner-silent"
    assert names["own-drone"] == "own-drone"
