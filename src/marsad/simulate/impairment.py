"""What faults and weather do to a sensor's reports.

A fault is laid over what a sound sensor would have said: the same plots are drawn as without it, then
some are lost, late, stamped wrongly or shifted. So a run with a fault differs from the run without it by
the fault alone. What weather hides is drawn from streams of its own, by the names of sensor and object.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isnan, radians, sqrt

import numpy as np

from marsad.simulate.faults import Bias, ClockOffset, Dust, Fault, Latency, Misses, Noise, Outage
from marsad.simulate.seeding import generator
from marsad.simulate.sensing import Camera, DirectionFinder, Plot, Radar
from marsad.simulate.sensors import DirectionFinderSettings, RadarSettings

Eyes = Radar | DirectionFinder | Camera
_EVERY_ROW = -1


@dataclass(frozen=True)
class SensorFaults:
    """All that is wrong with one sensor, over time."""

    sensor: str = ""
    spells: tuple[Fault, ...] = ()
    _streams: dict[int, np.random.Generator] = field(default_factory=dict, compare=False)

    @property
    def outages(self) -> tuple[Outage, ...]:
        """When it is dead."""
        return tuple(spell for spell in self.spells if isinstance(spell, Outage))

    def dead(self, t_s: float) -> bool:
        """Whether it is dead at a time."""
        return any(isinstance(spell, Outage) and spell.holds(t_s) for spell in self.spells)

    def clock_offset_s(self, t_s: float) -> float:
        """Its clock minus the true time, on top of what its settings say."""
        return sum(
            (spell.offset_s for spell in self.spells if isinstance(spell, ClockOffset) and spell.holds(t_s)),
            start=0.0,
        )

    def latency_s(self, t_s: float) -> float:
        """How much later what it measured at a time arrives."""
        return sum(
            (spell.latency_s for spell in self.spells if isinstance(spell, Latency) and spell.holds(t_s)),
            start=0.0,
        )

    def altered(self, eye: Eyes, plots: list[Plot]) -> list[Plot]:
        """The plots of a look, as weather and misalignment leave them."""
        for spell in self.spells:
            if isinstance(spell, Dust | Misses):
                plots = [plot for plot in plots if not spell.holds(plot.t_s) or self._seen(spell, eye, plot)]
            elif isinstance(spell, Bias):
                plots = [_shifted(spell, plot) if spell.holds(plot.t_s) else plot for plot in plots]
            elif isinstance(spell, Noise):
                plots = [self._noisier(spell, eye, plot) for plot in plots]
        return plots

    def _noisier(self, spell: Noise, eye: Eyes, plot: Plot) -> Plot:
        """A plot with more error on top of what it has, so that the whole is as large as the spell says.

        False plots keep their places.
        """
        if plot.row < 0 or not spell.holds(plot.t_s):
            return plot
        more = (sqrt(spell.factor**2 - 1) * self._luck(eye).standard_normal(4)).tolist()
        settings = eye.settings
        sigma_m, sigma_mps, sigma_deg = 0.0, 0.0, 0.0
        if isinstance(settings, RadarSettings):
            sigma_m, sigma_mps = settings.range_sigma_m, settings.range_rate_sigma_mps
        if not isinstance(settings, DirectionFinderSettings):
            sigma_deg = settings.elevation_sigma_deg
        return plot._replace(
            azimuth_rad=(plot.azimuth_rad + radians(settings.azimuth_sigma_deg) * more[0]) % (2 * np.pi),
            range_m=max(plot.range_m + sigma_m * more[2], 1.0),
            elevation_rad=plot.elevation_rad + radians(sigma_deg) * more[1],
            range_rate_mps=plot.range_rate_mps + sigma_mps * more[3],
        )

    def _luck(self, eye: Eyes) -> np.random.Generator:
        """The stream of what befalls every plot of this sensor."""
        if _EVERY_ROW not in self._streams:
            self._streams[_EVERY_ROW] = generator(eye.truth.seed, "change", self.sensor)
        return self._streams[_EVERY_ROW]

    def _seen(self, spell: Dust | Misses, eye: Eyes, plot: Plot) -> bool:
        """Whether a plot is still there; false plots always are, and radios in any dust."""
        if plot.row < 0:
            return True
        if isinstance(spell, Misses):
            return self._draw(eye, plot.row) < spell.share_seen
        if isinstance(eye, DirectionFinder):
            return True
        position, _ = eye.truth.states(np.array([plot.row]), plot.t_s)
        away_m = np.linalg.norm(position - eye.position_enu, axis=1)
        range_m = float(away_m[0])
        if isinstance(eye, Camera):
            return range_m <= spell.visibility_m
        clear = float(eye.signal_to_noise(away_m, eye.truth.rcs_dbsm[[plot.row]])[0])
        dim = clear * 10 ** (-2 * spell.radar_loss_db_per_km * range_m / 1000 / 10)
        # of those that pass in clear air, with probability Pfa^(1/(1+SNR)), so many still pass
        still = eye.settings.false_alarm_probability ** (1 / (1 + dim) - 1 / (1 + clear))
        return bool(self._draw(eye, plot.row) < still)

    def _draw(self, eye: Eyes, row: int) -> float:
        if row not in self._streams:
            name = eye.truth.objects[row].object_id
            self._streams[row] = generator(eye.truth.seed, "impairment", self.sensor, name)
        return float(self._streams[row].random())


SOUND = SensorFaults()


def faults_of(spells: Iterable[Fault], sensor: str) -> SensorFaults:
    """What concerns one sensor: its node_id, or "adsb"."""
    return SensorFaults(sensor, tuple(spell for spell in spells if spell.concerns(sensor)))


def _shifted(bias: Bias, plot: Plot) -> Plot:
    return Plot(
        t_s=plot.t_s,
        azimuth_rad=(plot.azimuth_rad + radians(bias.azimuth_deg)) % (2 * np.pi),
        range_m=plot.range_m if isnan(plot.range_m) else max(plot.range_m + bias.range_m, 1.0),
        elevation_rad=plot.elevation_rad + radians(bias.elevation_deg),
        range_rate_mps=plot.range_rate_mps,
        classes=plot.classes,
        row=plot.row,
    )
