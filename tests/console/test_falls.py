"""What falls, on the console: rounds, zones at risk, lying down, debris, and where things came down."""

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from marsad.model.action import RecordImpact
from marsad.model.impact import Doubt, ImpactTable, KeepOut
from marsad.model.picture import Picture
from marsad.model.reason import Reason
from marsad.model.warning import AlarmState, TimeLeft

from ..server.synthetic import SECOND, Served, SyntheticSite
from .chromium import Page
from .conftest import BOTH_LANGUAGES, watch, words

pytestmark = pytest.mark.timeout(180)


class Falling(SyntheticSite):
    """A site on which two rounds fall, seven and twenty seconds away, and one broke up."""

    is_down = False
    opens_s = 600

    def picture_at(self, t_ns: int) -> Picture:
        picture = super().picture_at(t_ns)
        spread = np.array([[90.0**2, 0.0], [0.0, 40.0**2]])
        impacts = ImpactTable(
            np.array([101, 102]),
            np.array([picture.t_ns + 7 * SECOND, picture.t_ns + 20 * SECOND]),
            np.array([0.4, 0.9]),
            np.array([[0.0, 1450.0, 0.0], [300.0, 1500.0, 0.0]]),
            np.array([spread, spread]),
            ((Doubt.WIND,), (Doubt.WIND,)),
        )
        until_ns = picture.t_ns + (-1 if self.is_down else 60) * SECOND
        place = (0.0, 900.0, 0.0)
        area = KeepOut((101,), picture.t_ns, place, 300.0, 120.0, 0.4, until_ns, Reason("breaking", ()))
        first, *others = picture.alarms
        falling = replace(
            first,
            state=AlarmState.PASSED if self.is_down else first.state,
            active_ids=() if self.is_down else first.active_ids,
            time_left=TimeLeft(7.0, 6.5, 7.5),
            impact_t_ns=picture.t_ns + 20 * SECOND,
            all_clear_from_t_ns=picture.t_ns + self.opens_s * SECOND,
        )
        return replace(
            picture,
            impacts=impacts if not self.is_down else None,
            keep_outs=(area,),
            alarms=(falling, *others),
        )


@pytest.fixture
def site() -> SyntheticSite:
    return Falling(alarms=2)


def look(page: Page, name: str, language: str) -> None:
    if directory := os.environ.get("MARSAD_SCREENSHOTS"):
        page.screenshot(Path(directory) / f"falls-{name}-{language}.png")


@BOTH_LANGUAGES
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.drawn_map
def test_rounds_that_fall_are_counted_with_their_zones_and_people_are_told_to_lie_down(
    page: Page, served: Served, language: str, width: int
) -> None:
    page.size(width, 844 if width == 390 else 720)
    watch(page, served, language)
    page.wait_for("document.querySelector('.falls-box')?.dataset.rounds === '2'")
    said = page.value("document.querySelector('.falls-box').innerText")
    assert words(language, "falls.rounds.two") in said and words(language, "falls.doubt.wind") in said
    assert re.search(r"0:\d\d.*0:\d\d", said), "the first and the last"
    page.wait_for("document.querySelector('.alarm .lie-down') !== null")
    assert words(language, "falls.lieDown") in page.value("document.querySelector('.alarm').innerText")
    assert page.value("document.documentElement.scrollWidth") <= width
    page.wait_for("document.querySelector('.keep-out-label') !== null")
    assert page.value("document.querySelector('.keep-out-label').textContent") == words(
        language, "falls.debris"
    )
    look(page, str(width), language)


def test_the_all_clear_of_rockets_opens_later_and_says_when_and_debris_stays(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    assert isinstance(site, Falling)
    site.is_down = True
    watch(page, served, language)
    page.click("[data-alarm=asad-a1] .alarm-do button:last-of-type")
    page.wait_for("document.querySelector('.dialog [data-opens]') !== null")
    give = "[...document.querySelectorAll('.dialog .buttons button')].filter(one => one.disabled).length"
    assert page.value(give) == 1, "it would be refused"
    assert words(language, "falls.opens") in page.value("document.querySelector('.dialog').innerText")
    assert words(language, "falls.debrisLies") in page.value("document.querySelector('.falls-box').innerText")
    look(page, "opens", language)
    site.opens_s = -1
    page.wait_for(f"{give} === 0")


def test_where_something_came_down_is_entered_by_hand(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    incident = site._incident
    first, *others = incident.objects
    predicted = replace(first, predicted_enu=(100.0, 50.0, 0.0), predicted_t_ns=site.started_ns)
    site._incident = replace(incident, objects=(predicted, *others))
    watch(page, served, language)
    page.click("[role=tab][data-key=incident]")
    page.wait_for("document.querySelector('.impact-entry') !== null")
    inputs = [words(language, f"impacts.{name}") for name in ("latitude", "longitude", "time", "note")]
    for label, text in zip(inputs, ("33.791", "42.442", "00:00:01", "by the fence"), strict=True):
        page.click(f".impact-entry input[aria-label='{label}']")
        page.command("Input.insertText", text=text)
    page.click(".impact-entry button[type=submit]")
    page.wait_until(lambda: site.actions, "an impact")
    (entered,) = site.actions
    assert isinstance(entered, RecordImpact)
    assert (entered.latitude_deg, entered.longitude_deg, entered.note) == (33.791, 42.442, "by the fence")
    assert entered.t_ns % (86_400 * SECOND) == (86_400 - 3 * 3_600 + 1) * SECOND, "of the site's clock"
    look(page, "entered", language)
