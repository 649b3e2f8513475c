import json
import pickle
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from marsad.feeds.sapient.framing import Deframer, framed
from marsad.feeds.sapient.wire import SapientMessage, envelope
from marsad.model.effect import Effect, Hangup, Register, Reply, Warn
from marsad.model.frame import CONFIGURATION, OPERATOR, Frame, FrameKind
from marsad.model.incident import Incident, IncidentObject, Outcome
from marsad.model.threat import Level
from marsad.model.warning import Alarm, AlarmState, TimeLeft, WarningEvent, WarningEventKind
from marsad.simulate import Simulation
from marsad.simulate.scenario import Scenario
from marsad.simulate.simulation import _chunked
from marsad.site.fold import SiteFold

from ..example_site import example_site

SITE_NODE = "44444444-4444-4444-8444-444444444444"
NS = 1_000_000_000
STEP_NS = NS // 4


def messages(frames: Iterable[Frame]) -> list[tuple[Frame, SapientMessage]]:
    """The SAPIENT messages among the frames: as few as these are, the simulator sends whole ones."""
    found = []
    for frame in frames:
        if frame.feed == "sensors" and frame.kind is FrameKind.DATA:
            deframer = Deframer(1 << 20)
            bodies, fault = deframer.messages(frame.data)
            assert bodies and fault is None and not deframer.pending_bytes
            found += [(frame, SapientMessage.FromString(body)) for body in bodies]
    return found


def acks(frames: Iterable[Frame]) -> list[Effect]:
    """What a site answers: every Registration is accepted."""
    effects: list[Effect] = []
    for frame, message in messages(frames):
        if message.WhichOneof("content") == "registration":
            answer = envelope(SITE_NODE, frame.t_ns, message.node_id)
            answer.registration_ack.acceptance = True
            effects.append(Reply(frame.feed, frame.link, framed(answer.SerializeToString())))
    return effects


def run(
    simulation: Simulation, seconds: float, answer: Callable[[list[Frame]], list[Effect]] = acks
) -> list[Frame]:
    """Play so many seconds in steps, answering each."""
    frames: list[Frame] = []
    for step in range(1, round(seconds * NS / STEP_NS) + 1):
        part = simulation.frames(simulation.start_t_ns + step * STEP_NS)
        frames += part
        simulation.notice(answer(part), None)
    return frames


def kinds(frames: list[Frame]) -> list[str]:
    return [str(message.WhichOneof("content")) for _, message in messages(frames)]


@pytest.fixture
def full(build: Callable[..., Scenario], tables: dict[str, Any]) -> Scenario:
    """Every sensor, a flock and an airliner."""
    drone = {**tables["drone"], "emitter": {"power_dbm": 20.0}}
    return build(
        radar=[{**tables["radar"], "false_plots_per_look": 1.0}],
        direction_finder=[tables["finder"]],
        camera=[tables["camera"]],
        adsb_receiver={"latitude_deg": 33.0, "longitude_deg": 44.0},
        object=[drone],
        traffic=[
            {"pattern": "birds", "id": "flock", "flocks": 2},
            {"pattern": "overflights", "id": "liner", "count": 3, "airway_azimuth_deg": [90.0]},
        ],
    )


def test_frames_come_in_time_order_from_every_feed_and_link(full: Scenario) -> None:
    frames = run(Simulation(full, 1), 120)
    assert [frame.t_ns for frame in frames] == sorted(frame.t_ns for frame in frames)
    assert {(frame.feed, frame.link) for frame in frames} == {("sensors", k) for k in (1, 2, 3)} | {
        ("adsb", 1)
    }
    assert all(full.start_t_ns <= frame.t_ns <= full.start_t_ns + 120 * NS for frame in frames)


def test_each_node_opens_registers_states_its_status_then_reports(full: Scenario) -> None:
    frames = run(Simulation(full, 1), 120)
    for link in (1, 2, 3):
        mine = [frame for frame in frames if frame.feed == "sensors" and frame.link == link]
        assert mine[0].kind is FrameKind.OPENED
        said = kinds(mine)
        assert said[:2] == ["registration", "status_report"]
        assert said.count("registration") == 1 and said.count("status_report") == 24
        assert said.count("detection_report") > 20
    firsts = [m.status_report.info for _, m in messages(frames) if m.WhichOneof("content") == "status_report"]
    assert sum(int(info) == 1 for info in firsts) == 3  # INFO_NEW once for each node


def test_a_report_is_stamped_when_measured_and_arrives_later(full: Scenario) -> None:
    for frame, message in messages(run(Simulation(full, 1), 30)):
        if message.WhichOneof("content") == "detection_report":
            t_ns = message.timestamp.seconds * NS + message.timestamp.nanos
            assert frame.t_ns - t_ns == 150_000_000
            assert message.detection_report.report_id != message.detection_report.object_id


