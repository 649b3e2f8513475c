"""Files that settings name: plain ones are read, nothing else is even opened."""

import os
from pathlib import Path

import pytest

from marsad.errors import ConfigError, LinkError
from marsad.links.certificates import authorities_fault, pair_faults
from marsad.links.plain_file import check_plain, plain_bytes
from marsad.links.secret import secret_from
from marsad.links.tls import client_tls, server_tls
from marsad.model.role import Role
from marsad.outputs.recipients import recipients_from
from marsad.server.settings import ServerSettings
from marsad.server.tokens import Tokens
from marsad.station.settings_file import read_settings
from marsad.station.token_file import TokenFile

from ..adversary.raid import SITE

pytestmark = pytest.mark.timeout(20)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_what_is_no_plain_file_is_not_opened_and_no_file_is_read_without_end(pipe: Path) -> None:
    with pytest.raises(OSError, match="it is a pipe; a plain file is needed"):
        plain_bytes(pipe)
    with pytest.raises(OSError, match="it is a device"):
        plain_bytes(Path("/dev/zero"))
    with pytest.raises(IsADirectoryError):
        check_plain(pipe.parent)
    whole = pipe.with_name("whole")
    whole.write_bytes(b"12345")
    assert plain_bytes(whole, 5) == b"12345"
    with pytest.raises(OSError, match="at most 4 are read"):
        plain_bytes(whole, 4)


def test_nothing_that_reads_a_named_file_waits_for_a_pipe(pipe: Path) -> None:
    for read in (
        lambda: secret_from(pipe),
        lambda: secret_from(Path("/dev/zero")),
        lambda: recipients_from(pipe, "number"),
        lambda: client_tls(str(pipe)),
        lambda: server_tls(str(pipe), str(pipe)),
    ):
        with pytest.raises(LinkError, match="a plain file is needed"):
            read()
    assert "it is a pipe" in (authorities_fault(str(pipe)) or "")
    assert all("it is a pipe" in said for _, said in pair_faults(str(pipe), str(pipe)))
    server = ServerSettings(tokens_file=pipe)
    assert Tokens(server).person("marsad_x", "10.0.0.1") is None
    with pytest.raises(Exception, match="it is a pipe"):
        TokenFile(pipe, server).make("gate", Role.VIEWER, 1)


@pytest.mark.parametrize(
    "more",
    [
        '[checklist]\nfile = "pipe"\n',
        '[heartbeat]\nfile = "beat"\nkey_file = "pipe"\n',
        '[[output]]\nname = "screens"\nstandard = "page"\n'
        'listen = "127.0.0.1:8090"\nsecret_file = "/dev/zero"\n',
    ],
)
def test_settings_that_name_a_pipe_or_a_device_are_told_so(more: str, pipe: Path) -> None:
    path = pipe.with_name("site.toml")
    path.write_text(SITE + more, "utf-8")
    with pytest.raises(ConfigError, match=r"it is a (pipe|device); a plain file is needed"):
        read_settings(path)
