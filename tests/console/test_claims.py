"""What aircraft say of themselves at the console: calls for help, and disturbed satellite navigation."""

from typing import Any

import pytest

from marsad.model.detection import Claim, ClaimedState, ClaimSource
from marsad.model.picture import NavigationHealth, NavigationState
from marsad.model.reason import Reason

from ..server.synthetic import Served, SyntheticSite
from .chromium import Page
from .conftest import watch, words

pytestmark = pytest.mark.timeout(180)
AIRLINER, HELICOPTER = 73, 74
DISTURBED = NavigationHealth(
    NavigationState.BAD,
    9,
    (HELICOPTER,),
    (Reason("navigation.jumps", (("off", 4.0), ("aircraft", 9.0), ("jump_km", 61.0))),),
)


@pytest.fixture
def alarms() -> int:
    return 0


def said(squawk: str, **state: Any) -> Claim:
    return Claim("icao", "72a1b2", "IAW117", state=ClaimedState(squawk, **state))


def test_calls_for_help_are_told_and_show_their_track(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.claims = {AIRLINER: said("2000")}
    watch(page, served, language)
    for squawk, distress in (("7500", "unlawful_interference"), ("7700", "emergency")):
        page.wait_for("document.querySelector('.fault-strip .calm') !== null")
        site.claims = {AIRLINER: said(squawk)}
        page.wait_for("document.querySelector('.fault-strip .distress') !== null")
        told = page.value("document.querySelector('.fault-strip .distress').innerText")
        told = told.replace("\u2068", "").replace("\u2069", "")
        expected = words(language, f"distress.{distress}.told")
        assert told == expected.format(name="IAW117", track=AIRLINER, squawk=squawk)
        page.value("document.querySelector('.fault-strip .distress').click()")
        page.wait_for(f"document.querySelector('.track[data-track=\"{AIRLINER}\"] .squawk') !== null")
        page.wait_for(f"document.querySelector('.track .squawk').innerText.includes('{squawk}')")
        assert words(language, f"distress.{distress}") in page.value(
            "document.querySelector('.track .squawk').innerText"
        )
        page.press("Escape", "Escape")
        page.wait_for("document.querySelector('.track') === null")
        site.claims = {AIRLINER: said("2000")}


def test_a_lost_radio_is_shown_on_the_track_and_shouted_nowhere(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.claims = {AIRLINER: said("7600")}
    watch(page, served, language)
    page.value("document.querySelector('.threats .panel-head button').click()")
    page.wait_for(
        f"document.querySelector('#track-{AIRLINER} .squawk[data-distress=radio_failure]') !== null"
    )
    assert page.value("document.querySelector('.fault-strip .calm') !== null")
    assert page.value("document.querySelector('.fault-strip .distress') === null")


def test_disturbed_navigation_is_said_with_its_reasons(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.navigation = NavigationHealth(NavigationState.GOOD, 12)
    watch(page, served, language)
    page.wait_for("document.querySelector('[data-navigation=good]') !== null")
    assert page.value("document.querySelector('.fault-strip .calm') !== null")
    site.navigation = DISTURBED
    site.claims = {
        HELICOPTER: said("1234", navigation_integrity=0, source=ClaimSource.MULTILATERATION),
    }
    page.wait_for("document.querySelector('[data-navigation=bad]') !== null")
    told = words(language, "navigation.bad.told")
    page.wait_for(f"document.querySelector('.fault-strip')?.innerText.includes({told!r})")
    assert "61" in page.value("document.querySelector('[data-navigation] .note').innerText")
    page.value("document.querySelector('.threats .panel-head button').click()")
    page.wait_for(f"document.querySelector('#track-{HELICOPTER}') !== null")
    page.value(f"document.querySelector('#track-{HELICOPTER}').click()")
    page.wait_for("document.querySelector('.track [data-claim=\"claim.spoofed\"]') !== null")
    assert "NIC 0" in page.value("document.querySelector('.track .claimed').innerText")
    assert page.value("document.documentElement.scrollHeight === innerHeight")
    symbol = page.value("document.querySelector('.track-head .symbol').src")
    assert "fill%3D%22none%22" in symbol or "fill=%22none%22" in symbol
