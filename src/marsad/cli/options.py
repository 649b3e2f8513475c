"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Language = Literal["ar", "en"]
OutDir = Annotated[Path, typer.Option("--out", help="Where journal, register, reports and summary go.")]
Lang = Annotated[str, typer.Option("--lang", help="Language: ar or en.")]


def language_of(text: str) -> Language:
    """The language that `text` names. Raises typer.BadParameter."""
    if text not in ("ar", "en"):
        raise typer.BadParameter(f"{text!r}: allowed are ar and en")
    return "ar" if text == "ar" else "en"


def speed_of(text: str, *, at_once_allowed: bool) -> float | None:
    """Times real time that `text` names, None for `max`. Raises typer.BadParameter."""
    if text == "max":
        if at_once_allowed:
            return None
        raise typer.BadParameter("--speed max: only with --headless; give a number, such as 5")
    try:
        speed = float(text)
    except ValueError:
        speed = float("nan")
    if not 0 < speed <= 1000:
        also = " or max" if at_once_allowed else ""
        raise typer.BadParameter(f"--speed {text}: give a number above 0, at most 1000, such as 5{also}")
    return speed


def address_of(text: str) -> tuple[str, int]:
    """The address that HOST:PORT names. Raises typer.BadParameter."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise typer.BadParameter(f"--to {text}: give HOST:PORT, such as 127.0.0.1:5020")
    return host.strip("[]"), int(port)
