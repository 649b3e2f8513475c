"""The compiled arithmetic of the character of flights is that of its specification."""

from dataclasses import fields

import numpy as np

from marsad.assessment.columns import blank
from marsad.assessment.flight_character import (
    Character,
    CharacterLimits,
    CharacterState,
    Seen,
    character,
    character_specified,
)


def test_what_flights_tell_and_what_is_remembered_is_that_of_the_specification() -> None:
    random, count = np.random.default_rng(3), 60
    one, other = (blank(CharacterState, count, 0) for _ in range(2))
    place, course = random.uniform(-3e3, 3e3, (count, 2)), random.uniform(0, 2 * np.pi, count)
    # a third hover, a third fly straight, a third turn as they like
    speed = np.where(np.arange(count) % 3 == 0, 0.0, random.uniform(5, 40, count))
    height = np.where(random.random(count) < 0.2, np.nan, random.uniform(0, 120, count))
    t_ns, told = np.zeros(count, np.int64), set()
    for look in range(150):
        updated = random.random(count) < 0.6
        now = (1_000 + look) * 10**9
        t_ns = np.where(updated, now, t_ns)
        course = course + np.where(np.arange(count) % 3 == 2, random.normal(0, 0.3, count), 0.0)
        velocity = speed[:, None] * np.stack([np.sin(course), np.cos(course)], 1)
        place = place + velocity + (2_000.0 if look == 70 else 0.0)
        spread = np.tile(np.diag([30.0, 60.0]), (count, 1, 1)) + random.uniform(-5, 5, (count, 1, 1))
        seen = Seen(
            place + random.normal(0, 3, (count, 2)),
            velocity,
            spread,
            np.full(count, 3.0),
            height,
            t_ns,
            updated,
        )
        mine, its = (
            character(one, seen, CharacterLimits()),
            character_specified(other, seen, CharacterLimits()),
        )
        for record, twin, kind in ((mine, its, Character), (one, other, CharacterState)):
            for field in fields(kind):
                np.testing.assert_allclose(
                    getattr(record, field.name), getattr(twin, field.name), rtol=1e-6, atol=1e-5
                )
        told |= set(np.unique(its.hovered).tolist()) | {bool((its.straight_s > 20).any()) + 2}
    assert told == {False, True, 2, 3}
