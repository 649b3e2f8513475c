"""What is said of outputs before a start: which there are, which get nothing, which nobody tries."""

from pathlib import Path

import pytest

from marsad.errors import ConfigError
from marsad.report.wording import LANGUAGES, word
from marsad.server import hash_password
from marsad.station.output_outlook import output_outlook
from marsad.station.settings_file import read_settings

from ..adversary.raid import SITE
from ..example_site import example_site

HOOK = '[[output]]\nname = "{name}"\nstandard = "webhook"\nurl = "http://127.0.0.1:9/"\n'
FOR_DRILLS = HOOK.format(name="gate") + "drills = true\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", {"station.outputs.none": ""}),
        (
            FOR_DRILLS + HOOK.format(name="town"),
            {
                "station.outputs": "gate (webhook), town (webhook)",
                "station.outputs.idle": "town",  # a site in test mode
                "station.outputs.untried": "town",
                "station.outputs.unscheduled": "",
            },
        ),
        (
            FOR_DRILLS + '[drill]\nevery = "week"\n',
            {"station.outputs": "gate (webhook)"},
        ),
    ],
)
def test_what_is_worth_a_word(tmp_path: Path, text: str, said: dict[str, str]) -> None:
    (tmp_path / "site.toml").write_text(SITE + text, "utf-8")
    found = list(output_outlook(read_settings(tmp_path / "site.toml")))
    assert {one.code: str(dict(one.arguments).get("outputs", "")) for one in found} == said


SMS = """[[output]]
name = "sms"
standard = "sms"
url = "http://127.0.0.1:1/?to={to}&text={text}"
method = "GET"
recipients_file = "list.csv"
drills = true
per_minute = PACE
delivery_s = DELIVERY
"""
MAIL = """[[output]]
name = "mail"
standard = "smtp"
server = "127.0.0.1:25"
security = "none"
sender = "marsad@site.example"
recipients_file = "list.csv"
drills = true
delivery_s = DELIVERY
"""


@pytest.mark.parametrize(
    ("output", "people", "pace", "delivery_s", "said"),
    [
        (SMS, 100, 60, 30, (200.0, 180.0, 30.0)),  # in both languages: 60, 60, 60 and 20
        (SMS, 100, 60, 180, None),
        (SMS, 30, 60, 20, None),
        (SMS, 30, 600, 10, (60.0, 15.0, 10.0)),  # four at a time
        (MAIL, 120, 0, 2, (3.0, 3.0, 2.0)),
        (MAIL, 120, 0, 3, None),
    ],
)
def test_a_list_that_is_too_long_for_its_time_is_told_with_numbers(
    tmp_path: Path,
    output: str,
    people: int,
    pace: int,
    delivery_s: int,
    said: tuple[float, float, float] | None,
) -> None:
    to = "+96479012{:05}" if output is SMS else "one{}@site.example"
    lines = "".join(f"{to.format(number)},both\n" for number in range(people))
    (tmp_path / "list.csv").write_text(f"to,language,zones\n{lines}", "utf-8")
    text = SITE + output.replace("PACE", str(pace)).replace("DELIVERY", str(delivery_s))
    (tmp_path / "site.toml").write_text(text, "utf-8")
    found = [one for one in output_outlook(read_settings(tmp_path / "site.toml")) if ".slow." in one.code]
    if said is None:
        assert not found
        return
    (one,) = found
    arguments = dict(one.arguments)
    assert tuple(arguments[name] for name in ("messages", "last_s", "delivery_s")) == said
    for language in LANGUAGES:
        sentence = word(one, language)
        assert all(f"{number:.0f}" in sentence for number in said) and "delivery_s" in sentence


def test_a_console_in_the_clear_is_worth_a_word_and_must_be_asked_for(tmp_path: Path) -> None:
    people = f'[[server.operators]]\nname = "Layla"\npassword_hash = "{hash_password("correct horse")}"\n'
    path = tmp_path / "site.toml"
    path.write_text(example_site(after=f'[server]\nhost = "0.0.0.0"\n{people}'), "utf-8")
    with pytest.raises(ConfigError, match="plain_network = true takes the risk"):
        read_settings(path)
    path.write_text(
        example_site(after=f'[server]\nhost = "0.0.0.0"\nplain_network = true\n{people}'), "utf-8"
    )
    assert [one.code for one in output_outlook(read_settings(path))] == [
        *("station.plain_network", "station.outputs.none")
    ]
