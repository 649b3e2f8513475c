"""Secrets in files of their own: settings name the file, and the journal never holds one."""

from pathlib import Path

from marsad.errors import LinkError

SECRET_BYTES_MIN = 16


def secret_from(path: Path | None, called: str = "the secret") -> bytes | None:
    """The secret in a file, without white space around it; None for no file. Raises LinkError."""
    if path is None:
        return None
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise LinkError(f"{path}: {called} cannot be read: {error.strerror or error}") from error
    if len(secret) < SECRET_BYTES_MIN:
        raise LinkError(f"{path}: {called} has {len(secret)} bytes; {SECRET_BYTES_MIN} are needed")
    return secret
