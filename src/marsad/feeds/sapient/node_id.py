"""Node identifiers: version 4 UUIDs, lower case with dashes."""

import re
from hashlib import sha256
from uuid import UUID

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_UUID_ANY = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII
)


def node_id(text: str) -> str:
    """The UUID of version 4 form that belongs to a text, the same at every start.

    A node keeps one identifier for life (BSI Flex 335 v2.0, 4.3). Deriving it from its name
    needs no store; only the 122 free bits come from the digest.
    """
    return str(UUID(bytes=sha256(text.encode()).digest()[:16], version=4))


def is_node_id(text: str, *, strict: bool = True) -> bool:
    """Whether the text is a node identifier; lenient accepts any UUID in any case."""
    return (_UUID4 if strict else _UUID_ANY).fullmatch(text) is not None
