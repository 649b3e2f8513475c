"""What a service manager hears, over its real datagram socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from marsad.links.notify import ServiceManager


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening, {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"}


def test_it_hears_each_word(manager: tuple[socket.socket, dict[str, str]]) -> None:
    listening, environment = manager
    service = ServiceManager({**environment, "WATCHDOG_PID": str(os.getpid())})
    assert service.watchdog_s == 30
    service.status("two\nlines")
    service.ready()
    service.alive()
    service.stopping()
    heard = [listening.recv(100) for _ in range(4)]
    assert heard == [b"STATUS=two lines", b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]
    service.close()
    service.ready()  # nobody is told any more, and nothing is raised


def test_an_abstract_socket_is_one_too() -> None:
    name = f"marsad-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        listening.settimeout(5)
        service = ServiceManager({"NOTIFY_SOCKET": f"@{name}"})
        service.ready()
        assert listening.recv(100) == b"READY=1"
        service.close()


def test_without_a_manager_or_with_one_that_is_gone_nothing_is_said(tmp_path: Path) -> None:
    assert ServiceManager({}).watchdog_s is None
    assert ServiceManager({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}).watchdog_s is None
    gone = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    gone.ready()
    gone.close()
