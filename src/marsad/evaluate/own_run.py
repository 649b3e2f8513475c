"""A run of ours, scored: its journal folded again beside the truth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np

from marsad.errors import RecordingError
from marsad.evaluate.announcements import WarningLog
from marsad.evaluate.coverage import covered
from marsad.evaluate.evaluation import Evaluation, Findings
from marsad.evaluate.look import Look, Shown, TimeLeftShown
from marsad.evaluate.paths import Paths
from marsad.model.effect import Effect, Warn
from marsad.model.picture import Picture
from marsad.model.reason import Reason
from marsad.model.site import Site
from marsad.model.threat import Identity, ThreatAssessment
from marsad.model.threat_table import ThreatTable
from marsad.model.warning import AlarmState
from marsad.site.fold import SiteFold, fold_of
from marsad.site.journal import Flaw, JournalReader, segments
from marsad.site.resumption import taking_place

LOOK_S = 0.5
_WATCH_FRAMES = 500
_CLEARED = frozenset({Identity.FRIEND, Identity.ASSUMED_FRIEND, Identity.NEUTRAL})
_SUSPECTED = frozenset({Identity.SUSPECT, Identity.HOSTILE})
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class OwnRun:
    """What came of scoring a journal.

    digest   of the fold at its end, to compare with what the run said of itself
    flaws    where the journal does not go on as it was written
    """

    findings: Findings
    digest: str
    flaws: tuple[Flaw, ...]


@dataclass(slots=True)
class _Glance:
    """A moment of the folded journal: what was done since the last, and a picture now and then."""

    t_ns: int
    effects: list[Effect]
    picture: Picture | None


class Replay:
    """A journal folded again, looked at every half second of its own time."""

    def __init__(self, path: Path) -> None:
        """Raises RecordingError where there is no journal or it is of no use."""
        self._path = path
        self._reader = JournalReader(path)
        self._frames = self._reader.frames()
        first = next(self._frames, None)
        if first is None:
            raise RecordingError(f"{path}: holds no frame at all")
        self.fold: SiteFold = fold_of(first)

    @property
    def site(self) -> Site:
        """The site that the journal is of."""
        return self.fold.site

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """Found so far."""
        return tuple(self._reader.flaws)

    @property
    def geoid_m(self) -> float | None:
        """The geoid's height that the settings of a feed give, None if none does."""
        given = [getattr(feed, "geoid_undulation_m", 0.0) for feed in self.fold.settings.feed]
        return next((value for value in given if value), None)

    def glances(self, progress: Progress = lambda share: None) -> Iterator[_Glance]:
        """Everything up to the end, in order; a picture at most every `LOOK_S`."""
        sizes = [file.stat().st_size for file in segments(self._path)]
        next_ns, cycles = 0, self.fold.cycles
        for number, frame in enumerate(self._frames):
            if number % _WATCH_FRAMES == 0:
                place = self._reader.position
                progress(min((sum(sizes[: place.segment]) + place.offset) / max(sum(sizes), 1), 1.0))
            self.fold = taking_place(self._path, self.fold, frame, self._reader.position)
            effects = self.fold.fold(frame)
            picture = None
            if self.fold.cycles != cycles and self.fold.t_ns >= next_ns:
                cycles, next_ns = self.fold.cycles, self.fold.t_ns + round(LOOK_S * 1e9)
                picture = self.fold.picture()
            if effects or picture is not None:
                yield _Glance(self.fold.t_ns, effects, picture)
        progress(1.0)


def score_replay(
    replay: Replay,
    paths: Paths,
    watch: Callable[[Picture], None] = lambda picture: None,
    progress: Progress = lambda share: None,
    notes: tuple[Reason, ...] = (),
) -> OwnRun:
    """Score a journal against a truth; `watch` sees every picture that is scored."""
    evaluation = Evaluation(paths.subjects, replay.site.zones)
    log = WarningLog()
    for glance in replay.glances(progress):
        for effect in glance.effects:
            if isinstance(effect, Warn):
                log.note(effect.event, _seconds(effect.event.t_ns, paths))
        if glance.picture is not None:
            watch(glance.picture)
            evaluation.see(look_of(glance.picture, paths))
    findings = evaluation.findings(f"Marsad, {replay.site.site_id}", log.alarms(), log.acknowledged_s, notes)
    return OwnRun(findings, replay.fold.digest(), replay.flaws)


def look_of(picture: Picture, paths: Paths) -> Look:
    """A picture of ours beside the truth at its time."""
    t_s = _seconds(picture.t_ns, paths)
    rows, truth = paths.at(t_s)
    table = picture.tracks
    judged = ThreatTable.of(picture.assessments).brief(np.arange(len(table)))
    alarmed = {
        number for alarm in picture.alarms if alarm.state is AlarmState.ACTIVE for number in alarm.active_ids
    }
    shown = tuple(
        _shown(item, item.track_id in alarmed, _seconds(first_ns, paths))
        for item, first_ns in zip(judged, table.first_t_ns.tolist(), strict=True)
    )
    return Look(
        t_s,
        rows,
        truth,
        covered(truth[:, :3], picture.sensors),
        np.asarray(table.track_id),
        table.mean,
        table.covariance,
        shown,
    )


def _shown(item: ThreatAssessment, alarmed: bool, first_t_s: float) -> Shown:
    return Shown(
        item.class_name,
        item.class_probability,
        item.hostility,
        item.level,
        alarmed,
        item.identity in _CLEARED,
        item.identity in _SUSPECTED,
        first_t_s,
        tuple(
            TimeLeftShown(zone.zone_id, zone.time_to_impact_s, zone.time_low_s, zone.time_high_s)
            for zone in item.zones
            if not isnan(zone.time_to_impact_s)
        ),
    )


def _seconds(t_ns: int, paths: Paths) -> float:
    return (t_ns - paths.start_t_ns) / 1e9
