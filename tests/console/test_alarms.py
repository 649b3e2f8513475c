"""Many alarms at once, in both languages and at three sizes: each is seen, each has its own button."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from marsad.model.action import Acknowledge
from marsad.model.site import Zone
from marsad.server import ServerSettings

from ..server.synthetic import SECOND, SITE, Served, SyntheticSite
from .chromium import Browser, Page
from .conftest import BOTH_LANGUAGES, same_port, watch, words

pytestmark = pytest.mark.timeout(180)
SIZES = [(1600, 900), (1280, 720), (390, 844)]
ZONES = (
    ("Canteen", "المطعم"),
    ("School", "المدرسة"),
    ("Hospital", "المستشفى"),
    ("Workshop", "الورشة"),
    ("Fuel depot", "مستودع الوقود"),
    ("Power house", "محطة الكهرباء"),
    ("Turbine hall", "قاعة التوربينات"),
    ("Barracks west", "الثكنات الغربية"),
    ("Barracks east", "الثكنات الشرقية"),
    ("Administration building and main gate", "مبنى الإدارة والبوابة الرئيسية"),
)
# alarms whose name, time or button is not inside the banner once its strip is scrolled there
OUT_OF_REACH = """[...document.querySelectorAll('[data-alarm]')].flatMap(alarm => {
  alarm.scrollIntoView({ block: 'nearest' });
  const banner = document.querySelector('.alarms').getBoundingClientRect();
  const parts = [...alarm.querySelectorAll('h2, .alarm-row-name, .big, .alarm-row-time, .alarm-do button')];
  return parts.filter(part => {
    const at = part.getBoundingClientRect();
    const middle = [at.x + at.width / 2, at.y + at.height / 2];
    return at.top < banner.top - 1 || at.bottom > banner.bottom + 1
      || at.left < -1 || at.right > innerWidth + 1
      || !alarm.contains(document.elementFromPoint(...middle));
  }).map(part => alarm.dataset.alarm + ' ' + part.innerText); })"""
# parts of one alarm that lie on each other
OVERLAPS = """[...document.querySelectorAll('[data-alarm]')].flatMap(alarm => {
  const parts = [...alarm.querySelectorAll(
    '.alarm-stage > *, h2, .alarm-row-name, .time-left > *, .alarm-row-time, .alarm-do > *')]
    .filter(part => part.getClientRects().length > 0);
  const boxes = parts.map(part => part.getBoundingClientRect());
  return boxes.flatMap((one, place) => boxes.slice(place + 1).filter(other =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
    && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1)
    .map(() => parts[place].innerText)); })"""
# words of zone names that a line's end cuts in two
BROKEN_WORDS = """[...document.querySelectorAll('.alarm h2, .alarm-row-name > bdi')].flatMap(name => {
  const walk = document.createTreeWalker(name, NodeFilter.SHOW_TEXT), broken = [];
  for (let text = walk.nextNode(); text; text = walk.nextNode())
    for (const word of text.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map(at => Math.round(at.top / 6)));
      if (lines.size > 1) broken.push(word[0]);
    }
  return broken; })"""


def many() -> SyntheticSite:
    """A site whose ten zones are warned at once."""
    zones = tuple(
        Zone(f"zone-{number}", *names, (), (150.0 * (number % 4) - 225, 150.0 * (number // 4)), 60.0)
        for number, names in enumerate(ZONES)
    )
    return SyntheticSite(replace(SITE, zones=zones), alarms=10)


@pytest.fixture
def site() -> SyntheticSite:
    return many()


@pytest.fixture(scope="module")
def looked_at(browser: Browser, language: str) -> Iterator[Page]:
    """One page of the site, to be looked at in every size."""
    with browser.page() as page, Served(many(), ServerSettings(port=0)) as served:
        watch(page, served, language)
        yield page


def shown(page: Page) -> list[str]:
    order: list[str] = page.value(
        "[...document.querySelectorAll('[data-alarm]')].map(alarm => alarm.dataset.alarm)"
    )
    return order


def acknowledged(site: SyntheticSite) -> list[str]:
    return [action.alarm_id for action in site.actions if isinstance(action, Acknowledge)]


@BOTH_LANGUAGES
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_ten_zones_warned_at_once_are_all_in_reach(
    looked_at: Page, language: str, width: int, height: int
) -> None:
    looked_at.size(width, height)
    looked_at.wait_for(f"innerWidth === {width}")
    looked_at.wait_for("document.querySelector('.blocked-sound') !== null")
    names = looked_at.value(
        "[...document.querySelectorAll('.alarm h2, .alarm-row-name > bdi')]"
        ".map(name => name.textContent.trim())"
    )
    assert names == [zone[0 if language == "en" else 1] for zone in ZONES]
    for faults in (OUT_OF_REACH, OVERLAPS, BROKEN_WORDS):  # a page that was just resized settles first
        looked_at.wait_for(f"{faults}.length === 0", 20.0)
    assert looked_at.value("document.documentElement.scrollWidth <= innerWidth")
    assert looked_at.value("document.querySelector('.alarms').getBoundingClientRect().height") < height / 2
    assert "10" in looked_at.value("document.querySelector('.unseen-count').innerText")
    looked_at.value("document.querySelector('.map-pane').scrollIntoView({ block: 'center' })")
    assert looked_at.value(  # the map can be reached below the alarms
        "(() => { const at = document.querySelector('.map').getBoundingClientRect();"
        " return document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2)"
        "?.closest('.map') !== null; })()"
    )


def test_an_alarm_of_the_strip_has_a_button_of_its_own(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    watched.click(".alarm-row[data-alarm=asad-a9] .acknowledge")
    watched.wait_until(lambda: acknowledged(site) == ["asad-a9"], f"the ninth alarm, not {site.actions}")


def test_an_alarm_names_its_object_its_reason_and_the_zone_of_its_countdown(
    page: Page, language: str
) -> None:
    site = SyntheticSite(alarms=2)
    site.alert_zone = ""
    with Served(site, same_port()) as served:
        watch(page, served, language)
        card = "document.querySelector('[data-alarm=asad-a{}]')"
        page.wait_for(f"{card.format(2)} !== null")
        site.paused = True  # one picture for all that is read
        page.wait_for("document.querySelector('.link-mark').dataset.state === 'stale'")
        one, other = (
            page.value(f"{card.format(number)}.innerText").replace("\u00a0", " ") for number in (1, 2)
        )
        assert f"#101 {words(language, 'class.owa')}" in one
        assert f"#117 {words(language, 'class.multirotor')}" in other
        fuel = "Fuel farm" if language == "en" else "مستودع الوقود"
        assert words(language, "alarm.toward").replace("{zone}", fuel) in other
        for text, code in ((one, "rule.warn_course"), (other, "rule.alert_drone")):
            assert words(language, code).split("{")[0].strip() in text
        for alarm, track in ((1, 101), (2, 117)):  # one countdown, in the banner and in the list
            pair = f"[{card.format(alarm)}.querySelector('.big'), "
            pair += f"document.querySelector('#track-{track} .seconds')].map(time => time.innerText)"
            in_banner, in_list = page.value(pair)
            assert in_banner == in_list
        assert fuel in page.value("document.querySelector('#track-117 .zone-name').innerText")
        page.click("[data-alarm=asad-a2] .alarm-object button")
        page.wait_for("document.querySelector('.track')?.dataset.track === '117'")


def test_what_nobody_acknowledged_comes_first(watched: Page, site: SyntheticSite, language: str) -> None:
    for number in range(1, 5):
        watched.press("a", "KeyA", "a")
        watched.wait_for(f"document.querySelector('[data-alarm=asad-a{number}]').dataset.unseen === 'false'")
    assert acknowledged(site) == ["asad-a1", "asad-a2", "asad-a3", "asad-a4"]
    # of those that are as good as equal none changes its place without need
    order = [f"asad-a{number}" for number in (5, 6, 7, 8, 9, 10, 4, 3, 2, 1)]
    watched.wait_until(lambda: shown(watched) == order, "the acknowledged ones come last")
    assert "6" in watched.value("document.querySelector('.unseen-count').innerText")


def test_an_acknowledged_alarm_does_not_give_its_place_to_another_under_the_pointer(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    watched.value(  # a hand that does not rest, however slow the machine is
        "void (window.hand = setInterval(() => document.querySelector('.alarms')"
        ".dispatchEvent(new PointerEvent('pointermove', { bubbles: true })), 200))"
    )
    watched.click(".alarm[data-alarm=asad-a1] .acknowledge", times=2)
    watched.wait_for("document.querySelector('[data-alarm=asad-a1]').dataset.unseen === 'false'")
    assert shown(watched)[0] == "asad-a1"
    watched.value("clearInterval(window.hand)")
    assert acknowledged(site) == ["asad-a1"]
    order = [f"asad-a{number}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 1)]
    watched.wait_until(lambda: shown(watched) == order, "it goes behind the others once nobody aims")


@pytest.mark.parametrize("place", [".alarm[data-alarm=asad-a2]", ".alarm-row[data-alarm=asad-a7]"])
def test_alarms_are_acknowledged_by_mouse_while_a_dialog_is_open(
    watched: Page, site: SyntheticSite, language: str, place: str
) -> None:
    watched.press("?", "Slash", "?")
    watched.wait_for("document.querySelector('[role=dialog] .keys') !== null")
    watched.click(f"{place} .acknowledge")
    watched.wait_until(lambda: len(site.actions) == 1, "the alarm is acknowledged")
    alarm = place[place.index("[") :]
    watched.wait_for(f"document.querySelector({alarm!r}).dataset.unseen === 'false'")
    assert watched.value("document.querySelector('[role=dialog] .keys') !== null"), "it is still open"
    above: Callable[[str], str] = "document.querySelector('{}').getBoundingClientRect()".format
    assert watched.value(f"{above('.alarms')}.bottom <= {above('.dialog')}.top"), "nothing lies on the alarms"


def test_a_card_says_that_nothing_comes_only_where_nothing_does(page: Page, language: str) -> None:
    site = SyntheticSite(alarms=3)
    card = "document.querySelector('[data-alarm=asad-a3]')"
    with Served(site, same_port()) as served:
        watch(page, served, language)
        page.wait_for(f"{card}?.querySelector('.heading')?.dataset.track === '101'")
        said = page.value(f"{card}.innerText")
        assert words(language, "alarm.stillComing") in said and "#101" in said
        assert words(language, "alarm.noneSince").split("{")[0] not in said
        site.ended_tracks = frozenset({101, 102, 117})
        page.wait_for(f"{card}.querySelector('.heading') === null")
        said = page.value(f"{card}.innerText")
        at = time.strftime("%H:%M:%S", time.gmtime(site.started_ns // SECOND + SITE.utc_offset_s))
        assert words(language, "alarm.noneSince").replace("{at}", at) in said
