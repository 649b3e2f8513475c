"""The log of a counter-drone system in the COURAGEOUS format 0.4.1: its records, reading, writing.

The format of the European project COURAGEOUS, whose method became CEN workshop agreement 18150. Written
from its description; times are UTC in Unix milliseconds, angles in degrees clockwise from true north, heights
above the geoid EGM96. A field that a system cannot know is absent.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from marsad.errors import ConfigError, ConfigFault, ReceivedError

FAULTS_MAX = 50
_SHOWN_MAX = 60
_UINT64_MAX = 2**64 - 1
SPAN_MAX_DAYS = 31
_MS_PER_DAY = 86_400_000
_UNIX_MS = (100_000_000_000, 100_000_000_000_000)  # 1973 to 5138: outside it is not in milliseconds

Classification = Literal["Unknown", "UAV", "GCS", "Other"]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Bearing = Annotated[float, Field(ge=-360, le=360)]
Elevation = Annotated[float, Field(ge=-90, le=90)]
Height = Annotated[float, Field(ge=-10_000, le=1_000_000)]
Speed = Annotated[float, Field(ge=-20_000, le=20_000)]
Whole = Annotated[int, Field(ge=0, le=_UINT64_MAX)]


class Part(BaseModel):
    """A part of a log: types are taken strictly, an unknown field is kept to be told."""

    model_config = ConfigDict(
        strict=True, extra="allow", frozen=True, allow_inf_nan=False, populate_by_name=True
    )


class Place(Part):
    """A place: WGS-84 degrees, height above EGM96 in metres."""

    lat: Latitude
    lon: Longitude
    height_amsl: Height


class Position3d(Place):
    """A location known in all three dimensions."""

    type_: Literal["Position3d"] = Field("Position3d", alias="$type")


class Position2d(Part):
    """A location known on the map only."""

    type_: Literal["Position2d"] = Field("Position2d", alias="$type")
    lat: Latitude
    lon: Longitude


class BearingElevationDistance(Part):
    """A location as seen from the system; distance in metres."""

    type_: Literal["BearingElevationDistance"] = Field("BearingElevationDistance", alias="$type")
    bearing: Bearing
    elevation: Elevation
    distance: float = Field(ge=0, le=10_000_000)


class BearingElevation(Part):
    """A ray from the system."""

    type_: Literal["BearingElevation"] = Field("BearingElevation", alias="$type")
    bearing: Bearing
    elevation: Elevation


class BearingOnly(Part):
    """A direction on the map from the system."""

    type_: Literal["Bearing"] = Field("Bearing", alias="$type")
    bearing: Bearing


class Arc(Part):
    """A sector seen from the system, clockwise from one angle to the other."""

    type_: Literal["Arc"] = Field("Arc", alias="$type")
    from_: Bearing = Field(alias="from")
    to: Bearing


class Quad(Part):
    """A quarter of the compass, 90 degrees about the named direction."""

    type_: Literal["Quad"] = Field("Quad", alias="$type")
    quad: Literal["North", "East", "South", "West"]


Location = Annotated[
    Arc | Quad | BearingOnly | BearingElevation | BearingElevationDistance | Position2d | Position3d,
    Field(discriminator="type_"),
]


class Alarm(Part):
    """Whether the system alerts its operator of the object, and how sure it is, 0 to 1."""

    active: bool
    certainty: float = Field(ge=0, le=1)


class Velocity(Part):
    """Metres per second, about the object's own place."""

    east: Speed
    north: Speed
    up: Speed


class _Record(Part):
    time: Whole
    record_number: Whole
    classification: Classification
    identification: str | None = None
    velocity: Velocity | None = None
    cuas_location: Place | None = None


class DetectionRecord(_Record):
    """A sporadic detection; where it was may be unknown."""

    alarm: Alarm | None = None
    location: Location | None = None


class TrackingRecord(_Record):
    """One moment of a track."""

    alarm: Alarm
    location: Location


class DetectionSet(Part):
    """Detections of what may be one object; without uas_id the system does not know of which."""

    uas_id: Whole | None = None
    name: str | None = None
    uav_home_location: Place | None = None
    records: Annotated[tuple[DetectionRecord, ...], Field(strict=False)]


class TrackSet(Part):
    """One unbroken track; an object that was lost and found again is two, of one uas_id."""

    uas_id: Whole
    name: str | None = None
    uav_home_location: Place | None = None
    records: Annotated[tuple[TrackingRecord, ...], Field(strict=False)]


class Document(Part):
    """A whole log."""

    version: Literal["0.4.1"]
    vendor_name: str
    system_name: str
    static_cuas_location: Place
    detection: tuple[DetectionSet, ...] = Field(strict=False)
    tracks: tuple[TrackSet, ...] = Field(strict=False)


@dataclass(frozen=True, slots=True)
class Log:
    """A log that was read.

    document   what it says
    unknown    JSON paths of fields that the format does not have, each once with list numbers left out
    repeated   record numbers that more than one record has
    """

    document: Document
    unknown: tuple[str, ...]
    repeated: int


