"""The offline runner: a source of frames, folded as fast as the machine goes."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from marsad.model.effect import Effect
from marsad.model.frame import TICK, Frame
from marsad.model.picture import Picture
from marsad.site.recorder import Recorder

STEP_NS = 100_000_000
_GARBAGE_COUNT = 50_000  # objects made since the last search


class Source(Protocol):
    """A world that sends frames and may react to what the site does, such as a simulation."""

    start_t_ns: int
    end_t_ns: int

    def frames(self, until_t_ns: int) -> Sequence[Frame]:
        """Everything that enters since the last call up to that time, in time order."""

    def notice(self, effects: Sequence[Effect], picture: Picture | None) -> None:
        """What the site did since the last call."""


def run_offline(
    source: Source, recorder: Recorder, watch: Callable[[int, Sequence[Effect], Picture], None]
) -> None:
    """Play a source to its end, journal and fold, with the ticks a live site would have had.

    watch   called once per simulated step with its time, effects and picture; the picture is the one
            before where there was neither a cycle nor anything to do since
    """
    cycles, picture = -1, recorder.fold.picture()
    with _long_lived():
        for t_ns in range(source.start_t_ns, source.end_t_ns + STEP_NS, STEP_NS):
            effects: list[Effect] = []
            for frame in source.frames(t_ns):
                _tick(recorder, frame.t_ns, effects)
                effects += recorder.take([frame])
            _tick(recorder, t_ns, effects)
            if effects or recorder.fold.cycles != cycles:
                cycles, picture = recorder.fold.cycles, recorder.fold.picture()
            source.notice(effects, picture)
            watch(t_ns, effects, picture)


def _tick(recorder: Recorder, until_t_ns: int, effects: list[Effect]) -> None:
    fold = recorder.fold
    while (deadline_ns := max(fold.deadline_ns, fold.t_ns)) < until_t_ns:
        effects += recorder.take([Frame(TICK, deadline_ns)])


@contextmanager
def _long_lived() -> Iterator[None]:
    """Search for garbage seldom, and not among what is there already: up to a fifth of a run went into it."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_GARBAGE_COUNT, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
