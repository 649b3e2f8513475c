"""Operator actions to and from the JSON in which they are journalled and sent."""

import json
import math
from dataclasses import asdict, fields
from enum import Enum
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from marsad.errors import ReceivedError
from marsad.model.action import (
    Acknowledge,
    Action,
    AdmitNode,
    AllClear,
    AmendOutcome,
    ApplySettings,
    AskOwner,
    CancelFlight,
    CheckOff,
    CloseIncident,
    ConfirmCard,
    DeclareFlights,
    HandOver,
    HeadCount,
    ListNodes,
    RecordImpact,
    RefuseNode,
    Release,
    ReportOutcome,
    Retract,
    SetIdentity,
    TakeBackAllClear,
    TakeBackImpact,
    TakeBackRetraction,
    TakeWatch,
    TryOutputs,
    Withhold,
)
from marsad.model.flight import AuthorisedFlight
from marsad.model.visible import as_said

_ACTIONS: dict[str, type[Any]] = {
    "acknowledge": Acknowledge,
    "all_clear": AllClear,
    "take_back_all_clear": TakeBackAllClear,
    "take_back_retraction": TakeBackRetraction,
    "set_identity": SetIdentity,
    "report_outcome": ReportOutcome,
    "record_impact": RecordImpact,
    "take_back_impact": TakeBackImpact,
    "head_count": HeadCount,
    "close_incident": CloseIncident,
    "amend_outcome": AmendOutcome,
    "declare_flights": DeclareFlights,
    "cancel_flight": CancelFlight,
    "ask_owner": AskOwner,
    "admit_node": AdmitNode,
    "refuse_node": RefuseNode,
    "list_nodes": ListNodes,
    "release": Release,
    "withhold": Withhold,
    "retract": Retract,
    "try_outputs": TryOutputs,
    "check_off": CheckOff,
    "take_watch": TakeWatch,
    "hand_over": HandOver,
    "confirm_card": ConfirmCard,
    "apply_settings": ApplySettings,
}
_NAMES = {action: name for name, action in _ACTIONS.items()}
_ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for name, kind in _ACTIONS.items()}
BYTES_MAX = 16_384
FLIGHTS_BYTES_MAX = 1_048_576  # of one declaration, which can name a thousand flights
TEXT_MAX = 2_000
_WHO = ("by", "role")
_NAME, _NAME_MAX = "once", 64  # in a journal only: under which an action was sent
_NAME_BYTES = 128  # so much longer is what was long already when it came
_DEPTH_MAX = 6
_SHOWN_MAX = 40
# What a number in an action can be; beyond it is a slip of the keyboard, or worse.
_SPANS: dict[str, tuple[float, float]] = {
    "latitude_deg": (-90, 90),
    "longitude_deg": (-180, 180),
    "track_id": (0, 2**53),
    "t_ns": (0, 2**63 - 1),
    "killed": (0, 100_000),
    "injured": (0, 100_000),
    "from_t_ns": (0, 2**63 - 1),
    "until_t_ns": (0, 2**63 - 1),
    "extent_m": (0, 200_000),
    "low_m": (-1_000, 30_000),
    "high_m": (-1_000, 30_000),
}


def action_from_json(data: bytes) -> Action:
    """The operator action that JSON bytes describe, as they stand in a journal.

    Raises ReceivedError (``action-…``) quoting the field that is wrong and what is allowed.
    """
    return named_action_from_json(data)[0]


def named_action_from_json(data: bytes) -> tuple[Action, str]:
    """The same with the name under which it was sent (`marsad.site.done`); "" for none."""
    record = _record_of(data, _NAME_BYTES)
    name = record.pop(_NAME, "")
    if not isinstance(name, str) or len(name) > _NAME_MAX:
        raise ReceivedError("action-field", f"{_NAME} = {str(name)[:80]!r}: at most {_NAME_MAX} characters")
    return _action_of(record), name


def action_as_said(data: bytes) -> Action:
    """The same of somebody who acts now: its texts hold nothing that rules what they are shown or sent by.

    What nobody would see of a text is "": a reason of spaces is none. Who acts is known, and left as it is.
    """
    record = _record_of(data)
    return _action_of({key: value if key in _WHO else _as_said(value) for key, value in record.items()})


