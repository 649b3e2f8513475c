"""Records are made where somebody reads them, of what was known when the tracks were judged."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marsad.model.detection import Attribution
from marsad.model.threat import Level
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
