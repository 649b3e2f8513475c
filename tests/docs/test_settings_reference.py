"""The settings reference is generated, complete and not stale."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from marsad.station.settings_file import settings_schema

ROOT = Path(__file__).parents[2]
OF_A_SITE_FILE = (
    *("PlaceSettings", "ZoneSettings", "FriendSettings", "SapientSettings", "NodeSettings", "SbsSettings"),
    *("ServerSettings", "Operator", "HeartbeatSettings", "JournalSettings"),
    *("RunwaySettings", "CorridorSettings", "AreaSettings"),
    *("ReleaseSettings", "CapSettings", "CotSettings", "PageSettings", "WebhookSettings"),
    *("MqttSettings", "ModbusSettings", "CoilSettings"),
    *("SmtpSettings", "SmsSettings", "SpeakerSettings"),
    *("AuthoritySettings", "CardPersonSettings", "CardDutySettings"),
    *("ChecklistSettings", "OwnerSettings", "ItemSettings"),
    *("DrillSettings", "TerrainSettings"),
)


def keys_of(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(r'^\| (?:`|<code dir="ltr">)(\w+)', text, re.M)


def test_the_pages_are_what_the_tool_writes() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/settings_reference.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("page", "records"), [("settings.en.md", None), ("settings.ar.md", OF_A_SITE_FILE)])
def test_every_key_of_the_schema_has_its_row(page: str, records: tuple[str, ...] | None) -> None:
    records_of_schema = settings_schema()["$defs"]
    expected = [
        key
        for name, record in records_of_schema.items()
        if (records is None or name in records) and "properties" in record
        for key in record["properties"]
    ]
    assert expected and sorted(keys_of(page)) == sorted(expected)


def test_every_setting_is_described() -> None:
    schema = settings_schema()
    records = {"": schema, **{f"#/$defs/{name}": record for name, record in schema["$defs"].items()}}
    bare = [
        f"{name}.{key}"
        for name, record in records.items()
        for key, field in record.get("properties", {}).items()
        if not field.get("description") and not records.get(field.get("$ref"), {}).get("description")
    ]
    assert bare == []


def test_the_arabic_page_is_arabic() -> None:
    text = (ROOT / "docs/settings.ar.md").read_text("utf-8")
    for row in re.findall(r"^\| <code.*\|$", text, re.M):
        assert re.search(r"[\u0600-\u06ff]{3}", row.rsplit("|", 2)[1]), row


@pytest.mark.parametrize("page", ["settings.en.md", "settings.ar.md"])
def test_a_rate_is_given_per_something(page: str) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    rows = re.findall(r"^\| (?:`|<code dir=\"ltr\">)(\w+).*?\| ([^|]*) \|", text, re.M)
    rates = [(key, unit) for key, unit in rows if re.search(r"_per_(s|m|km2)(_|$)", key)]
    assert rates and all(unit.startswith("1/") for _, unit in rates), rates
