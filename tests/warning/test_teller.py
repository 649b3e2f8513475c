"""What goes out on which output, when, and what ends it: over the warner's own alarms."""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan

import pytest

from marsad.errors import ReceivedError
from marsad.model.action import (
    AllClear,
    Release,
    Retract,
    TakeBackAllClear,
    TakeBackRetraction,
    TryOutputs,
    Withhold,
)
from marsad.model.announcement import (
    AnnouncementKind,
    Delivered,
    DeliveryState,
    DrillAnnouncement,
    DrillSwitch,
    LiveAnnouncement,
    LiveSwitch,
    Purpose,
)
from marsad.model.authority import AuthorityCard, CardDuty
from marsad.model.effect import Actuate, Announce
from marsad.model.language import LANGUAGES
from marsad.model.reason import Reason
from marsad.model.role import Permission, Role
from marsad.model.site import Mode, Site
from marsad.model.threat import Level, ThreatAssessment
from marsad.model.track import TrackTable
from marsad.report.wording import catalogue
from marsad.report.wording import word as word_of
from marsad.site.deliveries import delivered_from_json, json_from_delivered
from marsad.warning import Teller, Warner, WarningSettings
from marsad.warning.deliveries import DELIVERIES_MAX, Dispatch
from marsad.warning.output_health import HealthOfOutputs
from marsad.warning.outputs import NATURES, Nature, PlainOutputSettings, ReleaseSettings
from marsad.warning.sentences import is_rocket, sentences
from marsad.warning.teller import SHOWN_MAX

S = 1_000_000_000
LIVE = WarningSettings(live_warning=True)
Threat = Callable[..., ThreatAssessment]
Tables = Callable[..., TrackTable]


def output(name: str = "gate", standard: str = "webhook", **more: object) -> PlainOutputSettings:
    return PlainOutputSettings.model_validate({"name": name, "standard": standard, **more})


