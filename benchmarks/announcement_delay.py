"""How long from the plot that fulfils the rule until a channel has the warning; what of it comes in trouble?

Method. A real `marsad run` with its journal on disk; a SAPIENT radar on a real socket sees 250 harmless
objects four times a second (1,000 detections/s) and, one after the other, drones that fly at zones; every
alarm is retracted through the console's address after a few seconds. Real counterparts on loopback: a web
hook's receiver, mosquitto with a subscriber, a relay by Modbus TCP that is read back, a screen with the page
open, a server of CAP messages, taky with a second client, a mail server and an SMS gateway with ten people
each (there when the last of them has it), and a line of loudspeakers with clips of 60 ms (there with the
first sound). Times are those of the site's own journal (fold's
decision → the frame that says accepted, or sent where a peer answers nothing) and of the counterparts; all
by one clock.

  default        p50/p95 by channel, warnings and retractions; first plot → WARN apart
  --dead NAME    after half of the alarms a channel answers nothing any more: what that does to the others
  --restarts     broker, relay and TAK server are killed in the middle and come back: what came when
  --kills N      the site is killed (kill -9) at N random moments: by channel lost, doubled, too late

Run:  PYTHONPATH=. .venv/bin/python benchmarks/announcement_delay.py
"""

import argparse
import asyncio
import contextlib
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
from tests.outputs.mosquitto import free_port

from counterparts import KINDS, WebServer, all_of, section
from far_end import CLOCK, Counterpart
from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.announcement import AnnouncementKind, DeliveryState
from marsad.model.effect import Actuate, Announce
from marsad.model.frame import DELIVERY
from marsad.model.picture import Picture
from marsad.model.sensor import SensorKind
from marsad.outputs.mail import message_id
from marsad.site.deliveries import delivered_from_json
from marsad.site.fold import fold_of
from marsad.site.journal import JournalReader
from marsad.station.record import newest_journal
from marsad.warning.cap import identifier_of

S = 1_000_000_000
BY_ZONE = ("relay", "speaker")  # what comes there names a zone, and no announcement
ZONES, RING_M, START_M, SPEED_MPS, UP_M = 50, 3_000.0, 1_800.0, 50.0, 150.0
SCANS_PER_S = 4
RETRACTED_AFTER_S = 6.0
END_S = 8.0
NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.3, 44.4, 40.0)
SITE = f"""
[site]
id = "bench"
name_en = "Bench"
name_ar = "قياس"
latitude_deg = 33.3
longitude_deg = 44.4
[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:{{feed}}"
messages_per_s_max = 1000000
[feed.nodes.{NODE.node_id}]
kind = "radar"
range_max_m = 20000.0
clutter_per_scan = 1.0
scan_period_s = {1 / SCANS_PER_S}
[server]
port = 0
[[release]]
people = 0
"""


def zone_names() -> list[str]:
    """Names of the zones, by their place on the ring."""
    return [f"z{number:02d}" for number in range(ZONES)]


def site_settings(feed: int, counterparts: list[Counterpart]) -> str:
    """The site: fifty zones on a ring, and an output for each counterpart."""
    text = SITE.format(feed=feed)
    for number, name in enumerate(zone_names()):
        angle = 2 * math.pi * number / ZONES
        north, east = RING_M * math.cos(angle) / 111_200, RING_M * math.sin(angle) / 93_000
        text += (
            f'[[site.zone]]\nid = "{name}"\nname_en = "Zone {number}"\nname_ar = "منطقة {number}"\n'
            f"centre = [{33.3 + north:.6f}, {44.4 + east:.6f}]\nradius_m = 60.0\n"
        )
    return text + "".join(section(one) for one in counterparts)


