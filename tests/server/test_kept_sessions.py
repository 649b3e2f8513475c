"""Sessions outlive a start, in a file that opens nothing; accounts change without one."""

import asyncio
import hmac
import json
import stat
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest
from tests.station.keeping import keeping

from marsad.errors import ConfigError
from marsad.model.security import Happening, SecurityEvent
from marsad.server import Operator, Role, ServerSettings, hash_password
from marsad.server.app import adopt
from marsad.server.kept_sessions import FILE, OLD_KEY_FILE, KeptSession, KeptSessions, SessionFile
from marsad.server.sessions import Person, Sessions
from marsad.site.data_key import KEY_FILE, DataKey

from .apart import app_apart
from .synthetic import SyntheticSite
from .test_sessions import SETTINGS, Clock

LAYLA = SETTINGS.operators[0]
OMAR = Operator(name="Omar", role=Role.VIEWER, password_hash=hash_password("another horse"))
NOW_S = 1_900_000_000.0


class Keeper:
    """Keeps in memory what the site keeps."""

    def __init__(self) -> None:
        self.kept = KeptSessions()

    def keep(self, session: KeptSession) -> None:
        self.kept.keep(asdict(session))

    def forget(self, digest: str) -> None:
        self.kept.forget(digest)


async def opened(keeper: Keeper, clock: Clock, settings: ServerSettings = SETTINGS) -> tuple[Sessions, str]:
    sessions = Sessions(settings, clock, keeper, utc_s=clock)
    token = await sessions.sign_in("Layla", "correct horse", "10.0.0.5")
    assert token is not None
    return sessions, token


def a_clock() -> Clock:
    clock = Clock()
    clock.now_s = NOW_S
    return clock


