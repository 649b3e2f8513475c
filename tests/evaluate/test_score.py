import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from marsad.evaluate import Scorekeeper, shortfalls
from marsad.model.effect import Effect, Warn
from marsad.model.picture import Picture
from marsad.model.threat import Level
from marsad.model.track import TrackTable
from marsad.model.warning import TimeLeft, WarningEvent, WarningEventKind
from marsad.simulate import Scenario, Truth, load_scenario
from marsad.simulate.truth import truth_of

NS = 1_000_000_000
Array = NDArray[np.float64]
RAISED, GREW = WarningEventKind.RAISED, WarningEventKind.GREW


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("ain-al-asad-2022-01-04")


@pytest.fixture(scope="module")
def truth(scenario: Scenario) -> Truth:
    return truth_of(scenario, 1)


@pytest.fixture
def keeper(scenario: Scenario, truth: Truth) -> Scorekeeper:
    return Scorekeeper(truth, scenario.layout.site)


def picture(truth: Truth, t_s: float, track_ids: list[int], means: Array) -> Picture:
    n, t_ns = len(track_ids), truth.start_t_ns + round(t_s * NS)
    stamp = np.full(n, t_ns)
    table = TrackTable(
        t_ns,
        np.array(track_ids, np.int64),
        means.reshape(n, 6),
        np.tile(np.eye(6), (n, 1, 1)),
        np.ones(n),
        np.ones(n, bool),
        stamp,
        stamp,
        np.full(n, 5),
        np.ones((n, 1)),
    )
    return Picture(t_ns, table, (), (), (), None, ())


def seen(truth: Truth, t_s: float, numbers: dict[int, int], error_m: float = 20.0) -> Picture:
    """A picture with a track of the given number on each object row, a little off."""
    rows = np.array(sorted(set(numbers) & set(truth.flying(t_s).tolist())), np.int64)
    position, velocity = truth.states(rows, t_s)
    means = np.column_stack([position + np.array([error_m, 0, 0]), velocity])
    return picture(truth, t_s, [numbers[row] for row in rows.tolist()], means)


def warn(
    truth: Truth, t_s: float, kind: WarningEventKind, track: int | None, zone: str = "operations"
) -> Effect:
    t_ns = truth.start_t_ns + round(t_s * NS)
    left = TimeLeft(1.0, 1.0, 1.0)
    return Warn(WarningEvent(t_ns, kind, f"{zone}-warn", "raid", zone, Level.WARN, track, left))


def row_of(truth: Truth, name: str) -> int:
    return [item.object_id for item in truth.objects].index(name)


def test_tracks_warnings_and_leads_are_put_on_the_right_object(keeper: Scorekeeper, truth: Truth) -> None:
    drone, transport = row_of(truth, "drone-north-east"), row_of(truth, "transport")
    for t_s in np.arange(100.0, 350.0, 1.0):
        keeper.observe(seen(truth, float(t_s), {drone: 4 if t_s < 200 else 9, transport: 5}))
    keeper.note([warn(truth, 320.0, RAISED, 9, "perimeter"), warn(truth, 334.5, GREW, 9)])
    keeper.note([warn(truth, 340.0, GREW, 9), warn(truth, 341.0, WarningEventKind.PASSED, 9)])
    summary = keeper.summary(digest="d", journal="j.mcap", reports={"ar": "a.pdf", "en": "e.pdf"})
    entry = summary["simulated_objects"][drone]
    assert entry["track_ids"] == [4, 9] and entry["tracked_t_s"] == 100.0 and entry["hostile"]
    arrival = truth.arrivals_s(drone, keeper.site.zones)
    assert entry["planned_arrival_t_s"] == arrival["perimeter"]
    assert entry["warnings"] == [
        {
            "zone": "perimeter",
            "t_s": 320.0,
            "lead_to_planned_arrival_s": round(arrival["perimeter"] - 320.0, 3),
        },
        {
            "zone": "operations",
            "t_s": 334.5,
            "lead_to_planned_arrival_s": round(arrival["operations"] - 334.5, 3),
        },
    ]
    assert summary["alarms_announced"] == 1 and summary["warnings_on_harmless"] == 0
    assert summary["simulated_objects"][transport]["track_ids"] == [5]
    assert (summary["scenario"], summary["seed"], summary["incident"]) == ("ain-al-asad-2022-01-04", 1, None)
    json.dumps(summary, allow_nan=False)


def test_warnings_on_traffic_and_on_nothing_are_counted_as_needless(
    keeper: Scorekeeper, truth: Truth
) -> None:
    transport = row_of(truth, "transport")
    nothing = np.array([[9_000.0, -9_000.0, 500.0, 0, 0, 0]])
    for t_s in range(100, 110):
        keeper.observe(seen(truth, float(t_s), {transport: 5}))
        keeper.observe(picture(truth, t_s + 0.5, [66], nothing))
    keeper.note([warn(truth, 105.0, RAISED, 5), warn(truth, 106.0, GREW, 66), warn(truth, 107.0, GREW, None)])
    assert keeper.summary()["warnings_on_harmless"] == 3


