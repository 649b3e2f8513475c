"""Where compiled kernels are kept on disk, chosen before anything that compiles is imported.

Beside the sources if they may be written, as in a checkout; else in the user's cache directory; else,
or when a directory that was named by NUMBA_CACHE_DIR fails, in a private directory that ends with
the process. What an unwritable place holds already is copied, not compiled again.

Nothing here imports Numba, which reads NUMBA_CACHE_DIR when it is first imported.
"""

import atexit
import contextlib
import errno
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from marsad.errors import RecordingError
from marsad.model.reason import Reason

VARIABLE = "NUMBA_CACHE_DIR"
_PACKAGE = Path(os.path.abspath(__file__)).parents[1]  # symbolic links kept, as Numba does
_NEEDED_BYTES = 32 * 2**20
_KERNELS = ("*.nbi", "*.nbc")
_UNFINISHED = ("*.nb[ic].tmp.*",)


def settle() -> tuple[Reason, ...]:
    """Choose the cache; returns what there is to tell about it.

    Raises RecordingError if kernels can be kept nowhere.
    """
    named = os.environ.get(VARIABLE)
    if named:
        fault = _fault_of(Path(named))
        return (_reason("named", where=named, cause=fault), _move(Path(named))) if fault else ()
    fault = _fault_of(_PACKAGE / "__pycache__")
    if not fault:
        return ()
    own = _of_the_user()
    if own is None:
        return _reason("homeless", cause=fault), _move(None)
    if not _fault_of(own):
        _use(own)
        copy_kernels(None, own)
        return ()
    return _reason("nowhere", where=str(own), cause=fault), _move(None)


def _of_the_user() -> Path | None:
    """The user's cache; None if the user has no home, as a process in a container may be of no known user."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "marsad" / "kernels"
    except RuntimeError:
        return None


def directory() -> Path:
    """The cache itself, which holds what is not of one kernel."""
    return Path(os.environ.get(VARIABLE) or _PACKAGE / "__pycache__")


def holds(place: Path) -> bool:
    """Whether the kernels at a place are where another process would look for them now."""
    named = os.environ.get(VARIABLE)
    return place.is_relative_to(named) if named else place.is_relative_to(_PACKAGE)


def set_aside(cause: str, *, with_kernels: bool = True) -> tuple[Reason, ...]:
    """Leave a cache that failed for a private one; returns what there is to tell.

    with_kernels   False: take none along, so that all are compiled
    """
    where = str(directory())
    return _reason("failed", where=where, cause=cause), _move(None, with_kernels=with_kernels)


def purge() -> tuple[Reason, ...]:
    """Remove all kernels from the cache; returns what there is to tell.

    Where they cannot be removed the cache is set aside.
    """
    try:
        for path in _files(_KERNELS):
            path.unlink(missing_ok=True)
    except OSError as error:
        return set_aside(error.strerror or str(error), with_kernels=False)
    return (_reason("purged", where=_named_or_package()),)


def remove_unfinished() -> None:
    """Remove what processes left that were killed as they wrote; only for who alone fills the cache."""
    for path in _files(_UNFINISHED):
        with contextlib.suppress(OSError):
            path.unlink()


def damaged(paths: Sequence[str]) -> Reason:
    """What there is to tell of damaged files, which are compiled anew."""
    which = ", ".join(sorted({_kernel_of(Path(path)).name for path in paths}))
    return _reason("damaged", where=_named_or_package(), which=which)


def waited_for(process: int) -> Reason:
    """What there is to tell while another process fills the cache."""
    return _reason("waits", process=str(process))


def _files(patterns: Sequence[str]) -> list[Path]:
    named = os.environ.get(VARIABLE)
    return [
        path
        for _, place in _directories(Path(named) if named else None)
        for pattern in patterns
        for path in place.glob(pattern)
    ]


def _named_or_package() -> str:
    return os.environ.get(VARIABLE) or str(_PACKAGE)


def _reason(what: str, **arguments: str) -> Reason:
    return Reason(f"station.cache.{what}", tuple(arguments.items()))


def _kernel_of(path: Path) -> Path:
    """What the files of one kernel share: KERNEL.nbi is the index of KERNEL.1.nbc, KERNEL.2.nbc and so on."""
    return path.with_suffix("") if path.suffix == ".nbi" else path.with_suffix("").with_suffix("")


def _move(holding: Path | None, *, with_kernels: bool = True) -> Reason:
    """Go to a private directory, with the kernels that `holding` holds already."""
    for parent in (tempfile.gettempdir(), "/dev/shm"):
        if not _fault_of(Path(parent)):
            private = Path(tempfile.mkdtemp(prefix="marsad-kernels-", dir=parent))
            atexit.register(shutil.rmtree, private, ignore_errors=True)
            _use(private)
            if with_kernels:
                copy_kernels(holding, private)
            return _reason("private", where=str(private))
    raise RecordingError(
        f"compiled kernels can be kept nowhere: {tempfile.gettempdir()} is not writable or full; "
        f"name a directory with {_NEEDED_BYTES // 2**20} MiB to spare in {VARIABLE}"
    )


def _use(directory: Path) -> None:
    os.environ[VARIABLE] = str(directory)
    if (config := sys.modules.get("numba.core.config")) is not None:
        config.CACHE_DIR = str(directory)  # type: ignore[attr-defined]


def _fault_of(directory: Path) -> str:
    """Why kernels cannot be kept in a directory, "" if they can; makes it if need be."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(b"kernels")
        free = os.statvfs(directory)
    except OSError as error:
        return error.strerror or str(error)
    spare = free.f_bavail * free.f_frsize
    return "" if spare >= _NEEDED_BYTES else os.strerror(errno.ENOSPC)


def _directories(named: Path | None) -> Iterator[tuple[str, Path]]:
    """(its place in a named cache, where its kernels are) for each folder of sources.

    named   the cache; None: beside the sources
    """
    for folder in (_PACKAGE, *(path for path in sorted(_PACKAGE.rglob("*")) if path.is_dir())):
        if folder.name != "__pycache__":
            # as Numba's UserProvidedCacheLocator names it
            place = f"{folder.name}_{hashlib.sha1(str(folder).encode()).hexdigest()}"
            yield place, folder / "__pycache__" if named is None else named / place


def _kernels_in(directory: Path) -> list[Path]:
    return [path for pattern in _KERNELS for path in directory.glob(pattern)]


def copy_kernels(holding: Path | None, cache: Path) -> None:
    """Fill a cache with what another place holds; what cannot be copied is compiled."""
    for place, directory in _directories(holding):
        with contextlib.suppress(OSError):
            for path in _kernels_in(directory):
                if not (cache / place / path.name).exists():
                    (cache / place).mkdir(exist_ok=True)
                    shutil.copyfile(path, cache / place / path.name)
