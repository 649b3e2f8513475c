"""Every decoder of bytes from outside, and of what the site itself wrote; what each may raise.

Anything else that one raises is a fault. `tools/coverage_fuzz.py` looks for bytes that make them; what it
found worth keeping stands in `corpus/NAME/`, and is said again by `test_corpus.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from marsad.assessment.schedule import Schedule
from marsad.errors import ConfigError, LinkError, MarsadError, ReceivedError, RecordingError
from marsad.evaluate import courageous
from marsad.feeds.sapient.feed import SapientFeed
from marsad.feeds.sbs_feed import SbsFeed
from marsad.feeds.settings import SapientSettings, SbsSettings
from marsad.geo.local import LocalFrame
from marsad.geo.surroundings import surroundings_from_bytes
from marsad.links.address import address_from
from marsad.model import frame as frames
from marsad.model.frame import Frame, FrameKind
from marsad.model.heartbeat import Beat, NoBeat
from marsad.model.peer import peer_from_bytes
from marsad.model.security import event_from_json
from marsad.outputs.confirmations import Confirmations
from marsad.outputs.recipients import recipients_from
from marsad.register.codec import incident_from_json
from marsad.server.passwords import is_password_hash
from marsad.server.tokens import tokens_from_json
from marsad.site.actions import action_as_said, action_from_json
from marsad.site.checkpoint import configuration_of, taken_up
from marsad.site.deliveries import delivered_from_json, link_from_json
from marsad.site.digest import digest_from_json
from marsad.site.flight_files import read_flights
from marsad.site.fold import SiteFold
from marsad.site.journal import JournalReader
from marsad.site.outlines import read_outlines
from marsad.site.procedure_features import read_features
from marsad.site.retention import removed_in
from marsad.site.settings import settings_from_toml
from marsad.site.verify import verify
from marsad.stream.mailbox import Wanted
from marsad.stream.wishes import wish_from_text
from marsad.terrain.geotiff import geotiff_tile
from marsad.terrain.hgt import tile_from_bytes

HERE = LocalFrame(33.3, 44.4, 40.0)
T0 = 1_700_000_000 * 10**9
SITE = b"""
[site]
id = "example"
name_en = "Example"
name_ar = "\xd9\x85\xd8\xab\xd8\xa7\xd9\x84"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "hq"
name_en = "HQ"
name_ar = "\xd8\xa7\xd9\x84\xd9\x85\xd9\x82\xd8\xb1"
centre = [33.3, 44.4]
radius_m = 200.0
[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"
[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
[[output]]
name = "hub"
standard = "webhook"
url = "http://127.0.0.1:8000/"
"""
FEEDS = (
    *("sensors", "adsb", frames.OPERATOR, frames.TICK, frames.GAP, frames.CLOCK, frames.LOAD, frames.OUTPUTS),
    *(frames.DELIVERY, frames.LINK, frames.DIGEST, frames.CHECKPOINT, frames.RESUME, frames.STATE),
    *(frames.RETENTION, frames.TERRAIN, frames.SECURITY, frames.CONFIGURATION, "strange"),
)
_LEADS = 5  # feed, kind and link, time since the last, length


@dataclass(frozen=True)
class Decoder:
    """One decoder.

    take     gives it some bytes, and a folder of its own for files
    allowed  what it may raise, by its own words
    """

    take: Callable[[bytes, Path], object]
    allowed: tuple[type[Exception], ...] = ()


def sapient(data: bytes, folder: Path) -> None:
    """Bytes of a peer, in two pieces on one link, and as one message on another."""
    feed = SapientFeed(SapientSettings(name="s", listen="0.0.0.0:5020"), HERE)
    half = len(data) // 2
    feed.receive(Frame("s", T0, data[:half], 1))
    feed.receive(Frame("s", T0, data[half:], 1))
    feed.receive(Frame("s", T0 + 10**9, len(data).to_bytes(4, "little") + data, 2))
    feed.receive(Frame("s", T0 + 10**9, b"", 1, FrameKind.CLOSED))
    feed.advance(T0 + 10**11)
    feed.sensors()


def sbs(data: bytes, folder: Path) -> None:
    """Lines of a receiver, in two pieces."""
    feed = SbsFeed(SbsSettings(name="a", connect="127.0.0.1:30003"), HERE)
    half = len(data) // 2
    feed.receive(Frame("a", T0, data[:half], 1))
    feed.receive(Frame("a", T0 + 10**9, data[half:], 1))
    feed.advance(T0 + 10**11)


def frames_of(data: bytes) -> list[Frame]:
    """Frames of all feeds, as bytes say: each by five that lead it."""
    found: list[Frame] = []
    t_ns, at = T0, 0
    while at + _LEADS <= len(data) and len(found) < 200:
        feed, kind, wait, low, high = data[at : at + _LEADS]
        size = low + 256 * (high & 15)
        t_ns += wait * 10**8
        body = data[at + _LEADS : at + _LEADS + size]
        found.append(Frame(FEEDS[feed % len(FEEDS)], t_ns, body, 1 + kind // 4 % 4, FrameKind(kind % 4)))
        at += _LEADS + size
    return found


def bytes_of(found: list[tuple[str, bytes]]) -> bytes:
    """The inverse for frames of data on the first link, half a second apart."""
    return b"".join(
        bytes((FEEDS.index(feed), 0, 5, len(body) & 255, len(body) >> 8)) + body for feed, body in found
    )


def fold(data: bytes, folder: Path) -> None:
    """A site that takes in frames of any feed; none may end it."""
    site = SiteFold(Frame(frames.CONFIGURATION, T0, SITE))
    for one in frames_of(data):
        site.fold(one)
    site.picture()


def journal(data: bytes, folder: Path) -> None:
    """A file of a journal, read and verified."""
    path = folder / "journal.mcap"
    path.write_bytes(data)
    try:
        verify(path)
    finally:
        list(JournalReader(path).frames())


def _file(data: bytes, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def geotiff(data: bytes, folder: Path) -> None:
    """A GeoTIFF, and the heights of its first corner."""
    tile = geotiff_tile(_file(data, folder, "tile.tif"))
    if tile.rows * tile.columns <= 10**6:
        tile.read(slice(0, min(tile.rows, 64)), slice(0, min(tile.columns, 64)))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _confirmed(data: bytes) -> None:
    Confirmations("hub", b"secret", lambda: 0).hear(data, "", 0.0)


DECODERS: dict[str, Decoder] = {
    "sapient": Decoder(sapient),
    "sbs": Decoder(sbs),
    "fold": Decoder(fold),
    "journal": Decoder(journal, (RecordingError,)),
    "checkpoint": Decoder(lambda data, _: (configuration_of(data), taken_up(data)), (RecordingError,)),
    "digest": Decoder(lambda data, _: (digest_from_json(data), removed_in(data))),
    "settings": Decoder(lambda data, _: settings_from_toml(data, "site.toml"), (ConfigError,)),
    "action": Decoder(lambda data, _: action_from_json(data), (ReceivedError,)),
    "action-as-said": Decoder(lambda data, _: action_as_said(data), (ReceivedError,)),
    "delivery": Decoder(lambda data, _: delivered_from_json(data), (ReceivedError,)),
    "link": Decoder(lambda data, _: link_from_json(data), (ReceivedError,)),
    "confirmation": Decoder(lambda data, _: _confirmed(data)),
    "security": Decoder(lambda data, _: event_from_json(data), (ReceivedError,)),
    "peer": Decoder(lambda data, _: peer_from_bytes(data)),
    "heartbeat": Decoder(lambda data, _: Beat.from_bytes(data, None), (NoBeat,)),
    "wish": Decoder(lambda data, _: wish_from_text(_text(data), Wanted()), (ReceivedError,)),
    "surroundings": Decoder(lambda data, _: surroundings_from_bytes(data, HERE), (ReceivedError,)),
    "incident": Decoder(lambda data, _: incident_from_json(_text(data)), (RecordingError,)),
    "outlines": Decoder(lambda data, _: read_outlines(data, "zones.kml", 100.0), (ConfigError,)),
    "procedures": Decoder(lambda data, _: read_features(data, HERE, {})),
    "flights": Decoder(lambda data, _: read_flights(data, "flights.csv", HERE), (ConfigError,)),
    "schedule": Decoder(lambda data, _: Schedule.of_csv(_text(data)), (ReceivedError,)),
    "recipients": Decoder(
        lambda data, folder: recipients_from(_file(data, folder, "people.csv"), "address"), (LinkError,)
    ),
    "courageous": Decoder(lambda data, _: courageous.read(data, "log.json"), (MarsadError,)),
    "hgt": Decoder(lambda data, _: tile_from_bytes(data, "N33E044.hgt.zip"), (ReceivedError,)),
    "geotiff": Decoder(geotiff, (ReceivedError, OSError)),
    "tokens": Decoder(lambda data, _: tokens_from_json(data), (ReceivedError,)),
    "password": Decoder(lambda data, _: is_password_hash(_text(data))),
    "address": Decoder(lambda data, _: address_from(_text(data)), (ValueError,)),
}


def said(name: str, data: bytes, folder: Path) -> Exception | None:
    """What a decoder refuses the bytes with, None if it takes them. Raises whatever else it raises."""
    decoder = DECODERS[name]
    try:
        decoder.take(data, folder)
    except decoder.allowed as error:
        return error
    return None
