"""Nodes whose registration was refused: shown, and why, for a sensor that is nowhere is sought for long."""

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
    """Those that asked and were not taken, the latest last; bounded in number and time."""

    def __init__(self, settings: SapientSettings) -> None:
        self._settings = settings
        self._nodes: dict[str, Sensor] = {}

    def note(self, message: SapientMessage, link: int, t_ns: int, why: str) -> None:
        """Remember a registration that was refused."""
        sender = message.node_id.lower()
        # whoever names himself wrongly is known by his connection
        key = sender if is_node_id(sender, strict=False) else f"connection {link}"
        sensor = node.sensor_of(message.registration, key, self._settings)
        self._nodes.pop(key, None)
        if len(self._nodes) >= REFUSED_MAX:
            del self._nodes[next(iter(self._nodes))]
        note = f"registration refused: {one_part(why)}"
        self._nodes[key] = replace(sensor, health=SensorHealth.REFUSED, last_t_ns=t_ns, note=note)

    def taken(self, sender: str, link: int) -> None:
        """Forget a node that was taken now."""
        self._nodes.pop(sender, None)
        self._nodes.pop(f"connection {link}", None)

    def why(self, sender: str) -> str:
        """Why a node was refused, "" if it was not."""
        sensor = self._nodes.get(sender)
        return sensor.note if sensor is not None else ""

    def sensors(self, t_ns: int) -> tuple[Sensor, ...]:
        """Those that asked of late."""
        return tuple(one for one in self._nodes.values() if t_ns - one.last_t_ns <= KEPT_NS)


def one_part(text: str) -> str:
    """A text as one part of a note, whose parts end with semicolons."""
    return text.replace("; ", ", ").replace(" | ", ", ")[:WHY_MAX]
