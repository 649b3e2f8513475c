"""Decisions that wait and what became of announcements: shown, pressed, looked at in both languages."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from marsad.model.action import CheckOff, Release, Retract, TryOutputs, Withhold
from marsad.model.announcement import (
    AnnouncementKind,
    Delivery,
    DeliveryState,
    Output,
    PendingRelease,
    Telling,
    TrackSteps,
    Undecided,
)
from marsad.model.drill import (
    Drill,
    Drilling,
    DrillRow,
    OutputFault,
    OutputHealth,
    Reachability,
    Skipped,
    Verdict,
)
from marsad.model.response import Duty, Response
from marsad.model.sensor import SensorHealth
from marsad.model.threat import Level
from marsad.model.warning import LostObject

from ..server.synthetic import SECOND, Served, SyntheticSite
from .chromium import Page
from .conftest import watch, words

pytestmark = pytest.mark.timeout(180)
OUTPUTS = (
    Output("gate", "webhook", (), ("ALERT", "WARN"), True, True),
    Output("siren-fuel", "modbus", ("fuel",), ("WARN",), True, False),
    Output("town", "cap", (), ("WARN",), False, False),
)


def delivery(
    alarm_id: str, output_id: str, state: DeliveryState, kind: AnnouncementKind = AnnouncementKind.WARNING,
    *, code: str = "", by: tuple[str, ...] = (),
) -> Delivery:  # fmt: skip
    now_ns = time.time_ns()
    reached = [0] * len(DeliveryState)
    reached[DeliveryState.WANTED] = now_ns
    reached[state] = now_ns + int(0.4 * SECOND)
    return Delivery(
        *(output_id, f"{alarm_id}-{output_id}", alarm_id, "fuel", Level.WARN, kind, state, now_ns, now_ns),
        *(now_ns + 600 * SECOND, tuple(reached), False, by, 1, "in English, for the log"),
        code=code,
    )


def waiting(site: SyntheticSite, alarm_id: str, *, withheld_by: str = "") -> PendingRelease:
    now_ns = time.time_ns()
    return PendingRelease(
        *(alarm_id, "fuel", Level.WARN, ("gate", "siren-fuel"), 1, (), now_ns),
        *(now_ns + 25 * SECOND, now_ns + 90 * SECOND, Undecided.RELEASE, withheld_by),
    )


def alarm_ids(site: SyntheticSite) -> list[str]:
    picture = site.picture()
    assert picture is not None
    return [alarm.alarm_id for alarm in picture.alarms]


def look(page: Page, name: str, language: str) -> None:
    if directory := os.environ.get("MARSAD_SCREENSHOTS"):
        page.screenshot(Path(directory) / f"telling-{name}-{language}.png")


def test_a_decision_is_asked_for_and_made(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    first, *_ = alarm_ids(site)
    site.telling = Telling(OUTPUTS, (waiting(site, first),))
    watch(page, served, language)
    page.wait_for("document.querySelector('.release [role=timer]') !== null")
    shown = page.value("document.querySelector('.release').innerText")
    assert words(language, "release.do") in shown and "gate, siren-fuel" in shown
    left = page.value("document.querySelector('.release [role=timer]').innerText")
    assert left.startswith("1:") or left.startswith("0:")
    look(page, "asked", language)
    page.click(".release .buttons button.primary")
    page.wait_until(lambda: site.actions, "a release")
    page.click(".release .buttons button:not(.primary)")
    page.wait_until(lambda: len(site.actions) == 2, "a hold")
    released, withheld = site.actions
    assert released == Release(released.by, first) and withheld == Withhold(withheld.by, first)
    site.telling = Telling(OUTPUTS, (waiting(site, first, withheld_by="Lina"),))
    page.wait_for("document.querySelector('.release[data-withheld=true]') !== null")
    assert "Lina" in page.value("document.querySelector('.release').innerText")
    assert page.value("document.querySelectorAll('.release button').length") == 1
    site.telling = Telling(OUTPUTS)
    page.wait_for("document.querySelector('.release') === null")


def test_what_became_of_it_is_shown_and_an_alarm_taken_back(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    first, *_ = alarm_ids(site)
    site.telling = Telling(
        OUTPUTS,
        (),
        (
            delivery(first, "gate", DeliveryState.CONFIRMED, by=("Gate 1",)),
            delivery(first, "siren-fuel", DeliveryState.NOT_SENT, code="unreachable"),
            delivery("old", "town", DeliveryState.NOT_SENT, AnnouncementKind.RETRACTION),
        ),
        (("town", "old"),),
    )
    watch(page, served, language)
    page.click("[role=tab][data-key=telling]")
    page.wait_for("document.querySelectorAll('.delivery').length === 3")
    shown = page.value("document.querySelector('.telling').innerText")
    for part in ("Gate 1", words(language, "trouble.unreachable"), words(language, "telling.notRetracted")):
        assert part in shown
    assert page.value("document.querySelectorAll('.delivery[data-trouble=true]').length") == 2
    marks = page.value(
        "[...document.querySelectorAll('[role=tab] .open-mark')].map((mark) => {"
        " const [one, all] = [mark, mark.closest('[role=tablist]')].map((it) => it.getBoundingClientRect());"
        " return one.left >= all.left && one.right <= Math.min(all.right, innerWidth); })"
    )
    assert marks == [True, True], "the marks of the tabs are not cut off"
    look(page, "delivered", language)
    page.click(".told-alarm[data-open=true] .retract")
    page.wait_for("document.querySelector('.dialog input') !== null")
    asked = page.value("document.querySelector('.dialog').innerText")
    for part in (
        "allClear.stillActive",
        "allClear.ends",
        "allClear.unacknowledged",
        "retract.canBeTakenBack",
    ):
        assert words(language, part) in asked, f"as strict as the all-clear: {part}"
    site.ended_tracks = frozenset({102})
    site.lost_objects = (LostObject(102, "north", site.started_ns),)
    page.wait_for("document.querySelector('.dialog [data-lost=\"1\"]')?.innerText.includes('#102') === true")
    to_whom = page.value("document.querySelector('.dialog .retract-to').innerText")
    assert "gate" in to_whom and "town" not in to_whom
    missed = "document.querySelector('.dialog .retract-to [data-missed]')"
    assert page.value(f"{missed}.dataset.missed") == "siren-fuel", "that never got it is named apart"
    foot = "one.getBoundingClientRect().bottom - 3"
    page.size(1280, 460)  # what it says is longer than what is in sight: what is pressed stays
    look(page, "retract-low", language)
    assert page.value(
        "[...document.querySelectorAll('.dialog .buttons button')].every(one =>"
        " document.elementFromPoint(one.getBoundingClientRect().x + 9, " + foot + ")"
        "?.closest('button') === one)"
    )
    page.size(1280, 800)
    assert page.value("document.querySelector('.dialog button.do').disabled")
    page.value("document.querySelector('.dialog input').focus()")
    page.command("Input.insertText", text="our own drone")
    look(page, "retract", language)
    assert page.value("document.querySelector('.dialog .buttons button.primary').innerText") == (
        words(language, "action.cancel")
    ), "while its objects still come, not doing it lies nearest"
    page.click(".dialog button.do")
    page.wait_until(lambda: site.actions, "a retraction")
    (action,) = site.actions
    assert action == Retract(action.by, first, "our own drone")
    page.wait_for("document.querySelector('.dialog') === null")
    page.click(".outputs button")
    page.wait_until(lambda: len(site.actions) == 2, "a test")
    assert site.actions[1] == TryOutputs(action.by)


def test_who_confirms_without_a_key_and_who_is_refused_are_shown_as_that(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    first, *_ = alarm_ids(site)
    site.healths["radar-1"], site.notes["radar-1"] = SensorHealth.REFUSED, "refused by Olga Petrova"
    one = delivery(first, "gate", DeliveryState.ACCEPTED)
    site.telling = Telling(OUTPUTS, (), (replace(one, said_to_be=("Omar", "")),))
    watch(page, served, language)
    page.click("[role=tab][data-key=telling]")
    page.wait_for("document.querySelectorAll('.delivery').length === 1")
    shown = page.value("document.querySelector('.delivery').innerText")
    assert "Omar" in shown and words(language, "telling.somebody") in shown
    assert words(language, "telling.saidToBe").partition("{names}")[2].strip() in shown
    assert words(language, "telling.confirmedBy").partition("{names}")[0].strip() not in shown
    sensors = page.value("document.querySelector('.sensors [data-health=refused]').innerText")
    assert "Olga Petrova" in sensors and words(language, "health.refused") in sensors
    assert words(language, "health.gone") not in sensors
    look(page, "unproved", language)
    page.size(390, 844)
    page.wait_for("document.documentElement.scrollWidth <= 390")
    page.value("document.querySelector('.delivery .caution')?.scrollIntoView()")
    look(page, "unproved-narrow", language)


def test_a_site_that_can_tell_nobody_says_so(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    page.click("[role=tab][data-key=telling]")
    page.wait_for(
        f"document.querySelector('.outputs').innerText.includes({words(language, 'outputs.none')!r})"
    )


def test_a_duty_is_checked_off_by_name_and_taken_back(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    now_ns = time.time_ns()
    duty = Duty("3-sound_sirens", "checklist.sound_sirens", "duty_officer", 3, now_ns, now_ns + 100 * SECOND)
    late = Duty("2-notify_police", "checklist.notify_police", "duty_officer", 2, now_ns, now_ns - SECOND)
    site.response = Response(3, (duty, late))
    watch(page, served, language)
    page.click("[role=tab][data-key=incident]")
    page.wait_for("document.querySelectorAll('.duty').length === 2")
    shown = page.value("document.querySelector('.checklist').innerText")
    for key in ("checklist.sound_sirens", "role.duty_officer", "checklist.late"):
        assert words(language, key) in shown
    look(page, "checklist", language)
    page.value("document.querySelector('.duty .duty-note').focus()")
    page.command("Input.insertText", text="all three heard")
    page.click(".duty[data-item='3-sound_sirens'] input[type=checkbox]")
    page.wait_until(lambda: site.actions, "a duty")
    (action,) = site.actions
    assert action == CheckOff(action.by, "3-sound_sirens", True, "all three heard")
    site.response = Response(
        3, (late, replace(duty, done_t_ns=now_ns, done_by="Lina", note="all three heard"))
    )
    page.wait_for("document.querySelectorAll('.duty').length === 1")
    page.click(".checklist .link")
    page.wait_for("document.querySelector('.duty[data-done=true]') !== null")
    assert "Lina" in page.value("document.querySelector('.duty[data-done=true]').innerText")
    page.click(".duty[data-done=true] input[type=checkbox]")
    page.wait_until(lambda: len(site.actions) == 2, "taken back")
    assert site.actions[1] == CheckOff(action.by, "3-sound_sirens", False)


def test_outputs_that_do_not_work_are_named_and_the_last_drill_is_a_table(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    first, *_ = alarm_ids(site)
    now_ns = time.time_ns()
    begun_ns = now_ns - 120 * SECOND
    reached = (begun_ns, 0, 0, begun_ns + SECOND // 2, 0, begun_ns + 9 * SECOND, 0)
    tried = replace(
        delivery("test-1", "gate", DeliveryState.CONFIRMED, AnnouncementKind.TEST, by=("Gate 1",)),
        reached_t_ns=reached,
        is_drill=True,
    )
    dead = replace(
        delivery("test-1", "siren-fuel", DeliveryState.TOO_LATE, AnnouncementKind.TEST, code="not_read_back"),
        is_drill=True,
    )
    steps = TrackSteps(now_ns - 5 * SECOND, now_ns - 4 * SECOND, now_ns - 3 * SECOND, now_ns)
    told = replace(
        delivery(first, "gate", DeliveryState.ACCEPTED), steps=steps, first_plot_t_ns=now_ns - 6 * SECOND
    )
    outputs = (OUTPUTS[0], replace(OUTPUTS[1], for_drills=True), OUTPUTS[2])
    site.telling = Telling(outputs, (), (told,))
    site.output_health = (
        OutputHealth("gate", worked_t_ns=now_ns, drilled_t_ns=begun_ns, drill_verdict=Verdict.PASSED),
        OutputHealth(
            "siren-fuel",
            Reachability.DOWN,
            now_ns - 60 * SECOND,
            "nobody answers at 192.0.2.7:502",
            "no_answer",
            drilled_t_ns=begun_ns,
            drill_verdict=Verdict.FAILED,
            fault=OutputFault.DOWN,
        ),
        OutputHealth("town"),
    )
    rows = (
        DrillRow("gate", "webhook", Verdict.PASSED, tried, can_confirm=True),
        DrillRow("siren-fuel", "modbus", Verdict.FAILED, dead),
        DrillRow("town", "cap", Verdict.WAITING, for_drills=False),
    )
    held = Drill("test-1", "", begun_ns, begun_ns + 30 * SECOND, True, rows)
    site.drilling = Drilling(held, now_ns + 7 * 86_400 * SECOND, now_ns - 86_400 * SECOND, Skipped.ALARM)
    site.faults = ("output.down:siren-fuel",)
    watch(page, served, language)
    page.wait_for("document.querySelector('.fault-lines')?.innerText.includes('siren-fuel')")
    strip = page.value("document.querySelector('.fault-lines').innerText")
    assert words(language, "outputFault.down") in strip
    page.click("[role=tab][data-key=telling]")
    page.wait_for("document.querySelectorAll('.drill tbody tr[data-output]').length === 3")
    verdicts = page.value(
        "[...document.querySelectorAll('.drill tbody tr[data-output]')].map(row => row.dataset.verdict)"
    )
    assert verdicts == ["passed", "failed", "untried"]
    table = page.value("document.querySelector('.drill').innerText")
    for part in (
        "0.50",
        "9.00",
        "Gate 1",
        words(language, "trouble.not_read_back"),
        words(language, "drill.notMarked"),
    ):
        assert part in table
    faulty = page.value("document.querySelector('.outputs li[data-fault=down]').innerText")
    assert words(language, "outputFault.down") in faulty and words(language, "trouble.no_answer") in faulty
    assert words(language, "outputs.neverTried") in page.value(
        "document.querySelector('.outputs li[data-output=town]').innerText"
    )
    origin = page.value("document.querySelector('.origin').innerText")
    assert words(language, "hop.alerted") in origin and "6.0" in origin and "3.0" in origin
    assert words(language, "drill.skipped.alarm") in page.value("document.querySelector('.drills').innerText")
    assert page.value(
        "(box => box.scrollWidth <= box.clientWidth)(document.querySelector('.telling').parentElement)"
    )
    look(page, "drill", language)
    page.value("document.querySelector('.drills').scrollIntoView()")
    look(page, "drill-below", language)


def test_an_output_that_does_not_answer_is_on_the_card_and_first_of_all_messages(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    now_ns = time.time_ns()
    sirens = tuple(
        Output(f"siren-{zone}", "modbus", (zone,), ("WARN",), True, True) for zone in ("north", "line")
    )
    site.telling = Telling(sirens)
    site.output_health = tuple(
        OutputHealth(one.output_id, Reachability.DOWN, now_ns - 60 * SECOND, fault=OutputFault.DOWN)
        for one in sirens
    )
    site.faults = tuple(f"output.down:{one.output_id}" for one in sirens)
    watch(page, served, language)
    page.wait_for("document.querySelector('[data-alarm=asad-a1] .alarm-unanswered') !== null")
    assert page.value("document.querySelectorAll('.alarm-unanswered li').length") == 1, "of that alarm alone"
    north = "North camp" if language == "en" else "المعسكر الشمالي"
    instead = words(language, "unanswered.instead").replace("{zone}", north)
    first = "document.querySelector('.fault-lines p')"
    for place in ("document.querySelector('.alarm-unanswered')", first):
        said = page.value(f"{place}.innerText")
        assert instead in said and "siren-north" in said
    assert page.value(f"{first}.className") == "unheard"
    look(page, "unanswered", language)
    page.click("[role=tab][data-key=telling]")
    page.wait_for("document.querySelector('.telling > :first-child')?.classList.contains('unheard')")
    site.output_health = ()
    page.wait_for("document.querySelector('.alarm-unanswered') === null")


def test_what_is_held_back_says_until_when_wherever_it_stands(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    first, *_ = alarm_ids(site)
    site.telling = Telling(OUTPUTS, (waiting(site, first, withheld_by="Lina"),))
    watch(page, served, language)
    page.click("[role=tab][data-key=telling]")
    places = [".release", ".alarm .held-back", ".telling .held-back"]
    page.wait_for(f"{places}.every(place => document.querySelector(`${{place}} [data-until]`) !== null)")
    site.paused = True  # one picture for all that is read
    page.wait_for("document.querySelector('.link-mark').dataset.state === 'stale'")
    said = page.value(f"{places}.map(place => document.querySelector(`${{place}} [data-until]`).innerText)")
    assert len(set(said)) == 1 and said[0].count(":") == 3, said


def test_questions_have_keys_that_answer_nothing_and_one_answer_for_the_same_objects(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.show_alarms(5)
    alert, other, most = (waiting(site, f"asad-a{number}") for number in (2, 5, 1))
    site.telling = Telling(
        OUTPUTS, (alert, replace(other, undecided_t_ns=other.undecided_t_ns + SECOND), most)
    )
    watch(page, served, language)
    order = "[...document.querySelectorAll('.release')].map(one => one.dataset.alarm)"
    page.wait_for(f"{order}.length === 3")
    assert page.value(order) == ["asad-a1", "asad-a5", "asad-a2"], "what is an order to take cover first"
    hints = page.value("[...document.querySelectorAll('.release kbd')].map(one => one.innerText)")
    assert hints == ["1", "2", "3"]
    look(page, "questions", language)
    page.press("3", "Digit3", "3")
    focused = "document.activeElement.closest('.release')?.dataset.alarm"
    page.wait_for(f"{focused} === 'asad-a2'")
    assert site.actions == []
    page.press("Enter", "Enter", "\r")
    page.wait_until(lambda: site.actions, "the question that was chosen")
    assert site.actions == [Release("local operator", "asad-a2")]
    page.click("[data-alarm=asad-a1] .release-all")
    page.wait_until(lambda: len(site.actions) == 3, "both zones of the same objects")
    assert site.actions[1:] == [Release("local operator", f"asad-a{number}") for number in (1, 5)]
    site.telling = Telling(OUTPUTS, (alert,))
    page.wait_for(f"{order}.length === 1")
    page.press("Enter", "Enter", "\r")
    page.press("1", "Digit1", "1")  # whose question is gone
    assert page.value(f"{focused} ?? ''") == ""
    assert len(site.actions) == 3


def test_a_duty_of_an_attack_that_is_over_is_no_longer_called_late(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    now_ns = time.time_ns()
    duty = Duty("3-medics_standby", "checklist.medics_standby", "medic", 3, now_ns, now_ns - SECOND)
    later = Duty("4-head_count", "checklist.head_count", "commander", 4, now_ns, now_ns + 900 * SECOND)
    site.response = Response(3, (duty, later))
    watch(page, served, language)
    page.click("[role=tab][data-key=incident]")
    page.wait_for("document.querySelector('.duty .due.late') !== null")
    site.response = Response(0, (later, duty))
    page.wait_for("document.querySelector('.duty .due.late') === null")
    said = page.value("document.querySelector('.checklist').innerText")
    assert words(language, "checklist.late") not in said
    for key in ("role.medic", "role.commander", "checklist.dueBy"):
        assert words(language, key) in said
    assert page.value("document.querySelector('[data-item=\"4-head_count\"] [data-until]') !== null")
    look(page, "duties", language)
