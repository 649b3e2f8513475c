"""What does a site that is left alone cost: disk, memory and the size of what must survive, hour by hour?

Method. The simulator plays full quiet days (traffic and birds of an ordinary day, a seed of its own each)
into a real journal, folded as a live site folds, with the ticks, digests and checkpoints that one has; files
end at 64 MiB. Every quarter of a simulated hour a line: bytes of the journal, frames, tracks, the size of a
checkpoint and the time it takes, resident memory, and the rate. What is made is kept, for
`restart_time.py --made`.

Run:  .venv/bin/python benchmarks/long_record.py DIRECTORY --hours 24
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from marsad.model.effect import Effect
from marsad.model.frame import TICK, Frame
from marsad.simulate import Simulation, load_scenario
from marsad.site.checkpoint import checkpoint
from marsad.site.live import CHECKPOINT_S
from marsad.site.offline import STEP_NS
from marsad.site.recorder import Recorder, begin
from marsad.site.snapshot import store

HOUR_NS = 3_600 * 10**9


def steps(scenario_name: str, recorder: Recorder, begun_ns: int) -> Iterator[int]:
    """Play day after day into a record; yields its time after each step."""
    scenario = load_scenario(scenario_name)
    for seed in range(1, 1_000):
        simulation = Simulation(scenario, seed)
        shift_ns = max(recorder.fold.t_ns, begun_ns) - simulation.start_t_ns
        for t_ns in range(simulation.start_t_ns, simulation.end_t_ns, STEP_NS):
            effects: list[Effect] = []
            for frame in simulation.frames(t_ns):
                effects += _taken(recorder, replace(frame, t_ns=frame.t_ns + shift_ns))
            effects += _ticked(recorder, t_ns + shift_ns)
            simulation.notice(effects, recorder.fold.picture() if effects else None)
            yield t_ns + shift_ns


def _taken(recorder: Recorder, frame: Frame) -> Sequence[Effect]:
    return [*_ticked(recorder, frame.t_ns), *recorder.take([frame])]


def _ticked(recorder: Recorder, until_t_ns: int) -> list[Effect]:
    effects: list[Effect] = []
    fold = recorder.fold
    while (deadline_ns := max(fold.deadline_ns, fold.t_ns)) < until_t_ns:
        effects += recorder.take([Frame(TICK, deadline_ns)])
    return effects


def resident_mb() -> float:
    """Memory of this process that is in use, in MB."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1e3
    return 0.0


def recorded(directory: Path, scenario_name: str, hours: float, at_most_s: float) -> None:
    """Make the record, as much of it as there is time for."""
    path = directory / "journal.mcap"
    scenario = load_scenario(scenario_name)
    begun_ns = Simulation(scenario, 1).start_t_ns
    recorder = begin(path, scenario.site_path.read_bytes(), begun_ns)
    due_ns, told_ns, began_s, cpu_s = begun_ns + int(CHECKPOINT_S * 1e9), begun_ns, time.monotonic(), 0.0
    print(
        f"{'hours':>6} {'MB':>8} {'frames':>10} {'tracks':>6} {'kB':>6} {'ms':>6} {'RSS MB':>7}  times real"
    )
    for t_ns in steps(scenario_name, recorder, begun_ns):
        if t_ns >= due_ns:
            due_ns += int(CHECKPOINT_S * 1e9)
            recorder.take(recorder.checkpoint(t_ns))
        if t_ns - told_ns >= HOUR_NS // 4:
            took_s = time.process_time() - cpu_s
            _tell(directory, recorder, (t_ns - begun_ns) / HOUR_NS, (t_ns - told_ns) * 1e-9 / took_s)
            told_ns, cpu_s = t_ns, time.process_time()
            if (data := recorder.snapshot()) is not None:
                store(path, data, recorder.key)
        if t_ns - begun_ns >= hours * HOUR_NS or time.monotonic() - began_s > at_most_s:
            break
    if (data := recorder.snapshot()) is not None:
        store(path, data, recorder.key)
    recorder.journal.close()


def _tell(directory: Path, recorder: Recorder, hours: float, rate: float) -> None:
    began_s = time.process_time()
    kept_kb = len(checkpoint(recorder.fold)) / 1e3
    took_ms = (time.process_time() - began_s) * 1e3
    used_mb = sum(file.stat().st_size for file in directory.glob("*.mcap")) / 1e6
    counts = f"{recorder.fold.frames:10d} {len(recorder.fold.picture().tracks):6d}"
    kept = f"{kept_kb:6.0f} {took_ms:6.1f} {resident_mb():7.0f}"
    print(f"{hours:6.2f} {used_mb:8.1f} {counts} {kept}  {rate:.1f}", flush=True)


def main() -> None:
    """Make a record and print what it costs."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("--hours", type=float, default=24.0)
    arguments.add_argument("--scenario", default="quiet-day-ain-al-asad")
    arguments.add_argument("--at-most-s", type=float, default=float("inf"))
    asked = arguments.parse_args()
    asked.directory.mkdir(parents=True, exist_ok=True)
    recorded(asked.directory, asked.scenario, asked.hours, asked.at_most_s)


if __name__ == "__main__":
    main()
