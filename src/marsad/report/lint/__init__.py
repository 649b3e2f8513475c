"""What a public statement must not say: who, why, from where, how it was seen, where people hide.

Word lists per language beside this file; ``numbers`` checks that every number is in the record.
The check is a net, not a judge: a person approves every statement.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from marsad.model.incident import Incident, SeriesFacts
from marsad.model.site import Site
from marsad.report.facts import NOUNS
from marsad.report.lint.numbers import GLUED, strange_numbers, word_lists
from marsad.report.wording import Language, say

CATEGORIES = ("attribution", "cause", "origin", "sensor", "shelter")
_MARKS = re.compile("[\u064b-\u0652\u0640\u2066-\u2069]")  # vowel signs, tatweel, isolates
_LATIN_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


def lint_statement(
    text: str,
    incident: Incident,
    language: Language,
    *,
    site: Site | None = None,
    series: SeriesFacts | None = None,
    previous: Incident | None = None,
) -> list[str]:
    """Faults of a statement, each in a sentence that quotes the words; empty if none is found.

    site     gives local time and the names that may stand in the text; without it times of any
             offset of whole quarter hours are taken for local
    series   without it nothing about the series of attacks can be checked, so nothing may be said
    previous the version that a correction takes back: what it held may be quoted
    """
    records = [incident] if previous is None else [incident, previous]
    plain = plain_text(text)
    names = () if site is None else (site.name_en, site.name_ar, site.site_id)
    for name in sorted(filter(None, names), key=len, reverse=True):
        plain = plain.replace(plain_text(name), " ")
    faults = [
        say(f"lint.{category}", language, found=found.group().strip())
        for category in CATEGORIES
        for found in _pattern(language, category).finditer(plain)
    ]
    if site is not None:
        zones = [name for zone in site.zones for name in (zone.name_en, zone.name_ar)]
        named = [name for name in dict.fromkeys(zones) if len(name) > 2 and plain_text(name) in plain]
        faults += [say("lint.zone", language, found=name) for name in named]
    faults += [say("lint.kind", language, found=found) for found in _strange_kinds(plain, records, language)]
    strange = strange_numbers(plain, records, language, site, series)
    return faults + [say("lint.number", language, found=found) for found in strange]


def _strange_kinds(plain: str, records: Sequence[Incident], language: Language) -> list[str]:
    """Kinds of object that the text names and no version of the record holds."""
    held = {NOUNS.get(item.class_name) for record in records for item in record.objects}
    glued = GLUED if language == "ar" else ""
    strange: list[str] = []
    for kind, words in word_lists(language)["kinds"].items():
        if kind not in held:
            pattern = rf"\b{glued}(?:{'|'.join(words)})\b"
            strange += [match.group() for match in re.finditer(pattern, plain)]
    return strange


def plain_text(text: str) -> str:
    """Text without vowel signs and direction marks, with Latin digits, lower case."""
    return _MARKS.sub("", text).translate(_LATIN_DIGITS).casefold()


@lru_cache(maxsize=32)
def _pattern(language: Language, category: str) -> re.Pattern[str]:
    glued = GLUED if language == "ar" else ""
    return re.compile(rf"\b{glued}(?:{'|'.join(word_lists(language)[category])})\b")
