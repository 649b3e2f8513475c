"""What a person at a console is refused is said in both languages, not in the English of the log."""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "marsad"
# what a person's actions come to: who refuses here refuses somebody at a console
OF_ACTIONS = (
    "register/closing.py",
    "register/outcome.py",
    "site/adoption.py",
    "station/settings_keeper.py",
    "warning/output_health.py",
    "warning/responder.py",
    "warning/warner.py",
)
# the console sends none such
NOT_AT_A_CONSOLE = {"link-unreadable"}


def reasons_of(path: Path) -> set[str]:
    """The codes of what is raised as ReceivedError in a module."""
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    found = {
        node.args[0].value
        for node in calls
        if isinstance(node.func, ast.Name) and node.func.id == "ReceivedError" and node.args
        if isinstance(node.args[0], ast.Constant)
    }
    return {str(one) for one in found} - NOT_AT_A_CONSOLE


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_refusal_of_an_action_has_its_words(language: str) -> None:
    words = json.loads((ROOT / "console" / "src" / "i18n" / f"{language}.json").read_text("utf-8"))
    said = {key.removeprefix("refused.") for key in words if key.startswith("refused.")}
    raised = set().union(*(reasons_of(SOURCE / path) for path in OF_ACTIONS))
    assert len(raised) > 15 and raised <= said
