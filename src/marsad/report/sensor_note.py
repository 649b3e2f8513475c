"""Why a sensor's health is what it is, in words for people.

The site writes some notes, the sensor the rest: what the site or the standard says is translated, a
sensor's own free words stay as they came.
"""

import re
from functools import lru_cache
from importlib.resources import files
from json import loads

from marsad.model.sensor import Sensor, SensorHealth
from marsad.report.wording import Tongue, catalogue, filled, isolated, language_of, say

# "clutter: heavy": a kind of the standard, with or without the sensor's own words
_PART = re.compile(r"([a-z ]+?)(?:: (.*))?", re.DOTALL)


def note_text(sensor: Sensor, tongue: Tongue) -> str:
    """The note of a sensor; that no reason was recorded where one was due; "" for none."""
    if sensor.note:
        return "; ".join(_part(part, tongue) for part in sensor.note.split("; "))
    return say("sensor_note.not_given", tongue) if sensor.health is SensorHealth.DEGRADED else ""


def _part(part: str, tongue: Tongue) -> str:
    for pattern, key in _patterns():
        if match := pattern.fullmatch(part):
            return filled(key, tongue, match.groupdict())
    if match := _PART.fullmatch(part):
        label = catalogue(language_of(tongue)).get(f"sensor_status.{match[1].replace(' ', '_')}")
        if label is not None:
            return label if match[2] is None else f"{label}: {isolated(match[2], tongue)}"
    return isolated(part, tongue)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The site's own sentences, written for the console's language, which names groups without a P."""
    listed = loads((files("marsad.report.wording") / "sensor_notes.json").read_text("utf-8"))
    return tuple((re.compile(pattern.replace("(?<", "(?P<")), key) for pattern, key in listed)
