"""What a Prometheus collector reads: the site's counters and the server's own."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from marsad import wire
from marsad.model.drill import DELAY_BOUNDS_S
from marsad.server.hub import PictureHub
from marsad.server.visitors import Visitors
from marsad.server.wire_site import WireSite
from marsad.stream.hub import StreamHub


class SiteCollector(Collector):
    """Reads the newest picture and the hub at the moment of the scrape."""

    def __init__(self, site: WireSite, hub: PictureHub, visitors: Visitors, stream: StreamHub) -> None:
        self._wire_site = site
        self._hub = hub
        self._visitors = visitors
        self._stream = stream

    def collect(self) -> Iterator[Metric]:
        """All families."""
        yield from self._site()
        counts = self._hub.counts
        yield GaugeMetricFamily("marsad_console_clients", "consoles connected now", self._hub.clients)
        for name, text, value in (
            ("pictures", "pictures encoded", counts.pictures),
            ("pictures_skipped", "pictures a slow console skipped", counts.pictures_skipped),
            ("messages", "messages sent to consoles", counts.messages),
            ("bytes", "bytes sent to consoles", counts.bytes),
            ("resyncs", "snapshots asked for after a gap", counts.resyncs),
            ("clients_dropped", "consoles dropped because they stopped reading", counts.clients_dropped),
            ("clients_refused", "consoles refused because there were too many", counts.clients_refused),
            ("sign_ins_refused", "sign-ins refused", self._visitors.sessions.refused),
            ("tokens_refused", "service tokens refused", self._visitors.tokens.refused),
            ("encode_seconds", "processor time spent encoding pictures", counts.encode_s),
            ("starts", "servers that the site has started, this one included", self._wire_site.starts),
        ):
            yield CounterMetricFamily(f"marsad_console_{name}", text, value)
        yield from self._streamed()

    def _streamed(self) -> Iterator[Metric]:
        stream = self._stream
        counts = stream.counts
        yield GaugeMetricFamily(
            "marsad_stream_clients", "programs that follow the stream now", stream.clients
        )
        for name, text, value in (
            ("messages", "messages sent to programs", counts.messages),
            ("bytes", "bytes sent to programs", counts.bytes),
            ("states_dropped", "states of objects that slow programs never got", stream.states_dropped),
            ("clients_dropped", "programs dropped because they stopped reading", counts.clients_dropped),
            ("clients_refused", "programs refused because there were too many", counts.clients_refused),
            ("wishes_refused", "what programs asked for and cannot be", counts.wishes_refused),
            ("make_seconds", "time spent putting pictures into records", counts.make_s),
        ):
            yield CounterMetricFamily(f"marsad_stream_{name}", text, value)

    def _site(self) -> Iterator[Metric]:
        picture = self._wire_site.newest()
        if picture is None:
            return
        counters = CounterMetricFamily("marsad_site_events", "what the site counted", labels=["name"])
        for name, count in picture["counters"].items():
            counters.add_metric([name], count)
        yield counters
        faults = GaugeMetricFamily("marsad_site_fault", "1 while the site has this fault", labels=["code"])
        for code in picture["faults"]:
            faults.add_metric([code], 1)
        yield faults
        sensors = GaugeMetricFamily(
            "marsad_sensor_ok", "1 if the sensor is well", labels=["sensor_id", "health"]
        )
        for sensor in picture["sensors"]:
            sensors.add_metric([sensor["sensor_id"], sensor["health"]], float(sensor["health"] == "ok"))
        yield sensors
        yield from _of_outputs(picture["telling"])
        active = [alarm for alarm in picture["alarms"] if alarm["state"] == "active"]
        unseen = [alarm for alarm in picture["alarms"] if alarm["acknowledged_t_ms"] is None]
        for name, text, value in (
            ("marsad_tracks", "confirmed tracks", float(len(picture["motion"]["track_id"]))),
            ("marsad_alarms_active", "active alarms", float(len(active))),
            ("marsad_alarms_unacknowledged", "alarms nobody acknowledged", float(len(unseen))),
            ("marsad_picture_age_seconds", "age of the newest picture", time.time() - picture["t_ms"] / 1e3),
        ):
            yield GaugeMetricFamily(name, text, value)


def _of_outputs(telling: wire.Telling) -> Iterator[Metric]:
    """How each output is known to work, and how long warnings took until they were through on it."""
    well = GaugeMetricFamily("marsad_output_ok", "1 if nothing is wrong with the output", labels=["output"])
    delays = HistogramMetricFamily(
        "marsad_output_delay_seconds",
        "from the rule of a warning fulfilled until its output had it",
        labels=["output"],
    )
    for one in telling["health"]:
        well.add_metric([one["output_id"]], float(one["fault"] == ""))
        within, buckets = 0, []
        bounds = [*map(str, DELAY_BOUNDS_S), "+Inf"]
        for bound, count in zip(bounds, one["delays"], strict=True):
            within += count
            buckets.append((bound, float(within)))
        delays.add_metric([one["output_id"]], buckets, one["delays_s"])
    yield well
    yield delays


def metrics_text(collector: SiteCollector) -> bytes:
    """The exposition format."""
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry)
