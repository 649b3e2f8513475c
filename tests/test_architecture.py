"""The house's rules that a machine can check by reading the source."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "marsad"
STAGES = ("model", "geo", "feeds", "tracking", "assessment", "warning")
PURE_FILES = [
    *(path for stage in STAGES for path in sorted((SOURCE / stage).rglob("*.py"))),
    SOURCE / "register" / "incident.py",
    SOURCE / "register" / "series.py",
    *(SOURCE / "site" / f"{name}.py" for name in ("fold", "scans", "digest", "actions")),
]
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


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_stage_reads_clock_socket_file_or_chance(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
            assert not names & FORBIDDEN_IMPORTS, f"line {node.lineno} imports {names & FORBIDDEN_IMPORTS}"
        elif isinstance(node, ast.ImportFrom):
            root = (node.module or "").split(".")[0]
            assert root not in FORBIDDEN_IMPORTS, f"line {node.lineno} imports from {root}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS, f"line {node.lineno} calls {node.func.id}"
        elif isinstance(node, ast.Attribute):
            assert node.attr not in FORBIDDEN_ATTRIBUTES, f"line {node.lineno} reads .{node.attr}"


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
