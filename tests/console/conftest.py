"""A browser for all tests of a process, a tab and a served synthetic site for each."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from marsad.report.wording import LANGUAGES, catalogue
from marsad.server import ServerSettings

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


def words(language: str, key: str) -> str:
    """What the console says in a language."""
    sentences = dict(catalogue(language)) | json.loads((CATALOGUES / f"{language}.json").read_text("utf-8"))
    return str(sentences[key])


def speak(page: Page, language: str) -> None:
    """Have every page of a tab begin in a language."""
    preferences = json.dumps({"language": language, "theme": "dark"})
    source = f"localStorage.setItem('marsad.preferences', {json.dumps(preferences)})"
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
    with browser.page() as found:
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
    with Served(site, ServerSettings(port=0)) as running:
        yield running


@pytest.fixture
def watched(page: Page, served: Served, language: str) -> Page:
    """The console of the site in a language, once it shows the picture."""
    watch(page, served, language)
    return page
