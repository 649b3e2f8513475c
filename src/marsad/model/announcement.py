"""Announcements: what people are told about an alarm, and what became of it on each way out.

An *output* is one way by which people are told: a siren, a web hook, a page for phones. An *announcement* is
one word about one alarm on one output. A real one and one of an exercise or a test are two types, so that
what is written for the one cannot be handed the other.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from marsad.model.reason import Reason
from marsad.model.site import Zone
from marsad.model.threat import Level
from marsad.model.warning import TimeLeft


class AnnouncementKind(StrEnum):
    """What an announcement says."""

    WARNING = "warning"  # an alarm was raised
    UPDATE = "update"  # it grew, or it changed for the people in its zones
    PASSED = "passed"  # no danger is seen any more; stay where you are
    ALL_CLEAR = "all_clear"  # the danger is over
    RETRACTION = "retraction"  # there was no danger: the warning was false
    TEST = "test"  # nothing: the way out itself is tried

    @property
    def ends(self) -> bool:
        """Whether nothing more is said about the alarm after it."""
        return self in (AnnouncementKind.ALL_CLEAR, AnnouncementKind.RETRACTION, AnnouncementKind.TEST)

    @property
    def mends(self) -> bool:
        """Whether it only changes what was said of the alarm before: the newest such word is enough."""
        return self in (AnnouncementKind.UPDATE, AnnouncementKind.PASSED)


class Purpose(StrEnum):
    """Why an announcement that is not real is made; the word that people hear first."""

    EXERCISE = "exercise"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Earlier:
    """An announcement to which a later one on the same output refers."""

    announcement_id: str
    made_t_ns: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """One word about one alarm on one output.

    announcement_id  the same whenever it is sent again, so that who gets it twice can tell
    zone_id          whom it concerns; "" for everybody at the site
    made_t_ns        when it was released
    ruled_t_ns       when what it tells of happened: the rule was fulfilled, a person decided
    first_plot_t_ns  when a sensor first saw what raised the alarm; 0 where that is not known
    expires_t_ns     after that it must not sound any more
    track_count      objects in the alarm so far
    is_first         the announcement to which the people react: it sounds
    by               who decided it, "" for nobody
    former_zone      its zone as it was, where the settings have that no more; None while they have it
    """

    announcement_id: str
    output_id: str
    kind: AnnouncementKind
    alarm_id: str
    raid_id: str
    zone_id: str
    stage: Level
    made_t_ns: int
    ruled_t_ns: int
    expires_t_ns: int
    time_left: TimeLeft
    track_count: int
    is_first: bool
    reasons: tuple[Reason, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    by: str = ""
    first_plot_t_ns: int = 0
    former_zone: Zone | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LiveAnnouncement(Announcement):
    """One that is meant."""


@dataclass(frozen=True, slots=True)
class DrillAnnouncement(Announcement):
    """One of an exercise or a test, which says so before anything else."""

    purpose: Purpose = Purpose.TEST


@dataclass(frozen=True, slots=True)
class Switch:
    """What an actuator is to be: all that is ever said to a siren, a light or a sign.

    until_t_ns   then it ends by itself
    """

    zone_id: str
    stage: Level
    is_on: bool
    until_t_ns: int


@dataclass(frozen=True, slots=True)
class LiveSwitch(Switch):
    """One that is meant."""


@dataclass(frozen=True, slots=True)
class DrillSwitch(Switch):
    """One of an exercise or a test."""


class DeliveryState(IntEnum):
    """How far an announcement came on its output; a later word never takes back an earlier one."""

    WANTED = 0  # released; the way out has it
    NOT_SENT = 1  # tried, and it could not be sent so far
    SENT = 2  # sent; the peer has not said anything
    ACCEPTED = 3  # the peer said that it has it
    ACTUATED = 4  # it took effect: a coil was read back, a page sounded
    CONFIRMED = 5  # a person said so
    TOO_LATE = 6  # it expired before it was accepted, and does not sound any more


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of an announcement, as the way out tells the site.

    code   what was wrong, as readers are told it in their language; detail says more, in English, to whoever
           mends it, and is shown to nobody else
    unproved   by is what somebody says of themselves, and neither a key nor a sign-in speaks for it
    """

    output_id: str
    announcement_id: str
    state: DeliveryState
    detail: str = ""
    by: str = ""
    code: str = ""
    unproved: bool = False


