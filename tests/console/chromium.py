"""A headless Chromium of our own and its tabs, driven over its DevTools protocol."""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    # the map is drawn in software; all else by the browser's own renderer, which costs half of that
    "--use-angle=swiftshader-webgl",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)
# systems take two presses within 500 ms for a double click, however long the page takes to come to them
WITHIN_CLICK_S = 0.04
BETWEEN_CLICKS_S = 0.7
TRIES = 3
# over what the pointer went down and up: whether it was the element or the label it belongs to
WATCH_THE_HAND = """element => {
  const aim = element.closest('label') ?? element;
  window.pressed = [];
  window.watched?.abort();
  window.watched = new AbortController();
  const note = event => window.pressed.push(
    [event.type, event.composedPath().includes(aim), event.composedPath()[0].className ?? '']);
  for (const kind of ['pointerdown', 'pointerup'])
    window.addEventListener(kind, note, { capture: true, signal: window.watched.signal });
}"""
Event = dict[str, Any]


class Connection:
    """A DevTools connection: commands, and the events that arrive meanwhile."""

    def __init__(self, socket: ClientConnection) -> None:
        self.events: list[Event] = []
        self._socket = socket
        self._number = 0

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events that arrive meanwhile are kept."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=90))
            if "method" in message:
                self.events.append(message)
            elif message["id"] == self._number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result


