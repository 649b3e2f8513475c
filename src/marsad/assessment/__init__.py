"""ASSESS: class, identity and its evidence, geometry to zones, impact, threat score, level.

Design "PHK": how hostile (decibans), how pressing (geometry and time), what to do (rules) are
kept apart; the score ranks, the rules warn, and every number carries its reasons.
"""

from typing import TYPE_CHECKING, Any

from marsad.assessment.context import KnownActivity
from marsad.assessment.settings import AssessmentSettings

if TYPE_CHECKING:
    from marsad.assessment.assessor import Assessor

__all__ = ["AssessmentSettings", "Assessor", "KnownActivity"]


def __getattr__(name: str) -> Any:
    if name == "Assessor":  # on first use: reading settings needs neither Numba nor SciPy
        from marsad.assessment.assessor import Assessor

        return Assessor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
