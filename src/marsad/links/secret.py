"""Secrets in files of their own: settings name the file, and the journal never holds one."""

from pathlib import Path

from marsad.errors import LinkError

SECRET_BYTES_MIN = 16


def secret_from(
    path: Path | None, called: str = "the secret", bytes_min: int = SECRET_BYTES_MIN
) -> bytes | None:
    """The secret in a file, without white space around it; None for no file. Raises LinkError.

    bytes_min   fewer are no secret
    """
    if path is None:
        return None
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise LinkError(f"{path}: {called} cannot be read: {error.strerror or error}") from error
    if len(secret) < bytes_min:
        raise LinkError(f"{path}: {called} has {len(secret)} bytes; {bytes_min} are needed")
    return secret
