"""Something valid for each decoder, from which fuzzing begins."""

import json
import tempfile
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from tests.evaluate.logs import flight, log
from tests.fuzz.decoders import HERE, SITE, T0, bytes_of, frames_of
from tests.terrain.made_up import MadeTiff

from marsad.feeds import sbs
from marsad.feeds.sapient import edge
from marsad.feeds.sapient.ulid import ulid
from marsad.geo.surroundings import HeightGrid, surroundings
from marsad.model import frame as frames
from marsad.model.announcement import Delivered, DeliveryState
from marsad.model.drill import OutputLink
from marsad.model.frame import Frame
from marsad.model.heartbeat import Beat
from marsad.model.peer import Peer, bytes_from_peer
from marsad.model.security import Happening, SecurityEvent, json_from_event
from marsad.model.sensor import SensorKind
from marsad.register.codec import json_from_incident
from marsad.server.passwords import hash_password
from marsad.server.tokens import json_from_tokens
from marsad.site.checkpoint import checkpoint
from marsad.site.deliveries import json_from_delivered, json_from_link
from marsad.site.digest import json_from_digest
from marsad.site.fold import SiteFold
from marsad.site.recorder import begin

RADAR = edge.EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.3, 44.4, 40.0)
HELLO = edge.registration(RADAR, T0) + edge.status(RADAR, T0, ulid(T0, 1), first=True)
ACTIONS = (
    {"action": "acknowledge", "by": "Layla", "alarm_id": "a-1"},
    {"action": "head_count", "by": "Layla", "complete": True},
    {"action": "retract", "by": "Layla", "alarm_id": "a-1", "reason": "bird"},
    {"action": "set_identity", "by": "Layla", "track_id": 7, "identity": "friend"},
    {"action": "hand_over", "by": "Layla", "to": "Omar", "note": ""},
)
POINT = {"type": "Point", "coordinates": [44.4, 33.3]}
AREA = {"type": "Polygon", "coordinates": [[[44.4, 33.3], [44.41, 33.3], [44.41, 33.31], [44.4, 33.3]]]}
LINE = {"type": "LineString", "coordinates": [[44.4, 33.3, 300], [44.5, 33.4, 900]]}
KML = """<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>Gate</name><Polygon><outerBoundaryIs>
<LinearRing><coordinates>44.4,33.3,0 44.41,33.3,0 44.41,33.31,0 44.4,33.3,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark></kml>"""
FLIGHTS = (
    "id,name,operator,phone,kind,remote_id,area,radius_m,width_m,low_m,high_m,from,until,remarks\n"
    "a,Survey,City,+964 770,multirotor,1596F,33.31 44.40,300,,0,120,"
    "2030-01-01T08:00+03:00,2030-01-01T10:00+03:00,\n"
)
DECLARATION = {
    "flight_id": "utm-7",
    "originating_party": "City",
    "start_datetime": "2030-01-01T08:00:00Z",
    "end_datetime": "2030-01-01T10:00:00Z",
    "flight_declaration_geo_json": {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "min_altitude": {"meters": 50, "datum": "agl"},
                    "max_altitude": {"meters": 160, "datum": "wgs84"},
                },
                "geometry": AREA,
            }
        ],
    },
}


def plot(second: float) -> bytes:
    """What the radar sees of a drone that comes."""
    t_ns = T0 + round(second * 1e9)
    return edge.polar_detection(
        *(RADAR, t_ns, ulid(t_ns, 2), ulid(T0, 7), 1.0, 0.01), range_m=2000.0 - 60 * second
    )


