"""The set of kernels a tracker runs on: the NumPy specification or its compiled twin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marsad.tracking import (
    cleaning,
    crossings,
    folding,
    ghosts,
    motion,
    origins,
    registration_lesson,
    registration_lesson_kernel,
    retrodiction,
    triangulation,
)
from marsad.tracking.compiled import compiled


@dataclass(frozen=True)
class Kernels:
    """What is called of the arithmetic of the engine; every function is documented where it is defined.

    Steps that only others of them use are no part of it.
    """

    clean: Callable[..., Any]
    origins: Callable[..., Any]
    fold: Callable[..., folding.Folded]
    associate: Callable[..., folding.Found]
    conclude: Callable[..., folding.Folded]
    portray: Callable[..., folding.Portrait]
    crossing_pairs: Callable[..., Any]
    agreement: Callable[..., Any]
    locate: Callable[..., Any]
    lesson: Callable[..., Any]
    step: Callable[..., Any]
    retrodict: Callable[..., Any]


SPECIFICATION = Kernels(
    cleaning.clean,
    origins.origins,
    folding.fold,
    folding.associate,
    folding.conclude,
    folding.portray,
    crossings.crossing_pairs,
    ghosts.agreement,
    triangulation.locate,
    registration_lesson.lesson,
    motion.step,
    retrodiction.retrodict,
)
COMPILED = Kernels(
    compiled(cleaning.clean),
    origins.origins_compiled,
    compiled(folding.fold),
    compiled(folding.associate),
    compiled(folding.conclude),
    compiled(folding.portray),
    compiled(crossings.crossing_pairs),
    compiled(ghosts.agreement),
    compiled(triangulation.locate),
    registration_lesson_kernel.lesson_compiled,
    compiled(motion.step),
    compiled(retrodiction.retrodict),
)


def kernels(compiled: bool) -> Kernels:
    """The compiled set or the specification."""
    return COMPILED if compiled else SPECIFICATION
