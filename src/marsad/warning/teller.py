"""WARN, its second half: which alarm goes out on which output, when, and what is said of it later."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from marsad.errors import ReceivedError
from marsad.model.action import Action, Release, TryOutputs, Withhold
from marsad.model.announcement import (
    AnnouncementKind,
    Delivered,
    Delivery,
    DrillAnnouncement,
    Earlier,
    LiveAnnouncement,
    Output,
    Purpose,
    Telling,
    TrackSteps,
)
from marsad.model.drill import Drilling
from marsad.model.effect import Actuate, Announce
from marsad.model.incident import IncidentTelling
from marsad.model.line import Line
from marsad.model.reason import Reason
from marsad.model.role import Permission
from marsad.model.site import EVERY_ZONE, Mode, Site, Zone
from marsad.model.threat import Level
from marsad.model.warning import Alarm, AlarmState, TimeLeft, WarningEvent, WarningEventKind
from marsad.warning.deliveries import Deliveries, Dispatch, place_of, switch_of
from marsad.warning.drill_schedule import DrillSettings
from marsad.warning.drills import Drills
from marsad.warning.outputs import AUTOMATIC, WIDEST, OutputSettings, ReleaseSettings, rule_for
from marsad.warning.recipients import recipients
from marsad.warning.settings import WarningSettings
from marsad.warning.ways import Way, gathered

SHOWN_MAX = 200
_S = 1_000_000_000
_RENEWED_AFTER = 0.8  # of its life
_LINK_AWAY_S = 600  # so long before its end a link may have been away, and the actuator not known of it
_NO_TIME = TimeLeft(float("nan"), float("nan"), float("nan"))
_NO_STEPS = TrackSteps()
_ENDS = {
    WarningEventKind.ALL_CLEAR: AnnouncementKind.ALL_CLEAR,
    WarningEventKind.RETRACTED: AnnouncementKind.RETRACTION,
}


class Teller:
    """What goes out, and what became of it. Deterministic, picklable, bounded by alarms times outputs.

    counters  released, withheld, announced and delivery.*: so often so far
    """

    def __init__(
        self,
        site: Site,
        settings: WarningSettings,
        outputs: Sequence[OutputSettings],
        rules: Sequence[ReleaseSettings],
        drill: DrillSettings | None = None,
        *,
        is_supervised: bool = False,
    ) -> None:
        self._ways: dict[tuple[str, str], Way] = {}
        self._former_zones: dict[str, Zone] = {}  # which the settings have no more, and alarms are about
        self._deliveries = Deliveries()
        self._drills = Drills(outputs, drill or DrillSettings(), site.utc_offset_s)
        self._set(site, settings, outputs, rules, is_supervised=is_supervised)
        self._open: dict[str, Alarm] = {}  # those that no person has ended
        self._told_t_ns: dict[str, int] = {}  # per output: when it was told of anything
        self._steps: dict[str, TrackSteps] = {}  # of what raised each alarm that is open
        self._made = 0
        self._seen_t_ns = 0
        self._counted: Counter[str] = Counter()
        self._lines: list[Line] = []
        self._shown: Telling | None = None  # as it was told last, while nothing has changed
        self._tellings: tuple[IncidentTelling, ...] = ()
        self._tellings_changes = 0

    def adopt(
        self,
        t_ns: int,
        site: Site,
        settings: WarningSettings,
        outputs: Sequence[OutputSettings],
        rules: Sequence[ReleaseSettings],
        drill: DrillSettings,
        *,
        is_supervised: bool,
    ) -> None:
        """From now on these settings hold, also for the alarms that stand.

        What ends an alarm still goes wherever it went, as far as that output is there. On one that is no
        more nothing can be said: the record says so, and whom it served has to be told another way. An
        output that is new, of another standard, or now serves a zone is told of the alarms that stand.
        A zone that is no more is spoken of as it was.
        """
        self._shown = None
        served, standards = dict(self._serving), {one.output_id: one.standard for one in self._outputs}
        zones = self._former_zones | {zone.zone_id: zone for zone in self._site.zones}
        self._set(site, settings, outputs, rules, is_supervised=is_supervised)
        self._remember_zones(zones)
        self._drills.adopt(outputs, drill, site.utc_offset_s)
        # who goes by the same name and another standard is another output: it has heard nothing
        known = {output.name: output for output in outputs}
        kept = {name: one for name, one in known.items() if standards.get(name) == one.standard}
        for key, way in list(self._ways.items()):
            output = kept.get(way.output.name)
            if output is None:
                del self._ways[key]
                if way.told:
                    about = (("output", way.output.name), ("zone_id", way.alarm.zone_id))
                    self._lines.append(Line(Reason("telling.output_gone", about)))
                continue
            way.output, way.is_supervised = output, is_supervised
            if way.rule.people:  # what goes out by itself, or by who raised it, is decided already
                self._ask(way, rule_for(self._rules, way.alarm.zone_id, way.alarm.stage, output))
        self._deliveries.forsake(t_ns, frozenset(kept))
        for alarm in self._open.values():
            for output in self._serving.values():
                before = served.get(output.name) if output.name in kept else None
                was_served = before is not None and before.serves(alarm.zone_id, alarm.stage)
                if (alarm.alarm_id, output.name) in self._ways or was_served:
                    continue
                if output.serves(alarm.zone_id, alarm.stage):
                    self._begin_way(t_ns, alarm, output, t_ns)

    def _set(
        self,
        site: Site,
        settings: WarningSettings,
        outputs: Sequence[OutputSettings],
        rules: Sequence[ReleaseSettings],
        *,
        is_supervised: bool,
    ) -> None:
        self._card, self._is_supervised = site.authority, is_supervised
        self._settings = settings
        self._is_live = site.mode is Mode.LIVE and settings.live_warning
        self._purpose = Purpose.EXERCISE if site.mode is Mode.EXERCISE else Purpose.TEST
        self._levels = frozenset(output.name for output in outputs if output.nature.carries_levels)
        self._drilled = {output.name: output for output in outputs if output.drills}
        self._serving = (
            {output.name: output for output in outputs if output.live} if self._is_live else self._drilled
        )
        self._outputs = tuple(
            Output(
                output_id=output.name,
                standard=output.standard,
                zone_ids=tuple(output.zones),
                stages=tuple(output.stages),
                is_serving=output.name in self._serving,
                for_drills=output.drills,
            )
            for output in outputs
        )
        self._site = site
        self._zone_ids = tuple(zone.zone_id for zone in site.zones)
        self._rules = (*rules, WIDEST) if len(site.zones) > 1 else tuple(rules)

    def _remember_zones(self, before: Mapping[str, Zone]) -> None:
        """Keep the zones that are no more, as far as an alarm stands or was told of that is about them."""
        about = {alarm.zone_id for alarm in self._open.values()}
        about |= {delivery.zone_id for delivery in self._deliveries.all()}
        about.difference_update(self._zone_ids)
        self._former_zones = {zone_id: zone for zone_id, zone in before.items() if zone_id in about}

    @property
    def counters(self) -> Counter[str]:
        """So often so far."""
        return self._counted + self._deliveries.counters

    @property
    def used(self) -> frozenset[str]:
        """The outputs on which alarms or drills go out."""
        return frozenset(self._serving) | frozenset(self._drilled)

    def consider(
        self,
        t_ns: int,
        events: Iterable[WarningEvent],
        alarms: Sequence[Alarm],
        steps_of: Callable[[int | None], TrackSteps] = lambda track_id: _NO_STEPS,
    ) -> list[Dispatch]:
        """Take in what happened to the alarms and how they stand; returns what goes out now.

        alarms    all that are open, as they stand after the events
        steps_of  how a track came to what it is
        """
        events = list(events)
        if events or self._ways:
            self._shown = None
        self._seen_t_ns = t_ns
        open_ = self._open = {alarm.alarm_id: alarm for alarm in alarms}
        words = self._drill_when_due(t_ns)
        self._drills.pass_time(t_ns)
        for event in events:
            if event.kind is WarningEventKind.RAISED and event.track_id is not None:
                self._note_steps(event, open_.get(event.alarm_id), steps_of(event.track_id))
            words += self._take(t_ns, event, open_)
        for alarm_id in self._steps.keys() - open_.keys():
            del self._steps[alarm_id]
        for key, way in list(self._ways.items()):
            alarm = open_.get(key[0])
            if alarm is None:
                del self._ways[key]  # it made room for a more urgent one
                continue
            way.alarm = alarm
        # an output that wants to be told rarely hears of all of them in turn
        for way in sorted(self._ways.values(), key=lambda way: way.told_t_ns):
            words += self._advance(t_ns, way)
        return words

    def act(self, t_ns: int, action: Action) -> list[Dispatch]:
        """A person decides what goes out. Raises ReceivedError where there is nothing to decide."""
        self._shown = None
        if isinstance(action, Release):
            return self._release(t_ns, action)
        if isinstance(action, Withhold):
            self._withhold(t_ns, action)
        elif isinstance(action, TryOutputs):
            return self._try(t_ns, action)
        return []

    def hear(self, t_ns: int, said: Delivered) -> tuple[Delivery, Delivery]:
        """An output says what came of an announcement; returns where that stood, and where it stands now.

        Raises ReceivedError for an unknown one.
        """
        self._shown = None
        before, delivery = self._deliveries.hear(t_ns, said)
        self._drills.hear(t_ns, delivery)
        return before, delivery

    def set_clock(self, utc_offset_ns: int) -> None:
        """UTC is so far ahead of the times given here: drills are due by it."""
        self._drills.utc_offset_ns = utc_offset_ns

    def begin(self, t_ns: int) -> list[Dispatch]:
        """The outputs are there, after a start: what they may not have yet goes out again."""
        self._shown = None
        again = [self._of_its_zone(word) for word in self._deliveries.begin(t_ns)]
        # a level is set to what it should be, whether that was told before or not
        levels = [
            way.level for way in self._ways.values() if way.level and t_ns < way.level.switch.until_t_ns
        ]
        # and what was to end by itself while nobody was there to end it, ends
        on = {place_of(level) for level in levels}
        until_t_ns = t_ns + int(self._settings.clear_expires_s * _S)
        since_t_ns = self._seen_t_ns - _LINK_AWAY_S * _S
        left_on = self._deliveries.left_on(self._levels, since_t_ns, t_ns, until_t_ns)
        over = [word for word in left_on if place_of(word) not in on]
        # a page that opens, or was open all the while, would say that there is no alarm
        offered = {word.announcement.announcement_id for word in again if isinstance(word, Announce)}
        shown = [
            self._of_its_zone(way.shown)
            for way in self._ways.values()
            if way.shown is not None
            and t_ns < way.shown.announcement.expires_t_ns
            and way.shown.announcement.announcement_id not in offered
        ]
        return [*(word for word in again if word not in levels), *shown, *levels, *over]

    def telling(self) -> Telling:
        """All that is told, for whoever shows it; the newest deliveries only."""
        if self._shown is not None:
            return self._shown
        waiting = [way for way in self._ways.values() if way.rule.people and not self._over(way)]
        unended = tuple((one.output_id, one.alarm_id) for one in reversed(self.tellings()) if one.is_unended)
        deliveries = self._deliveries.all()[:SHOWN_MAX]
        self._shown = Telling(self._outputs, gathered(waiting), deliveries, unended)
        return self._shown

    def undecided(self) -> frozenset[str]:
        """The alarms that wait for a release, or are held back, and of which nobody was told anything yet."""
        told = self.telling()
        waiting = {pending.alarm_id for pending in told.pending}
        if not waiting:
            return frozenset()
        return frozenset(waiting - {delivery.alarm_id for delivery in told.deliveries})

    def drilling(self) -> Drilling:
        """The last drill, and the next."""
        return self._drills.drilling()

    def tellings(self) -> tuple[IncidentTelling, ...]:
        """To whom each alarm went, and its end, as far as deliveries are remembered."""
        if self._deliveries.changes != self._tellings_changes:
            self._tellings_changes = self._deliveries.changes
            self._tellings = recipients(reversed(self._deliveries.all()))
        return self._tellings

    def take_lines(self) -> list[Line]:
        """What is worth a line in the record since it was asked last."""
        told, self._lines = self._lines, []
        return [*told, *self._deliveries.take_lines()]

    # --- what happens to alarms -----------------------------------------------------------

    def _take(self, t_ns: int, event: WarningEvent, open_: dict[str, Alarm]) -> list[Dispatch]:
        if (end := _ENDS.get(event.kind)) is not None:
            return self._end(t_ns, event, end)
        alarm = open_.get(event.alarm_id)
        if alarm is None:
            return []
        ways = [way for way in self._ways.values() if way.alarm.alarm_id == event.alarm_id]
        words: list[Dispatch] = []
        if event.kind is WarningEventKind.RAISED and not ways:
            for output in self._serving.values():
                if output.serves(event.zone_id, event.stage):
                    # what a person raises is decided already
                    self._begin_way(t_ns, alarm, output, event.t_ns, AUTOMATIC if event.by else None)
        for way in ways:
            before, way.alarm = way.alarm.state, alarm
            if event.kind is WarningEventKind.RAISED and way.told:  # nobody has acknowledged it
                reasons = (*event.reasons, *(one for one in alarm.reasons if one not in event.reasons))
                words += self._say(t_ns, way, AnnouncementKind.WARNING, event.t_ns, reasons)
            elif event.kind is WarningEventKind.GREW:
                way.has_news = bool(way.told)
                way.news_t_ns = 0 if way.told else way.news_t_ns
                if way.is_needless and not self._is_outdone(way):
                    way.begin_anew(t_ns)
                if before is AlarmState.PASSED and not way.told:
                    way.ask_again(t_ns)
                elif before is AlarmState.PASSED:  # a new attack on people who were told that it passed
                    words += self._say(t_ns, way, AnnouncementKind.WARNING, event.t_ns, event.reasons)
            elif event.kind is WarningEventKind.PASSED and way.told and not self._is_outdone(way):
                words += self._say(t_ns, way, AnnouncementKind.PASSED, event.t_ns, event.reasons)
        return words

    def _begin_way(
        self,
        t_ns: int,
        alarm: Alarm,
        output: OutputSettings,
        ruled_t_ns: int,
        decided: ReleaseSettings | None = None,
    ) -> None:
        """An alarm is to go out on an output, by its rule unless that is decided already."""
        rule = decided or rule_for(self._rules, alarm.zone_id, alarm.stage, output)
        way = Way(alarm, output, rule, t_ns, ruled_t_ns, is_supervised=self._is_supervised)
        self._ask(way, rule)
        self._ways[way.key] = way

    def _ask(self, way: Way, rule: ReleaseSettings) -> None:
        """It goes out by this rule, and these are asked once the duty officer has had their time."""
        way.rule = rule
        way.deputies = tuple(rule.deputies) or self._card.deputies(
            Permission.RELEASE, way.alarm.zone_id, way.alarm.stage.name
        )

    def _note_steps(self, event: WarningEvent, alarm: Alarm | None, steps: TrackSteps) -> None:
        """Remember how what raised an alarm came to that, and say so in the record where people are told."""
        self._steps[event.alarm_id] = replace(steps, raised_t_ns=event.t_ns)
        if alarm is None or not self._serving or not steps.seen_t_ns:
            return
        times = (alarm.first_plot_t_ns, steps.seen_t_ns, steps.tracked_t_ns, steps.alerted_t_ns)
        spans = (max(event.t_ns - t_ns, 0) / _S if t_ns else float("nan") for t_ns in times)
        named = zip(("plot_s", "seen_s", "tracked_s", "alerted_s"), spans, strict=True)
        self._lines.append(Line(Reason("telling.steps", (("zone_id", event.zone_id), *named))))

    def _end(self, t_ns: int, event: WarningEvent, end: AnnouncementKind) -> list[Dispatch]:
        """What ends an alarm goes wherever the alarm went, whatever else was asked for."""
        words: list[Dispatch] = []
        for key in [key for key in self._ways if key[0] == event.alarm_id]:
            way = self._ways.pop(key)
            if way.told:
                words += self._say(t_ns, way, end, event.t_ns, event.reasons, event.by)
            if way.told and way.alarm.stage is Level.WARN:
                self._leave_cover(t_ns, way, end)
        return words

    def _leave_cover(self, t_ns: int, ended: Way, end: AnnouncementKind) -> None:
        """What was kept back beside an order to take cover does not contradict its end.

        A person who gives the all-clear has the same objects before them: that people be ready for those is
        no news for a while. After a retraction it is: of what it was not about nobody was told.
        """
        known = set(ended.alarm.track_ids)
        for way in self._ways.values():
            if way.output is not ended.output or way.alarm.stage is not Level.ALERT:
                continue
            if self._is_outdone(way) or way.alarm.zone_id not in (EVERY_ZONE, ended.alarm.zone_id):
                continue
            if way.told:
                if end is AnnouncementKind.ALL_CLEAR:
                    way.news_t_ns = t_ns + int(self._settings.excused_s * _S)
            elif end is AnnouncementKind.RETRACTION and way.is_needless:
                way.begin_anew(t_ns)
            elif end is AnnouncementKind.ALL_CLEAR and (
                way.is_needless or known.issuperset(way.alarm.active_ids)
            ):
                way.is_needless, way.news_t_ns = True, t_ns + int(self._settings.excused_s * _S)

    def _advance(self, t_ns: int, way: Way) -> list[Dispatch]:
        """What time brings: a release, the deputy, an update."""
        if way.told:
            if self._is_outdone(way):
                return []
            if way.is_graver:
                return self._say(t_ns, way, AnnouncementKind.WARNING, t_ns, way.alarm.reasons)
            quiet_ns = t_ns - self._told_t_ns.get(way.output.name, 0)
            if (
                (way.has_news or way.hurries(t_ns))
                and way.alarm.state is AlarmState.ACTIVE
                and t_ns >= way.news_t_ns
                and quiet_ns >= way.output.updates_s * _S
            ):
                return self._say(t_ns, way, AnnouncementKind.UPDATE, t_ns, way.alarm.reasons)
            if t_ns >= way.renew_t_ns:  # nobody may think it is over because a message has expired
                passed = way.alarm.state is AlarmState.PASSED
                kind = AnnouncementKind.PASSED if passed else AnnouncementKind.UPDATE
                return self._say(t_ns, way, kind, t_ns, way.alarm.reasons)
            return []
        if self._is_needless(t_ns, way):
            return []
        if (why := way.release(t_ns)) is not None:
            self._counted["released"] += 1
            by = ", ".join(way.released_by)
            about = (("output", way.output.name), ("zone_id", way.alarm.zone_id))
            self._lines.append(Line(Reason(f"telling.{why.code}", (*about, *why.arguments)), by))
            reasons = (*way.alarm.reasons, why)
            return self._say(t_ns, way, AnnouncementKind.WARNING, way.ruled_t_ns, reasons, by)
        asks = way.rule.people and not way.withheld_by and way.alarm.state is AlarmState.ACTIVE
        if asks and not way.deputy_asked and t_ns >= way.deputy_t_ns:
            way.deputy_asked = True
            about = (("output", way.output.name), ("zone_id", way.alarm.zone_id))
            if way.deputies:
                named = (*about, ("deputies", ", ".join(way.deputies)))
                self._lines.append(Line(Reason("telling.release.deputy_named", named)))
            else:
                self._lines.append(Line(Reason("telling.release.deputy", about)))
        return []

    def _is_outdone(self, way: Way) -> bool:
        """Whether an output was told to take cover in every zone where this only says to be ready.

        To people in cover an alert that grows, passes or expires says nothing; it is told again once the
        order to take cover is over and the alert is not.
        """
        if way.alarm.stage is not Level.ALERT:
            return False
        covered = {
            other.alarm.zone_id
            for other in self._ways.values()
            if other.output is way.output and other.told and other.alarm.stage is Level.WARN
        }
        concerned = (way.alarm.zone_id,) if way.alarm.zone_id else way.output.zones or self._zone_ids
        return "" in covered or bool(covered.issuperset(concerned))

    def _is_needless(self, t_ns: int, way: Way) -> bool:
        """Whether what was never told needs not be: its question goes away, and the record says why."""
        if self._is_outdone(way):
            if way.rule.people and not way.is_needless:
                about = (("output", way.output.name), ("zone_id", way.alarm.zone_id))
                self._lines.append(Line(Reason("telling.release.needless", about)))
            way.is_needless, way.news_t_ns = True, 0
        elif way.is_needless and way.news_t_ns <= t_ns and way.alarm.active_ids:
            way.begin_anew(t_ns)
        return way.is_needless

    def _over(self, way: Way) -> str:
        """Why there is nothing to decide about an alarm on an output; "" where there is."""
        if way.told:
            return "has gone out"
        if way.alarm.state is not AlarmState.ACTIVE:
            return "is over: its danger has passed"
        if way.is_needless or self._is_outdone(way):
            return "is needless: take cover has gone out to those whom it concerns"
        return ""

    # --- what people do ---------------------------------------------------------------------

    def _waiting(self, alarm_id: str) -> list[Way]:
        """The ways on which an alarm waits for a decision. Raises ReceivedError where there are none."""
        asked = [way for way in self._ways.values() if way.rule.people]
        waiting = [way for way in asked if way.alarm.alarm_id == alarm_id and not self._over(way)]
        if not waiting:
            why = next((self._over(way) for way in asked if way.alarm.alarm_id == alarm_id), "")
            others = sorted({way.alarm.alarm_id for way in asked if not self._over(way)})
            raise ReceivedError(
                "nothing-to-release",
                f"alarm {alarm_id[:80]!r} waits for no decision{why and ', it '}{why}; "
                f"these do: {', '.join(others) or 'none'}",
            )
        return waiting

    def _release(self, t_ns: int, action: Release) -> list[Dispatch]:
        waiting = self._waiting(action.alarm_id)
        refusals = [way.refusal(action) for way in waiting]
        if (refusal := refusals[0]) is not None and None not in refusals:
            raise refusal
        if any(way.rule.people > 1 or way.withheld_by for way in waiting):
            self._lines.append(Line(Reason("telling.agreed", (("alarm_id", action.alarm_id),)), action.by))
        words: list[Dispatch] = []
        for way, refusal in zip(waiting, refusals, strict=True):
            if refusal is None:
                way.hear(action)
                words += self._advance(t_ns, way)
        return words

    def _withhold(self, t_ns: int, action: Withhold) -> None:
        waiting = self._waiting(action.alarm_id)
        for refusal in map(Way.refusal, waiting, [action] * len(waiting)):
            if refusal is not None:
                raise refusal
        self._counted["withheld"] += 1
        for way in waiting:
            way.withhold(t_ns, action.by)
        self._lines.append(
            Line(
                Reason("telling.withheld", (("alarm_id", action.alarm_id), ("words", action.reason))),
                action.by,
            )
        )

    def _try(self, t_ns: int, action: TryOutputs) -> list[Dispatch]:
        unknown = sorted(set(action.output_ids) - set(self._drilled))
        if unknown or not self._drilled:
            named = f"{unknown[0][:40]!r} is not among the outputs" if unknown else "there are no outputs"
            raise ReceivedError(
                "no-drill-output",
                f"{named} that are marked for drills (drills = true); these are: "
                f"{', '.join(self._drilled) or 'none'}",
            )
        if self._open:
            raise ReceivedError(
                "drill-while-alarm",
                f"alarm {next(iter(self._open))} stands: a test now could be taken for it, or hide it; "
                "try the outputs after the all-clear",
            )
        self._made += 1
        words: list[Dispatch] = []
        made: list[str] = []
        alarm_id = f"test-{t_ns // _S}-{self._made}"
        for name, output in self._drilled.items():
            if action.output_ids and name not in action.output_ids:
                continue
            stage = Level.WARN if Level.WARN.name in output.stages else Level.ALERT
            lasts_s = output.test_s if output.nature.carries_levels else self._settings.drill_expires_s
            expires_t_ns = t_ns + int(lasts_s * _S)
            announcement = DrillAnnouncement(
                announcement_id=f"{alarm_id}-{name}",
                output_id=name,
                kind=AnnouncementKind.TEST,
                alarm_id=alarm_id,
                raid_id="",
                zone_id=EVERY_ZONE,
                stage=stage,
                made_t_ns=t_ns,
                ruled_t_ns=t_ns,
                expires_t_ns=expires_t_ns,
                time_left=_NO_TIME,
                track_count=0,
                is_first=True,
                by=action.by,
                purpose=Purpose.TEST,
            )
            words.append(self._handed(t_ns, output, announcement, is_on=True))
            made.append(announcement.announcement_id)
        self._shown = None
        self._drills.start(t_ns, alarm_id, action.by, [self._deliveries.one(name) for name in made])
        self._lines.append(Line(Reason("drill.begun", (("count", float(len(made))),)), action.by))
        return words

    def _drill_when_due(self, t_ns: int) -> list[Dispatch]:
        """Hold a drill that is due by itself; that it is not held is told."""
        if not self._drills.is_due(t_ns):
            return []
        skipped = self._drills.take_turn(t_ns, alarm_stands=bool(self._open))
        if skipped is not None:
            self._counted["drill.skipped"] += 1
            self._lines.append(Line(Reason(f"drill.skipped.{skipped.value}")))
            return []
        return self._try(t_ns, TryOutputs("")) if self._drilled else []

    # --- what goes out ------------------------------------------------------------------------

    def _say(
        self,
        t_ns: int,
        way: Way,
        kind: AnnouncementKind,
        ruled_t_ns: int,
        reasons: tuple[Reason, ...],
        by: str = "",
    ) -> list[Dispatch]:
        if way.output.nature.carries_levels and kind is AnnouncementKind.PASSED:
            return []  # a siren that sounds goes on until its time is over or somebody ends it
        announcement = self._announcement(t_ns, way, kind, ruled_t_ns, reasons, by)
        way.said(Earlier(announcement.announcement_id, t_ns), way.alarm.time_left.likely_s)
        way.renew_t_ns = t_ns + int(_RENEWED_AFTER * (announcement.expires_t_ns - t_ns))
        if not (kind.ends or kind is AnnouncementKind.PASSED):  # an end holds back no news of another alarm
            self._told_t_ns[way.output.name] = t_ns
        if kind.ends and self._still_on(t_ns, way):
            return []  # another alarm keeps it on
        word = self._handed(t_ns, way.output, announcement, is_on=not kind.ends)
        way.level = word if isinstance(word, Actuate) and not kind.ends else None
        way.shown = word if isinstance(word, Announce) and way.output.nature.shows else None
        return [word]

    def _announcement(
        self,
        t_ns: int,
        way: Way,
        kind: AnnouncementKind,
        ruled_t_ns: int,
        reasons: tuple[Reason, ...],
        by: str,
    ) -> LiveAnnouncement | DrillAnnouncement:
        self._made += 1
        alarm, settings = way.alarm, self._settings
        lasts_s = settings.clear_expires_s if kind.ends else settings.expires_s
        if not self._is_live:
            lasts_s = min(lasts_s, settings.drill_expires_s)
        made: Callable[..., LiveAnnouncement | DrillAnnouncement] = (
            LiveAnnouncement if self._is_live else partial(DrillAnnouncement, purpose=self._purpose)
        )
        return made(
            announcement_id=f"{alarm.alarm_id}-{kind.value}-{self._made}",
            output_id=way.output.name,
            kind=kind,
            alarm_id=alarm.alarm_id,
            raid_id=alarm.raid_id,
            zone_id=alarm.zone_id,
            stage=alarm.stage,
            made_t_ns=t_ns,
            ruled_t_ns=ruled_t_ns,
            expires_t_ns=t_ns + int(lasts_s * _S),
            time_left=alarm.time_left,
            track_count=len(alarm.track_ids),
            is_first=kind is AnnouncementKind.WARNING,
            reasons=reasons,
            earlier=tuple(way.told),
            by=by,
            first_plot_t_ns=alarm.first_plot_t_ns,
            former_zone=self._former_zones.get(alarm.zone_id),
        )

    def _of_its_zone(self, word: Dispatch) -> Dispatch:
        """The word as it goes out again: it knows how its zone was, where that is no more since."""
        if not isinstance(word, Announce):
            return word
        former = self._former_zones.get(word.announcement.zone_id)
        if word.announcement.former_zone == former:
            return word
        return Announce(replace(word.announcement, former_zone=former))

    def _handed(
        self,
        t_ns: int,
        output: OutputSettings,
        announcement: LiveAnnouncement | DrillAnnouncement,
        *,
        is_on: bool,
    ) -> Dispatch:
        word: Dispatch = Announce(announcement)
        if output.nature.carries_levels:
            switch = switch_of(announcement, is_on=is_on)
            word = Actuate(output.name, announcement.announcement_id, switch)
        steps = self._steps.get(announcement.alarm_id, _NO_STEPS)
        self._deliveries.want(t_ns, announcement, word, output.nature, steps)
        self._counted["announced"] += 1
        return word

    def _still_on(self, t_ns: int, ended: Way) -> bool:
        """Whether another alarm of its zone and stage keeps an actuator on."""
        alarm = ended.alarm
        return any(
            way.level is not None
            and t_ns < way.level.switch.until_t_ns
            and way.output is ended.output
            and (way.alarm.zone_id, way.alarm.stage) == (alarm.zone_id, alarm.stage)
            for way in self._ways.values()
            if way is not ended
        )
