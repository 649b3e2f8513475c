"""How long warnings took, by month and output, from the register; beside what others reach."""

import contextlib
from collections.abc import Sequence
from math import isnan
from pathlib import Path

from rich.table import Table

from marsad.errors import RecordingError
from marsad.register.deliveries import Delay
from marsad.report.wording import Language, filled


def delays_in(directory: Path, *, exercise: bool) -> list[Delay]:
    """The delays that the register in a directory holds. Raises RecordingError where there is none."""
    from marsad.register.store import RegisterStore

    path = directory / "register.sqlite"
    if not path.exists():
        raise RecordingError(f"{path}: there is no register here; name its directory with --data")
    with contextlib.closing(RegisterStore(f"sqlite:///{path}")) as register:
        return register.delays(exercise=exercise)


def table_of(delays: Sequence[Delay], language: Language) -> Table:
    """A row for each month and output; from the first plot to the rule as a row of its own."""

    def words(code: str) -> str:
        return filled(f"delays.{code}", language, {})

    table = Table(caption=words("yardstick"), caption_justify="left")
    for code in ("month", "what"):
        table.add_column(words(code), no_wrap=True)
    for code in ("count", "missed", "p50", "p95"):
        table.add_column(words(code), justify="right", no_wrap=True)
    month = delays[0].month if delays else ""
    for one in delays:
        if one.month != month:
            table.add_section()
        month = one.month
        what = one.output_id or words("first-plot")
        spans = [words("never") if isnan(span_s) else f"{span_s:.1f}" for span_s in (one.p50_s, one.p95_s)]
        missed = str(one.missed) if one.output_id else ""
        table.add_row(one.month, what, str(one.count), missed, *spans)
    return table
