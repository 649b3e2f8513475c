"""How good a run was against the truth: GOSPA, SIAP, tracks, warnings and their lead."""

from marsad.evaluate.gospa import Gospa, gospa
from marsad.evaluate.score import Scorekeeper, shortfalls
from marsad.evaluate.siap import Siap

__all__ = ["Gospa", "Scorekeeper", "Siap", "gospa", "shortfalls"]
