"""ASSESS: from tracks and what is heard of them to threats with their reasons, stage by stage."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from marsad.assessment import claims, classification, hostility, identity, intake, testimony
from marsad.assessment.approach import Aimer, Course, Falling, impacts_of
from marsad.assessment.classes import ClassModel
from marsad.assessment.context import Surroundings, suspects
from marsad.assessment.cue import Cameras, Cue
from marsad.assessment.destination import Destinations
from marsad.assessment.explanation import Judged, threats
from marsad.assessment.flight_character import character, seen_of
from marsad.assessment.free_fall import Fits
from marsad.assessment.intent import IntentJudge
from marsad.assessment.kernels import prepare
from marsad.assessment.kinematics import flight
from marsad.assessment.level import decide
from marsad.assessment.own_flights import FlightMatcher
from marsad.assessment.score import rank
from marsad.assessment.settings import AssessmentSettings
from marsad.assessment.shapes import ZoneShapes
from marsad.assessment.situation import Found, Watch
from marsad.assessment.slowing import slowing
from marsad.assessment.speakers import Speakers
from marsad.assessment.testimony import ClaimExaminer
from marsad.assessment.tracks import TrackMemory
from marsad.assessment.usage import Known, ProcedureJudge
from marsad.errors import ReceivedError
from marsad.model.action import SetIdentity
from marsad.model.ballistic import BallisticTable, FlatGround, Ground
from marsad.model.detection import Attribution, Claim, Detection
from marsad.model.flight import AuthorisedFlight, TrackFlight
from marsad.model.impact import ImpactTable
from marsad.model.picture import NavigationHealth
from marsad.model.sensor import Sensor
from marsad.model.site import Friend, Site
from marsad.model.threat_table import ThreatTable
from marsad.model.track import TrackTable


class Assessor:
    """The threat assessment of one site. Owns the per-track state; deterministic, picklable.

    counters  ``tracks_refused`` plots heard of tracks beyond the limit of the settings,
              ``aircraft_dropped`` aircraft beyond the limit of those whose places are watched
    """

    def __init__(self, site: Site, settings: AssessmentSettings, ground: Ground | None = None) -> None:
        shapes = ZoneShapes.of(site)
        self._ground = ground
        self._memory = TrackMemory(len(shapes), settings.tracks_max)
        self._sensors: list[Sensor] = []
        self._receivers, self._cameras = intake.Receivers.of({}), Cameras.of({})
        self._examiner = ClaimExaminer(settings.claims, settings.navigation, site.height_m, shapes.value > 0)
        self._matcher = FlightMatcher(site)
        self._speakers = Speakers()
        self._own_flights: tuple[TrackFlight, ...] = ()
        self._utc_offset_ns = 0
        self._zone_ids = shapes.zone_ids
        self._site = site
        self._set(site, shapes, settings)
        prepare()

    def adopt(self, site: Site, settings: AssessmentSettings) -> None:
        """From now on these settings hold; what is remembered of tracks stays.

        What was found of a zone goes with its name: one that has moved is looked at anew from the next look
        on, one that is new begins with nothing, and what is known of one that is no more is forgotten.
        """
        shapes = ZoneShapes.of(site)
        before = {zone_id: place for place, zone_id in enumerate(self._zone_ids)}
        self._memory.adopt([before.get(zone_id, -1) for zone_id in shapes.zone_ids], settings.tracks_max)
        if site.zones != self._site.zones:
            self._memory.fall_anew()
        if site.procedures != self._site.procedures:
            self._memory.forget_procedures()
        self._zone_ids, self._site = shapes.zone_ids, site
        self._examiner.adopt(settings.claims, settings.navigation, site.height_m, shapes.value > 0)
        self._set(site, shapes, settings)

    def _set(self, site: Site, shapes: ZoneShapes, settings: AssessmentSettings) -> None:
        self._settings = settings
        self._value = shapes.value
        self._comparer = claims.ClaimComparer(settings.limits, site.friends)
        model = ClassModel(settings.profiles, settings.belief)
        self._classifier = classification.Classifier(model, settings.belief, settings.moving_mps)
        self._identities = identity.IdentityJudge(settings.evidence, settings.limits)
        self._procedures = ProcedureJudge(site, settings.evidence)
        self._destinations = Destinations(shapes, settings.destination)
        self._impacts = ImpactTable.nothing()
        self._aimer = Aimer(
            shapes,
            settings.classes,
            Falling(settings.ballistic, self._ground or FlatGround(settings.ballistic.ground_up_m)),
            settings.limits,
            settings.moving_mps,
        )
        self._intent = IntentJudge(
            settings.evidence, settings.limits, settings.evidence.intent_cap_db, shapes.value
        )
        around = Surroundings(shapes, settings.known_activities, settings.evidence, settings.limits)
        self._around = replace(around, utc_offset_ns=self._utc_offset_ns)
        self._prior_db, self._severity = settings.column("prior_db"), settings.column("severity")
        self._watch = Watch(shapes, settings.levels, settings.ballistic)

    def set_ground(self, ground: Ground) -> None:
        """What falls comes down to this from now on."""
        self._aimer.set_ground(ground)

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        prepare()

    @property
    def counters(self) -> dict[str, int]:
        """How often what happened."""
        return {"tracks_refused": self._memory.refused} | self._examiner.counters

    @property
    def navigation(self) -> NavigationHealth | None:
        """The health of satellite navigation at the site; None before there was a receiver of ADS-B."""
        return self._examiner.navigation

    def hear(
        self,
        t_ns: int,
        detections: Sequence[Detection],
        attribution: Attribution,
        sensors: Mapping[str, Sensor],
        *,
        speeds_unfit: bool = False,
    ) -> None:
        """What one scan says of the tracks its plots belong to.

        detections[plot] belongs to the track of the same place in attribution.track_id.
        sensors is the site's picture of its sensors: which receivers live, where they stand.
        speeds_unfit: what the sensor of the scan states of speeds was found wrong.
        """
        if (now := [*sensors.values()]) != self._sensors:
            self._sensors = now
            self._receivers, self._cameras = intake.Receivers.of(sensors), Cameras.of(sensors)
        for track_id, number in zip(attribution.track_id.tolist(), attribution.plot.tolist(), strict=True):
            tracks = self._memory.holder(track_id)
            if tracks is None:
                continue
            row, state = tracks.rows[track_id], tracks.state
            detection = detections[number]
            plot = intake.Plot(t_ns, detection, sensors.get(detection.sensor_id), speeds_unfit)
            intake.hear(state.intake, row, plot, state.flight.velocity[row, :2], self._settings.limits)
            testimony.hear(state.plausibility, row, plot, self._settings.claims)
            self._comparer.hear(state.claims, row, plot, state.flight.velocity[row, :2])
            if detection.claim is not None:
                self._leave(detection.claim, track_id, t_ns)
            classification.hear(state.classes, row, plot, self._classifier.model)

    def _leave(self, claim: Claim, track_id: int, t_ns: int) -> None:
        """What the identifier of this track spoke of before, it no longer speaks of."""
        before = self._speakers.left(claim.label, claim.bearer, track_id, t_ns)
        row = self._memory.known.rows.get(before)
        if row is not None:
            self._comparer.leaves(self._memory.known.state.claims, row)

    def decide(self, t_ns: int, action: SetIdentity) -> None:
        """A person decides who a track is. PENDING or UNKNOWN gives the decision back.

        Raises ReceivedError if no such track is known.
        """
        row = self._memory.known.rows.get(action.track_id)
        if row is None:
            known = ", ".join(str(one) for one in sorted(self._memory.known.rows)[:20]) or "none"
            raise ReceivedError(
                "unknown-track", f"track {action.track_id} is not on the picture; known tracks: {known}"
            )
        self._memory.known.state.identity.decide(row, action.identity)

    def expect(
        self,
        friends: tuple[Friend, ...],
        flights: tuple[AuthorisedFlight, ...] = (),
        owned: Mapping[int, str] | None = None,
    ) -> None:
        """From now on these are the listed friends and the declared flights, in place of those before.

        owned  the flight_id of each track that the owner of that flight called his
        """
        self._comparer.expect(friends)
        self._matcher.expect(flights, owned or {})

    def set_clock(self, utc_offset_ns: int) -> None:
        """UTC is from now on so far ahead of the times of the tables; some settings name times of the day."""
        self._utc_offset_ns = utc_offset_ns
        self._around = replace(self._around, utc_offset_ns=utc_offset_ns)

    @property
    def own_flights(self) -> tuple[TrackFlight, ...]:
        """The tracks of the last assessment that are taken for a declared flight, or could be one."""
        return self._own_flights

    @property
    def impacts(self) -> ImpactTable:
        """Where the confirmed tracks of the last assessment that fall are predicted to come down."""
        return self._impacts

    def assess(self, table: TrackTable, falls: BallisticTable | None = None) -> ThreatTable:
        """One assessment for each confirmed track of the table, in its order.

        Tentative tracks of the table keep their state too, so that a track is known by the
        time it is confirmed. State of tracks that left the table is forgotten.

        falls  fits of free fall to the plots of fast tracks, if tracking makes any
        """
        self._memory.align(table)
        self._examiner.listen(table.t_ns, self._receivers)
        if not len(table):
            self._own_flights, self._impacts = (), ImpactTable.nothing()
            return ThreatTable.of(())
        judged, settings = self._judge(table, Fits.of(falls, table)), self._settings
        rows = np.flatnonzero(table.confirmed)
        self._impacts = impacts_of(self._memory.known.state.aim, table, rows, settings.ballistic)
        self._own_flights = judged.own.of_tracks(judged.track_id, rows)
        return threats(table.t_ns, judged, settings.evidence, settings.version, rows)

    def _judge(self, table: TrackTable, fits: Fits) -> Judged:
        """The stages in their order."""
        state, t_ns, settings = self._memory.known.state, table.t_ns, self._settings
        heard = intake.heard(state.intake, table, self._receivers, settings.limits)
        claimed = claims.standing(state.claims, t_ns, settings.limits)
        word = self._examiner.testimony(state.plausibility, t_ns, claimed, state.identity.decided)
        claimed = claimed.examined(word.refuted, word.doubted)
        table = testimony.without_false_heights(table, word.doubted | claimed.disagrees, heard.measured)
        flown = flight(state.flight, table, settings.belief, settings.limits)
        drawn = character(state.character, seen_of(table, flown), settings.character)
        slowed = slowing(state.slowing, flown, t_ns, settings.evidence)
        small = classification.small(state.classes, t_ns, settings.belief)
        named = claimed.honest & claimed.adsb & (claimed.agrees | ~heard.sensed)
        light = named & state.plausibility.may_be_slow
        known = Known(small, heard.sensed, named, slowed.fast, light)
        usage = self._procedures.usage(state.procedures, table, flown, known)
        state.procedures = usage.history
        aimed_db = self._destinations.decibans(state.destination, table, flown)
        # a silent drone may slow down, or turn into the wind: there it takes a place where aircraft do
        slowed = slowed.counted(named | ~usage.off)
        flies = classification.FlightEvidence(flown, drawn, aimed_db, slowed, usage, fits)
        classes = self._classifier.classes(state.classes, table, flies, heard, claimed)
        said, offset_m = state.claims.said.copy(), state.claims.offset_m.copy()
        own = self._matcher.matched(state.own_flights, table, said, claimed, classes.mix)
        claimed = own.standing(claimed)
        words = identity.Words(claimed, word, offset_m)
        who = self._identities.identities(state.identity, t_ns, heard, words, classes)
        course = Course(who.hostile_by_hand, drawn.straight_s, fits)
        aim = self._aimer.aim(state.aim, table, classes, course)
        self._examiner.examine(
            state.plausibility, table, aim.near, self._receivers, (claimed, usage.took_off)
        )
        over_zone = np.asarray(((aim.near.distance_m <= 0) & (self._value > 0)).any(axis=1))
        young = heard.age_s <= settings.limits.pending_for_s
        state.identity.first_seen(young, over_zone, flown.speed_mps)
        intent = self._intent.intent(state.intent, aim.near, flown, t_ns)
        strangers = suspects(
            who.cooperative(settings.levels.cooperative_db), classes, settings.levels.floor_uncrewed
        )
        around = self._around.context(t_ns, table.mean[:, :2], flown.height_m, aim.near, strangers)
        around_db = around.total() + usage.decibans
        hostile = hostility.weigh(classes, who, intent, around_db, self._prior_db, settings.evidence)
        ranked = rank(hostile.probability, classes.mix @ self._severity, self._value, aim)
        found = Found(heard, flown, drawn, usage, classes, who, aim, hostile, ranked)
        seen = self._watch.situation(table, found)
        decision = decide(state.level, seen, flown.updated, t_ns)
        shown = identity.shown(who, decision.highest, hostile.weight_db, heard.age_s, settings.limits)
        return Judged(
            table.track_id,
            said,
            flown,
            drawn,
            slowed,
            aimed_db,
            usage,
            fits,
            Cue(self._cameras, table.mean[:, :3], np.asarray(seen.maybe.any(axis=1))),
            classes,
            own,
            who,
            aim,
            intent,
            around,
            hostile,
            decision,
            shown,
        )
