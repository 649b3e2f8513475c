"""What connections may take, without a socket: who gives way, and how long each must wait."""

import json

import pytest

from marsad.links.limits import (
    ADDRESS_BYTES_PER_S,
    STRANGER_BYTES_PER_S,
    Bucket,
    Limits,
    Lobby,
    Turned,
)
from marsad.model.effect import Standing
from marsad.report.wording import LANGUAGES, filled


def test_a_second_s_worth_may_be_taken_at_once_and_more_must_be_waited_for() -> None:
    bucket = Bucket(100.0)
    assert bucket.take(0.0, 100) == 0.0
    assert bucket.take(0.0, 50) == pytest.approx(0.5)
    assert bucket.take(0.5, 0) == 0.0
    assert bucket.take(100.0, 100) == 0.0, "a long rest saves up one second, no more"
    assert bucket.take(100.0, 1) == pytest.approx(0.01)


def test_there_is_room_for_a_new_one_and_the_oldest_silent_stranger_gives_way() -> None:
    lobby = Lobby(Limits(strangers_max=4))
    assert [lobby.enter(link, "10.0.0.1") for link in range(1, 5)] == [None] * 4
    lobby.speaks(1, 0.0)
    assert lobby.enter(5, "10.0.0.2") == 2
    assert (lobby.speaks(2, 0.0), lobby.read(2, 100, 0.0)) == (0.0, 0.0), "it is on its way out"
    lobby.leave(2)
    lobby.vouch(3, Standing.KNOWN)
    assert lobby.enter(6, "10.0.0.2") is None, "known ones are not counted among the strangers"
    assert lobby.enter(7, "10.0.0.1") == 4


def test_an_address_has_its_share_and_takes_from_nobody_else() -> None:
    lobby = Lobby(Limits(strangers_max=8, per_address_max=3))
    assert [lobby.enter(link, "10.0.0.66") for link in range(1, 4)] == [None] * 3
    assert lobby.enter(4, "10.0.0.66") == 1
    lobby.leave(1)
    honest = lobby.enter(5, "10.0.0.1")
    assert honest is None
    for link in range(6, 300):
        loser = lobby.enter(link, "10.0.0.66")
        assert loser not in (None, 5)
    assert len(lobby) == 4


def test_who_waits_for_a_yes_goes_after_those_that_nobody_knows() -> None:
    lobby = Lobby(Limits(per_address_max=2))
    lobby.enter(1, "a")
    lobby.vouch(1, Standing.ASKING)
    lobby.enter(2, "a")
    lobby.speaks(2, 0.0)
    assert lobby.enter(3, "a") == 2


def test_strangers_of_one_address_share_and_known_ones_have_their_own() -> None:
    lobby = Lobby(Limits(bytes_per_s_max=1_000_000))
    for link in range(1, 11):
        lobby.enter(link, "a")
        assert lobby.speaks(link, 0.0) < 0.2
    waits = [lobby.read(link, STRANGER_BYTES_PER_S, 0.0) for link in range(1, 11)]
    assert waits[0] == 0.0
    assert waits[-1] == pytest.approx(10 * (STRANGER_BYTES_PER_S + 4096) / ADDRESS_BYTES_PER_S - 1, rel=0.01)
    lobby.vouch(1, Standing.KNOWN)
    assert lobby.read(1, 1_000_000, 0.0) == 0.0
    assert lobby.read(1, 1_000_000, 0.0) == pytest.approx(1.0)
    lobby.enter(11, "b")
    assert lobby.read(11, STRANGER_BYTES_PER_S, 0.0) == 0.0, "another address has its own"


def test_small_pieces_are_counted_too() -> None:
    lobby = Lobby(Limits())
    lobby.enter(1, "a")
    waits = [lobby.read(1, 1, 0.0) for _ in range(100)]
    assert waits[49] == 0.0
    assert waits[99] == pytest.approx(1.0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_a_sentence(language: str) -> None:
    for reason in Turned:
        assert filled(f"rim.{reason}", language, {})  # type: ignore[arg-type]
    json.dumps(dict.fromkeys(Turned, 1))
