"""The one way kernels are compiled: without the interpreter lock, cached on disk, no fast-math.

A step of the engine is written twice: as NumPy specification and as its compiled twin, registered
by `twin_of`. A composition of steps is written once, over specifications, and marked `both`: as it
stands it runs on NumPy; compiled, every specification it names is replaced by its twin. So what
the tests hold equal step by step stays equal as a whole. A composition within another is taken apart
into it, lest the same code be optimised once for each.

Divisions by zero give what NumPy gives, so that the specification holds there too. Without
fast-math the same build gives the same bits on every run, which replay relies on. Numba is
imported when the first kernel is used, not before: settings and records need none of it.
"""

from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from types import CodeType, FunctionType
from typing import Any, TypeVar, cast

from marsad.tracking.boundary import Convert, Entry, entry_of, is_record

Function = TypeVar("Function", bound=Callable[..., Any])

_TWINS: dict[Callable[..., Any], "Kernel"] = {}


class Kernel:
    """A function that is compiled on first use, or loaded from the cache on disk."""

    def __init__(self, function: Callable[..., Any], inline: bool = False, composition: bool = False) -> None:
        self.function, self.inline = cast(FunctionType, function), inline
        self.composition = composition
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
        """What Numba makes of it and of the kernels it calls."""
        from numba.core import caching

        stored, dispatcher = cast(Any, caching), self._compiler(self._enter())
        # Numba alone would look only at the file of this function to see whether the cache is stale
        cache = stored.FunctionCache(dispatcher.py_func)
        cache._cache_file = stored.IndexDataCacheFile(
            cache.cache_path, cache._impl.filename_base, self.digest
        )
        dispatcher._cache = cache
        return dispatcher

    @cached_property
    def part(self) -> Any:
        """The same to be built into other kernels: no way in from Python, not kept on disk by itself."""
        inline = {"inline": "always"} if self.composition else {}
        return self._compiler(self._bound(), no_cpython_wrapper=True, no_cfunc_wrapper=True, **inline)

    def _compiler(self, function: FunctionType, **options: Any) -> Any:
        import numba

        make = cast(Any, numba.njit)
        return make(nogil=True, error_model="numpy", forceinline=self.inline, **options)(function)

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
        digest = sha256(f"{self.inline} {self.composition} {_text(code)}".encode())
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
    _TWINS[function] = Kernel(function, composition=True)
    return function


def both_apart(function: Function) -> Function:
    """The same for what is large or called from several places: compiled once, not in each of them."""
    _TWINS[function] = Kernel(function)
    return function


def compiled(function: Function) -> Function:
    """The compiled twin of a specification or a composition."""
    return cast(Function, _TWINS[function])
