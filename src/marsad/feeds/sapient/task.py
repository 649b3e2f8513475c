"""The tasks an observer may send: ask for a report, look somewhere, change the mode of observing.

Marsad commands no effector. There is no builder for any other task here, and each of these
refuses a node that registered as an effector and a mode that names one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import degrees
from typing import Literal

from marsad.errors import EncodingError
from marsad.feeds.sapient.framing import framed
from marsad.feeds.sapient.wire import (
    RangeBearingCoordinateSystem,
    RangeBearingDatum,
    Registration,
    SapientMessage,
    Task,
    envelope,
)

EFFECTOR_TYPES: frozenset[int] = frozenset(
    {
        Registration.NODE_TYPE_KINETIC,
        Registration.NODE_TYPE_JAMMER,
        Registration.NODE_TYPE_CYBER,
        Registration.NODE_TYPE_LDEW,
        Registration.NODE_TYPE_RFDEW,
    }
)
_EFFECTOR_WORDS = re.compile(
    r"kinetic|jam|cyber|ldew|rfdew|hpm|effector|weapon|laser|dazzl|spoof|inhibit|intercept|defeat|disrupt|"
    r"engage|attack|destroy|neutrali|takeover|take over|net gun|missile|fire|shoot|kill",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """The node a task goes to: its address and the types it registered as."""

    node_id: str
    node_types: tuple[int, ...]


def request(
    own_id: str, to: Recipient, t_ns: int, task_id: str, what: Literal["Registration", "Status"]
) -> bytes:
    """Ask a node to say again who it is, or how it is.

    Raises EncodingError for anything else, and for an effector.
    """
    if what not in ("Registration", "Status"):
        raise EncodingError(f"request {what!r}: an observer asks for Registration or Status only")
    message = _task(own_id, to, t_ns, task_id)
    message.task.command.request = what
    return framed(message.SerializeToString())


def look_at(
    own_id: str,
    to: Recipient,
    t_ns: int,
    task_id: str,
    azimuth_rad: float,
    elevation_rad: float,
    *,
    in_degrees: bool = True,
) -> bytes:
    """Turn a camera (a node that observes) to a direction, in the unit it registered.

    Raises EncodingError for an effector.
    """
    message = _task(own_id, to, t_ns, task_id)
    cone = message.task.command.look_at.range_bearing
    cone.datum = RangeBearingDatum.RANGE_BEARING_DATUM_TRUE
    if in_degrees:
        cone.coordinate_system = RangeBearingCoordinateSystem.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M
        cone.azimuth, cone.elevation = degrees(azimuth_rad), degrees(elevation_rad)
    else:
        cone.coordinate_system = RangeBearingCoordinateSystem.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_M
        cone.azimuth, cone.elevation = azimuth_rad, elevation_rad
    return framed(message.SerializeToString())


def mode_change(own_id: str, to: Recipient, t_ns: int, task_id: str, mode: str) -> bytes:
    """Switch a sensor to one of its registered modes of observing.

    Raises EncodingError for an effector, and for a mode that names what an effector does.
    """
    _refuse_words("mode", mode)
    message = _task(own_id, to, t_ns, task_id)
    message.task.command.mode_change = mode
    return framed(message.SerializeToString())


def _task(own_id: str, to: Recipient, t_ns: int, task_id: str) -> SapientMessage:
    refuse_effector(to.node_types)
    message = envelope(own_id, t_ns, to.node_id)
    message.task.task_id = task_id
    message.task.control = Task.CONTROL_START
    return message


def is_effector(node_types: Iterable[int]) -> bool:
    """Whether any of the registered node types is an effector's."""
    return not EFFECTOR_TYPES.isdisjoint(node_types)


def refuse_effector(node_types: Iterable[int]) -> None:
    """Raises EncodingError if any of the registered node types is an effector's."""
    for node_type in node_types:
        if node_type in EFFECTOR_TYPES:
            name = Registration.NodeType.Name(node_type)
            raise EncodingError(f"{name}: Marsad observes and warns; it tasks no effector")


def _refuse_words(what: str, text: str) -> None:
    if found := _EFFECTOR_WORDS.search(text):
        raise EncodingError(
            f"{what} {text!r} names what an effector does ({found[0]!r}); Marsad tasks no effector"
        )
