"""A lane as it runs in a site."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from marsad.outputs.lane import Lane


@asynccontextmanager
async def running(lane: Lane) -> AsyncIterator[Lane]:
    """The lane, until the end of the block."""
    task = asyncio.create_task(lane.run())
    try:
        yield lane
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
