"""Awaiting what a library does, in a task of its own.

Before Python 3.12 `asyncio.wait_for`, on which the libraries build, can swallow a cancellation that comes in
the same moment as what it waits for; who was to end would then go on for ever.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def apart(work: Awaitable[T]) -> T:
    """What the work gives or raises; who awaits it can be cancelled at any time, and the work is then."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.add_done_callback(_forget)
        task.cancel()
        raise
    return task.result()


def _forget(task: "asyncio.Future[T]") -> None:
    if not task.cancelled():
        task.exception()
