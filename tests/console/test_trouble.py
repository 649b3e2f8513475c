"""What a watch must not overlook, in both languages: an old picture, a site nobody watches, faults."""

import numpy as np
import pytest

from marsad.model.clock import ClockStep
from marsad.model.registration import RegistrationTable
from marsad.model.threat import Level
from marsad.report.wording import catalogue
from marsad.server import Operator, Phase, Role, hash_password

from ..server.synthetic import SECOND, Served, SyntheticSite
from .chromium import Page
from .conftest import BOTH_LANGUAGES, same_port, speak, words

pytestmark = pytest.mark.timeout(180)
EVERY_SENSOR = frozenset({"radar-1", "radar-2", "rf-1", "eo-1", "adsb-1"})
GROUND = "getComputedStyle(document.querySelector({!r})).backgroundColor"
STRIP = "document.querySelector('.fault-strip')"


@pytest.fixture
def alarms() -> int:
    return 1


def off(*applied: bool) -> RegistrationTable:
    """Cameras and radars that are tilted by 0.2°, each corrected or not."""
    count = len(applied)
    sensors = ("eo-1", "radar-1", "radar-2")[:count]
    tilt = np.tile([np.nan, 0.0, np.radians(0.2), np.nan], (count, 1))
    sigma = np.tile([np.nan, 0.1, np.radians(0.02), np.nan], (count, 1))
    corrected, large = np.zeros((count, 4), bool), np.zeros((count, 4), bool)
    corrected[:, 2], large[:, 2] = applied, True
    return RegistrationTable(sensors, tilt, sigma, np.full(count, 40), corrected, large)


def test_a_link_without_pictures_is_not_live(watched: Page, site: SyntheticSite, language: str) -> None:
    mark = "document.querySelector('.link-mark')"
    assert watched.value(f"{mark}.dataset.state") == "open"
    live, alarm = words(language, "link.open"), watched.value(GROUND.format(".alarm"))
    assert live in watched.value(f"{mark}.innerText")
    site.paused = True
    watched.wait_for(f"{mark}.dataset.state === 'stale'")
    text = watched.value(f"{mark}.innerText")
    assert words(language, "link.stale") in text and live not in text
    assert watched.value(GROUND.format(".link-mark")) == alarm
    assert watched.value(GROUND.format(".stale")) == alarm, "as loud as an alarm"
    sensors = watched.value("document.querySelector('.sensors ul').innerText")
    assert sensors.count(words(language, "sensors.lastSeen")) == 5
    site.paused = False
    watched.wait_for(f"{mark}.dataset.state === 'open'")
    watched.wait_for("document.querySelector('.sensors').dataset.stale === 'false'")


def test_nothing_is_calm_while_the_picture_is_old(watched: Page, site: SyntheticSite, language: str) -> None:
    site.show_alarms(0)
    watched.wait_for("document.querySelector('.no-alarm')?.dataset.trouble === 'false'")
    site.paused = True
    watched.wait_for("document.querySelector('.no-alarm').dataset.trouble === 'true'")
    text = watched.value("document.querySelector('.no-alarm').innerText")
    assert text == words(language, "alarm.notCurrent") != words(language, "alarm.none")


def test_no_card_says_that_nothing_comes_while_the_picture_is_old(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    site.show_alarms(3)  # the third has passed
    watched.wait_for("document.querySelector('.alarm-passed') !== null")
    said, unknown = "document.querySelector('.alarm-passed').innerText", "alarm.notCurrentStays"
    assert words(language, unknown) not in watched.value(said)
    site.paused = True
    watched.wait_for(f"{said}.includes({words(language, unknown)!r})")


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (EVERY_SENSOR, "blind.silent"),
        (EVERY_SENSOR - {"adsb-1"}, "blind.hearing"),  # whoever says nothing of itself is not seen
        (None, "blind.none"),
    ],
)
def test_a_site_that_nobody_watches_says_so(
    watched: Page, site: SyntheticSite, language: str, lost: frozenset[str] | None, said: str
) -> None:
    site.show_alarms(0)
    watched.wait_for("document.querySelector('.no-alarm') !== null")
    assert watched.value("document.querySelector('.blind') === null")
    if lost is None:
        site.sensors_known = False
    else:
        site.lost_sensors = lost
    watched.wait_for("document.querySelector('.fault-lines p')?.className === 'blind'")
    first = "document.querySelector('.fault-lines p')"
    shown = watched.value(f"{first}.innerText")
    assert words(language, "blind.title") in shown and words(language, said) in shown
    assert watched.value(f"{first}.role") == "alert"
    site.show_alarms(1)
    watched.wait_for("document.querySelector('.alarm') !== null")
    assert watched.value(GROUND.format(".blind")) == watched.value(GROUND.format(".alarm"))
    site.show_alarms(0)
    watched.wait_for(f"document.querySelector('.no-alarm')?.innerText === {words(language, 'watch.none')!r}")


