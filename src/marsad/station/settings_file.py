"""The settings file of a site as read: the site's half and the server's."""

import contextlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from marsad.errors import ConfigError, ConfigFault
from marsad.server.settings import ServerSettings
from marsad.site.settings import SiteSettings, faults_of, settings_from_toml


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A settings file as read: its two halves, and its bytes, which begin the journal."""

    site: SiteSettings
    server: ServerSettings
    data: bytes


def read_settings(path: Path) -> SettingsFile:
    """Read a settings file. Raises ConfigError with the faults of both halves at once."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(str(path), [ConfigFault("(file)", str(path), str(error))]) from error
    faults: list[ConfigFault] = []
    site: SiteSettings | None = None
    server = ServerSettings()
    try:
        site = settings_from_toml(data, str(path))
    except ConfigError as error:
        faults += error.faults
    with contextlib.suppress(UnicodeDecodeError, tomllib.TOMLDecodeError):  # told above
        try:
            server = ServerSettings.model_validate(tomllib.loads(data.decode()).get("server", {}))
        except ValidationError as error:
            faults += [
                ConfigFault(f"server.{fault.key}", fault.value, fault.allowed) for fault in faults_of(error)
            ]
    if site is None or faults:
        raise ConfigError(str(path), faults)
    return SettingsFile(site, server, data)
