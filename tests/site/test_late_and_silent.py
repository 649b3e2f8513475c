"""Late, silent, cut: three things that are not an empty sky, each with the warning it must not cost.

A radar of one sweep a second sees something come straight at a zone at 50 m/s; what differs is when its
reports arrive. The times of ALERT and WARN are those of the fold.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from random import Random

import pytest

from marsad.feeds import sbs
from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.action import AllClear, TakeBackAllClear
from marsad.model.effect import Warn
from marsad.model.frame import CONFIGURATION, OPERATOR, TICK, Frame, FrameKind
from marsad.model.sensor import SensorHealth, SensorKind
from marsad.model.threat import Level
from marsad.model.warning import Alarm, AlarmState, WarningEventKind
from marsad.site.actions import json_from_action
from marsad.site.fold import SiteFold

SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND
SITE = """
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "البوابة"
centre = [33.3, 44.4]
radius_m = 150.0
[[feed]]
name = "sensors"
standard = "sapient"
[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
""".encode()
NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.3, 44.4, 40.0)
ARRIVAL_S = 119  # from 6 km at 50 m/s


@dataclass
class Watch:
    """A fold that is fed frames in time order, with the ticks a live site has."""

    fold: SiteFold = field(default_factory=lambda: SiteFold(Frame(CONFIGURATION, START, SITE)))
    told: dict[Level, float] = field(default_factory=dict)
    passed_s: float | None = None

    def run(self, frames: Iterable[tuple[float, Frame]], until_s: float) -> "Watch":
        """Fold the frames in the order of their times, up to a time."""
        for _, frame in sorted(frames, key=lambda item: item[0]):
            if frame.t_ns > START + until_s * SECOND:
                break
            self.tick(frame.t_ns)
            self._take(frame)
        self.tick(START + round(until_s * SECOND))
        return self

    def tick(self, until_ns: int) -> None:
        while (deadline_ns := max(self.fold.deadline_ns, self.fold.t_ns)) < until_ns:
            self._take(Frame(TICK, deadline_ns))
        self._take(Frame(TICK, until_ns))

    def _take(self, frame: Frame) -> None:
        for effect in self.fold.fold(frame):
            if not isinstance(effect, Warn):
                continue
            t_s = (effect.event.t_ns - START) / SECOND
            if effect.event.kind is WarningEventKind.RAISED:
                self.told.setdefault(effect.event.stage, t_s)
            elif effect.event.kind is WarningEventKind.PASSED:
                self.passed_s = t_s

    def radar(self) -> tuple[SensorHealth, str]:
        """Health and note of the radar, as shown."""
        (sensor,) = [one for one in self.fold.picture().sensors if one.kind is SensorKind.RADAR]
        return sensor.health, sensor.note


def at(
    t_s: float, data: bytes, kind: FrameKind = FrameKind.DATA, feed: str = "sensors"
) -> tuple[float, Frame]:
    return t_s, Frame(feed, START + round(t_s * SECOND), data, 1, kind)


def radar(
    latency_s: Callable[[int], float],
    *,
    last_s: float = ARRIVAL_S,
    clock_s: float = 0.0,
    turn_s: float = ARRIVAL_S,
) -> list[tuple[float, Frame]]:
    """What the radar sends: its plots each second, late by latency_s, its clock ahead by clock_s.

    What it sees flies back from turn_s on.
    """
    frames = [
        at(0.1, b"peer", FrameKind.OPENED),
        at(0.2, registration(NODE, START)),
        at(0.3, status(NODE, START, ulid(START, 1), first=True)),
    ]
    for second in range(1, ARRIVAL_S):
        if second > last_s:
            break
        t_ns = START + second * SECOND
        stamp_ns = t_ns + round(clock_s * SECOND)
        plot = polar_detection(
            NODE, stamp_ns, ulid(t_ns, 7), ulid(t_ns, 8), 0.0, 0.005,
            range_m=6_000.0 - 50.0 * (turn_s - abs(second - turn_s)), range_sigma_m=10.0,
            elevation_rad=0.03, elevation_sigma_rad=0.01,
        )  # fmt: skip
        if second % 20 != 7:  # it misses one in twenty
            frames.append(at(second + latency_s(second), plot))
        if second % 5 == 0:
            frames.append(at(second + 0.01, status(NODE, t_ns, ulid(t_ns, 9))))
    return frames


def codes(alarm: Alarm) -> list[str]:
    return [reason.code for reason in alarm.reasons]


def aircraft(last_s: int = ARRIVAL_S, clock_s: float = 0.0) -> list[tuple[float, Frame]]:
    """An airliner passing far off, heard twice a second: somebody else keeps the tracker's time going."""
    frames = [at(0.1, b"peer", FrameKind.OPENED, "adsb")]
    for half in range(1, 2 * last_s):
        t_s = half / 2
        t_ns = START + round((t_s + clock_s) * SECOND)
        lines = sbs.velocity(t_ns, "728001", 400.0, 90.0, 0.0)
        lines += sbs.position(t_ns, "728001", 33.6, 44.2 + 0.0022 * t_s, 31_000.0)
        frames.append(at(t_s + 0.2, lines, feed="adsb"))
    return frames


@cache
def prompt(others: bool = True) -> dict[Level, float]:
    """When people are told where reports come at once."""
    return Watch().run([*radar(lambda second: 0.1), *(aircraft() if others else [])], ARRIVAL_S).told


@pytest.mark.parametrize("others", [False, True], ids=["alone", "with-claims"])
@pytest.mark.parametrize("latency_s", [0.0, 1.5, 2.6, 4.5])
def test_a_constant_latency_costs_no_more_than_itself(latency_s: float, others: bool) -> None:
    watch = Watch().run([*radar(lambda second: latency_s), *(aircraft() if others else [])], ARRIVAL_S)
    assert watch.told[Level.WARN] <= prompt(others)[Level.WARN] + latency_s + 1.0
    assert watch.told[Level.ALERT] <= prompt(others)[Level.ALERT] + latency_s + 3.5
    assert (watch.radar()[0] is SensorHealth.OK) == (latency_s <= 4.0), "lagging from four fifths of rewind_s"
    assert len(watch.fold.picture().tracks) == 1 + others


@pytest.mark.parametrize("others", [False, True], ids=["alone", "with-claims"])
@pytest.mark.parametrize("latency_s", [6.0, 15.0, 29.0])
def test_reports_later_than_the_tracker_goes_back_still_warn(latency_s: float, others: bool) -> None:
    frames = [*radar(lambda second: latency_s), *(aircraft() if others else [])]
    watch = Watch().run(frames, 11 + latency_s)
    assert watch.radar() == (SensorHealth.DEGRADED, f"reports come {latency_s:.1f} s late")
    watch.run([one for one in frames if one[1].t_ns > watch.fold.t_ns], ARRIVAL_S)
    if latency_s <= 15.0:
        assert watch.told[Level.WARN] <= prompt(others)[Level.WARN] + latency_s + 15.0
    else:  # half a minute ahead nobody knows which zone is hit, but that something comes
        assert watch.told[Level.ALERT] <= ARRIVAL_S - 30.0


def test_a_jittered_latency_is_served() -> None:
    random = Random(7)
    delays = [random.expovariate(1.0) for _ in range(ARRIVAL_S)]
    watch = Watch().run([*radar(lambda second: delays[second]), *aircraft()], ARRIVAL_S)
    for level in (Level.ALERT, Level.WARN):
        assert watch.told[level] <= prompt()[level] + 4.0


@pytest.mark.parametrize("clock_s", [0.8, 3.0, 3600.0])
def test_a_radar_whose_clock_is_ahead_still_warns(clock_s: float) -> None:
    watch = Watch().run([*radar(lambda second: 0.1, clock_s=clock_s), *aircraft()], ARRIVAL_S)
    assert watch.told[Level.WARN] <= prompt()[Level.WARN] + 1.0
    if clock_s > 1.5:
        assert watch.radar()[0] is SensorHealth.DEGRADED and "clock ahead by" in watch.radar()[1]


@pytest.mark.parametrize("clock_s", [-6.0, -29.0, 1.5])
def test_a_receiver_of_claims_whose_clock_is_off_is_put_right(clock_s: float) -> None:
    watch = Watch().run([*radar(lambda second: 0.1), *aircraft(clock_s=clock_s)], ARRIVAL_S)
    (receiver,) = [one for one in watch.fold.picture().sensors if one.kind is SensorKind.ADSB]
    assert receiver.delay is not None and receiver.delay.shift_s == pytest.approx(-clock_s, abs=0.3)
    assert len(watch.fold.picture().tracks) == 2
    assert watch.told[Level.WARN] <= prompt()[Level.WARN] + 1.0


@pytest.mark.parametrize("how", ["cut", "silent", "goodbye"])
def test_no_alarm_passes_because_its_only_sensor_is_gone(how: str) -> None:
    last_s = prompt()[Level.WARN] + 3.0
    frames = radar(lambda second: 0.1, last_s=last_s)
    if how == "cut":
        frames.append(at(last_s + 0.5, b"", FrameKind.CLOSED))
    watch = Watch().run(frames, last_s + 10.0)
    assert len(watch.fold.picture().tracks) == 1, "coasting"
    assert watch.fold.picture().tracks.existence[0] > 0.9, "nothing has said that it is not there"
    watch.run([], last_s + 200.0)
    assert watch.passed_s is None
    alarms = [alarm for alarm in watch.fold.picture().alarms if alarm.stage is Level.WARN]
    assert [alarm.state for alarm in alarms] == [AlarmState.ACTIVE]
    assert "alarm.unseen" in codes(alarms[0])
    (lost,) = alarms[0].lost
    assert lost.zone_id == "gate"
    assert last_s - 1.0 <= (lost.last_t_ns - START) / SECOND <= last_s, "since when it was not seen"
    assert len(watch.fold.picture().tracks) == 0, "ended by the clock, though nothing came"


def test_an_all_clear_that_is_taken_back_leaves_lost_what_was_lost_with_the_radar() -> None:
    last_s = prompt()[Level.WARN] + 3.0
    watch = Watch().run(radar(lambda second: 0.1, last_s=last_s), last_s + 60.0)
    before = next(one for one in watch.fold.picture().alarms if one.stage is Level.WARN)
    for after_s, action in (
        (70.0, AllClear("Lina", "gate")),
        (100.0, TakeBackAllClear("Lina", "gate", "one may come")),
    ):
        frame = Frame(OPERATOR, START + round((last_s + after_s) * SECOND), json_from_action(action))
        watch.run([(last_s + after_s, frame)], last_s + after_s)
    watch.run([], last_s + 200.0)
    assert watch.passed_s is None
    again = next(one for one in watch.fold.picture().alarms if one.stage is Level.WARN)
    assert again.alarm_id != before.alarm_id
    assert (again.lost, again.active_ids) == (before.lost, before.active_ids) and again.lost
    assert again.last_active_t_ns == before.last_active_t_ns


def test_what_turns_away_before_a_living_radar_is_not_lost() -> None:
    turn_s = prompt()[Level.WARN] + 3.0
    frames = radar(lambda second: 0.1, turn_s=turn_s)
    watch = Watch()
    lost, emptied = False, False
    for second in range(20, ARRIVAL_S):
        alarms = (
            watch.run([one for one in frames if one[1].t_ns > watch.fold.t_ns], second).fold.picture().alarms
        )
        lost |= any(alarm.lost or "alarm.unseen" in codes(alarm) for alarm in alarms)
        emptied |= any(not alarm.active_ids for alarm in alarms)
    assert emptied and not lost
    assert watch.passed_s is not None and len(watch.fold.picture().tracks) == 1, "and it is still seen"


def test_an_alarm_passes_where_the_radar_lives_and_sees_nothing_any_more() -> None:
    last_s = prompt()[Level.WARN] + 3.0
    beats = [
        at(t_s, status(NODE, START + round(t_s * SECOND), ulid(START + round(t_s * SECOND), 9)))
        for t_s in (last_s + 2.5 * number for number in range(1, 60))
    ]
    watch = Watch().run([*radar(lambda second: 0.1, last_s=last_s), *beats], last_s + 90.0)
    assert watch.passed_s is not None and watch.passed_s < last_s + 60.0


def test_tracks_end_by_the_clock_when_nothing_ever_comes_again() -> None:
    watch = Watch().run(aircraft(20), 21.0)
    assert len(watch.fold.picture().tracks) == 1
    watch.run([], 55.0)
    assert len(watch.fold.picture().tracks) == 0
