"""ASSESS: class, identity and its evidence, geometry to zones, impact, threat score, level.

Design "PHK": how hostile (decibans), how pressing (geometry and time), what to do (rules) are
kept apart; the score ranks, the rules warn, and every number carries its reasons.
"""

from marsad.assessment.assessor import Assessor
from marsad.assessment.settings import AssessmentSettings, KnownActivity

__all__ = ["AssessmentSettings", "Assessor", "KnownActivity"]
