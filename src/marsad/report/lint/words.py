"""The word lists of the check, and text made plain enough to be compared with them.

Arabic is written with and without vowel signs, hamza, and a dotted final yeh; and it glues "and", "so",
"by", "as", "to" and the article to the word. Lists and text are folded alike, so that none of it hides one.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from json import loads
from typing import Any

from marsad.report.wording import Language

_MARKS = re.compile("[\u064b-\u0652\u0640\u200e\u200f\u2066-\u2069]")  # vowel signs, tatweel, directions
_FOLDED = str.maketrans("أإآٱىؤئ٠١٢٣٤٥٦٧٨٩", "اااايوي0123456789")
_GLUED = "[وف]?[بكل]?"


@dataclass(frozen=True, slots=True)
class Plain:
    """A text as it is compared, with the place of each of its letters in what was written."""

    text: str
    written: str
    places: tuple[int, ...]

    def without(self, names: list[str]) -> "Plain":
        """The same with names blotted out, letter by letter, the longest given first."""
        text = self.text
        for name in names:
            text = text.replace(plain_text(name), " " * len(plain_text(name)))
        return Plain(text, self.written, self.places)

    def quoted(self, match: "re.Match[str]") -> str:
        """What was found, as it was written."""
        if match.end() == match.start():
            return ""
        return self.written[self.places[match.start()] : self.places[match.end() - 1] + 1]


def plain_of(text: str) -> Plain:
    """A text made plain."""
    places = tuple(place for place, letter in enumerate(text) if not _MARKS.match(letter))
    return Plain("".join(_plain_letter(text[place]) for place in places), text, places)


def plain_text(text: str) -> str:
    """Text without vowel signs and direction marks, hamza folded, with Latin digits, lower case."""
    return plain_of(text).text


def _plain_letter(letter: str) -> str:
    folded = letter.translate(_FOLDED)
    lower = folded.casefold()
    return lower if len(lower) == 1 else folded


@lru_cache(maxsize=2)
def word_lists(language: Language) -> dict[str, Any]:
    """The word lists of a language, folded as texts are."""
    text = (files("marsad.report.lint") / f"{language}.json").read_text("utf-8")
    lists: dict[str, Any] = loads(text.translate(_FOLDED))
    return lists


def glued(pattern: str, language: Language) -> str:
    """A pattern of the lists with what the language may glue before it: «وللميليشيات» for «(ال)?ميليشيا»."""
    if language == "en":
        return pattern
    if pattern.startswith("(ال)?"):
        return f"{_GLUED}(?:ال|لل)?{pattern.removeprefix('(ال)?')}"
    if pattern.startswith("ال"):
        return f"{_GLUED}(?:ال|لل){pattern.removeprefix('ال')}"
    return _GLUED + pattern
