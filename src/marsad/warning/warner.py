"""WARN: turns levels into few, latched, growing alarms that people acknowledge and clear."""

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import isnan, nan

from marsad.errors import ReceivedError
from marsad.model.action import (
    Acknowledge,
    Action,
    AllClear,
    Retract,
    TakeBackAllClear,
    TakeBackRetraction,
)
from marsad.model.reason import Reason
from marsad.model.site import EVERY_ZONE, Site
from marsad.model.threat import Level, ThreatAssessment, ZoneThreat
from marsad.model.threat_table import ThreatTable
from marsad.model.track import TrackTable
from marsad.model.warning import (
    Alarm,
    AlarmState,
    Excused,
    LostObject,
    StandingAllClear,
    TimeLeft,
    WarningEvent,
    WarningEventKind,
)
from marsad.warning.arrivals import Arrival, Arrivals
from marsad.warning.automaton import Happening, transition
from marsad.warning.settings import WarningSettings
from marsad.warning.standing import Entry, Standing, Unnoticed

STAGES = (Level.WARN, Level.ALERT)
REACHED_S = 0.5  # less is no time left: it would be written 0:00
_NOTHING_LEFT = TimeLeft(nan, nan, nan)
_REACHED_TURN_S, _UNKNOWN_TURN_S = 1e8, 1e9
_Key = tuple[str, Level]
_ENDS = (WarningEventKind.ALL_CLEAR, WarningEventKind.RETRACTED)
_ENDED_MAX = 64
_ROCKET_RULES = ("rule.warn_impact", "rule.warn_whole_site", "rule.alert_ballistic")
_TAKEN_BACK = ("alarm.all_clear_taken_back", "alarm.retraction_taken_back")
_BEGAN = re.compile(r"-\d{8}T\d{6}Z(?=-)")


