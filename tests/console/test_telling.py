"""Decisions that wait and what became of announcements: shown, pressed, looked at in both languages."""

import os
import time
from pathlib import Path

import pytest

from marsad.model.action import Release, Retract, TryOutputs, Withhold
from marsad.model.announcement import (
    AnnouncementKind,
    Delivery,
    DeliveryState,
    Output,
    PendingRelease,
    Telling,
    Undecided,
)
from marsad.model.threat import Level

from ..server.synthetic import SECOND, Served, SyntheticSite
from .chromium import Page
from .conftest import BOTH_LANGUAGES, watch, words

pytestmark = [pytest.mark.timeout(180), BOTH_LANGUAGES]
OUTPUTS = (
    Output("gate", "webhook", (), ("ALERT", "WARN"), True, True),
    Output("siren-fuel", "modbus", ("fuel",), ("WARN",), True, False),
    Output("town", "cap", (), ("WARN",), False, False),
)


def delivery(
    alarm_id: str, output_id: str, state: DeliveryState, kind: AnnouncementKind = AnnouncementKind.WARNING,
    *, detail: str = "", by: tuple[str, ...] = (),
) -> Delivery:  # fmt: skip
    now_ns = time.time_ns()
    reached = [0] * len(DeliveryState)
    reached[DeliveryState.WANTED] = now_ns
    reached[state] = now_ns + int(0.4 * SECOND)
    return Delivery(
        *(output_id, f"{alarm_id}-{output_id}", alarm_id, "fuel", Level.WARN, kind, state, now_ns, now_ns),
        *(now_ns + 600 * SECOND, tuple(reached), False, by, 1, detail),
    )


def waiting(site: SyntheticSite, alarm_id: str, *, withheld_by: str = "") -> PendingRelease:
    now_ns = time.time_ns()
    return PendingRelease(
        *(alarm_id, "fuel", Level.WARN, ("gate", "siren-fuel"), 1, (), now_ns),
        *(now_ns + 25 * SECOND, now_ns + 90 * SECOND, Undecided.RELEASE, withheld_by),
    )


def alarm_ids(site: SyntheticSite) -> list[str]:
    picture = site.picture()
    assert picture is not None
    return [alarm.alarm_id for alarm in picture.alarms]


def look(page: Page, name: str, language: str) -> None:
    if directory := os.environ.get("MARSAD_SCREENSHOTS"):
        page.screenshot(Path(directory) / f"telling-{name}-{language}.png")


def test_a_decision_is_asked_for_and_made(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    first, *_ = alarm_ids(site)
    site.telling = Telling(OUTPUTS, (waiting(site, first),))
    watch(page, served, language)
    page.wait_for("document.querySelector('.release .number') !== null")
    shown = page.value("document.querySelector('.release').innerText")
    assert words(language, "release.do") in shown and "gate, siren-fuel" in shown
    left = page.value("document.querySelector('.release .number').innerText")
    assert left.startswith("1:") or left.startswith("0:")
    look(page, "asked", language)
    page.click(".release .buttons button.primary")
    page.wait_until(lambda: site.actions, "a release")
    page.click(".release .buttons button:not(.primary)")
    page.wait_until(lambda: len(site.actions) == 2, "a hold")
    released, withheld = site.actions
    assert released == Release(released.by, first) and withheld == Withhold(withheld.by, first)
    site.telling = Telling(OUTPUTS, (waiting(site, first, withheld_by="Lina"),))
    page.wait_for("document.querySelector('.release[data-withheld=true]') !== null")
    assert "Lina" in page.value("document.querySelector('.release').innerText")
    assert page.value("document.querySelectorAll('.release button').length") == 1
    site.telling = Telling(OUTPUTS)
    page.wait_for("document.querySelector('.release') === null")


def test_what_became_of_it_is_shown_and_an_alarm_taken_back(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    first, *_ = alarm_ids(site)
    site.telling = Telling(
        OUTPUTS,
        (),
        (
            delivery(first, "gate", DeliveryState.CONFIRMED, by=("Gate 1",)),
            delivery(first, "siren-fuel", DeliveryState.NOT_SENT, detail="cannot be reached: refused"),
            delivery("old", "town", DeliveryState.NOT_SENT, AnnouncementKind.RETRACTION),
        ),
        (("town", "old"),),
    )
    watch(page, served, language)
    page.click("[role=tab][data-key=telling]")
    page.wait_for("document.querySelectorAll('.delivery').length === 3")
    shown = page.value("document.querySelector('.telling').innerText")
    for part in ("Gate 1", "cannot be reached: refused", words(language, "telling.notRetracted")):
        assert part in shown
    assert page.value("document.querySelectorAll('.delivery[data-trouble=true]').length") == 2
    look(page, "delivered", language)
    page.click(".told-alarm[data-open=true] .retract")
    page.wait_for("document.querySelector('.dialog input') !== null")
    assert page.value("document.querySelector('.dialog button.primary').disabled")
    page.value("document.querySelector('.dialog input').focus()")
    page.command("Input.insertText", text="our own drone")
    look(page, "retract", language)
    page.click(".dialog button.primary")
    page.wait_until(lambda: site.actions, "a retraction")
    (action,) = site.actions
    assert action == Retract(action.by, first, "our own drone")
    page.wait_for("document.querySelector('.dialog') === null")
    page.click(".outputs button")
    page.wait_until(lambda: len(site.actions) == 2, "a test")
    assert site.actions[1] == TryOutputs(action.by)


def test_a_site_that_can_tell_nobody_says_so(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    watch(page, served, language)
    page.click("[role=tab][data-key=telling]")
    page.wait_for(
        f"document.querySelector('.outputs').innerText.includes({words(language, 'outputs.none')!r})"
    )
