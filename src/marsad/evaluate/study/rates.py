"""Rates with their Clopper-Pearson intervals."""

from collections.abc import Iterable
from dataclasses import dataclass

from marsad.evaluate.intervals import proportion


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, with the exact interval of 95 %.

    Source: Clopper and Pearson, Biometrika 26 (1934). Objects of one raid are counted as independent.
    """

    successes: int
    count: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Successes over count; NaN of none."""
        return self.successes / self.count if self.count else float("nan")


def rate(outcomes: Iterable[bool]) -> Rate:
    """The rate of what came out true."""
    found = [bool(outcome) for outcome in outcomes]
    sure = proportion(sum(found), len(found))
    return Rate(sum(found), len(found), sure.low, sure.high)
