"""A new site's settings file, written out with comments that say what each part is for."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from marsad.site.outlines import Outline


@dataclass(frozen=True, slots=True)
class DraftRunway:
    """A runway: its names and its two thresholds, (latitude, longitude) in degrees."""

    name_en: str
    name_ar: str
    thresholds: tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new site's file is written from.

    latitude_deg, longitude_deg   reference point, WGS-84
    height_m                      of the ground there above mean sea level
    sapient   host:port to listen on for SAPIENT sensors, "" for none
    sbs       host:port of an ADS-B receiver, "" for none
    """

    name_en: str
    name_ar: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    utc_offset_s: int
    zones: Sequence[Outline]
    sapient: str
    sbs: str
    port: int
    runways: Sequence[DraftRunway] = ()


def site_file(draft: Draft) -> str:
    """The text of the settings file."""
    zone_ids = identifiers([zone.name_en for zone in draft.zones], "zone")
    zones = [_zone(zone, name) for zone, name in zip(draft.zones, zone_ids, strict=True)]
    runway_ids = identifiers([runway.name_en for runway in draft.runways], "runway")
    runways = [_runway(runway, name) for runway, name in zip(draft.runways, runway_ids, strict=True)]
    parts = [_head(draft), *(zones or [_NO_ZONE]), _FRIEND, *(runways or [_NO_RUNWAY])]
    return "\n".join([*parts, _feeds(draft), _server(draft)])


def identifiers(names: Sequence[str], fallback: str) -> list[str]:
    """A short name for each name, all different: small letters, digits and hyphens."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:34].strip("-") or f"{fallback}-{number}"
        same = 2
        candidate = short
        while candidate in found:
            candidate, same = f"{short}-{same}", same + 1
        found.append(candidate)
    return found


def _head(draft: Draft) -> str:
    (site_id,) = identifiers([draft.name_en], "site")
    return f"""\
# A site of Marsad. `marsad check` tells every fault of this file, `marsad run` runs it.
# All other settings have defaults: see the settings reference, or let an editor complete them
# by `marsad schema > site.schema.json` and a first line "#:schema ./site.schema.json".

[site]
id = {_text(site_id)}
name_en = {_text(draft.name_en)}
name_ar = {_text(draft.name_ar)}
latitude_deg = {_degrees(draft.latitude_deg)}    # the reference point, WGS-84
longitude_deg = {_degrees(draft.longitude_deg)}
height_above_sea_m = {draft.height_m}    # of the ground, as maps show it
utc_offset_s = {draft.utc_offset_s}    # local time minus UTC, for reports
mode = "test"    # test, exercise or live; only live may ever reach live outputs
"""


def _zone(zone: Outline, zone_id: str) -> str:
    if zone.radius_m is not None:
        latitude, longitude = zone.corners[0]
        shape = f"centre = [{_degrees(latitude)}, {_degrees(longitude)}]\nradius_m = {zone.radius_m}"
    else:
        corners = ",\n".join(f"    [{_degrees(lat)}, {_degrees(lon)}]" for lat, lon in zone.corners)
        shape = f"corners = [\n{corners},\n]"
    name_en = zone.name_en or zone_id
    return f"""\
[[site.zone]]
id = {_text(zone_id)}
name_en = {_text(name_en)}
name_ar = {_text(zone.name_ar or name_en)}
{shape}
value = 1.0    # weight in the threat score, above 0, at most 1
"""


_NO_ZONE = """\
# What is to be protected. Without a zone nothing is ever warned of.
# [[site.zone]]
# id = "gate"
# name_en = "Gate"
# name_ar = "البوابة"
# centre = [33.2990, 44.3990]    # [latitude, longitude] in degrees
# radius_m = 120.0               # or corners = [[lat, lon], [lat, lon], [lat, lon]]
"""

_FRIEND = """\
# Objects that may fly here, by what they call themselves. A claim is evidence, never proof.
# [[site.friend]]
# label = "icao:4b43ac"
# name = "Police helicopter"
"""


_NO_RUNWAY = """\
# Where aircraft fly here: a runway gives its finals and departures. See [[corridor]] and [[area]], too.
# [[runway]]
# runway_id = "09-27"
# name_en = "Runway 09/27"
# name_ar = "المدرج 09/27"
# thresholds = [[33.3000, 44.3500], [33.3000, 44.3800]]    # of 09, then of 27
"""


def _runway(runway: DraftRunway, runway_id: str) -> str:
    places = ", ".join(
        f"[{_degrees(latitude)}, {_degrees(longitude)}]" for latitude, longitude in runway.thresholds
    )
    return f"""\
# Where aircraft fly here: a runway gives its finals and departures. See [[corridor]] and [[area]], too.
[[runway]]
runway_id = {_text(runway_id)}
name_en = {_text(runway.name_en)}
name_ar = {_text(runway.name_ar or runway.name_en)}
thresholds = [{places}]
"""


def _feeds(draft: Draft) -> str:
    sapient = f"""\
# SAPIENT sensors (BSI Flex 335 v2.0) connect here. Other machines reach it only if the address is
# one of this machine's own instead of 127.0.0.1.
[[feed]]
name = "sensors"
standard = "sapient"
listen = {_text(draft.sapient or "127.0.0.1:5020")}
"""
    sbs = f"""\
# An ADS-B receiver (dump1090, readsb and the like) is called there: BaseStation lines.
[[feed]]
name = "adsb"
standard = "sbs"
connect = {_text(draft.sbs or "127.0.0.1:30003")}
"""
    return "\n".join(
        part if wanted else _commented(part) for part, wanted in ((sapient, draft.sapient), (sbs, draft.sbs))
    )


def _server(draft: Draft) -> str:
    return f"""\
# The console. On 127.0.0.1 it is open to whoever sits at this machine; anything else needs
# operators with passwords: `marsad password` prints the hash.
[server]
host = "127.0.0.1"
port = {draft.port}
# operators = [{{ name = "Layla", role = "operator", password_hash = "scrypt$…" }}]
"""


def _commented(text: str) -> str:
    return "".join(line if line.startswith("#") else f"# {line}" for line in text.splitlines(keepends=True))


def _text(value: str) -> str:
    """A TOML string; what no name may hold stays in it, for the check to name."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _degrees(value: float) -> str:
    text = f"{value:.7f}".rstrip("0")
    return text + "0" if text.endswith(".") else text
