"""Anybody's log, scored against a log of ground truth."""

from collections.abc import Iterator
from dataclasses import replace
from math import isinf, isnan

import numpy as np

from marsad.errors import ConfigError, ConfigFault
from marsad.evaluate.air_picture import SCORED_RANGE_M
from marsad.evaluate.courageous import Log
from marsad.evaluate.directions import score_directions
from marsad.evaluate.evaluation import Evaluation, Findings
from marsad.evaluate.foreign_log import ForeignLog, read_log
from marsad.evaluate.ground_truth import read_truth, start_of
from marsad.evaluate.look import Look
from marsad.evaluate.paths import LoggedPaths, Paths
from marsad.geo.local import LocalFrame
from marsad.model.reason import Reason
from marsad.model.site import Site

LOOK_S = 1.0
_QUARTER_S = 900.0
_SHIFT_MAX_S = 15 * 3600.0
# the format knows alarms, but neither warnings of zones nor who is taken for a friend
_OF_OURS_ALONE = frozenset({"needless-warn", "threat-as-friend"})


def score_log(
    log: Log,
    truth: Log,
    *,
    geoid_m: float = 0.0,
    log_offset_s: float = 0.0,
    site: Site | None = None,
    name: str = "log",
) -> Findings:
    """Score a log against a truth, both in the COURAGEOUS format.

    geoid_m       height of EGM96 above the ellipsoid at the site
    log_offset_s  added to the times of the log
    site          its frame and zones; without it the frame is about the system itself, and there are no zones
    name          of the log, for errors

    Raises ConfigError if the log and the truth are of different times.
    """
    frame = frame_of(log, site, geoid_m)
    start_t_ns = start_of(truth.document)
    paths, notes = read_truth(truth, frame, geoid_m, site, start_t_ns)
    shown = read_log(log, frame, start_t_ns, geoid_m, log_offset_s)
    _refuse_other_times(shown, paths, name)
    zones = () if site is None else site.zones
    evaluation = Evaluation(paths.subjects, zones)
    for look in _looks(shown, paths):
        evaluation.see(look)
    score, pointed = score_directions(shown.directions, paths)
    for item in pointed:
        evaluation.chronicle.detected(item.row, item.t_s)
        if item.number:  # who is alarmed of a track without place is alarmed of what it points at
            evaluation.picture.owners.note(item.t_s, {item.row: item.number})
    _note_sightings(evaluation, shown, paths)
    notes = [*notes, *shown.notes, *_of_outside(shown, paths)]
    system = f"{log.document.vendor_name}, {log.document.system_name}"
    inside = [alarm for alarm in shown.alarms if _holds(paths, alarm.t_s)]
    findings = evaluation.findings(system, inside, (), notes, score.measures())
    if shown.tracks and not findings.counts["JT"] and findings.counts["J"]:
        notes.append(Reason("evaluate.note.never-on"))
    return _without_ours(findings, tuple(notes))


def frame_of(log: Log, site: Site | None, geoid_m: float) -> LocalFrame:
    """The frame to score in: of the site, or about the place that the log gives its system."""
    if site is not None:
        return LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    place = log.document.static_cuas_location
    return LocalFrame(place.lat, place.lon, place.height_amsl + geoid_m)


def _looks(shown: ForeignLog, paths: LoggedPaths) -> Iterator[Look]:
    """A look each second from the truth's first record to its last."""
    first_s, last_s = paths.span_s
    if isinf(first_s):
        return
    for t_s in np.arange(first_s, last_s + 1e-9, LOOK_S).tolist():
        rows, truth = paths.at(t_s)
        tracks, states = shown.at(t_s)
        covered = np.hypot(truth[:, 0], truth[:, 1]) <= SCORED_RANGE_M
        number = np.array([track.number for track in tracks], np.int64)
        told = tuple(track.shown(t_s) for track in tracks)
        yield Look(t_s, rows, truth, covered, number, states, None, told)


def _note_sightings(evaluation: Evaluation, shown: ForeignLog, paths: Paths) -> None:
    """A detection with a place is of the nearest object within its gate."""
    for item in shown.sightings:
        rows, truth = paths.at(item.t_s)
        if not len(rows):
            continue
        away = np.sqrt(np.nansum((truth[:, :3] - item.place) ** 2, axis=1))
        best = int(np.argmin(away))
        row = int(rows[best])
        if away[best] <= paths.subjects[row].gate_m:
            evaluation.chronicle.detected(row, item.t_s)


def _holds(paths: LoggedPaths, t_s: float) -> bool:
    first_s, last_s = paths.span_s
    return first_s <= t_s <= last_s


def _of_outside(shown: ForeignLog, paths: LoggedPaths) -> list[Reason]:
    """How long the log speaks of times at which nobody knows the truth."""
    (first_s, last_s), (begin_s, end_s) = shown.span_s, paths.span_s
    if not np.isfinite([first_s, last_s, begin_s, end_s]).all():
        return []
    outside_s = max(begin_s - first_s, 0.0) + max(last_s - end_s, 0.0)
    return [Reason("evaluate.note.outside", (("time_s", outside_s),))] if outside_s >= 1 else []


def _refuse_other_times(shown: ForeignLog, paths: LoggedPaths, name: str) -> None:
    """A log that is all before or all after the truth is of another day, or of another time zone."""
    (first_s, last_s), (begin_s, end_s) = shown.span_s, paths.span_s
    if not np.isfinite([first_s, last_s, begin_s, end_s]).all() or (first_s <= end_s and last_s >= begin_s):
        return
    late_s = first_s - begin_s
    shift_s = -round(late_s / _QUARTER_S) * _QUARTER_S
    sentence = f"the log and the truth are never at one time: the log begins {late_s:+.0f} s from the truth"
    fits = first_s + shift_s <= end_s and last_s + shift_s >= begin_s
    if shift_s and abs(shift_s) <= _SHIFT_MAX_S and fits:
        sentence += (
            f"; {abs(shift_s) / 3600:g} h is what another time zone makes, and the format wants UTC: "
            f"if it is that, give --log-offset-s {shift_s:.0f}"
        )
    raise ConfigError(name, [ConfigFault("time", f"{late_s:+.0f} s", sentence, sentence=sentence)])


def _without_ours(findings: Findings, notes: tuple[Reason, ...]) -> Findings:
    """Without figures of what the format cannot tell."""
    measures = tuple(
        item for item in findings.measures if item.key not in _OF_OURS_ALONE and not isnan(item.value)
    )
    return replace(findings, measures=measures, notes=notes)
