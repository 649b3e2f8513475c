"""The guide is true and whole, and says the same in both languages."""

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
import trustme
import typer
import typer.core
from fastapi.routing import APIRoute
from google.protobuf import text_format  # type: ignore[import-untyped]
from typer.testing import CliRunner

from marsad.cli import app
from marsad.errors import ConfigError
from marsad.feeds.sapient import taxonomy
from marsad.feeds.sapient.validate import is_unused, violations
from marsad.feeds.sapient.wire import SapientMessage
from marsad.geo.local import LocalFrame
from marsad.model.action import Action
from marsad.model.flight import Shape
from marsad.model.role import Permission, Role, may
from marsad.outputs.clips import needed_files
from marsad.outputs.settings import SpeakerSettings
from marsad.report.wording import catalogue as shared_wording
from marsad.server import api, sign_in_api, stream_socket
from marsad.server.passwords import verify_password
from marsad.simulate import scenario_names
from marsad.site.actions import action_from_json
from marsad.site.flight_files import COLUMNS, read_flights
from marsad.site.settings import settings_from_toml
from marsad.station.settings_file import read_settings

from ..outputs.loudspeaker import record

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
LANGUAGES = ("en", "ar")
README = ROOT / "README.md"
LRI, PDI = "\u2066", "\u2069"

SITE = """
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.30
longitude_deg = 44.40
"""

ZONES = "".join(
    f'[[site.zone]]\nid = "{name}"\nname_en = "{name}"\nname_ar = "{name}"\n'
    "centre = [33.3, 44.4]\nradius_m = 9\n"
    for name in ("fuel", "gate")
)


