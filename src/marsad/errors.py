"""The whole tree of Marsad's errors: whose fault it is, what datum, what is allowed.

MarsadError
├── ConfigError      the settings file: every fault at once, with file, key, value, remedy
├── ReceivedError    the peer's fault: bytes or a message from outside that cannot be used
├── EncodingError    our fault: a record that cannot be put on the wire
├── LinkError        a socket, a device or a file that failed
│   ├── BusyError    the peer asks to be tried again, later
│   └── RefusedError the peer refuses it for good
├── PreparationError the engine cannot be compiled or loaded
└── RecordingError   the journal or the register cannot be read or written
    └── UnrecordedError   what was asked for is done, but no record of it is kept
"""

import errno
from dataclasses import dataclass
from typing import Any


class MarsadError(Exception):
    """Root of everything Marsad raises on purpose."""


def said_by(error: BaseException) -> str:
    """What an exception says, for people: without the name of its class unless it says nothing else."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    said = str(error)
    return said if " " in said else f"{type(error).__name__} {said}".strip()


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One fault of a settings file.

    key            dotted path of the setting, such as ``tracking.gate``; list items count from 0
    value          the value as written, shortened
    allowed        what would have been accepted, and the remedy
    line, column   where it stands, counted from 1; 0 where that is not known
    sentence       the fault as a person reads it, if it is more than key, value and allowed
    """

    key: str
    value: str
    allowed: str
    line: int = 0
    column: int = 0
    sentence: str = ""

    def __str__(self) -> str:
        return self.sentence or f"{self.key} = {self.value}: {self.allowed}"


class ConfigError(MarsadError):
    """A settings file is wrong; carries every fault found, not only the first."""

    def __init__(self, file: str, faults: list[ConfigFault]) -> None:
        self.file = file
        self.faults = faults
        count = f"{len(faults)} fault" + ("s" if len(faults) != 1 else "")
        super().__init__("\n".join([f"{file}: {count}", *(self._line(fault) for fault in faults)]))

    def _line(self, fault: ConfigFault) -> str:
        where = f"{self.file}:{fault.line}:{fault.column} " if fault.line else ""
        return f"  {where}{fault}"


class ReceivedError(MarsadError):
    """Something from outside cannot be used.

    reason   short stable code, counted and shown, such as ``frame-too-long``
    detail   a sentence that quotes the datum and says what is allowed
    offset   byte offset of the fault in the data, or None
    because  why, as records of `marsad.model.reason.Reason`, for readers of either language; () where the
             detail is all there is
    """

    def __init__(
        self, reason: str, detail: str, offset: int | None = None, because: tuple[Any, ...] = ()
    ) -> None:
        self.because = because
        self.reason = str(reason)  # of its plain text, whatever enumeration it is from
        self.detail = detail
        self.offset = offset
        super().__init__(f"{reason}: {detail}" + ("" if offset is None else f" (at byte {offset})"))


class EncodingError(MarsadError):
    """A record of ours cannot be put on the wire; a programmer's mistake."""


class LinkError(MarsadError):
    """A socket, device or file at the rim failed.

    code   which of the frequent failures it is, for a sentence in the reader's language; "" for another
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class BusyError(LinkError):
    """The peer cannot take it now; it may after again_s seconds."""

    def __init__(self, said: str, again_s: float) -> None:
        self.again_s = again_s
        super().__init__(said)


class OutrankedError(LinkError):
    """Something more urgent goes first; who has not been told yet is told after it."""


class RefusedError(LinkError):
    """The peer refuses it for good: to try the same again changes nothing."""


class PreparationError(MarsadError):
    """The engine's kernels cannot be compiled or loaded."""


class RecordingError(MarsadError):
    """The journal or the register cannot be read or written."""


class UnrecordedError(RecordingError):
    """What was asked for is done, but the journal holds no record of it."""


def lacks_descriptors(error: BaseException | None) -> bool:
    """Whether what went wrong came of this: the process, or the machine, has no file descriptor left."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            return True
        error = error.__cause__
    return False
