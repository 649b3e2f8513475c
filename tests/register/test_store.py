"""The register in SQL: versions, series, migrations, faults."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import marsad.register
from marsad.errors import RecordingError
from marsad.model.incident import Casualties, FactStatus, Incident, Outcome
from marsad.register.codec import digest_of_incident, json_from_incident
from marsad.register.seeds import seed_january_2022
from marsad.register.store import RegisterStore

HOUR = 3_600_000_000_000
T0 = 1_641_253_570_000_000_000


def incident(
    name: str = "asad-1", version: int = 1, hours: float = 0.0, *, exercise: bool = False
) -> Incident:
    return Incident(
        name, "ain-al-asad", version, T0 + round(hours * HOUR), None, exercise, outcome=Outcome.STOPPED
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'register.sqlite'}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "register.sqlite"


def test_every_version_is_kept_and_the_newest_is_found(url: str) -> None:
    store = RegisterStore(url)
    first, second = incident(), replace(incident(version=2), accounted=True)
    store.save(second)
    store.save(first)
    assert store.versions("asad-1") == [first, second]
    assert store.latest("asad-1") == second
    assert store.latest("none") is None
    assert store.all() == [second]
    store.close()


def test_the_register_is_still_there_after_opening_it_again(url: str) -> None:
    store = RegisterStore(url)
    store.save(incident())
    store.close()
    again = RegisterStore(url)
    assert again.all() == [incident()]
    again.close()


def test_saving_twice_changes_nothing_and_other_contents_are_stored_behind_all_others_once() -> None:
    store = RegisterStore("sqlite://")
    first = incident()
    later = replace(first, version=first.version + 1, closed_by="first")
    for one in (first, first, later):
        assert store.save(one) == one
    other = replace(first, accounted=True)
    behind = replace(other, version=first.version + 2)
    for _ in range(3):  # every start of a site stores it again
        assert store.save(other) == behind
    assert store.versions("asad-1") == [first, later, behind]
    assert store.latest("asad-1") == behind


def test_exercises_are_kept_apart() -> None:
    store = RegisterStore("sqlite://")
    store.save(incident("drill", exercise=True, hours=-1))
    store.save(incident())
    assert [item.incident_id for item in store.all()] == ["asad-1"]
    assert [item.incident_id for item in store.all(exercise=True)] == ["drill"]
    assert store.series(incident()).total == 1


def test_the_second_in_less_than_two_days_comes_from_the_register() -> None:
    store = RegisterStore("sqlite://")
    store.seed(seed_january_2022())
    store.seed(seed_january_2022())
    facts = store.series(incident(), lambda site: 10800)
    assert facts.within_48_h == 2
    assert facts.previous_site_id == "baghdad-diplomatic-centre"
    assert facts.gap_s / 3600 == pytest.approx(22.3, abs=0.1)


def test_the_seed_says_what_the_public_statement_said_and_no_more() -> None:
    (entry,) = seed_january_2022()
    seed = entry.incident
    assert (len(seed.objects), seed.stopped) == (2, 2)
    assert seed.casualties == Casualties(FactStatus.NONE)
    assert seed.accounted
    assert seed.warnings == ()
    assert "3 January 2022" in entry.source
    store = RegisterStore("sqlite://")
    store.seed([entry])
    store.save(incident())
    assert store.source(seed.incident_id) == entry.source
    assert store.source("asad-1") == ""


def test_a_later_version_decides_whether_it_was_an_attack() -> None:
    store = RegisterStore("sqlite://")
    store.save(incident("earlier", 1, hours=-3))
    store.save(replace(incident("earlier", 2, hours=-3), outcome=Outcome.LEFT))
    assert store.series(incident()).total == 1


def test_rows_can_be_neither_changed_nor_deleted(url: str, file: Path) -> None:
    store = RegisterStore(url)
    store.save(incident())
    store.close()
    with sqlite3.connect(file) as connection:
        for statement in ("UPDATE incident_version SET outcome = 'left'", "DELETE FROM incident_version"):
            with pytest.raises(sqlite3.IntegrityError, match="never changed"):
                connection.execute(statement)
    connection.close()


def test_a_record_changed_behind_our_back_is_noticed(url: str, file: Path) -> None:
    store = RegisterStore(url)
    store.save(incident())
    connection = sqlite3.connect(file)
    connection.execute("DROP TRIGGER incident_version_no_update")
    connection.execute("UPDATE incident_version SET record = replace(record, 'stopped', 'landed')")
    connection.commit()
    connection.close()
    with pytest.raises(RecordingError, match="SHA-256"):
        store.latest("asad-1")
    store.close()


def test_an_old_database_is_brought_up_to_date_with_its_rows(url: str, file: Path) -> None:
    folder = Path(marsad.register.__file__).parent / "migrations"
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    old = incident("old", hours=-5)
    with sqlite3.connect(file) as raw:
        raw.execute(
            "INSERT INTO incident_version "
            "VALUES (?, 1, 'ain-al-asad', 0, 1, ?, NULL, 'stopped', 0, 0, 'unknown', ?, ?)",
            ("old", old.opened_t_ns, json_from_incident(old), digest_of_incident(old)),
        )
    raw.close()
    store = RegisterStore(url)
    assert store.all() == [old]
    assert store.source("old") == ""
    assert store.series(incident()).total == 2
    store.close()


def test_a_database_of_a_later_version_is_refused_and_left_alone(url: str, file: Path) -> None:
    RegisterStore(url).close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(RecordingError, match="9999"):
        RegisterStore(url)


@pytest.mark.parametrize("bad", ["sqlite:////no/such/folder/register.sqlite", "nonsense", "nosuchdb://x"])
def test_a_register_that_cannot_be_opened_says_which(bad: str) -> None:
    with pytest.raises(RecordingError, match="cannot be opened"):
        RegisterStore(bad)


def test_a_password_is_not_told() -> None:
    with pytest.raises(RecordingError) as caught:
        RegisterStore("nosuchdb://marsad:geheim@host/register")
    assert "geheim" not in str(caught.value)


def test_a_file_that_is_no_database_is_a_recording_error(url: str, file: Path) -> None:
    file.write_bytes(b"this is no database at all, whatever it is called" * 40)
    with pytest.raises(RecordingError, match="cannot be opened"):
        RegisterStore(url)


def test_the_tables_are_what_the_models_say(url: str) -> None:
    store = RegisterStore(url)
    folder = Path(marsad.register.__file__).parent / "migrations"
    with store._engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.check(config)
    store.close()


def test_nobody_else_reads_the_file_of_a_register(url: str, file: Path) -> None:
    file.touch(0o644)  # as earlier versions left it
    store = RegisterStore(url)
    store.save(incident())
    modes = {one.name: one.stat().st_mode & 0o777 for one in file.parent.iterdir()}
    store.close()
    assert {"register.sqlite", "register.sqlite-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes
