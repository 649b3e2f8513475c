"""A small site, a terminal that remembers, and a kernel cache of a test's own."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from marsad.station import kernel_cache

from ..example_site import example_site
from ..terminals import Heard

SITE = example_site(after="[server]\nport = 0\n")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE, "utf-8")
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A kernel cache of its own that holds what the checkout's holds; left again afterwards."""
    from numba.core import config

    settings: Any = config
    before = settings.CACHE_DIR
    directory = tmp_path / "kernels"
    directory.mkdir()
    kernel_cache.copy_kernels(None, directory)
    monkeypatch.setenv(kernel_cache.VARIABLE, str(directory))
    yield directory
    settings.CACHE_DIR = before


def remove(cache: Path, name: str) -> None:
    """Take one kernel out of a cache."""
    found = list(cache.glob(f"*/{name}*.nb[ic]"))
    assert found
    for path in found:
        path.unlink()


def listening(site_file: Path, port: int) -> None:
    """Let the site's feed listen on a port."""
    site_file.write_text(SITE.replace("127.0.0.1:0", f"127.0.0.1:{port}"), "utf-8")


def files(directory: Path) -> list[str]:
    """The names of what lies in a directory."""
    return sorted(path.name for path in directory.iterdir())


def kernels(cache: Path, pattern: str = "*.nb[ic]") -> list[Path]:
    """The files of a cache."""
    return list(cache.glob(f"*/{pattern}"))


def flip(path: Path) -> None:
    """Change some bits in the midst of a file."""
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 2, len(data), max(1, len(data) // 80)):
        data[place] ^= 0x10
    path.write_bytes(data)


async def gone(process: int, within_s: float) -> bool:
    """Whether a process that is no child of ours ends in time."""
    with suppress(ProcessLookupError):
        watched = os.pidfd_open(process)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(watched, ended.set)
        try:
            async with asyncio.timeout(within_s):
                await ended.wait()
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(watched)
            os.close(watched)
    return True
