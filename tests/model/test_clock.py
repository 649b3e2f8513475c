"""Site time and UTC: what ties them is written and read alike, and records are moved whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.model.action import DeclareFlights, ReportOutcome
from marsad.model.clock import ClockStep, Tie
from marsad.model.effect import Refuse, Register, Reply
from marsad.model.flight import FOREVER_NS, AuthorisedFlight
from marsad.model.incident import Incident, IncidentObject, IncidentWarning, Outcome, TimelineEntry
from marsad.model.reason import Reason
from marsad.model.track import TrackTable
from marsad.model.utc import moved
from marsad.report.wording import LANGUAGES, catalogue

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
OFFSET_MAX = 200 * 366 * 86_400 * SECOND
THING = IncidentObject((1,), "owa", 5, (0.0, 0.0, 0.0), 1.0, 0.0, 9, (0.0, 0.0, 0.0), 50.0, ())
INCIDENT = Incident(
    "x-1", "x", 1, 7, None, False, (THING,), (IncidentWarning("z", "warn", 8, 3.0, 1),),
    (TimelineEntry(8, Reason("a", (("time_left_s", 8.0),))),),
)  # fmt: skip


@given(
    st.integers(-OFFSET_MAX, OFFSET_MAX),
    st.sampled_from(["", "331b87e0-2cce"]),
    st.integers(-(10**18), 10**18),
)
def test_what_is_written_is_read(utc_offset_ns: int, boot: str, steady_offset_ns: int) -> None:
    tie = Tie(utc_offset_ns, boot, steady_offset_ns if boot else 0)
    assert Tie.from_bytes(tie.to_bytes()) == tie


@pytest.mark.parametrize(
    "data", [b"", b"1.5", b"9" * 30, b"-7000000000000000000", b"1 boot", b"\xd9\xa1", b"1 2 3 4"]
)
def test_what_is_no_offset_is_quoted(data: bytes) -> None:
    with pytest.raises(ValueError, match="UTC minus site time"):
        Tie.from_bytes(data)


@pytest.mark.parametrize(
    ("step_ns", "code", "size"),
    [
        (-SECOND, "clock.back.s", 1.0),
        (70 * SECOND, "clock.forward.s", 70.0),
        (-300 * SECOND, "clock.back.min", 5.0),
        (24 * HOUR, "clock.forward.h", 24.0),
        (-72 * HOUR, "clock.back.day", 3.0),
    ],
)
def test_a_step_is_told_in_a_unit_that_fits_it(step_ns: int, code: str, size: float) -> None:
    what = ClockStep(1, step_ns).what
    assert (what.code, what.arguments) == (code, (("size", size),))
    assert all(code in catalogue(language) for language in LANGUAGES)


def test_every_time_of_a_record_moves_and_what_is_none_stays() -> None:
    effect = moved(Register(INCIDENT), HOUR)
    incident = effect.incident
    assert (incident.opened_t_ns, incident.closed_t_ns) == (7 + HOUR, None)
    assert (incident.objects[0].first_t_ns, incident.objects[0].last_t_ns) == (5 + HOUR, 9 + HOUR)
    assert incident.objects[0].outcome_t_ns is None
    assert (incident.warnings[0].t_ns, incident.timeline[0].t_ns) == (8 + HOUR, 8 + HOUR)
    assert incident.timeline[0].what == INCIDENT.timeline[0].what
    assert moved(effect, -HOUR) == Register(INCIDENT)
    assert moved(Refuse("f", 1, 5, "a", "b"), 2).t_ns == 7
    reply = Reply("f", 1, b"x")
    assert moved(reply, HOUR) is reply
    assert moved(INCIDENT, 0) is INCIDENT


def test_the_times_of_a_person_s_action_move_never_and_for_ever_stay() -> None:
    declared = DeclareFlights(
        "L", (AuthorisedFlight("a", "A"), AuthorisedFlight("b", "B", until_t_ns=9 * HOUR))
    )
    first, second = moved(declared, HOUR).flights
    assert (first.from_t_ns, first.until_t_ns) == (0, FOREVER_NS)
    assert (second.from_t_ns, second.until_t_ns) == (0, 10 * HOUR)
    assert moved(ReportOutcome("L", Outcome.STOPPED, 5 * HOUR), -HOUR).t_ns == 4 * HOUR


def test_the_columns_of_a_table_move_with_it() -> None:
    n = 2
    table = TrackTable(
        5, np.arange(n), np.zeros((n, 6)), np.zeros((n, 6, 6)), np.ones(n), np.ones(n, bool),
        np.array([3, 0]), np.array([4, 4]), np.ones(n, np.int64), np.ones((n, 1)),
    )  # fmt: skip
    later = moved(table, HOUR)
    assert later.t_ns == 5 + HOUR
    assert later.first_t_ns.tolist() == [3 + HOUR, 0] and later.last_t_ns.tolist() == [4 + HOUR] * 2
    assert later.mean is table.mean
