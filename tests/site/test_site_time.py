"""Site time: whatever the machine's clock does, tracks and alarms are the same, and its steps are told."""

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from marsad.feeds import sbs
from marsad.feeds.sapient.edge import polar_detection, status
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import SapientMessage, t_ns_of
from marsad.model.clock import Tie
from marsad.model.effect import Effect, Refuse, Register, Reply, Warn
from marsad.model.flight import FlightState
from marsad.model.frame import CLOCK, CONFIGURATION, OPERATOR, TICK, Frame
from marsad.model.incident import Incident
from marsad.model.utc import moved
from marsad.site.fold import SiteFold
from marsad.site.journal import Journal, JournalReader
from marsad.site.recorder import replay

from .test_fold import NODE, SECOND, SITE, START, configured, hello

HOUR = 3_600 * SECOND
CONFIGURED = Frame(CONFIGURATION, START, SITE)
SIZES = (1, 10, 3_600, 86_400)


def stepped(fold: SiteFold, utc_offset_ns: int) -> list[Effect]:
    return fold.fold(Frame(CLOCK, fold.t_ns, Tie(utc_offset_ns).to_bytes()))


class Noted(SiteFold):
    """A fold that remembers its frames."""

    def __init__(self) -> None:
        super().__init__(CONFIGURED)
        self.noted: list[Frame] = [CONFIGURED]

    def fold(self, frame: Frame) -> list[Effect]:
        self.noted.append(frame)
        return super().fold(frame)


