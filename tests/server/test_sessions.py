"""Sign-in: sessions end, memory is bounded, hashes are what they say."""

import contextlib

import pytest
from pydantic import ValidationError

from marsad.server import Operator, Role, ServerSettings, hash_password
from marsad.server.guesses import TooManyAttempts
from marsad.server.kept_sessions import KeptSession
from marsad.server.passwords import is_password_hash, verify_password
from marsad.server.sessions import Sessions

HASH = hash_password("correct horse")
SETTINGS = ServerSettings(
    operators=(Operator(name="Layla", role=Role.OPERATOR, password_hash=HASH),), session_hours=1
)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_a_session_ends_with_its_time() -> None:
    clock = Clock()
    sessions = Sessions(SETTINGS, clock, utc_s=clock)
    token = await sessions.sign_in("Layla", "correct horse", "a")
    person = sessions.person(token)
    assert person is not None and person.name == "Layla"
    clock.now_s = 3601
    assert sessions.person(token) is None


async def test_unknown_names_and_wrong_passwords_are_refused_alike() -> None:
    sessions = Sessions(SETTINGS, Clock(), utc_s=Clock())
    assert await sessions.sign_in("Layla", "wrong horse", "a") is None
    assert await sessions.sign_in("Nobody", "correct horse", "a") is None
    assert sessions.refused == 2
    assert sessions.person(None) is None and sessions.person("guess") is None


async def test_attempts_are_counted_per_address_and_forgotten_after_the_window() -> None:
    clock = Clock()
    sessions = Sessions(SETTINGS, clock, utc_s=clock)
    for number in range(5):
        await sessions.sign_in(f"name-{number}", "x", "one address")
    with pytest.raises(TooManyAttempts):
        await sessions.sign_in("Layla", "correct horse", "one address")
    assert await sessions.sign_in("Layla", "correct horse", "another address")
    clock.now_s = 61
    assert await sessions.sign_in("Layla", "correct horse", "one address")


async def guessed(sessions: Sessions, *addresses: str, count: int = 6, name: str = "Layla") -> int:
    """How many guesses were looked at."""
    looked_at = 0
    for address in addresses:
        for _ in range(count):
            with contextlib.suppress(TooManyAttempts):
                assert await sessions.sign_in(name, "x", address) is None
                looked_at += 1
    return looked_at


async def test_guesses_from_one_address_keep_nobody_out_elsewhere() -> None:
    sessions = Sessions(SETTINGS, Clock(), utc_s=Clock())
    assert await guessed(sessions, "10.0.0.66", count=50) == 5
    assert await sessions.sign_in("Layla", "correct horse", "10.0.0.5")


async def test_guesses_from_many_addresses_keep_nobody_out_where_it_has_signed_in() -> None:
    clock = Clock()
    sessions = Sessions(SETTINGS, clock, utc_s=clock)
    await sessions.sign_in("Layla", "correct horse", "10.0.0.5")
    clock.now_s = 1800
    addresses = [f"10.0.1.{number}" for number in range(30)]
    assert await guessed(sessions, *addresses) == 20, "for one name, from all together"
    assert await sessions.sign_in("Layla", "correct horse", "10.0.0.5")
    with pytest.raises(TooManyAttempts):
        await sessions.sign_in("Layla", "correct horse", "10.0.0.7")


async def test_guesses_at_other_names_keep_nobody_out_at_its_own_address() -> None:
    sessions = Sessions(SETTINGS, Clock(), utc_s=Clock())
    await sessions.sign_in("Layla", "correct horse", "10.0.0.5")
    assert await guessed(sessions, "10.0.0.5", name="Nobody") == 5, "hers was right and counts for nothing"
    assert await sessions.sign_in("Layla", "correct horse", "10.0.0.5")


async def test_where_it_has_signed_in_guessing_is_slowed_down_all_the_same() -> None:
    sessions = Sessions(SETTINGS, Clock(), utc_s=Clock())
    await sessions.sign_in("Layla", "correct horse", "10.0.0.5")
    assert await guessed(sessions, "10.0.0.5", count=50) == 5
    with pytest.raises(TooManyAttempts):
        await sessions.sign_in("Layla", "correct horse", "10.0.0.5")


async def test_what_was_right_does_not_count() -> None:
    people = tuple(Operator(name=f"guard {number}", password_hash=HASH) for number in range(8))
    sessions = Sessions(SETTINGS.model_copy(update={"operators": people}), Clock(), utc_s=Clock())
    for one in people:  # a shift that comes on at one screen, within a second
        assert await sessions.sign_in(one.name, "correct horse", "10.0.0.5")
        assert await sessions.sign_in(one.name, "correct horse", "10.0.0.5")
    assert await guessed(sessions, "10.0.0.5", name="nobody") == 5, "guesses do"


async def test_a_network_of_addresses_is_one() -> None:
    sessions = Sessions(SETTINGS, Clock(), utc_s=Clock())
    assert await guessed(sessions, *(f"2001:db8::{number:x}" for number in range(9)), count=1) == 5
    assert await sessions.sign_in("Layla", "correct horse", "2001:db8:0:1::1")


async def test_a_new_server_knows_where_the_sessions_were_opened() -> None:
    sessions = Sessions(SETTINGS, Clock(), kept=[KeptSession("d", "Layla", 1e9, "10.0.0.5")])
    await guessed(sessions, *(f"10.0.1.{number}" for number in range(9)))
    assert await sessions.sign_in("Layla", "correct horse", "10.0.0.5")


def test_hashes_are_salted_and_verify_only_their_password() -> None:
    assert hash_password("correct horse") != HASH
    assert verify_password("correct horse", HASH)
    assert not verify_password("correct horsf", HASH)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "secret",
        "scrypt$1073741824$8$1$AAAA$AAAA",
        "scrypt$a$8$1$AA==$AA==",
        pytest.param(HASH[:-8], id="a hash cut short"),  # its salt is another in every process
    ],
)
def test_lines_that_are_no_hash_are_refused_in_the_settings(line: str) -> None:
    assert not is_password_hash(line)
    assert not verify_password("correct horse", line)
    with pytest.raises(ValidationError, match="must be a hash"):
        Operator(name="Layla", password_hash=line)


def test_short_passwords_are_refused() -> None:
    with pytest.raises(ValueError, match="7 characters"):
        hash_password("1234567")
