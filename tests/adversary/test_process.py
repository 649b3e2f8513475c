"""Bad peers against a real site: an honest radar over a real socket warns as soon as without them."""

from pathlib import Path

import pytest

from marsad.model.threat import Level
from marsad.tracking import warm_up

from .process import Outcome, raided
from .raid import ATTACKS, RADAR

LATER_MAX_S = 0.5


def held_to(outcome: Outcome) -> None:
    assert outcome.refused == 0
    for stage in (Level.ALERT, Level.WARN):
        assert outcome.with_peer[stage] - outcome.without_peer[stage] <= LATER_MAX_S, stage


async def test_beside_every_bad_peer_at_once_the_radar_is_heard_and_warns(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    outcome = await raided(tmp_path, list(ATTACKS.values()), scans=13)
    held_to(outcome)
    assert outcome.counters["refused.node-held"] > 20
    assert outcome.counters["rim.gave-way"] > 150
    assert outcome.journal_bytes < 64 << 20


@pytest.mark.apart
async def test_the_table_of_attacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One row for each, over real sockets; the figures are printed."""
    warm_up(lambda kernel: None)
    alone = await raided(tmp_path / "alone", [], scans=14)
    rows = [f"{'attack':46} {'ALERT':>6} {'WARN':>6} {'later':>6} {'worst gap':>9} {'journal':>9}"]
    for number, (name, attack) in enumerate([("none", None), *ATTACKS.items()]):
        scans = 30 if name.startswith("P6") else 14
        outcome = alone if attack is None else await raided(tmp_path / str(number), [attack], scans)
        held_to(outcome)
        later_s = outcome.with_peer[Level.WARN] - alone.with_peer[Level.WARN]
        assert later_s <= LATER_MAX_S, name
        times = [outcome.with_peer[stage] for stage in (Level.ALERT, Level.WARN)]
        figures = f"{times[0]:6.2f} {times[1]:6.2f} {later_s:6.2f} {outcome.late_s:9.2f}"
        rows.append(f"{name:46} {figures} {outcome.journal_bytes / 2**20:6.2f} MB")
    with capsys.disabled():
        print("\n" + "\n".join(rows), "\nradar", RADAR.node_id)  # noqa: T201
