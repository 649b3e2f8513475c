"""The console's types are those of the wire."""

from pathlib import Path

import pytest

from marsad.server.schema import definitions, typescript

COMMITTED = Path(__file__).parents[2] / "console" / "src" / "wire.ts"


def test_the_committed_types_are_up_to_date() -> None:
    if not COMMITTED.is_file():
        pytest.skip("console sources are not beside this checkout")
    assert COMMITTED.read_text("utf-8") == typescript(), (
        "run: python -m marsad.server.schema > console/src/wire.ts"
    )


def test_every_record_of_the_wire_is_described() -> None:
    found = definitions()
    assert {"Snapshot", "Delta", "Heartbeat", "Picture", "Track", "Alarm", "SiteInfo", "Refusal"} <= set(
        found
    )
    assert all(record.get("description") for record in found.values())
