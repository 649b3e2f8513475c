from pathlib import Path

import pytest

from marsad.evaluate.study.distributions import Generator, load_generator
from marsad.evaluate.study.raid import Attacker, Flight, Lie, Point, Raid
from marsad.evaluate.study.results import AttackerResult, NeedlessResult, RaidResult


@pytest.fixture
def generator() -> Generator:
    return load_generator()


def point(east_m: float, north_m: float, above_m: float = 80.0, speed_mps: float = 30.0) -> Point:
    return Point(east_m, north_m, above_m, speed_mps)


def tiny_raid(**changes: object) -> Raid:
    """One small fixed wing from 1.5 km north at the embassy, a minute, nothing else in the air."""
    flight = Flight("attacker-1", "small_fixed_wing", 5.0, (point(0, 1500), point(120, 0)), rcs_dbsm=-8.0)
    plain: dict[str, object] = {
        "number": 1,
        "study_seed": 3,
        "site": "embassy",
        "suite": "one-plain",
        "weather": "clear",
        "wind_enu_mps": (0.0, 0.0),
        "fault": None,
        "smallest": False,
        "duration_s": 60.0,
        "attackers": (Attacker(flight, "small-fixed-wing", "straight", "chancery", Lie.NONE),),
        "harmless": (),
        "traffic": (),
    }
    return Raid(**{**plain, **changes})  # type: ignore[arg-type]


def attacker_result(**changes: object) -> AttackerResult:
    plain: dict[str, object] = {
        "object_id": "attacker-1",
        "kind": "multirotor",
        "approach": "straight",
        "lie": "none",
        "rcs_dbsm": -15.0,
        "speed_mps": 12.0,
        "zone_id": "chancery",
        "reached": {"compound": 100.0, "chancery": 120.0},
        "alert_s": 50.0,
        "warned": {"compound": 60.0},
        "earliest_s": 20.0,
        "identities": 1,
        "switches": 0,
        "path_m": [[0, 2000], [0, 0]],
    }
    return AttackerResult(**{**plain, **changes})  # type: ignore[arg-type]


def raid_result(**changes: object) -> RaidResult:
    plain: dict[str, object] = {
        "generator": "g" * 64,
        "program": "p" * 64,
        "study_seed": 3,
        "number": 1,
        "perturbed": False,
        "site": "embassy",
        "suite": "one-plain",
        "weather": "clear",
        "fault": "none",
        "smallest": False,
        "duration_s": 360.0,
        "wall_s": 12.0,
        "cpu_s": 11.0,
        "alarms": 2,
        "attackers": (attacker_result(),),
        "needless": (NeedlessResult("WARN", "airliner-silent", "airliner-1", 40.0, 2),),
    }
    return RaidResult(**{**plain, **changes})  # type: ignore[arg-type]


def small_distributions(folder: Path) -> Path:
    """The shipped distributions with raids of a minute and a half and little traffic."""
    from marsad.evaluate.study.distributions import SHIPPED

    text = SHIPPED.read_text("utf-8")
    for old, new in (
        ("duration_s = [240.0, 480.0]", "duration_s = [40.0, 40.0]"),
        ("quiet_s = [20.0, 45.0]", "quiet_s = [2.0, 4.0]"),
        ("flight_s = [110.0, 240.0]", "flight_s = [20.0, 25.0]"),
        ("flight_s = [120.0, 280.0]", "flight_s = [20.0, 25.0]"),
        ("flight_s = [110.0, 260.0]", "flight_s = [20.0, 25.0]"),
        ("airliners = [2, 6]", "airliners = [0, 1]"),
        ("bird_species = [1, 3]", "bird_species = [0, 0]"),
        ("count = [4, 10]", "count = [1, 1]"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "raids.toml"
    path.write_text(text, "utf-8")
    return path
