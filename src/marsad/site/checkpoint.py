"""Checkpoints: what must survive a restart, in a form that outlives the program that wrote it.

A snapshot is the whole state and fits one program only. A checkpoint is in the journal itself, at most ten
minutes old: whatever becomes of the snapshot, be it lost, damaged or by another version, no more than that is
folded again. It holds the parts of the fold (`PARTS`) as JSON by their fields: alarms and what was told of
them, acknowledgements, identities, the open incident, the watch, the checklist, flights, who was admitted,
what was learned of each sensor. What cannot be read of these makes it unusable, and an older one is taken.
The tracks (`REBUILT`) are there as well; where another program cannot read them they come again from frames.
"""

import json
from typing import TYPE_CHECKING, Any

from marsad.errors import ConfigError, RecordingError
from marsad.model.frame import CONFIGURATION, Frame
from marsad.site.state_json import fields_of, json_from_state, state_from_json, take_fields

if TYPE_CHECKING:
    from marsad.site.fold import SiteFold

FORMAT = 1
PARTS = (
    *("_time", "_digest", "_hearing", "_warner", "_teller", "_health", "_responder", "_watchkeeper"),
    *("_flights", "_incidents", "_steps"),
)
"""Parts without which a site would not know what it has said, or what people have decided."""

REBUILT = {
    "_tracker": (
        *("_sensors", "_kin", "_tenures", "_visibility", "_t_ns", "_store", "_labels", "_bearings"),
        *("_recent", "_registration", "_rates", "_next_id", "counters"),
    ),
    "_assessor": ("_memory", "_zone_ids", "_own_flights", "_examiner"),
}
"""Parts that come again from frames, and what of them is kept where the program is the same."""

_VALUES = ("frames", "cycles", "counters", "_sensors", "_sensors_of", "_claims", "_change_told")
_SINCE = ("_done",)
"""Values that a checkpoint of an older program has not: they begin anew."""
_TRACK_NUMBER = "_next_id"
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def checkpoint(fold: "SiteFold") -> bytes:
    """What of a fold must survive."""
    document = {
        "format": FORMAT,
        "t_ns": fold.t_ns,
        "configuration": fold.configuration.decode(),
        "parts": {name: fields_of(getattr(fold, name)) for name in PARTS},
        "feeds": {name: json_from_state(feed) for name, feed in fold.feeds().items()},
        "values": {name: json_from_state(getattr(fold, name)) for name in (*_VALUES, *_SINCE)},
        "rebuilt": {
            name: {field: json_from_state(getattr(getattr(fold, name), field)) for field in kept}
            for name, kept in REBUILT.items()
        },
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")


def taken_up(data: bytes) -> "tuple[SiteFold, str]":
    """A fold that goes on from a checkpoint; why its tracks come again from the frames, "" if they need not.

    Raises RecordingError for one that this program cannot read.
    """
    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise RecordingError(f"format {document['format']!r}; this program reads {FORMAT}")
        fold, lost = _begun(document), ""
        try:
            _take_tracks(fold, document["rebuilt"])
        except (RecordingError, *_UNREADABLE) as error:
            fold, lost = _begun(document), str(error)
            # their numbers go on, so that none is given twice
            fold.begin_tracks(int(document["rebuilt"].get("_tracker", {}).get(_TRACK_NUMBER, 1)))
    except (ConfigError, *_UNREADABLE) as error:
        raise RecordingError(f"the checkpoint cannot be read: {error!r}") from error
    fold.settle_in()
    return fold, lost


def configuration_of(data: bytes) -> bytes | None:
    """The settings of a checkpoint, whatever program wrote it; None where they cannot be read."""
    try:
        return str(json.loads(data)["configuration"]).encode()
    except _UNREADABLE:
        return None


def _begun(document: dict[str, Any]) -> "SiteFold":
    from marsad.site.fold import SiteFold

    configuration = str(document["configuration"]).encode()
    fold = SiteFold(Frame(CONFIGURATION, int(document["t_ns"]), configuration))
    _take(fold, document)
    return fold


def _take(fold: "SiteFold", document: dict[str, Any]) -> None:
    parts, feeds = document["parts"], fold.feeds()
    if unknown := sorted(parts.keys() ^ set(PARTS)):
        raise RecordingError(f"the checkpoint and this program differ in the parts {', '.join(unknown)}")
    for name in PARTS:
        take_fields(getattr(fold, name), parts[name])
    for name, held in document["feeds"].items():
        if name in feeds:
            state_from_json(held, feeds[name])
    for name in _VALUES:
        setattr(fold, name, state_from_json(document["values"][name]))
    for name in document["values"].keys() & set(_SINCE):
        setattr(fold, name, state_from_json(document["values"][name]))


def _take_tracks(fold: "SiteFold", held: dict[str, Any]) -> None:
    for name, kept in REBUILT.items():
        part = getattr(fold, name)
        if tuple(held[name]) != kept:
            raise RecordingError("the tracks have other fields in this program")
        for field, value in held[name].items():
            setattr(part, field, state_from_json(value, getattr(part, field)))
