"""What names say: addresses by state, kinds by category and callsign, the schedule."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.assessment.addresses import AddressStanding, standing_of, state_of
from marsad.assessment.claim_kinds import marks_of
from marsad.assessment.claim_settings import ClaimKind, ClaimSettings
from marsad.assessment.schedule import Schedule, ScheduleStanding
from marsad.errors import ReceivedError
from marsad.model.detection import Claim, ClaimedState

HOUR = 3600 * 10**9
NOON = 1_669_118_400 * 10**9  # 2022-11-22T12:00Z


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("728001", "IQ"), ("730123", "IR"), ("4b43ac", "CH"), ("a00001", "US"), ("adf7c7", "US"),
        ("155c00", "RU"), ("738065", "IL"), ("06a001", "QA"), ("896123", "AE"), ("3c4591", "DE"),
        ("004000", "ZW"), ("e94fff", "BO"),
    ],
)  # fmt: skip
def test_addresses_belong_to_states(address: str, state: str) -> None:
    assert state_of(address) == state
    assert standing_of(address) is AddressStanding.ASSIGNED


@pytest.mark.parametrize(
    ("address", "standing"),
    [
        ("000000", AddressStanding.NO_IDENTITY),
        ("ffffff", AddressStanding.NO_IDENTITY),
        ("FFFFFF", AddressStanding.NO_IDENTITY),
        ("~2a3b4c", AddressStanding.OTHER),
        ("2fa8b0", AddressStanding.UNASSIGNED),  # of a region's reserve
        ("d12345", AddressStanding.UNASSIGNED),
        ("000001", AddressStanding.UNASSIGNED),
        ("4d2400", AddressStanding.ASSIGNED),  # Malta's block has grown
        ("f00001", AddressStanding.ASSIGNED),  # temporary ones of ICAO
    ],
)
def test_what_an_address_is_worth(address: str, standing: AddressStanding) -> None:
    assert standing_of(address) is standing


@given(st.text(max_size=8))
def test_any_text_has_a_standing(text: str) -> None:
    assert standing_of(text) in AddressStanding
    assert len(state_of(text)) in (0, 2)


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        (Claim("icao", "728001", "IAW101"), ClaimKind.OPERATOR),
        (Claim("icao", "728001", "iaw101 "), ClaimKind.OPERATOR),
        (Claim("icao", "a00001", "N123AB"), ClaimKind.AIRCRAFT),
        (Claim("icao", "400001", "GMDSI"), ClaimKind.AIRCRAFT),
        (Claim("icao", "400001"), ClaimKind.AIRCRAFT),
        (Claim("icao", "4b43ac", "RGA5", state=ClaimedState(category="A7")), ClaimKind.HELICOPTER),
        (Claim("icao", "4b43ac", "IAW101", state=ClaimedState(category="A5")), ClaimKind.AIRLINER),
        (Claim("icao", "4b43ac", state=ClaimedState(category="B1")), ClaimKind.GLIDER),
        (Claim("icao", "4b43ac", state=ClaimedState(category="B6")), ClaimKind.UNMANNED),
        (Claim("remote_id", "mfg1a01", "IAW101"), ClaimKind.DRONE),
    ],
)
def test_a_claim_says_what_it_is(claim: Claim, kind: ClaimKind) -> None:
    assert marks_of(claim, Schedule(), NOON).kind is kind


def test_a_flight_on_the_schedule_is_an_airliner() -> None:
    schedule = Schedule.of_csv("callsign,from,to\nIAW101,11:00,13:00\n")
    marks = marks_of(Claim("icao", "728001", "IAW101"), schedule, NOON)
    assert (marks.kind, marks.schedule) == (ClaimKind.AIRLINER, ScheduleStanding.LISTED)
    later = marks_of(Claim("icao", "728001", "IAW101"), schedule, NOON + 2 * HOUR)
    assert (later.kind, later.schedule) == (ClaimKind.OPERATOR, ScheduleStanding.OTHER_TIME)
    other = marks_of(Claim("icao", "728001", "IAW102"), schedule, NOON)
    assert other.schedule is ScheduleStanding.NOT_LISTED
    # who flies under a registration is on no schedule, and that says nothing
    private = marks_of(Claim("icao", "a00001", "N123AB"), schedule, NOON)
    assert private.schedule is ScheduleStanding.NO_SCHEDULE


def test_an_address_of_another_state_than_the_operators_is_marked() -> None:
    assert marks_of(Claim("icao", "730123", "IAW101"), Schedule(), NOON).other_state
    assert not marks_of(Claim("icao", "728001", "IAW101"), Schedule(), NOON).other_state
    assert not marks_of(Claim("icao", "730123", "XYZ101"), Schedule(), NOON).other_state
    assert not marks_of(Claim("icao", "d12345", "IAW101"), Schedule(), NOON).other_state


@pytest.mark.parametrize(
    ("line", "hour", "standing"),
    [
        ("A1,,", 3, ScheduleStanding.LISTED),
        ("a1,22:00,02:00", -11, ScheduleStanding.LISTED),  # 01:00
        ("A1,22:00,02:00", 11, ScheduleStanding.LISTED),  # 23:00
        ("A1,22:00,02:00", 0, ScheduleStanding.OTHER_TIME),
        ("A1,,13:00", 0, ScheduleStanding.LISTED),
        ("A1,13:00,", 0, ScheduleStanding.OTHER_TIME),
        ("A1,2022-11-22T11:59Z,2022-11-22T15:00+03:00", 0, ScheduleStanding.LISTED),
        ("A1,2022-11-22T11:59Z,2022-11-22T15:00+03:00", 1, ScheduleStanding.OTHER_TIME),
        ("B2,,", 0, ScheduleStanding.NOT_LISTED),
    ],
)
def test_times_of_a_schedule(line: str, hour: int, standing: ScheduleStanding) -> None:
    schedule = Schedule.of_csv(f"\ufeffCallsign, From, To\r\n\r\n{line}\r\n")
    assert schedule.standing("A1", NOON + hour * HOUR) is standing
    assert pickle.loads(pickle.dumps(schedule)).standing("A1", NOON + hour * HOUR) is standing


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("flight,from,to\nA1,,", "flight,from,to"),
        ("callsign,from,to\nA1,25:00,", "25:00"),
        ("callsign,from,to\nA1,2022-11-22T10:00,", "2022-11-22T10:00"),
        ("callsign,from,to\nA1,10:00,2022-11-22T10:00Z", "both"),
        ("callsign,from,to\nA1,2022-11-23T10:00Z,2022-11-22T10:00Z", "before"),
        ("callsign,from,to\nA-1,,", "A-1"),
        ("callsign,from,to\nA1", "three cells"),
    ],
)
def test_a_faulty_schedule_is_refused_with_its_line(text: str, quoted: str) -> None:
    with pytest.raises(ReceivedError) as fault:
        Schedule.of_csv(text)
    assert quoted in fault.value.detail
    with pytest.raises(ValueError, match="schedule"):
        ClaimSettings(schedule=text)


@given(st.text(max_size=200))
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    for one in (text, "callsign,from,to\n" + text):
        try:
            schedule = Schedule.of_csv(one)
        except ReceivedError:
            continue
        assert schedule.standing("A1", NOON) in ScheduleStanding


@pytest.mark.parametrize(
    "change",
    [
        {"envelopes": {}},
        {"envelopes": {"aircraft": ClaimSettings().envelopes["aircraft"]}},
        {"times": 0},
        {"refuted_db": 0},
    ],
)
def test_settings_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ClaimSettings(**change)
