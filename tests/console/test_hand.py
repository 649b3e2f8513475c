"""What is under the hand, in both languages: the list, the dialogs, the map."""

import re

import pytest

from marsad.model.reason import Reason
from marsad.model.warning import LostObject

from ..server.synthetic import SyntheticSite
from .chromium import Page
from .conftest import words

pytestmark = pytest.mark.timeout(180)
MOVE = "document.querySelector('#threats').dispatchEvent(new PointerEvent('pointermove', { bubbles: true }))"
ROWS = "[...document.querySelectorAll('.threat')].map(row => Number(row.id.slice(6)))"
DIALOG = "document.querySelector('[role=dialog]')"
CLOSE_INCIDENT = ".incident > .buttons button:last-child"


@pytest.fixture
def alarms() -> int:
    return 6


def test_a_click_hits_the_row_it_was_aimed_at(watched: Page, site: SyntheticSite, language: str) -> None:
    assert watched.value(ROWS) == [101, 102, 117, 96]
    watched.move("#track-102")
    watched.value(f"void (window.hand = setInterval(() => {MOVE}, 200))")  # a hand that does not rest
    watched.wait_for("document.querySelector('#threats').dataset.held === 'true'")
    site.times_left_s = {102: 5.0}
    site.coasted_tracks = frozenset({102})  # seen on the page once the new order has come, too
    watched.wait_for("document.querySelector('#track-102').dataset.coasted === 'true'")
    assert watched.value(ROWS) == [101, 102, 117, 96]
    watched.click("#track-102")
    watched.wait_for("document.querySelector('.track')?.dataset.track === '102'")
    watched.value("clearInterval(window.hand)")
    watched.wait_for(f"{ROWS}[0] === 102")  # while the list has the focus, and the pointer rests on it
    assert watched.value("document.activeElement.id") == "threats"


