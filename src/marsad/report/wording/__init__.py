"""Sentences in Arabic and English: catalogues, numbers, plurals.

Every room lays its sentences into ``en/<room>.json`` and ``ar/<room>.json``, equal keys. A sentence
is a Python format string that knows only ``{name}`` and ``{name:.Nf}``.

Digits: Arabic prose has Arabic-Indic digits (٠١٢) and the Arabic decimal separator. Identifiers keep
Latin ones, so that they can be compared with a screen or a log: every argument whose name ends in
``_id``, and every argument given as text. Text with Latin letters inside Arabic is isolated (Unicode
FSI … PDI), so that it cannot disturb the order of its neighbours.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from json import JSONDecodeError, loads
from math import isnan
from string import Formatter
from types import MappingProxyType
from typing import Literal

from marsad.errors import RecordingError
from marsad.model.reason import Reason

Language = Literal["ar", "en"]
LANGUAGES: tuple[Language, ...] = ("ar", "en")

_ARABIC_DIGITS = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: Language) -> Mapping[str, str]:
    """Every sentence of a language. Raises RecordingError if two rooms use one key."""
    sentences: dict[str, str] = {}
    owner: dict[str, str] = {}
    folder = files(__package__) / language
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".json"):
            continue
        try:
            room = loads(file.read_text("utf-8"), object_pairs_hook=_without_doubles)
        except (JSONDecodeError, ValueError) as error:
            raise RecordingError(f"wording/{language}/{file.name}: {error}") from error
        for key, sentence in room.items():
            if key in sentences:
                raise RecordingError(f"wording/{language}: {key!r} is in {owner[key]} and in {file.name}")
            sentences[key], owner[key] = sentence, file.name
    return MappingProxyType(sentences)


def word(reason: Reason, language: Language, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A reason as a sentence; a code without a sentence (of a newer version) stands as it is.

    names   what identifiers are called, such as zone_id → name of the zone
    """
    arguments = {
        name: names.get(value, value) if isinstance(value, str) else value for name, value in reason.arguments
    }
    if reason.code not in catalogue(language):
        return reason.code
    return filled(reason.code, language, arguments)


def filled(key: str, language: Language, arguments: Mapping[str, float | str]) -> str:
    """The sentence of a key with its arguments put in. Raises KeyError for an unknown key.

    An argument that is missing or NaN is said to be unknown: a report with a gap is better than none.
    """
    sentences = catalogue(language)
    parts: list[str] = []
    for literal, name, spec, _ in Formatter().parse(sentences[key]):
        parts.append(literal)
        if name is None:
            continue
        value = arguments.get(name)
        if value is None or (isinstance(value, float) and isnan(value)):
            parts.append(sentences["value.unknown"])
        elif isinstance(value, str):
            parts.append(isolated(value, language))
        else:
            text = format(value, spec or "")
            parts.append(text if name.endswith("_id") else digits(text, language))
    return "".join(parts).strip()


def say(key: str, language: Language, **arguments: float | str) -> str:
    """``filled`` for arguments known by name where it is called."""
    return filled(key, language, arguments)


def digits(text: str, language: Language) -> str:
    """Digits and decimal point of a number as the language writes them."""
    return text.translate(_ARABIC_DIGITS) if language == "ar" else text


def isolated(text: str, language: Language) -> str:
    """Text of unknown direction, safe inside a sentence; Latin letters in Arabic are set apart."""
    latin = any(character.isascii() and character.isalpha() for character in text)
    if language == "en" or not latin or _FIRST_STRONG_ISOLATE in text:
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def plural_category(count: int, language: Language) -> str:
    """The plural category of a whole number: zero, one, two, few, many, other.

    Source: Unicode CLDR 46, supplemental/plurals.xml, cardinal rules of ar and en.
    """
    if count < 0:
        raise ValueError(f"{count} things cannot be counted")
    if language == "en":
        return "one" if count == 1 else "other"
    if count <= 2:
        return ("zero", "one", "two")[count]
    rest = count % 100
    if 3 <= rest <= 10:
        return "few"
    return "many" if rest >= 11 else "other"


def counted(noun: str, count: int, language: Language, *, oblique: bool = False) -> str:
    """A number with its noun, such as "two drones" and «طائرتان مسيّرتان».

    noun      a key under ``count.``
    oblique   the Arabic dual as an object or after a preposition: «طائرتين»

    0, 1 and 2 have words of their own in both languages, as CLDR lets explicit forms go first.
    """
    category = ("zero", "one", "two")[count] if count in (0, 1, 2) else plural_category(count, language)
    if category == "two" and oblique:
        category = "two_oblique"
    return filled(f"count.{noun}.{category}", language, {"count": float(count)})


def joined(parts: list[str], language: Language) -> str:
    """A list in a sentence: "a, b and c", «أ وب وج»."""
    if not parts:
        return ""
    text = parts[0]
    for number, part in enumerate(parts[1:], 2):
        key = "join.and" if number == len(parts) else "join.comma"
        text = catalogue(language)[key].format(first=text, last=part)
    return text


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, str]:
    room: dict[str, str] = {}
    for key, sentence in pairs:
        if key in room:
            raise ValueError(f"{key!r} is there twice")
        if not isinstance(sentence, str):
            raise ValueError(f"{key!r} must be a sentence, not {sentence!r}")
        room[key] = sentence
    return room
