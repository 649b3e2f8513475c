"""The settings of a site that runs: its file watched, checked when it changes, put in force when asked.

However it is asked for, by a signal, by a person at the console, or by a program that edits settings, it is
this one way: the file is read and checked as `marsad check` would, who asked is journalled, then the settings
as the journal holds them, and the rim follows what the fold has taken.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from marsad.errors import ConfigError, ReceivedError, said_by
from marsad.model.action import ApplySettings
from marsad.server import ServerSettings
from marsad.site.adoption import changed_keys, keys_told
from marsad.site.doors import SETTINGS
from marsad.station.settings_file import SettingsFile, read_settings
from marsad.station.station import Station
from marsad.station.terminal import Terminal, not_taken, say, say_reason

LOOK_S = 1.5
FAULTY, REFUSED, WAITING = "settings-faulty", "settings-refused", "settings-waiting"
WOULD_CHANGE = "settings-would-change:"  # and the keys, before anybody puts the file in force
_OF_THE_NEXT_START = ("server.host", "server.port", "heartbeat")

_Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(slots=True)
class SettingsKeeper:
    """Keeps the settings of one station.

    path      of the settings file
    key       of the data directory
    server    how the console is served, with what the command line said instead of the file
    applied   what is in force; the file may have changed since it was read, so the first look reads it
    """

    path: Path
    key: bytes
    station: Station
    terminal: Terminal
    server: Callable[[ServerSettings], ServerSettings]
    applied: SettingsFile
    _seen: _Stamp = ()
    _would_change: str = ""
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.station.keeps_settings = self.apply

    async def watch(self, look_s: float = LOOK_S) -> None:
        """Look now and then whether the file has changed; a file that has is checked, and that is told."""
        while True:
            await asyncio.sleep(look_s)
            if (stamp := await asyncio.to_thread(self._stamp)) != self._seen:
                self._seen = stamp
                async with self._busy:
                    await self._look()

    async def apply(self, action: ApplySettings | None = None, key: str = "") -> None:
        """Put the file as it is now in force; None: whoever may send this process a signal asks for it.

        key   under which it was asked for: what was done under it is not done again

        Raises ReceivedError where it has faults, or the site cannot take it: it goes on with those before.
        """
        async with self._busy:
            if action is not None and self.station.live.has_done(action, key):
                return
            self._seen = await asyncio.to_thread(self._stamp)
            file = await self._checked()
            if file is None:
                raise ReceivedError(FAULTY, "the settings file has faults; `marsad check` names them")
            before, after = (one.journalled(self.key) for one in (self.applied, file))
            keys = changed_keys(before, after)
            try:
                await self.station.live.submit(action or ApplySettings(SETTINGS), key)
                await self.station.adopt(file, after)
            except ReceivedError as error:
                if error.reason != "role":
                    self._tell(REFUSED)
                    for reason in not_taken(error.detail, error.because):
                        say_reason(self.terminal, reason)
                raise
            self.applied = file
            self._tell("")
            code = "station.settings.changed" if keys else "station.settings.same"
            say(self.terminal, code, **({"keys": keys_told(keys)} if keys else {}))
            if later := [key for key in keys if key.startswith(_OF_THE_NEXT_START)]:
                say(self.terminal, "station.settings.later", keys=", ".join(later))

    async def on_signal(self) -> None:
        """Put the file in force, and tell at the terminal what came of it."""
        with contextlib.suppress(ReceivedError):  # told already
            await self.apply()

    async def _look(self) -> None:
        file = await self._checked()
        if file is None:
            return
        before, after = (one.journalled(self.key) for one in (self.applied, file))
        if before == after:
            self._tell("")
            return
        self._tell(WAITING, keys_told(changed_keys(before, after)))
        say(self.terminal, "station.settings.waiting", process=str(os.getpid()))

    async def _checked(self) -> SettingsFile | None:
        """The file as it is now; None where it has faults, which are told."""
        try:
            file = await asyncio.to_thread(read_settings, self.path)
        except ConfigError as error:
            self._tell(FAULTY)
            say(self.terminal, "station.settings.faulty", detail=said_by(error))
            return None
        return SettingsFile(file.site, self.server(file.server), file.data, file.heartbeat, file.outputs)

    def _tell(self, code: str, keys: str = "") -> None:
        """Have the consoles say how the file stands, "" for nothing, and which keys it would change."""
        live = self.station.live
        for one in (FAULTY, REFUSED):
            (live.fault if one == code else live.fault_over)(one)
        (live.notice if code == WAITING else live.notice_over)(WAITING)
        if self._would_change:
            live.notice_over(self._would_change)
        self._would_change = WOULD_CHANGE + keys if code == WAITING and keys else ""
        if self._would_change:
            live.notice(self._would_change)

    def _stamp(self) -> _Stamp:
        """What tells that a file is another one than before: the settings, and those that lie beside them."""
        found = []
        beside = sorted(self.path.parent.glob("*.toml")) + sorted(self.path.parent.glob("*.geojson"))
        for path in dict.fromkeys((self.path, *beside)):
            try:
                status = path.stat()
            except OSError:
                continue
            found.append((str(path), status.st_mtime_ns, status.st_size, status.st_ino))
        return tuple(found)
