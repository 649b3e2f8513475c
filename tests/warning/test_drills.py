"""Drills in the fold: when they are held, how outputs do, and what is loud about an output until it works."""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from marsad.errors import ReceivedError
from marsad.model.action import TryOutputs
from marsad.model.announcement import DeliveryState, DrillAnnouncement
from marsad.model.drill import Drill, OutputFault, OutputLink, Reachability, Skipped, Verdict
from marsad.model.effect import Announce
from marsad.model.site import Site
from marsad.model.threat import Level
from marsad.warning import Teller
from marsad.warning.deliveries import Dispatch
from marsad.warning.drill_schedule import DrillSettings
from marsad.warning.drills import ABSENT_NS
from marsad.warning.output_health import DOWN_NS, HealthOfOutputs
from marsad.warning.outputs import NATURES, Nature, PlainOutputSettings

from .test_teller import LIVE, START, WARN, S, Tables, Threat, Told, output

WEEK_S = 7 * 86_400.0


@pytest.fixture(autouse=True)
def _siren(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NATURES, "siren", Nature(carries_levels=True))
    monkeypatch.setitem(NATURES, "loud", Nature(answers=False, knows_doubles=False))


@pytest.fixture
def make(site: Site, threat: Threat, table: Tables) -> Callable[..., Told]:
    def made(*outputs: PlainOutputSettings, **drill: object) -> Told:
        one = Told(site, outputs, threat, table)
        settings = DrillSettings.model_validate(drill)
        one.teller = Teller(site, LIVE, outputs, (), settings)
        one.health = HealthOfOutputs(outputs, one.teller.used, settings.late_ns)
        return one

    return made


def last(one: Told) -> Drill:
    found = one.teller.drilling().last
    assert found is not None
    return found


def verdicts(one: Told) -> dict[str, Verdict]:
    return {row.output_id: row.verdict for row in last(one).rows if row.delivery is not None}


def faults(one: Told) -> tuple[str, ...]:
    return one.health.faults()


def test_each_output_passes_by_what_it_can_tell_and_fails_when_its_time_is_over(
    make: Callable[..., Told],
) -> None:
    one = make(
        *(
            output("hook", drills=True),
            output("siren", "siren", drills=True),
            output("loud", "loud", drills=True),
        ),
        *(output("dead", drills=True), output("real")),
        within_s=30,
    )
    words = dict(zip(("hook", "siren", "loud", "dead"), one.act(0, TryOutputs("Lina")), strict=True))
    one.delivered(0.5, words["hook"], DeliveryState.ACCEPTED)
    one.delivered(0.5, words["siren"], DeliveryState.ACCEPTED)
    one.delivered(0.5, words["loud"], DeliveryState.SENT)
    one.delivered(0.5, words["dead"], DeliveryState.NOT_SENT)
    one.at(1)
    assert verdicts(one) == {
        **{"hook": Verdict.PASSED, "siren": Verdict.WAITING, "loud": Verdict.PASSED, "dead": Verdict.WAITING}
    }, "a siren works once its coil was read back"
    one.delivered(2, words["siren"], DeliveryState.ACTUATED)
    one.at(29)
    assert not last(one).is_over
    one.at(30)
    assert last(one).is_over and any(row.verdict is Verdict.FAILED for row in last(one).rows)
    assert verdicts(one)["dead"] is Verdict.FAILED and verdicts(one)["siren"] is Verdict.PASSED
    (untried,) = [row for row in last(one).rows if row.delivery is None]
    assert (untried.output_id, untried.for_drills) == ("real", False)


def test_one_unbroken_outage_has_one_begin(make: Callable[..., Told]) -> None:
    one = make(output("hook", drills=True), within_s=10)

    def failed_after_s(t_s: float, state: DeliveryState) -> float:
        (word,) = one.act(t_s, TryOutputs("Lina"))
        one.delivered(t_s + 1, word, state)
        one.at(t_s + 12)
        (health,) = one.health.all()
        return (health.failed_t_ns - START) / S

    assert failed_after_s(0, DeliveryState.NOT_SENT) == 1
    assert failed_after_s(20, DeliveryState.NOT_SENT) == 1, "it has not worked since"
    failed_after_s(40, DeliveryState.ACCEPTED)
    assert failed_after_s(60, DeliveryState.NOT_SENT) == 61


def test_an_output_that_failed_is_loud_until_something_gets_through(make: Callable[..., Told]) -> None:
    one = make(output("hook", drills=True), output("silent", "loud", drills=True), within_s=10)
    hook, _ = one.act(0, TryOutputs("Lina"))
    one.at(11)
    assert faults(one) == ("output.drill-failed:hook", "output.drill-failed:silent")
    one.teller, one.health = pickle.loads(pickle.dumps((one.teller, one.health)))
    one.delivered(12, hook, DeliveryState.ACCEPTED)  # late, and yet it got through
    one.at(13)
    assert faults(one) == ("output.drill-failed:silent",)
    (*_, warning) = one.at(14, t1=WARN)
    one.delivered(14.2, warning, DeliveryState.SENT)
    one.at(15, t1=WARN)
    assert faults(one) == (), "an alarm that got through shows as much as a drill"


def test_what_does_not_get_through_is_a_fault_without_any_drill(make: Callable[..., Told]) -> None:
    one = make(output("hook"))
    (warning,) = one.at(0, t1=WARN)
    one.delivered(1, warning, DeliveryState.NOT_SENT)
    one.at(2, t1=WARN)
    assert faults(one) == ("output.failing:hook",)
    one.delivered(3, warning, DeliveryState.ACCEPTED)
    one.at(4, t1=WARN)
    assert faults(one) == ()


