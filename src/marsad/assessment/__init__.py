"""ASSESS: class, identity and its evidence, geometry to zones, impact, threat score, level.

Design "PHK": how hostile (decibans), how pressing (geometry and time), what to do (rules) are
kept apart; the score ranks, the rules warn, and every number carries its reasons.
"""

from typing import TYPE_CHECKING, Any

from marsad.assessment.context import KnownActivity
from marsad.assessment.settings import AssessmentSettings

if TYPE_CHECKING:
    from marsad.assessment.assessor import Assessor
    from marsad.assessment.breaking import BreakUps

__all__ = ["AssessmentSettings", "Assessor", "BreakUps", "KnownActivity"]


def __getattr__(name: str) -> Any:
    # on first use: reading settings needs neither Numba nor SciPy
    if name == "Assessor":
        from marsad.assessment.assessor import Assessor

        return Assessor
    if name == "BreakUps":
        from marsad.assessment.breaking import BreakUps

        return BreakUps
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
