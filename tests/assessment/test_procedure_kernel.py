"""The compiled arithmetic of places is that of its specification."""

from dataclasses import fields

import numpy as np

from marsad.assessment.procedure_places import Motion, Placed, placed, placed_compiled
from marsad.assessment.procedure_shapes import prepared
from marsad.simulate.scenario import load_scenario
from marsad.site.settings import settings_from_toml


def test_places_are_those_of_the_specification_near_and_far_and_on_edges() -> None:
    path = load_scenario("quiet-night").site_path
    shapes = prepared(settings_from_toml(path.read_bytes(), path.name).build_site().procedures)
    assert len(shapes.paths.procedure) and len(shapes.grounds.procedure)
    random = np.random.default_rng(1)
    for reach_m in (500.0, 3_000.0, 30_000.0):
        place = random.uniform(-reach_m, reach_m, (400, 2))
        place[:25] = shapes.paths.start[:25]  # a path begins where another ends
        spread = np.tile(np.diag([100.0, 300.0]), (400, 1, 1)) + random.uniform(-9, 9, (400, 1, 1))
        motion = Motion(place, random.uniform(-90, 90, (400, 2)), spread)
        one, other = placed(motion, shapes), placed_compiled(motion, shapes)
        for field in fields(Placed):
            np.testing.assert_allclose(getattr(one, field.name), getattr(other, field.name), rtol=1e-12)
