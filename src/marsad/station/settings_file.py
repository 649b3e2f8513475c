"""The settings file of a site as a whole: the site's part and the server's, judged together.

Whatever keeps a site from running and can be known beforehand is a fault here, so that ``check``
knows what ``run`` would refuse. Nothing heavier than the settings records is imported.
"""

import contextlib
import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from marsad.errors import ConfigError, ConfigFault, LinkError
from marsad.geo.local import LocalFrame
from marsad.links.address import Address
from marsad.links.certificates import authorities_fault, pair_faults
from marsad.links.heartbeat import HeartbeatSettings, key_from
from marsad.links.plain_file import plain_bytes
from marsad.model.flight import AuthorisedFlight
from marsad.model.settings import Finding, UnknownPart, check, skipping_unknown, within
from marsad.model.visible import name_fault
from marsad.outputs.files import file_findings
from marsad.outputs.settings import OutputSettings
from marsad.server.settings import STATIC_DIRECTORY, ServerSettings, open_network
from marsad.site.flight_files import read_flights
from marsad.site.journalled import journalled
from marsad.site.procedure_settings import RECORDS as PROCEDURE_RECORDS
from marsad.site.settings import SiteSettings, ellipsoidal_height_m
from marsad.site.toml_places import toml_places
from marsad.site.toml_tree import record_from_toml, toml_text, toml_tree
from marsad.station.checklist_file import own_checklist
from marsad.station.decision_checks import release_findings
from marsad.station.hold import EVERY_ADDRESS, listen_addresses
from marsad.station.output_checks import output_findings
from marsad.station.output_material import material_findings
from marsad.station.procedures_file import drawn_procedures, no_file

_NEVER_KNOWN = (
    "authenticated_only: no feed authenticates a claim, so this friend would never be recognised: leave the "
    "setting out, and the claim counts as evidence, or leave the friend out, and a person decides"
)


