"""What of the settings decides about tracks, as numbers a kernel takes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.model.lowest import LowestGround
from marsad.tracking.settings import TrackingSettings


class Rules(NamedTuple):
    """What of `TrackingSettings` decides about tracks, as numbers; times in ns.

    lowest_up_m   (rows, columns) how low tracks may be, above the site along the earth, in squares of
                  lowest_spacing_m; the first row and column, and the last, stand for all beyond;
                  lowest_west_m, lowest_south_m is the corner of the square [1, 1]
    """

    lifetime_s: float
    existence_max: float
    confirm_existence: float
    confirm_updates: int
    confirm_ranged: int
    confirm_crossed: int
    bearing_trust_ns: int
    bearing_coast_ns: int
    crossing_coast_ns: int
    crossing_existence_min: float
    crossing_existence_max: float
    coast_ns: int
    birth_existence_min: float
    birth_elsewhere_min: float
    vague_plots_max: int
    prune_existence: float
    lowest_up_m: NDArray[np.float64]
    lowest_west_m: float
    lowest_south_m: float
    lowest_spacing_m: float
    merge_updates: int
    merge_distance: float
    label_error: float
    label_widening: float
    labelled_existence: float
    belief_tolerance: float
    belief_sweeps_max: int
    contended: float
    joint_events_max: int
    joint_tracks_max: int
    max_edges: int
    max_tracks: int
    learn_clutter: bool
    sector_prior: float
    sector_memory_scans: float

    @staticmethod
    def of(settings: TrackingSettings, lowest: LowestGround | None = None) -> "Rules":
        """The numbers of these settings; lowest is the ground, as high as the site if nothing is said."""
        ground = LowestGround.even(0.0) if lowest is None else lowest
        return Rules(
            lifetime_s=settings.lifetime_s,
            existence_max=settings.existence_max,
            confirm_existence=settings.confirm_existence,
            confirm_updates=settings.confirm_updates,
            confirm_ranged=settings.confirm_ranged,
            confirm_crossed=settings.confirm_crossed,
            bearing_trust_ns=int(settings.bearing_trust_s * 1e9),
            bearing_coast_ns=int(settings.bearing_coast_s_max * 1e9),
            crossing_coast_ns=int(settings.crossing_coast_s_max * 1e9),
            crossing_existence_min=settings.crossing_existence_min,
            crossing_existence_max=settings.crossing_existence_max,
            coast_ns=int(settings.coast_s_max * 1e9),
            birth_existence_min=settings.birth_existence_min,
            birth_elsewhere_min=settings.birth_elsewhere_min,
            vague_plots_max=settings.vague_plots_max,
            prune_existence=settings.prune_existence,
            lowest_up_m=ground.bordered_up_m() + settings.ground_up_m,
            lowest_west_m=ground.west_m,
            lowest_south_m=ground.south_m,
            lowest_spacing_m=ground.spacing_m,
            merge_updates=settings.merge_updates,
            merge_distance=settings.merge_distance,
            label_error=settings.label_error_probability,
            label_widening=settings.label_gate_factor**2,
            labelled_existence=settings.labelled_existence,
            belief_tolerance=settings.belief_tolerance,
            belief_sweeps_max=settings.belief_sweeps_max,
            contended=settings.contended_probability,
            joint_events_max=settings.joint_events_max,
            joint_tracks_max=settings.joint_tracks_max,
            max_edges=settings.max_edges,
            max_tracks=settings.max_tracks,
            learn_clutter=settings.learn_clutter,
            sector_prior=settings.clutter_sector_prior,
            sector_memory_scans=settings.clutter_sector_memory_scans,
        )
