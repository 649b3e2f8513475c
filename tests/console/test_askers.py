"""Sensors that want to speak: shown with what tells them apart, admitted or refused by a press."""

import os
import re
from pathlib import Path

import pytest

from marsad.model.action import AdmitNode, RefuseNode
from marsad.model.asker import Asker, Asking
from marsad.model.sensor import SensorKind

from ..server.synthetic import SECOND, Served, SyntheticSite
from .chromium import Page
from .conftest import watch, words

pytestmark = pytest.mark.timeout(180)
NEW, OTHER = "f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def alarms() -> int:
    return 0


def asker(site: SyntheticSite, node_id: str, name: str, asking: Asking) -> Asker:
    times = (site.started_ns, site.started_ns + SECOND)
    by = "Olga" if asking is Asking.REFUSED else ""
    return Asker("sensors", node_id, name, SensorKind.RADAR, "10.20.0.11", asking, *times, 7, by)


def test_an_operator_admits_one_and_refuses_another(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.askers = (
        asker(site, NEW, "Radar north", Asking.ASKS),
        asker(site, OTHER, "Passive two", Asking.ASKS),
        asker(site, OTHER, "Radar east", Asking.CLAIMS),
    )
    watch(page, served, language)
    page.wait_for("document.querySelectorAll('.asker').length === 3")
    row = f'.asker[data-node="{NEW}"]'
    shown = page.value(f"document.querySelector('{row}').innerText")
    for part in (NEW, "10.20.0.11", "Radar north", words(language, "asking.asks")):
        assert part in shown
    told = page.value("document.querySelector('.fault-strip').innerText")
    assert words(language, "askers.told.few").split("{count}")[-1].strip()[:12] in told
    if directory := os.environ.get("MARSAD_SCREENSHOTS"):
        page.screenshot(Path(directory) / f"askers-{language}.png")
    page.click(f"{row} input")
    page.click(f"{row} .buttons button")
    page.wait_until(lambda: site.actions, "an action")
    page.value(
        "[...document.querySelectorAll('.asker[data-asking=asks]')]"
        f".find((row) => row.dataset.node === '{OTHER}').querySelectorAll('button')[1].click()"
    )
    page.wait_until(lambda: len(site.actions) == 2, "a second action")
    admitted, refused = site.actions
    assert admitted == AdmitNode(admitted.by, "sensors", NEW, "10.20.0.11")
    assert refused == RefuseNode(refused.by, "sensors", OTHER, "10.20.0.11")
    assert page.value("document.querySelector('.asker[data-asking=claims] button') === null")
    site.askers = (asker(site, OTHER, "Passive two", Asking.REFUSED),)
    page.wait_for("document.querySelector('.asker[data-asking=refused]') !== null")
    row_text = page.value("document.querySelector('.asker').innerText")
    assert words(language, "askers.refusedBy").replace("{name}", "Olga") in re.sub(
        "[\u2066-\u2069]", "", row_text
    )
    site.askers = ()
    page.wait_for("document.querySelector('.asker') === null")
