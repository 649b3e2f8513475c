"""Keeps the room that a site records in: low disks, a reserve for the last hour, retention, what vanished.

Beside the fold, at the rim: what it finds is a fault or a notice, what it removes is said in a frame.
"""

import asyncio
import logging
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from marsad.errors import RecordingError
from marsad.model.frame import RETENTION, FrameKind
from marsad.site.journal_files import journals_of, segments
from marsad.site.live import LiveSite
from marsad.site.retention import (
    Limits,
    Stored,
    has_removed,
    json_from_removed,
    kept_spans,
    remove,
    removed_last,
    seal_of_stored,
    stored,
    to_remove,
)
from marsad.site.seal import Seal
from marsad.site.settings import RetentionSettings
from marsad.station.kept_register import KeptRegister
from marsad.station.reported import reported_in

_LOG = logging.getLogger(__name__)
LOW, IN_RESERVE, GONE, RENEWING = "disk.low", "disk.reserve", "record.gone", "register.renewing"
_LOOK_S = 1.0
_RETENTION_S = 3_600.0
_TOLD_S = 60.0  # that a record vanished, though it is begun anew by then
_RESERVE_SHARE = 4  # the reserve is made only where so many times its size is free
_CALM = 1.1  # so much more than the limit must be free before a disk is not low any more


class Room(Protocol):
    """What is known of the disk."""

    @property
    def total(self) -> int:
        """Bytes of it."""

    @property
    def free(self) -> int:
        """Bytes that can be written."""


