"""ADS-B: what equipped aircraft say of themselves, as a receiver serves it."""

import numpy as np
from numpy.typing import NDArray

from marsad.feeds import sbs
from marsad.geo.local import LocalFrame, rotation_enu_from_ecef
from marsad.simulate.scenario import Transponder
from marsad.simulate.seeding import generator
from marsad.simulate.sensing import EARTH_RADIUS_M
from marsad.simulate.sensors import AdsbReceiverSettings
from marsad.simulate.truth import Truth

Array = NDArray[np.float64]
NS_PER_S = 1_000_000_000
FEET_PER_M = 1 / 0.3048
KNOTS_PER_MPS = 3600 / 1852
DISTRESS = frozenset({"7500", "7600", "7700"})
IDENTIFICATION_S = 5.0  # DO-260B: 0.2 per second in flight
WANDER_SHARE = 0.9  # of the position error that stays the same over minutes


class AdsbReceiver:
    """SBS lines of every equipped aircraft within the radio horizon."""

    def __init__(
        self,
        settings: AdsbReceiverSettings,
        truth: Truth,
        frame: LocalFrame,
        refraction: float,
        pressure_offset_m: float,
    ) -> None:
        self.settings = settings
        self.truth = truth
        self.frame = frame
        self.refraction = refraction
        self.pressure_offset_m = pressure_offset_m
        self.clock_offset_s = 0.0  # of the receiver that stamps the lines, at this look
        height = frame.height_m + settings.antenna_m
        self.position_enu = frame.enu_from_geodetic(settings.latitude_deg, settings.longitude_deg, height)
        self.rows = np.array(
            [k for k, item in enumerate(truth.objects) if item.transponder is not None], np.int64
        )
        self._streams = [generator(truth.seed, "adsb", truth.objects[row].object_id) for row in self.rows]
        self._phase = np.array([stream.uniform(0, settings.period_s) for stream in self._streams])
        share = settings.position_sigma_m * WANDER_SHARE
        self._bias = np.array([stream.normal(0, share, 3) for stream in self._streams]).reshape(-1, 3)
        self._shift = np.array(
            [item.transponder.shift_m for item in truth.objects if item.transponder is not None]
        ).reshape(-1, 3)
        self._ecef = rotation_enu_from_ecef(
            *(float(np.radians(x)) for x in (frame.latitude_deg, frame.longitude_deg))
        )

    def look(self, t_s: float) -> list[tuple[float, bytes]]:
        """(time, line) pairs of the period that begins at a time, in order of time."""
        flying = (self.truth.start_s[self.rows] <= t_s) & (
            t_s + self.settings.period_s < self.truth.end_s[self.rows]
        )
        pick = np.flatnonzero(flying)
        lines: list[tuple[float, bytes]] = []
        if not len(pick):
            return lines
        when = t_s + self._phase[pick]
        position, velocity = self.truth.states(self.rows[pick], when)
        heard = self._heard(position)
        noise = np.array([self._streams[k].standard_normal(6) for k in pick])
        luck = np.array([self._streams[k].random(3) for k in pick]) < self.settings.reception_probability
        sigma = self.settings.position_sigma_m * np.sqrt(1 - WANDER_SHARE**2)
        stated = position + self._bias[pick] + sigma * noise[:, :3] + self._shift[pick]
        latitude, longitude, height = self.frame.geodetic_from_enu(stated)
        own = self._own_axes(velocity, np.radians(latitude), np.radians(longitude)) + 0.15 * noise[:, 3:]
        for k in np.flatnonzero(heard).tolist():
            item = self.truth.objects[int(self.rows[pick[k]])]
            transponder = item.transponder
            assert transponder is not None  # chosen so
            t = float(when[k])
            if not transponder.transmits(t):
                continue
            if luck[k, 0]:
                feet = 25 * round((float(height[k]) + self.pressure_offset_m) * FEET_PER_M / 25)
                place = (float(latitude[k]), float(longitude[k]), feet)
                lines.append(
                    (t, sbs.position(self._t_ns(t), transponder.icao, *place, on_ground=item.on_ground(t)))
                )
            if luck[k, 1]:
                east, north, up = (float(x) for x in own[k])
                track = float(np.degrees(np.arctan2(east, north)) % 360)
                climb = 64 * round(up * FEET_PER_M * 60 / 64)
                later = t + 0.4 * self.settings.period_s
                speed = float(np.hypot(east, north)) * KNOTS_PER_MPS
                lines.append((later, sbs.velocity(self._t_ns(later), transponder.icao, speed, track, climb)))
            due = t // IDENTIFICATION_S != (t - self.settings.period_s) // IDENTIFICATION_S
            if due and luck[k, 2]:
                later = t + 0.7 * self.settings.period_s
                named = sbs.identification(self._t_ns(later), transponder.icao, transponder.callsign)
                lines.append((later, named))
                lines += self._code(transponder, later)
        return sorted(lines)

    def _code(self, transponder: Transponder, t_s: float) -> list[tuple[float, bytes]]:
        """The squawk that goes with the callsign, if any is sent."""
        squawk = transponder.squawk_at(t_s)
        if squawk is None:
            return []
        distress = squawk in DISTRESS
        said = sbs.surveillance(self._t_ns(t_s), transponder.icao, squawk, alert=distress, emergency=distress)
        return [(t_s, said)]

    def _t_ns(self, t_s: float) -> int:
        return self.truth.start_t_ns + round((t_s + self.clock_offset_s) * 1000) * 1_000_000

    def _heard(self, position: Array) -> NDArray[np.bool_]:
        radius = self.refraction * EARTH_RADIUS_M
        distance = np.hypot(*(position - self.position_enu)[:, :2].T)
        height = np.maximum(position[:, 2] + (position[:, :2] ** 2).sum(-1) / (2 * EARTH_RADIUS_M), 0.0)
        horizon = np.sqrt(2 * radius * self.settings.antenna_m) + np.sqrt(2 * radius * height)
        return np.asarray((distance <= self.settings.range_max_m) & (distance <= horizon))

    def _own_axes(self, velocity: Array, latitude: Array, longitude: Array) -> Array:
        """Velocities (m, 3) about each aircraft's own axes: 100 km away north differs by 0.6°."""
        v = velocity @ self._ecef
        sin_lat, cos_lat, sin_lon, cos_lon = (
            np.sin(latitude),
            np.cos(latitude),
            np.sin(longitude),
            np.cos(longitude),
        )
        east = -sin_lon * v[:, 0] + cos_lon * v[:, 1]
        inward = cos_lon * v[:, 0] + sin_lon * v[:, 1]
        north = -sin_lat * inward + cos_lat * v[:, 2]
        up = cos_lat * inward + sin_lat * v[:, 2]
        return np.stack([east, north, up], axis=-1)