@pytest.fixture(autouse=True)
def _siren(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of output that carries levels, and one that answers nothing."""
    monkeypatch.setitem(NATURES, "siren", Nature(carries_levels=True))
    monkeypatch.setitem(NATURES, "loud", Nature(answers=False, knows_doubles=False))


class Told:
    """A warner and a teller that go through time together."""

    def __init__(
        self,
        site: Site,
        outputs: Sequence[PlainOutputSettings],
        threat: Threat,
        table: Tables,
        rules: Sequence[ReleaseSettings] = (),
        settings: WarningSettings = LIVE,
        card: AuthorityCard | None = None,
        is_supervised: bool = False,
    ) -> None:
        site = replace(site, authority=card or AuthorityCard())
        self.warner = Warner(site, settings)
        self.teller = Teller(site, settings, outputs, rules, is_supervised=is_supervised)
        self.health = HealthOfOutputs(outputs, self.teller.used, None)
        self._threat, self._table = threat, table

    def at(self, t_s: float, **tracks: tuple[str, Level, float]) -> list[Dispatch]:
        """One cycle; tracks by number: `t1=("fuel", Level.WARN, 40.0)`."""
        t_ns = START + int(t_s * S)
        threats = [
            self._threat(int(name[1:]), seconds=left_s, **{zone: level})
            for name, (zone, level, left_s) in tracks.items()
        ]
        numbers = [int(name[1:]) for name in tracks]
        events = self.warner.consider(t_ns, threats, self._table(t_ns, *numbers))
        words = self.teller.consider(t_ns, events, self.warner.alarms())
        self.health.note_drill(self.teller.drilling().last)
        self.health.pass_time(t_ns)
        return words

    def act(
        self,
        t_s: float,
        action: AllClear | TakeBackAllClear | TakeBackRetraction | Retract | Release | Withhold | TryOutputs,
    ) -> list[Dispatch]:
        t_ns = START + int(t_s * S)
        events = self.warner.act(t_ns, action)
        words = self.teller.act(t_ns, action)
        return words + self.teller.consider(t_ns, events, self.warner.alarms())

    def delivered(self, t_s: float, word: Dispatch, state: DeliveryState, by: str = "") -> None:
        if isinstance(word, Announce):
            output_id, name = word.announcement.output_id, word.announcement.announcement_id
        else:
            output_id, name = word.output_id, word.announcement_id
        t_ns = START + int(t_s * S)
        before, after = self.teller.hear(t_ns, Delivered(output_id, name, state, by=by))
        self.health.hear(t_ns, before, after, state)

    def alarm_id(self) -> str:
        return self.warner.alarms()[0].alarm_id


START = 1_641_285_600_000_000_000
WARN = ("fuel", Level.WARN, 40.0)


def kinds(words: Sequence[Dispatch]) -> list[str]:
    return [
        word.announcement.kind.value
        if isinstance(word, Announce)
        else f"{'on' if word.switch.is_on else 'off'}"
        for word in words
    ]


@pytest.fixture
def make(site: Site, threat: Threat, table: Tables) -> Callable[..., Told]:
    def made(*outputs: PlainOutputSettings, mode: Mode = Mode.LIVE, **more: object) -> Told:
        return Told(replace(site, mode=mode), outputs, threat, table, **more)  # type: ignore[arg-type]

    return made


# --- what goes where -----------------------------------------------------------------------------


def test_take_cover_goes_out_in_the_cycle_that_fulfils_its_rule(make: Callable[..., Told]) -> None:
    one = make(output())
    (word,) = one.at(0, t1=WARN)
    assert isinstance(word, Announce) and isinstance(word.announcement, LiveAnnouncement)
    said = word.announcement
    assert (said.kind, said.zone_id, said.stage) == (AnnouncementKind.WARNING, "fuel", Level.WARN)
    assert (said.made_t_ns, said.ruled_t_ns, said.expires_t_ns) == (START, START, START + 600 * S)
    assert said.is_first and said.reasons[-1].code == "release.automatic"
    assert said.first_plot_t_ns == START
    assert one.at(1, t1=WARN) == []  # once


def test_an_output_is_told_of_its_zones_and_stages_only(make: Callable[..., Told]) -> None:
    one = make(output("fuel", zones=["fuel"]), output("hq", zones=["hq"]), output("low", stages=["ALERT"]))
    assert [word.announcement.output_id for word in one.at(0, t1=WARN)] == ["fuel"]  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", [Mode.TEST, Mode.EXERCISE])
def test_a_site_that_is_not_live_reaches_outputs_for_drills_alone_with_drills(
    make: Callable[..., Told], mode: Mode
) -> None:
    one = make(
        output("real"), output("both", drills=True), output("drill", live=False, drills=True), mode=mode
    )
    words = one.at(0, t1=WARN)
    said = [word.announcement for word in words if isinstance(word, Announce)]
    assert [item.output_id for item in said] == ["both", "drill"]
    purpose = Purpose.EXERCISE if mode is Mode.EXERCISE else Purpose.TEST
    assert all(isinstance(item, DrillAnnouncement) and item.purpose is purpose for item in said)


def test_a_live_site_without_its_second_key_is_a_test(make: Callable[..., Told]) -> None:
    one = make(output("real"), output("both", drills=True), settings=WarningSettings())
    (word,) = one.at(0, t1=WARN)
    assert isinstance(word, Announce) and isinstance(word.announcement, DrillAnnouncement)
    assert word.announcement.output_id == "both"


def test_a_live_site_keeps_outputs_that_are_for_drills_alone_silent(make: Callable[..., Told]) -> None:
    one = make(output("drill", live=False, drills=True))
    assert one.at(0, t1=WARN) == []


# --- growing, passing, ending ----------------------------------------------------------------------


def test_fifty_drones_are_told_as_often_as_an_output_wants_to_hear_it(make: Callable[..., Told]) -> None:
    one = make(output(updates_s=120))
    told = []
    tracks: dict[str, tuple[str, Level, float]] = {}
    for second in range(600):
        if second % 12 == 0:
            tracks[f"t{second // 12 + 1}"] = WARN
        told += one.at(second, **tracks)
    assert kinds(told) == ["warning", "update", "update", "update", "update"]
    last = told[-1]
    assert isinstance(last, Announce) and last.announcement.track_count == 41
    assert len(last.announcement.earlier) == 4 and not last.announcement.is_first


def test_rockets_that_join_drones_are_told_at_once_however_rarely_news_is_wanted(
    site: Site, threat: Threat, table: Tables
) -> None:
    """Also where a drone is nearer, and where the class of the rocket is not yet clear."""

    def rockets(track_id: int, **levels: object) -> ThreatAssessment:
        drone = threat(track_id, **levels, class_name="bird" if track_id == 2 else "owa")
        return replace(drone, rule=Reason("rule.warn_impact")) if track_id == 2 else drone

    one = Told(site, [output(updates_s=3600), output("siren", "siren")], rockets, table)
    hq = ("hq", Level.WARN, 30.0)
    assert kinds(one.at(0, t1=WARN, t9=hq)) == ["warning", "on", "warning", "on"]
    assert [kinds(one.at(second, t1=WARN)) for second in range(1, 40)].count([]) == 38, "hq has passed"
    words = one.at(40, t1=("fuel", Level.WARN, 12.0), t2=("fuel", Level.WARN, 25.0))
    assert kinds(words) == ["warning", "on"]
    assert isinstance(words[0], Announce) and is_rocket(words[0].announcement)
    assert [one.at(40 + later, t1=WARN, t2=WARN) for later in range(1, 30)].count([]) == 29, "and once"


def test_that_one_alarm_has_passed_holds_back_no_news_of_another(make: Callable[..., Told]) -> None:
    one = make(output(updates_s=60))
    hq = ("hq", Level.WARN, 30.0)
    one.at(0, t1=WARN, t9=hq)
    assert [kinds(one.at(second, t1=WARN)) for second in range(1, 59)].count([]) == 57, "hq has passed"
    assert kinds(one.at(59, t1=WARN, t2=WARN)) == []
    assert kinds(one.at(60, t1=WARN, t2=WARN)) == ["update"]


def test_what_passes_is_said_and_a_siren_is_left_alone(make: Callable[..., Told]) -> None:
    one = make(output(), output("siren", "siren"))
    assert kinds(one.at(0, t1=WARN)) == ["warning", "on"]
    assert kinds([word for second in range(1, 40) for word in one.at(second)]) == ["passed"]


@pytest.mark.parametrize("end", ["retraction", "all_clear"])
def test_what_ends_an_alarm_goes_wherever_the_alarm_went(make: Callable[..., Told], end: str) -> None:
    one = make(output(), output("siren", "siren"), output("slow", updates_s=3600), output("hq", zones=["hq"]))
    assert kinds(one.at(0, t1=WARN)) == ["warning", "on", "warning"]
    alarm_id = one.alarm_id()
    action = Retract("Lina", alarm_id, "our own drone") if end == "retraction" else AllClear("Lina", "fuel")
    words = one.act(5, action)
    assert kinds(words) == [end, "off", end]
    said = words[0].announcement  # type: ignore[union-attr]
    assert said.by == "Lina" and len(said.earlier) == 1
    if end == "retraction":
        assert said.reasons[0].arguments == (("words", "our own drone"),)
    assert one.warner.alarms() == ()


def test_a_retraction_needs_a_reason(make: Callable[..., Told]) -> None:
    one = make(output())
    one.at(0, t1=WARN)
    with pytest.raises(ReceivedError, match="told why"):
        one.act(1, Retract("Lina", one.alarm_id(), " "))
    assert one.warner.alarms()


def test_who_got_the_alarm_and_not_yet_the_retraction_is_listed(make: Callable[..., Told]) -> None:
    one = make(output("a"), output("b"), output("c", "loud"))
    words = one.at(0, t1=WARN)
    one.delivered(1, words[0], DeliveryState.ACCEPTED)
    one.delivered(1, words[2], DeliveryState.SENT)  # b never got the alarm
    alarm_id = one.alarm_id()
    ends = one.act(5, Retract("Lina", alarm_id, "a bird"))
    assert set(one.teller.telling().not_retracted) == {("a", alarm_id), ("c", alarm_id)}
    one.delivered(6, ends[0], DeliveryState.SENT)  # a answers: sent is not yet there
    one.delivered(6, ends[2], DeliveryState.SENT)
    assert one.teller.telling().not_retracted == (("a", alarm_id),)
    one.delivered(7, ends[0], DeliveryState.ACCEPTED)
    assert one.teller.telling().not_retracted == ()


def test_who_is_on_a_list_of_which_some_have_the_alarm_is_listed_until_all_have_its_end(
    make: Callable[..., Told],
) -> None:
    one = make(output("list", "sms"), output("page", "page"))
    words = one.at(0, t1=WARN)
    for word in words:
        one.delivered(1, word, DeliveryState.SENT)  # the page was shown to nobody
        one.delivered(2, word, DeliveryState.TOO_LATE)
    (end, _) = one.act(5, Retract("Lina", alarm_id := one.alarm_id(), "a bird"))
    one.delivered(6, end, DeliveryState.SENT)
    assert one.teller.telling().not_retracted == (("list", alarm_id),)
    assert [item.output_id for item in one.teller.tellings() if item.is_unended] == ["list"]
    one.delivered(7, end, DeliveryState.ACCEPTED)
    assert one.teller.telling().not_retracted == ()


def test_a_siren_of_two_alarms_goes_off_with_the_second(make: Callable[..., Told], site: Site) -> None:
    settings = WarningSettings(live_warning=True, raid_window_s=60)
    one = make(output("siren", "siren", stages=["WARN"]), settings=settings)
    (first,) = one.at(0, t1=WARN)
    for second in range(1, 100):
        one.at(second)
    (second_on,) = one.at(100, t2=WARN)  # another raid, another alarm of the same zone
    old, new = sorted(alarm.alarm_id for alarm in one.warner.alarms())
    assert kinds(one.act(101, Retract("Lina", old, "nothing"))) == []
    assert kinds(one.act(102, Retract("Lina", new, "nothing"))) == ["off"]
    assert isinstance(first, Actuate) and isinstance(second_on, Actuate)
    assert isinstance(first.switch, LiveSwitch)


def test_while_an_alarm_stands_nothing_that_was_said_of_it_expires(make: Callable[..., Told]) -> None:
    """Nobody may think that it is over because a message or a siren ran out."""
    one = make(output(), output("siren", "siren"), settings=LIVE.model_copy(update={"expires_s": 100.0}))
    words = [word for second in range(500) for word in one.at(second, t1=WARN)]
    until_s, spoken = {"gate": 0.0, "siren": 0.0}, {"gate": 0, "siren": 0}
    for word in words:
        if isinstance(word, Announce):
            name, t_ns = "gate", word.announcement.made_t_ns
            expires_t_ns = word.announcement.expires_t_ns
        else:
            name, t_ns, expires_t_ns = "siren", word.switch.until_t_ns - 100 * S, word.switch.until_t_ns
        at_s = (t_ns - START) / S
        assert spoken[name] == 0 or at_s < until_s[name]
        until_s[name], spoken[name] = (expires_t_ns - START) / S, spoken[name] + 1
    assert spoken == {"gate": 7, "siren": 7} and min(until_s.values()) > 500
    passed = [word for second in range(500, 800) for word in one.at(second)]
    assert kinds(passed) == ["passed"] * 4, "people still wait for the all-clear; a siren may end"


# --- who decides -------------------------------------------------------------------------------------

TWO = ReleaseSettings(people=2, decide_within_s=20, deputy_within_s=10)
FAR = ("fuel", Level.WARN, 200.0)


def test_two_different_people_release_it(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO])
    assert one.at(0, t1=FAR) == []
    (pending,) = one.teller.telling().pending
    assert (pending.people, pending.released_by, pending.output_ids) == (2, (), ("gate",))
    assert (pending.deputy_t_ns - START, pending.undecided_t_ns - START) == (20 * S, 30 * S)
    alarm_id = one.alarm_id()
    assert one.act(1, Release("Lina", alarm_id)) == []
    with pytest.raises(ReceivedError, match="another person"):
        one.act(2, Release("Lina", alarm_id))
    words = one.act(3, Release("Omar", alarm_id))
    assert kinds(words) == ["warning"]
    said = words[0].announcement  # type: ignore[union-attr]
    assert said.by == "Lina, Omar" and said.ruled_t_ns == START and said.made_t_ns == START + 3 * S
    assert one.teller.telling().pending == ()


SENIOR = Role.SUPERVISOR


def test_of_two_people_one_is_a_supervisor_where_the_site_names_one(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO], is_supervised=True)
    one.at(0, t1=FAR)
    alarm_id = one.alarm_id()
    assert one.act(1, Release("Lina", alarm_id, role=Role.OPERATOR)) == []
    assert one.teller.telling().pending[0].wants_supervisor
    with pytest.raises(ReceivedError, match="word of a supervisor") as refused:
        one.act(2, Release("Omar", alarm_id, role=Role.OPERATOR))
    assert refused.value.reason == "supervisor-needed"
    assert one.teller.telling().pending[0].released_by == ("Lina",), "nothing is left of what was refused"
    assert kinds(one.act(3, Release("Huda", alarm_id, role=SENIOR))) == ["warning"]


def test_a_supervisor_may_be_the_first_of_two(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO], is_supervised=True)
    one.at(0, t1=FAR)
    assert one.act(1, Release("Huda", one.alarm_id(), role=SENIOR)) == []
    assert not one.teller.telling().pending[0].wants_supervisor
    assert kinds(one.act(2, Release("Lina", one.alarm_id(), role=Role.OPERATOR))) == ["warning"]


def test_what_takes_two_is_withheld_by_a_supervisor_alone(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO], is_supervised=True)
    one.at(0, t1=FAR)
    with pytest.raises(ReceivedError, match="withheld by a supervisor"):
        one.act(1, Withhold("Lina", one.alarm_id(), role=Role.OPERATOR))
    one.act(1, Withhold("Huda", one.alarm_id(), role=SENIOR))
    assert one.teller.telling().pending[0].withheld_by == "Huda"


def test_two_operators_are_two_people_where_there_is_no_supervisor(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO])
    one.at(0, t1=FAR)
    one.act(1, Release("Lina", one.alarm_id(), role=Role.OPERATOR))
    assert kinds(one.act(2, Release("Omar", one.alarm_id(), role=Role.OPERATOR))) == ["warning"]


@pytest.mark.parametrize("again", ["Lina", "lina", " Lina ", "ＬＩＮＡ"])
def test_a_name_written_otherwise_is_no_second_person(make: Callable[..., Told], again: str) -> None:
    one = make(output(), rules=[TWO])
    one.at(0, t1=FAR)
    one.act(1, Release("Lina", one.alarm_id()))
    with pytest.raises(ReceivedError, match="another person"):
        one.act(2, Release(again, one.alarm_id()))


def test_a_rule_that_names_who_decides_hears_nobody_else(make: Callable[..., Told]) -> None:
    rule = ReleaseSettings(people=1, deciders=["Huda"], deputies=["Salim"], decide_within_s=20)
    one = make(output(), rules=[rule])
    one.at(0, t1=FAR)
    for action in (Release("Omar", one.alarm_id()), Withhold("Omar", one.alarm_id())):
        with pytest.raises(ReceivedError, match="these do: Huda, Salim") as refused:
            one.act(1, action)
        assert refused.value.reason == "decider-needed"
    pending = one.teller.telling().pending[0]
    assert (pending.deciders, pending.deputies, pending.withheld_by) == (("Huda",), ("Salim",), "")
    assert kinds(one.act(2, Release("Salim", one.alarm_id()))) == ["warning"]


def test_a_word_counts_on_those_outputs_alone_whose_rule_it_is(make: Callable[..., Told]) -> None:
    named = ReleaseSettings(outputs=["town"], people=1, deciders=["Huda"])
    one = make(output("town"), output("gate"), rules=[named, ReleaseSettings(people=1)])
    one.at(0, t1=FAR)
    (word,) = one.act(1, Release("Omar", one.alarm_id()))
    assert isinstance(word, Announce) and word.announcement.output_id == "gate"
    with pytest.raises(ReceivedError, match="does not decide"):
        one.act(2, Release("Omar", one.alarm_id()))


def test_the_deputy_of_the_card_is_asked_by_name(make: Callable[..., Told], site: Site) -> None:
    duties = (
        CardDuty(Permission.END, (), (), ("Huda",), ("Nobody",)),
        CardDuty(Permission.RELEASE, ("fuel",), ("WARN",), ("Huda",), ("Salim", "Rana")),
        CardDuty(Permission.RELEASE, (), (), ("Huda",), ("Omar",)),
    )
    one = make(output(), rules=[ReleaseSettings(people=1)], card=AuthorityCard((), duties))
    one.at(0, t1=FAR)
    assert one.teller.telling().pending[0].deputies == ("Salim", "Rana")
    one.at(19, t1=FAR)
    assert one.teller.take_lines() == []
    one.at(20, t1=FAR)
    (line,) = one.teller.take_lines()
    assert line.what.code == "telling.release.deputy_named"
    assert dict(line.what.arguments)["deputies"] == "Salim, Rana"


def test_nobody_decides_and_the_rule_does_after_the_deputy_was_asked(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO])
    told = {second: kinds(one.at(second, t1=FAR)) for second in range(40)}
    assert {second: words for second, words in told.items() if words} == {30: ["warning"]}
    lines = one.teller.take_lines()
    assert [line.what.code for line in lines] == ["telling.release.deputy", "telling.release.undecided"]
    assert dict(lines[1].what.arguments)["within_s"] == TWO.decide_within_s + TWO.deputy_within_s


def test_nobody_decided_within_what_the_rule_gave_however_late_it_is_looked_at(
    make: Callable[..., Told],
) -> None:
    one = make(output(), rules=[TWO])
    one.at(0, t1=FAR)
    one.at(31.2, t1=FAR)
    (line,) = [line for line in one.teller.take_lines() if line.what.code == "telling.release.undecided"]
    assert dict(line.what.arguments)["within_s"] == 30.0


def test_withheld_by_rule_waits_for_somebody(make: Callable[..., Told]) -> None:
    rule = TWO.model_copy(update={"undecided": "withhold", "people": 1})
    one = make(output(), rules=[rule])
    assert [word for second in range(100) for word in one.at(second, t1=FAR)] == []
    assert kinds(one.act(100, Release("Lina", one.alarm_id()))) == ["warning"]


def test_a_person_holds_it_back_and_the_question_comes_again(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO])
    one.at(0, t1=FAR)
    one.act(5, Release("Omar", one.alarm_id()))
    one.act(10, Withhold("Lina", one.alarm_id(), "looks like a bird"))
    told = {second: kinds(one.at(second, t1=FAR)) for second in range(11, 100)}
    # held to 40 s, asked again, undecided at 70 s
    assert {second: words for second, words in told.items() if words} == {70: ["warning"]}


def test_too_little_time_left_waits_for_nobody_and_says_so(make: Callable[..., Told]) -> None:
    one = make(output(delivery_s=5), rules=[TWO])
    assert one.at(0, t1=("fuel", Level.WARN, 25.1)) == []
    (word,) = one.at(1, t1=("fuel", Level.WARN, 25.0))
    assert word.announcement.reasons[-1].code == "release.no_time"  # type: ignore[union-attr]


def test_what_concerns_every_zone_is_asked_about_where_there_are_several(
    make: Callable[..., Told], site: Site
) -> None:
    one = make(output())
    alert = ("fuel", Level.ALERT, 200.0)
    told = {second: kinds(one.at(second, t1=alert)) for second in range(50)}
    assert {second: words for second, words in told.items() if words} == {41: ["warning"]}
    alone = make(output())
    alone.teller = Teller(replace(site, zones=site.zones[:1]), LIVE, [output()], [])
    told = {second: kinds(alone.at(second, t1=alert)) for second in range(5)}
    assert {second: words for second, words in told.items() if words} == {1: ["warning"]}


def test_what_is_over_before_it_was_released_is_told_to_nobody(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO])
    one.at(0, t1=FAR)
    assert one.act(5, Retract("Lina", one.alarm_id(), "a bird")) == []
    assert one.teller.telling().pending == ()


def test_there_must_be_something_to_decide(make: Callable[..., Told]) -> None:
    one = make(output())
    one.at(0, t1=WARN)
    for action in (Release("Lina", one.alarm_id()), Withhold("Lina", "nothing")):
        with pytest.raises(ReceivedError, match="waits for no decision"):
            one.act(1, action)


# --- what became of it -------------------------------------------------------------------------------


def test_states_grow_with_their_times(make: Callable[..., Told]) -> None:
    one = make(output())
    (word,) = one.at(0, t1=WARN)
    one.delivered(1, word, DeliveryState.NOT_SENT)
    one.delivered(2, word, DeliveryState.ACCEPTED)
    one.delivered(3, word, DeliveryState.CONFIRMED, "Gate 1")
    one.delivered(4, word, DeliveryState.CONFIRMED, "Gate 2")
    one.delivered(5, word, DeliveryState.SENT)  # an old word changes nothing
    one.delivered(6, word, DeliveryState.TOO_LATE)
    assert isinstance(word, Announce)
    not_again = (word.announcement.output_id, word.announcement.announcement_id, DeliveryState.NOT_SENT)
    one.teller.hear(START + 7 * S, Delivered(*not_again, "no screen has it open yet", code="no_screen"))
    (delivery,) = one.teller.telling().deliveries
    assert (delivery.detail, delivery.code) == ("", ""), "it has arrived: going out again has no trouble"
    assert delivery.state is DeliveryState.CONFIRMED and delivery.confirmed_by == ("Gate 1", "Gate 2")
    times = zip(DeliveryState, delivery.reached_t_ns, strict=True)
    reached = {state.name: (t - START) // S for state, t in times if t}
    assert reached == {"WANTED": 0, "NOT_SENT": 1, "SENT": 5, "ACCEPTED": 2, "CONFIRMED": 3}


def test_who_confirms_on_a_page_without_a_key_is_no_known_person(make: Callable[..., Told]) -> None:
    one = make(output())
    (word,) = one.at(0, t1=WARN)
    assert isinstance(word, Announce)
    name = word.announcement.announcement_id
    one.delivered(1, word, DeliveryState.ACCEPTED)
    one.teller.take_lines()
    for by in ("Olga", "", "Olga"):
        said = Delivered("gate", name, DeliveryState.CONFIRMED, by=by, unproved=True)
        one.teller.hear(START + 2 * S, delivered_from_json(json_from_delivered(said)))
    (delivery,) = one.teller.telling().deliveries
    assert (delivery.state, delivery.confirmed_by) == (DeliveryState.ACCEPTED, ())
    assert delivery.said_to_be == ("Olga", "")
    lines = one.teller.take_lines()
    assert [(line.what.code, line.by) for line in lines] == [
        ("delivery.said_to_be", ""),
        ("delivery.said_by_somebody", ""),
    ], "once each, and by nobody"
    for language in LANGUAGES:
        assert "Olga" in word_of(lines[0].what, language)
    old = b'{"output_id":"gate","announcement_id":"a","state":"confirmed","detail":"","by":"Olga","code":""}'
    assert not delivered_from_json(old).unproved, "as a journal of before has it"


def test_an_unknown_announcement_is_refused_with_its_name(make: Callable[..., Told]) -> None:
    one = make(output("a"), output("b"))
    word, _ = one.at(0, t1=WARN)
    assert isinstance(word, Announce)
    with pytest.raises(ReceivedError, match="'nonsense'"):
        one.teller.hear(START, Delivered("a", "nonsense", DeliveryState.SENT))
    with pytest.raises(ReceivedError, match="output 'b'"):
        one.teller.hear(START, Delivered("b", word.announcement.announcement_id, DeliveryState.SENT))


def test_after_a_start_what_was_not_accepted_goes_out_again_and_what_expired_never(
    make: Callable[..., Told],
) -> None:
    one = make(output("a"), output("b"), output("c", "loud"), output("siren", "siren"))
    words = one.at(0, t1=WARN)
    one.delivered(1, words[0], DeliveryState.ACCEPTED)
    one.delivered(1, words[2], DeliveryState.SENT)
    one.delivered(1, words[3], DeliveryState.ACTUATED)
    one.teller = pickle.loads(pickle.dumps(one.teller))
    again = one.teller.begin(START + 60 * S)
    assert again == [words[1], words[3]]  # b has not answered; a siren is set to what it should be
    (off,) = one.teller.begin(START + 700 * S)  # its time ended while nobody was there to end it
    assert isinstance(off, Actuate) and off.output_id == "siren" and not off.switch.is_on
    late = {item.output_id: item.state for item in one.teller.telling().deliveries}
    assert late["b"] is DeliveryState.TOO_LATE and late["a"] is DeliveryState.ACCEPTED


def test_what_shows_nothing_by_itself_after_a_start_gets_what_stands_though_it_had_it(
    make: Callable[..., Told],
) -> None:
    """A phone that was open all the while would say that there is no alarm; so would one that opens now."""
    one = make(output("screens", "page"), output("map", "cot"), output("a"))
    words = one.at(0, t1=WARN)
    for word in words:
        one.delivered(1, word, DeliveryState.ACCEPTED)
    one.teller = pickle.loads(pickle.dumps(one.teller))
    assert one.teller.begin(START + 2 * S) == words[:2]
    # it has passed: who stays in cover is to read that
    passed = [word for second in range(3, 45) for word in one.at(second)]
    for word in passed:
        one.delivered(45, word, DeliveryState.ACCEPTED)
    assert kinds(passed) == ["passed"] * 3 and one.teller.begin(START + 46 * S) == passed[:2]
    for word in one.act(50, AllClear("Lina")):
        one.delivered(51, word, DeliveryState.ACCEPTED)
    assert one.teller.begin(START + 52 * S) == []


def test_deliveries_are_bounded(make: Callable[..., Told]) -> None:
    one = make(output(updates_s=0))
    words = [word for number in range(DELIVERIES_MAX + 50) for word in one.at(number, **{f"t{number}": WARN})]
    assert len(words) > DELIVERIES_MAX
    assert len(one.teller.telling().deliveries) == SHOWN_MAX
    assert one.teller.counters["delivery.dropped"] == len(words) - DELIVERIES_MAX > 0


# --- tests of the chain ---------------------------------------------------------------------------------


def test_a_test_goes_to_what_is_for_drills_even_on_a_live_site(make: Callable[..., Told]) -> None:
    one = make(output("real"), output("both", drills=True), output("siren", "siren", drills=True, test_s=3))
    words = one.act(0, TryOutputs("Lina"))
    assert kinds(words) == ["test", "on"]
    assert isinstance(words[0], Announce) and isinstance(words[0].announcement, DrillAnnouncement)
    assert isinstance(words[1], Actuate) and isinstance(words[1].switch, DrillSwitch)
    assert words[1].switch.until_t_ns == START + 3 * S
    with pytest.raises(ReceivedError, match=r"'real' is not among .* marked for drills .*: both"):
        one.act(1, TryOutputs("Lina", ("real",)))


def test_a_switch_holds_nothing_but_zone_stage_state_and_end() -> None:
    assert set(LiveSwitch.__dataclass_fields__) == {"zone_id", "stage", "is_on", "until_t_ns"}
    assert set(DrillSwitch.__dataclass_fields__) == set(LiveSwitch.__dataclass_fields__)


def test_what_a_dead_site_left_on_is_switched_off_once_its_time_is_over(make: Callable[..., Told]) -> None:
    one = make(output("siren", "siren", drills=True), output("gate"))
    (test, *_) = one.act(0, TryOutputs("Lina", ("siren",)))
    one.delivered(0, test, DeliveryState.ACTUATED)
    (on, _) = one.at(1, t1=WARN)
    one.delivered(1, on, DeliveryState.ACTUATED)
    for second in range(2, 40):
        one.at(second)  # it passes, and is not renewed
    one.teller = pickle.loads(pickle.dumps(one.teller))
    late = one.teller.begin(START + 601 * S)
    assert {type(word.switch) for word in late if isinstance(word, Actuate)} == {LiveSwitch, DrillSwitch}
    assert kinds([word for word in late if isinstance(word, Actuate)]) == ["off", "off"]
    assert {word.switch.zone_id for word in late if isinstance(word, Actuate)} == {"fuel", ""}


def test_what_ended_in_good_order_or_long_ago_is_left_alone_at_a_start(make: Callable[..., Told]) -> None:
    """A person may have switched it since."""
    one = make(output("siren", "siren"))
    (on,) = one.at(0, t1=WARN)
    one.delivered(0, on, DeliveryState.ACTUATED)
    (off,) = one.act(5, Retract("Lina", one.alarm_id(), "a bird"))
    one.delivered(5, off, DeliveryState.ACTUATED)
    assert one.teller.begin(START + 700 * S) == []
    other = make(output("siren", "siren"))
    (on,) = other.at(0, t1=WARN)
    other.delivered(0, on, DeliveryState.ACTUATED)
    other.at(1_300)
    assert other.teller.begin(START + 1_301 * S) == []


# --- how often, and what counts as news ---------------------------------------------------------------


def alerts_and_warns(one: Told, seconds: range, **tracks: tuple[str, Level, float]) -> list[Dispatch]:
    return [word for second in seconds for word in one.at(second, **tracks)]


def of_stage(words: Sequence[Dispatch], stage: Level) -> list[str]:
    return kinds([word for word in words if isinstance(word, Announce) and word.announcement.stage is stage])


def test_who_is_told_to_take_cover_hears_nothing_more_of_being_ready(make: Callable[..., Told]) -> None:
    alert, near = ("fuel", Level.ALERT, 42.0), ("fuel", Level.WARN, 40.0)
    one = make(output("fuel", zones=["fuel"], updates_s=0), output("all", updates_s=0))
    one.teller._rules = ()
    told = alerts_and_warns(one, range(2), t1=alert)
    told += alerts_and_warns(one, range(2, 6), t1=near)
    told += alerts_and_warns(one, range(6, 10), t1=near, t2=alert)
    said = [word.announcement for word in told if isinstance(word, Announce)]
    grown = [item.output_id for item in said if item.stage is Level.ALERT and not item.is_first]
    assert grown == ["all"], "who serves other zones still has to hear that the alert grows"
    # once nobody is in cover any more the alert is told as it stands, but not in one breath
    again = pickle.loads(pickle.dumps(one.teller)), pickle.loads(pickle.dumps(one.warner))
    later = one.act(10, AllClear("Lina", "fuel"))
    assert of_stage(later, Level.WARN) == ["all_clear", "all_clear"]
    assert of_stage(later, Level.ALERT) == []
    assert alerts_and_warns(one, range(11, 20), t2=alert) == []
    assert of_stage(alerts_and_warns(one, range(20, 22), t2=alert), Level.ALERT) == ["update"]
    # but one that comes after it is news at once
    one.teller, one.warner = again
    one.act(10, AllClear("Lina", "fuel"))
    told = alerts_and_warns(one, range(11, 14), t2=alert, t3=alert)
    assert of_stage(told, Level.ALERT) == ["update", "update"]


def test_an_output_for_readiness_alone_is_told_of_all_of_it(make: Callable[..., Told]) -> None:
    one = make(output("low", zones=["fuel"], stages=["ALERT"], updates_s=0))
    one.teller._rules = ()
    told = alerts_and_warns(one, range(3), t1=("fuel", Level.ALERT, 42.0))
    told += alerts_and_warns(one, range(3, 6), t1=("fuel", Level.WARN, 40.0), t2=("fuel", Level.ALERT, 100.0))
    assert kinds(told) == ["warning", "update"]


def test_much_less_time_than_was_said_is_told_once(make: Callable[..., Told]) -> None:
    one = make(output(updates_s=0))
    assert kinds(one.at(0, t1=("fuel", Level.WARN, 60.0))) == ["warning"]
    steady = [kinds(one.at(second, t1=("fuel", Level.WARN, 60.0 - second))) for second in range(1, 10)]
    assert not any(steady), "time that passes is no news"
    assert kinds(one.at(10, t1=("fuel", Level.WARN, 45.0))) == [], "nor is a little less"
    assert kinds(one.at(11, t1=("fuel", Level.WARN, 20.0))) == ["update"]
    assert kinds(one.at(12, t1=("fuel", Level.WARN, 19.0))) == []


def test_news_of_several_alarms_takes_turns_where_an_output_wants_to_be_told_rarely(
    make: Callable[..., Told],
) -> None:
    one = make(output(updates_s=60))
    tracks = {"t1": ("fuel", Level.WARN, 40.0), "t2": ("hq", Level.WARN, 40.0)}
    one.at(0, **tracks)
    told: list[tuple[int, str]] = []
    for second in range(1, 200):
        tracks[f"t{second + 2}"] = ("fuel" if second % 2 else "hq", Level.WARN, 40.0)
        words = one.at(second, **tracks)
        told += [(second, word.announcement.zone_id) for word in words if isinstance(word, Announce)]
    assert [second for second, _ in told] == [60, 120, 180]
    assert {zone for _, zone in told[:2]} == {"fuel", "hq"}


def test_where_no_course_is_known_yet_the_time_at_full_speed_decides(
    make: Callable[..., Told], threat: Threat
) -> None:
    def off_course(track_id: int, *, seconds: float, **zones: Level) -> ThreatAssessment:
        """It heads nowhere yet: a time is known only for the dash straight at a zone."""
        found = threat(track_id, seconds=seconds, **zones)
        zones_ = tuple(
            replace(zone, time_to_impact_s=nan, time_low_s=nan, time_high_s=nan) for zone in found.zones
        )
        return replace(found, zones=zones_)

    one = make(output(delivery_s=5), rules=[TWO])
    one._threat = off_course
    assert one.at(0, t1=("fuel", Level.WARN, 25.1)) == []
    (word,) = one.at(1, t1=("fuel", Level.WARN, 25.0))
    assert isinstance(word, Announce) and word.announcement.reasons[-1].code == "release.no_time"


# --- an all-clear that was wrong; who was told -----------------------------------------------------------


def test_an_all_clear_that_is_taken_back_goes_out_at_once_to_whoever_may_have_left_cover(
    make: Callable[..., Told],
) -> None:
    one = make(output(), output("siren", "siren"), rules=[TWO])
    one.at(0, t1=FAR)
    for by in ("Omar", "Lina"):
        one.act(1, Release(by, one.alarm_id()))
    assert kinds(one.act(30, AllClear("Lina"))) == ["all_clear", "off"]
    words = one.act(40, TakeBackAllClear("Lina", reason="one more was seen"))
    assert kinds(words) == ["warning", "on"], "it waits for no second person"
    (word, _) = words
    assert isinstance(word, Announce) and word.announcement.is_first
    assert word.announcement.reasons[0].code == "alarm.all_clear_taken_back"


def test_a_retraction_that_is_taken_back_goes_out_at_once_and_says_so(
    make: Callable[..., Told], site: Site
) -> None:
    one = make(output(), output("siren", "siren"), rules=[TWO])
    one.at(0, t1=FAR)
    for by in ("Omar", "Lina"):
        one.act(1, Release(by, one.alarm_id()))
    name = one.alarm_id()
    assert kinds(one.act(30, Retract("Lina", name, "a bird"))) == ["retraction", "off"]
    words = one.act(40, TakeBackRetraction("Lina", name, "no bird"))
    assert kinds(words) == ["warning", "on"], "it waits for no second person"
    assert isinstance(words[0], Announce)
    anew = {delivery.kind.value: delivery.is_anew for delivery in one.teller.telling().deliveries[:2]}
    assert anew == {"warning": True}, "how long it took is no delay of a warning"
    said = sentences(words[0].announcement, site, catalogue("en"), "en")
    assert "It was no false alarm" in said.headline and "a mistake. Reason given: no bird" in said.description


def test_when_a_person_first_confirmed_an_alarm_is_in_the_record(make: Callable[..., Told]) -> None:
    one = make(output("gate"), output("dead"))
    words = one.at(0, t1=WARN)
    for t_s, state in ((1, DeliveryState.ACCEPTED), (5, DeliveryState.CONFIRMED)):
        one.delivered(t_s, words[0], state)
    told = {item.output_id: item for item in one.teller.tellings()}
    assert (told["gate"].got_t_ns, told["gate"].confirmed_t_ns) == (START + S, START + 5 * S)
    assert told["dead"].confirmed_t_ns is None


def test_the_record_knows_who_got_the_alarm_and_not_yet_its_end(make: Callable[..., Told]) -> None:
    one = make(output("gate"), output("loud", "loud"), output("dead"))
    words = one.at(0, t1=WARN)
    for word in words:
        one.delivered(1, word, DeliveryState.SENT)
    one.delivered(2, words[0], DeliveryState.ACCEPTED)
    told = {item.output_id: item for item in one.teller.tellings()}
    assert {name: item.got_t_ns for name, item in told.items()} == {
        "gate": START + 2 * S,
        "loud": START + S,  # it never answers
        "dead": None,
    }
    assert all(item.end == "" and not item.is_unended for item in told.values())
    ends = one.act(10, Retract("Lina", one.alarm_id(), "a bird"))
    one.delivered(11, ends[0], DeliveryState.ACCEPTED)
    told = {item.output_id: item for item in one.teller.tellings()}
    assert {name: (item.end, item.end_got_t_ns) for name, item in told.items()} == {
        "gate": ("retraction", START + 11 * S),
        "loud": ("retraction", None),
        "dead": ("retraction", None),
    }
    assert [name for name, item in told.items() if item.is_unended] == ["loud"]


def test_a_new_attack_on_people_who_were_told_that_it_passed_is_told_at_once(
    make: Callable[..., Told],
) -> None:
    one = make(output(updates_s=120), output("siren", "siren"))
    assert kinds(one.at(0, t1=WARN)) == ["warning", "on"]
    assert kinds([word for second in range(1, 40) for word in one.at(second)]) == ["passed"]
    again = one.at(40, t2=WARN)
    assert kinds(again)[0] == "warning" and "off" not in kinds(again)
    assert len(one.warner.alarms()) == 1, "it is the same alarm, which grew"


def test_no_test_says_that_there_is_no_danger_to_people_in_cover(make: Callable[..., Told]) -> None:
    one = make(output("fuel", drills=True))
    one.at(0, t1=WARN)
    for second in range(1, 40):
        one.at(second)
    with pytest.raises(ReceivedError, match="after the all-clear"):
        one.act(40, TryOutputs("Lina"))
    one.act(41, AllClear("Lina"))
    assert kinds(one.act(42, TryOutputs("Lina"))) == ["test"]


def test_a_hold_is_over_where_little_time_is_left(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[ReleaseSettings(people=1, decide_within_s=20, deputy_within_s=10)])
    one.at(0, t1=("fuel", Level.WARN, 60.0))
    one.act(1, Withhold("Lina", one.alarm_id()))
    assert kinds(one.at(20, t1=("fuel", Level.WARN, 40.0))) == [], "there is time, and it is held"
    assert kinds(one.at(39, t1=("fuel", Level.WARN, 21.0))) == ["warning"]


def test_an_alert_kept_back_beside_take_cover_is_not_told_first_after_an_all_clear(
    make: Callable[..., Told],
) -> None:
    one = make(output(zones=["fuel", "hq"]))
    one.teller._zone_ids = ("fuel", "hq")
    near: dict[str, tuple[str, Level, float]] = {"t1": WARN, "t2": ("hq", Level.WARN, 40.0)}
    alert: dict[str, tuple[str, Level, float]] = {"t1": ("fuel", Level.ALERT, 200.0)}
    told = [one.at(second, **alert) for second in range(10)]
    told += [one.at(second, **near) for second in range(10, 60)]
    assert [word.announcement.stage for words in told for word in words if isinstance(word, Announce)] == [
        Level.WARN,
        Level.WARN,
    ]
    assert one.teller.telling().pending == (), "a question that is needless goes away"
    (asked,) = [alarm for alarm in one.warner.alarms() if alarm.stage is Level.ALERT]
    with pytest.raises(ReceivedError, match="needless: take cover has gone out"):
        one.act(59, Release("Lina", asked.alarm_id))
    codes = [line.what.code for line in one.teller.take_lines()]
    assert codes.count("telling.release.needless") == 1
    assert kinds(one.act(60, AllClear("Lina", "fuel"))) == ["all_clear"]
    assert [kinds(one.at(second, **near)) for second in range(61, 69)] == [[]] * 8
    assert one.teller.telling().pending == ()
    # an object that comes after the all-clear is news, and asked about anew
    far = ("fuel", Level.ALERT, 300.0)
    one.at(69, t2=near["t2"], t3=far)
    one.at(70, t2=near["t2"], t3=far)
    (pending,) = one.teller.telling().pending
    assert (pending.zone_id, pending.asked_t_ns) == ("", START + 70 * S)


def test_a_pending_alert_of_a_cleared_zone_alone_is_no_news(make: Callable[..., Told]) -> None:
    one = make(output())
    for second in range(10):
        one.at(second, t1=("fuel", Level.ALERT, 200.0))
    for second in range(10, 38):
        one.at(second, t1=WARN)
    assert len(one.teller.telling().pending) == 1, "other zones are not in cover"
    assert kinds(one.act(38, AllClear("Lina", "fuel"))) == ["all_clear"]
    assert [kinds(one.at(second)) for second in range(39, 60)] == [[]] * 21
    assert one.teller.telling().pending == ()


def test_what_is_raised_again_without_a_question_is_not_listed_as_one(make: Callable[..., Told]) -> None:
    one = make(output(zones=["fuel"]))
    for second in range(3):
        one.at(second, t1=("fuel", Level.ALERT, 200.0))
    one.at(3, t1=WARN)
    one.act(30, AllClear("Lina"))
    one.act(31, TakeBackAllClear("Lina", reason="one more was seen"))
    assert len(one.warner.alarms()) == 2
    assert one.teller.telling().pending == ()


def test_what_has_passed_is_not_released(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO])
    one.at(0, t1=("fuel", Level.WARN, 2000.0))
    one.act(1, Withhold("Lina", one.alarm_id(), "a bird"))
    for second in range(2, 30):
        one.at(second, t1=("fuel", Level.WARN, 2000.0))
    one.at(31)
    one.at(3000)
    with pytest.raises(ReceivedError, match="is over: its danger has passed"):
        one.act(3001, Release("Lina", one.alarm_id()))


def test_a_hold_that_is_taken_back_loses_no_word_given_before(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO], is_supervised=True)
    one.at(0, t1=FAR)
    alarm_id = one.alarm_id()
    one.act(1, Release("Ali", alarm_id, role=Role.OPERATOR))
    one.act(2, Withhold("Sup", alarm_id, "a bird", role=SENIOR))
    assert one.teller.telling().pending[0].released_by == ("Ali",)
    assert one.at(3, t1=FAR) == []
    (word,) = one.act(4, Release("Sup", alarm_id, role=SENIOR))
    assert isinstance(word, Announce) and word.announcement.by == "Ali, Sup"
    lines = [(line.what.code, line.by) for line in one.teller.take_lines()]
    assert lines == [
        ("telling.agreed", "Ali"),
        ("telling.withheld", "Sup"),
        ("telling.agreed", "Sup"),
        ("telling.release.people", "Ali, Sup"),
    ]


def test_who_holds_back_has_taken_back_their_own_word(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO], is_supervised=True)
    one.at(0, t1=FAR)
    alarm_id = one.alarm_id()
    one.act(1, Release("Sup", alarm_id, role=SENIOR))
    one.act(2, Withhold("Sup", alarm_id, "a bird", role=SENIOR))
    assert one.act(3, Release("Ali", alarm_id, role=Role.OPERATOR)) == []
    assert one.teller.telling().pending[0].wants_supervisor
    assert kinds(one.act(4, Release("Sup", alarm_id, role=SENIOR))) == ["warning"]


def test_who_has_agreed_may_take_back_the_hold_and_is_still_one_person(make: Callable[..., Told]) -> None:
    one = make(output(), rules=[TWO])
    one.at(0, t1=FAR)
    alarm_id = one.alarm_id()
    one.act(1, Release("Ali", alarm_id))
    one.act(2, Withhold("Omar", alarm_id, "a bird"))
    assert one.act(3, Release("Ali", alarm_id)) == []
    (pending,) = one.teller.telling().pending
    assert (pending.released_by, pending.withheld_by) == (("Ali",), "")
    assert kinds(one.act(4, Release("Omar", alarm_id))) == ["warning"]
