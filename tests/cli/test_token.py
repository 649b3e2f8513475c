"""Service tokens on the command line."""

import json
import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marsad.cli import app

from ..example_site import example_site


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(example_site(), "utf-8")
    return tmp_path / "site.toml"


def said(file: Path, *words: str) -> tuple[str, str]:
    done = CliRunner().invoke(app, ["token", str(file), *words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout.strip(), done.stderr.strip()


def test_a_token_is_printed_alone_and_once(file: Path) -> None:
    text, about = said(file, "new", "gate", "--days", "30")
    assert re.fullmatch(r"marsad_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", text)
    assert "gate" in about and text not in about
    kept = file.with_suffix(".tokens.json")
    assert text not in kept.read_text("utf-8")
    (record,) = json.loads(kept.read_text("utf-8"))["tokens"]
    assert record["role"] == "viewer" and record["until_s"] - record["made_s"] == 30 * 86_400
    assert text not in said(file, "list")[0] and text[:15] in said(file, "list")[0]


@pytest.mark.parametrize(("mode", "readable"), [(0o600, 0o600), (0o640, 0o640), (0o666, 0o640)])
def test_whoever_runs_the_site_can_read_it_and_nobody_else(file: Path, mode: int, readable: int) -> None:
    os.chmod(file, mode)
    said(file, "new", "gate")
    kept = file.with_suffix(".tokens.json").stat()
    assert kept.st_mode & 0o777 == readable
    assert (kept.st_uid, kept.st_gid) == (file.stat().st_uid, file.stat().st_gid)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_they_are_listed_and_revoked_in_both_languages(file: Path, language: str) -> None:
    more = ("--lang", language)
    assert ".tokens.json" in said(file, "list", *more)[0]
    said(file, "new", "بوابة", "--role", "operator", *more)
    listed = said(file, "list", *more)[0]
    assert "بوابة" in listed and "operator" in listed
    assert "بوابة" in said(file, "revoke", "بوابة", *more)[0]
    assert "بوابة" not in said(file, "list", *more)[0]


def test_another_file_may_be_named_in_the_settings(tmp_path: Path) -> None:
    place = tmp_path / "secrets" / "tokens.json"
    place.parent.mkdir()
    site = tmp_path / "site.toml"
    site.write_text(example_site(after=f'[server]\ntokens_file = "{place}"\n'), "utf-8")
    said(site, "new", "gate")
    assert place.is_file() and not site.with_suffix(".tokens.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        *(["new"], ["new", ""], ["new", "a\nb"], ["new", "x", "--days", "0"], ["new", "x", "--days", "x"]),
        *(
            ["new", "x", "--role", "admin"],
            ["new", "x", "y"],
            ["revoke"],
            ["revoke", "nobody"],
            ["grant", "x"],
        ),
        *([], ["list", "x"], ["new", "x", "--lang", "fr"]),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_said_without_a_traceback(file: Path, words: list[str]) -> None:
    done = CliRunner().invoke(app, ["token", str(file), *words])
    assert done.exit_code in (1, 2) and "Traceback" not in done.output
    assert not file.with_suffix(".tokens.json").exists()
