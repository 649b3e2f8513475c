"""What a public statement must not say: who, why, from where, how it was seen, where people hide.

Word lists per language beside this file; ``numbers`` checks that every number is in the record.
The check is a net, not a judge: a person approves every statement.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from marsad.model.incident import Incident, SeriesFacts
from marsad.model.site import Site
from marsad.report.facts import NOUNS, place_called
from marsad.report.lint.numbers import strange_numbers
from marsad.report.lint.words import Plain, glued, plain_of, plain_text, word_lists
from marsad.report.wording import LANGUAGES, Language, say

CATEGORIES = ("attribution", "cause", "origin", "sensor", "shelter")


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
    plain = plain_of(text).without(_names(site, series))
    faults = [
        say(f"lint.{category}", language, found=plain.quoted(found).strip())
        for category in CATEGORIES
        for found in _pattern(language, category).finditer(plain.text)
    ]
    if site is not None:
        zones = [name for zone in site.zones for name in (zone.name_en, zone.name_ar)]
        named = [name for name in dict.fromkeys(zones) if len(name) > 2 and plain_text(name) in plain.text]
        faults += [say("lint.zone", language, found=name) for name in named]
    faults += [say("lint.kind", language, found=found) for found in _strange_kinds(plain, records, language)]
    strange = strange_numbers(plain.text, records, language, site, series)
    return faults + [say("lint.number", language, found=found) for found in strange]


def _names(site: Site | None, series: SeriesFacts | None) -> list[str]:
    """Names that may stand in a statement: the site's, and that of the place of the attack before."""
    if site is None:
        return []
    names = [site.name_en, site.name_ar, site.site_id]
    if series is not None and series.previous_site_id:
        names += [place_called(series.previous_site_id, site, language) for language in LANGUAGES]
    return sorted(filter(None, names), key=len, reverse=True)


def _strange_kinds(plain: Plain, records: Sequence[Incident], language: Language) -> list[str]:
    """Kinds of object that the text names and no version of the record holds."""
    objects = [item for record in records for item in record.objects]
    # of what is unproved it is said what it may be
    held = {NOUNS.get(name) for item in objects for name in (item.class_name, item.told_class)}
    strange: list[str] = []
    for kind, words in word_lists(language)["kinds"].items():
        if kind not in held:
            pattern = rf"\b(?:{'|'.join(glued(word, language) for word in words)})\b"
            strange += [plain.quoted(match) for match in re.finditer(pattern, plain.text)]
    return strange


@lru_cache(maxsize=32)
def _pattern(language: Language, category: str) -> re.Pattern[str]:
    words = [glued(word, language) for word in word_lists(language)[category]]
    return re.compile(rf"\b(?:{'|'.join(words)})\b")
