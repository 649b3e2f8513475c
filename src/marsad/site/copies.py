"""Copies: one report that came twice, under whatever identifiers of reports.

A sensor sees one thing at one place and time once. What it says again of the same object and time, or of the
same place and time, would count as two looks, make two tracks of one object and a group of a single one.
Places that differ by more than their errors are two objects, however they are called.
"""

from collections.abc import Iterable, Mapping
from math import hypot, isfinite, tau

from marsad.model.detection import Detection, Measurement
from marsad.model.sensor import Sensor

GENERATION_NS = 10_000_000_000
KEPT_MAX = 20_000  # reports of a generation; two are kept
_SIGMAS = 3.0

_Key = tuple[str, int, object]


class Copies:
    """Strikes out what came before. Deterministic, picklable; bounded by time and number.

    struck  how many reports were copies
    """

    def __init__(self) -> None:
        self.struck = 0
        self._recent: dict[_Key, Detection] = {}
        self._older: dict[_Key, Detection] = {}
        self._since_t_ns = 0

    def without(
        self, t_ns: int, detections: Iterable[Detection], sensors: Mapping[str, Sensor]
    ) -> list[Detection]:
        """The detections, received at t_ns, that are no copies, in their order."""
        if t_ns - self._since_t_ns >= GENERATION_NS or len(self._recent) > KEPT_MAX:
            self._older, self._recent, self._since_t_ns = self._recent, {}, t_ns
        fresh = []
        for one in detections:
            sensor = sensors.get(one.sensor_id)
            if self._came_before(one, sensor is not None and sensor.kind.is_cooperative):
                self.struck += 1
            else:
                fresh.append(one)
        return fresh

    def _came_before(self, one: Detection, cooperative: bool) -> bool:
        """Whether it is a copy; remembers it if not. Of what names itself the last word counts elsewhere."""
        keys = [_place_of(one)] if isfinite(one.values[0] + one.values[1]) else []
        if one.object_id and not cooperative:
            keys.append((one.sensor_id, one.t_ns, one.object_id))
        for key in keys:
            known = self._recent.get(key) or self._older.get(key)
            if known is not None and _same(known, one):
                return True
        for key in keys:
            self._recent[key] = one
        return False


def _place_of(one: Detection) -> _Key:
    # NaN is unequal to itself, and to what a snapshot made of it
    return one.sensor_id, one.t_ns, tuple([None if value != value else value for value in one.values])


def _same(known: Detection, one: Detection) -> bool:
    """Whether two reports of one sensor and time tell of one place, and give it no two names."""
    if known.measurement is not one.measurement:
        return False
    if known.claim is not None and one.claim is not None and known.claim.label != one.claim.label:
        return False
    for column, (before, now) in enumerate(zip(known.values, one.values, strict=True)):
        if not isfinite(before + now):
            continue
        apart = abs(now - before)
        if one.measurement is Measurement.POLAR and column == 1:
            apart = min(apart % tau, tau - apart % tau)
        sigma = hypot(known.sigmas[column], one.sigmas[column])
        if apart > 0 and not apart <= _SIGMAS * sigma:
            return False
    return True
