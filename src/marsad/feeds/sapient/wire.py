"""The one module that knows the generated protobuf classes (distribution ``sapient-proto``).

The next issue of the standard, or other bindings, change this file and nothing else.
"""

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]
from sapient_msg.bsi_flex_335_v2_0.alert_ack_pb2 import AlertAck
from sapient_msg.bsi_flex_335_v2_0.alert_pb2 import Alert
from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport
from sapient_msg.bsi_flex_335_v2_0.error_pb2 import Error
from sapient_msg.bsi_flex_335_v2_0.location_pb2 import (
    Location,
    LocationCoordinateSystem,
    LocationDatum,
    LocationList,
)
from sapient_msg.bsi_flex_335_v2_0.range_bearing_pb2 import (
    LocationOrRangeBearing,
    RangeBearing,
    RangeBearingCone,
    RangeBearingCoordinateSystem,
    RangeBearingDatum,
)
from sapient_msg.bsi_flex_335_v2_0.registration_ack_pb2 import RegistrationAck
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.task_ack_pb2 import TaskAck
from sapient_msg.bsi_flex_335_v2_0.task_pb2 import Task
from sapient_msg.bsi_flex_335_v2_0.velocity_pb2 import ENUVelocity, SpeedUnits
from sapient_msg.proto_options_pb2 import field_options, oneof_options

__all__ = [
    "Alert",
    "AlertAck",
    "DecodeError",
    "DetectionReport",
    "ENUVelocity",
    "Error",
    "Location",
    "LocationCoordinateSystem",
    "LocationDatum",
    "LocationList",
    "LocationOrRangeBearing",
    "RangeBearing",
    "RangeBearingCone",
    "RangeBearingCoordinateSystem",
    "RangeBearingDatum",
    "Registration",
    "RegistrationAck",
    "SapientMessage",
    "SpeedUnits",
    "StatusReport",
    "Task",
    "TaskAck",
    "Timestamp",
    "envelope",
    "field_options",
    "oneof_options",
    "sender_of",
    "t_ns_of",
]

ICD_VERSION = "BSI Flex 335 v2.0"
NS_PER_S = 1_000_000_000
# of the encoding of protobuf: a key of one byte says number and kind of a field, of kind 2 its length follows
_KEY_MASK, _SHORT_AND_COUNTED, _LONG = 0x87, 0x02, 0x80
_NODE_ID_KEY = SapientMessage.DESCRIPTOR.fields_by_name["node_id"].number << 3 | _SHORT_AND_COUNTED


def envelope(node_id: str, t_ns: int, destination_id: str = "") -> SapientMessage:
    """An empty message of a node: who, when (UTC nanoseconds), to whom ("" = nobody named)."""
    message = SapientMessage(node_id=node_id)
    message.timestamp.seconds, message.timestamp.nanos = divmod(t_ns, NS_PER_S)
    if destination_id:
        message.destination_id = destination_id
    return message


def t_ns_of(timestamp: Timestamp) -> int:
    """UTC nanoseconds of a protobuf timestamp."""
    return int(timestamp.seconds) * NS_PER_S + int(timestamp.nanos)


def sender_of(body: bytes) -> bytes:
    """The node_id of a message that is not read otherwise; empty where something long stands before it."""
    position = 0
    while position + 1 < len(body):
        key, length = body[position], body[position + 1]
        if key & _KEY_MASK != _SHORT_AND_COUNTED or length >= _LONG:
            return b""
        if key == _NODE_ID_KEY:
            return body[position + 2 : position + 2 + length]
        position += 2 + length
    return b""
