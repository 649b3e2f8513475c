"""Duties open as the response rises, stay until done, and say who did them."""

import pickle
from dataclasses import replace
from math import nan

import pytest

from marsad.errors import ReceivedError
from marsad.model.action import CheckOff, HeadCount, Retract, TakeBackRetraction
from marsad.model.threat import Level
from marsad.model.warning import Alarm, AlarmState, TimeLeft
from marsad.warning.checklist import ResponseLevel
from marsad.warning.responder import Responder

S = 1_000_000_000
WARN = Alarm("a", "r", "hq", Level.WARN, AlarmState.ACTIVE, 0, 0, (1,), (1,), TimeLeft(nan, nan, nan), ())
ALERT = replace(WARN, stage=Level.ALERT)


def levels(responder: Responder) -> set[int]:
    return {duty.level for duty in responder.response().duties}


def test_an_attack_out_of_nothing_opens_all_that_leads_to_it_with_its_times() -> None:
    responder = Responder()
    responder.consider(100 * S, [WARN], Level.WARN)
    assert responder.response().level == ResponseLevel.ATTACK and levels(responder) == {1, 2, 3}
    first = responder.response().duties[0]
    assert first.text_key == "checklist.sound_sirens" and first.due_t_ns == 105 * S


def test_after_the_attack_its_duties_open_and_the_others_stay() -> None:
    responder = Responder()
    responder.consider(0, [WARN], Level.WARN)
    responder.consider(60 * S, [replace(WARN, state=AlarmState.PASSED)], Level.INFO)
    assert levels(responder) == {1, 2, 3, 4}
    assert responder.response().duties[0].text_key == "checklist.stay_in_shelter"
    responder.consider(700 * S, [], Level.INFO)
    assert levels(responder) == {2, 3, 4}, "the report is still to be written"


def test_what_is_only_suspected_goes_with_what_flew() -> None:
    responder = Responder()
    responder.consider(0, [], Level.WATCH)
    assert levels(responder) == {1}
    responder.consider(S, [], Level.INFO)
    assert responder.response().duties == ()


def test_another_response_begins_anew() -> None:
    responder = Responder()
    responder.consider(0, [WARN], Level.WARN)
    done = responder.response().duties[0].item_id
    responder.act(S, CheckOff("Lina", done))
    responder.consider(2 * S, [], Level.INFO)
    responder.consider(3_600 * S, [ALERT], Level.ALERT)
    assert levels(responder) == {1, 2} and not any(duty.done_t_ns for duty in responder.response().duties)


def test_a_duty_is_done_by_name_and_can_be_taken_back() -> None:
    responder = Responder()
    responder.consider(0, [WARN], Level.WARN)
    item = responder.response().duties[0].item_id
    responder.act(4 * S, CheckOff("Lina", item, note="all three heard"))
    responder.act(5 * S, CheckOff("Lina", item, note="all three heard"))  # said again: the same
    responder = pickle.loads(pickle.dumps(responder))
    (duty,) = (duty for duty in responder.response().duties if duty.item_id == item)
    assert (duty.done_t_ns, duty.done_by, duty.note) == (4 * S, "Lina", "all three heard")
    assert responder.response().duties[-1].item_id == item, "what is done comes last"
    responder.act(6 * S, CheckOff("Omar", item, done=False))
    assert responder.response().duties[0].done_t_ns == 0
    codes = [(line.what.code, line.by) for line in responder.take_lines()]
    assert codes == [("response.done_noted", "Lina"), ("response.undone", "Omar")]
    assert responder.take_lines() == []


def test_a_duty_that_is_not_open_is_refused_with_those_that_are() -> None:
    responder = Responder()
    responder.consider(0, [ALERT], Level.ALERT)
    with pytest.raises(ReceivedError, match=r"'9-nothing'.*2-notify_commander"):
        responder.act(S, CheckOff("Lina", "9-nothing"))


def test_after_the_all_clear_nobody_is_told_to_stay_in_cover() -> None:
    responder = Responder()
    responder.consider(0, [WARN], Level.WARN)
    responder.consider(60 * S, [replace(WARN, state=AlarmState.PASSED)], Level.INFO)
    shelter = {"checklist.stay_in_shelter", "checklist.take_cover", "checklist.all_clear"}
    assert shelter <= {duty.text_key for duty in responder.response().duties}
    responder.act(61 * S, CheckOff("Lina", "3-take_cover"))
    responder.consider(700 * S, [], Level.INFO)
    left = {duty.text_key for duty in responder.response().duties}
    assert left & shelter == {"checklist.take_cover"}, "what was done stays written"
    assert {"checklist.head_count", "checklist.report"} <= left


