"""Commands about a site's settings file: a new one, checking it, its schema for editors."""

import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from marsad.cli.options import Lang, Language, SettingsArgument, new_file, whole_number
from marsad.cli.terminal import command, say

if TYPE_CHECKING:
    from marsad.site.draft import Draft, DraftRunway
    from marsad.site.outlines import Outline
    from marsad.site.settings import SiteSettings


def check(settings: SettingsArgument, lang: Lang = "en") -> None:
    """Check a settings file: every fault at once, with line and column, and all that `run` would refuse."""
    from marsad.station.ground import ground_around
    from marsad.station.output_outlook import output_outlook
    from marsad.station.settings_file import check_listeners, read_settings
    from marsad.station.token_file import check_tokens

    file = read_settings(settings)
    check_listeners(file, settings)
    check_tokens(file.server, settings)
    place, server = file.site.site, file.server
    say(
        lang,
        "station.checked",
        file=str(settings),
        site=place.id,
        zone_count=float(len(place.zone)),
        feed_count=float(len(file.site.feed)),
        address=f"{server.host}:{server.port}",
    )
    for reason in output_outlook(file):
        say(lang, reason.code, **dict(reason.arguments))
    _tell_procedures(file.site, lang)
    for reason in ground_around(file.site)[1]:
        say(lang, reason.code, **dict(reason.arguments))


def _tell_procedures(settings: "SiteSettings", language: Language) -> None:
    """How many procedures there are, and what is worth a word about them."""
    from marsad.report.facts import place_names
    from marsad.site.advice import advice, card_advice, release_advice

    counts = {f"{kind}_count": float(len(getattr(settings, kind))) for kind in ("runway", "corridor", "area")}
    if any(counts.values()):
        say(language, "station.checked.procedures", **counts)
    names = place_names(settings.build_site(), language)
    today = datetime.now(UTC).date()
    for reason in [*advice(settings), *card_advice(settings, today), *release_advice(settings)]:
        arguments = {key: names.get(value, value) if isinstance(value, str) else value
                     for key, value in reason.arguments}  # fmt: skip
        say(language, reason.code, **arguments)


def schema() -> None:
    """Print the JSON Schema of settings files, with which editors complete and check while one types."""
    from marsad.station.settings_file import settings_schema

    sys.stdout.write(json.dumps(settings_schema(), ensure_ascii=False, indent=2) + "\n")


NewFile = Annotated[Path, typer.Argument(metavar="SITE.toml", callback=new_file, help="The file to write.")]
SiteName = Annotated[str, typer.Option(help="Name of the site in English.")]
ArabicName = Annotated[str, typer.Option(help="Name in Arabic; default: as in English.")]
Latitude = Annotated[float | None, typer.Option(min=-90, max=90, help="Reference point, degrees.")]
Longitude = Annotated[float | None, typer.Option(min=-180, max=180, help="The same, east.")]
Height = Annotated[
    float | None,
    typer.Option(min=-500, max=9000, help="Of the ground above sea level, m, as maps show it."),
]
UtcOffset = Annotated[
    float | None, typer.Option(min=-14, max=14, help="Local time minus UTC, hours: 3 in Baghdad.")
]
Zones = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME[=ARABIC],LAT,LON,RADIUS_M", help="A round zone; may be given again and again."
    ),
]
ZonesFile = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="GeoJSON or KML file with outlines.")
]
Runways = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME[=ARABIC],LAT,LON,LAT,LON", help="A runway by its thresholds; may be given again."
    ),
]
PointRadius = Annotated[float, typer.Option(min=1, max=100_000, help="Of points in that file, m.")]
SapientListener = Annotated[str, typer.Option(help="host:port for SAPIENT sensors; empty: none.")]
SbsReceiver = Annotated[str, typer.Option(help="host:port of an ADS-B receiver; empty: none.")]
ConsolePort = Annotated[
    int, typer.Option(parser=whole_number(0, 65_535), metavar="PORT", help="Of the console.")
]


