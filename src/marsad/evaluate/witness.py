"""Who watches a simulated run: which object each announcement was about, when, and what was shown of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.evaluate.association import Association
from marsad.model.effect import Effect, Register, Warn
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.model.threat import Level
from marsad.model.warning import WarningEvent, WarningEventKind
from marsad.simulate.truth import Truth

Array = NDArray[np.float64]
LOOK_S = 0.5
BESIDE_M = 500.0
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Told:
    """That a track joined an alarm, as its first or as one more.

    near_hostile   it was on no object, but within BESIDE_M of a hostile one: a double of it, or its group
    """

    t_s: float
    stage: Level
    zone_id: str
    track_id: int
    near_hostile: bool


class Witness:
    """Compares pictures with the truth every half second, and keeps every announcement."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.announced = 0
        self.told: list[Told] = []
        self.incident: Incident | None = None
        self.squawks: dict[int, dict[str, float]] = {}  # row -> code -> when it was first shown
        self.tracks: dict[int, dict[int, int]] = {}  # row -> track -> looks at which it was on it
        self._association = Association()
        self._owned: dict[int, list[tuple[float, int]]] = {}  # track -> since when on which row
        self._next_s = 0.0

    def watch(self, t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
        """One step of a run."""
        self._note(effects, picture)
        t_s = self.truth.seconds(picture.t_ns)
        if t_s >= self._next_s:
            self._next_s = t_s + LOOK_S
            self._look(t_s, picture)

    def cause(self, told: Told) -> int:
        """The row of the object that was told of, NOTHING for a track on nothing."""
        owned = self._owned.get(told.track_id, [])
        before = [row for since_s, row in owned if since_s <= told.t_s + LOOK_S]
        return before[-1] if before else (owned[0][1] if owned else NOTHING)

    def identities(self, row: int, least_s: float = 2.0) -> int:
        """How many tracks an object had for longer than a moment."""
        return sum(looks * LOOK_S >= least_s for looks in self.tracks.get(row, {}).values())

    def _note(self, effects: Iterable[Effect], picture: Picture) -> None:
        for effect in effects:
            if isinstance(effect, Register):
                self.incident = effect.incident
            elif isinstance(effect, Warn):
                self._event(effect.event, picture)

    def _event(self, event: WarningEvent, picture: Picture) -> None:
        self.announced += event.kind is WarningEventKind.RAISED
        joined = event.kind in (WarningEventKind.RAISED, WarningEventKind.GREW)
        if joined and event.track_id is not None:
            t_s = self.truth.seconds(event.t_ns)
            near = self._near_hostile(event.track_id, t_s, picture)
            self.told.append(Told(round(t_s, 2), event.stage, event.zone_id, event.track_id, near))

    def _near_hostile(self, track_id: int, t_s: float, picture: Picture) -> bool:
        rows = [row for row in self.truth.flying(t_s).tolist() if self.truth.objects[row].hostile]
        mine = np.flatnonzero(picture.tracks.track_id == track_id)
        if not rows or not len(mine):
            return False
        position, _ = self.truth.states(np.array(rows, np.int64), t_s)
        place = picture.tracks.mean[mine[0], :3]
        return bool(np.linalg.norm(position - place, axis=-1).min() <= BESIDE_M)

    def _look(self, t_s: float, picture: Picture) -> None:
        rows = self.truth.flying(t_s)
        position, _ = self.truth.states(rows, t_s)
        gate = np.array([self.truth.objects[row].physique.gate_m for row in rows.tolist()])
        tracks = picture.tracks
        pairs = self._association.step(rows, position, gate, tracks.track_id, tracks.mean[:, :3])
        numbers = tracks.track_id.tolist()
        for row, number in pairs.items():
            looks = self.tracks.setdefault(row, {})
            looks[number] = looks.get(number, 0) + 1
            owned = self._owned.setdefault(number, [])
            if not owned or owned[-1][1] != row:
                owned.append((t_s, row))
            claim = picture.claims[numbers.index(number)] if picture.claims else None
            if claim is not None and claim.state.squawk:
                self.squawks.setdefault(row, {}).setdefault(claim.state.squawk, t_s)
