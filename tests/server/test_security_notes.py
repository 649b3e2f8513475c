"""What is like each other in the security log is counted; the log and its frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.errors import ReceivedError
from marsad.model.frame import SECURITY, Frame
from marsad.model.role import Role
from marsad.model.security import Happening, SecurityEvent, event_from_json, json_from_event
from marsad.server.security_notes import KINDS_MAX, SecurityNotes
from marsad.server.turnstile import Rates
from marsad.site.security_log import LINES_MAX, SecurityLog

from .test_sessions import Clock


def test_guesses_without_end_are_two_lines_a_minute() -> None:
    told, clock = list[SecurityEvent](), Clock()
    notes = SecurityNotes(told.append, clock)
    for _ in range(600):
        notes.note(SecurityEvent(Happening.FAILED, "Layla", address="10.0.0.5"))
        clock.now_s += 0.1
    clock.now_s += 60.0
    notes.flush()
    assert [one.count for one in told] == [1, 599]
    assert sum(one.count for one in told) == 600, "none is lost"


def test_many_addresses_are_no_way_around_it() -> None:
    told, clock = list[SecurityEvent](), Clock()
    notes = SecurityNotes(told.append, clock)
    for number in range(5_000):
        notes.note(SecurityEvent(Happening.FAILED, address=f"10.0.{number // 250}.{number % 250}"))
    clock.now_s += 61.0
    notes.flush()
    assert len(told) <= KINDS_MAX + 2 and sum(one.count for one in told) == 5_000


@given(
    st.builds(
        SecurityEvent,
        st.sampled_from(Happening),
        *(st.text(st.characters(categories=("L", "N", "P")), max_size=80) for _ in range(3)),
        st.integers(1, 10**9),
        *(st.sampled_from(["", *Role]),) * 2,
    )
)
def test_an_event_is_the_same_once_it_was_journalled(event: SecurityEvent) -> None:
    assert event_from_json(json_from_event(event)) == event


@given(st.binary(max_size=200))
def test_bytes_that_are_no_event_are_refused(data: bytes) -> None:
    try:
        event_from_json(data)
    except ReceivedError as error:
        assert error.reason == "security-unreadable"


def test_nothing_in_a_line_rules_a_terminal() -> None:
    data = b'{"what": "signed-in", "by": "La\\u001b[2J", "of": "\\u202ex", "address": "\\u0007", "count": 1}'
    event = event_from_json(data)
    assert (event.by, event.of, event.address) == ("La [2J", "x", " ")


def test_the_log_is_bounded_and_newest_first() -> None:
    log = SecurityLog()
    for number in range(LINES_MAX + 5):
        log.note(number, SecurityEvent(Happening.SIGNED_IN))
    lines = list(log.lines())
    assert len(lines) == LINES_MAX and lines[0].t_ns == LINES_MAX + 4


def test_a_frame_is_reserved_for_it() -> None:
    assert "." in SECURITY, "the settings of no site can have a feed of that name"
    assert Frame(SECURITY, 1).data == b""


def test_a_rate_comes_back_and_does_not_grow_beyond_its_burst() -> None:
    clock = Clock()
    rates = Rates(5.0, clock)
    assert [rates.take("a") for _ in range(21)] == [True] * 20 + [False]
    assert rates.take("b")
    clock.now_s += 1.0
    assert [rates.take("a") for _ in range(6)] == [True] * 5 + [False]
    clock.now_s += 3_600.0
    assert [rates.take("a") for _ in range(21)] == [True] * 20 + [False]


@pytest.mark.parametrize("count", ["0", "-3", "1e400", "NaN"])
def test_a_count_is_a_count(count: str) -> None:
    data = f'{{"what": "started", "by": "", "of": "", "address": "", "count": {count}}}'.encode()
    try:
        assert event_from_json(data).count == 1
    except ReceivedError as error:
        assert error.reason == "security-unreadable"
