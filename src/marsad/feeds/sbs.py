"""SBS (BaseStation) lines: one comma-separated line of 22 columns for each Mode S message.

The format that dump1090, readsb and BaseStation serve on TCP port 30003. The writing side is
used by the simulator, by playback and by tests.
Columns: MSG, type, session, aircraft, address, flight, date and time generated, date and time
logged, callsign, altitude (ft, barometric), ground speed (kt), track (°), latitude, longitude,
vertical rate (ft/min), squawk, alert, emergency, SPI, on ground.
"""

from datetime import UTC, datetime, timedelta

COLUMNS = 22
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def identification(t_ns: int, icao: str, callsign: str) -> bytes:
    """MSG,1: the callsign of an aircraft (24-bit address as six hexadecimal digits)."""
    return _line(1, t_ns, icao, {10: callsign})


def position(
    t_ns: int,
    icao: str,
    latitude_deg: float,
    longitude_deg: float,
    altitude_ft: float | None,
    on_ground: bool = False,
) -> bytes:
    """MSG,3: where it is; the altitude is the pressure altitude, None = not known."""
    return _line(
        3,
        t_ns,
        icao,
        {
            11: "" if altitude_ft is None else f"{altitude_ft:.0f}",
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
    """MSG,4: how it moves over the ground; the vertical rate None = not known."""
    return _line(
        4,
        t_ns,
        icao,
        {
            12: f"{ground_speed_kt:.1f}",
            13: f"{track_deg % 360:.1f}",
            16: "" if vertical_rate_fpm is None else f"{vertical_rate_fpm:.0f}",
        },
    )


def _line(message_type: int, t_ns: int, icao: str, columns: dict[int, str]) -> bytes:
    # rounded down to the format's milliseconds: a report must never seem to come from the future
    moment = _EPOCH + timedelta(milliseconds=t_ns // 1_000_000)
    date = f"{moment:%Y/%m/%d}"
    time = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    cells = ["MSG", str(message_type), "1", "1", icao.upper(), "1", date, time, date, time]
    cells += [columns.get(number, "") for number in range(len(cells), COLUMNS)]
    return ",".join(cells).encode("ascii") + b"\r\n"
