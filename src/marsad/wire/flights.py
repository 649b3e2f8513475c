"""Declared flights."""

from typing_extensions import TypedDict

from marsad.wire.names import FlightStateName, ShapeName
from marsad.wire.tracks import Reason


class Flight(TypedDict):
    """A declared flight; places are [latitude_deg, longitude_deg]; a time is None where it is open.

    extent_m is the radius of a circle and the whole width of a route; heights are above the site. phone is ""
    also for whoever may not ask the owner.
    """

    flight_id: str
    name: str
    operator: str
    phone: str
    kind: str
    make: str
    labels: list[str]
    shape: ShapeName
    places: list[list[float]]
    extent_m: float
    low_m: float | None
    high_m: float | None
    from_t_ms: int | None
    until_t_ms: int | None
    remarks: str
    source: str
    state: FlightStateName


class FlightNews(TypedDict):
    """Something about a flight that everybody should hear once."""

    t_ms: int
    what: Reason


class Imported(TypedDict):
    """How many flights a file declared."""

    flights: int
