"""A browser and a tab for all tests of a process, a served synthetic site for each.

A test of the console that takes ``language`` runs in one of the two, English or Arabic by its name. Where
the language or the direction of the page is what is looked at, it is marked ``BOTH_LANGUAGES`` and runs in
both. With ``MARSAD_THOROUGH=1`` all do.
"""

import json
import socket
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from marsad.coverage.health import what_counts
from marsad.report.wording import LANGUAGES, catalogue
from marsad.server import ServerSettings, coverage

from ..conftest import THOROUGH
from ..server.synthetic import Served, SyntheticSite
from .chromium import PROGRAM, Browser, Page

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "marsad" / "server" / "static"
CATALOGUES = ROOT / "console" / "src" / "i18n"
BOTH_LANGUAGES = pytest.mark.parametrize("language", LANGUAGES, scope="module")


# a browser without WebGL: the console goes on without its map
NO_WEBGL = """{
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.includes('webgl') ? null : getContext.call(this, kind, ...rest);
  };
}"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "language" not in metafunc.fixturenames:
        return
    marks = metafunc.definition.iter_markers("parametrize")
    if any("language" in mark.args[0] for mark in marks):
        return
    one = LANGUAGES[crc32(metafunc.function.__name__.encode()) % len(LANGUAGES)]
    metafunc.parametrize("language", LANGUAGES if THOROUGH else [one], scope="module")


_HELD = socket.socket()


@cache
def _port() -> int:
    """A port of this process: held and never listened at, so that the system gives it to no other."""
    if sys.platform != "linux":
        return 0  # elsewhere a port has one socket
    _HELD.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    _HELD.bind(("127.0.0.1", 0))
    return int(_HELD.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def _port_let_go() -> Iterator[None]:
    yield
    _HELD.close()


def same_port(**more: Any) -> ServerSettings:
    """Settings of a server that the tab knows from the tests before: it has the console compiled already.

    For one server at a time.
    """
    return ServerSettings(port=_port(), **more)


@pytest.fixture(scope="session", autouse=True)
def _coverage_once() -> Iterator[None]:
    """What the sensors of a synthetic site see is worked out once, not in every test for a second or two."""
    made: dict[object, Any] = {}
    reckon = coverage.coverage_map

    def known(material: Any, threat: Any, around: Any) -> Any:
        seen = material.site, what_counts(material.sensors), material.settings, material.stated
        key = repr((*seen, material.terrain, threat))
        if key not in made:
            made[key] = reckon(material, threat, around)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage, "coverage_map", known)
        yield


def words(language: str, key: str) -> str:
    """What the console says in a language."""
    sentences = dict(catalogue(language)) | json.loads((CATALOGUES / f"{language}.json").read_text("utf-8"))
    return str(sentences[key])


def speak(page: Page, language: str) -> None:
    """Have every page of a tab begin in a language."""
    preferences = json.dumps({"language": language, "theme": "dark"})
    source = f"if (origin !== 'null') localStorage.setItem('marsad.preferences', {json.dumps(preferences)})"
    page.command("Page.addScriptToEvaluateOnNewDocument", source=source)


def watch(page: Page, served: Served, language: str) -> None:
    """Open the console in a language and wait until it shows the picture."""
    speak(page, language)
    page.open(served.address)
    page.wait_for("document.querySelectorAll('.threat').length > 0")
    assert page.value("document.documentElement.lang") == language


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no chromium on this machine")
    if not (STATIC / "index.html").is_file():
        pytest.skip("the console is not built: npm ci && npm run build in console/")
    started = Browser()
    try:
        yield started
    finally:
        started.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of 1280 × 800, empty. Only a test marked `drawn_map` has a map drawn in it."""
    with browser.same_page() as found:
        found.size(1280, 800)
        if request.node.get_closest_marker("drawn_map") is None:
            found.command("Page.addScriptToEvaluateOnNewDocument", source=NO_WEBGL)
        yield found


@pytest.fixture
def alarms() -> int:
    """How many zones of the site are warned; a file's own number where it says so."""
    return 2


@pytest.fixture
def site(alarms: int) -> SyntheticSite:
    return SyntheticSite(alarms=alarms)


@pytest.fixture
def served(site: SyntheticSite) -> Iterator[Served]:
    with Served(site, same_port()) as running:
        yield running


@pytest.fixture
def watched(page: Page, served: Served, language: str) -> Page:
    """The console of the site in a language, once it shows the picture."""
    watch(page, served, language)
    return page
