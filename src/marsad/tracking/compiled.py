"""The one way kernels are compiled: without the interpreter lock, cached on disk, no fast-math.

Divisions by zero give what NumPy gives, so that the specification holds there too. Without
fast-math the same build gives the same bits on every run, which replay relies on.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """The function compiled by Numba on first use for the argument types given."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
