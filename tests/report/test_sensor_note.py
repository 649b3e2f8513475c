"""Why a sensor is as it is, in both languages."""

import json
import re
from importlib.resources import files

import pytest

from marsad.model.sensor import Sensor, SensorHealth, SensorKind
from marsad.report.sensor_note import note_text
from marsad.report.wording import LANGUAGES, Language, catalogue


def sensor(note: str, health: SensorHealth = SensorHealth.DEGRADED) -> Sensor:
    return Sensor("s-1", "Camera", SensorKind.CAMERA, "sensors", health=health, note=note)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_degraded_sensor_always_has_a_reason(language: Language) -> None:
    assert note_text(sensor(""), language) == catalogue(language)["sensor_note.not_given"]
    assert note_text(sensor("", SensorHealth.OK), language) == ""


@pytest.mark.parametrize(
    "note",
    [
        *(
            "connection closed",
            "no line yet",
            "no line for 30 s",
            "forgotten to make room",
            "fault without a word",
        ),
        *("silent for more than 3 status intervals", "no status report for 3 intervals"),
        *("far off in range; far off in azimuth", "far off in elevation", "far off in clock"),
        *("clutter", "weather; internal fault"),
        *("claimed from 10.0.0.66", "claimed by another connection", "may speak from another address only"),
        *("speaks on feed 2 as well", "known by its certificate on feed 2"),
        *("range rate does not fit", "no room for it: as many sensors are in use as there may be"),
    ],
)
def test_what_the_site_and_the_standard_say_is_translated(note: str) -> None:
    assert not re.search("[A-Za-z]", note_text(sensor(note), "ar"))
    numbers = re.findall(r"\d+", note)
    assert all(re.findall(r"\d+", note_text(sensor(note), language)) == numbers for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sensor_s_own_words_stay_as_they_came(language: Language) -> None:
    assert note_text(sensor("antenna iced"), language).strip("\u2068\u2069") == "antenna iced"
    label = catalogue(language)["sensor_status.weather"]
    told = note_text(sensor("weather: Sandstorm"), language)
    assert told.replace("\u2068", "").replace("\u2069", "") == f"{label}: Sandstorm"


def test_every_pattern_has_its_sentence_in_both_languages() -> None:
    listed = json.loads((files("marsad.report.wording") / "sensor_notes.json").read_text("utf-8"))
    assert listed and all(key in catalogue(language) for _, key in listed for language in LANGUAGES)
