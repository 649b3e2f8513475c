"""What became of a site's record at its stop: whole, or what of it the disk never took."""

from datetime import UTC, datetime
from enum import Enum, auto

from marsad.model.reason import Reason
from marsad.site.recorder import Recorder


class Ended(Enum):
    """How a record ended."""

    WHOLE = auto()
    ENDLESS = auto()  # every frame is in it, its end is not
    LOST = auto()


def ending(recorder: Recorder) -> tuple[Reason, Ended]:
    """What to say of a record that was closed, as well as the disk allowed it, and how it ended."""
    journal, lost = recorder.journal, recorder.lost
    said: list[tuple[str, float | str]] = [("journal", str(journal.path)), ("detail", recorder.fault)]
    if lost is None:
        if recorder.fault:
            return Reason("station.closed.no-end", tuple(said)), Ended.ENDLESS
        return Reason("station.closed", tuple(said[:1])), Ended.WHOLE
    offset_ns = recorder.fold.utc_offset_ns
    said += [
        ("frame_count", float(lost.frame_count)),
        ("first", _utc(lost.first_t_ns + offset_ns)),
        ("last", _utc(lost.last_t_ns + offset_ns)),
    ]
    code = "station.closed.lost" if journal.frames_written else "station.closed.none"
    return Reason(code, tuple(said)), Ended.LOST


def _utc(t_ns: int) -> str:
    return f"{datetime.fromtimestamp(t_ns // 10**9, UTC):%Y-%m-%d %H:%M:%S}Z"
