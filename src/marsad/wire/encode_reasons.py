"""Reasons → the wire."""

import math

from marsad import wire
from marsad.model import reason as model_reason
from marsad.wire.values import known


def reason_to_wire(reason: model_reason.Reason) -> wire.Reason:
    """A reason; numbers that are not finite travel as their names ("nan", "inf")."""
    arguments: dict[str, float | str] = {}
    for name, value in reason.arguments:
        if isinstance(value, str):
            arguments[name] = value
        else:
            arguments[name] = round(float(value), 4) if math.isfinite(value) else str(value)
    return {
        "code": reason.code,
        "arguments": arguments,
        "decibans": None if reason.decibans is None else known(reason.decibans, 1),
    }
