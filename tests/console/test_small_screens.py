"""A low screen and a telephone, when everything happens at once: what matters is there without scrolling."""

import time

import pytest

from marsad.model.announcement import Output, Telling
from marsad.model.drill import OutputFault, OutputHealth, Reachability

from ..server.synthetic import SECOND, Served, SyntheticSite
from .chromium import Page
from .conftest import BOTH_LANGUAGES, watch, words
from .test_telling import alarm_ids, waiting

pytestmark = [pytest.mark.timeout(180), BOTH_LANGUAGES]
# zones, times and buttons of cards, and the questions: those that are cut, or out of the window
CUT = """[...document.querySelectorAll(
  '.alarm :is(h2, .big, .alarm-do button), .release :is(strong, .release-time, .buttons button)')]
  .filter(part => {
    const at = part.getBoundingClientRect();
    const seen = document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2);
    return at.bottom > innerHeight || !(part.contains(seen) || seen?.contains(part));
  }).map(part => part.innerText)"""


@pytest.fixture
def alarms() -> int:
    return 4


def trouble(site: SyntheticSite) -> None:
    """Four alarms: of each a decision waits, and no siren answers."""
    sirens = tuple(
        Output(f"siren-{zone.zone_id}", "modbus", (zone.zone_id,), ("ALERT", "WARN"), True, True)
        for zone in site.site.zones
    )
    site.telling = Telling(sirens, tuple(waiting(site, one) for one in alarm_ids(site)))
    since_ns = time.time_ns() - 60 * SECOND
    site.output_health = tuple(
        OutputHealth(one.output_id, Reachability.DOWN, since_ns, fault=OutputFault.DOWN) for one in sirens
    )
    site.faults = tuple(f"output.down:{one.output_id}" for one in sirens)


def test_four_alarms_and_their_questions_are_whole_on_a_low_screen_and_leave_half_of_it(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    trouble(site)
    page.size(1280, 720)
    watch(page, served, language)
    page.wait_for("document.querySelectorAll('.release').length === 4")
    page.wait_for("document.querySelector('.alarm-unanswered') !== null")
    page.wait_for(f"({CUT}).length === 0")
    below = page.value("innerHeight - document.querySelector('main').getBoundingClientRect().top")
    assert below > 720 * 0.45, "the map and the list"
    assert words(language, "unanswered.instead").split("{")[0] in page.value(
        "document.querySelector('.alarm-unanswered').innerText"
    ), "what to do instead stays on the card"


def test_on_a_telephone_the_first_message_is_whole_and_the_others_are_a_press_away(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    trouble(site)
    page.size(390, 844)
    watch(page, served, language)
    page.wait_for("document.querySelector('.fault-more') !== null")
    page.wait_for(
        "(line => line.scrollWidth <= line.clientWidth && line.scrollHeight <= line.clientHeight + 1"
        " && getComputedStyle(line).whiteSpace === 'normal')(document.querySelector('.fault-lines p'))"
    )
    shown = "[...document.querySelectorAll('.fault-lines p')].filter(one => one.getClientRects().length > 0)"
    assert page.value(f"{shown}.length") == 1
    page.click(".fault-more")
    page.wait_for(f"{shown}.length > 1")
    assert page.value(
        f"{shown}.every(line => line.scrollWidth <= line.clientWidth"
        " && line.getBoundingClientRect().right <= 390)"
    )
