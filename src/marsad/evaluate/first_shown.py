"""Where the tracks of a recorded run were first shown, beside where coverage says that they would be."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import degrees, nan
from pathlib import Path

import numpy as np

from marsad.coverage.grid import Protected
from marsad.coverage.outlook import Resolution, grid_for, outlook
from marsad.coverage.sight import Air, sees_silent
from marsad.coverage.threat import THREATS
from marsad.evaluate.own_run import Replay
from marsad.model.intruder import ThreatKind
from marsad.model.picture import Picture
from marsad.model.sensor import Sensor
from marsad.site.coverage import asked_of
from marsad.site.settings import SiteSettings

_KIND_OF = {
    "multirotor": ThreatKind.MULTIROTOR,
    "fixedwing_small": ThreatKind.FIXED_WING,
    "owa": ThreatKind.ONE_WAY,
}
_LOOK_S = 10.0  # what it is and how fast it comes is known so long after it was first shown


@dataclass(slots=True)
class Shown:
    """A track as it was first shown.

    away_m        over the ground from the middle of what is protected
    bearing_deg   from there
    height_m      above the site's plane
    kind          what it was taken for, later on
    speed_mps     over the ground, toward the middle
    """

    track_id: int
    t_ns: int
    away_m: float
    bearing_deg: float
    height_m: float
    kind: ThreatKind | None = None
    speed_mps: float = nan


def first_shown(journal: Path) -> list[Shown]:
    """Tracks of drones that came in, as they were first shown. Raises RecordingError."""
    replay = Replay(journal)
    from marsad.coverage.grid import protected_of

    middle = np.array(protected_of(replay.site).centre_enu)
    found: dict[int, Shown] = {}
    for glance in replay.glances():
        if glance.picture is not None:
            _note(glance.picture, middle, found)
    return [one for one in found.values() if one.kind is not None and one.speed_mps > 1.0]


def _note(picture: Picture, middle: np.ndarray, found: dict[int, Shown]) -> None:
    for row, track_id in enumerate(picture.tracks.track_id.tolist()):
        mean = picture.tracks.mean[row]
        east, north = (mean[:2] - middle).tolist()
        away = float(np.hypot(east, north))
        known = found.get(track_id)
        if known is None:
            turn = degrees(float(np.arctan2(east, north))) % 360
            found[track_id] = Shown(track_id, picture.t_ns, away, turn, float(mean[2]))
        elif known.kind is None and picture.t_ns - known.t_ns >= _LOOK_S * 1e9:
            known.kind = _KIND_OF.get(picture.assessments[row].class_name)
            known.speed_mps = -float((mean[3] * east + mean[4] * north) / max(away, 1.0))


def foretold_for(
    shown: Sequence[Shown],
    sensors: Sequence[Sensor],
    protected: Protected,
    settings: SiteSettings,
    around: Air,
) -> list[float]:
    """Where coverage says that each would be shown, m from the middle, as what it is and as it came."""
    looking = [sensor for sensor in sensors if sees_silent(sensor)]
    out = []
    for one in shown:
        kind = one.kind or settings.coverage.threat
        speed = min(max(one.speed_mps, 1.0), 2 * THREATS[kind].speed_mps)
        asked = asked_of(settings, kind, (max(one.height_m, 1.0),), speed)
        grid = grid_for(protected, looking, asked, around, Resolution(bearings=360, rings=160))
        row = round(one.bearing_deg) % 360
        out.append(float(outlook(looking, asked, grid, around).confirmed_m[0, row]))
    return out
