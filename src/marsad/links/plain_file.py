"""Reading a file that settings name: a plain file, and no more of it than such a file can have.

A named pipe is silent for ever, a device may never end, and either can act on being opened: so what a path
is, is looked at before anything opens it.
"""

import errno
import os
import stat
from pathlib import Path

BYTES_MAX = 16 * 2**20


def check_plain(path: str | Path) -> None:
    """Raise OSError where a path is no plain file, without opening it."""
    _check_mode(os.stat(path).st_mode, path)


def plain_bytes(path: str | Path, bytes_max: int = BYTES_MAX) -> bytes:
    """What a plain file holds. Raises OSError for any other, and for one of more than `bytes_max` bytes."""
    check_plain(path)
    # put in its place between the two looks, a pipe still keeps nobody waiting
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as file:
        _check_mode(os.fstat(number).st_mode, path)
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise OSError(errno.EFBIG, f"has more bytes than may be; at most {bytes_max} are read", str(path))
    return data


def _check_mode(mode: int, path: str | Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        kind = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
        raise OSError(errno.EINVAL, f"it is {kind}; a plain file is needed", str(path))
