"""Shorter ways through Numba to the same code: what it would find out again is remembered or left out.

Most of the time that a kernel takes to compile is Numba's Python, not LLVM. Profiles show where that goes
for nothing; each such place is replaced by `sparing` while it compiles, for the version it was tried with.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

Replacement = tuple[Any, str, Any]  # owner, name, and what takes its place


def shortcuts() -> tuple[Replacement, ...]:
    """What of Numba and llvmlite is replaced; only for the version tried."""
    from numba.core import codegen, event, ir, lowering, postproc
    from numba.core.runtime.context import NRTContext
    from numba.core.types import functions
    from numba.core.typing import npydecl

    llvm, ufuncs = cast(Any, codegen).llvmir, cast(Any, npydecl)
    return (
        (event, "broadcast", _unheard),
        (event, "start_event", _unheard),
        (event, "end_event", _unheard),
        (lowering.BaseLower, "create_cfunc_wrapper", _unheard),  # of parts that nothing calls from C
        (lowering.Lower, "delvar", _deleted(lowering.Lower.delvar)),
        (lowering.Lower, "storevar", _stored(lowering.Lower.storevar)),
        (ir.Inst, "_rec_list_vars", _variables_in(ir)),
        (postproc.PostProcessor, "run", _lifetimes_when_asked(postproc.PostProcessor.run)),
        (functions.BaseFunction, "get_call_type", _known_calls(functions.BaseFunction.get_call_type)),
        (ufuncs, "ufunc_find_matching_loop", _known_loops(ufuncs.ufunc_find_matching_loop)),
        (llvm.types.Type, "get_abi_size", _known_sizes(llvm.types.Type.get_abi_size)),
        (NRTContext, "get_meminfos", _known_places(NRTContext.get_meminfos)),
        (llvm._utils.NameScope, "deduplicate", _free_name),
    )


def _unheard(*arguments: Any, **named: Any) -> None:
    """Nothing: in place of events that nobody listens to, at every call of LLVM, and of code nobody calls."""


def _lifetimes_when_asked(original: Callable[..., None]) -> Callable[..., None]:
    """`PostProcessor.run`, which finds the lifetimes of all variables nine times and uses them once."""
    from numba.core import postproc, transforms

    canonical, lifetimes = cast(Any, transforms).canonicalize_cfg, cast(Any, postproc).VariableLifetime

    def run(self: Any, emit_dels: bool = False, extend_lifetimes: bool = False) -> None:
        code: Any = self.func_ir
        if code.is_generator:
            original(self, emit_dels, extend_lifetimes)
            return
        code.blocks = canonical(code.blocks)
        code.variable_lifetime = lifetimes(code.blocks)
        code.generator_info = None
        if emit_dels:
            self._insert_var_dels(extend_lifetimes=extend_lifetimes)

    return run


def _variables_in(ir: Any) -> Callable[..., list[Any]]:
    """`Inst._rec_list_vars`, which asks of every part whether it is of four classes, two of them abstract."""

    sorts: dict[Any, str] = {}

    def sort(kind: Any) -> str:
        if kind not in sorts:
            found = [one for one in (ir.Var, ir.Inst, dict, list, tuple) if issubclass(kind, one)]
            sorts[kind] = found[0].__name__ if found else ""
        return sorts[kind]

    def variables_in(self: Any, part: Any) -> list[Any]:
        match sort(type(part)):
            case "":
                return []
            case "Var":
                return [part]
            case "Inst":
                return cast(list[Any], part.list_vars())
            case "dict":
                part = part.values()
        return [variable for inner in part for variable in variables_in(self, inner)]

    return variables_in


@cache
def _counted(context: Any, kind: Any) -> bool:
    """Whether something in a value of a type is counted by reference."""
    return bool(context.data_model_manager[kind].contains_nrt_meminfo())


def _deleted(original: Callable[..., None]) -> Callable[..., None]:
    """`Lower.delvar`, which loads a variable and overwrites it with zero even if nothing in it is counted."""

    def delvar(self: Any, name: str) -> None:
        if self._disable_sroa_like_opt or _counted(self.context, self.typeof(name)):
            original(self, name)
        elif name not in self._blk_local_varmap:
            self._singly_assigned_vars.discard(name)

    return delvar


def _stored(original: Callable[..., None]) -> Callable[..., None]:
    """`Lower.storevar`, which loads what was in a variable even if nothing in it is counted."""

    def storevar(self: Any, value: Any, name: str, argidx: int | None = None) -> None:
        kind = self.typeof(name)
        simple = argidx is None and name not in self._singly_assigned_vars and not self._disable_sroa_like_opt
        if simple and not _counted(self.context, kind):
            self._alloca_var(name, kind)
            self.builder.store(value, self.getvar(name))
        else:
            original(self, value, name, argidx)

    return storevar


class _Same:
    """A thing as a key that only itself equals, whatever it says of equality."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return object.__hash__(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing


