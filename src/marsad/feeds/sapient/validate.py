"""The rules of BSI Flex 335 v2.0, each violation with its rule, the datum and what is allowed.

Presence and form come from the annotations in the message descriptors (``is_mandatory``,
``is_ulid``, ``is_uuid``); what the standard says only in prose is at the end of this file. The
lenient profile forgives what does no harm: the case of identifiers, the version of UUIDs, a UUID
for a ULID, confidences beyond 1, an unknown value in an optional list of values.
"""

import re
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor  # type: ignore[import-untyped]

from marsad.feeds.sapient.node_id import is_node_id
from marsad.feeds.sapient.ulid import is_ulid
from marsad.feeds.sapient.version import is_accepted
from marsad.feeds.sapient.wire import ICD_VERSION, SapientMessage, field_options, oneof_options

VIOLATIONS_MAX = 20
ELEMENTS_MAX = 5_000
SECONDS_MAX = 9_223_372_036  # what 64 bits of nanoseconds hold, in the year 2262
_PROBABILITIES = frozenset({"confidence", "detection_confidence", "ranking"})
_QUOTE_MAX = 60


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken.

    rule     stable code, such as ``field-missing``
    path     the field, as in protobuf JSON: ``detectionReport.location.x``
    detail   a sentence that quotes the datum and says what is allowed
    """

    rule: str
    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.path} {self.detail}"


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    json_name: str
    is_mandatory: bool
    is_repeated: bool
    has_presence: bool
    is_ulid: bool
    is_uuid: bool
    is_message: bool
    is_timestamp: bool
    is_text: bool
    is_number: bool
    is_probability: bool
    values: dict[int, str] | None


@dataclass(frozen=True, slots=True)
class _Plan:
    fields: tuple[_Field, ...]
    oneofs: tuple[tuple[str, str], ...]


@cache
def _plan(descriptor: Descriptor) -> _Plan:
    """The rules that a message type's annotations spell out."""
    fields = tuple(_field(field) for field in descriptor.fields)
    oneofs = tuple(
        (oneof.name, ", ".join(field.json_name for field in oneof.fields))
        for oneof in descriptor.oneofs
        if oneof.GetOptions().Extensions[oneof_options].is_mandatory
    )
    return _Plan(fields, oneofs)


def _field(field: FieldDescriptor) -> _Field:
    options = field.GetOptions().Extensions[field_options]
    kind = field.type
    message = field.message_type
    return _Field(
        name=field.name,
        json_name=field.json_name,
        is_mandatory=options.is_mandatory,
        is_repeated=field.is_repeated,
        has_presence=field.has_presence,
        is_ulid=options.is_ulid,
        is_uuid=options.is_uuid,
        is_message=message is not None,
        is_timestamp=message is not None and message.full_name == "google.protobuf.Timestamp",
        is_text=kind == FieldDescriptor.TYPE_STRING,
        is_number=kind in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT),
        is_probability=field.name in _PROBABILITIES,
        values={v.number: v.name for v in field.enum_type.values} if field.enum_type else None,
    )


