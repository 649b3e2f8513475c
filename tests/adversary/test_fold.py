"""Bad peers against the fold: the same frames of an honest radar, with and without them.

Here the peers are as bad as they can be: the rim holds nothing back, and everything comes from one address.
"""

import pytest

from marsad.feeds.sapient.wire import SapientMessage
from marsad.model.effect import Reply, Warn
from marsad.model.frame import CONFIGURATION, TICK, Frame, FrameKind
from marsad.model.peer import Peer, bytes_from_peer
from marsad.model.sensor import SensorHealth
from marsad.model.threat import Level
from marsad.site.fold import SiteFold

from .raid import ATTACKS, RADAR, SCAN_S, SCANS, SITE, Attack, S, hello, scan

T0 = 1_700_000_000 * S
HONEST, PEER = 1000, 1


def frames(attack: Attack) -> list[Frame]:
    """Ten seconds of a raid with a bad peer beside the radar."""
    found = [
        Frame("sensors", T0, bytes_from_peer(Peer("127.0.0.1", 5000 + link)), link, FrameKind.OPENED)
        for link in range(PEER, PEER + 1 + attack.crowd)
    ]
    if first := attack.first(T0):
        found.append(Frame("sensors", T0, first, PEER))
    found.append(Frame("sensors", T0, bytes_from_peer(Peer("127.0.0.1", 9)), HONEST, FrameKind.OPENED))
    found.append(Frame("sensors", T0, hello(T0), HONEST))
    for tenth in range(1, round(SCANS * SCAN_S * 10)):
        t_ns = T0 + tenth * S // 10
        found.append(Frame(TICK, t_ns))
        if attack.each:
            said = b"".join(attack.words(t_ns, number) for number in range(attack.each // 10 or 1))
            found.append(Frame("sensors", t_ns, said, PEER))
        if tenth % round(10 * SCAN_S) == 0:
            found.append(Frame("sensors", t_ns, scan(t_ns, tenth // round(10 * SCAN_S)), HONEST))
    return found


def warned(attack: Attack) -> tuple[dict[Level, float], SiteFold, list[Reply]]:
    """Seconds until each stage was raised, first by stage."""
    fold = SiteFold(Frame(CONFIGURATION, T0, SITE.encode()))
    found: dict[Level, float] = {}
    replies: list[Reply] = []
    for frame in frames(attack):
        for effect in fold.fold(frame):
            if isinstance(effect, Warn):
                found.setdefault(effect.event.stage, (frame.t_ns - T0) / S)
            elif isinstance(effect, Reply) and effect.link == HONEST:
                replies.append(effect)
    return found, fold, replies


@pytest.mark.parametrize("name", ATTACKS)
def test_the_radar_warns_as_if_no_peer_were_there(name: str) -> None:
    alone, _, _ = warned(Attack())
    assert {Level.ALERT, Level.WARN} <= set(alone)
    beside, fold, replies = warned(ATTACKS[name])
    for stage in (Level.ALERT, Level.WARN):
        assert abs(beside[stage] - alone[stage]) <= 0.5, stage
    radar = next(sensor for sensor in fold.sensors() if sensor.sensor_id == RADAR.node_id)
    is_claimed = "in its node_id" in name
    expected = (SensorHealth.DEGRADED, "claimed from 127.0.0.1") if is_claimed else (SensorHealth.OK, "")
    assert (radar.health, radar.note) == expected
    answers = [SapientMessage.FromString(reply.data[4:]).WhichOneof("content") for reply in replies]
    assert "error" not in answers, "nothing of it was refused"
    assert answers.count("registration_ack") == 1


def test_what_the_peer_said_is_counted_and_shown() -> None:
    _, fold, _ = warned(ATTACKS["P1 goodbye in its node_id"])
    counters = dict(fold.picture().counters)
    assert counters["refused.node-held"] > 50
    assert [asker.asking.value for asker in fold.picture().askers] == ["claims"]
