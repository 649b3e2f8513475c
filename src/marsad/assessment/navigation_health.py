"""The health of satellite navigation at the site, as the claims of aircraft show it.

Jamming makes places stop, jump or lose their integrity; spoofing puts many aircraft at one place (often
an airport) or on one circle. One aircraft alone proves nothing: it may lie, or be broken. Pure: the state
is bounded, nothing is read but what is handed in.
"""

from collections import deque
from dataclasses import dataclass, field
from math import hypot, isfinite

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.navigation_settings import NavigationSettings
from marsad.model.picture import NavigationHealth, NavigationState
from marsad.model.reason import Reason

Array = NDArray[np.float64]
_SAMPLES_MAX = 24
_SAMPLE_NS = 5_000_000_000  # 24 of them cover two minutes
_ARC_SAMPLES_MIN = 6
_STRAIGHT_SHARE = 0.9  # an arc of 150 degrees has 0.79
_WORST = (NavigationState.UNKNOWN, NavigationState.GOOD, NavigationState.DOUBTFUL, NavigationState.BAD)


@dataclass(frozen=True, slots=True)
class NavigationReport:
    """One place that an aircraft computed and reports itself; NaN and None where something is not known.

    label         of the claim
    place, velocity   east, north
    off_radar     a sensor of the site compared it and sees the object elsewhere (True) or there (False)
    """

    t_ns: int
    label: str
    track_id: int
    place: tuple[float, float]
    velocity: tuple[float, float]
    integrity: int | None = None
    accuracy: int | None = None
    off_radar: bool | None = None


@dataclass(slots=True)
class _Aircraft:
    """What is remembered of one aircraft; times UTC ns, 0 = never."""

    track_id: int
    t_ns: int
    place: tuple[float, float]
    velocity: tuple[float, float]
    still_place: tuple[float, float]
    still_t_ns: int
    jumped_t_ns: int = 0
    jump_m: float = 0.0
    low_t_ns: int = 0
    graded_t_ns: int = 0
    off_t_ns: int = 0
    compared_t_ns: int = 0
    samples: deque[tuple[int, float, float]] = field(default_factory=lambda: deque(maxlen=_SAMPLES_MAX))


@dataclass(frozen=True, slots=True)
class _Circle:
    east: float
    north: float
    radius_m: float


