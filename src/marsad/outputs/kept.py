"""A word that an output keeps: the machine's clock may be set meanwhile, and it holds as long as it has.

Outputs are told UTC, as their receivers are. What is kept is kept in site time, which nobody sets, and is UTC
again whenever it is looked at, as it is by then (docs/decisions/0050).
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from marsad.model.utc import moved
from marsad.outputs.transmitter import Word

Kind = TypeVar("Kind", bound=Word)


class Kept(Generic[Kind]):
    """One word. It must be kept at once as it is handed on, before the clock can be set.

    utc_offset_ns   UTC minus site time, as the words that are handed out now have it
    """

    __slots__ = ("_utc_offset_ns", "_word")

    def __init__(self, word: Kind, utc_offset_ns: Callable[[], int]) -> None:
        self._word = moved(word, -utc_offset_ns())
        self._utc_offset_ns = utc_offset_ns

    @property
    def word(self) -> Kind:
        """The word, by the clock as it is now."""
        return moved(self._word, self._utc_offset_ns())