class Page(Connection):
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__(socket)
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.command(f"{domain}.enable")
        self._pressed_s = 0.0  # when the mouse was pressed last, as its system would time it

    def size(self, width: int, height: int) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def open(self, address: str) -> None:
        self.command("Page.navigate", url=address)

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are awaited."""
        result = self.command(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait_for(self, expression: str, timeout_s: float = 60.0) -> Any:
        """Wait until an expression is true; the assertion quotes it and what the page shows."""
        return self.wait_until(lambda: self.value(expression), expression, timeout_s)

    def wait_until(self, fulfilled: Callable[[], Any], what: str, timeout_s: float = 60.0) -> Any:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            value = fulfilled()
            if value:
                return value
            self.command(
                "Runtime.evaluate", expression="new Promise(r => setTimeout(r, 50))", awaitPromise=True
            )
        shown = self.value("document.body.innerText")[:500]
        raise AssertionError(f"not within {timeout_s} s: {what}; the page shows {shown!r}")

    def press(self, key: str, code: str, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            self.command(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=code,
                text=text if kind == "keyDown" else "",
            )

    def click(self, selector: str, times: int = 1) -> None:
        """Click the first visible match in its middle, as a mouse does; twice is a double click.

        Where it has moved between aim and press, the press went beside it, and the hand tries again.
        """
        found = f"document.querySelector({json.dumps(selector)})"
        for _ in range(TRIES):
            self.wait_for(f"{found} !== null")
            x, y = self._resting(selector)
            # a hand comes before it presses, and what it aims at holds still from then on
            self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
            if self.middle(selector) != (x, y):
                x, y = self._resting(selector)
                self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
            self.value(f"({WATCH_THE_HAND})({found})")
            self._press(x, y, times)
            seen = self.value("window.pressed")
            if seen is None or (len(seen) >= 2 and all(hit for _, hit, _ in seen[:2])):
                return  # another page, or pressed and let go over it
        raise AssertionError(f"pressed beside {selector} {TRIES} times, at last at {x}, {y}: {seen}")

    def _press(self, x: float, y: float, times: int) -> None:
        self._pressed_s = max(time.time(), self._pressed_s + BETWEEN_CLICKS_S)
        for number in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.command(
                    "Input.dispatchMouseEvent",
                    type=kind,
                    x=x,
                    y=y,
                    button="left",
                    clickCount=number,
                    timestamp=self._pressed_s,
                )
                self._pressed_s += WITHIN_CLICK_S

    def _resting(self, selector: str) -> list[float]:
        """The middle of the first match, once it is the same in two frames: nobody hits what still moves."""
        found: list[float] = self.value(
            f"new Promise(ready => {{ const found = () => document.querySelector({json.dumps(selector)});"
            "found().scrollIntoView({ block: 'nearest' }); let before = '';"
            "const look = () => { const at = found()?.getBoundingClientRect();"
            "const now = at ? `${at.x},${at.y},${at.width},${at.height}` : '';"
            "if (at && now === before) ready([at.x + at.width / 2, at.y + at.height / 2]);"
            "else { before = now; requestAnimationFrame(look); } }; look(); })"
        )
        return found

    def move(self, selector: str) -> None:
        """Move the mouse to the middle of the first match."""
        x, y = self.middle(selector)
        self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def middle(self, selector: str) -> tuple[float, float]:
        x, y = self.value(
            f"(() => {{ const at = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            "return [at.x + at.width / 2, at.y + at.height / 2]; })()"
        )
        return x, y

    def screenshot(self, path: Path) -> None:
        data = self.command("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    def requested(self) -> list[str]:
        """Addresses of every request and WebSocket the page made."""
        sent = [
            e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"
        ]
        sockets = [e["params"]["url"] for e in self.events if e["method"] == "Network.webSocketCreated"]
        return sent + sockets

    def complaints(self) -> list[str]:
        """Errors of the console, uncaught exceptions and breaches of the content security policy."""
        found = []
        for event in self.events:
            parameters = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(parameters["exceptionDetails"].get("exception", parameters))[:400])
            elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] == "error":
                found.append(parameters["entry"]["text"][:400])
            elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] == "error":
                found.append(
                    json.dumps([item.get("value", item.get("description")) for item in parameters["args"]])[
                        :400
                    ]
                )
        return found


class Browser:
    """A Chromium of our own, with an empty profile."""

    def __init__(self) -> None:
        assert PROGRAM is not None
        self._profile = tempfile.TemporaryDirectory(prefix="marsad-chromium-", ignore_cleanup_errors=True)
        # a session of its own, so that its child processes end with it
        self._process = subprocess.Popen(
            [PROGRAM, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._address = f"127.0.0.1:{self._debugging_port()}"
        self._kept: tuple[str, str] | None = None  # context and target of the tab that is lent again

    @contextlib.contextmanager
    def page(self) -> Iterator[Page]:
        """A new tab that shares neither storage nor cookies with any other."""
        with self._itself() as browser:
            context, target = _new_tab(browser)
            try:
                with self._tab(target) as page:
                    yield page
            finally:
                browser.command("Target.disposeBrowserContext", browserContextId=context)

    @contextlib.contextmanager
    def same_page(self) -> Iterator[Page]:
        """The tab that was lent before, with nothing stored: what its process compiled, it has still.

        A page of an address that it showed before costs a third of what it costs in a new tab. What a test
        set in it, sizes and scripts, ends with its connection. A test that fails leaves it to nobody.
        """
        with self._itself() as browser:
            context, target = kept = self._kept or _new_tab(browser)
            self._kept = None
            try:
                with self._tab(target) as page:
                    yield page
                    _left_blank(page)
                browser.command("Storage.clearCookies", browserContextId=context)
                self._kept = kept
            finally:
                if self._kept is None:
                    browser.command("Target.disposeBrowserContext", browserContextId=context)

    @contextlib.contextmanager
    def _itself(self) -> Iterator[Connection]:
        with urlopen(f"http://{self._address}/json/version", timeout=30) as answer:
            address = json.load(answer)["webSocketDebuggerUrl"]
        with self._connected(address) as socket:
            yield Connection(socket)

    @contextlib.contextmanager
    def _tab(self, target: str) -> Iterator[Page]:
        with self._connected(f"ws://{self._address}/devtools/page/{target}") as socket:
            yield Page(socket)

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
        self._profile.cleanup()

    @staticmethod
    def _connected(address: str) -> ClientConnection:
        # without a limit to what is queued: beyond it nothing is read, not even the answer to a close
        return connect(address, max_size=None, max_queue=None, compression=None, proxy=None)

    def _debugging_port(self) -> int:
        file = Path(self._profile.name) / "DevToolsActivePort"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if file.exists() and (lines := file.read_text().splitlines()):
                return int(lines[0])
            time.sleep(0.05)
        raise AssertionError("chromium did not start within 30 s")


def _new_tab(browser: Connection) -> tuple[str, str]:
    """A context that shares neither storage nor cookies with any other, and a tab in it."""
    context = str(browser.command("Target.createBrowserContext")["browserContextId"])
    target = browser.command("Target.createTarget", url="about:blank", browserContextId=context)
    return context, str(target["targetId"])


def _left_blank(page: Page) -> None:
    """End the page in a tab, and forget what it stored."""
    origin = page.value("location.origin")
    page.open("about:blank")
    page.wait_for("location.href === 'about:blank'")
    if origin.startswith("http"):
        page.command("Storage.clearDataForOrigin", origin=origin, storageTypes="local_storage")