def _as_said(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return as_said(value)
    if depth >= _DEPTH_MAX:
        return value  # no field is as deep
    if isinstance(value, list):
        return [_as_said(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {key: _as_said(one, depth + 1) for key, one in value.items()}
    return value


def _record_of(data: bytes, more: int = 0) -> dict[str, Any]:
    most = FLIGHTS_BYTES_MAX if b'"declare_flights"' in data else BYTES_MAX
    if len(data) > most + more:
        raise ReceivedError("action-too-long", f"{len(data)} bytes; at most {most} are allowed")
    try:
        record = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        shown = data[:80].decode("utf-8", "replace")
        raise ReceivedError("action-not-json", f"{shown!r} is not JSON: {error}") from error
    if not isinstance(record, dict):
        raise ReceivedError("action-not-object", f"{data[:80]!r}: a JSON object is expected")
    return record


def _action_of(record: dict[str, Any]) -> Action:
    name = record.pop("action", None)
    if not isinstance(name, str) or name not in _ACTIONS:
        allowed = ", ".join(_ACTIONS)
        raise ReceivedError("action-unknown", f"action = {str(name)[:80]!r}; allowed are {allowed}")
    known = [field.name for field in fields(_ACTIONS[name])]
    if extra := sorted(set(record) - set(known)):
        raise ReceivedError(
            "action-field", f"{name}: unknown field {extra[0][:80]!r}; known are {', '.join(known)}"
        )
    _check_texts(name, record)
    _check_numbers(name, record)
    try:
        action: Action = _ADAPTERS[name].validate_python(record)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        given = "is missing" if fault["type"] == "missing" else f"= {str(fault['input'])[:80]!r}"
        raise ReceivedError("action-field", f"{name}.{where} {given}: {fault['msg']}") from error
    return action


def action_schemas(place: str) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Each action by its name, and the records in them, as JSON Schema; these are referred to at a place.

    ``by`` and ``role`` are left out: they are those of whoever signed in.
    """
    adapters = [(name, "validation", adapter) for name, adapter in _ADAPTERS.items()]
    made, rest = TypeAdapter.json_schemas(
        adapters,  # type: ignore[arg-type]
        ref_template=place + "{model}",
        schema_generator=_Plainer,
    )
    records: dict[str, dict[str, Any]] = rest["$defs"]
    actions: dict[str, dict[str, Any]] = {}
    for name, kind in _ACTIONS.items():
        schema = made[name, "validation"]
        fields_of = records.pop(kind.__name__) if "$ref" in schema else dict(schema)
        properties = {key: value for key, value in fields_of["properties"].items() if key not in _WHO}
        actions[name] = {
            "type": "object",
            "description": " ".join((kind.__doc__ or "").split("\n\n")[0].split()),
            "properties": {"action": {"const": name}, **_bounded(properties)},
            "required": ["action", *(key for key in fields_of["required"] if key not in _WHO)],
        }
    for record in records.values():
        record["properties"] = _bounded(record.get("properties", {}))
    return actions, records


def _bounded(properties: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same with what a number can be."""
    return {
        name: {**schema, "minimum": _SPANS[name][0], "maximum": _SPANS[name][1]}
        if name in _SPANS and schema.get("type") in ("integer", "number")
        else schema
        for name, schema in properties.items()
    }


class _Plainer(GenerateJsonSchema):
    """Leaves out what JSON has no word for: a number that is not known has no default there."""

    def default_schema(self, schema: Any) -> Any:
        default = schema.get("default")
        if isinstance(default, float) and math.isnan(default):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def _no_number(written: str) -> float:
    raise ValueError(f"{written} is no number in JSON")


def _check_texts(name: str, record: dict[str, Any]) -> None:
    """Refuse a value that is too long; of a list of tables each is measured by itself."""
    for key, value in record.items():
        if key == "flights" and isinstance(value, list):
            for number, flight in enumerate(value):
                if isinstance(flight, dict):
                    _check_flight_fields(f"{name}.flights.{number}", flight)
        elif len(str(value)) > TEXT_MAX and key not in ("places", "node_ids", "alarm_ids"):
            raise ReceivedError("action-field", f"{name}.{key}: longer than {TEXT_MAX} characters")


def _check_flight_fields(name: str, flight: dict[str, Any]) -> None:
    known = [field.name for field in fields(AuthorisedFlight)]
    if extra := sorted(set(flight) - set(known)):
        raise ReceivedError(
            "action-field", f"{name}: unknown field {extra[0][:80]!r}; known are {', '.join(known)}"
        )
    _check_texts(name, flight)


def _check_numbers(name: str, record: dict[str, Any]) -> None:
    """Refuse a number that cannot be meant, in the action or in a table of it."""
    for key, value in record.items():
        if isinstance(value, dict):
            _check_numbers(f"{name}.{key}", value)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, dict):
                    _check_numbers(f"{name}.{key}.{number}", item)
        elif key in _SPANS and isinstance(value, int | float) and not isinstance(value, bool):
            least, most = _SPANS[key]
            if not least <= value <= most:
                raise ReceivedError(
                    "action-field",
                    f"{name}.{key} = {_shown(value)}: a number from {least:,} to {most:,} is expected",
                )


def _shown(value: float) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}… ({len(text)} characters)"


def json_from_action(action: Action, name: str = "") -> bytes:
    """The JSON bytes of an operator action; the inverse of `named_action_from_json`."""
    record = {"action": _NAMES[type(action)], **_plain(asdict(action)), **({_NAME: name} if name else {})}
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Enumerations by value, unknown numbers (NaN) and a role that nobody had left out."""
    plain: dict[str, Any] = {}
    for key, value in record.items():
        if key == "role" and value is None:
            continue
        if isinstance(value, dict):
            plain[key] = _plain(value)
        elif isinstance(value, tuple):
            plain[key] = [_plain(item) if isinstance(item, dict) else item for item in value]
        elif isinstance(value, Enum):
            plain[key] = value.value
        elif not (isinstance(value, float) and math.isnan(value)):
            plain[key] = value
    return plain
