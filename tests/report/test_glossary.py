"""One word per concept: every catalogue, the console's too, against the glossary of both languages."""

import json
import re
from fnmatch import fnmatch
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from marsad.report.lint.words import glued

ROOT = Path(__file__).parents[2]
WORDING = Path(str(files("marsad.report.wording")))
GLOSSARY: dict[str, Any] = json.loads((WORDING / "glossary.json").read_text("utf-8"))
TERMS: list[dict[str, Any]] = GLOSSARY["terms"]
_MARKS = re.compile("[\u064b-\u0652\u0640\u2066-\u2069]")


@lru_cache(maxsize=1)
def pairs() -> dict[str, tuple[str, str]]:
    """Every sentence there is: where and which → (English, Arabic)."""
    rooms = [
        (f"wording/{path.name}", path, WORDING / "ar" / path.name)
        for path in sorted((WORDING / "en").glob("*.json"))
    ]
    console = ROOT / "console" / "src" / "i18n"
    rooms.append(("console", console / "en.json", console / "ar.json"))
    found = {}
    for room, english, arabic in rooms:
        one, other = (json.loads(path.read_text("utf-8")) for path in (english, arabic))
        assert list(one) == list(other), f"{room}: the same keys in the same order in both languages"
        found.update({f"{room} {key}": (one[key], other[key]) for key in one})
    return found


def plain(text: str) -> str:
    """Arabic without vowel signs."""
    return _MARKS.sub("", text)


def whole_word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{glued(pattern, 'ar')})\b")


def of(key: str, patterns: list[str]) -> bool:
    return any(fnmatch(key.split(" ", 1)[1], pattern) for pattern in patterns)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: str(term["concept"]))
def test_what_is_said_in_english_has_its_one_word_in_arabic(term: dict[str, Any]) -> None:
    if not term["says"]:
        return
    english, arabic = (re.compile(pattern) for pattern in term["says"])
    wrong = {
        key: sentences
        for key, sentences in pairs().items()
        if english.search(re.sub(r"\{(?!bearing)\w*:?[^}]*\}", "", sentences[0]).casefold())
        and not arabic.search(plain(sentences[1]))
        and not of(key, term.get("except", []))
    }
    assert wrong == {}
    assert arabic.search(plain(term["arabic"])) or term["concept"].startswith("the order")


@pytest.mark.parametrize("term", TERMS, ids=lambda term: str(term["concept"]))
def test_forbidden_variants_do_not_occur(term: dict[str, Any]) -> None:
    guide = (ROOT / "docs" / "guide" / "ar.md").read_text("utf-8")
    texts = {"guide": guide} | {key: arabic for key, (_, arabic) in pairs().items()}
    found = {
        (key, match.group())
        for variant in term["forbidden"]
        for key, text in texts.items()
        for match in whole_word(plain(variant)).finditer(plain(text))
    }
    found |= {
        (key, variant)
        for variant in term.get("forbidden_english", [])
        for key, (english, _) in pairs().items()
        if variant in english.casefold()
    }
    assert found == set()


@pytest.mark.parametrize("name", GLOSSARY["spelling"])
def test_one_spelling(name: str) -> None:
    wrong = GLOSSARY["spelling"][name]["wrong"]
    assert {key for key, (_, arabic) in pairs().items() if wrong in arabic} == set()


def test_only_the_all_clear_reads_as_the_all_clear() -> None:
    rule = GLOSSARY["all_clear"]
    announced = re.compile(rule["elsewhere_only_as"])
    wrong = {
        key: arabic
        for key, (_, arabic) in pairs().items()
        if not of(key, rule["keys"]) and re.search(rule["phrase"], announced.sub("", plain(arabic)))
    }
    assert wrong == {}


def test_the_public_is_told_in_the_plural() -> None:
    rule = GLOSSARY["public"]
    told = {key: arabic for key, (_, arabic) in pairs().items() if of(key, rule["keys"])}
    assert len(told) > 20
    wrong = {
        (key, match.group())
        for singular in rule["singular"]
        for key, arabic in told.items()
        for match in re.finditer(rf"\b[وف]?{singular}\b", plain(arabic))
    }
    assert wrong == set()


def test_a_level_is_never_called_by_the_word_of_another() -> None:
    """Where level 2 is told, the word of level 3 stands only in «إنذار التأهّب», the alarm of that level."""
    for key, (_, arabic) in pairs().items():
        name = key.split(" ", 1)[1]
        text = plain(arabic)
        if re.search(r"[._]alert\b|^level\.2|^alarm\.stage\.2", name) and name != "report.step.alert":
            assert re.search("تأهب|تقترب|كشف", text), key
            assert "إنذار" not in re.sub("إنذار (ال)?تأهب", "", text), key
        if re.search(r"[._]warn\b|^level\.3|^alarm\.stage\.3|^rule\.warn_", name):
            assert re.search("إنذار|احتموا", text), key
            assert "تأهب" not in text, key


def test_equal_sentences_are_equal_in_the_other_language() -> None:
    """What the console and the report both say in English, they say alike in Arabic."""
    said: dict[str, dict[str, list[str]]] = {}
    for key, (english, arabic) in pairs().items():
        if re.search(r"count\.|date\.|ordinal\.|\.(one|two|few|many)$", key):
            continue  # Arabic bends what English does not
        said.setdefault(english.strip(" .").casefold(), {}).setdefault(arabic.strip(" ."), []).append(key)
    unlike = {english: forms for english, forms in said.items() if len(forms) > 1}
    for english in GLOSSARY["one_english_two_arabic"]:
        assert len(unlike.pop(english)) > 1
    assert unlike == {}


def test_no_latin_is_left_over_in_arabic() -> None:
    allowed = sorted(GLOSSARY["latin_allowed"], key=len, reverse=True)
    for key, (_, arabic) in pairs().items():
        literal = "".join(part for part, *_ in Formatter().parse(arabic))
        for word in allowed:
            literal = re.sub(rf"\b{word}\b", "", literal)
        assert not re.search("[A-Za-z]", literal), (key, arabic)
