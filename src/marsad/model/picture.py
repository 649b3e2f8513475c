"""The air picture: one immutable snapshot for whoever shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from marsad.model.incident import Incident
from marsad.model.registration import RegistrationTable
from marsad.model.sensor import Sensor
from marsad.model.threat import ThreatAssessment
from marsad.model.track import TrackTable
from marsad.model.warning import Alarm


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything a console shows at one time.

    tracks       confirmed tracks only
    assessments  one per track of ``tracks``, same order
    alarms       not yet cleared, most urgent first
    counters     (name, count): frames, detections, refusals by reason, drops
    incident     the newest one, open or closed; None before the first
    faults       codes of what is wrong with the site itself now, such as ``journal.unwritable``
    sources      sensor ids that lately contributed to each track, same order; () if not known
    settled      the newest picture of the past that later plots have smoothed, None before there is one
    registration how far sensors are off; None if not known
    notices      codes of what everybody should know but is no fault, such as ``simulation-over``
    """

    t_ns: int
    tracks: TrackTable
    assessments: Sequence[ThreatAssessment]
    alarms: tuple[Alarm, ...]
    sensors: tuple[Sensor, ...]
    incident: Incident | None
    counters: tuple[tuple[str, int], ...]
    faults: tuple[str, ...] = ()
    sources: tuple[tuple[str, ...], ...] = ()
    settled: TrackTable | None = None
    registration: RegistrationTable | None = None
    notices: tuple[str, ...] = ()
