"""The hazard log and the list of requirements name tests that there are, and leave no row unanswered."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("docs/safety.md", "docs/asvs.md")
HAZARDS = (
    "is lost",
    "is false",
    "is late",
    "wrong zone",
    "all-clear is wrong",
    "is misled",
    "record is false",
)


@cache
def known_tests() -> frozenset[str]:
    found = set[str]()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found |= set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.M))
    return frozenset(found)


def rows(page: str) -> list[list[str]]:
    lines = (ROOT / page).read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if not set("".join(row)) <= set("-")]


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_is_there(page: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / page).read_text("utf-8")))
    assert len(named) > 25
    assert named - known_tests() == set()


def test_every_hazard_has_its_causes_and_each_cause_a_test_and_what_remains() -> None:
    text = (ROOT / "docs/safety.md").read_text("utf-8")
    titles = re.findall(r"^## H\d\. (.+)$", text, re.M)
    assert len(titles) == len(HAZARDS)
    assert all(words in title for words, title in zip(HAZARDS, titles, strict=True))
    for row in rows("docs/safety.md"):
        assert len(row) == 4 and all(row), row
        assert row[0] == "cause" or re.fullmatch(r"`test_\w+`", row[2]), row


def test_every_requirement_is_met_by_something_or_says_why_not() -> None:
    found = [row for row in rows("docs/asvs.md") if re.match(r"\d+\.\d+\.\d+$", row[0])]
    assert len(found) > 100 and len({row[0] for row in found}) == len(found)
    for row in found:
        assert len(row) == 4 and row[2] in ("met", "partly", "not met", "n/a"), row
        assert row[1] and row[3], row