def test_identifiers_never_repeat(full: Scenario) -> None:
    reports = [
        m.detection_report
        for _, m in messages(run(Simulation(full, 1), 60))
        if m.HasField("detection_report")
    ]
    names = [name for report in reports for name in (report.report_id, report.object_id)]
    assert len(set(names)) == len(names) > 100


def test_reports_of_one_moment_on_one_connection_come_in_one_read(full: Scenario) -> None:
    frames = run(Simulation(full, 1), 60)
    data = [frame for frame in frames if frame.feed == "sensors" and frame.kind is FrameKind.DATA]
    moments = [(frame.feed, frame.link, frame.t_ns) for frame in data]
    assert all(one != other for one, other in pairwise(moments))
    assert max(len(messages([frame])) for frame in data) > 1


def test_a_read_is_bounded_and_what_people_do_stays_apart() -> None:
    parts = [Frame("sensors", 1, bytes([k]) * 40_000, 1) for k in range(3)]
    acts = [Frame(OPERATOR, 1, b"{}"), Frame(OPERATOR, 1, b"{}")]
    opened = [Frame("sensors", 1, b"", 1, FrameKind.OPENED)]
    chunks = _chunked([*opened, *parts, *acts], frozenset({("sensors", 1)}))
    assert [len(frame.data) for frame in chunks] == [0, 65_536, 54_464, 2, 2]
    assert b"".join(frame.data for frame in chunks[1:3]) == b"".join(frame.data for frame in parts)


def test_same_seed_same_bytes_another_seed_others(full: Scenario) -> None:
    first, again, other = (run(Simulation(full, seed), 40) for seed in (1, 1, 2))
    assert first == again != other


def test_a_pickled_simulation_goes_on_alike(full: Scenario) -> None:
    simulation = Simulation(full, 1)
    run(simulation, 20)
    twin = pickle.loads(pickle.dumps(simulation))
    until = simulation.start_t_ns + 60 * NS
    assert simulation.frames(until) == twin.frames(until) != []


def test_without_an_ack_nothing_is_reported_and_the_node_tries_again(build: Callable[..., Scenario]) -> None:
    frames = run(Simulation(build(), 1), 65, answer=lambda part: [])
    assert kinds(frames) == ["registration", "registration"]
    assert [frame.kind for frame in frames if not frame.data or frame.data == b"Radar"] == [
        FrameKind.OPENED,
        FrameKind.CLOSED,
        FrameKind.OPENED,
    ]
    assert frames[2].t_ns - frames[1].t_ns == 30 * NS and frames[3].t_ns - frames[2].t_ns == 10 * NS


def test_a_refusal_is_no_ack(build: Callable[..., Scenario]) -> None:
    def refuse(part: list[Frame]) -> list[Effect]:
        effects = []
        for effect in acks(part):
            assert isinstance(effect, Reply)
            message = SapientMessage()
            message.ParseFromString(effect.data[4:])
            message.registration_ack.acceptance = False
            effects.append(Reply(effect.feed, effect.link, framed(message.SerializeToString())))
        return list(effects)

    assert kinds(run(Simulation(build(), 1), 20, answer=refuse)) == ["registration"]


def test_acks_cut_into_pieces_by_tcp_are_understood(build: Callable[..., Scenario]) -> None:
    def chopped(part: list[Frame]) -> list[Effect]:
        effects: list[Effect] = []
        for effect in acks(part):
            assert isinstance(effect, Reply)
            effects += [
                Reply(effect.feed, effect.link, effect.data[k : k + 3]) for k in range(0, len(effect.data), 3)
            ]
        return effects

    assert "detection_report" in kinds(run(Simulation(build(), 1), 20, answer=chopped))


def test_a_hang_up_makes_the_node_come_back_and_register_again(build: Callable[..., Scenario]) -> None:
    simulation = Simulation(build(), 1)
    run(simulation, 20)
    simulation.notice([Hangup("sensors", 1, "test")], None)
    part = simulation.frames(simulation.start_t_ns + 25 * NS)
    assert [frame.kind for frame in part] == [FrameKind.CLOSED]
    back = simulation.frames(simulation.start_t_ns + 35 * NS)
    assert kinds(back) == ["registration"] and back[0].kind is FrameKind.OPENED


def test_an_outage_is_silent_and_ends_with_a_new_connection(
    build: Callable[..., Scenario], tables: dict[str, Any]
) -> None:
    scenario = build(radar=[{**tables["radar"], "outages_s": [[20.0, 50.0]]}])
    frames = run(Simulation(scenario, 1), 80)
    t_s = [(frame.t_ns - scenario.start_t_ns) / NS for frame in frames]
    silent = [t for t in t_s if 20.2 < t < 50.0]
    assert silent == []
    assert kinds(frames).count("registration") == 2 and max(t_s) > 70


