"""Kinds of intruder, as far as sensors see them differently well."""

from enum import StrEnum


class ThreatKind(StrEnum):
    """What may come; none of them transmits."""

    MULTIROTOR = "multirotor"  # a small one
    FIXED_WING = "fixed_wing"  # a small one
    ONE_WAY = "one_way"  # a large drone that flies into what it is meant for
    HOVERING = "hovering"  # a multirotor that stands in the air
    ROCKET = "rocket"  # falls freely
