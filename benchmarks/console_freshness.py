"""How old is the picture on a console, and does its server answer, while the site is kept busy?

Method. A real `marsad run` with its journal on disk; one SAPIENT radar on a real socket sees N objects S
times a second. Real WebSocket clients note how old each picture is when it arrives; `/healthz` is asked
twenty times a second over new connections; memory and processor time are read from /proc.

Run:  .venv/bin/python benchmarks/console_freshness.py
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from websockets.asyncio.client import connect

from marsad.feeds.sapient.edge import registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.links.clock import SystemClock
from site_throughput import NODE, SITE, flights, scan

ASK_S = 0.05
SETTLE_S = 5.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--objects", type=int, default=500)
    parser.add_argument("--scans-per-s", type=float, default=4.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--consoles", type=int, default=3)
    asyncio.run(measured(parser.parse_args()))


async def measured(wanted: argparse.Namespace) -> None:
    """Start the site, load it, look at it."""
    with tempfile.TemporaryDirectory() as directory:
        settings = Path(directory) / "site.toml"
        text = SITE.format(after_look_s=0.1, period_s=1 / wanted.scans_per_s).replace(":5020", ":0")
        settings.write_text(f"{text}[server]\nport = 0\n", "utf-8")
        began_s = time.monotonic()
        site = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from marsad.cli import main; main()"),
            *("run", str(settings), "--data", directory),
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            console = (await said(site, "Console: ")).split()[-1]
            print(f"address told after {time.monotonic() - began_s:.2f} s")
            async with httpx.AsyncClient(timeout=60) as http:
                await http.get(console)
            print(f"first page after   {time.monotonic() - began_s:.2f} s")
            port = int((await said(site, ": listens on ")).rpartition(":")[2])
            print(f"feed listens after {time.monotonic() - began_s:.2f} s")
            await looked_at(wanted, site.pid, console, port)
        finally:
            site.terminate()
            await site.communicate()


async def said(site: asyncio.subprocess.Process, words: str) -> str:
    """The line of the site with these words."""
    assert site.stdout is not None
    while words not in (line := (await site.stdout.readline()).decode()):
        if not line:
            raise SystemExit("the site ended")
    return line


async def looked_at(wanted: argparse.Namespace, process: int, console: str, port: int) -> None:
    """Load it and note what the consoles see."""
    radar = asyncio.create_task(radar_on(port, wanted))
    await asyncio.sleep(SETTLE_S)
    cpu_s = {one: cpu_of(one) for one in family(process)}
    ages: list[float] = []
    asked: list[float] = []
    failed: list[str] = []
    watching = [asyncio.create_task(watch(console, ages)) for _ in range(wanted.consoles)]
    asking = asyncio.create_task(ask(console, asked, failed))
    await asyncio.sleep(wanted.seconds)
    for task in (*watching, asking, radar):
        task.cancel()
    ended = await asyncio.gather(*watching, asking, radar, return_exceptions=True)
    for how in ended:
        if not isinstance(how, asyncio.CancelledError):
            print("ended early:", repr(how))
    rate = f"{wanted.objects} objects at {wanted.scans_per_s:g} Hz"
    print(f"{rate}, {wanted.consoles} consoles, {wanted.seconds:g} s")
    print("picture age  ", figures(ages), "s")
    print("/healthz     ", figures(asked), f"s, {len(failed)} failed {failed[:1]}")
    for one in family(process):
        used = (cpu_of(one) - cpu_s.get(one, 0.0)) / wanted.seconds
        print(f"process {one}: {memory_mb(one):.0f} MB, {used:.0%} of a core, {command(one)}")


async def radar_on(port: int, wanted: argparse.Namespace) -> None:
    """The radar."""
    clock, paths = SystemClock(), flights(wanted.objects)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(registration(NODE, clock.now_ns()) + status(NODE, clock.now_ns(), ulid(1, 1), first=True))
    swallow = asyncio.create_task(reader.read(-1))
    began_s, number = time.monotonic(), 0
    while not swallow.done():
        number += 1
        await asyncio.sleep(max(0.0, began_s + number / wanted.scans_per_s - time.monotonic()))
        t_ns = clock.now_ns()
        writer.write(await asyncio.to_thread(scan, t_ns, time.monotonic() - began_s, paths))
        if number % 8 == 0:
            writer.write(status(NODE, t_ns, ulid(t_ns, 2)))
        await writer.drain()


async def watch(console: str, ages: list[float]) -> None:
    """A console's picture."""
    address = console.replace("http", "ws", 1) + "api/picture"
    async with connect(address, max_size=None, proxy=None) as socket:
        async for message in socket:
            found = re.search(r'"t_ms":(\d+)', str(message)[-2_000_000:])
            record = json.loads(message)
            t_ms = record.get("t_ms") or record.get("picture", {}).get("t_ms")
            if t_ms is not None and found:
                ages.append(time.time() - t_ms / 1000)


async def ask(console: str, asked: list[float], failed: list[str]) -> None:
    """Whether the server answers."""
    while True:
        began_s = time.monotonic()
        try:
            async with httpx.AsyncClient(timeout=30) as http:
                began_s = time.monotonic()
                answer = await http.get(console + "healthz")
            if answer.status_code != 200:
                failed.append(answer.text)
        except httpx.HTTPError as error:
            failed.append(repr(error))
        asked.append(time.monotonic() - began_s)
        await asyncio.sleep(ASK_S)


def figures(values: list[float]) -> str:
    """Median, 99th percentile, worst."""
    if not values:
        return "none"
    median, most = np.quantile(values, [0.5, 0.99])
    return f"median {median:.3f}, p99 {most:.3f}, worst {max(values):.3f} of {len(values)}"


def family(process: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *map(int, children)]


def memory_mb(process: int) -> float:
    """Resident memory."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def cpu_of(process: int) -> float:
    """Seconds of CPU used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def command(process: int) -> str:
    """What runs."""
    return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")[:70]


if __name__ == "__main__":
    main()