class NavigationWatch:
    """Watches the places that aircraft claim. Deterministic, picklable.

    counters  ``aircraft_dropped`` aircraft beyond the limit of the settings
    """

    def __init__(self, settings: NavigationSettings) -> None:
        self._settings = settings
        self._aircraft: dict[str, _Aircraft] = {}
        self._health = NavigationHealth(NavigationState.UNKNOWN, 0)
        self._judged_t_ns = 0
        self._held_t_ns = 0  # when the state was last at least as bad as it is shown
        self.counters: dict[str, int] = {"aircraft_dropped": 0}

    def adopt(self, settings: NavigationSettings) -> None:
        """From now on these settings hold."""
        self._settings = settings

    def hear(self, report: NavigationReport) -> None:
        """Take in one report. Places that others computed (MLAT, TIS-B) do not belong here."""
        if not isfinite(sum(report.place)):
            return
        one = self._aircraft.pop(report.label, None)
        if one is None:
            if len(self._aircraft) >= self._settings.aircraft_max:
                del self._aircraft[next(iter(self._aircraft))]
                self.counters["aircraft_dropped"] += 1
            one = _Aircraft(
                report.track_id, report.t_ns, report.place, report.velocity, report.place, report.t_ns
            )
            one.samples.append((report.t_ns, *report.place))
        else:
            self._moved(one, report)
        self._aircraft[report.label] = one
        self._graded(one, report)

    def health(self, t_ns: int) -> NavigationHealth:
        """The health now; judged anew at most once in `period_s`."""
        if self._judged_t_ns and t_ns - self._judged_t_ns < int(self._settings.period_s * 1e9):
            return self._health
        self._judged_t_ns = t_ns
        keep_ns = int(self._settings.window_s * 1e9)
        self._aircraft = {label: one for label, one in self._aircraft.items() if t_ns - one.t_ns <= keep_ns}
        self._health = self._settled(self._judged(t_ns), t_ns)
        return self._health

    def factor(self) -> float:
        """What a claimed place is worth now, 0 to 1."""
        state = self._health.state
        if state is NavigationState.BAD:
            return self._settings.bad_factor
        return self._settings.doubtful_factor if state is NavigationState.DOUBTFUL else 1.0

    def _moved(self, one: _Aircraft, report: NavigationReport) -> None:
        """Compare a new place with where the aircraft was and was going."""
        settings = self._settings
        elapsed_s = (report.t_ns - one.t_ns) / 1e9
        if elapsed_s <= 0:
            return
        known = isfinite(sum(one.velocity))
        going = one.velocity if known else (0.0, 0.0)
        off = hypot(
            report.place[0] - one.place[0] - going[0] * elapsed_s,
            report.place[1] - one.place[1] - going[1] * elapsed_s,
        )
        way = hypot(*going) * elapsed_s
        if known and elapsed_s <= settings.gap_max_s and off > settings.jump_m + settings.jump_share * way:
            one.jumped_t_ns, one.jump_m = report.t_ns, off
            one.samples.clear()
        away = hypot(report.place[0] - one.still_place[0], report.place[1] - one.still_place[1])
        if away > settings.still_m or elapsed_s > settings.gap_max_s:
            one.still_place, one.still_t_ns = report.place, report.t_ns
        if not one.samples or report.t_ns - one.samples[-1][0] >= _SAMPLE_NS:
            one.samples.append((report.t_ns, *report.place))
        one.track_id, one.t_ns, one.place = report.track_id, report.t_ns, report.place
        if isfinite(sum(report.velocity)):
            one.velocity = report.velocity

    def _graded(self, one: _Aircraft, report: NavigationReport) -> None:
        grades = [grade for grade in (report.integrity, report.accuracy) if grade is not None]
        if grades:
            one.graded_t_ns = report.t_ns
            one.low_t_ns = report.t_ns if min(grades) < self._settings.integrity_min else 0
        if report.off_radar is not None:
            one.compared_t_ns = report.t_ns
            one.off_t_ns = report.t_ns if report.off_radar else 0

    def _judged(self, t_ns: int) -> NavigationHealth:
        """The state as the last window alone shows it."""
        settings, aircraft = self._settings, list(self._aircraft.values())
        since_ns = t_ns - int(settings.window_s * 1e9)
        count = len(aircraft)
        jumped = {n for n, one in enumerate(aircraft) if one.jumped_t_ns > since_ns}
        frozen = {n for n, one in enumerate(aircraft) if self._stands(one)}
        off = {n for n, one in enumerate(aircraft) if one.off_t_ns > since_ns}
        low = {n for n, one in enumerate(aircraft) if one.low_t_ns > since_ns}
        together = self._together(aircraft, jumped)
        circling, circle = self._on_one_circle(aircraft, t_ns)
        false = jumped | frozen | off | together | circling
        total = ("aircraft", float(count))
        reasons: list[Reason] = []

        def because(code: str, found: set[int], *numbers: tuple[str, float]) -> None:
            if found:
                reasons.append(Reason(f"navigation.{code}", (("off", float(len(found))), total, *numbers)))

        because("jumps", jumped, ("jump_km", max((aircraft[n].jump_m for n in jumped), default=0.0) / 1000))
        because("together", together, ("within_km", settings.together_m / 1000))
        if circle is not None:
            because("circle", circling, ("radius_km", circle.radius_m / 1000))
        because("frozen", frozen, ("speed_mps", settings.moving_mps))
        because("off_radar", off, ("compared", float(sum(one.compared_t_ns > since_ns for one in aircraft))))
        because("integrity", low, ("graded", float(sum(one.graded_t_ns > since_ns for one in aircraft))))
        spoofed = tuple(sorted({aircraft[n].track_id for n in false}))
        return NavigationHealth(self._state(len(false | low), count), count, spoofed, tuple(reasons))

    def _state(self, off: int, count: int) -> NavigationState:
        settings = self._settings
        share = off / count if count else 0.0
        if off >= 3 and share >= settings.bad_share:
            return NavigationState.BAD
        if off >= 2 and share >= settings.doubtful_share:
            return NavigationState.DOUBTFUL
        return NavigationState.GOOD if count >= settings.aircraft_min else NavigationState.UNKNOWN

    def _settled(self, judged: NavigationHealth, t_ns: int) -> NavigationHealth:
        """Worse at once, better only after a while: the reasons of the worse state stay with it."""
        shown = self._health
        if _WORST.index(judged.state) >= _WORST.index(shown.state):
            self._held_t_ns = t_ns
            return judged
        if t_ns - self._held_t_ns >= int(self._settings.hold_s * 1e9):
            self._held_t_ns = t_ns
            return judged
        if shown.state in (NavigationState.DOUBTFUL, NavigationState.BAD):
            reasons = judged.reasons or shown.reasons
            return NavigationHealth(shown.state, judged.aircraft, judged.spoofed, reasons)
        return judged

    def _stands(self, one: _Aircraft) -> bool:
        settings = self._settings
        fast = hypot(*one.velocity) >= settings.moving_mps
        return fast and one.t_ns - one.still_t_ns >= int(settings.still_s * 1e9)

    def _together(self, aircraft: list[_Aircraft], jumped: set[int]) -> set[int]:
        """Those at one place with more others than fly together, or with others that jumped there."""
        settings = self._settings
        fast = [
            n for n, one in enumerate(aircraft)
            if n in jumped or hypot(*one.velocity) >= settings.moving_mps
        ]  # fmt: skip
        if len(fast) < settings.together_jumped:
            return set()
        east, north = np.array([aircraft[n].place for n in fast]).T
        apart_m2 = (east[:, None] - east) ** 2 + (north[:, None] - north) ** 2
        near = apart_m2 <= settings.together_m**2
        hopped = np.array([n in jumped for n in fast])
        many = near.sum(axis=1) >= settings.together
        moved = hopped & ((near & hopped).sum(axis=1) >= settings.together_jumped)
        return {fast[row] for row in np.flatnonzero(many | moved).tolist()}

    def _on_one_circle(self, aircraft: list[_Aircraft], t_ns: int) -> tuple[set[int], _Circle | None]:
        """Those that go round the same centre at the same distance, and that circle."""
        settings = self._settings
        circles = {n: circle for n, one in enumerate(aircraft) if (circle := self._circle(one)) is not None}
        best: set[int] = set()
        shown: _Circle | None = None
        for circle in circles.values():
            alike = {
                n for n, other in circles.items()
                if hypot(other.east - circle.east, other.north - circle.north) <= settings.circle_centre_m
                and abs(other.radius_m - circle.radius_m) <= settings.circle_radius_share * circle.radius_m
            }  # fmt: skip
            if len(alike) >= 2 and len(alike) > len(best):
                best, shown = alike, circle
        return best, shown

    def _circle(self, one: _Aircraft) -> _Circle | None:
        """The circle an aircraft has gone round lately, if it has."""
        settings = self._settings
        if len(one.samples) < _ARC_SAMPLES_MIN or _is_rather_straight(one.samples):
            return None
        points = np.array([(east, north) for _, east, north in one.samples])
        steps = np.diff(points, axis=0)
        course = np.unwrap(np.arctan2(steps[:, 0], steps[:, 1]))
        if abs(course[-1] - course[0]) < np.radians(settings.circle_turn_deg):
            return None
        middle = points.mean(axis=0)
        near = points - middle
        # least squares of |p|² = 2 c·p + k (Kåsa): linear, and exact for points on a circle
        solved, *_ = np.linalg.lstsq(np.c_[2 * near, np.ones(len(near))], (near**2).sum(axis=1), rcond=None)
        radius = float(np.sqrt(max(solved[2] + solved[0] ** 2 + solved[1] ** 2, 0.0)))
        if radius < settings.circle_radius_min_m:
            return None
        residual = float(np.abs(np.hypot(*(near - solved[:2]).T) - radius).max())
        if residual > settings.circle_residual * radius:
            return None
        return _Circle(float(middle[0] + solved[0]), float(middle[1] + solved[1]), radius)


def _is_rather_straight(samples: deque[tuple[int, float, float]]) -> bool:
    """Whether the way by the middle is hardly longer than the straight one: no half circle; cheap."""
    (_, *first), (_, *middle), (_, *last) = samples[0], samples[len(samples) // 2], samples[-1]
    around = hypot(middle[0] - first[0], middle[1] - first[1]) + hypot(
        last[0] - middle[0], last[1] - middle[1]
    )
    return hypot(last[0] - first[0], last[1] - first[1]) > _STRAIGHT_SHARE * around
