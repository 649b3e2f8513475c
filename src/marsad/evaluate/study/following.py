"""Following a run: which track is on which object, and who was warned of what, when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from marsad.evaluate.association import Association
from marsad.model.effect import Effect, Warn
from marsad.model.picture import Picture
from marsad.model.threat import Level
from marsad.model.warning import WarningEvent, WarningEventKind
from marsad.simulate.truth import Truth

LOOK_S = 0.5
BESIDE_M = 500.0
FALSE_TRACK = -1
BESIDE_ATTACKER = -2  # a track on nothing, close to an attacker: a double of it, or of its group


@dataclass(slots=True)
class Held:
    """The tracks that were on one object: number → how often it was seen on it, and changes between."""

    looks: dict[int, int] = field(default_factory=dict)
    changes: int = 0
    latest: int | None = None

    def add(self, track_id: int) -> None:
        """One more look at which this track was on it."""
        self.looks[track_id] = self.looks.get(track_id, 0) + 1
        self.changes += self.latest not in (None, track_id)
        self.latest = track_id


@dataclass(frozen=True, slots=True)
class Told:
    """A track joined an alarm: at once the first of a zone or one more.

    rule   the code of the rule that was told as the reason, "" for none
    """

    t_s: float
    stage: Level
    zone_id: str
    track_id: int
    rule: str = ""


class Follower:
    """Watches pictures and effects of a run against its truth, every LOOK_S."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.announced = 0
        self.told: list[Told] = []
        self.held: dict[int, Held] = {}
        self._association = Association()
        self._owned: dict[int, list[tuple[float, int]]] = {}  # track → since when on which row
        self._places: dict[int, list[tuple[float, NDArray[np.float64]]]] = {}
        self._next_s = 0.0

    def watch(self, t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
        """One step of the run."""
        self._note(effects)
        t_s = self.truth.seconds(picture.t_ns)
        if t_s >= self._next_s:
            self._next_s = t_s + LOOK_S
            self._look(t_s, picture)

    def _note(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Warn):
                self._event(effect.event)

    def _event(self, event: WarningEvent) -> None:
        self.announced += event.kind is WarningEventKind.RAISED
        if event.kind in (WarningEventKind.RAISED, WarningEventKind.GREW) and event.track_id is not None:
            t_s = round(self.truth.seconds(event.t_ns), 2)
            rules = [reason.code for reason in event.reasons if reason.code.startswith("rule.")]
            self.told.append(Told(t_s, event.stage, event.zone_id, event.track_id, rules[0] if rules else ""))

    def _look(self, t_s: float, picture: Picture) -> None:
        rows = self.truth.flying(t_s)
        position, _ = self.truth.states(rows, t_s)
        gate = np.array([self.truth.objects[row].physique.gate_m for row in rows])
        tracks = picture.tracks
        pairs = self._association.step(rows, position, gate, tracks.track_id, tracks.mean[:, :3])
        for row, number in pairs.items():
            self.held.setdefault(row, Held()).add(number)
            owned = self._owned.setdefault(number, [])
            if not owned or owned[-1][1] != row:
                owned.append((t_s, row))
        paired = set(pairs.values())
        for number, mean in zip(tracks.track_id.tolist(), tracks.mean[:, :3], strict=True):
            if number not in paired:
                self._places.setdefault(number, []).append((t_s, mean.copy()))

    def cause(self, told: Told) -> int:
        """The row of the object that was told of; FALSE_TRACK or BESIDE_ATTACKER for a track on nothing."""
        owned = self._owned.get(told.track_id, [])
        before = [row for since_s, row in owned if since_s <= told.t_s + LOOK_S]
        if before or owned:
            return before[-1] if before else owned[0][1]
        return BESIDE_ATTACKER if self._is_beside_attacker(told) else FALSE_TRACK

    def _is_beside_attacker(self, told: Told) -> bool:
        for t_s, place in self._places.get(told.track_id, []):
            if abs(t_s - told.t_s) > 2 * LOOK_S:
                continue
            rows = [row for row in self.truth.flying(t_s).tolist() if self.truth.objects[row].hostile]
            position, _ = self.truth.states(np.array(rows, np.int64), t_s)
            if rows and float(np.linalg.norm(position - place, axis=-1).min()) <= BESIDE_M:
                return True
        return False
