"""An ADS-B receiver of one's own: serves BaseStation (SBS) lines of one aircraft to whoever connects.

    python sbs_feeder.py 127.0.0.1:30003

It needs nothing but Python. Replace `lines` by what your receiver hears; empty columns are allowed.
"""

import math
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

ICAO, CALLSIGN = "4B43AC", "HELI01"
LATITUDE, LONGITUDE = 33.35, 44.40
SPEED_KT, TRACK_DEG, ALTITUDE_FT = 120.0, 180.0, 2500


def line(kind: int, **cells: object) -> bytes:
    """22 columns: kind 1 is the callsign, 3 the position, 4 the velocity."""
    now = datetime.now(UTC)
    date, clock = now.strftime("%Y/%m/%d"), now.strftime("%H:%M:%S.%f")[:-3]
    names = ("callsign", "altitude", "speed", "track", "latitude", "longitude", "climb")
    filled = ["MSG", kind, 1, 1, ICAO, 1, date, clock, date, clock, *(cells.get(name, "") for name in names)]
    return ",".join(map(str, [*filled, "", 0, 0, 0, 0])).encode() + b"\r\n"


def lines() -> Iterator[bytes]:
    """What an aircraft says in the next second, as time goes on."""
    began_s = time.time()
    while True:
        flown_deg = SPEED_KT * (time.time() - began_s) / 3600 / 60  # a knot is a minute of arc an hour
        latitude = LATITUDE + flown_deg * math.cos(math.radians(TRACK_DEG))
        longitude = LONGITUDE + flown_deg * math.sin(math.radians(TRACK_DEG)) / math.cos(
            math.radians(LATITUDE)
        )
        yield b"".join(
            [
                line(1, callsign=CALLSIGN),
                line(4, speed=SPEED_KT, track=TRACK_DEG, climb=0),
                line(3, altitude=ALTITUDE_FT, latitude=f"{latitude:.5f}", longitude=f"{longitude:.5f}"),
            ]
        )


def main(address: str) -> None:
    """Serve one listener after the other."""
    host, _, port = address.rpartition(":")
    with socket.create_server((host, int(port))) as server:
        print("listening on {}:{}".format(*server.getsockname()), flush=True)
        while True:
            link, _ = server.accept()
            with link:
                try:
                    for spoken in lines():
                        link.sendall(spoken)
                        time.sleep(1.0)
                except OSError:
                    continue  # who listened has gone


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:30003")
