"""Shared by all tests: hypothesis without randomness from outside, and kernels compiled before the first."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# what a night has time for: every console test in both languages, more examples, raids and seeds
THOROUGH = os.environ.get("MARSAD_THOROUGH") == "1"
settings.register_profile(
    "marsad",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=300 if THOROUGH else 60,
)
settings.load_profile("marsad")

# Files that keep a worker longest, the longest first: whoever begins one of them last is waited for by all.
# A file that is not there comes after them; of `pytest --durations=0`, and right enough when it is old.
HERE = Path(__file__).parent
PLACES = {name: place for place, name in enumerate((HERE / "longest_first.txt").read_text().split())}
PACKAGE = Path(__file__).parents[1] / "src" / "marsad"
PREPARED = "marsad/kernels"
COMPILE = """
from marsad.tracking import warm_up
warm_up(lambda kernel: print(f"compiling kernels: {kernel}", flush=True), (3, 2))
"""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile what the tests need outside of any test's time limit, if the sources changed since."""
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return  # whoever started this process has done it
    cache = getattr(session.config, "cache", None)
    kernels = _fingerprint()
    if cache is not None and cache.get(PREPARED, "") == kernels and any(PACKAGE.rglob("*.nbi")):
        return
    # in a process of its own: what is loaded here would be loaded for nothing by every small run
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        subprocess.run([sys.executable, "-c", COMPILE], check=True)
    if cache is not None:
        cache.set(PREPARED, kernels)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; the others, and what is within a file, as they were found."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    path = item.path
    name = path.relative_to(HERE).as_posix() if path.is_relative_to(HERE) else ""
    return PLACES.get(name, len(PLACES))


def _fingerprint() -> str:
    """Of all code that kernels are made of, and of the interpreter."""
    code = hashlib.sha256(sys.version.encode())
    for folder in ("tracking", "assessment"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            code.update(path.read_bytes())
    return code.hexdigest()