@dataclass
class Raid:
    """A radar that sees harmless objects, and drones one after the other until all have come.

    every_s   from one drone to the next
    drones    zone → when its drone was first seen, by the radar's clock, of those that fly now
    """

    port: int
    objects: int
    count: int
    every_s: float
    drones: dict[int, float] = field(default_factory=dict)
    sent: int = 0
    half_over: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        chance = np.random.default_rng(1)
        self._angle = chance.uniform(0, 2 * np.pi, self.objects)
        self._reach_m = chance.uniform(9_000, 14_000, self.objects)
        self._noise = chance

    async def run(self) -> None:
        """Report until cancelled; a site that is away is called again."""
        began_s, number = time.monotonic(), 0
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                now_ns = CLOCK.now_ns()
                writer.write(registration(NODE, now_ns) + status(NODE, now_ns, ulid(now_ns, 1), first=True))
                swallow = asyncio.create_task(reader.read(-1))
                try:
                    while not swallow.done():
                        number += 1
                        due_s = began_s + number / SCANS_PER_S - time.monotonic()
                        await asyncio.sleep(max(due_s, 0.0))
                        self._send_drones(time.monotonic() - began_s)
                        writer.write(await asyncio.to_thread(self._scan, time.monotonic() - began_s))
                        if number % 8 == 0:
                            writer.write(status(NODE, CLOCK.now_ns(), ulid(CLOCK.now_ns(), 2)))
                        await writer.drain()
                finally:
                    swallow.cancel()
                    await asyncio.gather(swallow, return_exceptions=True)
                    writer.transport.abort()
            await asyncio.sleep(0.05)

    def _send_drones(self, now_s: float) -> None:
        flies_s = (START_M + RING_M / 2) / SPEED_MPS
        self.drones = {zone: since for zone, since in self.drones.items() if now_s - since < flies_s}
        if now_s >= 5.0 + self.sent * self.every_s and self.sent < self.count:
            self.drones[(7 * self.sent) % ZONES] = now_s
            self.sent += 1
        if self.sent >= self.count // 2:
            self.half_over.set()
        if self.sent >= self.count and not self.drones:
            self.over.set()

    def end(self, zone: int) -> None:
        """A drone is seen no more."""
        self.drones.pop(zone, None)

    def _scan(self, now_s: float) -> bytes:
        t_ns = CLOCK.now_ns()
        reach_m = self._reach_m + 5.0 * now_s
        angle = self._angle + 0.001 * now_s
        plots = list(zip(angle, reach_m, np.full(self.objects, 400.0), range(self.objects), strict=True))
        for zone, since in list(self.drones.items()):
            away_m = RING_M + START_M - SPEED_MPS * (now_s - since)
            plots.append((2 * math.pi * zone / ZONES, away_m, UP_M, 1_000 + zone))
        noise = self._noise.standard_normal((len(plots), 3))
        return b"".join(
            polar_detection(
                NODE, t_ns, ulid(t_ns, number + 1), ulid(1, name + 1),
                float(bearing + 0.002 * a) % (2 * math.pi), 0.002,
                range_m=float(math.hypot(ground_m, up_m) + 6 * b), range_sigma_m=6.0,
                elevation_rad=float(math.atan2(up_m, ground_m) + 0.002 * c), elevation_sigma_rad=0.002,
            )
            for number, ((bearing, ground_m, up_m, name), (a, b, c)) in enumerate(
                zip(plots, noise, strict=True)
            )
        )  # fmt: skip


@dataclass
class Running:
    """The site's process, and where its console is."""

    settings: Path
    process: asyncio.subprocess.Process | None = None
    console: str = ""
    swallowing: asyncio.Task[bytes] | None = None

    async def start(self) -> float:
        """Start it; returns how long that took, s."""
        began_s = time.monotonic()
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from marsad.cli import main; main()"),
            *("run", str(self.settings), "--data", str(self.settings.parent)),
            stdout=subprocess.PIPE,
            stderr=(self.settings.parent / "log").open("ab"),
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self.process.stdout is not None
        while ": listens on " not in (line := (await self.process.stdout.readline()).decode()):
            if not line:
                raise SystemExit((self.settings.parent / "log").read_text("utf-8")[-2000:])
            if line.startswith("Console: "):
                self.console = line.split()[-1].rstrip("/")
        self.swallowing = asyncio.create_task(self.process.stdout.read(-1))
        return time.monotonic() - began_s

    async def end(self, how: signal.Signals) -> None:
        """End it."""
        assert self.process is not None and self.swallowing is not None
        self.process.send_signal(how)
        await self.process.wait()
        await self.swallowing

    async def act(self, **action: str) -> bool:
        """Do something at the console; whether that was done."""
        with contextlib.suppress(httpx.HTTPError):
            async with httpx.AsyncClient(timeout=10) as http:
                said = await http.post(
                    f"{self.console}/api/actions", json=action, headers={"Origin": self.console}
                )
                return said.status_code < 300 or "unknown-alarm" in said.text
        return False


