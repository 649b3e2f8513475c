"""A SAPIENT radar of one's own (BSI Flex 335 v2.0): registers, reports its status, then one moving object.

    python sapient_radar.py 127.0.0.1:5020

It needs the package sapient-proto and nothing of Marsad. The radar stands at PLACE; its object begins
3 km to the north-east and flies to it at 30 m/s. Replace `looks` by what your radar sees.
"""

import math
import secrets
import socket
import struct
import sys
import time
import uuid
from collections.abc import Iterator

from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

NODE_ID = str(uuid.uuid4())  # a real sensor keeps its own for ever
GEODETIC = {
    "coordinate_system": "LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M",
    "datum": "LOCATION_DATUM_WGS84_E",
}
POLAR = {
    "coordinate_system": "RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M",
    "datum": "RANGE_BEARING_DATUM_TRUE",
}
PLACE = {**GEODETIC, "x": 44.401, "y": 33.301, "z": 40.0}  # x is the longitude, z above the ellipsoid
POLAR_UNITS = {"range_bearing_units": POLAR["coordinate_system"], "range_bearing_datum": POLAR["datum"]}
AREA = {"location_units": GEODETIC["coordinate_system"], "location_datum": GEODETIC["datum"]}
REGION = {"region_type": ["REGION_TYPE_AREA_OF_INTEREST"], "region_area": [AREA]}
REGISTRATION = {
    "name": "Example radar",
    "icd_version": "BSI Flex 335 v2.0",
    "node_definition": [{"node_type": "NODE_TYPE_RADAR"}],
    "capabilities": [{"category": "Detection", "type": "radar"}],
    "config_data": [{"manufacturer": "Example", "model": "One"}],
    "status_definition": {"status_interval": {"units": "TIME_UNITS_SECONDS", "value": 5.0}},
    "mode_definition": [
        {
            "mode_name": "Default",
            "mode_type": "MODE_TYPE_PERMANENT",
            "settle_time": {"units": "TIME_UNITS_SECONDS", "value": 0.0},
            "detection_definition": [{"location_type": POLAR_UNITS}],
            "task": {"concurrent_tasks": 1, "region_definition": REGION},
        }
    ],
}


def ulid() -> str:
    """Identifiers of reports and objects: 48 bits of time in ms, 80 bits of chance."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> shift & 31] for shift in range(125, -1, -5))


def send(link: socket.socket, **content: object) -> None:
    """Who, when, what; before each message goes its length: four bytes, little-endian."""
    message = SapientMessage(node_id=NODE_ID, **content)
    message.timestamp.GetCurrentTime()
    body = message.SerializeToString()
    link.sendall(struct.pack("<I", len(body)) + body)


def receive(link: socket.socket) -> SapientMessage:
    (length,) = struct.unpack("<I", link.recv(4, socket.MSG_WAITALL))
    return SapientMessage.FromString(link.recv(length, socket.MSG_WAITALL))


def status(info: str) -> dict[str, object]:
    """How the sensor is, and where: polar reports mean nothing without it."""
    return {
        "report_id": ulid(),
        "system": "SYSTEM_OK",
        "info": info,
        "mode": "Default",
        "node_location": PLACE,
    }


def looks() -> Iterator[tuple[float, float, float]]:
    """Range in metres, azimuth and elevation in degrees, of one object that comes straight on."""
    began_s = time.time()
    while (range_m := 3000.0 - 30.0 * (time.time() - began_s)) > 100.0:
        yield range_m, 45.0, math.degrees(math.asin(100.0 / range_m))


def main(address: str) -> None:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port))) as link:
        send(link, registration=REGISTRATION)
        answer = receive(link)
        if not answer.registration_ack.acceptance:
            raise SystemExit(f"refused: {answer}")
        print("registered as", NODE_ID, flush=True)
        object_id = ulid()
        for number, (range_m, azimuth_deg, elevation_deg) in enumerate(looks()):
            if number % 5 == 0:
                send(link, status_report=status("INFO_UNCHANGED" if number else "INFO_NEW"))
            seen = {**POLAR, "range": range_m, "azimuth": azimuth_deg, "elevation": elevation_deg}
            errors = {"range_error": 10.0, "azimuth_error": 0.5, "elevation_error": 1.0}
            report = {"report_id": ulid(), "object_id": object_id, "range_bearing": {**seen, **errors}}
            send(link, detection_report=report)
            time.sleep(1.0)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:5020")
