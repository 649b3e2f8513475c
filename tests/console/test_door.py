"""Sign-ins that are ended and the security log, at the console: as each role sees them, in both languages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from marsad.model.role import Role
from marsad.model.security import Happening, SecurityEvent
from marsad.server import Operator, ServerSettings, hash_password

from ..server.synthetic import Served, SyntheticSite
from .chromium import Page
from .conftest import BOTH_LANGUAGES, speak, words

pytestmark = [pytest.mark.timeout(180), BOTH_LANGUAGES]
PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)
PEOPLE = tuple(
    Operator(name=role.value.title(), role=role, password_hash=HASH)
    for role in (Role.VIEWER, Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR)
)
ROWS = "[...document.querySelectorAll('.sign-ins li')]"
LINES = "[...document.querySelectorAll('.security-log tbody tr')]"
DIALOG = "document.querySelector('.dialog')"
WIDER = (
    f"document.documentElement.scrollWidth > innerWidth || {DIALOG}.scrollWidth > {DIALOG}.clientWidth + 1"
)


@pytest.fixture
def served(site: SyntheticSite) -> Iterator[Served]:
    with Served(site, ServerSettings(port=0, operators=PEOPLE)) as running:
        yield running


@contextmanager
def signed_in(served: Served, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.address) as client:
        assert client.post("/api/session", json={"name": name, "password": PASSWORD}).status_code == 200
        yield client


def come_in(page: Page, served: Served, name: str, language: str) -> None:
    speak(page, language)
    page.open(served.address)
    page.wait_for("document.querySelector('input[type=password]') !== null")
    body = f"JSON.stringify({{name: {name!r}, password: {PASSWORD!r}}})"
    page.value(
        "fetch('/api/session', {method: 'POST', headers: {'content-type': 'application/json'}, "
        f"body: {body}}}).then((answer) => answer.status)"
    )
    page.open(served.address)
    page.wait_for("document.querySelector('.tools .person') !== null")
    page.click(".tools .person")
    page.wait_for("document.querySelector('.sign-ins li') !== null")


def look(page: Page, name: str, language: str) -> None:
    if directory := os.environ.get("MARSAD_SCREENSHOTS"):
        page.screenshot(Path(directory) / f"door-{name}-{language}.png")


def test_one_sees_and_ends_ones_own(page: Page, served: Served, language: str) -> None:
    with signed_in(served, "Viewer") as elsewhere, signed_in(served, "Operator") as operator:
        come_in(page, served, "Viewer", language)
        page.wait_for(f"{ROWS}.length === 2")
        assert page.value(f"{ROWS}.filter((row) => row.dataset.this === 'true').length") == 1
        assert words(language, "signIns.this") in page.value(f"{ROWS}[1].innerText")
        assert "127.0.0.1" in page.value(f"{ROWS}[0].innerText")
        assert page.value("document.querySelector('.end-all')") is None
        page.click(".end-own")
        page.wait_for("document.querySelector('.end-question .grave') !== null")
        assert words(language, "signIns.askOwn.one") in page.value(
            "document.querySelector('.end-question').innerText"
        )
        page.click(".end-now")
        page.wait_for(f"{ROWS}.length === 1")
        assert elsewhere.get("/api/site").status_code == 401
        assert operator.get("/api/site").status_code == 200
        page.click(".door [role=tab]:nth-of-type(2)")
        page.wait_for("document.querySelector('.door [data-permission=security]') !== null")
        assert page.value("document.querySelector('.security-log')") is None


def test_an_administrator_ends_anybodys_and_looks_through_the_log(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.note_security(SecurityEvent(Happening.FAILED, "", "", "10.0.0.66", 599))
    site.note_security(SecurityEvent(Happening.ACCOUNT, of="Omar", was="viewer", became="operator"))
    site.note_security(SecurityEvent(Happening.READ, "Viewer", "asad-20220104-024000", "10.0.0.7"))
    site.note_security(SecurityEvent(Happening.REFUSED, "Viewer", "drill", "10.0.0.7"))
    site.note_security(SecurityEvent(Happening.SETTINGS))
    with signed_in(served, "Viewer"), signed_in(served, "Operator") as operator:
        come_in(page, served, "Administrator", language)
        page.wait_for(f"{ROWS}.length === 3")
        look(page, "sign-ins", language)
        page.click(".sign-ins li:nth-child(2) button")
        page.wait_for("document.querySelector('.end-now') !== null")
        look(page, "asked", language)
        page.click(".end-now")
        page.wait_for(f"{ROWS}.length === 2")
        assert operator.get("/api/site").status_code == 401
        page.click(".door [role=tab]:nth-of-type(2)")
        page.wait_for(f"{LINES}.length >= 8")
        look(page, "log", language)
        shown = page.value("document.querySelector('.security-log').innerText")
        for key in ("security.refused", "permission.drill", "security.settings", "security.role.operator"):
            assert words(language, key) in shown
        assert "599" in shown and "drill" not in shown.replace(words(language, "permission.drill"), "")
        page.value(
            "(() => { const kinds = document.querySelector('.security-log select'); const set = "
            "Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set; "
            "set.call(kinds, 'failure'); kinds.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )
        page.wait_for(f"{LINES}.length === 2")
        page.click(".security-log input[type=search]")
        page.command("Input.insertText", text="10.0.0.66")
        page.wait_for(f"{LINES}.length === 1")
        page.size(390, 844)
        assert not page.value(WIDER), "cut at the width of a telephone"
        look(page, "log-390", language)
        page.click(".door [role=tab]:nth-of-type(1)")
        page.wait_for(f"{ROWS}.length === 2")
        assert not page.value(WIDER)
        look(page, "sign-ins-390", language)
