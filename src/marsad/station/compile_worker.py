"""A process that compiles kernels and leaves them in the cache on disk: its own, as compiling holds the lock.

Asks come as lines of JSON on standard input, answers go as lines of JSON to standard output:

    {"look": [3]}                            → {"missing": [["fold", 3], …], "damaged": [path, …]}
    {"compile": "fold", "dimensions": 3}     → {"took_s": 21.0} or {"failed": "…", "errno": 28}
"""

import contextlib
import gc
import json
import os
import queue
import signal
import sys
import threading
import time
from typing import Any, TypedDict, cast

from marsad.errors import said_by

ASSESSMENT = "assessment"  # its own kernels, the same for any number of dimensions
_NICENESS = 5  # whoever waits for the page comes first


def main() -> None:
    """Answer every line, and end when standard input does, whatever is under way."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what libraries print is no answer
    gc.disable()  # nearly all it makes lives as long as it does
    os.nice(_NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks ends this process
    asks: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asks,), daemon=True).start()
    while True:
        os.write(answers, json.dumps(_answer(json.loads(asks.get()))).encode() + b"\n")


def _listen(asks: "queue.SimpleQueue[str]") -> None:
    """Hand on what is asked; end the process, in the midst of compiling, when nobody is there to ask."""
    for line in sys.stdin:
        asks.put(line)
    os._exit(0)


def _answer(ask: dict[str, Any]) -> dict[str, Any]:
    try:
        return {**look(ask["look"])} if "look" in ask else _compile(ask["compile"], ask["dimensions"])
    except Exception as error:  # whatever a broken cache makes of it: told in one line, not a traceback
        return {"failed": said_by(error)[:500], "errno": getattr(error, "errno", None)}


class Looked(TypedDict):
    """What a look into the cache finds: [kernel, dimensions] of each that is missing, and damaged files."""

    missing: list[list[str | int]]
    damaged: list[str]


def look(dimensions: list[int]) -> Looked:
    """Look into the cache, and remove what is damaged; runs nothing that was compiled."""
    from marsad.assessment.kernels import kernels
    from marsad.tracking.warm import is_compiled, jobs, kept_in

    wanted, known = jobs(dimensions), [cast(Any, one)._cache._cache_file for one in kernels()]
    missing: list[list[str | int]] = [[job.name, job.dimensions] for job in wanted if not is_compiled(job)]
    if not all(one.holds(lambda key: True) for one in known):
        missing.append([ASSESSMENT, 0])
    files = [*known, *(kept_in(name) for name in {job.name: None for job in wanted})]
    damaged = [path for kept in files for path in kept.damaged()]
    for path in damaged:  # so that it is told once, also of what nobody wants compiled
        with contextlib.suppress(OSError):
            os.unlink(path)
    return {"missing": missing, "damaged": damaged}


def _compile(name: str, dimensions: int) -> dict[str, Any]:
    began_s = time.perf_counter()
    if name == ASSESSMENT:
        from marsad.assessment.kernels import prepare

        prepare()
    else:
        from marsad.tracking.warm import compile_job, jobs

        (job,) = (job for job in jobs((dimensions,)) if job.name == name)
        compile_job(job)
    return {"took_s": time.perf_counter() - began_s}


if __name__ == "__main__":
    main()
