"""An honest radar that sees a drone come, and what bad peers say beside it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.framing import framed
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import SapientMessage
from marsad.model.sensor import SensorKind

from ..example_site import example_site

S = 1_000_000_000
RADAR = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)
SCAN_S, STATUS_S, SCANS = 0.5, 5.0, 20
_START_M, _SPEED_MPS, _UP_M = 2_500.0, 60.0, 100.0
SITE = example_site(after="[server]\nport = 0\n")


def hello(t_ns: int) -> bytes:
    """The radar's first words."""
    return registration(RADAR, t_ns) + status(RADAR, t_ns, ulid(t_ns, 1), first=True)


def scan(t_ns: int, number: float) -> bytes:
    """What the radar sees in one turn, counted from 1, and every so often how it is."""
    away_m = _START_M - _SPEED_MPS * SCAN_S * number
    plot = polar_detection(
        RADAR, t_ns, ulid(t_ns, 2), ulid(S, 9), 0.3 + 0.002 * math.sin(7.1 * number), 0.005,
        range_m=away_m + 5.0 * math.sin(3.3 * number), range_sigma_m=10.0,
        elevation_rad=math.atan2(_UP_M, away_m), elevation_sigma_rad=0.01,
    )  # fmt: skip
    is_due = number % round(STATUS_S / SCAN_S) == 0
    return plot + (status(RADAR, t_ns, ulid(t_ns, 3)) if is_due else b"")


@dataclass(frozen=True)
class Attack:
    """What a bad peer says.

    words      bytes at a time, counted in tenths of a second from the radar's first word; number tells
               messages of one moment apart
    each       messages in a tenth of a second
    crowd      idle connections before the radar comes
    first      what is said before the radar comes
    """

    words: Callable[[int, int], bytes] = lambda t_ns, number: b""
    each: int = 0
    crowd: int = 0
    first: Callable[[int], bytes] = lambda t_ns: b""


def _elsewhere(t_ns: int, number: int) -> bytes:
    moved = replace(RADAR, latitude_deg=RADAR.latitude_deg + 0.5, longitude_deg=RADAR.longitude_deg + 0.5)
    return status(moved, t_ns, ulid(t_ns, 100 + number), first=True)


def _goodbye(t_ns: int, number: int) -> bytes:
    return status(RADAR, t_ns, ulid(t_ns, 100 + number), health="goodbye")


def _report(t_ns: int, number: int, node: EdgeNode = RADAR) -> bytes:
    return polar_detection(
        node,
        t_ns,
        ulid(t_ns, 100 + number),
        ulid(t_ns, 100 + number),
        (0.01 * number) % 6.2,
        0.01,
        range_m=900.0,
    )


def _claim(t_ns: int, number: int) -> bytes:
    return registration(RADAR, t_ns)


def strangers(count: int) -> Iterator[EdgeNode]:
    """Nodes that nobody knows."""
    for number in range(count):
        yield replace(RADAR, node_id=node_id(f"stranger {number}"), name=f"S{number}")


def _registrations(t_ns: int) -> bytes:
    return b"".join(registration(node, t_ns) for node in strangers(300))


_OWN = replace(RADAR, node_id=node_id("of its own"), name="Own")


def _long(t_ns: int, number: int) -> bytes:
    """A message as long as is allowed, of a node of its own."""
    message: Any = SapientMessage.FromString(_report(t_ns, number, _OWN)[4:])
    message.additional_information = "x" * ((1 << 20) - 1024)
    return framed(message.SerializeToString())


def _own_hello(t_ns: int) -> bytes:
    return registration(_OWN, t_ns) + status(_OWN, t_ns, ulid(t_ns, 1), first=True)


ATTACKS: dict[str, Attack] = {
    "P1 goodbye in its node_id": Attack(_goodbye, 2),
    "P2 status elsewhere in its node_id": Attack(_elsewhere, 2),
    "P3 flood in its node_id": Attack(_report, 400),
    "P3 registration in its node_id": Attack(_claim, 2),
    "P4 300 registrations, 256 idle connections": Attack(crowd=256, first=_registrations),
    "P6 messages of 1 MiB": Attack(_long, 2, first=_own_hello),
}
