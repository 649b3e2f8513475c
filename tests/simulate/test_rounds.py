from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from marsad.errors import ConfigError
from marsad.feeds.sapient.framing import Deframer
from marsad.feeds.sapient.wire import SapientMessage
from marsad.model.action import ReportOutcome
from marsad.model.effect import Register
from marsad.model.frame import FrameKind
from marsad.model.incident import Incident, IncidentObject, Outcome
from marsad.simulate import Simulation
from marsad.simulate.ballistics import height_m
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.people import DutyOfficer, outcome_reports
from marsad.simulate.radar_types import RADAR_TYPES, radar_of
from marsad.simulate.scenario import Crew, Scenario
from marsad.simulate.sensing import Radar
from marsad.simulate.truth import Impact, TrueObject, Truth, truth_of

from .conftest import RADAR_ID
from .test_simulation import run

SALVO: dict[str, Any] = {
    "id": "rocket",
    "kind": "short_rocket",
    "depart_s": 10.0,
    "start": {"azimuth_deg": 300.0, "range_m": 6_000.0},
    "aim": {"azimuth_deg": 90.0, "range_m": 100.0},
    "count": 4,
    "interval_s": 2.0,
}
EXACT = {"elevation_sigma_deg": 0.0, "azimuth_sigma_deg": 0.0, "speed_sigma_share": 0.0}
NAMES = tuple(f"rocket-{number}" for number in range(1, 5))
HIT = {"by": "battery", "round": 2, "below_m": 600.0, "pieces": 3}


@pytest.fixture
def fire(build: Callable[..., Scenario]) -> Callable[..., Scenario]:
    """A scenario of one salvo like SALVO, with some of it otherwise."""

    def fired(air: dict[str, Any] | None = None, **other: Any) -> Scenario:
        salvo = {**SALVO, **other}
        names = NAMES[: salvo["count"]] if salvo["count"] > 1 else ("rocket",)
        return build(object=[], salvo=[salvo], expected={"hostile": names}, air=air or {})

    return fired


def ends(truth: Truth) -> np.ndarray[Any, Any]:
    return np.array([item.planned.position_enu[-1, :2] for item in truth.objects])


def by_name(truth: Truth) -> dict[str, TrueObject]:
    return {item.object_id: item for item in truth.objects}


def test_a_salvo_leaves_one_place_one_after_the_other_and_comes_down_about_its_aim(
    fire: Callable[..., Scenario],
) -> None:
    truth = truth_of(fire(), 1)
    assert [item.object_id for item in truth.objects] == list(NAMES)
    assert [item.start_s for item in truth.objects] == [10.0, 12.0, 14.0, 16.0]
    assert all(item.hostile and item.kind is ObjectKind.SHORT_ROCKET for item in truth.objects)
    starts = np.array([item.planned.position_enu[0, :2] for item in truth.objects])
    assert np.hypot(*starts.T) == pytest.approx(6_000.0)
    missed = np.hypot(*(ends(truth) - [100.0, 0.0]).T)
    assert missed.max() < 600.0 and len({round(float(one), 3) for one in missed}) == 4


