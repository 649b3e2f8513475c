from hypothesis import given
from hypothesis import strategies as st

from marsad.evaluate.announcements import WarningLog, most_in_window, needless, of_stage
from marsad.evaluate.association import Owners
from marsad.evaluate.look import AlarmRaised
from marsad.model.threat import Level
from marsad.model.warning import TimeLeft, WarningEvent, WarningEventKind

from .scenes import BIRD, DRONE

LEFT = TimeLeft(1.0, 1.0, 1.0)
KIND = WarningEventKind


def event(kind: WarningEventKind, track: int | None = 1, alarm: str = "a") -> WarningEvent:
    return WarningEvent(0, kind, alarm, "raid", "gate", Level.WARN, track, LEFT)


def alarm(t_s: float, *tracks: int) -> AlarmRaised:
    return AlarmRaised("a", t_s, "gate", Level.WARN, tuple((t_s, track) for track in tracks))


def test_an_alarm_gathers_its_tracks_and_its_answer() -> None:
    log = WarningLog()
    for t_s, item in enumerate(
        (
            event(KIND.RAISED, 1),
            event(KIND.GREW, 2),
            event(KIND.ACKNOWLEDGED, None),
            event(KIND.ACKNOWLEDGED, None),
            event(KIND.PASSED, None),
            event(KIND.RAISED, 3),
            event(KIND.GREW, 4, "unheard of"),
        )
    ):
        log.note(item, float(t_s))
    first, again = log.alarms()
    assert first.joined == ((0.0, 1), (1.0, 2)) and again.joined == ((5.0, 3),)
    assert log.acknowledged_s == [2.0]
    assert of_stage(log.alarms(), Level.ALERT) == [] and len(of_stage(log.alarms(), Level.WARN)) == 2


def test_needless_is_what_no_threat_was_in() -> None:
    owners = Owners()
    owners.note(0.0, {0: 1, 1: 2})
    found = needless(
        [alarm(1.0, 1), alarm(1.0, 2), alarm(1.0, 2, 1), alarm(1.0, 9), alarm(1.0)],
        [DRONE, BIRD],
        owners.owner,
    )
    assert [item.cause for item in found] == ["bird (bird)", "", ""]


def test_the_most_in_a_window_by_hand() -> None:
    assert most_in_window([]) == 0
    assert most_in_window([alarm(t_s) for t_s in (0, 599.9, 600, 1200)]) == 2
    assert most_in_window([alarm(t_s) for t_s in (5, 1, 3)], 2.5) == 2


@given(st.lists(st.floats(0, 1e4), max_size=30), st.floats(1, 2e4))
def test_the_most_in_a_window_is_found_by_trying_each(times: list[float], window_s: float) -> None:
    tried = max((sum(begin <= t < begin + window_s for t in times) for begin in times), default=0)
    assert most_in_window([alarm(t_s) for t_s in times], window_s) == tried
