"""Shared by all tests: hypothesis without randomness from outside, and kernels compiled before the first."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "marsad", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("marsad")

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


def _fingerprint() -> str:
    """Of all code that kernels are made of, and of the interpreter."""
    code = hashlib.sha256(sys.version.encode())
    for folder in ("tracking", "assessment"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            code.update(path.read_bytes())
    return code.hexdigest()
