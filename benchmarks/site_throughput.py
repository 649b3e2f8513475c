"""How many detections a second does a whole site take, and how soon is a warning out?

Method. SAPIENT detections of N objects, one radar scan at a time, through the whole site: journal on disk,
decoding, scans, tracking, assessment, warning, incident. One process, one core.

1. Throughput: frames made beforehand, folded as fast as the core goes.
2. Latency: a second process sends 1,000 detections/s over a real socket to a live site; the figure is the
   time from the moment a scan is sent until a picture that contains it, and any warning from it, is out.

Run:  .venv/bin/python benchmarks/site_throughput.py
"""

import argparse
import asyncio
import multiprocessing
import os
import socket
import tempfile
import time
from pathlib import Path

import numpy as np

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.links.clock import SystemClock
from marsad.links.tcp import TcpListener
from marsad.model.effect import Effect, Hangup, Reply, Warn
from marsad.model.frame import Frame, FrameKind
from marsad.model.sensor import SensorKind
from marsad.site.live import LiveSite
from marsad.site.recorder import begin
from marsad.tracking import warm_up

SECOND = 1_000_000_000
NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)
SITE = """
[site]
id = "bench"
name_en = "Bench"
name_ar = "قياس"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "a"
name_en = "A"
name_ar = "أ"
centre = [33.30, 44.40]
radius_m = 300.0
[[site.zone]]
id = "b"
name_en = "B"
name_ar = "ب"
centre = [33.31, 44.41]
radius_m = 200.0
[cycle]
after_look_s = {after_look_s}
[scan]
settling_s = 0.01
[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"
messages_per_s_max = 1000000
[feed.nodes.f5e9175f-8eb1-45ba-9be6-6ea8ab496563]
kind = "radar"
range_max_m = 20000.0
clutter_per_scan = 5.0
scan_period_s = {period_s}
"""


def scan(t_ns: int, elapsed_s: float, paths: np.ndarray) -> bytes:
    """One look of the radar at straight flights; paths (n, 4) is [east, north, vE, vN] at the start."""
    place = paths[:, :2] + elapsed_s * paths[:, 2:]
    noise = np.random.default_rng(int(elapsed_s * 1000)).standard_normal((len(paths), 3))
    reports = []
    for number, ((east, north), (a, b, c)) in enumerate(zip(place, noise, strict=True)):
        ground_m = np.hypot(east, north)
        reports.append(
            polar_detection(
                NODE, t_ns, ulid(t_ns, number + 1), ulid(1, number + 1),
                float(np.arctan2(east, north) + 0.003 * a) % (2 * np.pi), 0.003,
                range_m=float(np.hypot(ground_m, 300) + 8 * b), range_sigma_m=8.0,
                elevation_rad=float(np.arctan2(300, ground_m) + 0.003 * c), elevation_sigma_rad=0.003,
            )
        )  # fmt: skip
    return b"".join(reports)


def flights(count: int) -> np.ndarray:
    """Straight flights within 15 km, a tenth of them inbound like one-way drones."""
    random = np.random.default_rng(1)
    angle, reach = random.uniform(0, 2 * np.pi, count), random.uniform(3_000, 15_000, count)
    heading = np.where(np.arange(count) % 10 == 0, angle + np.pi, random.uniform(0, 2 * np.pi, count))
    speed = random.uniform(20, 60, count)
    return np.stack(
        [reach * np.sin(angle), reach * np.cos(angle), speed * np.sin(heading), speed * np.cos(heading)], 1
    )


def throughput(objects: int, scans: int) -> None:
    """Fold prepared frames at full speed."""
    paths, t0 = flights(objects), 1_641_264_000 * SECOND
    configuration = SITE.format(after_look_s=0.1, period_s=1.0).encode()
    frames = [Frame("sensors", t0 + SECOND, registration(NODE, t0 + SECOND), 1)]
    frames.append(Frame("sensors", t0 + SECOND, status(NODE, t0 + SECOND, ulid(t0, 1), first=True), 1))
    for look in range(scans):
        t_ns = t0 + (look + 2) * SECOND
        data = scan(t_ns, float(look), paths)
        frames += [Frame("sensors", t_ns, data[at : at + 16_384], 1) for at in range(0, len(data), 16_384)]
        if look % 5 == 0:
            frames.append(Frame("sensors", t_ns, status(NODE, t_ns, ulid(t_ns, 2)), 1))
    with tempfile.TemporaryDirectory() as directory:
        recorder = begin(Path(directory) / "j.mcap", configuration, t0)
        began_s, cpu_s = time.perf_counter(), time.process_time()
        for frame in frames:
            recorder.take([frame])
        wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
        recorder.journal.close()
        size = sum(path.stat().st_size for path in Path(directory).glob("*"))
    picture = recorder.fold.picture()
    detections = dict(picture.counters)["detections"]
    print(
        f"throughput: {detections / wall_s:,.0f} detections/s, {detections / cpu_s:,.0f} per second of CPU "
        f"({objects} objects, {scans} scans, "
        f"{len(picture.tracks)} tracks, {wall_s:.2f} s, {cpu_s / wall_s:.0%} of one core, "
        f"journal {size / 1e6:.1f} MB)"
    )


