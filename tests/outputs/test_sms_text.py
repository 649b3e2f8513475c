"""The length of an SMS by 3GPP TS 23.038, and texts that lose whole sentences and never a part of one."""

from dataclasses import replace

import pytest

from marsad.model.announcement import Announcement, AnnouncementKind, Purpose
from marsad.model.reason import Reason
from marsad.model.site import Site, Zone
from marsad.model.threat import Level
from marsad.outputs.settings.sms import BESIDE_MAX
from marsad.outputs.sms_text import Length, fitted, length_of
from marsad.report.wording import LANGUAGES, catalogue
from marsad.warning.sentences import pieces

from .conftest import announced, drilled

ARABIC = "احتموا فوراً"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", Length("GSM-7", 0, 1)),
        ("a" * 160, Length("GSM-7", 160, 1)),
        ("a" * 161, Length("GSM-7", 161, 2)),
        ("a" * 306, Length("GSM-7", 306, 2)),
        ("a" * 307, Length("GSM-7", 307, 3)),
        ("€" * 80, Length("GSM-7", 160, 1)),
        ("€" * 81, Length("GSM-7", 162, 2)),
        # 153 is odd: an escape and its letter stay together, so a part carries 76 of them
        ("€" * 153, Length("GSM-7", 306, 3)),
        ("Zoë", Length("UCS-2", 3, 1)),
        ("è[]{}", Length("GSM-7", 9, 1)),
        ("ب" * 70, Length("UCS-2", 70, 1)),
        ("ب" * 71, Length("UCS-2", 71, 2)),
        ("ب" * 134, Length("UCS-2", 134, 2)),
        ("ب" * 135, Length("UCS-2", 135, 3)),
        ("😀" * 35, Length("UCS-2", 70, 1)),
        ("😀" * 67, Length("UCS-2", 134, 3)),  # 33 in each part: none is torn
    ],
)
def test_lengths_are_those_of_the_standard(text: str, length: Length) -> None:
    assert length_of(text) == length


def test_whole_sentences_are_left_out() -> None:
    said = ["Take cover now.", "Fuel.", "x" * 150 + ".", "Drone, 42 seconds."]
    assert fitted(said, 1) == "Take cover now. Fuel. Drone, 42 seconds."
    assert fitted(said, 2) == " ".join(said)
    assert fitted(said, 1, "Marsad: {text}") == "Marsad: Take cover now. Fuel. Drone, 42 seconds."
    assert fitted(["x" * 200 + "."], 1) == "x" * 200 + ".", "what to do is never cut"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("parts_max", [1, 2, 6])
@pytest.mark.parametrize("kind", list(AnnouncementKind))
@pytest.mark.parametrize("stage", [Level.ALERT, Level.WARN])
def test_every_announcement_fits_and_says_what_to_do_first(
    site: Site, language: str, parts_max: int, kind: AnnouncementKind, stage: Level
) -> None:
    name = "St. John's " * 20  # a name with full stops, longer than a message
    zone = Zone("fuel", name, "الوقود. " * 30, (), (0.0, 0.0), 100.0)
    reasons = (Reason("alarm.retracted", (("words", "it was our own drone"),)),)
    around = {"ar": "ب" * BESIDE_MAX["ar"] + "{text}", "en": "b" * BESIDE_MAX["en"] + "{text}"}
    words = catalogue("ar" if language == "ar" else "en")
    for first in (announced(kind=kind), replace(drilled(), kind=kind, purpose=Purpose.EXERCISE)):
        for place in (site, replace(site, zones=(zone,))):
            one: Announcement = replace(first, stage=stage, reasons=reasons)
            said = pieces(one, place, words, language)
            text = fitted(said, parts_max, around[language])
            assert length_of(text).parts <= parts_max, text
            left = text.removeprefix(around[language].removesuffix("{text}"))
            assert left.startswith(said[0])
            kept = [piece for piece in said if piece in left]
            assert " ".join(kept) == left, "whole sentences, in their order, and nothing else"


def test_an_arabic_warning_finds_room_in_one_part(site: Site) -> None:
    text = fitted(pieces(announced(), site, catalogue("ar"), "ar"), 1)
    assert text.startswith(ARABIC) and "الوقود" in text and "42" in text
    assert length_of(text) == Length("UCS-2", len(text), 1)


def test_the_words_are_those_of_every_other_output(site: Site) -> None:
    from marsad.warning.sentences import sentences

    for language in LANGUAGES:
        words = catalogue(language)
        whole = sentences(announced(), site, words, language)
        assert " ".join(pieces(announced(), site, words, language)) == f"{whole.headline} {whole.instruction}"
