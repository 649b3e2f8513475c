"""A SAPIENT radar of one's own (BSI Flex 335 v2.0): registers, reports its status, then one moving object.

    python sapient_radar.py 127.0.0.1:5020

It needs the package sapient-proto and nothing of Marsad. The radar stands at LATITUDE, LONGITUDE; its
object begins 3 km to the north-east and flies to it at 30 m/s. Replace `looks` by what your radar sees.
"""

import math
import secrets
import socket
import struct
import sys
import time
import uuid
from collections.abc import Iterator

from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport

LATITUDE, LONGITUDE, HEIGHT_M = 33.301, 44.401, 40.0
NODE_ID = str(uuid.uuid4())  # a real sensor keeps its own for ever
LAT_LNG_DEG_M, WGS84_E, DEGREES_M, TRUE_NORTH = 1, 1, 1, 1  # coordinate systems and data of the standard


def ulid() -> str:
    """Identifiers of reports and objects: 48 bits of time in ms, 80 bits of chance."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> shift & 31] for shift in range(125, -1, -5))


def message() -> SapientMessage:
    filled = SapientMessage(node_id=NODE_ID)
    filled.timestamp.GetCurrentTime()
    return filled


def send(link: socket.socket, filled: SapientMessage) -> None:
    """Before each message goes its length: four bytes, little-endian."""
    body = filled.SerializeToString()
    link.sendall(struct.pack("<I", len(body)) + body)


def receive(link: socket.socket) -> SapientMessage:
    (length,) = struct.unpack("<I", link.recv(4, socket.MSG_WAITALL))
    return SapientMessage.FromString(link.recv(length, socket.MSG_WAITALL))


def registration() -> SapientMessage:
    filled = message()
    record = filled.registration
    record.name, record.icd_version = "Example radar", "BSI Flex 335 v2.0"
    record.node_definition.add(node_type=Registration.NODE_TYPE_RADAR)
    record.capabilities.add(category="Detection", type="radar")
    record.config_data.add(manufacturer="Example", model="One")
    record.status_definition.status_interval.units = Registration.TIME_UNITS_SECONDS
    record.status_definition.status_interval.value = 5.0
    mode = record.mode_definition.add(mode_name="Default", mode_type=Registration.MODE_TYPE_PERMANENT)
    mode.settle_time.units, mode.settle_time.value = Registration.TIME_UNITS_SECONDS, 0.0
    seen = mode.detection_definition.add().location_type
    seen.range_bearing_units, seen.range_bearing_datum = DEGREES_M, TRUE_NORTH
    mode.task.concurrent_tasks = 1
    mode.task.region_definition.region_type.append(Registration.REGION_TYPE_AREA_OF_INTEREST)
    area = mode.task.region_definition.region_area.add()
    area.location_units, area.location_datum = LAT_LNG_DEG_M, WGS84_E
    return filled


def status(info: "StatusReport.Info.ValueType") -> SapientMessage:
    """A polar sensor must say where it stands: x is the longitude."""
    filled = message()
    report = filled.status_report
    report.report_id, report.system, report.info, report.mode = (
        ulid(),
        StatusReport.SYSTEM_OK,
        info,
        "Default",
    )
    place = report.node_location
    place.x, place.y, place.z = LONGITUDE, LATITUDE, HEIGHT_M
    place.coordinate_system, place.datum = LAT_LNG_DEG_M, WGS84_E
    return filled


def looks() -> Iterator[tuple[float, float, float]]:
    """Range in metres, azimuth and elevation in degrees, of one object that comes straight on."""
    began_s = time.time()
    while (range_m := 3000.0 - 30.0 * (time.time() - began_s)) > 100.0:
        yield range_m, 45.0, math.degrees(math.asin(100.0 / range_m))


def main(address: str) -> None:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port))) as link:
        send(link, registration())
        acknowledged = receive(link)
        if not acknowledged.registration_ack.acceptance:
            raise SystemExit(f"refused: {acknowledged}")
        print("registered as", NODE_ID, flush=True)
        send(link, status(StatusReport.INFO_NEW))
        object_id = ulid()
        for number, (range_m, azimuth_deg, elevation_deg) in enumerate(looks(), 1):
            filled = message()
            report = filled.detection_report
            report.report_id, report.object_id = ulid(), object_id
            seen = report.range_bearing
            seen.coordinate_system, seen.datum = DEGREES_M, TRUE_NORTH
            seen.range, seen.range_error = range_m, 10.0
            seen.azimuth, seen.azimuth_error = azimuth_deg, 0.5
            seen.elevation, seen.elevation_error = elevation_deg, 1.0
            send(link, filled)
            if number % 5 == 0:
                send(link, status(StatusReport.INFO_UNCHANGED))
            time.sleep(1.0)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:5020")