def test_a_round_without_scatter_hits_its_aim_in_the_wind_and_a_seed_is_a_chance(
    fire: Callable[..., Scenario],
) -> None:
    air = {"wind": [{"above_ground_m": 2_000.0, "from_deg": 270.0, "speed_mps": 15.0}]}
    exact = truth_of(fire(air, dispersion=EXACT), 1)
    assert np.hypot(*(ends(exact) - [100.0, 0.0]).T).max() < 1.0
    spread = truth_of(fire(air, dispersion=EXACT, spread_m=200.0), 1)
    assert 20.0 < np.hypot(*(ends(spread) - [100.0, 0.0]).T).max() < 800.0
    one, again, other = (ends(truth_of(fire(), seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.allclose(one, other)


def test_a_round_meets_the_zone_that_it_comes_down_in_and_no_other(fire: Callable[..., Scenario]) -> None:
    scenario = fire(count=1, dispersion=EXACT)
    truth = truth_of(scenario, 1)
    zones = scenario.layout.site.zones
    # it comes in over the hut, which is in the middle of the yard, to a place beyond it
    assert truth.arrivals_s(0, zones) == {"yard": pytest.approx(truth.objects[0].end_s, abs=0.06)}
    (impact,) = truth.impacts(zones)
    assert impact.outcome is Outcome.LANDED and impact.east_m == pytest.approx(100.0, abs=1.0)
    beyond = fire(count=1, dispersion=EXACT, aim={"azimuth_deg": 0.0, "range_m": 900.0})
    missed = truth_of(beyond, 1)
    assert missed.arrivals_s(0, zones) == {} and missed.impacts(zones)[0].outcome is Outcome.MISSED


@pytest.mark.parametrize("when", [{"below_m": 600.0}, {"after_s": 20.0}])
def test_an_intercepted_round_falls_on_in_pieces_and_the_truth_says_so(
    fire: Callable[..., Scenario], when: dict[str, float]
) -> None:
    hit = {key: value for key, value in HIT.items() if key != "below_m"} | when
    scenario = fire(interception=[hit])
    truth = truth_of(scenario, 1)
    items = by_name(truth)
    whole = items["rocket-2"]
    pieces = [item for item in truth.objects if item.piece_of == "rocket-2"]
    assert whole.stop is not None and whole.outcome is Outcome.STOPPED
    assert len(truth.objects) == 7 and len(pieces) == 3
    place, _ = whole.planned.state(np.array([whole.end_s]))
    if "below_m" in when:
        assert height_m(place)[0] == pytest.approx(600.0, abs=20.0)
    else:
        assert whole.end_s == pytest.approx(whole.start_s + 20.0)
    for piece in pieces:
        assert piece.start_s == whole.end_s and piece.kind is ObjectKind.DEBRIS and piece.hostile
        assert np.allclose(piece.planned.position_enu[0], place[0])
        assert height_m(piece.planned.position_enu[-1]) == pytest.approx(0.0, abs=0.01)
    ((t_ns, action),) = outcome_reports(truth)
    assert action.by == "battery"
    assert truth.seconds(t_ns) == pytest.approx(whole.end_s + 20.0)
    # what came down: three rockets, three pieces
    assert len(truth.impacts(scenario.layout.site.zones)) == 6
    assert list(truth.arrivals_s(1, scenario.layout.site.zones)) != [], "it was on its way there"


def test_an_interception_changes_no_other_round(fire: Callable[..., Scenario]) -> None:
    plain, hit = by_name(truth_of(fire(), 1)), by_name(truth_of(fire(interception=[HIT]), 1))
    for name in NAMES:
        assert np.array_equal(plain[name].planned.position_enu, hit[name].planned.position_enu)
        assert plain[name].rcs_dbsm == hit[name].rcs_dbsm


def test_what_sensors_are_shown_is_the_path_that_was_flown(fire: Callable[..., Scenario]) -> None:
    """Sensors go by a grid of half seconds, which burn and break-up do not keep to."""
    truth = truth_of(fire(interception=[HIT]), 1)
    for row, item in enumerate(truth.objects):
        t_s = np.arange(item.start_s + 0.01, item.end_s, 0.07)
        shown, _ = truth.states(np.full(len(t_s), row), t_s)
        error = np.linalg.norm(shown - item.planned.state(t_s)[0], axis=1)
        later = t_s > item.start_s + 2.0
        assert error[later].max(initial=0.0) < 0.3 and error.max() < 15.0


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"start": {"azimuth_deg": 0.0, "range_m": 12_000.0}}, r"salvo\.0\.aim = rocket: .* its reach is"),
        ({"interception": [{**HIT, "below_m": 9_000.0}]}, "rises to .* m only"),
        ({"interception": [{"by": "b", "round": 1, "after_s": 300.0}]}, "is down after .* s"),
    ],
)
def test_what_cannot_be_is_said_with_what_can(
    fire: Callable[..., Scenario], other: dict[str, Any], said: str
) -> None:
    scenario = fire(**other)
    with pytest.raises(ConfigError, match=said):
        truth_of(scenario, 1)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"kind": "airliner"}, "rounds are mortar_round, short_rocket, medium_rocket, long_rocket"),
        ({"speed_mps": 900.0}, "a short_rocket has 350 to 400 m/s"),
        ({"interception": [{**HIT, "round": 5}]}, "must be from 1 to 4, each once"),
        ({"interception": [{**HIT, "after_s": 3.0}]}, "either after_s or below_m"),
        ({"interception": [{**HIT, "piece_kgpm2": [900.0, 100.0]}]}, "it must rise"),
        ({"start": {"azimuth_deg": 1.0}}, "either latitude_deg and longitude_deg or azimuth_deg"),
    ],
)
def test_a_salvo_that_makes_no_sense_is_a_fault(
    fire: Callable[..., Scenario], other: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        fire(**other)


def test_rounds_fly_by_no_waypoints_and_have_names_of_their_own(
    build: Callable[..., Scenario], tables: Any
) -> None:
    with pytest.raises(ConfigError, match=r"rounds are written as \[\[salvo\]\]"):
        build(object=[{**tables["drone"], "kind": "medium_rocket"}])
    with pytest.raises(ConfigError, match=r"object\.id = rocket-2"):
        build(
            object=[{**tables["drone"], "id": "rocket-2"}],
            salvo=[SALVO],
            expected={"hostile": [*NAMES]},
        )
    with pytest.raises(ConfigError, match="must name the hostile objects"):
        build(object=[], salvo=[SALVO], expected={"hostile": ["rocket"]})


def test_of_many_impacts_each_object_is_given_its_own() -> None:
    """Two come down side by side, one within a zone and one beside it, four seconds apart."""
    ns = 10**9
    crew = Crew(by="officer", head_count_s=0.0, all_clear_s=0.0, close_s=0.0, patience_s=0.0)
    impacts = (
        Impact(100 * ns, 300.0, 0.0, Outcome.LANDED),
        Impact(104 * ns, 700.0, 0.0, Outcome.MISSED),
    )
    officer = DutyOfficer(crew, impacts)
    seen = tuple(
        IncidentObject((number,), "ballistic", 1, place, 0.0, 0.0, last_s * ns, place, 300.0, ())
        for number, last_s, place in ((1, 98, (250.0, 0.0, 80.0)), (2, 102, (690.0, 20.0, 80.0)))
    )
    officer.notice([Register(Incident("a", "a", 1, 1, None, False, seen))], 110 * ns)
    done = [action for t_s in (120, 121, 122, 123) for _, action in officer.due(t_s * ns)]
    told = {action.track_id: action.outcome for action in done if isinstance(action, ReportOutcome)}
    assert told == {1: Outcome.LANDED, 2: Outcome.MISSED}


# ---------------------------------------------------------------- as radars see them


def looked(scenario: Scenario, **other: Any) -> Radar:
    settings = radar_of("counter-rocket", RADAR_ID, 33.0, 44.0, **{"false_plots_per_look": 0.0, **other})
    return Radar(settings, truth_of(scenario, 1), scenario.layout.frame, 4 / 3)


def test_a_radar_has_no_class_for_rockets_unless_it_knows_them(fire: Callable[..., Scenario]) -> None:
    scenario = fire()
    times = np.arange(12.0, 30.0, 0.25)

    def classes(**other: Any) -> list[Any]:
        eye = looked(scenario, **other)
        return [plot.classes for t_s in times for plot in eye.look(t_s)]

    assert len(classes()) > 100 and set(classes(classifies=0.8)) == {()}
    said = classes(classifies_rockets=0.9)
    named = [one for one in said if one]
    assert {one[0] for one in named} == {("ballistic", 0.9)} and 0.8 < len(named) / len(said) < 0.97


@pytest.mark.parametrize("radar_type", RADAR_TYPES)
def test_a_radar_sees_no_rocket_below_its_beam(radar_type: Any, fire: Callable[..., Scenario]) -> None:
    scenario = fire()
    settings = radar_of(radar_type, RADAR_ID, 33.0, 44.0, false_plots_per_look=0.0)
    eye = Radar(settings, truth_of(scenario, 1), scenario.layout.frame, 4 / 3)
    plots = [plot for t_s in np.arange(10.0, 50.0, settings.period_s) for plot in eye.look(t_s)]
    assert min(plot.t_s for plot in plots) > 10.5 and len(plots) > 20
    lowest = min(np.degrees(plot.elevation_rad) for plot in plots)
    assert lowest > settings.elevation_min_deg - 4 * settings.elevation_sigma_deg


def test_rounds_are_seen_the_better_the_nearer(fire: Callable[..., Scenario]) -> None:
    scenario = fire(count=1, rcs_dbsm=-20.0, start={"azimuth_deg": 300.0, "range_m": 7_500.0})
    item = truth_of(scenario, 1).objects[0]
    settings = radar_of("drone", RADAR_ID, 33.0, 44.0, period_s=0.1, false_plots_per_look=0.0)
    eye = Radar(settings, truth_of(scenario, 1), scenario.layout.frame, 4 / 3)
    t_s = np.arange(item.start_s + 3.0, item.end_s - 3.0, 0.1)
    seen = np.array([bool(eye.look(each)) for each in t_s])
    first, last = np.array_split(seen, 2)
    assert 0.05 < first.mean() < last.mean() - 0.2


def test_a_radar_in_the_plane_tells_no_height(fire: Callable[..., Scenario]) -> None:
    eye = looked(fire(), tells_elevation=False, false_plots_per_look=1.0)
    plots = [plot for t_s in np.arange(12.0, 25.0, 0.25) for plot in eye.look(t_s)]
    assert plots and all(np.isnan(plot.elevation_rad) and plot.range_m > 0 for plot in plots)


def test_nothing_that_goes_to_the_site_says_where_a_rocket_came_from(fire: Callable[..., Scenario]) -> None:
    """Plots of what is in the air above the beam's lower edge, and nothing else."""
    radar = radar_of("counter-rocket", RADAR_ID, 33.0, 44.0)
    scenario = fire()
    scenario = Scenario(
        scenario.file.model_copy(update={"radar": (radar,)}), scenario.layout, scenario.site_path
    )
    simulation = Simulation(scenario, 1)
    frames = run(simulation, 60.0)
    data = b"".join(frame.data for frame in frames if frame.kind is FrameKind.DATA)
    bodies, fault = Deframer(1 << 24).messages(data)
    assert fault is None
    told = [SapientMessage.FromString(body) for body in bodies]
    reports = [one.detection_report for one in told if one.WhichOneof("content") == "detection_report"]
    assert len(reports) > 200
    for report in reports:
        assert not report.object_info and not report.HasField("location")
        assert report.range_bearing.elevation > 0.5
    for name in (*NAMES, "rocket", "salvo"):
        assert not any(name.encode() in frame.data for frame in frames)