@dataclass(frozen=True)
class Page:
    """One page, cut into what can be compared and tried."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """Everything outside of code blocks."""
        return re.sub(r"```.*?```", "", self.text, flags=re.S)

    @property
    def headings(self) -> list[int]:
        return [len(marks) for marks in re.findall(r"^(#+) ", self.prose, re.M)]

    def blocks(self, language: str | None = None) -> list[str]:
        found = re.findall(r"```(\w+)\n(.*?)```", self.text, re.S)
        return [text for kind, text in found if language in (None, kind)]

    @property
    def codes(self) -> list[str]:
        return re.findall(r"`([^`\n]+)`", self.prose)

    @property
    def rows(self) -> list[list[str]]:
        lines = re.findall(r"^\|(.*)\|$", self.prose, re.M)
        rows = [[cell.strip() for cell in line.split(" | ")] for line in lines]
        return [row for row in rows if not set("".join(row)) <= set("-| ")]

    @property
    def links(self) -> list[str]:
        return re.findall(r"\]\(([^)]+)\)", self.prose)


def pages(language: str) -> list[Page]:
    return [Page(GUIDE / f"{language}.md"), *(Page(path) for path in sorted((GUIDE / language).glob("*.md")))]


ENGLISH, ARABIC = pages("en"), pages("ar")
PAIRS = list(zip(ENGLISH, ARABIC, strict=False))
ALL = [Page(README), *ENGLISH, *ARABIC]


def named(page: Page) -> str:
    return str(page.path.relative_to(ROOT))


def pair_named(pair: tuple[Page, Page]) -> str:
    return pair[0].path.stem


both = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0].path.stem)
every = pytest.mark.parametrize("page", ALL, ids=named)


# ---------------------------------------------------------------- the same in both languages


def test_every_page_is_there_in_both_languages() -> None:
    assert [page.path.name for page in ENGLISH[1:]] == [page.path.name for page in ARABIC[1:]]
    assert len(ENGLISH) > 5


def without_comments(block: str) -> str:
    return re.sub(r"[ \t]+# .*$", "", block, flags=re.M)


@both
def test_headings_examples_and_tables_are_the_same(pair: tuple[Page, Page]) -> None:
    english, arabic = pair
    assert english.headings == arabic.headings
    assert [without_comments(text) for text in english.blocks()] == [
        without_comments(text) for text in arabic.blocks()
    ]
    assert [len(row) for row in english.rows] == [len(row) for row in arabic.rows]


@both
def test_commands_and_keys_are_the_same(pair: tuple[Page, Page]) -> None:
    # what the console says is told in the reader's language
    said = "\n".join(console_says("en")) if pair[0].path.stem == "troubleshooting" else ""

    def of_machines(page: Page) -> list[str]:
        return sorted(
            code for code in page.codes if code not in said and not re.search("[\u0600-\u06ff]", code)
        )

    assert of_machines(pair[0]) == of_machines(pair[1])


@pytest.mark.parametrize("page", ARABIC, ids=named)
def test_code_in_arabic_text_stands_in_its_own_direction(page: Page) -> None:
    """A code between Arabic words would turn round at its ends; isolates keep it left to right."""
    for found in re.finditer(r"(.?)`([^`\n]+)`(.?)", page.prose):
        if not re.search("[\u0600-\u06ff]", found[2]):
            assert (found[1], found[3]) == (LRI, PDI), found[0]
    for found in re.finditer(r"(.?)\b\d[\d.,]* (?:MiB|GB|km|m|s)\b(.?)", re.sub("`[^`\n]*`", "", page.prose)):
        assert (found[1], found[2]) == (LRI, PDI), found[0]
    text = page.text.strip()
    assert text.startswith('<div dir="rtl" lang="ar">')
    assert text.endswith("</div>")
    assert text.count("```") == 2 * text.count('<div dir="ltr">\n\n```')


@pytest.mark.parametrize("page", ARABIC, ids=named)
def test_arabic_pages_use_one_word_per_thing(page: Page) -> None:
    """Words that the console and the report do not use, or use for something else."""
    for word in ("تحذير", "تنبيه", "المسار ", "مفتاح المسافة", "مرّ الخطر", "احتمِ"):
        assert word not in page.prose, word


# ---------------------------------------------------------------- what it points at is there


@every
def test_links_lead_somewhere(page: Page) -> None:
    for link in page.links:
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        assert target.exists(), link
        if anchor:
            titles = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w-]", "", title.lower().replace(" ", "-")) for title in titles}


def test_the_start_pages_name_every_page_and_every_scenario() -> None:
    for language in LANGUAGES:
        start = Page(GUIDE / f"{language}.md")
        for page in pages(language)[1:]:
            assert f"{language}/{page.path.name}" in start.links
        shown = {row[0].strip(f"`{LRI}{PDI}"): row[1] for row in start.rows if len(row) == 2}
        for name in scenario_names():
            assert len(shown[name]) > 20


def test_every_file_that_the_architecture_names_is_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    names = re.findall(r"`((?:src|tests|docs|console|tools|packaging)/[^`]*)`", text)
    assert names
    assert [name for name in names if not (ROOT / name).exists()] == []


# ---------------------------------------------------------------- settings


GUIDE_PASSWORDS = {"Duty officer": "an example, not a secret", "Gate": "another example, not a secret"}


def tomls() -> Iterator[tuple[str, str]]:
    for page in ALL:
        for number, text in enumerate(page.blocks("toml")):
            yield f"{named(page)}-{number}", text


def lists_and_recordings(directory: Path, text: str) -> None:
    """What outputs of the guide name beside their settings."""
    (mails,) = Page(GUIDE / "en" / "outputs.md").blocks("text")
    (directory / "mail.csv").write_text(mails, "utf-8")
    (directory / "sms.csv").write_text("to,language,zones\n+9647901234567,both\n", "utf-8")
    for name in ("mail.password", "sms.token"):
        (directory / name).write_text("open sesame", "ascii")
    for output in tomllib.loads(text)["output"]:
        if output["standard"] == "rtp":
            record(
                directory / "clips", needed_files(SpeakerSettings.model_validate(output), ["fuel", "gate"])
            )


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in tomls()])
def test_settings_are_accepted(text: str, tmp_path: Path) -> None:
    """By all that `check` and `run` ask of a file."""
    whole = text if re.search(r"^\[site\]", text, re.M) else SITE + text
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authorities.pem"))
    certificate = authority.issue_cert("localhost")
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "certificate.pem"))
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    (tmp_path / "heartbeat.key").write_text("a secret of 24 characters", "ascii")
    if "recipients_file" in text or "clips" in text:
        whole += ZONES
        lists_and_recordings(tmp_path, text)
    (table,) = Page(GUIDE / "en" / "flights.md").blocks("csv")
    (tmp_path / "flights.csv").write_text(table, "utf-8")
    here = whole.replace("/etc/marsad/", f"{tmp_path}/")
    (tmp_path / "site.toml").write_text(here, "utf-8")
    (drawn,) = Page(GUIDE / "en" / "own-site.md").blocks("geojson")
    (tmp_path / "procedures.geojson").write_text(drawn, "utf-8")
    (checklist,) = Page(GUIDE / "en" / "deciding.md").blocks("conf")
    (tmp_path / "checklist.toml").write_text(checklist, "utf-8")
    settings = read_settings(tmp_path / "site.toml")
    site = settings.site.build_site()
    assert site.site_id == "example"
    assert len(site.procedures) == 5 * text.count("[[runway]]") + len(
        re.findall(r"^\[\[(?:corridor|area)\]\]|^procedures", text, re.M)
    )
    for operator in settings.server.operators:
        password = GUIDE_PASSWORDS[operator.name]
        assert verify_password(password, operator.password_hash)
        assert all(f'"{password}"' in page.text for page in ALL if text in page.blocks("toml"))


def test_the_identities_that_the_guide_names_are_the_buttons_of_the_console() -> None:
    panel = (ROOT / "console/src/panels/track_panel.tsx").read_text("utf-8")
    (listed,) = re.findall(r"IDENTITIES[^=]*= \[([^\]]*)\]", panel)
    for language, quotes in (("en", '""'), ("ar", "«»")):
        said = json.loads((ROOT / f"console/src/i18n/{language}.json").read_text("utf-8"))
        page = (ROOT / f"docs/guide/{language}/friends.md").read_text("utf-8")
        for identity in re.findall(r'"(\w+)"', listed):
            assert f"{quotes[0]}{said[f'identity.{identity}']}{quotes[1]}" in page
        assert said["track.identify"] not in page  # it is heard by who cannot see, and stands nowhere


# ---------------------------------------------------------------- commands


def commands() -> Iterator[tuple[str, str]]:
    for page in ALL:
        for block in page.blocks("sh"):
            for line in block.splitlines():
                words = without_comments(line)
                if words.strip() and not words.startswith("#"):
                    yield named(page), words


def test_there_are_commands_to_try() -> None:
    assert len(list(commands())) > 30


@pytest.mark.parametrize(("page", "line"), list(commands()))
def test_commands_are_understood(
    page: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parsed by the real command line, not run; targets of make are there."""
    program, *words = shlex.split(line.partition(" > ")[0])
    if program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
        assert set(words) <= set(targets)
    if Path(program).name != "marsad":
        return
    if words[0] != "new":  # which makes one
        _lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    if words[0] in group.commands:
        with group.commands[words[0]].make_context(words[0], words[1:]):
            pass
    else:
        assert words[0] in {option for given in group.params for option in given.opts}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_draft_of_the_guide_is_written_and_good(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (line,) = (line for page, line in commands() if f"/{language}/" in page and line.startswith("marsad new"))
    for words in (shlex.split(line)[1:], ["check", "site.toml"]):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    assert "one zone" in done.output


def test_the_schema_that_the_guide_prints_is_json(capfd: pytest.CaptureFixture[str]) -> None:
    done = CliRunner().invoke(app, ["schema"])
    assert done.exit_code == 0
    assert {"site", "feed", "server"} <= set(json.loads(done.output)["properties"])


def _lay_out(directory: Path) -> None:
    """The files that commands of the guide name, should the command line look for them."""
    (directory / "data").mkdir()
    (directory / "demo-out").mkdir()
    (directory / "raid-12").mkdir()
    for name in (
        *("site.toml", "raid.toml", "recording.csv.gz", "zones.geojson", "system.json", "truth.json"),
        *("demo-out/journal.mcap", "data/example-20220104T024000Z.mcap", "raid-12/journal.mcap"),
    ):
        (directory / name).touch()


# ---------------------------------------------------------------- what the program says


@cache
def said_by_the_program() -> tuple[str, ...]:
    """Every string of the program but its docstrings, what is filled in being …."""
    texts = []
    for path in sorted((ROOT / "src" / "marsad").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
                texts.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                texts.append("".join(parts))
    for path in sorted((ROOT / "src" / "marsad").rglob("wording/*/*.json")):
        texts += [re.sub(r"{[^}]*}", "…", text) for text in json.loads(path.read_text("utf-8")).values()]
    return tuple(texts)


@cache
def console_says(language: str) -> tuple[str, ...]:
    catalogue = json.loads((ROOT / "console" / "src" / "i18n" / f"{language}.json").read_text("utf-8"))
    return tuple(re.sub(r"{[^}]*}", "…", text) for text in catalogue.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_messages_of_the_troubleshooting_page_are_real(language: str) -> None:
    page = Page(GUIDE / language / "troubleshooting.md")
    messages = [row[0].strip(f"`{LRI}{PDI}") for row in page.rows if "`" in row[0]]
    assert len(messages) > 20
    said = [*said_by_the_program(), *console_says(language)]
    for message in messages:
        parts = ".*".join(re.escape(part) for part in re.split(r" ?… ?", message))
        assert any(re.search(parts, text, re.S) for text in said), message


# ---------------------------------------------------------------- interfaces


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_on_http_names_every_path_and_no_other(language: str) -> None:
    page = Page(GUIDE / language / "http-api.md")
    told = {row[0].strip(f"`{LRI}{PDI}") for row in page.rows if re.match(f"{LRI}?`[A-Z]+ /", row[0])}
    served = {
        f"{method} {route.path}"
        for route in (*api.router.routes, *sign_in_api.router.routes, *stream_socket.router.routes)
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods or ()
    }
    assert told == served


def test_actions_of_the_guide_are_understood() -> None:
    (block,) = Page(GUIDE / "en" / "http-api.md").blocks("json")
    kinds = set()
    for line in block.splitlines():
        record = json.loads(line)
        kinds.add(type(action_from_json(json.dumps(record | {"by": "x"}).encode())))
    assert kinds == set(get_args(Action))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_roles_is_the_one_that_is_gone_by(language: str) -> None:
    said = shared_wording(language)
    rows = [row for row in Page(GUIDE / language / "deciding.md").rows if len(row) == 2 + len(Role)]
    plain = [[cell.strip(f"`{LRI}{PDI}") for cell in row] for row in rows]
    assert plain[0][2:] == [role.value for role in Role]
    assert plain[1:] == [
        [
            permission.value,
            said[f"permission.{permission.value}"],
            *(
                "●" if may(role, permission, is_supervised=True)
                else "○" if may(role, permission, is_supervised=False)
                else "–"
                for role in Role
            ),
        ]
        for permission in Permission
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_flights_of_the_guide_are_taken(kind: str) -> None:
    (block,) = Page(GUIDE / "en" / "flights.md").blocks(kind)
    flights = read_flights(block.encode(), f"flights.{kind}", LocalFrame(33.3, 44.4, 40.0))
    assert {flight.shape for flight in flights} == (
        {Shape.ROUTE, Shape.CIRCLE, Shape.ANYWHERE} if kind == "csv" else {Shape.POLYGON}
    )


def test_the_columns_of_the_guide_are_those_that_are_read() -> None:
    page = Page(GUIDE / "en" / "flights.md")
    (table,) = page.blocks("csv")
    assert set(table.splitlines()[0].split(",")) == set(COLUMNS)
    assert set(COLUMNS) - {"id", "name", "operator", "phone", "make", "remarks"} <= set(page.codes)


OURS = {
    "multirotor": {"multirotor"},
    "crewed": {"crewed"},
    "rocket": {"ballistic"},
    "balloon": {"balloon"},
    "bird": {"bird"},
}


def test_the_class_names_are_those_that_are_understood() -> None:
    page = Page(GUIDE / "en" / "sapient.md")
    told: set[str] = set()
    for row in page.rows:
        names = re.findall(r"`([^`]+)`", row[0])
        if not names or taxonomy._shares_of(names[0]) is None:
            continue
        expected = OURS.get(row[1])
        for name in names:
            shares = {ours for ours, _ in taxonomy._shares_of(name) or ()}
            if expected is not None:
                assert shares == expected, name
            told.add(name.casefold())
    assert told == set(taxonomy._SHARES)


def test_the_least_registration_is_enough_with_forgiveness_and_only_then() -> None:
    page = Page(GUIDE / "en" / "sapient.md")
    (least,) = page.blocks("text")
    whole = re.search(r'REGISTRATION = """\n(.*?)"""', page.text, re.S)
    assert whole
    for text, forgiven in ((least, True), (whole[1], False)):
        message = SapientMessage(node_id="f5e9175f-8eb1-45ba-9be6-6ea8ab496563")
        message.timestamp.FromNanoseconds(1_700_000_000_000_000_000)
        text_format.Parse(text, message.registration)
        broken = violations(message, strict=False)
        assert all(map(is_unused, broken))
        assert bool(broken) == forgiven


def test_a_fault_of_each_kind_names_the_remedy() -> None:
    with pytest.raises(ConfigError) as caught:
        settings_from_toml((SITE + "colour = 1\n").encode(), "example")
    assert "no such setting" in str(caught.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_and_the_readme_link_every_example(language: str) -> None:
    examples = {path.name for path in (ROOT / "examples").glob("*.py")}
    page = GUIDE / f"{language}.md"
    linked = re.findall(r"\]\((\S*examples/\S*)\)", page.read_text("utf-8"))
    assert {Path(link).name for link in linked} == examples
    assert all((page.parent / link).resolve().is_file() for link in linked)
    assert "(examples)" in README.read_text("utf-8")
