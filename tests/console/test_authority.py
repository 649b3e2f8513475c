"""Who has the watch, who decides, and what each role sees of it: pressed and looked at in both languages."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from marsad.model.action import ConfirmCard, HandOver, TakeWatch
from marsad.model.announcement import Output, PendingRelease, Telling, Undecided
from marsad.model.authority import OnWatch
from marsad.model.picture import Picture
from marsad.model.response import Duty, Response
from marsad.model.role import Role
from marsad.model.site import Name
from marsad.model.threat import Level
from marsad.model.warning import Excused
from marsad.server import Operator, hash_password

from ..server.synthetic import CARD, SECOND, SITE, Served, SyntheticSite
from .chromium import Page
from .conftest import BOTH_LANGUAGES, same_port, speak, watch, words

pytestmark = pytest.mark.timeout(180)
PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)
PEOPLE = tuple(Operator(name=role.value.title(), role=role, password_hash=HASH) for role in Role)
PHONE = "+964 770 000 0002"
NAMED = replace(
    SITE,
    authority=CARD,
    names=(
        Name("Omar", "Omar", "عمر"),
        Name("checklist.own.tugs", "Recall the tugs", "استدعِ القاطرات"),
        Name("role.own.harbour", "Harbour master", "ربّان الميناء"),
    ),
)


@pytest.fixture
def site(alarms: int) -> SyntheticSite:
    return SyntheticSite(NAMED, alarms=alarms)


def look(page: Page, name: str, language: str) -> None:
    if directory := os.environ.get("MARSAD_SCREENSHOTS"):
        page.screenshot(Path(directory) / f"authority-{name}-{language}.png")


def sign_in(page: Page, address: str, name: str, language: str) -> None:
    speak(page, language)
    page.open(address)
    page.wait_for("document.querySelector('input[type=password]') !== null")
    body = f"JSON.stringify({{name: {name!r}, password: {PASSWORD!r}}})"
    page.value(
        "fetch('/api/session', {method: 'POST', headers: {'content-type': 'application/json'}, "
        f"body: {body}}}).then((answer) => answer.status)"
    )
    page.open(address)
    page.wait_for("document.querySelectorAll('.threat').length > 0")


def choose(page: Page, select: str, value: str) -> None:
    """Choose of a list as a hand does."""
    page.value(
        f"(() => {{ const list = document.querySelector({select!r}); list.value = {value!r};"
        " list.dispatchEvent(new Event('change', { bubbles: true })); })()"
    )


def waiting(site: SyntheticSite, *, asked_s_ago: float, **more: object) -> Telling:
    picture = site.picture()
    assert isinstance(picture, Picture)
    asked_ns = time.time_ns() - int(asked_s_ago * SECOND)
    pending = PendingRelease(
        *(picture.alarms[0].alarm_id, "", Level.WARN, ("gate",), 2, ("Layla",), asked_ns),
        *(asked_ns + 20 * SECOND, asked_ns + 900 * SECOND, Undecided.RELEASE),
        deputies=("Omar",),
        **more,  # type: ignore[arg-type]
    )
    return Telling((Output("gate", "webhook", (), ("WARN",), True, True),), (pending,))


def test_the_watch_is_taken_handed_over_and_shown(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    page.wait_for("document.querySelector('.watch-mark[data-nobody=true]') !== null")
    assert words(language, "onWatch.nobody") in page.value("document.querySelector('.alarm.main').innerText")
    page.click(".watch-mark")
    page.click(".current-watch button")
    page.wait_for("document.querySelector('.take-watch') !== null")
    assert site.actions == [], "one press asks"
    assert words(language, "onWatch.means") in page.value("document.querySelector('.take-watch').innerText")
    page.click(".take-watch button.primary")
    page.wait_until(lambda: site.actions, "the watch taken")
    assert site.actions == [TakeWatch("local operator")]
    now_ns = time.time_ns()
    site.on_watch = OnWatch("local operator", now_ns, now_ns + 13 * 3_600 * SECOND)
    page.wait_for("document.querySelector('.hand-over') !== null")
    page.wait_for("document.querySelectorAll('.hand-over option').length === 3")
    choose(page, ".hand-over select", "Omar")
    page.click(".hand-over input")
    page.command("Input.insertText", text="camera 2 is broken")
    page.click(".hand-over button")
    page.wait_until(lambda: len(site.actions) == 2, "a hand-over")
    assert site.actions[1] == HandOver("local operator", "Omar", "camera 2 is broken")
    site.on_watch = replace(site.on_watch, offered_to="Omar", note="camera 2 is broken")
    page.wait_for("document.querySelector('.current-watch .caution') !== null")
    shown = page.value("document.querySelector('.current-watch').innerText")
    assert ("عمر" if language == "ar" else "Omar") in shown and "camera 2 is broken" in shown
    look(page, "offered", language)
    site.on_watch = OnWatch("Omar", now_ns, now_ns + 13 * 3_600 * SECOND)
    page.press("Escape", "Escape")
    called = "عمر" if language == "ar" else "Omar"
    page.wait_for(f"document.querySelector('.watch-mark').innerText.includes({called!r})")
    assert called in page.value("document.querySelector('.alarm-watch').innerText")


@BOTH_LANGUAGES
def test_the_card_is_shown_confirmed_and_printed_alone(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.site = replace(NAMED, authority=replace(CARD, confirmed_on="2020-01-01"))
    watch(page, served, language)
    page.wait_for(f"document.body.innerText.includes({words(language, 'notice.card-old')!r})")
    page.click(".watch-mark")
    page.wait_for("document.querySelector('.authority-card') !== null")
    card = page.value("document.querySelector('.authority-card').innerText")
    post = "آمر القاعدة" if language == "ar" else "Base commander"
    assert PHONE in card and post in card and "2020-01-01" in card
    assert words(language, "permission.release") in card
    look(page, "card", language)
    page.command("Emulation.setEmulatedMedia", media="print")
    hidden = "getComputedStyle(document.querySelector('#console')).display"
    assert page.value(hidden) == "none"
    assert page.value("document.querySelector('.card-people').getBoundingClientRect().height") > 0
    page.command("Emulation.setEmulatedMedia", media="")
    page.click(".card-confirmed button")
    page.wait_until(lambda: site.actions, "a confirmation")
    assert site.actions == [ConfirmCard("local operator")]
    site.on_watch = OnWatch(confirmed_t_ns=time.time_ns(), confirmed_by="Omar")
    page.wait_for("document.querySelector('.card-confirmed').dataset.old === 'false'")


def test_the_deputy_is_asked_by_name_and_number(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    called = "عمر" if language == "ar" else "Omar"
    site.telling = waiting(site, asked_s_ago=0)
    watch(page, served, language)
    page.wait_for("document.querySelector('small.deputies') !== null")
    assert called in page.value("document.querySelector('.deputies').innerText")
    assert PHONE not in page.value("document.querySelector('.deputies').innerText"), "not their turn yet"
    site.telling = waiting(site, asked_s_ago=21)
    page.wait_for("document.querySelector('strong.deputies') !== null")
    asked = page.value("document.querySelector('.deputies').innerText")
    assert called in asked and PHONE in asked
    look(page, "deputy", language)


@BOTH_LANGUAGES
def test_each_role_sees_what_it_may_do_and_whose_the_rest_is(
    page: Page, site: SyntheticSite, language: str
) -> None:
    duty = Duty("3-own-tugs", "checklist.own.tugs", "own.harbour", 3, time.time_ns(), 0)
    site.response = Response(3, (duty,))
    site.telling = waiting(site, asked_s_ago=0, wants_supervisor=True)
    with Served(site, same_port(operators=PEOPLE)) as served:
        sign_in(page, served.address, "Viewer", language)
        page.wait_for("document.querySelector('.alarm .not-yours') !== null")
        assert page.value("document.querySelector('button.acknowledge')") is None
        assert page.value("document.querySelector('.release button')") is None
        roles = "المشغّل، المشرف" if language == "ar" else "operator, supervisor"
        assert roles in page.value("document.querySelector('.alarm .not-yours').innerText")
        page.press("a", "KeyA", "a")
        page.click("[role=tab][data-key=incident]")
        page.wait_for("document.querySelector('.duty') !== null")
        shown = page.value("document.querySelector('.checklist').innerText")
        for english, arabic in (("Recall the tugs", "استدعِ القاطرات"), ("Harbour master", "ربّان الميناء")):
            assert (arabic if language == "ar" else english) in shown
        assert page.value("document.querySelector('.duty input').disabled")
        page.click(".watch-mark")
        page.wait_for("document.querySelector('.not-yours[data-permission=card]') !== null")
        assert PHONE not in page.value("document.documentElement.outerHTML"), "a viewer gets no number"
        look(page, "viewer", language)
        page.value("fetch('/api/session', {method: 'DELETE'}).then((answer) => answer.status)")
        sign_in(page, served.address, "Operator", language)
        page.wait_for("document.querySelector('.release .primary') !== null")
        assert page.value("document.querySelector('.release .primary').disabled")
        assert words(language, "release.supervisor") in page.value(
            "document.querySelector('.release').innerText"
        )
        look(page, "operator", language)
        page.value("fetch('/api/session', {method: 'DELETE'}).then((answer) => answer.status)")
        sign_in(page, served.address, "Supervisor", language)
        page.wait_for("document.querySelector('.release .primary') !== null")
        assert not page.value("document.querySelector('.release .primary').disabled")
        assert page.value("document.querySelector('.release .not-yours')") is None
    assert site.actions == [], "the viewer's key did nothing"


def test_how_long_an_ended_alarm_stays_quiet_is_shown_until_it_is_over(
    page: Page, served: Served, site: SyntheticSite, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = site.picture_at
    until_ns = time.time_ns() + 3_600 * SECOND
    monkeypatch.setattr(site, "picture_at", lambda t_ns: replace(made(t_ns), excused=Excused(2, until_ns)))
    watch(page, served, language)
    opening = words(language, "excused.told").split("{")[0]
    page.wait_for(f"document.querySelector('.fault-strip').textContent.includes({opening!r})")
    over_ns = time.time_ns() - SECOND
    monkeypatch.setattr(site, "picture_at", lambda t_ns: replace(made(t_ns), excused=Excused(2, over_ns)))
    page.wait_for(f"!document.querySelector('.fault-strip').textContent.includes({opening!r})")


def test_an_offer_of_the_watch_stands_above_all_until_it_is_taken_or_declined(
    page: Page, site: SyntheticSite, language: str
) -> None:
    now_ns = time.time_ns()
    offered = OnWatch(
        "Supervisor", now_ns - 3_600 * SECOND, now_ns + 3_600 * SECOND, "Operator", "camera 2 is broken"
    )
    site.on_watch = offered
    strip = "document.querySelector('.offer-strip')"
    with Served(site, same_port(operators=PEOPLE)) as served:
        sign_in(page, served.address, "Viewer", language)
        page.wait_for(f"{strip} !== null")
        assert page.value(f"{strip}.querySelector('button')") is None
        page.value("fetch('/api/session', {method: 'DELETE'}).then((answer) => answer.status)")
        sign_in(page, served.address, "Operator", language)
        page.wait_for(f"{strip}?.dataset.mine === 'true'")
        shown = page.value(f"{strip}.innerText")
        assert "camera 2 is broken" in shown and "Supervisor" in shown
        look(page, "offer", language)
        page.click(".offer-strip button:not(.primary)")
        page.wait_until(lambda: site.actions == [HandOver("Operator", "")], "declined")
        page.click(".offer-strip button.primary")
        page.wait_for("document.querySelector('[role=dialog] .take-watch') !== null")
        look(page, "take", language)
        page.click(".take-watch button.primary")
        page.wait_until(lambda: site.actions[1:] == [TakeWatch("Operator")], "taken")
        site.on_watch = OnWatch("Operator", now_ns, now_ns + 3_600 * SECOND, taken_from="Supervisor")
        page.wait_for(f"{strip} === null")
        page.wait_for("document.querySelector('[role=dialog]') === null")
        page.click(".watch-mark")
        page.wait_for("document.querySelector('.give-back') !== null")
        names = page.value("[...document.querySelectorAll('.hand-over option')].map(one => one.value)")
        assert names == ["", "Supervisor"], "nobody who could not take it"
        page.click(".give-back")
        page.wait_until(lambda: site.actions[2:] == [HandOver("Operator", "Supervisor")], "given back")


def test_the_deputy_is_asked_as_such_and_not_told_to_ask_themselves(
    page: Page, site: SyntheticSite, language: str
) -> None:
    site.telling = waiting(site, asked_s_ago=21, deciders=("Layla",))
    site.telling = replace(
        site.telling, pending=(replace(site.telling.pending[0], deputies=("Operator",), released_by=()),)
    )
    with Served(site, same_port(operators=PEOPLE)) as served:
        sign_in(page, served.address, "Operator", language)
        page.wait_for("document.querySelector('.deputies[data-yours=true]') !== null")
        asked = page.value("document.querySelector('.deputies').innerText")
        assert words(language, "release.youAreDeputyFor").split("{")[0].strip() in asked
        assert "Layla" in asked and "Operator" not in asked
        look(page, "you-are-deputy", language)