class _Examination:
    """One walk through a message, bounded in what it visits and what it reports."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.violations: list[Violation] = []
        self.elements = 0

    def add(self, rule: str, path: str, detail: str) -> None:
        """A violation more; those beyond the most that are reported are dropped."""
        if len(self.violations) < VIOLATIONS_MAX:
            self.violations.append(Violation(rule, path, detail))

    def message(self, message: Any, path: str) -> None:
        """Every field of a message at a path, and its choices."""
        plan = _plan(message.DESCRIPTOR)
        for field in plan.fields:
            where = f"{path}.{field.json_name}" if path else field.json_name
            if field.is_repeated:
                self.repeated(field, getattr(message, field.name), where)
            elif message.HasField(field.name) if field.has_presence else getattr(message, field.name):
                self.value(field, getattr(message, field.name), where)
            elif field.is_mandatory:
                self.add("field-missing", where, "is missing; it is mandatory")
        for name, choices in plan.oneofs:
            if message.WhichOneof(name) is None:
                self.add("choice-missing", path or "message", f"has none of {choices}; one is mandatory")

    def repeated(self, field: _Field, values: Any, path: str) -> None:
        """The entries of a list, as far as a message may have elements."""
        if field.is_mandatory and not values:
            self.add("list-empty", path, "is empty; at least one entry is mandatory")
        for number, value in enumerate(values):
            self.elements += 1
            if self.elements > ELEMENTS_MAX:
                self.add("too-many-elements", path, f"goes beyond {ELEMENTS_MAX} elements in one message")
                return
            self.value(field, value, f"{path}[{number}]")

    def value(self, field: _Field, value: Any, path: str) -> None:
        """One value by its kind: time, message, text, choice or number."""
        if field.is_timestamp:
            if not (0 <= value.seconds <= SECONDS_MAX and 0 <= value.nanos < 1_000_000_000):
                self.add("timestamp", path, f"= {value.seconds} s {value.nanos} ns; 1970 to 2262 is allowed")
        elif field.is_message:
            if self.elements <= ELEMENTS_MAX:
                self.message(value, path)
        elif field.is_text:
            self.text(field, value, path)
        elif field.values is not None:
            self.choice(field, value, path)
        elif field.is_number:
            if not isfinite(value):
                self.add("number-not-finite", path, f"= {value}; a finite number is required")
            elif self.strict and field.is_probability and not -1e-6 <= value <= 1 + 1e-6:
                self.add("probability", path, f"= {value:g}; 0 to 1 is allowed")

    def text(self, field: _Field, value: str, path: str) -> None:
        """A text that may have to be there, and to be an identifier."""
        if field.is_mandatory and not value.strip():
            self.add("text-empty", path, "is empty; it is mandatory")
        elif field.is_ulid and not self.is_identifier(value):
            self.add("ulid", path, f"= {quoted(value)}; a ULID of 26 characters is required")
        elif field.is_uuid and not is_node_id(value, strict=self.strict):
            form = "a lower-case UUID of version 4" if self.strict else "a UUID"
            self.add("uuid", path, f"= {quoted(value)}; {form} is required")

    def is_identifier(self, value: str) -> bool:
        """A ULID; a lenient reader takes a UUID, too, which nodes in the field send in its place."""
        if self.strict:
            return is_ulid(value)
        return is_ulid(value, any_case=True) or is_node_id(value, strict=False)

    def choice(self, field: _Field, value: int, path: str) -> None:
        """A number of an enumeration; 0 is none of its values."""
        assert field.values is not None
        if value == 0:
            if field.is_mandatory:
                self.add("choice-unspecified", path, f"= {field.values[0]}; a real value is required")
        elif value not in field.values and (field.is_mandatory or self.strict):
            self.add("choice-unknown", path, f"= {value}; known are {', '.join(field.values.values())}")


_UNUSED = re.compile(
    r"registration\.(capabilities|configData|dependentNodes|reportingRegion"
    r"|statusDefinition\.(statusReport|coverageDefinition|obscurationDefinition|fieldOfViewDefinition)"
    r"|modeDefinition(\[\d+\]\.(modeName|modeType|settleTime|maximumLatency|duration|modeParameter|task)|$))"
)


def is_unused(violation: Violation) -> bool:
    """Whether a fault lies in a part of a Registration that an observer does not use.

    Marsad sends no task that would need a mode's regions and settle times, and it takes what a
    sensor is worth from its settings: node type, version, interval and units are what counts.
    """
    return _UNUSED.match(violation.path) is not None


def quoted(text: str) -> str:
    """A datum as evidence in a sentence: shortened, control characters escaped."""
    return repr(text if len(text) <= _QUOTE_MAX else text[: _QUOTE_MAX - 1] + "…")


def violations(message: SapientMessage, *, strict: bool = True) -> list[Violation]:
    """Every rule a message breaks, at most VIOLATIONS_MAX; empty = valid."""
    examination = _Examination(strict)
    content = message.WhichOneof("content")
    if content == "registration":
        _version(message, examination)  # first: it explains what follows
    examination.message(message, "")
    if content == "registration":
        _registration(message, examination)
    elif content in ("registration_ack", "alert_ack"):
        if not message.HasField("destination_id"):
            examination.add("field-missing", "destinationId", "is missing; an answer must name its receiver")
    elif content == "task":
        _task(message, examination)
    elif content == "error":
        for number, text in enumerate(message.error.error_message):
            if not text.strip():
                examination.add("text-empty", f"error.errorMessage[{number}]", "is empty")
    return examination.violations


def _version(message: SapientMessage, examination: _Examination) -> None:
    version = message.registration.icd_version
    if version.strip() and not is_accepted(version):
        detail = f"= {quoted(version)}; allowed is {ICD_VERSION!r}"
        examination.add("icd-version", "registration.icdVersion", detail)


def _registration(message: SapientMessage, examination: _Examination) -> None:
    """Interval, dependent nodes, concurrent tasks: said in prose (6.3, table 13 on)."""
    record = message.registration
    interval = record.status_definition.status_interval
    if interval.HasField("value") and isfinite(interval.value) and not interval.value > 0:
        examination.add(
            "status-interval",
            "registration.statusDefinition.statusInterval.value",
            f"= {interval.value:g}; more than 0 is required",
        )
    for number, node in enumerate(record.dependent_nodes[:ELEMENTS_MAX]):
        if not is_node_id(node, strict=examination.strict):
            path = f"registration.dependentNodes[{number}]"
            examination.add("uuid", path, f"= {quoted(node)}; a UUID of version 4 is required")
    if not examination.strict:
        return
    for number, mode in enumerate(record.mode_definition[:ELEMENTS_MAX]):
        if mode.HasField("task") and not mode.task.HasField("concurrent_tasks"):
            path = f"registration.modeDefinition[{number}].task.concurrentTasks"
            examination.add("field-missing", path, "is missing; it is mandatory")


def _task(message: SapientMessage, examination: _Examination) -> None:
    follow = message.task.command.follow
    if follow.follow_object_id and not is_ulid(follow.follow_object_id, any_case=not examination.strict):
        examination.add(
            "ulid",
            "task.command.follow.followObjectId",
            f"= {quoted(follow.follow_object_id)}; a ULID of 26 characters is required",
        )
