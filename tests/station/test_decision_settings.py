"""Who decides, by the settings: names that nobody has are told, telephone numbers are not."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marsad.cli import app
from marsad.report.wording import LANGUAGES, word
from marsad.server.passwords import hash_password
from marsad.site.advice import card_advice, release_advice
from marsad.site.settings import settings_from_toml
from marsad.station.settings_file import read_settings

from .test_settings_file import SITE, told

HASH = hash_password("an example")


def people(**roles: str) -> str:
    lines = [
        f'{{ name = "{name}", role = "{role}", password_hash = "{HASH}" }}' for name, role in roles.items()
    ]
    return f"operators = [{', '.join(lines)}]\n"


CARD = """
[authority]
[[authority.person]]
name = "Salim"
phone = "+964 770 123 4567"
"""


def faults(tmp_path: Path, text: str) -> list[str]:
    return [line.split(" ", 1)[1] for line in told(tmp_path / "site.toml", SITE + text)]


def test_names_that_no_card_and_no_operator_has_are_told_all_at_once(tmp_path: Path) -> None:
    rule = '[[release]]\npeople = 1\ndeciders = ["Hoda"]\ndeputies = ["Salim", "Nobody"]\n'
    found = faults(tmp_path, people(Huda="operator") + CARD + rule)
    assert found == [
        "release 1: deciders: nobody is called 'Hoda': no operator, and nobody on the authority card; "
        "people: Huda, Salim",
        "release 1: deputies: nobody is called 'Nobody': no operator, and nobody on the authority card; "
        "people: Huda, Salim",
    ]


@pytest.mark.parametrize(
    ("operators", "rule", "fault"),
    [
        (
            people(Huda="operator", Omar="viewer", Adnan="administrator"),
            "people = 2",
            "people is 2, and 1 may sign in to act",
        ),
        (
            people(Huda="operator", Omar="operator"),
            'people = 2\ndeciders = ["Huda", "Salim"]',
            "of those who are named 1 may sign in to release: name more of Huda, Omar",
        ),
        (
            people(Huda="operator", Omar="operator", Rana="supervisor"),
            'people = 2\ndeciders = ["Huda", "Omar"]',
            "one of them a supervisor, and no supervisor is named",
        ),
    ],
)
def test_a_rule_that_nobody_can_fulfil_is_told(tmp_path: Path, operators: str, rule: str, fault: str) -> None:
    (found,) = faults(tmp_path, operators + CARD + f"[[release]]\n{rule}\n")
    assert fault in found


def test_what_is_wrong_elsewhere_hides_nothing_of_it(tmp_path: Path) -> None:
    text = SITE.replace("latitude_deg = 33.3", "latitude_deg = 133.3")
    rule = '[[release]]\npeople = 1\ndeciders = ["Hoda"]\n'
    found = told(tmp_path / "site.toml", text + people(Huda="operator") + CARD + rule)
    assert any("latitude_deg" in line for line in found) and any("'Hoda'" in line for line in found)


def test_two_operators_who_read_alike_are_refused(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, people(**{"Huda": "operator", "huda ": "operator"}))
    assert "reads like operator 1 ('Huda')" in found


def test_duties_are_of_people_on_the_card_and_of_zones_that_there_are(tmp_path: Path) -> None:
    duty = '[[authority.duty]]\ndecides = "release"\nzones = ["moon"]\npeople = ["Huda"]\n'
    assert sorted(faults(tmp_path, CARD + duty)) == [
        "authority, duty 1: people: 'Huda' is not on the card; people on it: Salim",
        "authority, duty 1: zones: this site has no zone 'moon'; zones: none",
    ]


def test_a_faulty_telephone_number_is_told_without_being_shown(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE + CARD.replace("+964 770 123 4567", "call 0770-SECRET-99"), "utf-8")
    result = CliRunner().invoke(app, ["check", str(path)])
    shown = result.output + str(result.exception)
    assert result.exit_code != 0 and "phone" in shown and "(not shown)" in shown
    assert "SECRET" not in shown and "0770" not in shown


def test_an_old_card_is_worth_a_word() -> None:
    def advised(text: str) -> list[str]:
        settings = settings_from_toml((SITE + text).encode(), "site.toml")
        return [reason.code for reason in card_advice(settings, date(2026, 11, 27))]

    assert advised("") == []
    assert advised(CARD) == ["station.advice.card_never_confirmed"]
    assert advised(CARD.replace("[authority]", "[authority]\nconfirmed_on = 2026-08-29")) == []
    assert advised(CARD.replace("[authority]", "[authority]\nconfirmed_on = 2026-08-28")) == [
        "station.advice.card_old"
    ]


CHECKLIST = """[[item]]
id = "tugs"
level = "attack"
owner = "duty_officer"
text_en = 'Recall "the" tugs'
text_ar = "استدعِ القاطرات"
"""


def test_a_checklist_of_its_own_enters_the_journal_with_the_settings(tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(CHECKLIST, "utf-8")
    (tmp_path / "site.toml").write_text(SITE + '[checklist]\nfile = "list.toml"\n', "utf-8")
    data = read_settings(tmp_path / "site.toml").data
    (tmp_path / "list.toml").unlink()
    site = settings_from_toml(data, "the journal's first frame")
    (item,) = site.checklist.items()
    assert item.text_key == "checklist.own.tugs"
    assert site.build_site().names[-1].name_en == 'Recall "the" tugs'


@pytest.mark.parametrize(
    ("settings", "text", "fault"),
    [
        ('[checklist]\nfile = "list.toml"', None, "there is no file"),
        ('[checklist]\nfile = "list.toml"', "", "line 1, the file is empty"),
        ('[checklist]\nfile = "list.toml"', CHECKLIST + "[[", "line 7, not TOML"),
        (
            '[checklist]\nfile = "list.toml"',
            CHECKLIST.replace("text_ar", "#"),
            "line 1, item 1 (tugs): text_ar is missing",
        ),
        (
            '[checklist]\nfile = "list.toml"',
            CHECKLIST.replace("duty_officer", "nobody"),
            "line 4, item 1 (tugs): owner: nobody is called 'nobody'; there are duty_officer",
        ),
        ('checklist = { file = "list.toml" }', CHECKLIST, "write [checklist] as a table of its own"),
    ],
)
def test_a_faulty_checklist_is_told_with_its_lines(
    tmp_path: Path, settings: str, text: str | None, fault: str
) -> None:
    if text is not None:
        (tmp_path / "list.toml").write_text(text, "utf-8")
    whole = f"{settings}\n{SITE}" if settings.startswith("checklist") else f"{SITE}{settings}\n"
    found = told(tmp_path / "site.toml", whole)
    assert any("list.toml: " in line and fault in line for line in found), found


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("people = 1", [(1, 40.0, 60.0, 38.0)]),  # 20 s each; at 22 s left nobody is asked any longer
        ("people = 1\ndeputy_within_s = 18.0", []),
        ('people = 1\nstages = ["ALERT"]', []),
        ("people = 0", []),
    ],
)
def test_a_rule_that_outlasts_a_warning_is_worth_a_word(rule: str, told: list[tuple[float, ...]]) -> None:
    output = '[[output]]\nname = "gate"\nstandard = "webhook"\ndelivery_s = 2.0\n'
    settings = settings_from_toml((SITE + output + f"[[release]]\n{rule}\n").encode(), "site.toml")
    found = release_advice(settings)
    assert [tuple(dict(reason.arguments).values()) for reason in found] == told
    assert all("38" in word(reason, language) for reason in found for language in LANGUAGES)
