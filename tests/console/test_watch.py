"""A watch at the console, in both languages: keys, clicks, dialogs, the banner, the register."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from marsad.errors import ReceivedError
from marsad.model.action import Acknowledge, HeadCount, ReportOutcome
from marsad.model.registration import RegistrationTable
from marsad.model.site import Mode

from ..server.synthetic import SITE, Served, SyntheticSite
from .chromium import Page
from .conftest import BOTH_LANGUAGES, same_port, watch, words

pytestmark = pytest.mark.timeout(180)
ACTIVE = ["asad-a1", "asad-a4", "asad-a5", "asad-a6", "asad-a2"]  # most urgent first; asad-a3 has passed
RUNNING_OUT = re.compile(r"\d+:\d\d")
CLOSE_INCIDENT = ".incident > .buttons button:last-child"


@pytest.fixture
def alarms() -> int:
    return 6


def space(page: Page) -> None:
    page.press(" ", "Space", " ")


def acknowledged(page: Page, site: SyntheticSite, count: int) -> None:
    """Wait until so many alarms are acknowledged, and see that it is those most urgent first."""

    def alarms() -> list[str]:
        return [action.alarm_id for action in site.actions if isinstance(action, Acknowledge)]

    page.wait_until(lambda: len(alarms()) >= count, f"{count} alarms acknowledged, not {site.actions}")
    assert alarms() == ACTIVE[:count]
    # the picture knows it too, so that the next key means the next alarm
    page.wait_for(f"document.querySelectorAll('.alarms [class=acknowledged]').length >= {count}")


def test_space_acknowledges_whatever_has_the_focus(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    page.press("i", "KeyI", "i")
    page.click(".objects .outcomes button")
    page.wait_for("document.querySelector('.objects .outcomes button').ariaPressed === 'true'")
    space(page)
    acknowledged(page, site, 1)
    page.click(".threats .panel-head button")
    page.wait_for("document.querySelectorAll('.threat').length === 7")
    space(page)
    acknowledged(page, site, 2)
    assert page.value("document.querySelectorAll('.threat').length") == 7, "the list was not switched back"
    assert [type(action) for action in site.actions] == [ReportOutcome, Acknowledge, Acknowledge]


def test_space_and_a_acknowledge_while_a_dialog_is_open(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    page.press("?", "Slash", "?")
    page.wait_for("document.activeElement.closest('[role=dialog]') !== null")
    page.press("a", "KeyA", "a")
    acknowledged(page, site, 1)
    space(page)
    acknowledged(page, site, 2)
    assert page.value("document.querySelector('[role=dialog] .keys') !== null"), "it is still open"
    page.press("Escape", "Escape")
    page.wait_for("document.querySelector('[role=dialog]') === null")
    page.press("i", "KeyI", "i")
    page.click(CLOSE_INCIDENT)
    page.click("[role=dialog] input[type=radio][value=stopped]")
    space(page)
    acknowledged(page, site, 3)
    assert page.value("document.querySelector('[role=dialog] input[value=stopped]').checked")


def test_a_space_typed_into_a_text_stays_a_space(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    page.press("i", "KeyI", "i")
    page.click(CLOSE_INCIDENT)
    page.click("[role=dialog] fieldset:nth-of-type(3) input[value=confirmed]")
    page.click("[role=dialog] textarea")
    for key, code in (("a", "KeyA"), (" ", "Space"), ("b", "KeyB")):
        page.press(key, code, key)
    page.wait_for("document.querySelector('[role=dialog] textarea').value === 'a b'")
    assert site.actions == []


def test_a_double_click_is_one_action(page: Page, served: Served, site: SyntheticSite, language: str) -> None:
    watch(page, served, language)
    page.press("i", "KeyI", "i")
    page.click(".people button", times=2)
    page.wait_for("document.querySelector('.people').dataset.accounted === 'true'")
    page.click(".objects .outcomes button", times=2)
    page.wait_for("document.querySelector('.objects .outcomes button').ariaPressed === 'true'")
    page.click(".alarm .acknowledge", times=2)
    acknowledged(page, site, 1)
    assert [type(action) for action in site.actions] == [HeadCount, ReportOutcome, Acknowledge]
    assert page.value("document.querySelector('.told') === null")


def test_choices_of_the_close_dialog_are_groups_that_arrows_move_in(
    page: Page, served: Served, language: str
) -> None:
    watch(page, served, language)
    page.press("i", "KeyI", "i")
    page.click(CLOSE_INCIDENT)
    page.wait_for("document.querySelectorAll('[role=dialog] fieldset').length === 4")
    names = page.value(
        "[...document.querySelectorAll('[role=dialog] fieldset')]"
        ".map(group => [...new Set([...group.querySelectorAll('input')].map(input => input.name))])"
    )
    assert all(len(group) == 1 and group[0] for group in names), names
    assert len({group[0] for group in names}) == 4
    page.click("[role=dialog] fieldset:nth-of-type(1) input[value=unknown]")
    page.press("ArrowDown", "ArrowDown")
    page.wait_for("document.activeElement.value === 'stopped' && document.activeElement.checked")


# what is seen the moment a refusal is told: it goes after eight seconds, however slow the machine is
REFUSED = """void (window.refused = new Promise(seen => { const look = () => {
  const told = document.querySelector('.told'), button = document.querySelector('[role=dialog] button.do');
  if (told?.innerText !== %s) return setTimeout(look, 20);
  const [one, other] = [told, button].map(part => part?.getBoundingClientRect());
  seen({ isOpen: button !== null, isHidden: told.closest('[inert], [aria-hidden=true]') !== null,
    isOverButton: one.x < other?.right && other?.x < one.right }); }; look(); }))"""


@BOTH_LANGUAGES
def test_what_the_site_refuses_is_said_in_the_language_of_the_page(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    page.press("i", "KeyI", "i")
    page.click(CLOSE_INCIDENT)
    page.click("[role=dialog] fieldset:nth-of-type(1) input[value=stopped]")
    page.click("[role=dialog] fieldset:nth-of-type(2) input[value=confirmed]")
    page.wait_for(
        f"document.querySelector('[role=dialog]').innerText.includes({words(language, 'close.zeroIsNone')!r})"
    )
    page.click("[role=dialog] .primary")  # the question first, as it is final
    page.wait_for(
        f"document.querySelector('[role=dialog]').innerText.includes({words(language, 'close.final')!r})"
    )
    for reason in ("outcome-contradicts-objects", "outcome-of-no-object", "casualties-zero"):
        site.refusal = ReceivedError(reason, "the site's own words")
        page.value(REFUSED % json.dumps(words(language, f"refused.{reason}")))
        page.click("[role=dialog] button.do")
        seen = page.value("window.refused")
        # nothing entered is lost, and the button can be pressed again once the entry is mended
        assert seen == {"isOpen": True, "isHidden": False, "isOverButton": False}


def test_the_button_that_enter_presses_is_shown_after_a_click(
    page: Page, served: Served, language: str
) -> None:
    watch(page, served, language)
    page.click(".alarms [data-state=passed] .alarm-do button:last-of-type")
    page.wait_for("document.activeElement.closest('[role=dialog] .buttons') !== null")
    assert page.value("document.activeElement.innerText") == words(language, "action.cancel")
    page.wait_for("getComputedStyle(document.activeElement).outlineStyle === 'solid'")


def seconds(text: str) -> int:
    minutes, _, rest = text.partition(":")
    return int(minutes) * 60 + int(rest)


def test_time_left_is_one_clock_in_one_format(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    shown = (
        "[...document.querySelectorAll('.threat, .alarm')].map(row => ["
        "row.querySelector('.seconds, .big')?.innerText, row.querySelector('.interval')?.innerText])"
        ".filter(([left, interval]) => left && interval)"
    )
    first = page.value(shown)
    site.paused = True  # between pictures the clocks go on
    page.wait_until(
        lambda: seconds(first[0][0]) - seconds(page.value(shown)[0][0]) >= 3, "three seconds are gone"
    )
    last = page.value(shown)
    assert len(first) == len(last) == 6
    for (left, interval), (left_then, interval_then) in zip(last, first, strict=True):
        assert RUNNING_OUT.fullmatch(left), left
        low, high = interval.split("–")
        assert seconds(low) <= seconds(left) <= seconds(high)
        gone = seconds(left_then) - seconds(left)
        assert gone >= 2
        low_then, high_then = interval_then.split("–")
        for now, then in ((low, low_then), (high, high_then)):
            assert abs(seconds(then) - seconds(now) - gone) <= 1 or seconds(now) == 0


# alarms whose name, time or stage is cut off or lies on another
CUT = """[...document.querySelectorAll('.alarm')].flatMap(card => {
  const [cell, name, time, stage] = [card, ...['h2', '.time-left, .alarm-passed', '.alarm-stage']
    .map(part => card.querySelector(part))].map(part => part.getBoundingClientRect());
  const words = document.createRange(); words.selectNodeContents(card.querySelector('h2'));
  const inside = [...words.getClientRects()].filter(at => at.width > 2).every(at =>
    at.left >= name.left - 1 && at.right <= name.right + 1);
  const apart = name.bottom <= time.top + 1 && name.top >= stage.bottom - 1;
  const whole = [...card.querySelectorAll('*')].every(part =>
    part.getBoundingClientRect().bottom <= cell.bottom + 1);
  return inside && apart && whole ? [] : [card.innerText]; })"""


@BOTH_LANGUAGES
def test_zone_names_are_whole_beside_four_alarms(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.show_alarms(4)
    watch(page, served, language)
    page.wait_for("document.querySelectorAll('.alarm').length === 4")
    for width, height in ((1600, 900), (1280, 720)):
        page.size(width, height)
        page.wait_for(f"innerWidth === {width}")
        assert page.value(CUT) == []
        assert page.value("document.documentElement.scrollWidth <= innerWidth")
    headings = page.value("[...document.querySelectorAll('.alarm h2')].map(name => name.innerText)")
    if language == "en":
        assert headings == ["North camp", "North runway", "Fuel farm", "Flight line"]
    else:  # in its own order; what the runways share steps back behind the word that tells them apart
        assert headings[1] == "المدرج الشمالي"
        shared = "document.querySelectorAll('.alarm h2')[1].querySelector('.shared').innerText"
        assert page.value(shared) == "المدرج"


@BOTH_LANGUAGES
@pytest.mark.drawn_map
def test_alarms_come_and_go_without_moving_the_map(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    top = "document.querySelector('.map-pane').getBoundingClientRect().top"
    site.show_alarms(0)
    watch(page, served, language)
    page.wait_for("document.querySelector('.no-alarm') !== null")
    places = [page.value(top)]
    for count in (1, 2, 5):
        site.show_alarms(count)
        page.wait_for(f"document.querySelectorAll('.alarm, .alarm-row').length === {count}")
        places.append(page.value(top))
    assert len(set(places)) == 1, places


def test_blocked_sound_is_as_loud_as_the_alarm_it_blocks(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.show_alarms(0)
    watch(page, served, language)
    ground = "getComputedStyle(document.querySelector({!r})).backgroundColor"
    page.wait_for("document.querySelector('.blocked-sound')?.dataset.stage === '0'")
    quiet = page.value(ground.format(".blocked-sound"))
    site.show_alarms(1)
    page.wait_for("document.querySelector('.blocked-sound').dataset.stage === '3'")
    loud = page.value(ground.format(".blocked-sound"))
    assert loud == page.value(ground.format(".alarm")) != quiet
    assert page.value("document.querySelector('.blocked-sound').role") == "alert"
    before = page.value("document.querySelector('.threat').getBoundingClientRect().top")
    page.click(".threat")
    page.wait_for("document.querySelector('.track') !== null")
    page.wait_for("document.querySelector('.blocked-sound') === null")
    assert page.value("document.querySelector('.threat').getBoundingClientRect().top") == before


@pytest.mark.parametrize("mode", [Mode.TEST, Mode.EXERCISE])
def test_the_console_stays_on_the_closed_incident_and_the_register_holds_its_papers(
    page: Page, language: str, mode: Mode
) -> None:
    site = SyntheticSite(replace(SITE, mode=mode))
    with Served(site, same_port()) as served:
        watch(page, served, language)
        assert page.value("document.querySelector('.incident') === null")
        site.close("Layla")
        page.wait_for("document.querySelector('.incident-head')?.innerText.includes('Layla')")
        marks = "[...document.querySelectorAll('.mode-mark')].map(mark => mark.innerText)"
        page.wait_for("document.querySelectorAll('.register li').length === 1")
        assert page.value(marks) == [words(language, f"mode.{mode.value}")] * 2
        papers = "[...document.querySelectorAll('.register li a')].map(link => link.href.split('/').pop())"
        assert page.value(papers) == ["report.pdf?lang=ar", "report.pdf?lang=en"]
        report = page.value(
            "fetch(document.querySelector('.register li a').href).then(answer => answer.text())"
        )
        assert report.startswith("%PDF")
        page.click(".register li .documents button")
        name = site.site.name_en if language == "en" else site.site.name_ar
        page.wait_for(f"document.querySelector('.statement')?.innerText.includes('{name}')")


def test_the_end_of_a_simulation_is_said(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.lost_sensors = frozenset({"radar-1"})
    watch(page, served, language)
    page.wait_for("document.querySelectorAll('.fault-strip .fault').length === 1")
    site.close("Layla")
    site.notices = ("simulation-over",)
    page.wait_for("document.querySelector('.notice') !== null")
    assert page.value("document.querySelector('.notice').innerText") == words(
        language, "notice.simulation-over"
    )
    page.wait_for("document.querySelectorAll('.fault-strip .fault').length === 0")
    page.wait_for("document.querySelector('.incident-head') !== null")
    page.wait_for("document.querySelector('.link-mark').dataset.state === 'over'")
    mark = page.value("document.querySelector('.link-mark').innerText")
    assert words(language, "link.over") in mark and words(language, "link.open") not in mark
    # nothing that the site would refuse is offered, and nothing waits for an acknowledgement
    assert page.value("document.querySelectorAll('.alarms .acknowledge, .incident .outcomes').length") == 0
    page.click(".threat")
    page.wait_for("document.querySelector('.identify') !== null")
    assert page.value("[...document.querySelectorAll('.identify button')].every(button => button.disabled)")
    page.press("a", "KeyA", "a")
    assert page.value("document.querySelector('.blocked-sound') === null") and site.actions == []


@BOTH_LANGUAGES
def test_what_is_refused_after_the_day_is_in_the_language_of_the_page(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    site.refusal = ReceivedError("site-over", "the simulated day is over")
    page.click(".alarm .acknowledge")
    page.wait_for(f"document.querySelector('.told')?.innerText === {words(language, 'refused.site-over')!r}")
    assert (re.search("[A-Za-z]", words(language, "refused.site-over")) is None) is (language == "ar")


LEFT_TO_RIGHT = """(selector => [...document.querySelectorAll(selector)].map(element => {
  const places = [], walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode())
    for (let at = 0; at < text.length; at++) {
      const range = document.createRange(); range.setStart(text, at); range.setEnd(text, at + 1);
      places.push([range.getBoundingClientRect().left, text.data[at]]);
    }
  return places.sort(([a], [b]) => a - b).map(([, letter]) => letter).join('');
}))"""


@BOTH_LANGUAGES
def test_figures_read_from_left_to_right(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    degree = np.radians(1.0)
    site.registration = RegistrationTable(
        ("eo-1",),
        np.array([[np.nan, 0.0, 0.22 * degree, np.nan]]),
        np.array([[np.nan, 0.1, 0.03 * degree, np.nan]]),
        np.array([40]),
        np.array([[False, False, False, False]]),
        np.array([[False, False, True, False]]),
    )
    watch(page, served, language)
    page.wait_for("document.querySelectorAll('.fault-strip .fault').length === 1")
    (strip,) = page.value(f"{LEFT_TO_RIGHT}('.fault-strip .fault')")
    assert "+0.22° ± 0.03°" in strip.replace("\u00a0", " ")
    (row,) = page.value(f"{LEFT_TO_RIGHT}('.alignment li:last-child')")
    assert "+0.22° ± 0.03°" in row
    (offset,) = page.value(f"{LEFT_TO_RIGHT}('.clocks small bdi')")
    assert offset == "+03:00"


@BOTH_LANGUAGES
def test_what_a_sensor_says_is_in_the_language_of_the_page(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.notes = {"adsb-1": "no line for 30 s", "radar-1": "clutter: mast 3", "rf-1": "connection closed"}
    watch(page, served, language)
    page.wait_for("document.querySelectorAll('.sensors .note').length === 3")
    notes = page.value("[...document.querySelectorAll('.sensors .note')].map(note => note.innerText)")
    labels = ("sensor_note.no_line", "sensor_note.closed", "sensor_status.clutter")
    for note, label in zip(notes, labels, strict=True):
        assert note.startswith(words(language, label).split("{")[0]), note
    assert "30" in notes[0] and notes[2].endswith(": mast 3")


@BOTH_LANGUAGES
@pytest.mark.drawn_map
def test_labels_on_the_map_follow_the_language(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    page.wait_for("document.querySelectorAll('.zone-label').length === 6")
    page.wait_for("document.querySelectorAll('.ring-label').length > 2")
    ways = page.value("[...document.querySelectorAll('.zone-label, .ring-label')].map(label => label.dir)")
    assert set(ways) == {"rtl" if language == "ar" else "ltr"}
    rings = page.value("[...document.querySelectorAll('.ring-label')].map(label => label.textContent)")
    assert all(ring.endswith(words(language, "unit.km")) for ring in rings[:-1])
    assert rings[-1] == words(language, "map.north")
    scale = page.value("document.querySelector('.maplibregl-ctrl-scale').innerText")
    assert scale.split()[-1] in (words(language, "unit.km"), words(language, "unit.m"))
    titles = page.value("[...document.querySelectorAll('.maplibregl-ctrl-group button')].map(b => b.title)")
    assert titles == [words(language, key) for key in ("map.zoomIn", "map.zoomOut", "map.northUp")]
    for name, key in (("ctrl-attrib-button", "map.credits"), ("canvas", "map.region")):
        said = page.value(f"document.querySelector('.maplibregl-{name}').ariaLabel")
        assert said == words(language, key)
    marked = page.value("[...document.querySelectorAll('.maplibregl-marker')].map((one) => one.ariaLabel)")
    assert marked and "Map marker" not in marked