async def retract(site: Running, raid: Raid, warned: dict[str, str]) -> None:
    """Retract each alarm a few seconds after it was told, as somebody at the console would.

    warned   alarm → its zone, as they are told
    """
    seen: dict[str, float] = {}
    while True:
        await asyncio.sleep(0.25)
        for alarm_id, zone in list(warned.items()):
            now_s = time.monotonic()
            if now_s - seen.setdefault(alarm_id, now_s) < RETRACTED_AFTER_S:
                continue
            raid.end(int(zone[1:]))
            if await site.act(action="retract", alarm_id=alarm_id, reason="measured"):
                del warned[alarm_id]


@asynccontextmanager
async def world(wanted: argparse.Namespace) -> AsyncIterator[tuple[Running, Raid, list[Counterpart]]]:
    """The site, a raid on it, and all counterparts."""
    with tempfile.TemporaryDirectory() as folder:
        directory, feed = Path(folder), free_port()
        counterparts = all_of(directory, zone_names())
        settings = directory / "site.toml"
        settings.write_text(site_settings(feed, counterparts), "utf-8")
        site = Running(settings)
        raid = Raid(feed, round(wanted.detections_per_s / SCANS_PER_S), wanted.alarms, wanted.every_s)
        warned = next(one.warned for one in counterparts if isinstance(one, WebServer))
        for one in counterparts:
            await one.up()
        tasks: list[asyncio.Task[None]] = []
        try:
            print(f"site listens after {await site.start():.1f} s", flush=True)
            tasks = [asyncio.create_task(raid.run()), asyncio.create_task(retract(site, raid, warned))]
            yield site, raid, counterparts
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if site.process is not None and site.process.returncode is None:
                await site.end(signal.SIGTERM)
            for one in counterparts:
                await one.down()


# ---------------------------------------------------------------- what the site's own record says


@dataclass
class Told:
    """One announcement by the site's journal; times in ns, 0 for never; why, where it was given up."""

    name: str
    channel: str
    kind: AnnouncementKind
    alarm_id: str
    zone_id: str
    made_t_ns: int
    expires_t_ns: int
    plot_t_ns: int
    first_plot_t_ns: int
    reached: dict[DeliveryState, int] = field(default_factory=dict)
    given_up: str = ""

    @property
    def arrival(self) -> str:
        """The name by which its counterpart knows it."""
        if self.channel in BY_ZONE:
            return f"{self.zone_id} {'off' if self.kind.ends else 'on'}"
        if self.channel == "mail":
            return message_id(self.name, self.made_t_ns, "", "").strip("<>").rsplit(".", 2)[0]
        return identifier_of(self.name) if self.channel == "cap" else self.name

    def done_t_ns(self, *, answers: bool) -> int:
        """When its channel had it, by what the channel says."""
        accepted = (self.reached.get(DeliveryState.ACCEPTED, 0), self.reached.get(DeliveryState.ACTUATED, 0))
        known = [t_ns for t_ns in accepted if t_ns]
        return min(known) if known else 0 if answers else self.reached.get(DeliveryState.SENT, 0)


