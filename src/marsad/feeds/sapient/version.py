"""Which SAPIENT a message is of, where it is not the one spoken here: said first, before all field errors.

Version 1.0 has the same envelope, so that its messages are read and break rules that tell nobody why. Its
registrations name it; its status reports have fields where version 2.0 has none.
"""

import re

from google.protobuf.unknown_fields import UnknownFieldSet  # type: ignore[import-untyped]

from marsad.feeds.sapient.wire import ICD_VERSION, SapientMessage

ACCEPTED_VERSIONS = (
    ICD_VERSION,
    "BSI_Flex_335_v2.0",
    "BSI Flex 335 v2.0 / NATO STANREC 4869 Ed A V1.0",
)
_NUMBER = re.compile(r"v\s*([0-9]+(?:\.[0-9]+)?)", re.IGNORECASE)
_QUOTED_MAX = 60
# numbers of fields that only version 1.0 has: coverage; source and status of the power; kind of a status
_COVERAGE, _POWER, _STATUS_TYPE = 9, frozenset({1, 2}), 2


def is_accepted(icd_version: str) -> bool:
    """Whether a registration's version is one of those spoken here, in whatever spelling."""
    return _plain(icd_version) in {_plain(accepted) for accepted in ACCEPTED_VERSIONS}


def other_version(message: SapientMessage) -> str:
    """A sentence that names the version of a message of another one; "" if nothing shows that it is."""
    if message.HasField("registration"):
        said = message.registration.icd_version
        if not said.strip() or is_accepted(said):
            return ""
        number = _NUMBER.search(said)
        name = f"v{number[1]}" if number else "of another version"
        return f"this is SAPIENT {name}: icdVersion {said[:_QUOTED_MAX]!r}; {ICD_VERSION} is spoken here"
    if message.HasField("status_report") and _is_first(message):
        return (
            "this is SAPIENT v1.0: a status report with fields that only that version has; "
            f"{ICD_VERSION} is spoken here"
        )
    return ""


def _is_first(message: SapientMessage) -> bool:
    """Whether a status report has fields of version 1.0."""
    report = message.status_report
    return (
        _COVERAGE in _unknown(report)
        or bool(_POWER & _unknown(report.power))
        or any(_STATUS_TYPE in _unknown(entry) for entry in report.status[:8])
    )


def _unknown(part: object) -> frozenset[int]:
    """Numbers of the fields of a part that version 2.0 does not know."""
    return frozenset(field.field_number for field in UnknownFieldSet(part))


def _plain(icd_version: str) -> str:
    return " ".join(icd_version.replace("_", " ").split()).casefold()