@dataclass(frozen=True, slots=True)
class TrackSteps:
    """When what raised an alarm came to each step before it, by the site's own clock; 0 where not known.

    seen_t_ns      it was heard of first
    tracked_t_ns   it was sure to be there
    alerted_t_ns   it was dangerous enough for ALERT
    raised_t_ns    the rule of the alarm was fulfilled
    """

    seen_t_ns: int = 0
    tracked_t_ns: int = 0
    alerted_t_ns: int = 0
    raised_t_ns: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where one announcement stands.

    reached_t_ns   when it came to each state, in the order of `DeliveryState`; 0 where it did not
    confirmed_by   who confirmed it, in order; at most a hundred
    attempts       how often it was handed to its way out, or tried again by it
    detail         what was wrong last, "" for nothing
    first_plot_t_ns   when a sensor first saw what raised the alarm, by its own time
    steps          how what raised the alarm came to that
    code           which of the frequent failures that is, "" for another
    begins_with    the least state that shows that somebody has it
    arrives_with   the least that shows that all have it whom its output tells; see `marsad.model.receipt`
    said_to_be     who said that they confirm, where nothing proves it: no known person; "" for no name
    is_anew        whether it tells of an alarm that a person raised again: of how long a warning takes that
                   shows nothing
    """

    output_id: str
    announcement_id: str
    alarm_id: str
    zone_id: str
    stage: Level
    kind: AnnouncementKind
    state: DeliveryState
    ruled_t_ns: int
    made_t_ns: int
    expires_t_ns: int
    reached_t_ns: tuple[int, ...]
    is_drill: bool
    confirmed_by: tuple[str, ...] = ()
    attempts: int = 1
    detail: str = ""
    first_plot_t_ns: int = 0
    steps: TrackSteps = TrackSteps()
    code: str = ""
    begins_with: DeliveryState = DeliveryState.ACCEPTED
    arrives_with: DeliveryState = DeliveryState.ACCEPTED
    said_to_be: tuple[str, ...] = ()
    is_anew: bool = False


class Undecided(StrEnum):
    """What happens to an announcement that nobody decides in time."""

    RELEASE = "release"
    WITHHOLD = "withhold"


@dataclass(frozen=True, slots=True)
class PendingRelease:
    """An alarm that waits on some outputs for people to release it.

    people        how many different people have to agree
    released_by   who has
    asked_t_ns    since when it waits
    deputy_t_ns   from then on the deputy is asked as well
    undecided_t_ns   then it is done as `undecided` says
    withheld_by   who holds it back, "" for nobody; until undecided_t_ns
    deciders      whose word counts by name; () for whoever may release
    deputies      who is asked from deputy_t_ns on, by name; () where nobody is named
    wants_supervisor   the word that is missing is a supervisor's
    """

    alarm_id: str
    zone_id: str
    stage: Level
    output_ids: tuple[str, ...]
    people: int
    released_by: tuple[str, ...]
    asked_t_ns: int
    deputy_t_ns: int
    undecided_t_ns: int
    undecided: Undecided
    withheld_by: str = ""
    deciders: tuple[str, ...] = ()
    deputies: tuple[str, ...] = ()
    wants_supervisor: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """One way by which people are told, for whoever shows it.

    zone_ids    those that it serves; () for all
    is_serving  whether alarms go out on it as the site is set up now
    for_drills  whether exercises and tests may reach it
    """

    output_id: str
    standard: str
    zone_ids: tuple[str, ...]
    stages: tuple[str, ...]
    is_serving: bool
    for_drills: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """All that is told: what waits for a release, and where each announcement stands.

    outputs         in the order of the settings
    deliveries      newest first
    not_retracted   outputs and alarms that got the alarm and not yet its end: (output_id, alarm_id)
    """

    outputs: tuple[Output, ...] = ()
    pending: tuple[PendingRelease, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    not_retracted: tuple[tuple[str, str], ...] = ()
