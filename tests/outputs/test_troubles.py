"""Whatever goes wrong with an output is told in the language of whoever reads of it."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from marsad.errors import BusyError, EncodingError, LinkError, RefusedError
from marsad.model.announcement import Delivered, DeliveryState
from marsad.outputs.lane import _code_of
from marsad.report.wording import LANGUAGES

ROOT = Path(__file__).parents[2]
FAILURES = ("LinkError", "RefusedError", "UnansweredError")
TOLD = {"Delivered": 3, "OutputLink": 2}  # where the English detail stands among what each is made of


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call in the outputs and their links, with the name of what is called."""
    for folder in ("outputs", "links"):
        for path in sorted((ROOT / "src" / "marsad" / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield path, node, getattr(node.func, "id", getattr(node.func, "attr", ""))


def strings(node: ast.AST) -> set[str]:
    return {
        one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def codes() -> set[str]:
    """Every code that is put into a failure, or into what an output tells."""
    found = {"other", "busy", "refused", "unsuited", "unreachable"}  # of those that name none
    for path, call, name in calls():
        if name in FAILURES and len(call.args) > 1:
            found |= strings(call.args[1])
        found |= {one for word in call.keywords if word.arg == "code" for one in strings(word.value)}
        if path.name == "lane.py" and name == "_give_up":
            found |= strings(call.args[1])
        if name == "OutputLink" and len(call.args) > 3:
            found |= strings(call.args[3])
    for module in ("outputs/listed.py", "outputs/modbus.py"):
        tree = ast.parse((ROOT / "src" / "marsad" / module).read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
                found |= strings(node.value)
    return found - {""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_failure_has_a_sentence(language: str) -> None:
    words = json.loads((ROOT / "console" / "src" / "i18n" / f"{language}.json").read_text("utf-8"))
    assert {f"trouble.{code}" for code in codes()} == {key for key in words if key.startswith("trouble.")}


def test_what_an_output_tells_in_english_has_a_code_beside_it() -> None:
    told = [(path.name, call) for path, call, name in calls() if name in TOLD and len(call.args) > TOLD[name]]
    assert len(told) >= 8
    bare = [
        f"{name}:{call.lineno}"
        for name, call in told
        if not any(word.arg == "code" for word in call.keywords) and len(call.args) <= TOLD[call.func.id] + 1  # type: ignore[attr-defined]
    ]
    # the state of a link alone: down without a code is told as unreachable
    assert {one.partition(":")[0] for one in bare} <= {"cot.py", "modbus.py", "mqtt.py"}


def test_the_console_shows_no_english_of_an_output() -> None:
    for path in (ROOT / "console" / "src").rglob("*.tsx"):
        text = path.read_text("utf-8")
        assert "delivery.detail" not in text and "health.detail" not in text, path


def test_a_failure_without_a_code_of_its_own_is_told_by_its_kind() -> None:
    found = [
        _code_of(one) for one in (LinkError("x", "no_screen"), LinkError("x"), EncodingError("x"), OSError())
    ]
    assert found == ["no_screen", "unreachable", "unsuited", "unreachable"]
    assert [_code_of(one) for one in (ExceptionGroup("", [RefusedError("x", "refused")]), KeyError("x"))] == [
        "refused",
        "other",
    ]
    assert BusyError("x", 1.0).code == "" and Delivered("a", "b", DeliveryState.SENT).code == ""
