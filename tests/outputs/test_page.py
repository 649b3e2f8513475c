"""The page for phones and gate screens, over real sockets and in a real browser."""

import asyncio
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.typing import Origin

from marsad.errors import ConfigError, LinkError
from marsad.links.crowd import CROWD_MIN
from marsad.model.announcement import AnnouncementKind, DeliveryState
from marsad.model.drill import OutputLink
from marsad.model.effect import Announce
from marsad.model.heartbeat import Beat
from marsad.model.security import Happening, SecurityEvent
from marsad.model.utc import moved
from marsad.outputs import lane as lanes
from marsad.outputs import page as page_module
from marsad.outputs import page_keys
from marsad.outputs.outputs import Outputs
from marsad.outputs.page import TOO_MANY, Pages
from marsad.outputs.page_crowd import BESIDE_SCREENS
from marsad.outputs.page_screen import Screen
from marsad.outputs.page_words import AT_ONCE_EACH, NEEDLESS_MAX, NETWORK_PER_S, ScreenWords
from marsad.outputs.settings import PageSettings
from marsad.outputs.transmitter import Surroundings
from marsad.report.wording import catalogue
from marsad.station.settings_file import read_settings

from ..adversary.raid import SITE
from ..console.chromium import PROGRAM, Browser, Page
from .conftest import Ears, announced, drilled
from .setting import STEPS, SetClock

SPARE = 8  # the one being taken in, who gave way for it, what the loop itself opens
KEY = "an0therKeyOf24Characters"
BEAT = Beat("asad", "live", 0, 0, 1, 2.0, 0.1, "ok")


def settings(**more: object) -> PageSettings:
    return PageSettings.model_validate({"name": "screens", "listen": "127.0.0.1:0", **more})


@asynccontextmanager
async def served(pages: Pages) -> AsyncIterator[Pages]:
    task = asyncio.create_task(pages.run())
    async with asyncio.timeout(10):
        await pages.listening.wait()
    try:
        yield pages
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pages.close()


@asynccontextmanager
async def screen(pages: Pages, query: str = "") -> AsyncIterator[ClientConnection]:
    address = f"127.0.0.1:{pages.port}"
    async with connect(f"ws://{address}/live{query}", origin=Origin(f"http://{address}"), proxy=None) as one:
        hello = json.loads(await one.recv())
        assert hello["kind"] == "hello"
        yield one


