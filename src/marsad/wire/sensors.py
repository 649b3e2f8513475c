"""Sensors, what they cover and how far off they are; who asks to join; time and navigation."""

from typing_extensions import TypedDict

from marsad.wire.names import (
    AskingName,
    BiasName,
    HealthName,
    NavigationStateName,
    OverloadName,
    SensorKindName,
)
from marsad.wire.tracks import Place, Reason


class Coverage(TypedDict):
    """Where a sensor sees; range_max_m is None where it is unlimited."""

    range_min_m: float
    range_max_m: float | None
    azimuth_from_deg: float
    azimuth_width_deg: float


class Bias(TypedDict):
    """How far a sensor is off in one quantity, in m, degrees or s; sigma is the estimate's error.

    applied: its reports are corrected by it; large: surely so large that somebody should look.
    """

    quantity: BiasName
    value: float
    sigma: float
    applied: bool
    large: bool


class Delay(TypedDict):
    """How late a sensor's reports come (median and 95th percentile, s), its clock corrected by shift_s."""

    latency_s: float
    late_s: float
    shift_s: float


class Sensor(TypedDict):
    """One sensor; last_t_ms is 0 if it was never heard; biases only where there is evidence.

    delay: None before its first report.
    """

    sensor_id: str
    name: str
    kind: SensorKindName
    feed: str
    place: Place | None
    coverage: Coverage
    health: HealthName
    last_t_ms: int
    note: str
    delay: Delay | None
    biases: list[Bias]


class Asker(TypedDict):
    """One node that wants to speak on a feed and may not.

    reports counts what of it was refused; by is who refused it, "" where nobody has, or that is not known.
    """

    feed: str
    node_id: str
    name: str
    kind: SensorKindName
    address: str
    asking: AskingName
    first_t_ms: int
    last_t_ms: int
    reports: int
    by: str


class Navigation(TypedDict):
    """The health of satellite navigation at the site, as the claims of aircraft show it."""

    state: NavigationStateName
    aircraft: int
    reasons: list[Reason]


class ClockStep(TypedDict):
    """The machine's clock was set: when, by the clock as it is now, and the sentence for it."""

    t_ms: int
    what: Reason


class Overload(TypedDict):
    """What is too much for the site: by which rule, whose ("" where it is the site), since when, how much."""

    shed: OverloadName
    sensor_id: str
    since_t_ms: int
    per_s: float
    count: int
    what: Reason