class Raid:
    """A drone that a radar sees and an aircraft that says where it is, for 45 s; and what a site made of it.

    steps            second → by how much our clock is set then, s
    radar_is_ours    the radar's clock is set with ours
    """

    def __init__(self, steps: Mapping[int, int], radar_is_ours: bool = False, seconds: int = 45) -> None:
        self.fold = Noted()
        self.effects = hello(self.fold)
        self.tables: list[bytes] = []
        offset_ns = 0
        for second in range(2, seconds):
            if second in steps:
                offset_ns += steps[second] * SECOND
                self.effects += stepped(self.fold, offset_ns)
            self._second(START + second * SECOND, second, offset_ns if radar_is_ours else 0)
        self.picture = self.fold.picture()

    def _second(self, t_ns: int, second: int, clock_ns: int) -> None:
        stamp_ns = t_ns + clock_ns
        plot = polar_detection(
            NODE, stamp_ns, ulid(t_ns, 7), ulid(t_ns, 8), 0.0, 0.005,
            range_m=6_000.0 - 50.0 * second, range_sigma_m=10.0,
            elevation_rad=0.03, elevation_sigma_rad=0.01,
        )  # fmt: skip
        if second % 4 == 0:
            plot += status(NODE, stamp_ns, ulid(t_ns, 9))
        self._take(Frame("sensors", t_ns + SECOND // 20, plot, 1))
        place = sbs.position(t_ns, "728001", 33.5 - 0.00116 * second, 44.4, 9000.0)
        self._take(Frame("adsb", t_ns + SECOND // 10, place, 1))
        for tenth in (3, 5, 7, 9):
            self._take(Frame(TICK, t_ns + tenth * SECOND // 10))

    def _take(self, frame: Frame) -> None:
        self.effects += self.fold.fold(frame)
        table = self.fold.picture().tracks
        columns = (table.track_id, table.mean, table.covariance, table.existence, table.last_t_ns)
        self.tables.append(b"".join(column.tobytes() for column in columns))

    @property
    def warnings(self) -> list[Warn]:
        return [effect for effect in self.effects if isinstance(effect, Warn)]

    @property
    def refused(self) -> list[Refuse]:
        return [effect for effect in self.effects if isinstance(effect, Refuse)]


QUIET = Raid({})
few_steps = st.dictionaries(
    st.integers(3, 43), st.sampled_from([*SIZES, *(-size for size in SIZES)]), min_size=1, max_size=4
)


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(few_steps, st.booleans())
def test_any_steps_leave_every_table_and_every_alarm_as_it_was(
    steps: dict[int, int], radar_is_ours: bool
) -> None:
    raid = Raid(steps, radar_is_ours)
    assert raid.tables == QUIET.tables
    assert raid.warnings == QUIET.warnings and raid.warnings
    assert raid.picture.alarms == QUIET.picture.alarms
    assert raid.refused == []
    assert dict(raid.picture.counters)["clock.steps"] == len(steps)
    incident, without = raid.picture.incident, QUIET.picture.incident
    assert incident is not None and without is not None
    lines = [line for line in incident.timeline if not line.what.code.startswith("clock.")]
    told = [line.what.code for line in incident.timeline if line.what.code.startswith("clock.")]
    assert [entry.what for entry in lines] == [entry.what for entry in without.timeline]
    opened_s = (without.opened_t_ns - START) / SECOND
    assert len(told) == sum(second > opened_s for second in steps)


def test_a_step_is_on_the_picture_for_ten_minutes_with_its_size() -> None:
    fold = configured()
    fold.fold(Frame(TICK, START + SECOND))
    assert stepped(fold, -HOUR) == []
    step = fold.picture().clock
    assert step is not None and (step.t_ns, step.step_ns) == (START + SECOND, -HOUR)
    stepped(fold, -HOUR)
    assert dict(fold.picture().counters)["clock.steps"] == 1
    fold.fold(Frame(TICK, START + 700 * SECOND))
    assert fold.picture().clock is None
    assert pickle.loads(pickle.dumps(fold)).utc_offset_ns == fold.utc_offset_ns == -HOUR


def test_what_no_clock_says_is_refused_and_quoted() -> None:
    fold = configured()
    (refused,) = fold.fold(Frame(CLOCK, START, b"noon"))
    assert isinstance(refused, Refuse) and refused.reason == "clock-unreadable" and "noon" in refused.detail
    assert fold.utc_offset_ns == 0 and fold.tie is None


def test_answers_carry_utc() -> None:
    fold = configured()
    stepped(fold, 24 * HOUR)
    (answer,) = [effect for effect in hello(fold) if isinstance(effect, Reply)]
    message = SapientMessage.FromString(answer.data[4:])
    assert t_ns_of(message.timestamp) == START + SECOND + 24 * HOUR


def test_a_flight_declared_for_a_time_of_the_day_keeps_it() -> None:
    """The clock was an hour ahead as it was declared: it is expected an hour later than that clock said."""
    fold = configured()
    flight = {
        "flight_id": "survey-1", "name": "Survey", "shape": "circle", "places": [[33.33, 44.4]],
        "extent_m": 4_000, "from_t_ns": START + 60 * SECOND, "until_t_ns": START + 600 * SECOND,
    }  # fmt: skip
    action = json.dumps({"action": "declare_flights", "by": "Layla", "flights": [flight]}).encode()
    fold.fold(Frame(TICK, START + 100 * SECOND))
    assert not fold.fold(Frame(OPERATOR, START + 100 * SECOND, action))
    (kept,) = fold.picture().flights.flights
    assert kept.state(fold.t_ns) is FlightState.ACTIVE
    stepped(fold, -HOUR)
    (kept,) = fold.picture().flights.flights
    assert kept.state(fold.t_ns) is FlightState.DECLARED
    (out,) = moved(fold.picture().flights, fold.utc_offset_ns).flights
    assert (out.from_t_ns, out.until_t_ns) == (START + 60 * SECOND, START + 600 * SECOND)
    assert not fold.fold(Frame(OPERATOR, START + 101 * SECOND, action))  # and so does one declared after it
    assert fold.picture().flights.flights == (replace(kept, source="form"),)


def test_an_incident_is_numbered_by_utc() -> None:
    raid = Raid({5: 86_400})
    incident = raid.picture.incident
    assert incident is not None and QUIET.picture.incident is not None
    _, day, *rest = QUIET.picture.incident.incident_id.split("-")
    assert incident.incident_id == "-".join(["example", str(int(day) + 1), *rest])


def test_a_journal_with_steps_replays_to_the_same_digest_and_registers_utc(tmp_path: Path) -> None:
    raid = Raid({20: -3_600, 40: 10})
    path = tmp_path / "j.mcap"
    with Journal(path) as journal:
        journal.append(raid.fold.noted)
    live: list[Incident] = []
    again = SiteFold(CONFIGURED)
    for frame in raid.fold.noted[1:]:
        effects = again.fold(frame)
        live += [moved(one.incident, again.utc_offset_ns) for one in effects if isinstance(one, Register)]
    replayed = replay(path)
    assert replayed.fold.digest() == again.digest() == raid.fold.digest()
    assert replayed.incidents == (live[-1],)
    assert replayed.fold.utc_offset_ns == -3_590 * SECOND
    assert live[-1].opened_t_ns < START - 3_500 * SECOND
    assert [frame.feed for frame in JournalReader(path).frames()].count(CLOCK) == 2
