"""What a receiver ends up with is the newest picture, however slowly it takes what waits."""

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.stream.encode import Entry, Key, core_of, head_of
from marsad.stream.mailbox import Mailbox, Sky, Wanted
from marsad.stream.records import KINDS, Kind

World = dict[
    Kind, dict[str, tuple[int, int]]
]  # of each object: what is worth telling at once, and what moves
worlds = st.fixed_dictionaries(
    {
        kind: st.dictionaries(
            st.sampled_from("abcdef"), st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=6
        )
        for kind in KINDS
    }
)
steps = st.lists(st.tuples(worlds, st.integers(0, 12), st.floats(0, 3)), min_size=1, max_size=8)


def as_sites_have_it(steps: list[Any]) -> None:
    """A number of a track is never used again, and its threat is there as long as the track."""
    over: set[str] = set()
    before: set[str] = set()
    for world, *_ in steps:
        tracks = {name: value for name, value in world["track"].items() if name not in over}
        over |= before - tracks.keys()
        before = set(tracks)
        world["track"] = tracks
        world["threat"] = {name: world["threat"].get(name, (0, 0)) for name in tracks}


def sky_of(world: World, t_ms: int) -> Sky:
    head = head_of(t_ms, "s", "test")
    entries: dict[Kind, dict[Key, Entry]] = {kind: {} for kind in KINDS}
    for kind in KINDS:
        for name, (lasting, fleeting) in world[kind].items():
            key = (kind, name)
            core = core_of({"kind": kind, "id": name, "lasting": lasting, "fleeting": fleeting})
            essence = core_of({"lasting": lasting}) if kind in ("alarm", "delivery") else b""
            quiet = kind == "threat" and not lasting
            entries[kind][key] = Entry(kind, key, head, core, essence, is_quiet=quiet)
    return Sky(t_ms, head, entries)


@dataclass
class Receiver:
    """Keeps what it was told, as the guide says."""

    held: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    sequence: int = 0
    dropped: int = 0
    snapshots: int = 0

    def take(self, box: Mailbox, most: int, now_s: float) -> int:
        for count in range(most):
            taken = box.take(now_s)
            if taken is None:
                return count
            self.hear(json.loads(taken.data))
        return most

    def hear(self, record: dict[str, Any]) -> None:
        self.sequence += 1
        assert record["sequence"] == self.sequence
        kind = record["kind"]
        if kind == "track_end":
            for one in ("track", "threat"):
                self.held.pop((one, record["track_id"]), None)
        elif kind == "alarm_end":
            self.held.pop(("alarm", record["alarm_id"]), None)
        elif kind == "dropped":
            self.dropped += record["count"]
        elif kind == "snapshot_end":
            self.snapshots += 1
        elif kind in KINDS:
            self.held[kind, record["id"]] = record["lasting"], record["fleeting"]


def waiting(box: Mailbox) -> int:
    return sum(len(box._waiting[kind]) for kind in KINDS)


@settings(max_examples=300, deadline=None)
@given(steps)
def test_whoever_reads_to_the_end_holds_the_newest_picture(steps: list[Any]) -> None:
    as_sites_have_it(steps)
    box, receiver, now_s = Mailbox(Wanted(KINDS, 1.0)), Receiver(), 0.0
    seen: set[Key] = set()
    for number, (world, reads, pause_s) in enumerate(steps):
        sky = sky_of(world, 1000 + number)
        seen |= {key for kind in KINDS for key in sky.entries[kind]}
        (box.offer if number else box.begin)(sky, now_s)
        receiver.take(box, reads, now_s)
        assert waiting(box) <= len(seen), "never more than one message for an object"
        now_s += pause_s
    last = steps[-1][0]
    box.offer(sky_of(last, 9000), now_s + 10.0)  # the turn of what moves
    receiver.take(box, 10_000, now_s + 10.0)
    box.offer(sky_of(last, 9001), now_s + 20.0)
    receiver.take(box, 10_000, now_s + 20.0)
    for kind in ("track", "alarm"):
        held = {name: value for (one, name), value in receiver.held.items() if one == kind}
        assert held == last[kind]
    for name, value in last["delivery"].items():
        assert receiver.held["delivery", name] == value
    for name, value in last["threat"].items():
        if value[0]:
            assert receiver.held["threat", name] == value
        else:
            assert receiver.held.get(("threat", name), (0, 0))[0] == 0, "it has heard that it is at INFO"
    assert receiver.snapshots == 1
    assert receiver.dropped == box.dropped


def test_what_changes_and_matters_to_people_does_not_wait_for_its_turn() -> None:
    box, receiver = Mailbox(Wanted(KINDS, 60.0)), Receiver()
    one: World = {"track": {"a": (0, 0)}, "threat": {"a": (1, 0)}, "alarm": {"a": (0, 0)}, "delivery": {}}
    box.begin(sky_of(one, 1), 0.0)
    receiver.take(box, 100, 0.0)
    one["alarm"]["a"], one["track"]["a"] = (0, 1), (0, 1)
    box.offer(sky_of(one, 2), 1.0)
    assert receiver.take(box, 100, 1.0) == 0, "a time left that runs down waits"
    one["alarm"]["a"] = (1, 2)
    box.offer(sky_of(one, 3), 2.0)
    assert receiver.take(box, 100, 2.0) == 1
    box.offer(sky_of(one, 4), 60.0)
    assert receiver.take(box, 100, 60.0) == 1, "its turn"


def test_the_end_of_an_alarm_that_was_never_told_is_told_all_the_same() -> None:
    box, receiver = Mailbox(Wanted(("alarm",), 1.0)), Receiver()
    nothing: World = {kind: {} for kind in KINDS}
    there: World = {**nothing, "alarm": {"a": (0, 0)}}
    box.begin(sky_of(nothing, 1), 0.0)
    receiver.take(box, 100, 0.0)
    box.offer(sky_of(there, 2), 1.0)
    box.offer(sky_of(nothing, 3), 2.0)
    taken = box.take(2.0)
    while taken is not None and taken.name != "alarm":
        taken = box.take(2.0)
    assert taken is not None and json.loads(taken.data)["kind"] == "alarm_end"