class Warner:
    """The alarms of one site. Deterministic, picklable, bounded.

    counters  raised, grew, passed, acknowledged, all_clear, reannounced: events so far;
              stale: entries ignored for want of plots; excused: entries silent after an all-clear;
              tracks_dropped, alarms_dropped: beyond the limits of the settings
    """

    def __init__(self, site: Site, settings: WarningSettings) -> None:
        self._arrivals = Arrivals(site)
        self.adopt(site, settings)
        self._standing: dict[str, Standing] = {}
        self._since: dict[tuple[str, Level, int], int] = {}  # debounce: since when a track fulfils a rule
        self._excused: dict[tuple[str, Level, int], int] = {}
        self._ended: deque[WarningEvent] = deque(maxlen=_ENDED_MAX)
        self._cleared: dict[str, Standing] = {}  # what the all-clears of late have ended, oldest first
        self._retracted: deque[tuple[Standing, ...]] = deque(maxlen=_ENDED_MAX)  # by the retractions of late
        self._unnoticed = Unnoticed()
        self._raid_id = ""
        self._raids = 0
        self._raid_active_t_ns = 0
        self._made = 0
        self._utc_offset_ns = 0
        self.counters: dict[str, int] = dict.fromkeys(
            (*(kind.value for kind in WarningEventKind), "reannounced", "stale", "excused"), 0
        )
        self.counters |= {"tracks_dropped": 0, "alarms_dropped": 0}

    def adopt(self, site: Site, settings: WarningSettings) -> None:
        """From now on these settings hold. An alarm for a zone that is no more stands until it ends."""
        self._site = site
        self._settings = settings
        self._zones = {zone.zone_id for zone in site.zones}
        self._arrivals.adopt(site)

    def alarms(self) -> tuple[Alarm, ...]:
        """All that are not cleared, most urgent first: WARN before ALERT, the time left, what is reached."""
        return tuple(sorted(self._open(), key=_urgency))

    def set_clock(self, utc_offset_ns: int) -> None:
        """UTC is from now on so far ahead of the times given here; refusals name times."""
        self._utc_offset_ns = utc_offset_ns

    def ended(self) -> tuple[WarningEvent, ...]:
        """How the newest alarms ended that a person ended, oldest first."""
        return tuple(self._ended)

    def consider(
        self,
        t_ns: int,
        assessments: Sequence[ThreatAssessment],
        table: TrackTable,
        unwatched: frozenset[int] = frozenset(),
        lost: frozenset[int] = frozenset(),
    ) -> list[WarningEvent]:
        """Advance every alarm by the newest assessments; returns what happened, in order.

        The table is the one that was assessed; its plot times tell which tracks only coast. Of unwatched
        tracks no sensor has news, whether they are still in the table or not: no alarm passes for that. Those
        whose sensors are lost or silent, and not only between two looks, are the lost.
        """
        plots = zip(table.track_id.tolist(), table.last_t_ns.tolist(), strict=True)
        newest = {track_id: plot_t_ns for track_id, plot_t_ns in plots if track_id in unwatched}
        self._unnoticed = Unnoticed(unwatched, lost, newest)
        entries = self._entries(t_ns, assessments, table)
        arrived = self._arrived(t_ns, table, unwatched)
        present = {(key[0], key[1], entry.track_id) for key, list_ in entries.items() for entry in list_}
        self._since = {one: since for one, since in self._since.items() if one in present}
        self._excused = {
            one: until for one, until in self._excused.items() if one in present and t_ns < until
        }
        events = [self._reached(t_ns, one) for one in arrived]
        for key in sorted(entries, key=lambda one: (-one[1], one[0])):
            events += self._enter(t_ns, key, entries[key])
        for one in list(self._standing.values()):
            events += self._tend(t_ns, one, entries)
        for one in self._ended_of_late(t_ns):
            one.follow(_of(one.alarm, one.alarm.track_ids, entries), self._unnoticed)
        self._end_raid(t_ns)
        return events

    def act(self, t_ns: int, action: Action) -> list[WarningEvent]:
        """A person acknowledges an alarm, retracts it or gives the all-clear; other actions are not for us.

        Raises ReceivedError for an alarm or a zone that is not known, naming those that are.
        """
        if isinstance(action, Acknowledge):
            return self._acknowledge(t_ns, action)
        if isinstance(action, AllClear):
            return self._all_clear(t_ns, action)
        if isinstance(action, Retract):
            return self._retract(t_ns, action)
        if isinstance(action, TakeBackAllClear):
            return self._take_back(t_ns, action)
        if isinstance(action, TakeBackRetraction):
            return self._take_back_retraction(t_ns, action)
        return []

    def watched(self, t_ns: int) -> set[int]:
        """The tracks of which it must be known whether a sensor has news of them."""
        ended = (track_id for one in self._ended_of_late(t_ns) for track_id in one.seen)
        return {track_id for alarm in self._open() for track_id in alarm.active_ids}.union(ended)

    def _ended_of_late(self, t_ns: int) -> Iterator[Standing]:
        """What a person has ended, and can still take back."""
        over_ns = self._settings.raid_window_s * 1e9
        for one in (*self._cleared.values(), *(one for ended in self._retracted for one in ended)):
            if t_ns - one.alarm.updated_t_ns <= over_ns:
                yield one

    # --- what the assessments say ---------------------------------------------------------

    def _entries(
        self, t_ns: int, assessments: Sequence[ThreatAssessment], table: TrackTable
    ) -> dict[_Key, list[Entry]]:
        """Tracks that fulfil the rule of each (zone, stage), nearest first, those that have arrived last."""
        plots = dict(zip(table.track_id.tolist(), table.last_t_ns.tolist(), strict=True))
        firsts = dict(zip(table.track_id.tolist(), table.first_t_ns.tolist(), strict=True))
        found: dict[_Key, list[Entry]] = {}
        threats = ThreatTable.of(assessments)
        briefs = threats.brief(threats.at_least(Level.ALERT))
        for one in briefs:
            if one.level >= Level.WARN:
                self._arrivals.note(one.track_id, plots.get(one.track_id, t_ns), one.zones)
        self._arrivals.see(plots)
        for one in briefs:
            plot_t_ns = plots.get(one.track_id, t_ns)
            if self._arrivals.of(one.track_id) is not None:
                continue
            if t_ns - plot_t_ns > self._settings.stale_s * 1e9:
                self.counters["stale"] += 1
                continue
            when = (firsts.get(one.track_id, 0), plot_t_ns)
            for zone in one.zones:
                if zone.level >= Level.WARN:
                    found.setdefault((zone.zone_id, Level.WARN), []).append(_entry(one, zone, *when))
                if zone.level >= Level.ALERT and not self._settings.group_alerts:
                    found.setdefault((zone.zone_id, Level.ALERT), []).append(_entry(one, zone, *when))
            if self._settings.group_alerts and one.zones:
                # the zone of its rule, and the one its row in a list counts down to
                found.setdefault((EVERY_ZONE, Level.ALERT), []).append(_entry(one, one.zones[0], *when))
        for list_ in found.values():
            list_.sort(key=_arrival)
        return found

    def _arrived(self, t_ns: int, table: TrackTable, unwatched: frozenset[int]) -> list[Arrival]:
        """Tracks that people take cover from and that were last seen over a zone."""
        alarms = list(self._open())
        warned = {one for alarm in alarms if alarm.stage is Level.WARN for one in alarm.active_ids}
        arrived = self._arrivals.settle(t_ns, warned, set(table.track_id.tolist()), unwatched)
        self._arrivals.keep({one for alarm in alarms for one in alarm.track_ids})
        return arrived

    def _reached(self, t_ns: int, arrival: Arrival) -> WarningEvent:
        """That a track has arrived, as an event of the alarm that says most of it."""
        naming = [
            alarm
            for alarm in self._open()
            if alarm.stage is Level.WARN and arrival.track_id in alarm.active_ids
        ]
        alarm = next((one for one in naming if one.zone_id == arrival.zone_id), naming[0])
        reason = _arrival_reason(arrival)
        event = self._event(t_ns, WarningEventKind.REACHED, alarm, arrival.track_id, _NOTHING_LEFT, (reason,))
        return replace(event, zone_id=arrival.zone_id)

    def _enter(self, t_ns: int, key: _Key, entries: list[Entry]) -> list[WarningEvent]:
        zone_id, stage = key
        wait_s = self._settings.warn_after_s if stage is Level.WARN else self._settings.alert_after_s
        events: list[WarningEvent] = []
        for entry in entries:
            place = (zone_id, stage, entry.track_id)
            since = self._since.setdefault(place, t_ns)
            if t_ns - since < wait_s * 1e9:
                continue
            if place in self._excused:
                self.counters["excused"] += 1
                continue
            alarm = self._current(t_ns, key)
            if alarm is None and stage is Level.ALERT and self._warned(t_ns, entry.track_id):
                continue  # a WARN already says more than this ALERT would
            if alarm is None or entry.track_id not in alarm.active_ids:
                events += self._entered(t_ns, key, alarm, entry)
        return events

    def _warned(self, t_ns: int, track_id: int) -> bool:
        return any(alarm.stage is Level.WARN and track_id in alarm.active_ids for alarm in self._open())

    def _current(self, t_ns: int, key: _Key) -> Alarm | None:
        """The open alarm of a zone and stage in the raid that is going on."""
        self._open_raid(t_ns)
        for alarm in self._open():
            if alarm.raid_id == self._raid_id and (alarm.zone_id, alarm.stage) == key:
                return alarm
        return None

    def _entered(self, t_ns: int, key: _Key, alarm: Alarm | None, entry: Entry) -> list[WarningEvent]:
        moved = transition(alarm.state if alarm else None, Happening.ENTERED)
        if moved is None:
            return []
        state, kind = moved
        self._raid_active_t_ns = t_ns
        if alarm is None:
            again = False
            alarm = self._new(t_ns, key, entry)
            self._standing[alarm.alarm_id] = Standing(alarm, t_ns, t_ns)
        else:
            known = entry.track_id in alarm.track_ids
            again = known and alarm.state is AlarmState.ACTIVE
            full = len(alarm.track_ids) >= self._settings.tracks_per_alarm_max
            self.counters["tracks_dropped"] += int(full and not known)
            if alarm.state is AlarmState.PASSED:
                alarm = replace(alarm, acknowledged_t_ns=None, acknowledged_by="", acknowledged_count=0)
            alarm = replace(
                alarm,
                state=state,
                updated_t_ns=t_ns,
                track_ids=alarm.track_ids if known or full else (*alarm.track_ids, entry.track_id),
                last_active_t_ns=t_ns,
                active_ids=(*alarm.active_ids, entry.track_id),
            )
            one = self._standing[alarm.alarm_id]
            one.alarm, one.active_t_ns = alarm, t_ns
        self._standing[alarm.alarm_id].see(entry)
        if again:
            return []  # it left for a moment and is back: nothing that anybody needs to hear
        return [self._event(t_ns, kind, alarm, entry.track_id, entry.time_left, entry.reasons)]

    def _new(self, t_ns: int, key: _Key, entry: Entry) -> Alarm:
        self._make_room()
        self._made += 1
        name = f"{self._raid_id}-{key[1].name.lower()}-{key[0] or 'all'}-{self._made}"
        return Alarm(
            alarm_id=name,
            raid_id=self._raid_id,
            zone_id=key[0],
            stage=key[1],
            state=AlarmState.ACTIVE,
            opened_t_ns=t_ns,
            updated_t_ns=t_ns,
            track_ids=(entry.track_id,),
            active_ids=(entry.track_id,),
            time_left=entry.time_left,
            reasons=entry.reasons,
            first_plot_t_ns=entry.first_plot_t_ns,
            soonest_s=entry.zone.earliest_arrival_s,
            last_active_t_ns=t_ns,
        )

    def _make_room(self) -> None:
        """The oldest passed alarm makes room; if every one is active, the least urgent does."""
        if len(self._standing) < self._settings.alarms_max:
            return
        passed = [alarm for alarm in self._open() if alarm.state is AlarmState.PASSED]
        worst = passed[0] if passed else max(self._open(), key=_urgency)
        self._forget(worst.alarm_id)
        self.counters["alarms_dropped"] += 1

    # --- what time does --------------------------------------------------------------------

    def _tend(self, t_ns: int, one: Standing, entries: Mapping[_Key, list[Entry]]) -> list[WarningEvent]:
        alarm = one.alarm
        if alarm.state is not AlarmState.ACTIVE:
            return []
        now = _of(alarm, alarm.active_ids, entries)
        alarm = self._falling(t_ns, alarm, now)
        lost = one.follow(now, self._unnoticed)
        if one.seen:
            one.active_t_ns = self._raid_active_t_ns = t_ns
            alarm = replace(alarm, active_ids=tuple(track for track in alarm.active_ids if track in one.seen))
        if now or lost:
            alarm = self._going_on(t_ns, alarm, now, lost)
        elif not one.seen and alarm.active_ids:
            # what its last object was judged by is no longer true: a card would contradict the track
            reasons = (self._emptied(alarm), _growth(0, len(alarm.track_ids)))
            alarm = replace(
                alarm,
                active_ids=(),
                updated_t_ns=t_ns,
                time_left=_NOTHING_LEFT,
                reasons=reasons,
                soonest_s=nan,
                lost=(),
            )
        one.alarm = alarm
        quiet = t_ns - one.active_t_ns >= self._settings.passed_after_s * 1e9
        if not alarm.active_ids and quiet:
            return self._happen(t_ns, alarm, Happening.QUIET, (self._quiet_reason(),), "")
        return self._reannounce(t_ns, one)

    def _going_on(self, t_ns: int, alarm: Alarm, now: Sequence[Entry], lost: tuple[LostObject, ...]) -> Alarm:
        """An alarm with what fulfils its rule now, and with what was lost while it did."""
        taken_back = () if now else (one for one in alarm.reasons if one.code in _TAKEN_BACK)
        reasons = (
            *(now[0].reasons if now else ()),
            *_rockets_behind(now),
            *((_lost_reason(lost),) if lost else ()),
            *taken_back,
            _growth(len(alarm.active_ids), len(alarm.track_ids)),
        )
        return replace(
            alarm,
            updated_t_ns=t_ns,
            time_left=now[0].time_left if now else _NOTHING_LEFT,
            reasons=reasons,
            soonest_s=min((entry.zone.earliest_arrival_s for entry in now), default=nan),
            last_active_t_ns=t_ns if now else alarm.last_active_t_ns,
            lost=lost,
        )

    def _falling(self, t_ns: int, alarm: Alarm, now: Sequence[Entry]) -> Alarm:
        """When the last of its rockets comes down, and how long people stay in cover after that.

        The latest of all predictions counts: one that was too late costs seconds, one forgotten lets people
        out under the last round.
        """
        left = [entry.zone.time_to_impact_s for entry in now if entry.is_rocket]
        left = [seconds for seconds in left if not isnan(seconds)]
        if not left:
            return alarm
        impact_t_ns = max(alarm.impact_t_ns, t_ns + int(max(left) * 1e9))
        wait_ns = int(self._settings.rocket_cover_s * 1e9) if alarm.stage is Level.WARN else 0
        opens_t_ns = impact_t_ns + wait_ns if wait_ns else 0
        return replace(alarm, impact_t_ns=impact_t_ns, all_clear_from_t_ns=opens_t_ns)

    def _emptied(self, alarm: Alarm) -> Reason:
        """Why an alarm has no active track: the last has arrived, or none fulfils its rule."""
        for track_id in reversed(alarm.active_ids):
            if (arrival := self._arrivals.of(track_id)) is not None:
                return _arrival_reason(arrival)
        return Reason("alarm.emptied")

    def _quiet_reason(self) -> Reason:
        return Reason("alarm.passed", (("quiet_s", self._settings.passed_after_s),))

    def _reannounce(self, t_ns: int, one: Standing) -> list[WarningEvent]:
        """Sound an unacknowledged WARN once more, where the settings ask for it."""
        alarm, after_s = one.alarm, self._settings.reannounce_after_s
        due = t_ns - one.announced_t_ns >= after_s * 1e9
        if not after_s or not due or alarm.stage is not Level.WARN or alarm.acknowledged_t_ns is not None:
            return []
        one.announced_t_ns = t_ns
        self.counters["reannounced"] += 1
        reason = Reason("alarm.reannounced", (("after_s", after_s),))
        return [self._event(t_ns, WarningEventKind.RAISED, alarm, None, alarm.time_left, (reason,))]

    def _open_raid(self, t_ns: int) -> None:
        if not self._raid_id:
            self._raids += 1
            day = datetime.fromtimestamp(t_ns // 10**9, UTC).strftime("%Y%m%dT%H%M%SZ")
            self._raid_id = f"{self._site.site_id}-{day}-{self._raids}"
            self._raid_active_t_ns = t_ns

    def _end_raid(self, t_ns: int) -> None:
        """A raid ends when everything is cleared, or nothing was active for the window."""
        if not self._raid_id:
            return
        open_ = any(alarm.raid_id == self._raid_id for alarm in self._open())
        over = t_ns - self._raid_active_t_ns > self._settings.raid_window_s * 1e9
        if not open_ or over:
            self._raid_id = ""

    # --- what people do ----------------------------------------------------------------------

    def _acknowledge(self, t_ns: int, action: Acknowledge) -> list[WarningEvent]:
        alarm = self._meant(action.alarm_id)
        if alarm.acknowledged_t_ns is not None:
            return []
        alarm = replace(
            alarm,
            acknowledged_t_ns=t_ns,
            acknowledged_by=action.by,
            acknowledged_count=len(alarm.track_ids),
        )
        return self._happen(t_ns, alarm, Happening.ACKNOWLEDGED, (), action.by)

    def _retract(self, t_ns: int, action: Retract) -> list[WarningEvent]:
        alarm = self._meant(action.alarm_id)
        if not action.reason.strip():
            raise ReceivedError(
                "reason-needed", f"retract.reason is empty: who was told of {alarm.alarm_id} is told why"
            )
        reasons = (Reason("alarm.retracted", (("words", action.reason.strip()),)),)
        events: list[WarningEvent] = []
        ended: list[Standing] = []
        for one in self._of_the_same(alarm):
            self._excuse(t_ns, one)
            events += self._happen(t_ns, one, Happening.RETRACTED, reasons, action.by)
            ended.append(self._standing[one.alarm_id])
            self._forget(one.alarm_id)
        self._retracted.append(tuple(ended))
        self._end_raid(t_ns)
        return events

    def _of_the_same(self, alarm: Alarm) -> list[Alarm]:
        """An alarm, and those of its objects alone: what was no danger was none to any zone.

        Whoever takes back that people be ready takes nobody out of cover: that is said of the order itself.
        """
        tracks = set(alarm.track_ids)
        others = (
            one
            for one in self.alarms()
            if one.alarm_id != alarm.alarm_id
            and one.stage <= alarm.stage
            and one.raid_id == alarm.raid_id
            and tracks >= set(one.track_ids)
        )
        return [alarm, *others]

    def _take_back(self, t_ns: int, action: TakeBackAllClear) -> list[WarningEvent]:
        """Raise anew what an all-clear has ended: who left cover on it is told as at first."""
        self._check_zone(action.zone_id)
        if not action.reason.strip():
            raise ReceivedError(
                "reason-needed", "take_back_all_clear.reason is empty: who left cover is told why to go back"
            )
        over_ns = self._settings.raid_window_s * 1e9
        ended = [
            one
            for one in self._cleared.values()
            if action.zone_id in (EVERY_ZONE, one.alarm.zone_id) and t_ns - one.alarm.updated_t_ns <= over_ns
        ]
        if not ended:
            raise ReceivedError(
                "nothing-cleared",
                f"no all-clear of the last {self._settings.raid_window_s:.0f} s stands for zone "
                f"{action.zone_id or 'all of them'!r}; where there is danger, its alarm is raised by itself",
            )
        reason = Reason("alarm.all_clear_taken_back", (("words", action.reason.strip()),))
        events: list[WarningEvent] = []
        for one in ended:
            del self._cleared[one.alarm.alarm_id]
            events += self._raised_again(t_ns, one, reason, action.by)
        return events

    def _take_back_retraction(self, t_ns: int, action: TakeBackRetraction) -> list[WarningEvent]:
        """Raise anew all that a retraction has ended, of whose objects nobody was to be warned any more."""
        if not action.reason.strip():
            raise ReceivedError(
                "reason-needed",
                "take_back_retraction.reason is empty: who was told of no danger is told why there is one",
            )
        over_ns = self._settings.raid_window_s * 1e9
        of_late = [ended for ended in self._retracted if t_ns - ended[0].alarm.updated_t_ns <= over_ns]
        names = [one.alarm.alarm_id for ended in of_late for one in ended]
        if action.alarm_id not in names:
            raise ReceivedError(
                "nothing-retracted",
                f"alarm {action.alarm_id[:80]!r} was not retracted in the last "
                f"{self._settings.raid_window_s:.0f} s; these were: {', '.join(names) or 'none'}",
            )
        meant = next(ended for ended in of_late if action.alarm_id in [one.alarm.alarm_id for one in ended])
        self._retracted.remove(meant)
        reason = Reason("alarm.retraction_taken_back", (("words", action.reason.strip()),))
        return [event for one in meant for event in self._raised_again(t_ns, one, reason, action.by)]

    def _raised_again(self, t_ns: int, before: Standing, reason: Reason, by: str) -> list[WarningEvent]:
        """An alarm as it was when a person ended it, with what has become known of its objects since."""
        ended = before.alarm
        for track_id in ended.track_ids:
            for zone_id, stage in ((ended.zone_id, ended.stage), (EVERY_ZONE, Level.ALERT)):
                self._excused.pop((zone_id, stage, track_id), None)
        current = self._current(t_ns, (ended.zone_id, ended.stage))
        if current is not None:
            return self._joined(t_ns, current, before)  # it is raised again already
        self._make_room()
        self._made += 1
        name = f"{self._raid_id}-{ended.stage.name.lower()}-{ended.zone_id or 'all'}-{self._made}"
        lost = tuple(seen for track_id, seen in before.seen.items() if track_id in self._unnoticed.lost)
        known = (_lost_reason(lost),) if lost else ()
        alarm = replace(
            ended,
            alarm_id=name,
            raid_id=self._raid_id,
            state=AlarmState.ACTIVE,
            opened_t_ns=t_ns,
            updated_t_ns=t_ns,
            active_ids=tuple(before.seen),
            time_left=_NOTHING_LEFT,
            soonest_s=nan,
            reasons=(*known, reason, _growth(len(before.seen), len(ended.track_ids))),
            acknowledged_t_ns=t_ns,
            acknowledged_by=by,
            acknowledged_count=len(ended.track_ids),
            lost=lost,
        )
        self._standing[name] = Standing(alarm, t_ns, t_ns, before.seen)
        self._raid_active_t_ns = t_ns
        return [self._event(t_ns, WarningEventKind.RAISED, alarm, None, _NOTHING_LEFT, (reason,), by)]

    def _joined(self, t_ns: int, alarm: Alarm, before: Standing) -> list[WarningEvent]:
        """What one that was ended knows of its objects, given to the alarm that stands in its place."""
        one = self._standing[alarm.alarm_id]
        new = [seen for track_id, seen in before.seen.items() if track_id not in alarm.active_ids]
        moved = transition(alarm.state, Happening.ENTERED)
        if not new or moved is None:
            return []
        state, kind = moved
        has_passed = alarm.state is AlarmState.PASSED
        if has_passed:
            alarm = replace(alarm, acknowledged_t_ns=None, acknowledged_by="", acknowledged_count=0)
        room = max(self._settings.tracks_per_alarm_max - len(alarm.track_ids), 0)
        unknown = [seen.track_id for seen in new if seen.track_id not in alarm.track_ids]
        one.alarm = replace(
            alarm,
            state=state,
            updated_t_ns=t_ns,
            track_ids=(*alarm.track_ids, *unknown[:room]),
            active_ids=(*alarm.active_ids, *(seen.track_id for seen in new)),
        )
        one.seen |= {seen.track_id: seen for seen in new}
        one.active_t_ns = self._raid_active_t_ns = t_ns
        if not has_passed:
            return []
        first = new[0].track_id
        return [self._event(t_ns, kind, one.alarm, first, _NOTHING_LEFT, (_lost_reason(new),))]

    def _meant(self, alarm_id: str) -> Alarm:
        """The open alarm of that name. Raises ReceivedError, which names those that are open."""
        one = self._standing.get(alarm_id)
        alarm = self._but_for_its_second(alarm_id) if one is None else one.alarm
        if alarm is None:
            names = ", ".join(one.alarm_id for one in self.alarms()) or "none"
            raise ReceivedError("unknown-alarm", f"alarm {alarm_id!r} is not open; open alarms: {names}")
        return alarm

    def _excuse(self, t_ns: int, alarm: Alarm) -> None:
        """Say nothing of the tracks of an alarm that a person has ended, for a while."""
        until = t_ns + int(self._settings.excused_s * 1e9)
        for track_id in alarm.active_ids:
            for zone_id, stage in ((alarm.zone_id, alarm.stage), (EVERY_ZONE, Level.ALERT)):
                self._excused[(zone_id, stage, track_id)] = until

    @property
    def excused(self) -> Excused:
        """What is not announced for a while, though it fulfils a rule, because a person ended its alarm."""
        tracks = {track_id for _, _, track_id in self._excused}
        return Excused(len(tracks), max(self._excused.values(), default=0))

    def all_clears(self, t_ns: int) -> tuple[StandingAllClear, ...]:
        """Those of late that can be taken back, one for each zone, in the order in which they were given."""
        over_ns = int(self._settings.raid_window_s * 1e9)
        open_ = {(alarm.zone_id, alarm.stage) for alarm in self._open()}
        given = {
            one.zone_id: one.updated_t_ns
            for one in (ended.alarm for ended in self._cleared.values())
            if t_ns - one.updated_t_ns <= over_ns and (one.zone_id, one.stage) not in open_
        }
        return tuple(StandingAllClear(zone_id, at_ns, at_ns + over_ns) for zone_id, at_ns in given.items())

    def _but_for_its_second(self, alarm_id: str) -> Alarm | None:
        """The alarm whose name differs in the second at which its raid began, and in nothing else.

        A journal replayed by a later engine may raise it a moment sooner or later; whoever acknowledged it
        acknowledged this one. Within one run names without the time are never used again.
        """
        name = _BEGAN.sub("", alarm_id)
        return next((one for one in self._open() if _BEGAN.sub("", one.alarm_id) == name), None)

    def _all_clear(self, t_ns: int, action: AllClear) -> list[WarningEvent]:
        self._check_zone(action.zone_id)
        meant = [one for one in self.alarms() if action.zone_id in (EVERY_ZONE, one.zone_id)]
        self._check_seen(action, meant)
        self._check_fallen(t_ns, meant)
        events: list[WarningEvent] = []
        for alarm in meant:
            self._excuse(t_ns, alarm)
            events += self._happen(t_ns, alarm, Happening.ALL_CLEAR, (), action.by)
            self._cleared[alarm.alarm_id] = self._standing[alarm.alarm_id]
            self._forget(alarm.alarm_id)
        for old in list(self._cleared)[: -self._settings.alarms_max]:
            del self._cleared[old]
        self._end_raid(t_ns)
        return events

    def _check_seen(self, action: AllClear, meant: Sequence[Alarm]) -> None:
        """Raises ReceivedError where an active alarm came after whoever gives the all-clear looked.

        Nothing is ended then: the danger is not over, and whoever looks again can say what of it is.
        """
        if action.alarm_ids is None:
            return
        seen = {_BEGAN.sub("", name) for name in action.alarm_ids}
        meanwhile = [
            f"{one.alarm_id} ({one.stage.name}, zone {one.zone_id or 'all of them'!r})"
            for one in meant
            if one.state is AlarmState.ACTIVE and _BEGAN.sub("", one.alarm_id) not in seen
        ]
        if meanwhile:
            raise ReceivedError(
                "alarms-meanwhile",
                f"all_clear.alarm_ids lacks what came meanwhile and is active: {', '.join(meanwhile)}; "
                "no alarm was ended",
            )

    def _check_fallen(self, t_ns: int, meant: Sequence[Alarm]) -> None:
        """Raises ReceivedError, which says from when on, where rockets may still come down or go off.

        What was no rocket can be retracted as a false alarm at any time.
        """
        waits = max(meant, key=lambda one: one.all_clear_from_t_ns, default=None)
        if waits is None or t_ns >= waits.all_clear_from_t_ns:
            return
        last, opens = (self._clock(one) for one in (waits.impact_t_ns, waits.all_clear_from_t_ns))
        left_s = round((waits.all_clear_from_t_ns - t_ns) / 1e9)
        raise ReceivedError(
            "rockets-too-recent",
            f"all_clear refused: the last rocket of {waits.alarm_id} is predicted to come down at {last}, "
            f"and people stay in cover for {self._settings.rocket_cover_s / 60:.0f} min after it; the "
            f"all-clear opens at {opens}, in {left_s // 60}:{left_s % 60:02d}. A false alarm can be "
            "retracted now",
        )

    def _clock(self, t_ns: int) -> str:
        return f"{datetime.fromtimestamp((t_ns + self._utc_offset_ns) // 10**9, UTC):%H:%M:%S} UTC"

    def _check_zone(self, zone_id: str) -> None:
        """Raises ReceivedError for a zone that is not on the site, and that no alarm of late is about."""
        former = {alarm.zone_id for alarm in (*self._open(), *(one.alarm for one in self._cleared.values()))}
        if zone_id and zone_id not in self._zones | former:
            known = ", ".join(sorted(self._zones | former - {EVERY_ZONE})) or "none"
            raise ReceivedError("unknown-zone", f"zone {zone_id!r} is not on this site; zones: {known}")

    # --- bookkeeping ----------------------------------------------------------------------------

    def _happen(
        self, t_ns: int, alarm: Alarm, happening: Happening, reasons: tuple[Reason, ...], by: str
    ) -> list[WarningEvent]:
        moved = transition(alarm.state, happening)
        if moved is None:
            return []
        state, kind = moved
        alarm = replace(alarm, state=state, updated_t_ns=t_ns)
        self._standing[alarm.alarm_id].alarm = alarm
        return [self._event(t_ns, kind, alarm, None, alarm.time_left, reasons, by)]

    def _event(
        self,
        t_ns: int,
        kind: WarningEventKind,
        alarm: Alarm,
        track_id: int | None,
        time_left: TimeLeft,
        reasons: Iterable[Reason],
        by: str = "",
    ) -> WarningEvent:
        self.counters[kind.value] += 1
        event = WarningEvent(
            t_ns=t_ns,
            kind=kind,
            alarm_id=alarm.alarm_id,
            raid_id=alarm.raid_id,
            zone_id=alarm.zone_id,
            stage=alarm.stage,
            track_id=track_id,
            time_left=time_left,
            reasons=tuple(reasons),
            by=by,
        )
        if kind in _ENDS:
            self._ended.append(event)
        return event

    def _forget(self, alarm_id: str) -> None:
        self._standing.pop(alarm_id, None)

    def _open(self) -> Iterator[Alarm]:
        """The alarms that stand, in the order in which they were raised."""
        return (one.alarm for one in self._standing.values())


def _entry(one: ThreatAssessment, zone: ZoneThreat, first_plot_t_ns: int, plot_t_ns: int) -> Entry:
    is_rocket = one.rule.code in _ROCKET_RULES  # whatever else its class may still weigh
    about = Reason(
        f"alarm.track.{'ballistic' if is_rocket else one.class_name}",
        (
            ("track_id", one.track_id),
            ("zone_id", zone.zone_id),
            ("hit_percent", 100.0 * zone.hit_probability),
            ("distance_m", zone.distance_m),
        ),
    )
    # the rule speaks of the zone that made the track dangerous: of another zone it says nothing
    told = dict(one.rule.arguments).get("zone_id", zone.zone_id) == zone.zone_id
    reasons = (one.rule, about) if told else (about,)
    return Entry(one.track_id, zone, reasons, first_plot_t_ns, plot_t_ns, is_rocket)


def _of(alarm: Alarm, track_ids: Collection[int], entries: Mapping[_Key, Sequence[Entry]]) -> list[Entry]:
    """Those of some tracks that fulfil the rule of an alarm now."""
    key = (alarm.zone_id, alarm.stage)
    return [entry for entry in entries.get(key, ()) if entry.track_id in track_ids]


def _rockets_behind(now: Sequence[Entry]) -> tuple[Reason, ...]:
    """The first rocket that comes after something else: people are told of the graver one, too."""
    if not now or now[0].is_rocket:
        return ()
    return next((entry.reasons[-1:] for entry in now if entry.is_rocket), ())


def _arrival_reason(arrival: Arrival) -> Reason:
    code = "alarm.reached" if arrival.is_over else "alarm.reached_ahead"
    return Reason(code, (("track_id", arrival.track_id), ("zone_id", arrival.zone_id)))


def _lost_reason(lost: Sequence[LostObject]) -> Reason:
    return Reason("alarm.unseen", (("count", len(lost)),))


def _growth(active: int, ever: int) -> Reason:
    return Reason("alarm.tracks", (("active", active), ("ever", ever)))


def _turn(likely_s: float) -> float:
    """By what times left take turns, soonest first: what is reached comes after all that can be saved."""
    if isnan(likely_s):
        return _UNKNOWN_TURN_S
    return likely_s if likely_s >= REACHED_S else _REACHED_TURN_S


def _arrival(entry: Entry) -> tuple[float, float, int]:
    return (_turn(entry.zone.time_to_impact_s), entry.zone.earliest_arrival_s, entry.track_id)


def _urgency(alarm: Alarm) -> tuple[int, int, float, int, str]:
    return (
        -alarm.stage,
        int(alarm.state is not AlarmState.ACTIVE),
        _turn(alarm.time_left.likely_s),
        alarm.opened_t_ns,
        alarm.alarm_id,
    )