@dataclass(frozen=True, slots=True)
class Assumed:
    """What was not given by an option, so that whoever answered nothing has to be told."""

    height: bool
    utc_offset: bool
    place: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a new site is: its reference point in WGS84 degrees, the ground there, its local time.

    height_m      of the ground above sea level
    utc_offset_h  local time minus UTC
    """

    latitude_deg: float
    longitude_deg: float
    height_m: float
    utc_offset_h: float


def _place_asked(
    latitude: float | None,
    longitude: float | None,
    height: float | None,
    utc_offset: float | None,
    zones: "list[Outline]",
) -> _Place:
    """The place by what was given, and by what whoever sits at the terminal answers to the rest."""
    middle = _middle(zones)
    if latitude is None:
        latitude = _number_asked("Latitude of the reference point, degrees", "--latitude", middle[0])
    if longitude is None:
        longitude = _number_asked("Longitude, degrees", "--longitude", middle[1])
    if height is None:
        height = _number_asked("Height of the ground above sea level, m", "--height", 0.0)
    if utc_offset is None:
        guess = float(round(longitude / 15)) if sys.stdin.isatty() else 0.0
        utc_offset = _number_asked("Local time minus UTC, hours", "--utc-offset", guess)
    return _Place(latitude, longitude, height, utc_offset)


def new(
    file: NewFile,
    name: SiteName = "",
    name_ar: ArabicName = "",
    latitude: Latitude = None,
    longitude: Longitude = None,
    height: Height = None,
    utc_offset: UtcOffset = None,
    zone: Zones = None,
    zones_from: ZonesFile = None,
    runway: Runways = None,
    radius: PointRadius = 100.0,
    sapient: SapientListener = "127.0.0.1:5020",
    sbs: SbsReceiver = "",
    port: ConsolePort = 8080,
    lang: Lang = "en",
) -> None:
    """Write the settings file of a new site, with comments; asks for what is not given. Never overwrites."""
    from marsad.site.draft import Draft
    from marsad.site.outlines import read_outlines

    zones = [_round_zone(text) for text in zone or ()]
    runways = [_runway(text) for text in runway or ()]
    if zones_from is not None:
        zones += read_outlines(zones_from.read_bytes(), str(zones_from), radius)
    name = name or _asked("Name of the site in English", "--name", None)
    name_ar = name_ar or _asked("Name in Arabic", "--name-ar", name)
    place = _place_asked(latitude, longitude, height, utc_offset, zones)
    draft = Draft(
        name_en=name,
        name_ar=name_ar,
        latitude_deg=place.latitude_deg,
        longitude_deg=place.longitude_deg,
        height_m=place.height_m,
        utc_offset_s=round(place.utc_offset_h * 3600),
        zones=[_with_arabic(one) for one in zones or _asked_zones()],
        sapient=sapient,
        sbs=sbs,
        port=port,
        runways=runways,
    )
    _write_new(file, draft)
    _tell_new(file, draft, Assumed(height is None, utc_offset is None, None in (latitude, longitude)), lang)


def _write_new(file: Path, draft: "Draft") -> None:
    """Write a draft that can be read again. Raises ConfigError, RecordingError."""
    from marsad.site.draft import site_file
    from marsad.site.toml_tree import record_from_toml
    from marsad.station.settings_file import SettingsTree
    from marsad.whole_file import write_whole

    data = site_file(draft).encode()
    record_from_toml(SettingsTree, data, str(file))
    write_whole(file, data, over=False)


def _tell_new(file: Path, draft: "Draft", assumed: Assumed, language: Language) -> None:
    """What was written, what was assumed in it, and what to do next."""
    say(language, "station.new.written", file=str(file), zone_count=float(len(draft.zones)))
    if not draft.zones:
        say(language, "station.new.no-zone")
    if assumed.place:
        place = {"latitude_deg": draft.latitude_deg, "longitude_deg": draft.longitude_deg}
        say(language, "station.new.place", **place)
    if assumed.height and draft.height_m == 0:
        say(language, "station.new.height", setting="height_above_sea_m")
    if assumed.utc_offset and draft.utc_offset_s == 0:
        say(language, "station.new.utc", setting="utc_offset_s", utc="UTC")
    english = [draft.name_en] if draft.name_ar == draft.name_en else []
    english += [zone.name_en for zone in draft.zones if zone.name_ar in ("", zone.name_en)]
    english += [runway.name_en for runway in draft.runways if runway.name_ar in ("", runway.name_en)]
    if english:
        say(language, "station.new.arabic", names=", ".join(english))
    say(language, "station.next.run", command=command(f"run {file}"))


def _round_zone(text: str) -> "Outline":
    """A zone from NAME[=ARABIC],LATITUDE,LONGITUDE,RADIUS_M; the name may hold commas."""
    from marsad.site.outlines import Outline

    name, *numbers = text.rsplit(",", 3)
    try:
        latitude, longitude, radius_m = (float(number) for number in numbers)
    except ValueError:
        example = "Gate=البوابة,33.2990,44.3990,120"
        raise typer.BadParameter(
            f"{text!r}: NAME,LAT,LON,RADIUS_M or NAME=ARABIC,LAT,LON,RADIUS_M is needed, such as {example}"
        ) from None
    english, _, arabic = name.partition("=")
    return Outline(english.strip(), arabic.strip(), ((latitude, longitude),), radius_m)


def _runway(text: str) -> "DraftRunway":
    """A runway from NAME[=ARABIC],LATITUDE,LONGITUDE,LATITUDE,LONGITUDE; the name may hold commas."""
    from marsad.site.draft import DraftRunway

    name, *numbers = text.rsplit(",", 4)
    try:
        latitude, longitude, to_latitude, to_longitude = (float(number) for number in numbers)
    except ValueError:
        example = "Runway 09/27=المدرج 09/27,33.3000,44.3500,33.3000,44.3800"
        raise typer.BadParameter(
            f"{text!r}: NAME,LAT,LON,LAT,LON or NAME=ARABIC,LAT,LON,LAT,LON is needed, such as {example}"
        ) from None
    english, _, arabic = name.partition("=")
    thresholds = ((latitude, longitude), (to_latitude, to_longitude))
    return DraftRunway(english.strip(), arabic.strip(), thresholds)


def _with_arabic(zone: "Outline") -> "Outline":
    """The zone with the Arabic name that whoever sits at the terminal gives it."""
    if zone.name_ar or not zone.name_en:
        return zone
    return replace(zone, name_ar=_asked(f"Name of zone {zone.name_en} in Arabic", "--zone", zone.name_en))


def _middle(zones: "list[Outline]") -> tuple[float, float] | tuple[None, None]:
    """The mean of all corners, as the first guess of a reference point."""
    corners = [corner for zone in zones for corner in zone.corners]
    if not corners:
        return None, None
    latitudes, longitudes = zip(*corners, strict=True)
    return round(sum(latitudes) / len(corners), 6), round(sum(longitudes) / len(corners), 6)


def _asked(question: str, option: str, default: Any, kind: type = str) -> str:
    """The answer of whoever sits at the terminal; without one the default, or an error with the option."""
    if sys.stdin.isatty():
        return str(typer.prompt(question, default=default, type=kind))  # asks again for what is no number
    if default is None:
        raise typer.BadParameter(f"is needed where nobody can be asked: {question}", param_hint=f"'{option}'")
    return str(default)


def _number_asked(question: str, option: str, default: float | None) -> float:
    return float(_asked(question, option, default, float))


def _asked_zones() -> "list[Outline]":
    zones: list[Outline] = []
    while sys.stdin.isatty():
        text = typer.prompt("A round zone as NAME=ARABIC,LAT,LON,RADIUS_M (enter: no more)", default="")
        if not text:
            break
        try:
            zones.append(_round_zone(text))
        except typer.BadParameter as error:
            typer.echo(error.message)
    return zones
