"""What is said of outputs before a start: which there are, which get nothing, which nobody tries."""

from pathlib import Path

import pytest

from marsad.station.output_outlook import output_outlook
from marsad.station.settings_file import read_settings

from ..adversary.raid import SITE

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