def test_ten_minutes_in_shelter_are_over_with_the_all_clear_though_something_still_flies() -> None:
    responder = Responder()
    responder.consider(0, [WARN], Level.WARN)
    responder.consider(60 * S, [replace(WARN, state=AlarmState.PASSED)], Level.ALERT)
    responder.consider(61 * S, [replace(WARN, state=AlarmState.PASSED)], Level.INFO)
    responder.consider(70 * S, [replace(WARN, state=AlarmState.PASSED)], Level.ALERT)
    keys = {duty.text_key for duty in responder.response().duties}
    assert {"checklist.stay_in_shelter", "checklist.take_cover"} <= keys, "its alarm still stands"
    responder.consider(700 * S, [], Level.ALERT)  # the all-clear
    keys = {duty.text_key for duty in responder.response().duties}
    assert not keys & {"checklist.stay_in_shelter", "checklist.take_cover"}
    assert "checklist.clear_open_areas" in keys, "it is still suspected"


def test_a_second_attack_comes_before_what_is_left_of_the_first() -> None:
    responder = Responder()
    responder.consider(0, [WARN], Level.WARN)
    responder.consider(60 * S, [replace(WARN, state=AlarmState.PASSED)], Level.INFO)
    assert responder.response().duties[0].text_key == "checklist.stay_in_shelter"
    responder.consider(90 * S, [WARN], Level.WARN)
    levels = [duty.level for duty in responder.response().duties]
    assert levels[0] == ResponseLevel.ATTACK and levels.index(4) > levels.index(3)
    dues = [duty.due_t_ns for duty in responder.response().duties if duty.level == ResponseLevel.ATTACK]
    assert dues == sorted(dues)


def due_s(responder: Responder, name: str) -> float | None:
    """When a duty is due, s; None where it has no time, or there is no such duty."""
    found = (duty for duty in responder.response().duties if duty.text_key == f"checklist.{name}")
    return next((duty.due_t_ns / S for duty in found if duty.due_t_ns), None)


def test_nothing_of_a_stage_is_due_before_its_release_is_decided() -> None:
    responder = Responder()
    responder.consider(0, [WARN], Level.WARN, {"a"})
    assert "checklist.sound_sirens" in {duty.text_key for duty in responder.response().duties}
    assert due_s(responder, "sound_sirens") is None and due_s(responder, "notify_commander") == 60
    responder.consider(40 * S, [WARN], Level.WARN)
    assert due_s(responder, "sound_sirens") == 45 and due_s(responder, "notify_commander") == 60


def test_what_is_retracted_is_due_no_more_and_anew_once_that_was_a_mistake() -> None:
    responder = Responder()
    responder.consider(0, [WARN], Level.WARN)
    responder.consider(1 * S, [replace(WARN, state=AlarmState.PASSED)], Level.INFO)
    (done,) = (duty for duty in responder.response().duties if duty.text_key == "checklist.report")
    responder.act(2 * S, CheckOff("Lina", done.item_id))
    assert due_s(responder, "head_count") == 901
    responder.act(3 * S, Retract("Lina", "a", "a bird"))
    responder.consider(4 * S, [], Level.INFO)
    assert {duty.due_t_ns for duty in responder.response().duties if not duty.done_t_ns} == {0}
    responder.act(100 * S, TakeBackRetraction("Lina", "a", "it was none"))
    responder.consider(101 * S, [WARN], Level.WARN)
    assert due_s(responder, "sound_sirens") == 106 and due_s(responder, "notify_commander") == 161
    kept = {duty.text_key: duty.done_by for duty in responder.response().duties}
    assert kept["checklist.report"] == "Lina", "the same response: what is done stays done"


def test_a_second_attack_gives_its_duties_new_times_and_the_all_clear_leaves_those_of_afterwards() -> None:
    responder = Responder()
    passed = replace(WARN, state=AlarmState.PASSED)
    responder.consider(0, [WARN], Level.WARN)
    responder.consider(60 * S, [passed], Level.INFO)
    assert due_s(responder, "medics_standby") is None, "the attack is over"
    responder.consider(90 * S, [WARN], Level.WARN)
    assert due_s(responder, "medics_standby") == 150 and due_s(responder, "head_count") is None
    responder.consider(200 * S, [passed], Level.INFO)
    responder.consider(300 * S, [], Level.INFO)  # the all-clear
    assert due_s(responder, "head_count") == 1100 and due_s(responder, "clearance_sweep") == 3800


def test_a_head_count_that_is_complete_is_a_duty_that_is_done_until_somebody_may_be_missing_again() -> None:
    responder = Responder()
    responder.consider(0, [replace(WARN, state=AlarmState.PASSED)], Level.INFO)
    responder.act(5 * S, HeadCount("Omar", True))

    def count() -> tuple[int, str]:
        (duty,) = (duty for duty in responder.response().duties if duty.text_key == "checklist.head_count")
        return duty.done_t_ns, duty.done_by

    responder.consider(6 * S, [replace(WARN, state=AlarmState.PASSED)], Level.INFO, is_accounted=True)
    assert count() == (5 * S, "Omar")
    responder.consider(7 * S, [WARN], Level.WARN, is_accounted=False)  # another object has come
    assert count() == (0, "")
    early = Responder()
    early.consider(0, [WARN], Level.WARN)
    early.act(1, HeadCount("Omar", True))
    early.consider(2, [replace(WARN, state=AlarmState.PASSED)], Level.INFO, is_accounted=True)
    assert [duty.done_by for duty in early.response().duties if duty.text_key.endswith("head_count")] == [
        "Omar"
    ]
