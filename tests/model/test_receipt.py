"""Whether an announcement has got through, as a table: kind of output, what became of it, the answer."""

from dataclasses import replace

import pytest

from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState
from marsad.model.receipt import arrived_t_ns, is_settled, partly_arrived_t_ns, state_after
from marsad.model.threat import Level
from marsad.warning.outputs import NATURES

WANTED, NOT_SENT, SENT, ACCEPTED, ACTUATED, CONFIRMED, TOO_LATE = DeliveryState


def delivery(standard: str, **reached: int) -> Delivery:
    """One that came to states at times, in the order in which they are written."""
    nature, times = NATURES[standard], [0] * len(DeliveryState)
    one = Delivery(
        output_id="gate",
        announcement_id="warn-1",
        alarm_id="alarm-1",
        zone_id="fuel",
        stage=Level.WARN,
        kind=AnnouncementKind.WARNING,
        state=WANTED,
        ruled_t_ns=1,
        made_t_ns=1,
        expires_t_ns=600,
        reached_t_ns=tuple(times),
        is_drill=False,
        begins_with=nature.begins_with,
        arrives_with=nature.arrives_with,
    )
    for name, t_ns in reached.items():
        said = DeliveryState[name.upper()]
        times[said] = t_ns
        one = replace(one, state=state_after(one, said), reached_t_ns=tuple(times))
    return one


@pytest.mark.parametrize(
    ("standard", "reached", "partly", "wholly", "state"),
    [
        ("webhook", {}, None, None, WANTED),
        ("webhook", {"not_sent": 2}, None, None, NOT_SENT),
        ("webhook", {"sent": 2}, None, None, SENT),
        ("webhook", {"not_sent": 2, "accepted": 3}, 3, 3, ACCEPTED),
        ("webhook", {"accepted": 3, "sent": 4}, 3, 3, ACCEPTED),
        ("webhook", {"not_sent": 2, "too_late": 9}, None, None, TOO_LATE),
        # a page is there once it is shown; who confirms has it, whatever was said before
        ("page", {"sent": 2}, None, None, SENT),
        ("page", {"sent": 2, "confirmed": 5}, 5, 5, CONFIRMED),
        ("page", {"sent": 2, "too_late": 9, "confirmed": 12}, 12, 12, CONFIRMED),
        ("page", {"confirmed": 5, "too_late": 9}, 5, 5, CONFIRMED),
        # of those who answer nothing, nothing more is ever known
        ("cot", {"sent": 2}, 2, 2, SENT),
        ("rtp", {"too_late": 9}, None, None, TOO_LATE),
        # a siren works once its coil was read back
        ("modbus", {"accepted": 2}, None, None, ACCEPTED),
        ("modbus", {"accepted": 2, "actuated": 3}, 3, 3, ACTUATED),
        # of a list some have it first, and all have to
        ("sms", {"sent": 2}, 2, None, SENT),
        ("sms", {"sent": 2, "accepted": 6}, 2, 6, ACCEPTED),
        ("smtp", {"sent": 2, "too_late": 9}, 2, None, TOO_LATE),
        ("smtp", {"too_late": 9, "sent": 10}, 10, None, TOO_LATE),
    ],
)
def test_what_has_got_through(
    standard: str, reached: dict[str, int], partly: int | None, wholly: int | None, state: DeliveryState
) -> None:
    one = delivery(standard, **reached)
    assert (partly_arrived_t_ns(one), arrived_t_ns(one), one.state) == (partly, wholly, state)
    assert is_settled(one) is (wholly is not None or state is TOO_LATE)
