"""Who may speak to the site: what operators decide, and what the rim turned away before the journal."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from marsad.errors import ReceivedError
from marsad.feeds.feed import Feed, Guarded, Received
from marsad.feeds.sapient.node_id import is_node_id
from marsad.model.action import Action, AdmitNode, ListNodes, RefuseNode
from marsad.model.asker import Asker
from marsad.model.effect import Refuse
from marsad.model.frame import Frame
from marsad.model.line import Line
from marsad.model.peer import is_address
from marsad.model.reason import Reason
from marsad.model.sensor import SensorHealth

SETTINGS = "settings"  # who acts where a station puts in force what its settings and its last journal say
_REASONS_MAX = 32
_TEXT_MAX = 40


def decide(feeds: Mapping[str, Feed], t_ns: int, action: Action) -> tuple[str, Received] | None:
    """What an operator decides of a node: the feed it is about and what that brings; None: another action.

    Raises ReceivedError for a feed that has no nodes, and for what is no node.
    """
    if not isinstance(action, AdmitNode | RefuseNode | ListNodes):
        return None
    feed = feeds.get(action.feed)
    if not isinstance(feed, Guarded):
        allowed = ", ".join(name for name, item in feeds.items() if isinstance(item, Guarded)) or "none here"
        raise ReceivedError("feed-unguarded", f"feed = {action.feed[:80]!r}; allowed are {allowed}")
    node_ids = action.node_ids if isinstance(action, ListNodes) else (action.node_id,)
    for node_id in node_ids:
        if not is_node_id(node_id, strict=False):
            raise ReceivedError("node-unknown", f"node_id = {node_id[:80]!r}: a UUID is expected")
    by = "" if action.by == SETTINGS else action.by
    if isinstance(action, ListNodes):
        return action.feed, feed.list_nodes(t_ns, action.node_ids, by)
    if action.address and not is_address(action.address):
        raise ReceivedError(
            "address-unknown", f"address = {action.address[:80]!r}: an IP address is expected"
        )
    if isinstance(action, RefuseNode):
        return action.feed, feed.turn_away(t_ns, action.node_id, action.address, by)
    return action.feed, feed.admit(t_ns, action.node_id, action.address, by)


def lines(action: Action, received: Received) -> list[Line]:
    """What a decision did to sensors that spoke until then, for the timeline: they are silenced."""
    silenced = [sensor for sensor in received.sensors if sensor.health is SensorHealth.REFUSED]
    code = "door.left_off" if isinstance(action, ListNodes) else "door.refused"
    about = [(("sensor", sensor.name or sensor.sensor_id), ("feed", sensor.feed)) for sensor in silenced]
    by = "" if action.by == SETTINGS else action.by
    return [Line(Reason(code, arguments), by) for arguments in about]


def turned_away(frame: Frame, counters: Counter[str]) -> list[Refuse]:
    """What the rim refused before the journal: counted, and told once for each reason."""
    told = []
    for reason, count in _counts(frame.data).items():
        counters[f"rim.{reason}"] += count
        detail = f"{count} times at the door of feed {frame.feed}, before the journal"
        told.append(Refuse(frame.feed, 0, frame.t_ns, f"rim.{reason}", detail))
    return told


def held_back(frame: Frame) -> int:
    """How often a known node was read more slowly, by what the rim says."""
    return _counts(frame.data).get("held-back", 0)


def askers(feeds: Iterable[Guarded]) -> tuple[Asker, ...]:
    """Who wants to speak to the site and may not."""
    return tuple(asker for feed in feeds for asker in feed.askers())


def _counts(data: bytes) -> dict[str, int]:
    """Reason → count; nothing of what cannot be read, which no rim writes."""
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(record, dict):
        return {}
    found = {
        reason[:_TEXT_MAX]: count
        for reason, count in record.items()
        if isinstance(count, int) and not isinstance(count, bool) and 0 < count < 2**53
    }
    return dict(list(found.items())[:_REASONS_MAX])
