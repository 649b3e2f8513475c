"""What a fusion node answers. The time of an answer is the receive time of what it answers."""

from collections.abc import Sequence

from marsad.feeds.sapient.framing import framed
from marsad.feeds.sapient.wire import AlertAck, TaskAck, envelope

PACKET_BYTES_MAX = 4096
MESSAGES_MAX = 10
MESSAGE_MAX = 500


def registration_ack(
    own_id: str, destination_id: str, t_ns: int, *, is_accepted: bool, reasons: Sequence[str] = ()
) -> bytes:
    """Acceptance, always said outright, or a refusal with its reasons (6.2.2); with an acceptance, what was
    forgiven.
    """
    message = envelope(own_id, t_ns, destination_id)
    message.registration_ack.acceptance = is_accepted
    message.registration_ack.ack_response_reason.extend(
        reason[:MESSAGE_MAX] for reason in reasons[:MESSAGES_MAX]
    )
    return framed(message.SerializeToString())


def alert_ack(own_id: str, destination_id: str, t_ns: int, alert_id: str) -> bytes:
    """The alert has arrived (6.6.13)."""
    message = envelope(own_id, t_ns, destination_id)
    message.alert_ack.alert_id = alert_id
    message.alert_ack.alert_ack_status = AlertAck.ALERT_ACK_STATUS_ACCEPTED
    return framed(message.SerializeToString())


def task_rejected(own_id: str, destination_id: str, t_ns: int, task_id: str, reason: str) -> bytes:
    """Marsad takes no tasks."""
    message = envelope(own_id, t_ns, destination_id)
    message.task_ack.task_id = task_id
    message.task_ack.task_status = TaskAck.TASK_STATUS_REJECTED
    message.task_ack.reason.append(reason)
    return framed(message.SerializeToString())


def error(own_id: str, destination_id: str, t_ns: int, packet: bytes, texts: Sequence[str]) -> bytes:
    """What was wrong with a message; the beginning of it comes along as evidence.

    destination_id is "" when the sender could not be read.
    """
    message = envelope(own_id, t_ns, destination_id)
    message.error.packet = packet[:PACKET_BYTES_MAX]
    message.error.error_message.extend(text[:MESSAGE_MAX] for text in texts[:MESSAGES_MAX])
    return framed(message.SerializeToString())
