"""Fills a register that was made anew from every journal beside it: a process of its own, out of the way."""

import contextlib
import os
import sys
from pathlib import Path

from marsad.errors import MarsadError
from marsad.site.recorder import replay
from marsad.station.kept_register import KeptRegister
from marsad.station.record import journals_in

_NICE = 19


def rebuild(directory: Path) -> int:
    """Replay every journal of a directory and store its incidents; returns how many were stored."""
    stored = 0
    with contextlib.closing(KeptRegister(directory)) as register:
        for path in journals_in(directory):
            with contextlib.suppress(MarsadError, OSError):
                for incident in replay(path).incidents:
                    register.save(incident)
                    stored += 1
    return stored


if __name__ == "__main__":
    os.nice(_NICE)
    rebuild(Path(sys.argv[1]))
