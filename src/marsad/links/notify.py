"""What a service manager is told: the datagrams of systemd's sd_notify(3), without its library."""

import os
import socket
from collections.abc import Mapping

_WAIT_S = 1.0


class ServiceManager:
    """Whoever started this process and waits for word of it; says nothing if nobody does.

    watchdog_s   how often it wants a sign of life at the latest, None if never
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._socket: socket.socket | None = None
        if address.startswith(("/", "@")):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._address = "\0" + address[1:] if address.startswith("@") else address
        watchdog_us = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(watchdog_us) * 1e-6 if watchdog_us.isdigit() and meant else None

    def ready(self) -> None:
        """The service does its work from now on."""
        self._send("READY=1", wait_s=_WAIT_S)

    def status(self, sentence: str) -> None:
        """How it is, in one line for `systemctl status`."""
        self._send("STATUS=" + " ".join(sentence.split()))

    def takes(self, further_s: float) -> None:
        """The start goes on and takes so much longer at the least; it is not to be ended for that."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(further_s * 1e6)}")

    def alive(self) -> None:
        """A sign of life."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service ends in good order."""
        self._send("STOPPING=1", wait_s=_WAIT_S)

    def close(self) -> None:
        """Say nothing more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, word: str, wait_s: float = 0.0) -> None:
        """Say it; where the manager is behind wait for it, or leave what the next word says anyway."""
        if self._socket is not None:
            self._socket.settimeout(wait_s)
            try:
                self._socket.sendto(word.encode(), self._address)
            except OSError:  # a manager that does not listen must not stop a site
                return
