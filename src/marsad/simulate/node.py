"""A simulated SAPIENT node: its connection, its registration, its status and its reports."""

from dataclasses import dataclass, field
from math import isnan

from marsad.feeds.sapient import edge
from marsad.feeds.sapient.ulid import ulid
from marsad.model.frame import Frame, FrameKind
from marsad.simulate.impairment import SOUND, SensorFaults
from marsad.simulate.seeding import generator
from marsad.simulate.sensing import Camera, DirectionFinder, Plot, Radar
from marsad.simulate.truth import Truth

NS_PER_S = 1_000_000_000
ACK_PATIENCE_S = 30.0  # BSI Flex 335 v2.0, 6.2.2: then it connects anew
RETRY_S = 10.0  # same, 4.9
GREETING_S = 0.02  # from the opening to the Registration, from the ack to the first status
_FOR_EVER_S = 30 * 86_400.0  # what ends later does not end: longer than any scenario


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)


@dataclass
class Node:
    """One sensor with its link to the site.

    Silent until its Registration is acknowledged: what it measures before then nobody hears of.
    """

    feed: str
    link: int
    edge: edge.EdgeNode
    eye: Radar | DirectionFinder | Camera
    truth: Truth
    connect_t_ns: int
    asked_t_ns: int | None = None  # when it sent its Registration
    admitted_t_ns: int | None = None  # when the ack reached it
    connected: bool = False
    status_t_ns: int = 0
    looks: int = 0
    dropped: int = 0
    first_plot_s: dict[int, float] = field(default_factory=dict)
    faults: SensorFaults = SOUND
    received_t_ns: int = 0  # of its latest report: one connection brings them in order

    def __post_init__(self) -> None:
        random = generator(self.truth.seed, "identifiers", self.edge.node_id)
        self._entropy = int.from_bytes(random.bytes(10), "big")

    def admit(self, t_ns: int) -> None:
        """The site has acknowledged the Registration."""
        if self.connected and self.admitted_t_ns is None and self.asked_t_ns is not None:
            self.admitted_t_ns = t_ns
            self.status_t_ns = t_ns + _ns(GREETING_S)

    def hang_up(self, t_ns: int) -> Frame:
        """The connection is lost; it will try again."""
        self.connected, self.admitted_t_ns, self.asked_t_ns = False, None, None
        self.connect_t_ns = t_ns + _ns(RETRY_S)
        return Frame(self.feed, t_ns, b"", self.link, FrameKind.CLOSED)

    def frames(self, until_t_ns: int) -> list[Frame]:
        """Everything it sends up to a time, with receive times, not sorted."""
        frames: list[Frame] = []
        self._outages(until_t_ns, frames)
        self._connection(until_t_ns, frames)
        self._statuses(until_t_ns, frames)
        self._looks(until_t_ns, frames)
        return frames

    def _dead(self, t_ns: int) -> bool:
        t_s = self.truth.seconds(t_ns)
        within = any(begin <= t_s < end for begin, end in self.eye.settings.outages_s)
        return within or self.faults.dead(t_s)

    def _outages(self, until_t_ns: int, frames: list[Frame]) -> None:
        """Power that comes back: the old connection is closed and a new one made."""
        for spell in self.faults.outages:
            lost_t_ns = self.truth.start_t_ns + _ns(spell.from_s)
            if spell.closes_link and self.connected and (self.asked_t_ns or 0) < lost_t_ns <= until_t_ns:
                frames.append(self.hang_up(lost_t_ns))
                self.connect_t_ns = self.truth.start_t_ns + _ns(min(spell.to_s, _FOR_EVER_S))
        ends = [spell.to_s for spell in self.faults.outages if spell.to_s < _FOR_EVER_S]
        for end in (*(end for _, end in self.eye.settings.outages_s), *ends):
            back_t_ns = self.truth.start_t_ns + _ns(end)
            if self.connected and (self.asked_t_ns or 0) < back_t_ns <= until_t_ns:
                frames.append(self.hang_up(back_t_ns))
                self.connect_t_ns = back_t_ns + _ns(1.0)

    def _connection(self, until_t_ns: int, frames: list[Frame]) -> None:
        if self.connected and self.admitted_t_ns is None and self.asked_t_ns is not None:
            tired_t_ns = self.asked_t_ns + _ns(ACK_PATIENCE_S)
            if tired_t_ns <= until_t_ns:
                frames.append(self.hang_up(tired_t_ns))
        if not self.connected and self.connect_t_ns <= until_t_ns and not self._dead(self.connect_t_ns):
            t_ns = self.connect_t_ns
            self.connected, self.asked_t_ns = True, t_ns + _ns(GREETING_S)
            frames.append(Frame(self.feed, t_ns, self.edge.name.encode(), self.link, FrameKind.OPENED))
            said = edge.registration(self.edge, self._clock(self.asked_t_ns))
            frames.append(Frame(self.feed, self.asked_t_ns, said, self.link))

    def _statuses(self, until_t_ns: int, frames: list[Frame]) -> None:
        while self.admitted_t_ns is not None and self.status_t_ns <= until_t_ns:
            t_ns = self.status_t_ns
            first = t_ns == self.admitted_t_ns + _ns(GREETING_S)
            if not self._dead(t_ns):
                said = edge.status(self.edge, self._clock(t_ns), self._ulid(t_ns), first=first)
                frames.append(Frame(self.feed, t_ns, said, self.link))
            self.status_t_ns += _ns(self.edge.status_interval_s)

    def _looks(self, until_t_ns: int, frames: list[Frame]) -> None:
        settings = self.eye.settings
        while True:
            t_s = settings.offset_s + self.looks * settings.period_s
            if self.truth.start_t_ns + _ns(t_s) > until_t_ns:
                return
            self.looks += 1
            for plot in self.faults.altered(self.eye, self.eye.look(t_s)):
                t_ns = self.truth.start_t_ns + round(plot.t_s * 1000) * 1_000_000
                delay_s = settings.delay_s + self.faults.latency_s(plot.t_s)
                received_t_ns = max(t_ns + _ns(delay_s), self.received_t_ns)
                heard = self.admitted_t_ns is not None and t_ns > self.admitted_t_ns + _ns(GREETING_S)
                if self._dead(t_ns) or not heard:
                    self.dropped += 1
                    continue
                self.received_t_ns = received_t_ns
                if plot.row >= 0:
                    self.first_plot_s.setdefault(plot.row, plot.t_s)
                frames.append(Frame(self.feed, received_t_ns, self._report(t_ns, plot), self.link))

    def _clock(self, t_ns: int) -> int:
        wrong_s = self.faults.clock_offset_s(self.truth.seconds(t_ns))
        return t_ns + _ns(self.eye.settings.clock_offset_s + wrong_s)

    def _ulid(self, t_ns: int) -> str:
        self._entropy += 1
        return ulid(t_ns, self._entropy)

    def _report(self, t_ns: int, plot: Plot) -> bytes:
        """A plot as the node words it; each plot is an object of its own, the node tracks nothing."""
        return polar_report(self.edge, self.eye, self._clock(t_ns), self._ulid(t_ns), self._ulid(t_ns), plot)


def polar_report(
    node: edge.EdgeNode,
    eye: Radar | DirectionFinder | Camera,
    t_ns: int,
    report_id: str,
    object_id: str,
    plot: Plot,
) -> bytes:
    """The bytes of one plot, with the errors the sensor's settings state."""
    radians = 3.141592653589793 / 180
    elevation_sigma = getattr(eye.settings, "elevation_sigma_deg", None)
    tells_rate = isinstance(eye, Radar) and eye.settings.tells_range_rate
    return edge.polar_detection(
        node,
        t_ns,
        report_id,
        object_id,
        plot.azimuth_rad,
        eye.settings.azimuth_sigma_deg * radians,
        range_m=None if isnan(plot.range_m) else plot.range_m,
        range_sigma_m=eye.settings.range_sigma_m if isinstance(eye, Radar) else None,
        elevation_rad=None if isnan(plot.elevation_rad) else plot.elevation_rad,
        elevation_sigma_rad=None if elevation_sigma is None else elevation_sigma * radians,
        range_rate_mps=None if isnan(plot.range_rate_mps) or not tells_rate else plot.range_rate_mps,
        range_rate_sigma_mps=eye.settings.range_rate_sigma_mps if isinstance(eye, Radar) else None,
        classes=plot.classes,
    )
