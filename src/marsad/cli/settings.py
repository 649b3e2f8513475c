"""Commands about a site's settings file: a new one, checking it, its schema for editors."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from marsad.cli.options import SettingsArgument, new_file, whole_number
from marsad.cli.terminal import OUT

if TYPE_CHECKING:
    from marsad.site.outlines import Outline


def check(settings: SettingsArgument) -> None:
    """Check a settings file: every fault at once, with line and column, and all that `run` would refuse."""
    from marsad.station.settings_file import read_settings

    file = read_settings(settings)
    site, server = file.site, file.server
    OUT.print(
        f"{settings}: good: site {site.site.id}, {len(site.site.zone)} zones, {len(site.feed)} feeds, "
        f"console on {server.host}:{server.port}",
        highlight=False,
    )


def schema() -> None:
    """Print the JSON Schema of settings files, with which editors complete and check while one types."""
    from marsad.station.settings_file import settings_schema

    sys.stdout.write(json.dumps(settings_schema(), ensure_ascii=False, indent=2) + "\n")


def new(
    file: Annotated[Path, typer.Argument(metavar="SITE.toml", callback=new_file, help="The file to write.")],
    name: Annotated[str, typer.Option(help="Name of the site in English.")] = "",
    name_ar: Annotated[str, typer.Option(help="Name in Arabic; default: as in English.")] = "",
    latitude: Annotated[float | None, typer.Option(min=-90, max=90, help="Reference point, degrees.")] = None,
    longitude: Annotated[float | None, typer.Option(min=-180, max=180, help="The same, east.")] = None,
    height: Annotated[
        float, typer.Option(min=-500, max=9000, help="Of the ground over the ellipsoid.")
    ] = 0.0,
    utc_offset: Annotated[float, typer.Option(min=-14, max=14, help="Local time minus UTC, hours.")] = 0.0,
    zone: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME,LAT,LON,RADIUS_M", help="A round zone; may be given again and again."),
    ] = None,
    zones_from: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="GeoJSON or KML file with outlines.")
    ] = None,
    radius: Annotated[float, typer.Option(min=1, max=100_000, help="Of points in that file, m.")] = 100.0,
    sapient: Annotated[
        str, typer.Option(help="host:port for SAPIENT sensors; empty: none.")
    ] = "127.0.0.1:5020",
    sbs: Annotated[str, typer.Option(help="host:port of an ADS-B receiver; empty: none.")] = "",
    port: Annotated[
        int, typer.Option(parser=whole_number(0, 65_535), metavar="PORT", help="Of the console.")
    ] = 8080,
) -> None:
    """Write the settings file of a new site, with comments; asks for what is not given. Never overwrites."""
    from marsad.site.draft import Draft, site_file
    from marsad.site.outlines import read_outlines
    from marsad.site.toml_tree import record_from_toml
    from marsad.station.settings_file import SettingsTree

    zones = [_round_zone(text) for text in zone or ()]
    if zones_from is not None:
        zones += read_outlines(zones_from.read_bytes(), str(zones_from), radius)
    middle = _middle(zones)
    name = name or _asked("Name of the site in English", "--name", None)
    if latitude is None:
        latitude = float(_asked("Latitude of the reference point, degrees", "--latitude", middle[0]))
    if longitude is None:
        longitude = float(_asked("Longitude, degrees", "--longitude", middle[1]))
    draft = Draft(
        name_en=name,
        name_ar=name_ar or _asked("Name in Arabic", "--name-ar", name),
        latitude_deg=latitude,
        longitude_deg=longitude,
        height_m=height,
        utc_offset_s=round(utc_offset * 3600),
        zones=zones or _asked_zones(),
        sapient=sapient,
        sbs=sbs,
        port=port,
    )
    text = site_file(draft)
    record_from_toml(SettingsTree, text.encode(), str(file))
    with file.open("x", encoding="utf-8") as stream:  # never over a file that came meanwhile
        stream.write(text)
    OUT.print(f"{file} is written: {len(draft.zones)} zones. Next: marsad run {file}", highlight=False)


def _round_zone(text: str) -> "Outline":
    """A zone from NAME,LATITUDE,LONGITUDE,RADIUS_M; the name may hold commas."""
    from marsad.site.outlines import Outline

    name, *numbers = text.rsplit(",", 3)
    try:
        latitude, longitude, radius_m = (float(number) for number in numbers)
    except ValueError:
        example = "Gate,33.2990,44.3990,120"
        raise typer.BadParameter(f"{text!r}: NAME,LAT,LON,RADIUS_M is needed, such as {example}") from None
    return Outline(name.strip(), "", ((latitude, longitude),), radius_m)


def _middle(zones: "list[Outline]") -> tuple[float, float] | tuple[None, None]:
    """The mean of all corners, as the first guess of a reference point."""
    corners = [corner for zone in zones for corner in zone.corners]
    if not corners:
        return None, None
    latitudes, longitudes = zip(*corners, strict=True)
    return round(sum(latitudes) / len(corners), 6), round(sum(longitudes) / len(corners), 6)


def _asked(question: str, option: str, default: Any) -> str:
    """The answer of whoever sits at the terminal; without one the default, or an error with the option."""
    if sys.stdin.isatty():
        return str(
            typer.prompt(question, default=default, type=type(default) if default is not None else str)
        )
    if default is None:
        raise typer.BadParameter(f"is needed where nobody can be asked: {question}", param_hint=f"'{option}'")
    return str(default)


def _asked_zones() -> "list[Outline]":
    zones: list[Outline] = []
    while sys.stdin.isatty():
        text = typer.prompt("A round zone as NAME,LAT,LON,RADIUS_M (enter: no more)", default="")
        if not text:
            break
        try:
            zones.append(_round_zone(text))
        except typer.BadParameter as error:
            typer.echo(error.message)
    return zones
