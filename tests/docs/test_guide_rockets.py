"""The guide's salvo can be fired, and its tables are of the classes and radars that there are."""

import re
import tomllib
from pathlib import Path

import pytest

from marsad.simulate.kinds import ROUND_CLASSES
from marsad.simulate.layout import read
from marsad.simulate.radar_types import RADAR_TYPES
from marsad.simulate.scenario import load_scenario, scenario_of
from marsad.simulate.truth import truth_of

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
PAGE = (GUIDE / "en" / "rockets.md").read_text("utf-8")


def test_the_salvo_of_the_guide_is_fired() -> None:
    (told,) = (text for text in re.findall(r"```text\n(.*?)```", PAGE, re.S) if "[[salvo]]" in text)
    scenario = load_scenario("embassy-rockets-at-night")
    names = [f"rocket-{number}" for number in range(1, 5)]
    own = {"object": [], "traffic": [], "expected": {"hostile": names}, **tomllib.loads(told)}
    path = Path(str(scenario.site_path))
    tables = {**read(path.parent.parent / "scenarios" / "embassy-rockets-at-night.toml"), **own}
    truth = truth_of(scenario_of(tables, path), 1)
    assert sum(bool(item.piece_of) for item in truth.objects) == 4
    assert [item.object_id for item in truth.objects if not item.piece_of] == names


@pytest.mark.parametrize("kind", ROUND_CLASSES)
def test_the_classes_of_the_guide_are_those_of_the_simulation(kind: str) -> None:
    (row,) = re.findall(rf"^\| `{kind}` \|(.*)\|$", PAGE, re.M)
    numbers = [float(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", row)]
    one = ROUND_CLASSES[next(each for each in ROUND_CLASSES if each == kind)]
    assert numbers[:4] == [*one.speed_mps, one.usual_mps, one.beta_kgpm2]


@pytest.mark.parametrize("radar_type", RADAR_TYPES)
def test_the_radars_of_the_guide_are_those_of_the_simulation(radar_type: str) -> None:
    (row,) = re.findall(rf"^\| {radar_type} \|(.*)\|$", PAGE, re.M)
    numbers = [float(number) for number in re.findall(r"[\d.]+", row)]
    radar = next(values for name, values in RADAR_TYPES.items() if name == radar_type)
    names = ("range_sigma_m", "azimuth_sigma_deg", "elevation_sigma_deg", "period_s", "elevation_min_deg")
    assert numbers[:5] == [radar[name] for name in names]
