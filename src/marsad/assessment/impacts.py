"""The predicted impacts of ballistic tracks, made once per plot and kept until the next."""

from collections.abc import Container
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marsad.assessment import ballistic, geometry
from marsad.assessment.settings import BallisticLimits
from marsad.assessment.shapes import ZoneShapes
from marsad.model.track import TrackTable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Fall:
    """The predicted impact of one track: made at t_ns from its plot of plot_t_ns."""

    t_ns: int
    plot_t_ns: int
    time_s: float
    time_sigma_s: float
    sigma_m: float
    probability: Array
    offset_m: Array


class Impacts:
    """Impact predictions per track; bounded by the tracks of the table."""

    def __init__(self, limits: BallisticLimits, shapes: ZoneShapes) -> None:
        self._limits = limits
        self._shapes = shapes
        self._falls: dict[int, _Fall] = {}

    def keep(self, track_ids: Container[int]) -> None:
        """Forget every track but these."""
        if self._falls:
            self._falls = {one: fall for one, fall in self._falls.items() if one in track_ids}

    def replace_course(
        self, table: TrackTable, rocket: NDArray[np.bool_], near: geometry.Approach
    ) -> tuple[geometry.Approach, Array, NDArray[np.bool_]]:
        """Impact instead of course for ballistic tracks; the limit of P_zone; warn every zone."""
        limits = self._limits
        impact_limit = np.full(len(table), limits.warn_impact)
        whole_site = np.zeros(len(table), bool)
        rows = np.flatnonzero(rocket)
        if not len(rows):
            return near, impact_limit, whole_site
        self._predict(table, rows)
        falls = [self._falls[one] for one in table.track_id[rows].tolist()]
        gone_s = (table.t_ns - np.array([fall.t_ns for fall in falls])) / 1e9
        time_s = np.maximum(np.array([fall.time_s for fall in falls]) - gone_s, 0.0)[:, None]
        wide_s = geometry.NINETY_PERCENT * np.array([fall.time_sigma_s for fall in falls])[:, None]
        sigma = np.array([fall.sigma_m for fall in falls])
        offset = np.stack([fall.offset_m for fall in falls])
        impact_limit[rows] = np.where(
            sigma <= limits.wide_sigma_m, limits.warn_impact, limits.warn_impact_wide
        )
        urgent = time_s[:, 0] <= limits.cover_s + limits.decide_before_s
        vague = (sigma >= limits.unconverged_sigma_m) & (offset.min(axis=1, initial=np.inf) <= 2 * sigma)
        whole_site[rows] = urgent & vague
        comes = np.isfinite(time_s)
        shape = offset.shape

        def put(into: Array, values: Array) -> Array:
            out = into.copy()
            out[rows] = np.broadcast_to(values, shape)
            return out

        falling = replace(
            near,
            hit=put(near.hit, np.stack([fall.probability for fall in falls])),
            miss_m=put(near.miss_m, np.where(comes, offset, np.nan)),
            impact_s=put(near.impact_s, np.where(comes, time_s, np.inf)),
            low_s=put(near.low_s, np.where(comes, np.maximum(time_s - wide_s, 0.0), np.inf)),
            high_s=put(near.high_s, np.where(comes, time_s + wide_s, np.inf)),
        )
        return falling, impact_limit, whole_site

    def _predict(self, table: TrackTable, rows: NDArray[np.int64]) -> None:
        """Predict the impact of the given tracks that have a new plot."""
        ids = table.track_id.tolist()
        stale = [
            row
            for row in rows.tolist()
            if ids[row] not in self._falls or self._falls[ids[row]].plot_t_ns != table.last_t_ns[row]
        ]
        if not stale:
            return
        place = ballistic.impact(table.mean[stale], table.covariance[stale], self._limits)
        chance = ballistic.zone_probability(place, self._shapes, self._limits.buffer_m)
        offset, sigma = ballistic.zone_offset(place, self._shapes), place.sigma_major_m
        for at, row in enumerate(stale):
            self._falls[ids[row]] = _Fall(
                table.t_ns,
                int(table.last_t_ns[row]),
                float(place.time_s[at]),
                float(place.time_sigma_s[at]),
                float(sigma[at]),
                chance[at],
                offset[at],
            )
