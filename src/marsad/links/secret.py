"""Secrets in files of their own: settings name the file, and the journal never holds one."""

from pathlib import Path

from marsad.errors import LinkError
from marsad.links.plain_file import plain_bytes

SECRET_BYTES_MIN = 16
_BYTES_MAX = 100_000


def secret_from(
    path: Path | None, called: str = "the secret", bytes_min: int = SECRET_BYTES_MIN
) -> bytes | None:
    """The secret in a file, without white space around it; None for no file. Raises LinkError.

    bytes_min   fewer are no secret
    """
    if path is None:
        return None
    try:
        secret = plain_bytes(path, _BYTES_MAX).strip()
    except OSError as error:
        raise LinkError(f"{path}: {called} cannot be read: {error.strerror or error}") from error
    if len(secret) < bytes_min:
        raise LinkError(f"{path}: {called} has {len(secret)} bytes; {bytes_min} are needed")
    return secret
