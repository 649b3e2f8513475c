"""Sensors: what they are, where they stand, how well they see, whether they live."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf, tau


class SensorKind(StrEnum):
    """The principle a sensor works by."""

    RADAR = "radar"
    RADIO_FREQUENCY = "radio_frequency"
    CAMERA = "camera"
    ACOUSTIC = "acoustic"
    ADSB = "adsb"
    REMOTE_ID = "remote_id"
    FUSION = "fusion"
    OTHER = "other"

    @property
    def sweeps(self) -> bool:
        """Whether it goes over what it covers, look by look; others stare at all of it."""
        return self in _SWEEPING

    @property
    def is_cooperative(self) -> bool:
        """Whether its reports are the target's own claims."""
        return self in _COOPERATIVE


# a member of an enumeration is looked up slowly by its name, and these are asked for each plot
_SWEEPING = frozenset({SensorKind.RADAR, SensorKind.ACOUSTIC})
_COOPERATIVE = frozenset({SensorKind.ADSB, SensorKind.REMOTE_ID})


class SensorHealth(StrEnum):
    """What a sensor is worth right now."""

    OK = "ok"
    DEGRADED = "degraded"  # it says so itself, its reports are refused, or it is far off
    LOST = "lost"  # silent for three intervals
    GONE = "gone"  # said goodbye
    REFUSED = (
        "refused"  # its registration was not accepted, or it may not speak any more: nothing it says is used
    )


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a sensor can see and how well; the tracker's idea of it.

    range_min_m, range_max_m     slant range limits
    azimuth_from_rad, azimuth_width_rad   sector from true north, clockwise; width 2π = all round
    elevation_min_rad, elevation_max_rad  above the horizon at the sensor
    detection_probability        (at range 0, at range_max_m), linear between
    clutter_per_scan             mean number of false plots per scan
    scan_period_s                time between two looks at the same place
    range_rate_min_mps           slower than this, either way, a Doppler radar loses objects; 0 = never
    horizon                      (azimuth_rad, elevation_rad) of what terrain hides below it, clockwise
                                 from true north, straight between; () = nothing
    """

    range_min_m: float = 0.0
    range_max_m: float = inf
    azimuth_from_rad: float = 0.0
    azimuth_width_rad: float = tau
    elevation_min_rad: float = -tau / 4
    elevation_max_rad: float = tau / 4
    detection_probability: tuple[float, float] = (0.9, 0.9)
    clutter_per_scan: float = 0.1
    scan_period_s: float = 1.0
    range_rate_min_mps: float = 0.0
    horizon: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Delay:
    """How late the reports of a sensor come, learned from them.

    latency_s   from measurement to us, the median
    late_s      the same, 95th percentile
    shift_s     added to its stamps, for its clock is off: positive where it is behind ours
    """

    latency_s: float
    late_s: float
    shift_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor as the site knows it.

    sensor_id     stable identifier: the SAPIENT node_id, or the feed's name
    position_enu  metres in the site frame; None until known
    placed_t_ns   when it was there, by its own word; 0 = not said
    sigmas        default one-sigma errors of [range_m, azimuth_rad, elevation_rad,
                  range_rate_mps] where a report carries none; NaN = not measured
    decorrelation_s  its reports are another tracker's estimates, whose errors stay alike for so long;
                  0 = independent plots
    error_correlation_s  time over which its errors stay alike; None: as its kind's do, until learned
    miss_correlation_s   the same of whether it sees an object
    last_t_ns     receive time of the last message, 0 = never heard
    note          why its health is what it is, in its own words or the site's; "" only while it is well, and
                  even then what it was forgiven
    delay         how late its reports come; None while that is not known
    linked        its connection is open; False: it can testify to nothing
    speeds_proven the speeds it states were judged before they came here: this site's own estimates
    """

    sensor_id: str
    name: str
    kind: SensorKind
    feed: str
    position_enu: tuple[float, float, float] | None = None
    coverage: Coverage = Coverage()
    sigmas: tuple[float, float, float, float] = (10.0, 0.01, 0.01, 0.5)
    health: SensorHealth = SensorHealth.OK
    last_t_ns: int = 0
    note: str = ""
    decorrelation_s: float = 0.0
    delay: Delay | None = None
    linked: bool = True
    error_correlation_s: float | None = None
    miss_correlation_s: float | None = None
    placed_t_ns: int = 0
    speeds_proven: bool = False