def test_nothing_new_is_measured_after_the_end(build: Callable[..., Scenario]) -> None:
    simulation = Simulation(build(duration_s=30.0), 1)
    run(simulation, 30)
    late = run_on = simulation.frames(simulation.end_t_ns + 100 * NS)
    assert len(run_on) <= 2 and all(frame.t_ns <= simulation.end_t_ns + NS for frame in late)


def test_defenders_report_by_place_and_time(build: Callable[..., Scenario]) -> None:
    defender = {
        "id": "battery",
        "by": "battery",
        "latitude_deg": 33.0,
        "longitude_deg": 44.0,
        "reach_m": 3_000.0,
        "report_delay_s": 15.0,
        "objects": ["drone"],
    }
    simulation = Simulation(build(defender=[defender]), 1)
    frames = [frame for frame in run(simulation, 150) if frame.feed == OPERATOR]
    assert len(frames) == 1
    action = json.loads(frames[0].data)
    assert (action["action"], action["by"], action["outcome"], action["track_id"]) == (
        "report_outcome",
        "battery",
        "stopped",
        0,
    )
    assert frames[0].t_ns - action["t_ns"] == pytest.approx(15 * NS, abs=1000)
    assert simulation.detected_s()["drone"] < 20.0


def warn(t_ns: int, kind: WarningEventKind, alarm: str = "a-1") -> Warn:
    left = TimeLeft(40.0, 30.0, 50.0)
    return Warn(WarningEvent(t_ns, kind, alarm, "raid-1", "yard", Level.WARN, 1, left))


def actions(frames: list[Frame]) -> list[tuple[float, dict[str, Any]]]:
    return [(frame.t_ns / NS, json.loads(frame.data)) for frame in frames if frame.feed == OPERATOR]


@pytest.fixture
def crewed(build: Callable[..., Scenario]) -> Simulation:
    crew = {
        "by": "officer",
        "acknowledge_s": 5,
        "head_count_s": 30,
        "all_clear_s": 10,
        "close_s": 10,
        "patience_s": 60,
    }
    return Simulation(build(crew=crew, object=[], expected={}, radar=[]), 1)


def incident(simulation: Simulation, closed: bool = False, *outcomes: Outcome) -> Register:
    closed_t_ns, nowhere = simulation.end_t_ns if closed else None, (0.0, 0.0, 0.0)
    seen = tuple(
        IncidentObject((number,), "owa", 1, nowhere, 0.0, 0.0, 2, nowhere, 50.0, (), outcome)
        for number, outcome in enumerate(outcomes or (Outcome.UNKNOWN,), 1)
    )
    return Register(Incident("small-1", "small", 1, simulation.start_t_ns, closed_t_ns, False, seen))


@pytest.mark.parametrize(
    ("reported", "own", "closed_as"),
    [
        ((Outcome.STOPPED,), [], "stopped"),
        ((Outcome.UNKNOWN,), [(1, "left")], "left"),
        ((Outcome.STOPPED, Outcome.UNKNOWN), [(2, "left")], "stopped"),
        ((Outcome.LANDED, Outcome.STOPPED), [], "landed"),
    ],
)
def test_the_duty_officer_acknowledges_counts_clears_and_closes(
    crewed: Simulation, reported: tuple[Outcome, ...], own: list[tuple[int, str]], closed_as: str
) -> None:
    start = crewed.start_t_ns
    crewed.frames(start + 10 * NS)
    opened = incident(crewed, False, *reported)
    crewed.notice([warn(start + 10 * NS, WarningEventKind.RAISED), opened], None)
    seen = actions(crewed.frames(start + 30 * NS))
    assert [(t - start / NS, action["action"], action["alarm_id"]) for t, action in seen] == [
        (15.0, "acknowledge", "a-1")
    ]
    crewed.notice([warn(start + 30 * NS, WarningEventKind.PASSED)], None)
    done = []
    for second in range(31, 120):
        done += actions(crewed.frames(start + second * NS))
    assert [(round(t - start / NS), action["action"]) for t, action in done] == [
        (61, "head_count"),
        (71, "all_clear"),
        *[(81, "report_outcome")] * len(own),
        (81, "close_incident"),
    ]
    assert [(action["track_id"], action["outcome"]) for _, action in done[2:-1]] == own
    assert done[0][1] == {"action": "head_count", "by": "officer", "complete": True, "role": None}
    closing = done[-1][1]
    assert closing["outcome"] == closed_as and closing["casualties"]["status"] == "none"
    assert closing["damage"]["status"] == ("unknown" if closed_as == "landed" else "none")
    assert closing["claim"]["status"] == "unknown"


