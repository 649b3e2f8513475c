"""What must be compiled before a site can run, from an empty cache: seconds of processor and of waiting.

    python benchmarks/cold_start.py                  # 3-D: each kernel by itself, then all on every core
    python benchmarks/cold_start.py --dimensions 2

Each kernel in a process of its own, with what it needs already there; then `marsad prepare`, as a user
meets it: starts of processes, compiling side by side, and nothing else. "again" is that with a full cache.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

from marsad.tracking.warm import jobs

COMPILE = """
import sys
from marsad.tracking.warm import compile_job, jobs
name, dimensions = sys.argv[1], int(sys.argv[2])
compile_job(next(job for job in jobs((dimensions,)) if job.name == name))
"""


def main() -> None:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--dimensions", type=int, choices=(2, 3), default=3)
    dimensions = parser.parse_args().dimensions
    print(f"{'':18}{'CPU s':>8}{'wall s':>8}")
    with tempfile.TemporaryDirectory() as cache:
        nothing = timed([sys.executable, "-c", "import marsad.tracking.warm, numba"], cache)
        show("start", *nothing)
        for job in jobs((dimensions,)):
            cpu_s, wall_s = timed([sys.executable, "-c", COMPILE, job.name, str(job.dimensions)], cache)
            show(job.name, cpu_s - nothing[0], wall_s - nothing[1])
    with tempfile.TemporaryDirectory() as cache:
        start = "from marsad.cli import main; main()"
        prepare = [sys.executable, "-c", start, "prepare", "--dimensions", str(dimensions)]
        show("marsad prepare", *timed(prepare, cache))
        show("again", *timed(prepare, cache))


def timed(command: list[str], cache: str) -> tuple[float, float]:
    """Seconds of processor, children included, and of the clock."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    before, began_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wall_s, after = time.perf_counter() - began_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall_s


def show(name: str, cpu_s: float, wall_s: float) -> None:
    print(f"{name:18}{cpu_s:8.1f}{wall_s:8.1f}", flush=True)


if __name__ == "__main__":
    main()