def test_an_empty_list_is_calm_only_while_somebody_watches(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    site.levels_max = Level.INFO
    said = "document.querySelector('.threats .empty')?.innerText"
    watched.wait_for(f"{said} === {words(language, 'threats.none')!r}")
    site.sensors_known = False
    watched.wait_for(f"{said} === {words(language, 'watch.none')!r}")


@BOTH_LANGUAGES
def test_faults_do_not_move_what_lies_below(watched: Page, site: SyntheticSite, language: str) -> None:
    top = "document.querySelector('.threat').getBoundingClientRect().top"
    before = watched.value(top)
    site.faults = ("journal.unwritable", "register.unwritable")
    watched.wait_for("document.querySelectorAll('.fault-lines .fault').length === 2")
    site.lost_sensors = frozenset({"radar-1"})
    watched.wait_for("document.querySelectorAll('.fault-lines .fault').length === 3")
    assert watched.value(top) == before
    more = watched.value("document.querySelector('.fault-more').innerText")
    assert more == words(language, "fault.more.two").replace("{count}", "2")
    watched.click(".fault-more")
    watched.wait_for(f"{STRIP}.dataset.open === 'true'")
    assert watched.value(f"{STRIP}.getBoundingClientRect().bottom") <= watched.value(top), (
        "it lies over nothing"
    )
    hidden = watched.value(
        "[...document.querySelectorAll('.fault-lines p')].filter(line => {"
        " const at = line.getBoundingClientRect();"
        " return document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2) !== line; }).length"
    )
    assert hidden == 0
    watched.click(".fault-more")
    watched.wait_for(f"{top} === {before}")


@BOTH_LANGUAGES
def test_a_clock_that_was_set_is_told_with_its_size(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    site.clock = ClockStep(site.started_ns, -3_600 * SECOND)
    told = catalogue("ar" if language == "ar" else "en")["clock.back.min"].partition("{")[0]
    watched.wait_for(f"{STRIP}.innerText.includes({told!r})")
    assert "60" in watched.value(f"{STRIP}.innerText")
    assert watched.value("document.documentElement.scrollHeight === innerHeight")


def test_what_is_corrected_is_one_quiet_line(watched: Page, site: SyntheticSite, language: str) -> None:
    site.registration = off(True, True, False)
    watched.wait_for("document.querySelectorAll('.fault-lines p').length === 2")
    assert watched.value("document.querySelectorAll('.fault-lines .fault').length") == 1
    fault = watched.value("document.querySelector('.fault-lines .fault').innerText")
    assert words(language, "sensor.off.uncorrected") in fault
    site.registration = off(True, True)
    watched.wait_for("document.querySelectorAll('.fault-lines .fault').length === 0")
    quiet = watched.value("document.querySelector('.fault-lines .quiet').innerText")
    assert quiet == words(language, "sensor.off.corrected.two")
    watched.click(".fault-lines .quiet button")
    watched.wait_for("document.activeElement.id === 'sensors'")


def test_long_silence_is_told_in_minutes(
    page: Page, served: Served, site: SyntheticSite, language: str
) -> None:
    site.started_ns -= 14 * 60 * SECOND
    site.lost_sensors = frozenset({"radar-1"})
    speak(page, language)
    page.open(served.address)
    page.wait_for("document.querySelector('.fault-lines .fault') !== null")
    unit = words(language, "unit.min")
    for place in (".fault-lines .fault", ".sensors [data-health=lost] .sensor-health"):
        text = page.value(f"document.querySelector({place!r}).innerText").replace("\u00a0", " ")
        assert f"14 {unit}" in text, text


def test_signing_out_during_an_alarm_is_asked(page: Page, site: SyntheticSite, language: str) -> None:
    operator = Operator(name="ليلى", role=Role.OPERATOR, password_hash=hash_password("correct horse"))
    speak(page, language)
    with Served(site, same_port(operators=(operator,))) as running:
        page.open(running.address)
        page.wait_for("document.querySelector('.sign-in input') !== null")
        page.click(".sign-in input")
        page.command("Input.insertText", text="ليلى")
        page.click(".sign-in input[type=password]")
        page.command("Input.insertText", text="correct horse")
        page.press("Enter", "Enter", "\r")
        page.wait_for("document.querySelector('.alarm') !== null")
        page.click(".tools button:last-child")
        page.wait_for("document.querySelector('[role=dialog]') !== null")
        text = page.value("document.querySelector('[role=dialog]').innerText")
        assert words(language, "signOut.alarmActive") in text
        page.click("[role=dialog] .buttons button:first-child")
        page.wait_for("document.querySelector('[role=dialog]') === null")
        assert page.value("document.querySelector('.alarm') !== null"), "still signed in"
        site.show_alarms(0)
        page.wait_for("document.querySelector('.no-alarm') !== null")
        page.click(".tools button:last-child")
        page.wait_for("document.querySelector('.sign-in') !== null")


@pytest.mark.parametrize("compiling", [True, False])
def test_the_start_says_that_it_compiles_only_where_it_does(
    page: Page, served: Served, site: SyntheticSite, language: str, compiling: bool
) -> None:
    site.stage = Phase("preparing", 0.4, 90.0 if compiling else 2.0)
    speak(page, language)
    page.open(served.address)
    page.wait_for("document.querySelector('.start-up') !== null")
    text = page.value("document.querySelector('.start-up').innerText")
    assert (words(language, "startUp.note") in text) is compiling
    assert words(language, "startUp.title" if compiling else "startUp.loading") in text


def test_without_a_map_the_rest_goes_on_and_it_is_said(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    watched.wait_for("document.querySelector('.missing-map') !== null")
    assert watched.value("document.querySelector('.missing-map').innerText") == words(language, "map.missing")
    assert watched.value("document.querySelector('.map').childElementCount") == 0
    watched.click(".alarm .acknowledge")
    watched.wait_for("document.querySelector('.alarm .acknowledge') === null")
    assert site.actions and watched.complaints() == []
