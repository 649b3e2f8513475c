"""Arrays given to Python without looking up anew, for each of them, that they are of NumPy's class.

Numba keeps that class in the code as a text to be unpickled, and has Python do so for every array that a
kernel returns: of a scan of ten tracks, twenty times for a tenth of the whole. The types of their numbers it
keeps as constants beside the code; so is the class here.
"""

from typing import Any, cast

from marsad.tracking.shortcuts import Replacement


def array_results() -> tuple[Replacement, ...]:
    """What of Numba is replaced; only for the version tried."""
    from numba.core.pythonapi import PythonAPI

    return ((PythonAPI, "from_native_value", _given(PythonAPI.from_native_value)),)


def _given(original: Any) -> Any:
    """`PythonAPI.from_native_value`, which writes the code that makes an object of a value."""
    from numba.core import cgutils
    from numba.core.types import Array
    from numba.np import numpy_support

    write, types_of = cast(Any, cgutils), cast(Any, numpy_support)

    def give(self: Any, kind: Any, value: Any, env_manager: Any = None) -> Any:
        if type(kind) is not Array or env_manager is None or not self.context.enable_nrt:
            return original(self, kind, value, env_manager)
        builder, kept = self.builder, env_manager
        numbers, made = (kept.add_const(one) for one in (types_of.as_dtype(kind.dtype), kind.box_type))
        pointer = write.alloca_once_value(builder, value)
        integer = write.int32_t
        signature = write.ir.FunctionType(
            self.pyobj, [self.voidptr, self.pyobj, integer, integer, self.pyobj]
        )
        adapt = self._get_function(signature, name="NRT_adapt_ndarray_to_python_acqref")
        found = builder.call(
            adapt,
            [
                builder.bitcast(pointer, self.voidptr),
                kept.read_const(made),
                integer(kind.ndim),
                integer(int(kind.mutable)),
                kept.read_const(numbers),
            ],
        )
        self.context.nrt.decref(builder, kind, value)
        return found

    return give
