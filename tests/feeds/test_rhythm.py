"""A receiver that is connected and says nothing: an empty sky, or a server that died without closing."""

from marsad.feeds import sbs
from marsad.feeds.rhythm import Rhythm
from marsad.feeds.sbs_feed import SbsFeed
from marsad.feeds.settings import SbsSettings
from marsad.geo.local import LocalFrame
from marsad.model.effect import Hangup
from marsad.model.frame import Frame, FrameKind
from marsad.model.sensor import SensorHealth

S = 1_000_000_000
START = 1_641_264_000 * S


def feed() -> SbsFeed:
    settings = SbsSettings.model_validate({"name": "adsb", "standard": "sbs", "connect": "127.0.0.1:30003"})
    made = SbsFeed(settings, LocalFrame(33.3, 44.4, 0.0))
    made.receive(Frame("adsb", START, b"", 1, FrameKind.OPENED))
    return made


def hangups(made: SbsFeed, from_s: int, until_s: int) -> list[int]:
    """When it gives up its connection, asked once a second."""
    found = []
    for second in range(from_s, until_s):
        gone = [one for one in made.advance(START + second * S).hangups if isinstance(one, Hangup)]
        found += [second for _ in gone]
    return found


def test_a_server_that_falls_silent_is_dialled_anew_in_its_own_rhythm() -> None:
    made = feed()
    for row in range(12):
        made.receive(
            Frame(
                "adsb", START + row * S // 2, sbs.position(START + row * S // 2, "728001", 33.4, 44.4, 9e3), 1
            )
        )
    assert hangups(made, 6, 40) == [16]
    made.receive(Frame("adsb", START + 41 * S, b"", 1, FrameKind.CLOSED))
    made.receive(Frame("adsb", START + 46 * S, b"", 2, FrameKind.OPENED))
    assert hangups(made, 46, 90) == [67], "with twice the patience, for the first try was in vain"


def test_who_is_usually_quiet_is_not_dialled_anew_for_it() -> None:
    made = feed()
    for row in range(10):
        t_ns = START + row * 5 * S
        made.receive(Frame("adsb", t_ns, sbs.position(t_ns, "728001", 33.4, 44.4, 9e3), 1))
        assert made.advance(t_ns + 4 * S).hangups == []
    assert hangups(made, 46, 95) == []


def test_a_server_with_nothing_to_report_is_well() -> None:
    made = feed()
    for beat in range(1, 9):
        made.receive(Frame("adsb", START + 30 * beat * S, b"\r\n", 1))
        made.advance(START + (30 * beat + 29) * S)
        assert made.sensors()[0].health is SensorHealth.OK


def test_a_closed_connection_is_not_given_up_again() -> None:
    rhythm = Rhythm(60 * S)
    rhythm.heard(START, 1)
    assert rhythm.is_broken(START + 61 * S)
    rhythm.give_up()
    assert not rhythm.is_broken(START + 500 * S)
