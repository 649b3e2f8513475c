"""Arrays in compiled code taken apart where they are read, instead of written to the stack and read there.

Numba stores the eight parts of an array for each index into it and loads what it needs; LLVM finds that
out again in every function. The code that LLVM makes is the same, from a third less text.
"""

from typing import Any, cast

from marsad.tracking.shortcuts import Replacement


def array_parts() -> tuple[Replacement, ...]:
    """What of Numba is replaced; only for the version tried."""
    from numba.np import arraymath, arrayobj

    arrays: Any = arrayobj
    make_array = _array_maker(arrays.make_array)
    return (
        (arrays, "make_array", make_array),
        (arraymath, "make_array", make_array),
        (arrays, "fix_integer_index", _plain_index(arrays.fix_integer_index)),
        (arrays, "basic_indexing", _element(arrays)),
    )


def _plain_index(original: Any) -> Any:
    """What counts a negative index from the end, not for a constant that is none."""
    from numba.core import codegen
    from numba.core.types import intp

    constant: Any = cast(Any, codegen).llvmir.Constant

    def fix(context: Any, builder: Any, kind: Any, index: Any, size: Any) -> Any:
        if kind.signed and isinstance(index, constant):
            value = index.constant
            if isinstance(value, int) and value >= 0:
                return context.cast(builder, index, kind, intp)
        return original(context, builder, kind, index, size)

    return fix


def _element(arrays: Any) -> Any:
    """`basic_indexing`, for one element without the steps between elements if the array is in one piece."""
    from numba.core import cgutils
    from numba.core.types import Integer

    original, write = arrays.basic_indexing, cast(Any, cgutils)

    def index(
        context: Any, builder: Any, kind: Any, array: Any, kinds: Any, indices: Any, boundscheck: Any = None
    ) -> Any:
        whole = len(kinds) == kind.ndim and all(isinstance(one, Integer) for one in kinds)
        if boundscheck or not whole:
            return original(context, builder, kind, array, kinds, indices, boundscheck)
        shape = write.unpack_tuple(builder, array.shape, kind.ndim)
        strides = [] if kind.layout in "CF" else write.unpack_tuple(builder, array.strides, kind.ndim)
        place = [
            arrays.fix_integer_index(context, builder, *one)
            for one in zip(kinds, indices, shape, strict=True)
        ]
        found = write.get_item_pointer2(
            context, builder, array.data, shape, strides, kind.layout, place, wraparound=False
        )
        return found, [], []

    return index


def _array_maker(original: Any) -> Any:
    """Numba's `make_array`: the class by which code for arrays of a type is written, once for each type."""
    from numba.core.types import Array

    known: dict[Any, Any] = {}

    def make_array(kind: Any) -> Any:
        if kind not in known:
            known[kind] = _read_from(original(kind), kind) if isinstance(kind, Array) else original(kind)
        return known[kind]

    return make_array


def _read_from(base: Any, kind: Any) -> Any:
    """A class of arrays that are written to the stack only when a pointer to them is asked for."""
    from numba.core import cgutils

    class ReadArray(base):  # type: ignore[misc]
        """An array; `_whole` is its value as long as it is not on the stack, `_made` where it was made."""

        _whole: Any = None

        def __init__(self, context: Any, builder: Any, value: Any = None, ref: Any = None) -> None:
            if value is None or ref is not None:
                super().__init__(context, builder, value=value, ref=ref)
                return
            self._context, self._builder, self._whole = context, builder, value
            self._datamodel = context.data_model_manager[kind]
            self._be_type = value.type
            self._made = self._position()

        def __getattr__(self, name: str) -> Any:
            if name in ("_value", "_outer_ref"):
                self._write_to_stack()
                return self.__dict__[name]
            return super().__getattr__(name)

        def __getitem__(self, index: int) -> Any:
            if self._whole is None:
                return super().__getitem__(index)
            return self._builder.extract_value(self._whole, index)

        @property
        def shape(self) -> Any:
            """Lengths of the axes."""
            if self._whole is None:
                return super().shape
            return self[self._datamodel.get_field_position("shape")]

        def _getvalue(self) -> Any:
            return super()._getvalue() if self._whole is None else self._whole

        def _write_to_stack(self) -> None:
            """Where it was made, which comes before every use; then go on where the builder was."""
            builder, whole, now = self._builder, self._whole, self._position()
            self._whole = None
            self._value = self._outer_ref = cast(Any, cgutils).alloca_once(builder, whole.type)
            self._go_to(self._made)
            builder.store(whole, self._outer_ref)
            self._go_to(self._position() if now == self._made else now)

        def _position(self) -> tuple[Any, Any]:
            """The block that the builder is in, and the instruction it is behind, None at the start."""
            builder = self._builder
            return builder._block, builder._block.instructions[
                builder._anchor - 1
            ] if builder._anchor else None

        def _go_to(self, position: tuple[Any, Any]) -> None:
            block, instruction = position
            if instruction is None:
                self._builder.position_at_start(block)
            else:
                self._builder.position_after(instruction)

    return ReadArray