async def test_a_session_outlives_a_start_of_the_site_and_no_file_opens_it(tmp_path: Path) -> None:
    clock, keeper = a_clock(), Keeper()
    _, token = await opened(keeper, clock)
    SessionFile(tmp_path).save(keeper.kept.records())
    for name in (FILE, KEY_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    written = (tmp_path / FILE).read_bytes() + (tmp_path / KEY_FILE).read_bytes()
    assert token.encode() not in written and LAYLA.password_hash.encode() not in written
    kept = SessionFile(tmp_path).load(clock.now_s)
    again = Sessions(SETTINGS, clock, kept=kept, utc_s=clock)
    assert again.person(token) == Person("Layla", Role.OPERATOR)
    assert again.person(kept[0].digest) is None, "what stands in the file opens nothing"
    clock.now_s += 3601
    assert again.person(token) is None and not SessionFile(tmp_path).load(clock.now_s)


@pytest.mark.parametrize("spoil", ["name", "key", "no key", "half", "no JSON"])
async def test_a_file_that_somebody_else_wrote_opens_nothing(
    tmp_path: Path, spoil: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock, keeper = a_clock(), Keeper()
    await opened(keeper, clock)
    SessionFile(tmp_path).save(keeper.kept.records())
    path, data = tmp_path / FILE, (tmp_path / FILE).read_bytes()
    match spoil:
        case "name":
            path.write_bytes(data.replace(b"Layla", b"Omar0"))
        case "key":
            (tmp_path / KEY_FILE).write_bytes(bytes(32))
        case "no key":
            (tmp_path / KEY_FILE).unlink()
        case "half":
            path.write_bytes(data[: len(data) // 2])
        case _:
            path.write_bytes(b"\xff[")
    assert SessionFile(tmp_path).load(clock.now_s) == []
    assert len(caplog.records) == 1 and FILE in caplog.text
    SessionFile(tmp_path).save(keeper.kept.records())
    assert len(SessionFile(tmp_path).load(clock.now_s)) == 1, "and goes on from there"


async def test_what_an_earlier_release_kept_is_read_by_the_key_it_had_and_sealed_anew(tmp_path: Path) -> None:
    clock, keeper = a_clock(), Keeper()
    _, token = await opened(keeper, clock)
    text, old = json.dumps(keeper.kept.records()), bytes(range(32))
    seal = hmac.new(old, text.encode(), "sha256").hexdigest()
    (tmp_path / FILE).write_text(json.dumps({"sessions": text, "hmac_sha256": seal}))
    path = tmp_path / OLD_KEY_FILE
    path.write_bytes(old)
    path.chmod(0o644)
    assert SessionFile(tmp_path).load(clock.now_s) == [], "a key that others may read proves nothing"
    path.chmod(0o600)
    kept = SessionFile(tmp_path).load(clock.now_s)
    assert Sessions(SETTINGS, clock, kept=kept, utc_s=clock).person(token) is not None
    SessionFile(tmp_path).save([asdict(one) for one in kept])
    assert not path.exists() and SessionFile(tmp_path).load(clock.now_s) == kept


def test_a_directory_that_cannot_be_written_yet_gets_the_key_that_the_start_had(tmp_path: Path) -> None:
    directory = tmp_path / "later"
    key, other = DataKey(directory), DataKey(directory)
    had = key.at_start()
    assert had == key.at_start() != other.at_start(), "each site that starts has its own, no module does"
    directory.mkdir()
    assert key.made() == had == other.made() == DataKey(directory).at_start()


async def test_a_disk_that_refuses_ends_no_session(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = SessionFile(tmp_path / "not there")
    file.save([])
    file.save([])
    assert len(caplog.records) == 1, "told once"


async def test_a_session_that_nobody_uses_ends_and_one_in_use_does_not() -> None:
    clock, told = a_clock(), list[SecurityEvent]()
    settings = SETTINGS.model_copy(update={"session_hours": 12.0, "session_idle_minutes": 30.0})
    sessions, token = await opened(Keeper(), clock, settings)
    sessions.note = told.append
    for _ in range(4):
        clock.now_s += 29 * 60
        assert sessions.person(token) is not None
    clock.now_s += 30 * 60
    assert sessions.person(token) is None
    assert told == [SecurityEvent(Happening.EXPIRED, "Layla")]


async def test_sessions_are_listed_and_ended_by_whom_they_belong_to() -> None:
    clock = a_clock()
    settings = ServerSettings(operators=(LAYLA, OMAR))
    sessions, token = await opened(Keeper(), clock, settings)
    other = await sessions.sign_in("Omar", "another horse", "10.0.0.6")
    assert [one.name for one in sessions.listed(None)] == ["Layla", "Omar"]
    (mine,) = sessions.listed("Layla")
    assert not sessions.end(mine.session_id, "Omar", "Omar"), "somebody else's"
    assert sessions.person(token) is not None
    assert sessions.end(mine.session_id, None, "Sara") and sessions.person(token) is None
    assert sessions.person(other) is not None


@pytest.mark.parametrize("how", ["gone", "password", "role"])
async def test_other_accounts_count_at_once_and_a_new_password_signs_out(how: str) -> None:
    clock, keeper, told = a_clock(), Keeper(), list[SecurityEvent]()
    sessions, token = await opened(keeper, clock)
    sessions.note = told.append
    changed = {
        "gone": (OMAR,),
        "password": (LAYLA.model_copy(update={"password_hash": hash_password("new horse 1")}), OMAR),
        "role": (LAYLA.model_copy(update={"role": Role.SUPERVISOR}), OMAR),
    }[how]
    sessions.adopt(SETTINGS.model_copy(update={"operators": changed}))
    person = sessions.person(token)
    assert (person is not None) is (how == "role") and bool(keeper.kept.records()) is (how == "role")
    assert person is None or person.role is Role.SUPERVISOR
    assert await sessions.sign_in("Omar", "another horse", "10.0.0.6")
    said = {"gone": ("operator", ""), "password": ("operator",) * 2, "role": ("operator", "supervisor")}
    whats = [(one.of, one.was, one.became) for one in told if one.what is Happening.ACCOUNT]
    assert whats == [("Layla", *said[how]), ("Omar", "", "viewer")]


async def test_the_whole_server_goes_by_other_accounts_and_refuses_those_that_would_open_it() -> None:
    gateway = SyntheticSite()
    settings = ServerSettings(operators=(LAYLA,), host="10.0.0.1", proxies=("127.0.0.1",))
    async with app_apart(gateway, settings) as (app, _):
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="https://test") as http:
            record = {"name": "Omar", "password": "another horse"}
            assert (await http.post("/api/session", json=record)).status_code == 401
            adopt(app, [LAYLA, OMAR])
            assert (await http.post("/api/session", json=record)).status_code == 200
            assert (await http.get("/api/session")).json()["role"] == "viewer"
            with pytest.raises(ConfigError, match="there are none"):
                adopt(app, [])
            assert (await http.get("/api/session")).json()["name"] == "Omar"


async def test_a_running_console_takes_other_accounts_and_so_does_the_server_after_it() -> None:
    wanted = ServerSettings(port=0, operators=(LAYLA,), requests_per_s=10_000)
    async with keeping(SyntheticSite(), wanted) as kept, httpx.AsyncClient(base_url=kept.address) as http:
        record = {"name": "Omar", "password": "another horse"}
        assert (await http.post("/api/session", json=record)).status_code == 401
        kept.console.adopt([LAYLA, OMAR])
        assert (await http.post("/api/session", json=record)).status_code == 200
        assert kept.console.process is not None
        kept.console.process.kill()
        await kept.until("console.down", False)
        assert (await http.get("/api/session")).json()["name"] == "Omar"
        kept.console.adopt([LAYLA])
        async with asyncio.timeout(30):
            while (await http.get("/api/session")).json()["name"] is not None:
                pass
