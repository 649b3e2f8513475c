"""The last looks of the only source of places, as `relinking` wants them."""

from math import log, log1p
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.existence import SensorModel
from marsad.tracking.kernels import Kernels
from marsad.tracking.plots import Plots
from marsad.tracking.records import Folded
from marsad.tracking.relinking.chains import Physics
from marsad.tracking.relinking.exchanges import Chains
from marsad.tracking.relinking.gathering import empty_chains
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.store import TrackStore
from marsad.tracking.weighing import HIT_FLOOR

Array = NDArray[np.float64]
Index = NDArray[np.int64]

ROWS_MAX = 256  # tracks that take part; where more contend none does, for the search is of all pairs
WIDTH = 12  # scans: straight lines 3 sigma apart are told apart in eight to ten


class Recent(NamedTuple):
    """The last looks of one sensor, the only one there is, and chains through them; never written into.

    t_ns (L,) of the looks, the newest last; claimed (m,), values, sigmas (m, d) of each: see `relink`
    chains  None where nothing contends
    """

    sensor_id: str
    t_ns: tuple[int, ...]
    claimed: tuple[Index, ...]
    values: tuple[Array, ...]
    sigmas: tuple[Array, ...]
    chains: Chains | None

    @property
    def nbytes(self) -> int:
        """Memory of what is new: older claims are those of the state before, plots those of the history."""
        return self.claimed[-1].nbytes + sum(array.nbytes for array in self.chains or ())

    @staticmethod
    def none(sensor_id: str, t_ns: int, axes: int) -> "Recent":
        """No look yet."""
        plots = (np.empty((0, 2 * axes)),) * WIDTH
        return Recent(sensor_id, (t_ns,) * WIDTH, (np.empty(0, np.int64),) * WIDTH, plots, plots, None)


class Habits(NamedTuple):
    """What the settings say of chains.

    models (M,)           those that fly straight; noise, speeds (M, k), share (M,) as in `Physics`
    arrivals              log of new objects per m² (or m³) and second
    """

    models: Index
    noise: Array
    speeds: Array
    share: Array
    arrivals: float

    @staticmethod
    def of(settings: TrackingSettings) -> "Habits":
        """The numbers of these settings."""
        axes, models = settings.dimensions, settings.models
        straight = [k for k, m in enumerate(models) if not (m.turn_rate_radps or m.gravity)]
        noise = [[m.noise_m2ps3, m.noise_m2ps3, m.vertical_noise_m2ps3][:axes] for m in models]
        speeds = [[speed**2, speed**2, climb**2][:axes] for speed, climb in settings.speed_sigmas_mps()]
        share = np.array(settings.modes_at_birth())[straight]
        height = log(settings.ceiling_m) if axes == 3 else 0.0
        return Habits(
            np.array(straight, np.int64),
            np.array(noise, float)[straight],
            np.array(speeds, float)[straight],
            share / share.sum(),
            log(settings.birth_rate_per_km2_s * 1e-6) - height,
        )

    def physics(self, model: SensorModel, lifetime_s: float) -> Physics:
        """What the odds of chains of this sensor's plots depend on."""
        reported = max(float(model.visibility * (model.limits[6] + model.limits[7]) / 2), HIT_FLOOR)
        period_s = max(model.sensor.coverage.scan_period_s, 1e-3)
        false = log(model.clutter) - float(model.numbers.position_log_spans[: self.noise.shape[1]].sum())
        hit, miss, stays = log(reported), log1p(-min(reported, 1 - 1e-6)), -period_s / lifetime_s
        birth = self.arrivals + log(period_s) - false
        return Physics(self.noise, self.speeds, self.share, hit + stays - false, miss + stays, birth)


def recall(
    recent: Recent | None,
    plots: Plots,
    model: SensorModel,
    done: Folded,
    store: TrackStore,
    settings: TrackingSettings,
    habits: Habits,
    run: Kernels,
) -> tuple[Recent | None, int]:
    """The looks after one more, and how many tracks changed, which are written into.

    None unless the look is complete and of places only: errors of polar plots turn with the azimuth, and a
    measured speed or label tells more by itself.
    """
    who, t_ns = done.contention, plots.t_ns
    if (
        not who.placed
        or plots.partial
        or plots.labels
        or model.sensor.decorrelation_s
        or model.tied.error_s
        or not len(habits.models)
    ):
        return None, 0
    if recent is None or recent.sensor_id != plots.sensor_id or not t_ns > recent.t_ns[-1]:
        recent = Recent.none(plots.sensor_id, t_ns, settings.dimensions)
    times, chains = (*recent.t_ns[1:], t_ns), recent.chains
    claims, values = (*recent.claimed[1:], done.claimed_id), (*recent.values[1:], plots.values)
    sigmas = (*recent.sigmas[1:], plots.sigmas)
    if not 0 < len(who.rows) <= ROWS_MAX:
        return Recent(plots.sensor_id, times, claims, values, sigmas, None), 0
    if chains is None:
        steps_s = np.asarray(np.diff((recent.t_ns[0], *recent.t_ns)) * 1e-9, float)
        chains = empty_chains(0, WIDTH, settings.dimensions, len(habits.models), steps_s)
    chains, changed = run.relink(
        *(chains, store.tracks, who.rows, who.young, who.sigma_m, claims, values, sigmas, np.array(times)),
        *((t_ns - recent.t_ns[-1]) * 1e-9, settings.confirm_existence, settings.existence_max),
        *(habits.models, habits.physics(model, settings.lifetime_s)),
    )
    return Recent(plots.sensor_id, times, claims, values, sigmas, chains), changed


def example_looks(settings: TrackingSettings) -> tuple[Any, ...]:
    """Arguments for a call of `relink`."""
    axes, habits = settings.dimensions, Habits.of(settings)
    recent, none = Recent.none("", 0, axes), np.empty(0, np.int64)
    tracks = TrackStore(len(settings.models), 2 * axes, 1).tracks
    facts = Physics(habits.noise, habits.speeds, habits.share, -0.1, -2.3, -4.0)
    looks = recent.claimed, recent.values, recent.sigmas, np.zeros(WIDTH, np.int64)
    chains = empty_chains(0, WIDTH, axes, len(habits.models), np.ones(WIDTH))
    return chains, tracks, none, none > 0, 1.0, *looks, 1.0, 1.0, 1.0, habits.models, facts
