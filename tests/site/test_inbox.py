"""Lanes of what waits: in order while little waits, and in turn when one sends more than is taken."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from marsad.model.frame import FrameKind
from marsad.site.inbox import Inbox, Waiting


def chunk(link: int, number: int, size: int = 1_000) -> Waiting:
    return Waiting(number, "sensors", link, FrameKind.DATA, bytes(size))


async def test_what_waits_is_taken_in_the_order_it_came() -> None:
    inbox = Inbox()
    for number in range(9):
        await inbox.put(chunk(number % 3, number))
    assert [item.t_ns for item in inbox.take(1 << 20)] == list(range(9))
    assert inbox.empty() and inbox.take(1) == []


async def test_who_says_little_is_heard_beside_who_says_much() -> None:
    inbox = Inbox(16, 1 << 30)
    for number in range(16):
        await inbox.put(chunk(1, number, 16_384))
    await inbox.put(chunk(2, 99, 100))
    taken = inbox.take(32_768)
    assert [(item.link, item.t_ns) for item in taken] == [(1, 0), (2, 99)]
    assert [item.t_ns for item in inbox.take(32_768)] == [1], "a whole batch is one chunk and what it costs"


async def test_who_fills_its_lane_waits_and_nobody_else() -> None:
    inbox = Inbox(2)
    for number in range(2):
        await inbox.put(chunk(1, number))
    waiting = [asyncio.create_task(inbox.put(chunk(1, number))) for number in (2, 3, 4)]
    given_up = asyncio.create_task(inbox.put(chunk(1, 5)))
    await asyncio.sleep(0)
    given_up.cancel()
    await inbox.put(chunk(2, 9))
    assert not any(task.done() for task in waiting)
    assert [item.t_ns for item in inbox.take(1 << 20)] == [0, 1, 9]
    while not inbox.empty() or not all(task.done() for task in waiting):
        async with asyncio.timeout(5):
            await inbox.wait()
        found = [item.t_ns for item in inbox.take(1 << 20)]
        assert found in ([2, 3], [4], [2], [3]), found
        await asyncio.sleep(0)
    assert given_up.cancelled()


async def test_who_says_little_is_heard_at_once_beside_any_number_that_say_much() -> None:
    inbox = Inbox(16, 1 << 30)
    for link in range(1, 101):
        for number in range(4):
            await inbox.put(chunk(link, number, 16_384))
    for batch in range(40):
        await inbox.put(chunk(200, 99, 100))
        taken = inbox.take(32_768)
        assert [item.t_ns for item in taken if item.link == 200] == [99], batch
        assert sum(item.cost for item in taken) <= 32_768, "no batch grows by the number of those who wait"


async def test_who_sends_long_frames_has_no_more_than_others() -> None:
    inbox = Inbox(2_000, 1 << 30)
    for number in range(4):
        await inbox.put(chunk(1, number, 1 << 20))
    for number in range(1_000):
        await inbox.put(chunk(2, number, 1_000))
    had = {1: 0, 2: 0}
    while had[2] < 1_000 * 1_256:
        for item in inbox.take(8_192):
            had[item.link] += item.cost
        assert had[1] <= had[2] + 2 * (256 + (1 << 20))


async def test_who_comes_back_each_time_it_was_heard_has_no_more_than_who_waits() -> None:
    inbox = Inbox(100, 1 << 30)
    for number in range(100):
        await inbox.put(chunk(1, number, 16_384))
    had = {1: 0, 2: 0}
    for number in range(100):
        await inbox.put(chunk(2, number, 16_384))
        for item in inbox.take(20_000):
            had[item.link] += 1
    assert abs(had[1] - had[2]) <= 2


async def test_a_lane_is_full_by_bytes_as_well_and_who_waits_for_its_own_is_known() -> None:
    inbox = Inbox(16)
    for number in range(4):
        await inbox.put(chunk(1, number, 16_384))
    fifth = chunk(1, 4, 16_384)
    waiting = asyncio.create_task(inbox.put(fifth))
    await asyncio.sleep(0)
    await inbox.put(chunk(2, 9))
    assert not waiting.done()
    first = inbox.take(32_768)
    await waiting
    rest = inbox.take(1 << 20)
    assert [item.t_ns for item in first + rest if item.link == 1] == [0, 1, 2, 3, 4]
    assert [item.t_ns for item in first + rest if item.crowded] == [4]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 20_000)), max_size=60), st.integers(1, 70_000))
def test_all_is_taken_once_in_the_order_of_its_lane_and_the_lanes_share_by_bytes(
    sizes: list[tuple[int, int]], cost_max: int
) -> None:
    async def taken() -> None:
        inbox = Inbox(100, 1 << 30)
        for number, (link, size) in enumerate(sizes):
            await inbox.put(chunk(link, number, size))
        left = {link: [n for n, (other, _) in enumerate(sizes) if other == link] for link, _ in sizes}
        had, longest = dict.fromkeys(left, 0), 256 + max((size for _, size in sizes), default=0)
        while not inbox.empty():
            batch = inbox.take(cost_max)
            assert len(batch) == 1 or 0 < sum(item.cost for item in batch) <= cost_max
            assert [item.t_ns for item in batch] == sorted(item.t_ns for item in batch)
            for item in batch:
                assert left[item.link].pop(0) == item.t_ns
                had[item.link] += item.cost
            for link in (link for link, numbers in left.items() if numbers):
                assert max(had.values()) - had[link] <= 2 * longest + 16_640, (
                    "whoever waits has had as much as anybody"
                )
        assert not any(left.values())

    asyncio.run(taken())
