"""What outputs need beside their settings: lists of people for every zone, recordings of all that is said."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marsad.errors import LinkError
from marsad.model.language import LANGUAGES
from marsad.model.settings import known, skipping_unknown
from marsad.model.site import Mode
from marsad.outputs.clips import MANIFEST, clip_faults, is_placeholder, needed_files
from marsad.outputs.recipients import Recipient, recipients_from, unreached
from marsad.outputs.settings import OutputSettings
from marsad.outputs.speech import words_of
from marsad.report.wording import catalogue

Found = Iterator[tuple[tuple[str | int, ...], str]]


def material_findings(output: OutputSettings, zones: Mapping[str, Mapping[str, str]], mode: Mode) -> Found:
    """What is wrong with the lists and recordings of an output, and the key where that stands.

    zones   name of each zone of the site by identifier and language
    mode    of the site
    """
    one: Any = output  # maybe with a part that is faulty itself
    with skipping_unknown:
        match one.standard:
            case "smtp" | "sms":
                yield from _people(one, zones)
            case "rtp":
                yield from _recordings(one, zones, mode)


def _people(one: Any, zones: Mapping[str, object]) -> Found:
    place = ("recipients_file",)
    try:
        kind = "number" if one.standard == "sms" else "address"
        recipients = recipients_from(Path(one.recipients_file), kind)  # type: ignore[arg-type]
    except LinkError as error:
        yield place, f"recipients_file: {error}"
        return
    served, stages = known(one, "zones", []), known(one, "stages", [])
    for sentence in unreached(recipients, list(zones), lambda zone: not served or zone in served):
        yield place, f"recipients_file: {one.recipients_file}: {sentence}"
    if one.standard == "sms" and one.text and stages:
        yield from _languages(one.text, recipients)


def _languages(text: Mapping[str, str], recipients: tuple[Recipient, ...]) -> Found:
    for language in LANGUAGES:
        count = sum(language in one.languages for one in recipients)
        if count and language not in text:
            sentence = (
                f"text has nothing for {language!r}, in which {count} of the recipients are told: add "
                f"text.{language}, or leave text out"
            )
            yield ("text",), sentence


def _recordings(one: Any, zones: Mapping[str, Mapping[str, str]], mode: Mode) -> Found:
    folder = Path(one.clips)
    names = needed_files(one, list(zones))
    words = {}
    for name in names:
        language, _, clip = name.removesuffix(".wav").partition("/")
        words[name] = words_of(clip, language, catalogue(language), zones)
    for sentence in clip_faults(folder, names, words):
        yield ("clips",), f"clips: {sentence}"
    try:
        if one.live and mode == Mode.LIVE and is_placeholder(folder):
            sentence = (
                f"clips: {folder / MANIFEST} says that a program made these recordings; a site in live mode "
                "speaks with its own: record them and set placeholder to false there, or set live = false"
            )
            yield ("clips",), sentence
    except LinkError as error:
        yield ("clips",), f"clips: {error}"
