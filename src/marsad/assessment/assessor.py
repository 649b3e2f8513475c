"""ASSESS: from tracks and what is heard of them to threats with their reasons."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from marsad.assessment import ballistic, evidence, geometry, hostility, identity, level, score
from marsad.assessment.classes import ClassModel, Features, likeliest
from marsad.assessment.hearing import Hearing, Receivers, covered
from marsad.assessment.impacts import Impacts
from marsad.assessment.judgement import Aim, Nature, Weighed
from marsad.assessment.memory import Memory
from marsad.assessment.records import Judged, Recorder
from marsad.assessment.settings import AssessmentSettings
from marsad.assessment.shapes import ZoneShapes
from marsad.errors import ReceivedError
from marsad.model.action import SetIdentity
from marsad.model.detection import Attribution, Claim, Detection
from marsad.model.sensor import Sensor
from marsad.model.site import Friend, Site
from marsad.model.threat import THREAT_CLASSES, UNCREWED_CLASSES, Identity, ThreatAssessment
from marsad.model.track import TrackTable

Array = NDArray[np.float64]
_BALLISTIC = THREAT_CLASSES.index("ballistic")
_CREWED = THREAT_CLASSES.index("crewed")
_MULTIROTOR = THREAT_CLASSES.index("multirotor")
_FIXEDWING = THREAT_CLASSES.index("fixedwing_small")
_UNCREWED = [THREAT_CLASSES.index(name) for name in UNCREWED_CLASSES]
_HEARD_KEPT_S = 5.0  # state of a track that was heard but is not yet in the table
_LONGEST_LOOK_S = 4.0  # a plot after a longer gap counts as much as one after this


class Assessor:
    """The threat assessment of one site. Owns the per-track state; deterministic, picklable.

    counters  ``tracks_refused`` plots heard of tracks beyond the limit of the settings
    """

    def __init__(self, site: Site, settings: AssessmentSettings) -> None:
        self._settings = settings
        self._shapes = ZoneShapes.of(site)
        self._model = ClassModel(settings)
        self._hearing = Hearing(settings.limits, self._model, site.friends)
        self._recorder = Recorder(settings, self._shapes)
        self._memory = Memory(len(self._shapes))
        self._waiting = Memory(len(self._shapes))  # tracks heard that are not in the table yet
        self._claims: dict[int, Claim] = {}
        self._receivers = Receivers.of({})
        self._impacts = Impacts(settings.ballistic, self._shapes)
        self._prior_db = settings.column("prior_db")
        self._severity = settings.column("severity")
        self._margin_m = settings.column("margin_m")
        self._tan_wander = np.tan(np.radians(settings.column("wander_deg")))
        self._dash_mps = settings.column("dash_mps")
        self._evidence_db = identity.evidence_decibans(settings.evidence)
        self._radio = np.array(settings.belief.radio)
        self.counters: dict[str, int] = {"tracks_refused": 0}
        prepare()

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        prepare()

    def hear(
        self,
        t_ns: int,
        detections: Sequence[Detection],
        attribution: Attribution,
        sensors: Mapping[str, Sensor],
    ) -> None:
        """What one scan says of the tracks its plots belong to.

        detections[plot] belongs to the track of the same place in attribution.track_id.
        sensors is the site's picture of its sensors: which receivers live, where they stand.
        """
        self._receivers = Receivers.of(sensors)
        for track_id, plot in zip(attribution.track_id.tolist(), attribution.plot.tolist(), strict=True):
            memory = self._memory_of(track_id)
            if memory is None:
                continue
            detection = detections[plot]
            row, sensor = memory.rows[track_id], sensors.get(detection.sensor_id)
            self._hearing.hear(memory, row, t_ns, detection, sensor)
            if detection.claim is not None:
                self._claims[track_id] = detection.claim

    def decide(self, t_ns: int, action: SetIdentity) -> None:
        """A person decides who a track is. PENDING or UNKNOWN gives the decision back.

        Raises ReceivedError if no such track is known.
        """
        row = self._memory.rows.get(action.track_id)
        if row is None:
            known = ", ".join(str(one) for one in sorted(self._memory.rows)[:20]) or "none"
            raise ReceivedError(
                "unknown-track", f"track {action.track_id} is not on the picture; known tracks: {known}"
            )
        back = action.identity in (Identity.PENDING, Identity.UNKNOWN)
        decided = self._memory.small("decided")
        decided[row] = -1 if back else identity.IDENTITIES.index(action.identity)

    @property
    def claims(self) -> Mapping[int, Claim]:
        """The newest claim of each track that made one."""
        return self._claims

    def expect(self, friends: tuple[Friend, ...]) -> None:
        """From now on these are the listed friends, in place of those before."""
        self._hearing.expect(friends)

    def assess(self, table: TrackTable) -> tuple[ThreatAssessment, ...]:
        """One assessment for each confirmed track of the table, in its order.

        Tentative tracks of the table keep their state too, so that a track is known by the
        time it is confirmed. State of tracks that left the table is forgotten.
        """
        self._align(table)
        if not len(table):
            return ()
        updated, flight = self._move(table)
        judged = self._judge(table, updated, flight)
        names = {track_id: claim.callsign or claim.identifier for track_id, claim in self._claims.items()}
        return self._recorder.records(table.t_ns, judged, np.flatnonzero(table.confirmed), names)

    def _memory_of(self, track_id: int) -> Memory | None:
        if track_id in self._memory.rows:
            return self._memory
        if track_id not in self._waiting.rows:
            if len(self._memory) + len(self._waiting) >= self._settings.tracks_max:
                self.counters["tracks_refused"] += 1
                return None
            self._waiting.align(np.append(self._waiting.track_id, np.int64(track_id)))
        return self._waiting

    def _align(self, table: TrackTable) -> None:
        """State of exactly the tracks of the table; of others only what was heard just now."""
        waiting = self._waiting
        self._memory.align(table.track_id, waiting)
        if len(waiting):
            recent = table.t_ns - waiting.times("heard_t_ns") < int(_HEARD_KEPT_S * 1e9)
            kept = [one for one in waiting.track_id[recent].tolist() if one not in self._memory.rows]
            waiting.align(np.array(kept, np.int64))
        if self._claims:
            known = (self._memory.rows, waiting.rows)
            self._claims = {
                one: claim for one, claim in self._claims.items() if any(one in rows for rows in known)
            }
        self._impacts.keep(self._memory.rows)

    def _move(self, table: TrackTable) -> tuple[NDArray[np.bool_], evidence.Flight]:
        """Advance the kinematic state of tracks with a new plot; returns which, and their flight."""
        memory, limits = self._memory, self._settings.belief
        velocity = table.mean[:, 3:]
        then = memory.times("assessed_t_ns")
        fresh = then == 0
        updated = table.last_t_ns > then
        elapsed = np.where(fresh, 1.0, np.maximum((table.last_t_ns - then) / 1e9, 1e-3))
        step = np.minimum(elapsed, _LONGEST_LOOK_S)
        speed = np.hypot(velocity[:, 0], velocity[:, 1])
        course = velocity[:, :2] / np.maximum(speed, 1e-6)[:, None]

        def averaged(name: str, value: Array, over_s: float) -> Array:
            share = np.where(fresh, 1.0, 1.0 - np.exp(-elapsed / over_s))
            before = memory.floats(name)
            after = before + np.where(updated, share, 0.0)[:, None] * (value - before)
            memory.put(name, after)
            return np.asarray(after)

        share = 1.0 - np.exp(-elapsed / limits.acceleration_s)
        lag = velocity - memory.floats("velocity_slow")
        acceleration = np.where(fresh[:, None], 0.0, lag * (share / elapsed)[:, None])
        kept = memory.floats("acceleration")
        acceleration = np.where(updated[:, None], acceleration, kept)
        memory.put("acceleration", acceleration)
        averaged("velocity_slow", velocity, limits.acceleration_s)
        mean = averaged("velocity_mean", velocity[:, :2], limits.wander_s)
        steady = averaged("course_mean", course, limits.wander_s)
        memory.put("velocity_then", velocity.copy())
        memory.put("assessed_t_ns", np.maximum(table.last_t_ns, then))
        age_s = (table.t_ns - table.first_t_ns) / 1e9
        look = self._model.look(self._features(table, speed, steady, acceleration, fresh, age_s))
        self._learn(look, step, updated, age_s)
        sure = np.sqrt(table.covariance[:, 2, 2]) <= self._settings.limits.height_sigma_max_m
        flight = evidence.Flight(
            np.where(sure, table.mean[:, 2], np.nan),
            np.where(sure, velocity[:, 2], np.nan),
            speed,
            (acceleration[:, :2] * course).sum(axis=1),
            np.hypot(mean[:, 0], mean[:, 1]),
        )
        return updated, flight

    def _learn(self, look: Array, interval_s: Array, updated: NDArray[np.bool_], age_s: Array) -> None:
        """Advance the momentary and the lasting belief of tracks with a new plot by one look (n,c)."""
        limits = self._settings.belief
        # the mean of a whole short life: a young track that flies steadily loses nothing
        lasting_s = np.clip(age_s, interval_s, limits.lasting_s)
        for name, over_s in (("kinematic", limits.forget_s), ("kinematic_lasting", lasting_s)):
            before = self._memory.floats(name)
            after = self._model.learned(before, look, interval_s, over_s)
            self._memory.put(name, np.where(updated[:, None], after, before))

    def _features(
        self,
        table: TrackTable,
        speed: Array,
        steady: Array,
        acceleration: Array,
        fresh: NDArray[np.bool_],
        age_s: Array,
    ) -> Features:
        limits = self._settings.belief
        sigma = np.sqrt(np.maximum(table.covariance[:, range(6), range(6)], 0.0))
        sigma_speed = np.sqrt((sigma[:, 3] ** 2 + sigma[:, 4] ** 2) / 2)
        resultant = np.clip(np.hypot(steady[:, 0], steady[:, 1]), 1e-3, 1.0)
        wander = np.degrees(np.sqrt(-2.0 * np.log(resultant)))
        heading = np.degrees(sigma_speed / np.maximum(speed, 0.5))
        young = limits.young_wander_deg * np.exp(-age_s / limits.wander_s)
        still = np.where(speed < self._settings.moving_mps, 180.0, 0.0)
        shaky = np.where(fresh, 100.0, sigma[:, 5] / limits.acceleration_s)
        # where the vertical is not known, the speed in three dimensions is the horizontal one
        climb = np.where(sigma[:, 5] < np.maximum(speed, 10.0), table.mean[:, 5], 0.0)
        return Features(
            np.stack(
                [np.hypot(speed, climb), table.mean[:, 2], table.mean[:, 5], wander, acceleration[:, 2]],
                axis=1,
            ),
            np.stack([sigma_speed, sigma[:, 2], sigma[:, 5], heading + young + still, shaky], axis=1),
        )

    def _judge(self, table: TrackTable, updated: NDArray[np.bool_], flight: evidence.Flight) -> Judged:
        nature = self._nature(table)
        aim = self._aim(table, nature)
        weighed = self._weigh(table, nature, aim, flight)
        ranked = self._rank(nature, aim, weighed)
        rule, levels = self._levels(self._situation(table, nature, aim, weighed, ranked), updated, table.t_ns)
        shown = identity.identities(
            nature.kind,
            self._memory.small("decided"),
            levels.max(axis=1, initial=np.int8(0)),
            weighed.weight_db,
            nature.age_s,
            self._settings.limits.pending_for_s,
        )
        return Judged(
            table.track_id, nature.mix, weighed.class_db, nature.kind, nature.identity_db, shown,
            weighed.intent, weighed.intent_zone, weighed.context, flight, weighed.weight_db,
            weighed.hostility, aim.near, self._memory.floats("offset_m"), aim.margin_m, aim.impact_limit,
            ranked, rule, levels,
        )  # fmt: skip

    def _nature(self, table: TrackTable) -> Nature:
        """What tracks are: class mix and identity, from flight, claims and what was heard."""
        memory, limits = self._memory, self._settings.limits
        position = table.mean[:, :2]
        standing = identity.claims(memory, table.t_ns, limits)
        age_s = (table.t_ns - table.first_t_ns) / 1e9
        adsb = covered(position, self._receivers.adsb)
        mature = age_s >= limits.identity_grace_s
        mix = self._mix(table, standing, adsb & mature)
        kind = identity.evidence(
            standing,
            memory.floats("kinematic")[:, _CREWED],
            mature & (adsb | covered(position, self._receivers.remote_id)),
            memory.small("decided"),
        )
        return Nature(mix, kind, self._evidence_db[kind], age_s)

    def _aim(self, table: TrackTable, nature: Nature) -> Aim:
        """Where tracks are going, by course or, if they fall freely, by predicted impact."""
        # whom a person calls hostile flies like a weapon, whatever it looks like
        top = likeliest(nature.mix, nature.hostile_by_hand)
        margin = self._margin_m[top]
        plane = table.covariance[:, [[0], [1], [3], [4]], [0, 1, 3, 4]]
        near = geometry.approach(
            geometry.Courses(
                table.mean[:, :2],
                table.mean[:, 3:5],
                plane,
                margin,
                self._tan_wander[top],
                self._dash_mps[top],
            ),
            self._shapes,
            self._settings.moving_mps,
        )
        rocket = self._ballistic(table, nature.mix)
        near, impact_limit, whole_site = self._impacts.replace_course(table, rocket, near)
        return Aim(near, margin, rocket, impact_limit, whole_site)

    def _weigh(self, table: TrackTable, nature: Nature, aim: Aim, flight: evidence.Flight) -> Weighed:
        """How hostile tracks are: class, identity, intent and context, capped by group."""
        weights, limits = self._settings.evidence, self._settings.limits
        intent = evidence.intent(self._memory, aim.near, flight, table.t_ns, weights, limits)
        intent_db, intent_zone = self._foremost(intent)
        context = self._context(table, aim.near, flight, nature)
        class_db = hostility.class_decibans(nature.mix, self._prior_db)
        weight = hostility.decibans(
            class_db + np.where(nature.by_hand, nature.identity_db, 0.0),
            np.where(nature.by_hand, 0.0, nature.identity_db),
            intent_db,
            context.total(),
            (
                weights.identity_cap_db,
                weights.intent_cap_db,
                weights.context_cap_db,
                weights.hostility_cap_db,
            ),
        )
        return Weighed(class_db, intent, intent_zone, context, weight, hostility.hostility(weight))

    def _rank(self, nature: Nature, aim: Aim, weighed: Weighed) -> Array:
        """The threat score (n,z) toward each zone."""
        near = aim.near
        pressing = score.pressing(
            near.hit, near.impact_s, near.earliest_s, near.distance_m, near.range_rate_mps
        )
        falling = score.pressing_ballistic(near.hit, near.impact_s)
        return score.score(
            weighed.hostility,
            nature.mix @ self._severity,
            self._shapes.value,
            np.where(aim.ballistic[:, None], falling, pressing),
        )

    def _situation(
        self, table: TrackTable, nature: Nature, aim: Aim, weighed: Weighed, ranked: Array
    ) -> level.Situation:
        limits, near = self._settings.levels, aim.near
        return level.Situation(
            hostility=weighed.hostility,
            uncrewed=nature.mix[:, _UNCREWED].sum(axis=1),
            cooperative=nature.identity_db <= limits.cooperative_db,
            ballistic=aim.ballistic,
            hostile_by_hand=nature.hostile_by_hand,
            held=nature.held,
            faint=(table.existence < limits.faint_existence) | (table.updates < limits.alert_updates),
            margin_m=aim.margin_m,
            hit=near.hit,
            impact_s=near.impact_s,
            distance_m=near.distance_m,
            earliest_s=near.earliest_s,
            score=ranked,
            impact_limit=aim.impact_limit,
            whole_site=aim.whole_site,
            protected=self._shapes.value > 0,
        )

    def _mix(self, table: TrackTable, standing: identity.Claims, silent: NDArray[np.bool_]) -> Array:
        """Class mix (n,c) from flight, class reports, radio evidence and claims.

        silent  an ADS-B receiver covers the track long enough to have heard an honest aircraft
        """
        memory, limits = self._memory, self._settings.belief
        t_ns, settings = table.t_ns, self._settings.limits
        age_s = (t_ns - memory.times("report_t_ns")) / 1e9
        faded = np.where(memory.times("report_t_ns") > 0, np.exp(-age_s / limits.report_forget_s), 0.0)
        extra = memory.floats("report") * faded[:, None]
        radio_t_ns = memory.times("radio_t_ns")
        radio = (radio_t_ns > 0) & (t_ns - radio_t_ns <= int(settings.radio_fresh_s * 1e9))
        extra = extra + np.where(radio[:, None], self._radio, 0.0)
        honest = standing.fresh & ~standing.disagrees
        extra[:, _CREWED] += np.where(honest & standing.adsb, limits.adsb_crewed, 0.0)
        extra[:, _CREWED] += np.where(silent & ~standing.fresh, limits.adsb_absent_crewed, 0.0)
        extra[:, _MULTIROTOR] += np.where(honest & standing.remote_id, limits.remote_id_multirotor, 0.0)
        extra[:, _FIXEDWING] += np.where(honest & standing.remote_id, limits.remote_id_fixedwing, 0.0)
        if 0 <= limits.ballistic_mode < table.modes.shape[1]:
            mode = np.clip(table.modes[:, limits.ballistic_mode], 0.02, 0.98)
            extra[:, _BALLISTIC] += np.log(mode / (1.0 - mode))
        # patience tells silent objects apart; what names itself an aircraft need not prove it for minutes
        patience_s = np.where(honest & standing.adsb, 0.0, (t_ns - table.first_t_ns) / 1e9)
        shown = self._model.matured(
            memory.floats("kinematic"), memory.floats("kinematic_lasting"), patience_s
        )
        return self._model.probability(shown, extra)

    def _ballistic(self, table: TrackTable, mix: Array) -> NDArray[np.bool_]:
        """Which tracks fall freely: entered at one probability, left at a lower one."""
        limits, memory = self._settings.ballistic, self._memory
        limit = np.where(memory.small("ballistic") > 0, limits.drop_probability, limits.confirm_probability)
        found = (mix[:, _BALLISTIC] >= limit) & (table.updates >= limits.confirm_updates)
        memory.put("ballistic", found.astype(np.int8))
        return np.asarray(found)

    def _foremost(self, purpose: evidence.Intent) -> tuple[Array, NDArray[np.int64]]:
        """Intent in decibans (n,), capped, toward the zone where it is strongest, and that zone."""
        total = purpose.total()
        if not total.shape[1]:
            return purpose.low_fast + purpose.diving, np.zeros(len(total), np.int64)
        open_to = np.where(self._shapes.value > 0, 0.0, -1000.0)
        zone = (np.clip(total, *self._settings.evidence.intent_cap_db) + open_to).argmax(axis=1)
        return np.take_along_axis(total, zone[:, None], 1)[:, 0], zone

    def _context(
        self,
        table: TrackTable,
        near: geometry.Approach,
        flight: evidence.Flight,
        nature: Nature,
    ) -> evidence.Context:
        weights, limits = self._settings.evidence, self._settings.limits
        position = table.mean[:, :2]
        strange = nature.identity_db > self._settings.levels.cooperative_db
        within = (near.distance_m <= 0) & self._shapes.restricted
        within |= (near.distance_m <= limits.restricted_m) & (self._shapes.value > 0)
        candidates = strange & (nature.mix[:, _UNCREWED].sum(axis=1) >= self._settings.levels.floor_uncrewed)
        sizes = evidence.group_sizes(position, near, candidates, limits)
        known = evidence.known_activity(
            position, flight.height_m, table.t_ns, self._settings.known_activities
        )
        return evidence.Context(
            np.where(within.any(axis=1) & strange, weights.restricted_db, 0.0),
            np.where(sizes >= limits.group_size, weights.grouped_db, 0.0),
            np.where(known, weights.known_activity_db, 0.0),
            sizes,
        )

    def _levels(
        self, situation: level.Situation, updated: NDArray[np.bool_], t_ns: int
    ) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        memory, limits = self._memory, self._settings.levels
        rule = level.rules(situation, limits)
        keep = level.level_of(level.rules(situation, limits, limits.score_deadband))
        hold = level.settled(
            level.Hold(memory.small("level"), memory.small("level_before"), memory.times("lower_t_ns")),
            level.level_of(rule),
            keep,
            situation.ballistic | situation.hostile_by_hand,
            updated,
            t_ns,
            limits,
        )
        capped = level.below_warn(hold.level, situation.held)
        memory.put("level", capped)
        memory.put("level_before", hold.before)
        memory.put("lower_t_ns", hold.since_t_ns)
        return rule, capped


def prepare() -> None:
    """Import and compile all that an assessment needs, so that none waits for it."""
    geometry.prepare()
    ballistic.prepare()
