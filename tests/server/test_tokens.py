"""Service tokens: who holds one, for how long, and how guessing at them is slowed down."""

import os
from pathlib import Path

import pytest

from marsad.errors import ConfigError, RecordingError
from marsad.server import Operator, Role, ServerSettings, hash_password
from marsad.server.guesses import TooManyAttempts
from marsad.server.sessions import Person
from marsad.server.tokens import Tokens, json_from_tokens, new_token, tokens_from_json
from marsad.station.token_file import TokenFile, check_tokens

from .synthetic import SyntheticSite
from .test_app import OPERATORS, client, sign_in

DAY_S = 86_400
LAYLA = Operator(name="token Layla", role=Role.OPERATOR, password_hash=hash_password("correct horse"))


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> ServerSettings:
    return ServerSettings(tokens_file=tmp_path / "site.tokens.json", operators=(LAYLA,))


@pytest.fixture
def file(settings: ServerSettings, clock: Clock) -> TokenFile:
    assert settings.tokens_file is not None
    return TokenFile(settings.tokens_file, settings, clock)


@pytest.fixture
def tokens(settings: ServerSettings, clock: Clock) -> Tokens:
    return Tokens(settings, clock, clock)


def test_a_token_says_who_holds_it_and_what_that_may(file: TokenFile, tokens: Tokens) -> None:
    text, _ = file.make("gate", Role.VIEWER, 1)
    other, _ = file.make("defence", Role.OPERATOR, 1)
    assert tokens.person(text, "10.0.0.5") == Person("token gate", Role.VIEWER, is_program=True)
    assert tokens.person(other, "10.0.0.5") == Person("token defence", Role.OPERATOR, is_program=True)
    assert tokens.refused == 0


def test_what_opens_the_site_is_in_no_file(file: TokenFile) -> None:
    text, token = file.make("gate", Role.VIEWER, 1)
    kept = file.path.read_text("utf-8")
    assert text not in kept and text.rpartition("_")[2] not in kept and token.digest in kept
    assert os.stat(file.path).st_mode & 0o777 == 0o600
    assert len(text) > 43 + 8 and file.make("other", Role.VIEWER, 1)[0] != text


def test_one_that_is_revoked_is_worth_nothing_a_second_later(
    file: TokenFile, tokens: Tokens, clock: Clock
) -> None:
    text, _ = file.make("gate", Role.VIEWER, 1)
    assert tokens.person(text, "10.0.0.5")
    file.revoke("gate")
    clock.now_s += 1.1
    assert tokens.person(text, "10.0.0.5") is None
    again, _ = file.make("gate", Role.VIEWER, 1)
    clock.now_s += 1.1
    assert tokens.person(again, "10.0.0.5") and tokens.person(text, "10.0.0.5") is None


def test_one_that_has_expired_is_none(file: TokenFile, tokens: Tokens, clock: Clock) -> None:
    text, token = file.make("gate", Role.VIEWER, 2)
    clock.now_s += 2 * DAY_S - 1
    assert tokens.person(text, "10.0.0.5")
    clock.now_s += 1
    assert tokens.person(text, "10.0.0.5") is None and not file.is_valid(token)
    file.make("gate", Role.VIEWER, 2)  # its name is free again
    assert len(file.tokens()) == 1


@pytest.mark.parametrize("wrong", ["", "x", "marsad_00000000_" + "A" * 43, "x" * 100_000, "ö", "a\udcffb"])
def test_what_is_no_token_opens_nothing(file: TokenFile, tokens: Tokens, wrong: str) -> None:
    text, _ = file.make("gate", Role.VIEWER, 1)
    assert tokens.person(wrong, "10.0.0.66") is None
    assert tokens.person(text[:-1] + ("A" if text[-1] != "A" else "B"), "10.0.0.66") is None
    assert tokens.refused == 2


def test_guesses_are_slowed_down_and_keep_no_good_token_out(
    file: TokenFile, tokens: Tokens, clock: Clock
) -> None:
    text, token = file.make("gate", Role.VIEWER, 1)
    for wrong in ("guess", f"marsad_{token.token_id}_" + "A" * 43):
        for _ in range(5):
            assert tokens.person(wrong, f"10.0.0.{5 + len(wrong)}") is None
        with pytest.raises(TooManyAttempts):
            tokens.person(wrong, f"10.0.0.{5 + len(wrong)}")
        assert tokens.person(text, f"10.0.0.{5 + len(wrong)}"), "shown there for the first time"
    for address in range(40):
        for number in range(5):
            try:
                tokens.person(f"guess {number}", f"10.0.1.{address}")
            except TooManyAttempts:
                break
    assert tokens.person(text, "10.0.0.6") and tokens.person(text, "10.0.1.1")
    refused = tokens.refused
    assert refused >= 20
    clock.now_s += 61
    assert tokens.person("guess", "10.0.0.5") is None and tokens.refused == refused + 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"marsad": "tokens", "version": 2, "tokens": []}'])
