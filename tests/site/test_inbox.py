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
    inbox = Inbox(16)
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


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 20_000)), max_size=60), st.integers(1, 70_000))
def test_all_is_taken_once_in_the_order_of_its_lane_and_each_lane_has_its_turn(
    sizes: list[tuple[int, int]], cost_max: int
) -> None:
    async def taken() -> None:
        inbox = Inbox(100)
        for number, (link, size) in enumerate(sizes):
            await inbox.put(chunk(link, number, size))
        left = {link: [n for n, (other, _) in enumerate(sizes) if other == link] for link, _ in sizes}
        while not inbox.empty():
            batch = inbox.take(cost_max)
            assert {item.link for item in batch} == {link for link, numbers in left.items() if numbers}
            assert [item.t_ns for item in batch] == sorted(item.t_ns for item in batch)
            for item in batch:
                assert left[item.link].pop(0) == item.t_ns
        assert not any(left.values())

    asyncio.run(taken())
