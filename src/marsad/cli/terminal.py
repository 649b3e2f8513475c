"""What commands print with, and how they show that something takes time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

OUT = Console(soft_wrap=True)
ERR = Console(stderr=True, soft_wrap=True)


def warm_up_kernels() -> None:
    """Compile the tracker's kernels, naming each while it lasts."""
    from marsad.tracking import warm_up

    began_s = time.perf_counter()
    with OUT.status("compiling kernels…") as status:
        warm_up(lambda kernel: status.update(f"compiling kernels: {kernel}"))
    OUT.print(f"kernels ready in {time.perf_counter() - began_s:.1f} s")


def progress_bar() -> Progress:
    """A bar with per cent and the time taken, on standard error."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        console=ERR,
    )


def teller(start_t_ns: int) -> Callable[[int, str], None]:
    """What prints a sentence with its UTC time and the seconds since `start_t_ns`."""

    def tell(t_ns: int, sentence: str) -> None:
        clock = datetime.fromtimestamp(t_ns * 1e-9, UTC).strftime("%H:%M:%S")
        OUT.print(f"{clock}Z +{(t_ns - start_t_ns) * 1e-9:5.0f} s  {sentence}", highlight=False, markup=False)

    return tell
