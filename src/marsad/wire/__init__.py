"""The one JSON form in which a picture reaches a console, version 1.

A connection starts with a `Snapshot`; a `Delta` follows for every newer picture and carries only
what changed; a `Heartbeat` fills silences. Times are UTC milliseconds (``t_ms``: JavaScript
numbers cannot hold nanoseconds), angles degrees, distances metres. None stands for "not known".

Positions of tracks travel as columns (`Motion`), because all of them change in every picture;
what the site thinks of a track (`Track`) changes rarely and travels as rows.
"""

from typing import Final

from pydantic import TypeAdapter

from marsad.wire.alarms import Alarm as Alarm
from marsad.wire.alarms import AlarmEnd as AlarmEnd
from marsad.wire.alarms import DoubtName as DoubtName
from marsad.wire.alarms import Excused as Excused
from marsad.wire.alarms import Impact as Impact
from marsad.wire.alarms import KeepOut as KeepOut
from marsad.wire.alarms import LostObject as LostObject
from marsad.wire.alarms import StandingAllClear as StandingAllClear
from marsad.wire.alarms import TimeLeft as TimeLeft
from marsad.wire.alarms import ZoneAtRisk as ZoneAtRisk
from marsad.wire.coverage import CoverageBand as CoverageBand
from marsad.wire.coverage import CoverageHole as CoverageHole
from marsad.wire.coverage import CoverageMap as CoverageMap
from marsad.wire.coverage import CoverageOpening as CoverageOpening
from marsad.wire.coverage import ThreatKindName as ThreatKindName
from marsad.wire.door import ErrorReport as ErrorReport
from marsad.wire.door import HappeningName as HappeningName
from marsad.wire.door import OpenSession as OpenSession
from marsad.wire.door import PermissionName as PermissionName
from marsad.wire.door import Refusal as Refusal
from marsad.wire.door import RoleName as RoleName
from marsad.wire.door import SecurityLine as SecurityLine
from marsad.wire.door import Session as Session
from marsad.wire.flights import Flight as Flight
from marsad.wire.flights import FlightNews as FlightNews
from marsad.wire.flights import Imported as Imported
from marsad.wire.incidents import ActualImpact as ActualImpact
from marsad.wire.incidents import Amendment as Amendment
from marsad.wire.incidents import Casualties as Casualties
from marsad.wire.incidents import Ending as Ending
from marsad.wire.incidents import Fact as Fact
from marsad.wire.incidents import Incident as Incident
from marsad.wire.incidents import IncidentObject as IncidentObject
from marsad.wire.incidents import IncidentSummary as IncidentSummary
from marsad.wire.incidents import IncidentWarning as IncidentWarning
from marsad.wire.incidents import TimelineEntry as TimelineEntry
from marsad.wire.incidents import WarningDelay as WarningDelay
from marsad.wire.names import AlarmStateName as AlarmStateName
from marsad.wire.names import AnswerName as AnswerName
from marsad.wire.names import AskingName as AskingName
from marsad.wire.names import BiasName as BiasName
from marsad.wire.names import ClaimSourceName as ClaimSourceName
from marsad.wire.names import ClassName as ClassName
from marsad.wire.names import DistressName as DistressName
from marsad.wire.names import EndingName as EndingName
from marsad.wire.names import FactStatusName as FactStatusName
from marsad.wire.names import FlightStateName as FlightStateName
from marsad.wire.names import HealthName as HealthName
from marsad.wire.names import HowName as HowName
from marsad.wire.names import IdentityName as IdentityName
from marsad.wire.names import LevelNumber as LevelNumber
from marsad.wire.names import ModeName as ModeName
from marsad.wire.names import NavigationStateName as NavigationStateName
from marsad.wire.names import OutcomeName as OutcomeName
from marsad.wire.names import OverloadName as OverloadName
from marsad.wire.names import ProcedureUseName as ProcedureUseName
from marsad.wire.names import SensorKindName as SensorKindName
from marsad.wire.names import ShapeName as ShapeName
from marsad.wire.names import WhyName as WhyName
from marsad.wire.picture import Delta as Delta
from marsad.wire.picture import Heartbeat as Heartbeat
from marsad.wire.picture import Picture as Picture
from marsad.wire.picture import Snapshot as Snapshot
from marsad.wire.response import AuthorityCard as AuthorityCard
from marsad.wire.response import CardDuty as CardDuty
from marsad.wire.response import CardPerson as CardPerson
from marsad.wire.response import Duty as Duty
from marsad.wire.response import OnWatch as OnWatch
from marsad.wire.response import Response as Response
from marsad.wire.sensors import Asker as Asker
from marsad.wire.sensors import Bias as Bias
from marsad.wire.sensors import ClockStep as ClockStep
from marsad.wire.sensors import Coverage as Coverage
from marsad.wire.sensors import Delay as Delay
from marsad.wire.sensors import Navigation as Navigation
from marsad.wire.sensors import Overload as Overload
from marsad.wire.sensors import Sensor as Sensor
from marsad.wire.site import Friend as Friend
from marsad.wire.site import Name as Name
from marsad.wire.site import Phase as Phase
from marsad.wire.site import ProcedureShape as ProcedureShape
from marsad.wire.site import SiteInfo as SiteInfo
from marsad.wire.site import ZoneShape as ZoneShape
from marsad.wire.telling import AnnouncementKindName as AnnouncementKindName
from marsad.wire.telling import Delivery as Delivery
from marsad.wire.telling import DeliveryStateName as DeliveryStateName
from marsad.wire.telling import Drill as Drill
from marsad.wire.telling import Drilling as Drilling
from marsad.wire.telling import DrillRow as DrillRow
from marsad.wire.telling import NotRetracted as NotRetracted
from marsad.wire.telling import Output as Output
from marsad.wire.telling import OutputHealth as OutputHealth
from marsad.wire.telling import PendingRelease as PendingRelease
from marsad.wire.telling import Telling as Telling
from marsad.wire.tracks import Claim as Claim
from marsad.wire.tracks import Decision as Decision
from marsad.wire.tracks import Motion as Motion
from marsad.wire.tracks import Place as Place
from marsad.wire.tracks import Question as Question
from marsad.wire.tracks import Reason as Reason
from marsad.wire.tracks import Track as Track
from marsad.wire.tracks import TrackDetail as TrackDetail
from marsad.wire.tracks import TrackFlight as TrackFlight
from marsad.wire.tracks import TrackReport as TrackReport
from marsad.wire.tracks import Trail as Trail
from marsad.wire.tracks import ZoneThreat as ZoneThreat

VERSION: Final = 1

COOKIE: Final = "marsad_session"  # by which a server knows who has signed in

Message = Snapshot | Delta | Heartbeat

MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)

PICTURE: TypeAdapter[Picture] = TypeAdapter(Picture)

REST = (
    SiteInfo,
    Phase,
    Session,
    AuthorityCard,
    IncidentSummary,
    Incident,
    WarningDelay,
    CoverageMap,
    SecurityLine,
    OpenSession,
    TrackReport,
    Imported,
    Refusal,
)