def test_a_file_that_cannot_be_read_lets_nobody_in(
    file: TokenFile, tokens: Tokens, clock: Clock, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    text, _ = file.make("gate", Role.VIEWER, 1)
    assert tokens.person(text, "10.0.0.5")
    file.path.write_bytes(content)
    for _ in range(3):
        clock.now_s += 1.1
        assert tokens.person(text, "10.0.0.5") is None
    assert len(caplog.records) == 1
    with pytest.raises(ConfigError, match="marsad token"):
        file.make("other", Role.VIEWER, 1)
    assert file.path.read_bytes() == content, "nothing is written over what is not understood"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\u202eb", "x" * 61, "Layla"])
def test_names_that_would_mislead_a_reader_of_the_record_are_refused(file: TokenFile, name: str) -> None:
    with pytest.raises(ConfigError):
        file.make(name, Role.VIEWER, 1)


@pytest.mark.parametrize("name", ["Ali", "ali", "Ali ", "local operator"])
def test_a_name_of_a_person_is_no_tokens_and_check_tells_of_it(
    settings: ServerSettings, tmp_path: Path, name: str
) -> None:
    operator = LAYLA.model_copy(update={"name": "Ali"})
    settings = settings.model_copy(update={"operators": (operator,)})
    assert settings.tokens_file is not None
    file, path = TokenFile(settings.tokens_file, settings), tmp_path / "site.toml"
    with pytest.raises(ConfigError, match="an operator"):
        file.make(name.strip(), Role.VIEWER, 1)
    file.make("gate", Role.VIEWER, 1)
    check_tokens(settings, path)
    file.path.write_bytes(json_from_tokens([new_token(name, Role.VIEWER, 0, 2**40)[1]]))
    with pytest.raises(ConfigError, match="revoke it"):
        check_tokens(settings, path)


def test_one_that_is_called_as_an_operator_is_not_taken(
    settings: ServerSettings, clock: Clock, file: TokenFile
) -> None:
    text, token = new_token("Layla", Role.OPERATOR, 0, 2**40)
    file.path.write_bytes(json_from_tokens([token]))
    assert Tokens(settings, clock, clock).person(text, "10.0.0.5") is None


def test_a_name_is_given_once_and_what_is_revoked_must_be_there(file: TokenFile) -> None:
    file.make("gate", Role.VIEWER, 1)
    with pytest.raises(ConfigError, match="revoke that first"):
        file.make("gate", Role.OPERATOR, 1)
    with pytest.raises(ConfigError, match="there are: gate"):
        file.revoke("fence")


def test_no_more_than_two_hundred(file: TokenFile) -> None:
    many = [new_token(f"one {number}", Role.VIEWER, 0, 2**40)[1] for number in range(200)]
    file.path.write_bytes(json_from_tokens(many))
    assert tokens_from_json(file.path.read_bytes()) == tuple(many)
    with pytest.raises(ConfigError, match="200"):
        file.make("one more", Role.VIEWER, 1)


def test_a_disk_that_refuses_is_told(settings: ServerSettings, tmp_path: Path) -> None:
    with pytest.raises(RecordingError):
        TokenFile(tmp_path / "nowhere" / "x.json", settings).make("gate", Role.VIEWER, 1)


def test_without_a_file_nobody_is_let_in(clock: Clock) -> None:
    assert Tokens(ServerSettings(), clock, clock).person("x", "10.0.0.5") is None


def test_the_command_knows_every_role() -> None:
    from marsad.cli.token import ROLES

    assert list(ROLES) == [role.value for role in Role]


async def test_wrong_tokens_from_an_address_keep_nobody_there_out(tmp_path: Path) -> None:
    text, token = new_token("gate", Role.VIEWER, 0, 2**40)
    (tmp_path / "tokens.json").write_bytes(json_from_tokens([token]))
    site = SyntheticSite()
    async with client(site, operators=OPERATORS, tokens_file=tmp_path / "tokens.json") as http:
        wrong = {"authorization": "Bearer x"}
        codes = [(await http.get("/api/site", headers=wrong)).status_code for _ in range(7)]
        assert codes == [401] * 5 + [429] * 2, "guessing is limited"
        shown = await http.get("/api/site", headers={"authorization": f"Bearer {text}"})
        assert shown.status_code == 200
        assert (await sign_in(http)).status_code == 200
        assert (await http.get("/api/site")).status_code == 200
