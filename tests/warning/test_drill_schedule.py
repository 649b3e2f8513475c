"""When drills are due: by local time, whatever summer time does."""

import pickle
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from marsad.warning.drill_schedule import DrillSettings, Schedule

S = 1_000_000_000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * S


def told(t_ns: int) -> str:
    return datetime.fromtimestamp(t_ns // S, UTC).isoformat()[:16]


def schedule(utc_offset_s: int = 0, **more: object) -> Schedule:
    return Schedule(DrillSettings.model_validate({"every": "week", **more}), utc_offset_s)


def test_each_week_at_its_local_time_without_summer_time() -> None:
    one = schedule(10_800, weekday="sunday", at="09:30")
    assert told(one.next_after(at("2026-11-27T12:00"))) == "2026-11-29T06:30"
    assert told(one.next_after(at("2026-11-29T06:29"))) == "2026-11-29T06:30"
    assert told(one.next_after(at("2026-11-29T06:30"))) == "2026-12-06T06:30", "not the same once more"


def test_the_day_is_that_of_the_site_and_not_of_utc() -> None:
    one = schedule(50_400, weekday="monday", at="01:00")  # 14 h ahead: Sunday in UTC
    assert told(one.next_after(at("2026-11-27T12:00"))) == "2026-11-29T11:00"


@pytest.mark.parametrize(
    ("zone", "time", "before", "after"),
    [
        ("Asia/Beirut", "10:00", "2026-03-28T08:00", "2026-03-29T07:00"),  # summer time begins between
        ("Asia/Beirut", "10:00", "2026-10-24T07:00", "2026-10-25T08:00"),  # and ends
        ("Europe/Riga", "03:30", "2026-03-28T01:30", "2026-03-29T01:30"),  # which that day leaves out
        ("Europe/Riga", "03:30", "2026-10-24T00:30", "2026-10-25T00:30"),  # which comes twice that day
    ],
)
def test_summer_time_moves_doubles_and_drops_none(zone: str, time: str, before: str, after: str) -> None:
    one = schedule(every="day", at=time, time_zone=zone)
    first = one.next_after(at(before) - 1)
    assert told(first) == before
    assert told(one.next_after(first)) == after


def test_a_year_of_days_has_one_each_at_the_same_local_time() -> None:
    one = schedule(every="day", at="02:30", time_zone="Europe/Riga")
    t_ns, days = at("2026-01-01T12:00"), []
    for _ in range(365):
        t_ns = one.next_after(t_ns)
        days.append(datetime.fromtimestamp(t_ns // S, ZoneInfo("Europe/Riga")))
    assert {later.date() - earlier.date() for earlier, later in pairwise(days)} == {timedelta(days=1)}
    assert {(day.hour, day.minute) for day in days} == {(2, 30)}


def test_a_month_has_one_on_its_first_such_day() -> None:
    one = schedule(every="month", weekday="wednesday")
    assert told(one.next_after(at("2026-11-27T12:00"))) == "2026-12-02T10:00"
    assert told(one.next_after(at("2026-12-02T10:00"))) == "2027-01-06T10:00"


def test_without_a_period_none_is_ever_due_and_it_pickles() -> None:
    assert Schedule(DrillSettings(), 0).next_after(at("2026-11-27T12:00")) == 0
    one = pickle.loads(pickle.dumps(schedule(time_zone="Asia/Beirut")))
    assert told(one.next_after(at("2026-11-27T12:00"))) == "2026-11-30T08:00"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": "25:00"}, "no time of the day"),
        ({"at": "ten"}, "no time of the day"),
        ({"time_zone": "Asia/Nowhere"}, "no time zone"),
        ({"time_zone": "../etc/passwd"}, "no time zone"),
        ({"every": None, "time_zone": "Asia/Beirut"}, "set every"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DrillSettings.model_validate({"every": "week", **wrong})
