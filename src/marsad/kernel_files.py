"""Files of compiled kernels, with a checksum that is verified before anything in them is loaded.

Machine code of which a bit has changed on disk ends the process that runs it, without a word. So each
file begins with what it was made from and a SHA-256 of its content. A file that is damaged, was left by
another version, or belongs to other sources than its index is as good as absent: it is compiled anew.

Numba is imported when the first file is asked for, not before.
"""

import pickle
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

_MARK = b"kernel 1"
_DIGEST_BYTES = 32
_HEAD_BYTES = len(_MARK) + 2 * _DIGEST_BYTES
_OTHERS = b"\x80"  # a file of Numba's own begins so: of an earlier version, not damaged


class DamagedKernelError(OSError):
    """A file of kernels that is not as it was written; Numba takes an OSError for absence."""


class StaleKernelError(OSError):
    """A file of kernels that is whole, but was made of other sources or by another version."""


def sealed(content: bytes, stamp: bytes) -> bytes:
    """Content with the head that `opened` verifies.

    stamp  what the content was made from
    """
    made_from = sha256(stamp).digest()
    return _MARK + made_from + sha256(made_from + content).digest() + content


def opened(path: Path, stamp: bytes) -> bytes:
    """The verified content of a file.

    Raises DamagedKernelError, StaleKernelError, or OSError if it cannot be read.
    """
    data = path.read_bytes()
    if data.startswith(_OTHERS):
        raise StaleKernelError(f"{path.name} was left by another version")
    mark, rest = data[: len(_MARK)], data[len(_MARK) : _HEAD_BYTES]
    made_from, checksum = rest[:_DIGEST_BYTES], rest[_DIGEST_BYTES:]
    if mark != _MARK or sha256(made_from + data[_HEAD_BYTES:]).digest() != checksum:
        raise DamagedKernelError(f"{path.name} is damaged")
    if made_from != sha256(stamp).digest():
        raise StaleKernelError(f"{path.name} was made of other sources")
    return data[_HEAD_BYTES:]


def keep_checked(dispatcher: Any) -> Any:
    """What Numba made of a function with `cache=True`, its files checked from now on."""
    cache = dispatcher._cache
    stamp = cache._impl.locator.get_source_stamp()
    cache._cache_file = checked_files(cache.cache_path, cache._impl.filename_base, stamp)
    return dispatcher


def checked_files(directory: str, base: str, stamp: Any) -> Any:
    """The files of one function in Numba's cache: its index, and a file for each types of arguments.

    base    how their names begin
    stamp   what the function was made from; the files of any other are absent
    """
    return _checked_class()(directory, base, stamp)


@lru_cache(maxsize=1)
def _checked_class() -> Any:
    from numba.core import caching

    base: Any = cast(Any, caching).IndexDataCacheFile

    class CheckedFiles(base):  # type: ignore[misc]
        """Numba's files, each sealed."""

        def holds(self, wanted: Callable[[Any], bool]) -> bool:
            """Whether there is whole code for a key of Numba's that is wanted; nothing is loaded."""
            named = [name for key, name in self._load_index().items() if wanted(key)]
            return any(self._fault(self._data_path(name)) is None for name in named)

        def damaged(self) -> list[str]:
            """Paths of its files that are damaged."""
            paths = [self._index_path, *map(self._data_path, self._load_index().values())]
            return [path for path in paths if isinstance(self._fault(path), DamagedKernelError)]

        def _fault(self, path: str) -> OSError | None:
            try:
                opened(Path(path), self._stamp)
            except OSError as error:
                return error
            return None

        @property
        def _stamp(self) -> bytes:
            return repr((self._version, self._source_stamp)).encode()

        def _load_index(self) -> Any:
            try:
                return pickle.loads(opened(Path(self._index_path), self._stamp))
            except (FileNotFoundError, DamagedKernelError, StaleKernelError):
                return {}

        def _save_index(self, overloads: Any) -> None:
            self._write(self._index_path, self._dump(overloads))

        def _load_data(self, name: str) -> Any:
            return pickle.loads(opened(Path(self._data_path(name)), self._stamp))

        def _save_data(self, name: str, data: Any) -> None:
            self._write(self._data_path(name), self._dump(data))

        def _write(self, path: str, content: bytes) -> None:
            with self._open_for_write(path) as file:
                file.write(sealed(content, self._stamp))

    return CheckedFiles
