"""The console at three sizes and in both languages: nothing is cut off, nothing lies on anything else."""

import json
from collections.abc import Iterator

import pytest

from marsad.server import ServerSettings

from ..server.synthetic import SITE, Served, SyntheticSite
from .chromium import Browser, Page
from .conftest import BOTH_LANGUAGES, watch

pytestmark = [pytest.mark.timeout(180), BOTH_LANGUAGES]
SIZES = [(1600, 900), (1280, 720), (390, 844)]
# pairs of elements that are both shown and have a place in common
OVERLAPS = """(selector => {
  const shown = [...document.querySelectorAll(selector)].filter(
    element => getComputedStyle(element).visibility !== 'hidden' && element.getClientRects().length > 0);
  const boxes = shown.map(element => element.getBoundingClientRect());
  const found = [];
  boxes.forEach((one, place) => boxes.slice(place + 1).forEach((other, after) => {
    const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    if (across > 1 && down > 1) found.push([shown[place].innerText, shown[place + 1 + after].innerText]);
  }));
  return found;
})"""


@pytest.fixture
def alarms() -> int:
    return 6


@pytest.fixture(scope="module")
def drawn(browser: Browser, language: str) -> Iterator[Page]:
    """One page of a site with six alarms, its map drawn, to be looked at in every size."""
    with (
        browser.page() as page,
        Served(SyntheticSite(alarms=6), ServerSettings(port=0)) as served,
    ):
        page.size(1280, 800)
        watch(page, served, language)
        page.wait_for("document.querySelectorAll('.zone-label').length === 6")
        page.wait_for("document.querySelectorAll('.ring-label').length > 2")
        yield page


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_page_is_no_wider_than_its_window(drawn: Page, width: int, height: int) -> None:
    drawn.size(width, height)
    drawn.wait_for(f"innerWidth === {width} && document.documentElement.scrollWidth <= {width}")
    outside = drawn.value(
        "[...document.querySelectorAll('.alarm *, .top-bar *, .panel-head *')]"
        ".filter(part => part.getClientRects().length > 0 && !part.closest('.spoken'))"
        ".filter(part => part.getBoundingClientRect().right > innerWidth + 1"
        " || part.getBoundingClientRect().left < -1).map(part => part.className + ' ' + part.textContent)"
    )
    assert outside == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_in_an_alarm_lies_on_anything_else(drawn: Page, width: int, height: int) -> None:
    drawn.size(width, height)
    drawn.wait_for(f"innerWidth === {width}")
    parts = ".alarm-stage > *, .alarm h2, .time-left > *, .alarm-passed, .alarm-do > *"
    assert drawn.value(f"{OVERLAPS}({json.dumps(parts)})") == []
    bar = ".brand > *, .link-mark > *, .clocks > *, .tools > *"
    assert drawn.value(f"{OVERLAPS}({json.dumps(bar)})") == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_names_on_the_map_keep_apart_and_those_of_zones_in_alarm_are_shown(
    drawn: Page, width: int, height: int
) -> None:
    drawn.size(width, height)
    drawn.wait_for(f"innerWidth === {width}")
    drawn.click(".map-pane .home")
    drawn.wait_for(
        "[...document.querySelectorAll('.zone-label:not([data-stage=\"0\"])')]"
        ".every(label => getComputedStyle(label).visibility === 'visible')"
    )
    drawn.wait_for(f"{OVERLAPS}('.zone-label').length === 0")
    drawn.wait_for(f"{OVERLAPS}('.zone-label, .ring-label').length === 0")


def test_the_list_of_all_tracks_is_not_called_threats(watched: Page, language: str) -> None:
    head = "document.querySelector('.threats h2').innerText"
    threats = watched.value(head)
    watched.click(".threats .panel-head button")
    watched.wait_for(f"{head} !== {json.dumps(threats)}")
    name, _, _ = threats.rpartition(" ")
    assert name and name not in watched.value(head)


def test_a_zone_in_the_banner_has_its_name_in_its_own_order(drawn: Page, language: str) -> None:
    names = {zone.name_ar if language == "ar" else zone.name_en for zone in SITE.zones}
    names |= {SITE.name_ar if language == "ar" else SITE.name_en}
    shown = drawn.value("[...document.querySelectorAll('.alarm h2')].map(title => title.innerText.trim())")
    assert shown and set(shown) <= names


def test_on_a_telephone_the_alarms_leave_two_thirds_to_what_is_below(drawn: Page) -> None:
    drawn.size(390, 844)
    drawn.wait_for("innerWidth === 390")
    drawn.wait_for("document.querySelector('.alarms').getBoundingClientRect().height <= 844 / 3")
    focus = "parseFloat(getComputedStyle(document.documentElement).scrollPaddingBlockStart)"
    assert drawn.value(focus) > 0, "what has the focus does not lie under them"
