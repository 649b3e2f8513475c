"""The settings file of a site as a whole: the site's part and the server's, judged together.

Whatever keeps a site from running and can be known beforehand is a fault here, so that ``check``
knows what ``run`` would refuse. Nothing heavier than the settings records is imported.
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from marsad.errors import ConfigError, ConfigFault
from marsad.model.settings import Finding, check, skipping_unknown
from marsad.server.settings import STATIC_DIRECTORY, ServerSettings, open_network
from marsad.site.settings import SiteSettings
from marsad.site.toml_tree import record_from_toml
from marsad.station.hold import EVERY_ADDRESS

_NEVER_KNOWN = (
    "authenticated_only: no feed authenticates a claim, so this friend would never be recognised: leave the "
    "setting out, and the claim counts as evidence, or leave the friend out, and a person decides"
)


class SettingsTree(SiteSettings):
    """All that a settings file may hold."""

    # the site leaves the server's part to the server; here both are known
    server: ServerSettings = Field(ServerSettings(), description="How the console is served.")  # type: ignore[assignment]

    @check
    def _ports_distinct(self) -> Iterator[Finding]:
        taken: list[tuple[str, int, str]] = []
        with skipping_unknown:
            taken.append((self.server.host.strip("[]"), self.server.port, "the console"))
        for number, feed in enumerate(self.feed):
            with skipping_unknown:
                listen = getattr(feed, "listen", None)
                if listen is None:
                    continue
                host, _, port = listen.rpartition(":")
                address = (host.strip("[]"), int(port))
                other = next((who for there, used, who in taken if _clash(address, (there, used))), None)
                if other is not None:
                    sentence = f"listen is {listen!r}; {other} has port {port} already"
                    yield Finding(("feed", number, "listen"), sentence)
                taken.append((*address, f"feed {number + 1}"))

    @check
    def _not_open_to_a_network(self) -> Iterator[Finding]:
        for place, sentence in open_network(self.server):
            yield Finding(("server", *place), sentence)

    @check
    def _friends_can_be_known(self) -> Iterator[Finding]:
        for number, friend in enumerate(self.site.friend):
            with skipping_unknown:
                if friend.authenticated_only:
                    yield Finding(("site", "friend", number, "authenticated_only"), _NEVER_KNOWN)

    @check
    def _map_is_there(self) -> Iterator[Finding]:
        if self.server.pmtiles is not None and not Path(self.server.pmtiles).is_file():
            yield Finding(("server", "pmtiles"), f"pmtiles: {_no_file(self.server.pmtiles)}")

    @check
    def _console_is_there(self) -> Iterator[Finding]:
        directory = Path(self.server.static_directory)
        if directory != STATIC_DIRECTORY and not directory.is_dir():
            sentence = f"static_directory: there is no directory {str(directory.absolute())!r}"
            yield Finding(("server", "static_directory"), sentence)

    @check
    def _certificate_is_good(self) -> Iterator[Finding]:
        certificate, key = self.server.tls_certificate, self.server.tls_key
        missing = False
        for name, path in (("tls_certificate", certificate), ("tls_key", key)):
            if path is not None and not Path(path).is_file():
                missing = True
                yield Finding(("server", name), f"{name}: {_no_file(path)}")
        if certificate is None or key is None or missing:
            return
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
        except (OSError, ValueError) as error:
            said = getattr(error, "reason", None) or str(error)
            sentence = f"tls_certificate and tls_key are no PEM pair without a pass phrase: {said}"
            yield Finding(("server", "tls_certificate"), sentence)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A settings file as read: its two halves, and its bytes, which begin the journal."""

    site: SiteSettings
    server: ServerSettings
    data: bytes


def read_settings(path: Path) -> SettingsFile:
    """Read a settings file. Raises ConfigError with the faults of both halves at once."""
    data = read_bytes(path)
    tree = record_from_toml(SettingsTree, data, str(path))
    return SettingsFile(tree, tree.server, data)


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of a settings file."""
    schema = SettingsTree.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    # where this machine keeps the console is nobody else's default
    del schema["$defs"]["ServerSettings"]["properties"]["static_directory"]["default"]
    schema["properties"]["server"].pop("default", None)
    schema["title"] = "Settings of a site of Marsad"
    return schema


def read_bytes(path: Path) -> bytes:
    """The bytes of a settings file. Raises ConfigError if it cannot be read."""
    try:
        return path.read_bytes()
    except IsADirectoryError:
        sentence = "this is a folder; name the site's TOML file"
    except FileNotFoundError:
        sentence = "there is no such file; `marsad new` makes one"
    except (OSError, ValueError) as error:
        sentence = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    raise ConfigError(str(path), [ConfigFault("(file)", str(path), sentence, sentence=sentence)])


def _clash(one: tuple[str, int], other: tuple[str, int]) -> bool:
    """Whether two addresses cannot both be listened on."""
    if one[1] != other[1] or one[1] == 0:
        return False
    hosts = {"127.0.0.1" if host == "localhost" else host for host in (one[0], other[0])}
    return len(hosts) == 1 or bool(hosts & EVERY_ADDRESS)


def _no_file(path: Path) -> str:
    if Path(path).is_dir():
        return f"{str(Path(path).absolute())!r} is a folder; a file is needed"
    return f"there is no file {str(Path(path).absolute())!r}"
