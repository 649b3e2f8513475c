"""What seals a segment of a journal: a Merkle tree over salted leaves, and a chain over the segments.

The tree is that of RFC 6962, section 2.1 (Certificate Transparency): leaf = SHA-256(0 | bytes), node =
SHA-256(1 | left | right), the left part of a split as large a power of two as fits. A leaf's bytes end with a
salt of 128 random bits that stands in the record and goes with it: so who has the leaf alone, after a payload
was removed, cannot find the payload by guessing (a hash commitment that hides; Halevi and Micali 1996).
"""

from dataclasses import dataclass
from hashlib import sha256

NOTHING = bytes(32)  # before the first segment; and the leaf of a record that nobody can read any more
SALT_BYTES = 16


class Tree:
    """The roots of the whole subtrees so far, largest first: all that is needed to go on."""

    def __init__(self) -> None:
        self.count = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """One leaf's hash more."""
        count = self.count
        peaks = self._peaks
        while count & 1:
            leaf = sha256(b"\1" + peaks.pop() + leaf).digest()
            count >>= 1
        peaks.append(leaf)
        self.count += 1

    def add_alike(self, leaf: bytes, number: int) -> None:
        """That many leaves of one hash more, in as few steps as the number has digits.

        What is lost is counted by what a damaged file says, which may be billions.
        """
        whole = [leaf]  # roots of 1, 2, 4 … such leaves
        while number > 0:
            height = number.bit_length() - 1
            if self.count:
                height = min(height, (self.count & -self.count).bit_length() - 1)
            while len(whole) <= height:
                whole.append(sha256(b"\1" + 2 * whole[-1]).digest())
            node, count = whole[height], self.count >> height
            while count & 1:
                node = sha256(b"\1" + self._peaks.pop() + node).digest()
                count >>= 1
            self._peaks.append(node)
            self.count += 1 << height
            number -= 1 << height

    def root(self) -> bytes:
        """The hash of the tree over all leaves so far; SHA-256 of nothing if there is none."""
        if not self._peaks:
            return sha256().digest()
        *others, root = self._peaks
        for peak in reversed(others):
            root = sha256(b"\1" + peak + root).digest()
        return root

    def mark(self) -> tuple[int, list[bytes]]:
        """Where it stands, for `back`."""
        return self.count, list(self._peaks)

    def back(self, mark: tuple[int, list[bytes]]) -> None:
        """Forget every leaf since a mark."""
        self.count, self._peaks = mark[0], list(mark[1])


def leaf_prefix(feed: bytes) -> bytes:
    """What stands before the bytes of a record, as they are hashed: its feed, which it only numbers."""
    return b"\0" + len(feed).to_bytes(2, "little") + feed


def leaf_of(prefixed: bytes) -> bytes:
    """The hash of one record: of its feed's prefix and its bytes, the salt last."""
    return sha256(prefixed).digest()


@dataclass(frozen=True, slots=True)
class Seal:
    """What a segment held when it was sealed, whatever becomes of its file.

    root       of the tree over its records
    records    how many there are
    size       bytes of the file up to the last of them
    previous   the chain's value before this segment
    """

    root: bytes
    records: int
    size: int
    previous: bytes = NOTHING

    @property
    def chain(self) -> bytes:
        """The chain's value behind this segment: it pins this one and all before it."""
        return sha256(b"\2" + self.previous + self.root + self.records.to_bytes(8, "little")).digest()
