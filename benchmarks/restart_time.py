"""How long does a start take on a journal: with a good snapshot, without, and after a change of the program?

Method. The simulator makes a journal of some hours: a scenario played again and again, each frame at its time
by the site's own clock, with a checkpoint every nine minutes as a live run has. Then the journal is gone on
from as a start does (`marsad.site.recorder.resume`), in a process of its own each; the time is taken until
frames are taken again:

  snapshot   of the end, as a run that is stopped leaves it
  without    no snapshot: the newest checkpoint and the frames behind it
  changed    a snapshot and tracks by another program: what cannot be read of the checkpoint comes from frames
  whole      no snapshot and no checkpoint: the whole journal is folded

Run:  .venv/bin/python benchmarks/restart_time.py --hours 1
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from marsad.errors import RecordingError
from marsad.simulate import Simulation, load_scenario
from marsad.site import checkpoint, resumption
from marsad.site.live import CHECKPOINT_S
from marsad.site.recorder import begin, resume
from marsad.site.snapshot import snapshot_path, store

CASES = ("snapshot", "without", "changed", "whole")


def recorded(path: Path, scenario_name: str, hours: float) -> int:
    """Make the journal; the number of its frames."""
    scenario = load_scenario(scenario_name)
    begun_ns = Simulation(scenario, 1).start_t_ns
    recorder = begin(path, scenario.site_path.read_bytes(), begun_ns)
    frames = due_ns = 0
    while recorder.fold.t_ns - begun_ns < hours * 3_600e9:
        simulation = Simulation(scenario, 1)
        shift_ns = recorder.fold.t_ns - simulation.start_t_ns
        for t_ns in range(simulation.start_t_ns, simulation.end_t_ns, 1_000_000_000):
            batch = [replace(one, t_ns=one.t_ns + shift_ns) for one in simulation.frames(t_ns)]
            if batch and batch[0].t_ns >= due_ns:
                due_ns = batch[0].t_ns + int(CHECKPOINT_S * 1e9)
                batch = [*recorder.checkpoint(batch[0].t_ns), *batch]
            effects = recorder.take(batch)
            simulation.notice(effects, recorder.fold.picture() if effects else None)
            frames += len(batch)
            if recorder.journal.position[1] > 64 * 2**20:
                recorder.journal.rotate()
    data = recorder.snapshot()
    assert data is not None
    store(path, data, recorder.key)
    recorder.journal.close()
    sizes = len(checkpoint.checkpoint(recorder.fold))
    print(f"{frames} frames, {sum(one.stat().st_size for one in path.parent.glob('*.mcap')) / 1e6:.1f} MB, "
          f"a checkpoint {sizes / 1e3:.0f} kB")  # fmt: skip
    return frames


def started(path: Path, case: str) -> None:
    """Go on from the journal, and print how long that took."""
    if case != "snapshot":
        snapshot_path(path).unlink(missing_ok=True)
    if case == "changed":
        checkpoint._take_tracks = _another_program
    if case == "whole":
        resumption.newest = lambda path: None
    began_s = time.perf_counter()
    recorder, replayed = resume(path)
    print(f"{case:10} {time.perf_counter() - began_s:8.1f} s   "
          f"{len(replayed.fold.picture().tracks)} tracks")  # fmt: skip
    recorder.journal.close()


def _another_program(fold: object, held: object) -> None:
    raise RecordingError("tracks of another program")


def main() -> None:
    """Measure."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--hours", type=float, default=1.0)
    arguments.add_argument("--scenario", default="quiet-night")
    arguments.add_argument("--case", choices=CASES)
    arguments.add_argument("--journal", type=Path)
    arguments.add_argument("--made", type=Path, help="a folder of long_record.py, in place of a new journal")
    arguments.add_argument("--cases", nargs="*", choices=CASES, default=CASES)
    asked = arguments.parse_args()
    if asked.case:
        started(asked.journal, asked.case)
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "journal.mcap"
        if asked.made:
            subprocess.run(["cp", "-a", f"{asked.made}/.", directory], check=True)
        else:
            recorded(path, asked.scenario, asked.hours)
        for case in asked.cases:
            with tempfile.TemporaryDirectory() as copied:
                subprocess.run(["cp", "-a", f"{directory}/.", copied], check=True)
                command = [sys.executable, __file__, "--case", case, "--journal", f"{copied}/journal.mcap"]
                subprocess.run(command, check=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})


if __name__ == "__main__":
    main()
