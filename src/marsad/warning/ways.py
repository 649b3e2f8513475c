"""One alarm on one output: whether it may go out, whose word counts, and what was said so far."""

from dataclasses import dataclass, field, replace
from math import isnan, nan

from marsad.errors import ReceivedError
from marsad.model.action import Release, Withhold
from marsad.model.announcement import Earlier, PendingRelease, Undecided
from marsad.model.effect import Actuate, Announce
from marsad.model.reason import Reason
from marsad.model.role import Permission, may
from marsad.model.visible import same_name
from marsad.model.warning import Alarm, AlarmState
from marsad.warning.outputs import OutputSettings, ReleaseSettings
from marsad.warning.sentences import is_rocket

_S = 1_000_000_000
EARLIER_MAX = 10
# Less time than what was told by this share, and by so many seconds, is news: people act on it.
_LESS_SHARE, _LESS_S = 0.5, 10.0


@dataclass(slots=True)
class Way:
    """The state of one alarm on one output. Pickles.

    alarm         as it was last
    rule          by which it goes out
    asked_t_ns    since when it waits for a decision
    ruled_t_ns    when its rule was fulfilled
    told          what was said so far: the first, and the newest of the others
    has_news      something to tell of has happened since
    renew_t_ns    when what was said last has to be said anew, lest it expires while the alarm stands
    told_t_ns     when anything was said of it last; 0 before
    told_left_s   the time left that was said then; NaN for none
    told_rockets  whether it was ever said that rockets come
    level         what an actuator was set to by it, None where it is off or there is none
    shown         what an output shows of it that shows nothing by itself after a start; None for nothing
    deputies      who is asked once the duty officer has had their time
    is_supervised   whether the site names a supervisor, whose word is one of two
    countersigned   whether one of released_by may give that word
    is_needless     whether nobody needs to hear of it first: those it concerns were told to take cover
    news_t_ns       from then on it is news if its objects are still dangerous; 0 while people are in cover
    """

    alarm: Alarm
    output: OutputSettings
    rule: ReleaseSettings
    asked_t_ns: int
    ruled_t_ns: int
    released_by: tuple[str, ...] = ()
    withheld_by: str = ""
    deputy_asked: bool = False
    told: list[Earlier] = field(default_factory=list)
    has_news: bool = False
    renew_t_ns: int = 0
    told_t_ns: int = 0
    told_left_s: float = nan
    told_rockets: bool = False
    level: Actuate | None = None
    shown: Announce | None = None
    deputies: tuple[str, ...] = ()
    is_supervised: bool = False
    countersigned: bool = False
    is_needless: bool = False
    news_t_ns: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Alarm and output."""
        return self.alarm.alarm_id, self.output.name

    @property
    def deputy_t_ns(self) -> int:
        """When the deputy is asked as well."""
        return self.asked_t_ns + int(self.rule.decide_within_s * _S)

    @property
    def undecided_t_ns(self) -> int:
        """When nobody has decided in time."""
        return self.deputy_t_ns + int(self.rule.deputy_within_s * _S)

    def ask_again(self, t_ns: int) -> None:
        """Whoever is to decide has the whole time once more."""
        self.asked_t_ns, self.withheld_by, self.deputy_asked = t_ns, "", False

    def begin_anew(self, t_ns: int) -> None:
        """What nobody needed to hear is news: it is asked about as if its rule were fulfilled just now."""
        self.is_needless, self.news_t_ns, self.ruled_t_ns = False, 0, t_ns
        self.ask_again(t_ns)

    def refusal(self, action: Release | Withhold) -> ReceivedError | None:
        """Why the word of whoever acts does not count here; None where it does."""
        alarm_id, by, rule = self.alarm.alarm_id, action.by, self.rule
        if rule.deciders and by not in (*rule.deciders, *self.deputies):
            named = ", ".join((*rule.deciders, *self.deputies))
            return ReceivedError(
                "decider-needed", f"{by[:80]} does not decide on alarm {alarm_id}; these do: {named}"
            )
        withholds = isinstance(action, Withhold)
        repeats = any(same_name(by, one) for one in self.released_by)
        if not withholds and repeats and not self.withheld_by:
            return ReceivedError(
                "second-person-needed",
                f"{by} has released alarm {alarm_id} already: another person has to agree",
            )
        is_last = len(self.released_by) == 1 and not self.countersigned and not repeats
        if rule.people == 2 and (withholds or is_last) and not self._countersigns(action):
            what = "be withheld by" if withholds else "have the word of"
            return ReceivedError(
                "supervisor-needed", f"alarm {alarm_id} waits for two people: it has to {what} a supervisor"
            )
        return None

    def hear(self, action: Release) -> None:
        """Somebody whose word counts releases it: no hold stands against it, and earlier words count."""
        self.withheld_by = ""
        if not any(same_name(action.by, one) for one in self.released_by):
            self.released_by = (*self.released_by, action.by)
        self.countersigned = self.countersigned or self._countersigns(action)

    def withhold(self, t_ns: int, by: str) -> None:
        """Somebody whose word counts holds it back: until the time to decide is over once more.

        What others have said counts again once the hold is over; their own word they have taken back.
        """
        self.ask_again(t_ns)
        self.withheld_by = by
        self.released_by = tuple(one for one in self.released_by if not same_name(by, one))
        self.countersigned = self.countersigned and bool(self.released_by)

    def _countersigns(self, action: Release | Withhold) -> bool:
        role = action.role
        return role is None or may(role, Permission.COUNTERSIGN, is_supervised=self.is_supervised)

    def release(self, t_ns: int) -> Reason | None:
        """Why it goes out now; None while it does not."""
        rule = self.rule
        if self.alarm.state is not AlarmState.ACTIVE:
            return None
        if rule.people == 0:
            return Reason("release.automatic")
        if len(self.released_by) >= rule.people and not self.withheld_by:
            return Reason("release.people", (("people", ", ".join(self.released_by)),))
        left_s = self._left_s()
        # to hold back is to wait, and there is no time to: who knows that it is false retracts it
        if not isnan(left_s) and left_s <= rule.decide_within_s + self.output.delivery_s:
            return Reason("release.no_time", (("time_left_s", left_s),))
        if self.withheld_by:
            if t_ns < self.undecided_t_ns:
                return None
            self.ask_again(t_ns)  # no hold lasts for ever
        if t_ns >= self.undecided_t_ns and rule.undecided is Undecided.RELEASE:
            return Reason("release.undecided", (("within_s", (self.undecided_t_ns - self.asked_t_ns) / _S),))
        return None

    def _left_s(self) -> float:
        """The time left; where no course leads to a zone yet, that at full speed straight to it; or NaN."""
        likely_s = self.alarm.time_left.likely_s
        return self.alarm.soonest_s if isnan(likely_s) else likely_s

    def hurries(self, t_ns: int) -> bool:
        """Whether much less time is left than people think by what they were told."""
        think_s = self.told_left_s - (t_ns - self.told_t_ns) / _S
        less_s = think_s - self.alarm.time_left.likely_s  # NaN where either is not known: no news
        return less_s > max(_LESS_S, _LESS_SHARE * think_s)

    @property
    def is_graver(self) -> bool:
        """Whether rockets come where people were told of drones alone: that waits for nothing."""
        return not self.told_rockets and self.alarm.state is AlarmState.ACTIVE and is_rocket(self.alarm)

    def said(self, earlier: Earlier, left_s: float) -> None:
        """Something was said about it, and that so much time is left."""
        self.told.append(earlier)
        self.told_rockets |= is_rocket(self.alarm)
        self.told_t_ns, self.told_left_s = earlier.made_t_ns, left_s
        if len(self.told) > EARLIER_MAX:
            del self.told[1]
        self.has_news = False

    def pending(self) -> PendingRelease:
        """What it waits for."""
        rule, alarm = self.rule, self.alarm
        return PendingRelease(
            alarm_id=alarm.alarm_id,
            zone_id=alarm.zone_id,
            stage=alarm.stage,
            output_ids=(self.output.name,),
            people=rule.people,
            released_by=self.released_by,
            asked_t_ns=self.asked_t_ns,
            deputy_t_ns=self.deputy_t_ns,
            undecided_t_ns=self.undecided_t_ns,
            undecided=rule.undecided,
            withheld_by=self.withheld_by,
            deciders=tuple(rule.deciders),
            deputies=self.deputies,
            wants_supervisor=rule.people == 2 and len(self.released_by) == 1 and not self.countersigned,
        )


def gathered(waiting: list[Way]) -> tuple[PendingRelease, ...]:
    """What waits, one for each alarm and question; outputs that wait for the same are one question."""
    found: dict[PendingRelease, list[str]] = {}
    for way in waiting:
        pending = way.pending()
        found.setdefault(replace(pending, output_ids=()), []).append(way.output.name)
    asked = (replace(one, output_ids=tuple(names)) for one, names in found.items())
    return tuple(sorted(asked, key=lambda one: (one.undecided_t_ns, one.alarm_id, one.output_ids)))
