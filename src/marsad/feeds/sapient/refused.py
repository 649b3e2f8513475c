"""Nodes whose registration was refused: shown, and why, for a sensor that is nowhere is sought for long."""

from collections import Counter
from dataclasses import replace

from marsad.feeds.sapient import node
from marsad.feeds.sapient.node_id import is_node_id
from marsad.feeds.sapient.wire import NS_PER_S, SapientMessage
from marsad.feeds.settings import SapientSettings
from marsad.model.sensor import Sensor, SensorHealth

REFUSED_MAX = 32
KEPT_NS = 3600 * NS_PER_S
WHY_MAX = 400


class RefusedNodes:
    """Those that asked and were not taken, the latest last; bounded in number and time.

    They are known by what they call themselves and by their address: what one says that uses the identifier
    of another is nothing that the other is told, or judged by.
    """

    def __init__(self, settings: SapientSettings) -> None:
        self._settings = settings
        self._nodes: dict[tuple[str, str], Sensor] = {}

    def adopt(self, settings: SapientSettings) -> None:
        """From now on these settings hold."""
        self._settings = settings

    def note(self, message: SapientMessage, link: int, address: str, t_ns: int, why: str) -> None:
        """Remember a registration that was refused."""
        sender = message.node_id.lower()
        # whoever names himself wrongly is known by his connection
        sender = sender if is_node_id(sender, strict=False) else f"connection {link}"
        sensor = node.sensor_of(message.registration, sender, self._settings)
        self._nodes.pop((sender, address), None)
        if len(self._nodes) >= REFUSED_MAX:
            counts = Counter(known for _, known in self._nodes)
            del self._nodes[max(self._nodes, key=lambda key: counts[key[1]])]  # the oldest of the busiest
        note = f"registration refused: {one_part(why)}"
        self._nodes[sender, address] = replace(sensor, health=SensorHealth.REFUSED, last_t_ns=t_ns, note=note)

    def taken(self, sender: str, link: int) -> None:
        """Forget a node that was taken now."""
        for key in [key for key in self._nodes if key[0] in (sender, f"connection {link}")]:
            del self._nodes[key]

    def why(self, sender: str, address: str) -> str:
        """Why a node was refused that speaks from an address, "" if it was not."""
        sensor = self._nodes.get((sender, address))
        return sensor.note if sensor is not None else ""

    def knows(self, sender: str) -> bool:
        """Whether one that calls itself so was refused."""
        return any(known == sender for known, _ in self._nodes)

    def sensors(self, t_ns: int) -> tuple[Sensor, ...]:
        """Those that asked of late, each once."""
        late = {key[0]: one for key, one in self._nodes.items() if t_ns - one.last_t_ns <= KEPT_NS}
        return tuple(late.values())


def one_part(text: str) -> str:
    """A text as one part of a note, whose parts end with semicolons."""
    return text.replace("; ", ", ").replace(" | ", ", ")[:WHY_MAX]
