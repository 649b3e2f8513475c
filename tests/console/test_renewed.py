"""The server ends under an operator's hand: what is pressed is done once, and the picture comes back."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from marsad.model.action import Acknowledge, Action
from marsad.station.console_process import DOWN, Patience

from ..server.synthetic import SyntheticSite
from ..station.keeping import Kept, keeping
from .chromium import Page
from .conftest import watch, words

pytestmark = [pytest.mark.timeout(180), pytest.mark.parametrize("language", ["ar"])]
A_WHILE = Patience(first_s=1.0, most_s=1.0)  # so long nobody serves, and longer than a hand takes


class Running:
    """A site whose console is served by a process, in a loop of a thread."""

    def __init__(self, site: SyntheticSite) -> None:
        self.address = ""
        self.kept: Kept
        self._site = site
        self._there = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        self.loop = asyncio.get_running_loop()
        async with keeping(self._site, patience=A_WHILE) as self.kept:
            self.address = self.kept.address
            self._there.set()
            await self._over.wait()

    def __enter__(self) -> "Running":
        self._thread.start()
        assert self._there.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)

    def kill_server(self) -> None:
        """Kill it, and wait until the site knows."""

        async def killed() -> None:
            self.kept.send(signal.SIGKILL)
            await self.kept.until(DOWN, True)

        asyncio.run_coroutine_threadsafe(killed(), self.loop).result(30)


class HeldSite(SyntheticSite):
    """Does what it is told at once, and answers when it is let."""

    def __init__(self) -> None:
        super().__init__(alarms=1)
        self.let = threading.Event()

    async def submit(self, action: Action, key: str = "") -> None:
        await super().submit(action, key)
        await asyncio.to_thread(self.let.wait, 30)


@pytest.fixture
def site() -> HeldSite:
    return HeldSite()


@pytest.fixture
def served(site: HeldSite) -> Iterator[Any]:
    with Running(site) as running:
        yield running


def test_what_is_pressed_as_the_server_ends_is_done_once_and_the_picture_comes_back(
    page: Page, served: Running, site: HeldSite, language: str
) -> None:
    watch(page, served, language)  # type: ignore[arg-type]
    live = "document.querySelector('.link-mark').dataset.state === 'open'"
    page.wait_for(live)
    page.click(".alarm .acknowledge")
    page.wait_until(lambda: len(site.actions) == 1, "the press counts")
    served.kill_server()  # before it has answered
    site.let.set()
    page.wait_for(f"!({live})")
    page.wait_for(live)
    page.wait_for("document.querySelector('.alarm .acknowledge') === null")
    assert [type(action) for action in site.actions] == [Acknowledge]
    assert words(language, "action.noLink") not in page.value("document.body.innerText")
