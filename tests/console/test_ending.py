"""How it ends: where objects came down, closing that knows what is recorded, words that can be taken back."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from marsad.model.action import (
    AllClear,
    AmendOutcome,
    CloseIncident,
    ReportOutcome,
    TakeBackAllClear,
    TakeBackRetraction,
)
from marsad.model.incident import Outcome
from marsad.model.warning import StandingAllClear

from ..server.synthetic import SECOND, Served, SyntheticSite
from .chromium import Page
from .conftest import BOTH_LANGUAGES, watch, words

pytestmark = pytest.mark.timeout(180)
DIALOG = "document.querySelector('[role=dialog]')"
CLOSE_INCIDENT = ".incident > .buttons button:nth-child(2)"


def look(page: Page, name: str, language: str) -> None:
    if directory := os.environ.get("MARSAD_SCREENSHOTS"):
        page.screenshot(Path(directory) / f"ending-{name}-{language}.png")


def opened(page: Page, served: Served, language: str) -> None:
    watch(page, served, language)
    page.press("i", "KeyI", "i")
    page.wait_for("document.querySelector('.incident .objects li') !== null")


def is_unsaid(page: Page) -> bool:
    """Nothing is chosen for a person, and nothing can be done without them."""
    asked = page.value(f"{DIALOG}.querySelector('fieldset').querySelector('input:checked') === null")
    return bool(asked and page.value(f"{DIALOG}.querySelector('button.primary').disabled"))


def test_an_object_that_came_down_says_where_and_closing_proposes_it(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    opened(page, served, language)
    for track_id in (101, 102):
        site.reach(track_id, "fuel")
    page.wait_for("document.querySelectorAll('.objects [data-reached=fuel]').length === 2")
    said = page.value("document.querySelector('.objects li').innerText")
    zone = {"en": "Fuel farm", "ar": "مستودع الوقود"}[language]
    assert words(language, "incident.lastOver").replace("{zone}", zone) in said
    assert words(language, "outcome.landed") in said
    look(page, "reached", language)
    page.click(CLOSE_INCIDENT)
    page.wait_for(f"{DIALOG} !== null")
    assert is_unsaid(page)
    assert page.value(f"{DIALOG}.querySelector('[data-suggested=landed]') !== null")
    look(page, "close", language)
    page.press("Escape", "Escape")
    site.reach(101, "fuel", is_over=False)
    ahead = words(language, "incident.lastToward").replace("{zone}", zone)
    page.wait_for(f"document.querySelector('.objects li').innerText.includes({ahead!r})")


def test_closing_knows_what_is_recorded_and_asks_once_more_for_it_is_final(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    opened(page, served, language)
    for row in (1, 2):
        button = f".objects li:nth-child({row}) .outcomes button:nth-child(1)"
        page.click(button)
        page.wait_for(f"document.querySelector('{button}').ariaPressed === 'true'")
    page.click(CLOSE_INCIDENT)
    page.wait_for(f"{DIALOG} !== null")
    assert is_unsaid(page)
    assert words(language, "close.sayOutcome") in page.value(f"{DIALOG}.innerText")
    page.click("[role=dialog] label:has(input[value=stopped])")
    page.click("[role=dialog] button.primary")
    page.wait_for(f"{DIALOG}.innerText.includes({words(language, 'close.final')!r})")
    assert len(site.actions) == 2, "nothing is closed by one press"
    cancels = words(language, "action.cancel")
    page.wait_for(f"document.activeElement.innerText === {cancels!r}")  # one more Enter does no harm
    page.click("[role=dialog] button.do")
    page.wait_until(lambda: len(site.actions) == 3, "the closing")
    assert isinstance(site.actions[-1], CloseIncident) and site.actions[-1].outcome is Outcome.STOPPED


def test_an_outcome_says_by_whom_and_is_taken_back(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    opened(page, served, language)
    page.click(".objects li:nth-child(1) .outcomes button:nth-child(1)")
    page.wait_for(
        f"document.querySelector('.objects li').innerText.includes({words(language, 'incident.takeBack')!r})"
    )
    page.click(".objects li:nth-child(1) p.muted button.link")
    page.wait_until(lambda: len(site.actions) == 2, "the taking back")
    first, back = site.actions
    assert isinstance(first, ReportOutcome) and isinstance(back, ReportOutcome)
    assert back.outcome is Outcome.UNKNOWN and back.track_id == first.track_id


def test_the_all_clear_names_its_alarms_and_can_be_taken_back(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    opened(page, served, language)
    page.click(".incident > .buttons button:first-child")
    page.wait_for(f"{DIALOG}?.querySelectorAll('.all-clear-ends li').length === 2")
    said = page.value(f"{DIALOG}.querySelector('.all-clear-ends').innerText")
    assert said.count(words(language, "allClear.unacknowledged")) == 2
    assert words(language, "allClear.canBeTakenBack") in page.value(f"{DIALOG}.innerText")
    look(page, "all-clear", language)
    shown = page.value(f"[...{DIALOG}.querySelectorAll('[data-alarm]')].map(one => one.dataset.alarm)")
    page.click("[role=dialog] .buttons button:not(.primary)")
    page.wait_for(f"{DIALOG} === null")
    (given,) = site.actions
    assert given == AllClear(given.by, "", tuple(shown)) and len(shown) == 2
    site.clear("north", "fuel")
    now_ns = time.time_ns()
    page.wait_for("document.querySelector('.incident .all-clear-given') !== null")
    assert page.value("document.querySelector('.all-clear-given button')") is None, "not any more"
    site.all_clears = tuple(
        StandingAllClear(zone, now_ns - SECOND, now_ns + 600 * SECOND) for zone in ("north", "fuel")
    )
    page.wait_for("document.querySelectorAll('.all-clear-given [data-until]').length === 4")
    look(page, "can-be-taken-back", language)
    page.click(".all-clear-strip button")
    page.wait_for(f"{DIALOG}?.querySelectorAll('[type=checkbox]').length === 2")
    assert page.value(f"{DIALOG}.querySelector('[type=checkbox]:checked').value") == "north", "its own alone"
    assert page.value(f"{DIALOG}.querySelector('button.primary').disabled")
    page.value(f"{DIALOG}.querySelector('input:not([type])').focus()")
    page.command("Input.insertText", text="one more was seen")
    page.wait_for(f"{DIALOG}.innerText.includes({words(language, 'prepared.asWritten')!r})")
    look(page, "taken-back", language)
    prepared = "prepared.all_clear.seen_again"
    button = f"[role=dialog] [data-reason='{prepared}']"
    said = page.value(f"document.querySelector({json.dumps(button)}).innerText")
    assert said == words(language, prepared)
    page.click(button)
    page.wait_for(f"{DIALOG}.querySelector('input:not([type])').value === ''")
    page.click("[role=dialog] button.primary")
    page.wait_until(lambda: site.actions[1:], "the taking back")
    action = site.actions[-1]
    assert action == TakeBackAllClear(action.by, "north", prepared)
    site.all_clears = ()
    page.wait_for("document.querySelector('.all-clear-strip') === null")


def test_a_retraction_is_told_at_the_head_and_can_be_taken_back(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    opened(page, served, language)
    site.retract("asad-a1", "fuel")
    page.click(".endings [data-ending=retraction] button")
    page.wait_for(f"{DIALOG}?.querySelector('input') !== null")
    assert page.value(f"{DIALOG}.querySelector('button.do').disabled")
    page.value(f"{DIALOG}.querySelector('input').focus()")
    page.command("Input.insertText", text="it was no bird")
    look(page, "retraction-taken-back", language)
    page.click("[role=dialog] button.do")
    page.wait_until(lambda: site.actions, "the taking back")
    (action,) = site.actions
    assert action == TakeBackRetraction(action.by, "asad-a1", "it was no bird")


def test_an_outcome_is_corrected_after_closing_with_a_reason(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    opened(page, served, language)
    site.close("Lina")
    page.click(".incident-head .amend")
    page.wait_for(f"{DIALOG}?.querySelector('input[value=missed]') !== null")
    page.click("[role=dialog] label:has(input[value=missed])")
    assert page.value(f"{DIALOG}.querySelector('button.do').disabled"), "nothing without a reason"
    page.value(f"{DIALOG}.querySelector('input[maxlength]').focus()")
    page.command("Input.insertText", text="found in the field")
    look(page, "amend", language)
    page.click("[role=dialog] button.do")
    page.wait_until(lambda: site.actions, "the correction")
    (action,) = site.actions
    picture = site.picture()
    assert picture is not None and picture.incident is not None
    named = picture.incident.incident_id
    assert action == AmendOutcome(action.by, named, Outcome.MISSED, 0, "found in the field")


def test_how_long_warnings_took_is_a_table_under_past_incidents(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    opened(page, served, language)
    page.click(".register summary")
    page.wait_for("document.querySelectorAll('.delays tbody tr').length === 2")
    cells = page.value(
        "[...document.querySelectorAll('.delays tbody tr[data-output=gate] > *')].map((one) => one.innerText)"
    )
    assert cells == ["2026-11", "gate", "2", "0", "0.4", "1.9"]
    look(page, "delays", language)


def test_what_joins_an_acknowledged_alarm_is_said_beside_it(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    picture = site.picture()
    assert picture is not None
    alarm = next(one for one in picture.alarms if len(one.track_ids) == 2)
    site.seen_with[alarm.alarm_id] = 1
    page.click(f"[data-alarm={alarm.alarm_id}] .acknowledge")
    page.wait_for("document.querySelector('[data-grown]') !== null")
    assert page.value("document.querySelector('[data-grown]').innerText") == (
        words(language, "alarm.grown").replace("{count}", "1")
    )
    look(page, "grown", language)


@BOTH_LANGUAGES
@pytest.mark.parametrize("width", [390, 1280, 1600])
def test_a_card_of_which_nothing_comes_any_more_is_one_sentence_beside_its_buttons(
    page: Page, served: Served, site: SyntheticSite, language: str, width: int
) -> None:
    site.gone_alarms = frozenset({"asad-a1", "asad-a2"})
    site.ended_tracks = frozenset({101, 102, 117})
    page.size(width, 800)
    watch(page, served, language)
    card = "document.querySelector('[data-alarm=asad-a1]')"
    page.wait_for(f"{card}?.dataset.gone === 'true'")
    page.click("[data-alarm=asad-a1] .acknowledge")
    page.wait_for(f"{card}.querySelector('.acknowledged') !== null")
    look(page, f"gone-{width}", language)
    box: Callable[[str], str] = f"{card}.querySelector('{{}}').getBoundingClientRect()".format
    sentence = f"{card}.querySelector('.alarm-passed')"
    assert page.value(f"getComputedStyle({sentence}).display") == "block", "one sentence, not three columns"
    sides = f"[{box('.alarm-passed')}, {box('.alarm-do')}]"
    assert page.value(
        "(([a, b]) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top)"
        f"({sides})"
    ), "nothing is printed over it"
    assert page.value(f"{box('h2')}.width") >= 120
    assert page.value(f"{card}.querySelector('.alarm-do button').innerText") == words(
        language, "alarm.allClear"
    )
