"""Threats as arrays: a record with all its reasons is made only where somebody reads it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, overload

import numpy as np
from numpy.typing import NDArray

from marsad.model.threat import Identity, Level, ThreatAssessment

IDENTITIES = tuple(Identity)
Rows = NDArray[np.int64]


class Explain(Protocol):
    """Makes the records of rows of a table."""

    def __call__(self, rows: Rows, /) -> Sequence[ThreatAssessment]:
        """With all their reasons."""

    def brief(self, rows: Rows, /) -> Sequence[ThreatAssessment]:
        """Without evidence, which takes most of the time; the rule with its numbers is there."""


@dataclass(frozen=True, eq=False)
class ThreatTable(Sequence[ThreatAssessment]):
    """What a site thinks of n tracks at one time; a sequence of their assessments.

    track_id  (n,)
    level     (n,) the highest toward any zone
    score     (n,) the highest toward any zone
    identity  (n,) index into IDENTITIES
    hostility, decibans (n,)
    explain   makes the records of rows, with their reasons; of nothing but what was known at that time
    """

    track_id: NDArray[np.int64]
    level: NDArray[np.int8]
    score: NDArray[np.float64]
    identity: NDArray[np.int8]
    hostility: NDArray[np.float64]
    decibans: NDArray[np.float64]
    explain: Explain
    _made: dict[int, ThreatAssessment] = field(default_factory=dict, repr=False)
    _brief: dict[int, ThreatAssessment] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(records: Sequence[ThreatAssessment]) -> "ThreatTable":
        """The table of records that are made already; a table as it is."""
        if isinstance(records, ThreatTable):
            return records
        return ThreatTable(
            np.array([one.track_id for one in records], np.int64),
            np.array([one.level for one in records], np.int8),
            np.array([one.score for one in records], float),
            np.array([IDENTITIES.index(one.identity) for one in records], np.int8),
            np.array([one.hostility for one in records], float),
            np.array([one.decibans for one in records], float),
            _Given(tuple(records)),
        )

    def __len__(self) -> int:
        return len(self.track_id)

    @overload
    def __getitem__(self, row: int) -> ThreatAssessment: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[ThreatAssessment, ...]: ...
    def __getitem__(self, row: int | slice) -> ThreatAssessment | tuple[ThreatAssessment, ...]:
        if isinstance(row, slice):
            return self.read(np.arange(len(self))[row])
        return self.read(np.arange(len(self))[[row]])[0]

    def __iter__(self) -> Iterator[ThreatAssessment]:
        return iter(self.read(np.arange(len(self))))

    def read(self, rows: Rows) -> tuple[ThreatAssessment, ...]:
        """The records of those rows, each made once."""
        return _kept(self._made, rows, self.explain)

    def brief(self, rows: Rows) -> tuple[ThreatAssessment, ...]:
        """The same without their evidence: for whoever acts on a threat and does not explain it."""
        return _kept(self._brief, rows, self.explain.brief)

    def at_least(self, level: Level) -> Rows:
        """Rows of the tracks that are so dangerous or more."""
        return np.flatnonzero(self.level >= level)

    @property
    def highest(self) -> Level:
        """The highest level of all; INFO where there is nothing."""
        return Level(int(self.level.max())) if len(self) else Level.INFO

    @cached_property
    def by_track(self) -> Mapping[int, ThreatAssessment]:
        """The records, without evidence, by the numbers of their tracks."""
        return _ByTrack(self)


def _kept(
    made: dict[int, ThreatAssessment], rows: Rows, make: Callable[[Rows], Sequence[ThreatAssessment]]
) -> tuple[ThreatAssessment, ...]:
    """The records of rows, those that are missing made first."""
    wanted = rows.tolist()
    missing = [row for row in wanted if row not in made]
    if missing:
        made.update(zip(missing, make(np.array(missing, np.int64)), strict=True))
    return tuple(made[row] for row in wanted)


@dataclass(frozen=True)
class _Given:
    """Records that are made already."""

    records: tuple[ThreatAssessment, ...]

    def __call__(self, rows: Rows) -> Sequence[ThreatAssessment]:
        return [self.records[row] for row in rows.tolist()]

    def brief(self, rows: Rows) -> Sequence[ThreatAssessment]:
        """The same, as they are."""
        return self(rows)


class _ByTrack(Mapping[int, ThreatAssessment]):
    def __init__(self, table: ThreatTable) -> None:
        self._table = table
        self._rows = {one: row for row, one in enumerate(table.track_id.tolist())}

    def __getitem__(self, track_id: int) -> ThreatAssessment:
        return self._table.brief(np.array([self._rows[track_id]]))[0]

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
