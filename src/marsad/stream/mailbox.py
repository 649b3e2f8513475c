"""What waits for one receiver of the stream: of each object its newest state, and nothing older.

However slowly the receiver takes what waits, there is at most one message for each object. What is left out
is counted, and the receiver is told how much.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marsad.stream.encode import Entry, Key, alarm_dropped, core_of, message_of, track_end
from marsad.stream.records import KINDS, Kind

_FIRST: tuple[Kind, ...] = ("alarm", "delivery", "threat", "track")  # in this order they are sent
_DROPS_TOLD_S = 1.0


@dataclass(slots=True)
class Wanted:
    """What a receiver wants.

    every_s           changes of an object come at most once in so many seconds
    is_each_picture   pictures come no more often than that: each brings all that has changed
    """

    kinds: tuple[Kind, ...] = KINDS
    every_s: float = 1.0
    is_each_picture: bool = False


@dataclass(frozen=True, slots=True)
class Sky:
    """One picture in records: what was made of it, by kind.

    t_ms   of the picture
    head   of messages that are made of it
    """

    t_ms: int
    head: bytes
    entries: Mapping[Kind, Mapping[Key, Entry]]


@dataclass(slots=True)
class Taken:
    """One message as it goes out; entry: what it tells of, None for what concerns the stream itself."""

    data: bytes
    name: str
    entry: Entry | None = None


@dataclass(eq=False)
class Mailbox:
    """What waits for one receiver. Bounded by the objects there are.

    dropped     how many states were never sent, in all
    is_begun    whether it has had its first picture: without one there is no end of a snapshot
    """

    wanted: Wanted = field(default_factory=Wanted)
    dropped: int = 0
    is_begun: bool = False
    _untold: int = 0
    _untold_until_s: float = 0.0
    _sequence: int = 0
    _due_s: float = 0.0
    _words: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)  # name → head, core
    _state: bytes = b""
    _waiting: dict[Kind, dict[Key, Entry]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    _told: dict[Kind, dict[Key, Entry]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    _snapshot: set[Key] | None = None
    _snapshot_count: int = 0
    _head: bytes = b""

    # ---------------------------------------------------------------- what comes in

    def say(self, name: str, head: bytes, record: Mapping[str, Any]) -> None:
        """A word about the stream itself; it takes the place of one of the same name that still waits."""
        self._words[name] = head, core_of(record)
        self._head = head

    def state(self, head: bytes, record: Mapping[str, Any]) -> None:
        """How the site is; nothing is said where that has not changed."""
        core = core_of(record)
        if core != self._state:
            self._state = core
            self._words["state"] = head, core
        self._head = head

    def is_due(self, now_s: float) -> bool:
        """Whether it is the turn of what changes all the time."""
        return self.wanted.is_each_picture or now_s >= self._due_s

    def begin(self, sky: Sky, now_s: float) -> None:
        """All that there is, whatever was told before, and behind it a word that it is all."""
        self.is_begun, self._due_s = True, 0.0
        self.offer(sky, now_s)
        for kind in self.wanted.kinds:
            for key, entry in sky.entries.get(kind, {}).items():
                if not entry.is_quiet:
                    self._waiting[kind].setdefault(key, entry)
        if self._state and "state" not in self._words:
            self._words["state"] = self._head, self._state
        self._snapshot = {key for kind in KINDS for key in self._waiting[kind]}
        self._snapshot_count = len(self._snapshot)

    def offer(self, sky: Sky, now_s: float) -> None:
        """A newer picture."""
        due = self.is_due(now_s)
        if due:
            self._due_s = now_s + self.wanted.every_s
        self._head = sky.head
        for kind in self.wanted.kinds:
            entries = sky.entries.get(kind)
            if entries is None or (kind in ("track", "threat") and not due):
                continue
            for entry in entries.values():
                self._offer(entry, due=due)
            for key in (self._told[kind].keys() | self._waiting[kind].keys()) - entries.keys():
                self._end(sky, kind, key)

    def want(self, wanted: Wanted) -> None:
        """The receiver wants something else from now on; `begin` with it."""
        self.wanted = wanted
        self._due_s, self._state, self._snapshot, self.is_begun = 0.0, b"", None, False
        for kind in KINDS:
            self._waiting[kind].clear()
            self._told[kind].clear()

    def _offer(self, entry: Entry, *, due: bool) -> None:
        waiting = self._waiting[entry.kind]
        before = waiting.get(entry.key)
        last = before or self._told[entry.kind].get(entry.key)
        if last is None:
            if not entry.is_quiet:
                waiting[entry.key] = entry
            return
        if last.core == entry.core or (last.is_quiet and entry.is_quiet):
            return
        if not due and last.essence and last.essence == entry.essence:
            return
        if before is not None:
            self._drop()
        waiting[entry.key] = entry

    def _end(self, sky: Sky, kind: Kind, key: Key) -> None:
        """An object is not in the picture any more."""
        waiting, told = self._waiting[kind].get(key), self._told[kind].get(key)
        if waiting is not None and waiting.is_end:
            return
        if waiting is not None:
            del self._waiting[kind][key]
            self._drop()
        if kind == "alarm" and not (told is not None and told.is_end):
            self._waiting[kind][key] = alarm_dropped(key, sky.head, sky.t_ms)
        elif kind in self._ends_tracks() and told is not None and not told.is_quiet:
            self._waiting[kind][key] = track_end(kind, key, sky.head)
        else:
            self._told[kind].pop(key, None)
            self._leave_out(key)

    def _ends_tracks(self) -> tuple[Kind, ...]:
        """As what the ends of tracks are told, once each."""
        return ("track",) if "track" in self.wanted.kinds else ("threat",)

    def _leave_out(self, key: Key) -> None:
        if self._snapshot is not None:
            self._snapshot.discard(key)

    def _drop(self) -> None:
        self.dropped += 1
        self._untold += 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._words and not any(self._waiting.values())

    # ---------------------------------------------------------------- what goes out

    def take(self, now_s: float) -> Taken | None:
        """The next message; None where nothing waits."""
        for name in ("hello", "state", "refused", "heartbeat"):
            if name in self._words:
                head, core = self._words.pop(name)
                return Taken(self._numbered(head, core), name)
        if self._untold and now_s >= self._untold_until_s:
            core = core_of({"kind": "dropped", "count": self._untold})
            self._untold, self._untold_until_s = 0, now_s + _DROPS_TOLD_S
            return Taken(self._numbered(self._head, core), "dropped")
        if self._snapshot is not None and not self._snapshot:
            self._snapshot = None
            core = core_of({"kind": "snapshot_end", "messages": self._snapshot_count})
            return Taken(self._numbered(self._head, core), "snapshot_end")
        for kind in _FIRST:
            if self._waiting[kind]:
                return self._taken(kind)
        return None

    def _taken(self, kind: Kind) -> Taken:
        key = next(iter(self._waiting[kind]))
        entry = self._waiting[kind].pop(key)
        if entry.is_end and kind != "alarm":
            self._told[kind].pop(key, None)
        else:  # the end of an alarm stands in later pictures, too
            self._told[kind][key] = entry
        self._leave_out(key)
        self._sequence += 1
        return Taken(entry.message(self._sequence), kind, entry)

    def _numbered(self, head: bytes, core: bytes) -> bytes:
        self._sequence += 1
        return message_of(self._sequence, head, core)
