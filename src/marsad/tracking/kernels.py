"""The set of kernels a tracker runs on: the NumPy specification or its compiled twin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marsad.tracking import (
    cleaning,
    crossed,
    folding,
    motion,
    registration_lesson,
    registration_lesson_kernel,
    relinking,
    retrodiction,
)
from marsad.tracking.compiled import compiled
from marsad.tracking.records import Folded


@dataclass(frozen=True)
class Kernels:
    """What is called of the arithmetic of the engine; every function is documented where it is defined.

    Steps that only others of them use are no part of it.
    """

    clean: Callable[..., Any]
    fold: Callable[..., Folded]
    crossed: Callable[..., Any]
    portray: Callable[..., folding.Portrait]
    lesson: Callable[..., Any]
    step: Callable[..., Any]
    retrodict: Callable[..., Any]
    relink: Callable[..., Any]


SPECIFICATION = Kernels(
    cleaning.clean,
    folding.fold,
    crossed.crossed,
    folding.portray,
    registration_lesson.lesson,
    motion.step,
    retrodiction.retrodict,
    relinking.relink,
)
COMPILED = Kernels(
    compiled(cleaning.clean),
    compiled(folding.fold),
    compiled(crossed.crossed),
    compiled(folding.portray),
    registration_lesson_kernel.lesson_compiled,
    compiled(motion.step),
    compiled(retrodiction.retrodict),
    compiled(relinking.relink),
)


def kernels(compiled: bool) -> Kernels:
    """The compiled set or the specification."""
    return COMPILED if compiled else SPECIFICATION
