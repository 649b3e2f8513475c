"""When each sensor is heard, and how late its reports come: learned from the frames themselves.

A report carries the time of its measurement by the sensor's clock; the frame says when it came. The
difference is latency and clock offset together, and cannot tell them apart. The prior is by what reports:
a sensor of the site is taken to have a true clock, so that all of it is latency (SAPIENT asks for NTP); a
receiver of claims sends at once, so that all but a fraction of a second is offset, and its stamps are
shifted. Nothing arrives before it was measured: what is stamped later than it came is ahead of our clock,
or is a slip: a stamp far ahead of what most looks say (the median, which half of them cannot move: Huber,
Ronchetti, "Robust Statistics", 2nd ed. 2009, §1.3) is clamped and counted, and says nothing of the clock.
Registration against other sensors may still find an offset in what is left.

Source of the percentile as a bound of delay: R. Jain, "The Art of Computer Systems Performance Analysis",
1991, §12.9 (order statistics of a sliding window).
"""

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from marsad.model.detection import Detection
from marsad.model.sensor import Delay, Sensor

_WINDOW = 64  # looks
_APART_NS = 50_000_000  # reports that come closer together than this are taken for one look
_CLAIMS_LATENCY_NS = 200_000_000  # of a receiver that sends what it hears
_OFFSET_NS_MIN = 500_000_000  # of a receiver's clock: less is not told from its latency
_JUMP_LOOKS = 5
_JUMP_NS = 1_000_000_000
_TOLD_S = 1.0  # a clock that is off by less is put right without a word
_SURE_LOOKS = 20  # with fewer the largest delay counts in place of the 95th percentile


