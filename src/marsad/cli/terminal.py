"""What commands print with, and how they show that something takes time."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from marsad.cli.options import Language

if TYPE_CHECKING:
    from marsad.station.preparation import Progress as Prepared

OUT = Console(soft_wrap=True)
ERR = Console(stderr=True, soft_wrap=True)


class Terminal:
    """Standard output as what a station tells its person: `marsad.station.terminal.Terminal`.

    start_t_ns   of a simulated day, None for a real one; may be set until something is told
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.start_t_ns: int | None = None
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._told = -1

    def say(self, sentence: str) -> None:
        """A sentence about the station itself."""
        OUT.print(sentence, highlight=False, markup=False)

    def tell(self, t_ns: int, sentence: str) -> None:
        """Something that happened at the site, at its time."""
        clock = datetime.fromtimestamp(t_ns * 1e-9, UTC).strftime("%H:%M:%S")
        since = "" if self.start_t_ns is None else f" +{(t_ns - self.start_t_ns) * 1e-9:5.0f} s"
        OUT.print(f"{clock}Z{since}  {sentence}", highlight=False, markup=False)

    def prepared_so_far(self, progress: "Prepared") -> None:
        """A bar with per cent and seconds left; a line for each tenth where there is no screen."""
        if progress.share >= 1:
            self.close()
        elif OUT.is_terminal:
            if self._bar is None:
                self._bar = preparation_bar()
                self._bar.start()
                self._task = self._bar.add_task("", total=1.0)
            left = f"{progress.left_s:.0f} s left" if progress.left_s is not None else ""
            self._bar.update(self._task, completed=progress.share, description=f"{progress.doing}  {left}")
        elif (tenths := int(10 * progress.share)) > self._told:
            self._told = tenths
            left = "" if progress.left_s is None else f", {progress.left_s:.0f} s left"
            OUT.print(f"preparing the engine: {10 * tenths} %{left}", highlight=False)

    def close(self) -> None:
        """End the bar, if there is one."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def settled(language: Language) -> Terminal:
    """A terminal, once it is chosen where compiled kernels are kept: before anything that needs them."""
    from marsad.station import kernel_cache

    terminal = Terminal(language)
    if told := kernel_cache.settle():
        terminal.say(told)
    return terminal


def preparation_bar() -> Progress:
    """A bar with per cent, the time taken, and what is being compiled."""
    return Progress(
        TextColumn("preparing the engine"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=OUT,
        transient=True,
    )


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float], None]]:
    """A bar with per cent and the time taken, on standard error; it shows once it is first moved."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        console=ERR,
    )
    task = bar.add_task(what, total=1.0)

    def move(share: float) -> None:
        bar.start()
        bar.update(task, completed=share)

    try:
        yield move
    finally:
        bar.stop()
