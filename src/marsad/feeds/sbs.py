"""SBS (BaseStation) lines: one comma-separated line of 22 columns for each Mode S message.

The format that dump1090, readsb and BaseStation serve on TCP port 30003. The writing side is
used by the simulator, by playback and by tests.
Columns: MSG, type, session, aircraft, address, flight, date and time generated, date and time
logged, callsign, altitude (ft, barometric; with an H behind it above the ellipsoid), ground speed
(kt), track (°), latitude, longitude, vertical rate (ft/min), squawk, alert, emergency, SPI, on ground.
MLAT in place of MSG: ground stations computed the position; "~" before an address: it is relayed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isfinite, isnan, nan

from marsad.errors import ReceivedError
from marsad.feeds.reasons import RefusalReason

COLUMNS = 22
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ADDRESS = re.compile(r"~?[0-9A-Fa-f]{6}")
_OTHER_KINDS = frozenset({"SEL", "ID", "AIR", "STA", "CLK"})
_SQUAWK = re.compile(r"[0-7]{1,4}")
PADDING = " @_\t\r\n"  # what fills a callsign of less than eight characters
_PLAIN = {"": None, "0": False, "-1": True, "1": True}  # how nearly all write flags
_YES, _NO = frozenset({"true", "t", "yes", "y"}), frozenset({"false", "f", "no", "n"})
_USUAL_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])\.([0-9]{3})")


@dataclass(slots=True)  # not frozen: thousands a second are made, and frozen ones take twice as long
class Line:
    """One line as read; NaN, "" and None where a column is empty.

    icao              lower case; with "~" where the address is not an ICAO one (TIS-B)
    generated_t_ns    by the receiver's clock, which may run on local time
    geometric         the altitude is above the ellipsoid, not by pressure
    squawk            four octal digits
    alert, emergency, ident, on_ground   None where the line does not say
    computed          ground stations computed the position (MLAT)
    unread            names of columns that say something nobody understands: they cost themselves only
    """

    message_type: int
    icao: str
    generated_t_ns: int | None
    callsign: str
    altitude_ft: float
    ground_speed_kt: float
    track_deg: float
    latitude_deg: float
    longitude_deg: float
    vertical_rate_fpm: float
    on_ground: bool | None
    geometric: bool = False
    squawk: str = ""
    alert: bool | None = None
    emergency: bool | None = None
    ident: bool | None = None
    computed: bool = False
    unread: tuple[str, ...] = ()


def parsed(line: bytes) -> Line | None:
    """Read one line without its line end; None for lines that carry no aircraft message.

    Raises ReceivedError.
    """
    text = line.decode("ascii", "replace").strip()
    cells = text.split(",")
    kind = cells[0].upper()
    if not text or kind in _OTHER_KINDS:
        return None
    if kind not in ("MSG", "MLAT") or len(cells) < 10:
        raise ReceivedError(
            RefusalReason.MALFORMED, f"{text[:80]!r}: a line of MSG or MLAT and 22 columns is required"
        )
    cells += [""] * (COLUMNS - len(cells))
    if cells[1] not in ("1", "2", "3", "4", "5", "6", "7", "8"):
        raise ReceivedError(RefusalReason.MALFORMED, f"message type {cells[1][:20]!r}: 1 to 8 are known")
    address = cells[4].strip()
    if not _ADDRESS.fullmatch(address):
        raise ReceivedError(
            RefusalReason.MALFORMED, f"address {cells[4][:20]!r}: six hexadecimal digits are required"
        )
    altitude = cells[11].strip()
    geometric = altitude[-1:] in ("H", "h")
    if geometric:
        altitude = altitude[:-1]
    unread: list[str] = []
    return Line(
        message_type=int(cells[1]),
        icao=address.lower(),
        generated_t_ns=_moment(cells[6], cells[7]),
        callsign=cells[10].strip(PADDING)[:16],
        altitude_ft=_number("altitude", altitude, -5000, 150_000),
        ground_speed_kt=_number("ground speed", cells[12], 0, 5000),
        track_deg=_number("track", cells[13], -360, 360),
        latitude_deg=_number("latitude", cells[14], -90, 90),
        longitude_deg=_number("longitude", cells[15], -180, 180),
        vertical_rate_fpm=_number("vertical rate", cells[16], -100_000, 100_000),
        on_ground=_ground(cells[21]),
        geometric=geometric and altitude != "",
        squawk=_squawk(cells[17], unread),
        alert=_flag("alert", cells[18], unread),
        emergency=_flag("emergency", cells[19], unread),
        ident=_flag("ident", cells[20], unread),
        computed=kind == "MLAT",
        unread=tuple(unread),
    )


def squawk_of(cell: str) -> str:
    """A transponder code as four octal digits, leading zeros put back; "" for what is none."""
    cell = cell.strip()
    return cell.zfill(4) if cell and _SQUAWK.fullmatch(cell) else ""


def _squawk(cell: str, unread: list[str]) -> str:
    squawk = squawk_of(cell)
    if cell.strip() and not squawk:
        unread.append("squawk")
    return squawk


def _flag(name: str, cell: str, unread: list[str]) -> bool | None:
    meaning = flag_of(cell)
    if meaning is None and cell.strip():
        unread.append(name)
    return meaning


def _ground(cell: str) -> bool | None:
    """The ground flag: what it says decides whether a position is shown, so a riddle is refused."""
    meaning = flag_of(cell)
    if meaning is None and cell.strip():
        raise ReceivedError(
            RefusalReason.MALFORMED,
            f"on ground {cell.strip()[:20]!r}: 0, 1, -1, true, false, t, f, yes, no, y, n or nothing "
            "is allowed",
        )
    return meaning


def flag_of(cell: str) -> bool | None:
    """What a flag says, as a number or as a word; None for nothing and for what nobody understands."""
    if cell in _PLAIN:
        return _PLAIN[cell]
    word = cell.strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    try:
        value = float(word)
    except ValueError:
        return None
    return value != 0 if value in (-1, 0, 1) else None


def _number(name: str, cell: str, low: float, high: float) -> float:
    if not cell or not (cell := cell.strip()):
        return nan
    try:
        value = float(cell)
    except ValueError:
        value = nan
    if not (isfinite(value) and low <= value <= high):
        raise ReceivedError(RefusalReason.MALFORMED, f"{name} {cell[:20]!r}: {low:g} to {high:g} is allowed")
    return value


def _moment(date: str, time: str) -> int | None:
    """UTC nanoseconds of the columns date and time, None if they cannot be read."""
    usual = _USUAL_TIME.fullmatch(time)
    if usual is None:
        return _moment_at_length(date, time)
    midnight_ns = _moment_at_length(date, "00:00:00.000")
    if midnight_ns is None:
        return None
    hour, minute, second, millisecond = usual.groups()
    seconds = 3600 * int(hour) + 60 * int(minute) + int(second)
    return midnight_ns + (1000 * seconds + int(millisecond)) * 1_000_000


@lru_cache(maxsize=64)
def _moment_at_length(date: str, time: str) -> int | None:
    """The same in whatever widths ``strptime`` takes."""
    try:
        moment = datetime.strptime(f"{date.strip()} {time.strip()} +0000", "%Y/%m/%d %H:%M:%S.%f %z")
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def identification(t_ns: int, icao: str, callsign: str) -> bytes:
    """MSG,1: the callsign of an aircraft (24-bit address as six hexadecimal digits)."""
    return _line(1, t_ns, icao, {10: callsign})


def surveillance(
    t_ns: int,
    icao: str,
    squawk: str,
    *,
    alert: bool = False,
    emergency: bool = False,
    ident: bool = False,
    on_ground: bool = False,
) -> bytes:
    """MSG,6: the transponder code with its flags."""
    flags = {18: alert, 19: emergency, 20: ident, 21: on_ground}
    told = {column: "-1" if flag else "0" for column, flag in flags.items()}
    return _line(6, t_ns, icao, {17: squawk, **told})


def position(
    t_ns: int,
    icao: str,
    latitude_deg: float,
    longitude_deg: float,
    altitude_ft: float | None,
    on_ground: bool = False,
) -> bytes:
    """MSG,3: where it is; the altitude is the pressure altitude, None or NaN = not known."""
    return _line(
        3,
        t_ns,
        icao,
        {
            11: _whole(altitude_ft),
            14: f"{latitude_deg:.5f}",
            15: f"{longitude_deg:.5f}",
            18: "0",
            19: "0",
            20: "0",
            21: "-1" if on_ground else "0",
        },
    )


def velocity(
    t_ns: int, icao: str, ground_speed_kt: float, track_deg: float, vertical_rate_fpm: float | None
) -> bytes:
    """MSG,4: how it moves over the ground; the vertical rate None or NaN = not known."""
    return _line(
        4,
        t_ns,
        icao,
        {
            12: f"{ground_speed_kt:.1f}",
            13: f"{track_deg % 360:.1f}",
            16: _whole(vertical_rate_fpm),
        },
    )


def _whole(value: float | None) -> str:
    return "" if value is None or isnan(value) else f"{value:.0f}"


@lru_cache(maxsize=64)
def _stamp(second: int) -> tuple[str, str]:
    """The columns date and time, the latter without its fraction, of a second since 1970."""
    moment = _EPOCH + timedelta(seconds=second)
    return f"{moment:%Y/%m/%d}", f"{moment:%H:%M:%S}"


def _line(message_type: int, t_ns: int, icao: str, columns: dict[int, str]) -> bytes:
    # rounded down to the format's milliseconds: a report must never seem to come from the future
    second, millisecond = divmod(t_ns // 1_000_000, 1000)
    date, time = _stamp(second)
    time = f"{time}.{millisecond:03d}"
    cells = ["MSG", str(message_type), "1", "1", icao.upper(), "1", date, time, date, time]
    cells += [columns.get(number, "") for number in range(len(cells), COLUMNS)]
    return ",".join(cells).encode("ascii") + b"\r\n"
