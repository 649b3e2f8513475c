"""Compilation of every function once: what only other kernels call is optimised in these, not before.

Numba makes a finished library of each function it compiles: optimised, and with machine code. It does
both again for every function that calls it, since it builds the callee in. A kernel of a hundred functions,
most of them called by nobody else, is optimised several times over. Inside `sparing` a function that Python
cannot call stays as it was lowered, and only the kernel that Python calls is linked with all it needs,
optimised and made machine code. That, and some of Numba's own bookkeeping, are a third of the time.

A compilation unit is finished too, and is not built into its callers: their machine code calls its own. So
units are compiled beside each other, and a change of one leaves the others be. `unit_cache` keeps on disk,
with the code of a caller, which units it needs.

It stands on Numba's inside, so it is used for the version it was tried with; any other compiles as it
always does, in more time, to the same results.
"""

import contextlib
import gc
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, cast

from marsad.tracking.array_parts import array_parts
from marsad.tracking.array_results import array_results
from marsad.tracking.shortcuts import Replacement, shortcuts

TRIED_WITH = (0, 68)  # major and minor version of Numba
_ENTRY_PREFIX = "_ZN7cpython"  # of the function by which Python enters a compiled one

_ABSENT = object()

Unit = tuple[str, tuple[Any, ...], str]
Compile = Callable[[tuple[Any, ...]], Any]
_UNITS: dict[
    str, Compile
] = {}  # what compiles a unit for types of arguments, or loads it, by the unit's name


@contextlib.contextmanager
def sparing() -> Iterator[None]:
    """Compile sparingly inside; may be entered again inside itself."""
    replacements = _replacements()
    if not replacements:
        yield
        return
    before = [vars(owner).get(name, _ABSENT) for owner, name, _ in replacements]
    collecting = gc.isenabled()
    gc.disable()  # millions of objects that live to the end are looked through for nothing
    for owner, name, value in replacements:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for (owner, name, _), value in zip(replacements, before, strict=True):
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
        if collecting:
            gc.enable()


@lru_cache(maxsize=1)
def _replacements() -> tuple[Replacement, ...]:
    """What of Numba is replaced: owner, name, and by what. Nothing for a version that was not tried."""
    import numba

    if tuple(map(int, numba.__version__.split(".")[:2])) != TRIED_WITH:
        return ()
    from numba.core.codegen import JITCodeLibrary
    from numba.core.registry import cpu_target
    from numba.core.runtime import nrt
    from numba.core.targetconfig import TargetConfig
    from numba.np import arrayobj

    context: Any = cpu_target.target_context
    nrt.rtsys.initialize(context)  # its library is called by address and must not wait
    codegen = context.codegen()

    def values(self: Any) -> dict[str, Any]:
        """As Numba's, which asks a property for each of two dozen flags, a million times."""
        return {**_defaults(cast(Any, type(self))), **self._values}

    return (
        (codegen, "_library_class", _library_class(JITCodeLibrary)),
        (codegen, "set_env", _environment(codegen)),
        (TargetConfig, "values", values),
        (arrayobj, "raise_with_shape_context", _plain_mismatch()),
        *shortcuts(),
        *array_parts(),
        *array_results(),
    )


def _plain_mismatch() -> Any:
    """What raises the error of an assignment of another shape, without text made of the shapes.

    Making text is thirty functions to be compiled for an error that does not occur.
    """
    from numba.core import extending

    def mismatch(source: Any, target: Any) -> None: ...

    def raise_mismatch(source: Any, target: Any) -> None:
        raise ValueError("an array is assigned to a part of another shape")

    def implementation(source: Any, target: Any) -> Any:
        return raise_mismatch

    for function in (raise_mismatch, implementation):
        function.__annotations__ = {}  # which Numba compares
    cast(Any, extending).overload(mismatch)(implementation)
    return mismatch


@lru_cache(maxsize=8)
def _defaults(config: Any) -> dict[str, Any]:
    return {name: option.default for name, option in config.options.items()}


def _environment(codegen: Any) -> Callable[[str, Any], None]:
    """The code generator's `set_env` for functions of which some have no machine code of their own."""
    original, waiting = codegen.set_env, {}

    def set_env(name: str, environment: Any) -> None:
        waiting[name] = environment
        for known in [known for known in waiting if codegen._engine.is_symbol_defined(known)]:
            original(known, waiting.pop(known))

    return set_env


