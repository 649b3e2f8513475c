"""One evaluation: looks and announcements in, figures and tables out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from marsad.evaluate.air_picture import AirPicture, Slice
from marsad.evaluate.announcements import HOURS_PER_WEEK, Needless, most_in_window, needless, of_stage
from marsad.evaluate.calibration import Bin
from marsad.evaluate.identification import Confusion, Hits, Identification
from marsad.evaluate.look import AlarmRaised, Look, Subject
from marsad.evaluate.measures import (
    Group,
    Measure,
    Unit,
    figure,
    pace,
    share,
    share_of_looks,
)
from marsad.evaluate.milestones import LEVELS_BEFORE_S, Chronicle, Lead, Milestones
from marsad.evaluate.siap import Followed
from marsad.model.reason import Reason
from marsad.model.site import Zone
from marsad.model.threat import Level

USABLE_LEAD_S = 15.0
_S_PER_HOUR = 3600.0
_WINDOW_S = 600.0


@dataclass(frozen=True, slots=True)
class ObjectScore:
    """One true object: what it was, when it was first what, how it was followed.

    shown_as   the class it was shown as longest, None if no track was ever on it
    """

    subject: Subject
    milestones: Milestones
    followed: Followed | None
    shown_as: str | None
    leads: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What an evaluation found.

    system     whose picture was scored
    scored_s   how long it was looked at
    counts     J, JT, N, NA of SIAP
    notes      what a reader must know of how it was scored
    measures   the figures, in order
    """

    system: str
    scored_s: float
    looks: int
    counts: dict[str, int]
    notes: tuple[Reason, ...]
    measures: tuple[Measure, ...]
    objects: tuple[ObjectScore, ...]
    by_class: tuple[Slice, ...]
    by_band: tuple[Slice, ...]
    confusion: Confusion
    class_bins: tuple[Bin, ...]
    hostility_bins: tuple[Bin, ...]
    alarms: tuple[AlarmRaised, ...]
    needless: tuple[Needless, ...]


