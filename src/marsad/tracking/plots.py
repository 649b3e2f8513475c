"""A scan made ready for the kernels: usable rows only, every value with an error, bounded."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Measurement, Scan
from marsad.tracking.existence import SensorModel
from marsad.tracking.kernels import Kernels
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.view import NOWHERE, View, blurred

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# one-sigma errors below these would make covariances singular
POLAR_FLOOR = np.array([0.01, 1e-6, 1e-6, 1e-3])
POSITION_FLOOR = np.array([0.01, 0.01, 0.01, 1e-3, 1e-3, 1e-3])
# and values beyond these are no measurements of anything near a site
POLAR_LIMIT = np.array([1e7, 4 * np.pi, np.pi / 2, 1e5])
POSITION_LIMIT = np.array([1e7, 1e7, 1e7, 1e5, 1e5, 1e5])
POLAR_CEILING = np.array([1e5, np.pi, np.pi, 1e4])
POSITION_CEILING = np.array([1e5, 1e5, 1e5, 1e4, 1e4, 1e4])
POLAR_DEFAULT = np.array([10.0, 0.01, 0.01, 0.5])
POLAR_LIMIT_PLANE = np.array([1e7, 4 * np.pi, np.nan, 1e5])  # a plane has no elevation
POLAR_COLUMNS = np.arange(4)
POSITION_COLUMNS = np.arange(6)
PLANE_COLUMNS = np.array([0, 1, 3, 4])
UNCORRECTED = np.zeros(4)
SENSORS_CACHED = 512  # sensors whose bounds are remembered


@dataclass(frozen=True)
class Plots:
    """Usable plots of one scan: values, sigmas (m, K) as `measurement` wants; row (m,) in the scan.

    sensor_t_ns: when the scan was made by the sensor's own clock, whatever is thought of that
    objects: the sensor's own track ids (m), or none
    view: where they were seen from
    stated: values with the rates that the sensor stated, whether they are used or not; None: it states none
    correction (4,)  range, azimuth, elevation bias and clock offset that were taken out of them
    """

    sensor_id: str
    t_ns: int
    polar: bool
    values: Array
    sigmas: Array
    labels: tuple[str, ...]
    row: Index
    partial: bool
    sensor_t_ns: int
    objects: tuple[str, ...] = ()
    view: View = field(default_factory=lambda: NOWHERE)
    correction: Array = field(default_factory=lambda: UNCORRECTED)
    stated: Array | None = None

    def __len__(self) -> int:
        return len(self.row)

    @property
    def kind(self) -> Measurement:
        """How the values are to be read."""
        return Measurement.POLAR if self.polar else Measurement.POSITION

    def joined(self, rest: "Plots") -> "Plots":
        """These plots and the rest of the same look, whose rows these are; -1 for the earlier ones."""

        def names(first: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
            both = (first or ("",) * len(self)) + (more or ("",) * len(rest))
            return both if first or more else ()

        return replace(
            self,
            values=np.concatenate([self.values, rest.values]),
            sigmas=np.concatenate([self.sigmas, rest.sigmas]),
            labels=names(self.labels, rest.labels),
            row=np.concatenate([np.full(len(self), -1), rest.row]),
            objects=names(self.objects, rest.objects),
        )

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        own = self.values.nbytes + self.sigmas.nbytes + self.row.nbytes
        return own + 64 * (len(self.labels) + len(self.objects))


def prepare(
    scan: Scan,
    model: SensorModel,
    settings: TrackingSettings,
    run: Kernels,
    count: Callable[[str, int], None],
) -> Plots:
    """The scan's plots; what cannot be used is left out and counted by `count(reason, number)`."""
    values = np.ascontiguousarray(scan.values, float).reshape(-1, 6)
    sigmas = np.ascontiguousarray(scan.sigmas, float).reshape(-1, 6)
    polar = scan.measurement == Measurement.POLAR
    fallback, limit, floor, ceiling, columns = _bounds(
        polar, model.sensor.sigmas, settings.dimensions, settings.velocity_sigma_mps
    )
    given = len(values)
    rows, values, sigmas = run.clean(values, sigmas, columns, fallback, limit, floor, ceiling, polar)
    count("unusable_plots", given - len(rows))
    if len(rows) > settings.max_plots:
        count("plots_dropped", len(rows) - settings.max_plots)
        # an even sample, so that no sector of a sorted scan goes blind
        chosen = np.linspace(0, len(rows) - 1, settings.max_plots).astype(np.int64)
        rows, values, sigmas = rows[chosen], values[chosen], sigmas[chosen]
    labels = tuple(scan.labels) if len(scan.labels) == given and any(scan.labels) else ()
    labels = tuple(labels[row] for row in rows) if labels else ()
    objects = tuple(scan.objects[row] for row in rows) if len(scan.objects) == given else ()
    view = model.view
    if scan.pose is not None:
        view = view.at(scan.pose)
        if polar:
            values, sigmas = blurred(values, sigmas, scan.pose, float(model.numbers.facts[0]))
    about = scan.partial, scan.t_ns, objects, view
    return Plots(scan.sensor_id, scan.t_ns, polar, values, sigmas, labels, rows, *about)


@lru_cache(SENSORS_CACHED)
def _bounds(
    polar: bool, sigmas: tuple[float, ...], dimensions: int, velocity_sigma_mps: float
) -> tuple[Array, Array, Array, Array, Index]:
    """Error where none is given (the sensor's, else a common one), limits, and columns used."""
    own = np.array(sigmas, float)
    own = np.where(np.isfinite(own) & (own > 0), own, POLAR_DEFAULT)
    if polar:
        limit = POLAR_LIMIT if dimensions == 3 else POLAR_LIMIT_PLANE
        return own, limit, POLAR_FLOOR, POLAR_CEILING, POLAR_COLUMNS
    columns = POSITION_COLUMNS if dimensions == 3 else PLANE_COLUMNS
    fallback = np.array([own[0]] * 3 + [velocity_sigma_mps] * 3)
    return (
        fallback[columns],
        POSITION_LIMIT[columns],
        POSITION_FLOOR[columns],
        POSITION_CEILING[columns],
        columns,
    )
