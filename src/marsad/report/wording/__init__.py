"""Sentences in Arabic and English: catalogues, numbers, plurals.

Every room lays its sentences into ``en/<room>.json`` and ``ar/<room>.json``, equal keys. A sentence
is a Python format string that knows only ``{name}``, ``{name:.Nf}`` and, for how long something takes or what
time is left, ``{name_s:m:ss}``, as the console has it. A number put in as ``{zone_count}``
comes with its noun, the ``count.zone`` of the catalogue: "one zone", «منطقتان».

Digits: what is live has Latin digits in both languages, for they match radio, charts and sensors; a
bare language code means that. Arabic documents have the digits their site chose (see ``Style``), with the
Arabic decimal separator, track numbers included. Identifiers that mix letters and digits are text and stay
as they are. What is not Arabic inside Arabic, signed numbers too, is isolated (Unicode LRI or FSI … PDI), so
that it cannot disturb the order of its neighbours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from json import JSONDecodeError, loads
from math import isfinite, isnan
from string import Formatter
from types import MappingProxyType
from typing import Literal

from marsad.errors import RecordingError
from marsad.model.language import LANGUAGES as LANGUAGES
from marsad.model.language import Language as Language
from marsad.model.reason import Reason
from marsad.model.site import MonthNames, Numerals, Site

Case = Literal["nominative", "accusative", "genitive"]

_ARABIC_DIGITS = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
BETWEEN = ", "  # the names of people in a record who did something together
_OF_THE_CATALOGUE = ("checklist.", "report.outcome.", "prepared.")
_TOGETHER = frozenset({"people", "deputies"})
_OUTPUT = "output"
_MINUTES = "m:ss"
_COUNT = "_count"  # ends the name of a number that its noun goes with
_LEFT_TO_RIGHT_ISOLATE, _FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2066", "\u2068", "\u2069"
_ISOLATES = frozenset("\u2066\u2067\u2068")
# a hyphen or a sign beside a digit; colons, points and slashes between digits are safe in Arabic
_TURNS_ROUND = re.compile(r"[A-Za-z]|[0-9٠-٩]\s*[-–−+±]|[-–−+±]\s*[0-9٠-٩]")


@dataclass(frozen=True, slots=True)
class Style:
    """A language as one document writes it."""

    language: Language
    numerals: Numerals = Numerals.LATIN
    month_names: MonthNames = MonthNames.LEVANT


Tongue = Language | Style


def document_style(site: Site, language: Language) -> Style:
    """How reports and statements of a site write a language."""
    return Style(language, site.numerals, site.month_names)


def style_of(tongue: Tongue) -> Style:
    """The style itself; that of what is live for a bare language."""
    return tongue if isinstance(tongue, Style) else Style(tongue)


def language_of(tongue: Tongue) -> Language:
    """The language alone."""
    return tongue.language if isinstance(tongue, Style) else tongue


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


def word(reason: Reason, tongue: Tongue, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A reason as a sentence; a code without a sentence (of a newer version) stands as it is.

    names   what identifiers are called, such as zone_id → name of the zone
    """
    sentences = catalogue(language_of(tongue))
    arguments = {
        name: _called(name, value, names, tongue) if isinstance(value, str) else value
        for name, value in reason.arguments
    }
    if reason.code not in sentences:
        return reason.code
    return filled(reason.code, tongue, arguments)


def _called(argument: str, value: str, names: Mapping[str, str], tongue: Tongue) -> str:
    """What an identifier is called: by its name; by the catalogue where it is a duty, an outcome, a reason.

    People who did something together are in one text, "A, B".
    """
    if value.startswith(_OF_THE_CATALOGUE):
        sentences = catalogue(language_of(tongue))
        return sentences.get(value, names.get(value, value))
    if argument == _OUTPUT:  # it has no name but this; a zone may have the same identifier
        return value
    if argument in _TOGETHER and value not in names:
        return comma(tongue).join(names.get(one, one) for one in value.split(BETWEEN))
    return names.get(value, value)


