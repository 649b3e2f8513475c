"""What commands print with, and how they show that something takes time."""

import contextlib
import io
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from marsad.cli.options import Language

if TYPE_CHECKING:
    from marsad.model.reason import Reason
    from marsad.station.preparation import Progress as Prepared

OUT = Console(soft_wrap=True)
ERR = Console(stderr=True, soft_wrap=True)

_LOG = logging.getLogger(__name__)


class _Unfailing(io.TextIOBase):
    """The stream of a console, for what must go on when nobody can read it.

    A full disk under a log file, a closed pipe or a terminal that hung up loses what is written; it is
    logged once, and what comes after is written again as soon as it can be.
    """

    def __init__(self, console: Console) -> None:
        self._console, self._failed = console, False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of the stream."""
        return self._console.encoding

    def isatty(self) -> bool:
        """Whether it is a screen."""
        return self._console.file.isatty()

    def fileno(self) -> int:
        """Its number."""
        return self._console.file.fileno()

    def write(self, text: str) -> int:
        """Write what can be written; characters that the encoding lacks as their numbers."""
        with self._forgiven():
            try:
                self._console.file.write(text)
            except UnicodeEncodeError:
                plain = text.encode(self.encoding, "backslashreplace").decode(self.encoding)
                self._console.file.write(plain)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self._forgiven():
            self._console.file.flush()

    @contextlib.contextmanager
    def _forgiven(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            if not self._failed:
                self._failed = True
                _LOG.warning("what the site tells cannot be written: %s", error)


def unfailing(console: Console) -> Console:
    """A console on the same stream that never raises."""
    return Console(file=_Unfailing(console), soft_wrap=True)  # type: ignore[arg-type]


class Terminal:
    """Standard output as what a station tells its person: `marsad.station.terminal.Terminal`.

    It never raises: a site goes on without anybody who can read what it tells.

    start_t_ns     of a simulated day, None for a real one; may be set until something is told
    utc_offset_s   of the site, likewise
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._console = unfailing(OUT)
        self.start_t_ns: int | None = None
        self.utc_offset_s: int | None = None
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._told = -1

    def say(self, sentence: str) -> None:
        """A sentence about the station itself."""
        self._console.print(sentence, highlight=False, markup=False)

    def tell(self, t_ns: int, sentence: str) -> None:
        """Something that happened at the site, at its time: local, as people there have it, and UTC."""
        clock = datetime.fromtimestamp(t_ns * 1e-9, UTC)
        stamp = f"{clock:%H:%M:%S}Z"
        if self.utc_offset_s:
            stamp = f"{clock + timedelta(seconds=self.utc_offset_s):%H:%M:%S} ({stamp})"
        since = "" if self.start_t_ns is None else f" +{(t_ns - self.start_t_ns) * 1e-9:5.0f} s"
        self._console.print(f"{stamp}{since}  {sentence}", highlight=False, markup=False)

    def prepared_so_far(self, progress: "Prepared") -> None:
        """A bar with per cent and seconds left; a line for each tenth where there is no screen."""
        if progress.share >= 1:
            self.close()
        elif self._console.is_terminal:
            if self._bar is None:
                self._bar = preparation_bar(self._console, self._word("preparing.bar"))
                self._bar.start()
                self._task = self._bar.add_task("", total=1.0)
            code = "preparing.doing.longer" if progress.left_s is None else "preparing.doing"
            doing = self._word(code, doing=progress.doing, left_s=progress.left_s or 0.0)
            self._bar.update(self._task, completed=progress.share, description=doing)
        elif (tenths := int(10 * progress.share)) > self._told:
            self._told = tenths
            code = "preparing.longer" if progress.left_s is None else "preparing.left"
            self.say(self._word(code, percent=10.0 * tenths, left_s=progress.left_s or 0.0))

    def close(self) -> None:
        """End the bar, if there is one."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _word(self, code: str, **arguments: float | str) -> str:
        from marsad.report.wording import filled

        return filled(f"station.{code}", self.language, arguments)


def say(language: Language, code: str, **arguments: float | str) -> None:
    """A sentence of the catalogue on standard output."""
    from marsad.report.wording import filled

    OUT.print(filled(code, language, arguments), highlight=False, markup=False)


def warn(language: Language, reason: "Reason") -> None:
    """What was found, on standard error."""
    from marsad.report.wording import word

    ERR.print(word(reason, language), highlight=False, markup=False)


def command(line: str) -> str:
    """A command line of ours as it can be typed here: by the name that this program was called by."""
    called = Path(sys.argv[0])
    if called.name != "marsad" or not called.is_file():
        return f"marsad {line}"
    found = shutil.which("marsad")
    if found is not None and os.path.samefile(found, called):
        return f"marsad {line}"
    here = os.path.relpath(called)
    return f"{here if not here.startswith('..') else called.absolute()} {line}"


def settled(language: Language) -> Terminal:
    """A terminal, once it is chosen where compiled kernels are kept: before anything that needs them."""
    from marsad.station import kernel_cache

    terminal = Terminal(language)
    if told := kernel_cache.settle():
        from marsad.report.wording import word

        for reason in told:
            terminal.say(word(reason, language))
    return terminal


def preparation_bar(console: Console, title: str) -> Progress:
    """A bar with per cent, the time taken, and what is being compiled."""
    return Progress(
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=console,
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
        console=unfailing(ERR),
    )
    task = bar.add_task(what, total=1.0)

    def move(share: float) -> None:
        bar.start()
        bar.update(task, completed=share)

    try:
        yield move
    finally:
        bar.stop()
