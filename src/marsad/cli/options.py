"""Arguments and options that several commands share, and what they allow."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import Annotated, Literal

import typer

from marsad.model.language import LANGUAGES as LANGUAGES
from marsad.model.language import Language as Language

RecordingKind = Literal["opensky-csv", "traffic-json", "drone-csv"]
KINDS = ("opensky-csv", "traffic-json", "drone-csv")
DATA = Path("data")
SPEED_MAX = 1000.0


def speed_of(text: str) -> float:
    """A pace as times real time; ``max`` is infinity. Raises typer.BadParameter."""
    if text == "max":
        return inf
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not isfinite(speed) or not 0 < speed <= SPEED_MAX:
        raise typer.BadParameter(f"{text!r}: allowed is a number above 0, at most {SPEED_MAX:g}, or max")
    return speed


def finite_speed_of(text: str) -> float:
    """A pace as times real time. Raises typer.BadParameter, also for ``max``."""
    speed = speed_of(text)
    if speed == inf:
        raise typer.BadParameter(f"'max': allowed is a number above 0, at most {SPEED_MAX:g}")
    return speed


def one_of(*allowed: str) -> Callable[[str], str]:
    """What reads one of some words. It raises typer.BadParameter, naming them."""

    def word(text: str) -> str:
        if text not in allowed:
            raise typer.BadParameter(f"{text!r}: allowed are {', '.join(allowed)}")
        return text

    return word


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """What reads a whole number within bounds. It raises typer.BadParameter, naming them."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise typer.BadParameter(f"{text!r}: allowed is a whole number from {low} to {high}")
        return value

    return number


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address; no tuple, which would be two arguments on a command line."""

    host: str
    port: int


def endpoint_of(text: str) -> Endpoint:
    """What HOST:PORT names. Raises typer.BadParameter."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise typer.BadParameter(f"{text!r}: give HOST:PORT, such as 127.0.0.1:5020")
    return Endpoint(host.strip("[]"), int(port))


def output_directory(path: Path) -> Path:
    """A folder that is there or can be made. Raises typer.BadParameter."""
    above = path.absolute()
    while not os.path.lexists(above):
        above = above.parent
    if not above.is_dir():
        raise typer.BadParameter(f"{str(path)!r}: {above} is a file; a folder is needed")
    if not os.access(above, os.W_OK | os.X_OK):
        raise typer.BadParameter(f"{str(path)!r}: nothing may be written in {above}")
    return path


def record_directory(path: Path) -> Path:
    """A folder that a site records in, whether it can write there now or not. Raises typer.BadParameter.

    A link to nowhere is such a folder: its disk may not be there yet.
    """
    above = path.absolute()
    while not os.path.lexists(above):
        above = above.parent
    if above.exists() and not above.is_dir():
        raise typer.BadParameter(f"{str(path)!r}: {above} is a file; a folder is needed")
    return path


def output_file(path: Path) -> Path:
    """A file that can be written, in a folder that is there. Raises typer.BadParameter."""
    if path.is_dir():
        raise typer.BadParameter(f"{str(path)!r}: is a folder; name a file")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise typer.BadParameter(f"{str(path)!r}: there is no folder {folder}")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise typer.BadParameter(f"{str(path)!r}: may not be written")
    return path


def new_file(path: Path) -> Path:
    """A file that is not there yet, in a folder that is. Raises typer.BadParameter."""
    if path.is_file():
        raise typer.BadParameter(f"{str(path)!r}: is there already; nothing is overwritten")
    return output_file(path)


OutDir = Annotated[
    Path,
    typer.Option("--out", callback=output_directory, help="Where journal, register, reports and summary go."),
]
DataDir = Annotated[
    Path,
    typer.Option("--data", callback=output_directory, help="Where journals and the register are kept."),
]
RecordDir = Annotated[
    Path,
    typer.Option("--data", callback=record_directory, help="Where journals and the register are kept."),
]
Lang = Annotated[
    Language,
    typer.Option(
        "--lang",
        parser=one_of(*LANGUAGES),
        metavar="|".join(LANGUAGES),
        autocompletion=lambda: [*LANGUAGES],
        help="Language.",
    ),
]
Port = Annotated[
    int,
    typer.Option(parser=whole_number(0, 65_535), metavar="PORT", help="Port of the console; 0: a free one."),
]
SitePort = Annotated[
    int | None,
    typer.Option(
        parser=whole_number(0, 65_535),
        metavar="PORT",
        help="Port of the console, in place of the one in the settings; 0: a free one.",
    ),
]
Kind = Annotated[
    RecordingKind,
    typer.Argument(
        parser=one_of(*KINDS),
        metavar="KIND",
        autocompletion=lambda: [*KINDS],
        help=f"What the recording is: {', '.join(KINDS)}.",
    ),
]
SettingsArgument = Annotated[Path, typer.Argument(metavar="SITE.toml", help="The site's settings file.")]
JournalArgument = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, readable=True, metavar="NAME.mcap", help="A journal."),
]
