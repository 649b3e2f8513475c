"""A new site's file: from flags, questions, GeoJSON and KML; good at once, and never over another."""

import json
import math
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from marsad.cli import app
from marsad.errors import ConfigError, RecordingError
from marsad.model.visible import name_fault
from marsad.site.draft import Draft, identifiers, site_file
from marsad.site.outlines import Outline, read_outlines
from marsad.site.toml_tree import record_from_toml
from marsad.station.settings_file import SettingsTree, read_settings, settings_schema
from marsad.whole_file import write_whole

GEOJSON: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Turbine hall", "name_ar": "قاعة التوربينات"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[44.400, 33.301], [44.402, 33.301, 35.0], [44.402, 33.3], [44.400, 33.301]]],
            },
        },
        {
            "type": "Feature",
            "properties": {"name_en": "Gate", "radius_m": 70},
            "geometry": {"type": "Point", "coordinates": [44.399, 33.299]},
        },
        {
            "type": "Feature",
            "properties": None,
            "geometry": {"type": "LineString", "coordinates": [[44, 33], [45, 33]]},
        },
        {
            "type": "Feature",
            "properties": None,
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [
                    [[[44.40, 33.31], [44.41, 33.31], [44.41, 33.30]]],
                    [[[44.42, 33.31], [44.43, 33.31], [44.43, 33.30]]],
                ],
            },
        },
    ],
}
KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>
<Placemark><name>برج</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
 44.400,33.301,0 44.402,33.301,0 44.402,33.300,0 44.400,33.301,0
