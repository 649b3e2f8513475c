"""Framing: a 4-byte unsigned little-endian length before each message (BSI Flex 335 v2.0, 4.2)."""

from marsad.errors import ReceivedError
from marsad.feeds.reasons import RefusalReason

HEADER_BYTES = 4


def framed(body: bytes) -> bytes:
    """One message with its length in front; the length does not count itself."""
    return len(body).to_bytes(HEADER_BYTES, "little") + body


class Deframer:
    """Cuts one connection's byte stream into messages, however TCP has chopped it.

    Keeps at most one unfinished message of ``message_bytes_max`` bytes.
    """

    __slots__ = ("_pending", "message_bytes_max")

    def __init__(self, message_bytes_max: int) -> None:
        self.message_bytes_max = message_bytes_max
        self._pending = b""

    @property
    def pending_bytes(self) -> int:
        """Bytes of a message that has not wholly arrived."""
        return len(self._pending)

    def messages(self, chunk: bytes) -> tuple[list[bytes], ReceivedError | None]:
        """The bodies completed by this chunk, and what is wrong with the stream behind them.

        After an error the stream cannot be followed any more: the buffer is emptied and the
        connection has to be closed.
        """
        data = self._pending + chunk if self._pending else chunk
        bodies: list[bytes] = []
        position, end = 0, len(data)
        while end - position >= HEADER_BYTES:
            length = int.from_bytes(data[position : position + HEADER_BYTES], "little")
            if length > self.message_bytes_max:
                self._pending = b""
                return bodies, self._too_long(data[position : position + HEADER_BYTES], position)
            start = position + HEADER_BYTES
            if end - start < length:
                break
            bodies.append(data[start : start + length])
            position = start + length
        self._pending = data[position:]
        return bodies, None

    def _too_long(self, header: bytes, position: int) -> ReceivedError:
        length, other = int.from_bytes(header, "little"), int.from_bytes(header, "big")
        hint = "is this a SAPIENT peer?"
        if header.lstrip()[:1] == b"<":
            hint = "this looks like XML, as SAPIENT before BSI Flex 335 spoke: version 2.0 is protobuf"
        elif other <= self.message_bytes_max:
            hint = f"read from the other end it says {other}: does the peer send it big-endian?"
        return ReceivedError(
            RefusalReason.FRAME_TOO_LONG,
            f"the length {header.hex(' ')} announces {length} bytes; at most {self.message_bytes_max} are "
            f"taken. A length is 4 bytes, little-endian, without itself; {hint}",
            position,
        )
