"""Records that pass into compiled code and back, however deep they lie in each other."""

import sys
from types import FunctionType
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from marsad.tracking.boundary import entry_of
from marsad.tracking.compiled import Kernel

Array = NDArray[np.float64]


class Inner(NamedTuple):
    """A record."""

    values: Array
    number: int


class Outer(NamedTuple):
    """One that holds another, and a plain tuple."""

    inner: Inner
    pair: tuple[int, float]
    scale: float


def scaled(outer: Outer, factor: float) -> tuple[Outer, Array]:
    inner = Inner(outer.inner.values * factor, outer.inner.number + 1)
    return Outer(inner, outer.pair, outer.scale * factor), outer.inner.values


def plain(values: Array) -> float:
    return float(values.sum())


def test_records_come_back_as_they_went() -> None:
    outer = Outer(Inner(np.arange(3.0), 4), (5, 0.5), 2.0)
    result, values = Kernel(scaled)(outer, 3.0)
    expected, _ = scaled(outer, 3.0)
    assert type(result) is Outer and type(result.inner) is Inner
    assert result.inner.values.tolist() == expected.inner.values.tolist() == [0.0, 3.0, 6.0]
    assert (result.inner.number, result.pair, result.scale) == (5, (5, 0.5), 6.0)
    assert values.tolist() == [0.0, 1.0, 2.0]


def test_nothing_stands_before_a_kernel_without_records() -> None:
    assert entry_of(cast(FunctionType, plain)) is None
    assert Kernel(plain)(np.ones(4)) == 4.0


def test_a_record_with_other_fields_is_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Kernel(scaled).digest
    monkeypatch.setattr(Inner, "_fields", ("values", "count"))
    monkeypatch.setitem(Inner.__annotations__, "count", int)
    assert Kernel(scaled).digest != before


def namesake() -> Any:
    class Inner(NamedTuple):
        """A record of the same name, from elsewhere."""

        values: Array

    Inner.__module__ = "elsewhere"
    return Inner


def test_records_of_one_name_and_parameters_of_any_are_told_apart() -> None:
    def both(inner: Any, result: Any) -> None:
        """Annotated below."""

    other = namesake()
    both.__annotations__ = {"inner": Inner, "result": other}
    entry = entry_of(cast(FunctionType, both))
    assert entry is not None
    assert set(entry.names.values()) == {Inner, other}


def halves(values: Array) -> tuple[Array, NDArray[np.int64]]:
    return values[: len(values) // 2].copy(), np.arange(len(values))


def test_arrays_are_given_back_whole_and_their_class_is_not_used_up() -> None:
    halve, values = Kernel(halves), np.arange(6.0)
    halve(values)
    counts = [sys.getrefcount(one) for one in (np.ndarray, np.dtype(np.float64), np.dtype(np.int64))]
    for _ in range(1000):
        half, numbers = halve(values)
        assert type(half) is type(numbers) is np.ndarray
        assert half.tolist() == [0.0, 1.0, 2.0] and numbers.dtype == np.int64
        half[0] = 5.0
    del half, numbers
    after = [sys.getrefcount(one) for one in (np.ndarray, np.dtype(np.float64), np.dtype(np.int64))]
    assert all(abs(now - before) < 100 for before, now in zip(counts, after, strict=True))
