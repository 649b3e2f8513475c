"""Results: what came of one raid, as one line of JSON."""

import json
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from marsad.errors import RecordingError

IN_TIME_S = 30.0
_MEASURED = ("assessment", "feeds", "geo", "model", "simulate", "site", "tracking", "warning")
_GENERATOR = (
    "approaches attacking conditions drawing draws following ground harmless interrogating physics quiet "
    "running sensor_suites staging"
)


@dataclass(frozen=True, slots=True)
class AttackerResult:
    """What came of one attacker. Times in seconds from the start, None = never.

    reached        zone → when it is reached, within the raid
    alert_s        first ALERT or WARN about it, whichever zone was named: the officer looks at it
    warned         zone → first WARN for it, of those that it reaches: the people there take cover
    earliest_s     when the sensors could first have told
    path_m         [east, north] on its way
    """

    object_id: str
    kind: str
    approach: str
    lie: str
    rcs_dbsm: float
    speed_mps: float
    zone_id: str
    reached: dict[str, float]
    alert_s: float | None
    warned: dict[str, float]
    earliest_s: float | None
    identities: int
    switches: int
    path_m: list[list[int]]

    @property
    def arrival_s(self) -> float | None:
        """When it reaches its first zone."""
        return min(self.reached.values(), default=None)

    @property
    def alert_lead_s(self) -> float | None:
        """From its ALERT to its first zone; None = none."""
        arrival_s = self.arrival_s
        return None if self.alert_s is None or arrival_s is None else arrival_s - self.alert_s

    @property
    def warn_lead_s(self) -> float | None:
        """The longest time between the WARN for a zone and the arrival there; None = no WARN."""
        return max((self.reached[zone] - t_s for zone, t_s in self.warned.items()), default=None)

    @property
    def allowed_s(self) -> float | None:
        """What physics left: from when the sensors could have told to its last zone; None = nothing."""
        if self.earliest_s is None or not self.reached:
            return None
        left_s = max(self.reached.values()) - self.earliest_s
        return left_s if left_s > 0 else None

    def is_alerted(self, ahead_s: float = IN_TIME_S, *, by_physics: bool = False) -> bool:
        """Whether it had its ALERT so long before its first zone, or in half of what physics left."""
        if self.alert_s is None or self.arrival_s is None:
            return False
        return self._is_in_time(self.arrival_s, self.alert_s, ahead_s, by_physics=by_physics)

    def is_warned(self, ahead_s: float = IN_TIME_S, *, by_physics: bool = False) -> bool:
        """Whether a zone had its WARN so long before the arrival there, or in half of what physics left."""
        return any(
            self._is_in_time(self.reached[zone], t_s, ahead_s, by_physics=by_physics)
            for zone, t_s in self.warned.items()
        )

    def _is_in_time(self, arrival_s: float, told_s: float, ahead_s: float, *, by_physics: bool) -> bool:
        if by_physics and self.earliest_s is not None:
            ahead_s = min(ahead_s, (arrival_s - self.earliest_s) / 2)
        return arrival_s - told_s >= max(ahead_s, 0.0) and arrival_s > told_s


@dataclass(frozen=True, slots=True)
class NeedlessResult:
    """One object, or one false track, that people were alerted or warned of without need.

    rule   the code of the rule that first told of it
    """

    stage: str
    cause: str
    object_id: str
    t_s: float
    zones: int
    rule: str = ""


@dataclass(frozen=True, slots=True)
class RaidResult:
    """What came of one raid.

    generator   SHA-256 of the distributions and the code that draws from them
    program     SHA-256 of the code that was measured
    cpu_s       seconds of one core that running and judging took
    duration_s  counted, without a lead-in
    alarms      announced
    flown       how many harmless objects were in the air, by what they are called as a cause
    """

    generator: str
    program: str
    study_seed: int
    number: int
    perturbed: bool
    site: str
    suite: str
    weather: str
    fault: str
    smallest: bool
    duration_s: float
    wall_s: float
    cpu_s: float
    alarms: int
    attackers: tuple[AttackerResult, ...]
    needless: tuple[NeedlessResult, ...]
    flown: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        """One line of JSON, with its end."""
        return json.dumps(asdict(self), separators=(",", ":"), allow_nan=False) + "\n"


def result_of(line: str) -> RaidResult:
    """The result that a line holds. Raises RecordingError for a line that is none."""
    try:
        told: dict[str, Any] = json.loads(line)
        attackers = tuple(AttackerResult(**item) for item in told.pop("attackers"))
        needless = tuple(NeedlessResult(**item) for item in told.pop("needless"))
        return RaidResult(**told, attackers=attackers, needless=needless)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordingError(f"{line[:80]!r} is no result of a raid: {error}") from error


def generator_sha256(distributions_sha256: str) -> str:
    """Of the distributions and of the code that draws from them, runs and judges raids."""
    folder = Path(str(resources.files(__package__)))
    paths = [folder / f"{name}.py" for name in _GENERATOR.split()]
    return _hash([distributions_sha256.encode(), *(path.read_bytes() for path in paths)])


@lru_cache(maxsize=1)
def program_sha256() -> str:
    """Of the code that raids are run through."""
    folder = Path(str(resources.files("marsad")))
    paths = [path for room in _MEASURED for path in sorted((folder / room).rglob("*.py"))]
    return _hash([path.read_bytes() for path in paths])


def _hash(parts: list[bytes]) -> str:
    digest = sha256()
    for part in parts:
        digest.update(sha256(part).digest())
    return digest.hexdigest()
