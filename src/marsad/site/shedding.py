"""What a site does about more than it can follow: whose reports it leaves out, how often it looks.

One place knows what was left out by every rule, keeps the level that all sensors share, and says to those who
gather looks how much they may take.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from marsad.feeds.shares import Shares
from marsad.model.line import Line
from marsad.model.overload import Lateness, Overload, Shed
from marsad.model.sensor import Sensor
from marsad.site.late_looks import LateLooks
from marsad.site.overload import BUSY, LATE_S, Ledger
from marsad.site.scans import ScanAssembler

_PACE_NS_MAX = 500_000_000


class Shedding:
    """Deterministic; pickles; bounded by the sensors known.

    shares    what each sensor may report, for the feeds to ask
    pace_ns   the least from cycle to cycle while the site is behind; else 0
    """

    def __init__(self, scans: ScanAssembler, late: LateLooks) -> None:
        self.shares = Shares()
        self.pace_ns = 0
        self._scans = scans
        self._late = late
        self._ledger = Ledger()
        self._overflow: Counter[str] = Counter()  # of the looks, as it was when it was told last

    def leave_out(self, t_ns: int, shed: Shed, sensor_id: str, name: str, count: int) -> None:
        """So much of a sensor, or of a feed, was left out by a rule just now."""
        self._ledger.leave_out(t_ns, shed, sensor_id, name, count)
        if shed is not Shed.BYTES and sensor_id not in self._scans.incomplete:
            self._scans.incomplete = self._ledger.shed_ids()

    def fall_behind(self, t_ns: int, lateness: Lateness) -> None:
        """Frames waited, or took long: take less of whoever sends most, and look less often."""
        if self._ledger.fall_behind(t_ns, lateness):
            self.pace_ns = min(_PACE_NS_MAX, round(2e9 * lateness.took_s))
        if lateness.wait_s >= LATE_S or lateness.busy >= BUSY:
            self.shares.lower(t_ns)
            self._pay_parts()

    def pass_time(self, t_ns: int) -> None:
        """Let the level rise."""
        self.shares.pass_time(t_ns)
        self._pay_parts()

    def take_stock(self, t_ns: int, sensors: Mapping[str, Sensor], incident_id: str) -> list[Line]:
        """Note of whom looks and plots were left out; what the open incident, "" for none, should hold."""
        for sensor_id, count in self._late.shed().items():
            self.leave_out(t_ns, Shed.REWINDS, sensor_id, _name_of(sensor_id, sensors), count)
        if self._scans.overflow:
            for sensor_id, count in (self._scans.overflow - self._overflow).items():
                self.leave_out(t_ns, Shed.PLOTS, sensor_id, _name_of(sensor_id, sensors), count)
            self._overflow = self._scans.overflow.copy()
        lines = self._ledger.lines(t_ns, incident_id)
        if not self._ledger.is_behind():
            self.pace_ns = 0
        self._scans.incomplete = self._ledger.shed_ids()
        return lines

    def told(self) -> tuple[Overload, ...]:
        """What is too much now, the worst first."""
        return self._ledger.told()

    def counters(self) -> Iterator[tuple[str, int]]:
        """What was left out since the site began, by rule."""
        for shed, count in self._ledger.left_out.items():
            yield f"overload.{shed}", count

    def _pay_parts(self) -> None:
        self._late.part = self._scans.part = self.shares.part


def _name_of(sensor_id: str, sensors: Mapping[str, Sensor]) -> str:
    """What people call a sensor; its identifier where it is not known."""
    sensor = sensors.get(sensor_id)
    return sensor_id if sensor is None else sensor.name
