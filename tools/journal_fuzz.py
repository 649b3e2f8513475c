"""Harms the record of a site at random places and holds the program to what it promises of it.

A record is made (a journal of several files with checkpoints, a snapshot, a register), and another whose
first files were removed by retention; then they are copied and harmed in turn, again and again: a bit is
flipped or a file cut, at a place that the seed names. Held each time: `marsad verify` tells it where it was
the journal, a start succeeds whatever it was, no clock is thrown ahead, nothing raises but what is meant to.

Run:  .venv/bin/python tools/journal_fuzz.py --flips 1000 --cuts 200
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from marsad.model.frame import OPERATOR, RETENTION, TICK, Frame
from marsad.site.journal import segments
from marsad.site.recorder import Recorder, begin, resume
from marsad.site.retention import json_from_removed, remove, stored
from marsad.site.snapshot import snapshot_path, store
from marsad.site.verify import verify
from marsad.station.record import open_record

SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND
NAME = "example-20220104T024000Z.mcap"
SITE = """
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4
""".encode()
ACT = b'{"action":"head_count","by":"Layla","complete":false}'
AHEAD_MAX_NS = 86_400 * SECOND
# seeds that once found a fault: flips of a register, cuts behind the last frame of a file
KEPT_FLIPS = (1045, 1411)
KEPT_CUTS = (1167, 2000, 2080, 2181)


@dataclass(frozen=True)
class Change:
    """What was done to which file."""

    file: Path
    offset: int
    bit: int | None

    def __str__(self) -> str:
        what = "cut" if self.bit is None else f"bit {self.bit} flipped"
        return f"{self.file.name}: {what} at byte {self.offset}"


def recorded(directory: Path, *, headless: bool) -> None:
    """A journal of several files, the first ended by its size, one by a crash; its snapshot; a register.

    headless   its first two files were removed since, and there is no snapshot
    """
    path = directory / NAME
    recorder = begin(path, SITE, START)
    recorder.journal.segment_bytes_max = 6_000
    _minutes(recorder, 0, 3)
    recorder.journal.leave()  # as a crash does
    recorder, _ = resume(path, START + 4 * 60 * SECOND)
    _minutes(recorder, 4, 1)
    if (data := recorder.snapshot()) is not None:
        store(path, data, recorder.key)
    _minutes(recorder, 5, 1)
    if headless:
        removed = [(one, remove(one)) for one in stored(path, 2)]
        recorder.take([Frame(RETENTION, recorder.fold.t_ns, json_from_removed(removed))])
        snapshot_path(path).unlink()
    recorder.close()
    open_record(directory, "example", SITE, START).close()


def _minutes(recorder: Recorder, begun: int, count: int) -> None:
    for second in range(begun * 60, (begun + count) * 60, 5):
        t_ns = START + (second + 1) * SECOND
        recorder.take([Frame(TICK, t_ns), Frame(OPERATOR, t_ns, ACT)])


def changed(directory: Path, seed: int, *, cut: bool) -> Change:
    """Harm one file at a place that the seed names."""
    choice = random.Random(seed)
    files = sorted(path for path in directory.iterdir() if path.is_file() and path.stat().st_size)
    journal = [path for path in files if path.suffix == ".mcap"]
    file = choice.choice(journal if choice.random() < 0.6 else files)
    data = bytearray(file.read_bytes())
    place, bit = choice.randrange(len(data)), choice.randrange(8)
    if cut:
        file.write_bytes(data[:place])
        return Change(file, place, None)
    data[place] ^= 1 << bit
    file.write_bytes(data)
    return Change(file, place, bit)


def faults_after(directory: Path, change: Change) -> list[str]:
    """What was promised and did not come true."""
    faults = []
    path = directory / NAME
    if change.file.suffix == ".mcap":
        try:
            verdict = verify(path, chain_only=True)
            if verdict.is_whole and verdict.is_closed:
                faults.append("verify: untold")
        except Exception as error:  # whatever it is, it is a finding
            if type(error).__name__ != "RecordingError":
                faults.append(f"verify: {type(error).__name__}: {error}")
    try:
        record = open_record(directory, "example", SITE, START + 600 * SECOND)
        if record.recorder.fold.t_ns > START + AHEAD_MAX_NS:
            faults.append(f"start: the clock is thrown ahead to {record.recorder.fold.t_ns}")
        record.recorder.take([Frame(TICK, record.recorder.fold.t_ns + SECOND)])
        if record.recorder.fault:
            faults.append(f"start: does not record: {record.recorder.fault}")
        record.register.all()
        record.close()
    except Exception as error:  # a start that fails, whyever
        faults.append(f"start: {type(error).__name__}: {error}")
    return faults


def run(
    flips: int, cuts: int, first_seed: int = 1_000, at_most_s: float = float("inf")
) -> tuple[Counter[str], list[str]]:
    """How often each kind of file was harmed, and every promise that was broken."""
    harmed: Counter[str] = Counter()
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        kept = [Path(folder) / "kept", Path(folder) / "headless"]
        for directory in kept:
            directory.mkdir()
            recorded(directory, headless=directory.name == "headless")
            assert len(segments(directory / NAME)) >= 4
        seeds = [(seed, False) for seed in KEPT_FLIPS] + [(seed, True) for seed in KEPT_CUTS]
        drawn = [(first_seed + number, False) for number in range(flips)]
        drawn += [(first_seed + flips + number, True) for number in range(cuts)]
        random.Random(first_seed).shuffle(drawn)  # so that a part of them is a part of each
        seeds += drawn
        ends_s = time.monotonic() + at_most_s
        for seed, cut in seeds:
            if time.monotonic() > ends_s:
                break
            data = Path(folder) / "harmed"
            shutil.copytree(kept[seed % 2], data)
            change = changed(data, seed, cut=cut)
            harmed[(change.file.suffix or change.file.name) + (" cut" if cut else " flipped")] += 1
            broken += [f"seed {seed}: {change}: {fault}" for fault in faults_after(data, change)]
            shutil.rmtree(data)
            if sum(harmed.values()) % 100 == 0:
                print(f"{sum(harmed.values())}: {len(broken)} broken", file=sys.stderr)  # noqa: T201
    return harmed, broken


def main() -> int:
    """Run it and print what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--flips", type=int, default=1_000)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1_000)
    parser.add_argument("--at-most-s", type=float, default=float("inf"))
    arguments = parser.parse_args()
    began_s = time.monotonic()
    harmed, broken = run(arguments.flips, arguments.cuts, arguments.seed, arguments.at_most_s)
    for kind, count in sorted(harmed.items()):
        print(f"{kind}: {count}")  # noqa: T201
    for line in broken:
        print(line)  # noqa: T201
    print(f"{len(broken)} promises broken, {time.monotonic() - began_s:.0f} s")  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
