"""Records are made where somebody reads them, of what was known when the tracks were judged."""

import math
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marsad.assessment.profiles import PROFILES
from marsad.model.detection import Attribution
from marsad.model.threat import FASTEST_MPS, THREAT_CLASSES, Level
from marsad.model.threat_table import ThreatTable

STATES = [
    [-700.0, 0.0, 80.0, 40.0, 0.0, 0.0],
    [9000.0, 0.0, 3000.0, 140.0, 0.0, 0.0],
    [-400.0, 0, 60, 0, 0, 0],
]


@pytest.fixture
def judged(air: Any) -> ThreatTable:
    """An attacker, an airliner and one that hovers, after half a minute of their flight."""
    assessor = air.assessor()
    for second in range(30):
        states = [
            [east - (30 - second) * speed, north, up, speed, *rest]
            for east, north, up, speed, *rest in STATES
        ]
        plots = [air.detection(second, state) for state in states]
        whole = Attribution(np.arange(1, 4), np.arange(3), np.ones(3))
        assessor.hear(air.start_ns + second * 10**9, plots, whole, air.sensors)
        found = assessor.assess(air.table(second, states, updates=second + 1))
    assert isinstance(found, ThreatTable)
    return found


def test_a_table_says_what_its_records_say(judged: ThreatTable) -> None:
    again = ThreatTable.of(tuple(judged))
    for name in ("track_id", "level", "score", "identity", "hostility", "decibans"):
        assert getattr(judged, name).tolist() == getattr(again, name).tolist()
    assert ThreatTable.of(judged) is judged
    assert repr(tuple(again)) == repr(tuple(judged)) and repr(judged[-1]) == repr(again[2])
    assert repr(judged[1:]) == repr(again[1:]) and len(judged) == 3
    with pytest.raises(IndexError):
        judged[3]


def test_a_record_read_alone_is_the_one_among_all_and_is_made_once(judged: ThreatTable) -> None:
    alone = pickle.loads(pickle.dumps(judged))
    for row in (2, 0, 1):
        one = alone[row]
        assert repr(one) == repr(judged[row]) and alone[row] is one
    assert repr(alone.by_track[3]) == repr(replace(judged[2], evidence=())) and alone.by_track.get(4) is None
    assert set(alone.by_track) == {1, 2, 3} and len(alone.by_track) == 3


def test_those_that_are_dangerous_are_found_without_making_a_record(judged: ThreatTable) -> None:
    assert judged.at_least(Level.INFO).tolist() == [0, 1, 2]
    dangerous = judged.read(judged.at_least(Level.ALERT))
    assert [one.track_id for one in dangerous] == [1, 3]
    assert all(one.rule.code.startswith(("rule.warn", "rule.alert")) for one in dangerous)


def test_what_is_heard_and_decided_later_changes_no_record_of_before(air: Any) -> None:
    assessor = air.assessor()
    kept, told = [], []
    for second in range(40):
        state = [-4000.0 + 50 * second, 100.0, 150.0, 50.0, 0.0, 0.0]
        assessor.hear(
            air.start_ns + second * 10**9,
            [air.detection(second, state)],
            Attribution(np.ones(1, np.int64), np.zeros(1, np.int64), np.ones(1)),
            air.sensors,
        )
        found = assessor.assess(air.table(second, [state], updates=second + 1))
        told.append(repr(pickle.loads(pickle.dumps(found))[0]))
        kept.append(found)
    assert [repr(one[0]) for one in kept] == told


def test_no_class_is_told_of_which_nothing_flies_as_fast_as_is_shown_with_it(judged: ThreatTable) -> None:
    """A fresh track's speed has an error that leaves a bird likely; people see the speed without it."""
    assert [one.speed_mps for one in judged] == [40.0, 140.0, 0.0]
    bird = tuple(0.9 if name == "bird" else 0.1 / 7 for name in THREAT_CLASSES)
    likely = replace(judged[0], class_probability=bird)
    shown = {speed: replace(likely, speed_mps=speed).class_name for speed in (10.0, 44.0, 46.0, 332.0)}
    assert shown == {10.0: "bird", 44.0: "bird", 46.0: "unknown", 332.0: "unknown"}
    assert replace(likely, speed_mps=math.nan).class_name == "bird"
    for profile in PROFILES:
        fastest = FASTEST_MPS.get(profile.class_name, math.inf)
        assert profile.speed_mps[1] < fastest, "nothing that the profiles call likely is untold"