def _known_calls(original: Callable[..., Any]) -> Callable[..., Any]:
    """`BaseFunction.get_call_type`, which tries all templates again for a call of types it has seen.

    What it finds depends on the types and on the flags of the compilation it is asked in.
    """
    from numba.core.targetconfig import ConfigStack

    flags_of = cast(Any, ConfigStack).top_or_none
    known: dict[_Same, dict[Any, list[tuple[Any, Any, Any]]]] = {}

    def get_call_type(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws:
            return original(self, context, args, kws)
        types, top = tuple(args), flags_of()
        flags = None if top is None else top._values
        found = known.setdefault(_Same(self), {}).setdefault(types, [])
        for seen, signature, implementation in found:
            if seen == flags:
                self._impl_keys[signature.args] = implementation
                return signature
        signature = original(self, context, args, kws)
        seen = None if flags is None else dict(flags)
        found.append((seen, signature, self._impl_keys[signature.args]))
        return signature

    return get_call_type


def _known_loops(original: Callable[..., Any]) -> Callable[..., Any]:
    """What finds the loop of a NumPy function for types of arguments, once for each."""
    known: dict[Any, Any] = {}

    def find(function: Any, types: Any) -> Any:
        key = function, tuple(types)
        if key not in known:
            known[key] = original(function, types)
        return known[key]

    return find


def _known_sizes(original: Callable[..., int]) -> Callable[..., int]:
    """`Type.get_abi_size`, which has LLVM read a module each time; all are for the one machine."""
    known: dict[str, int] = {}

    def get_abi_size(self: Any, target: Any, context: Any = None) -> int:
        name = str(self)
        if name not in known:
            known[name] = original(self, target, context)
        return known[name]

    return get_abi_size


class _Place:
    """Where a part of a value is: indices from the outside in, and its type."""

    def __init__(self, kind: Any, path: tuple[int, ...] = ()) -> None:
        self.type, self.path = kind, path


class _Finder:
    """Stands for a builder, where only the places of parts are asked for."""

    def extract_value(self, whole: _Place, index: Any, name: str = "") -> _Place:
        kind, path = whole.type, tuple(index) if isinstance(index, (tuple, list)) else (index,)
        for k in path:
            kind = kind.elements[k]
        return _Place(kind, whole.path + path)


def _known_places(original: Callable[..., Any]) -> Callable[..., Any]:
    """`NRTContext.get_meminfos`, which takes a value apart to find what is counted by reference in it."""
    known: dict[Any, list[tuple[Any, tuple[int, ...]]] | None] = {}

    def places(context: Any, kind: Any, value: _Place) -> list[tuple[Any, tuple[int, ...]]]:
        finder, model = _Finder(), context.data_model_manager[kind]
        own = [(kind, model.get_nrt_meminfo(finder, value).path)] if model.has_nrt_meminfo() else []
        parts = [places(context, part, get(value)) for part, get in model.traverse(finder)]
        return own + [place for part in parts for place in part]

    def get_meminfos(self: Any, builder: Any, kind: Any, value: Any) -> Any:
        if kind not in known:
            try:
                known[kind] = places(self._context, kind, _Place(value.type))
            except AttributeError:  # more is needed than places
                known[kind] = None
        found = known[kind]
        if found is None:
            return original(self, builder, kind, value)
        return [(part, builder.extract_value(value, path) if path else value) for part, path in found]

    return get_meminfos


def _free_name(self: Any, name: str) -> str:
    """`NameScope.deduplicate`, with fewer look-ups."""
    used = self._useset
    if name not in used:
        return name
    count, base = self._basenamemap[name], name
    while name in used:
        count += 1
        name = f"{base}.{count}"
    self._basenamemap[base] = count
    return name
