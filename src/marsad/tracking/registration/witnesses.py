"""Who says so: what pairs tell of biases, kept apart by the object they were of.

Errors of one object last: a hull, a wing, the ground below it shift its plots by the same for many
seconds. Hundreds of pairs of one object are then one statement, and only that several objects agree makes
it a bias. So evidence is gathered by witnesses: an object for two minutes, which is longer than errors last;
after that it is a witness anew. There are so many witnesses and no more: a new one takes the place that
was silent longest, and what had been said there is told together with what it says; both are still
independent of all others. Its time is cut into parts: where these scatter as if they were independent,
errors do not last, and each part counts as a witness.

Evidence is kept by part of a witness and pair of sensors as a row of 73 numbers: the information matrix
(8, 8) over the biases of both, the vector (8,), and how many pairs of plots these are.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import twin_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]

WITNESSES = 32
PARTS = 4
TRACK, SINCE, LAST = range(3)  # columns of the book
NEVER_NS = -(1 << 62)
ROW = 73
COUNT = 72  # column of the number of pairs
SENSORS = 64  # more than there can be


class Witnesses(NamedTuple):
    """Which object each witness is, and where it was seen last.

    book (WITNESSES, 3)    track, since when, last time (ns)
    flight (WITNESSES, 4)  east, north of its place (m) and of its velocity (m/s)
    """

    book: Index
    flight: Array

    @staticmethod
    def none() -> "Witnesses":
        """Nobody has said anything."""
        book = np.zeros((WITNESSES, 3), np.int64)
        book[:, 1:] = NEVER_NS
        return Witnesses(book, np.zeros((WITNESSES, 4)))


class Evidence(NamedTuple):
    """What witnesses said: key (N,) of part and both sensors, the lower first; numbers (N, ROW)."""

    key: Index
    numbers: Array

    @staticmethod
    def none() -> "Evidence":
        """Nothing."""
        return Evidence(np.empty(0, np.int64), np.empty((0, ROW)))

    @property
    def part(self) -> Index:
        """Which part of which witness said each (N,): PARTS times the witness, plus the part."""
        return self.key // SENSORS**2

    @property
    def sensors(self) -> Index:
        """Of which two (N, 2)."""
        return np.stack([self.key // SENSORS % SENSORS, self.key % SENSORS], 1)


def witness_of(witnesses: Witnesses, track_id: int, t_ns: int, span_ns: int) -> int:
    """The part of a witness that this object is now, as `Evidence.part`; a new witness is entered."""
    book = witnesses.book
    same = np.flatnonzero((book[:, TRACK] == track_id) & (np.abs(t_ns - book[:, SINCE]) < span_ns))
    if len(same):
        row = int(same[0])
        book[row, LAST] = max(book[row, LAST], t_ns)
        return int(row * PARTS + max(t_ns - int(book[row, SINCE]), 0) * PARTS // span_ns)
    row = int(np.argmin(book[:, LAST]))
    book[row] = track_id, t_ns, t_ns
    return int(row * PARTS)


@twin_of(witness_of)
def witness_of_compiled(witnesses: Witnesses, track_id: int, t_ns: int, span_ns: int) -> int:
    """The twin of `witness_of`."""
    book, row = witnesses.book, 0
    for k in range(len(book)):
        if book[k, TRACK] == track_id and abs(t_ns - book[k, SINCE]) < span_ns:
            book[k, LAST] = max(book[k, LAST], t_ns)
            part: int = k * PARTS + max(t_ns - book[k, SINCE], 0) * PARTS // span_ns
            return part
        if book[k, LAST] < book[row, LAST]:
            row = k
    book[row, TRACK], book[row, SINCE], book[row, LAST] = track_id, t_ns, t_ns
    return row * PARTS


def key_of(part: int, subject: int, reference: int) -> int:
    """The key of what a part of a witness says of two sensors."""
    return (part * SENSORS + min(subject, reference)) * SENSORS + max(subject, reference)


def row_of_pair(matrix: Array, vector: Array, swapped: bool) -> Array:
    """Information (8, 8) and (8,) of a pair as a row, the lower sensor first; swapped: it was the second."""
    if swapped:
        order = np.r_[4:8, 0:4]
        matrix, vector = matrix[np.ix_(order, order)], vector[order]
    return np.concatenate([matrix.ravel(), vector, [1.0]])


def noted(evidence: Evidence, keys: list[int], rows: list[Array]) -> Evidence:
    """The evidence with rows more, those of one key added up."""
    found = {key: place for place, key in enumerate(evidence.key.tolist())}
    numbers = list(evidence.numbers.copy())
    for key, row in zip(keys, rows, strict=True):
        if key in found:
            numbers[found[key]] = numbers[found[key]] + row
        else:
            found[key] = len(numbers)
            numbers.append(row)
    return Evidence(np.array(list(found), np.int64), np.array(numbers).reshape(-1, ROW))


def gathered(old: Evidence, new: Evidence, most: int) -> Evidence:
    """Both as one, sorted by key; of more than `most` rows those that say least go."""
    keys = np.concatenate([old.key, new.key])
    key, place = np.unique(keys, return_inverse=True)
    numbers = np.zeros((len(key), ROW))
    np.add.at(numbers, place, np.concatenate([old.numbers, new.numbers]))
    if len(key) > most:
        weight = numbers[:, np.arange(8) * 9].sum(1)
        kept = np.sort(np.argsort(-weight, kind="stable")[:most])
        key, numbers = key[kept], numbers[kept]
    return Evidence(key, numbers)


def summed(evidence: Evidence, group: Index, groups: int, sensors: int) -> tuple[Array, Array]:
    """Information (groups, 4S, 4S) and (groups, 4S) of evidence, by the group (N,) of each row."""
    size, own = 4 * sensors, np.arange(4)
    matrix, vector = np.zeros((groups, size, size)), np.zeros((groups, size))
    at = (4 * evidence.sensors[:, :, None] + own).reshape(-1, 8)
    square = evidence.numbers[:, :64].reshape(-1, 8, 8)
    np.add.at(matrix, (group[:, None, None], at[:, :, None], at[:, None, :]), square)
    np.add.at(vector, (group[:, None], at), evidence.numbers[:, 64:COUNT])
    return matrix, vector


def alike(evidence: Evidence, sensors: int) -> Array:
    """Covariance (4S, 4S) of the vector if the errors in each row were all the same."""
    counted = evidence.numbers.copy()
    counted[:, :COUNT] *= evidence.numbers[:, COUNT:]
    matrix, _ = summed(Evidence(evidence.key, counted), np.zeros(len(counted), np.int64), 1, sensors)
    return np.asarray(matrix[0])