def test_a_peer_that_is_gone_is_a_fault_before_any_alarm(make: Callable[..., Told]) -> None:
    one = make(output("siren", "siren"), output("idle", "siren", live=False))
    one.health.begin(START)
    for name in ("siren", "idle"):
        one.health.hear_link(START, OutputLink(name, False, "nobody answers"))
    one.at(DOWN_NS / S - 1)
    assert faults(one) == (), "a link that is made anew at once was never missed"
    one.at(DOWN_NS / S)
    assert faults(one) == ("output.down:siren",), "of one on which nothing goes out nobody needs to know"
    health, _ = one.health.all()
    assert (health.link, health.since_t_ns, health.detail) == (Reachability.DOWN, START, "nobody answers")
    one.health.hear_link(START + 20 * S, OutputLink("siren", True))
    one.at(21)
    assert faults(one) == () and one.health.all()[0].link is Reachability.UP
    with pytest.raises(ReceivedError, match="'nosuch' is not of this site; outputs: siren, idle"):
        one.health.hear_link(START, OutputLink("nosuch", True))


# --- by themselves ------------------------------------------------------------------------------------


def due_s(one: Told) -> float:
    return (one.teller.drilling().next_t_ns - START) / S


def test_a_drill_is_held_when_it_is_due_once(make: Callable[..., Told]) -> None:
    one = make(output("hook", drills=True), output("real"), every="week", weekday="tuesday", at="12:00")
    one.at(0)
    local = datetime.fromtimestamp(one.teller.drilling().next_t_ns / S + 10_800, UTC)
    assert (local.strftime("%A"), local.hour) == ("Tuesday", 12)
    first_s = due_s(one)
    assert one.at(first_s - 0.2) == []
    words: list[Dispatch] = one.at(first_s)
    (word,) = words
    assert isinstance(word, Announce) and isinstance(word.announcement, DrillAnnouncement)
    assert last(one).by == "" and due_s(one) == first_s + WEEK_S
    assert one.at(first_s + 0.2) == []


def test_none_is_held_while_an_alarm_stands_and_that_is_told(make: Callable[..., Told]) -> None:
    one = make(output("hook", drills=True), every="day")
    one.at(0)
    first_s = due_s(one)
    one.at(first_s - 1, t1=WARN)
    assert one.at(first_s, t1=WARN) == []
    drilling = one.teller.drilling()
    assert drilling.last is None and drilling.skipped is Skipped.ALARM
    assert drilling.skipped_t_ns == START + int(first_s * S)
    assert [line.what.code for line in one.teller.take_lines()][-1] == "drill.skipped.alarm"
    with pytest.raises(ReceivedError, match="a test now could be taken for it"):
        one.act(first_s + 1, TryOutputs("Lina"))
    assert due_s(one) == first_s + 86_400


def test_one_that_fell_into_a_time_when_the_site_was_off_is_not_held_at_any_hour(
    make: Callable[..., Told],
) -> None:
    one = make(output("hook", drills=True), every="day")
    one.at(0)
    first_s = due_s(one)
    assert len(one.at(first_s + ABSENT_NS / S)) == 1, "a little later is as good"
    late = make(output("hook", drills=True), every="day")
    late.at(0)
    assert late.at(first_s + ABSENT_NS / S + 1) == []
    assert late.teller.drilling().skipped is Skipped.ABSENT


def test_a_clock_that_is_set_back_repeats_none_and_one_set_moves_the_next(make: Callable[..., Told]) -> None:
    one = make(output("hook", drills=True), every="day")
    one.at(0)
    first_s = due_s(one)
    one.at(first_s)
    one.teller.set_clock(-3_600 * S)
    assert one.at(first_s + 3_600) == [], "by the new clock it is due time once more"
    assert due_s(one) == first_s + 3_600 + 86_400


def test_an_output_that_nobody_has_seen_work_for_too_long_is_a_fault(make: Callable[..., Told]) -> None:
    one = make(output("hook", drills=True), output("real"), every="week")
    one.at(0)
    one.at(8 * 86_400)
    assert faults(one) == ()
    one.teller.take_lines()
    one.at(8 * 86_400 + 1)
    assert faults(one) == ("output.drill-overdue:hook",)
    (word,) = one.act(8 * 86_400 + 2, TryOutputs("Lina"))
    one.delivered(8 * 86_400 + 3, word, DeliveryState.ACCEPTED)
    one.at(8 * 86_400 + 4)
    assert faults(one) == ()
    assert one.health.all()[0].fault is OutputFault.NONE


def test_a_siren_for_alerts_alone_is_tried_by_an_alert(make: Callable[..., Told]) -> None:
    one = make(output("light", "siren", drills=True, stages=["ALERT"]))
    (word,) = one.act(0, TryOutputs("Lina"))
    assert not isinstance(word, Announce) and word.switch.stage is Level.ALERT


def test_a_drill_that_begins_by_itself_is_shown_before_anybody_answers(
    make: Callable[..., Told],
) -> None:
    one = make(output("gate", drills=True), every="day", at="10:00")
    t_s = 0.0
    one.at(t_s)
    while not one.at(t_s := t_s + 600.0):
        assert one.teller.telling().deliveries == ()
    (shown,) = one.teller.telling().deliveries
    assert shown.is_drill and shown.state is DeliveryState.WANTED
