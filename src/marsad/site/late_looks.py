"""Looks that come late, gathered until the next cycle: the past is played again once for all of them.

What going back costs is known before, in scans to be played again, and there is a budget of these: never
of measured time, so that a replay does the same. Where it is used up, the sensor that reaches back
farthest loses its late looks, is named, and the others keep theirs.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from marsad.model.detection import Scan
from marsad.site.look import Look
from marsad.tracking import Tracker

_GATHERED_MAX = 256


@dataclass
class LateLooks:
    """Late looks that wait, and what they may still cost. Deterministic; pickles; bounded.

    replayed_per_s_max  scans that may be played again each second
    counters            ``looks-shed``: late looks dropped for what they would have cost
    part                how much of that may be spent while the site is behind, 0 to 1
    shed                of each sensor since that was asked, for whoever tells of it
    """

    replayed_per_s_max: int
    waiting: list[Look] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)
    part: float = 1.0
    _shed: Counter[str] = field(default_factory=Counter)
    _second: int = -1
    _spent: int = 0

    def adopt(self, replayed_per_s_max: int) -> None:
        """From now on so many may be played again each second."""
        self.replayed_per_s_max = replayed_per_s_max

    def add(self, look: Look) -> bool:
        """Let a look wait; whether there are now so many that they must be taken."""
        self.waiting.append(look)
        return len(self.waiting) >= _GATHERED_MAX

    def taken(self, t_ns: int, tracker: Tracker) -> list[Look]:
        """Those that are affordable, oldest first, joined where they are parts of one look."""
        looks, self.waiting = _joined(sorted(self.waiting, key=lambda look: look.scan.t_ns)), []
        second = t_ns // 1_000_000_000
        if second != self._second:
            self._second, self._spent = second, 0
        while looks and (cost := tracker.replayed_from(looks[0].scan.t_ns)):
            if self._spent + cost <= self.replayed_per_s_max * self.part:
                self._spent += cost
                break
            dearest = looks[0].scan.sensor_id
            kept = [look for look in looks if look.scan.sensor_id != dearest]
            self.counters["looks-shed"] += len(looks) - len(kept)
            self._shed[dearest] += len(looks) - len(kept)
            looks = kept
        return looks

    def shed(self) -> Counter[str]:
        """Late looks dropped since this was asked last, of each sensor."""
        shed, self._shed = self._shed, Counter()
        return shed


def _joined(looks: list[Look]) -> list[Look]:
    """Parts of one look, of one sensor, time and measurement, as one."""
    parts: dict[tuple[str, int, int, bool], list[Look]] = {}
    for look in looks:
        scan = look.scan
        parts.setdefault((scan.sensor_id, scan.t_ns, int(scan.measurement), scan.partial), []).append(look)
    return [_one(same) if len(same) > 1 else same[0] for same in parts.values()]


def _one(looks: list[Look]) -> Look:
    first, scans = looks[0].scan, [look.scan for look in looks]
    scan = Scan(
        *(first.sensor_id, first.t_ns, first.measurement),
        np.concatenate([scan.values for scan in scans]),
        np.concatenate([scan.sigmas for scan in scans]),
        tuple(label for scan in scans for label in scan.labels),
        first.partial,
        tuple(name for scan in scans for name in scan.objects),
        first.pose,
    )
    return Look(scan, tuple(detection for look in looks for detection in look.detections))
