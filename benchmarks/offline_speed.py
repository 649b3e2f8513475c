"""How many times faster than real time does a simulated scenario run through a whole site, on one core?

Method. The shipped scenario as `marsad demo --headless` plays it: simulated sensors, their bytes as frames,
journal on disk, decoding, scans, tracking, assessment, warning, incidents, digest. One process; the figure
is the scenario's duration over the CPU time of the run (`time.process_time`), so that a loaded machine
changes it little. First a run with nothing measured inside it; then a second of the same seed in which
every part is timed by itself on the wall clock, which costs no system call: from it come the shares, and the
seconds shown are these shares of the first run. The frames of both journals must be equal.

Run:  .venv/bin/python benchmarks/offline_speed.py
"""

import argparse
import hashlib
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from marsad.assessment import Assessor
from marsad.feeds.sapient.feed import SapientFeed
from marsad.feeds.sbs_feed import SbsFeed
from marsad.model.frame import DIGEST
from marsad.register.incident import IncidentKeeper
from marsad.simulate import Simulation, load_scenario
from marsad.simulate.scenario import Scenario
from marsad.site.digest import RunningDigest
from marsad.site.fold import SiteFold
from marsad.site.journal import Journal, JournalReader
from marsad.site.offline import run_offline
from marsad.site.recorder import begin
from marsad.site.scans import ScanAssembler
from marsad.tracking import Tracker, Trail, warm_up
from marsad.warning import Warner

PARTS: dict[str, tuple[tuple[type, str], ...]] = {
    "simulator": ((Simulation, "__init__"), (Simulation, "frames"), (Simulation, "notice")),
    "journal": ((Journal, "append"),),
    "feeds": ((SapientFeed, "receive"), (SapientFeed, "advance"), (SbsFeed, "receive"), (SbsFeed, "advance")),
    "scans": ((ScanAssembler, "add"), (ScanAssembler, "closed")),
    "tracker": ((Tracker, "observe"), (Tracker, "table"), (Tracker, "set_sensor")),
    "assessment": ((Assessor, "hear"), (Assessor, "assess")),
    "trail": ((Trail, "note"),),
    "warning": ((Warner, "consider"), (Warner, "act")),
    "register": ((IncidentKeeper, "record"), (IncidentKeeper, "act")),
    "digest": ((RunningDigest, "add"),),
    "picture": ((SiteFold, "picture"),),
}
REST = "rest of the fold and the loop"


class Stopwatch:
    """Wall time by part, each without the parts it calls."""

    def __init__(self) -> None:
        self.spent_s: dict[str, float] = defaultdict(float)
        self._now = REST
        self._since_s = time.perf_counter()

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time booked on a part."""

        def run(*args: Any, **kwargs: Any) -> Any:
            before = self.switch(part)
            try:
                return function(*args, **kwargs)
            finally:
                self.switch(before)

        return run

    def switch(self, part: str) -> str:
        """Book the time until now on the part that ran; go on with another."""
        now_s = time.perf_counter()
        self.spent_s[self._now] += now_s - self._since_s
        before, self._now, self._since_s = self._now, part, now_s
        return before


@contextmanager
def watched() -> Iterator[Stopwatch]:
    """Every part's methods replaced by timed ones."""
    watch, patches = Stopwatch(), []
    for part, methods in PARTS.items():
        for owner, name in methods:
            patches.append(mock.patch.object(owner, name, watch.timed(part, getattr(owner, name))))
    for patch in patches:
        patch.start()
    watch.switch(REST)
    watch.spent_s.clear()
    try:
        yield watch
        watch.switch(REST)
    finally:
        for patch in patches:
            patch.stop()


def run(scenario: Scenario, seed: int) -> tuple[float, float, str, str, SiteFold]:
    """One run: CPU seconds of making the truth and of the run, SHA-256 of what entered, digest, the site."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "j.mcap"
        began_s = time.process_time()
        simulation = Simulation(scenario, seed)
        made_s = time.process_time()
        recorder = begin(path, scenario.site_path.read_bytes(), simulation.start_t_ns)
        run_offline(simulation, recorder, lambda t_ns, effects, picture: None)
        recorder.journal.close()
        ended_s = time.process_time()
        journal = _sha256_of_frames(path)
    return made_s - began_s, ended_s - made_s, journal, recorder.fold.digest(), recorder.fold


def _sha256_of_frames(path: Path) -> str:
    """Of all that entered; salts, and the roots that are noted of them, are others in every journal."""
    digest = hashlib.sha256()
    for frame in JournalReader(path).frames():
        if frame.feed != DIGEST:
            digest.update(repr(frame).encode())
    return digest.hexdigest()


def measure(name: str, seed: int, minutes: float | None) -> None:
    """Two runs of one scenario, and what they show."""
    scenario = load_scenario(name)
    if minutes is not None:
        scenario = replace(scenario, file=scenario.file.model_copy(update={"duration_s": 60 * minutes}))
    duration_s = scenario.file.duration_s
    made_s, run_s, journal, digest, fold = run(scenario, seed)
    counters = dict(fold.picture().counters)
    print(
        f"{name}, seed {seed}: {duration_s / (made_s + run_s):.0f} x real time "
        f"({duration_s:.0f} s in {made_s + run_s:.2f} s of CPU, {made_s:.2f} s of them for the truth); "
        f"{counters['frames']:,} frames, {counters['detections']:,} detections, {fold.cycles:,} cycles"
    )
    with watched() as watch:
        _, _, journal_again, digest_again, _ = run(scenario, seed)
    if (journal, digest) != (journal_again, digest_again):
        raise SystemExit("the same seed gave another journal or another digest")
    total_s = sum(watch.spent_s.values())
    for part, spent_s in sorted(watch.spent_s.items(), key=lambda item: -item[1]):
        share = spent_s / total_s
        cpu_s = share * (made_s + run_s)
        print(f"    {part:32} {cpu_s:7.2f} s  {share:6.1%}  {duration_s / cpu_s:8,.0f} x")
    print(f"    journal {journal[:16]}, digest {digest[:16]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", action="append", help="default: the raid and the quiet night")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="cut the scenario off, default: its whole duration")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    warm_up(lambda kernel: None)
    for chosen in arguments.scenario or ["ain-al-asad-2022-01-04", "quiet-night"]:
        measure(chosen, arguments.seed, arguments.minutes)