async def heard(one: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while (record := json.loads(await one.recv()))["kind"] != kind:
            pass
    found: dict[str, Any] = record
    return found


async def test_an_announcement_is_on_the_screens_of_its_zone_and_a_tap_confirms(
    surroundings: Surroundings, ears: Ears
) -> None:
    async with (
        served(Pages(settings(), surroundings)) as pages,
        screen(pages, "?zone=fuel&name=Gate%201") as fuel,
        screen(pages, "?zone=hq") as hq,
    ):
        one = announced()
        assert await pages.transmit(one.announcement_id, one) is DeliveryState.SENT
        shown = await heard(fuel, "announcement")
        assert shown["announcement"]["id"] == one.announcement_id
        for kind in ("shown", "sounded", "confirmed"):
            await fuel.send(json.dumps({"kind": kind, "id": one.announcement_id}))
        said = await ears.until(3)
        states = [(item.state, item.by) for item in said]
        assert states == [
            (DeliveryState.ACCEPTED, ""),
            (DeliveryState.ACTUATED, ""),
            (DeliveryState.CONFIRMED, "Gate 1"),
        ]
        assert [item.unproved for item in said] == [False, False, True], (
            "whoever reaches it can give any name"
        )
        pages.beat(BEAT)
        assert (await heard(hq, "beat"))["state"] == "ok"  # and nothing before it


async def test_a_screen_vouches_for_nothing_that_it_was_never_sent(
    surroundings: Surroundings, ears: Ears
) -> None:
    async with (
        served(Pages(settings(), surroundings)) as pages,
        screen(pages, "?zone=fuel") as fuel,
        screen(pages, "?zone=hq&name=Z") as hq,
    ):
        one = announced()
        await pages.transmit(one.announcement_id, one)
        for kind in ("shown", "sounded", "confirmed"):
            await hq.send(json.dumps({"kind": kind, "id": one.announcement_id}))
        async with asyncio.timeout(10):
            while pages.counters["unsent"] < 3:
                assert not ears.heard
                await asyncio.sleep(0)
        await heard(fuel, "announcement")
        await fuel.send(json.dumps({"kind": "shown", "id": one.announcement_id}))
        assert [item.state for item in await ears.until(1)] == [DeliveryState.ACCEPTED]


async def test_who_opens_the_page_later_has_what_stands_and_not_what_ended(
    surroundings: Surroundings,
) -> None:
    async with served(Pages(settings(), surroundings)) as pages:
        first, over = announced(1, alarm_id="a"), announced(2, AnnouncementKind.RETRACTION, alarm_id="b")
        gone = announced(3, alarm_id="c", lasts_s=-1)
        for word in (first, announced(1, alarm_id="b"), gone):
            with pytest.raises(LinkError, match="no screen of its zone"):
                await pages.transmit(word.announcement_id, word)
        with pytest.raises(LinkError):
            await pages.transmit(over.announcement_id, over)
        async with screen(pages) as one:
            assert (await heard(one, "announcement"))["announcement"]["alarm"] == "a"
            pages.beat(BEAT)
            assert json.loads(await one.recv())["kind"] == "beat"


async def test_without_its_key_the_page_is_shown_to_nobody(
    surroundings: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    async with served(Pages(settings(secret_file=str(tmp_path / "key")), surroundings)) as pages:
        base = f"http://127.0.0.1:{pages.port}"
        async with httpx.AsyncClient(base_url=base, timeout=10) as http:
            assert (await http.get("/")).status_code == 403
            assert (await http.get("/?key=wrong")).status_code == 403
            answer = await http.get(f"/?key={KEY}&zone=fuel")
            assert answer.status_code == 200 and "frame" not in answer.text
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        with pytest.raises(InvalidStatus, match="403"):
            async with screen(pages):
                pass
        word = announced()
        async with screen(pages, f"?key={KEY}&name=Olga") as one:
            await pages.transmit(word.announcement_id, word)
            await one.send(json.dumps({"kind": "confirmed", "id": word.announcement_id}))
            (said,) = await ears.until(1)
        assert (said.by, said.unproved) == ("Olga", False)


async def test_each_screen_may_have_a_key_of_its_own_that_is_taken_away_alone(
    surroundings: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "KEYS_S", 0.01)
    monkeypatch.setattr(page_keys, "_LOOK_S", 0.0)
    path, gate, yard = tmp_path / "keys", "g" * 16, "y" * 16
    path.write_text(f"# of whom\n{gate} fuel\n\n{yard}\n")
    async with served(Pages(settings(secret_file=str(path)), surroundings)) as pages:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{pages.port}", timeout=10) as http:
            assert (await http.get(f"/?key={gate}&zone=fuel")).status_code == 200
            refused = [await http.get(f"/?key={gate}&zone=hq"), await http.get(f"/?key={gate}")]
            assert [one.status_code for one in refused] == [403, 403] and "zone=fuel" in refused[0].text
            assert (await http.get(f"/?key={yard}&zone=hq")).status_code == 200
        async with screen(pages, f"?key={gate}&zone=fuel") as first, screen(pages, f"?key={yard}") as second:
            path.write_text(f"{yard}\n")
            with pytest.raises(ConnectionClosed) as ended:
                while True:
                    await first.recv()
            assert ended.value.rcvd is not None and ended.value.rcvd.code == page_module.NO_KEY
            path.write_text("short\n")  # a slip shuts nobody out
            word = announced()
            await pages.transmit(word.announcement_id, word)
            assert json.loads(await second.recv())["kind"] == "announcement"
            with pytest.raises(InvalidStatus, match="403"):
                async with screen(pages, f"?key={gate}&zone=fuel"):
                    pass


@pytest.mark.parametrize(("more", "told"), [({}, False), ({"drills": True}, True)])
async def test_a_page_that_no_alarm_would_reach_says_so(
    surroundings: Surroundings, more: dict[str, bool], told: bool
) -> None:
    """A live site without its second key is a test."""
    async with served(Pages(settings(**more), surroundings)) as pages:
        address = f"127.0.0.1:{pages.port}"
        async with connect(f"ws://{address}/live", origin=Origin(f"http://{address}"), proxy=None) as one:
            assert json.loads(await one.recv())["is_told"] is told


async def test_a_page_of_a_zone_that_there_is_not_says_so_and_has_every_alarm(
    surroundings: Surroundings,
) -> None:
    async with served(Pages(settings(drills=True), surroundings)) as pages:
        address = f"127.0.0.1:{pages.port}"
        live = f"ws://{address}/live?zone=Fuel"
        async with connect(live, origin=Origin(f"http://{address}"), proxy=None) as one:
            hello = json.loads(await one.recv())
            assert (hello["is_told"], hello["unknown_zone"]) == (False, "Fuel")
            assert [zone["id"] for zone in hello["zones"]] == ["fuel", "hq"]
            word = announced()
            assert await pages.transmit(word.announcement_id, word) is DeliveryState.SENT
            assert (await heard(one, "announcement"))["announcement"]["id"] == word.announcement_id


async def test_another_site_in_the_same_browser_cannot_feed_on_it(surroundings: Surroundings) -> None:
    async with served(Pages(settings(), surroundings)) as pages:
        with pytest.raises(InvalidStatus, match="403"):
            async with connect(
                f"ws://127.0.0.1:{pages.port}/live",
                origin=Origin("http://evil.example"),
                proxy=None,
            ):
                pass


async def test_screens_are_bounded_and_garbage_is_counted(surroundings: Surroundings, ears: Ears) -> None:
    async with served(Pages(settings(screens_max=1), surroundings)) as pages, screen(pages) as one:
        with pytest.raises(InvalidStatus, match="503"):
            async with screen(pages):
                pass
        word = announced()
        await pages.transmit(word.announcement_id, word)
        for said in ("nonsense", "[]", '{"kind": "confirmed", "id": "another"}', '{"kind": [], "id": 1}'):
            await one.send(said)
        await one.send(json.dumps({"kind": "shown", "id": word.announcement_id}))
        await ears.until(1)
        assert pages.counters["unreadable"] == 4


async def test_half_requests_of_a_crowd_have_few_descriptors_and_a_screen_is_served(
    surroundings: Surroundings,
) -> None:
    async with served(Pages(settings(screens_max=8, screens_per_address=4), surroundings)) as pages:
        crowd = []
        for index in range(200):
            one = socket.socket()
            one.bind((f"127.0.0.{2 + index % 2}", 0))
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", pages.port))
            one.send(b"GET /live HTTP/1.1\r\n")
            crowd.append(one)
        before, most = len(os.listdir("/proc/self/fd")), 0
        for _ in range(200):
            await asyncio.sleep(0)
            most = max(most, len(os.listdir("/proc/self/fd")) - before)
        assert 0 < most <= 8 + BESIDE_SCREENS + SPARE
        async with screen(pages):
            assert pages.counters["connected"] == 1
        for one in crowd:
            one.close()


async def test_one_address_has_no_more_than_its_share_of_the_screens(surroundings: Surroundings) -> None:
    async with served(Pages(settings(screens_per_address=1), surroundings)) as pages, screen(pages):
        with pytest.raises(ConnectionClosedError) as closed:
            async with screen(pages):
                pass
        assert closed.value.rcvd is not None and closed.value.rcvd.code == TOO_MANY
        assert closed.value.rcvd.reason == "1 pages are open from 127.0.0.1 (screens_per_address)"
        assert pages.counters["refused"] == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"listen": "0.0.0.0:8090"}, "set secret_file"),
        ({"listen": "0.0.0.0:8090", "secret_file": "key"}, "tls_certificate and tls_key"),
        ({"tls_key": "key.pem"}, "given together"),
    ],
)
def test_settings_that_would_open_it_to_a_network(more: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(**more)


def test_its_port_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    page = '[[output]]\nname = "screens"\nstandard = "page"\nlisten = "127.0.0.1:8090"\n'
    path.write_text(SITE.replace("port = 0", "port = 8090") + page, "utf-8")
    with pytest.raises(ConfigError, match="listen has port 8090, which the console has already"):
        read_settings(path)


# --- in a browser ---------------------------------------------------------------------------------------


@contextmanager
def beside(pages: Pages) -> Iterator[asyncio.AbstractEventLoop]:
    """The pages served by a loop of their own, so that a browser can be driven meanwhile."""
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        await pages.run()

    def work() -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()

    thread = threading.Thread(target=work)
    thread.start()
    running = asyncio.run_coroutine_threadsafe(serve(), loop)
    try:
        asyncio.run_coroutine_threadsafe(pages.listening.wait(), loop).result(10)
        yield loop
    finally:
        running.cancel()
        asyncio.run_coroutine_threadsafe(pages.close(), loop).result(10)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.mark.skipif(PROGRAM is None, reason="no chromium on this machine")
@pytest.mark.timeout(180)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_page_on_a_phone(surroundings: Surroundings, ears: Ears, language: str) -> None:
    pages = Pages(settings(silent_after_s=3, drills=True), surroundings)
    browser = Browser()
    try:
        with beside(pages) as loop, browser.page() as page:
            walk_through(pages, page, loop, ears, language)
    finally:
        browser.close()


@pytest.mark.skipif(PROGRAM is None, reason="no chromium on this machine")
@pytest.mark.timeout(180)
def test_a_mistyped_zone_is_loud_on_the_page_and_no_sound_ends_before_the_danger(
    surroundings: Surroundings,
) -> None:
    pages = Pages(settings(silent_after_s=60, drills=True), surroundings)
    browser = Browser()
    try:
        with beside(pages), browser.page() as page:
            page.size(390, 844)
            page.open(f"http://127.0.0.1:{pages.port}/?zone=Fuel&lang=en")
            page.wait_for("document.body?.dataset.state === 'lost'")
            shown = page.value("document.body.innerText")
            assert "no zone" in shown and "zone=fuel" in shown and "لا توجد" in shown and "المقر" in shown
            assert page.value("document.documentElement.scrollWidth <= 390")
            if directory := os.environ.get("MARSAD_SCREENSHOTS"):
                page.screenshot(Path(directory) / "page-zone.png")
            for what, turn_s in (("WARN", 0.5), ("ALERT", 2.0)):
                assert page.value(sound_of(what, 1200 * turn_s, turn_s)) > 100, what
    finally:
        browser.close()


def sound_of(what: str, from_s: float, turn_s: float) -> str:
    """An expression: how often the sound of one turn is another than half a turn later, of 3000 a second."""
    return f"""(async () => {{
      const offline = new OfflineAudioContext(1, {3000 * (from_s + 2 * turn_s)}, 3000);
      audio = offline; noise = null; sound({what!r}); audio = noise = null;
      const all = (await offline.startRendering()).getChannelData(0).slice({3000 * from_s});
      const half = {int(3000 * turn_s / 2)};
      let differing = 0;
      for (let n = 0; n < 2 * half; n++) if (Math.abs(all[n] - all[n + half]) > 0.1) differing++;
      return differing;
    }})()"""


def walk_through(
    pages: Pages, page: Page, loop: asyncio.AbstractEventLoop, ears: Ears, language: str
) -> None:
    """Calm, TAKE COVER, confirmed, all clear, and the site falls silent."""

    def done(coroutine: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, loop).result(10)

    def look(name: str) -> None:
        if directory := os.environ.get("MARSAD_SCREENSHOTS"):
            page.screenshot(Path(directory) / f"page-{name}-{language}.png")

    async def beat() -> None:
        pages.beat(BEAT)

    page.size(390, 844)
    page.open(f"http://127.0.0.1:{pages.port}/?zone=fuel&lang={language}&name=Gate%201")
    page.wait_for("(document.getElementById('zone')?.textContent ?? 'Marsad') !== 'Marsad'")
    done(beat())
    page.wait_for("document.body.dataset.state === 'calm'")
    look("calm")
    page.click("#arm")
    page.wait_for("document.getElementById('arm').hidden")
    one = drilled(output_id="screens")
    done(beat())
    done(pages.transmit(one.announcement_id, one))
    page.wait_for("document.body.dataset.state === 'WARN'")
    assert page.value("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    assert not page.value("document.getElementById('drill').hidden")
    assert page.value("document.documentElement.scrollWidth <= 390")
    look("warn")
    told = "document.getElementById('instruction').textContent"
    run, lie_down = (catalogue(language)[f"cap.instruction_{one}"] for one in ("cover", "lie_down"))
    assert page.value(told).endswith(run)
    assert page.value(f"(offsetMs += 34000, show(), {told})").endswith(lie_down), "no time to run any more"
    look("last")
    assert page.value(f"(offsetMs += 20000, show(), {told})").endswith(run)
    page.value("(offsetMs -= 54000, show())")
    page.click("#confirm")
    page.wait_until(lambda: any(item.by == "Gate 1" for item in ears.heard), "a confirmation")
    states = {item.state for item in ears.heard}
    assert {DeliveryState.ACCEPTED, DeliveryState.ACTUATED, DeliveryState.CONFIRMED} <= states
    over = announced(2, AnnouncementKind.ALL_CLEAR, alarm_id=one.alarm_id, output_id="screens")
    done(beat())
    done(pages.transmit(over.announcement_id, over))
    page.wait_for("document.body.dataset.state === 'ended'")
    look("clear")
    page.wait_for("document.body.dataset.state === 'lost'")  # no beat: the fold stands still
    look("lost")


@pytest.mark.skipif(PROGRAM is None, reason="no chromium on this machine")
@pytest.mark.timeout(180)
def test_a_page_that_is_open_shows_what_stands_though_clocks_are_set(surroundings: Surroundings) -> None:
    clock = SetClock()
    pages = Pages(settings(silent_after_s=60, drills=True), clock.within(surroundings))
    browser = Browser()

    def state_is(state: str) -> str:
        return f"(show(), document.body.dataset.state === '{state}')"

    try:
        with beside(pages) as loop, browser.page() as page:

            def done(work: Coroutine[Any, Any, object]) -> None:
                asyncio.run_coroutine_threadsafe(work, loop).result(10)

            async def beat() -> None:
                pages.beat(BEAT)

            page.open(f"http://127.0.0.1:{pages.port}/?zone=fuel&lang=en")
            page.wait_for("typeof hello !== 'undefined' && hello !== null")
            done(beat())
            one = moved(drilled(1), clock.site_ns - time.time_ns())
            done(pages.transmit(one.announcement_id, one))
            page.wait_for(state_is("WARN"))
            page.value("(Date.now = ((was) => () => was() + 3600000)(Date.now), show())")  # the phone's
            assert page.value(state_is("calm")), "for as long as a beat takes"
            done(beat())
            page.wait_for(state_is("WARN"))
            clock.utc_offset_ns = STEPS[1]  # and the site's: back
            over = replace(one, kind=AnnouncementKind.RETRACTION, announcement_id="over")
            done(pages.transmit(over.announcement_id, moved(over, STEPS[1])))
            page.wait_for(state_is("ended"))
            new = replace(one, alarm_id="b", announcement_id="new")
            done(pages.transmit(new.announcement_id, moved(new, STEPS[1])))
            page.wait_for(state_is("WARN"))
            # a site that was started again says who it is before it says what stands
            hello = "take({...hello, site_ms: Date.now() + offsetMs})"
            page.value("var word = {...[...alarms.values()][0]}")
            page.value("var said = {kind: 'announcement', utc_offset_ms: 0, announcement: word}")
            told = "take({kind: 'beat', site_ms: Date.now() + offsetMs, state: 'ok', due_s: 2})"
            assert page.value(f"({hello}, {state_is('WARN')})") and page.value(
                f"({told}, {state_is('WARN')})"
            )
            page.value(f"{hello}, take(said)")  # and one that has said it since
            assert page.value(f"({told}, {told}, {state_is('WARN')})")
            page.value(hello)
            assert page.value(f"({told}, {told}, {state_is('calm')})"), (
                "it told of its fold twice: nothing stands"
            )
    finally:
        browser.close()


async def test_a_page_whose_port_is_taken_is_down_with_its_cause_and_served_once_it_is_free(
    surroundings: Surroundings,
    ears: Ears,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "LAST_AGAIN_S", 0.02)
    told: asyncio.Queue[OutputLink] = asyncio.Queue()
    around = replace(surroundings, tell_link=told.put_nowait)
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        outputs = Outputs([settings(listen=listen)], around, live_warning=True)
        task = asyncio.create_task(outputs.run())
        async with asyncio.timeout(10):
            said = await told.get()
            outputs.carry_out(Announce(announced(output_id="screens")))
            (failed,) = await ears.until(1)
            for _ in range(200):  # it is tried again meanwhile, and nothing is said of that
                await asyncio.sleep(0)
    cause = f"the address {listen} is in use by another program"
    assert said == OutputLink("screens", False, cause, "no_address")
    assert (failed.detail, failed.code) == (cause, "no_address")
    async with asyncio.timeout(10):
        assert await told.get() == OutputLink(
            "screens", False, "no screen has the page open", "no_screen_at_all"
        )
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (line,) = (one for one in caplog.records if one.name == lanes.__name__)
    assert cause in line.getMessage() and line.exc_info is None


@pytest.mark.parametrize("step_ns", STEPS)
async def test_what_stands_is_there_for_who_opens_the_page_after_the_clock_was_set(
    surroundings: Surroundings, step_ns: int
) -> None:
    one = announced()
    clock = SetClock(one.made_t_ns)
    async with served(Pages(settings(), clock.within(surroundings))) as pages:
        with pytest.raises(LinkError, match="no screen of its zone"):
            await pages.transmit(one.announcement_id, one)
        clock.site_ns += 10 * 10**9
        clock.utc_offset_ns = step_ns
        async with screen(pages) as late:
            said = await heard(late, "announcement")
            assert said["announcement"]["expires_ms"] == (one.expires_t_ns + step_ns) // 10**6
            assert said["announcement"]["expires_ms"] - said["utc_offset_ms"] == one.expires_t_ns // 10**6
            pages.beat(BEAT)
            assert (await heard(late, "beat"))["site_ms"] - clock.site_ns // 10**6 in (0, 1)
        clock.site_ns = one.expires_t_ns
        assert not pages._standing_now(), "and it ends when it should"


async def test_a_screen_says_each_thing_once_and_who_goes_on_is_sent_away_and_named(
    surroundings: Surroundings, ears: Ears
) -> None:
    """Else one browser fills the journal: what is taken is journalled."""
    told: list[SecurityEvent] = []
    watched = replace(surroundings, tell_security=told.append)
    async with served(Pages(settings(), watched)) as pages:
        one = announced()
        for _ in range(CROWD_MIN):
            async with screen(pages, "?zone=fuel") as fuel:
                if not ears.heard:
                    await pages.transmit(one.announcement_id, one)
                await heard(fuel, "announcement")
                with pytest.raises(ConnectionClosedError, match="1008"):
                    for _ in range(NEEDLESS_MAX + 1):
                        await fuel.send(json.dumps({"kind": "shown", "id": one.announcement_id}))
                    await fuel.recv()
        assert len(ears.heard) == CROWD_MIN, "one of each"
        assert pages.counters["again"] == CROWD_MIN * NEEDLESS_MAX
        assert pages.counters["too-talkative"] == CROWD_MIN
    assert [(event.what, event.address) for event in told] == [(Happening.CROWD, "127.0.0.1")]


def test_what_screens_say_has_a_rate_by_network_and_in_all() -> None:
    counters: Counter[str] = Counter()
    words = ScreenWords(4, 2, counters)
    names = [f"a-{number}" for number in range(1_000)]

    def said(address: str, now_s: float, count: int) -> int:
        """How many are taken of what one more screen says."""
        one = Screen(cast(ServerConnection, _Taker()), "", address, 1_000)
        for name in names[:count]:
            asyncio.run(one.announce(replace(announced(), announcement_id=name), ""))
        records = [json.dumps({"kind": "confirmed", "id": name}) for name in names[:count]]
        return sum(words.hear(record, one, names, now_s) is not None for record in records)

    at_once = AT_ONCE_EACH * 2
    assert said("10.0.0.1", 0.0, 200) == at_once, "as many as its screens may"
    assert said("10.0.0.1", 0.0, 200) == 0, "and another screen from there none"
    assert said("10.0.0.2", 0.0, 10) == 10, "which takes nothing of what others may say"
    assert said("10.0.0.1", 2.0, 200) == 2 * NETWORK_PER_S
    assert counters["too-many"] == 200 - at_once + 200 + 200 - 2 * NETWORK_PER_S
    each = [said(f"10.0.1.{number}", 2.0, at_once) for number in range(10)]
    assert sum(each) <= AT_ONCE_EACH * 4, "all of them together"
    assert each[0] == at_once and each[-1] == 0


class _Taker:
    """A connection that takes everything."""

    async def send(self, text: str) -> None:
        """Take it."""