def read_back(directory: Path) -> tuple[list[Told], Counter[str]]:
    """Every announcement, by folding the journal again; and the counters at its end."""
    path = newest_journal(directory, "bench")
    assert path is not None
    frames = iter(JournalReader(path).frames())
    fold = fold_of(next(frames))
    told: dict[str, Told] = {}
    for frame in frames:
        effects = fold.fold(frame)
        if frame.feed == DELIVERY:
            said = delivered_from_json(frame.data)
            if said.announcement_id in told:
                told[said.announcement_id].reached.setdefault(said.state, frame.t_ns)
                if said.state is DeliveryState.TOO_LATE:
                    told[said.announcement_id].given_up = said.code
        words = [effect for effect in effects if isinstance(effect, Announce | Actuate)]
        if not words:
            continue
        known = {one.announcement_id: one for one in fold.picture().telling.deliveries}
        for word in words:
            name = word.announcement_id if isinstance(word, Actuate) else word.announcement.announcement_id
            if name in told or name not in known:
                continue
            one = known[name]
            newest = _newest_plot(fold.picture(), one.alarm_id) if isinstance(word, Announce) else 0
            told[name] = Told(
                *(name, one.output_id, one.kind, one.alarm_id, one.zone_id, one.made_t_ns, one.expires_t_ns),
                *(newest, one.first_plot_t_ns),
            )
    plots = {(one.alarm_id, one.kind): one.plot_t_ns for one in told.values() if one.plot_t_ns}
    for each in told.values():
        each.plot_t_ns = plots.get((each.alarm_id, each.kind), 0)
    return list(told.values()), Counter(dict(fold.picture().counters))


def _newest_plot(picture: Picture, alarm_id: str) -> int:
    """When the newest plot of what raised an alarm was measured."""
    alarms = {one.alarm_id: one for one in picture.alarms}
    tracks = picture.tracks
    if alarm_id not in alarms:
        return 0
    ids = set(alarms[alarm_id].track_ids)
    times = [
        t for one, t in zip(tracks.track_id.tolist(), tracks.last_t_ns.tolist(), strict=True) if one in ids
    ]
    return max(times, default=0)


def spans(values: list[float]) -> str:
    """Count, median, 95th percentile and worst, in ms."""
    if not values:
        return f"{'none':>38}"
    p50, p95 = np.percentile(values, [50, 95])
    return f"{len(values):5d} {p50:9.0f} {p95:9.0f} {max(values):9.0f}   "


HEAD = f"{'channel':9s} {'':10s} {'count':>5s} {'p50 ms':>9s} {'p95 ms':>9s} {'worst':>9s}"


def show_delays(told: list[Told], counterparts: list[Counterpart]) -> None:
    """By channel: decision → accepted, newest plot → accepted, decision → there."""
    print(f"{HEAD}    decided → accepted; from the newest plot at the radar; decided → there")
    for one in counterparts:
        for kind in (AnnouncementKind.WARNING, AnnouncementKind.RETRACTION):
            mine = [item for item in told if item.channel == one.name and item.kind is kind]
            done = [(item, item.done_t_ns(answers=one.answers)) for item in mine]
            accepted = [(t_ns - item.made_t_ns) * 1e-6 for item, t_ns in done if t_ns]
            plots = [(t_ns - item.plot_t_ns) * 1e-6 for item, t_ns in done if t_ns and item.plot_t_ns]
            there = [(t_ns - item.made_t_ns) * 1e-6 for item, t_ns in arrivals(mine, one) if t_ns]
            plotted = spans(plots) if kind is AnnouncementKind.WARNING else " " * 38
            print(f"{one.name:9s} {kind.value:10s} {spans(accepted)} {plotted} {spans(there)}")
    first = [
        (item.made_t_ns - item.first_plot_t_ns) * 1e-9
        for item in {item.alarm_id: item for item in told if item.kind is AnnouncementKind.WARNING}.values()
        if item.first_plot_t_ns
    ]
    if first:
        p50, p95 = np.percentile(first, [50, 95])
        print(
            f"first plot → WARN (physics and rules): p50 {p50:.1f} s, p95 {p95:.1f} s of {len(first)} alarms"
        )


