"""When the fold stands still, all connections open, each output makes a noise of its own."""

import asyncio
import signal
from pathlib import Path

import pytest

from marsad.tracking import warm_up

from ..adversary.process import site
from ..adversary.raid import SITE
from ..console.chromium import PROGRAM, Browser, Page
from ..outputs.mosquitto import broker, free_port, listener, needs_mosquitto
from ..outputs.relay import Relay, serving

WATCHDOG_S = 4.0
OUTPUTS = """
[[output]]
name = "broker"
standard = "mqtt"
url = "mqtt://127.0.0.1:{broker}"
drills = true

[[output]]
name = "siren"
standard = "modbus"
address = "127.0.0.1:{relay}"
stages = ["WARN"]
drills = true
watchdog_register = 7
coils = [{{ coil = 1, stage = "WARN", use = "siren" }}]

[[output]]
name = "gate"
standard = "page"
listen = "127.0.0.1:{page}"
silent_after_s = 3
drills = true
"""


async def bites(relay: Relay) -> bool:
    """Whether a watchdog that waits for the register to be written has waited too long."""
    seen = sum(asked[:2] == (6, 7) for asked in relay.asked)
    try:
        async with asyncio.timeout(WATCHDOG_S):
            await relay.until_asked(6, 7, seen + 1)
    except TimeoutError:
        return True
    return False


async def is_noisy(page: Page, state: str, *, noise: bool) -> None:
    """Return once the page is in a state, and sounds or does not."""
    wanted = f"document.body.dataset.state === '{state}' && (noise !== null) === {str(noise).lower()}"
    await asyncio.to_thread(page.wait_for, wanted)


@needs_mosquitto
@pytest.mark.skipif(PROGRAM is None, reason="no chromium on this machine")
@pytest.mark.timeout(240)
async def test_relay_page_and_broker_are_loud_by_themselves_when_the_fold_stops(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    port, page_port, relay = free_port(), free_port(), Relay()
    browser = await asyncio.to_thread(Browser)
    try:
        async with broker(tmp_path, port), listener(port) as heard, serving(relay):
            text = SITE + OUTPUTS.format(broker=port, relay=relay.port, page=page_port)
            async with site(tmp_path, text) as (process, _, _):
                with browser.page() as page:
                    await heard.until_last("marsad/example/availability", b"online")
                    await heard.until("marsad/example/heartbeat")  # it is open, and so is the page
                    await asyncio.to_thread(page.open, f"http://127.0.0.1:{page_port}/?lang=en&name=Gate")
                    await asyncio.to_thread(page.click, "#arm")
                    await is_noisy(page, "calm", noise=False)
                    assert not await bites(relay)
                    process.send_signal(signal.SIGSTOP)
                    beats = len(heard.of("marsad/example/heartbeat"))
                    await is_noisy(page, "lost", noise=True)
                    assert await bites(relay)
                    async with asyncio.timeout(60):  # one and a half times what the broker was promised
                        while heard.of("marsad/example/availability")[-1].data != b"offline":
                            heard.news.clear()
                            await heard.news.wait()
                    assert len(heard.of("marsad/example/heartbeat")) <= beats + 1, "one was on its way"
                    process.send_signal(signal.SIGCONT)
                    await heard.until_last("marsad/example/availability", b"online")
                    await is_noisy(page, "calm", noise=False)
                    assert not await bites(relay)
    finally:
        await asyncio.to_thread(browser.close)