def test_a_new_alarm_starts_the_count_again(crewed: Simulation) -> None:
    start = crewed.start_t_ns
    crewed.notice([warn(start, WarningEventKind.RAISED), incident(crewed)], None)
    crewed.frames(start + 10 * NS)
    crewed.notice([warn(start + 10 * NS, WarningEventKind.PASSED)], None)
    crewed.frames(start + 20 * NS)
    crewed.notice([warn(start + 20 * NS, WarningEventKind.RAISED, "a-2")], None)
    names = [action["action"] for _, action in actions(crewed.frames(start + 60 * NS))]
    assert names == ["acknowledge"]


def test_patience_ends_the_wait_for_an_alarm_that_never_passes(crewed: Simulation) -> None:
    start = crewed.start_t_ns
    crewed.notice([warn(start, WarningEventKind.RAISED), incident(crewed)], None)
    done = []
    for second in range(1, 150):
        done += actions(crewed.frames(start + second * NS))
    assert [(round(t - start / NS), action["action"]) for t, action in done] == [
        (5, "acknowledge"),
        (90, "head_count"),
        (100, "all_clear"),
        (110, "report_outcome"),
        (110, "close_incident"),
    ]


def test_the_all_clear_of_rockets_waits_until_it_opens_and_the_closing_for_it(crewed: Simulation) -> None:
    start = crewed.start_t_ns
    sky = SiteFold(Frame(CONFIGURATION, start, example_site("127.0.0.1:5020").encode())).picture()
    left = TimeLeft(20.0, 18.0, 22.0)
    alarms = tuple(
        Alarm(name, "raid-1", name, Level.WARN, AlarmState.ACTIVE, start, start, (1,), (1,), left, (),
              all_clear_from_t_ns=start + opens_s * NS)
        for name, opens_s in (("a-1", 100), ("a-2", 0))
    )  # fmt: skip
    crewed.notice([warn(start, WarningEventKind.RAISED), incident(crewed)], replace(sky, alarms=alarms))
    crewed.notice([warn(start + 2 * NS, WarningEventKind.PASSED)], sky)
    done = [one for second in range(1, 130) for one in actions(crewed.frames(start + second * NS))]
    assert [(round(t - start / NS), action["action"]) for t, action in done] == [
        (5, "acknowledge"),
        (31, "head_count"),
        (102, "all_clear"),  # not in the very moment
        (112, "report_outcome"),
        (112, "close_incident"),
    ]


def test_what_came_down_unstopped_is_closed_as_what_it_was(build: Callable[..., Scenario]) -> None:
    crew = {"by": "officer", "acknowledge_s": 1, "head_count_s": 1, "all_clear_s": 1, "close_s": 1}
    simulation = Simulation(build(crew=crew), 1)
    (impact,) = simulation.truth.impacts(simulation.scenario.layout.site.zones)
    place = (impact.east_m + 300.0, impact.north_m, 50.0)
    t_ns = impact.t_ns - 5 * NS
    simulation.frames(impact.t_ns)
    seen = IncidentObject((7,), "owa", 1, place, 0.0, 0.0, t_ns, place, 50.0, ())
    opened = Register(Incident("small-1", "small", 1, simulation.start_t_ns, None, False, (seen,)))
    simulation.notice([warn(impact.t_ns, WarningEventKind.RAISED), opened], None)
    simulation.notice([warn(impact.t_ns, WarningEventKind.PASSED)], None)
    done = [
        action
        for second in range(1, 10)
        for _, action in actions(simulation.frames(impact.t_ns + second * NS))
    ]
    report, closing = done[-2:]
    assert (report["action"], report["track_id"], report["t_ns"]) == ("report_outcome", 7, t_ns)
    assert report["outcome"] == closing["outcome"] == impact.outcome.value != "left"


def test_without_an_incident_nothing_is_closed_and_a_second_one_is_worked_too(crewed: Simulation) -> None:
    start = crewed.start_t_ns
    assert actions(crewed.frames(start + 20 * NS)) == []
    for begin in (20, 100):
        now = start + begin * NS
        crewed.notice([warn(now, WarningEventKind.RAISED, f"a-{begin}"), incident(crewed)], None)
        crewed.notice([warn(now, WarningEventKind.PASSED, f"a-{begin}")], None)
        done = []
        for second in range(begin + 1, begin + 70):
            done += [action["action"] for _, action in actions(crewed.frames(start + second * NS))]
        assert done == ["acknowledge", "head_count", "all_clear", "report_outcome", "close_incident"]
        crewed.notice([incident(crewed, closed=True)], None)
