"""The codes of what feeds refuse; each has a sentence in both languages."""

from enum import StrEnum


class RefusalReason(StrEnum):
    """Why something received was not used."""

    # the stream
    FRAME_TOO_LONG = "frame-too-long"
    FRAME_TRUNCATED = "frame-truncated"
    MALFORMED = "malformed"
    FLOOD = "flood"
    # the standard
    INVALID = "invalid"
    NOT_REGISTERED = "not-registered"
    AFTER_GOODBYE = "after-goodbye"
    TOO_MANY_NODES = "too-many-nodes"
    PEER_ERROR = "peer-error"
    LOOP = "loop"
    # who may speak
    NODE_HELD = "node-held"
    NOT_ADMITTED = "not-admitted"
    TURNED_AWAY = "turned-away"
    ADDRESS_OTHER = "address-other"
    CERTIFICATE_OTHER = "certificate-other"
    # the content
    TIME_PAST = "time-past"
    DUPLICATE = "duplicate"
    NOTHING_MEASURED = "nothing-measured"
    NODE_POSITION_UNKNOWN = "node-position-unknown"
    POSITION_IMPLAUSIBLE = "position-implausible"
    RANGE_IMPLAUSIBLE = "range-implausible"
    ANGLE_IMPLAUSIBLE = "angle-implausible"
    SPEED_IMPLAUSIBLE = "speed-implausible"
    UTM_ZONE = "utm-zone"
    DATUM_MAGNETIC = "datum-magnetic"
    DATUM_PLATFORM = "datum-platform"
    # aircraft reports
    LINE_TOO_LONG = "line-too-long"