def _features(*shapes: Mapping[str, object]) -> bytes:
    features = [{"type": "Feature", "geometry": one, "properties": {"name": "A"}} for one in shapes]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _raid() -> bytes:
    said = [("sensors", HELLO), *(("sensors", plot(second / 2)) for second in range(40))]
    said += [(frames.OPERATOR, json.dumps(one).encode()) for one in ACTIONS]
    said += [(frames.DELIVERY, _delivered()), (frames.LINK, json_from_link(OutputLink("hub", True)))]
    return bytes_of([*said, ("adsb", sbs.position(T0, "4B43AC", 33.4, 44.4, 900.0)), (frames.TICK, b"")])


def _incident() -> bytes:
    site = SiteFold(Frame(frames.CONFIGURATION, T0, SITE))
    for one in frames_of(_raid()):
        site.fold(one)
    found = site.picture().incident
    assert found is not None
    return json_from_incident(found).encode()


def _delivered() -> bytes:
    return json_from_delivered(Delivered("hub", "a-1", DeliveryState.ACCEPTED))


def _journal() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.mcap"
        recorder = begin(path, SITE, T0)
        recorder.take([Frame("sensors", T0 + 10**9, HELLO, 1), Frame(frames.TICK, T0 + 2 * 10**9)])
        recorder.close()
        return next(Path(folder).glob("*.mcap")).read_bytes()


def _zipped() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("N33E044.hgt", np.zeros(1201 * 1201, ">i2").tobytes())
    return made.getvalue()


def _ground() -> bytes:
    grid = HeightGrid(-200.0, -200.0, 100.0, np.arange(25.0).reshape(5, 5))
    return surroundings(HERE, 200.0, 1.0, ("N33E044.hgt",), (grid,)).data


def seeds() -> dict[str, list[bytes]]:
    """Per decoder some bytes that it takes."""
    begun = SiteFold(Frame(frames.CONFIGURATION, T0, SITE))
    actions = [json.dumps(one).encode() for one in ACTIONS]
    beat = Beat("example", "test", 1, T0, 1, 5.0, 0.1, "ok", ("journal.unwritable",))
    return {
        "sapient": [HELLO, HELLO + plot(1.0), edge.alert(RADAR, T0, ulid(T0, 6), "A")],
        "sbs": [sbs.position(T0, "4B43AC", 33.4, 44.4, 3000.0)],
        "fold": [_raid()],
        "journal": [_journal()],
        "checkpoint": [checkpoint(begun)],
        "digest": [json_from_digest("00", 1, bytes(32), "p"), b'{"removed":[{"chain":"00"}]}'],
        "settings": [SITE],
        "action": actions,
        "action-as-said": actions,
        "delivery": [_delivered()],
        "link": [json_from_link(OutputLink("hub", False, "refused", "refused"))],
        "confirmation": [b'{"marsad":"confirmation","version":1,"id":"a-1","by":"Layla"}'],
        "security": [json_from_event(SecurityEvent(Happening.FAILED, "Layla", "", "127.0.0.1"))],
        "peer": [bytes_from_peer(Peer("127.0.0.1", 5000)), b"('127.0.0.1', 5000)"],
        "heartbeat": [beat.to_bytes(None)],
        "wish": [b'{"kinds": ["track", "alarm"], "every_s": 5}'],
        "surroundings": [_ground()],
        "outlines": [_features(POINT, AREA), KML.encode()],
        "procedures": [_features(LINE, AREA)],
        "flights": [FLIGHTS.encode(), json.dumps(DECLARATION).encode()],
        "schedule": [b"callsign,from,to\nIAW101,08:00,09:00\nIAW102,,\n"],
        "recipients": [b"to,language,zones\nlayla@site.example,ar,\nomar@site.example,both,hq\n"],
        "courageous": [json.dumps(log(flight(1, 0, 2))).encode()],
        "hgt": [_zipped()],
        "geotiff": [MadeTiff(np.ones((8, 8), np.float32)).bytes_of()],
        "tokens": [json_from_tokens([])],
        "password": [hash_password("a long enough password").encode()],
        "address": [b"127.0.0.1:5030", b"[::1]:5030"],
        "incident": [_incident()],
    }
