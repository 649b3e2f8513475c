"""The trail: where all tracks were, smoothed, a fixed lag behind the picture."""

from collections import deque
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from marsad.model.settings import Settings
from marsad.model.track import TrackTable
from marsad.tracking import motion
from marsad.tracking.kernels import kernels
from marsad.tracking.settings import TrackingSettings

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SAMPLES_MAX = 128  # bounds the memory: so many pictures are kept
_PLANE = np.array([0, 1, 3, 4])  # what a picture of two dimensions measured
_SPACE = np.arange(6)


class TrailSettings(Settings):
    """How far behind the picture its past is settled."""

    lag_s: float = Field(
        10.0,
        gt=0,
        le=120,
        description="The trail is settled so long after; ten plots tell nearly all there is to tell.",
    )
    step_s: float = Field(
        1.5,
        gt=0,
        le=30,
        description="Time between two points; plots within one step are taken as made at its end. "
        "5,000 tracks cost a thirtieth of one core.",
    )

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.lag_s > SAMPLES_MAX * self.step_s:
            raise ValueError(
                f"lag_s {self.lag_s} is {self.lag_s / self.step_s:.0f} steps; {SAMPLES_MAX} are allowed"
            )
        return self


class Trail:
    """The smoothed past of the tracks of successive pictures. Deterministic; a pickle is a snapshot.

    A report that came late is in the pictures from its arrival on. The trail takes it as knowledge
    gained then, which is right for every later point and leaves the points before it a little less
    sharp than they could be; nothing is played again.

    settled  the newest picture of the past that is `lag_s` old, smoothed; None before there is one
    """

    def __init__(self, tracking: TrackingSettings, settings: TrailSettings) -> None:
        self.adopt(tracking, settings)
        self._samples: deque[TrackTable] = deque()
        self._full = False
        self.settled: TrackTable | None = None

    def adopt(self, tracking: TrackingSettings, settings: TrailSettings) -> None:
        """From now on these settings hold; the dimensions are those of before."""
        self.settings = settings
        self._motion = motion.Motion.of(tracking.models)
        self._axes = tuple(range(tracking.dimensions))
        self._columns = _SPACE if tracking.dimensions == 3 else _PLANE
        self._compiled = tracking.compiled

    def note(self, table: TrackTable) -> tuple[TrackTable, ...]:
        """Take a picture in; the smoothed ones of the last `lag_s`, oldest first, once a step.

        Empty in between, and for a picture that is older than the last one. Every table holds the
        tracks of its own time, also those that have ended since.
        """
        if self._samples and table.t_ns - self._samples[-1].t_ns < round(self.settings.step_s * 1e9):
            return ()
        self._samples.append(table)
        while table.t_ns - self._samples[0].t_ns > round(self.settings.lag_s * 1e9):
            self._samples.popleft()
            self._full = True
        smoothed = [table]
        for earlier in list(self._samples)[-2::-1]:
            smoothed.append(self._smoothed(earlier, smoothed[-1]))
        if self._full:
            self.settled = smoothed[-1]
        return tuple(reversed(smoothed))

    def _smoothed(self, table: TrackTable, later: TrackTable) -> TrackTable:
        run = kernels(self._compiled)
        _, here, there = np.intersect1d(
            table.track_id, later.track_id, assume_unique=True, return_indices=True
        )
        dt_s = (later.t_ns - table.t_ns) * 1e-9
        mean, cov, modes = run.retrodict(
            *self._measured(table, here),
            *self._measured(later, there),
            *run.step(self._motion, self._axes, dt_s),
            *(self._motion.drag, dt_s),
        )
        means, covs, mixes = table.mean.copy(), table.covariance.copy(), table.modes.copy()
        part = self._columns
        if len(part) == means.shape[1]:
            means[here], covs[here] = mean, cov
        else:
            means[here[:, None], part] = mean
            covs[here[:, None, None], part[:, None], part] = cov
        mixes[here] = modes
        return replace(table, mean=means, covariance=covs, modes=mixes)

    def _measured(self, table: TrackTable, rows: Index) -> tuple[Array, Array, Array]:
        """Mean, covariance and modes of the given rows, without what a plane does not measure."""
        part = self._columns
        mean, cov, modes = table.mean[rows], table.covariance[rows], table.modes[rows]
        if len(part) == mean.shape[1]:
            return mean, cov, modes
        return mean[:, part], cov[:, part[:, None], part], modes
