"""The honest source: a scenario as the frames that would enter the site, in time order."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from math import ceil, isfinite
from operator import attrgetter

from marsad.errors import ReceivedError
from marsad.feeds.sapient.edge import EdgeNode
from marsad.feeds.sapient.framing import Deframer
from marsad.feeds.sapient.wire import DecodeError, SapientMessage
from marsad.model.effect import Effect, Hangup, Reply
from marsad.model.frame import Frame, FrameKind
from marsad.model.picture import Picture
from marsad.model.sensor import SensorKind
from marsad.simulate.faults import ADSB
from marsad.simulate.impairment import SensorFaults, faults_of
from marsad.simulate.node import Node
from marsad.simulate.people import DutyOfficer, operator_frame, outcome_reports
from marsad.simulate.scenario import Scenario
from marsad.simulate.sensing import Camera, DirectionFinder, Radar
from marsad.simulate.transponders import AdsbReceiver
from marsad.simulate.truth import Truth, truth_of

NS_PER_S = 1_000_000_000
ADSB_FLUSH_S = 0.05  # a receiver hands its lines on so often: dump1090's default
STAGGER_S = 0.05  # between the nodes' first connections
REPLY_BYTES_MAX = 1 << 20
READ_BYTES_MAX = 1 << 16  # of one read of a connection
_KINDS = {
    Radar: SensorKind.RADAR,
    DirectionFinder: SensorKind.RADIO_FREQUENCY,
    Camera: SensorKind.CAMERA,
}


class Simulation:
    """Truth and sensors of one scenario under one seed; the same calls give the same frames."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.seed = seed
        self.start_t_ns = scenario.start_t_ns
        self.end_t_ns = scenario.end_t_ns
        self.truth: Truth = truth_of(scenario, seed)
        self._now_t_ns = self.start_t_ns
        self._sequence = 0
        self._pending: list[tuple[int, int, Frame]] = []  # bounded by the longest delay
        self._nodes = _nodes(scenario, self.truth)
        self._deframers = {(node.feed, node.link): Deframer(REPLY_BYTES_MAX) for node in self._nodes}
        self._adsb = _adsb(scenario, self.truth)
        self._adsb_looks = 0
        self._adsb_faults = faults_of(scenario.file.fault, ADSB)
        crew, zones = scenario.file.crew, scenario.layout.site.zones
        self._officer = None if crew is None else DutyOfficer(crew, self.truth.impacts(zones))
        for t_ns, action in outcome_reports(self.truth):
            self._push(operator_frame(t_ns, action))
        if self._adsb is not None and scenario.layout.adsb_feed is not None:
            self._push(Frame(scenario.layout.adsb_feed, self.start_t_ns, b"", 1, FrameKind.OPENED))
            for frame in _adsb_breaks(scenario.layout.adsb_feed, self.start_t_ns, self._adsb_faults):
                self._push(frame)

    def frames(self, until_t_ns: int) -> list[Frame]:
        """Everything that enters the site since the last call up to and including a time.

        A node waits for the site's ack: call in small steps (a second or less) and ``notice`` what
        the site did in between. Nothing new begins after ``end_t_ns``.
        """
        until = min(until_t_ns, self.end_t_ns)
        for node in self._nodes:
            for frame in node.frames(until):
                self._push(frame)
        self._hear_transponders(until)
        if self._officer is not None:
            for t_ns, action in self._officer.due(until):
                self._push(operator_frame(max(t_ns, self._now_t_ns), action))
        ready = []
        while self._pending and self._pending[0][0] <= until_t_ns:
            ready.append(heapq.heappop(self._pending)[2])
        self._now_t_ns = max(self._now_t_ns, until_t_ns)
        return _chunked(ready, frozenset(self._deframers))

    def notice(self, effects: Iterable[Effect], picture: Picture | None = None) -> None:
        """What the site did: acks and hang-ups reach the nodes, warnings the duty officer.

        ``picture`` is what the duty officer sees: when the all-clear of rockets opens.
        """
        effects = list(effects)
        for effect in effects:
            if isinstance(effect, Reply):
                self._answered(effect)
            elif isinstance(effect, Hangup):
                self._cut_off(effect.feed, effect.link)
        if self._officer is not None:
            if picture is not None:
                self._officer.look(picture)
            for t_ns, action in self._officer.notice(effects, self._now_t_ns):
                self._push(operator_frame(t_ns, action))

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The SAPIENT nodes, each with its sensor and its link."""
        return tuple(self._nodes)

    def refit(self, change: Callable[[Node], Node]) -> None:
        """Put another node in each one's place, before the first frame: same name, same link."""
        self._nodes = [change(node) for node in self._nodes]

    def detected_s(self) -> dict[str, float]:
        """When each object gave its first true plot that reached the site, seconds from the start."""
        found: dict[int, float] = {}
        for node in self._nodes:
            for row, t_s in node.first_plot_s.items():
                found[row] = min(t_s, found.get(row, t_s))
        return {self.truth.objects[row].object_id: found[row] for row in sorted(found)}

    def _push(self, frame: Frame) -> None:
        if frame.t_ns < self._now_t_ns:  # the past is sealed
            frame = Frame(frame.feed, self._now_t_ns, frame.data, frame.link, frame.kind)
        self._sequence += 1
        heapq.heappush(self._pending, (frame.t_ns, self._sequence, frame))

    def _cut_off(self, feed: str, link: int) -> None:
        """The site has closed a connection: what was under way on it is lost."""
        for node in self._nodes:
            if (node.feed, node.link) == (feed, link) and node.connected:
                kept = [entry for entry in self._pending if (entry[2].feed, entry[2].link) != (feed, link)]
                heapq.heapify(kept)
                self._pending = kept
                self._deframers[feed, link] = Deframer(REPLY_BYTES_MAX)
                self._push(node.hang_up(self._now_t_ns))

    def _hear_transponders(self, until_t_ns: int) -> None:
        feed = self.scenario.layout.adsb_feed
        if self._adsb is None or feed is None:
            return
        period_s, faults = self._adsb.settings.period_s, self._adsb_faults
        while self.start_t_ns + round(self._adsb_looks * period_s * NS_PER_S) <= until_t_ns:
            look_s = self._adsb_looks * period_s
            self._adsb.clock_offset_s = faults.clock_offset_s(look_s)
            flushed: dict[int, list[bytes]] = {}
            for t_s, line in self._adsb.look(look_s):
                if faults.dead(t_s):
                    continue
                received_s = t_s + self._adsb.settings.delay_s + faults.latency_s(t_s)
                flushed.setdefault(ceil(received_s / ADSB_FLUSH_S), []).append(line)
            for number, lines in flushed.items():
                t_ns = self.start_t_ns + round(number * ADSB_FLUSH_S * NS_PER_S)
                self._push(Frame(feed, t_ns, b"".join(lines), 1))
            self._adsb_looks += 1

    def _answered(self, reply: Reply) -> None:
        """A message from the site to a node: only an accepting RegistrationAck changes anything."""
        deframer = self._deframers.get((reply.feed, reply.link))
        if deframer is None:
            return
        bodies, fault = deframer.messages(reply.data)
        if fault is not None:
            raise fault
        for body in bodies:
            message = SapientMessage()
            try:
                message.ParseFromString(body)
            except DecodeError as error:
                detail = f"the site sent {len(body)} bytes to {reply.feed}/{reply.link} that are no message"
                raise ReceivedError("not-protobuf", detail) from error
            if message.WhichOneof("content") == "registration_ack" and message.registration_ack.acceptance:
                for node in self._nodes:
                    if node.edge.node_id == message.destination_id:
                        node.admit(self._now_t_ns)


