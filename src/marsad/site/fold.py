"""The fold: what one frame does to the state of a site, and the order of the stages, once.

    fold(state, frame) -> effects

`SiteFold` is the state; `fold` changes it in place and returns what the rim shall do. It reads no
clock, no socket, no file: time is the frame's. The same frames give the same state and effects,
live or replayed. The state pickles; that is the snapshot.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from marsad.assessment import Assessor, BreakUps
from marsad.errors import ConfigError, ReceivedError, RecordingError
from marsad.feeds.feed import Feed, Guarded, Received
from marsad.feeds.table import open_feeds
from marsad.model.action import Action, ApplySettings, SetIdentity
from marsad.model.ballistic import BallisticTable
from marsad.model.clock import Tie
from marsad.model.detection import Attribution, Claim
from marsad.model.drill import Drill
from marsad.model.effect import Effect, Refuse, Register, RegisterDelivery, Warn
from marsad.model.frame import (
    CHECKPOINT,
    CLOCK,
    CONFIGURATION,
    DELIVERY,
    GAP,
    LINK,
    LOAD,
    OF_THE_JOURNAL,
    OPERATOR,
    OUTPUTS,
    RESUME,
    SECURITY,
    STATE,
    TERRAIN,
    TICK,
    Frame,
    FrameKind,
)
from marsad.model.incident import Incident
from marsad.model.line import Line
from marsad.model.overload import Lateness, Shed
from marsad.model.permit import check_permitted
from marsad.model.picture import Picture
from marsad.model.reason import Reason
from marsad.model.registration import RegistrationTable
from marsad.model.security import event_from_json
from marsad.model.sensor import Sensor, SensorHealth
from marsad.model.threat import Level, ThreatAssessment
from marsad.model.threat_table import ThreatTable
from marsad.model.track import TrackTable
from marsad.model.utc import moved
from marsad.model.warning import WarningEvent
from marsad.register.incident import IncidentKeeper
from marsad.site import doors
from marsad.site.actions import named_action_from_json
from marsad.site.adoption import TAKES, Adoption, changed_keys, keys_told, setting_of, unchangeable
from marsad.site.copies import Copies
from marsad.site.deliveries import delivered_from_json, link_from_json
from marsad.site.digest import RunningDigest
from marsad.site.done import Done, Named
from marsad.site.doubles import Doubles
from marsad.site.flight_register import FlightRegister
from marsad.site.ground import SiteGround, UnderGround
from marsad.site.hearing import Hearing
from marsad.site.lagging import Laggards, as_estimates
from marsad.site.late_looks import LateLooks
from marsad.site.look import Look
from marsad.site.room import gives_way
from marsad.site.scans import ScanAssembler
from marsad.site.second_look import check_explained
from marsad.site.security_log import SecurityLine, SecurityLog
from marsad.site.sensor_health import SensorJudge
from marsad.site.settings import SiteSettings, settings_from_toml
from marsad.site.shedding import Shedding
from marsad.site.site_time import SiteTime
from marsad.site.vigil import Vigil
from marsad.site.whereabouts import Whereabouts, as_seen
from marsad.tracking import Follower, Tracker, Trail
from marsad.warning import Responder, Teller, Warner, Watchkeeper
from marsad.warning.deliveries import Dispatch
from marsad.warning.output_health import HealthOfOutputs
from marsad.warning.steps import StepClock

_TRACKS_PER_COST = 1_000  # so many make a look twice as dear
_TIMER_NS = 100_000_000
_ON_ITS_WAY_NS = 500_000_000
_CHANGE_TOLD_NS = 600 * 10**9  # so long people are told what settings have changed
_NOT_WAITING_NS = 2**62  # no look waits for a cycle
_SENSORS_PER_TRACK_MAX = 32


class SiteFold:
    """The whole state of one site; begins with its configuration frame."""

    def __init__(self, configuration: Frame) -> None:
        """Raises RecordingError if the frame is not a configuration, ConfigError if it is faulty."""
        if configuration.feed != CONFIGURATION:
            raise RecordingError(f"the first frame is of feed {configuration.feed!r}, not {CONFIGURATION!r}")
        settings = settings_from_toml(configuration.data, "configuration frame")
        self._set(configuration.data, settings)
        self._change_told: tuple[int, str] = (0, "")
        self._changed_by = ""
        self._done = Done()
        self.t_ns = configuration.t_ns
        self.frames = 1
        self.cycles = 0
        self.counters: Counter[str] = Counter()
        self._frame = settings.local_frame()
        self._open_feeds({})
        self._sensors: dict[str, Sensor] = {}
        self._copies, self._doubles = Copies(), Doubles(settings.assessment.limits)
        self._hearing = Hearing(int(settings.tracking.rewind_s * 1e9))
        self._scans = ScanAssembler(settings.scan, self._hearing)
        self._whereabouts = Whereabouts(self._frame)
        self._ground = SiteGround(self._frame)
        self._tracker = Tracker(settings.tracking)
        self._tracker.set_lowest(self._ground.lowest())
        self._under_ground = UnderGround()
        self._follower = Follower(settings.tracking, settings.assessment.belief.ballistic_model)
        self._falls = BallisticTable.nothing()
        self._laggards = Laggards(settings.tracking)
        self._late = LateLooks(settings.scan.replayed_per_s_max)
        self._shedding = Shedding(self._scans, self._late)
        for feed in self._feeds.values():
            feed.shares = self._shedding.shares
        self._judge = SensorJudge(self._hearing, self._scans, self._whereabouts, self._tracker)
        self._trail = Trail(settings.tracking, settings.trail)
        self._assessor = Assessor(self.site, settings.assessment)
        self._break_ups = BreakUps(settings.assessment.ballistic)
        self._warner = Warner(self.site, settings.warning)
        self._teller = Teller(
            *(self.site, settings.warning, settings.output, settings.release, settings.drill),
            is_supervised=self._is_supervised,
        )
        self._health = HealthOfOutputs(settings.output, self._teller.used, settings.drill.late_ns)
        self._responder = Responder(settings.checklist.items())
        self._watchkeeper = Watchkeeper(settings.authority.watch_hours)
        self._steps = StepClock()
        self._flights = FlightRegister(self.site, self._frame)
        self._vigil = Vigil(self._hearing)
        self._incidents = IncidentKeeper(self.site, settings.register_)
        self._time = SiteTime()
        self._security, self._crowds = SecurityLog(), doors.Crowds()
        self._digest = RunningDigest()
        self._sensors_of: dict[int, tuple[str, ...]] = {}
        self._claims: dict[int, Claim] = {}
        self._timer_t_ns = self._cycle_t_ns = self.t_ns
        self._wait_ns = _NOT_WAITING_NS
        self._table = self._tracker.table(self.t_ns)
        self._assessments: Sequence[ThreatAssessment] = ()

    def _set(self, configuration: bytes, settings: SiteSettings) -> None:
        self.configuration = configuration
        self.settings = settings
        self.site = settings.build_site()
        self._is_supervised = settings.is_supervised
        self._coast_ns = int(settings.tracking.coast_s_max * 1e9)
        self._idle_ns = int(settings.cycle.idle_s * 1e9)
        self._after_look_ns = int(settings.cycle.after_look_s * 1e9)
        self._after_claims_ns = max(int(settings.cycle.after_claims_s * 1e9), self._after_look_ns)

    def _open_feeds(self, running: dict[str, Feed]) -> None:
        self._feeds: dict[str, Feed] = open_feeds(self.settings.feed, self._frame, running)
        self._guarded = {name: feed for name, feed in self._feeds.items() if isinstance(feed, Guarded)}

    def fold(self, frame: Frame) -> list[Effect]:
        """Take one frame in; return what is to be done about it. Raises nothing for any bytes."""
        self.frames += frame.feed != STATE  # which opens a file, and is no frame of the run
        if frame.feed in OF_THE_JOURNAL:
            return []
        self.counters["frames"] += 1
        if frame.t_ns < self.t_ns:
            self.counters["frames.time-back"] += 1
        self.t_ns = max(self.t_ns, frame.t_ns)
        is_feed = frame.feed in self._feeds and frame.feed != OPERATOR
        take_in = SiteFold._receive if is_feed else self._TAKES_IN.get(frame.feed, SiteFold._know_nothing)
        effects = take_in(self, frame)
        self._advance(effects)
        return effects

    def feeds(self) -> dict[str, Feed]:
        """All feeds by name."""
        return dict(self._feeds)

    def settle_in(self) -> None:
        """Make anew, after a checkpoint was taken up, what is made of settings or of several parts."""
        self._adopt(self.configuration, self.settings)
        for sensor in self._sensors.values():
            if not self._tracker.knows(sensor.sensor_id):
                self._introduce(sensor)
        self._assessor.set_clock(self.utc_offset_ns)
        self._teller.set_clock(self.utc_offset_ns)
        self._timer_t_ns = self._cycle_t_ns = self.t_ns
        self._table = self._tracker.table(self.t_ns)
        self._table = self._table.where(self._table.confirmed)

    def begin_tracks(self, number: int) -> None:
        """The next track that begins has this number: those before it were given already."""
        self._tracker.begin_at(number)

    def guarded(self) -> dict[str, Guarded]:
        """The feeds that can be told who may speak on them."""
        return dict(self._guarded)

    @property
    def deadline_ns(self) -> int:
        """When the site wants a tick at the latest, if nothing comes before."""
        deadline_ns = self._cycle_t_ns + min(self._idle_ns, max(self._wait_ns, self._shedding.pace_ns))
        if (scans_ns := self._scans.deadline_ns) is not None:
            deadline_ns = min(deadline_ns, scans_ns)
        return deadline_ns

    @property
    def tie(self) -> Tie | None:
        """How site time was tied to UTC last; None where nobody has said so."""
        return self._time.tie

    @property
    def utc_offset_ns(self) -> int:
        """UTC minus site time; every time in this state and in its effects is site time."""
        return self._time.utc_offset_ns

    def digest(self) -> str:
        """The digest over every cycle so far."""
        return self._digest.hexdigest()

    def incident(self) -> Incident | None:
        """The open incident, if there is one."""
        return self._incidents.current()

    def security(self) -> tuple[SecurityLine, ...]:
        """The newest lines of the security log, newest first."""
        return tuple(self._security.lines())

    def last_drill(self) -> Drill | None:
        """The newest drill of the outputs; None before the first."""
        return self._teller.drilling().last

    @property
    def ground(self) -> SiteGround:
        """The ground around the site."""
        return self._ground

    def has_done(self, action: Action, name: str) -> bool:
        """Whether an action was done under its name (`marsad.site.done`); its times are UTC.

        Raises ReceivedError (``action-key``) where another was.
        """
        return self._done.has(Named.of(action, name))

    def check_explained(self, action: Action) -> None:
        """Raises ReceivedError where an action would lower a warning and gives no reason."""
        check_explained(action, self._assessments)

    def sensors(self) -> tuple[Sensor, ...]:
        """Every sensor that was ever heard, in the order of the feeds; one far off is degraded, and why."""
        return self._sensors_by(self._tracker.registration())

    def _sensors_by(self, table: RegistrationTable) -> tuple[Sensor, ...]:
        sensors = (sensor for feed in self._feeds.values() for sensor in feed.sensors())
        return self._judge.judged(sensors, table, self.t_ns)

    def picture(self) -> Picture:
        """The air picture as of the last cycle."""
        registration = self._tracker.registration()
        counters = dict(self.counters)
        for name, feed in self._feeds.items():
            counters |= {f"{name}.{key}": count for key, count in feed.counters.items()}
        counters |= {f"tracking.{key}": count for key, count in self._tracker.counters.items()}
        counters |= {f"warning.{key}": count for key, count in self._warner.counters.items()}
        counters |= {f"telling.{key}": count for key, count in self._teller.counters.items()}
        counters |= {f"late.{key}": count for key, count in self._late.counters.items()}
        counters |= {f"hearing.{key}": count for key, count in self._hearing.counters.items()}
        counters |= {f"detections.{key}": count for key, count in self._doubles.counters.items()}
        for name, count in (
            ("clock.steps", self._time.steps),
            ("scans.overflow", self._scans.overflow.total()),
            ("scans.joined", self._scans.joined),
            ("sensors.jumped", self._whereabouts.counters["sensor-jumped"]),
            ("scans.superseded", self._scans.superseded),
            ("detections.copies", self._copies.struck),
            ("incident.objects-dropped", self._incidents.objects_dropped),
            ("incident.objects-unknown", self._incidents.objects_unknown),
            ("incident.warnings-dropped", self._incidents.warnings_dropped),
            ("incident.lines-dropped", self._incidents.lines_dropped),
            ("incident.tracks-forgotten", self._incidents.tracks_forgotten),
            *self._shedding.counters(),
        ):
            if count:
                counters[name] = count
        return Picture(
            self._table.t_ns,
            self._table,
            self._assessments,
            self._warner.alarms(),
            self._sensors_by(registration),
            self._incidents.latest(),
            tuple(sorted(counters.items())),
            sources=tuple(self._sensors_of.get(track_id, ()) for track_id in self._table.track_id.tolist()),
            settled=self._trail.settled,
            registration=registration,
            claims=tuple(self._claims.get(track_id) for track_id in self._table.track_id.tolist()),
            flights=self._flights.picture(self.t_ns),
            navigation=self._assessor.navigation,
            clock=self._time.told(self.t_ns),
            askers=doors.askers(self._guarded.values()),
            overloads=self._shedding.told(),
            telling=self._teller.telling(),
            falls=self._falls,
            impacts=self._assessor.impacts,
            keep_outs=self._break_ups.keep_outs,
            ended=self._warner.ended(),
            output_health=self._health.all(),
            drilling=self._teller.drilling(),
            faults=self._health.faults(),
            response=self._responder.response(),
            watch=self._watchkeeper.watch,
            excused=self._warner.excused,
            all_clears=self._warner.all_clears(self.t_ns),
            notices=(*self._under_ground.notices(), *self._notices(), *self._crowds.notices(self.t_ns)),
            terrain=self._ground.news(),
            above_ground_m=self._ground.above_ground_m(self._table),
        )

    def _notices(self) -> tuple[str, ...]:
        told_t_ns, keys = self._change_told
        is_news = told_t_ns and self.t_ns - told_t_ns < _CHANGE_TOLD_NS
        return (f"settings.changed:{keys}",) if is_news else ()

    # ---------------------------------------------------------------- what entered

    def _receive(self, frame: Frame) -> list[Effect]:
        """What came in at a feed: bytes of a sensor, or word of one who was turned away there."""
        if frame.kind is not FrameKind.REFUSED:
            return self._hear(frame.feed, self._feeds[frame.feed].receive(frame))
        effects = list[Effect](doors.turned_away(frame, self.counters))
        if held_back := doors.held_back(frame):
            self._shedding.leave_out(self.t_ns, Shed.BYTES, frame.feed, frame.feed, held_back)
        return effects

    def _know_nothing(self, frame: Frame) -> list[Effect]:
        return [self._refuse(frame, "feed-unknown", f"no feed is called {frame.feed!r}")]

    def _pass_time(self, frame: Frame) -> list[Effect]:
        """Nothing entered but the time; of what a restart reads, nothing is to be done here."""
        return []

    def _count_gap(self, frame: Frame) -> list[Effect]:
        """So many frames before this one were folded and are not in the journal."""
        self.counters["frames.unrecorded"] += int(frame.data) if frame.data.isdigit() else 0
        return []

    def _begin_outputs(self, frame: Frame) -> list[Effect]:
        """The outputs are served anew: whoever has to be told by now is told."""
        self._health.begin(self.t_ns)
        return self._told(self._teller.begin(self.t_ns))

    def _hear(self, feed: str, received: Received) -> list[Effect]:
        if received.sensors:
            self._learn(received.sensors)
        if received.heard:
            self._scans.heard(received.heard, self.t_ns)
        if received.detections:
            self.counters["detections"] += len(received.detections)
            timed = self._hearing.corrected(self.t_ns, received.detections, self._sensors)
            fresh = self._copies.without(self.t_ns, timed, self._sensors)
            self._scans.add(self.t_ns, self._doubles.told_apart(fresh, self._sensors), self._sensors)
        for (shed, sensor_id), count in received.left_out.items():
            sensor = self._sensors.get(sensor_id)
            name = sensor_id if sensor is None else sensor.name
            self._shedding.leave_out(self.t_ns, shed, sensor_id, name, count)
        effects: list[Effect] = [*received.replies, *received.hangups, *received.vouched]
        for refusal in received.refusals:
            self.counters[f"refused.{refusal.reason}"] += 1
            effects.append(
                Refuse(feed, refusal.link, refusal.t_ns, refusal.reason, refusal.detail, refusal.sensor_id)
            )
        return effects

    def _learn(self, sensors: list[Sensor]) -> None:
        self._scans.sensors_changed()
        for sensor in sensors:
            known = self._sensors.get(sensor.sensor_id)
            self._sensors[sensor.sensor_id] = sensor
            self._shedding.shares.introduce(sensor.sensor_id, self.t_ns)
            shift_ns = self._hearing.shift_ns(sensor.sensor_id)
            self._whereabouts.note(sensor, min((sensor.placed_t_ns or self.t_ns) + shift_ns, self.t_ns))
            moved = known is None or known.position_enu != sensor.position_enu
            if moved or known is None or (known.coverage, known.sigmas) != (sensor.coverage, sensor.sigmas):
                self._introduce(sensor)

    def _introduce(self, sensor: Sensor) -> None:
        """Tell the tracker what a sensor is now, and whether its reports are late ones."""
        rotation = None
        if sensor.position_enu is not None:
            rotation = self._frame.rotation_enu_from_local(np.array(sensor.position_enu))
        sensor_id = sensor.sensor_id
        if self._is_followed(sensor_id):
            self._laggards.follow(sensor, rotation)
            sensor = as_estimates(sensor, self._hearing.late_ns(sensor_id) * 1e-9)
        else:
            self._laggards.leave(sensor_id)
        leaves = ""
        if not self._tracker.has_place(sensor_id):
            known = (other for other in self._sensors.values() if self._tracker.knows(other.sensor_id))
            leaves = gives_way(known, self._hearing, self.t_ns)
        self._tracker.set_sensor(sensor, rotation, leaves)

    def _act(self, frame: Frame) -> list[Effect]:
        try:
            said, name = named_action_from_json(frame.data)
            named = Named.of(said, name)
            if self._done.has(named):
                return []
            action = moved(said, -self.utc_offset_ns)
            check_permitted(action, is_supervised=self._is_supervised)
            if isinstance(action, SetIdentity):
                self._assessor.decide(self.t_ns, action)
            if isinstance(action, ApplySettings):
                self._changed_by = action.by
            for identity in self._flights.act(self.t_ns, action, set(self._table.track_id.tolist())):
                self._assessor.decide(self.t_ns, identity)
            events = self._warner.act(self.t_ns, action)
            alarms = self._warner.alarms()
            self._responder.act(self.t_ns, action)
            self._watchkeeper.act(self.t_ns, action)
            words = self._teller.act(self.t_ns, action) + self._teller.consider(self.t_ns, events, alarms)
            self._look_at_outputs()
            self._incidents.note(self.t_ns, self._flights.take_lines())
            changed = self._incidents.act(self.t_ns, action, events)
            decided = doors.decide(self._feeds, self.t_ns, action)
        except ReceivedError as error:
            return [self._refuse(frame, error.reason, error.detail)]
        self.counters["actions"] += 1
        (self._done.ask if isinstance(action, ApplySettings) else self._done.note)(named)
        effects = [] if decided is None else self._hear(*decided)
        if decided is not None:
            self._incidents.note(self.t_ns, doors.lines(action, decided[1]))
        people = self._responder, self._watchkeeper, self._teller
        self._incidents.note(self.t_ns, [line for one in people for line in one.take_lines()])
        return effects + self._outcome(self._nothing(), (), events, changed, words)

    def _hear_output(self, frame: Frame) -> list[Effect]:
        """What came of an announcement, or whether an output's peer can be reached."""
        try:
            if frame.feed == DELIVERY:
                said = delivered_from_json(frame.data)
                before, after = self._teller.hear(self.t_ns, said)
                self._health.hear(self.t_ns, before, after, said.state)
                return [RegisterDelivery(after)]
            self._health.hear_link(self.t_ns, link_from_json(frame.data))
        except ReceivedError as error:
            return [self._refuse(frame, error.reason, error.detail)]
        return []

    def _note_security(self, frame: Frame) -> list[Effect]:
        """What happened at the door; it changes nothing of the picture."""
        try:
            event = event_from_json(frame.data)
        except ReceivedError as error:
            return [self._refuse(frame, error.reason, error.detail)]
        self._security.note(self.t_ns, event)
        self._crowds.note(self.t_ns, event)
        return []

    def _look_at_outputs(self) -> None:
        """What each output is worth by now."""
        self._health.note_drill(self._teller.drilling().last)
        self._health.pass_time(self.t_ns)

    def _told(self, words: list[Dispatch]) -> list[Effect]:
        """What goes out between two cycles."""
        return self._outcome(self._nothing(), (), [], None, words) if words else []

    def _nothing(self) -> TrackTable:
        return self._table.where(np.zeros(len(self._table), bool))

    def _set_clock(self, frame: Frame) -> list[Effect]:
        """UTC is another than thought: what people declared for a time of the day moves, all else stays."""
        try:
            step = self._time.hear(self.t_ns, frame.data)
        except ValueError as error:
            return [self._refuse(frame, "clock-unreadable", str(error))]
        if step is None:
            return []
        for feed in self._feeds.values():
            feed.utc_offset_ns = self.utc_offset_ns
        self._flights.set_clock(step.step_ns)
        self._teller.set_clock(self.utc_offset_ns)
        self._warner.set_clock(self.utc_offset_ns)
        self._assessor.set_clock(self.utc_offset_ns)
        changed = self._incidents.set_clock(self.t_ns, self.utc_offset_ns, step.what)
        if changed is None:
            return []
        return self._outcome(self._nothing(), (), [], changed)

    def _survey(self, frame: Frame) -> list[Effect]:
        """The ground is as this frame says from now on."""
        try:
            self.know_ground(frame.data)
        except ReceivedError as error:
            return [self._refuse(frame, error.reason, error.detail)]
        return []

    def know_ground(self, data: bytes) -> None:
        """Take up the ground, as its frame carries it (`marsad.geo.surroundings`). Raises ReceivedError."""
        self._ground.hear(data)
        self._stand_on_ground()

    def _stand_on_ground(self) -> None:
        """What falls comes down to the ground as it is known, and nothing flies under it."""
        self._tracker.set_lowest(self._ground.lowest())
        if (terrain := self._ground.terrain) is not None:
            self._assessor.set_ground(terrain)
            self._break_ups.set_ground(terrain)

    def _fall_behind(self, frame: Frame) -> list[Effect]:
        """Frames waited, or took long: take less of whoever sends most, and look less often."""
        try:
            lateness = Lateness.from_bytes(frame.data)
        except ValueError as error:
            return [self._refuse(frame, "load-unreadable", str(error))]
        self._shedding.fall_behind(self.t_ns, lateness)
        return []

    def _keep_configuration(self, frame: Frame) -> list[Effect]:
        """A run that goes on writes its configuration again; another one is taken where it can be."""
        self._security.note_settings(self.t_ns, are_same=frame.data == self.configuration)
        by, self._changed_by = self._changed_by, ""
        effects = self._take_configuration(frame, by)
        refused = any(isinstance(one, Refuse) and one.feed == CONFIGURATION for one in effects)
        self._done.answer(taken=not refused)
        return effects

    def _take_configuration(self, frame: Frame, by: str) -> list[Effect]:
        if frame.data == self.configuration:
            self.counters["restarts"] += 1
            return []
        try:
            settings = settings_from_toml(frame.data, "configuration frame")
        except ConfigError as error:
            return [self._refuse(frame, "configuration-faulty", str(error))]
        quiet = not self._warner.alarms() and self._incidents.current() is None
        if found := tuple(unchangeable(self.settings, settings, is_quiet=quiet)):
            detail = f"a running site cannot take {', '.join(map(setting_of, found))}"
            return [replace(self._refuse(frame, "configuration-refused", detail), because=found)]
        keys = keys_told(changed_keys(self.configuration, frame.data))
        effects = self._adopt(frame.data, settings)
        self.counters["settings-changed"] += 1
        self._change_told = self.t_ns, keys
        self._incidents.note(self.t_ns, [Line(Reason("settings.changed", (("keys", keys),)), by)])
        self._incidents.note(self.t_ns, self._teller.take_lines())
        return effects

    def _adopt(self, configuration: bytes, settings: SiteSettings) -> list[Effect]:
        """Take new settings into every part; what the site knows, says and has decided goes on."""
        running = self._feeds
        self._set(configuration, settings)
        offset_ns = self.utc_offset_ns
        new = Adoption(self.t_ns, settings, self.site, self._is_supervised, offset_ns)
        for name, take in TAKES.items():
            take(getattr(self, name), new)
        self._stand_on_ground()
        self._health.adopt(settings.output, self._teller.used, settings.drill.late_ns)
        self._open_feeds(running)
        effects: list[Effect] = []
        for one in settings.feed:
            feed = self._feeds[one.name]
            feed.shares, feed.utc_offset_ns = self._shedding.shares, offset_ns
            if running.get(one.name) is feed:
                effects += self._hear(one.name, feed.adopt(self.t_ns, one))
        self._leave_out_sensors(running)
        return effects

    def _leave_out_sensors(self, running: dict[str, Feed]) -> None:
        """Of a feed that is no more nobody is heard: its sensors say nothing, and give way to others."""
        gone = {name for name, feed in running.items() if self._feeds.get(name) is not feed}
        for sensor_id, sensor in self._sensors.items():
            if sensor.feed in gone:
                self._sensors[sensor_id] = replace(sensor, health=SensorHealth.GONE, note="feed removed")
        self._scans.sensors_changed()

    def _refuse(self, frame: Frame, reason: str, detail: str) -> Refuse:
        self.counters[f"refused.{reason}"] += 1
        return Refuse(frame.feed, frame.link, frame.t_ns, reason, detail)

    # ---------------------------------------------------------------- what time brings

    def _advance(self, effects: list[Effect]) -> None:
        if self.t_ns >= self._timer_t_ns + _TIMER_NS:
            self._timer_t_ns = self.t_ns
            self._shedding.pass_time(self.t_ns)
            for name, feed in self._feeds.items():
                effects += self._hear(name, feed.advance(self.t_ns))
        for look in self._scans.closed(self.t_ns, self._sensors):
            if (present := self._in_time(self._whereabouts.placed(look))) is not None:
                self._take_in(present)
        if self.t_ns - self._cycle_t_ns >= min(self._idle_ns, max(self._wait_ns, self._shedding.pace_ns)):
            effects += self._cycle()

    def _in_time(self, look: Look) -> Look | None:
        """The look, or what it says of now where its sensor lags; None if that is nothing."""
        sensor_id = look.scan.sensor_id
        sensor = self._sensors.get(sensor_id)
        if sensor is None:
            return look
        moves = self._is_followed(sensor_id) != (sensor_id in self._laggards)
        if moves or not self._tracker.knows(sensor_id):
            self._introduce(sensor)
        if sensor_id not in self._laggards:
            return look
        self.counters["looks-brought-up"] += 1
        # a little before now: what others have measured meanwhile is still on its way
        return self._laggards.brought_up(look, max(self._scans.newest_t_ns, self.t_ns - _ON_ITS_WAY_NS))

    def _is_followed(self, sensor_id: str) -> bool:
        """Whether a sensor is to be followed in its own past."""
        return self._hearing.is_lagging(sensor_id) and self._laggards.has_room(sensor_id)

    def _take_in(self, look: Look) -> None:
        """Fuse a look; one that is late waits for the cycle, for which it is soon enough."""
        sensor = self._sensors.get(look.scan.sensor_id)
        claims = sensor is not None and sensor.kind.is_cooperative
        self._wait_ns = min(self._wait_ns, self._after_claims_ns if claims else self._after_look_ns)
        if not self._tracker.is_late(look.scan.t_ns):
            self._fuse([look])
        elif self._late.add(look):
            self._fuse(self._late.taken(self.t_ns, self._tracker))

    def _fuse(self, looks: Sequence[Look]) -> None:
        found = self._tracker.observe_together([look.scan for look in looks])
        for look, attribution in zip(looks, found, strict=True):
            self._attribute(look, attribution)

    def _attribute(self, look: Look, attribution: Attribution) -> None:
        """Say to the assessor, and remember, what a look has shown of each track."""
        sensors = as_seen(self._sensors, look)
        unfit = self._tracker.is_rate_unfit(look.scan.sensor_id)
        self._assessor.hear(look.scan.t_ns, look.detections, attribution, sensors, speeds_unfit=unfit)
        if look.scan.sensor_id not in self._laggards:
            self._follower.hear(look.scan, attribution, sensors, self._axes_of)
        for track_id, plot in zip(attribution.track_id.tolist(), attribution.plot.tolist(), strict=True):
            if (claim := look.detections[plot].claim) is not None:
                self._claims[track_id] = claim
            seen_by = self._sensors_of.get(track_id, ())
            if look.scan.sensor_id not in seen_by and len(seen_by) < _SENSORS_PER_TRACK_MAX:
                self._sensors_of[track_id] = (*seen_by, look.scan.sensor_id)

    def _axes_of(self, sensor: Sensor) -> NDArray[np.float64]:
        """The axes at a sensor, as a rotation to those of the site."""
        if sensor.position_enu is None:
            return np.eye(3)
        return self._frame.rotation_enu_from_local(np.array(sensor.position_enu))

    def _cycle(self) -> list[Effect]:
        """Assess, warn and record the picture as it stands now."""
        self._cycle_t_ns = self.t_ns
        self._wait_ns = _NOT_WAITING_NS
        self.cycles += 1
        if self._late.waiting:
            self._fuse(self._late.taken(self.t_ns, self._tracker))
        incident = self._incidents.current()
        incident_id = "" if incident is None else incident.incident_id
        self._incidents.note(self.t_ns, self._shedding.take_stock(self.t_ns, self._sensors, incident_id))
        self._under_ground.note(self.t_ns, self._tracker.counters["tracks_under_ground"])
        table = self._tracker.table(self.t_ns)
        self._scans.look_cost = 1 + len(table) // _TRACKS_PER_COST
        # the tracker drops what coasts when it hears something; if nothing comes ever again, the clock does
        table = table.where(self.t_ns - table.last_t_ns <= self._coast_ns)
        self._falls = self._follower.table(table)
        alive = set(table.track_id.tolist())
        self._steps.keep(alive)
        self._sensors_of = {key: value for key, value in self._sensors_of.items() if key in alive}
        self._claims = {key: value for key, value in self._claims.items() if key in alive}
        self._table = table.where(table.confirmed)
        watched = self._warner.watched(self.t_ns)
        self._vigil.look(self._table, self._sensors_of, watched)
        unwatched = self._vigil.unwatched(watched, self._sensors)
        lost = self._vigil.lost(unwatched, self._sensors, self.t_ns)
        for identity in self._flights.expire(self.t_ns, alive):
            self._assessor.decide(self.t_ns, identity)
        flights = self._flights
        self._assessor.expect(flights.friends(self.t_ns), flights.declared(), flights.owned())
        self._assessments = self._assessor.assess(self._table, self._falls)
        self._incidents.note(self.t_ns, self._break_ups.look(table, self._falls))
        flights.look(self.t_ns, self._assessor.own_flights)
        self._incidents.note(self.t_ns, self._flights.take_lines())
        threats = ThreatTable.of(self._assessments)
        dangerous = threats.track_id[threats.at_least(Level.ALERT)].tolist()
        self._steps.note(self.t_ns, alive, self._table.track_id.tolist(), dangerous)
        events = self._warner.consider(self.t_ns, self._assessments, self._table, unwatched, lost)
        told = self._incidents.tell(self.t_ns, self._teller.tellings())
        changed = self._incidents.record(
            self.t_ns,
            events,
            self._assessments,
            self._table,
            self._sensors_of,
            self._trail.note(self._table),
            lost,
            self._assessor.impacts,
        )
        changed = changed or told
        alarms = self._warner.alarms()
        words = self._teller.consider(self.t_ns, events, alarms, self._steps.of)
        self._look_at_outputs()
        newest = self._incidents.latest()
        accounted = newest is not None and newest.accounted
        undecided = self._teller.undecided()
        self._responder.consider(self.t_ns, alarms, threats.highest, undecided, is_accounted=accounted)
        self._watchkeeper.pass_time(self.t_ns)
        current = self._incidents.current()
        began = current is not None and current.incident_id != incident_id
        opened = self._watchkeeper.opened() if began else ()
        self._incidents.note(self.t_ns, opened)
        self._incidents.note(self.t_ns, [*self._watchkeeper.take_lines(), *self._teller.take_lines()])
        return self._outcome(self._table, self._assessments, events, changed, words)

    def _outcome(
        self,
        table: TrackTable,
        assessments: Sequence[ThreatAssessment],
        events: list[WarningEvent],
        changed: Incident | None,
        words: Sequence[Dispatch] = (),
    ) -> list[Effect]:
        incidents = [*self._incidents.take_amended_closed(), *(() if changed is None else (changed,))]
        self._digest.add(table, assessments, events, incidents, self._flights.matches, words)
        return [*words, *(Warn(event) for event in events), *(Register(incident) for incident in incidents)]

    _TAKES_IN: ClassVar[Mapping[str, Callable[["SiteFold", Frame], list[Effect]]]] = {
        OPERATOR: _act,
        CONFIGURATION: _keep_configuration,
        CLOCK: _set_clock,
        LOAD: _fall_behind,
        OUTPUTS: _begin_outputs,
        DELIVERY: _hear_output,
        LINK: _hear_output,
        TERRAIN: _survey,
        SECURITY: _note_security,
        GAP: _count_gap,
        **dict.fromkeys((TICK, CHECKPOINT, RESUME), _pass_time),
    }
    """What is no sensor's feed: how each enters."""


def fold_of(configuration: Frame) -> SiteFold:
    """A fresh site from its first frame; a ConfigError becomes a RecordingError, for journals."""
    try:
        return SiteFold(configuration)
    except ConfigError as error:
        raise RecordingError(f"the journal's own configuration is faulty: {error}") from error
