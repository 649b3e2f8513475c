"""FUSE: one track per object from the scans of all sensors. See docs/tracking.md.

Arrays in, arrays out; the records they travel in are given here too, so that this is the only import.
"""

from marsad.model.detection import Attribution, Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.model.track import TrackTable
from marsad.tracking.ballistic.follower import Follower
from marsad.tracking.motion_settings import MotionModel
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.tracker import Tracker
from marsad.tracking.trail import Trail, TrailSettings
from marsad.tracking.warm import warm_up

__all__ = [
    "Attribution",
    "Coverage",
    "Follower",
    "Measurement",
    "MotionModel",
    "Scan",
    "Sensor",
    "SensorKind",
    "TrackTable",
    "Tracker",
    "TrackingSettings",
    "Trail",
    "TrailSettings",
    "warm_up",
]
