"""Where kernels are kept when the first choice fails."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from marsad.errors import RecordingError
from marsad.report.wording import catalogue, word
from marsad.station import kernel_cache


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernel_cache.VARIABLE, "")
    monkeypatch.setattr(
        kernel_cache, "_use", lambda directory: os.environ.__setitem__("CHOSEN", str(directory))
    )
    monkeypatch.setenv("CHOSEN", "")


def test_in_a_checkout_kernels_stay_beside_the_sources() -> None:
    assert kernel_cache.settle() == ()
    assert os.environ["CHOSEN"] == ""


def test_a_program_that_may_not_be_written_uses_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "marsad"
    (package / "tracking" / "__pycache__").mkdir(parents=True)
    (package / "tracking" / "__pycache__" / "fold.nbi").write_bytes(b"compiled")
    (package / "__pycache__").write_bytes(b"a file, so that nobody can write into it")
    monkeypatch.setattr(kernel_cache, "_PACKAGE", package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert kernel_cache.settle() == ()
    chosen = Path(os.environ["CHOSEN"])
    assert chosen == tmp_path / "home" / "marsad" / "kernels"
    assert [path.read_bytes() for path in chosen.glob("tracking_*/fold.nbi")] == [b"compiled"]


def test_a_named_cache_that_cannot_be_used_is_told_and_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(kernel_cache.VARIABLE, str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    told = " ".join(word(reason, "en") for reason in kernel_cache.settle())
    assert str(tmp_path / "file" / "cache") in told and "Not a directory" in told
    assert Path(os.environ["CHOSEN"]).parent == tmp_path


def test_who_has_no_home_directory_gets_a_private_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that runs under a number no user has."""
    package = tmp_path / "marsad"
    package.mkdir()
    (package / "__pycache__").write_bytes(b"a file, so that nobody can write into it")
    monkeypatch.setattr(kernel_cache, "_PACKAGE", package)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    told = " ".join(word(reason, "en") for reason in kernel_cache.settle())
    assert "no home directory" in told
    assert Path(os.environ["CHOSEN"]).parent == tmp_path


def test_what_killed_processes_left_unfinished_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kernel_cache.VARIABLE, str(tmp_path))
    place = next(place for _, place in kernel_cache._directories(tmp_path))
    place.mkdir()
    for name in ("fold.1.nbc", "fold.1.nbc.tmp.0123", "fold.nbi.tmp.4567"):
        (place / name).write_bytes(b"code")
    kernel_cache.remove_unfinished()
    assert [path.name for path in place.iterdir()] == ["fold.1.nbc"]


def test_nowhere_to_keep_them_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernel_cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr(kernel_cache, "_fault_of", lambda directory: "No space left on device")
    with pytest.raises(RecordingError, match="can be kept nowhere"):
        kernel_cache.settle()


def test_the_place_of_a_kernel_is_the_one_that_numba_looks_in(tmp_path: Path) -> None:
    """A process told to keep kernels in a directory keeps them where `_directories` says."""
    program = (
        "from marsad.tracking.warm import compile_job, jobs;"
        "compile_job(next(job for job in jobs((3,)) if job.name == 'step'))"
    )
    environment = {**os.environ, kernel_cache.VARIABLE: str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    places = {directory for _, directory in kernel_cache._directories(tmp_path)}
    assert {path.parent for path in tmp_path.rglob("*.nbi")} <= places


def test_what_is_told_of_a_cache_is_told_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(kernel_cache.VARIABLE, str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(kernel_cache, "_PACKAGE", tmp_path)  # which is emptied
    told = [*kernel_cache.settle(), *kernel_cache.set_aside("no room"), *kernel_cache.purge()]
    told += [kernel_cache.damaged(["fold.1.nbc"]), kernel_cache.waited_for(7)]
    assert len(told) >= 6
    for reason in told:
        assert {reason.code} <= catalogue("ar").keys() & catalogue("en").keys()
        assert re.search("[\u0600-\u06ff]", word(reason, "ar"))
