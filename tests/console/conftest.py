"""Drives a real headless Chromium over its DevTools protocol, against a real server."""

import base64
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import urlopen

import pytest
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "marsad" / "server" / "static"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
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
Event = dict[str, Any]


def synthetic() -> ModuleType:
    """The synthetic site of the server's tests; one copy for both folders."""
    name = "marsad_tests_synthetic"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "server" / "conftest.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


class Page:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self.events: list[Event] = []
        self._socket = socket
        self._number = 0
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.command(f"{domain}.enable")

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events that arrive meanwhile are kept."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=30))
            if "method" in message:
                self.events.append(message)
            elif message["id"] == self._number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result

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

    def wait_for(self, expression: str, timeout_s: float = 30.0) -> Any:
        """Wait until an expression is true; the assertion quotes it and what the page shows."""
        return self.wait_until(lambda: self.value(expression), expression, timeout_s)

    def wait_until(self, fulfilled: Callable[[], Any], what: str, timeout_s: float = 30.0) -> Any:
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
        """Click the first visible match in its middle, as a mouse does; twice is a double click."""
        found = f"document.querySelector({json.dumps(selector)})"
        # a dialog's buttons wait for the end of the double click that may have opened it
        self.wait_for(f"{found} !== null && getComputedStyle({found}).pointerEvents !== 'none'")
        # nobody hits what still moves: the same place in two frames is where it stays
        x, y = self.value(
            f"new Promise(ready => {{ const found = () => document.querySelector({json.dumps(selector)});"
            "found().scrollIntoView({ block: 'nearest' }); let before = '';"
            "const look = () => { const at = found()?.getBoundingClientRect();"
            "const now = at ? `${at.x},${at.y},${at.width},${at.height}` : '';"
            "if (at && now === before) ready([at.x + at.width / 2, at.y + at.height / 2]);"
            "else { before = now; requestAnimationFrame(look); } }; look(); })"
        )
        for number in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.command(
                    "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=number
                )

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
        assert CHROMIUM is not None
        self._profile = tempfile.TemporaryDirectory(prefix="marsad-chromium-", ignore_cleanup_errors=True)
        # a session of its own, so that its child processes end with it
        self._process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._port = self._debugging_port()
        self._sockets = contextlib.ExitStack()

    def page(self) -> Page:
        with urlopen(f"http://127.0.0.1:{self._port}/json/list", timeout=10) as answer:
            targets = json.load(answer)
        address = next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")
        return Page(
            self._sockets.enter_context(connect(address, max_size=None, compression=None, proxy=None))
        )

    def close(self) -> None:
        self._sockets.close()
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
        self._profile.cleanup()

    def _debugging_port(self) -> int:
        file = Path(self._profile.name) / "DevToolsActivePort"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if file.exists() and (lines := file.read_text().splitlines()):
                return int(lines[0])
            time.sleep(0.05)
        raise AssertionError("chromium did not start within 30 s")


@pytest.fixture
def synthetic_module() -> ModuleType:
    return synthetic()


@pytest.fixture
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    if not (STATIC / "index.html").is_file():
        pytest.skip("the console is not built: npm ci && npm run build in console/")
    browser = Browser()
    try:
        found = browser.page()
        found.size(1280, 800)
        yield found
    finally:
        browser.close()
