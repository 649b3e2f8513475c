"""One wheel, built as a user builds it, for all tests of what is in it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build(tree: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """What ``make wheel`` does once everything else is built."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("dist")
    built = build(ROOT, into)
    assert built.returncode == 0, built.stderr
    (found,) = into.glob("marsad-*.whl")
    return found


Build = Callable[[Path, Path], "subprocess.CompletedProcess[str]"]


@pytest.fixture(name="build")
def the_build() -> Build:
    return build


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel installed apart from this checkout, then closed to writing; dependencies come from here."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*command, "--target", str(target), str(wheel)], check=True, timeout=120)
    subprocess.run(["chmod", "-R", "a-w", str(target)], check=True)
    return target


@pytest.fixture
def bare_tree(tmp_path: Path) -> Path:
    """The sources as a fresh clone has them: nothing that is built."""
    tree = tmp_path / "clone"
    tree.mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "NOTICE", ".gitignore"):
        shutil.copy(ROOT / name, tree / name)
    shutil.copytree(
        ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("static", "fonts", "__pycache__")
    )
    return tree
