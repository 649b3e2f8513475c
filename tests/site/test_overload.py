"""What is too much is told: who, what, how much, since when, and its end; a replay tells the same."""

import json
from pathlib import Path

import pytest

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.effect import Refuse, Register
from marsad.model.frame import CONFIGURATION, LOAD, TICK, Frame, FrameKind
from marsad.model.incident import Incident
from marsad.model.overload import Lateness, Overload, Shed
from marsad.model.sensor import SensorHealth, SensorKind
from marsad.report.wording import word
from marsad.site.fold import SiteFold
from marsad.site.overload import Ledger

from ..example_site import example_site

S = 1_000_000_000
T0 = 1_700_000_000 * S
NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Busy", SensorKind.RADAR, 33.301, 44.401, 40.0)
SITE = example_site(
    "127.0.0.1:5020",
    sensors="messages_per_s_max = 100\n",
    adsb='"127.0.0.1:30003"\nlines_per_s_max = 500',
)


class Busy:
    """A site with a busy radar, each frame kept."""

    def __init__(self) -> None:
        self.frames = [Frame(CONFIGURATION, T0, SITE.encode())]
        self.fold = SiteFold(self.frames[0])
        self.incident: Incident | None = None
        self.take(Frame("sensors", T0, registration(NODE, T0) + status(NODE, T0, ulid(T0, 1), first=True), 1))

    def take(self, frame: Frame) -> list[object]:
        self.frames.append(frame)
        effects = self.fold.fold(frame)
        for effect in effects:
            if isinstance(effect, Register):
                self.incident = effect.incident
        return list(effects)

    def report(self, t_ns: int, count: int, range_m: float = 6_000.0) -> None:
        """So many reports in the second before t_ns, a tick each tenth."""
        for tenth in range(10):
            at_ns = t_ns - S + tenth * S // 10
            words = b"".join(
                polar_detection(
                    *(NODE, at_ns, ulid(at_ns, 9 + n), ulid(T0, 9 + n), (0.7 * n) % 6.2, 0.01),
                    range_m=range_m,
                )
                for n in range(count // 10)
            )
            self.take(Frame("sensors", at_ns, words, 1))
        self.take(Frame(TICK, t_ns))

    def told(self) -> dict[Shed, Overload]:
        return {one.shed: one for one in self.fold.picture().overloads}


def test_who_sends_more_than_it_may_is_named_with_figures_and_the_end_is_told() -> None:
    busy = Busy()
    busy.report(T0 + 2 * S, 90)
    assert busy.told() == {}
    for number in (3, 4, 5):
        busy.report(T0 + number * S, 150)
    told = busy.told()[Shed.MESSAGES]
    assert (told.sensor_id, told.name, told.per_s) == (NODE.node_id, "Busy", 50.0)
    assert T0 + 2 * S <= told.since_t_ns < T0 + 4 * S and told.count == 60, "a second's worth was left"
    assert word(told.what, "en") == (
        "The site cannot follow all that arrives: Busy sends 50 messages a second more than it may; "
        "they are left out."
    )
    (radar,) = (one for one in busy.fold.sensors() if one.sensor_id == NODE.node_id)
    assert radar.health is SensorHealth.DEGRADED and "in a second" in radar.note
    assert dict(busy.fold.picture().counters)["overload.messages"] == 60
    for number in range(6, 13):
        busy.report(T0 + number * S, 20)
    assert busy.told() == {}


@pytest.mark.parametrize("shed", Shed)
def test_every_rule_has_its_sentences_in_both_languages(shed: Shed) -> None:
    told = Overload(shed, "radar", "R", T0, 12.3, 5)
    for language in ("en", "ar"):
        assert word(told.what, language)
    ledger = Ledger()
    ledger.leave_out(T0, shed, "radar", "R", 5)
    (line,) = ledger.lines(T0, "incident")
    assert line.what == ledger.told()[0].what and ledger.lines(T0 + S, "incident") == []
    (over,) = ledger.lines(T0 + 7 * S, "incident")
    assert word(over.what, "ar") and ledger.told() == ()


def waits(t_ns: int, wait_s: float, took_s: float = 0.0, busy: float = 0.0) -> Frame:
    return Frame(LOAD, t_ns, Lateness(wait_s, took_s, busy).to_bytes())


def test_frames_that_had_to_wait_are_told_and_less_is_taken_of_the_busiest() -> None:
    busy = Busy()
    busy.report(T0 + 2 * S, 90)
    busy.take(waits(T0 + 2 * S, 0.4))
    assert busy.told() == {}, "short waits come and go"
    busy.take(waits(T0 + 2 * S, 0.8))
    told = busy.told()[Shed.WAITING]
    assert (told.per_s, told.sensor_id) == (0.8, "")
    busy.report(T0 + 3 * S, 90)
    assert busy.told()[Shed.SHARE].name == "Busy" and 30 <= busy.told()[Shed.SHARE].count <= 60
    for number in range(4, 20):
        busy.report(T0 + number * S, 90)
    assert busy.told() == {}


def test_where_the_fold_has_no_time_left_less_is_taken_of_the_busiest_and_nothing_is_late() -> None:
    busy = Busy()
    busy.report(T0 + 2 * S, 90)
    busy.take(waits(T0 + 2 * S, 0.0, 0.1, 0.89))
    busy.report(T0 + 3 * S, 90)
    assert busy.told() == {}
    busy.take(waits(T0 + 3 * S, 0.0, 0.1, 0.97))
    busy.report(T0 + 4 * S, 90)
    assert set(busy.told()) == {Shed.SHARE} and busy.told()[Shed.SHARE].count >= 30


def test_where_folding_itself_takes_long_nobody_pays_but_the_picture_is_looked_at_less_often() -> None:
    busy = Busy()
    busy.take(waits(T0 + 2 * S, 0.0, 0.7))
    assert busy.told()[Shed.WAITING].per_s == 0.7
    for number in (3, 4, 5):
        cycles = busy.fold.cycles
        busy.report(T0 + number * S, 90)
        assert busy.fold.cycles - cycles <= 3, "at most each half second"
        busy.take(waits(T0 + number * S, 0.0, 0.7))
    assert set(busy.told()) == {Shed.WAITING}
    for number in range(6, 13):
        cycles = busy.fold.cycles
        busy.report(T0 + number * S, 90)
    assert busy.fold.cycles - cycles >= 4 and busy.told() == {}


def test_a_sensor_of_which_something_is_left_out_does_not_testify_to_absence() -> None:
    busy = Busy()
    for number in (2, 3):
        busy.report(T0 + number * S, 150)
    assert busy.fold._scans.incomplete == {NODE.node_id}
    for number in range(4, 12):
        busy.report(T0 + number * S, 10)
    assert busy.fold._scans.incomplete == frozenset()


@pytest.mark.parametrize("data", [b"", b"-1 0", b"1e9 0", b"5", b"x" * 99, b"9" * 25, b"1 2 1001", b"1 2 "])
def test_what_says_no_wait_is_refused(data: bytes) -> None:
    busy = Busy()
    (refused,) = busy.take(Frame(LOAD, T0 + S, data))
    assert isinstance(refused, Refuse) and refused.reason == "load-unreadable"


def test_what_the_rim_reads_more_slowly_is_told_of_the_feed() -> None:
    busy = Busy()
    busy.take(Frame("sensors", T0 + S, json.dumps({"held-back": 3}).encode(), 0, FrameKind.REFUSED))
    told = busy.told()[Shed.BYTES]
    assert (told.name, told.count) == ("sensors", 3)
    (radar,) = (one for one in busy.fold.sensors() if one.sensor_id == NODE.node_id)
    assert radar.health is SensorHealth.OK, "nothing of it is lost"


def test_a_replay_leaves_out_the_same() -> None:
    busy = Busy()
    for number in range(2, 9):
        busy.report(T0 + number * S, 150)
        busy.take(waits(T0 + number * S, 0.9))
    again = SiteFold(busy.frames[0])
    for frame in busy.frames[1:]:
        again.fold(frame)
    assert again.digest() == busy.fold.digest()
    assert again.picture().overloads == busy.fold.picture().overloads != ()
    assert again.picture().counters == busy.fold.picture().counters


def test_the_timeline_of_an_open_incident_tells_its_beginning_and_end() -> None:
    ledger = Ledger()
    ledger.leave_out(T0, Shed.MESSAGES, "radar", "R", 5)
    assert ledger.lines(T0, "") == [], "no incident, no line"
    (line,) = ledger.lines(T0 + S, "2023-1")
    assert line.what.code == "overload.messages" and line.by == ""
    ledger.leave_out(T0 + S, Shed.MESSAGES, "radar", "R", 7)
    assert ledger.lines(T0 + S, "2023-1") == []
    (line,) = ledger.lines(T0 + 8 * S, "2023-1")
    assert line.what.code == "overload.over.messages" and dict(line.what.arguments)["count"] == 12.0


def sbs_line(number: int) -> bytes:
    return f"MSG,3,1,1,{number:06X},1,,,,,,10000,,,33.4,44.5,,,0,0,0,0\r\n".encode()


def test_lines_that_were_read_late_are_no_flood_of_the_receiver() -> None:
    """A site that was busy for four seconds finds four seconds of lines in its socket at once."""
    busy = Busy()
    one_s = b"".join(map(sbs_line, range(125)))
    busy.take(Frame("adsb", T0, b"", 1, FrameKind.OPENED))
    busy.take(Frame("adsb", T0 + S, one_s, 1))
    busy.take(Frame("adsb", T0 + 6 * S, 5 * one_s, 1))
    assert dict(busy.fold.picture().counters).get("refused.flood", 0) == 0
    busy.take(Frame("adsb", T0 + 7 * S, 40 * one_s, 1))
    assert busy.told()[Shed.MESSAGES].name == "adsb"
    (receiver,) = (one for one in busy.fold.sensors() if one.feed == "adsb")
    assert receiver.health is SensorHealth.DEGRADED, "not working beside a refusal"


def test_the_sentences_of_this_room_are_all_used() -> None:
    keys = {f"overload.{shed}" for shed in Shed} | {f"overload.over.{shed}" for shed in Shed}
    folder = Path("src/marsad/report/wording")
    for language in ("en", "ar"):
        assert set(json.loads((folder / language / "overload.json").read_text("utf-8"))) == keys
