from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from marsad.simulate.scenario import Scenario
from marsad.simulate.sensors import AdsbReceiverSettings
from marsad.simulate.transponders import AdsbReceiver
from marsad.simulate.truth import truth_of

RECEIVER = {"latitude_deg": 33.0, "longitude_deg": 44.0, "reception_probability": 1.0}


def liner(level: float, azimuth_deg: float = 90.0) -> dict[str, Any]:
    points = [
        {"azimuth_deg": azimuth_deg, "range_m": r, "flight_level": level, "speed_mps": 230.0}
        for r in (120_000.0, 20_000.0)
    ]
    transponder = {"icao": "700abc", "callsign": "UAE12"}
    return {"id": "liner", "kind": "airliner", "waypoints": points, "transponder": transponder}


def receiver(scenario: Scenario, **settings: Any) -> AdsbReceiver:
    truth = truth_of(scenario, 1)
    return AdsbReceiver(
        AdsbReceiverSettings(**{**RECEIVER, **settings}), truth, scenario.layout.frame, 4 / 3, -80.0
    )


@pytest.fixture
def cells(build: Callable[..., Scenario], tables: dict[str, Any]) -> list[list[str]]:
    source = receiver(build(object=[liner(350), tables["drone"]]))
    lines = [line for look in range(60) for _, line in source.look(float(look))]
    return [line.decode().strip().split(",") for line in lines]


def test_only_equipped_aircraft_are_heard_each_second(cells: list[list[str]]) -> None:
    assert {row[4] for row in cells} == {"700ABC"}
    kinds = [row[1] for row in cells]
    assert kinds.count("3") == 60 and kinds.count("4") == 60 and kinds.count("1") == 12
    assert {row[10] for row in cells if row[1] == "1"} == {"UAE12"}


def test_positions_are_true_but_for_navigation_error_and_pressure(
    build: Callable[..., Scenario], cells: list[list[str]]
) -> None:
    scenario = build(object=[liner(350)], expected={})
    truth, frame = truth_of(scenario, 1), scenario.layout.frame
    for row in [row for row in cells if row[1] == "3"]:
        hour, minute, second = row[7].split(":")
        t_s = int(hour) * 3600 + int(minute) * 60 + float(second) - (2 * 3600 + 40 * 60)
        stated = frame.enu_from_geodetic(float(row[14]), float(row[15]), 350 * 30.48)
        exact = truth.objects[0].planned.state(t_s)[0]
        assert np.hypot(*(stated - exact)[:2]) < 40.0
        assert abs(float(row[11]) * 0.3048 - (350 * 30.48 - 80.0)) < 40.0


def test_the_track_is_about_the_aircrafts_own_north(cells: list[list[str]]) -> None:
    # flying west on the site's east axis, 120 km east of it: north there is 0.70° off the site's
    tracks = [float(row[13]) for row in cells if row[1] == "4"]
    assert tracks[0] == pytest.approx(270.7, abs=0.25)


def test_below_the_horizon_nobody_hears_it(build: Callable[..., Scenario]) -> None:
    # 10 m antenna, 300 m of height: 13 + 71 km
    scenario = build(object=[liner(11.5)], expected={}, duration_s=400.0)
    source = receiver(scenario)
    assert [line for look in range(100) for line in source.look(float(look))] == []
    assert [line for look in range(250, 260) for line in source.look(float(look))] != []


def test_reception_loses_the_stated_share(build: Callable[..., Scenario]) -> None:
    source = receiver(build(object=[liner(350)], expected={}, duration_s=400.0), reception_probability=0.6)
    lines = [line for look in range(300) for _, line in source.look(float(look))]
    assert sum(b"MSG,3" in line for line in lines) / 300 == pytest.approx(0.6, abs=0.1)


def said(build: Callable[..., Scenario], seconds: int, **claims: Any) -> list[list[str]]:
    """The cells of every line of an airliner whose transponder says these things."""
    flight = liner(350)
    flight["transponder"] = {**flight["transponder"], **claims}
    source = receiver(build(object=[flight], expected={}))
    lines = [line for look in range(seconds) for _, line in source.look(float(look))]
    return [line.decode().strip().split(",") for line in lines]


def test_a_code_goes_with_the_callsign_and_may_change(build: Callable[..., Scenario]) -> None:
    rows = said(build, 60, squawk="3316", squawk_changes=[{"at_s": 30, "code": "7500"}])
    codes = [row[17] for row in rows if row[1] == "6"]
    assert codes == ["3316"] * 6 + ["7500"] * 6
    assert {row[19] for row in rows if row[1] == "6" and row[17] == "7500"} == {"-1"}  # an emergency
    assert not [row for row in said(build, 60) if row[1] == "6"]


def test_a_transponder_falls_silent_or_comes_up_late(build: Callable[..., Scenario]) -> None:
    until, since = said(build, 60, to_s=20), said(build, 60, from_s=40)
    assert len([row for row in until if row[1] == "3"]) == pytest.approx(20, abs=1)
    assert len([row for row in since if row[1] == "3"]) == pytest.approx(20, abs=1)


def test_a_lie_about_the_place_is_told_and_not_flown(build: Callable[..., Scenario]) -> None:
    true, false = said(build, 20), said(build, 20, shift_m=(0.0, 3_000.0, 0.0))
    north_m = [
        (float(b[14]) - float(a[14])) * 111_000 for a, b in zip(true, false, strict=True) if a[1] == "3"
    ]
    assert north_m == pytest.approx([3_000.0] * len(north_m), abs=20.0)
