"""What a site raises at whoever asks or acts, as it crosses a channel."""

from typing import Any

from marsad.errors import LinkError, MarsadError, ReceivedError, RecordingError, UnrecordedError

FAILED = "the site failed at this; its log says why"


def refusal_from_error(error: Exception) -> dict[str, str]:
    """The record of an error."""
    if isinstance(error, ReceivedError):
        return {"error": "received", "reason": error.reason, "detail": error.detail}
    if isinstance(error, UnrecordedError):
        return {"error": "unrecorded", "detail": str(error)}
    if isinstance(error, RecordingError):
        return {"error": "recording", "detail": str(error)}
    return {"error": "failed", "detail": FAILED}


def error_from_refusal(record: dict[str, Any]) -> MarsadError:
    """The error of a record."""
    detail = str(record["detail"])
    match record["error"]:
        case "received":
            return ReceivedError(str(record["reason"]), detail)
        case "unrecorded":
            return UnrecordedError(detail)
        case "recording":
            return RecordingError(detail)
    return LinkError(detail)