def test_a_warning_before_the_next_look_still_finds_its_object(keeper: Scorekeeper, truth: Truth) -> None:
    drone = row_of(truth, "drone-north-east")
    keeper.note([warn(truth, 329.9, RAISED, 3)])
    keeper.observe(seen(truth, 330.0, {drone: 3}))
    assert keeper.summary()["simulated_objects"][drone]["warnings"][0]["t_s"] == 329.9


def test_a_track_that_moves_to_another_object_is_owned_by_each_in_its_time(
    keeper: Scorekeeper, truth: Truth
) -> None:
    drone, transport = row_of(truth, "drone-north-east"), row_of(truth, "transport")
    keeper.observe(seen(truth, 200.0, {transport: 3}))
    keeper.observe(seen(truth, 250.0, {drone: 3}))
    assert keeper.owner(3, 220.0) == transport and keeper.owner(3, 260.0) == drone
    assert keeper.owner(3, 100.0) == transport and keeper.owner(8, 260.0) is None


def test_alerts_sound_but_are_no_warnings(keeper: Scorekeeper, truth: Truth) -> None:
    drone = row_of(truth, "drone-north-east")
    keeper.observe(seen(truth, 300.0, {drone: 3}))
    event = warn(truth, 300.0, RAISED, 3)
    assert isinstance(event, Warn)
    keeper.note([Warn(replace(event.event, stage=Level.ALERT))])
    summary = keeper.summary()
    assert summary["alarms_announced"] == 1 and summary["simulated_objects"][drone]["warnings"] == []


def test_metrics_of_a_perfect_picture_and_of_an_empty_one(scenario: Scenario, truth: Truth) -> None:
    near = {
        row: row + 1
        for row in range(len(truth.objects))
        if np.hypot(*truth.objects[row].planned.state(300.0)[0][:2]) < 20_000
    }
    good, blind = (Scorekeeper(truth, scenario.layout.site) for _ in range(2))
    for t_s in np.arange(300.0, 310.0, 0.5):
        good.observe(seen(truth, float(t_s), near, error_m=0.0))
        blind.observe(seen(truth, float(t_s), {}))
    perfect, empty = good.metrics(), blind.metrics()
    assert perfect["completeness"] == perfect["continuity"] == 1.0
    assert perfect["gospa_m"] < 1e-6 and perfect["spurious"] == 0.0
    alive = len(set(near) & set(truth.flying(305.0).tolist()))
    assert empty["gospa_m"] == pytest.approx(150.0 * np.sqrt(alive / 2), rel=0.01)
    assert empty["completeness"] == 0.0


def test_a_far_track_neither_helps_nor_hurts_the_metrics(keeper: Scorekeeper, truth: Truth) -> None:
    keeper.observe(picture(truth, 300.0, [1], np.array([[90_000.0, 0, 9_000.0, 0, 0, 0]])))
    assert keeper.metrics()["gospa_false_m"] == 0.0


@pytest.fixture
def good_run(keeper: Scorekeeper, truth: Truth) -> Callable[..., dict[str, Any]]:
    """A run as the scenario wishes it, with a delay of the warnings."""

    def made(delay_s: float = 0.0, closed: bool = True) -> dict[str, Any]:
        for number, name in enumerate(("drone-north-east", "drone-west-north-west"), 1):
            row = row_of(truth, name)
            keeper.observe(seen(truth, 300.0, {row: number}))
            for zone, arrival in truth.arrivals_s(row, keeper.site.zones).items():
                keeper.note([warn(truth, arrival - 60.0 + delay_s, RAISED, number, zone)])
        outcome = "stopped" if closed else "unknown"
        incident = {
            "id": "a-1",
            "outcome": outcome,
            "stopped": 2,
            "casualties": "none",
            "series": {"gap_s": 9},
        }
        return keeper.summary(incident=incident)

    return made


def test_a_good_run_falls_short_of_nothing(
    good_run: Callable[..., dict[str, Any]], scenario: Scenario, truth: Truth
) -> None:
    summary = good_run()
    assert shortfalls(summary, scenario.expected, truth, scenario.layout.site) == []
    assert summary["incident"]["id"] == "a-1" and summary["incident"]["series"] == {"gap_s": 9}


def test_late_warnings_and_an_open_incident_are_named(
    good_run: Callable[..., dict[str, Any]], scenario: Scenario, truth: Truth
) -> None:
    found = shortfalls(good_run(20.0, closed=False), scenario.expected, truth, scenario.layout.site)
    assert len(found) == 5 and "operations warned 40 s ahead, at least 45 s" in found[1]
    assert found[-1] == "the incident was not closed with an outcome"


def test_a_run_that_saw_nothing_falls_short_of_everything(
    keeper: Scorekeeper, scenario: Scenario, truth: Truth
) -> None:
    found = shortfalls(keeper.summary(), scenario.expected, truth, scenario.layout.site)
    assert sum("was not warned" in line for line in found) == 4
    assert "0 objects recorded as stopped, 2 were" in found
