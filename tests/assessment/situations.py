"""One track before one zone, as the rules look at it, the same in every test but for what that is about."""

from typing import Any

import numpy as np

from marsad.assessment.settings import AssessmentSettings
from marsad.assessment.situation import Situation

SETTINGS = AssessmentSettings()
_BY_ZONE = frozenset({"arrival_m", "hit", "impact_s", "distance_m", "earliest_s", "score"})
_AS_THEY_ARE = frozenset({"levels", "falling", "zone_ids", "relief"})
_USUAL = {
    "cooperative": False,
    "ballistic": False,
    "hostile_by_hand": False,
    "held": False,
    "faint": False,
    "steady": False,
    "claimed": False,
    "labelled": False,
    "from_here": False,
    "unvouched": False,
    "doubted": False,
    "sensed": True,
    "off_procedures": True,
    "arrival_m": np.inf,
    "margin_m": 50.0,
    "impact_limit": 0.02,
    "whole_site": False,
    "protected": True,
    "levels": SETTINGS.levels,
    "falling": SETTINGS.ballistic,
    "zone_ids": ("perimeter",),
}


def situation(**what: Any) -> Situation:
    """One track and one zone: numbers, or arrays of one element, by the names of the fields."""
    return Situation(**{name: _shaped(name, value) for name, value in (_USUAL | what).items()})


def _shaped(name: str, value: Any) -> Any:
    if name in _AS_THEY_ARE:
        return value
    return np.asarray(value).reshape((1, 1) if name in _BY_ZONE else 1)
