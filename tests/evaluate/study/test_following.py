import numpy as np
import pytest

from marsad.evaluate.study.distributions import load_generator
from marsad.evaluate.study.following import BESIDE_ATTACKER, FALSE_TRACK, Follower, Told
from marsad.evaluate.study.staging import staged
from marsad.model.effect import Warn
from marsad.model.picture import Picture
from marsad.model.threat import Level
from marsad.model.track import TrackTable
from marsad.model.warning import TimeLeft, WarningEvent, WarningEventKind
from marsad.simulate.truth import Truth, truth_of

from .conftest import tiny_raid

NS = 1_000_000_000


@pytest.fixture
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    raid = tiny_raid()
    folder = tmp_path_factory.mktemp("raid")
    return truth_of(staged(raid, load_generator().distributions, folder).scenario, raid.seed)


def picture(truth: Truth, t_s: float, places: dict[int, np.ndarray]) -> Picture:
    n, t_ns = len(places), truth.start_t_ns + round(t_s * NS)
    stamp = np.full(n, t_ns)
    means = np.array([[*place, 0.0, 0.0, 0.0] for place in places.values()]).reshape(n, 6)
    covariance = np.tile(np.eye(6), (n, 1, 1))
    table = TrackTable(
        t_ns, np.array(list(places), np.int64), means, covariance, np.ones(n), np.ones(n, bool),
        stamp, stamp, np.full(n, 5), np.ones((n, 1)),
    )  # fmt: skip
    return Picture(t_ns, table, (), (), (), None, ())


def event(truth: Truth, t_s: float, kind: WarningEventKind, track: int, stage: Level = Level.WARN) -> Warn:
    left = TimeLeft(30.0, 20.0, 40.0)
    t_ns = truth.start_t_ns + round(t_s * NS)
    return Warn(WarningEvent(t_ns, kind, "a", "r", "compound", stage, track, left))


def test_tracks_are_put_on_objects_and_events_on_their_tracks(truth: Truth) -> None:
    follower = Follower(truth)
    for t_s in np.arange(6.0, 40.0, 0.5):
        (place,), _ = truth.states(np.array([0]), t_s)
        near, far = place + np.array([200.0, 0, 0]), np.array([9000.0, 0, 100.0])
        places = {4 if t_s < 20 else 7: place + np.array([10.0, 0, 0]), 5: near, 6: far}
        raised = [event(truth, t_s, WarningEventKind.RAISED, 4)] if t_s == 12.0 else []
        grown = (
            [event(truth, t_s, WarningEventKind.GREW, track) for track in (5, 6, 7)] if t_s == 25.0 else []
        )
        passed = [event(truth, t_s, WarningEventKind.PASSED, 4)] if t_s == 30.0 else []
        follower.watch(truth.start_t_ns, [*raised, *grown, *passed], picture(truth, float(t_s), places))
    assert follower.announced == 1
    assert [told.track_id for told in follower.told] == [4, 5, 6, 7]
    assert [follower.cause(told) for told in follower.told] == [0, BESIDE_ATTACKER, FALSE_TRACK, 0]
    assert follower.held[0].changes == 1
    assert set(follower.held[0].looks) == {4, 7}


def test_a_track_that_was_told_of_before_it_was_put_on_its_object_is_its_own(truth: Truth) -> None:
    follower = Follower(truth)
    (place,), _ = truth.states(np.array([0]), 20.0)
    follower.watch(0, [], picture(truth, 20.0, {3: place}))
    assert follower.cause(Told(8.0, Level.ALERT, "compound", 3)) == 0
    assert follower.cause(Told(8.0, Level.ALERT, "compound", 99)) == FALSE_TRACK