class SettingsTree(SiteSettings):
    """All that a settings file may hold."""

    # the site leaves the server's part to the server; here both are known
    server: ServerSettings = Field(ServerSettings(), description="How the console is served.")  # type: ignore[assignment]

    heartbeat: HeartbeatSettings = Field(  # type: ignore[assignment]
        HeartbeatSettings(), description="Where signs of life go, which stop when the site does."
    )

    output: list[OutputSettings] = Field(  # type: ignore[assignment]
        [], max_length=50, description="Ways by which people are told."
    )

    @check
    def _outputs_can_work(self) -> Iterator[Finding]:
        zones: list[str] | None = None
        with skipping_unknown:
            zones = [zone.id for zone in self.site.zone]
        for place, sentence in output_findings(self.output, zones):
            yield Finding(("output", *place), sentence)

    @check
    def _output_files_are_good(self) -> Iterator[Finding]:
        taken: dict[str, int] = {}
        for number, output in enumerate(self.output):
            for place, sentence in file_findings(output):
                yield Finding(("output", number, *place), sentence)
            with skipping_unknown:
                folder = getattr(output, "folder", None)
                if folder is None:
                    continue
                first = taken.setdefault(os.path.realpath(folder), number)
                if first != number:
                    sentence = f"folder is {folder!r}, where output {first + 1} writes: one each"
                    yield Finding(("output", number, "folder"), sentence)

    @check
    def _outputs_have_what_they_say(self) -> Iterator[Finding]:
        with skipping_unknown:
            zones = {zone.id: {"ar": zone.name_ar, "en": zone.name_en} for zone in self.site.zone}
            for number, output in enumerate(self.output):
                for place, sentence in material_findings(output, zones, self.site.mode):
                    yield Finding(("output", number, *place), sentence)

    @check
    def _people_can_decide(self) -> Iterator[Finding]:
        """A rule that waits for people needs as many who may sign in and release, and known ones."""
        with skipping_unknown:
            on_card = [person.name for person in self.authority.person]
            for number, rule in enumerate(self.release):
                with skipping_unknown:
                    for place, sentence in release_findings(rule, self.server.operators, on_card):
                        yield Finding(("release", number, *place), sentence)

    @property
    def is_supervised(self) -> bool:
        """Whether a supervisor is named among those who may sign in."""
        return self.server.is_supervised

    @check
    def _key_is_good(self) -> Iterator[Finding]:
        with skipping_unknown:
            if self.heartbeat.key_file is None:
                return
            try:
                key_from(Path(self.heartbeat.key_file))
            except LinkError as error:
                yield Finding(("heartbeat", "key_file"), f"key_file: {error}")

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
        for number, output in enumerate(self.output):
            with skipping_unknown:
                if (listened := _end_of(output, "listen")) is None:
                    continue
                other = next((who for there, used, who in taken if _clash(listened, (there, used))), None)
                if other is not None:
                    sentence = f"listen has port {listened[1]}, which {other} has already"
                    yield Finding(("output", number, "listen"), sentence)
                taken.append((*listened, f"output {number + 1}"))

    @check
    def _dials_another(self) -> Iterator[Finding]:
        """A feed that dials its own site would hear the console, or itself."""
        own: list[tuple[str, int, str]] = []
        with skipping_unknown:
            own.append((self.server.host.strip("[]"), self.server.port, "the console of this site"))
        dialled: list[tuple[int, Address]] = []
        for number, feed in enumerate(self.feed):
            if (listened := _end_of(feed, "listen")) is not None:
                own.append((*listened, f"feed {number + 1} of this site"))
            elif (called := _end_of(feed, "connect")) is not None:
                dialled.append((number, called))
        for number, address in dialled:
            who = next((who for host, port, who in own if _reaches(address, (host, port))), None)
            if who is not None:
                sentence = (
                    f"connect is {address[0]}:{address[1]}, where {who} listens; name the receiver's address"
                )
                yield Finding(("feed", number, "connect"), sentence)

    @check
    def _names_are_seen(self) -> Iterator[Finding]:
        for place, name in _names(self):
            if fault := name_fault(name):
                yield Finding(place, f"{place[-1]}: {fault}")

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
    def _flights_are_good(self) -> Iterator[Finding]:
        with skipping_unknown:
            place = self.site
            if place.flights is None:
                return
            if not Path(place.flights).is_file():
                yield Finding(("site", "flights"), f"flights: {no_file(Path(place.flights))}")
                return
            given = place.latitude_deg, place.longitude_deg, place.height_m, place.height_above_sea_m
            frame = LocalFrame(*given[:2], ellipsoidal_height_m(*given))
            try:
                flights_of(Path(place.flights), frame)
            except ConfigError as error:
                for fault in error.faults:
                    line = f"line {fault.line}, " if fault.line else ""
                    yield Finding(("site", "flights"), f"{place.flights}: {line}{fault}")

    @check
    def _map_is_there(self) -> Iterator[Finding]:
        if self.server.pmtiles is not None and not Path(self.server.pmtiles).is_file():
            yield Finding(("server", "pmtiles"), f"pmtiles: {no_file(self.server.pmtiles)}")

    @check
    def _console_is_there(self) -> Iterator[Finding]:
        directory = Path(self.server.static_directory)
        if directory != STATIC_DIRECTORY and not directory.is_dir():
            sentence = f"static_directory: there is no directory {str(directory.absolute())!r}"
            yield Finding(("server", "static_directory"), sentence)
        elif directory != STATIC_DIRECTORY and not (directory / "index.html").is_file():
            sentence = (
                f"static_directory: {str(directory.absolute())!r} holds no index.html, so it is no console; "
                "leave the setting out, and the console that came with Marsad is served"
            )
            yield Finding(("server", "static_directory"), sentence)

    @check
    def _feed_certificates_are_good(self) -> Iterator[Finding]:
        for number, feed in enumerate(self.feed):
            with skipping_unknown:
                if getattr(feed, "access", None) != "certified":
                    continue
                names = ("tls_certificate", "tls_key", "tls_authorities")
                if any(getattr(feed, name) is None for name in names):
                    continue  # told already
                certificate, key, authorities = (str(getattr(feed, name)) for name in names)
                for which, why in pair_faults(certificate, key):
                    yield Finding(("feed", number, f"tls_{which}"), f"tls_{which}: {why}")
                if (said := authorities_fault(authorities)) is not None:
                    yield Finding(("feed", number, "tls_authorities"), f"tls_authorities: {said}")

    @check
    def _certificate_is_good(self) -> Iterator[Finding]:
        certificate, key = self.server.tls_certificate, self.server.tls_key
        if certificate is None or key is None:
            return
        for which, why in pair_faults(str(certificate), str(key)):
            yield Finding(("server", f"tls_{which}"), f"tls_{which}: {why}")


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A settings file as read: its parts, and its bytes.

    data   those of the file, and behind them as settings what it has from the files that it names
    """

    site: SiteSettings
    server: ServerSettings
    data: bytes
    heartbeat: HeartbeatSettings = field(default_factory=HeartbeatSettings)
    outputs: tuple[OutputSettings, ...] = ()

    def journalled(self, key: bytes) -> bytes:
        """What of it the journal holds: no secret, no comment; `key` is that of the data directory."""
        return journalled(SettingsTree, self.data, key)


def read_settings(path: Path) -> SettingsFile:
    """Read a settings file; files that it names are beside it. Raises ConfigError with every fault."""
    data = read_bytes(path)
    with within(os.path.dirname(os.path.abspath(path))):
        return _read(path, data)


def _read(path: Path, data: bytes) -> SettingsFile:
    drawn, faults = b"", list[ConfigFault]()
    with contextlib.suppress(ConfigError):  # told below, with all the rest
        written = toml_tree(toml_text(data, str(path)), str(path))
        for read in (drawn_procedures, own_checklist):
            added, found = read(written, data + drawn, path)
            drawn, faults = drawn + added, faults + found
    try:
        tree = record_from_toml(SettingsTree, data, str(path))
        if drawn:
            tree = record_from_toml(SettingsTree, data + drawn, str(path))
    except ConfigError as error:
        raise ConfigError(str(path), sorted([*error.faults, *faults], key=lambda one: one.line)) from error
    if faults:
        raise ConfigError(str(path), faults)
    server = tree.server
    if server.tokens_file is None:
        server = server.model_copy(update={"tokens_file": path.with_suffix(".tokens.json")})
    return SettingsFile(tree, server, data + drawn, tree.heartbeat, tuple(tree.output))


def check_listeners(file: SettingsFile, path: Path) -> None:
    """Try whether this machine has each address that is listened on; what it listens on now does not matter.

    Names are looked up, which can take seconds. Raises ConfigError with every address it has not.
    """
    places = toml_places(file.data.decode())
    feeds = {feed.name: number for number, feed in enumerate(file.site.feed)}
    listeners: list[tuple[tuple[str | int, ...], str, Address]] = [
        (("feed", feeds[name], "listen"), f"feed {feeds[name] + 1} ({name}), listen", address)
        for name, address in listen_addresses(file.site.feed).items()
    ]
    listeners.append((("server", "host"), "server, host", (file.server.host.strip("[]"), 0)))
    faults = []
    for place, called, (host, _) in listeners:
        if reason := _unlistenable(host):
            line, column = places.get(place, (1, 1))
            sentence = f"{called}: nothing can listen on {host!r}: {reason}; name an address of this machine"
            key = ".".join(str(part) for part in place)
            faults.append(ConfigFault(key, host, "an address of this machine", line, column, sentence))
    if faults:
        raise ConfigError(str(path), sorted(faults, key=lambda fault: fault.line))


def _unlistenable(host: str) -> str:
    """Why nothing can listen on a host, "" if something can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.bind((host, 0))  # on a free port, and not listening: nobody can connect
    except (OSError, UnicodeError, OverflowError) as error:
        if isinstance(error, socket.gaierror):
            return f"the name does not resolve ({error.strerror})"
        number = getattr(error, "errno", None)
        return os.strerror(number) if number else str(error)
    return ""


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of a settings file."""
    schema = SettingsTree.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    # where this machine keeps the console is nobody else's default
    del schema["$defs"]["ServerSettings"]["properties"]["static_directory"]["default"]
    schema["properties"]["server"].pop("default", None)
    schema["properties"]["heartbeat"].pop("default", None)
    schema["title"] = "Settings of a site of Marsad"
    return schema


def flights_of(path: Path, frame: LocalFrame) -> list[AuthorisedFlight]:
    """The flights in a file of the settings. Raises ConfigError with every fault."""
    return read_flights(read_bytes(path, plain_bytes), str(path), frame)


def read_bytes(path: Path, read: Callable[[Path], bytes] = Path.read_bytes) -> bytes:
    """The bytes of a settings file. Raises ConfigError if it cannot be read.

    read   what reads it; the settings themselves may come from a pipe that somebody named
    """
    try:
        return read(path)
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
    hosts = {_plain_host(host) for host in (one[0], other[0])}
    return len(hosts) == 1 or bool(hosts & EVERY_ADDRESS)


def _end_of(feed: Any, name: str) -> Address | None:
    """Where a feed listens or dials, None if it does not, or if that is faulty itself."""
    try:
        written = getattr(feed, name, None)
    except UnknownPart:
        return None
    if written is None:
        return None
    host, _, port = str(written).rpartition(":")
    return host.strip("[]"), int(port)


def _reaches(dialled: tuple[str, int], listened: tuple[str, int]) -> bool:
    """Whether who dials the one address on this machine is answered at the other."""
    if dialled[1] != listened[1]:
        return False
    there, here = _plain_host(dialled[0]), _plain_host(listened[0])
    return there == here or (here in EVERY_ADDRESS and (there in EVERY_ADDRESS or _is_loopback(there)))


def _plain_host(host: str) -> str:
    """One spelling for each address: 127.1 and localhost are 127.0.0.1."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return host.lower()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _names(tree: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every name that people are shown, and where it stands; what is faulty itself is left out."""
    with skipping_unknown:
        yield from _named(tree.site, ("site",), ("name_en", "name_ar"))
        for listed, fields in (
            ("zone", ("name_en", "name_ar")),
            ("friend", ("name",)),
            ("name", ("of", "name_en", "name_ar")),
        ):
            with skipping_unknown:
                for number, item in enumerate(getattr(tree.site, listed)):
                    yield from _named(item, ("site", listed, number), fields)
    for kind in PROCEDURE_RECORDS:
        with skipping_unknown:
            for number, item in enumerate(getattr(tree, kind)):
                yield from _named(item, (kind, number), ("name_en", "name_ar"))
    with skipping_unknown:
        for number, feed in enumerate(tree.feed):
            with skipping_unknown:
                for node_id, node in (getattr(feed, "nodes", None) or {}).items():
                    yield from _named(node, ("feed", number, "nodes", node_id), ("name",))
    with skipping_unknown:
        for number, person in enumerate(tree.server.operators):
            yield from _named(person, ("server", "operators", number), ("name",))


def _named(
    record: Any, place: tuple[str | int, ...], fields: tuple[str, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for name in fields:
        with skipping_unknown:
            value = getattr(record, name)
            if isinstance(value, str):
                yield (*place, name), value
