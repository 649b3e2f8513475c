"""Procedures on the console's map: named in both languages, and taken off and put back by a button."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from marsad.model.procedure import Ground, Path, PathPoint, Procedure, ProcedureUse
from marsad.server import ServerSettings

from ..server.synthetic import SITE, Served, SyntheticSite
from .chromium import Page

pytestmark = pytest.mark.timeout(180)
FINAL = Procedure(
    "runway:main:final:15", "Runway", "المدرج", ProcedureUse.FINAL,
    Path((PathPoint(-9_000, 9_000, 800, 500, 1_200, 700), PathPoint(-1_000, 1_000, 120, -15, 45, 15))),
    50, 140, "15",
)  # fmt: skip
CLIMB = replace(
    FINAL, procedure_id="runway:main:departure-climb:33", use=ProcedureUse.DEPARTURE_CLIMB, end="33"
)
PAD = Procedure(
    "area:pad", "Helipad", "مهبط المروحيات", ProcedureUse.LANDING_PLACE,
    Ground(((3_000, 1_500), (3_600, 1_500), (3_600, 2_100), (3_000, 2_100)), 0, 200), 0, 60,
)  # fmt: skip
NAMES = "[...document.querySelectorAll('.procedure-label')].map(label => label.textContent)"
BUTTON = ".map-tools button.procedures"
PRESSED = f"document.querySelector({BUTTON!r})?.getAttribute('aria-pressed')"


@pytest.fixture
def address() -> Iterator[str]:
    site = replace(SITE, procedures=(FINAL, CLIMB, PAD))
    with Served(SyntheticSite(site, alarms=0), ServerSettings(port=0)) as running:
        yield running.address


@pytest.mark.drawn_map
def test_procedures_are_named_in_both_languages_and_can_be_taken_off(page: Page, address: str) -> None:
    english = "localStorage['marsad.preferences'] = JSON.stringify({language: 'en'})"
    source = f"if (origin !== 'null') localStorage.marsadTest ??= ({english}, '1')"
    page.command("Page.addScriptToEvaluateOnNewDocument", source=source)
    page.open(address)
    page.wait_for(f"{NAMES}.join() === 'Final 15,Helipad'")
    page.click("[data-testid=language]")
    page.wait_for(f"{NAMES}.length === 2 && {NAMES}[1] === 'مهبط المروحيات'")
    assert "الاقتراب النهائي" in page.value(NAMES)[0]
    assert page.value(PRESSED) == "true"
    page.click(BUTTON)
    page.wait_for(f"{NAMES}.length === 0 && {PRESSED} === 'false'")
    page.open(address)  # the choice stays with the browser
    page.wait_for(f"document.querySelectorAll('.ring-label').length > 2 && {PRESSED} === 'false'")
    assert page.value(NAMES) == []
    page.click(BUTTON)
    page.wait_for(f"{NAMES}.length === 2")
    assert page.complaints() == []


@pytest.mark.drawn_map
def test_a_site_without_procedures_has_no_button_for_them(page: Page) -> None:
    with Served(SyntheticSite(alarms=0), ServerSettings(port=0)) as running:
        page.open(running.address)
        page.wait_for("document.querySelectorAll('.ring-label').length > 2")
        assert page.value(f"document.querySelector({BUTTON!r})") is None
