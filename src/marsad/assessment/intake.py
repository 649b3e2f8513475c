"""What sensors tell of tracks: the plots, and which receivers would have heard an honest object."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, isfinite, sin

import numpy as np
from pydantic import Field

from marsad.assessment.columns import Flags, Floats, Rows, Times, column
from marsad.model.detection import Detection, Measurement
from marsad.model.sensor import Sensor, SensorHealth, SensorKind
from marsad.model.settings import Settings
from marsad.model.track import TrackTable

_DEFAULT_SIGMA_M = 30.0


class IntakeLimits(Settings):
    """When it counts that a track was heard, or was not."""

    identity_grace_s: float = Field(default=5.0, description="time an honest aircraft gets to be heard")
    sensed_fresh_s: float = Field(
        default=10.0, description="so long a sensor's plot makes it more than a claim"
    )
    contradicted_mps: float = Field(
        default=100.0,
        gt=0,
        description="a track that comes so much faster than a radar says of its plot was made of several "
        "objects: of a flock, say",
    )
    radio_fresh_s: float = Field(30.0, description="so long a radio-frequency detection counts for the class")


@dataclass
class IntakeState:
    """When each track was heard last, when by radio frequency, and when by what needs no word of its own.

    height_t_ns  when such a sensor measured its height last
    placed       how many plots of it had a place, and fitted: bearings have none
    contradicted how many had a place, and a range rate that nothing of the track's speed has
    """

    heard_t_ns: Times = column(np.int64)
    radio_t_ns: Times = column(np.int64)
    sensed_t_ns: Times = column(np.int64)
    height_t_ns: Times = column(np.int64)
    placed: Rows = column(np.int64)
    contradicted: Rows = column(np.int64)


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot of a track, when the site took it, and its sensor, if the site knows it.

    speeds_unfit  what this sensor states of speeds does not fit how what it sees moves
    """

    t_ns: int
    detection: Detection
    sensor: Sensor | None
    speeds_unfit: bool = False

    @property
    def cooperative(self) -> bool:
        """Whether the object itself said it."""
        return self.sensor is not None and self.sensor.kind.is_cooperative

    def place(self) -> tuple[Floats, Floats] | None:
        """Horizontal position (2,) and covariance (2,2); None if the plot has no place."""
        first, second, third, *_ = self.detection.values
        sigma, sensor = self.detection.sigmas, self.sensor
        if not isfinite(first + second):
            return None
        if self.detection.measurement is Measurement.POSITION:
            east, north = (s if isfinite(s) else _DEFAULT_SIGMA_M for s in sigma[:2])
            return np.array([first, second]), np.array([[east**2, 0.0], [0.0, north**2]])
        if sensor is None or sensor.position_enu is None:
            return None
        ground = first * (cos(third) if isfinite(third) else 1.0)
        along, across = (s if isfinite(s) else d for s, d in zip(sigma[:2], sensor.sigmas[:2], strict=True))
        east, north, across = sin(second), cos(second), across * ground
        a, b, c = along**2 - across**2, along**2, across**2
        covariance = [
            [b * east**2 + c * north**2, a * east * north],
            [a * east * north, b * north**2 + c * east**2],
        ]
        place = sensor.position_enu[0] + ground * east, sensor.position_enu[1] + ground * north
        return np.array(place), np.array(covariance)

    def contradicts(self, velocity: Floats, limits: IntakeLimits) -> bool:
        """Whether its range rate is of something much slower along the line of sight than the track is, whose
        horizontal velocity (2,) is that, m/s, site ENU.

        Only the amounts are compared, for some radars state it the other way round; none at all, exactly 0,
        is what others state of everything; and what a sensor states that was found wrong counts for nothing.
        """
        detection = self.detection
        rate_mps = detection.values[3]
        is_stated = detection.measurement is Measurement.POLAR and isfinite(rate_mps) and rate_mps != 0.0
        if not is_stated or self.speeds_unfit:
            return False
        azimuth = detection.values[1]
        track_mps = abs(velocity[0] * sin(azimuth) + velocity[1] * cos(azimuth))
        return bool(track_mps - abs(rate_mps) > limits.contradicted_mps)