class Upkeep:
    """Looks after the directory of a running site.

    free_of   total and free bytes of the disk that a path lies on
    now_s     a steady clock
    """

    def __init__(
        self,
        directory: Path,
        live: LiveSite,
        register: KeptRegister,
        settings: RetentionSettings,
        now_s: Callable[[], float],
        free_of: Callable[[Path], Room] = lambda path: shutil.disk_usage(path),
    ) -> None:
        self.directory = directory
        self._live, self._register, self._settings = live, register, settings
        self._now_s, self._free_of = now_s, free_of
        self._reserve = directory / "marsad.reserve"
        self._retained_s = float("-inf")
        self._removed: dict[bytes, str] | None = None  # all that was: chain → file; None while nobody asked
        self._gone_s = float("-inf")
        self._renewed = 0
        self._rebuilding: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Look after it until cancelled."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(_LOOK_S)
        finally:
            if self._rebuilding is not None:
                self._rebuilding.cancel()

    async def look(self) -> None:
        """Look once at everything that is due."""
        self._find_record()
        room = await asyncio.to_thread(self._room)
        if room is not None:
            self._judge(room)
            held = await asyncio.to_thread(self._keep_reserve, room, bool(self._live.recorder.fault))
            if held is not None:
                (self._live.fault_over if held else self._live.fault)(IN_RESERVE)
        if self._now_s() - self._retained_s >= _RETENTION_S:
            self._retained_s = self._now_s()
            await self._retain()
        self._look_at_register()

    # ---------------------------------------------------------------- room

    def _room(self) -> Room | None:
        try:
            return self._free_of(self.directory)
        except OSError:
            return None

    def _judge(self, room: Room) -> None:
        low = min(self._settings.low_disk_gb * 1e9, room.total / 20)
        if room.free < low:
            self._live.fault(LOW)
        elif room.free > low * _CALM:
            self._live.fault_over(LOW)

    def _keep_reserve(self, room: Room, is_refused: bool) -> bool | None:
        """Hold some room back, and give it up when the journal finds none; None if nothing changed."""
        size, is_held = int(self._settings.reserve_mb * 1e6), self._reserve.exists()
        try:
            if is_refused and is_held:
                self._reserve.unlink()
                return False
            if size and not is_refused and not is_held and room.free > _RESERVE_SHARE * size:
                _allocate(self._reserve, size)
                return True
        except OSError as error:
            _LOG.error("the reserve of the disk: %s", error)
        return None

    def give_up_reserve(self) -> None:
        """Make all the room that is held back, for the end of a record that the disk refuses."""
        try:
            self._reserve.unlink(missing_ok=True)
        except OSError as error:
            _LOG.error("the reserve of the disk: %s", error)

    # ---------------------------------------------------------------- what vanished

    def _find_record(self) -> None:
        """Where the files were deleted meanwhile, go on in new ones, and say so."""
        journal = self._live.recorder.journal
        if not journal.is_there():
            self._gone_s = self._now_s()
            _LOG.error("%s was deleted while it was written; recording goes on in a new file", journal.path)
            self._live.recorder.begin_anew()
            self._live.notice("record-gone")
        recent = self._now_s() - self._gone_s < _TOLD_S
        (self._live.fault if recent else self._live.fault_over)(GONE)

    def _look_at_register(self) -> None:
        """Where it was made anew, fill it from the journals, in a process of its own."""
        if len(self._register.set_aside) > self._renewed and self._rebuilding is None:
            self._renewed = len(self._register.set_aside)
            self._live.notice("register-renewed")
            self._live.fault(RENEWING)
            self._rebuilding = asyncio.create_task(self._rebuild(), name="register from journals")

    async def _rebuild(self) -> None:
        try:
            command = sys.executable, "-m", "marsad.station.rebuild", str(self.directory)
            process = await asyncio.create_subprocess_exec(*command)
            try:
                await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        finally:
            self._live.fault_over(RENEWING)
            self._rebuilding = None

    # ---------------------------------------------------------------- retention

    async def _retain(self) -> None:
        if not self._register.is_open:
            return  # nobody knows what must be kept
        try:
            due = await asyncio.to_thread(self._sealed)
        except (RecordingError, OSError) as error:
            _LOG.error("nothing could be removed to make room: %s", error)
            return
        if due:  # told first: killed in between, nothing is gone that nobody was told of
            before = self._removed or {}
            await self._live.deliver(RETENTION, 0, FrameKind.DATA, json_from_removed(due, before))
            self._removed = {**before, **{seal.chain: one.file.name for one, seal in due}}
            await asyncio.to_thread(self._remove, [one for one, _ in due])
            self._live.notice("record-removed")

    def _sealed(self) -> list[tuple[Stored, Seal]]:
        """What is to be removed and can be, with the seals that are left of it."""
        found = []
        for one in self.due():
            try:
                found.append((one, seal_of_stored(one)))
            except RecordingError as error:  # the others make room all the same
                _LOG.error("%s", error)
        if found and self._removed is None:
            journals = journals_of(self.directory, self._live.fold.site.site_id)
            # a record from which nothing was removed is not read from end to end to learn that
            self._removed = removed_last(journals) if has_removed(journals) else {}
        return found

    def _remove(self, due: Sequence[Stored]) -> None:
        for one in due:
            try:
                remove(one)
            except RecordingError as error:
                _LOG.error("%s", error)

    def due(self) -> list[Stored]:
        """What is to be removed now. Raises RecordingError, OSError."""
        files, used = self._stored()
        register = self._register
        open_exercises = [one for one in register.all(exercise=True) if one.closed_t_ns is None]
        current = self._live.fold.incident()
        incidents = [*register.all(), *open_exercises, *(() if current is None else (current,))]
        spans = kept_spans(incidents, reported_in(self.directory))
        days, room = self._settings.days, self._room()
        size = self._settings.size_gb * 1e9 if self._settings.size_gb else room.total / 2 if room else None
        limits = Limits(None if days is None else int(days * 86_400e9), None if size is None else int(size))
        return to_remove(files, limits, used, self._live.fold.t_ns, spans)

    def _stored(self) -> tuple[list[Stored], int]:
        """Every file that may be removed, and the bytes of all."""
        journal = self._live.recorder.journal
        found: list[Stored] = []
        used = 0
        for path in journals_of(self.directory, self._live.fold.site.site_id):
            used += sum(file.stat().st_size for file in segments(path))
            newest = journal.position[0] - 1 if path == journal.path else sys.maxsize
            found += stored(path, newest)
        return found, used


def _allocate(path: Path, size: int) -> None:
    """A file that takes room on the disk. Raises OSError, having kept none."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(file, 0, size)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(file)
