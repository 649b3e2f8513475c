"""The air picture: one immutable snapshot for whoever shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from marsad.model.announcement import Telling
from marsad.model.asker import Asker
from marsad.model.authority import OnWatch
from marsad.model.ballistic import BallisticTable
from marsad.model.clock import ClockStep
from marsad.model.detection import Claim
from marsad.model.drill import Drilling, OutputHealth
from marsad.model.flight import FlightPicture
from marsad.model.impact import ImpactTable, KeepOut
from marsad.model.incident import Incident
from marsad.model.overload import Overload
from marsad.model.reason import Reason
from marsad.model.registration import RegistrationTable
from marsad.model.response import Response
from marsad.model.sensor import Sensor
from marsad.model.threat import ThreatAssessment
from marsad.model.track import TrackTable
from marsad.model.warning import Alarm, Excused, StandingAllClear, WarningEvent


class NavigationState(StrEnum):
    """Whether places that aircraft claim can be believed at the site."""

    UNKNOWN = "unknown"  # too few aircraft to tell
    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class NavigationHealth:
    """The health of satellite navigation at the site, as the claims of aircraft show it.

    aircraft  how many reported lately
    spoofed   track_ids of those whose claimed places are thought to be false
    reasons   what speaks against it, with the numbers
    """

    state: NavigationState
    aircraft: int
    spoofed: tuple[int, ...] = ()
    reasons: tuple[Reason, ...] = ()


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
    flights      declared flights, which tracks may be they, what people decided
    claims       what each track last said of itself, same order; () if not known
    overloads    what is too much for the site, the worst first
    askers       who wants to speak to the site and may not
    navigation   the health of satellite navigation, None if nobody looks after it
    clock        the newest step of the machine's clock, while it is worth telling
    telling      what waits for a release, and where each announcement stands
    ended        how the newest alarms ended that a person ended, oldest first
    output_health   how each output is known to work, in the order of the settings
    drilling     the last drill of the outputs, and the next
    response     how far the response of the people has gone, and their duties
    watch        who has the watch
    excused      what is not announced for a while
    all_clears   those that can still be taken back
    falls        fits of free fall to fast tracks, confirmed or not; None if nobody makes them
    impacts      where those of ``tracks`` that fall are predicted to come down; None if nobody predicts it
    keep_outs    ground on which pieces of what broke up come down, the newest last
    utc_offset_ns   what its times are ahead of site time: outside of a site they are UTC
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
    flights: FlightPicture = field(default_factory=FlightPicture)
    claims: tuple[Claim | None, ...] = ()
    navigation: NavigationHealth | None = None
    clock: ClockStep | None = None
    utc_offset_ns: int = 0
    askers: tuple[Asker, ...] = ()
    overloads: tuple[Overload, ...] = ()
    telling: Telling = field(default_factory=Telling)
    ended: tuple[WarningEvent, ...] = ()
    output_health: tuple[OutputHealth, ...] = ()
    drilling: Drilling = field(default_factory=Drilling)
    response: Response = field(default_factory=Response)
    watch: OnWatch = field(default_factory=OnWatch)
    excused: Excused = field(default_factory=Excused)
    all_clears: tuple[StandingAllClear, ...] = ()
    falls: BallisticTable | None = None
    impacts: ImpactTable | None = None
    keep_outs: tuple[KeepOut, ...] = ()
