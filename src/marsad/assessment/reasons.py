"""Parts of the evidence: what each stage hands over so that people read why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.columns import Flags, Floats, Rows
from marsad.model.reason import Reason


class Telling(Protocol):
    """What a stage tells of tracks."""

    def reasons(self, rows: Rows) -> Iterator[tuple[int, Reason]]:
        """The places, among the rows, of the tracks it is told for, and the reason of each."""


@dataclass(frozen=True)
class Part:
    """One kind of evidence over m tracks.

    code      of its sentence, the same for all of them
    decibans  (m,) what it adds to the hostility
    quotes    what the sentence quotes: name and values (m,), or one word for all
    told      (m,) for which tracks it is told; None: where it adds or takes anything
    """

    code: str
    decibans: Floats
    quotes: tuple[tuple[str, NDArray[Any] | str], ...] = ()
    told: Flags | None = None

    def reasons(self, rows: Rows) -> Iterator[tuple[int, Reason]]:
        """The places, among the rows, of the tracks it is told for, and the reason of each."""
        places = np.flatnonzero((self.decibans if self.told is None else self.told)[rows])
        if not len(places):
            return
        rows = rows[places]
        names = [name for name, _ in self.quotes]
        quoted = zip(
            *([one] * len(rows) if isinstance(one, str) else one[rows].tolist() for _, one in self.quotes),
            strict=True,
        )
        values = quoted if names else [()] * len(rows)
        for place, weight, own in zip(places.tolist(), self.decibans[rows].tolist(), values, strict=True):
            yield place, Reason(self.code, tuple(zip(names, own, strict=True)), weight)


def cap(code: str, parts: Sequence[Part], limits_db: tuple[float, float]) -> Part:
    """What a cap on the sum of parts takes away, as a part of its own, so that all parts add up."""
    return capped(code, np.asarray(np.sum([part.decibans for part in parts], axis=0)), limits_db)


def capped(code: str, total_db: Floats, limits_db: tuple[float, float]) -> Part:
    """The same of a sum that is known already."""
    clipped = clip(total_db, limits_db)
    return Part(code, clipped - total_db, (("limit_db", clipped),))


def clip(decibans: Floats, limits_db: tuple[float, float]) -> Floats:
    """What of decibans the limits leave; for a few numbers many times as fast as NumPy's own."""
    return np.asarray(np.minimum(np.maximum(decibans, limits_db[0]), limits_db[1]))