@dataclass
class _Delays:
    """The delays of the last looks of one sensor: receive time less stamp, ns."""

    window: deque[int] = field(default_factory=deque)
    ascending: list[int] = field(default_factory=list)

    def add(self, delay_ns: int) -> bool:
        """Take one more; whether the delays have jumped, and all before the jump are forgotten."""
        if len(self.window) >= _WINDOW:
            del self.ascending[bisect_left(self.ascending, self.window.popleft())]
        self.window.append(delay_ns)
        insort(self.ascending, delay_ns)
        return abs(delay_ns - self.median_ns) > _JUMP_NS and self._jumped()

    def _jumped(self) -> bool:
        if len(self.window) < 2 * _JUMP_LOOKS:
            return False
        latest = [self.window[-1 - back] for back in range(_JUMP_LOOKS)]
        before = sorted(self.window[place] for place in range(len(self.window) - _JUMP_LOOKS))
        low, high = before[0], before[-1]
        if not (min(latest) > high + _JUMP_NS or max(latest) < low - _JUMP_NS):
            return False
        self.window, self.ascending = deque(reversed(latest)), sorted(latest)
        return True

    @property
    def median_ns(self) -> int:
        """The median of the delays, the later of the two in the middle."""
        return self.ascending[len(self.ascending) // 2]

    @property
    def low_ns(self) -> int:
        """The 5th percentile of those near the median or above; the least of them while there are few."""
        first = bisect_left(self.ascending, self.median_ns - _JUMP_NS)
        count = len(self.ascending) - first
        return self.ascending[first + (count // 20 if count >= _SURE_LOOKS else 0)]

    @property
    def high_ns(self) -> int:
        """The 95th percentile; the largest while there are few."""
        count = len(self.ascending)
        return self.ascending[count - 1 - (count // 20 if count >= _SURE_LOOKS else 0)]


class Hearing:
    """What was learned of every sensor's delays, and when each was heard last. Bounded by the sensors known.

    counters  ``stamp-ahead``: reports stamped later than they came; ``delay-jumped``: how often the delays
              of a sensor changed at once
    """

    def __init__(self, rewind_ns: int) -> None:
        self.adopt(rewind_ns)
        self._delays: dict[str, _Delays] = {}
        self._shift_ns: dict[str, int] = {}
        self._late_ns: dict[str, int] = {}
        self._told: dict[str, Delay] = {}
        self._heard_t_ns: dict[str, int] = {}
        self._again_t_ns: dict[str, int] = {}
        self._lagging: set[str] = set()
        self.counters: Counter[str] = Counter()

    def adopt(self, rewind_ns: int) -> None:
        """From now on the tracker can go back so far."""
        self._rewind_ns = rewind_ns

    def heard(self, sensor_id: str, t_ns: int) -> None:
        """Note that a sensor has said something, of whatever kind."""
        self._heard_t_ns[sensor_id] = t_ns

    def heard_t_ns(self, sensor_id: str) -> int:
        """Receive time of its last word; 0: never."""
        return self._heard_t_ns.get(sensor_id, 0)

    def corrected(
        self, t_ns: int, detections: Sequence[Detection], sensors: Mapping[str, Sensor]
    ) -> list[Detection]:
        """Detections received at t_ns, their stamps by a clock that is right; learns from them meanwhile.

        Nothing was measured after it came.
        """
        found = []
        for detection in detections:
            sensor_id, said_t_ns = detection.sensor_id, detection.t_ns
            if t_ns >= self._again_t_ns.get(sensor_id, 0):
                self._again_t_ns[sensor_id] = t_ns + _APART_NS
                sensor = sensors.get(sensor_id)
                claims = sensor is not None and sensor.kind.is_cooperative
                self.learn(sensor_id, t_ns - said_t_ns, claims=claims)
            shift_ns = self._shift_ns.get(sensor_id, 0)
            if shift_ns or said_t_ns > t_ns:
                self.counters["stamp-ahead"] += said_t_ns > t_ns
                detection = replace(detection, t_ns=min(said_t_ns + shift_ns, t_ns))
            found.append(detection)
        return found

    def learn(self, sensor_id: str, delay_ns: int, *, claims: bool) -> None:
        """Learn from a look: how long after its stamp it came, by the sensor's own clock."""
        delays = self._delays.get(sensor_id)
        if delays is None:
            delays = self._delays[sensor_id] = _Delays()
        if delays.add(delay_ns):
            self.counters["delay-jumped"] += 1
        offset_ns = delays.median_ns - _CLAIMS_LATENCY_NS
        if claims:
            self._shift_ns[sensor_id] = offset_ns if abs(offset_ns) >= _OFFSET_NS_MIN else 0
        else:
            self._shift_ns[sensor_id] = min(delays.low_ns, 0)
            self._judge(sensor_id, delays.median_ns)
        shift_ns, median_ns = self._shift_ns[sensor_id], delays.median_ns
        late_ns = self._late_ns[sensor_id] = max(delays.high_ns - shift_ns, 0)
        self._told[sensor_id] = Delay(max(median_ns - shift_ns, 0) * 1e-9, late_ns * 1e-9, shift_ns * 1e-9)

    def shift_ns(self, sensor_id: str) -> int:
        """What is added to a sensor's stamps: the offset of its clock as far as it is known."""
        return self._shift_ns.get(sensor_id, 0)

    def late_ns(self, sensor_id: str) -> int:
        """How late its reports may come, at the 95th percentile; 0 while nothing is known."""
        return self._late_ns.get(sensor_id, 0)

    def is_lagging(self, sensor_id: str) -> bool:
        """Whether its reports regularly come later than the tracker can go back."""
        return sensor_id in self._lagging

    def delay(self, sensor_id: str) -> Delay | None:
        """What people are shown of it; None before its first look."""
        return self._told.get(sensor_id)

    def _judge(self, sensor_id: str, median_ns: int) -> None:
        """Lagging from four fifths of what the tracker can go back, no more from three fifths."""
        if median_ns > 4 * self._rewind_ns // 5:
            self._lagging.add(sensor_id)
        elif median_ns < 3 * self._rewind_ns // 5:
            self._lagging.discard(sensor_id)


def late_note(delay: Delay | None, lagging: bool) -> str:
    """Why a sensor is degraded by its delays, such as "reports come 8.2 s late"; "" if it is not."""
    if delay is None:
        return ""
    if lagging:
        return f"reports come {delay.latency_s:.1f} s late"
    if delay.shift_s <= -_TOLD_S:
        return f"clock ahead by {-delay.shift_s:.1f} s"
    if delay.shift_s >= _TOLD_S:
        return f"clock behind by {delay.shift_s:.1f} s"
    return ""
