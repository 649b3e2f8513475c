"""What screens say of what they were sent: that it shows, that it sounds, that a person confirmed.

Whatever is taken is journalled, and anybody may open a page that has no key: so a screen says each thing
once, those of one network say so much and no more, and all of them together, too. What is over is counted.
"""

import json
from collections import Counter
from collections.abc import Container

from marsad.model.announcement import DeliveryState
from marsad.outputs.pace import Allowance, Allowances
from marsad.outputs.page_screen import Screen

PER_S, NETWORK_PER_S = 20.0, 5.0
AT_ONCE_EACH = 10  # of each screen that may be open: what all say at once of a few announcements
NEEDLESS_MAX = 100  # words that say nothing, from one screen, which no page of ours says
_NETWORKS_MAX = 4_096
_STATES = {
    "shown": DeliveryState.ACCEPTED,
    "sounded": DeliveryState.ACTUATED,
    "confirmed": DeliveryState.CONFIRMED,
}


class ScreenWords:
    """Those of all screens of one output.

    screens_max, per_network_max   so many may be open, in all and from one network
    counters  ``shown``, ``sounded``, ``confirmed``; and why one was not taken: ``unreadable``, ``unsent``
              (of what the screen was never sent), ``again``, ``too-many``
    """

    def __init__(self, screens_max: int, per_network_max: int, counters: Counter[str]) -> None:
        self._counters = counters
        self._all = Allowance(PER_S, AT_ONCE_EACH * screens_max)
        self._networks = Allowances(NETWORK_PER_S, AT_ONCE_EACH * per_network_max, _NETWORKS_MAX)

    def hear(
        self, said: str | bytes, screen: Screen, standing: Container[str], now_s: float
    ) -> tuple[str, DeliveryState] | None:
        """The announcement that a screen vouches for, and how; None for a word that is not taken.

        standing   announcements that any screen was sent
        now_s      by any clock that never goes back
        """
        try:
            record = json.loads(said)
            kind, announcement_id = record["kind"], str(record["id"])
            state, known = _STATES[kind], announcement_id in standing
        except (ValueError, TypeError, KeyError, RecursionError):
            known = False
        if not known:
            why = "unreadable"
        elif not screen.was_sent(announcement_id):
            why = "unsent"
        elif not screen.vouches(announcement_id, state):
            why = "again"
        # the network first: one that says too much takes nothing of what the others may say
        elif not self._networks.has_room(screen.address, now_s) or not self._all.has_room(now_s):
            why = "too-many"
        else:
            self._counters[kind] += 1
            return announcement_id, state
        self._counters[why] += 1
        if why != "too-many":
            screen.needless += 1
        return None