def send(
    port: int,
    objects: int,
    scans_per_s: int,
    seconds: float,
    report: "multiprocessing.Queue[list[tuple[int, int]]]",
) -> None:
    """The other process: a radar on a socket."""
    paths, sent = flights(objects), []
    link = socket.create_connection(("127.0.0.1", port))
    link.sendall(registration(NODE, time.time_ns()))
    link.recv(4096)
    link.sendall(status(NODE, time.time_ns(), ulid(time.time_ns(), 1), first=True))
    began_s = time.monotonic()
    for look in range(int(seconds * scans_per_s)):
        delay_s = began_s + look / scans_per_s - time.monotonic()
        if delay_s > 0:
            time.sleep(delay_s)
        if look % (4 * scans_per_s) == 0:
            link.sendall(status(NODE, time.time_ns(), ulid(time.time_ns(), 2)))
        t_ns = time.time_ns()
        data = scan(t_ns, look / scans_per_s, paths)
        sent.append((t_ns, time.time_ns()))  # encoding is the sensor's own time, not the site's
        link.sendall(data)
    report.put(sent)
    time.sleep(1)
    link.close()


async def latency(objects: int, scans_per_s: int, seconds: float) -> None:
    """A live site, a sender in another process."""
    configuration = SITE.format(after_look_s=0.02, period_s=1 / scans_per_s).encode()
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as directory:
        recorder = begin(Path(directory) / "j.mcap", configuration, clock.now_ns())
        warned: list[int] = []

        def carry_out(effect: Effect) -> None:
            if isinstance(effect, Reply):
                listener.send(effect.link, effect.data)
            elif isinstance(effect, Hangup):
                listener.hangup(effect.link)
            elif isinstance(effect, Warn):
                warned.append(time.time_ns())

        site = LiveSite(recorder, clock, carry_out)

        async def deliver(link: int, kind: FrameKind, data: bytes) -> None:
            await site.deliver("sensors", link, kind, data)

        listener = TcpListener("127.0.0.1", 0, deliver)
        port = await listener.start()
        running = asyncio.create_task(site.run())
        shown: list[tuple[int, int]] = []

        async def look() -> None:
            async for picture in site.subscribe():
                newest = int(picture.tracks.last_t_ns.max()) if len(picture.tracks) else 0
                shown.append((time.time_ns(), newest))

        looking = asyncio.create_task(look())
        report: multiprocessing.Queue[list[tuple[int, int]]] = multiprocessing.get_context("spawn").Queue()
        sender = multiprocessing.get_context("spawn").Process(
            target=send, args=(port, objects, scans_per_s, seconds, report)
        )
        sender.start()
        sent = await asyncio.to_thread(report.get)
        await asyncio.sleep(0.5)
        await listener.stop()
        for task in (looking, running):
            task.cancel()
        await asyncio.gather(looking, running, return_exceptions=True)
        sender.join()
    delays_ms = []
    for t_ns, left_ns in sent[len(sent) // 4 :]:
        out = next((when for when, newest in shown if newest >= t_ns), None)
        if out is not None:
            delays_ms.append((out - left_ns) * 1e-6)
    p50, p99 = np.percentile(delays_ms, [50, 99])
    print(
        f"latency at {objects * scans_per_s:,} detections/s ({objects} objects, {scans_per_s} scans/s): "
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {max(delays_ms):.1f} ms over {len(delays_ms)} scans; "
        f"{len(warned)} warning events"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    warm_up(lambda kernel: None)
    throughput(arguments.objects, 100)
    throughput(20, 200)
    asyncio.run(latency(arguments.objects, 10, arguments.seconds))
