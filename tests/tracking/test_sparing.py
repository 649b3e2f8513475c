"""Sparing compilation: the same results, in machine code that is made once and found again."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from marsad.tracking import sparing
from marsad.tracking.compiled import unit
from marsad.tracking.kernels import COMPILED
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.warm import _UNITS, jobs, unit_types, warm_up

TOY = """
import numpy as np
from marsad.tracking.compiled import both, compilation_unit, compiled, kernel, unit

@kernel
def fallen(row, limit):
    if len(row) > limit:
        raise ValueError("row too long")
    return 2.0 * row.sum()

@compilation_unit
def lower(block, limit):
    total = 0.0
    for row in block:
        total += fallen(row, limit)
    return total

@both
def upper(block, limit):
    return 1.0 + lower(block, limit)

run = compiled(upper)
print(run(np.ones((2, 3)), 5))
try:
    run(np.ones((2, 9)), 5)
except ValueError as error:
    print(error)
print(sum(run.dispatcher.stats.cache_hits.values()), sum(unit(lower).stats.cache_hits.values()))
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    (tmp_path / "toy.py").write_text(TOY, "utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose toy was run once, with what was compiled for it, beside a copy of that."""
    folder = tmp_path_factory.mktemp("toy")
    (folder / "toy.py").write_text(TOY, "utf-8")
    assert run_toy(folder) == ["13.0", "row too long", "0 0"]
    shutil.copytree(folder / "cache", folder / "as-compiled")
    return folder


@pytest.fixture
def compiled_toy(first: Path) -> Iterator[Path]:
    """The same folder for each test: what is compiled is found by the place and the time of its source."""
    was = (first / "toy.py").stat()
    yield first
    (first / "toy.py").write_text(TOY, "utf-8")
    os.utime(first / "toy.py", ns=(was.st_atime_ns, was.st_mtime_ns))
    shutil.rmtree(first / "cache")
    shutil.copytree(first / "as-compiled", first / "cache")


def run_toy(folder: Path) -> list[str]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-W", "error", folder / "toy.py"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_caller_and_its_unit_are_found_again_in_another_process(compiled_toy: Path) -> None:
    assert run_toy(compiled_toy) == ["13.0", "row too long", "1 1"]


def test_a_caller_whose_unit_was_lost_is_compiled_anew(compiled_toy: Path) -> None:
    lost = list((compiled_toy / "cache").rglob("*-unit*"))
    assert lost
    for path in lost:
        path.unlink()
    assert run_toy(compiled_toy) == ["13.0", "row too long", "0 0"]
    assert run_toy(compiled_toy) == ["13.0", "row too long", "1 1"]


@pytest.mark.parametrize("pattern", ["*-unit.*.nbc", "*.nbc", "*.nbi"])
def test_damaged_files_are_never_loaded_but_compiled_anew(compiled_toy: Path, pattern: str) -> None:
    """Of changed machine code the process would end, or reckon otherwise."""
    damaged = list((compiled_toy / "cache").rglob(pattern))
    assert damaged
    for path in damaged:
        data = bytearray(path.read_bytes())
        for place in range(100, len(data), 50):
            data[place] ^= 1
        path.write_bytes(data)
    assert run_toy(compiled_toy)[:2] == ["13.0", "row too long"]
    assert run_toy(compiled_toy) == ["13.0", "row too long", "1 1"]


def test_code_of_other_sources_is_not_taken_where_writing_was_cut_off(compiled_toy: Path) -> None:
    """An index is written before the code it names: between the two the code is that of before."""
    before = {path: path.read_bytes() for path in (compiled_toy / "cache").rglob("*.nbc")}
    (compiled_toy / "toy.py").write_text(TOY.replace("2.0 * row.sum()", "3.0 * row.sum()"), "utf-8")
    run_toy(compiled_toy)
    for path, data in before.items():
        path.write_bytes(data)
    assert run_toy(compiled_toy)[0] == "19.0"


def test_a_change_of_a_kernel_reaches_all_that_call_it(compiled_toy: Path) -> None:
    (compiled_toy / "toy.py").write_text(TOY.replace("2.0 * row.sum()", "3.0 * row.sum()"), "utf-8")
    assert run_toy(compiled_toy)[0] == "19.0"


MIXED = """
import numpy as np
from marsad.tracking import sparing
from marsad.tracking.compiled import compilation_unit, compiled, kernel

@kernel
def clipped(values, low):
    return np.maximum(values, low)

@compilation_unit
def lowered(values, by):
    return clipped(values - by, 0.0)

@compilation_unit
def raised(values, by):
    return clipped(values + by, 0.0)

@compilation_unit
def squared(values):
    return np.maximum(values * values, 1.0)

print(*compiled(lowered)(np.array([2.0, 3.0]), 2.5))
tried, sparing.TRIED_WITH = sparing.TRIED_WITH, (0, 0)
sparing._replacements.cache_clear()
print(*compiled(raised)(np.array([-2.0, 3.0]), 1.0))
sparing.TRIED_WITH = tried
sparing._replacements.cache_clear()
print(*compiled(squared)(np.array([0.5, 3.0])))
"""


def test_another_version_of_numba_compiles_as_it_always_does(toy: Path) -> None:
    # between sparing compilations, with parts of Numba that these have lowered and one finished meanwhile
    (toy / "toy.py").write_text(MIXED, "utf-8")
    assert run_toy(toy) == ["0.0 0.5", "0.0 4.0", "1.0 9.0"]


ARRAYS = """
import os
os.environ["NUMBA_NRT_STATS"] = "1"
import sys
import numpy as np
import numba
from typing import NamedTuple
from marsad.tracking.compiled import Kernel

class Pair(NamedTuple):
    left: np.ndarray
    right: tuple

def everything(a, b, k):
    pair = Pair(a, (b, a[:, 1], 2.5))
    out = np.zeros((3, 4))
    for i in range(a.shape[0]):
        for j in range(-a.shape[1], 0):
            out[i, j] += pair.left[i, j] * pair.right[0][-i] + a[k, -1] + b[-1] + b[0]
    if k < 0:
        pair = Pair(out, (b.copy(), out[:, 0], 1.5))
    out[1:, 2] = 7.0
    out[2][out[2] > 5.0] = -1.0
    square = out.reshape(4, -1).T.copy()
    whole = np.arange(3)
    chosen = pair.left.sum() + pair.right[1].max()
    return square @ b, np.concatenate((b, a[0])), chosen, whole[::-1] // 2, b.size / 4

values = np.arange(12.0).reshape(3, 4), np.array([0.5, 1.5, 2.5, 3.5])
run, plainly = Kernel(everything), numba.njit(error_model="numpy")(everything)
for k in (1, -2):
    for plain, ours in zip(plainly(*values, k), run(*values, k), strict=True):
        assert np.array_equal(plain, ours), (plain, ours)
counts = []
for again in range(3):
    run(*values, -1)
    counts.append(tuple(map(sys.getrefcount, values)))
assert counts[0] == counts[1] == counts[2], counts
del plain, ours
made = numba.core.runtime.rtsys.get_allocation_stats()
assert made.alloc == made.free, made
print("equal")
"""


def test_arrays_read_in_parts_give_what_numba_gives_and_are_freed(toy: Path) -> None:
    (toy / "toy.py").write_text(ARRAYS, "utf-8")
    assert run_toy(toy) == ["equal"]


def test_the_version_in_use_is_the_one_that_was_tried() -> None:
    sparing._replacements.cache_clear()
    assert sparing._replacements()


@pytest.mark.parametrize("dimensions", [2, 3])
def test_units_are_compiled_beforehand_for_the_types_that_a_scan_calls_them_with(dimensions: int) -> None:
    warm_up(lambda name: None, (dimensions,))
    assert COMPILED.fold.dispatcher.signatures  # type: ignore[attr-defined]
    for name, function in _UNITS.items():
        wanted = unit_types(name, TrackingSettings(dimensions=dimensions))
        axes = wanted[-1]
        known = [signature for signature in unit(function).signatures if signature[-1] == axes]
        assert known == [wanted]


def test_what_calls_units_comes_after_them() -> None:
    names = [job.name for job in jobs((3,))]
    assert all(names.index(other) < names.index(job.name) for job in jobs((3,)) for other in job.after)
