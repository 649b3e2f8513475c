"""What a station tells the person who started it."""

from typing import Protocol

from marsad.model.reason import Reason
from marsad.report.wording import Language, word
from marsad.station.preparation import Progress


class Terminal(Protocol):
    """Where sentences go, in the language of whoever reads them.

    utc_offset_s   local time of the site minus UTC, None until the site is known
    """

    language: Language
    utc_offset_s: int | None

    def say(self, sentence: str) -> None:
        """A sentence about the station itself."""

    def tell(self, t_ns: int, sentence: str) -> None:
        """Something that happened at the site, at its time."""

    def prepared_so_far(self, progress: Progress) -> None:
        """How far the engine is; share 1 ends it."""


def say_reason(terminal: Terminal, reason: Reason) -> None:
    """What a part of the program found, in the terminal's language."""
    terminal.say(word(reason, terminal.language))


def say(terminal: Terminal, code: str, **arguments: float | str) -> None:
    """A sentence of the catalogue, in the terminal's language."""
    terminal.say(word(Reason(code, tuple(arguments.items())), terminal.language))


def not_taken(detail: str, because: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """That changed settings are not in force, and each reason why; detail where no reason says it."""
    if not because:
        return (Reason("station.settings.refused", (("detail", detail),)),)
    return (Reason("station.settings.not_taken"), *because)


def prepared(terminal: Terminal, compiled: int, took_s: float) -> None:
    """Say that the engine is ready, and whether that took compiling."""
    if compiled:
        say(terminal, "station.prepared", time_s=took_s, kernel_count=float(compiled))
    else:
        say(terminal, "station.prepared.before", time_s=took_s)
