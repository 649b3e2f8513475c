"""Who may speak to the site: what operators decide, what the rim turned away, and crowds at its ports."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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
from marsad.model.security import Happening, SecurityEvent
from marsad.model.sensor import SensorHealth

SETTINGS = "settings"  # who acts where a station puts in force what its settings and its last journal say
_REASONS_MAX = 32
_TEXT_MAX = 40
CROWD = "crowd:"  # begins the code of a notice
_CROWDS_MAX = 16
_CROWD_ADDRESSES_MAX = 4
_CROWD_TOLD_NS = 150 * 10**9  # the rim tells by the minute while one lasts


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


@dataclass(slots=True)
class _Crowd:
    last_t_ns: int
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class Crowds:
    """Ports at which many were turned away lately, and from where most came. Pickles; bounded."""

    _doors: dict[str, _Crowd] = field(default_factory=dict)

    def note(self, t_ns: int, event: SecurityEvent) -> None:
        """Something happened at a door."""
        if event.what is not Happening.CROWD:
            return
        self._doors = {door: one for door, one in self._doors.items() if _is_news(one, t_ns)}
        if event.of not in self._doors and len(self._doors) >= _CROWDS_MAX:
            return
        crowd = self._doors.setdefault(event.of, _Crowd(t_ns))
        crowd.last_t_ns = t_ns
        crowd.counts[event.address] += event.count
        named = sorted((count, address) for address, count in crowd.counts.items() if address)
        for count, address in named[:-_CROWD_ADDRESSES_MAX]:
            crowd.counts[""] += count
            del crowd.counts[address]

    def notices(self, t_ns: int) -> tuple[str, ...]:
        """``crowd:`` with the door, how many were turned away, and the addresses that most came from."""
        return tuple(
            f"{CROWD}{door} {one.counts.total()} {','.join(a for a, _ in one.counts.most_common() if a)}"
            for door, one in self._doors.items()
            if _is_news(one, t_ns)
        )


def _is_news(crowd: _Crowd, t_ns: int) -> bool:
    return t_ns - crowd.last_t_ns <= _CROWD_TOLD_NS


@dataclass(frozen=True, slots=True)
class CrowdTold:
    """A notice of a crowd taken apart: which door, how many were turned away, from where most of them."""

    door: str
    count: float
    addresses: str


def crowd_of(code: str) -> CrowdTold:
    """What the code of a notice says that begins with CROWD."""
    door, count, addresses = code.removeprefix(CROWD).rsplit(" ", 2)
    return CrowdTold(door, float(count), addresses.replace(",", ", "))
