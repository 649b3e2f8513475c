"""The heart of a station: a beat a second while the fold closes cycles, and none when it does not."""

import asyncio
import logging
from collections.abc import Callable

from marsad.links.clock import Clock
from marsad.model.heartbeat import Beat
from marsad.station.station import Station

_LOG = logging.getLogger(__name__)
PERIOD_S = 1.0
_SLACK_S = 1.0

Sink = Callable[[Beat], None]


async def beat(station: Station, clock: Clock, sinks: list[Sink], period_s: float = PERIOD_S) -> None:
    """Hand a beat to each sink, at most one each period, after the fold has closed a cycle; goes on for ever.

    An open station is meant. The process may live and serve its console for ever: no cycle, no beat.
    """
    live = station.live
    due_s = max(period_s, live.fold.settings.cycle.idle_s) + _SLACK_S
    cycles, sequence, failed = live.fold.cycles, 0, set[int]()
    while True:
        await asyncio.sleep(period_s)
        picture = live.picture()
        if live.fold.cycles == cycles or picture is None:
            continue
        cycles, sequence = live.fold.cycles, sequence + 1
        site_t_ns = picture.t_ns - picture.utc_offset_ns
        age_s = max(clock.wall_s(clock.now_ns() - site_t_ns), 0.0)
        state = "faulty" if picture.faults else "overloaded" if picture.overloads else "ok"
        word = Beat(
            *(station.site.site_id, station.site.mode.value, clock.utc_ns() // 1_000_000, site_t_ns),
            *(sequence, due_s, round(age_s, 3), state),
            (*picture.faults, *(told.what.code for told in picture.overloads)),
        )
        for number, sink in enumerate(sinks):
            try:
                sink(word)
            except Exception:  # one that fails must not silence the others
                if number not in failed:
                    failed.add(number)
                    _LOG.exception("heartbeats cannot be handed on")
