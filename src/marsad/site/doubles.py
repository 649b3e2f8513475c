"""Who bears an identifier: one object, or several at one time.

What an aircraft or a drone says of itself names it, and nothing keeps two from saying the same. A report that
its last bearer could have flown to is that bearer's; one that no bearer could have flown to is another
object's, with a key of its own, so that neither hides the other. When both go on speaking, the identifier is
used twice, and both are told of the other's place. An identifier is remembered longer than any track.

The rule is one for every standard: it asks for a place, its error, its time and a speed, nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import cos, hypot, isfinite, nan, sin

from marsad.assessment.claims import ClaimLimits
from marsad.model.detection import Claim, ClaimSource, Detection, Measurement
from marsad.model.sensor import Sensor

KEPT_NS = 600_000_000_000  # a bearer that is silent for so long is forgotten
TOGETHER_NS = 60_000_000_000  # two that both speak within this time use it at one time
IDENTIFIERS_MAX = 20_000
BEARERS_MAX = 8  # of one identifier: an address of zeros has many
_SLACK_M = 150.0  # roundings, and a place stated at another moment than its time
_LATENCY_S = 1.0  # of reports that came the same way
_LATENCY_ELSEWHERE_S = 10.0  # of reports that came by two ways
_GAIN_MPS2 = 10.0  # how fast anything gains speed
_SPEED_SHARE, _SPEED_SLACK_MPS = 1.25, 20.0  # claimed speeds are rounded, and late


@dataclass(slots=True)
class Report:
    """Where and when something spoke under an identifier, by which way; speed NaN where it gives none."""

    t_ns: int
    east_m: float
    north_m: float
    sigma_m: float
    velocity: tuple[float, float]
    way: tuple[str, ClaimSource]

    def foretold(self, t_ns: int) -> tuple[float, float]:
        """Where it would be then, flying on as it did."""
        east, north = self.velocity
        if not isfinite(east + north):
            return self.east_m, self.north_m
        after_s = (t_ns - self.t_ns) * 1e-9
        return self.east_m + east * after_s, self.north_m + north * after_s


def could_fly(before: Report, now: Report, speed_max_mps: float) -> bool:
    """Whether one object could have given both reports, by its speed, their times and their errors.

    speed_max_mps  what is believed of one that does not say how fast it flies
    """
    apart_m = hypot(now.east_m - before.east_m, now.north_m - before.north_m)
    error_m = 3.0 * hypot(before.sigma_m, now.sigma_m) + _SLACK_M
    if apart_m <= error_m:
        return True  # whatever the speed
    elapsed_s = abs(now.t_ns - before.t_ns) * 1e-9
    speeds = (hypot(*before.velocity), hypot(*now.velocity))
    if all(map(isfinite, speeds)):
        gained = max(speeds) * _SPEED_SHARE + _SPEED_SLACK_MPS + _GAIN_MPS2 * elapsed_s
        speed = min(gained, max(speed_max_mps, *speeds))
    else:
        speed = speed_max_mps
    latency_s = _LATENCY_S if before.way == now.way else _LATENCY_ELSEWHERE_S
    return apart_m <= speed * (elapsed_s + latency_s) + error_m


@dataclass(slots=True)
class _Bearer:
    """One object under an identifier: its last report, in what turn, and when it spoke before (0 never)."""

    number: int
    last: Report
    turn: int
    before_t_ns: int = 0


@dataclass(slots=True)
class _Identifier:
    """Who bears it; turns counts its reports; doubled_t_ns when two last spoke by turns, 0 never."""

    bearers: list[_Bearer] = field(default_factory=list)
    turns: int = 0
    doubled_t_ns: int = 0
    t_ns: int = 0


class Doubles:
    """Tells the bearers of identifiers apart. Deterministic, picklable, bounded.

    counters  reports by what was odd about them
    """

    def __init__(self, limits: ClaimLimits) -> None:
        self.counters: dict[str, int] = {}
        self.adopt(limits)
        self._identifiers: dict[str, _Identifier] = {}

    def __len__(self) -> int:
        return len(self._identifiers)

    def adopt(self, limits: ClaimLimits) -> None:
        """From now on these limits hold."""
        self._speed_max = {"remote_id": limits.remote_id_speed_max_mps}
        self._speed_max_mps = limits.adsb_speed_max_mps

    def told_apart(self, detections: Iterable[Detection], sensors: Mapping[str, Sensor]) -> list[Detection]:
        """The same detections in their order, each claim with its bearer, and with the place of another."""
        return [
            one if one.claim is None else self._told(one, one.claim, sensors.get(one.sensor_id))
            for one in detections
        ]

    def _told(self, detection: Detection, claim: Claim, sensor: Sensor | None) -> Detection:
        label = claim.label
        identifier = self._identifiers.pop(label, None)
        if identifier is None:
            identifier = _Identifier()
            self._forget(detection.t_ns)
        self._identifiers[label] = identifier
        identifier.t_ns = max(identifier.t_ns, detection.t_ns)
        report = _report(detection, claim, sensor)
        if report is None:
            # a bearing alone is nobody's in particular
            known = [one.number for one in identifier.bearers]
            number = 1 if not known else known[0] if len(known) == 1 else 0
            return _named(detection, claim, number, None)
        bearer = self._bearer(identifier, report, self._speed_max.get(claim.system, self._speed_max_mps))
        if bearer is None:
            self._count("identifier-overused")
            return _named(detection, claim, 0, None)
        other = _other(identifier, bearer, report.t_ns)
        if other is not None:
            self._count("identifier-doubled")
        there = None if other is None or claim.authenticated else (other.last.east_m, other.last.north_m)
        return _named(detection, claim, bearer.number, there)

    def _bearer(self, identifier: _Identifier, report: Report, speed_max_mps: float) -> _Bearer | None:
        """Whose report it is, one more bearer's if nobody's; None where there are too many."""
        identifier.turns += 1
        near = [one for one in identifier.bearers if could_fly(one.last, report, speed_max_mps)]
        if near:
            bearer = near[0] if len(near) == 1 else min(near, key=lambda one: _off(one.last, report))
            _hear(identifier, bearer, report)
            return bearer
        since_t_ns = identifier.t_ns - KEPT_NS
        identifier.bearers = [one for one in identifier.bearers if one.last.t_ns >= since_t_ns]
        taken = {one.number for one in identifier.bearers}
        free = [number for number in range(1, BEARERS_MAX + 1) if number not in taken]
        if not free:
            return None
        bearer = _Bearer(free[0], report, identifier.turns)
        identifier.bearers.append(bearer)
        return bearer

    def _forget(self, t_ns: int) -> None:
        """Make room for one more: forget what was silent for long, and the longest silent of too many."""
        while self._identifiers:
            label, oldest = next(iter(self._identifiers.items()))
            if oldest.t_ns >= t_ns - KEPT_NS and len(self._identifiers) < IDENTIFIERS_MAX:
                return
            del self._identifiers[label]

    def _count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1


def _hear(identifier: _Identifier, bearer: _Bearer, report: Report) -> None:
    """Take in one more report of a bearer; where another spoke in between, and both before, it is doubled."""
    before_t_ns, turn, t_ns = bearer.last.t_ns, bearer.turn, report.t_ns
    bearer.turn, bearer.before_t_ns = identifier.turns, before_t_ns
    if report.t_ns >= bearer.last.t_ns:
        bearer.last = report
    if len(identifier.bearers) > 1 and t_ns - before_t_ns <= TOGETHER_NS:
        identifier.doubled_t_ns = max(
            identifier.doubled_t_ns,
            t_ns if any(_speaks(one, turn, t_ns) for one in identifier.bearers if one is not bearer) else 0,
        )


def _speaks(other: _Bearer, turn: int, t_ns: int) -> bool:
    """Whether it spoke after that turn, and not for the first time: one wrong place is no second object."""
    return other.turn > turn and other.before_t_ns > 0 and t_ns - other.before_t_ns <= TOGETHER_NS


def _other(identifier: _Identifier, bearer: _Bearer, t_ns: int) -> _Bearer | None:
    """The other that uses the identifier now, the one that spoke last."""
    if not identifier.doubled_t_ns or t_ns - identifier.doubled_t_ns > TOGETHER_NS:
        return None
    others = [one for one in identifier.bearers if one is not bearer and t_ns - one.last.t_ns <= TOGETHER_NS]
    return max(others, key=lambda one: one.turn, default=None)


def _off(last: Report, now: Report) -> float:
    """How far a report is off what a bearer's last one foretold."""
    east, north = last.foretold(now.t_ns)
    return hypot(now.east_m - east, now.north_m - north)


def _report(detection: Detection, claim: Claim, sensor: Sensor | None) -> Report | None:
    """What matters of a detection; None where it has no place."""
    first, second, third, *rates = detection.values
    sigma = max((one for one in detection.sigmas[:2] if one == one), default=0.0)
    way = detection.sensor_id, claim.state.source
    if not isfinite(first + second):
        return None
    if detection.measurement is Measurement.POSITION:
        return Report(detection.t_ns, first, second, sigma, (rates[0], rates[1]), way)
    if sensor is None or sensor.position_enu is None:
        return None
    ground, east, north = first * (cos(third) if isfinite(third) else 1.0), sin(second), cos(second)
    sigma = max(detection.sigmas[0], detection.sigmas[1] * ground)
    place = sensor.position_enu[0] + ground * east, sensor.position_enu[1] + ground * north
    return Report(detection.t_ns, *place, sigma if sigma == sigma else 0.0, (nan, nan), way)


def _named(
    detection: Detection, claim: Claim, bearer: int, elsewhere: tuple[float, float] | None
) -> Detection:
    if bearer == claim.bearer and elsewhere == claim.elsewhere:
        return detection
    return replace(detection, claim=replace(claim, bearer=bearer, elsewhere=elsewhere))