def filled(key: str, tongue: Tongue, arguments: Mapping[str, float | str]) -> str:
    """The sentence of a key with its arguments put in. Raises KeyError for an unknown key.

    An argument that is missing or NaN is said to be unknown: a report with a gap is better than none.
    """
    sentences = catalogue(language_of(tongue))
    parts: list[str] = []
    for literal, name, spec, _ in Formatter().parse(sentences[key]):
        parts.append(literal)
        if name is None:
            continue
        value = arguments.get(name)
        if value is None or (isinstance(value, float) and isnan(value)):
            parts.append(sentences["value.unknown"])
        elif isinstance(value, str):
            parts.append(isolated(value, tongue))
        elif name.endswith(_COUNT):
            parts.append(counted(name.removesuffix(_COUNT), round(value), tongue))
        else:
            parts.append(number(value, spec or "", tongue))
    return "".join(parts).strip()


def say(key: str, tongue: Tongue, **arguments: float | str) -> str:
    """``filled`` for arguments known by name where it is called."""
    return filled(key, tongue, arguments)


def number(value: float, spec: str, tongue: Tongue) -> str:
    """A number by a format such as ``.1f``: a true minus sign, none before a zero, safe in Arabic.

    ``m:ss`` has seconds as minutes and seconds; what has run out is 0:00.
    """
    if spec == _MINUTES:
        whole = max(0, round(value)) if isfinite(value) else 0
        return digits(f"{whole // 60}:{whole % 60:02}", tongue)
    text = format(value, spec)
    if not text.startswith("-"):
        return digits(text, tongue)
    size = text[1:]
    if not size.strip("0."):
        return digits(size, tongue)
    signed = "−" + digits(size, tongue)
    if language_of(tongue) == "en":
        return signed
    return f"{_LEFT_TO_RIGHT_ISOLATE}{signed}{_POP_ISOLATE}"


def comma(tongue: Tongue) -> str:
    """What stands between the members of a bare list."""
    return "، " if language_of(tongue) == "ar" else ", "


def digits(text: str, tongue: Tongue) -> str:
    """Digits and decimal point of a number as the document writes them."""
    style = style_of(tongue)
    arabic = style.language == "ar" and style.numerals is Numerals.ARABIC_INDIC
    return text.translate(_ARABIC_DIGITS) if arabic else text


def isolated(text: str, tongue: Tongue) -> str:
    """Text of unknown direction, safe inside a sentence; in Arabic what would turn round is set apart.

    That is Latin letters, and digits with signs or hyphens: dates, identifiers, offsets.
    """
    if language_of(tongue) == "en" or not _TURNS_ROUND.search(text) or _ISOLATES & set(text):
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


def counted(noun: str, count: int, tongue: Tongue, *, case: Case = "nominative") -> str:
    """A number with its noun, such as "two drones" and «طائرتان مسيّرتان».

    noun   a key under ``count.``
    case   how Arabic bends it: accusative as an object («صاروخاً واحداً»), genitive after a
           preposition; the dual has one form for both

    0, 1 and 2 have words of their own in both languages, as CLDR lets explicit forms go first.
    """
    language = language_of(tongue)
    category = ("zero", "one", "two")[count] if count in (0, 1, 2) else plural_category(count, language)
    if category == "two" and case != "nominative":
        category = "two_oblique"
    if category == "one" and case == "accusative":
        category = "one_accusative"
    return filled(f"count.{noun}.{category}", tongue, {"count": float(count)})


def joined(parts: list[str], tongue: Tongue) -> str:
    """A list in a sentence: "a, b and c", «أ وب وج»."""
    if not parts:
        return ""
    text = parts[0]
    for number, part in enumerate(parts[1:], 2):
        key = "join.and" if number == len(parts) else "join.comma"
        text = catalogue(language_of(tongue))[key].format(first=text, last=part)
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
