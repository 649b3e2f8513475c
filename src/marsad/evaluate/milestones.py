"""Detect, track, identify: when each true object was first what, and what was left of the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan

from marsad.evaluate.look import Look, Shown, Subject
from marsad.model.threat import Level

STABLE_S = 3.0
SOFTWARE_S = 1.0
SPIN_UP_S = 2.0
SOUND_S_PER_KM = 2.9
NEEDED_S = 30.0  # who is stopped earlier before a zone than this needed no warning there
LEVELS_BEFORE_S = ((60.0, Level.ALERT), (30.0, Level.WARN))
_LEVEL_OLD_S = 3.0


def delivery_s(radius_m: float) -> float:
    """Until a warning is heard at the edge of a zone: software, a siren's spin-up, sound from the middle."""
    return SOFTWARE_S + SPIN_UP_S + SOUND_S_PER_KM * radius_m / 1000


@dataclass(frozen=True, slots=True)
class Lead:
    """One zone that an object would have reached.

    warned_t_s   when its people were first warned of this object, NaN if never in time
    arrival_t_s  when the planned path meets it
    usable_s     from the warning heard everywhere in the zone to the arrival; NaN if not warned
    """

    zone_id: str
    warned_t_s: float
    arrival_t_s: float
    usable_s: float


@dataclass(frozen=True, slots=True)
class Milestones:
    """When an object was first what; seconds, NaN where it never was.

    covered_t_s     T0: a sensor covers it, with line of sight
    detected_t_s    Tdet: the first plot of a track that was on it
    tracked_t_s     Ttrk: a track that people see is on it
    classified_t_s  Tcls: from here its class was right for 3 s
    alarmed_t_s     Talm: the operator is alerted of it
    warned_t_s      Twrn: the first zone is warned of it
    arrival_t_s     Timp: its planned path meets the first zone
    tracked_range_m where it was at Ttrk
    """

    covered_t_s: float = nan
    detected_t_s: float = nan
    tracked_t_s: float = nan
    classified_t_s: float = nan
    alarmed_t_s: float = nan
    warned_t_s: float = nan
    arrival_t_s: float = nan
    tracked_range_m: float = nan


class _Course:
    """What is remembered of one object."""

    def __init__(self) -> None:
        self.covered_t_s = self.detected_t_s = self.tracked_t_s = nan
        self.classified_t_s = self.alarmed_t_s = self.tracked_range_m = nan
        self.right_since_s = nan
        self.levels: list[tuple[float, Level]] = []

    def judged(self, t_s: float, shown: Shown, is_right: bool) -> None:
        """Take in what is shown of it."""
        if not is_right:
            self.right_since_s = nan
        elif isnan(self.right_since_s):
            self.right_since_s = t_s
        if isnan(self.classified_t_s) and t_s - self.right_since_s >= STABLE_S:
            self.classified_t_s = self.right_since_s
        if shown.level is not None:
            self.levels.append((t_s, shown.level))

    def level_at(self, t_s: float) -> Level:
        """The last level shown up to a time, INFO if that is long ago."""
        before = [(at_s, level) for at_s, level in self.levels if at_s <= t_s]
        return before[-1][1] if before and t_s - before[-1][0] <= _LEVEL_OLD_S else Level.INFO


class Chronicle:
    """Watches looks and announcements, and keeps the first time of everything for each object."""

    def __init__(self, subjects: Sequence[Subject], radius_m: Mapping[str, float]) -> None:
        """The radius of each zone, by its identifier, is what sound must cross."""
        self._subjects = subjects
        self._radius_m = dict(radius_m)
        self._courses = [_Course() for _ in subjects]
        self._warned: list[dict[str, float]] = [{} for _ in subjects]
        self._has_levels = False

    def see(self, look: Look, pairs: dict[int, int]) -> None:
        """Take in a look and who is on whom."""
        place = {number: index for index, number in enumerate(look.track_id.tolist())}
        for index, row in enumerate(look.rows.tolist()):
            course = self._courses[row]
            if look.covered[index] and isnan(course.covered_t_s):
                course.covered_t_s = look.t_s
            if row not in pairs:
                course.right_since_s = nan
                continue
            shown = look.shown[place[pairs[row]]]
            if isnan(course.tracked_t_s):
                course.tracked_t_s = look.t_s
                course.tracked_range_m = float((look.truth[index, :3] ** 2).sum() ** 0.5)
            self.detected(row, look.t_s if isnan(shown.first_t_s) else shown.first_t_s)
            if shown.alarmed:
                self.alarmed(row, look.t_s)
            self._has_levels |= shown.level is not None
            course.judged(look.t_s, shown, shown.class_name in self._subjects[row].right)

    def detected(self, row: int, t_s: float) -> None:
        """An object was plotted."""
        course = self._courses[row]
        course.detected_t_s = min(t_s, inf if isnan(course.detected_t_s) else course.detected_t_s)

    def alarmed(self, row: int, t_s: float) -> None:
        """The operator was alerted of an object."""
        course = self._courses[row]
        course.alarmed_t_s = min(t_s, inf if isnan(course.alarmed_t_s) else course.alarmed_t_s)

    def warned(self, row: int, zone_id: str, t_s: float) -> None:
        """The people of a zone were warned of an object."""
        self._warned[row].setdefault(zone_id, t_s)

    # ---------------------------------------------------------------- what came out

    def milestones(self, row: int) -> Milestones:
        """Of one object."""
        course, warned = self._courses[row], self._warned[row]
        return Milestones(
            course.covered_t_s,
            course.detected_t_s,
            course.tracked_t_s,
            course.classified_t_s,
            course.alarmed_t_s,
            min(warned.values(), default=nan),
            min(self._subjects[row].arrivals_s.values(), default=nan),
            course.tracked_range_m,
        )

    def leads(self, row: int) -> list[Lead]:
        """The zones that an object would have reached and that needed a warning, in order of arrival."""
        subject = self._subjects[row]
        found = []
        for zone, arrival_s in subject.arrivals_s.items():
            if subject.end_s < arrival_s - NEEDED_S:
                continue
            warned_s = self._warned[row].get(zone, nan)
            if not warned_s <= arrival_s:
                warned_s = nan
            usable_s = arrival_s - warned_s - delivery_s(self._radius_m.get(zone, 0.0))
            found.append(Lead(zone, warned_s, arrival_s, usable_s))
        return found

    def levels_right(self, before_s: float, at_least: Level) -> tuple[int, int]:
        """Hostile objects at a level or above so long before their arrival, of those then in the air."""
        hits = cases = 0
        for row, subject in enumerate(self._subjects):
            t_s = min(subject.arrivals_s.values(), default=nan) - before_s
            if not subject.hostile or isnan(t_s) or t_s > subject.end_s or t_s < 0:
                continue
            cases += self._has_levels
            hits += self._has_levels and self._courses[row].level_at(t_s) >= at_least
        return hits, cases
