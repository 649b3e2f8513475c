"""Looks for bytes that make a decoder raise what it does not say it raises, guided by what code they reach.

One process after the other, one for each decoder of `tests/fuzz/decoders.py`, with libFuzzer by way of
atheris, which is no part of the development environment: `uv pip install atheris` beside what
`requirements/dev.txt` names. It begins with what is valid and with the kept corpus; what reached something
new and is small is kept in `tests/fuzz/corpus/NAME/`, and said again by the tests. Bytes that end it are
written there too, as `crash-…`.

Run:  PYTHONPATH=.:src python tools/coverage_fuzz.py --seconds 600 [NAME …]
"""

import argparse
import importlib
import os
import pkgutil
import shutil
import sys
import tempfile
from pathlib import Path

import atheris

CORPUS = Path(__file__).parents[1] / "tests" / "fuzz" / "corpus"
KEPT_MAX, BYTES_MAX = 20, 4096
# machine code is made of these, which must stay as they are written: they are imported first
KERNELS = ("marsad.tracking", "marsad.assessment", "marsad.geo", "marsad.coverage")

for package in KERNELS:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(module.name)
with atheris.instrument_imports(include=["marsad"]):
    from tests.fuzz import decoders, seeds


def fuzzed(name: str, flags: list[str], log: Path) -> int:
    """Fuzz one decoder in a process of its own, its words in a file; the process's exit status."""
    if (child := os.fork()) == 0:
        with log.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        place = Path(tempfile.mkdtemp())
        atheris.Setup([sys.argv[0], *flags], lambda data: decoders.said(name, data, place) and None)
        atheris.Fuzz()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def found(name: str, seconds: int, given: list[bytes]) -> bool:
    """Fuzz one decoder; whether it held."""
    kept = CORPUS / name
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        new, log = Path(made) / "new", Path(made) / "log"
        new.mkdir()
        for number, seed in enumerate(given):
            (new / f"seed-{number}").write_bytes(seed)
        flags = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1"]
        flags += [f"-artifact_prefix={kept}/", f"-max_len={max([BYTES_MAX, *map(len, given)])}"]
        held = fuzzed(name, [*flags, str(new), str(kept)], log) == 0
        said = log.read_text("utf-8", "replace").splitlines()
        runs = next((line.split()[-1] for line in said if "number_of_executed_units" in line), "?")
        reached, verdict = len(list(new.iterdir())), "held" if held else "FELL"
        sys.stdout.write(f"{name:16} {runs:>9} runs {reached:5} inputs  {verdict}\n")
        if not held:
            sys.stdout.write("\n".join(said[-40:]) + "\n")
        sys.stdout.flush()
        _keep(new, kept)
    return held


def _keep(new: Path, kept: Path) -> None:
    """Of what is new, some of every size, the smallest first."""
    inputs = sorted((one for one in new.iterdir() if one.stat().st_size <= BYTES_MAX), key=_size)
    step = max(1, len(inputs) // KEPT_MAX)
    for one in inputs[::step][:KEPT_MAX]:
        shutil.copy(one, kept / one.name)


def _size(path: Path) -> tuple[int, str]:
    return path.stat().st_size, path.name


def main() -> int:
    """Fuzz what was asked for, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=int, default=600)
    asked = parser.parse_args()
    made = seeds.seeds()
    held = [found(name, asked.seconds, made[name]) for name in asked.names or made]
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