def test_the_list_goes_on_while_a_row_has_the_focus(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    watched.value("document.querySelector('#threats').focus()")
    watched.press("ArrowDown", "ArrowDown")
    watched.wait_for("document.querySelector('.track')?.dataset.track === '101'")
    assert (
        watched.value("document.querySelector('#threats').getAttribute('aria-activedescendant')")
        == "track-101"
    )
    site.times_left_s = {102: 5.0}
    watched.wait_for(f"{ROWS}[0] === 102")
    watched.press("ArrowDown", "ArrowDown")  # from where the row now stands
    watched.wait_for("document.querySelector('.track')?.dataset.track === '117'")


def test_a_row_whose_track_has_ended_shows_its_last_values_and_no_noughts(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    watched.value(f"void (window.hand = setInterval(() => {MOVE}, 200))")
    watched.wait_for("document.querySelector('#threats').dataset.held === 'true'")
    site.ended_tracks = frozenset({101})
    watched.wait_for("document.querySelector('#track-101')?.dataset.gone === 'true'")
    text = watched.value("document.querySelector('#track-101').innerText")
    assert words(language, "threats.ended") in text and "52" in text and "210" in text
    assert watched.value("document.querySelector('#track-101 .threat-time').innerText") == "–"
    assert not re.search(r"(?<![\d:.])0(\.0)?(?![\d:.])", text), text
    watched.value("clearInterval(window.hand)")
    watched.wait_for("document.querySelector('#track-101') === null")


def test_heights_say_how_well_they_are_known(watched: Page, site: SyntheticSite, language: str) -> None:
    text = watched.value("document.querySelector('#track-101 .threat-facts').innerText")
    assert "210\u00a0±20" in text
    watched.click("#track-101")
    watched.wait_for("document.querySelector('.track .facts')?.innerText.includes('210\u00a0±20')")


def test_a_carried_track_shows_the_age_of_its_last_plot(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    assert watched.value("document.querySelector('#track-101 .last-plot') === null")
    site.coasted_tracks = frozenset({101})
    watched.wait_for("document.querySelector('#track-101 .last-plot') !== null")
    assert "7" in watched.value("document.querySelector('#track-101 .last-plot').innerText")
    opacity = "Number(getComputedStyle(document.querySelector('#track-{} .carried')).opacity)"
    assert watched.value(opacity.format(101)) < watched.value(opacity.format(102))
    titles = watched.value(
        "[...document.querySelectorAll('#track-101 .threat-facts [title]')].map(item => item.title)"
    )
    names = ("speed", "height", "range", "bearing")
    assert titles == [words(language, f"quantity.{name}") for name in names]


def test_a_camera_to_turn_is_called_as_people_call_it(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    numbers = (("azimuth_deg", 12.0), ("elevation_deg", 3.0), ("distance_m", 900.0))
    site.evidence = (Reason("cue.camera", (("sensor", "Radar North"), *numbers)),)
    watched.click("#track-101")
    watched.wait_for("document.querySelectorAll('.evidence li').length === 6")
    text = watched.value("document.querySelector('.evidence').innerText")
    assert ("الرادار الشمالي" in text, "Radar North" in text) == (language == "ar", language == "en")


def test_the_sum_says_where_it_is_limited(watched: Page, site: SyntheticSite, language: str) -> None:
    site.decibans = 5.0
    watched.click("#track-101")
    watched.wait_for("document.querySelector('.limited') !== null")
    text = watched.value("document.querySelector('.limited').innerText")
    assert "+12" in text and "+5" in text


def test_the_close_dialog_begins_anew_with_a_new_object(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    watched.press("i", "KeyI", "i")
    watched.click(CLOSE_INCIDENT)
    watched.click("[role=dialog] input[value=landed]")
    watched.wait_for(f"{DIALOG}.querySelector('[data-doubt=unrecorded]') !== null")
    text = watched.value(f"{DIALOG}.innerText")
    assert words(language, "close.alarmsActive") in text
    assert words(language, "close.unknownObjects.two") in text
    site.find_object(117)
    watched.wait_for(f"{DIALOG}?.querySelector('input[value=landed]')?.checked === false")
    assert watched.value(f"{DIALOG}.querySelector('[data-doubt=unrecorded]') === null")


def test_the_all_clear_names_what_still_comes(watched: Page, site: SyntheticSite, language: str) -> None:
    site.lost_sensors = frozenset({"radar-2"})
    watched.wait_for("document.querySelector('.sensors [data-health=lost]') !== null")
    watched.press("i", "KeyI", "i")
    watched.click(".incident > .buttons button:first-child")
    watched.wait_for(f"{DIALOG} !== null")
    text = watched.value(f"{DIALOG}.innerText")
    for key in ("titleEvery", "coming", "silent", "uncounted", "allTheSame"):
        assert words(language, f"allClear.{key}") in text
    assert "#101" in text and "Radar South" in text
    buttons = watched.value(f"[...{DIALOG}.querySelectorAll('.buttons button')].map(item => item.innerText)")
    assert buttons == [words(language, "action.cancel"), words(language, "allClear.allTheSame")]


def test_every_word_that_ends_names_what_was_lost_with_its_sensors(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    site.lost_sensors = frozenset({"radar-2"})
    site.ended_tracks = frozenset({101})
    site.lost_objects = (LostObject(101, "north", site.started_ns),)
    watched.press("i", "KeyI", "i")
    said = words(language, "allClear.lost").replace("{count}", "1")
    at = words(language, "allClear.lostAt").replace("{at}", "").strip()
    for button in (1, 2):  # the all-clear, then the closing
        watched.click(f".incident > .buttons button:nth-child({button})")
        watched.wait_for(f"{DIALOG}?.querySelector('[data-lost=\"1\"]') !== null")
        told = watched.value(f"{DIALOG}.querySelector('[data-lost]').innerText")
        told = told.replace("\u2068", "").replace("\u2069", "")
        assert said in told and "#101" in told and at in told
        assert {"en": "North camp", "ar": "المعسكر الشمالي"}[language] in told
        comes = watched.value(f"{DIALOG}.querySelector('.still-coming:not([data-lost])')?.innerText ?? ''")
        assert "#101" not in comes
        watched.press("Escape", "Escape")
        watched.wait_for(f"{DIALOG} === null")


def test_the_all_clear_of_a_zone_has_its_name_in_the_title(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    watched.click(
        ".alarms [data-state=passed] .alarm-do button:last-of-type", times=2
    )  # a double click opens it
    watched.wait_for(f"{DIALOG} !== null")
    zone = next(zone for zone in site.site.zones if zone.zone_id == "line")
    title = watched.value(f"{DIALOG}.querySelector('h2').innerText")
    assert (zone.name_ar if language == "ar" else zone.name_en) in title


def test_a_double_click_leaves_the_dialog_open(watched: Page, site: SyntheticSite, language: str) -> None:
    watched.press("i", "KeyI", "i")
    watched.click(".incident > .buttons button:first-child", times=2)
    watched.wait_for(f"{DIALOG} !== null")
    watched.wait_for("new Promise(ready => requestAnimationFrame(() => ready(true)))")
    assert watched.value(f"{DIALOG} !== null") and site.actions == []


@pytest.mark.drawn_map
def test_a_passed_zone_is_marked_on_the_map(watched: Page, site: SyntheticSite, language: str) -> None:
    watched.wait_for("document.querySelectorAll('.zone-label[data-passed=true]').length === 1")
    mark = watched.value("document.querySelector('.zone-label[data-passed=true]').dataset.mark")
    assert mark == words(language, "map.passed")