@dataclass(frozen=True)
class Receivers:
    """The living cooperative receivers: (r,3) of [east_m, north_m, range_m], by kind."""

    adsb: Floats
    remote_id: Floats

    @staticmethod
    def of(sensors: Mapping[str, Sensor]) -> "Receivers":
        """Those of the site's sensors that would hear an honest object now."""
        found: dict[SensorKind, list[tuple[float, float, float]]] = {
            SensorKind.ADSB: [],
            SensorKind.REMOTE_ID: [],
        }
        for sensor in sensors.values():
            if sensor.kind in found and sensor.health not in (SensorHealth.LOST, SensorHealth.GONE):
                east, north, _ = sensor.position_enu or (0.0, 0.0, 0.0)
                found[sensor.kind].append((east, north, sensor.coverage.range_max_m))
        return Receivers(
            *(np.array(found[kind], float).reshape(-1, 3) for kind in (SensorKind.ADSB, SensorKind.REMOTE_ID))
        )


@dataclass(frozen=True)
class Heard:
    """What hearing says of n tracks.

    age_s            since the first plot
    radio            transmits, by a radio-frequency sensor
    sensed           seen by a sensor that needs no word of its own
    measured         such a sensor measures its height too: that is more than a claim
    adsb, remote_id  within reach of such a living receiver, long enough for an honest object to be heard
    placed           how many plots with a place it had that fit its speed
    contradicted     how many that do not
    """

    age_s: Floats
    radio: Flags
    sensed: Flags
    measured: Flags
    adsb: Flags
    remote_id: Flags
    placed: Rows
    contradicted: Rows


def hear(state: IntakeState, row: int, plot: Plot, velocity: Floats, limits: IntakeLimits) -> None:
    """One plot of a track, by its row, whose horizontal velocity (2,) that is: m/s, site ENU; 0: unknown."""
    state.heard_t_ns[row] = plot.t_ns
    if isfinite(plot.detection.values[0] + plot.detection.values[1]):
        counted = state.contradicted if plot.contradicts(velocity, limits) else state.placed
        counted[row] += 1
    if not plot.cooperative:
        state.sensed_t_ns[row] = plot.t_ns
        if isfinite(plot.detection.values[2]):
            state.height_t_ns[row] = plot.t_ns
    if plot.sensor is not None and plot.sensor.kind is SensorKind.RADIO_FREQUENCY:
        state.radio_t_ns[row] = plot.t_ns


def heard(state: IntakeState, table: TrackTable, receivers: Receivers, limits: IntakeLimits) -> Heard:
    """What hearing says of the tracks of the table."""
    position = table.mean[:, :2]
    age_s = (table.t_ns - table.first_t_ns) / 1e9
    mature = age_s >= limits.identity_grace_s
    return Heard(
        age_s,
        within(table.t_ns, state.radio_t_ns, limits.radio_fresh_s),
        within(table.t_ns, state.sensed_t_ns, limits.sensed_fresh_s),
        within(table.t_ns, state.height_t_ns, limits.sensed_fresh_s),
        mature & covered(position, receivers.adsb),
        mature & covered(position, receivers.remote_id),
        state.placed.copy(),
        state.contradicted.copy(),
    )


def within(t_ns: int, then: Times, seconds: float) -> Flags:
    """Which times are not further back than so many seconds, and not never."""
    return np.asarray((then > 0) & (t_ns - then <= int(seconds * 1e9)))


def covered(position: Floats, receivers: Floats) -> Flags:
    """Which positions (n,2) lie within the range of any receiver (r,3)."""
    found = np.zeros(len(position), bool)
    for east_m, north_m, range_m in receivers.tolist():
        found |= np.hypot(position[:, 0] - east_m, position[:, 1] - north_m) <= range_m
    return found
