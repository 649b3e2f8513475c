"""The far end of one of a site's outputs, which notes what came and when."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

from tests.outputs.mosquitto import free_port

from marsad.links.clock import SystemClock

CLOCK = SystemClock()
Item = TypeVar("Item")


class Counterpart:
    """One channel from its far end.

    came     (announcement, t_ns) as they came; an announcement that came twice stands there twice
    answers  whether this kind of peer says that it has a message
    """

    name = ""
    answers = True

    def __init__(self, directory: Path) -> None:
        self.came: list[tuple[str, int]] = []
        self.directory = directory
        self.port = free_port()
        self._stack = AsyncExitStack()

    def settings(self) -> str:
        """Its section of the site's settings."""
        raise NotImplementedError

    async def up(self) -> None:
        """Be there."""
        self._stack = AsyncExitStack()
        await self._enter(self._stack)

    async def down(self) -> None:
        """Be gone, as what was killed."""
        await self._stack.aclose()

    async def freeze(self) -> None:
        """Be there, and answer nothing any more."""
        raise NotImplementedError

    async def _enter(self, stack: AsyncExitStack) -> None:
        raise NotImplementedError

    def _note(self, name: str, t_ns: int | None = None) -> None:
        self.came.append((name, CLOCK.now_ns() if t_ns is None else t_ns))

    def _follow(
        self, stack: AsyncExitStack, items: list[Item], news: asyncio.Event, note: Callable[[Item], None]
    ) -> None:
        """Call for each item that comes into a list."""

        async def follow() -> None:
            seen = 0
            while True:
                news.clear()
                for item in items[seen:]:
                    note(item)
                seen = len(items)
                await news.wait()

        beside(stack, follow())


def beside(stack: AsyncExitStack, work: Coroutine[object, object, None]) -> None:
    """Do something as long as a stack lasts."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)
