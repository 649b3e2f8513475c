"""The commands about coverage, as a person types them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marsad.cli import app
from marsad.errors import ConfigError

NODE = "7d3c1a52-94be-4f60-8a17-2e5b90c4d6f3"
SITE = f"""
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.30
longitude_deg = 44.40
height_m = 40.0

[[site.zone]]
id = "all"
name_en = "All"
name_ar = "الكل"
centre = [33.30, 44.40]
radius_m = 200.0

[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"

[feed.nodes.{NODE}]
name = "North radar"
kind = "radar"
place = [33.30, 44.40]
antenna_m = 15
range_max_m = 4000
detection_probability = [0.9, 0.9]
sees_m = {{ multirotor = 2500 }}
horizon_deg = [[39, -1], [40, 4], [75, 4], [76, -1]]
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE, "utf-8")
    return path


def told(*line: str) -> str:
    result = CliRunner().invoke(app, [str(part) for part in line], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def test_holes_are_named_in_both_languages_and_the_map_is_of_the_kind_that_is_asked_for(site: Path) -> None:
    drawn = site.with_suffix(".geojson")
    english = told("coverage", str(site), "--height", "30", "-o", str(drawn))
    assert "No sensor sees a drone at 30 m or lower between 039° and 076°" in english
    assert "one sensor worked out: North radar" in english
    features = json.loads(drawn.read_text("utf-8"))["features"]
    kinds = [feature["properties"]["what"] for feature in features]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "covered": 1,
        "hole": 1,
        "warning": 72,
        "sensor": 1,
    }
    hole = next(feature for feature in features if feature["properties"]["what"] == "hole")
    corners = hole["geometry"]["coordinates"][0][0]
    assert all(longitude > 44.40 and latitude > 33.30 for longitude, latitude in corners)
    svg = site.with_suffix(".svg")
    arabic = told("coverage", str(site), "--lang", "ar", "--threat", "rocket", "-o", str(svg))
    assert "صاروخ" in arabic and "صاروخ" in svg.read_text("utf-8")


def test_what_cannot_be_is_told_with_what_can(site: Path) -> None:
    def refusal(*line: str) -> str:
        result = CliRunner().invoke(app, [str(part) for part in line], env={"COLUMNS": "200"})
        assert result.exit_code != 0
        return (
            result.output
            if result.exception is None or isinstance(result.exception, SystemExit)
            else str(result.exception)
        )

    with pytest.raises(ConfigError, match=r"'South'.*sensors: North radar"):
        CliRunner().invoke(app, ["coverage", str(site), "--without", "South"], catch_exceptions=False)
    assert ".png, .svg, .geojson" in refusal("coverage", str(site), "-o", "map.pdf")
    assert "radar:045,1500" in refusal("study", "--layout", str(site), "--add", "radar:north")
    assert "the site has no camera" in refusal("study", "--layout", str(site), "--add", "camera:10,100")
    assert "--layout" in refusal("study", "--add", "radar:10,100")
    site.write_text(SITE.replace("place = [33.30, 44.40]\n", ""), "utf-8")
    with pytest.raises(ConfigError, match="give each place"):
        CliRunner().invoke(app, ["coverage", str(site)], catch_exceptions=False)


def test_a_second_radar_closes_the_hole_and_the_answer_is_yes(site: Path, tmp_path: Path) -> None:
    said = told(
        "study",
        "--layout",
        str(site),
        "--add",
        "radar:060,1200",
        "--height",
        "30",
        "-o",
        str(tmp_path / "out"),
    )
    assert "The answer is yes: radar 060°, 1200 m gives 30 s more" in said
    assert (tmp_path / "out" / "layout-en.png").read_bytes().startswith(b"\x89PNG")
    more = tmp_path / "more.toml"
    more.write_text('[[sensor]]\nkind = "radar"\nrange_max_m = 500\n', "utf-8")
    with pytest.raises(ConfigError, match=r"sensor\.0\.place"):
        CliRunner().invoke(
            app, ["study", "--layout", str(site), "--sensors", str(more)], catch_exceptions=False
        )
    more.write_text(
        '[[sensor]]\nname = "Gate"\nkind = "radar"\nplace = [33.30, 44.40]\nrange_max_m = 300\n', "utf-8"
    )
    said = told(
        "study", "--layout", str(site), "--sensors", str(more), "--height", "30", "-o", str(tmp_path / "out")
    )
    assert "The answer is no: Gate" in said
