"""Rows of deliveries in the register: each step once, append-only, and how long warnings took by month."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState, TrackSteps
from marsad.model.threat import Level
from marsad.register.store import RegisterStore

S = 1_000_000_000
NOVEMBER, OCTOBER = (int(datetime(2026, month, 3, tzinfo=UTC).timestamp()) * S for month in (11, 10))


def delivery(number: int, output_id: str, ruled_t_ns: int, **took_s: float) -> Delivery:
    """A warning that came to each step so many seconds after its rule."""
    reached = [0] * len(DeliveryState)
    for name, span_s in took_s.items():
        reached[DeliveryState[name.upper()]] = ruled_t_ns + round(span_s * S)
    state = max(DeliveryState(place) for place, t_ns in enumerate(reached) if t_ns or place == 0)
    return Delivery(
        *(
            output_id,
            f"warn-{number}",
            f"alarm-{number}",
            "fuel",
            Level.WARN,
            AnnouncementKind.WARNING,
            state,
        ),
        *(ruled_t_ns, ruled_t_ns, ruled_t_ns + 600 * S, tuple(reached), False),
        first_plot_t_ns=ruled_t_ns - 6 * S,
        steps=TrackSteps(ruled_t_ns - 5 * S, ruled_t_ns - 4 * S, 0, ruled_t_ns),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.sqlite"


def test_each_step_is_a_row_once_however_often_it_is_told(path: Path) -> None:
    with contextlib.closing(RegisterStore(f"sqlite:///{path}")) as register:
        first = delivery(1, "hook", NOVEMBER, accepted=0.4)
        register.note_deliveries("asad", [first])
        later = delivery(1, "hook", NOVEMBER, accepted=9.0, confirmed=12.0)  # what is stored stays
        register.note_deliveries("asad", [first, later, later])
    with contextlib.closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT output_id, step, t_ns - ruled_t_ns, ruled_t_ns - seen_t_ns, alerted_t_ns, exercise "
            "FROM delivery_step ORDER BY t_ns, step"
        ).fetchall()
        assert rows == [
            ("hook", "accepted", 400_000_000, 5 * S, None, 0),
            ("hook", "arrived", 400_000_000, 5 * S, None, 0),
            ("hook", "confirmed", 12 * S, 5 * S, None, 0),
        ]
        for statement in ("UPDATE delivery_step SET t_ns = 0", "DELETE FROM delivery_step"):
            with pytest.raises(sqlite3.IntegrityError, match="never changed or deleted"):
                database.execute(statement)


def test_delays_by_month_and_output_with_the_first_plot_apart(path: Path) -> None:
    with contextlib.closing(RegisterStore(f"sqlite:///{path}")) as register:
        november = [
            delivery(number, "hook", NOVEMBER + number, accepted=0.1 * number) for number in range(1, 21)
        ]
        relay = delivery(1, "siren", NOVEMBER + 1, accepted=3.0, actuated=0.3, confirmed=0.4)
        told_only = replace(delivery(2, "tak", NOVEMBER + 2, sent=0.2), arrives_with=DeliveryState.SENT)
        silent = delivery(30, "hook", NOVEMBER + 30, sent=0.2)  # the peer has not said that it has it
        late = delivery(3, "tak", NOVEMBER + 3, too_late=600.0)
        before = delivery(90, "hook", OCTOBER, accepted=7.0)
        end = replace(delivery(91, "hook", NOVEMBER, accepted=99.0), kind=AnnouncementKind.RETRACTION)
        drill = replace(delivery(92, "hook", NOVEMBER, accepted=50.0), is_drill=True)
        anew = replace(delivery(93, "hook", NOVEMBER, accepted=80.0), is_anew=True)
        never = delivery(
            40, "dead", NOVEMBER + 40, wanted=0.01
        )  # handed over, and nothing was ever heard of it
        others = [told_only, silent, late, before, end, drill, anew, never]
        register.note_deliveries("asad", [*november, relay, *others])
        found = [
            (one.month, one.output_id, one.count, one.missed, f"{one.p50_s:.1f}", f"{one.p95_s:.1f}")
            for one in register.delays()
        ]
        drills = [(one.output_id, one.p50_s) for one in register.delays(exercise=True)]
    assert found == [
        ("2026-11", "", 22, 0, "6.0", "6.0"),
        ("2026-11", "dead", 0, 1, "nan", "nan"),
        ("2026-11", "hook", 20, 1, "1.0", "1.9"),
        ("2026-11", "siren", 1, 0, "0.3", "0.3"),
        ("2026-11", "tak", 1, 1, "0.2", "0.2"),
        ("2026-10", "", 1, 0, "6.0", "6.0"),
        ("2026-10", "hook", 1, 0, "7.0", "7.0"),
    ]
    assert drills == [("", 6.0), ("hook", 50.0)]


def test_a_register_without_any_has_no_delays(path: Path) -> None:
    with contextlib.closing(RegisterStore(f"sqlite:///{path}")) as register:
        assert register.delays() == []
