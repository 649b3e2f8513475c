"""Real aircraft sound nothing at a site that has fitted its procedures."""

import sys
from pathlib import Path

import pytest

from marsad.model.threat import Level

RECORDINGS = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside the project")


@pytest.mark.parametrize("case", ["helicopter", "final"])
def test_real_aircraft_sound_nothing_where_their_procedures_are_known(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import recorded_aircraft

    found = list(recorded_aircraft.cases(RECORDINGS, (case,)))[:2]
    assert found
    for one in found:
        sounded = recorded_aircraft.sounded(one, fitted=True, radar=False)
        assert sounded.looks > 100
        assert sounded.at[Level.ALERT] == sounded.at[Level.WARN] == sum(sounded.alarms.values()) == 0
    sys.modules.pop("recorded_aircraft", None)
