"""Confirmations: a person says of an announcement that it has come; signed by who hands that on."""

import json
from collections import Counter, OrderedDict
from collections.abc import Callable

from marsad.model.announcement import Delivered, DeliveryState
from marsad.outputs.pace import Allowance
from marsad.outputs.signing import is_signed

BYTES_MAX = 2_000
NAME_MAX, ID_MAX = 80, 200
SEEN_MAX = 2_000
PER_S, AT_ONCE_MAX = 20.0, 100.0


class Confirmations:
    """Those of one output.

    counters  ``confirmed``; and why one was not believed: ``forged``, ``unreadable``, ``again``, ``too-many``
    """

    def __init__(self, output_id: str, secret: bytes, utc_s: Callable[[], int]) -> None:
        self.counters: Counter[str] = Counter()
        self._output_id = output_id
        self._secret = secret
        self._utc_s = utc_s
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._allowance = Allowance(PER_S, AT_ONCE_MAX)  # the few a second that people can make

    def hear(self, data: bytes, signed: str, now_s: float) -> Delivered | None:
        """What one says, once; None for one that is not believed. now_s is any clock that never goes back."""
        found = _read(data)
        why = ""
        if found is None:
            why = "unreadable"
        elif not is_signed(self._secret, self._utc_s(), data, signed):
            why = "forged"
        elif found in self._seen:
            why = "again"
        elif not self._allowance.has_room(now_s):
            why = "too-many"
        self.counters[why or "confirmed"] += 1
        if found is None or why:
            return None
        self._seen[found] = None
        if len(self._seen) > SEEN_MAX:
            self._seen.popitem(last=False)
        announcement_id, by = found
        return Delivered(self._output_id, announcement_id, DeliveryState.CONFIRMED, by=by)


def _read(data: bytes) -> tuple[str, str] | None:
    """The announcement and the name."""
    try:
        record = json.loads(data) if len(data) <= BYTES_MAX else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or record.get("marsad") != "confirmation" or record.get("version") != 1:
        return None
    announcement_id, by = _text(record.get("id"), ID_MAX), _text(record.get("by"), NAME_MAX)
    return (announcement_id, by) if announcement_id and by else None


def _text(value: object, longest: int) -> str:
    """A name as people write it, "" for what is none."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= longest and text.isprintable() else ""
