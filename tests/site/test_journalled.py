"""What the journal holds of the settings: every value but the secrets."""

import json
import tomllib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from marsad.server.passwords import hash_password
from marsad.site.journalled import _value, journalled, secrets_of
from marsad.site.settings import settings_from_toml
from marsad.station.settings_file import SettingsTree

from ..example_site import example_site

HASH, TOKEN = hash_password("correct horse"), "a-token-of-a-collector"
SERVER = f"""
# the password is "correct horse"
[server]
metrics_token = "{TOKEN}"
operators = [{{name = "Rana", role = "supervisor", password_hash = "{HASH}"}}]
"""
DATA = example_site("127.0.0.1:5020", after=SERVER).encode()
KEY = bytes(range(32))

values = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def test_no_secret_and_no_comment_is_in_it_and_all_else_is() -> None:
    kept = journalled(SettingsTree, DATA, KEY)
    for secret in (HASH, TOKEN, "correct horse", "#"):
        assert secret.encode() not in kept
    before, after = settings_from_toml(DATA, "file"), settings_from_toml(kept, "journal")
    assert after.is_supervised
    assert after.model_copy(update={"server": {}}) == before.model_copy(update={"server": {}})


def test_another_password_is_seen_to_be_another_and_the_same_to_be_the_same() -> None:
    kept = journalled(SettingsTree, DATA, KEY)
    assert journalled(SettingsTree, DATA, KEY) == kept
    other = DATA.replace(HASH.encode(), hash_password("another password").encode())
    assert journalled(SettingsTree, other, KEY) != kept
    assert journalled(SettingsTree, DATA, bytes(32)) != kept, "nobody can try passwords who has not the key"


def test_every_setting_that_is_called_a_secret_is_marked_as_one() -> None:
    assert secrets_of(SettingsTree) == (
        ("server", "operators", "*", "password_hash"),
        ("server", "metrics_token"),
    )
    words = ("password", "secret", "token", "pin")
    schema = SettingsTree.model_json_schema()
    named = {
        name
        for record in (schema, *schema["$defs"].values())
        for name, field in record.get("properties", {}).items()
        if any(word in name.split("_") for word in words)
        and not name.endswith("_file")
        and "string" in json.dumps(field)
    }
    assert named == {"password_hash", "metrics_token"}


@given(values)
def test_a_value_that_is_written_is_read_as_it_was(value: object) -> None:
    assert tomllib.loads(f"value = {_value(value)}")["value"] == value


def test_a_time_keeps_its_zone() -> None:
    moment = datetime(2026, 1, 4, 2, 40, tzinfo=UTC)
    assert tomllib.loads(f"value = {_value(moment)}")["value"] == moment
