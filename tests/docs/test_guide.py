"""What the guide shows works: every settings example is accepted, every command exists."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marsad.cli import app
from marsad.server import ServerSettings
from marsad.site.settings import settings_from_toml

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs/guide/en.md", ROOT / "docs/guide/ar.md"]
EXAMPLES = [
    (page.name, number, text)
    for page in PAGES
    for number, text in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.S))
]


@pytest.mark.parametrize(("page", "number", "text"), EXAMPLES)
def test_settings_of_the_guide_are_accepted(page: str, number: int, text: str) -> None:
    settings = settings_from_toml(text.encode(), page)
    ServerSettings.model_validate(tomllib.loads(text).get("server", {}))
    assert settings.build_site().site_id == "example", number


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_the_guide_exist_with_their_options(page: Path) -> None:
    runner = CliRunner()
    lines = re.findall(r"\.venv/bin/marsad ([^`\n]+)", page.read_text("utf-8"))
    assert lines
    for line in lines:
        words = line.split("#")[0].split()
        shown = runner.invoke(app, [words[0], "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
        assert shown.exit_code == 0, line
        for option in (word for word in words if word.startswith("-")):
            assert option in shown.output, f"{line}: {option}"


def test_both_guides_show_the_same_commands() -> None:
    commands = [
        {line.split()[0] for line in re.findall(r"\.venv/bin/marsad ([^`\n]+)", page.read_text("utf-8"))}
        for page in PAGES[1:]
    ]
    assert commands[1] <= commands[0]


def test_every_file_that_the_architecture_names_is_there() -> None:
    named = re.findall(r"`((?:src|tests|docs|console)/[^`]*)`", (ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