def arrivals(told: list[Told], counterpart: Counterpart) -> list[tuple[Told, int]]:
    """Each announcement with when it came to its counterpart first, 0 for never."""
    came: dict[str, list[int]] = defaultdict(list)
    for name, t_ns in counterpart.came:
        came[name].append(t_ns)
    slack_ns = 5_000_000  # of two readings of one clock
    return [
        (item, next((t for t in came.get(item.arrival, []) if t >= item.made_t_ns - slack_ns), 0))
        for item in told
    ]


# ---------------------------------------------------------------- the modes


async def measured(wanted: argparse.Namespace) -> None:
    """All channels up; with --dead one of them only for half of the time."""
    async with world(wanted) as (site, raid, counterparts):
        began_s, died_ns = time.monotonic(), 0
        if wanted.dead:
            await raid.half_over.wait()
            await next(one for one in counterparts if one.name == wanted.dead).freeze()
            died_ns = CLOCK.now_ns()
        await raid.over.wait()
        await asyncio.sleep(END_S)
        lasted_s = time.monotonic() - began_s
        await site.end(signal.SIGTERM)
        told, counters = await asyncio.to_thread(read_back, site.settings.parent)
    rate = counters["detections"] / lasted_s
    raised = len({one.alarm_id for one in told if one.kind is AnnouncementKind.WARNING})
    print(f"{raised} alarms, {rate:,.0f} detections/s, {len(told)} announcements")
    if not died_ns:
        show_delays(told, counterparts)
        return
    others = [one for one in counterparts if one.name != wanted.dead]
    for words, after in ((f"while {wanted.dead} was well", False), (f"once {wanted.dead} was dead", True)):
        print(words)
        show_delays([one for one in told if (one.made_t_ns > died_ns) is after], others)
    dead = Counter(
        max(one.reached, default=DeliveryState.WANTED).name for one in told if one.channel == wanted.dead
    )
    print(f"the dead one: {dict(dead)}")


async def restarted(wanted: argparse.Namespace) -> None:
    """Broker, relay and TAK server are killed and come back in the middle of a raid."""
    async with world(wanted) as (site, raid, counterparts):
        await raid.half_over.wait()
        killed = [one for one in counterparts if one.name in ("mqtt", "relay", "tak")]
        gone_ns = CLOCK.now_ns()
        for one in killed:
            await one.down()
        await asyncio.sleep(wanted.away_s)
        back_ns = CLOCK.now_ns()
        for one in killed:
            await one.up()
        await raid.over.wait()
        await asyncio.sleep(END_S)
        await site.end(signal.SIGTERM)
        told, _ = await asyncio.to_thread(read_back, site.settings.parent)
    print(f"killed for {(back_ns - gone_ns) * 1e-9:.1f} s: {', '.join(one.name for one in killed)}")
    print(
        f"{'channel':9s}  told meanwhile  came  after they were back: p50, worst s   retractions of what came"
    )
    for one in counterparts:
        mine = arrivals([item for item in told if item.channel == one.name], one)
        meanwhile = [pair for pair in mine if gone_ns <= pair[0].made_t_ns < back_ns]
        late_s = [(t_ns - back_ns) * 1e-9 for _, t_ns in meanwhile if t_ns > back_ns]
        median = f"{np.median(late_s):.2f}, {max(late_s):.2f}" if late_s else "-"
        got = {item.alarm_id for item, t_ns in mine if t_ns and item.kind is AnnouncementKind.WARNING}
        ended = {item.alarm_id for item, t_ns in mine if t_ns and item.kind is AnnouncementKind.RETRACTION}
        came = sum(t_ns > 0 for _, t_ns in meanwhile)
        print(
            f"{one.name:9s} {len(meanwhile):14d} {came:6d} {median:>30s} {len(got & ended):12d} of {len(got)}"
            f"   {missing(mine)}"
        )