class Evaluation:
    """Watches a system and its truth; a system of ours or anybody's."""

    def __init__(self, subjects: Sequence[Subject], zones: Iterable[Zone] = ()) -> None:
        self._subjects = subjects
        self.picture = AirPicture(subjects)
        self.identification = Identification(subjects)
        self.chronicle = Chronicle(subjects, {zone.zone_id: zone.radius_m for zone in zones})
        self._seen: set[int] = set()

    def see(self, look: Look) -> None:
        """Take in a look; looks come in time order."""
        pairs = self.picture.see(look)
        self._seen.update(look.rows.tolist())
        self.identification.see(look, pairs)
        self.chronicle.see(look, pairs)

    def findings(
        self,
        system: str,
        alarms: Sequence[AlarmRaised],
        acknowledged_s: Sequence[float] = (),
        notes: Sequence[Reason] = (),
        more: Sequence[Measure] = (),
    ) -> Findings:
        """All that was found, once the last look is taken in.

        alarms   every announcement
        more     figures that only the caller can have
        """
        owner = self.picture.owners.owner
        for alarm in alarms:
            for t_s, track_id in alarm.joined:
                row = owner(track_id, t_s)
                if row is None:
                    continue
                self.chronicle.alarmed(row, t_s)
                if alarm.stage is Level.WARN and alarm.zone_id:
                    self.chronicle.warned(row, alarm.zone_id, t_s)
        vain = needless(alarms, self._subjects, owner)
        measures = [
            *self._detection(),
            *self._tracking(),
            *self._identity(),
            *self._warning(alarms, vain),
            *self._people(alarms, acknowledged_s),
            *more,
        ]
        return Findings(
            system,
            self.picture.scored_s,
            self.picture.looks,
            self.picture.counts,
            tuple(notes),
            tuple(measures),
            tuple(self._object(row) for row in sorted(self._seen)),
            tuple(self.picture.by_class()),
            tuple(self.picture.by_band()),
            self.identification.confusion(),
            self.identification.class_reliability.diagram(),
            self.identification.hostility_reliability.diagram(),
            tuple(alarms),
            tuple(vain),
        )

    def _object(self, row: int) -> ObjectScore:
        return ObjectScore(
            self._subjects[row],
            self.chronicle.milestones(row),
            self.picture.followed.get(row),
            self.identification.mostly(row),
            tuple(self.chronicle.leads(row)),
        )

    # ---------------------------------------------------------------- the figures

    def _detection(self) -> list[Measure]:
        wanted = [row for row in sorted(self._seen) if self._subjects[row].wanted]
        marks = [self.chronicle.milestones(row) for row in wanted]
        covered = [item for item in marks if not isnan(item.covered_t_s)]
        tracked = [item for item in covered if not isnan(item.tracked_t_s)]
        detect = [max(item.detected_t_s - item.covered_t_s, 0.0) for item in tracked]
        ranges = [item.tracked_range_m for item in marks if not isnan(item.tracked_range_m)]
        track = [max(item.tracked_t_s - max(item.detected_t_s, item.covered_t_s), 0.0) for item in tracked]
        right = [
            max(item.classified_t_s - item.tracked_t_s, 0.0)
            for item in tracked
            if not isnan(item.classified_t_s)
        ]
        return [
            share(Group.DETECT, "tracked", len(tracked), len(covered)),
            *_median(Group.DETECT, "time-to-detect", detect, Unit.SECONDS),
            _percentile(Group.DETECT, "range-50", ranges, 50, Unit.METRES),
            _percentile(Group.DETECT, "range-90", ranges, 10, Unit.METRES),
            *_median(Group.TRACK, "time-to-track", track, Unit.SECONDS),
            *_median(Group.IDENTIFY, "time-to-class", right, Unit.SECONDS),
        ]

    def _tracking(self) -> list[Measure]:
        siap, near, counts = self.picture.siap, self.picture.accuracy_near(), self.picture.counts
        hours = self.picture.scored_s / _S_PER_HOUR
        gospa = self.picture.gospa_m()
        pairs = self.picture.accuracy.count
        names = ("gospa", "gospa-location", "gospa-missed", "gospa-false")
        return [
            share_of_looks(Group.TRACK, "completeness", counts["JT"], counts["J"]),
            figure(Group.TRACK, "ambiguity", siap.ambiguity, Unit.NUMBER, counts["JT"]),
            share_of_looks(Group.TRACK, "spurious", counts["N"] - counts["NA"], counts["N"]),
            figure(Group.TRACK, "continuity", siap.continuity, Unit.SHARE, len(self.picture.followed)),
            figure(
                Group.TRACK, "switches", siap.changes_per_s * _S_PER_HOUR, Unit.PER_HOUR, self._switches()
            ),
            figure(Group.TRACK, "rmse", self.picture.accuracy.rmse_m, Unit.METRES, pairs),
            figure(Group.TRACK, "cep50-near", near.cep50_m, Unit.METRES, near.count),
            figure(Group.TRACK, "r95-near", near.r95_m, Unit.METRES, near.count),
            figure(Group.TRACK, "vertical-near", near.vertical_rmse_m, Unit.METRES, near.count),
            figure(Group.TRACK, "velocity-error", siap.velocity_error_mps, Unit.METRES_PER_SECOND, pairs),
            figure(Group.TRACK, "course-error", self.picture.accuracy.course_error_deg, Unit.DEGREES, pairs),
            pace(Group.TRACK, "false-tracks", self.picture.false_tracks(), hours, Unit.PER_HOUR),
            figure(Group.TRACK, "nees", self.picture.nees_per_dimension(), Unit.NUMBER, pairs),
            share_of_looks(Group.TRACK, "nees-inside", *self.picture.inside_ellipsoid()),
            *(
                figure(Group.TRACK, name, value, Unit.METRES, self.picture.looks)
                for name, value in zip(names, gospa, strict=True)
            ),
        ]

    def _switches(self) -> int:
        return sum(max(item.numbers - 1, 0) for item in self.picture.followed.values())

    def _identity(self) -> list[Measure]:
        seen = self.identification
        looks, inside = seen.right_looks(), seen.time_left_inside()
        hits: list[tuple[str, Hits]] = [
            ("class-right", seen.right_objects()),
            ("drone-recall", seen.drones_called_drones()),
            ("bird-as-drone", seen.birds_called_drones()),
            ("friend-as-threat", seen.friends_called_threats()),
            ("harmless-as-threat", seen.harmless_called_threats()),
            ("threat-as-friend", seen.threats_called_friends()),
        ]
        classes, hostility = seen.class_reliability, seen.hostility_reliability
        return [
            *(share(Group.IDENTIFY, key, item.hits, item.cases) for key, item in hits),
            share_of_looks(Group.IDENTIFY, "class-right-looks", looks.hits, looks.cases),
            figure(Group.IDENTIFY, "class-ece", classes.expected_error(), Unit.NUMBER, classes.count),
            figure(Group.IDENTIFY, "class-brier", seen.brier_class(), Unit.NUMBER, classes.count),
            figure(Group.THREAT, "hostility-ece", hostility.expected_error(), Unit.NUMBER, hostility.count),
            figure(Group.THREAT, "hostility-brier", seen.brier_hostility(), Unit.NUMBER, hostility.count),
            share_of_looks(Group.THREAT, "time-left-inside", inside.hits, inside.cases),
        ]

    def _warning(self, alarms: Sequence[AlarmRaised], vain: Sequence[Needless]) -> list[Measure]:
        leads = [lead for row in sorted(self._seen) for lead in self._leads_of(row)]
        warned = [lead for lead in leads if not isnan(lead.warned_t_s)]
        usable = sum(lead.usable_s >= USABLE_LEAD_S for lead in leads)
        weeks = self.picture.scored_s / _S_PER_HOUR / HOURS_PER_WEEK
        levels = [
            share(Group.THREAT, f"level-{before_s:.0f}", *self.chronicle.levels_right(before_s, least))
            for before_s, least in LEVELS_BEFORE_S
        ]
        zones_told = {alarm.zone_id for alarm in of_stage(alarms, Level.WARN)} - {""}
        zones_needed = {lead.zone_id for lead in leads}
        ratio = len(zones_told) / len(zones_needed) if zones_needed else nan
        in_vain = [item.alarm for item in vain]
        return [
            *levels,
            share(Group.WARN, "zones-warned", len(warned), len(leads)),
            share(Group.WARN, "lead-usable", usable, len(leads)),
            *_median(
                Group.WARN, "lead", [lead.arrival_t_s - lead.warned_t_s for lead in warned], Unit.SECONDS
            ),
            *_median(Group.WARN, "usable", [lead.usable_s for lead in warned], Unit.SECONDS),
            pace(Group.WARN, "needless-warn", len(of_stage(in_vain, Level.WARN)), weeks, Unit.PER_WEEK),
            pace(Group.WARN, "needless-alert", len(of_stage(in_vain, Level.ALERT)), weeks, Unit.PER_WEEK),
            figure(Group.WARN, "zones-ratio", ratio, Unit.NUMBER, len(zones_told)),
        ]

    def _leads_of(self, row: int) -> list[Lead]:
        return self.chronicle.leads(row) if self._subjects[row].wanted else []

    def _people(self, alarms: Sequence[AlarmRaised], acknowledged_s: Sequence[float]) -> list[Measure]:
        windows = self.picture.scored_s / _WINDOW_S
        mean = len(alarms) / windows if windows else nan
        most = float(most_in_window(alarms)) if windows else nan
        return [
            figure(Group.OPERATOR, "alarms-mean", mean, Unit.NUMBER, len(alarms)),
            figure(Group.OPERATOR, "alarms-most", most, Unit.NUMBER, len(alarms)),
            _percentile(Group.OPERATOR, "acknowledged", acknowledged_s, 90, Unit.SECONDS),
        ]


def _median(group: Group, key: str, values: Sequence[float], unit: Unit) -> list[Measure]:
    """The median of some values, and the ninth of ten as `<key>-90`."""
    return [
        _percentile(group, key, values, 50, unit),
        _percentile(group, f"{key}-90" if key.startswith("time") else f"{key}-10", values, _tail(key), unit),
    ]


def _tail(key: str) -> float:
    """Times are bad when long, leads when short."""
    return 90.0 if key.startswith("time") else 10.0


def _percentile(group: Group, key: str, values: Sequence[float], percent: float, unit: Unit) -> Measure:
    value = float(np.percentile(values, percent)) if len(values) else nan
    return figure(group, key, value, unit, len(values))