def _chunked(frames: list[Frame], links: frozenset[tuple[str, int]]) -> list[Frame]:
    """The frames, what a node sends at one moment as one read of its link: TCP keeps no messages apart.

    links   feed and number of each
    """
    chunks: list[Frame] = []
    for together in _together(frames, links):
        first = together[0]
        data = first.data if len(together) == 1 else b"".join([frame.data for frame in together])
        if data is first.data and len(data) <= READ_BYTES_MAX:
            chunks.append(first)
            continue
        cuts = range(0, len(data), READ_BYTES_MAX)
        chunks += [replace(first, data=data[at : at + READ_BYTES_MAX]) for at in cuts]
    return chunks


def _together(frames: list[Frame], links: frozenset[tuple[str, int]]) -> Iterator[list[Frame]]:
    for (feed, link, _, kind), group in groupby(frames, attrgetter("feed", "link", "t_ns", "kind")):
        if kind is FrameKind.DATA and (feed, link) in links:
            yield list(group)
        else:
            yield from ([frame] for frame in group)


def _nodes(scenario: Scenario, truth: Truth) -> list[Node]:
    file, layout = scenario.file, scenario.layout
    nodes: list[Node] = []
    air = (truth, layout.frame, file.air.refraction)
    eyes: list[Radar | DirectionFinder | Camera] = [Radar(radar, *air) for radar in file.radar]
    eyes += [DirectionFinder(finder, *air) for finder in file.direction_finder]
    eyes += [Camera(camera, *air) for camera in file.camera]
    for eye in eyes:
        settings = eye.settings
        part = layout.nodes[settings.node_id]
        kind = _KINDS[type(eye)]
        described = EdgeNode(
            settings.node_id,
            part.name or f"{kind} {len(nodes) + 1}",
            kind,
            settings.latitude_deg,
            settings.longitude_deg,
            eye.height_m,
            settings.status_interval_s,
        )
        connect_t_ns = truth.start_t_ns + round(STAGGER_S * len(nodes) * NS_PER_S)
        feed, link = layout.feed_of[settings.node_id], layout.link_of[settings.node_id]
        faults = faults_of(file.fault, settings.node_id)
        nodes.append(Node(feed, link, described, eye, truth, connect_t_ns, faults=faults))
    return nodes


def _adsb_breaks(feed: str, start_t_ns: int, faults: SensorFaults) -> list[Frame]:
    """The closings and openings of the receiver's connection."""
    frames = []
    for spell in faults.outages:
        if spell.closes_link:
            frames.append(Frame(feed, start_t_ns + round(spell.from_s * NS_PER_S), b"", 1, FrameKind.CLOSED))
            if isfinite(spell.to_s):
                back_t_ns = start_t_ns + round(spell.to_s * NS_PER_S)
                frames.append(Frame(feed, back_t_ns, b"", 1, FrameKind.OPENED))
    return frames


def _adsb(scenario: Scenario, truth: Truth) -> AdsbReceiver | None:
    file = scenario.file
    if file.adsb_receiver is None:
        return None
    return AdsbReceiver(
        file.adsb_receiver, truth, scenario.layout.frame, file.air.refraction, file.air.pressure_offset_m
    )