def missing(pairs: list[tuple[Told, int]]) -> str:
    """What the site itself says of what never came."""
    found = Counter(
        f"{item.kind.name} {item.given_up or max(item.reached, default=DeliveryState.WANTED).name}"
        for item, t_ns in pairs
        if not t_ns
    )
    return f"never came: {dict(found)}" if found else ""


async def killed(wanted: argparse.Namespace) -> None:
    """The site is killed at random moments, and started again."""
    chance = random.Random(wanted.seed)
    wanted.alarms = 10**6
    took_s: list[float] = []
    async with world(wanted) as (site, raid, counterparts):
        await asyncio.sleep(12.0)
        ends_s = time.monotonic() + wanted.at_most_s
        for number in range(wanted.kills):
            if time.monotonic() >= ends_s:
                break
            await asyncio.sleep(chance.uniform(0.2, wanted.between_s))
            await site.end(signal.SIGKILL)
            took_s.append(await site.start())
            if number % 10 == 9:
                print(f"{number + 1} kills, {raid.sent} drones", flush=True)
        raid.count = raid.sent
        await raid.over.wait()
        await asyncio.sleep(RETRACTED_AFTER_S + END_S)
        await site.end(signal.SIGTERM)
        told, counters = await asyncio.to_thread(read_back, site.settings.parent)
    back = np.percentile(took_s, [50, 95])
    print(f"{len(took_s)} kills, {counters['restarts']} restarts in the journal;", end=" ")
    print(f"back after p50 {back[0]:.1f} s, p95 {back[1]:.1f} s")
    print(f"{'channel':9s} {'told':>6s} {'came':>6s} {'lost':>6s} {'doubled':>8s} {'too late':>9s}", end="")
    print(f"{'unknown':>9s}  states of what never came")
    for one in counterparts:
        show_losses(one, [item for item in told if item.channel == one.name])


def show_losses(one: Counterpart, told: list[Told]) -> None:
    """One channel: lost is what the site calls delivered and what never came."""
    pairs = arrivals(told, one)
    states = [(item, t_ns, max(item.reached, default=DeliveryState.WANTED)) for item, t_ns in pairs]
    says = {DeliveryState.ACCEPTED, DeliveryState.ACTUATED, DeliveryState.CONFIRMED}
    says |= set() if one.answers else {DeliveryState.SENT}
    lost = sum(not t_ns and state in says for _, t_ns, state in states)
    if one.name in BY_ZONE:  # a coil that is on is not switched again; a sentence is said again after a start
        lost, doubled, unknown = 0, 0, 0
    else:
        often = Counter(name for name, _ in one.came)
        doubled = sum(count > 1 for count in often.values())
        unknown = len(set(often) - {item.arrival for item in told})
    late = sum(t_ns > item.expires_t_ns for item, t_ns in pairs)
    never = Counter(item.given_up or state.name for item, t_ns, state in states if not t_ns)
    came = sum(t_ns > 0 for _, t_ns in pairs)
    counts = f"{len(told):6d} {came:6d} {lost:6d} {doubled:8d} {late:9d}{unknown:9d}"
    print(f"{one.name:9s} {counts}  {dict(never)}")
    if lost:
        told_of = [(item.arrival, item.reached) for item, t_ns, state in states if not t_ns and state in says]
        came_alike = sorted({name for name, _ in one.came if any(name[:20] == of[:20] for of, _ in told_of)})
        print(f"          lost: {told_of}; came with a like name: {came_alike}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alarms", type=int, default=100)
    parser.add_argument("--every-s", type=float, default=0.8)
    parser.add_argument("--detections-per-s", type=int, default=1_000)
    parser.add_argument("--dead", choices=[one.name for one in KINDS])
    parser.add_argument("--restarts", action="store_true")
    parser.add_argument("--away-s", type=float, default=8.0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--between-s", type=float, default=8.0, help="at most so long between two kills")
    parser.add_argument("--at-most-s", type=float, default=math.inf, help="no kill after so long")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    asyncio.run(
        killed(wanted) if wanted.kills else restarted(wanted) if wanted.restarts else measured(wanted)
    )


if __name__ == "__main__":
    main()
