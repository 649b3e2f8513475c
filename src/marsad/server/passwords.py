"""Password hashes: scrypt (RFC 7914), salted, in one printable line."""

import base64
import binascii
import hashlib
import hmac
import secrets

COST = 2**15  # with block size 8: 32 MiB, about a tenth of a second
BLOCK_SIZE = 8
PARALLELISM = 1
LENGTH_MIN = 8
_MEMORY_MAX = 64 * 1024 * 1024
_COST_MAX = 2**15  # a settings file cannot make a sign-in eat the machine


def hash_password(password: str) -> str:
    """The line to put into the settings: ``scrypt$cost$block$parallelism$salt$hash``.

    Raises ValueError if the password is shorter than 8 characters.
    """
    if len(password) < LENGTH_MIN:
        raise ValueError(f"a password of {len(password)} characters; at least {LENGTH_MIN} are needed")
    salt = secrets.token_bytes(16)
    digest = _derive(password, salt, COST, BLOCK_SIZE, PARALLELISM)
    return f"scrypt${COST}${BLOCK_SIZE}${PARALLELISM}${_text(salt)}${_text(digest)}"


def is_password_hash(line: str) -> bool:
    """Whether a line has the form of `hash_password` with parameters this machine accepts."""
    return _parsed(line) is not None


def verify_password(password: str, line: str) -> bool:
    """Whether the password belongs to the hash; takes the same time for right and wrong."""
    parsed = _parsed(line)
    if parsed is None:
        return False
    cost, block_size, parallelism, salt, expected = parsed
    return hmac.compare_digest(_derive(password, salt, cost, block_size, parallelism), expected)


def _derive(password: str, salt: bytes, cost: int, block_size: int, parallelism: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=block_size, p=parallelism, maxmem=_MEMORY_MAX, dklen=32
    )


def _parsed(line: str) -> tuple[int, int, int, bytes, bytes] | None:
    parts = line.split("$")
    if len(parts) != 6 or parts[0] != "scrypt":
        return None
    try:
        cost, block_size, parallelism = (int(part) for part in parts[1:4])
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[4:])
    except (ValueError, binascii.Error):
        return None
    sound = (
        2 <= cost <= _COST_MAX and cost & (cost - 1) == 0 and block_size == BLOCK_SIZE and parallelism == 1
    )
    return (cost, block_size, parallelism, salt, digest) if sound and salt and len(digest) == 32 else None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
