"""FUSE: one track per object from the scans of all sensors. See docs/tracking.md."""

from marsad.tracking.kernels import warm_up
from marsad.tracking.settings import MotionModel, TrackingSettings
from marsad.tracking.tracker import Tracker
from marsad.tracking.trail import Trail, TrailSettings

__all__ = ["MotionModel", "Tracker", "TrackingSettings", "Trail", "TrailSettings", "warm_up"]
