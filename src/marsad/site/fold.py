"""The fold: what one frame does to the state of a site, and the order of the stages, once.

    fold(state, frame) -> effects

`SiteFold` is the state; `fold` changes it in place and returns what the rim shall do. It reads no
clock, no socket, no file: time is the frame's. The same frames give the same state and effects,
live or replayed. The state pickles; that is the snapshot.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from marsad.assessment import Assessor
from marsad.errors import ConfigError, ReceivedError, RecordingError
from marsad.feeds.feed import Feed, Guarded, Received
from marsad.feeds.shares import Shares
from marsad.feeds.table import open_feed
from marsad.model.action import Action, SetIdentity
from marsad.model.clock import Tie
from marsad.model.detection import Attribution, Claim
from marsad.model.effect import Effect, Refuse, Register, Warn
from marsad.model.frame import CLOCK, CONFIGURATION, GAP, LOAD, OPERATOR, TICK, Frame, FrameKind
from marsad.model.incident import Incident
from marsad.model.overload import Lateness, Shed
from marsad.model.picture import Picture
from marsad.model.registration import PARAMETERS, RegistrationTable
from marsad.model.sensor import Sensor, SensorHealth
from marsad.model.threat import ThreatAssessment
from marsad.model.track import TrackTable
from marsad.model.utc import moved
from marsad.model.warning import WarningEvent
from marsad.register.incident import IncidentKeeper
from marsad.site import doors
from marsad.site.actions import action_from_json
from marsad.site.copies import Copies
from marsad.site.digest import RunningDigest
from marsad.site.doubles import Doubles
from marsad.site.flight_register import FlightRegister
from marsad.site.hearing import Hearing, late_note
from marsad.site.lagging import Laggards, as_estimates
from marsad.site.late_looks import LateLooks
from marsad.site.look import Look
from marsad.site.overload import LATE_S, Ledger
from marsad.site.room import NO_ROOM, gives_way
from marsad.site.scans import ScanAssembler
from marsad.site.second_look import check_explained
from marsad.site.settings import settings_from_toml
from marsad.site.site_time import SiteTime
from marsad.site.vigil import Vigil
from marsad.site.whereabouts import Whereabouts, as_seen
from marsad.tracking import Tracker, Trail
from marsad.warning import Warner

_TRACKS_PER_COST = 1_000  # so many make a look twice as dear
_TIMER_NS = 100_000_000
_ON_ITS_WAY_NS = 500_000_000
_NOT_WAITING_NS = 2**62  # no look waits for a cycle
_PACE_NS_MAX = 500_000_000
_SENSORS_PER_TRACK_MAX = 32


class SiteFold:
    """The whole state of one site; begins with its configuration frame."""

    def __init__(self, configuration: Frame) -> None:
        """Raises RecordingError if the frame is not a configuration, ConfigError if it is faulty."""
        if configuration.feed != CONFIGURATION:
            raise RecordingError(f"the first frame is of feed {configuration.feed!r}, not {CONFIGURATION!r}")
        settings = settings_from_toml(configuration.data, "configuration frame")
        self.configuration = configuration.data
        self.settings = settings
        self.site = settings.build_site()
        self.t_ns = configuration.t_ns
        self.frames = 1
        self.cycles = 0
        self.counters: Counter[str] = Counter()
        self._frame = settings.local_frame()
        self._feeds: dict[str, Feed] = {item.name: open_feed(item, self._frame) for item in settings.feed}
        self._guarded = {name: feed for name, feed in self._feeds.items() if isinstance(feed, Guarded)}
        self._sensors: dict[str, Sensor] = {}
        self._copies, self._doubles = Copies(), Doubles(settings.assessment.limits)
        self._hearing = Hearing(int(settings.tracking.rewind_s * 1e9))
        self._scans = ScanAssembler(settings.scan, self._hearing)
        self._whereabouts = Whereabouts(self._frame)
        self._tracker = Tracker(settings.tracking)
        self._laggards = Laggards(settings.tracking)
        self._late = LateLooks(settings.scan.replayed_per_s_max)
        self._ledger, self._shares = Ledger(), Shares()
        for feed in self._feeds.values():
            feed.shares = self._shares
        self._trail = Trail(settings.tracking, settings.trail)
        self._assessor = Assessor(self.site, settings.assessment)
        self._warner = Warner(self.site, settings.warning)
        self._flights = FlightRegister(self.site, self._frame)
        self._vigil = Vigil(self._hearing)
        self._incidents = IncidentKeeper(self.site, settings.register_)
        self._time = SiteTime()
        self._digest = RunningDigest()
        self._overflow: Counter[str] = Counter()
        self._sensors_of: dict[int, tuple[str, ...]] = {}
        self._claims: dict[int, Claim] = {}
        self._timer_t_ns = self._cycle_t_ns = self.t_ns
        self._wait_ns = _NOT_WAITING_NS
        self._pace_ns = 0  # the least from cycle to cycle while the site is behind
        self._coast_ns = int(settings.tracking.coast_s_max * 1e9)
        self._idle_ns = int(settings.cycle.idle_s * 1e9)
        self._after_look_ns = int(settings.cycle.after_look_s * 1e9)
        self._after_claims_ns = max(int(settings.cycle.after_claims_s * 1e9), self._after_look_ns)
        self._table = self._tracker.table(self.t_ns)
        self._assessments: Sequence[ThreatAssessment] = ()

    def fold(self, frame: Frame) -> list[Effect]:
        """Take one frame in; return what is to be done about it. Raises nothing for any bytes."""
        self.frames += 1
        self.counters["frames"] += 1
        if frame.t_ns < self.t_ns:
            self.counters["frames.time-back"] += 1
        self.t_ns = max(self.t_ns, frame.t_ns)
        effects: list[Effect] = []
        if frame.feed == OPERATOR:
            effects += self._act(frame)
        elif frame.feed in self._feeds and frame.kind is FrameKind.REFUSED:
            effects += doors.turned_away(frame, self.counters)
            if held_back := doors.held_back(frame):
                self._ledger.leave_out(self.t_ns, Shed.BYTES, frame.feed, frame.feed, held_back)
        elif frame.feed in self._feeds:
            effects += self._hear(frame.feed, self._feeds[frame.feed].receive(frame))
        elif frame.feed == CONFIGURATION:
            effects += self._keep_configuration(frame)
        elif frame.feed == CLOCK:
            effects += self._set_clock(frame)
        elif frame.feed == LOAD:
            effects += self._fall_behind(frame)
        elif frame.feed == GAP:
            self.counters["frames.unrecorded"] += int(frame.data)
        elif frame.feed != TICK:
            effects.append(self._refuse(frame, "feed-unknown", f"no feed is called {frame.feed!r}"))
        self._advance(effects)
        return effects

    def guarded(self) -> dict[str, Guarded]:
        """The feeds that can be told who may speak on them."""
        return dict(self._guarded)

    @property
    def deadline_ns(self) -> int:
        """When the site wants a tick at the latest, if nothing comes before."""
        deadline_ns = self._cycle_t_ns + min(self._idle_ns, max(self._wait_ns, self._pace_ns))
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

    def check_explained(self, action: Action) -> None:
        """Raises ReceivedError where an action would lower a warning and gives no reason."""
        check_explained(action, self._assessments)

    def sensors(self) -> tuple[Sensor, ...]:
        """Every sensor that was ever heard, in the order of the feeds; one far off is degraded, and why."""
        return self._sensors_by(self._tracker.registration())

    def _sensors_by(self, table: RegistrationTable) -> tuple[Sensor, ...]:
        off = {
            table.sensor_ids[row]: _far_off(table, row) for row in np.flatnonzero(table.large.any(1)).tolist()
        }
        return tuple(
            self._judged(sensor, off.get(sensor.sensor_id, ""))
            for feed in self._feeds.values()
            for sensor in feed.sensors()
        )

    def _judged(self, sensor: Sensor, off: str) -> Sensor:
        """A sensor with how late it is; degraded if it is far off or late, where it says that it is well."""
        delay = self._hearing.delay(sensor.sensor_id)
        shed = "some reports left out: too many" if sensor.sensor_id in self._scans.incomplete else ""
        leap_m = self._whereabouts.jumped_m(sensor.sensor_id, self.t_ns)
        leapt = f"place jumped by {leap_m:.0f} m" if leap_m else ""
        late = late_note(delay, self._hearing.is_lagging(sensor.sensor_id))
        health, note = sensor.health, sensor.note
        if health in (SensorHealth.OK, SensorHealth.DEGRADED) and not self._tracker.knows(sensor.sensor_id):
            return replace(sensor, health=SensorHealth.REFUSED, note=NO_ROOM, delay=delay)
        unfit = "range rate does not fit" if self._tracker.is_rate_unfit(sensor.sensor_id) else ""
        notes = [note for note in (off, unfit, leapt, late, shed) if note]
        if notes and health == SensorHealth.OK:
            health, note = SensorHealth.DEGRADED, "; ".join([*notes, note] if note else notes)
        return replace(sensor, health=health, note=note, delay=delay)

    def picture(self) -> Picture:
        """The air picture as of the last cycle."""
        registration = self._tracker.registration()
        counters = dict(self.counters)
        for name, feed in self._feeds.items():
            counters |= {f"{name}.{key}": count for key, count in feed.counters.items()}
        counters |= {f"tracking.{key}": count for key, count in self._tracker.counters.items()}
        counters |= {f"warning.{key}": count for key, count in self._warner.counters.items()}
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
            *((f"overload.{shed}", count) for shed, count in self._ledger.left_out.items()),
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
            overloads=self._ledger.told(),
        )

    # ---------------------------------------------------------------- what entered

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
            self._leave_out(shed, sensor_id, count)
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
            action = moved(action_from_json(frame.data), -self.utc_offset_ns)
            if isinstance(action, SetIdentity):
                self._assessor.decide(self.t_ns, action)
            for identity in self._flights.act(self.t_ns, action, set(self._table.track_id.tolist())):
                self._assessor.decide(self.t_ns, identity)
            events = self._warner.act(self.t_ns, action)
            self._incidents.note(self.t_ns, self._flights.lines())
            changed = self._incidents.act(self.t_ns, action)
            decided = doors.decide(self._feeds, self.t_ns, action)
        except ReceivedError as error:
            return [self._refuse(frame, error.reason, error.detail)]
        self.counters["actions"] += 1
        effects = [] if decided is None else self._hear(*decided)
        return effects + self._outcome(
            self._table.where(np.zeros(len(self._table), bool)), (), events, changed
        )

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
        self._assessor.set_clock(self.utc_offset_ns)
        changed = self._incidents.set_clock(self.t_ns, self.utc_offset_ns, step.what)
        if changed is None:
            return []
        return self._outcome(self._table.where(np.zeros(len(self._table), bool)), (), [], changed)

    def _leave_out(self, shed: Shed, sensor_id: str, count: int) -> None:
        sensor = self._sensors.get(sensor_id)
        name = sensor.name if sensor is not None else sensor_id
        self._ledger.leave_out(self.t_ns, shed, sensor_id, name, count)
        if sensor_id not in self._scans.incomplete:
            self._scans.incomplete = self._ledger.shed_ids()

    def _fall_behind(self, frame: Frame) -> list[Effect]:
        """Frames waited, or took long: take less of whoever sends most, and look less often."""
        try:
            lateness = Lateness.from_bytes(frame.data)
        except ValueError as error:
            return [self._refuse(frame, "load-unreadable", str(error))]
        if self._ledger.fall_behind(self.t_ns, lateness):
            self._pace_ns = min(_PACE_NS_MAX, round(2e9 * lateness.took_s))
        if lateness.wait_s >= LATE_S:
            self._shares.lower(self.t_ns)
            self._pay_parts()
        return []

    def _pay_parts(self) -> None:
        self._late.part = self._scans.part = self._shares.part

    def _keep_configuration(self, frame: Frame) -> list[Effect]:
        """A run that goes on writes its configuration again; it must be the same."""
        if frame.data == self.configuration:
            self.counters["restarts"] += 1
            return []
        return [self._refuse(frame, "configuration-changed", "a changed configuration needs a new journal")]

    def _refuse(self, frame: Frame, reason: str, detail: str) -> Refuse:
        self.counters[f"refused.{reason}"] += 1
        return Refuse(frame.feed, frame.link, frame.t_ns, reason, detail)

    # ---------------------------------------------------------------- what time brings

    def _advance(self, effects: list[Effect]) -> None:
        if self.t_ns >= self._timer_t_ns + _TIMER_NS:
            self._timer_t_ns = self.t_ns
            self._shares.pass_time(self.t_ns)
            self._pay_parts()
            for name, feed in self._feeds.items():
                effects += self._hear(name, feed.advance(self.t_ns))
        for look in self._scans.closed(self.t_ns, self._sensors):
            if (present := self._in_time(self._whereabouts.placed(look))) is not None:
                self._take_in(present)
        if self.t_ns - self._cycle_t_ns >= min(self._idle_ns, max(self._wait_ns, self._pace_ns)):
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
        self._assessor.hear(look.scan.t_ns, look.detections, attribution, as_seen(self._sensors, look))
        for track_id, plot in zip(attribution.track_id.tolist(), attribution.plot.tolist(), strict=True):
            if (claim := look.detections[plot].claim) is not None:
                self._claims[track_id] = claim
            seen_by = self._sensors_of.get(track_id, ())
            if look.scan.sensor_id not in seen_by and len(seen_by) < _SENSORS_PER_TRACK_MAX:
                self._sensors_of[track_id] = (*seen_by, look.scan.sensor_id)

    def _cycle(self) -> list[Effect]:
        """Assess, warn and record the picture as it stands now."""
        self._cycle_t_ns = self.t_ns
        self._wait_ns = _NOT_WAITING_NS
        self.cycles += 1
        if self._late.waiting:
            self._fuse(self._late.taken(self.t_ns, self._tracker))
        self._tell_overload()
        table = self._tracker.table(self.t_ns)
        self._scans.look_cost = 1 + len(table) // _TRACKS_PER_COST
        # the tracker drops what coasts when it hears something; if nothing comes ever again, the clock does
        table = table.where(self.t_ns - table.last_t_ns <= self._coast_ns)
        alive = set(table.track_id.tolist())
        self._sensors_of = {key: value for key, value in self._sensors_of.items() if key in alive}
        self._claims = {key: value for key, value in self._claims.items() if key in alive}
        self._table = table.where(table.confirmed)
        watched = {one for alarm in self._warner.alarms() for one in alarm.active_ids}
        self._vigil.look(self._table, self._sensors_of, watched)
        unwatched = self._vigil.unwatched(watched, self._sensors)
        for identity in self._flights.expire(self.t_ns, alive):
            self._assessor.decide(self.t_ns, identity)
        flights = self._flights
        self._assessor.expect(flights.friends(self.t_ns), flights.declared(), flights.owned())
        self._assessments = self._assessor.assess(self._table)
        flights.look(self.t_ns, self._assessor.own_flights)
        self._incidents.note(self.t_ns, self._flights.lines())
        events = self._warner.consider(self.t_ns, self._assessments, self._table, unwatched)
        changed = self._incidents.record(
            self.t_ns,
            events,
            self._assessments,
            self._table,
            self._sensors_of,
            self._trail.note(self._table),
            unwatched,
        )
        return self._outcome(self._table, self._assessments, events, changed)

    def _tell_overload(self) -> None:
        """Say of whom late looks and plots were left out, and to the open incident what is too much."""
        for sensor_id, count in self._late.shed().items():
            self._leave_out(Shed.REWINDS, sensor_id, count)
        if self._scans.overflow:
            for sensor_id, count in (self._scans.overflow - self._overflow).items():
                self._leave_out(Shed.PLOTS, sensor_id, count)
            self._overflow = self._scans.overflow.copy()
        incident = self._incidents.current()
        lines = self._ledger.lines(self.t_ns, "" if incident is None else incident.incident_id)
        self._incidents.note(self.t_ns, lines)
        if not self._ledger.is_behind():
            self._pace_ns = 0
        self._scans.incomplete = self._ledger.shed_ids()

    def _outcome(
        self,
        table: TrackTable,
        assessments: Sequence[ThreatAssessment],
        events: list[WarningEvent],
        changed: Incident | None,
    ) -> list[Effect]:
        incidents = [] if changed is None else [changed]
        self._digest.add(table, assessments, events, incidents, self._flights.matches)
        return [*(Warn(event) for event in events), *(Register(incident) for incident in incidents)]


def fold_of(configuration: Frame) -> SiteFold:
    """A fresh site from its first frame; a ConfigError becomes a RecordingError, for journals."""
    try:
        return SiteFold(configuration)
    except ConfigError as error:
        raise RecordingError(f"the journal's own configuration is faulty: {error}") from error


def _far_off(table: RegistrationTable, row: int) -> str:
    """The note of a sensor that somebody should look after, such as "far off in azimuth"."""
    names = [PARAMETERS[column].rpartition("_")[0] for column in np.flatnonzero(table.large[row]).tolist()]
    return "; ".join(f"far off in {name}" for name in names)
