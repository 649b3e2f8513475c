"""The testimony stage: whether what tracks say of themselves can be true, what that weighs, and whether
satellite navigation, on which it rests, can be trusted.

Every claim is kept as it comes; once a second the newest of each track is tested, all tracks at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite, isnan

import numpy as np

from marsad.assessment import plausibility
from marsad.assessment.claim_bearings import BearingLines, offsets
from marsad.assessment.claim_kinds import marks_of
from marsad.assessment.claim_settings import ClaimSettings
from marsad.assessment.claim_state import ClaimReports, PlausibilityState
from marsad.assessment.claims import Standing
from marsad.assessment.columns import Flags, Floats, Rows, Small
from marsad.assessment.geometry import Approach
from marsad.assessment.intake import Plot, Receivers, covered
from marsad.assessment.navigation_health import NavigationReport, NavigationWatch
from marsad.assessment.navigation_settings import NavigationSettings
from marsad.assessment.plausibility import ClaimRules, ClaimVerdict
from marsad.assessment.reasons import Part, Telling
from marsad.assessment.schedule import Schedule
from marsad.model.detection import ClaimSource, Detection, Measurement
from marsad.model.picture import NavigationHealth
from marsad.model.reason import Reason
from marsad.model.track import TrackTable

_PERIOD_NS = 1_000_000_000
_MINUTE_NS = 60_000_000_000
_YOUNG_S = 2.0  # a track this young was seen as soon as it could be
_BEARING_S = 3.0  # a bearing and a claim further apart do not compare
_UNKNOWN_M, _UNKNOWN_MPS = 3000.0, 60.0  # one sigma of a height that nobody knows
_COURSE_HIT = 0.1  # probability of hitting a zone from which a track is on its way there


@dataclass(frozen=True)
class Testimony:
    """What speaks for and against what n tracks say of themselves.

    verdict   the findings, each with the weight that it has here
    decibans  (n,) all findings together, within their cap
    refuted   (n,) what flies so is not what it says
    doubted   (n,) so much speaks against it that it is no longer taken for what it says
    belief    0 to 1: what a place that nothing confirms is worth, by the health of navigation
    """

    verdict: ClaimVerdict
    decibans: Floats
    refuted: Flags
    doubted: Flags
    belief: float

    def told(self) -> list[Telling]:
        """The findings, and what their cap takes away."""
        cut = self.decibans - self.verdict.weight_db.sum(axis=1)
        return [self, Part("cap.claim", cut, (("limit_db", self.decibans),))]

    def reasons(self, rows: Rows) -> Iterator[tuple[int, Reason]]:
        """The places, among the rows, of tracks with findings, and each of these."""
        for place in np.flatnonzero(self.verdict.found[rows].any(axis=1)).tolist():
            for reason in self.verdict.reasons(int(rows[place])):
                yield place, reason


def without_false_heights(table: TrackTable, doubted: Flags, measured: Flags) -> TrackTable:
    """The table as far as it is believed: the height of a doubted claim that no sensor measures is unknown.

    doubted, measured (n,)  whose claim is not taken for true, whose height a sensor of the site measures
    """
    rows = np.flatnonzero(doubted & ~measured)
    if not len(rows):
        return table
    mean, covariance = table.mean.copy(), table.covariance.copy()
    mean[rows, 2] = mean[rows, 5] = 0.0
    for place, sigma in ((2, _UNKNOWN_M), (5, _UNKNOWN_MPS)):
        covariance[rows, place, :] = covariance[rows, :, place] = 0.0
        covariance[rows, place, place] = sigma**2
    return replace(table, mean=mean, covariance=covariance)


def hear(state: PlausibilityState, row: int, plot: Plot, settings: ClaimSettings) -> None:
    """One plot of the track in that row: a claim to test, or a bearing to hold against claims."""
    detection = plot.detection
    claim, first, second = detection.claim, detection.values[0], detection.values[1]
    if claim is not None:
        if not claim.authenticated:
            plausibility.named(state, row, plot.t_ns, claim, settings)
        if claim.elsewhere is not None and (place := plot.place()) is not None:
            here = float(place[0][0]), float(place[0][1])
            plausibility.doubled(state, row, plot.t_ns, here, claim.elsewhere)
        own = plot.cooperative and claim.state.source is ClaimSource.OWN
        if own and detection.measurement is Measurement.POSITION and isfinite(first + second):
            state.report[row] = detection
        elif state.first_t_ns[row] == 0:
            # named by somebody else, or without a place: at least it was not silent
            state.first_t_ns[row] = plot.t_ns
    elif detection.measurement is Measurement.POLAR and isnan(first) and isfinite(second):
        sensor = plot.sensor
        if sensor is not None and sensor.position_enu is not None:
            sigma = detection.sigmas[1]
            state.bearing_t_ns[row] = detection.t_ns
            state.bearing_origin[row] = sensor.position_enu[:2]
            state.bearing_rad[row] = second
            state.bearing_sigma_rad[row] = sigma if isfinite(sigma) else sensor.sigmas[1]


class ClaimExaminer:
    """Tests claims once a second. What it learns of tracks is in the state; of the site it remembers since
    when receivers have listened, and the places that aircraft claim. Deterministic, picklable.

    protected (z,)  zones that can be warned at all
    height_m        of the site, above sea level
    """

    def __init__(
        self, claims: ClaimSettings, navigation: NavigationSettings, height_m: float, protected: Flags
    ) -> None:
        self._watch = NavigationWatch(navigation)
        self.adopt(claims, navigation, height_m, protected)
        self._listening_t_ns = [0, 0]  # since when, for ADS-B and for Remote ID; 0 = not now
        self._examined_t_ns = 0
        self._is_watched = False
        self.navigation: NavigationHealth | None = None

    def adopt(
        self, claims: ClaimSettings, navigation: NavigationSettings, height_m: float, protected: Flags
    ) -> None:
        """From now on these settings hold; what was heard stays."""
        self._settings = claims
        self._rules = ClaimRules.of(claims)
        self._schedule = Schedule.of_csv(claims.schedule)
        self._watch.adopt(navigation)
        self._height_m = height_m
        self._protected = protected

    @property
    def counters(self) -> dict[str, int]:
        """How often what happened."""
        return self._watch.counters

    def listen(self, t_ns: int, receivers: Receivers) -> None:
        """What time brings, whether there are tracks or not."""
        for place, living in enumerate((receivers.adsb, receivers.remote_id)):
            if not len(living):
                self._listening_t_ns[place] = 0
            elif not self._listening_t_ns[place]:
                self._listening_t_ns[place] = t_ns
        self._is_watched |= len(receivers.adsb) > 0
        if self._is_watched:
            self.navigation = self._watch.health(t_ns)

    def testimony(self, state: PlausibilityState, t_ns: int, claimed: Standing, decided: Small) -> Testimony:
        """What is known now. Where a person decided (n,), findings are told but weigh nothing."""
        belief = self._watch.factor()
        found = plausibility.verdict(state, t_ns, self._rules, belief)
        if not found.weight_db.any():
            return Testimony(found, found.decibans, found.refuted, found.refuted, belief)
        # a name speaks for nobody whose word does not stand
        stands = claimed.fresh & ~claimed.disagrees & ~found.refuted
        weight = np.where(stands[:, None], found.weight_db, np.maximum(found.weight_db, 0.0))
        weight *= (decided < 0)[:, None]
        low, high = self._settings.weights.cap_db
        decibans = np.minimum(np.maximum(weight.sum(axis=1), low), high)
        refuted = found.refuted & (decided < 0)
        doubted = refuted | (decibans >= self._settings.doubted_db)
        return Testimony(replace(found, weight_db=weight), decibans, refuted, doubted, belief)

    def examine(
        self,
        state: PlausibilityState,
        table: TrackTable,
        near: Approach,
        receivers: Receivers,
        stand: tuple[Standing, Flags],
    ) -> None:
        """Test the newest claim of each track, at most once a second. Changes the state.

        stand  how their claims stand, and (n,) which rolled along a runway of late: no receiver need have
               heard those before
        """
        claimed, rolled = stand
        if table.t_ns - self._examined_t_ns < _PERIOD_NS:
            return
        self._examined_t_ns = table.t_ns
        self._reach(state, table, receivers)
        waiting = [row for row, one in enumerate(state.report.tolist()) if one is not None]
        if not waiting:
            return
        rows = np.array(waiting, np.int64)
        reports: list[Detection] = state.report[rows].tolist()
        state.report[rows] = None
        self._mark(state, waiting, reports)
        said = self._said(state, table, near, receivers, (rows, reports))
        said = replace(said, covered=said.covered & ~rolled[rows])
        plausibility.hear(state, rows, said, self._rules)
        self._hold_against_bearings(state, rows, said, reports)
        self._watch_navigation(table.track_id[rows], said, reports, (claimed, rows))

    def _reach(self, state: PlausibilityState, table: TrackTable, receivers: Receivers) -> None:
        """Since when each track has been within reach of living receivers."""
        young = table.t_ns - table.first_t_ns <= int(_YOUNG_S * 1e9)
        since = np.where(young, table.first_t_ns, table.t_ns)
        for place, living in enumerate((receivers.adsb, receivers.remote_id)):
            before = state.reach_t_ns[:, place]
            inside = covered(table.mean[:, :2], living)
            state.reach_t_ns[:, place] = np.where(inside, np.where(before == 0, since, before), 0)

    def _mark(self, state: PlausibilityState, rows: list[int], reports: list[Detection]) -> None:
        """What names are worth, where they are new or changed, or the schedule may say another thing."""
        for row, report in zip(rows, reports, strict=True):
            claim = report.claim
            if claim is None:
                continue
            minute = report.t_ns // _MINUTE_NS if self._schedule.flights else 0
            named = (claim.label, claim.callsign, claim.state.category, minute)
            if named != state.named[row]:
                state.named[row] = named
                plausibility.mark(state, row, report.t_ns, marks_of(claim, self._schedule, report.t_ns))

    def _said(
        self,
        state: PlausibilityState,
        table: TrackTable,
        near: Approach,
        receivers: Receivers,
        claims: tuple[Rows, list[Detection]],
    ) -> ClaimReports:
        """What those tracks say, and how near and how long unheard they were when they said it."""
        rows, reports = claims
        t_ns = np.array([one.t_ns for one in reports], np.int64)
        values = np.array([one.values for one in reports], float)
        states = [one.claim.state for one in reports if one.claim is not None]
        unknown = np.nan
        climb = [unknown if one.climb_mps is None else one.climb_mps for one in states]
        height = [unknown if one.altitude_m is None else one.altitude_m for one in states]
        height_m = np.where(np.isnan(height), values[:, 2] + self._height_m, height)
        drone = np.array([one.claim is not None and one.claim.system == "remote_id" for one in reports])
        reach = state.reach_t_ns[rows, drone.astype(np.int64)]
        first = table.first_t_ns[rows]
        age_s = np.where(reach > 0, (t_ns - reach) / 1e9, 0.0)
        # what entered the reach of the receivers just now was not silent: it could not be heard before
        back = values[:, :2] - np.nan_to_num(values[:, 3:5]) * self._settings.silent_for_s
        within = np.where(drone, covered(back, receivers.remote_id), covered(back, receivers.adsb))
        all_its_life = (reach <= first + int(_YOUNG_S * 1e9)) & within
        listening = [(table.t_ns - one) / 1e9 if one else 0.0 for one in self._listening_t_ns]
        far = ~self._protected
        comes = ((near.hit[rows] >= _COURSE_HIT) | near.meets[rows]) & self._protected
        return ClaimReports(
            t_ns,
            values[:, :2],
            values[:, 3:5],
            np.array(climb, float),
            height_m,
            age_s,
            (reach > 0) & (all_its_life | (age_s >= self._settings.silent_for_s)),
            np.where(far, np.inf, near.distance_m[rows]).min(axis=1, initial=np.inf),
            np.where(comes, near.impact_s[rows], np.inf).min(axis=1, initial=np.inf),
            np.where(drone, listening[1], listening[0]),
        )

    def _hold_against_bearings(
        self, state: PlausibilityState, rows: Rows, said: ClaimReports, reports: list[Detection]
    ) -> None:
        """The claimed places against the latest bearings to the same objects."""
        apart_s = (state.bearing_t_ns[rows] - said.t_ns) / 1e9
        recent = (state.bearing_t_ns[rows] > 0) & (np.abs(apart_s) <= _BEARING_S)
        if not recent.any():
            return
        lines = BearingLines(
            state.bearing_origin[rows], state.bearing_rad[rows], state.bearing_sigma_rad[rows]
        )
        sigma_m = np.array([max(one.sigmas[0], one.sigmas[1]) for one in reports], float)
        place = said.place + np.nan_to_num(said.velocity) * np.where(recent, apart_s, 0.0)[:, None]
        line = np.where(recent, np.arange(len(rows)), -1)
        off, limit = offsets(place, np.nan_to_num(sigma_m), lines, line)
        plausibility.seen_at(state, rows, said.t_ns, off, limit, self._rules)

    def _watch_navigation(
        self, track_id: Rows, said: ClaimReports, reports: list[Detection], compared: tuple[Standing, Rows]
    ) -> None:
        """The places that aircraft computed and report themselves."""
        claimed, rows = compared
        off, there = claimed.misplaced[rows].tolist(), claimed.agrees[rows].tolist()
        place, velocity = said.place.tolist(), said.velocity.tolist()
        for number, (one, report) in enumerate(zip(track_id.tolist(), reports, strict=True)):
            claim = report.claim
            if claim is None or claim.system != "icao":
                continue
            radar = True if off[number] else False if there[number] else None
            self._watch.hear(
                NavigationReport(
                    report.t_ns,
                    claim.key or claim.label,
                    one,
                    (place[number][0], place[number][1]),
                    (velocity[number][0], velocity[number][1]),
                    claim.state.navigation_integrity,
                    claim.state.navigation_accuracy,
                    radar,
                )
            )
