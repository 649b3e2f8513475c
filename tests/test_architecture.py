"""The house's rules that a machine can check by reading the source."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "marsad"
NO_ROOMS = {"__init__", "__pycache__", "errors", "kernel_files", "whole_file"}  # what everything may import
ROOMS = {path.stem for path in SOURCE.iterdir()} - NO_ROOMS
PURE_ROOMS = (
    "model",
    "geo",
    "coverage",
    "feeds",
    "tracking",
    "assessment",
    "warning",
    "register",
    "report",
    "site",
)
# Files and databases of our own, and the live runner; all else in these rooms is pure.
REACHING_OUTSIDE = {
    "geo/geoid.py",
    "register/deliveries.py",
    "register/migrations/versions/r0001_versions.py",
    "register/migrations/versions/r0002_source.py",
    "register/migrations/versions/r0003_delivery_steps.py",
    "register/seeds/__init__.py",
    "register/store.py",
    "register/tables.py",
    "report/lint/words.py",
    "report/sensor_note.py",
    "report/typefaces.py",
    "report/wording/__init__.py",
    "site/allowed.py",
    "site/journal.py",
    "site/journal_files.py",
    "site/journal_reader.py",
    "site/inbox.py",
    "site/live.py",
    "site/recorder.py",
    "site/retention.py",
    "site/sealing.py",
    "site/segment.py",
    "site/segment_reader.py",
    "site/resumption.py",
    "site/data_key.py",
    "site/snapshot.py",
    "site/verify.py",
}
# What reaches outside: sockets, clocks, the environment, files, chance.
FORBIDDEN_IMPORTS = {
    "asyncio", "http", "io", "os", "pathlib", "random", "secrets", "selectors", "socket", "sqlalchemy",
    "subprocess", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
FORBIDDEN_CALLS = {"open", "input", "print", "id", "hash"}
FORBIDDEN_ATTRIBUTES = {
    "now",
    "utcnow",
    "today",
    "default_rng",
    "environ",
    "getenv",
    "read_text",
    "read_bytes",
}
# Words of tasks that would make something act on an object.
EFFECTOR_FIELDS = {"KINETIC", "JAMMER", "CYBER", "LDEW", "RFDEW", "EFFECTOR"}


def outside(path: Path) -> list[str]:
    """What of a file reaches a clock, a socket, a file or chance."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: set[str] = set()
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names} & FORBIDDEN_IMPORTS
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module or "").split(".")[0]} & FORBIDDEN_IMPORTS
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            names = {node.func.id} & FORBIDDEN_CALLS
        elif isinstance(node, ast.Attribute):
            names = {node.attr} & FORBIDDEN_ATTRIBUTES
        found += [f"line {node.lineno}: {name}" for name in names if isinstance(node, ast.stmt | ast.expr)]
    return found


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_no_stage_reads_clock_socket_file_or_chance(room: str) -> None:
    files = {path.relative_to(SOURCE).as_posix(): outside(path) for path in (SOURCE / room).rglob("*.py")}
    reaching = {name: found for name, found in files.items() if found}
    assert set(reaching) == {name for name in REACHING_OUTSIDE if name.startswith(f"{room}/")}, reaching


def test_only_the_refusing_module_knows_the_names_of_effectors() -> None:
    """An effector mode is named in one place: where tasking one is refused."""
    naming = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if any(
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.upper() in EFFECTOR_FIELDS
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    }
    assert naming <= {"feeds/sapient/task.py"}


def test_no_address_of_a_registry_and_no_path_of_a_machine_in_the_tree() -> None:
    root = SOURCE.parents[1]
    locks = [*root.glob("requirements/*.txt"), *root.glob("**/package-lock.json")]
    for path in locks:
        if "node_modules" in path.parts:
            continue
        text = path.read_text("utf-8")
        assert '"resolved"' not in text, path
        assert "--index-url" not in text, path


def test_every_module_and_public_function_says_what_it_is() -> None:
    bare = []
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        if ast.get_docstring(tree) is None:
            bare.append(str(path.relative_to(SOURCE)))
        bare += [
            f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and ast.get_docstring(node) is None
        ]
    assert bare == []


def imported_rooms(room: str) -> set[str]:
    """Rooms that any file of a room imports from."""
    found = set()
    for path in (SOURCE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                root, _, inside = node.module.partition(".")
                if root == "marsad":
                    found |= {inside.split(".")[0]} if inside else {alias.name for alias in node.names}
    return found & ROOMS - {room}


def test_the_table_of_rooms_says_what_is_imported() -> None:
    rows = re.findall(
        r"^\| `(\w+)/` \|.*\| (.*?) \|$", (SOURCE.parents[1] / "ARCHITECTURE.md").read_text("utf-8"), re.M
    )
    said = {
        room: set(re.findall(r"[a-z]+", re.sub(r"\(.*?\)", "", may))) for room, may in rows if room in ROOMS
    }
    assert set(said) == ROOMS
    assert said.pop("station") == {"all", "of", "the", "above"}
    assert {room: imported_rooms(room) for room in said} == said
