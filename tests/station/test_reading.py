"""Whoever starts a site after a change of the program is told that its journal is read anew, and how far."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from marsad.links.notify import ServiceManager
from marsad.model.frame import TICK, Frame
from marsad.report.wording import Language, word
from marsad.site import checkpoint, resumption, snapshot
from marsad.site.data_key import DataKey
from marsad.site.fold import SiteFold
from marsad.site.snapshot import Unusable, store
from marsad.station.reading import Reading
from marsad.station.record import newest_journal, open_record
from marsad.station.run import _record
from marsad.station.settings_file import read_settings

from ..terminals import Heard
from .conftest import SITE

SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND


def recorded(directory: Path) -> Path:
    """A site's record of an hour, with a snapshot of its end."""
    record = open_record(directory, "example", SITE.encode(), START)
    record.recorder.take([Frame(TICK, START + number * SECOND) for number in range(1, 3600)])
    data = record.recorder.snapshot()
    assert data is not None
    journal = newest_journal(directory, "example")
    assert journal is not None
    store(journal, data, record.recorder.key)
    record.close()
    return journal


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_start_after_a_change_of_the_program_says_that_it_reads_from_the_first_frame(
    tmp_path: Path, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, heard = recorded(tmp_path), Heard(language)
    open_record(tmp_path, "example", SITE.encode(), START + 4000 * SECOND, Reading(heard)).close()
    assert heard.said == []  # the snapshot fits
    monkeypatch.setattr(snapshot, "_fingerprint", lambda: ("another version",))
    monkeypatch.setattr(resumption, "newest", lambda path: None)  # else it goes on from a checkpoint
    seconds = iter(range(0, 1000, 3))
    reading = Reading(heard, now_s=lambda: float(next(seconds)))
    open_record(tmp_path, "example", SITE.encode(), START + 5000 * SECOND, reading).close()
    assert journal.name in heard.said[0] and len(heard.said) > 1
    said = {"en": "the program has changed since its snapshot", "ar": "تغيّر البرنامج منذ لقطته المحفوظة"}
    assert said[language] in heard.said[0]
    assert not any("station." in sentence for sentence in heard.said)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_start_that_cannot_take_up_the_tracks_of_another_program_says_so(
    tmp_path: Path, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = open_record(tmp_path, "example", SITE.encode(), START)
    record.recorder.take([*record.recorder.checkpoint(START), Frame(TICK, START + SECOND)])
    record.close()
    monkeypatch.setattr(snapshot, "_fingerprint", lambda: ("another version",))
    for lost, told in (("", []), ("the tracks have other fields in this program", ["station.tracks_anew"])):

        def taken_up(data: bytes, lost: str = lost) -> tuple[SiteFold, str]:
            return checkpoint.taken_up(data)[0], lost

        monkeypatch.setattr(resumption, "taken_up", taken_up)
        again = open_record(tmp_path, "example", SITE.encode(), START + 2 * SECOND)
        again.close()
        assert [one.code for one in again.news] == told
        assert all("{" not in word(one, language) for one in again.news)


@pytest.mark.parametrize("why", list(Unusable))
def test_every_reason_to_read_anew_has_its_words(tmp_path: Path, why: Unusable) -> None:
    journal, heard = recorded(tmp_path), Heard("ar")
    Reading(heard).rereads(journal, why)
    assert len(heard.said) == 1 and "station." not in heard.said[0]


def test_the_seconds_left_that_are_told_never_rise(heard: Heard) -> None:
    seconds = iter([0.0, 10.0, 20.0, 60.0, 90.0])
    reading = Reading(heard, now_s=lambda: next(seconds))
    for share in (0.5, 0.8, 0.81, 0.95):
        reading.read(share)
    assert heard.said == [
        "Journal read: 50 %, 10 s left",
        "Journal read: 80 %, 5 s left",
        "Journal read: 81 %",
        "Journal read: 95 %, 5 s left",
    ]


def test_a_service_manager_is_asked_for_time_while_the_journal_is_read(
    tmp_path: Path, site_file: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would end a start that takes long, again and again."""
    recorded(tmp_path / "data")
    monkeypatch.setattr(snapshot, "_fingerprint", lambda: ("another version",))
    monkeypatch.setattr("marsad.station.reading._AGAIN_S", 0.0)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(10)
        with closing(ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")})) as manager:
            settings = read_settings(site_file)
            _record(
                tmp_path / "data", DataKey(tmp_path / "data"), settings, heard, manager, START + 5000 * SECOND
            ).close()
        words = [listener.recv(200) for _ in range(2)]
    assert words[0].startswith(b"STATUS=Journal read: ") and words[1] == b"EXTEND_TIMEOUT_USEC=60000000"
    assert any("Goes on from journal" in sentence for sentence in heard.said)
