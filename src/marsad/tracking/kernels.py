"""The set of kernels a tracker runs on: the NumPy specification or its compiled twin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marsad.tracking import (
    cleaning,
    folding,
    motion,
    retrodiction,
)
from marsad.tracking.ballistic.trajectory import fitted
from marsad.tracking.ballistic.trajectory_kernel import fitted_compiled
from marsad.tracking.bearings.crossed import crossed
from marsad.tracking.compiled import compiled
from marsad.tracking.records import Folded
from marsad.tracking.registration.lesson import lesson
from marsad.tracking.registration.lesson_kernel import lesson_compiled
from marsad.tracking.relinking.relink import relink


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
    fitted: Callable[..., Any]


SPECIFICATION = Kernels(
    cleaning.clean,
    folding.fold,
    crossed,
    folding.portray,
    lesson,
    motion.step,
    retrodiction.retrodict,
    relink,
    fitted,
)
COMPILED = Kernels(
    compiled(cleaning.clean),
    compiled(folding.fold),
    compiled(crossed),
    compiled(folding.portray),
    lesson_compiled,
    compiled(motion.step),
    compiled(retrodiction.retrodict),
    compiled(relink),
    fitted_compiled,
)


def kernels(compiled: bool) -> Kernels:
    """The compiled set or the specification."""
    return COMPILED if compiled else SPECIFICATION
