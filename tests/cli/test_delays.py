"""`marsad delays` prints what a recorded register holds: count, median and 95th percentile."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marsad.cli import app, terminal
from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState
from marsad.model.threat import Level
from marsad.register.store import RegisterStore

S = 1_000_000_000
NOVEMBER, OCTOBER = (int(datetime(2026, month, 3, tzinfo=UTC).timestamp()) * S for month in (11, 10))
TOOK_S = (0.3, 0.5, 0.7, 0.9, 8.0)


def told(number: int, output_id: str, ruled_t_ns: int, took_s: float) -> Delivery:
    reached = [0] * len(DeliveryState)
    reached[DeliveryState.ACCEPTED] = ruled_t_ns + round(took_s * S)
    kind, state = AnnouncementKind.WARNING, DeliveryState.ACCEPTED
    about = (output_id, f"w-{number}-{output_id}", f"a-{number}", "gate", Level.WARN, kind, state)
    times = (ruled_t_ns, ruled_t_ns, ruled_t_ns + 600 * S, tuple(reached))
    return Delivery(*about, *times, False, first_plot_t_ns=ruled_t_ns - 4 * S)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with contextlib.closing(RegisterStore(f"sqlite:///{tmp_path / 'register.sqlite'}")) as register:
        november = [told(number, "hook", NOVEMBER, took_s) for number, took_s in enumerate(TOOK_S)]
        register.note_deliveries("asad", [*november, told(9, "siren", OCTOBER, 2.5)])
    return tmp_path


def test_the_table_has_the_figures_of_the_register(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.OUT, "_width", 120)
    shown = CliRunner().invoke(app, ["delays", "--data", str(data)], env={"COLUMNS": "120"})
    assert shown.exit_code == 0
    rows = [line.replace("│", " ").split() for line in shown.stdout.splitlines()]
    assert ["2026-11", "hook", "5", "0", "0.7", "8.0"] in rows
    assert ["2026-10", "siren", "1", "0", "2.5", "2.5"] in rows
    assert [row[0] for row in rows if row[-3:] == ["5", "4.0", "4.0"]] == ["2026-11"], "first plot to rule"


@pytest.mark.parametrize(("drills", "said"), [(False, "some in earnest"), (True, "--drills shows those")])
def test_where_only_others_were_announced_it_says_how_to_see_them(
    tmp_path: Path, drills: bool, said: str
) -> None:
    with contextlib.closing(RegisterStore(f"sqlite:///{tmp_path / 'register.sqlite'}")) as register:
        register.note_deliveries("asad", [replace(told(1, "hook", NOVEMBER, 0.5), is_drill=drills)])
    shown = CliRunner().invoke(app, ["delays", "--data", str(tmp_path), *([] if drills else ["--drills"])])
    assert shown.exit_code == 0 and said in shown.stdout.replace("\n", " ")


def test_as_json_they_are_the_same(data: Path) -> None:
    shown = CliRunner().invoke(app, ["delays", "--data", str(data), "--json"])
    found = [
        (one["month"], one["output_id"], one["count"], round(one["p50_s"], 3), round(one["p95_s"], 3))
        for one in json.loads(shown.stdout)
    ]
    assert [row for row in found if row[1]] == [
        ("2026-11", "hook", 5, 0.7, 8.0),
        ("2026-10", "siren", 1, 2.5, 2.5),
    ]