</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><name>Gate</name><Point><coordinates>44.399,33.299,0</coordinates></Point></Placemark>
</Folder></Document></kml>"""


def invoke(*line: str) -> Any:
    return CliRunner().invoke(app, ["new", *line], env={"COLUMNS": "300", "NO_COLOR": "1"})


def test_flags_make_a_file_that_is_good_and_says_what_they_say(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    done = invoke(
        str(path),
        "--name",
        "Example plant",
        "--name-ar",
        "محطة",
        "--latitude",
        "33.3",
        "--longitude",
        "44.4",
        "--height",
        "35",
        "--utc-offset",
        "3",
        "--zone",
        "Hall, east,33.301,44.401,80",
        "--zone",
        "Gate,33.299,44.399,120",
        "--sapient",
        "127.0.0.1:5021",
        "--sbs",
        "127.0.0.1:30003",
        "--port",
        "8081",
    )
    assert done.exit_code == 0, done.output
    site = read_settings(path)
    place = site.site.site
    assert (place.id, place.name_ar, place.height_above_sea_m, place.utc_offset_s) == (
        "example-plant",
        "محطة",
        35,
        10800,
    )
    assert [(zone.id, zone.name_en, zone.radius_m) for zone in place.zone] == [
        ("hall-east", "Hall, east", 80),
        ("gate", "Gate", 120),
    ]
    assert [feed.standard for feed in site.site.feed] == ["sapient", "sbs"]
    assert site.server.port == 8081
    assert all(
        line.lstrip().startswith("#") or "=" in line or line[:1] in "[ ]"
        for line in path.read_text().splitlines()
        if line
    )


def test_what_was_assumed_is_said_and_what_was_given_is_not(tmp_path: Path) -> None:
    place = ("--name", "Dam", "--latitude", "35.9", "--longitude", "44.9")
    bare = invoke(str(tmp_path / "bare.toml"), *place, "--zone", "Gate,35.9,44.9,120")
    assert bare.exit_code == 0, bare.output
    assert "with one zone" in bare.output
    for part in ("Height 0 m was assumed", "assumed to be UTC", "stand in English: Dam, Gate"):
        assert part in bare.output
    given = (
        "--name-ar",
        "سد",
        "--height",
        "511",
        "--utc-offset",
        "3",
        "--zone",
        "Gate=البوابة,35.9,44.9,120",
    )
    whole = invoke(str(tmp_path / "whole.toml"), *place, *given)
    assert len(whole.output.splitlines()) == 2
    zone = read_settings(tmp_path / "whole.toml").site.site.zone[0]
    assert (zone.name_en, zone.name_ar) == ("Gate", "البوابة")
    empty = invoke(str(tmp_path / "empty.toml"), *place, "--lang", "ar")
    assert "من دون منطقة" in empty.output and "لا مناطق" in empty.output


@pytest.mark.parametrize("room", [0, 100])
def test_on_a_full_disk_no_half_file_is_left_and_the_message_names_it(tmp_path: Path, room: int) -> None:
    path = tmp_path / "site.toml"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        with pytest.raises(RecordingError, match=r"site\.toml: cannot be written: File too large"):
            write_whole(path, b"x" * 200, over=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("mine")
    with pytest.raises(RecordingError, match="nothing is overwritten"):
        write_whole(path, b"ours", over=False)
    assert path.read_text() == "mine" and len(list(tmp_path.iterdir())) == 1
    write_whole(path, b"ours")
    assert path.read_text() == "ours" and len(list(tmp_path.iterdir())) == 1


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("mine", "utf-8")
    done = invoke(str(path), "--name", "x", "--latitude", "1", "--longitude", "1")
    assert done.exit_code == 2 and "is there already" in done.output
    assert path.read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ((), "--name"),
        (("--name", "x"), "--latitude"),
        (("--name", "x", "--latitude", "91", "--longitude", "1"), "90"),
        (("--name", "x", "--latitude", "1", "--longitude", "1", "--zone", "gate"), "NAME,LAT,LON,RADIUS_M"),
        (("--name", "x", "--latitude", "1", "--longitude", "1", "--zone", "g,1,1,-5"), "radius_m is -5.0"),
        (("--name", "x", "--latitude", "1", "--longitude", "1", "--zone", "g,5,1,5"), "more than 100 km"),
        (("--name", "x", "--latitude", "1", "--longitude", "1", "--sapient", "here"), "a host and a port"),
        (("--name", "x", "--zones-from", "absent.kml"), "absent.kml"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_written(
    tmp_path: Path, line: tuple[str, ...], said: str
) -> None:
    path = tmp_path / "site.toml"
    done = subprocess.run(
        [sys.executable, "-c", "from marsad.cli import main; main()", "new", str(path), *line],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "300"},
    )
    assert done.returncode in (1, 2)
    assert said in done.stderr + done.stdout and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "text"), [("zones.geojson", json.dumps(GEOJSON)), ("zones.kml", KML)])
def test_zones_come_from_drawings_and_the_site_lies_among_them(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text("\ufeff" + text, "utf-8")
    path = tmp_path / "site.toml"
    done = invoke(str(path), "--name", "Plant", "--zones-from", str(tmp_path / name))
    assert done.exit_code == 0, done.output
    place = read_settings(path).site.site
    first, second = place.zone[:2]
    assert first.corners == [(33.301, 44.4), (33.301, 44.402), (33.3, 44.402)]
    assert second.centre == (33.299, 44.399) and second.name_en == "Gate"
    assert abs(place.latitude_deg - 33.3) < 0.1 and abs(place.longitude_deg - 44.4) < 0.1
    if name == "zones.geojson":
        assert (second.radius_m, first.name_ar, len(place.zone)) == (70, "قاعة التوربينات", 4)
    else:
        assert (second.radius_m, first.name_en, first.id) == (100, "برج", "zone-1")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<kml/>",
        b"<kml",
        b"PK\x03\x04\xff",
        b'{"type": "Point"}',
        b"<x>\xff</x>",
        b'{"type": "Point", "coordinates": [500, 33]}',
        b'{"type": "Polygon", "coordinates": [[[1, 1], [2, 2]]]}',
        b'{"type": "Feature", "geometry": null, "properties": null}',
        b'{"type": "Feature", "geometry": 5}',
        b'<!DOCTYPE a [<!ENTITY b "c">]><kml><Placemark><name>&b;</name></Placemark></kml>',
        b"<kml><Placemark><Point><coordinates>x,y</coordinates></Point></Placemark></kml>",
        b"<kml><Placemark><Polygon/></Placemark></kml>",
        b'{"type":"Point","coordinates":[NaN,1]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_drawing_is_told(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^zones: 1 fault"):
        read_outlines(data, "zones", 100.0)


def test_an_outline_of_very_many_corners_is_made_simpler() -> None:
    ring = [
        [44.4 + 0.01 * (number % 2000) / 2000, 33.3 + (0.001 if number < 2000 else 0.0)]
        for number in range(4000)
    ]
    ring[2000:] = ring[2000:][::-1]
    (outline,) = read_outlines(json.dumps({"type": "Polygon", "coordinates": [ring]}).encode(), "zones", 1.0)
    assert 4 <= len(outline.corners) <= 200


def ring_of(count: int, radius_deg: Callable[[int], float], turns: int = 1) -> bytes:
    angles = [2 * math.pi * turns * number / count for number in range(count)]
    corners = [
        [44.4 + radius_deg(number) * math.sin(angle), 33.3 + radius_deg(number) * math.cos(angle)]
        for number, angle in enumerate(angles)
    ]
    shape = {"type": "Polygon", "coordinates": [corners]}
    feature = {"type": "Feature", "properties": {"name": "Tank farm"}, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


@pytest.mark.parametrize("count", [5, 5000])
def test_an_outline_that_crosses_itself_is_a_fault_with_its_place(count: int) -> None:
    star = ring_of(count, lambda number: 0.01 + 0.001 * (number % 2), turns=2)
    with pytest.raises(ConfigError) as caught:
        read_outlines(star, "zones", 1.0)
    said = str(caught.value)
    assert (
        f"feature 1 (Tank farm) cannot be a zone: its outline of {count} corners crosses or touches" in said
    )
    assert re.search(r"at latitude 33\.[23]\d+, longitude 44\.[34]\d+, so", said)


def test_an_outline_too_jagged_for_a_zone_is_refused_in_bounded_time() -> None:
    saw = ring_of(5000, lambda number: 0.01 if number % 2 else 0.02)
    with pytest.raises(ConfigError, match="is so jagged that 200, the most a zone may have"):
        read_outlines(saw, "zones", 1.0)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("Dam\u202e", "character 4 is U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("D\u0007m", "character 2 is U+0007 (a control character)"),
        ("D\u007fm", "character 2 is U+007F (a control character)"),
        ("  ", "'  ' holds no visible character"),
    ],
)
def test_a_name_that_would_show_as_another_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, named: str
) -> None:
    place = ("--latitude", "33.3", "--longitude", "44.4")
    done = invoke(str(tmp_path / "site.toml"), "--name", name, *place)
    assert isinstance(done.exception, ConfigError) and named in str(done.exception)
    done = invoke(str(tmp_path / "site.toml"), "--name", "Dam", "--zone", f"Gate={name},33.3,44.4,50", *place)
    assert isinstance(done.exception, ConfigError) == bool(name.strip())
    assert not (tmp_path / "site.toml").exists() or not name.strip()


def test_what_is_not_utf8_on_the_command_line_is_refused_not_shortened(tmp_path: Path) -> None:
    line = [sys.executable, "-c", "from marsad.cli import main; main()", "new", str(tmp_path / "s.toml")]
    done = subprocess.run([*line, "--name", b"D\xffm"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "argument 4 is not UTF-8" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "s.toml").exists()


NAMES = st.text(max_size=20)


@settings(max_examples=100, deadline=None)
@given(st.lists(NAMES, max_size=5), NAMES, NAMES, st.floats(-89.9, 89.9), st.floats(-180, 180))
def test_any_names_anywhere_make_a_good_file(
    zones: list[str], name_en: str, name_ar: str, latitude: float, longitude: float
) -> None:
    outlines = [Outline(name, name, ((latitude, longitude),), 5.0) for name in zones]
    draft = Draft(name_en, name_ar, latitude, longitude, 0.0, 0, outlines, "127.0.0.1:0", "", 0)
    data = site_file(draft).encode()
    faulty = [name for name in (name_en, name_ar, *(name for name in zones if name)) if name_fault(name)]
    if not faulty:
        assert len(record_from_toml(SettingsTree, data, "site.toml").site.zone) == len(zones)
        return
    with pytest.raises(ConfigError, match=r"not seen|no visible character") as caught:
        record_from_toml(SettingsTree, data, "site.toml")
    assert all(fault.line for fault in caught.value.faults)


def test_short_names_differ() -> None:
    assert identifiers(["Gate", "gate!", "البوابة", "É t é"], "zone") == ["gate", "gate-2", "zone-3", "e-t-e"]


def test_questions_are_asked_of_whoever_sits_at_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    control, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from marsad.cli import main; main()", "new", str(path)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        close_fds=True,
    )
    os.close(terminal)
    answers = ["Dam", "سد", "north", "33.3", "44.4", "high", "1700", "", "wrong", "Gate,33.299,44.399,120"]
    os.write(control, "\n".join([*answers, "", "البوابة", ""]).encode())
    said = b""
    while True:
        try:
            part = os.read(control, 4096)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        said += part
    assert process.wait() == 0, said.decode()
    os.close(control)
    place = read_settings(path).site.site
    assert (place.name_en, place.name_ar, place.latitude_deg) == ("Dam", "سد", 33.3)
    assert (place.height_above_sea_m, place.utc_offset_s) == (
        1700.0,
        3 * 3600,
    )  # the offset is that of its longitude
    assert [(zone.name_en, zone.name_ar) for zone in place.zone] == [("Gate", "البوابة")]
    assert "assumed" not in said.decode()


def test_the_schema_names_every_setting_and_no_place_of_this_machine() -> None:
    done = CliRunner().invoke(app, ["schema"])
    schema = json.loads(done.output)
    assert schema == json.loads(json.dumps(settings_schema()))
    assert str(Path(sys.prefix)) not in done.output and str(Path(__file__).parents[2]) not in done.output
    assert set(schema["properties"]) == {
        field.alias or name for name, field in SettingsTree.model_fields.items()
    }
    assert schema["properties"]["feed"]["items"]["discriminator"]["propertyName"] == "standard"
    tree = tomllib.loads(site_file(Draft("a", "b", 1.0, 1.0, 0.0, 0, [], "127.0.0.1:0", "", 0)))
    assert tree.keys() <= schema["properties"].keys()
