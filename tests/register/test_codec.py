"""Incidents as JSON: there and back without loss, and garbage is refused."""

import json
from contextlib import suppress
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.errors import RecordingError
from marsad.model.incident import (
    Casualties,
    Fact,
    FactStatus,
    Incident,
    IncidentObject,
    IncidentWarning,
    Outcome,
    TimelineEntry,
)
from marsad.model.reason import Reason
from marsad.register.codec import digest_of_incident, incident_from_json, json_from_incident

STEADY = settings(deadline=None, derandomize=True, max_examples=60)

TEXT = st.text(max_size=12)
ANY_TEXT = st.text(alphabet=st.characters(), max_size=8)  # with lone surrogates
NUMBER = st.floats()
T_NS = st.integers(0, 2**63 - 1)
POINT = st.tuples(NUMBER, NUMBER, NUMBER)
OBJECTS = st.builds(
    IncidentObject,
    st.lists(st.integers(1, 10**6), max_size=3).map(tuple),
    TEXT,
    T_NS,
    POINT,
    NUMBER,
    NUMBER,
    T_NS,
    POINT,
    NUMBER,
    st.lists(TEXT, max_size=3).map(tuple),
    st.sampled_from(Outcome),
    st.none() | T_NS,
    ANY_TEXT,
)
REASONS = st.builds(
    Reason, TEXT, st.lists(st.tuples(TEXT, NUMBER | ANY_TEXT), max_size=3).map(tuple), st.none() | NUMBER
)
INCIDENTS = st.builds(
    Incident,
    incident_id=TEXT,
    site_id=TEXT,
    version=st.integers(1, 10**6),
    opened_t_ns=T_NS,
    closed_t_ns=st.none() | T_NS,
    exercise=st.booleans(),
    objects=st.lists(OBJECTS, max_size=2).map(tuple),
    warnings=st.lists(
        st.builds(IncidentWarning, TEXT, TEXT, T_NS, NUMBER, st.none() | st.integers(1, 99)), max_size=2
    ).map(tuple),
    timeline=st.lists(st.builds(TimelineEntry, T_NS, REASONS, ANY_TEXT), max_size=2).map(tuple),
    outcome=st.sampled_from(Outcome),
    casualties=st.builds(Casualties, st.sampled_from(FactStatus), st.integers(0, 99), st.integers(0, 99)),
    damage=st.builds(Fact, st.sampled_from(FactStatus), ANY_TEXT),
    claim=st.builds(Fact, st.sampled_from(FactStatus), ANY_TEXT),
    accounted=st.booleans(),
    closed_by=ANY_TEXT,
    paths_enu=st.lists(st.lists(POINT, max_size=3).map(tuple), max_size=2).map(tuple),
)


@STEADY
@given(INCIDENTS)
def test_there_and_back_is_the_same_record(incident: Incident) -> None:
    text = json_from_incident(incident)
    back = incident_from_json(text)
    assert repr(back) == repr(incident)  # repr, because NaN is not equal to itself
    assert json_from_incident(back) == text
    assert digest_of_incident(back) == digest_of_incident(incident)


@STEADY
@given(INCIDENTS)
def test_the_text_is_strict_json_in_ascii_on_one_line(incident: Incident) -> None:
    text = json_from_incident(incident)
    assert text.isascii()
    assert "\n" not in text

    def refuse(constant: str) -> Any:
        raise AssertionError(constant)

    json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("value", [nan, inf, -inf, "nan", "inf"])
def test_a_number_that_is_none_and_a_word_like_it_stay_apart(value: float | str) -> None:
    entry = TimelineEntry(1, Reason("code", (("value", value),)))
    incident = Incident("i", "s", 1, 1, None, False, timeline=(entry,))
    back = incident_from_json(json_from_incident(incident)).timeline[0].what.arguments[0][1]
    assert repr(back) == repr(value)


@STEADY
@given(
    st.text(max_size=40)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=6), inner),
    ).map(json.dumps)
)
def test_garbage_is_a_recording_error(text: str) -> None:
    with pytest.raises(RecordingError):
        incident_from_json(text)


@STEADY
@given(INCIDENTS, st.data())
def test_a_record_with_a_field_gone_wrong_is_a_recording_error_or_a_record(
    incident: Incident, data: st.DataObject
) -> None:
    document = json.loads(json_from_incident(incident))
    document[data.draw(st.sampled_from(sorted(document)))] = data.draw(
        st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
    )
    with suppress(RecordingError):
        incident_from_json(json.dumps(document))


def test_a_record_of_a_later_format_is_refused_by_name() -> None:
    text = json_from_incident(Incident("i", "s", 1, 1, None, False)).replace('"format":1', '"format":2')
    with pytest.raises(RecordingError, match="format 2"):
        incident_from_json(text)
