"""Operator actions: there and back, and what is wrong is said."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.errors import ReceivedError
from marsad.model.action import (
    Acknowledge,
    Action,
    AdmitNode,
    AllClear,
    AskOwner,
    CancelFlight,
    CloseIncident,
    DeclareFlights,
    HeadCount,
    ListNodes,
    RefuseNode,
    ReportOutcome,
    Retract,
    SetIdentity,
    Why,
)
from marsad.model.flight import Answer, AuthorisedFlight, Shape
from marsad.model.incident import Casualties, Fact, FactStatus, Outcome
from marsad.model.threat import Identity
from marsad.site.actions import action_as_said, action_from_json, json_from_action

text = st.text(max_size=40)
facts = st.builds(Fact, st.sampled_from(FactStatus), text)
places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
heights = st.none() | st.floats(-1_000, 30_000)
flights = st.builds(
    AuthorisedFlight,
    text,
    text,
    labels=st.lists(text, max_size=3).map(tuple),
    shape=st.sampled_from(Shape),
    places=st.lists(places, max_size=4).map(tuple),
    extent_m=st.floats(0, 200_000),
    low_m=heights,
    high_m=heights,
    from_t_ns=st.integers(0, 2**62),
    until_t_ns=st.integers(0, 2**63 - 1),
)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(Acknowledge, text, text),
    st.builds(AllClear, text, text, st.none() | st.lists(text, max_size=3).map(tuple)),
    st.builds(
        SetIdentity, text, st.integers(0, 2**40), st.sampled_from(Identity), text, st.sampled_from(Why)
    ),
    st.builds(DeclareFlights, text, st.lists(flights, max_size=3).map(tuple)),
    st.builds(CancelFlight, text, text),
    st.builds(AskOwner, text, st.integers(0, 2**40), st.sampled_from(Answer), text, text),
    st.builds(AdmitNode, text, text, text, text),
    st.builds(RefuseNode, text, text, text),
    st.builds(ListNodes, text, text, st.lists(text, max_size=40).map(tuple)),
    st.builds(HeadCount, text, st.booleans()),
    st.builds(
        ReportOutcome,
        text,
        st.sampled_from(Outcome),
        st.integers(0, 2**62),
        latitude_deg=st.floats(-90, 90),
        longitude_deg=st.floats(-180, 180),
    ),
    st.builds(
        CloseIncident,
        text,
        st.sampled_from(Outcome),
        st.builds(Casualties, st.sampled_from(FactStatus), st.integers(0, 99), st.integers(0, 99)),
        facts,
        facts,
    ),
)


@given(actions)
def test_actions_return_from_json(action: Action) -> None:
    assert action_from_json(json_from_action(action)) == action


def test_a_place_that_is_not_known_stays_so() -> None:
    action = action_from_json(json_from_action(ReportOutcome("d", Outcome.STOPPED, 5, track_id=3)))
    assert isinstance(action, ReportOutcome)
    assert math.isnan(action.latitude_deg)


@given(st.binary(max_size=300))
def test_garbage_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(ReceivedError):
        action_from_json(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"action":"launch"}', "action = 'launch'; allowed are acknowledge, all_clear"),
        (b'{"action":"acknowledge","by":"a"}', "acknowledge.alarm_id is missing"),
        (b'{"action":"head_count","by":"a","complete":"maybe"}', "head_count.complete = 'maybe'"),
        (b'{"action":"head_count","by":"a","complete":true,"extra":1}', "unknown field 'extra'"),
        (b'{"action":"all_clear","by":"' + b"a" * 3_000 + b'"}', "longer than 2000 characters"),
        (
            b'{"action":"report_outcome","by":"a","outcome":"stopped","t_ns":1,"latitude_deg":Infinity}',
            "Infinity",
        ),
        (b'{"action":"report_outcome","by":"a","outcome":"stopped","t_ns":1,"latitude_deg":NaN}', "NaN"),
        (
            b'{"action":"report_outcome","by":"a","outcome":"stopped","t_ns":1,"longitude_deg":-1e999}',
            "report_outcome.longitude_deg = -inf: a number from -180 to 180 is expected",
        ),
        (b'{"action":"report_outcome","by":"a","outcome":"stopped","t_ns":1,"latitude_deg":91}', "to 90"),
        (
            b'{"action":"report_outcome","by":"a","outcome":"stopped","t_ns":-1}',
            "report_outcome.t_ns = -1: a number from 0 to 9,223,372,036,854,775,807 is expected",
        ),
        (
            b'{"action":"set_identity","by":"a","track_id":1' + b"0" * 60 + b',"identity":"hostile"}',
            "(61 characters): a number from 0 to",
        ),
        (b'{"action":"set_identity","by":"a","track_id":1' + b"0" * 6000 + b"}", "is not JSON"),
        (
            b'{"action":"close_incident","by":"a","casualties":{"killed":100001}}',
            "close_incident.casualties.killed = 100001: a number from 0 to 100,000 is expected",
        ),
        (b'{"action":"close_incident","by":"a","casualties":{"injured":1e400}}', "casualties.injured = inf"),
        (
            b'{"action":"declare_flights","flights":[{"low_m":1e9}]}',
            "flights.0.low_m = 1000000000.0",
        ),
        (
            b'{"action":"declare_flights","flights":[{"colour":1}]}',
            "unknown field 'colour'",
        ),
        (b'{"action":"declare_flights","flights":' + b" " * 1_100_000 + b"[]}", "at most 1048576"),
        (b'{"action":"set_identity","by":"a","track_id":1,"identity":"friend","why":"bored"}', "own_drone"),
        (b"[1]", "a JSON object is expected"),
        (b"[" * 16_000, "is not JSON"),
        (b" " * 20_000, "20000 bytes; at most 16384"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, says: str) -> None:
    with pytest.raises(ReceivedError) as caught:
        action_from_json(data)
    assert says in str(caught.value)


@given(actions)
def test_what_people_type_rules_nothing_that_shows_it(action: Action) -> None:
    said = action_as_said(json_from_action(action))
    assert said.by == action.by and said.role == action.role
    assert action_as_said(json_from_action(said)) == said, "it is as it is kept"
    shown = json.loads(json_from_action(replace(said, by="a")))
    for one in _texts(shown):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]", one), ascii(one)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  two\nlines\tand \x1b[31mred\x00 ", "two lines and  [31mred"),
        ("our \u202edrone\u202c \u2067own\u2069", "our drone own"),
        ("طائرتنا\u200f، نحن", "طائرتنا\u200f، نحن"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (" \u200b\u200d\u2060\ufeff\u00ad", ""),
        ("\u3164\u2800", ""),
        ("\x07", ""),
    ],
)
def test_a_reason_is_what_is_seen_of_it(typed: str, kept: str) -> None:
    body = json.dumps({"action": "retract", "by": "a", "alarm_id": "b", "reason": typed}).encode()
    assert action_as_said(body) == Retract("a", "b", kept)
    assert action_from_json(body) == Retract("a", "b", typed), "a journal is read as it was written"


def test_what_is_too_deep_for_any_action_is_refused_and_no_more() -> None:
    deep = b'{"action":"retract","by":"a","alarm_id":' + b"[" * 400 + b"]" * 400 + b"}"
    with pytest.raises(ReceivedError, match=r"retract.alarm_id"):
        action_as_said(deep)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
