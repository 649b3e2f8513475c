"""Sensor registration on line: every sensor's range, azimuth, elevation bias and clock offset.

All biases are one Gaussian vector. Between sensors only differences are seen, so its covariance
holds what the picture cannot tell: without a reference a bias common to all keeps the uncertainty
of the prior and is pulled to zero. Cooperative traffic and sensors named as references have no
bias of place and tie all others down. The measurement model is in `registration.pairs`, the
process in `registration.state`.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Attribution
from marsad.model.registration import RegistrationTable
from marsad.model.sensor import Sensor
from marsad.tracking.existence import SensorModel
from marsad.tracking.kernels import kernels
from marsad.tracking.plots import POLAR_DEFAULT, Plots
from marsad.tracking.quantile import gate_square
from marsad.tracking.registration.lesson import Attributed, Known, Limits, Memory, in_space
from marsad.tracking.registration.pairs import Belief, Subject, polar_frame
from marsad.tracking.registration.search import searched
from marsad.tracking.registration.state import (
    Nature,
    Place,
    RegistrationState,
    forgotten,
    has_moved,
    renewed,
    table,
    with_sensor,
)
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.store import TrackStore

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

GATES = np.array([0.0, *(gate_square(count, 0.999) for count in (1, 2, 3))])
SOFT = np.array([1.0, *(gate_square(count, 0.95) for count in (1, 2, 3))])
HEIGHT = 4  # the kind of a bias that no polar sensor has
GAP_S = (
    10.0,
    300.0,
)  # what moves may have moved on since it was compared last, for so long at least and at most
REFUSALS_MEMORY = 50.0  # pairs over which the share of refused ones is taken


class Registration:
    """Learns biases from attributed plots and corrects plots by them.

    state  immutable: all that is known
    """

    def __init__(self, settings: TrackingSettings) -> None:
        self._settings = settings.registration
        self._set(settings)
        self.state = RegistrationState.empty(self._settings.tracks_min)
        self._told: tuple[RegistrationState, RegistrationTable] | None = None

    def adopt(self, settings: TrackingSettings) -> None:
        """From now on these settings hold; what was learned stays, with the shape that it has."""
        before = self._settings.tracks_min
        self._set(settings)
        if not self.state.names:
            self.state = RegistrationState.empty(self._settings.tracks_min)
        else:
            self._settings = self._settings.model_copy(update={"tracks_min": before})
        self._told = None

    def _set(self, settings: TrackingSettings) -> None:
        own = self._settings = settings.registration
        self._planar = settings.dimensions == 2
        self._noise = np.array([model.noise_m2ps3 for model in settings.models])
        self._gravity = np.array([float(model.gravity) for model in settings.models])
        self._rewind_ns = int(settings.rewind_s * 1e9)
        self._step_ns = round(own.step_s * 1e9)
        self._compiled = settings.compiled
        self._limits = Limits(
            *(GATES, SOFT, round(own.pair_age_s * 1e9)),
            *(own.compared_max, own.plots_max, REFUSALS_MEMORY),
            round(own.witness_s * 1e9),
        )

    def table(self) -> RegistrationTable:
        """Biases of all sensors that take part."""
        if self._told is None or self._told[0] is not self.state:
            self._told = self.state, table(self.state, self._settings)
        return self._told[1]

    # ------------------------------------------------------------------ correct

    def correct(
        self, plots: Plots, model: SensorModel, look: Plots | None, now_ns: int | None = None
    ) -> Plots:
        """The plots without the biases that are sure.

        now_ns: the time of the newest scan so far. What came in time stays so: its clock is put back to
        then at most; and what came late is not put back beyond what is still taken.
        look: the plots whose rest these are. What was taken out of them is taken out of the rest, lest the
        parts of one look have two times.
        """
        state, name = self.state, plots.sensor_id
        if name not in state.names or not self._settings.correct:
            return plots
        row = state.names.index(name)
        applied = state.applied[row] if look is None else look.correction != 0
        if not applied.any():
            return plots
        bias = np.where(applied, state.estimate[row], 0.0) if look is None else look.correction
        if look is None and now_ns is not None:
            bias[3] = min(bias[3], self._room_s(plots.t_ns - now_ns))
        doubt = np.where(applied, state.sigma[row], 0.0)[:3]
        values, sigmas = plots.values.copy(), plots.sigmas.copy()
        if plots.polar:
            values[:, :3] -= bias[:3]
            values[:, 2] = np.clip(values[:, 2], -np.pi / 2, np.pi / 2)
            sigmas[:, :3] = np.hypot(sigmas[:, :3], doubt)
        elif applied[:3].any():
            axes = slice(2 if self._planar else 3)
            place = np.nan_to_num(in_space(values, self._planar))
            _, _, lever = polar_frame(place, self._origin(plots), plots.view.rotation)
            values[:, axes] -= (lever @ bias[:3])[:, axes]
            sigmas[:, axes] = np.sqrt(sigmas[:, axes] ** 2 + ((lever * doubt) ** 2).sum(-1)[:, axes])
        t_ns = plots.t_ns - round(float(bias[3]) * 1e9)
        return replace(plots, t_ns=t_ns, values=values, sigmas=sigmas, correction=bias)

    def _room_s(self, ahead_ns: int) -> float:
        """How far plots may be put back: to what came in time, or else to what is still taken."""
        return (ahead_ns if ahead_ns >= 0 else max(ahead_ns + self._rewind_ns, 0)) * 1e-9

    def _origin(self, plots: Plots) -> Array:
        """Where they were seen from; in a plane at height 0 like everything."""
        return plots.view.origin * [1.0, 1.0, 0.0] if self._planar else plots.view.origin

    # ------------------------------------------------------------------ learn

    def learn(
        self, plots: Plots, model: SensorModel, found: Attribution, before: TrackStore, dt_s: float
    ) -> None:
        """Take in what a scan says; `before` are the tracks as they were dt_s before, without it.

        found: which of these plots, by their place among them, are of which tracks
        """
        if not self._settings.enabled or len(found.track_id) == 0:
            return
        if self.state.resting and plots.t_ns // self._step_ns % self._settings.rest_steps:
            return
        row = self._row(plots, model)
        if row is None or len(self.state.names) < 2:
            return
        if plots.t_ns - self.state.t_ns >= self._step_ns:
            self.state = renewed(self.state, plots.t_ns, self._settings)
        if plots.t_ns - self.state.turns[row, 2] >= self._step_ns and model.sensor.position_enu is not None:
            place = self._origin(plots), plots.view.rotation
            self.state = searched(self.state, row, plots.t_ns, *place, self._settings)
        state, columns = self.state, before.tracks
        taken = plots.correction
        if taken.any():
            taken = taken / np.where(taken == 0, 1.0, state.scale[row])
        memory = kernels(self._compiled).lesson(
            Attributed(
                *(plots.values, plots.sigmas, plots.t_ns),
                *(found.track_id, found.plot, found.probability),
            ),
            Known(
                *(columns.book, columns.mean, columns.cov, columns.modes),
                *(self._noise, self._gravity, dt_s),
            ),
            Subject(row, plots.polar, _claims(model.sensor), self._origin(plots), plots.view.rotation, taken),
            Belief(state.mean, state.cov, state.scale),
            state.memory,
            self._limits,
        )
        self.state = _with_memory(state, memory)

    def _row(self, plots: Plots, model: SensorModel) -> int | None:
        """Row of the sensor, new if need be; None if it cannot take part."""
        state, sensor = self.state, model.sensor
        own = sensor.position_enu is not None and not sensor.kind.is_cooperative
        if not (plots.polar or own or sensor.kind.is_cooperative):
            return None  # positions, biased or not, seen from nowhere: none of the four biases
        if sensor.decorrelation_s > 0:
            return None  # errors that last would count as a bias, and as evidence many times over
        if plots.sensor_id not in state.names:
            if len(state.names) >= self._settings.sensors_max:
                return None
            shown = np.array([own] * 3)
            if plots.polar:
                shown[:] = ~np.isnan(plots.values[:, :3]).all(0)
            shown[2] &= not self._planar
            known = self._with(plots, model, shown)
            self.state = replace(known, placed_ns=(*known.placed_ns, plots.t_ns))
            return len(state.names)
        row = state.names.index(plots.sensor_id)
        here = _place(plots)
        if here != state.places[row]:
            gap_s = min(max((plots.t_ns - state.placed_ns[row]) * 1e-9, GAP_S[0]), GAP_S[1])
            moved = has_moved(state.places[row], here, gap_s * float(np.linalg.norm(plots.view.velocity)))
            self.state = replace(
                state,
                places=(*state.places[:row], here, *state.places[row + 1 :]),
                placed_ns=(*state.placed_ns[:row], plots.t_ns, *state.placed_ns[row + 1 :]),
            )
            if moved:
                self.state = forgotten(self.state, np.array([row]))
        return row

    def _with(self, plots: Plots, model: SensorModel, shown: Flags) -> RegistrationState:
        """The state with a sensor more, whose biases are expected as large as its errors."""
        settings, sensor = self._settings, model.sensor
        stated = np.array(sensor.sigmas[:3], float)
        stated = np.where(np.isfinite(stated) & (stated > 0), stated, POLAR_DEFAULT[:3])
        if plots.polar:
            stated = np.where(shown, np.nanmedian(np.where(shown, plots.sigmas[:, :3], 1.0), 0), stated)
        cooperative = sensor.kind.is_cooperative
        clock = settings.cooperative_clock_sigma_s if cooperative else settings.clock_sigma_s
        stated = np.append(stated, clock)
        scale = stated * np.array([*[settings.bias_factor] * 3, 1.0])
        kinds = np.arange(4)
        if _claims(sensor) and not plots.polar:
            scale[:3] = 0.0, 0.0, 0.0 if self._planar else settings.claimed_height_sigma_m
            kinds[2] = HEIGHT
        if plots.sensor_id in settings.references:
            scale[:] = 0.0
        nature = Nature(scale, np.append(shown, True), stated, kinds)
        return with_sensor(self.state, plots.sensor_id, _place(plots), plots.t_ns, nature)


def _place(plots: Plots) -> Place:
    """Where plots were seen from, None if from nowhere."""
    east, north, up = plots.view.origin.tolist()
    return (east, north, up) if plots.view.placed else None


def _claims(sensor: Sensor) -> bool:
    """Whether the places of a sensor are what objects state of themselves."""
    return sensor.kind.is_cooperative


def _with_memory(state: RegistrationState, memory: Memory) -> RegistrationState:
    """The state after a lesson; `replace` would take as long as the lesson itself."""
    return RegistrationState(
        *(state.names, state.places, state.placed_ns, state.t_ns, state.since, state.resting),
        *(state.scale, state.shown, state.stated, state.kinds, state.prior),
        *(state.mean, state.cov, state.doubt, state.sure, state.streak),
        *(state.applied, state.turns, state.evidence, memory),
    )