def _library_class(base: Any) -> type:
    """Numba's class of libraries, but finished only if Python enters it, it is kept, or its address asked."""

    finishing: list[Any] = []

    class SparingLibrary(base):  # type: ignore[misc]
        """The code of one function, and of those it calls once it is finished.

        unit   name, types of arguments and symbol if it is a compilation unit, else None
        """

        finished = False
        unit: Unit | None = None
        _linking_libraries: list[Any]

        def finalize(self) -> None:
            """Finish what Python enters; let all else be as it is."""
            if any(function.name.startswith(_ENTRY_PREFIX) for function in self._final_module.functions):
                self._finish()
                return
            for library in self._linking_libraries:
                self._reload_init.update(library._reload_init)
            self._finalize_dynamic_globals()
            self._finalized = True

        def units(self) -> list[Unit]:
            """The compilation units that its machine code calls."""
            return [unit for library in self._needed() if (unit := _unit_of(library))]

        def serialize_using_object_code(self) -> Any:
            """As any library's; what is kept has machine code."""
            if not self.finished:
                self._finish()
            return super().serialize_using_object_code()

        def get_pointer_to_function(self, name: str) -> int:
            """The address of a function of this name, 0 if it has none."""
            self._ensure_finalized()
            if not self.finished:
                if not any(function.name == name for function in self._final_module.functions):
                    return 0
                self._finish()
            return int(super().get_pointer_to_function(name))

        def _optimize_functions(self, module: Any) -> None:
            """As any library's, with one list of passes for all, and no look at functions only named."""
            module.data_layout = self._codegen._data_layout
            passes, builder = _function_passes(self._codegen)
            for function in module.functions:
                if not function.is_declaration:
                    passes.run(function, builder)

        def _get_module_for_linking(self) -> Any:
            """Its code, with all that it calls if another's library asks, which would not look for it."""
            if not self.finished and not finishing:
                self._finish()
            return super()._get_module_for_linking()

        def _finish(self) -> None:
            called = self._linking_libraries
            self._linking_libraries = [library for library in self._needed() if not _unit_of(library)]
            self._finalized = False
            self._shared_module = None  # of before, when it was linked into another without what it calls
            finishing.append(self)
            try:
                super().finalize()
            finally:
                finishing.pop()
            self._linking_libraries = called

        def _needed(self) -> list[Any]:
            """All libraries it calls directly or through others, callers before the called.

            What nobody has called so far would not be linked in.
            """
            seen: set[Any] = set()
            order: list[Any] = []

            def visit(library: Any) -> None:
                if library not in seen:
                    seen.add(library)
                    if library is self or not getattr(library, "finished", True):
                        for used in library._linking_libraries:
                            visit(used)
                    order.append(library)

            visit(self)
            return order[-2::-1]

        def _finalize_final_module(self) -> None:
            self.finished = True
            super()._finalize_final_module()

    return SparingLibrary


@lru_cache(maxsize=1)
def _function_passes(codegen: Any) -> tuple[Any, Any]:
    """LLVM's light passes over single functions: the thorough ones come when all is linked."""
    return cast(tuple[Any, Any], codegen._function_pass_manager(opt=1))


def _unit_of(library: Any) -> Unit | None:
    return cast(Unit | None, getattr(library, "unit", None))


def unit_cache(function: Any, unit: str, compile_unit: Compile | None) -> Any:
    """Numba's cache on disk for a function, which also knows the compilation units that its code calls.

    compile_unit   if the function is a unit itself: what compiles it for types of arguments, or loads it
    """
    from numba.core import caching

    base: Any = caching
    if compile_unit is not None:
        _UNITS[unit] = compile_unit

    def mark(result: Any) -> None:
        if compile_unit is not None:
            result.library.unit = unit, tuple(result.signature.args), result.fndesc.mangled_name

    class UnitCacheImpl(base.CompileResultCacheImpl):  # type: ignore[misc]
        """Keeps with compiled code the units it calls."""

        def reduce(self, result: Any) -> Any:
            """What is written to disk."""
            payload, library = super().reduce(result), result.library
            mark(result)
            return library.units() if hasattr(library, "units") else [], payload

        def rebuild(self, context: Any, data: Any) -> Any:
            """The code as it was, None if a unit it calls is no longer the one it was compiled for."""
            units, payload = data
            for name, types, symbol in units:
                if name not in _UNITS:
                    return None
                _UNITS[name](types)
                if not context.codegen()._engine.is_symbol_defined(symbol):
                    return None
            result = super().rebuild(context, payload)
            mark(result)
            return result

    class UnitCache(base.FunctionCache):  # type: ignore[misc]
        _impl_class = UnitCacheImpl

    return UnitCache(function)
