from pathlib import Path

import numpy as np
import pytest

from marsad.evaluate.rocket_range import CONDITIONS, DISTANCE_M, Shot, shot_result, site_text, tables_of
from marsad.evaluate.rockets import TRACK_S
from marsad.simulate.kinds import ROUND_CLASSES, ObjectKind
from marsad.simulate.scenario import scenario_of
from marsad.simulate.truth import truth_of
from marsad.site.settings import settings_from_toml

PLAIN = Shot(ObjectKind.MORTAR_ROUND, "counter-rocket", "plain", 4)


@pytest.mark.parametrize("kind", ROUND_CLASSES)
def test_every_shot_can_be_fired_and_lands_about_the_site(kind: ObjectKind, tmp_path: Path) -> None:
    shot = Shot(kind, "drone", "wind", 1)
    path = tmp_path / "range.toml"
    path.write_text(site_text(shot), "utf-8")
    assert len(settings_from_toml(path.read_bytes(), path.name).build_site().zones) == 36
    (item,) = truth_of(scenario_of(tables_of(shot), path), shot.seed).objects
    begin, end = item.planned.position_enu[0, :2], item.planned.position_enu[-1, :2]
    low, high = DISTANCE_M[kind]
    assert 0.8 * low < np.hypot(*(end - begin)) < 1.2 * high and np.hypot(*end) < 5_000.0


def test_a_condition_changes_the_radar_or_the_air_and_not_the_round() -> None:
    tables = {one: tables_of(Shot(PLAIN.kind, PLAIN.radar_type, one, 4)) for one in CONDITIONS}
    assert len({str(one["salvo"]) for one in tables.values()}) == 1
    radar = {name: one["radar"][0] for name, one in tables.items()}
    assert {abs(radar[name]["azimuth_bias_deg"]) for name in ("bias-0.1", "bias-0.3")} == {0.1, 0.3}
    assert not radar["no-elevation"]["tells_elevation"] and radar["wind"] == radar["plain"]
    assert tables["wind"]["air"]["wind"] and not tables["plain"]["air"]["wind"]


def test_a_shot_is_foretold_with_its_bound() -> None:
    found = shot_result(PLAIN)
    assert set(found.foretold) <= set(TRACK_S) and len(found.foretold) >= 4
    assert any(one.is_there for one in found.foretold.values())
    bounds = [one.bound_m for one in found.foretold.values()]
    left = [one.left_s for one in found.foretold.values()]
    assert bounds == sorted(bounds, reverse=True) and left == sorted(left, reverse=True)
    assert min(left) > 0 and 0 < min(bounds) < max(bounds) < 5_000.0