def read(data: bytes, name: str) -> Log:
    """The log in a file's bytes. Raises ConfigError with every fault and its JSON path."""
    try:
        tree = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except ReceivedError as error:
        raise _faulty(name, [ConfigFault("$", "", error.detail, sentence=error.detail)]) from error
    except (ValueError, RecursionError) as error:
        what = "nested too deep" if isinstance(error, RecursionError) else str(error)
        sentence = f"this is no JSON text in UTF-8: {what}"
        raise _faulty(name, [ConfigFault("$", "", sentence, sentence=sentence)]) from error
    try:
        document = Document.model_validate(tree)
    except ValidationError as error:
        raise _faulty(name, list(_faults(error, tree))) from error
    wrong = list(_times_of_another_unit(document)) or list(_too_long(document))
    if wrong:
        raise _faulty(name, wrong)
    parts: list[DetectionSet | TrackSet] = [*document.detection, *document.tracks]
    numbers = [record.record_number for part in parts for record in part.records]
    return Log(document, tuple(sorted(set(_unknown(document, "$")))), len(numbers) - len(set(numbers)))


def write(document: Document) -> bytes:
    """A log as the bytes of a file; what is not known is left out."""
    tree = document.model_dump(mode="json", by_alias=True, exclude_none=True)
    return (json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n").encode()


def _faulty(name: str, faults: list[ConfigFault]) -> ConfigError:
    shown = faults[:FAULTS_MAX]
    if (more := len(faults) - len(shown)) > 0:
        shown.append(ConfigFault("", "", "", sentence=f"and {more} more faults"))
    return ConfigError(name, shown)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise ReceivedError("key-twice", f"an object has the field {twice!r} twice; each may be there once")
    return found


def _faults(error: ValidationError, tree: Any) -> Iterator[ConfigFault]:
    for item in error.errors(include_url=False, include_context=False):
        path = _path(item["loc"], tree)
        value = _shortened(item["input"])
        missing = item["type"] == "missing"
        allowed = _allowed(item["type"], item["msg"])
        sentence = f"{path} is missing" if missing else f"{path} is {value}: {allowed}"
        yield ConfigFault(path, "" if missing else value, allowed, sentence=sentence)


def _path(place: tuple[int | str, ...], tree: Any) -> str:
    """The JSON path; the names that pydantic puts in for the kind of a location are no part of it."""
    path, here = "$", tree
    for step in place:
        if isinstance(step, int):
            path += f"[{step}]"
            here = here[step] if isinstance(here, list) and step < len(here) else None
        elif isinstance(here, dict) and here.get("$type") == step and step not in here:
            continue
        else:
            path += f".{step}"
            here = here.get(step) if isinstance(here, dict) else None
    return path


def _allowed(kind: str, message: str) -> str:
    if kind == "union_tag_not_found":
        return "a location needs the field $type"
    if kind == "finite_number":
        return "a finite number is needed"
    if kind in ("model_type", "model_attributes_type"):
        return "an object with fields is needed"
    if kind == "tuple_type":
        return "a list is needed"
    return message.removeprefix("Input ").replace("'type_'", "$type")


def _shortened(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=repr)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 1]}…"


def _times_of_another_unit(document: Document) -> Iterator[ConfigFault]:
    """A fault for each set whose times cannot be milliseconds; the first such record of it is named."""
    named: list[tuple[str, tuple[DetectionRecord | TrackingRecord, ...]]] = []
    named += [(f"$.detection[{number}]", part.records) for number, part in enumerate(document.detection)]
    named += [(f"$.tracks[{number}]", part.records) for number, part in enumerate(document.tracks)]
    for path, records in named:
        wrong = ((place, item.time) for place, item in enumerate(records) if not _is_ms(item.time))
        for place, time in itertools.islice(wrong, 1):
            seems = "microseconds or nanoseconds" if time >= _UNIX_MS[1] else "seconds"
            allowed = f"this looks like {seems}; Unix time in milliseconds is needed"
            where = f"{path}.records[{place}].time"
            yield ConfigFault(where, str(time), allowed, sentence=f"{where} is {time}: {allowed}")


def _too_long(document: Document) -> Iterator[ConfigFault]:
    """A fault if the records lie further apart than any test lasts: a time among them is wrong."""
    parts: list[DetectionSet | TrackSet] = [*document.detection, *document.tracks]
    times = [record.time for part in parts for record in part.records]
    days = (max(times) - min(times)) / _MS_PER_DAY if times else 0.0
    if days > SPAN_MAX_DAYS:
        sentence = (
            f"the records lie up to {days:.0f} days apart; at most {SPAN_MAX_DAYS} can be scored at once"
        )
        yield ConfigFault("$", f"{days:.0f} days", sentence, sentence=sentence)


def _is_ms(time: int) -> bool:
    return _UNIX_MS[0] <= time < _UNIX_MS[1]


def _unknown(part: BaseModel, path: str) -> Iterator[str]:
    for key in part.model_extra or {}:
        yield f"{path}.{key}"
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        below = f"{path}.{field.alias or name}"
        if isinstance(value, BaseModel):
            yield from _unknown(value, below)
        elif isinstance(value, tuple):
            for item in value:
                yield from _unknown(item, f"{below}[]")
