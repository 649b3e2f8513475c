"""The one way kernels are compiled: without the interpreter lock, cached on disk, no fast-math.

A step of the engine is written once, in a form that runs as it stands and compiles as fast as any other,
and marked `both`. Only where the compiled algorithm must differ (a grid instead of all pairs, a factor
by hand instead of a solver) it is written twice: as NumPy specification and as its compiled twin, registered
by `twin_of`, which tests hold equal. A composition names specifications: as it stands it runs on them;
compiled, each is replaced by its twin. So what the tests hold equal step by step stays equal as a whole.

Compiled code is made sparingly (`sparing`): of a `compilation_unit` and of what Python calls, each by itself
and kept on disk by itself; all other kernels are built into these.

Divisions by zero give what NumPy gives, so that the specification holds there too. Without
fast-math the same build gives the same bits on every run, which replay relies on. Numba is
imported when the first kernel is used, not before: settings and records need none of it.
"""

from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from types import CodeType, FunctionType
from typing import Any, TypeVar, cast

from marsad.kernel_files import checked_files
from marsad.tracking.boundary import Convert, Entry, entry_of, is_record
from marsad.tracking.sparing import sparing, unit_cache

Function = TypeVar("Function", bound=Callable[..., Any])

_TWINS: dict[Callable[..., Any], "Kernel"] = {}


class Kernel:
    """A function that is compiled on first use, or loaded from the cache on disk."""

    def __init__(self, function: Callable[..., Any], inline: bool = False, unit: bool = False) -> None:
        self.function, self.inline, self.unit = cast(FunctionType, function), inline, unit
        self.__doc__, self.__name__ = function.__doc__, function.__name__

    def __call__(self, *arguments: Any) -> Any:
        """The result of the compiled function."""
        return self._call(*arguments)

    @cached_property
    def _call(self) -> Convert:
        """The dispatcher, for records if it has any to pass."""
        dispatcher, entry = self.dispatcher, self.entry
        if entry is None:
            return cast(Convert, dispatcher)
        pack, unpack = entry.pack, entry.unpack

        def call(*arguments: Any) -> Any:
            plain = list(arguments)
            for k, packed in pack:
                plain[k] = packed(plain[k])
            return unpack(dispatcher(*plain))

        return call

    @cached_property
    def entry(self) -> Entry | None:
        """How records pass into it, None if it has none."""
        return entry_of(self.function)

    @cached_property
    def dispatcher(self) -> Any:
        """What Numba makes of it and of the kernels it calls, for Python to call."""
        return self._kept(self._compiler(self._enter()))

    @cached_property
    def part(self) -> Any:
        """The same for other kernels to call: no way in from Python, kept on disk if it is a unit."""
        dispatcher = self._compiler(self._bound(), no_cpython_wrapper=True)
        template_for = dispatcher.get_call_template
        # Numba alone would compile it anew for every constant it is called with
        dispatcher.get_call_template = lambda given, named: template_for(*_without_constants(given, named))
        name = f"{self.function.__module__}.{self.__name__}"
        return self._kept(dispatcher, name) if self.unit else dispatcher

    def _compiler(self, function: FunctionType, **options: Any) -> Any:
        import numba

        make = cast(Any, numba.njit)
        fixed = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, "forceinline": self.inline}
        return make(**fixed, **options)(function)

    def _kept(self, dispatcher: Any, unit: str = "") -> Any:
        """The same, compiled sparingly and kept on disk."""
        compile_for = dispatcher.compile

        def compile_sparingly(types: Any) -> Any:
            with sparing():
                return compile_for(types)

        cache = unit_cache(dispatcher.py_func, unit, compile_sparingly if unit else None)
        # Numba alone would look only at the file of this function to see whether the cache is stale
        base = cache._impl.filename_base + ("-unit" if unit else "")
        cache._cache_file = checked_files(cache.cache_path, base, self.digest)
        dispatcher._cache, dispatcher.compile = cache, compile_sparingly
        return dispatcher

    def _bound(self) -> FunctionType:
        """The function, over the parts it calls."""
        function = self.function
        scope = {**function.__globals__, **{name: used.part for name, used in self._used.items()}}
        return self._named(FunctionType(function.__code__, scope, function.__name__, function.__defaults__))

    def _enter(self) -> FunctionType:
        """What Python calls: the function itself, or what passes its records."""
        if self.entry is None:
            return self._bound()
        scope = {**self.entry.names, "_inner": self.part}
        exec(compile(self.entry.source, self.function.__code__.co_filename, "exec"), scope)
        return self._named(cast(FunctionType, scope["entry"]))

    def _named(self, function: FunctionType) -> FunctionType:
        function.__qualname__, function.__module__ = self.function.__qualname__, self.function.__module__
        return function

    @cached_property
    def digest(self) -> bytes:
        """Of all code and constants that are compiled into it."""
        code, scope = self.function.__code__, self.function.__globals__
        digest = sha256(f"{self.inline} {self.unit} {_text(code)}".encode())
        for name in code.co_names:
            if name in self._used:
                digest.update(self._used[name].digest)
            elif is_record(scope.get(name)):
                digest.update(f"{name}={scope[name]._fields!r}".encode())
            elif isinstance(scope.get(name), (bool, int, float, str, tuple)):
                digest.update(f"{name}={scope[name]!r}".encode())
        if self.entry is not None:
            fields = {name: record._fields for name, record in self.entry.names.items()}
            digest.update(f"{self.entry.source} {fields}".encode())
        return digest.digest()

    @cached_property
    def _used(self) -> dict[str, "Kernel"]:
        """Kernels that stand behind the names it uses."""
        scope, used = self.function.__globals__, {}
        for name in self.function.__code__.co_names:
            found = scope.get(name)
            found = _TWINS.get(found, found) if isinstance(found, FunctionType) else found
            if isinstance(found, Kernel):
                used[name] = found
        return used


def _without_constants(given: Any, named: Any) -> tuple[Any, Any]:
    """Numba's types of arguments, those of constants widened to what any value of the kind has."""
    from numba.core import types

    plain = cast(Any, types).unliteral
    return tuple(map(plain, given)), {name: plain(kind) for name, kind in dict(named).items()}


def _text(code: CodeType) -> str:
    constants = [_text(item) if isinstance(item, CodeType) else repr(item) for item in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {constants}"


def kernel(function: Function) -> Function:
    """The function compiled by Numba on first use for the argument types given."""
    return cast(Function, Kernel(function))


def part_of_kernel(function: Function) -> Function:
    """The same for what is done per track or pair, and therefore built into its callers.

    A call hands over every array by its eight parts, which takes longer than most such work.
    """
    return cast(Function, Kernel(function, inline=True))


def twin_of(specification: Callable[..., Any]) -> Callable[[Function], Function]:
    """The same, known as what takes the place of `specification` in compiled compositions."""

    def register(function: Function) -> Function:
        _TWINS[specification] = Kernel(function)
        return cast(Function, _TWINS[specification])

    return register


def both(function: Function) -> Function:
    """A composition: runs as it stands, and compiled over the twins of the steps it names."""
    _TWINS[function] = Kernel(function)
    return function


def compilation_unit(function: Function) -> Function:
    """A composition with machine code of its own, which others call; compiled and kept on disk by itself."""
    _TWINS[function] = Kernel(function, unit=True)
    return function


def compiled(function: Function) -> Function:
    """The compiled twin of a specification or a composition."""
    return cast(Function, _TWINS[function])


def unit(function: Callable[..., Any]) -> Any:
    """What Numba makes of a compilation unit, for other kernels to call."""
    return _TWINS[function].part
