"""What a site says of the ground as it starts, and what `check` says of its tiles, in both languages."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from marsad.cli import app
from marsad.errors import ConfigError
from marsad.model.frame import TERRAIN
from marsad.report.wording import word
from marsad.site.journal import JournalReader
from marsad.station.ground import ground_around
from marsad.station.record import open_record
from marsad.station.settings_file import read_settings

from ..example_site import example_site

SECTION = '[terrain]\nfolder = "tiles"\nradius_m = 3000\n'


def a_site(folder: Path, after: str = SECTION, replaced: str = "") -> Path:
    path = folder / "site.toml"
    text = example_site(after=after)
    path.write_text(text.replace("longitude_deg = 44.4\n", f"longitude_deg = 44.4\n{replaced}", 1))
    return path


def a_tile(folder: Path) -> None:
    (folder / "tiles").mkdir()
    heights = np.full((1201, 1201), 35, ">i2")
    (folder / "tiles" / "N33E044.hgt").write_bytes(heights.tobytes())


def test_check_says_what_is_known_and_what_is_missing(tmp_path: Path) -> None:
    path = a_site(tmp_path)
    done = CliRunner().invoke(app, ["check", str(path)])
    assert done.exit_code == 0 and "folder of elevation tiles cannot be read" in " ".join(done.output.split())
    (tmp_path / "tiles").mkdir()
    (tmp_path / "tiles" / "N33E044.hgt").write_bytes(b"torn")
    said = " ".join(CliRunner().invoke(app, ["check", str(path)]).output.split())
    assert "no elevation tile of N33E044" in said and "N33E044.hgt: 4 bytes of heights" in said
    assert "taken to be as high as the site" in said
    (tmp_path / "tiles" / "N33E044.hgt").unlink()
    (tmp_path / "tiles").rmdir()
    a_tile(tmp_path)
    said = " ".join(CliRunner().invoke(app, ["check", str(path)]).output.split())
    assert "known in 100.0 % of the 3 km around the site, from one elevation tile" in said
    (reason,) = ground_around(read_settings(path).site)[1]
    assert word(reason, "ar").startswith("التضاريس: ارتفاع الأرض معروف في 100.0٪")


def test_a_site_without_a_folder_says_nothing_and_has_no_frame(tmp_path: Path) -> None:
    assert ground_around(read_settings(a_site(tmp_path, "")).site) == (b"", [])


def test_a_record_begins_with_the_ground_behind_its_configuration(tmp_path: Path) -> None:
    a_tile(tmp_path)
    settings = read_settings(a_site(tmp_path))
    terrain, _ = ground_around(settings.site)
    for _ in range(2):
        record = open_record(tmp_path / "data", "example", settings.data, 10**18, terrain=terrain)
        record.close()
    feeds = [frame.feed for frame in JournalReader(record.recorder.journal.path).frames()]
    assert feeds.count(TERRAIN) == 1 and feeds[1] == TERRAIN
    assert record.recorder.fold.ground.data == terrain


def test_a_height_above_the_sea_is_brought_to_the_ellipsoid_and_two_heights_are_refused(
    tmp_path: Path,
) -> None:
    site = read_settings(a_site(tmp_path, "", "height_above_sea_m = 35\n")).site
    assert site.local_frame().height_m == site.build_site().height_m == pytest.approx(33.1, abs=0.5)
    with pytest.raises(ConfigError, match="height_m is given as well; leave one of them out"):
        read_settings(a_site(tmp_path, "", "height_above_sea_m = 35\nheight_m = 33\n"))
